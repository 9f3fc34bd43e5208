"""Answers to cases: the brand's from a fixed list, and the staff's, which are final."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.disputes import (
    ANSWERS,
    REASONS,
    DeclineReason,
    Deed,
    Dispute,
    DisputedOrder,
    DisputeKind,
    DisputeState,
    FoundOrder,
    Side,
    Times,
    Verdict,
    answerable,
)
from core.errors import BadInput, OutOfDate
from core.ids import DisputedOrderId, DisputeId, PersonId
from core.money import Money
from core.notifications import NoteKind
from core.orders import OrderStatus
from core.people import Actor
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.results import day_of
from core.usecases.dispute_steps import (
    PAID_BY,
    PAID_BY_STAFF,
    Case,
    credit,
    go_on,
    load,
    look,
    read_since,
    settle_order,
    tell_managers,
    verdicts,
)
from core.usecases.disputes import DisputeCard, card_of, demand_side
from core.usecases.redecision import redecide

LOST = (OrderStatus.REJECTED, OrderStatus.RETURNED)
RULABLE = (
    DisputeState.DATA,
    DisputeState.BRAND,
    DisputeState.STAFF,
)


async def answer_dispute(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    dispute: DisputeId,
    side: Side,
    verdict: Verdict,
    times: Times,
    order: DisputedOrderId | None = None,
    reason: DeclineReason | None = None,
    net: Money | None = None,
) -> DisputeCard:
    """Answer for one order of a case, or for all that wait and that the answer fits.

    PAID credits orders to the creator, or lets one that was declined count again; ADJUSTED sets an
    amount, which must be above the present one; NOT_FOUND names the day of the last data. The staff
    decide in the same words, and for good. Everything that follows for money is posted in the same
    transaction.

    Raises NotFound("dispute") without the right, OutOfDate("dispute") where the order has its
    verdict or the case is not in this side's hands any more, BadInput("net"), NotAllowed.
    """
    if side not in (Side.BRAND, Side.STAFF) or verdict not in ANSWERS:
        raise ValueError(f"{side} answers {verdict}")
    async with new_uow() as uow:
        now = clock()
        case = await load(uow, dispute, lock=True)
        demand_side(actor, case.dispute, side)
        hands = (DisputeState.BRAND,) if side is Side.BRAND else RULABLE
        if case.dispute.state not in hands:
            raise OutOfDate("dispute")
        _demand_words(case.dispute, verdict, reason)
        if verdict in (Verdict.PAID, Verdict.ADJUSTED):
            # Nobody credits these orders to somebody else between the look and the ruling.
            await uow.orders.lock_brand(case.dispute.brand)
            case = await load(uow, dispute, lock=True)
        case = await look(uow, case, now)
        chosen = await _chosen(uow, case, verdict, order)
        if not chosen:
            # What the data have answered meanwhile stays answered, whatever was pressed.
            await go_on(uow, case, times, now, quiet=False)
            await uow.commit()
            raise OutOfDate("dispute")
        answered = [
            replace(
                each,
                verdict=verdict,
                reason=reason if verdict is Verdict.DECLINED else None,
                net=net if verdict is Verdict.ADJUSTED else None,
                by=side,
                decided_at=now,
            )
            for each in chosen
        ]
        if verdict is Verdict.NOT_FOUND:
            answered = await _with_reading(uow, case.dispute, answered)
        if verdict in (Verdict.PAID, Verdict.ADJUSTED):
            ruled = PAID_BY if side is Side.BRAND else PAID_BY_STAFF
            await pay(uow, case, answered, reason=ruled, by=actor.id, now=now)
        await keep(uow, case, answered, side=side, by=actor, now=now)
        case = _with(case, answered)
        after = await go_on(uow, case, times, now, quiet=False)
        if side is Side.STAFF and after.state is not case.dispute.state:
            await tell_managers(
                uow,
                after,
                NoteKind.DISPUTE_RULED,
                now,
                key="staff",
                how="staff",
                **verdicts(case.orders),
            )
        await uow.commit()
        return await card_of(uow, dispute, side)


async def pay(
    uow: UnitOfWork,
    case: Case,
    orders: Sequence[DisputedOrder],
    *,
    reason: str,
    by: PersonId | None,
    now: datetime,
) -> None:
    """Let orders count as they were decided on: credited, confirmed, or of another amount."""
    known = [case.found[each.number] for each in orders]
    for each, found in zip(orders, known, strict=True):
        status = OrderStatus.APPROVED if _revived(case.dispute, found) else None
        if each.net is not None or status is not None:
            if each.net is not None and each.net <= found.net and status is None:
                raise BadInput("net")
            await settle_order(
                uow,
                case.dispute.brand,
                found.id,
                net=each.net,
                status=status,
                now=now,
                by=by,
            )
    to_credit = [found.id for found in known if found.creator != case.dispute.creator]
    await credit(uow, case.dispute, to_credit, reason=reason, by=by, now=now)
    await redecide(uow, orders=[found.id for found in known], now=now)


def _revived(dispute: Dispute, found: FoundOrder) -> bool:
    """Whether an order that was cancelled or returned is to count as confirmed."""
    return found.status in LOST and dispute.kind is not DisputeKind.AMOUNT


async def keep(
    uow: UnitOfWork,
    case: Case,
    answered: Sequence[DisputedOrder],
    *,
    side: Side,
    by: Actor,
    now: datetime,
) -> None:
    """Write answers down, for both sides and for the log."""
    facts = verdicts(answered)
    if answered[0].day is not None:
        facts["day"] = answered[0].day.isoformat()
    deed = Deed.ANSWERED if side is Side.BRAND else Deed.RULED
    await uow.disputes.save_orders(answered)
    await uow.disputes.note(case.dispute.id, side, deed, now=now, by=by.id, facts=facts)
    await uow.audit.write(
        by.id,
        "dispute.answered" if side is Side.BRAND else "dispute.ruled",
        "dispute",
        case.dispute.id,
        now=now,
        facts={"orders": len(answered)},
    )


def _demand_words(dispute: Dispute, verdict: Verdict, reason: DeclineReason | None) -> None:
    if verdict is Verdict.DECLINED and reason not in REASONS[dispute.kind]:
        raise BadInput("decline_reason")


async def _chosen(
    uow: UnitOfWork, case: Case, verdict: Verdict, order: DisputedOrderId | None
) -> list[DisputedOrder]:
    """The orders that wait, that are meant, and that the answer fits."""
    fresh = await read_since(uow, case.dispute)
    return [
        each
        for each in case.waiting
        if (order is None or each.id == order)
        and verdict in answerable(case.dispute.kind, case.found.get(each.number), read_since=fresh)
    ]


def _with(case: Case, changed: Sequence[DisputedOrder]) -> Case:
    by_id = {each.id: each for each in changed}
    return Case(case.dispute, [by_id.get(each.id, each) for each in case.orders], case.found)


async def _with_reading(
    uow: UnitOfWork, dispute: Dispute, answered: Sequence[DisputedOrder]
) -> list[DisputedOrder]:
    """The answers with the run and the day of the data in which the orders are not found."""
    reading = await uow.deadlines.reading(dispute.brand, dispute.place)
    if reading is None:
        raise OutOfDate("dispute")
    return [replace(each, run=reading.run, day=day_of(reading.at)) for each in answered]
