"""Runs beside each other: a bad source delays no other, and a run has one worker at a time."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import SourceBusy, SourceUnavailable
from core.fetch import FetchRequest, FetchResponse
from core.ids import SourceId
from core.orders import Place
from core.ports import UnitOfWorkFactory
from core.runs import Run, RunCounts, RunState, SourceState
from core.sources import files, kaspi_api
from core.sources.base import SourceKind
from core.usecases import imports, leases, syncs
from core.usecases.imports import execute_run, queue_file, resume_runs, run_card
from core.usecases.leases import LEASE
from core.usecases.syncs import sync_due_sources, sync_source
from db.engine import create_engine
from db.uow import unit_of_work_factory
from tests.conftest import FrozenClock
from tests.sources.spreadsheets import zipped
from tests.usecases.order_builders import BOX, Shop, a_shop
from tests.usecases.test_imports import queued, sent, some_orders

EMPTY = FetchResponse(status=200, headers={}, body=b'{"data": [], "meta": {"pageCount": 0}}')


@pytest.fixture
async def elsewhere(database_url: str, engine: AsyncEngine) -> AsyncIterator[UnitOfWorkFactory]:
    """The same database as another process has it."""
    other = create_engine(database_url)
    yield unit_of_work_factory(other)
    await other.dispose()


async def no_pause(seconds: float) -> None:
    """The fake needs no sparing."""


async def a_source(new_uow: UnitOfWorkFactory, clock: FrozenClock, name: str) -> SourceId:
    """A connected Kaspi shop that is due; its token is the name."""
    shop = await a_shop(new_uow, clock, name=name)
    async with new_uow() as uow:
        source = await uow.sources.ensure(
            shop.brand.id,
            SourceKind.KASPI_API,
            Place.KASPI,
            fingerprint="",
            mapping=None,
            settings={"base_url": "https://kaspi.example"},
            now=clock(),
        )
        await uow.sources.set_secret(source.id, BOX.encrypt(name))
        await uow.sources.save_sync(
            source.id,
            cursor=None,
            state=SourceState.ACTIVE,
            next_sync_at=clock(),
            failures=0,
            last_error="",
        )
        await uow.commit()
    return source.id


def token(request: FetchRequest) -> str:
    return dict(request.headers)["X-Auth-Token"]


# --- sources -------------------------------------------------------------------------------------


async def test_one_that_fails_one_that_hangs_and_one_with_our_mistake_delay_no_other(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncs, "PAGE_SECONDS", 0.3)
    names = ("failing", "hanging", "buggy", "good", "other")
    ids = {name: await a_source(new_uow, clock, name) for name in names}
    read: list[str] = []
    reported: list[str] = []
    cut_short = False

    async def fetch(request: FetchRequest) -> FetchResponse:
        nonlocal cut_short
        match token(request):
            case "failing":
                raise SourceUnavailable("rate_limited", retry_after=1_800)
            case "hanging":
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    cut_short = True
                    raise
            case "buggy":
                raise ZeroDivisionError
            case name:
                read.append(name)
        return EMPTY

    async def report(place: str, error: BaseException) -> None:
        reported.append(place)

    async def sweep() -> int:
        return await sync_due_sources(new_uow, clock, BOX, fetch, no_pause, report=report)

    done = await sweep()
    again = await sweep()
    async with new_uow(read_only=True) as uow:
        states = {name: await uow.sources.get(one) for name, one in ids.items()}
    clock.advance(minutes=2)
    await sweep()

    assert (done, again, cut_short) == (2, 0, True)
    assert {name: states[name].last_error for name in names} == {
        "failing": "rate_limited",
        "hanging": "timeout",
        "buggy": "internal",
        "good": "",
        "other": "",
    }
    waits = {name: (states[name].next_sync_at or clock()) - clock.now for name in names}
    assert waits["failing"] >= timedelta(minutes=28)  # as it was told to
    assert waits["hanging"] < timedelta(0)  # after a minute or so it was asked again
    assert {state.state for state in states.values()} == {SourceState.ACTIVE}
    assert reported == [f"source {ids['buggy']}"]  # once, though it was tried twice


async def test_a_long_sweep_leaves_its_place_to_others_and_goes_on_where_it_stood(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncs, "TURN_SECONDS", -1.0)
    source = await a_source(new_uow, clock, "large")
    asked: list[str] = []

    async def fetch(request: FetchRequest) -> FetchResponse:
        asked.append(str(request.params))
        return EMPTY

    async def turn() -> Run:
        return await sync_source(new_uow, clock, BOX, fetch, no_pause, source=source)

    first, second = await turn(), await turn()
    monkeypatch.undo()
    last = await turn()

    assert [run.state for run in (first, second, last)] == [
        RunState.RUNNING, RunState.RUNNING, RunState.DONE,
    ]  # fmt: skip
    assert first.id == second.id == last.id
    assert len(asked) == len(set(asked)) == len(kaspi_api.OPEN_STATES) + 1


async def test_a_sync_that_a_stop_cuts_short_is_taken_up_at_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    source = await a_source(new_uow, clock, "shop")
    waiting = asyncio.Event()

    async def hangs(request: FetchRequest) -> FetchResponse:
        waiting.set()
        await asyncio.sleep(60)
        return EMPTY

    async def answers(request: FetchRequest) -> FetchResponse:
        return EMPTY

    stopped = asyncio.create_task(sync_source(new_uow, clock, BOX, hangs, no_pause, source=source))
    await waiting.wait()
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped

    run = await sync_source(new_uow, clock, BOX, answers, no_pause, source=source)
    assert (run.state, run.epoch) == (RunState.DONE, 2)


# --- leases --------------------------------------------------------------------------------------


async def a_run(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> tuple[Shop, Run]:
    monkeypatch.setattr(imports, "BATCH_ROWS", 10)
    shop = await a_shop(new_uow, clock)
    return shop, await queued(
        new_uow, clock, shop, await sent(new_uow, clock, shop, some_orders(50))
    )


ALL = RunCounts(rows=50, new=50, matched=17, unmatched=33)


async def test_of_two_processes_that_want_a_run_one_gets_it(
    new_uow: UnitOfWorkFactory,
    elsewhere: UnitOfWorkFactory,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop, run = await a_run(new_uow, clock, monkeypatch)

    ends = await asyncio.gather(
        *(execute_run(one, clock, BOX, run=run.id) for one in (new_uow, elsewhere)),
        return_exceptions=True,
    )

    assert sum(isinstance(end, SourceBusy) for end in ends) == 1
    assert (await run_card(new_uow, actor=shop.manager, run=run.id)).run.counts == ALL


async def test_a_worker_whose_clock_stands_still_notices_that_it_has_lost_the_run(
    new_uow: UnitOfWorkFactory,
    elsewhere: UnitOfWorkFactory,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other one has not even written a batch: only the epoch tells."""
    shop, run = await a_run(new_uow, clock, monkeypatch)
    later = FrozenClock(clock.now + LEASE)

    async def taken_over(at: Run) -> None:
        if at.position == 20:
            async with elsewhere() as uow:
                assert await uow.runs.claim(
                    run.id, now=later(), lease_until=later() + timedelta(seconds=1)
                )
                await uow.commit()

    with pytest.raises(SourceBusy):
        await execute_run(new_uow, clock, BOX, run=run.id, progress=taken_over)

    standing = (await run_card(new_uow, actor=shop.manager, run=run.id)).run
    later.advance(seconds=1)
    done = await execute_run(elsewhere, later, BOX, run=run.id)
    assert (standing.position, standing.epoch) == (20, 2)
    assert (done.state, done.counts, done.epoch) == (RunState.DONE, ALL, 3)


async def test_a_worker_that_is_slow_but_alive_keeps_its_run(
    new_uow: UnitOfWorkFactory,
    elsewhere: UnitOfWorkFactory,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.02)
    _, run = await a_run(new_uow, clock, monkeypatch)

    async def slow(at: Run) -> None:
        if at.position == 20:
            for _ in range(3):
                clock.now += LEASE * 0.9
                await asyncio.sleep(0.2)
            with pytest.raises(SourceBusy):
                await execute_run(elsewhere, clock, BOX, run=run.id)

    done = await execute_run(new_uow, clock, BOX, run=run.id, progress=slow)
    assert (done.state, done.counts, done.epoch) == (RunState.DONE, ALL, 1)


async def test_a_worker_that_is_stuck_does_not_keep_its_run_for_ever(
    new_uow: UnitOfWorkFactory,
    elsewhere: UnitOfWorkFactory,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.02)
    monkeypatch.setattr(leases, "STALLED_SECONDS", 0.1)
    _, run = await a_run(new_uow, clock, monkeypatch)

    async def stuck(at: Run) -> None:
        if at.position == 20:
            await asyncio.sleep(0.3)
            clock.now += LEASE
            await execute_run(elsewhere, clock, BOX, run=run.id)

    with pytest.raises(SourceBusy):
        await execute_run(new_uow, clock, BOX, run=run.id, progress=stuck)


async def test_two_files_of_one_source_are_read_one_after_the_other(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, first = await a_run(new_uow, clock, monkeypatch)
    second = await queued(new_uow, clock, shop, await sent(new_uow, clock, shop, some_orders(60)))

    async def meanwhile(at: Run) -> None:
        with pytest.raises(SourceBusy):
            await execute_run(new_uow, clock, BOX, run=second.id)

    await execute_run(new_uow, clock, BOX, run=first.id, progress=meanwhile)
    assert await resume_runs(new_uow, clock, BOX) == 1
    assert (await run_card(new_uow, actor=shop.manager, run=second.id)).run.counts.new == 10


# --- files ---------------------------------------------------------------------------------------


async def test_files_of_several_brands_are_taken_in_at_once_and_a_stuck_one_holds_up_no_other(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shops = [await a_shop(new_uow, clock, name=name) for name in ("Айгерим", "Дина", "Асель")]
    runs = [
        await queued(new_uow, clock, shop, await sent(new_uow, clock, shop, some_orders(5 + n)))
        for n, shop in enumerate(shops)
    ]
    freed = asyncio.Event()
    loop, real = asyncio.get_running_loop(), files.read

    def read(data: bytes, name: str, **options: Any) -> Iterator[Any]:
        if data == some_orders(5):
            asyncio.run_coroutine_threadsafe(freed.wait(), loop).result()
        yield from real(data, name, **options)

    monkeypatch.setattr(files, "read", read)
    ended: list[int] = []

    async def tell(run: int) -> None:
        ended.append(run)
        if len(ended) == 2:
            freed.set()

    assert await resume_runs(new_uow, clock, BOX, ended=tell) == 3
    assert sorted(ended[:2]) == [runs[1].id, runs[2].id]
    assert ended[2] == runs[0].id


@pytest.mark.parametrize("kind", ["gz", "zip", "path"])
async def test_packed_files_and_files_on_the_disk_go_on_where_they_stood(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: str,
) -> None:
    monkeypatch.setattr(imports, "BATCH_ROWS", 10)
    shop = await a_shop(new_uow, clock)
    data = some_orders(50)
    if kind == "path":
        file = tmp_path / "orders.csv"
        file.write_bytes(data)
        run = await queue_file(
            new_uow,
            clock,
            brand=shop.brand.id,
            path=file,
            kind=None,
            place=Place.OWN_SHOP,
            default_status=None,
            hand_over=True,
        )
    else:
        packed = gzip.compress(data) if kind == "gz" else zipped({"orders.csv": data})
        run = await queued(new_uow, clock, shop, await sent(new_uow, clock, shop, packed))

    async def cut_short(at: Run) -> None:
        if at.position == 20:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()

    task = asyncio.create_task(execute_run(new_uow, clock, BOX, run=run.id, progress=cut_short))
    with pytest.raises(asyncio.CancelledError):
        await task
    standing = (await run_card(new_uow, actor=shop.manager, run=run.id)).run
    assert standing.position == 20

    assert await resume_runs(new_uow, clock, BOX) == 1
    assert (await run_card(new_uow, actor=shop.manager, run=run.id)).run.counts == ALL


@pytest.mark.parametrize("loss", ["deleted", "changed"])
async def test_a_file_that_vanishes_ends_its_run_with_a_reason(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, tmp_path: Path, loss: str
) -> None:
    shop = await a_shop(new_uow, clock)
    file = tmp_path / "orders.csv"
    file.write_bytes(some_orders(10))
    run = await queue_file(
        new_uow,
        clock,
        brand=shop.brand.id,
        path=file,
        kind=None,
        place=Place.OWN_SHOP,
        default_status=None,
        hand_over=True,
    )
    if loss == "deleted":
        file.unlink()
    else:
        file.write_bytes(some_orders(11))

    await resume_runs(new_uow, clock, BOX)

    failed = (await run_card(new_uow, actor=shop.manager, run=run.id)).run
    assert (failed.state, failed.trouble) == (RunState.FAILED, ("gone", None))


async def test_a_stored_file_that_is_lost_ends_its_run_with_a_reason(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    view = await sent(new_uow, clock, shop, some_orders(10))
    run = await queued(new_uow, clock, shop, view)
    async with new_uow() as uow:
        await uow.uploads._forget()  # type: ignore[attr-defined]
        await uow.commit()

    await resume_runs(new_uow, clock, BOX)

    failed = (await run_card(new_uow, actor=shop.manager, run=run.id)).run
    assert (failed.state, failed.trouble) == (RunState.FAILED, ("gone", None))


async def test_an_import_of_the_command_line_that_nobody_repeats_is_ended_after_a_day(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, tmp_path: Path
) -> None:
    shop = await a_shop(new_uow, clock)
    file = tmp_path / "orders.csv"
    file.write_bytes(some_orders(10))
    run = await queue_file(
        new_uow,
        clock,
        brand=shop.brand.id,
        path=file,
        kind=None,
        place=Place.OWN_SHOP,
        default_status=None,
    )

    clock.advance(hours=23)
    early = await resume_runs(new_uow, clock, BOX)
    clock.advance(hours=2)
    late = await resume_runs(new_uow, clock, BOX)

    assert (early, late) == (0, 1)
    assert (await run_card(new_uow, actor=shop.manager, run=run.id)).run.trouble == ("gone", None)
