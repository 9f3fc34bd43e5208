"""Creators: the profile that they fill in, their payout details, and what staff decide on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from core import identifiers, profiles
from core.channels import CheckState
from core.errors import BadInput, NotAllowed, NotFound, OutOfDate, ProfileIncomplete
from core.identifiers import Iban
from core.ids import ChannelId, PersonId
from core.ledger import Account
from core.money import Money
from core.notifications import NoteKind, Notification
from core.orders import ALMATY
from core.people import (
    Actor,
    Category,
    Channel,
    Creator,
    CreatorState,
    LegalStatus,
    Locale,
    Permission,
    Platform,
    Profile,
)
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.usecases.people import settle

Kind = TypeVar("Kind", bound=StrEnum)

REASON_MIN = 3  # characters
REASON_MAX = 300  # characters


async def own_profile(new_uow: UnitOfWorkFactory, *, actor: Actor) -> Creator | None:
    """The actor's profile as far as it goes; None before the consent."""
    async with new_uow(read_only=True) as uow:
        return (await uow.creators.many([actor.id])).get(actor.id)


async def save_profile(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    name: str | None = None,
    city: str | None = None,
    categories: Sequence[Category] | None = None,
    languages: Sequence[Locale] | None = None,
) -> Creator:
    """Keep the answers that are given; the last one missing makes the creator active.

    Raises BadInput("name", "city", "categories" or "languages").
    """
    _demand_profile(actor)
    if categories is not None and not categories:
        raise BadInput("categories")
    if languages is not None and not languages:
        raise BadInput("languages")
    async with new_uow() as uow:
        before = await uow.creators.get(actor.id)
        await uow.creators.save(
            actor.id,
            display_name=None if name is None else profiles.display_name(name),
            city=None if city is None else profiles.city(city),
            categories=None if categories is None else _in_order(categories, Category),
            languages=None if languages is None else _in_order(languages, Locale),
        )
        after = await uow.creators.get(actor.id)
        # Personal: that it changed is kept, not what it is.
        changed = [
            field
            for field, was, now_is in (
                ("city", before.city, after.city),
                ("name", before.display_name, after.display_name),
            )
            if was != now_is
        ]
        if changed:
            await uow.audit.write(
                actor.id,
                "profile_saved",
                "creator",
                actor.id,
                now=clock(),
                facts={"fields": changed},
            )
        creator = await settle(uow, actor)
        await uow.commit()
    return creator


async def add_channel(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    link: str,
    followers: int,
    platform: Platform | None = None,
) -> Creator:
    """Add an account of the creator, or change how many followers an own one has.

    Raises BadInput("channel", "followers" or "channel_count"), AlreadyUsed("channel").
    """
    _demand_profile(actor)
    where, url = profiles.channel(link, platform)
    if not 0 <= followers <= profiles.FOLLOWERS_MAX:
        raise BadInput("followers", str(followers)[:100])
    async with new_uow() as uow:
        creator = await uow.creators.get(actor.id)
        known = {channel.url for channel in creator.channels}
        if url not in known and len(known) >= profiles.CHANNELS_MAX:
            raise BadInput("channel_count", str(profiles.CHANNELS_MAX))
        await uow.creators.put_channel(
            actor.id, Channel(id=None, platform=where, url=url, followers=followers)
        )
        await uow.audit.write(
            actor.id,
            "channel_put",
            "creator",
            actor.id,
            now=clock(),
            facts={"url": url, "followers": followers},
        )
        creator = await settle(uow, actor)
        await uow.commit()
    return creator


async def remove_channel(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, channel: ChannelId
) -> Creator:
    """Forget one of the creator's accounts; the last one must stay (ProfileIncomplete)."""
    _demand_profile(actor)
    async with new_uow() as uow:
        creator = await uow.creators.get(actor.id)
        gone = [own for own in creator.channels if own.id == channel]
        if not gone:
            raise NotFound("channel")
        if len(creator.channels) == 1:
            raise ProfileIncomplete(("channel",))
        standing = await uow.channels.standing(actor.id, gone[0].url)
        if standing is not None:
            withdrawn = replace(standing, state=CheckState.WITHDRAWN, decided_at=clock())
            await uow.channels.move_check(withdrawn, was=standing.state)
        await uow.creators.remove_channel(actor.id, channel)
        await uow.audit.write(
            actor.id,
            "channel_removed",
            "creator",
            actor.id,
            now=clock(),
            facts={"url": gone[0].url},
        )
        await uow.commit()
    return replace(creator, channels=tuple(own for own in creator.channels if own.id != channel))


async def set_legal_status(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, status: LegalStatus
) -> Creator:
    """Keep how the creator is taxed; the next payout follows it."""
    _demand_profile(actor)
    async with new_uow() as uow:
        before = (await uow.creators.get(actor.id)).legal_status
        await uow.creators.save(actor.id, legal_status=status)
        if before is not status:
            await uow.audit.write(
                actor.id,
                "legal_status_set",
                "creator",
                actor.id,
                now=clock(),
                facts={"before": before, "after": status},
            )
        creator = await uow.creators.get(actor.id)
        await uow.commit()
    return creator


async def set_iin(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, text: str, box: SecretBox
) -> Creator:
    """Keep the creator's IIN, encrypted; one IIN makes one creator.

    Raises InvalidIin, UnderAge, AlreadyUsed("iin").
    """
    _demand_profile(actor)
    now = clock()
    iin = identifiers.parse_iin(text, now.astimezone(ALMATY).date())
    async with new_uow() as uow:
        await uow.creators.set_iin(
            actor.id,
            cipher=box.encrypt(iin.number),
            digest=box.digest("iin", iin.number),
        )
        await uow.audit.write(
            actor.id, "iin_set", "creator", actor.id, now=now, facts={"foreign": iin.foreign}
        )
        creator = await uow.creators.get(actor.id)
        await uow.commit()
    return creator


async def set_iban(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, text: str, box: SecretBox
) -> Iban:
    """Keep the account that the creator is paid to, encrypted; the last four characters stay open.

    Raises InvalidIban, BankClosed.
    """
    _demand_profile(actor)
    iban = identifiers.parse_iban(text)
    async with new_uow() as uow:
        await uow.creators.set_iban(
            actor.id,
            cipher=box.encrypt(iban.number),
            digest=box.digest("iban", iban.number),
            tail=iban.tail,
            bank=iban.bank_name,
        )
        await uow.audit.write(
            actor.id,
            "iban_set",
            "creator",
            actor.id,
            now=clock(),
            facts={"tail": iban.tail, "bank": iban.bank_code},
        )
        await uow.commit()
    return iban


async def creators_to_review(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None, limit: int
) -> tuple[list[Profile], int | None]:
    """Active creators whom no staff have looked at yet, in the order of acquaintance."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        found = await uow.creators.to_review(after=after, limit=limit + 1)
    return _page(found, limit)


async def suspended_creators(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None, limit: int
) -> tuple[list[Profile], int | None]:
    """Creators who may take no offers, with the reasons."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        found = await uow.creators.in_state(CreatorState.SUSPENDED, after=after, limit=limit + 1)
    return _page(found, limit)


async def creator_profile(
    new_uow: UnitOfWorkFactory, *, actor: Actor, creator: PersonId
) -> Profile:
    """One creator as staff see them."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        return await uow.creators.profile(creator)


async def review_creator(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, creator: PersonId
) -> Profile:
    """Note that the profile is in order; it leaves the queue. A second look changes nothing."""
    actor.demand(Permission.MODERATION)
    async with new_uow() as uow:
        now = clock()
        await uow.creators.get(creator)
        if await uow.creators.mark_reviewed(creator, now=now):
            await uow.audit.write(actor.id, "creator_reviewed", "creator", creator, now=now)
        profile = await uow.creators.profile(creator)
        await uow.commit()
    return profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a creator keeps through a suspension: codes that earn, and money."""

    enrolments: int
    pending: Money
    available: Money
    reserved: Money


async def suspension_of_creator(
    new_uow: UnitOfWorkFactory, *, actor: Actor, creator: PersonId
) -> Kept:
    """What the creator keeps, for the moderator who is about to decide."""
    actor.demand(Permission.MODERATION)
    accounts = (Account.CREATOR_PENDING, Account.CREATOR_AVAILABLE, Account.CREATOR_RESERVED)
    async with new_uow(read_only=True) as uow:
        balances = await uow.ledger.balances_of(accounts, creator)
        enrolments = await uow.lookups.active_enrolments(creator=creator)
    pending, available, reserved = (balances[account] for account in accounts)
    return Kept(enrolments=enrolments, pending=pending, available=available, reserved=reserved)


async def suspend_creator(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, creator: PersonId, reason: str
) -> Profile:
    """Let the creator take no more offers, and tell them why; what is earned stays payable.

    Raises BadInput("reason"), OutOfDate("creator") when the creator is suspended already.
    """
    actor.demand(Permission.MODERATION)
    reason = profiles.plain_line(reason)
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise BadInput("reason", reason[:100])
    async with new_uow() as uow:
        state = (await uow.creators.get(creator)).state
        await _move(uow, clock, actor, creator, state, CreatorState.SUSPENDED, reason)
        await uow.creators.mark_reviewed(creator, now=clock())
        profile = await uow.creators.profile(creator)
        await uow.commit()
    return profile


async def restore_creator(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, creator: PersonId
) -> Profile:
    """Lift a suspension; a profile that lacks something has to be completed first.

    Raises OutOfDate("creator") when the creator is not suspended.
    """
    actor.demand(Permission.MODERATION)
    async with new_uow() as uow:
        profile = await uow.creators.profile(creator)
        subject = Actor(
            id=creator,
            telegram_id=profile.person.telegram_id,
            locale=profile.person.locale or Locale.KK,
        )
        await _move(uow, clock, actor, creator, CreatorState.SUSPENDED, CreatorState.NEW, "")
        await settle(uow, subject)
        profile = await uow.creators.profile(creator)
        await uow.commit()
    return profile


async def _move(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    creator: PersonId,
    came_from: CreatorState,
    to: CreatorState,
    reason: str,
) -> None:
    now = clock()
    if came_from is to or not await uow.creators.move(creator, came_from, to, reason=reason):
        raise OutOfDate("creator")
    suspended = to is CreatorState.SUSPENDED
    await uow.audit.write(
        actor.id,
        "creator_suspended" if suspended else "creator_restored",
        "creator",
        creator,
        now=now,
        facts={"before": came_from, "reason": reason},
    )
    await uow.outbox.add(
        [
            Notification(
                person=creator,
                kind=NoteKind.CREATOR_SUSPENDED if suspended else NoteKind.CREATOR_RESTORED,
                key=f"creator:{creator}:{to}:{now.isoformat()}",
                facts={"reason": reason} if suspended else {},
            )
        ],
        now=now,
    )


def _demand_profile(actor: Actor) -> None:
    if actor.creator is None:  # the consent comes first
        raise NotAllowed


def _in_order(chosen: Sequence[Kind], kinds: type[Kind]) -> list[Kind]:
    return [kind for kind in kinds if kind in set(chosen)]


def _page(found: Sequence[Profile], limit: int) -> tuple[list[Profile], int | None]:
    shown = list(found[:limit])
    return shown, shown[-1].creator.id if len(found) > limit else None
