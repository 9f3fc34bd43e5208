"""What every step of a case is made of: its numbers looked up, its state moved on, people told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core.corrections import correct
from core.disputes import (
    BAD,
    NEXT,
    Deed,
    Dispute,
    DisputedOrder,
    DisputeKind,
    DisputeState,
    FoundOrder,
    Side,
    Times,
    Verdict,
    by_data,
    tally,
)
from core.evidence import Grade
from core.ids import BrandId, DisputeId, OrderId, PersonId
from core.money import Money
from core.notifications import NoteKind, Notification
from core.orders import OrderStatus
from core.people import Permission
from core.ports import UnitOfWork

PAID_BY = "dispute"  # reason of a ruling
PAID_BY_SILENCE = "dispute_silence"
PAID_BY_STAFF = "dispute_staff"


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its orders, and what the merchant's data have of them by number."""

    dispute: Dispute
    orders: Sequence[DisputedOrder]
    found: Mapping[str, FoundOrder]

    @property
    def waiting(self) -> list[DisputedOrder]:
        """Orders without a verdict."""
        return [each for each in self.orders if each.verdict is Verdict.WAITING]


async def load(uow: UnitOfWork, dispute: DisputeId, *, lock: bool) -> Case:
    """A case as it is stored; NotFound("dispute")."""
    known = await uow.disputes.get(dispute, lock=lock)
    orders = await uow.disputes.orders(dispute)
    found = await uow.disputes.found(known.brand, known.place, [each.number for each in orders])
    return Case(known, orders, found)


async def look(uow: UnitOfWork, case: Case, now: datetime) -> Case:
    """Give the orders that wait the verdicts that the merchant's data allow."""
    dispute = case.dispute
    floor = await uow.disputes.floor(dispute.brand)
    steps = await uow.admissions.steps(dispute.enrolment)
    since = min(
        (step.at for step in steps),
        default=(await uow.enrolments.get(dispute.enrolment)).accepted_at,
    )
    changed: list[DisputedOrder] = []
    for each in case.waiting:
        found = case.found.get(each.number)
        verdict = by_data(
            found,
            creator=dispute.creator,
            since=since,
            kind=dispute.kind,
            claimed=dispute.claimed,
        )
        if each.earlier is not None and verdict is not Verdict.YOURS:
            verdict = Verdict.WAITING  # staff decide what the creator objects to
        new = replace(
            each,
            order=found.id if found else each.order,
            verdict=verdict,
            decided_at=None if verdict is Verdict.WAITING else now,
        )
        if new != each:
            changed.append(new)
    await uow.disputes.save_orders(changed)
    decided = [each for each in changed if each.verdict is not Verdict.WAITING]
    if decided:
        await uow.disputes.note(
            dispute.id, Side.NOBODY, Deed.FOUND, now=now, facts=verdicts(decided)
        )
    by_id = {each.id: each for each in changed}
    return Case(
        replace(dispute, looked_at=now, looked_run=floor),
        [by_id.get(each.id, each) for each in case.orders],
        case.found,
    )


def verdicts(orders: Iterable[DisputedOrder]) -> dict[str, Any]:
    """Facts of an event or a note: how many orders got which verdict, and the number of one."""
    listed = list(orders)
    facts: dict[str, Any] = {
        "verdicts": {str(verdict): count for verdict, count in tally(listed).items()}
    }
    if len(listed) == 1:
        facts["number"] = listed[0].number
        if listed[0].reason is not None:
            facts["reason"] = str(listed[0].reason)
        if listed[0].net is not None:
            facts["net_minor"] = listed[0].net.minor
    elif len(reasons := {each.reason for each in listed}) == 1 and None not in reasons:
        facts["reason"] = str(next(iter(reasons)))
    return facts


def moved(dispute: Dispute, to: DisputeState, until: datetime | None) -> Dispute:
    """The case in another state; a move that must not be is a bug."""
    if to not in NEXT[dispute.state]:
        raise ValueError(f"dispute {dispute.id}: {dispute.state} -> {to}")
    return replace(dispute, state=to, until=until)


async def go_on(
    uow: UnitOfWork, case: Case, times: Times, now: datetime, *, quiet: bool
) -> Dispute:
    """Move a case to where its orders put it, store it and tell whom it concerns.

    The creator is told unless it was the creator's own step (`quiet`).
    """
    dispute = case.dispute
    before = dispute.state
    if not case.waiting:
        dispute = await conclude(uow, case, times, now)
    elif before in (DisputeState.OPEN, DisputeState.DATA):
        ready = dispute.kind is not DisputeKind.MISSING or any(
            each.order is not None for each in case.waiting
        )
        if before is DisputeState.DATA:
            over = dispute.until is not None and dispute.until <= now
            ready = ready or over or await read_since(uow, dispute)
        if ready:
            dispute = moved(dispute, DisputeState.BRAND, now + times.answer)
            await _ask_brand(uow, dispute, case.waiting, now)
        elif before is DisputeState.OPEN:
            dispute = moved(dispute, DisputeState.DATA, now + times.data)
    await uow.disputes.save(dispute)
    if dispute.state is not before and not quiet:
        await tell_creator(uow, dispute, case.orders, now)
    return dispute


async def conclude(uow: UnitOfWork, case: Case, times: Times, now: datetime) -> Dispute:
    """Every order has its verdict: the creator may object once, or the case is over."""
    dispute = case.dispute
    objectable = any(each.verdict in BAD for each in case.orders)
    if objectable and dispute.appealed_at is None and dispute.state is not DisputeState.STAFF:
        return moved(dispute, DisputeState.ANSWERED, now + times.appeal)
    await uow.disputes.note(dispute.id, Side.NOBODY, Deed.CLOSED, now=now)
    return replace(moved(dispute, DisputeState.CLOSED, None), closed_at=now)


async def read_since(uow: UnitOfWork, dispute: Dispute) -> bool:
    """Whether the merchant's data have been read since the case was sent."""
    reading = await uow.deadlines.reading(dispute.brand, dispute.place)
    return reading is not None and dispute.sent_at is not None and reading.at >= dispute.sent_at


async def credit(
    uow: UnitOfWork,
    dispute: Dispute,
    orders: Sequence[OrderId],
    *,
    reason: str,
    by: PersonId | None,
    now: datetime,
) -> None:
    """Rule that orders are the creator's; redecide them afterwards."""
    for order in orders:
        await uow.evidence.rule(
            order,
            enrolment=dispute.enrolment,
            grade=Grade.D,
            reason=reason,
            note=f"dispute {dispute.id}",
            by=by,
            now=now,
        )


async def settle_order(
    uow: UnitOfWork,
    brand: BrandId,
    order: OrderId,
    *,
    net: Money | None,
    status: OrderStatus | None,
    now: datetime,
    by: PersonId | None,
) -> None:
    """Correct what counts of an order, with the sums that follow; redecide it afterwards."""
    await uow.orders.lock_brand(brand)
    before = await uow.results.counted([order])
    counts, earlier, approved_at = await uow.disputes.report(order)
    correction = correct(counts, earlier, net=net, status=status)
    right = net or counts.net
    refunded = Money(0, right.currency) if status is not None else min(counts.refunded, right)
    await uow.disputes.correct(
        order,
        correction,
        replace(counts, net=right, status=status or counts.status, refunded=refunded),
        approved_at=now if status is OrderStatus.APPROVED and approved_at is None else approved_at,
    )
    await uow.results.record(before, await uow.results.counted([order]))
    await uow.audit.write(
        by,
        "order.corrected",
        "order",
        order,
        now=now,
        facts={"amount_minor": right.minor},
    )


async def _ask_brand(
    uow: UnitOfWork, dispute: Dispute, waiting: Sequence[DisputedOrder], now: datetime
) -> None:
    assert dispute.until is not None
    await uow.disputes.note(
        dispute.id,
        Side.NOBODY,
        Deed.ASKED,
        now=now,
        facts={"until": dispute.until.isoformat(), "orders": len(waiting)},
    )
    await tell_managers(uow, dispute, NoteKind.DISPUTE_ASKED, now, key="", orders=len(waiting))


async def tell_managers(
    uow: UnitOfWork, dispute: Dispute, kind: NoteKind, now: datetime, *, key: str, **facts: Any
) -> None:
    """Tell the brand's managers of a case."""
    brand = await uow.brands.get(dispute.brand)
    creator = await uow.creators.get(dispute.creator)
    await uow.outbox.add(
        [
            Notification(
                person=manager,
                kind=kind,
                key=f"{kind}:{dispute.id}:{key}:{manager}",
                facts={
                    **_facts(dispute),
                    "name": brand.name,
                    "creator": creator.display_name,
                    **facts,
                },
            )
            for manager in await uow.brands.managers(dispute.brand)
        ],
        now=now,
    )


async def tell_staff(
    uow: UnitOfWork, dispute: Dispute, now: datetime, *, why: str, orders: int
) -> None:
    """Call the staff who may decide on a case."""
    brand = await uow.brands.get(dispute.brand)
    creator = await uow.creators.get(dispute.creator)
    staff = {
        *await uow.people.staff(Permission.MODERATION),
        *await uow.people.staff(Permission.FINANCE),
    }
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=NoteKind.DISPUTE_CALLED,
                key=f"{NoteKind.DISPUTE_CALLED}:{dispute.id}:{why}:{person}",
                facts={
                    **_facts(dispute),
                    "name": brand.name,
                    "creator": creator.display_name,
                    "orders": orders,
                    "why": why,
                },
            )
            for person in sorted(staff)
        ],
        now=now,
    )


async def tell_creator(
    uow: UnitOfWork, dispute: Dispute, orders: Sequence[DisputedOrder], now: datetime
) -> None:
    """Tell the creator where a case has got."""
    brand = await uow.brands.get(dispute.brand)
    again = "again" if dispute.appealed_at else ""
    await uow.outbox.add(
        [
            Notification(
                person=dispute.creator,
                kind=NoteKind.DISPUTE_NEWS,
                key=f"{NoteKind.DISPUTE_NEWS}:{dispute.id}:{dispute.state}{again}",
                facts={
                    **_facts(dispute),
                    "name": brand.name,
                    "state": str(dispute.state),
                    **verdicts(orders),
                },
            )
        ],
        now=now,
    )


def _facts(dispute: Dispute) -> dict[str, Any]:
    return {
        "dispute": dispute.id,
        "kind": str(dispute.kind),
        "until": dispute.until.isoformat() if dispute.until else "",
    }


def month_ago(now: datetime) -> datetime:
    """Since when a creator's cases are counted."""
    return now - timedelta(days=30)
