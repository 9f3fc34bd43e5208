"""Channels: the creator proves that one is theirs, staff look at codes, Telegram is asked again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from core import profiles
from core.channels import (
    COUNT_EVERY,
    ChannelCheck,
    ChannelView,
    CheckMethod,
    CheckReason,
    CheckState,
    CheckView,
    OwnedChannel,
    TelegramChannel,
    known_as,
    new_check,
    public_name,
)
from core.errors import (
    AlreadyUsed,
    BadInput,
    ChannelNotProved,
    NotAllowed,
    NotFound,
    OutOfDate,
    TelegramAway,
)
from core.ids import ChannelId, CheckId, OfferId, PersonId
from core.notifications import NoteKind, Notification
from core.people import Actor, Channel, Creator, Permission, Platform
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.ports.telegram import TelegramEyes
from core.usecases.people import settle

log: Final = logging.getLogger(__name__)

HISTORY: Final = 5  # earlier attempts that a screen shows
COUNTED_AT_ONCE: Final = 20  # channels of one sweep: Telegram answers some thirty a second


async def my_channels(new_uow: UnitOfWorkFactory, *, actor: Actor) -> list[ChannelView]:
    """The actor's channels, each with how its proof stands."""
    _demand_profile(actor)
    async with new_uow(read_only=True) as uow:
        creator = await uow.creators.get(actor.id)
        latest = await uow.channels.latest(actor.id)
    return [ChannelView(channel=own, check=latest.get(own.url)) for own in creator.channels]


async def my_channel(
    new_uow: UnitOfWorkFactory, *, actor: Actor, channel: ChannelId
) -> ChannelView:
    """One of the actor's channels; NotFound("channel") for anybody else's."""
    _demand_profile(actor)
    async with new_uow(read_only=True) as uow:
        owned = await _own(uow, actor, channel)
        latest = await uow.channels.latest(actor.id)
    return ChannelView(channel=owned.channel, check=latest.get(owned.channel.url))


async def begin_check(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    channel: ChannelId,
    offer: OfferId | None = None,
) -> ChannelView:
    """Give the creator a code for the bio of a channel; one that still stands is given again.

    Telegram channels are proved by the bot instead (BadInput("channel")). `offer` is where the
    creator goes on afterwards.
    """
    _demand_profile(actor)
    async with new_uow() as uow:
        now = clock()
        owned = await _own(uow, actor, channel)
        if owned.channel.platform is Platform.TELEGRAM:
            raise BadInput("channel", owned.channel.url)
        standing = await uow.channels.standing(actor.id, owned.channel.url)
        if standing is not None and (standing.state is CheckState.WAITING or standing.valid(now)):
            return ChannelView(channel=owned.channel, check=standing)
        if standing is not None:
            await _move(uow, standing, CheckState.EXPIRED, now)
        known_offer = offer if offer and await uow.offers.many([offer]) else None
        check = await uow.channels.add_check(
            new_check(actor.id, owned.channel, now, offer=known_offer)
        )
        await uow.commit()
    return ChannelView(channel=owned.channel, check=check)


async def claim_check(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, check: CheckId
) -> ChannelView:
    """The creator says that the code is in the bio; staff are told. A second tap changes nothing.

    A code that has expired by then comes back as EXPIRED and nobody is told.
    """
    async with new_uow() as uow:
        now = clock()
        known, owned = await _own_check(uow, actor, check)
        if known.state is not CheckState.OPEN:
            return ChannelView(channel=owned.channel, check=known)
        if not known.valid(now):
            expired = await _move(uow, known, CheckState.EXPIRED, now)
            await uow.commit()
            return ChannelView(channel=owned.channel, check=expired)
        waiting = replace(
            known, state=CheckState.WAITING, claimed=owned.channel.followers, claimed_at=now
        )
        if not await uow.channels.move_check(waiting, was=known.state):
            raise OutOfDate("check")
        creator = await uow.creators.get(actor.id)
        await _tell(
            uow,
            [one for one in await uow.people.staff(Permission.MODERATION) if one != actor.id],
            NoteKind.CHANNEL_WAITING,
            f"check:{check}:waiting",
            now,
            check=check,
            creator=creator.display_name,
            url=known.url,
        )
        await uow.commit()
    return ChannelView(channel=owned.channel, check=waiting)


async def withdraw_check(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, check: CheckId
) -> ChannelView:
    """The creator does not want the check any more; one that is over stays as it is."""
    async with new_uow() as uow:
        known, owned = await _own_check(uow, actor, check)
        if known.state in (CheckState.OPEN, CheckState.WAITING):
            known = await _move(uow, known, CheckState.WITHDRAWN, clock())
            await uow.commit()
    return ChannelView(channel=owned.channel, check=known)


async def check_telegram(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    eyes: TelegramEyes,
    *,
    actor: Actor,
    channel: ChannelId,
) -> Channel:
    """Ask Telegram whether the bot and the actor administer the channel, and keep that they do.

    Raises ChannelNotProved, TelegramAway, AlreadyUsed("channel").
    """
    _demand_profile(actor)
    async with new_uow(read_only=True) as uow:
        owned = await _own(uow, actor, channel)
    if owned.channel.platform is not Platform.TELEGRAM:
        raise BadInput("channel", owned.channel.url)
    chat = owned.channel.chat_id or public_name(owned.channel)
    if not chat:
        raise ChannelNotProved("no_bot")
    found = await eyes.proved(chat, actor.telegram_id)
    return await keep_telegram(new_uow, clock, actor=actor, found=found)


async def keep_telegram(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, found: TelegramChannel
) -> Channel:
    """Keep a channel that Telegram has shown to be the actor's, with its members.

    A channel of another creator who proved it first stays theirs (AlreadyUsed("channel")); one that
    another has only claimed goes over to who has proved it, and the other is told. Raises
    BadInput("channel_count") where a new channel would be one too many.
    """
    _demand_profile(actor)
    async with new_uow() as uow:
        now = clock()
        known = await uow.channels.by_chat(found.chat_id)
        if known is not None and known.creator != actor.id:
            raise AlreadyUsed("channel")
        named = await uow.channels.by_url(found.url)
        if named is not None and named.creator != actor.id:
            await _take_from(uow, named, now)
            named = None
        if known is not None and named is not None and known.channel.id != named.channel.id:
            await uow.channels.drop(known_as(named.channel))  # the same channel, added again
        before = known or named
        proved = Channel(
            id=before.channel.id if before else None,
            platform=Platform.TELEGRAM,
            url=found.url,
            followers=found.members,
            verified_at=(before.channel.verified_at if before else None) or now,
            chat_id=found.chat_id,
            checked_at=now,
        )
        if before is None:
            creator = await uow.creators.get(actor.id)
            if len(creator.channels) >= profiles.CHANNELS_MAX:
                raise BadInput("channel_count", str(profiles.CHANNELS_MAX))
            proved = replace(proved, id=await uow.channels.add(actor.id, proved))
        else:
            await uow.channels.prove(proved)
        if before is None or before.channel.verified_at is None:
            await uow.channels.add_check(
                ChannelCheck(
                    id=None,
                    creator=actor.id,
                    platform=Platform.TELEGRAM,
                    url=found.url,
                    method=CheckMethod.TELEGRAM,
                    state=CheckState.ACCEPTED,
                    claimed=before.channel.followers if before else found.members,
                    counted=found.members,
                    created_at=now,
                    decided_at=now,
                )
            )
            await uow.audit.write(
                actor.id,
                "channel_verified",
                "creator",
                actor.id,
                now=now,
                facts={"url": found.url, "followers": found.members, "by": "telegram"},
            )
        await settle(uow, actor)
        await uow.commit()
    return proved


async def lose_telegram(
    new_uow: UnitOfWorkFactory, clock: Clock, *, chat_id: int, background: bool = False
) -> bool:
    """The bot is no administrator any more: the channel is only claimed again; its owner is told.

    False where no channel was proved under this chat. Offers that were taken stay taken.
    """
    async with new_uow(background=background) as uow:
        now = clock()
        known = await uow.channels.by_chat(chat_id)
        if known is None:
            return False
        lost = replace(known.channel, verified_at=None, chat_id=None, checked_at=None)
        await uow.channels.prove(lost)
        await uow.channels.add_check(
            ChannelCheck(
                id=None,
                creator=known.creator,
                platform=Platform.TELEGRAM,
                url=lost.url,
                method=CheckMethod.TELEGRAM,
                state=CheckState.LOST,
                claimed=lost.followers,
                created_at=now,
                decided_at=now,
            )
        )
        await _tell(
            uow,
            [known.creator],
            NoteKind.CHANNEL_LOST,
            f"channel:{lost.id}:lost:{now.timestamp():.6f}",
            now,
            channel=lost.id,
            url=lost.url,
        )
        await uow.commit()
    return True


async def count_members(
    new_uow: UnitOfWorkFactory, clock: Clock, eyes: TelegramEyes, *, limit: int = COUNTED_AT_ONCE
) -> int:
    """Read again how many follow the Telegram channels whose last reading is a day old.

    Returns how many were read. Telegram's silence leaves the rest for the next run.
    """
    async with new_uow(read_only=True) as uow:
        due = await uow.channels.to_count(before=clock() - COUNT_EVERY, limit=limit)
    done = 0
    for owned in due:
        chat_id = owned.channel.chat_id
        assert chat_id is not None
        try:
            found = await eyes.administered(chat_id)
        except TelegramAway:
            break
        if found is None:
            await lose_telegram(new_uow, clock, chat_id=chat_id, background=True)
        else:
            await _count(new_uow, clock, found)
        done += 1
    return done


async def _count(new_uow: UnitOfWorkFactory, clock: Clock, found: TelegramChannel) -> None:
    async with new_uow(background=True) as uow:
        owned = await uow.channels.by_chat(found.chat_id)
        if owned is None:
            return
        counted = replace(owned.channel, followers=found.members, checked_at=clock())
        named = await uow.channels.by_url(found.url)
        if named is None or named.channel.id == owned.channel.id:
            counted = replace(counted, url=found.url)  # the public name may have changed
        await uow.channels.prove(counted)
        await uow.commit()


async def checks_to_review(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None = None
) -> tuple[CheckView | None, int | None]:
    """The next channel whose code staff have to look for, and the id to go on after."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        found = await uow.channels.waiting(after=after, limit=2)
        if not found:
            return None, None
        view = await _view(uow, found[0])
    return view, found[0].id if len(found) > 1 else None


async def check_card(new_uow: UnitOfWorkFactory, *, actor: Actor, check: CheckId) -> CheckView:
    """One attempt as staff see it."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        return await _view(uow, await uow.channels.check(check))


async def creator_checks(
    new_uow: UnitOfWorkFactory, *, actor: Actor, creator: PersonId, limit: int = 20
) -> Sequence[ChannelCheck]:
    """A creator's attempts to prove channels, newest first, for staff."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        return await uow.channels.history(creator, limit=limit)


async def accept_check(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, check: CheckId, followers: int
) -> CheckView:
    """Staff have seen the code and the real number of followers; the creator is told.

    The first decision stands (OutOfDate("check")); nobody decides on a channel of their own.
    """
    if not 0 <= followers <= profiles.FOLLOWERS_MAX:
        raise BadInput("followers", str(followers)[:100])
    async with new_uow() as uow:
        now = clock()
        known = await _deciding(uow, actor, check)
        owned = await uow.channels.by_url(known.url)
        if owned is None or owned.creator != known.creator:
            raise NotFound("channel")  # removed meanwhile
        decided = await _move(uow, known, CheckState.ACCEPTED, now, by=actor.id, counted=followers)
        await uow.channels.prove(
            replace(owned.channel, followers=followers, verified_at=now, checked_at=now)
        )
        creator = await uow.creators.get(known.creator)
        await _told_decision(
            uow,
            decided,
            NoteKind.CHANNEL_VERIFIED,
            now,
            followers=followers,
            tier=creator.tier,
            offer=known.offer or 0,
        )
        await _audit(uow, actor, decided, "channel_verified", now, followers=followers)
        view = await _view(uow, decided)
        await uow.commit()
    return view


async def refuse_check(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, check: CheckId, reason: CheckReason
) -> CheckView:
    """Staff do not accept the channel, for a reason of the list; the creator is told."""
    async with new_uow() as uow:
        now = clock()
        known = await _deciding(uow, actor, check)
        decided = await _move(uow, known, CheckState.REFUSED, now, by=actor.id, reason=reason)
        owned = await uow.channels.by_url(known.url)
        own = owned is not None and owned.creator == known.creator
        await _told_decision(
            uow,
            decided,
            NoteKind.CHANNEL_REFUSED,
            now,
            channel=owned.channel.id if own and owned else 0,
            reason=reason,
        )
        await _audit(uow, actor, decided, "channel_refused", now, reason=reason)
        view = await _view(uow, decided)
        await uow.commit()
    return view


async def _deciding(uow: UnitOfWork, actor: Actor, check: CheckId) -> ChannelCheck:
    actor.demand(Permission.MODERATION)
    known = await uow.channels.check(check)
    if known.creator == actor.id:
        raise NotAllowed
    if known.state is not CheckState.WAITING:
        raise OutOfDate("check")
    return known


async def _move(
    uow: UnitOfWork,
    check: ChannelCheck,
    to: CheckState,
    now: datetime,
    *,
    by: PersonId | None = None,
    counted: int | None = None,
    reason: str = "",
) -> ChannelCheck:
    moved = replace(check, state=to, decided_at=now, decided_by=by, counted=counted, reason=reason)
    if not await uow.channels.move_check(moved, was=check.state):
        raise OutOfDate("check")
    return moved


async def _take_from(uow: UnitOfWork, owned: OwnedChannel, now: datetime) -> None:
    """A channel that somebody only claimed, or whose name has passed on, goes to its owner."""
    await uow.channels.drop(known_as(owned.channel))
    await uow.audit.write(
        None,
        "channel_taken",
        "creator",
        owned.creator,
        now=now,
        facts={"url": owned.channel.url},
    )
    await _tell(
        uow,
        [owned.creator],
        NoteKind.CHANNEL_TAKEN,
        f"channel:{owned.channel.id}:taken:{now.timestamp():.6f}",
        now,
        url=owned.channel.url,
    )


async def _view(uow: UnitOfWork, check: ChannelCheck) -> CheckView:
    creator: Creator = await uow.creators.get(check.creator)
    history = await uow.channels.history(check.creator, url=check.url, limit=HISTORY + 1)
    return CheckView(
        check=check,
        creator_name=creator.display_name,
        waiting=await uow.channels.waiting_count(),
        earlier=tuple(one for one in history if one.id != check.id)[:HISTORY],
    )


async def _own(uow: UnitOfWork, actor: Actor, channel: ChannelId) -> OwnedChannel:
    owned = await uow.channels.get(channel)
    if owned.creator != actor.id:
        raise NotFound("channel")
    return owned


async def _own_check(
    uow: UnitOfWork, actor: Actor, check: CheckId
) -> tuple[ChannelCheck, OwnedChannel]:
    known = await uow.channels.check(check)
    owned = await uow.channels.by_url(known.url)
    if known.creator != actor.id or owned is None or owned.creator != actor.id:
        raise NotFound("check")
    return known, owned


async def _told_decision(
    uow: UnitOfWork, check: ChannelCheck, kind: NoteKind, now: datetime, **facts: Any
) -> None:
    await _tell(
        uow, [check.creator], kind, f"check:{check.id}:{check.state}", now, url=check.url, **facts
    )


async def _audit(
    uow: UnitOfWork, actor: Actor, check: ChannelCheck, action: str, now: datetime, **facts: Any
) -> None:
    await uow.audit.write(
        actor.id,
        action,
        "creator",
        check.creator,
        now=now,
        facts={"url": check.url, "check": check.id, **facts},
    )


async def _tell(
    uow: UnitOfWork,
    people: Sequence[PersonId],
    kind: NoteKind,
    key: str,
    now: datetime,
    **facts: Any,
) -> None:
    await uow.outbox.add(
        [
            Notification(person=person, kind=kind, key=f"{key}:{person}", facts=facts)
            for person in people
        ],
        now=now,
    )


def _demand_profile(actor: Actor) -> None:
    if actor.creator is None:  # the consent comes first
        raise NotAllowed
