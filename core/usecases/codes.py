"""Codes that come from a pool, that creators wish for, and that brands change or withdraw."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core import codes
from core.admissions import CreatorCard
from core.code_changes import (
    CodeNotice,
    CodeRequest,
    NoticeReason,
    NoticeState,
    RefusalReason,
    RequestState,
    demand_notice,
)
from core.code_pools import (
    PoolCount,
    PoolProblem,
    PoolReport,
    read_codes,
)
from core.enrolments import Enrolment, EnrolmentState
from core.errors import (
    AlreadyUsed,
    ChangeAnnounced,
    CodeRequested,
    FileRefused,
    NotFound,
    OfferNotActive,
    OutOfDate,
    PoolEmpty,
)
from core.ids import BrandId, CodeRequestId, EnrolmentId, OfferId
from core.notifications import NoteKind, Notification, named
from core.offers import CodeSource, Offer, OfferState
from core.people import Actor
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.sources.code_list import lines_of
from core.usecases.enrolments import new_code, tell

AT_ONCE: Final = 20  # announced changes looked for together


# --- the pool of an offer


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """The pool of an offer as its managers see it."""

    offer: Offer
    count: PoolCount


async def pool_of(new_uow: UnitOfWorkFactory, *, actor: Actor, offer: OfferId) -> PoolView:
    """How many codes of the offer's pool are free and given."""
    async with new_uow(read_only=True) as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        return PoolView(offer=known, count=await uow.codes.pool(offer))


async def add_pool_codes(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId, data: bytes
) -> PoolReport:
    """Put the codes of a file into the offer's pool; what gave none is told line by line.

    The same file again adds nothing. An offer that made codes of names takes them from the pool
    from now on. Raises FileRefused, OfferNotActive for an ended offer.
    """
    read = await asyncio.to_thread(lambda: read_codes(lines_of(data)))
    if not read.found and not read.problems:
        raise FileRefused("empty")
    now = clock()
    async with new_uow() as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        if known.state is OfferState.ENDED:
            raise OfferNotActive
        normals = list(read.found)
        pooled = await uow.codes.pooled(known.brand, normals)
        held = await uow.enrolments.ownerships(known.brand, normals)
        problems = list(read.problems)
        for normal, line in read.found.items():
            why = "pooled" if normal in pooled else "held" if normal in held else ""
            if why:
                problems.append(PoolProblem(line=line, text=normal, why=why))
        fresh = [one for one in normals if one not in pooled and one not in held]
        added = await uow.codes.add_to_pool(known.brand, offer, fresh, now=now)
        if added and known.code_source is CodeSource.NAME:
            await uow.codes.set_source(offer, CodeSource.POOL)
        if added:
            await uow.audit.write(
                actor.id, "pool.add", "offer", offer, now=now, facts={"codes": added}
            )
        count = await uow.codes.pool(offer)
        await uow.commit()
    problems.sort(key=lambda problem: problem.line)
    return PoolReport(added=added, count=count, problems=tuple(problems))


async def choose_code_source(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId, source: CodeSource
) -> PoolView:
    """Say where the codes of those who join from now on come from."""
    async with new_uow() as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        await uow.codes.set_source(offer, source)
        await uow.audit.write(
            actor.id, "pool.source", "offer", offer, now=clock(), facts={"source": source}
        )
        await uow.commit()
    return await pool_of(new_uow, actor=actor, offer=offer)


async def clear_pool(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> PoolView:
    """Delete the codes of the pool that nobody has; those that are given out stay theirs."""
    async with new_uow() as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        gone = await uow.codes.clear_pool(offer)
        await uow.audit.write(
            actor.id, "pool.clear", "offer", offer, now=clock(), facts={"codes": gone}
        )
        await uow.commit()
    return await pool_of(new_uow, actor=actor, offer=offer)


# --- wishes of creators


@dataclass(frozen=True, slots=True, kw_only=True)
class WishView:
    """A creator's wish as the brand's managers see it; `waiting` counts those of the brand."""

    wish: CodeRequest
    enrolment: Enrolment
    offer: Offer
    card: CreatorCard
    waiting: int = 0


async def check_wish(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId, text: str
) -> str:
    """The code that the wish comes to; raises what `ask_for_code` would."""
    async with new_uow(read_only=True) as uow:
        return await _wish(uow, actor, enrolment, text, clock())


async def ask_for_code(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId, text: str
) -> CodeRequest:
    """Ask the brand for a code of one's own wish; the managers are told.

    Raises BadInput("code_wish"), AlreadyUsed("code" or "code_lookalike"), CodeRequested,
    ChangeAnnounced, OutOfDate("enrolment") for somebody who is not active, NotAllowed for a
    suspended creator.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.hold(enrolment)
        normal = await _wish(uow, actor, enrolment, text, now)
        wish = await uow.codes.add_request(known.brand, enrolment, normal, now=now)
        offer = await uow.offers.get(known.offer)
        creator = await uow.creators.get(actor.id)
        await uow.outbox.add(
            [
                Notification(
                    person=manager,
                    kind=NoteKind.CODE_REQUESTED,
                    key=f"{NoteKind.CODE_REQUESTED}:{wish.id}:{manager}",
                    facts={
                        "request": wish.id,
                        **named(offer.title),
                        "creator": creator.display_name,
                        "code": normal,
                    },
                )
                for manager in await uow.brands.managers(known.brand)
            ],
            now=now,
        )
        await uow.commit()
    return wish


async def _wish(
    uow: UnitOfWork, actor: Actor, enrolment: EnrolmentId, text: str, now: datetime
) -> str:
    known = await uow.enrolments.get(enrolment)
    if known.creator != actor.id:
        raise NotFound("enrolment")
    actor.demand_creator()
    if known.state is not EnrolmentState.ACTIVE:
        raise OutOfDate("enrolment")
    if open_one := (await uow.codes.open_requests([enrolment])).get(enrolment):
        raise CodeRequested(open_one.normal)
    if notice := (await uow.codes.open_notices([enrolment])).get(enrolment):
        raise ChangeAnnounced(notice.due_at)
    normal = codes.wished(text)
    await _demand_free(uow, known.brand, normal, enrolment, now)
    return normal


async def _demand_free(
    uow: UnitOfWork, brand: BrandId, normal: str, enrolment: EnrolmentId, now: datetime
) -> None:
    """Raise AlreadyUsed for a code that is somebody's, was until lately, or looks like such a one.

    "code" for the code itself, "code_lookalike" for one that buyers would take for another's.
    """
    own = (await uow.enrolments.ownerships(brand, [normal])).get(normal, [])
    if any(_stands(one, enrolment, now) for one in own):
        raise AlreadyUsed("code")
    if any(one.enrolment == enrolment and one.until is None for one in own):
        raise AlreadyUsed("code")  # it is the one that they have
    if await uow.codes.spoken_for(brand, normal, but=enrolment):
        raise AlreadyUsed("code")
    form = codes.folded(normal)
    alike = (await uow.enrolments.ownerships_folded(brand, [form])).get(form, [])
    if any(_stands(one, enrolment, now) for one in alike):
        raise AlreadyUsed("code_lookalike")
    if await uow.codes.pooled_folded(brand, form):
        raise AlreadyUsed("code_lookalike")


def _stands(held: codes.CodeOwnership, enrolment: EnrolmentId, now: datetime) -> bool:
    """Whether somebody else holds the code or it rests after them."""
    over = held.until is not None and held.until + codes.COOLDOWN <= now
    return held.enrolment != enrolment and not over


async def withdraw_wish(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> None:
    """Take one's wish back; OutOfDate("code_request") when it has been decided on."""
    async with new_uow() as uow:
        known = await uow.enrolments.get(enrolment)
        if known.creator != actor.id:
            raise NotFound("enrolment")
        wish = (await uow.codes.open_requests([enrolment])).get(enrolment)
        if wish is None or not await uow.codes.decide_request(
            wish.id, RequestState.WITHDRAWN, by=actor.id, now=clock()
        ):
            raise OutOfDate("code_request")
        await uow.commit()


async def wishes(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId, after: int | None = None
) -> WishView | None:
    """The next wish that waits for the brand; None at the end."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        found = await uow.codes.requests(brand, after=after, limit=1)
        if not found:
            return None
        waiting = (await uow.codes.requested([brand])).get(brand, 0)
        return await _view(uow, found[0], waiting)


async def wish(new_uow: UnitOfWorkFactory, *, actor: Actor, request: CodeRequestId) -> WishView:
    """One wish, decided or not."""
    async with new_uow(read_only=True) as uow:
        known = await uow.codes.request(request)
        actor.demand_brand(known.brand)
        return await _view(uow, known, 0)


async def _view(uow: UnitOfWork, known: CodeRequest, waiting: int) -> WishView:
    enrolment = await uow.enrolments.get(known.enrolment)
    card = CreatorCard(
        creator=await uow.creators.get(enrolment.creator),
        elsewhere=await uow.admissions.other_brands(enrolment.creator, without=known.brand),
    )
    return WishView(
        wish=known,
        enrolment=enrolment,
        offer=await uow.offers.get(enrolment.offer),
        card=card,
        waiting=waiting,
    )


async def accept_wish(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, request: CodeRequestId
) -> WishView:
    """Give the creator the code as of now; the old one is theirs for orders before, then it rests.

    Raises OutOfDate("code_request") when it is not open any more, AlreadyUsed("code") when somebody
    else has got the code meanwhile.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.codes.request(request)
        actor.demand_brand(known.brand)
        await uow.enrolments.hold(known.enrolment)
        view = await _view(uow, known, 0)
        if view.enrolment.state is not EnrolmentState.ACTIVE:
            raise OutOfDate("code_request")
        if not await uow.codes.decide_request(request, RequestState.ACCEPTED, by=actor.id, now=now):
            raise OutOfDate("code_request")
        await _demand_free(uow, known.brand, known.normal, known.enrolment, now)
        await uow.codes.end(known.enrolment, at=now)
        if not await uow.enrolments.claim_code(
            known.brand, known.normal, known.enrolment, since=now
        ):
            raise AlreadyUsed("code")
        await tell(
            uow,
            [view.enrolment.creator],
            NoteKind.CODE_ACCEPTED,
            view.offer,
            known.enrolment,
            now,
            code=known.normal,
            old=view.enrolment.code,
        )
        await uow.audit.write(
            actor.id,
            "code.wish_accepted",
            "enrolment",
            known.enrolment,
            now=now,
            facts={"code": known.normal, "old": view.enrolment.code},
        )
        view = await _view(uow, await uow.codes.request(request), 0)
        await uow.commit()
    return view


async def refuse_wish(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    request: CodeRequestId,
    reason: RefusalReason,
) -> WishView:
    """Refuse a wish for a reason from the list; the creator is told and keeps the present code."""
    now = clock()
    async with new_uow() as uow:
        known = await uow.codes.request(request)
        actor.demand_brand(known.brand)
        if not await uow.codes.decide_request(
            request, RequestState.REFUSED, by=actor.id, now=now, reason=reason
        ):
            raise OutOfDate("code_request")
        view = await _view(uow, await uow.codes.request(request), 0)
        await tell(
            uow,
            [view.enrolment.creator],
            NoteKind.CODE_REFUSED,
            view.offer,
            known.enrolment,
            now,
            code=known.normal,
            reason=reason,
        )
        await uow.commit()
    return view


# --- announced changes


async def check_change(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId, text: str
) -> str:
    """The code that a manager typed, if the creator may get it; raises as `announce_change`."""
    async with new_uow(read_only=True) as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        return await _change(uow, known, text, clock())


async def _change(uow: UnitOfWork, known: Enrolment, text: str, now: datetime) -> str:
    if known.state is not EnrolmentState.ACTIVE or not known.holds_code:
        raise OutOfDate("enrolment")
    if notice := (await uow.codes.open_notices([known.id])).get(known.id):
        raise ChangeAnnounced(notice.due_at)
    if not text:
        return ""
    normal = codes.ready(text)
    await _demand_free(uow, known.brand, normal, known.id, now)
    return normal


async def announce_change(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    new: str,
    reason: NoticeReason,
    due_at: datetime,
) -> CodeNotice:
    """Announce that the creator's code ends at `due_at` (UTC) and what follows ("": no code).

    The creator is told at once with both dates; until then nothing changes. Raises
    BadInput("notice") for a date nearer than `core.code_changes.NOTICE`, BadInput("code"),
    AlreadyUsed, ChangeAnnounced, OutOfDate("enrolment").
    """
    now = clock()
    demand_notice(due_at, now=now)
    async with new_uow() as uow:
        known = await uow.enrolments.hold(enrolment)
        actor.demand_brand(known.brand)
        normal = await _change(uow, known, new, now)
        notice = await uow.codes.add_notice(
            known.brand,
            enrolment,
            old=known.code,
            new=normal,
            reason=reason,
            due_at=due_at,
            by=actor.id,
            now=now,
        )
        wish = (await uow.codes.open_requests([enrolment])).get(enrolment)
        if wish is not None:  # its answer is this one
            await uow.codes.decide_request(wish.id, RequestState.WITHDRAWN, by=actor.id, now=now)
        offer = await uow.offers.get(known.offer)
        brand = await uow.brands.get(known.brand)
        await tell(
            uow,
            [known.creator],
            NoteKind.CODE_NOTICE,
            offer,
            enrolment,
            now,
            brand=brand.name,
            code=known.code,
            next=normal,
            reason=reason,
            due_at=due_at.isoformat(),
        )
        await uow.audit.write(
            actor.id,
            "code.notice",
            "enrolment",
            enrolment,
            now=now,
            facts={
                "code": known.code,
                "new": normal,
                "reason": reason,
                "due_at": due_at.isoformat(),
            },
        )
        await uow.commit()
    return notice


async def cancel_change(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> None:
    """Take an announcement back before its day; the creator is told that the code stays.

    Raises OutOfDate("code_notice") where nothing is announced any more.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        notice = (await uow.codes.open_notices([enrolment])).get(enrolment)
        if (
            notice is None
            or notice.due_at <= now  # the day has come, the sweep is about to see it
            or not await uow.codes.settle_notice(notice.id, NoticeState.CANCELLED, now=now)
        ):
            raise OutOfDate("code_notice")
        offer = await uow.offers.get(known.offer)
        await tell(
            uow,
            [known.creator],
            NoteKind.CODE_NOTICE_CANCELLED,
            offer,
            enrolment,
            now,
            code=notice.old,
        )
        await uow.audit.write(
            actor.id,
            "code.notice_cancelled",
            "enrolment",
            enrolment,
            now=now,
            facts={"code": notice.old, "new": notice.new},
        )
        await uow.commit()


async def change_due_codes(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Make every announced change whose day has come, as of that day; returns how many.

    Each is a transaction of its own. Sweeps until none is left.
    """
    count = 0
    while True:
        async with new_uow(read_only=True) as uow:
            due = await uow.codes.due_notices(now=clock(), limit=AT_ONCE)
        for notice in due:
            async with new_uow(background=True) as uow:
                count += await _make_change(uow, notice, clock())
                await uow.commit()
        if len(due) < AT_ONCE:
            return count


async def _make_change(uow: UnitOfWork, notice: CodeNotice, now: datetime) -> bool:
    """Change a code as announced; False where another sweep was quicker."""
    known = await uow.enrolments.hold(notice.enrolment)
    if not await uow.codes.settle_notice(notice.id, NoticeState.DONE, now=now):
        return False
    offer = await uow.offers.get(known.offer)
    await uow.codes.end(known.id, at=notice.due_at)
    code = notice.new
    if code and not await uow.enrolments.claim_code(
        known.brand, code, known.id, since=notice.due_at
    ):
        # A loaded programme may have brought the code meanwhile: better another than none.
        creator = await uow.creators.get(known.creator)
        try:
            code = await new_code(uow, offer, known.id, creator.display_name, notice.due_at)
        except PoolEmpty:  # the managers have been told; the day that was announced stands
            code = ""
    brand = await uow.brands.get(known.brand)
    await uow.outbox.add(
        [
            Notification(
                person=known.creator,
                kind=NoteKind.CODE_CHANGED,
                key=f"{NoteKind.CODE_CHANGED}:{notice.id}",
                facts={
                    "enrolment": known.id,
                    **named(offer.title),
                    "brand": brand.name,
                    "code": notice.old,
                    "next": code,
                },
            )
        ],
        now=now,
    )
    await uow.audit.write(
        None,
        "code.changed",
        "enrolment",
        known.id,
        now=now,
        facts={"code": notice.old, "new": code, "at": notice.due_at.isoformat()},
    )
    return True
