"""Buyers: a visit by a creator's link, a shared phone, what is kept of them and how it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from core.buyers import PHONE_PLACES, Erased, KeptOfBuyer, SharedContact, Visit, own_number
from core.consents import BUYER_CONSENT, BUYERS, consent_text
from core.errors import ConsentMissing, OutOfDate
from core.gifts import RewardKind
from core.people import Actor, Locale
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.preparation import PHONE
from core.usecases.links import link_target
from core.usecases.people import keep_consent
from core.usecases.redecision import redecide

GIFTS_SHOWN: Final = 10  # codes of one person on a screen


async def visit_link(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    slug: str,
    at: datetime | None = None,
) -> Visit:
    """What is behind a link now; `at` is Telegram's time of a visit, which is kept as a touch.

    The same visit again is kept once. None is kept of whoever only looks again (no `at`), of the
    creator whose link it is, and where the offer has ended. A link that is switched off leads on,
    and its visits are the main link's, as its clicks are.
    """
    target = await link_target(new_uow, clock, slug)
    if target is None or not target.active:
        return Visit(target=target)
    async with new_uow(read_only=True) as uow:
        enrolment = await uow.enrolments.get(target.enrolment_id)
        offer = await uow.offers.get(target.offer_id)
        shared = await uow.buyers.shared_at(actor.id) is not None
        rewards = (await uow.gifts.rewards([target.offer_id])).get(target.offer_id, ())
    own = enrolment.creator == actor.id
    if at is not None and not own:
        async with new_uow(brief=True) as uow:
            await uow.buyers.touch(
                actor.id,
                link=target.link_id,
                enrolment=target.enrolment_id,
                brand=enrolment.brand,
                at=at,
            )
            await uow.commit()
    return Visit(
        target=target,
        own=own,
        shared=shared,
        asked=not own and offer.place in PHONE_PLACES,
        gift=bool(rewards) and rewards[-1].kind is RewardKind.GIFT,
    )


async def agree_to_share(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    version: str,
    locale: Locale,
    speaks: bool,
    operator: str,
    bin: str,
) -> None:
    """Keep a buyer's consent to the text that was shown.

    Version and language are those of the screen with the button: OutOfDate("consent") when another
    version is in force by now. Whoever has chosen no language yet (`speaks` is False) has done so
    by agreeing to a text in one. A second tap changes nothing.
    """
    if version != BUYER_CONSENT:
        raise OutOfDate("consent")
    text = consent_text(locale, operator, bin, version=version)
    async with new_uow() as uow:
        await keep_consent(uow, actor, version, locale, text, now=clock())
        if not speaks:
            await uow.people.set_locale(actor.id, locale)
        await uow.commit()


async def share_phone(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    *,
    actor: Actor,
    contact: SharedContact,
) -> None:
    """Keep the digest of the actor's own phone, and nothing else of it.

    Orders that are known already may be credited by it. The same phone again changes nothing.
    BadInput("contact") for a contact that is not the actor's own or no telephone, ConsentMissing.
    """
    digest = box.digest(PHONE, own_number(contact, actor.telegram_id))
    async with new_uow() as uow:
        now = clock()
        if not await _agreed(uow, actor):
            raise ConsentMissing
        if await uow.buyers.digest(actor.id) == digest:
            return
        await uow.buyers.keep_phone(actor.id, digest, now=now)
        await redecide(uow, orders=await uow.evidence.orders_of_phone(digest), now=now)
        await uow.audit.write(actor.id, "phone_shared", "person", actor.id, now=now)
        await uow.commit()


async def agreed_to_share(new_uow: UnitOfWorkFactory, *, actor: Actor) -> bool:
    """Whether the actor's consent as a buyer stands."""
    async with new_uow(read_only=True) as uow:
        return await _agreed(uow, actor)


async def kept_of_buyer(new_uow: UnitOfWorkFactory, *, actor: Actor) -> KeptOfBuyer:
    """What is kept of the actor as a buyer."""
    async with new_uow(read_only=True) as uow:
        return KeptOfBuyer(
            visits=tuple(await uow.buyers.visits(actor.id)),
            shared_at=await uow.buyers.shared_at(actor.id),
            consent=await uow.people.consent(actor.id, BUYER_CONSENT),
            claims=await uow.buyers.count_claims(actor.id),
            gifts=tuple(await uow.gifts.given(actor.id, limit=GIFTS_SHOWN)),
        )


async def erase_visits(new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor) -> Erased:
    """Take the buyer's consent back: phone and visits are erased, claims that wait are ended.

    Orders that were credited by them stay so. A second tap erases nothing more.
    """
    async with new_uow() as uow:
        now = clock()
        ended = await uow.people.withdraw_consent(actor.id, BUYERS, now=now)
        erased = await erase(uow, actor, now=now)
        if ended:
            await uow.audit.write(actor.id, "consent_withdrawn", "person", actor.id, now=now)
        if erased != Erased():
            await uow.audit.write(
                actor.id,
                "buyer_erased",
                "person",
                actor.id,
                now=now,
                facts={"visits": erased.visits, "phone": erased.phone, "claims": erased.claims},
            )
        await uow.commit()
    return erased


async def erase(uow: UnitOfWork, actor: Actor, *, now: datetime) -> Erased:
    """Erase what orders are matched with."""
    return Erased(
        visits=await uow.buyers.drop_touches(actor.id),
        phone=await uow.buyers.drop_phone(actor.id),
        claims=await uow.buyers.end_claims(actor.id, now=now),
    )


async def _agreed(uow: UnitOfWork, actor: Actor) -> bool:
    consent = await uow.people.consent(actor.id, BUYER_CONSENT)
    return consent is not None and consent.withdrawn_at is None
