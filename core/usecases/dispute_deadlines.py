"""Cases move on by themselves: when days are over, when data have come, when a brand is silent.

Every step looks for what is due, takes each case under its lock, and changes it in a transaction of
its own: a sweep that is cut short or comes twice does nothing twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.disputes import (
    REMIND_BEFORE,
    Deed,
    DisputedOrder,
    DisputeKind,
    DisputeState,
    Side,
    Times,
    Verdict,
    credited_by_silence,
)
from core.ids import DisputeId
from core.notifications import NIGHT_UNTIL, NoteKind
from core.orders import ALMATY, OrderStatus
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.dispute_answers import pay
from core.usecases.dispute_steps import (
    PAID_BY_SILENCE,
    Case,
    go_on,
    load,
    look,
    moved,
    tell_creator,
    tell_managers,
    tell_staff,
    verdicts,
)
from core.usecases.disputes import send

PAGE: Final = 100  # cases looked for at a time

Step = Callable[[UnitOfWork, DisputeId, Times, datetime], Awaitable[bool]]
"""Moves one case on; False where it need not be any more."""


async def move_disputes(new_uow: UnitOfWorkFactory, clock: Clock, *, times: Times) -> int:
    """Do whatever is due for cases; returns how many were moved."""
    done = 0
    now = clock()
    async with new_uow(read_only=True) as uow:
        gathered = await uow.disputes.due(DisputeState.OPEN, now, limit=PAGE)
        to_look = await uow.disputes.to_look(limit=PAGE)
        unread = await uow.disputes.due(DisputeState.DATA, now, limit=PAGE)
        silent = await uow.disputes.due(DisputeState.BRAND, now, limit=PAGE)
        unanswered = await uow.disputes.to_remind(now, limit=PAGE)
        accepted = await uow.disputes.due(DisputeState.ANSWERED, now, limit=PAGE)
    steps: Sequence[tuple[Sequence[DisputeId], Step]] = (
        (gathered, _end_gathering),
        (to_look, _look_again),
        (unread, _look_again),
        (silent, _end_waiting),
        (unanswered, _remind),
        (accepted, _close),
    )
    for cases, step in steps:
        for dispute in cases:
            async with new_uow(background=True) as uow:
                if await step(uow, dispute, times, clock()):
                    done += 1
                await uow.commit()
    return done


async def _end_gathering(uow: UnitOfWork, dispute: DisputeId, times: Times, now: datetime) -> bool:
    """The days for gathering are over: what there is is sent; with nothing the case is over."""
    known = await uow.disputes.get(dispute, lock=True)
    if known.state is not DisputeState.OPEN or known.until is None or known.until > now:
        return False
    if await uow.disputes.orders(dispute):
        await send(uow, known, times, now, by=None)
        return True
    await uow.disputes.save(replace(moved(known, DisputeState.CLOSED, None), closed_at=now))
    await uow.disputes.note(dispute, Side.NOBODY, Deed.CLOSED, now=now)
    return True


async def _look_again(uow: UnitOfWork, dispute: DisputeId, times: Times, now: datetime) -> bool:
    """Data have come, or have not come for too long: the numbers are looked up once more."""
    case = await load(uow, dispute, lock=True)
    if case.dispute.state not in (DisputeState.DATA, DisputeState.BRAND):
        return False
    before = case.dispute.state
    case = await look(uow, case, now)
    return (await go_on(uow, case, times, now, quiet=False)).state is not before


async def _remind(uow: UnitOfWork, dispute: DisputeId, times: Times, now: datetime) -> bool:
    """Remind the brand's managers, in the daytime, once for each time before the day."""
    del times
    if now.astimezone(ALMATY).hour < NIGHT_UNTIL:
        return False
    case = await load(uow, dispute, lock=True)
    known = case.dispute
    if known.state is not DisputeState.BRAND or known.until is None:
        return False
    passed = sum(known.until <= now + before for before in REMIND_BEFORE)
    if known.until <= now or passed <= known.reminders:
        return False
    await uow.disputes.save(replace(known, reminders=passed))
    await uow.disputes.note(dispute, Side.NOBODY, Deed.REMINDED, now=now)
    await tell_managers(
        uow, known, NoteKind.DISPUTE_DUE, now, key=str(passed), orders=len(case.waiting)
    )
    return True


async def _end_waiting(uow: UnitOfWork, dispute: DisputeId, times: Times, now: datetime) -> bool:
    """The brand's day is over: what its terms say of silence counts, the rest is for the staff."""
    case = await load(uow, dispute, lock=True)
    known = case.dispute
    if known.state is not DisputeState.BRAND or known.until is None or known.until > now:
        return False
    await uow.orders.lock_brand(known.brand)
    case = await look(uow, await load(uow, dispute, lock=True), now)
    credited = [
        replace(each, verdict=Verdict.PAID, by=Side.NOBODY, decided_at=now)
        for each in await _by_terms(uow, case)
    ]
    await uow.disputes.note(
        dispute, Side.NOBODY, Deed.SILENT, now=now, facts=verdicts(credited) if credited else {}
    )
    await uow.audit.write(
        None,
        "dispute.silence",
        "dispute",
        dispute,
        now=now,
        facts={"orders": len(credited)},
    )
    if credited:
        await pay(uow, case, credited, reason=PAID_BY_SILENCE, by=None, now=now)
        await uow.disputes.save_orders(credited)
        by_id = {each.id: each for each in credited}
        case = Case(case.dispute, [by_id.get(each.id, each) for each in case.orders], case.found)
    if case.waiting:
        called = moved(case.dispute, DisputeState.STAFF, None)
        await uow.disputes.save(called)
        await tell_creator(uow, called, case.orders, now)
        await tell_staff(uow, called, now, why="silence", orders=len(case.waiting))
        after = called
    else:
        after = await go_on(uow, case, times, now, quiet=False)
    await tell_managers(
        uow,
        after,
        NoteKind.DISPUTE_RULED,
        now,
        key="silence",
        how="silence",
        **verdicts(case.orders),
    )
    return True


async def _by_terms(uow: UnitOfWork, case: Case) -> list[DisputedOrder]:
    """Orders that wait, are nobody's, and whose terms confirm what a silent brand leaves."""
    if case.dispute.kind is not DisputeKind.MISSING:
        return []
    facts = (await uow.orders.enrolment_facts([case.dispute.enrolment]))[case.dispute.enrolment]
    nobodys = [
        each
        for each in case.waiting
        if each.earlier is None
        and (found := case.found.get(each.number)) is not None
        and found.creator is None
        and found.status in (OrderStatus.PENDING, OrderStatus.APPROVED)
        and facts.terms_at(found.ordered_at).auto_approve_days
    ]
    signs = await uow.disputes.signs(
        case.dispute.enrolment, [case.found[each.number].id for each in nobodys]
    )
    return credited_by_silence(nobodys, signs)


async def _close(uow: UnitOfWork, dispute: DisputeId, times: Times, now: datetime) -> bool:
    """Nobody objected in time: the case is over."""
    del times
    known = await uow.disputes.get(dispute, lock=True)
    if known.state is not DisputeState.ANSWERED or known.until is None or known.until > now:
        return False
    await uow.disputes.save(replace(moved(known, DisputeState.CLOSED, None), closed_at=now))
    await uow.disputes.note(dispute, Side.NOBODY, Deed.CLOSED, now=now)
    return True
