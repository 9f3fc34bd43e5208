"""Evidence that almost fits, looked at by the brand: for this order, for good, or not at all."""

from __future__ import annotations

from core import codes
from core.errors import AlreadyUsed, OutOfDate
from core.evidence import Grade
from core.ids import BrandId, CodeId
from core.near_misses import NOT_SPELLINGS, REVIEWED, Answer
from core.people import Actor, Permission
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.ports.near_misses import NearMissRow
from core.usecases.redecision import redecide


async def near_misses(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId, after: int | None, limit: int
) -> list[NearMissRow]:
    """Orders whose evidence almost fits somebody, for a person to look at."""
    _demand(actor, brand)
    async with new_uow(read_only=True) as uow:
        return list(await uow.near_misses.queue(brand, after=after, limit=limit))


async def near_miss(new_uow: UnitOfWorkFactory, *, actor: Actor, miss: int) -> NearMissRow:
    """One of them, for the brand's managers and the staff."""
    async with new_uow(read_only=True) as uow:
        row = await uow.near_misses.get(miss)
    _demand(actor, row.brand)
    return row


async def answer_near_miss(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, miss: int, answer: Answer
) -> int:
    """Decide a near miss; returns how many orders have been credited.

    ALIAS lets the spelling count as the creator's code from this order on: orders that wait for
    the same answer get it as well. The brand decides, because it pays; staff do not.

    Raises OutOfDate("near_miss") where it was answered or the order has found its creator, and
    AlreadyUsed("code") where the spelling is a code by now.
    """
    now = clock()
    async with new_uow() as uow:
        row = await uow.near_misses.get(miss)
        actor.demand_brand(row.brand)
        await uow.orders.lock_brand(row.brand)
        row = await uow.near_misses.get(miss)
        if not row.open or (answer is Answer.ALIAS and row.reason in NOT_SPELLINGS):
            raise OutOfDate("near_miss")
        rows = [row]
        if answer is Answer.ALIAS:
            await _add_alias(uow, actor, row)
            rows += [
                each
                for each in await uow.near_misses.alike(row)
                if each.id != row.id and each.ordered_at >= row.ordered_at
            ]
        await uow.near_misses.answer([each.id for each in rows], answer, by=actor.id, now=now)
        orders = [each.order for each in rows]
        if answer is Answer.ORDER:
            await uow.evidence.rule(
                row.order,
                enrolment=row.enrolment,
                grade=Grade.A,
                reason=REVIEWED,
                by=actor.id,
                now=now,
            )
        if answer is not Answer.NO:
            await redecide(uow, orders=orders, now=now)
        await uow.audit.write(
            actor.id,
            f"near_miss.{answer}",
            "order",
            row.order,
            now=now,
            facts={
                "number": row.external_id,
                "raw": row.raw,
                "code": row.code,
                "orders": len(orders),
            },
        )
        await uow.commit()
    return 0 if answer is Answer.NO else len(orders)


async def _add_alias(uow: UnitOfWork, actor: Actor, row: NearMissRow) -> None:
    normal = codes.normal(row.raw)
    meant = [
        held.code
        for alike in (await uow.enrolments.alike(row.brand, [normal])).get(normal, ())
        for held in alike.held
        if held.enrolment == row.enrolment and held.covers(row.ordered_at)
    ]
    if not meant or not await uow.near_misses.add_alias(
        row.brand, normal, CodeId(meant[0]), since=row.ordered_at, by=actor.id
    ):
        raise AlreadyUsed("code")


def _demand(actor: Actor, brand: BrandId) -> None:
    if not actor.may(Permission.MODERATION):
        actor.demand_brand(brand)
