"""The Kaspi fake is as strict as the documented API, and its market is the same at each look."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from yarl import URL

from core.money import tenge
from scripts.sandbox.kaspi import FAKE, Entry, Fault, KaspiFake, Product, create_kaspi

DATA = Path(__file__).parent / "data" / "kaspi"
NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
MUG = Entry(sku="MUG-AIGERIM", name="Кружка", category="Cups", price=tenge(4_990), quantity=2)
CATALOGUE = (
    Product(sku="MUG-AIGERIM", name="Кружка", category="Cups", price=tenge(4_990), weight=4),
    Product(sku="LID-28", name="Крышка", category="Lids", price=tenge(5_990)),
)
HEADERS = {
    "X-Auth-Token": "secret",
    "Accept": "application/vnd.api+json",
    "User-Agent": "Mozilla/5.0",
}
PAGING = {"page[number]": "0", "page[size]": "100"}


def ms(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))


def within(state: str, since: datetime, until: datetime = NOW) -> dict[str, str]:
    return {
        **PAGING,
        "filter[orders][state]": state,
        "filter[orders][creationDate][$ge]": ms(since),
        "filter[orders][creationDate][$le]": ms(until),
    }


@dataclass
class Shop:
    """The fake, served, and a plain HTTP client at its door."""

    fake: KaspiFake
    root: URL
    http: aiohttp.ClientSession

    async def get(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str] = HEADERS
    ) -> tuple[int, Any]:
        async with self.http.get(self.root / path, params=query, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def states(self, code: str) -> tuple[str, str]:
        _, payload = await self.get("orders", {**PAGING, "filter[orders][code]": code})
        attributes = payload["data"][0]["attributes"]
        return attributes["state"], attributes["status"]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    app = create_kaspi("secret", lambda: NOW, 7, CATALOGUE, interval=timedelta(hours=1))
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(skip_auto_headers=("User-Agent",)) as http,
    ):
        yield Shop(fake=app[FAKE], root=server.make_url("/shop/api/v2"), http=http)


WEEK = within("ARCHIVE", NOW - timedelta(days=7))


@pytest.mark.parametrize(
    ("query", "headers", "status", "title"),
    [
        (WEEK, {"X-Auth-Token": "wrong"}, 401, "Unauthorized"),
        (WEEK, {"X-Auth-Token": ""}, 401, "Unauthorized"),
        (WEEK, {"Accept": "application/json"}, 406, "Not Acceptable"),
        (
            {**PAGING, "filter[orders][state]": "NEW"},
            {},
            400,
            "Required filter [orders][creationDate][$ge] is empty.",
        ),
        ({**WEEK, "page[number]": ""}, {}, 400, "Required parameter page[number] is empty."),
        ({**WEEK, "page[size]": "0"}, {}, 400, "Required parameter page[size] is empty."),
        ({**WEEK, "page[size]": "101"}, {}, 400, "Parameter page[size] is greater than 100."),
        (
            {**WEEK, "filter[orders][state]": ""},
            {},
            400,
            "Required filter [orders][state] is empty.",
        ),
        (
            within("ARCHIVE", NOW - timedelta(days=14, seconds=1)),
            {},
            400,
            "Filter [orders][creationDate] is longer than 14 days.",
        ),
    ],
)
async def test_a_wrong_question_is_refused_with_its_title(
    shop: Shop, query: Mapping[str, str], headers: Mapping[str, str], status: int, title: str
) -> None:
    answer = await shop.get("orders", query, {**HEADERS, **headers})

    assert answer == (status, {"errors": [{"title": title}]})


async def test_a_charset_beside_the_media_type_is_taken(shop: Shop) -> None:
    accept = {"Accept": "application/vnd.api+json;charset=UTF-8"}

    status, _ = await shop.get("orders", WEEK, {**HEADERS, **accept})

    assert status == 200


async def test_who_sends_no_user_agent_is_left_hanging(shop: Shop) -> None:
    nameless = {name: value for name, value in HEADERS.items() if name != "User-Agent"}

    with pytest.raises(asyncio.TimeoutError):
        async with asyncio.timeout(0.3):
            await shop.get("orders", WEEK, nameless)


async def test_pages_count_from_zero_and_the_one_after_the_last_is_empty(shop: Shop) -> None:
    query = {**within("ARCHIVE", NOW - timedelta(days=14)), "page[size]": "20"}
    _, first = await shop.get("orders", query)
    pages = first["meta"]["pageCount"]

    seen = []
    for page in range(pages):
        _, payload = await shop.get("orders", {**query, "page[number]": str(page)})
        seen += [order["id"] for order in payload["data"]]
    _, beyond = await shop.get("orders", {**query, "page[number]": str(pages)})

    assert pages > 3
    assert len(set(seen)) == len(seen) == first["meta"]["totalCount"]
    assert beyond["data"] == []


async def test_entries_come_only_where_they_are_asked_for(shop: Shop) -> None:
    _, plain = await shop.get("orders", WEEK)
    _, full = await shop.get("orders", {**WEEK, "include[orders]": "entries"})

    assert "included" not in plain
    linked = [
        entry["id"] for order in full["data"] for entry in order["relationships"]["entries"]["data"]
    ]
    assert [entry["id"] for entry in full["included"]] == linked


@pytest.mark.parametrize(
    ("sample", "optional"),
    [
        ("orders_list_PICKUP_docshape.json", {"creditTerm", "reservationDate"}),
        (
            "orders_by_code_KASPI_DELIVERY_docshape.json",
            {"originAddress", "cancellationReason", "assembled", "kaspiDelivery"},
        ),
    ],
)
async def test_its_orders_have_the_documented_shape(
    shop: Shop, sample: str, optional: set[str]
) -> None:
    documented = json.loads((DATA / sample).read_bytes())
    _, made = await shop.get("orders", {**WEEK, "include[orders]": "entries"})

    for kind in ("data", "included"):
        attributes = set(documented[kind][0]["attributes"])
        assert attributes - optional <= set(made[kind][0]["attributes"])
    assert set(documented["meta"]) == set(made["meta"])
    assert set(documented["data"][0]["relationships"]) == set(made["data"][0]["relationships"])


async def test_an_order_is_found_by_its_id_and_not_by_its_number(shop: Shop) -> None:
    order = shop.fake.orders()[0]
    order_id = base64.b64encode(order.code.encode()).decode().rstrip("=")

    found, payload = await shop.get(f"orders/{order_id}", {})
    entries, _ = await shop.get(f"orders/{order_id}/entries", {})
    raw, _ = await shop.get(f"orders/{order.code}", {})

    assert (found, entries, raw) == (200, 200, 404)
    assert payload["data"]["attributes"]["code"] == order.code


async def test_by_number_an_order_of_any_age_is_given_without_other_filters(shop: Shop) -> None:
    oldest = shop.fake.orders()[0]
    query = {**PAGING, "filter[orders][code]": oldest.code}

    _, payload = await shop.get("orders", query)
    _, nobody = await shop.get("orders", {**query, "filter[orders][code]": "1"})

    assert oldest.created < NOW - timedelta(days=89)
    assert [order["attributes"]["code"] for order in payload["data"]] == [oldest.code]
    assert nobody["data"] == []


async def test_a_status_filter_narrows_the_state(shop: Shop) -> None:
    query = {**WEEK, "filter[orders][status]": "CANCELLED"}

    _, payload = await shop.get("orders", query)

    assert payload["data"]
    assert {order["attributes"]["status"] for order in payload["data"]} == {"CANCELLED"}


async def test_an_added_order_goes_through_its_timeline_by_the_virtual_clock() -> None:
    moment = [NOW]
    fake = KaspiFake(token="secret", now=lambda: moment[0])
    timeline = [
        (timedelta(0), "NEW", "APPROVED_BY_BANK"),
        (timedelta(hours=1), "KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT"),
        (timedelta(days=2), "ARCHIVE", "COMPLETED"),
        (timedelta(days=9), "ARCHIVE", "RETURNED"),
    ]
    fake.add_order("739463441", NOW + timedelta(hours=1), timeline, [MUG], "7021234567")
    async with TestServer(fake.app()) as server, aiohttp.ClientSession() as http:
        shop = Shop(fake=fake, root=server.make_url("/shop/api/v2"), http=http)

        _, before = await shop.get("orders", {**PAGING, "filter[orders][code]": "739463441"})
        seen = []
        for days in (0.05, 1, 5, 12):
            moment[0] = NOW + timedelta(days=days)
            seen.append(await shop.states("739463441"))

    assert before["data"] == []
    assert seen == [(state, status) for _, state, status in timeline]


async def test_a_partial_cancel_takes_pieces_out_of_the_price() -> None:
    fake = KaspiFake(token="secret", now=lambda: NOW)
    fake.add_order("1", NOW, [(timedelta(0), "NEW", "APPROVED_BY_BANK")], [MUG], "7021234567")
    async with TestServer(fake.app()) as server, aiohttp.ClientSession() as http:
        shop = Shop(fake=fake, root=server.make_url("/shop/api/v2"), http=http)
        query = {**PAGING, "filter[orders][code]": "1", "include[orders]": "entries"}

        _, before = await shop.get("orders", query)
        fake.cancel_partly("1", entry=0, remaining=1)
        _, after = await shop.get("orders", query)

    assert [p["data"][0]["attributes"]["totalPrice"] for p in (before, after)] == [9_980.0, 4_990.0]
    assert [p["included"][0]["attributes"]["quantity"] for p in (before, after)] == [2, 1]


async def test_a_fault_spoils_as_many_answers_as_were_asked_for(shop: Shop) -> None:
    shop.fake.fail(Fault.RATE_LIMITED, times=2, seconds=7)

    async with shop.http.get(shop.root / "orders", params=WEEK, headers=HEADERS) as answer:
        limited = (answer.status, answer.headers["Retry-After"])
    statuses = [(await shop.get("orders", WEEK))[0] for _ in range(2)]

    assert limited == (429, "7")
    assert statuses == [429, 200]


async def test_a_truncated_answer_is_whole_as_http_and_broken_as_json(shop: Shop) -> None:
    shop.fake.fail(Fault.TRUNCATED)

    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        await shop.get("orders", WEEK)


def test_the_market_is_the_same_after_a_restart_and_goes_on_by_the_clock() -> None:
    def market(now: datetime) -> KaspiFake:
        return KaspiFake(
            token="",
            now=lambda: now,
            seed=3,
            catalogue=CATALOGUE,
            opened=NOW - timedelta(days=90),
            interval=timedelta(hours=1),
        )

    first, again, later = (
        market(moment).orders() for moment in (NOW, NOW, NOW + timedelta(days=14))
    )

    assert first == again == later[: len(first)]
    assert len(first) == pytest.approx(90 * 24, abs=3)
    assert len(later) == pytest.approx(104 * 24, abs=3)


def test_orders_are_delivered_cancelled_returned_and_cancelled_in_part() -> None:
    fake = KaspiFake(token="", now=lambda: NOW, seed=3, catalogue=CATALOGUE)
    old = [order for order in fake.orders() if order.created < NOW - timedelta(days=30)]

    ends = [step.status for order in old if (step := order.step(NOW))]

    share = {status: ends.count(status) / len(old) for status in set(ends)}
    assert share == {
        "COMPLETED": pytest.approx(0.77, abs=0.05),
        "CANCELLED": pytest.approx(0.20, abs=0.04),
        "RETURNED": pytest.approx(0.03, abs=0.02),
    }
    assert any(order.cancels for order in old)
    assert any("MUG-AIGERIM" in {entry.sku for entry in order.entries} for order in old)


def test_a_later_product_leaves_older_orders_as_they_are() -> None:
    fake = KaspiFake(token="", now=lambda: NOW, seed=3, catalogue=CATALOGUE)
    before = fake.orders()

    fake.add_product(
        Product(sku="NEW", name="Чайник", category="Kettles", price=tenge(9_990), weight=100)
    )

    assert fake.orders() == before


def test_each_merchant_has_a_market_of_its_own() -> None:
    one, other = (
        {order.code for order in KaspiFake(token="", now=lambda: NOW, seed=seed,
                                           catalogue=CATALOGUE).orders()}
        for seed in (1, 2)
    )  # fmt: skip

    assert one.isdisjoint(other)
