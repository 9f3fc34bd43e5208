"""A creator's cases: opened, filled with numbers, sent, taken back, objected to, looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from core.commissions import LOST
from core.disputes import (
    BAD,
    GATHERED_MAX,
    MONTH_MAX,
    NOTE_MAX,
    OPEN_MAX,
    SLUG_LENGTH,
    TYPED_MAX,
    Deed,
    Dispute,
    DisputedOrder,
    DisputeEvent,
    DisputeKind,
    DisputeLine,
    DisputeState,
    FoundOrder,
    Side,
    Signs,
    Times,
    Typed,
    Verdict,
    answerable,
    read_numbers,
)
from core.errors import (
    BadInput,
    DisputedAlready,
    NotAllowed,
    NotFound,
    OutOfDate,
    TooManyDisputes,
    TooManyNumbers,
)
from core.ids import (
    BrandId,
    DisputedOrderId,
    DisputeId,
    EnrolmentId,
    OrderId,
    public_code,
)
from core.money import Money
from core.orders import OrderStatus
from core.people import Actor, Locale, Permission
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.results import day_of
from core.usecases.dispute_steps import (
    Case,
    go_on,
    load,
    look,
    month_ago,
    moved,
    read_since,
    tell_staff,
)

LOST_STATUS = (OrderStatus.REJECTED, OrderStatus.RETURNED)
SHELVES: Mapping[str, tuple[DisputeState, ...]] = {
    "w": (DisputeState.BRAND,),
    "o": (DisputeState.DATA, DisputeState.STAFF, DisputeState.ANSWERED),
    "c": (DisputeState.CLOSED, DisputeState.WITHDRAWN),
}
"""States of cases as a brand's managers look at them: waiting for them, going on, over."""
STAFF_SHELVES: Mapping[str, tuple[DisputeState, ...]] = {
    "w": (DisputeState.STAFF,),
    "o": (DisputeState.DATA, DisputeState.BRAND, DisputeState.ANSWERED),
    "c": (DisputeState.CLOSED,),
}
"""The same for the staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeCard:
    """A case as one side sees it.

    `found` and `signs` are what that side may see of orders, by number and by order. `read_on` is
    the day (Almaty) of the merchant's last data, `fresh` whether they were read since the case was
    sent.
    """

    dispute: Dispute
    side: Side
    brand_name: str
    creator_name: str
    titles: Mapping[Locale, str]
    orders: Sequence[DisputedOrder]
    found: Mapping[str, FoundOrder]
    signs: Mapping[OrderId, Signs]
    events: Sequence[DisputeEvent]
    read_on: date | None
    fresh: bool

    def answers(self, order: DisputedOrder) -> tuple[Verdict, ...]:
        """The answers that fit an order of the case now."""
        if order.verdict is not Verdict.WAITING:
            return ()
        found = self.found.get(order.number)
        return answerable(self.dispute.kind, found, read_since=self.fresh)

    @property
    def waiting(self) -> list[DisputedOrder]:
        """Orders without a verdict."""
        return [each for each in self.orders if each.verdict is Verdict.WAITING]

    def title(self, locale: Locale) -> str:
        """The offer's title in the language, or in Russian."""
        return self.titles.get(locale) or self.titles.get(Locale.RU, "")


async def open_missing(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    times: Times,
) -> DisputeCard:
    """Begin to gather numbers of orders that an offer lacks, or go on with it.

    Raises NotFound("enrolment"), TooManyDisputes.
    """
    async with new_uow() as uow:
        now = clock()
        dispute = await _gathering(uow, actor, enrolment, times, now)
        await uow.commit()
        return await card_of(uow, dispute.id, Side.CREATOR)


async def gathering(
    new_uow: UnitOfWorkFactory, *, actor: Actor, enrolment: EnrolmentId
) -> tuple[str, DisputeId | None]:
    """The brand of an own offer, and the case for which numbers are gathered there, if any.

    Raises NotFound("enrolment").
    """
    async with new_uow(read_only=True) as uow:
        known = await _own_enrolment(uow, actor, enrolment)
        dispute = await uow.disputes.gathering(enrolment)
        return (await uow.brands.get(known)).name, dispute.id if dispute else None


async def add_numbers(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    text: str,
    times: Times,
) -> tuple[DisputeCard, Typed, tuple[str, ...]]:
    """Put order numbers from a text into the case of an offer, begun if need be.

    Also returned: what was read, and numbers that stand in another case already. Raises
    BadInput("dispute_numbers"), TooManyNumbers, TooManyDisputes, NotFound.
    """
    typed = read_numbers(text)
    async with new_uow() as uow:
        now = clock()
        dispute = await _gathering(uow, actor, enrolment, times, now)
        known = await uow.disputes.orders(dispute.id)
        elsewhere = await uow.disputes.elsewhere(dispute, typed.numbers)
        fresh = [number for number in typed.numbers if number not in elsewhere]
        own = {each.number for each in known if each.typed}
        whole = {each.number for each in known}.union(fresh)
        if len(own.union(fresh)) > TYPED_MAX or len(whole) > GATHERED_MAX:
            raise TooManyNumbers(TYPED_MAX)
        if fresh:
            await uow.disputes.put_orders(dispute, fresh, typed=True)
        await uow.commit()
        return await card_of(uow, dispute.id, Side.CREATOR), typed, tuple(elsewhere)


async def drop_number(
    new_uow: UnitOfWorkFactory, *, actor: Actor, order: DisputedOrderId
) -> DisputeCard:
    """Take a number out of a case that still gathers; a second tap changes nothing."""
    async with new_uow() as uow:
        each = await uow.disputes.order(order)
        dispute = await _own(uow, actor, each.dispute, lock=True)
        if dispute.state is not DisputeState.OPEN:
            raise OutOfDate("dispute")
        await uow.disputes.drop_order(order)
        await uow.commit()
        return await card_of(uow, dispute.id, Side.CREATOR)


async def submit_dispute(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    dispute: DisputeId,
    times: Times,
) -> DisputeCard:
    """Look the numbers up and send what the data do not answer to the brand.

    A second tap shows the same. Raises BadInput("dispute_numbers") where there is none.
    """
    async with new_uow() as uow:
        known = await _own(uow, actor, dispute, lock=True)
        if known.state is DisputeState.OPEN:
            await send(uow, known, times, clock(), by=actor)
            await uow.commit()
        return await card_of(uow, dispute, Side.CREATOR)


async def send(
    uow: UnitOfWork, dispute: Dispute, times: Times, now: datetime, *, by: Actor | None
) -> None:
    """Send a case that has been gathered: by the creator, or because its days are over."""
    case = await load(uow, dispute.id, lock=False)
    if not case.orders:
        raise BadInput("dispute_numbers")
    await uow.disputes.note(
        dispute.id,
        Side.CREATOR if by else Side.NOBODY,
        Deed.SENT,
        now=now,
        by=by.id if by else None,
        facts={
            "orders": len(case.orders),
            "followers": sum(each.followers for each in case.orders),
        },
    )
    await uow.audit.write(
        by.id if by else None,
        "dispute.sent",
        "dispute",
        dispute.id,
        now=now,
        facts={"orders": len(case.orders)},
    )
    case = Case(replace(dispute, sent_at=now), case.orders, case.found)
    await go_on(uow, await look(uow, case, now), times, now, quiet=by is not None)


async def dispute_order(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    order: OrderId,
    kind: DisputeKind,
    times: Times,
    claimed: Money | None = None,
    note: str = "",
) -> DisputeCard:
    """Say of an own order that its amount is wrong, or that it was wrongly declined.

    It goes to the brand at once. `claimed` is what it came to. Raises NotFound("order"),
    NotAllowed where the order is not so, DisputedAlready, TooManyDisputes, BadInput("claimed") for
    an amount that is not above the present one, BadInput("dispute_note").
    """
    if len(note) > NOTE_MAX:
        raise BadInput("dispute_note")
    async with new_uow() as uow:
        now = clock()
        row = await uow.orders.get(order)
        if row.creator != actor.id or row.enrolment is None:
            raise NotFound("order")
        await uow.enrolments.hold(row.enrolment)  # the second tap finds what the first has done
        lost = row.commission_state in LOST or row.status in LOST_STATUS
        if (kind is DisputeKind.DECLINED) is not lost or kind is DisputeKind.MISSING:
            raise NotAllowed
        if kind is DisputeKind.AMOUNT and (claimed is None or claimed <= row.net):
            raise BadInput("claimed")
        earlier = await uow.disputes.of_order(order, actor.id, [kind])
        if earlier is not None:
            raise DisputedAlready(earlier.id)
        await _demand_room(uow, actor, now)
        dispute = await uow.disputes.add(
            creator=actor.id,
            enrolment=row.enrolment,
            brand=row.brand,
            place=row.place,
            kind=kind,
            state=DisputeState.DATA,
            slug="",
            until=None,
            claimed=claimed if kind is DisputeKind.AMOUNT else None,
            note=note,
            now=now,
        )
        await uow.disputes.put_orders(dispute, [row.external_id], typed=True, order=order)
        await _opened(uow, actor, dispute, now)
        await send(uow, dispute, times, now, by=actor)
        await uow.commit()
        return await card_of(uow, dispute.id, Side.CREATOR)


async def withdraw_dispute(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, dispute: DisputeId
) -> DisputeCard:
    """Take a case back; what was decided stays. A second tap changes nothing.

    Raises OutOfDate("dispute") where it is answered meanwhile.
    """
    async with new_uow() as uow:
        now = clock()
        known = await _own(uow, actor, dispute, lock=True)
        if known.state is DisputeState.WITHDRAWN:
            return await card_of(uow, dispute, Side.CREATOR)
        if known.state in (DisputeState.ANSWERED, DisputeState.CLOSED):
            raise OutOfDate("dispute")
        orders = await uow.disputes.orders(dispute)
        await uow.disputes.save_orders(
            [
                replace(each, verdict=Verdict.DROPPED, by=Side.CREATOR, decided_at=now)
                for each in orders
                if each.verdict is Verdict.WAITING
            ]
        )
        await uow.disputes.save(replace(moved(known, DisputeState.WITHDRAWN, None), closed_at=now))
        await uow.disputes.note(dispute, Side.CREATOR, Deed.WITHDRAWN, now=now, by=actor.id)
        await uow.audit.write(actor.id, "dispute.withdrawn", "dispute", dispute, now=now)
        await uow.commit()
        return await card_of(uow, dispute, Side.CREATOR)


async def appeal(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    dispute: DisputeId,
    note: str = "",
) -> DisputeCard:
    """Object to the answers, once: the staff decide. A second tap changes nothing.

    Raises OutOfDate("dispute") where the days for it are over, BadInput("dispute_note").
    """
    if len(note) > NOTE_MAX:
        raise BadInput("dispute_note")
    async with new_uow() as uow:
        now = clock()
        known = await _own(uow, actor, dispute, lock=True)
        if known.appealed_at is not None:
            return await card_of(uow, dispute, Side.CREATOR)
        if known.state is not DisputeState.ANSWERED or known.until is None or known.until <= now:
            raise OutOfDate("dispute")
        orders = await uow.disputes.orders(dispute)
        objected = [each for each in orders if each.verdict in BAD]
        await uow.disputes.save_orders(
            [replace(each, verdict=Verdict.WAITING, earlier=each.verdict) for each in objected]
        )
        called = replace(moved(known, DisputeState.STAFF, None), appealed_at=now)
        await uow.disputes.save(called)
        await uow.disputes.note(
            dispute,
            Side.CREATOR,
            Deed.APPEALED,
            now=now,
            by=actor.id,
            facts={"orders": len(objected), "note": note},
        )
        await uow.audit.write(
            actor.id,
            "dispute.appealed",
            "dispute",
            dispute,
            now=now,
            facts={"orders": len(objected)},
        )
        await tell_staff(uow, called, now, why="appeal", orders=len(objected))
        await uow.commit()
        return await card_of(uow, dispute, Side.CREATOR)


async def my_disputes(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: DisputeId | None, limit: int
) -> Sequence[DisputeLine]:
    """The actor's own cases, newest first."""
    async with new_uow(read_only=True) as uow:
        return await uow.disputes.of_creator(actor.id, after=after, limit=limit)


async def brand_disputes(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    shelf: str,
    after: DisputeId | None,
    limit: int,
) -> tuple[Sequence[DisputeLine], int]:
    """Cases sent to the actor's brands, newest first, and how many wait for an answer."""
    brands = [brand for brand, _ in actor.brands]
    if not brands:
        raise NotAllowed
    async with new_uow(read_only=True) as uow:
        lines = await uow.disputes.of_brands(brands, SHELVES[shelf], after=after, limit=limit)
        return lines, await uow.disputes.waiting(brands)


async def staff_disputes(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    shelf: str,
    after: DisputeId | None,
    limit: int,
) -> Sequence[DisputeLine]:
    """Cases of all brands for the staff, oldest first."""
    demand_staff(actor)
    async with new_uow(read_only=True) as uow:
        return await uow.disputes.everywhere(STAFF_SHELVES[shelf], after=after, limit=limit)


async def waiting_disputes(new_uow: UnitOfWorkFactory, *, actor: Actor) -> int:
    """How many cases wait for the actor's brands."""
    brands: list[BrandId] = [brand for brand, _ in actor.brands]
    if not brands:
        return 0
    async with new_uow(read_only=True) as uow:
        return await uow.disputes.waiting(brands)


async def dispute_card(
    new_uow: UnitOfWorkFactory, *, actor: Actor, dispute: DisputeId, side: Side
) -> DisputeCard:
    """A case for its creator, the brand's managers or the staff; NotFound("dispute") else."""
    async with new_uow(read_only=True) as uow:
        known = await uow.disputes.get(dispute)
        demand_side(actor, known, side)
        return await card_of(uow, dispute, side)


def demand_staff(actor: Actor) -> None:
    """Raise NotAllowed unless the actor may decide on cases: moderation or finance."""
    if not (actor.may(Permission.MODERATION) or actor.may(Permission.FINANCE)):
        raise NotAllowed


def demand_side(actor: Actor, dispute: Dispute, side: Side) -> None:
    """Raise a refusal unless the actor may look at the case from this side."""
    match side:
        case Side.CREATOR:
            if dispute.creator != actor.id:
                raise NotFound("dispute")
        case Side.BRAND:
            if not actor.manages(dispute.brand) or not dispute.submitted:
                raise NotFound("dispute")
        case _:
            demand_staff(actor)
            if not dispute.submitted:
                raise NotFound("dispute")


async def card_of(uow: UnitOfWork, dispute: DisputeId, side: Side) -> DisputeCard:
    """A case as a side sees it; whose right to look was checked before."""
    case = await load(uow, dispute, lock=False)
    known = case.dispute
    found = dict(case.found)
    signs: Mapping[OrderId, Signs] = {}
    if side is Side.CREATOR:  # of orders that are not theirs they see the verdict only
        found = {number: each for number, each in found.items() if each.creator == known.creator}
    else:
        signs = await uow.disputes.signs(known.enrolment, [each.id for each in found.values()])
    enrolment = await uow.enrolments.get(known.enrolment)
    offer = await uow.offers.get(enrolment.offer)
    reading = await uow.deadlines.reading(known.brand, known.place)
    return DisputeCard(
        dispute=known,
        side=side,
        brand_name=(await uow.brands.get(known.brand)).name,
        creator_name=(await uow.creators.get(known.creator)).display_name,
        titles={locale: text.title for locale, text in offer.texts.items()},
        orders=case.orders,
        found=found,
        signs=signs,
        events=await uow.disputes.events(dispute),
        read_on=day_of(reading.at) if reading else None,
        fresh=await read_since(uow, known),
    )


async def _own(uow: UnitOfWork, actor: Actor, dispute: DisputeId, *, lock: bool) -> Dispute:
    known = await uow.disputes.get(dispute, lock=lock)
    if known.creator != actor.id:
        raise NotFound("dispute")
    return known


async def _own_enrolment(uow: UnitOfWork, actor: Actor, enrolment: EnrolmentId) -> BrandId:
    known = await uow.enrolments.get(enrolment)
    if known.creator != actor.id or not known.slug:  # one who never was in has no orders
        raise NotFound("enrolment")
    return known.brand


async def _gathering(
    uow: UnitOfWork, actor: Actor, enrolment: EnrolmentId, times: Times, now: datetime
) -> Dispute:
    """The case that gathers numbers of an own offer, begun if need be and kept from others."""
    brand = await _own_enrolment(uow, actor, enrolment)
    held = await uow.enrolments.hold(enrolment)
    known = await uow.disputes.gathering(enrolment)
    if known is not None:
        return await uow.disputes.get(known.id, lock=True)
    await _demand_room(uow, actor, now)
    offer = await uow.offers.get(held.offer)
    dispute = await uow.disputes.add(
        creator=actor.id,
        enrolment=enrolment,
        brand=brand,
        place=offer.place,
        kind=DisputeKind.MISSING,
        state=DisputeState.OPEN,
        slug=public_code(SLUG_LENGTH),
        until=now + times.collect,
        claimed=None,
        note="",
        now=now,
    )
    await _opened(uow, actor, dispute, now)
    return dispute


async def _demand_room(uow: UnitOfWork, actor: Actor, now: datetime) -> None:
    under_way, lately = await uow.disputes.count(actor.id, since=month_ago(now))
    if under_way >= OPEN_MAX:
        raise TooManyDisputes(OPEN_MAX)
    if lately >= MONTH_MAX:
        raise TooManyDisputes(0)


async def _opened(uow: UnitOfWork, actor: Actor, dispute: Dispute, now: datetime) -> None:
    await uow.disputes.note(dispute.id, Side.CREATOR, Deed.OPENED, now=now, by=actor.id)
    await uow.audit.write(actor.id, "dispute.opened", "dispute", dispute.id, now=now)
