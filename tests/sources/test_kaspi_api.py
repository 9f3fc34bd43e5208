"""The Kaspi connector over HTTP against the fake: what it sees, how it goes on, what it bears."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bot.http_client import HttpClient
from core.errors import SourceUnavailable
from core.fetch import Fetch, FetchRequest, FetchResponse
from core.money import Money, tenge
from core.orders import NormalisedOrder, OrderStatus
from core.sources.kaspi_api import KaspiSettings, Known, Page, check, read
from scripts.sandbox.kaspi import Entry, Fault, KaspiFake, Product

TOKEN = "kI6dSzFQ1gGm0pVNsF1x2yJ0aEw8u7h5b3R9cT4oQzE="
NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
MUG = Entry(sku="MUG-AIGERIM", name="Кружка", category="Cups", price=tenge(4_990))
LID = Entry(sku="LID-28", name="Крышка", category="Lids", price=tenge(5_990), quantity=3)
CATALOGUE = (
    Product(sku="MUG-AIGERIM", name="Кружка", category="Cups", price=tenge(4_990), weight=3),
    Product(sku="LID-28", name="Крышка", category="Lids", price=tenge(5_990)),
    Product(sku="PAN-24", name="Сковорода", category="Pans", price=Money(1_234_550)),
)
DATA = Path(__file__).parent / "data" / "kaspi"

IN_DELIVERY = [
    (timedelta(0), "NEW", "APPROVED_BY_BANK"),
    (timedelta(hours=1), "KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT"),
]


@dataclass
class VirtualClock:
    """The time at which both the fake and the connector look."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Shop:
    """The fake and the connector pointed at it."""

    fetch: Fetch
    settings: KaspiSettings
    fake: KaspiFake
    clock: VirtualClock
    pauses: list[float] = field(default_factory=list)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def pages(
        self, cursor: dict[str, Any] | None = None, known: Known | None = None
    ) -> AsyncIterator[Page]:
        return read(
            self.fetch,
            self.settings,
            known=known or Known(),
            cursor=cursor,
            now=self.clock(),
            pause=self.pause,
        )

    async def sweep(
        self, cursor: dict[str, Any] | None = None, known: Known | None = None
    ) -> list[Page]:
        return [page async for page in self.pages(cursor, known)]

    async def order(self, code: str) -> NormalisedOrder:
        return orders(await self.sweep())[code]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async for one in open_shop():
        yield one


@pytest.fixture
async def market() -> AsyncIterator[Shop]:
    async for one in open_shop(seed=7, catalogue=CATALOGUE, interval=timedelta(hours=1)):
        yield one


async def open_shop(**market: Any) -> AsyncIterator[Shop]:
    clock = VirtualClock()
    fake = KaspiFake(token=TOKEN, now=clock, hang_seconds=5, **market)
    async with TestServer(fake.app()) as server:
        origin = str(server.make_url("/")).rstrip("/")
        settings = KaspiSettings(base_url=f"{origin}/shop/api/v2", token=TOKEN)
        async with HttpClient(local=[origin]) as fetch:
            yield Shop(fetch=fetch, settings=settings, fake=fake, clock=clock)


def orders(pages: Sequence[Page]) -> dict[str, NormalisedOrder]:
    return {order.external_id: order for page in pages for order in page.orders}


def facts(pages: Sequence[Page]) -> dict[str, str]:
    return {code: order.raw_hash for code, order in orders(pages).items()}


# --- what a sweep sees ---------------------------------------------------------------------------


async def test_a_first_sweep_sees_every_order_of_fourteen_days(market: Shop) -> None:
    placed = [o for o in market.fake.orders() if o.created >= NOW - timedelta(days=14)]

    seen = orders(await market.sweep())

    assert len(placed) > 300
    assert set(seen) == {order.code for order in placed}
    assert {order.status for order in seen.values()} >= {
        OrderStatus.PENDING,
        OrderStatus.APPROVED,
        OrderStatus.REJECTED,
    }


async def test_open_orders_of_sixty_days_are_reached_in_windows_that_the_api_takes(
    shop: Shop,
) -> None:
    for days in range(60):
        shop.fake.add_order(
            str(500 + days), NOW - timedelta(days=days, minutes=1), IN_DELIVERY, [MUG], "7010000000"
        )
    known = Known(oldest_open=NOW - timedelta(days=59, minutes=1))

    pages = await shop.sweep(known=known)

    assert set(orders(pages)) == {str(500 + days) for days in range(60)}
    spans = [_span(asked.query) for asked in shop.fake.asked]
    assert max(until - since for since, until in spans) <= timedelta(days=14)
    delivery = [
        _span(asked.query)
        for asked in shop.fake.asked
        if asked.query["filter[orders][state]"] == "KASPI_DELIVERY"
    ]
    for newer, older in itertools.pairwise(delivery):
        assert older[1] - newer[0] == timedelta(hours=1)


async def test_an_order_arrives_with_its_money_items_phone_and_time(shop: Shop) -> None:
    created = NOW - timedelta(hours=3)
    shop.fake.add_order("739463441", created, IN_DELIVERY, [MUG, LID], "7021234567")

    order = await shop.order("739463441")

    assert order.ordered_at == created
    assert order.net == tenge(4_990 + 3 * 5_990)
    assert order.refunded == Money(0)
    assert order.phone == "+77021234567"
    assert [(item.sku, item.quantity, item.amount, item.category) for item in order.items] == [
        ("MUG-AIGERIM", 1, tenge(4_990), "Master - Cups"),
        ("LID-28", 3, tenge(17_970), "Master - Lids"),
    ]
    assert order.promo_codes == ()
    assert order.status_changed_at is None
    assert "7021234567" not in repr(order)


@pytest.mark.parametrize(
    ("state", "status", "expected", "at_risk"),
    [
        ("NEW", "APPROVED_BY_BANK", OrderStatus.PENDING, False),
        ("SIGN_REQUIRED", "APPROVED_BY_BANK", OrderStatus.PENDING, False),
        ("PICKUP", "ACCEPTED_BY_MERCHANT", OrderStatus.PENDING, False),
        ("DELIVERY", "ACCEPTED_BY_MERCHANT", OrderStatus.PENDING, False),
        ("KASPI_DELIVERY", "CANCELLING", OrderStatus.PENDING, True),
        ("ARCHIVE", "KASPI_DELIVERY_RETURN_REQUESTED", OrderStatus.PENDING, True),
        ("ARCHIVE", "RETURN_ACCEPTED_BY_MERCHANT", OrderStatus.PENDING, True),
        ("KASPI_DELIVERY", "COMPLETED", OrderStatus.PENDING, False),
        ("ARCHIVE", "COMPLETED", OrderStatus.APPROVED, False),
        ("ARCHIVE", "CANCELLED", OrderStatus.REJECTED, False),
        ("ARCHIVE", "RETURNED", OrderStatus.RETURNED, False),
    ],
)
async def test_statuses_mean_what_the_guide_says(
    shop: Shop, state: str, status: str, expected: OrderStatus, at_risk: bool
) -> None:
    shop.fake.add_order("1", NOW - timedelta(days=1), [(timedelta(0), state, status)], [MUG], "")

    order = await shop.order("1")

    assert (order.status, order.at_risk, order.status_known) == (expected, at_risk, True)
    assert order.status_raw == f"{state}/{status}"


async def test_an_unheard_of_status_is_pending_and_a_warning_never_approved(shop: Shop) -> None:
    teleported = [(timedelta(0), "ARCHIVE", "TELEPORTED")]
    shop.fake.add_order("1", NOW - timedelta(days=1), teleported, [MUG], "7010000000")

    pages = await shop.sweep()

    assert orders(pages)["1"].status is OrderStatus.PENDING
    assert not orders(pages)["1"].status_known
    assert [page.warnings for page in pages if page.warnings] == [("ARCHIVE/TELEPORTED",)]


async def test_a_partial_cancel_shrinks_the_order_and_changes_its_hash(shop: Shop) -> None:
    shop.fake.add_order("1", NOW - timedelta(hours=5), IN_DELIVERY, [MUG, LID], "7010000000")
    before = await shop.order("1")
    unchanged = await shop.order("1")

    shop.fake.cancel_partly("1", entry=1, remaining=1)
    fewer = await shop.order("1")
    shop.fake.cancel_partly("1", entry=1, remaining=0)
    gone = await shop.order("1")

    assert before.raw_hash == unchanged.raw_hash
    assert (before.net, fewer.net, gone.net) == (tenge(22_960), tenge(10_980), tenge(4_990))
    assert fewer.items[1].quantity == 1
    assert [item.sku for item in gone.items] == ["MUG-AIGERIM"]
    assert len({before.raw_hash, fewer.raw_hash, gone.raw_hash}) == 3


# --- what is read when ---------------------------------------------------------------------------


async def test_the_archive_is_read_hourly_and_open_orders_each_time(shop: Shop) -> None:
    cursor = (await shop.sweep())[-1].cursor

    reads = []
    for _ in range(7):
        shop.clock.now += timedelta(minutes=10)
        shop.fake.asked.clear()
        cursor = (await shop.sweep(cursor))[-1].cursor
        reads.append([asked.query["filter[orders][state]"] for asked in shop.fake.asked])

    assert [("ARCHIVE" in states) for states in reads] == [False] * 5 + [True, False]
    assert all(states[:5] == reads[0] for states in reads)


async def test_older_orders_are_followed_by_number_once_a_day(shop: Shop) -> None:
    back = [(timedelta(0), "ARCHIVE", "COMPLETED"), (timedelta(days=30), "ARCHIVE", "RETURNED")]
    shop.fake.add_order("77", NOW - timedelta(days=40), back, [MUG], "7010000000")
    known = Known(follow=("77", "78"))

    first = await shop.sweep(known=known)
    again = await shop.sweep(first[-1].cursor, known)
    shop.clock.now += timedelta(days=1)
    tomorrow = await shop.sweep(again[-1].cursor, known)

    assert orders(first)["77"].status is OrderStatus.RETURNED
    assert "77" not in orders(again)
    assert "77" in orders(tomorrow)


async def test_after_an_outage_of_weeks_no_order_is_left_out(market: Shop) -> None:
    cursor = (await market.sweep())[-1].cursor
    market.clock.now += timedelta(days=30)

    seen = orders(await market.sweep(cursor))

    missed = {order.code for order in market.fake.orders() if order.created > NOW}
    assert len(missed) > 700
    assert missed <= set(seen)


async def test_no_more_than_two_requests_a_second(market: Shop) -> None:
    pages = await market.sweep()

    assert market.pauses == [0.5] * len(pages)
    assert len(market.fake.asked) == len(pages)


# --- going on ------------------------------------------------------------------------------------


async def test_a_sweep_cut_off_after_any_page_goes_on_to_the_same_end(market: Shop) -> None:
    old = [order.code for order in market.fake.orders()[:5]]
    known = Known(oldest_open=NOW - timedelta(days=20), follow=(*old, "1"))
    undisturbed = await market.sweep(known=known)
    calls = len(market.fake.asked)

    for cut in range(1, len(undisturbed)):
        market.fake.asked.clear()
        cursor = json.loads(json.dumps(undisturbed[cut - 1].cursor))
        market.clock.now = NOW + timedelta(seconds=cut)  # the sweep keeps the time it began with
        rest = await market.sweep(cursor, known)

        assert facts([*undisturbed[:cut], *rest]) == facts(undisturbed)
        assert rest[-1].cursor == undisturbed[-1].cursor
        assert cut + len(market.fake.asked) == calls


async def test_progress_counts_up_to_the_plan(market: Shop) -> None:
    pages = await market.sweep(known=Known(follow=("1", "2")))

    assert [page.done for page in pages] == list(range(1, len(pages) + 1))
    assert all(page.done < page.planned for page in pages[:-1])
    assert pages[-1].done == pages[-1].planned


async def test_a_sweep_whose_followed_orders_became_final_meanwhile_still_ends(shop: Shop) -> None:
    pages = await shop.sweep(known=Known(follow=("1",)))

    (last,) = await shop.sweep(pages[-2].cursor, Known())

    assert last.cursor == pages[-1].cursor
    assert last.orders == ()


async def test_a_cursor_of_another_version_begins_anew(shop: Shop) -> None:
    fresh = await shop.sweep()

    again = await shop.sweep({"version": 0, "sweep": {"leg": 99}})

    assert again == fresh


# --- what it bears -------------------------------------------------------------------------------


async def test_a_good_token_passes_the_check_with_one_request(shop: Shop) -> None:
    await check(shop.fetch, shop.settings)

    assert len(shop.fake.asked) == 1


@pytest.mark.parametrize("token", ["wrong", "", "two words\n", "токен"])
async def test_a_wrong_token_fails_the_check(shop: Shop, token: str) -> None:
    with pytest.raises(SourceUnavailable) as refused:
        await check(shop.fetch, replace(shop.settings, token=token))

    assert refused.value.reason == "unauthorized"


def test_the_token_is_not_in_what_is_printed() -> None:
    assert TOKEN not in repr(KaspiSettings(token=TOKEN))
    request = FetchRequest(url="https://kaspi.kz", headers=(("X-Auth-Token", TOKEN),))
    assert TOKEN not in repr(request)


@pytest.mark.parametrize(
    "fault", [Fault.RATE_LIMITED, Fault.SERVER_ERROR, Fault.TRUNCATED, Fault.NOT_JSON]
)
async def test_a_passing_fault_costs_a_pause_and_nothing_else(market: Shop, fault: Fault) -> None:
    undisturbed = await market.sweep()
    market.pauses.clear()
    market.fake.fail(fault, times=2)

    pages = await market.sweep()

    assert pages == undisturbed
    waits = [seconds for seconds in market.pauses if seconds != 0.5]
    assert len(waits) == 2
    assert 1 <= waits[0] < 2 <= waits[1] < 4


@pytest.mark.parametrize(
    ("fault", "reason", "tries", "retry_after"),
    [
        (Fault.UNAUTHORIZED, "unauthorized", 1, None),
        (Fault.FORBIDDEN, "forbidden", 1, None),
        (Fault.RATE_LIMITED, "rate_limited", 3, 20),
        (Fault.SERVER_ERROR, "server_error", 3, 60),
        (Fault.TRUNCATED, "nonsense", 3, 60),
        (Fault.NOT_JSON, "nonsense", 3, 60),
    ],
)
async def test_a_lasting_fault_is_a_reason_and_the_sweep_goes_on_later(
    market: Shop, fault: Fault, reason: str, tries: int, retry_after: int | None
) -> None:
    undisturbed = await market.sweep()
    read_before: list[Page] = []
    market.fake.asked.clear()

    async def read_on() -> None:
        async for page in market.pages():
            read_before.append(page)
            if len(read_before) == 4:
                market.fake.fail(fault, times=tries, seconds=20)

    with pytest.raises(SourceUnavailable) as failure:
        await read_on()
    rest = await market.sweep(read_before[-1].cursor)

    assert (failure.value.reason, failure.value.retry_after) == (reason, retry_after)
    assert len(market.fake.asked) == len(undisturbed) + tries
    assert [*read_before, *rest] == undisturbed


async def test_half_an_hour_of_cooling_down_is_left_to_the_schedule(shop: Shop) -> None:
    shop.fake.fail(Fault.RATE_LIMITED, seconds=1_800)

    with pytest.raises(SourceUnavailable) as failure:
        await shop.sweep()

    assert failure.value.retry_after == 1_800
    assert len(shop.fake.asked) == 1


async def test_a_system_that_does_not_answer_is_a_timeout(shop: Shop) -> None:
    hasty = impatient(shop.fetch)
    shop.fake.fail(Fault.SLOW, times=3, seconds=2)

    with pytest.raises(SourceUnavailable) as failure:
        async for _ in read(
            hasty, shop.settings, known=Known(), cursor=None, now=NOW, pause=shop.pause
        ):
            pass

    assert failure.value.reason == "timeout"
    assert len(shop.fake.asked) == 3


async def test_one_broken_order_is_handed_back_and_its_neighbours_are_read(market: Shop) -> None:
    undisturbed = await market.sweep()
    market.fake.fail(Fault.MALFORMED_ORDER)

    pages = await market.sweep()

    (rejected,) = [line for page in pages for line in page.rejected]
    assert (rejected.line, rejected.reason) == (1, "date_invalid")
    assert "вчера" in rejected.text
    lost = set(orders(undisturbed)) - set(orders(pages))
    assert lost == {undisturbed[0].orders[0].external_id}


async def test_a_broken_entry_is_handed_back_but_the_news_of_its_order_is_kept(shop: Shop) -> None:
    returned = [(timedelta(0), "ARCHIVE", "RETURNED")]
    shop.fake.add_order("1", NOW - timedelta(days=2), returned, [MUG, LID], "7010000000")

    pages = []
    async for page in shop.pages():
        pages.append(page)
        if len(pages) == 5:  # the archive is next
            shop.fake.fail(Fault.MALFORMED_ENTRY)

    order = orders(pages)["1"]
    assert order.status is OrderStatus.RETURNED
    assert order.net == tenge(22_960)
    assert [item.sku for item in order.items] == ["LID-28"]
    (line,) = [line for page in pages for line in page.rejected]
    assert line.reason == "line_broken"
    assert line.text.startswith("1\t")


async def test_without_a_page_count_pages_are_read_until_one_is_not_full(market: Shop) -> None:
    undisturbed = await market.sweep()
    market.fake.fail(Fault.NO_PAGE_COUNT, times=1_000)

    pages = await market.sweep()

    assert facts(pages) == facts(undisturbed)


# --- payloads as documented, and as they should not be -------------------------------------------


async def test_the_documented_list_parses() -> None:
    order = await parsed((DATA / "orders_list_PICKUP_docshape.json").read_bytes())

    assert order.external_id == "496149022"
    assert order.ordered_at == datetime(2025, 2, 12, 8, 40, 20, 761_000, tzinfo=UTC)
    assert order.net == tenge(2_000)
    assert order.phone == "+77000000001"
    assert [(item.sku, item.amount, item.category) for item in order.items] == [
        ("259203", tenge(1_000), "Master - Rulers"),
        ("259204", tenge(1_000), "Master - Rulers"),
    ]


async def test_the_documented_answer_by_number_parses() -> None:
    order = await parsed((DATA / "orders_by_code_KASPI_DELIVERY_docshape.json").read_bytes())

    assert order.external_id == "543036631"
    assert (order.status, order.at_risk) == (OrderStatus.PENDING, True)
    assert order.net == tenge(5_990)
    assert order.items[0].sku == "355654asiuowl"


async def test_documented_errors_are_told_with_their_title() -> None:
    for case in json.loads((DATA / "errors_docshape.json").read_bytes())["cases"]:
        answer = canned(json.dumps(case["body"]).encode(), status=case["http"])

        with pytest.raises(SourceUnavailable) as failure:
            await check(answer, KaspiSettings(token=TOKEN))

        assert failure.value.reason == "nonsense"
        assert case["body"]["errors"][0]["title"] in failure.value.detail


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"code": None}, "order_missing"),
        ({"code": "  "}, "order_missing"),
        ({"creationDate": None}, "date_invalid"),
        ({"creationDate": -1}, "date_invalid"),
        ({"creationDate": 10**30}, "date_invalid"),
        ({"totalPrice": None}, "amount_invalid"),
        ({"totalPrice": "много"}, "amount_invalid"),
        ({"totalPrice": -5.0}, "amount_invalid"),
        ({"totalPrice": 1e300}, "amount_invalid"),
        ({"totalPrice": float("nan")}, "amount_invalid"),
        ({"totalPrice": True}, "amount_invalid"),
        ({"status": None}, "status_missing"),
    ],
)
async def test_an_order_that_makes_no_sense_is_named_by_its_fault(
    attributes: Mapping[str, Any], reason: str
) -> None:
    (page, *_) = await sweep_of(document(**attributes))

    assert page.orders == ()
    assert [line.reason for line in page.rejected] == [reason]


async def test_a_rejected_line_tells_nothing_of_the_buyer() -> None:
    (page, *_) = await sweep_of(document(creationDate="?"))

    (line,) = page.rejected
    assert "496149022" in line.text
    assert "7000000001" not in line.text
    assert "Асель" not in line.text


@pytest.mark.parametrize("resource", [None, 5, "order", [], {}, {"attributes": []}])
async def test_what_is_no_order_is_a_broken_line(resource: object) -> None:
    (page, *_) = await sweep_of(json.dumps({"data": [resource], "included": 3}).encode())

    assert [line.reason for line in page.rejected] == ["line_broken"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"data": {}}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"data": [' + b"9" * 10_000 + b"]}",
    ],
)
async def test_an_answer_that_is_no_list_of_orders_is_nonsense(body: bytes) -> None:
    with pytest.raises(SourceUnavailable) as failure:
        await sweep_of(body)

    assert failure.value.reason == "nonsense"


@pytest.mark.parametrize("number", [b"1e99999999999999999999", b"1e999999", b"NaN", b"-0.01"])
async def test_a_number_beyond_all_measure_spoils_its_order_only(number: bytes) -> None:
    body = document(totalPrice=424242).replace(b"424242", number)

    (page, *_) = await sweep_of(body)

    assert [line.reason for line in page.rejected] == ["amount_invalid"]


@pytest.mark.parametrize(
    ("written", "tiyn"),
    [
        (b"5990.0", 599_000),
        (b"5990", 599_000),
        (b'"5990.50"', 599_050),
        (b"0.1", 10),
        (b"1999.9999999999998", 200_000),
        (b"16990.29", 1_699_029),
        (b"9999999999.99", 999_999_999_999),
        (b"5.99e3", 599_000),
    ],
)
async def test_tenge_become_tiyn_exactly(written: bytes, tiyn: int) -> None:
    body = document(totalPrice=424242).replace(b"424242", written)

    assert (await parsed(body)).net == Money(tiyn)


async def test_delivery_is_no_part_of_what_goods_cost() -> None:
    separate = await parsed(document(totalPrice=2_000.0, deliveryCost=995.0))
    inside = await parsed(document(totalPrice=2_995.0, deliveryCost=995.0))

    assert separate.net == inside.net == tenge(2_000)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("7021234567", "+77021234567"),
        ("87021234567", "+77021234567"),
        ("+7 (702) 123-45-67", "+77021234567"),
        (7021234567, "+77021234567"),
        ("702***4567", None),
        ("", None),
        (None, None),
        ("1", None),
    ],
)
async def test_a_phone_is_whole_or_no_evidence(written: object, expected: str | None) -> None:
    customer = {"id": "x", "cellPhone": written}

    assert (await parsed(document(customer=customer))).phone == expected


async def test_the_hash_gives_no_phone_away() -> None:
    one = await parsed(document(customer={"cellPhone": "7021234567"}))
    other = await parsed(document(customer={"cellPhone": "7777777777"}))

    assert one.raw_hash == other.raw_hash


async def test_a_server_that_never_runs_out_of_pages_is_stopped() -> None:
    endless = json.loads(document())
    endless["meta"] = {"pageCount": 10**9}

    with pytest.raises(SourceUnavailable) as failure:
        await sweep_of(json.dumps(endless).encode())

    assert failure.value.reason == "nonsense"


@pytest.mark.parametrize(
    ("retry_after", "expected"),
    [
        ("120", 120),
        ("999999999999", 3_600),
        ("Wed, 20 May 2026 09:32:00 GMT", 120),
        ("soon", 300),
        ("-5", 300),
    ],
)
async def test_retry_after_is_read_in_both_its_forms(retry_after: str, expected: int) -> None:
    headers = {"retry-after": retry_after, "date": "Wed, 20 May 2026 09:30:00 GMT"}

    with pytest.raises(SourceUnavailable) as failure:
        await sweep_of(b"", status=429, headers=headers)

    assert failure.value.retry_after == expected


def document(**changed: Any) -> bytes:
    """The documented order with some attributes changed."""
    payload = json.loads((DATA / "orders_list_PICKUP_docshape.json").read_bytes())
    payload["data"][0]["attributes"].update(changed)
    return json.dumps(payload).encode()


def canned(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Fetch:
    """A merchant's system that always gives the same answer."""

    async def fetch(request: FetchRequest) -> FetchResponse:
        return FetchResponse(status=status, headers=headers or {}, body=body)

    return fetch


def impatient(fetch: Fetch) -> Fetch:
    async def hasty(request: FetchRequest) -> FetchResponse:
        return await fetch(replace(request, timeout_seconds=0.1))

    return hasty


async def sweep_of(
    body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> list[Page]:
    settings = KaspiSettings(token=TOKEN)
    answer = canned(body, status=status, headers=headers)
    pages = read(answer, settings, known=Known(), cursor=None, now=NOW, pause=no_pause)
    return [page async for page in pages]


async def parsed(body: bytes) -> NormalisedOrder:
    (page, *_) = await sweep_of(body)
    (order,) = page.orders
    return order


async def no_pause(seconds: float) -> None:
    return None


def _span(query: Mapping[str, str]) -> tuple[datetime, datetime]:
    since, until = (
        datetime.fromtimestamp(int(query[f"filter[orders][creationDate][{bound}]"]) / 1000, UTC)
        for bound in ("$ge", "$le")
    )
    return since, until
