"""Finding anybody and anything in SQL, each way by an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.enrolments import EnrolmentState
from core.errors import NotFound
from core.ids import BrandId, OfferId, OrderId, PayoutId, PersonId
from core.lookup import FoundCode, FoundOffer, FoundOrder, FoundPayout
from core.offers import OfferState
from core.orders import Place
from db.models import (
    brands,
    code_ownerships,
    creators,
    enrolments,
    offer_texts,
    offers,
    orders,
    payouts,
    people,
    promo_codes,
)
from db.words import Named, find_words


class SqlLookups:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def people(self, words: Sequence[str], *, limit: int) -> Sequence[PersonId]:
        """People with these beginnings of words in their name, profile or username."""
        found = await find_words(
            self._connection, (Named.PERSON, Named.CREATOR), words, limit=limit
        )
        return [PersonId(person) for person in found]

    async def brands(self, words: Sequence[str], *, limit: int) -> Sequence[BrandId]:
        """Brands with these beginnings of words in their names."""
        found = await find_words(self._connection, (Named.BRAND,), words, limit=limit)
        return [BrandId(brand) for brand in found]

    async def offers(self, words: Sequence[str], *, limit: int) -> Sequence[FoundOffer]:
        """Offers with these beginnings of words in their titles, of whatever language."""
        ids = await find_words(self._connection, (Named.OFFER,), words, limit=limit)
        rows = await self._connection.execute(
            sa.select(offers.c.id, offers.c.state, brands.c.name)
            .join_from(offers, brands, brands.c.id == offers.c.brand_id)
            .where(offers.c.id.in_(ids))
            .order_by(offers.c.id.desc())
        )
        found = rows.all()
        titles: dict[int, dict[str, str]] = {}
        for row in await self._connection.execute(
            sa.select(offer_texts.c.offer_id, offer_texts.c.locale, offer_texts.c.title).where(
                offer_texts.c.offer_id.in_(ids)
            )
        ):
            titles.setdefault(row.offer_id, {})[row.locale] = row.title
        return [
            FoundOffer(
                id=OfferId(row.id),
                brand_name=row.name,
                state=OfferState(row.state),
                titles=titles.get(row.id, {}),
            )
            for row in found
        ]

    async def by_digests(self, *, iin: bytes | None, iban: bytes | None) -> Sequence[PersonId]:
        """Creators with exactly this IIN or IBAN."""
        found: list[PersonId] = []
        for column, digest in ((creators.c.iin_digest, iin), (creators.c.iban_digest, iban)):
            if digest is not None:
                found += await self._connection.scalars(
                    sa.select(creators.c.person_id)
                    .where(column == digest)
                    .order_by(creators.c.person_id)
                )
        return found

    async def codes(self, normal: str, *, limit: int) -> Sequence[FoundCode]:
        """Promo codes of this normal form, of whatever brands, with who held them last."""
        latest = (
            sa.select(code_ownerships.c.enrolment_id)
            .where(code_ownerships.c.code_id == promo_codes.c.id)
            .order_by(code_ownerships.c.since.desc())
            .limit(1)
            .correlate(promo_codes)
            .scalar_subquery()
        )
        rows = await self._connection.execute(
            sa.select(
                promo_codes.c.normal,
                brands.c.id.label("brand"),
                brands.c.name.label("brand_name"),
                enrolments.c.creator_id,
                creators.c.display_name,
            )
            .select_from(
                promo_codes.join(brands, brands.c.id == promo_codes.c.brand_id)
                .outerjoin(enrolments, enrolments.c.id == latest)
                .outerjoin(creators, creators.c.person_id == enrolments.c.creator_id)
            )
            .where(promo_codes.c.normal == normal)
            .order_by(promo_codes.c.id.desc())
            .limit(limit)
        )
        return [
            FoundCode(
                code=row.normal,
                brand=BrandId(row.brand),
                brand_name=row.brand_name,
                holder=None if row.creator_id is None else PersonId(row.creator_id),
                holder_name=row.display_name or "",
            )
            for row in rows
        ]

    async def orders(self, external_id: str, *, limit: int) -> Sequence[FoundOrder]:
        """Orders with this number in the shop.

        Looked up at each place of each brand: some thousands of steps for somebody of the staff now
        and then, where an index of the numbers alone would slow down every import.
        """
        rows = await self._connection.execute(
            sa.select(orders.c.id, orders.c.external_id, orders.c.brand_id, brands.c.name)
            .join_from(orders, brands, orders.c.brand_id == brands.c.id)
            .where(
                orders.c.brand_id.in_(sa.select(brands.alias().c.id)),
                orders.c.place.in_(list(Place)),
                orders.c.external_id == external_id,
            )
            # The plus keeps the planner from walking all orders by id.
            .order_by((orders.c.id + 0).desc())
            .limit(limit)
        )
        return [
            FoundOrder(
                id=OrderId(row.id),
                external_id=row.external_id,
                brand=BrandId(row.brand_id),
                brand_name=row.name,
            )
            for row in rows
        ]

    async def payouts(self, number: str) -> Sequence[FoundPayout]:
        """The payout with this number."""
        rows = await self._connection.execute(
            sa.select(payouts.c.id, payouts.c.number, creators.c.display_name)
            .join_from(payouts, creators, creators.c.person_id == payouts.c.creator_id)
            .where(payouts.c.number == number)
        )
        return [
            FoundPayout(id=PayoutId(row.id), number=row.number, creator_name=row.display_name)
            for row in rows
        ]

    async def since(self, person: PersonId) -> datetime:
        """When the person came first; NotFound("person")."""
        found: datetime | None = await self._connection.scalar(
            sa.select(people.c.created_at).where(people.c.id == person)
        )
        if found is None:
            raise NotFound("person")
        return found

    async def active_offers(self, brand: BrandId) -> int:
        """How many offers of a brand stand in the catalogue."""
        return (
            await self._connection.scalar(
                sa.select(sa.func.count())
                .select_from(offers)
                .where(offers.c.brand_id == brand, offers.c.state == OfferState.ACTIVE)
            )
            or 0
        )

    async def active_enrolments(
        self, *, creator: PersonId | None = None, brand: BrandId | None = None
    ) -> int:
        """How many enrolments of a creator, or with a brand, are active."""
        whose = (
            enrolments.c.creator_id == creator
            if creator is not None
            else enrolments.c.brand_id == brand
        )
        return (
            await self._connection.scalar(
                sa.select(sa.func.count())
                .select_from(enrolments)
                .where(whose, enrolments.c.state == EnrolmentState.ACTIVE)
            )
            or 0
        )
