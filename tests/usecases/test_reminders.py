"""Managers are reminded of a file on its day, once, and not for ever."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotAllowed, NotFound
from core.ids import SourceId
from core.notifications import NoteKind
from core.ports import UnitOfWorkFactory
from core.reminders import Rhythm, derived, due_date
from core.runs import RunState
from core.usecases.reminders import file_sources, remind_of_files, set_rhythm
from tests.builders import a_brand, told
from tests.conftest import FrozenClock
from tests.usecases.order_builders import Shop, a_shop, a_source

TODAY = date(2026, 11, 21)


def test_the_rhythm_is_that_of_the_last_files() -> None:
    assert derived([]) is derived([TODAY]) is Rhythm.WEEKLY
    assert derived([TODAY, TODAY - timedelta(days=1), TODAY - timedelta(days=3)]) is Rhythm.DAILY
    assert derived([TODAY, TODAY - timedelta(days=6)]) is Rhythm.WEEKLY


@given(st.integers(0, 400), st.sampled_from(Rhythm))
def test_each_due_date_is_told_once_and_three_at_most(days: int, rhythm: Rhythm) -> None:
    reminded: date | None = None
    told: list[date] = []
    for passed in range(days):
        due = due_date(TODAY, rhythm, TODAY + timedelta(days=passed), reminded_for=reminded)
        if due is not None:
            assert due <= TODAY + timedelta(days=passed)
            told.append(due)
            reminded = due

    assert len(told) == len(set(told)) <= 3
    if rhythm is Rhythm.OFF:
        assert not told


async def a_file(new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop) -> SourceId:
    source = await a_source(new_uow, clock(), shop.brand.id)
    async with new_uow() as uow:
        run = await uow.runs.add(
            source,
            seen_at=clock(),
            upload=None,
            file_name="orders.csv",
            file_sha256="",
            total=1,
            started_by=None,
        )
        await uow.runs.finish(run.id, RunState.DONE, now=clock())
        await uow.commit()
    return source.id


async def test_a_week_after_the_last_file_the_managers_are_reminded_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await told(new_uow, shop.manager)
    known = len(await told(new_uow, shop.manager))
    source = await a_file(new_uow, clock, shop)
    clock.advance(days=6)
    assert await remind_of_files(new_uow, clock) == 0
    clock.advance(hours=20)  # the due day, before ten
    assert await remind_of_files(new_uow, clock) == 0

    clock.advance(hours=4)
    counts = [await remind_of_files(new_uow, clock) for _ in range(3)]

    assert counts == [1, 0, 0]
    assert (await told(new_uow, shop.manager))[known:] == [NoteKind.FILE_DUE]
    await a_file(new_uow, clock, shop)
    clock.advance(days=1)
    assert await remind_of_files(new_uow, clock) == 0
    await set_rhythm(new_uow, actor=shop.manager, source=source, rhythm=Rhythm.DAILY)
    assert await remind_of_files(new_uow, clock) == 1
    await set_rhythm(new_uow, actor=shop.manager, source=source, rhythm=Rhythm.OFF)
    clock.advance(days=1)
    assert await remind_of_files(new_uow, clock) == 0


async def test_another_brands_rhythm_is_not_to_be_seen_or_set(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    source = await a_file(new_uow, clock, shop)
    _, rival = await a_brand(new_uow, clock(), "Rival")

    with pytest.raises(NotAllowed):
        await set_rhythm(new_uow, actor=rival, source=source, rhythm=Rhythm.OFF)
    with pytest.raises(NotAllowed):
        await file_sources(new_uow, actor=rival, brand=shop.brand.id)
    with pytest.raises(NotFound):
        await set_rhythm(new_uow, actor=rival, source=SourceId(99), rhythm=Rhythm.OFF)
    (fed,) = await file_sources(new_uow, actor=shop.manager, brand=shop.brand.id)
    assert fed.rhythm is None
