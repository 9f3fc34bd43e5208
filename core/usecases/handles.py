"""Lending handles to creators: articles, ids of promo codes and tags, with dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core import handles, typed
from core.enrolments import Enrolment, EnrolmentState
from core.errors import BadInput, HandleImpossible, NotFound, OutOfDate
from core.handles import Handle, HandleKind, Refused, Term
from core.ids import EnrolmentId, HandleId
from core.notifications import NoteKind, Notification, named
from core.offers import Offer
from core.orders import ALMATY
from core.people import Actor
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.redecision import redecide

SHOWN: Final = 60  # handles of one creator on a screen
STRETCH: Final = 1_000  # orders looked through in one transaction, for which an import may wait
NAMED: Final = 10  # handles that a message names


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlesView:
    """What a creator has in an offer; `total` counts also what is not among `handles`."""

    offer: Offer
    enrolment: Enrolment
    name: str
    handles: Sequence[Handle]
    total: int

    @property
    def kinds(self) -> tuple[HandleKind, ...]:
        """What may be lent here: a tag counts units, so the offer must pay by them, and only so."""
        possible = handles.kinds_at(self.offer.place)
        by_units = self.offer.terms.rule.by_units
        return tuple(kind for kind in possible if (kind is HandleKind.TAG) is by_units)

    def why_not(self, kind: HandleKind) -> str:
        """Why a kind means nothing here: place, units (only they are paid), orders (the same)."""
        if kind not in handles.kinds_at(self.offer.place):
            return "place"
        return "orders" if kind is HandleKind.TAG else "units"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What of a list was lent, or could be, and why the rest could not."""

    view: HandlesView
    kind: HandleKind
    term: Term
    good: Sequence[str]
    refused: Sequence[Refused]


async def lent_to(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> HandlesView:
    """What a creator has of the brand: for its managers."""
    async with new_uow(read_only=True) as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        return await _view(uow, known, clock())


async def own_handles(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> HandlesView:
    """What the creator has of the brand; NotFound("enrolment") for somebody else's."""
    async with new_uow(read_only=True) as uow:
        known = await uow.enrolments.get(enrolment)
        if known.creator != actor.id:
            raise NotFound("enrolment")
        return await _view(uow, known, clock())


async def _view(uow: UnitOfWork, known: Enrolment, now: datetime) -> HandlesView:
    found = await uow.handles.of_enrolment(known.id, at=now, limit=SHOWN)
    total = len(found)
    if total == SHOWN:
        total = await uow.handles.count(known.id, at=now)
    creator = await uow.creators.get(known.creator)
    return HandlesView(
        offer=await uow.offers.get(known.offer),
        enrolment=known,
        name=creator.display_name,
        handles=found,
        total=total,
    )


async def check_handles(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    kind: HandleKind,
    texts: Sequence[str],
    term: Term,
) -> Reservation:
    """What `reserve_handles` would do."""
    now = clock()
    async with new_uow(read_only=True) as uow:
        return await _sort(uow, actor, enrolment, kind, texts, term, now)


async def reserve_handles(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    kind: HandleKind,
    texts: Sequence[str],
    term: Term | None = None,
) -> Reservation:
    """Lend a list of handles, from now on without end unless told; those that are free are lent.

    Orders of then with them become the creator's, also those that are known already: the sweep
    `look_back` finds them. The creator is told. Raises BadInput("sku") for an empty or too long
    list, BadInput("term"), OutOfDate("enrolment") when the creator is not active, HandleImpossible
    for a kind that means nothing in this offer.
    """
    now = clock()
    term = term or Term(since=now)
    async with new_uow() as uow:
        known = await uow.enrolments.hold(enrolment)
        await uow.handles.lock(known.brand)
        done = await _sort(uow, actor, enrolment, kind, texts, term, now)
        if done.good:
            ids = await uow.handles.add(known.brand, enrolment, kind, done.good, term, now=now)
            await uow.outbox.add([_told(done, ids[0])], now=now)
            await uow.audit.write(
                actor.id,
                "sku.reserve",
                "enrolment",
                enrolment,
                now=now,
                facts={
                    "sku": ", ".join(map(handles.shown, done.good[:NAMED])),
                    "skus": len(done.good),
                    "kind": kind,
                },
            )
        await uow.commit()
    return done


async def _sort(
    uow: UnitOfWork,
    actor: Actor,
    enrolment: EnrolmentId,
    kind: HandleKind,
    texts: Sequence[str],
    term: Term,
    now: datetime,
) -> Reservation:
    known = await uow.enrolments.get(enrolment)
    actor.demand_brand(known.brand)
    if known.state is not EnrolmentState.ACTIVE:
        raise OutOfDate("enrolment")
    handles.demand_term(term, now)
    wanted = handles.read(kind, texts)
    if not (wanted.good or wanted.refused) or len(texts) > handles.AT_ONCE:
        raise BadInput("sku")
    view = await _view(uow, known, now)
    if kind not in view.kinds:
        raise HandleImpossible(view.why_not(kind))
    standing = await uow.handles.held(known.brand, wanted.good)
    good: list[str] = []
    refused = list(wanted.refused)
    for value in wanted.good:
        held = handles.clash(term, enrolment, standing.get(value, ()))
        if held is None:
            good.append(value)
        else:
            refused.append(handles.refusal(held, kind, enrolment, term))
    return Reservation(view=view, kind=kind, term=term, good=good, refused=refused)


def _told(done: Reservation, first: HandleId) -> Notification:
    view, term = done.view, done.term
    return Notification(
        person=view.enrolment.creator,
        kind=NoteKind.HANDLES_LENT,
        key=f"{NoteKind.HANDLES_LENT}:{first}",
        facts={
            "enrolment": view.enrolment.id,
            **named(view.offer.title),
            "handle_kind": done.kind,
            "handles": [handles.shown(value) for value in done.good[:NAMED]],
            "count": len(done.good),
            "begins": term.since.isoformat(),
            "ends": term.until.isoformat() if term.until else "",
        },
    )


async def release_handles(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    handle: HandleId | None = None,
) -> HandlesView:
    """Take a handle back as of now, or all that the creator has; earlier orders stay theirs.

    Raises OutOfDate("sku") when the creator does not have it any more.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        await uow.handles.lock(known.brand)
        if handle is None:
            found = await uow.handles.of_enrolment(enrolment, at=now, limit=handles.AT_ONCE * 10)
        else:
            one = await uow.handles.get(handle)
            found = [one] if one.enrolment == enrolment and one.holds(now) else []
        if not found:
            raise OutOfDate("sku")
        # A report counts a tag's units by whole days: that of its end is still the creator's.
        end_of_day = typed.day_end(now.astimezone(ALMATY).date())
        for at, tags in ((now, False), (end_of_day, True)):
            going = [one.id for one in found if (one.kind is HandleKind.TAG) is tags]
            await uow.handles.close(going, at=at)
        offer = await uow.offers.get(known.offer)
        await uow.outbox.add(
            [
                Notification(
                    person=known.creator,
                    kind=NoteKind.HANDLES_BACK,
                    key=f"{NoteKind.HANDLES_BACK}:{found[0].id}:{len(found)}",
                    facts={
                        "enrolment": known.id,
                        **named(offer.title),
                        "handles": [handles.shown(one.value) for one in found[:NAMED]],
                        "count": len(found),
                    },
                )
            ],
            now=now,
        )
        await uow.audit.write(
            actor.id,
            "sku.release",
            "enrolment",
            enrolment,
            now=now,
            facts={
                "sku": ", ".join(handles.shown(one.value) for one in found[:NAMED]),
                "skus": len(found),
            },
        )
        view = await _view(uow, known, now)
        await uow.commit()
    return view


async def look_back(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Decide known orders again that have a handle which was lent for a time that has passed.

    Each stretch of orders, and how far it has got, is one transaction; a stretch that is looked at
    twice changes nothing. Returns how many orders were decided.
    """
    decided = 0
    while True:
        async with new_uow(read_only=True, background=True) as uow:
            back = await uow.handles.to_look_back()
        if back is None:
            return decided
        async with new_uow(background=True) as uow:
            # An import that read the handles before these were written is through then.
            await uow.orders.lock_brand(back.brand)
            now = clock()
            looked = await uow.handles.look(back, now=now, limit=STRETCH)
            if looked.found:
                await redecide(uow, orders=looked.found, now=now)
            await uow.handles.note_look(back, looked)
            await uow.commit()
        decided += len(looked.found)
