"""Polled sources against the local Kaspi: read on time, resumed, paused when it is hopeless."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bot.http_client import HttpClient
from bot.secret_box import SecretBox
from core.commissions import CommissionState
from core.errors import NotAllowed, NotFound, SourceBusy, SourceUnavailable
from core.fetch import FetchRequest, FetchResponse
from core.money import tenge
from core.notifications import NoteKind
from core.orders import OrderStatus, Place
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.runs import Run, RunCounts, RunState, Source, SourceState
from core.usecases.imports import latest_runs
from core.usecases.rejects import rejected_lines
from core.usecases.syncs import (
    EVERY,
    MAX_FAILURES,
    PROBE_EVERY,
    all_sources,
    connect_kaspi,
    set_source_state,
    source_card,
    sync_due_sources,
    sync_source,
)
from scripts.sandbox.kaspi import Entry, Fault, KaspiFake
from tests.builders import a_moderator, reserve_sku, told
from tests.conftest import FrozenClock
from tests.sources.spreadsheets import kaspi as kaspi_file
from tests.usecases.order_builders import BOX, Shop, a_shop, books, known_orders, transfers
from tests.usecases.test_imports import taken_in

TOKEN = "kI6dSzFQ1gGm0pVNsF1x2yJ0aEw8u7h5b3R9cT4oQzE="
MUG = Entry(sku="MUG-AIGERIM", name="Кружка", category="Cups", price=tenge(10_000))
LID = Entry(sku="LID-28", name="Крышка", category="Lids", price=tenge(5_000))
IN_DELIVERY = [
    (timedelta(0), "NEW", "APPROVED_BY_BANK"),
    (timedelta(minutes=30), "KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT"),
]
DELIVERED = [*IN_DELIVERY, (timedelta(days=2), "ARCHIVE", "COMPLETED")]
RETURNED = [*DELIVERED, (timedelta(days=5), "ARCHIVE", "RETURNED")]


@dataclass
class Kaspi:
    """A brand whose Kaspi shop is connected, and the fake behind it."""

    new_uow: UnitOfWorkFactory
    clock: FrozenClock
    fake: KaspiFake
    fetch: HttpClient
    url: str
    shop: Shop
    staff: Actor
    source: Source

    async def pause(self, seconds: float) -> None:
        """The fake needs no sparing."""

    async def sync(self, box: SecretBox = BOX) -> Run:
        """One sweep."""
        return await sync_source(
            self.new_uow, self.clock, box, self.fetch, self.pause, source=self.source.id
        )

    async def sync_due(self) -> int:
        """What the scheduler does."""
        return await sync_due_sources(self.new_uow, self.clock, BOX, self.fetch, self.pause)

    async def state(self) -> Source:
        """The source as it stands."""
        return (await source_card(self.new_uow, actor=self.staff, source=self.source.id)).source

    def place(self, number: str, timeline: Any, *entries: Entry) -> None:
        """Somebody orders now."""
        self.fake.add_order(number, self.clock(), timeline, entries or [MUG], "7011234567")


@pytest.fixture
async def kaspi(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> AsyncIterator[Kaspi]:
    shop = await a_shop(new_uow, clock)
    await reserve_sku(
        new_uow, clock, actor=shop.manager, enrolment=shop.enrolment.id, sku="MUG-AIGERIM"
    )
    staff = await a_moderator(new_uow, clock())
    fake = KaspiFake(token=TOKEN, now=clock, hang_seconds=5)
    async with TestServer(fake.app()) as server:
        origin = str(server.make_url("/")).rstrip("/")
        url = f"{origin}/shop/api/v2"
        async with HttpClient(local=[origin]) as fetch:
            source = await connect_kaspi(
                new_uow,
                clock,
                BOX,
                fetch,
                actor=staff,
                brand=shop.brand.id,
                token=TOKEN,
                base_url=url,
            )
            yield Kaspi(new_uow, clock, fake, fetch, url, shop, staff, source)


# --- connecting ----------------------------------------------------------------------------------


async def test_a_token_that_does_not_work_is_not_kept(kaspi: Kaspi) -> None:
    other = await a_shop(kaspi.new_uow, kaspi.clock, name="Дина")

    with pytest.raises(SourceUnavailable) as refused:
        await connect_kaspi(
            kaspi.new_uow,
            kaspi.clock,
            BOX,
            kaspi.fetch,
            actor=kaspi.staff,
            brand=other.brand.id,
            token="wrong",
            base_url=kaspi.url,
        )

    assert refused.value.reason == "unauthorized"
    page = await all_sources(kaspi.new_uow, actor=kaspi.staff)
    assert [view.brand.id for view in page.views] == [kaspi.shop.brand.id]


async def test_a_token_is_encrypted_and_only_staff_connect(kaspi: Kaspi) -> None:
    async with kaspi.new_uow(read_only=True) as uow:
        cipher = await uow.sources.secret(kaspi.source.id)

    assert cipher is not None
    assert TOKEN.encode() not in cipher
    assert BOX.decrypt(cipher) == TOKEN
    with pytest.raises(NotAllowed):
        await all_sources(kaspi.new_uow, actor=kaspi.shop.manager)
    with pytest.raises(NotAllowed):
        await set_source_state(
            kaspi.new_uow,
            kaspi.clock,
            actor=kaspi.shop.manager,
            source=kaspi.source.id,
            state=SourceState.PAUSED,
        )


# --- reading -------------------------------------------------------------------------------------


async def test_an_order_is_followed_from_its_placing_to_its_return(kaspi: Kaspi) -> None:
    kaspi.place("501", RETURNED, MUG, LID)
    states = []
    for step in (timedelta(hours=1), timedelta(days=3), timedelta(days=3)):
        kaspi.clock.now += step
        await kaspi.sync()
        order = (await known_orders(kaspi.new_uow, kaspi.shop))["501"]
        states.append((order.status, order.commission_state, order.commission))

    assert states == [
        (OrderStatus.PENDING, CommissionState.PENDING, tenge(1_500)),
        (OrderStatus.APPROVED, CommissionState.IN_HOLD, tenge(1_500)),
        (OrderStatus.RETURNED, CommissionState.VOID, tenge(0)),
    ]
    assert (await books(kaspi.new_uow, kaspi.shop)).funds == tenge(1_000_000)
    assert order.place is Place.KASPI
    assert order.creator == kaspi.shop.creator.id
    news = await told(kaspi.new_uow, kaspi.shop.creator)
    assert news == [NoteKind.HANDLES_LENT, *[NoteKind.ORDERS_NEWS] * 3]


async def test_a_sweep_that_finds_nothing_new_moves_nothing_and_tells_nobody(kaspi: Kaspi) -> None:
    kaspi.place("501", IN_DELIVERY)
    kaspi.clock.advance(hours=1)
    await kaspi.sync()
    before = await transfers(kaspi.new_uow), await told(kaspi.new_uow, kaspi.shop.creator)
    kaspi.clock.advance(hours=2)

    run = await kaspi.sync()

    assert run.counts == RunCounts(rows=1, unchanged=1)
    after = await transfers(kaspi.new_uow), await told(kaspi.new_uow, kaspi.shop.creator)
    assert after == before


async def test_sources_are_read_when_their_time_has_come(kaspi: Kaspi) -> None:
    done = [await kaspi.sync_due(), await kaspi.sync_due()]
    kaspi.clock.now += EVERY
    done.append(await kaspi.sync_due())

    assert done == [1, 0, 1]
    assert (await kaspi.state()).next_sync_at == kaspi.clock() + EVERY


async def test_the_cabinets_file_and_the_polled_orders_are_the_same_orders(kaspi: Kaspi) -> None:
    kaspi.place("712155089", IN_DELIVERY)
    kaspi.clock.advance(hours=1)
    line = {
        "Дата поступления заказа": "21.11.2026",
        "Артикул": "MUG-AIGERIM",
        "Сумма": "10000",
        "Статус": "Передан курьеру",
        "Дата изменения статуса": "21.11.2026",
    }
    await taken_in(kaspi.new_uow, kaspi.clock, kaspi.shop, kaspi_file(line))

    run = await kaspi.sync()

    assert run.counts.new == 0
    assert list(await known_orders(kaspi.new_uow, kaspi.shop)) == ["712155089"]
    assert (await books(kaspi.new_uow, kaspi.shop)).pending == tenge(1_000)


async def test_one_broken_order_is_handed_back_and_the_others_are_taken(kaspi: Kaspi) -> None:
    for number in ("501", "502", "503"):
        kaspi.place(number, IN_DELIVERY)
    kaspi.clock.advance(minutes=5)
    kaspi.fake.fail(Fault.MALFORMED_ORDER)

    run = await kaspi.sync()

    lines = await rejected_lines(kaspi.new_uow, BOX, actor=kaspi.staff, run=run.id)
    assert (run.counts.new, run.counts.rejected) == (2, 1)
    assert [line.reason for line in lines] == ["date_invalid"]


# --- a merchant that fails -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.RATE_LIMITED, "rate_limited"),
        (Fault.SERVER_ERROR, "server_error"),
        (Fault.TRUNCATED, "nonsense"),
        (Fault.NOT_JSON, "nonsense"),
    ],
)
async def test_what_a_merchant_fails_with_loses_nothing(
    kaspi: Kaspi, fault: Fault, reason: str
) -> None:
    kaspi.place("501", DELIVERED)
    kaspi.clock.advance(hours=1)
    await kaspi.sync()
    kaspi.clock.advance(days=3)
    kaspi.fake.fail(fault, times=9, seconds=2)

    with pytest.raises(SourceUnavailable):
        await kaspi.sync()
    failed = await kaspi.state()
    kaspi.fake._faults.clear()
    kaspi.clock.now = failed.next_sync_at or kaspi.clock()
    done = await kaspi.sync_due()

    assert (failed.state, failed.failures, failed.last_error) == (SourceState.ACTIVE, 1, reason)
    assert done == 1
    assert (await kaspi.state()).failures == 0
    order = (await known_orders(kaspi.new_uow, kaspi.shop))["501"]
    assert order.commission_state is CommissionState.IN_HOLD


async def test_a_merchant_that_does_not_answer_is_given_up_for_now(kaspi: Kaspi) -> None:
    async def hanging(request: FetchRequest) -> FetchResponse:
        return await kaspi.fetch(replace(request, timeout_seconds=0.1))

    kaspi.fake.fail(Fault.SLOW, times=9, seconds=5)

    with pytest.raises(SourceUnavailable) as refused:
        await sync_source(
            kaspi.new_uow, kaspi.clock, BOX, hanging, kaspi.pause, source=kaspi.source.id
        )

    assert refused.value.reason == "timeout"
    assert (await kaspi.state()).state is SourceState.ACTIVE


async def test_a_sweep_that_was_cut_off_goes_on_with_the_page_where_it_stood(kaspi: Kaspi) -> None:
    for number in range(240):
        kaspi.place(str(500 + number), IN_DELIVERY)
    kaspi.clock.advance(hours=1)
    asked: list[str] = []

    async def breaks(request: FetchRequest) -> FetchResponse:
        asked.append(repr(request.params))
        if len(asked) == 7:  # in the middle of the queue that has three pages
            raise SourceUnavailable("unauthorized")
        return await kaspi.fetch(request)

    with pytest.raises(SourceUnavailable):
        await sync_source(
            kaspi.new_uow, kaspi.clock, BOX, breaks, kaspi.pause, source=kaspi.source.id
        )
    halfway = len(await known_orders(kaspi.new_uow, kaspi.shop))
    before = len(kaspi.fake.asked)
    await set_source_state(
        kaspi.new_uow,
        kaspi.clock,
        actor=kaspi.staff,
        source=kaspi.source.id,
        state=SourceState.ACTIVE,
    )
    run = await kaspi.sync()

    assert halfway == 200
    assert run.counts.new == 40
    assert len(kaspi.fake.asked) - before == 2  # the third page, then the archive
    assert (await books(kaspi.new_uow, kaspi.shop)).pending == tenge(240_000)


async def test_after_many_failures_in_a_row_the_source_is_paused_and_people_are_told(
    kaspi: Kaspi,
) -> None:
    for attempt in range(1, MAX_FAILURES + 1):
        kaspi.fake.fail(Fault.SERVER_ERROR, times=3)
        assert await kaspi.sync_due() == 0
        source = await kaspi.state()
        assert source.failures == attempt
        kaspi.clock.now = max(kaspi.clock(), source.next_sync_at or kaspi.clock())

    assert source.state is SourceState.PAUSED
    for person in (kaspi.shop.manager, kaspi.staff):
        assert (await told(kaspi.new_uow, person)).count(NoteKind.SOURCE_PAUSED) == 1
    runs = await latest_runs(
        kaspi.new_uow, actor=kaspi.staff, brand=None, after=None, limit=20, source=source.id
    )
    assert {run.state for run, _ in runs} == {RunState.FAILED}
    assert len(runs) == MAX_FAILURES


async def test_a_paused_source_is_tried_now_and_then_and_people_are_told_when_it_works(
    kaspi: Kaspi,
) -> None:
    kaspi.fake.fail(Fault.SERVER_ERROR, times=3 * (MAX_FAILURES + 1))
    for _ in range(MAX_FAILURES + 1):
        await kaspi.sync_due()
        source = await kaspi.state()
        assert source.next_sync_at is not None
        waits = source.next_sync_at - kaspi.clock()
        kaspi.clock.now = source.next_sync_at

    assert (source.state, waits) == (SourceState.PAUSED, PROBE_EVERY)
    assert await kaspi.sync_due() == 1
    assert (await kaspi.state()).state is SourceState.ACTIVE
    for person in (kaspi.shop.manager, kaspi.staff):
        notes = await told(kaspi.new_uow, person)
        assert notes.count(NoteKind.SOURCE_PAUSED) == notes.count(NoteKind.SOURCE_RESUMED) == 1


async def test_what_somebody_has_paused_is_not_tried(kaspi: Kaspi) -> None:
    await set_source_state(
        kaspi.new_uow,
        kaspi.clock,
        actor=kaspi.staff,
        source=kaspi.source.id,
        state=SourceState.PAUSED,
    )
    kaspi.clock.advance(days=2)

    assert await kaspi.sync_due() == 0


async def test_a_token_that_is_no_longer_good_pauses_the_source_at_once_until_it_is_renewed(
    kaspi: Kaspi,
) -> None:
    kaspi.fake.fail(Fault.UNAUTHORIZED)
    assert await kaspi.sync_due() == 0
    paused = await kaspi.state()

    source = await connect_kaspi(
        kaspi.new_uow,
        kaspi.clock,
        BOX,
        kaspi.fetch,
        actor=kaspi.staff,
        brand=kaspi.shop.brand.id,
        token=TOKEN,
        base_url=kaspi.url,
    )

    assert (paused.state, paused.last_error) == (SourceState.PAUSED, "unauthorized")
    assert source.id == paused.id
    assert (source.state, source.last_error) == (SourceState.ACTIVE, "")
    assert await kaspi.sync_due() == 1


async def test_a_token_under_a_lost_key_pauses_the_source_and_stops_no_other(kaspi: Kaspi) -> None:
    other_key = SecretBox(["another key of a test that is long enough to be one"])

    with pytest.raises(SourceUnavailable):
        await kaspi.sync(other_key)

    assert (await kaspi.state()).state is SourceState.PAUSED


async def test_a_source_that_staff_pause_during_a_sweep_stays_paused(kaspi: Kaspi) -> None:
    async def paused_meanwhile(request: FetchRequest) -> FetchResponse:
        await set_source_state(
            kaspi.new_uow,
            kaspi.clock,
            actor=kaspi.staff,
            source=kaspi.source.id,
            state=SourceState.PAUSED,
        )
        return await kaspi.fetch(request)

    await sync_source(
        kaspi.new_uow, kaspi.clock, BOX, paused_meanwhile, kaspi.pause, source=kaspi.source.id
    )

    assert (await kaspi.state()).state is SourceState.PAUSED


async def test_two_workers_never_read_one_source(kaspi: Kaspi) -> None:
    kaspi.place("501", IN_DELIVERY)
    kaspi.clock.advance(hours=1)

    ends = await asyncio.gather(*(kaspi.sync() for _ in range(3)), return_exceptions=True)

    assert sum(isinstance(end, SourceBusy) for end in ends) == 2
    assert len(await known_orders(kaspi.new_uow, kaspi.shop)) == 1


async def test_a_source_of_files_is_not_polled(kaspi: Kaspi) -> None:
    await taken_in(kaspi.new_uow, kaspi.clock, kaspi.shop, kaspi_file({}))
    page = await all_sources(kaspi.new_uow, actor=kaspi.staff)

    with pytest.raises(NotFound):
        await sync_source(
            kaspi.new_uow,
            kaspi.clock,
            BOX,
            kaspi.fetch,
            kaspi.pause,
            source=page.views[-1].source.id,
        )
