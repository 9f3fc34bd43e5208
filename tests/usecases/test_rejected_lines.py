"""Rejected lines: sealed, shown with care, handed back to whoever sent them, forgotten in time."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.secret_box import SecretBox
from core.errors import NotAllowed
from core.ports import UnitOfWorkFactory
from core.runs import Run, RunState
from core.sources.base import RejectedLine
from core.usecases import rejects
from core.usecases.imports import run_card
from core.usecases.rejects import (
    KEPT,
    covered,
    forget_rejected,
    rejected_lines,
    rejected_page,
)
from db.models import rejected_lines as table_of_lines
from tests.builders import a_moderator, a_person
from tests.conftest import FrozenClock
from tests.sources.spreadsheets import table
from tests.usecases.order_builders import BOX, Shop, a_shop
from tests.usecases.test_imports import HEADER, taken_in

PHONE = "8 701 123-45-67"


def broken(count: int) -> bytes:
    """That many lines without a date, and one order."""
    lines = (f"{n};вчера;10 000;Новый;{PHONE}" for n in range(count))
    return table(HEADER, "900;21.11.2026;10 000;Новый;", *lines)


async def a_run(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, count: int = 12
) -> tuple[Shop, Run]:
    shop = await a_shop(new_uow, clock)
    return shop, await taken_in(new_uow, clock, shop, broken(count))


async def test_lines_are_kept_sealed_and_their_sender_reads_them_whole(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop, run = await a_run(new_uow, clock)

    lines = await rejected_lines(new_uow, BOX, actor=shop.manager, run=run.id)

    assert (run.counts.rejected, run.lines) == (12, 12)
    assert (lines[0].line, lines[0].reason) == (3, "date_invalid")
    assert PHONE in lines[0].text
    async with engine.connect() as connection:
        stored = (await connection.execute(sa.select(table_of_lines))).all()
    assert not any("701" in repr(row) for row in stored)


async def test_staff_and_screens_see_no_phones_and_strangers_nothing(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, run = await a_run(new_uow, clock)
    staff = await a_moderator(new_uow, clock())

    own = await rejected_page(new_uow, BOX, actor=shop.manager, run=run.id)
    seen = await rejected_lines(new_uow, BOX, actor=staff, run=run.id)

    assert "•••67" in own.lines[0].text
    assert not any("123" in line.text for line in seen)
    for stranger in (shop.creator, await a_person(new_uow, clock())):
        with pytest.raises(NotAllowed):
            await rejected_page(new_uow, BOX, actor=stranger, run=run.id)
        with pytest.raises(NotAllowed):
            await rejected_lines(new_uow, BOX, actor=stranger, run=run.id)


async def test_pages_follow_each_other_and_count_the_reasons_of_all(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, run = await a_run(new_uow, clock)
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = await rejected_page(
            new_uow, BOX, actor=shop.manager, run=run.id, after=after, limit=5
        )
        assert page.reasons == [("date_invalid", 12)]
        seen += [line.line for line in page.lines]
        after = page.following

    assert seen == list(range(3, 15))


async def test_of_a_file_that_is_wrong_as_a_whole_only_so_many_lines_are_kept(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejects, "REJECTED_MAX", 5)
    _, run = await a_run(new_uow, clock)

    assert (run.counts.rejected, run.lines) == (12, 5)


async def test_without_the_secret_key_numbers_and_reasons_are_left(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, run = await a_run(new_uow, clock)
    other = SecretBox(["another key of a test that is long enough to be one"])

    lines = await rejected_lines(new_uow, other, actor=shop.manager, run=run.id)

    assert lines[0] == RejectedLine(line=3, reason="date_invalid", text="")


async def test_lines_are_forgotten_in_time_in_pieces_and_the_run_stays(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejects, "AT_ONCE", 5)
    shop, old = await a_run(new_uow, clock)
    clock.now += KEPT / 2
    young = await taken_in(new_uow, clock, shop, broken(13))

    early = await forget_rejected(new_uow, clock)
    clock.now += KEPT / 2
    clock.advance(seconds=1)
    async with new_uow() as uow:  # a sweep that was killed after its first piece
        assert await uow.runs.forget_rejected(clock() - KEPT, limit=5) == 5
        await uow.commit()
    await forget_rejected(new_uow, clock)

    assert early == 0
    left = (await run_card(new_uow, actor=shop.manager, run=old.id)).run
    assert (left.state, left.counts.rejected, left.lines) == (RunState.DONE, 12, 0)
    assert left.lines_key is None
    assert await rejected_lines(new_uow, BOX, actor=shop.manager, run=old.id) == []
    assert len(await rejected_lines(new_uow, BOX, actor=shop.manager, run=young.id)) == 13


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1001\t87011234567\tАйгерім", "1001\t•••67\tАйгерім"),
        ("+7 (701) 123-45-67", "•••67"),
        ("+7\u00a0701\u00a0123\u00a045\u00a067", "•••67"),
        ("210440000007", "•••07"),
        ("12 345,00\t21.11.2026 12:00", "12 345,00\t21.11.2026 12:00"),
        ("712155089", "712155089"),
    ],
)
def test_phones_are_covered_and_what_is_needed_to_correct_a_line_is_not(
    text: str, shown: str
) -> None:
    assert covered(RejectedLine(line=1, reason="line_broken", text=text)).text == shown
