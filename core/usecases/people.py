"""Meeting people: who they are, which language they chose, what they agreed to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from core import profiles
from core.consents import CONSENT_VERSION, CREATORS, consent_sha256, consent_text
from core.errors import OutOfDate
from core.orders import ALMATY
from core.people import Actor, Consent, Creator, CreatorState, Locale, Meeting, Permission, Person
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory

NAME_KEPT = 100  # characters of a Telegram name: the longest that Telegram gives is 129


async def meet(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    telegram_id: int,
    name: str,
    username: str | None,
    admin_ids: Collection[int] = (),
) -> Meeting:
    """Who is writing: one query for somebody known, a write only where something has changed.

    `admin_ids` are owners of the staff always: a row tells the others so, for notifications. An id
    that leaves the settings stays staff until an owner dismisses it in the chat.
    """
    name = profiles.plain_line(name)[:NAME_KEPT].rstrip() or username or str(telegram_id)
    async with new_uow(read_only=True) as uow:
        known = await uow.people.known(telegram_id, consent=CONSENT_VERSION)
    today = clock().astimezone(ALMATY).date()
    if known is not None and _up_to_date(*known, name, username, admin_ids):
        if known[0].seen_on != today:  # one write per person and day
            async with new_uow(brief=True) as uow:
                await uow.people.seen(known[0].id, today)
                await uow.commit()
        return known[1]
    async with new_uow() as uow:
        person = await uow.people.add(
            telegram_id=telegram_id, name=name, username=username, now=clock()
        )
        await uow.people.rename(person, name=name, username=username)
        await uow.people.set_blocked(telegram_id, False)
        await uow.people.seen(person, today)
        if telegram_id in admin_ids:
            await uow.people.grant(person, [Permission.OWNER])
        known = await uow.people.known(telegram_id, consent=CONSENT_VERSION)
        await uow.commit()
    assert known is not None
    return known[1]


async def recognise(new_uow: UnitOfWorkFactory, *, telegram_id: int) -> Meeting | None:
    """Who a Telegram user is, where they have talked to the bot before; nothing is written."""
    async with new_uow(read_only=True) as uow:
        known = await uow.people.known(telegram_id, consent=CONSENT_VERSION)
    return None if known is None else known[1]


def _up_to_date(
    person: Person,
    meeting: Meeting,
    name: str,
    username: str | None,
    admin_ids: Collection[int],
) -> bool:
    called = person.name == name and person.username == username and not person.blocked_bot
    lacks = person.telegram_id in admin_ids and Permission.OWNER not in meeting.actor.permissions
    return called and not lacks


async def set_blocked(new_uow: UnitOfWorkFactory, *, telegram_id: int, blocked: bool) -> None:
    """Keep that a person has blocked the bot, so that nothing is sent in vain, or is back."""
    async with new_uow(brief=True) as uow:
        await uow.people.set_blocked(telegram_id, blocked)
        await uow.commit()


async def choose_locale(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, locale: Locale
) -> Actor:
    """Talk to the person in this language from now on; returns the actor who speaks it."""
    async with new_uow(brief=True) as uow:
        await uow.people.set_locale(actor.id, locale)
        await uow.commit()
    return replace(actor, locale=locale)


async def give_consent(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    version: str,
    locale: Locale,
    operator: str,
    bin: str,
) -> Creator:
    """Keep the person's consent to the text that was shown, and begin the profile of a creator.

    Version and language are those of the screen with the button; OutOfDate("consent") when another
    version is in force by now. A second tap changes nothing.
    """
    if version != CONSENT_VERSION:
        raise OutOfDate("consent")
    text = consent_text(locale, operator, bin, version=version)
    async with new_uow() as uow:
        now = clock()
        await keep_consent(uow, actor, version, locale, text, now=now)
        await uow.creators.add(actor.id, languages=[locale], now=now)
        creator = await settle(uow, actor)
        await uow.commit()
    return creator


async def keep_consent(
    uow: UnitOfWork, actor: Actor, version: str, locale: Locale, text: str, *, now: datetime
) -> None:
    """Keep that the actor agreed to this very text; one that stands is left as it is."""
    before = await uow.people.consent(actor.id, version)
    if before is not None and before.withdrawn_at is None:
        return
    digest = consent_sha256(text)
    await uow.people.give_consent(
        Consent(person=actor.id, version=version, locale=locale, text_sha256=digest, given_at=now)
    )
    await uow.audit.write(
        actor.id,
        "consent_given",
        "person",
        actor.id,
        now=now,
        facts={"version": version, "locale": locale, "sha256": digest},
    )


async def my_consent(new_uow: UnitOfWorkFactory, *, actor: Actor) -> Consent | None:
    """The actor's consent to the version in force, if it stands."""
    async with new_uow(read_only=True) as uow:
        consent = await uow.people.consent(actor.id, CONSENT_VERSION)
    return consent if consent is not None and consent.withdrawn_at is None else None


async def withdraw_consent(new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor) -> bool:
    """End the consent: no new offers until it is given again; what is earned stays payable.

    False when none stood.
    """
    async with new_uow() as uow:
        now = clock()
        ended = await uow.people.withdraw_consent(actor.id, CREATORS, now=now)
        if ended:
            await uow.creators.move(actor.id, CreatorState.ACTIVE, CreatorState.NEW)
            await uow.audit.write(actor.id, "consent_withdrawn", "person", actor.id, now=now)
        await uow.commit()
    return ended


async def settle(uow: UnitOfWork, actor: Actor) -> Creator:
    """Make a new creator active once the profile is whole and the consent stands."""
    creator = await uow.creators.get(actor.id)
    if creator.state is not CreatorState.NEW or creator.missing():
        return creator
    consent = await uow.people.consent(actor.id, CONSENT_VERSION)
    if consent is None or consent.withdrawn_at is not None:
        return creator
    await uow.creators.move(actor.id, CreatorState.NEW, CreatorState.ACTIVE)
    return replace(creator, state=CreatorState.ACTIVE)
