"""Broadcasts from the draft to the result; who was reached is fixed when one begins."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.broadcasts import (
    Audience,
    Broadcast,
    BroadcastState,
    ButtonKind,
    NamedOffer,
    Reach,
)
from core.errors import BadInput, NotFound, OutOfDate
from core.ids import BroadcastId, OfferId, UploadId
from core.notifications import NoteKind, Notification
from core.offers import OfferState
from core.orders import ALMATY
from core.people import Actor, Permission
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.offers import demand_picture

PAGE = 8  # broadcasts on a page of the history

Change = Callable[[Broadcast], Broadcast]


async def start_draft(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    copy_of: BroadcastId | None = None,
) -> Broadcast:
    """A new draft, empty or with the content of another broadcast."""
    actor.demand(Permission.BROADCAST)
    async with new_uow() as uow:
        draft = await uow.broadcasts.get(await uow.broadcasts.add(actor.id, now=clock()))
        if copy_of is not None:
            earlier = await uow.broadcasts.get(copy_of)
            draft = replace(
                draft,
                audience=earlier.audience,
                texts=earlier.texts,
                falls_back=earlier.falls_back,
                marketing=earlier.marketing,
                picture=earlier.picture,
                button=earlier.button,
            )
            await uow.broadcasts.rewrite(draft)
        await uow.commit()
    return draft


async def change_draft(
    new_uow: UnitOfWorkFactory, *, actor: Actor, broadcast: BroadcastId, change: Change
) -> Broadcast:
    """Apply a change to the content; OutOfDate("broadcast") where it is no draft any more."""
    actor.demand(Permission.BROADCAST)
    async with new_uow() as uow:
        draft = change(await uow.broadcasts.get(broadcast))
        if not await uow.broadcasts.rewrite(draft):
            raise OutOfDate("broadcast")
        await uow.commit()
    return draft


async def store_broadcast_picture(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, name: str, data: bytes
) -> UploadId:
    """Keep the picture of a broadcast; BadInput("picture") for what is no JPEG or PNG."""
    actor.demand(Permission.BROADCAST)
    demand_picture(data)
    async with new_uow() as uow:
        upload = await uow.uploads.put(
            name, data, sha256=hashlib.sha256(data).hexdigest(), now=clock()
        )
        await uow.commit()
    return upload


async def drop_draft(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, broadcast: BroadcastId
) -> None:
    """Delete a draft; OutOfDate("broadcast") where it is none."""
    actor.demand(Permission.BROADCAST)
    async with new_uow() as uow:
        if not await uow.broadcasts.drop(broadcast):
            raise OutOfDate("broadcast")
        await _audit(uow, actor, "broadcast.drop", broadcast, clock())
        await uow.commit()


async def one_broadcast(
    new_uow: UnitOfWorkFactory, *, actor: Actor, broadcast: BroadcastId
) -> Broadcast:
    """A broadcast with its count; raises NotFound("broadcast")."""
    actor.demand(Permission.BROADCAST)
    async with new_uow(read_only=True) as uow:
        return await uow.broadcasts.get(broadcast)


async def broadcasts_page(
    new_uow: UnitOfWorkFactory, *, actor: Actor, before: int | None = None
) -> tuple[Sequence[Broadcast], int | None]:
    """A page of the history, newest first, and the id that the next page begins below."""
    actor.demand(Permission.BROADCAST)
    async with new_uow(read_only=True) as uow:
        found = await uow.broadcasts.page(before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    return shown, shown[-1].id if len(found) > PAGE else None


async def count_reach(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    audience: Audience,
    marketing: bool,
) -> Reach:
    """Whom the audience would reach now."""
    actor.demand(Permission.BROADCAST)
    today = clock().astimezone(ALMATY).date()
    async with new_uow(read_only=True) as uow:
        return await uow.broadcasts.reach(audience, marketing=marketing, today=today)


async def offers_to_choose(
    new_uow: UnitOfWorkFactory, *, actor: Actor, before: int | None = None
) -> tuple[Sequence[NamedOffer], int | None]:
    """A page of the active offers, newest first, and the id that the next page begins below."""
    actor.demand(Permission.BROADCAST)
    async with new_uow(read_only=True) as uow:
        found = await uow.broadcasts.offers(before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    return shown, shown[-1].id if len(found) > PAGE else None


async def named_offers(
    new_uow: UnitOfWorkFactory, broadcast: Broadcast
) -> Mapping[OfferId, NamedOffer]:
    """The offers that a broadcast speaks of, in its audience or under its button."""
    button = broadcast.button.offer if broadcast.button else None
    named = {}
    async with new_uow(read_only=True) as uow:
        for offer in {broadcast.audience.offer, button} - {None}:
            named.update({one.id: one for one in await uow.broadcasts.offers(only=offer)})
    return named


async def picture_of(new_uow: UnitOfWorkFactory, broadcast: Broadcast) -> bytes | None:
    """The bytes of the picture, None where there is none."""
    if broadcast.picture is None:
        return None
    async with new_uow(read_only=True) as uow:
        return (await uow.uploads.get(broadcast.picture))[1]


async def schedule_broadcast(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    broadcast: BroadcastId,
    at: datetime | None = None,
) -> Broadcast:
    """Let a draft go out at a time (UTC), or now; TextsMissing, BadInput("audience" or "moment").

    It begins with the next run of `start_due_broadcasts`.
    """
    actor.demand(Permission.BROADCAST)
    now = clock()
    if at is not None and at <= now:
        raise BadInput("moment")
    async with new_uow() as uow:
        draft = await uow.broadcasts.get(broadcast)
        reach = await uow.broadcasts.reach(
            draft.audience, marketing=draft.marketing, today=now.astimezone(ALMATY).date()
        )
        draft.demand_sendable(reach)
        if draft.button is not None and draft.button.kind is ButtonKind.OFFER:
            assert draft.button.offer is not None
            offer = await uow.offers.get(draft.button.offer)
            if offer.state not in (OfferState.ACTIVE, OfferState.PAUSED):
                raise NotFound("offer")
        if not await uow.broadcasts.move(
            broadcast, BroadcastState.DRAFT, BroadcastState.SCHEDULED, scheduled_at=at or now
        ):
            raise OutOfDate("broadcast")
        facts = {"people": reach.total, "at": (at or now).isoformat()}
        await _audit(uow, actor, "broadcast.schedule", broadcast, now, **facts)
        scheduled = await uow.broadcasts.get(broadcast)
        await uow.commit()
    return scheduled


async def start_due_broadcasts(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Begin what is due: from here on it is fixed who gets it. Returns how many were begun."""
    begun = 0
    async with new_uow(read_only=True) as uow:
        waiting = await uow.broadcasts.in_states([BroadcastState.SCHEDULED])
    for known in waiting:
        now = clock()
        if known.scheduled_at is None or known.scheduled_at > now:
            continue
        async with new_uow(background=True) as uow:
            if not await uow.broadcasts.move(
                known.id, BroadcastState.SCHEDULED, BroadcastState.SENDING, started_at=now
            ):
                continue  # called back meanwhile, or begun by another process
            people = await uow.broadcasts.address(known, today=now.astimezone(ALMATY).date())
            if not people:
                await uow.broadcasts.move(
                    known.id, BroadcastState.SENDING, BroadcastState.DONE, finished_at=now
                )
            await _audit(uow, None, "broadcast.begin", known.id, now, people=people)
            await uow.commit()
        begun += 1
    return begun


async def call_back(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, broadcast: BroadcastId
) -> Broadcast:
    """Make a draft again of what is scheduled and has not begun."""
    moved = (BroadcastState.SCHEDULED, BroadcastState.DRAFT)
    return await _move(new_uow, clock, actor, broadcast, "broadcast.call_back", moved)


async def pause_broadcast(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, broadcast: BroadcastId
) -> Broadcast:
    """Stop sending; what is in the air still arrives."""
    moved = (BroadcastState.SENDING, BroadcastState.PAUSED)
    return await _move(new_uow, clock, actor, broadcast, "broadcast.pause", moved)


async def resume_broadcast(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, broadcast: BroadcastId
) -> Broadcast:
    """Go on where it was paused."""
    moved = (BroadcastState.PAUSED, BroadcastState.SENDING)
    return await _move(new_uow, clock, actor, broadcast, "broadcast.resume", moved)


async def cancel_broadcast(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, broadcast: BroadcastId
) -> Broadcast:
    """End it for good: whoever has not got it yet will not."""
    actor.demand(Permission.BROADCAST)
    now = clock()
    async with new_uow() as uow:
        known = await uow.broadcasts.get(broadcast)
        if BroadcastState.CANCELLED not in known.next_states or not await uow.broadcasts.move(
            broadcast, known.state, BroadcastState.CANCELLED, finished_at=now
        ):
            raise OutOfDate("broadcast")
        await _audit(uow, actor, "broadcast.cancel", broadcast, now, sent=known.tally.sent)
        cancelled = await uow.broadcasts.get(broadcast)
        await uow.commit()
    return cancelled


async def _move(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    actor: Actor,
    broadcast: BroadcastId,
    action: str,
    moved: tuple[BroadcastState, BroadcastState],
) -> Broadcast:
    actor.demand(Permission.BROADCAST)
    async with new_uow() as uow:
        known = await uow.broadcasts.get(broadcast)
        if not await uow.broadcasts.move(broadcast, *moved):
            raise OutOfDate("broadcast")
        await _audit(uow, actor, action, broadcast, clock(), sent=known.tally.sent)
        changed = await uow.broadcasts.get(broadcast)
        await uow.commit()
    return changed


async def watch_broadcast(
    new_uow: UnitOfWorkFactory, *, broadcast: BroadcastId, place: tuple[int, int] | None
) -> None:
    """Name the message (chat, id) in which the progress is shown; None ends it."""
    async with new_uow(background=True) as uow:
        await uow.broadcasts.watch(broadcast, place)
        await uow.commit()


async def tell_result(new_uow: UnitOfWorkFactory, clock: Clock, *, broadcast: Broadcast) -> None:
    """Tell the author, once, that all have been written to."""
    tally = broadcast.tally
    told = Notification(
        person=broadcast.author,
        kind=NoteKind.BROADCAST_DONE,
        key=f"broadcast:{broadcast.id}:done",
        facts={
            "broadcast": broadcast.id,
            "sent": tally.sent,
            "blocked": tally.blocked,
            "failed": tally.failed,
        },
    )
    async with new_uow(background=True) as uow:
        await uow.outbox.add([told], now=clock())
        await uow.commit()


async def watched_broadcasts(new_uow: UnitOfWorkFactory) -> Sequence[tuple[Broadcast, str]]:
    """Broadcasts whose progress somebody watches, each with the language of its author."""
    async with new_uow(read_only=True) as uow:
        watched = await uow.broadcasts.watched()
        authors = await uow.people.many([one.author for one in watched]) if watched else {}
    return [(one, authors[one.author].locale or "kk") for one in watched]


async def broadcasts_muted(new_uow: UnitOfWorkFactory, *, actor: Actor) -> bool:
    """Whether the actor gets no news and offers by broadcast."""
    async with new_uow(read_only=True) as uow:
        return await uow.people.broadcasts_muted(actor.id)


async def mute_broadcasts(new_uow: UnitOfWorkFactory, *, actor: Actor, muted: bool) -> None:
    """Whether the actor gets no news and offers by broadcast any more."""
    async with new_uow(brief=True) as uow:
        await uow.people.mute_broadcasts(actor.id, muted)
        await uow.commit()


async def count_tap(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, broadcast: BroadcastId
) -> None:
    """Count the actor's first tap on a broadcast's button."""
    async with new_uow(background=True) as uow:
        if await uow.broadcasts.click(broadcast, actor.id, now=clock()):
            await uow.commit()


async def count_openings(new_uow: UnitOfWorkFactory, openings: Mapping[int, datetime]) -> int:
    """Count people who opened a broadcast's link, by delivery; returns how many are new."""
    if not openings:
        return 0
    async with new_uow(background=True) as uow:
        new = await uow.broadcasts.click_links(openings)
        await uow.commit()
    return new


async def broadcast_link(new_uow: UnitOfWorkFactory, broadcast: BroadcastId) -> str | None:
    """Where the link of a broadcast leads; None where it has none."""
    async with new_uow(read_only=True) as uow:
        try:
            known = await uow.broadcasts.get(broadcast)
        except NotFound:
            return None
    return known.button.url if known.button and known.button.url else None


async def _audit(
    uow: UnitOfWork,
    actor: Actor | None,
    action: str,
    broadcast: BroadcastId,
    now: datetime,
    **facts: Any,
) -> None:
    who = actor.id if actor else None
    await uow.audit.write(who, action, "broadcast", broadcast, now=now, facts=facts)
