"""A small market for tests: a brand with its manager, creators who are ready, open offers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from core.commissions import Rule
from core.consents import CONSENT_VERSION
from core.drafts import OfferDraft
from core.handles import HandleKind, Term
from core.ids import BrandId, EnrolmentId, PersonId
from core.ledger import top_up
from core.money import Money, tenge
from core.notifications import NoteKind
from core.offers import Eligibility, Offer, OfferState, OfferText
from core.orders import Place
from core.people import (
    Actor,
    Brand,
    BrandRole,
    Category,
    Channel,
    Consent,
    CreatorState,
    Locale,
    Permission,
    Platform,
)
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.handles import reserve_handles

NUMBERS = count(1)  # what must be unique in a test: Telegram ids, BINs, addresses


async def a_person(
    new_uow: UnitOfWorkFactory,
    now: datetime,
    name: str = "Somebody",
    *,
    telegram_id: int | None = None,
    locale: Locale = Locale.KK,
) -> Actor:
    """Somebody who has talked to the bot and has no role."""
    telegram_id = telegram_id or 700_000_000 + next(NUMBERS)
    async with new_uow() as uow:
        person = await uow.people.add(
            telegram_id=telegram_id, name=name, username=None, now=now, locale=locale
        )
        await uow.commit()
    return Actor(id=person, telegram_id=telegram_id, locale=locale)


async def a_moderator(new_uow: UnitOfWorkFactory, now: datetime) -> Actor:
    """A member of the staff who reviews offers."""
    actor = await a_person(new_uow, now, "Moderator")
    async with new_uow() as uow:
        await uow.people.grant(actor.id, [Permission.MODERATION])
        await uow.commit()
    return replace(actor, permissions=frozenset({Permission.MODERATION}))


async def a_brand(
    new_uow: UnitOfWorkFactory,
    now: datetime,
    name: str = "Qyran",
    *,
    funds: Money | None = None,
    fee_bps: int = 1_500,
    manager_id: int | None = None,
    locale: Locale = Locale.KK,
) -> tuple[Brand, Actor]:
    """A brand with funds (a million tenge unless told) and its manager."""
    number = next(NUMBERS)
    manager = await a_person(new_uow, now, f"{name} manager", telegram_id=manager_id, locale=locale)
    async with new_uow() as uow:
        brand = await uow.brands.add(
            name=name,
            legal_name=f"«{name}» ЖШС",
            bin=f"{number:012}",
            fee_bps=fee_bps,
            now=now,
        )
        await uow.brands.set_manager(brand.id, manager.id, BrandRole.OWNER)
        amount = tenge(1_000_000) if funds is None else funds
        if amount:
            await uow.ledger.post([top_up(brand.id, amount, f"test:{number}", now)])
        await uow.commit()
    return brand, replace(manager, brands=((brand.id, BrandRole.OWNER),))


async def a_creator(
    new_uow: UnitOfWorkFactory,
    now: datetime,
    name: str = "Айгерім",
    *,
    city: str = "Алматы",
    followers: int = 12_000,
    platform: Platform = Platform.INSTAGRAM,
    telegram_id: int | None = None,
    locale: Locale = Locale.KK,
) -> Actor:
    """A creator with a complete profile, a verified channel and consent."""
    actor = await a_person(new_uow, now, name, telegram_id=telegram_id, locale=locale)
    async with new_uow() as uow:
        await uow.creators.add(actor.id, languages=[Locale.KK], now=now)
        await uow.creators.save(
            actor.id, display_name=name, city=city, categories=[Category.BEAUTY]
        )
        await uow.creators.put_channel(
            actor.id,
            Channel(
                id=None,
                platform=platform,
                url=f"https://{platform}.com/creator{actor.id}",
                followers=followers,
                verified_at=now,
            ),
        )
        await uow.creators.move(actor.id, CreatorState.NEW, CreatorState.ACTIVE)
        await uow.people.give_consent(
            Consent(
                person=actor.id,
                version=CONSENT_VERSION,
                locale=Locale.KK,
                text_sha256="0" * 64,
                given_at=now,
            )
        )
        await uow.commit()
    return replace(actor, creator=CreatorState.ACTIVE)


DRAFT = OfferDraft(
    texts={
        Locale.KK: OfferText(title="Бет күтімі", description="Құрғақ теріге арналған крем"),
        Locale.RU: OfferText(title="Уход за лицом", description="Крем для сухой кожи"),
    },
    category=Category.BEAUTY,
    place=Place.KASPI,
    url="https://kaspi.kz/shop/p/krem-1",
    rule=Rule(percent_bps=1_000),
    hold_days=14,
    window_days=30,
    proof_required=True,
    discount_bps=1_000,
)


async def an_offer(
    new_uow: UnitOfWorkFactory,
    now: datetime,
    brand: BrandId,
    draft: OfferDraft = DRAFT,
    *,
    state: OfferState = OfferState.ACTIVE,
    eligibility: Eligibility | None = None,
    created_by: PersonId | None = None,
) -> Offer:
    """An offer in whatever state, stored without its review."""
    wanted = draft.offer(brand, state)
    if eligibility is not None:
        wanted = replace(wanted, eligibility=eligibility)
    async with new_uow() as uow:
        offer = await uow.offers.add(wanted, created_by=created_by, now=now)
        await uow.commit()
    return offer


async def told(new_uow: UnitOfWorkFactory, actor: Actor) -> list[NoteKind]:
    """What waits to be sent to the person, oldest first; it goes on waiting."""
    late = datetime(2100, 1, 1, 7, tzinfo=UTC)  # noon in Almaty
    later = late + timedelta(minutes=1)
    kinds: list[NoteKind] = []
    async with new_uow() as uow:  # never committed
        while notes := await uow.outbox.claim(now=late, limit=1_000, lease_until=later):
            for note in notes:
                await uow.outbox.sent(note.id, now=late)
                if note.telegram_id != actor.telegram_id:
                    continue
                if note.kind is NoteKind.BUNDLE:
                    for part in note.facts["parts"]:
                        kinds += [NoteKind(part["kind"])] * part["n"]
                else:
                    kinds.append(note.kind)
    return kinds


def unhurried(new_uow: UnitOfWorkFactory) -> UnitOfWorkFactory:
    """Units of work that think a while before they commit."""

    @asynccontextmanager
    async def slow(**kind: bool) -> AsyncIterator[UnitOfWork]:
        async with new_uow(**kind) as uow:
            commit = uow.commit

            async def later() -> None:
                await asyncio.sleep(0.3)
                await commit()

            uow.commit = later  # type: ignore[method-assign]
            yield uow

    return slow


async def reserve_sku(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    sku: str,
    kind: HandleKind = HandleKind.SKU,
    term: Term | None = None,
) -> None:
    """The brand lends the creator one article, or another handle; from now on unless told."""
    done = await reserve_handles(
        new_uow, clock, actor=actor, enrolment=enrolment, kind=kind, texts=[sku], term=term
    )
    assert not done.refused, done.refused
