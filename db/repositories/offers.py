"""Offers in SQL: texts, versions of terms and the moderators' queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import spelling
from core.catalogue import Listing, example
from core.errors import NotFound
from core.ids import BrandId, OfferId, PersonId, TermsId
from core.offers import (
    Admission,
    CodeSource,
    CreditPolicy,
    Eligibility,
    Forbidden,
    MediaKit,
    Offer,
    OfferState,
    OfferText,
    Terms,
)
from core.orders import Place
from core.people import Category, LegalStatus, Locale, Platform, Tier
from core.pricing import Rule
from db.dialect import chunks
from db.models import brands, offer_texts, offer_words, offers, terms
from db.repositories.brands import brand_with_funds, can_pay
from db.words import Named, index_words

REINDEXED_AT_ONCE: Final = 100  # offers whose texts are in memory together

_latest = terms.alias("latest")
_current = terms.c.version == (
    sa.select(sa.func.max(_latest.c.version))
    .where(_latest.c.offer_id == terms.c.offer_id)
    .correlate(terms)
    .scalar_subquery()
)
_WITH_TERMS = sa.select(
    offers,
    terms.c.id.label("terms_id"),
    terms.c.version,
    terms.c.rule,
    terms.c.hold_days,
    terms.c.window_days,
    terms.c.proof_required,
    terms.c.min_order_minor,
    terms.c.credit_policy,
    terms.c.notice_days,
    terms.c.auto_approve_days,
).where(offers.c.id == terms.c.offer_id, _current)


class SqlOffers:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        offer: Offer,
        *,
        created_by: PersonId | None,
        now: datetime,
        external_key: str | None = None,
    ) -> Offer:
        """Store a new offer with its texts and first terms; returns it with ids."""
        added = await self._connection.scalar(
            sa.insert(offers)
            .values(
                **_columns(offer),
                external_key=external_key,
                created_by=created_by,
                created_at=now,
            )
            .returning(offers.c.id)
        )
        assert added is not None
        await self._write_texts(added, offer)
        await self._write_terms(added, 1, offer.terms, now)
        await self._index(OfferId(added), offer)
        return await self.get(OfferId(added))

    async def rewrite(self, offer: Offer, *, now: datetime) -> Offer:
        """Replace what an offer says; other terms than the current ones become a new version."""
        assert offer.id is not None
        current = (await self.get(offer.id)).terms
        await self._connection.execute(
            sa.update(offers).where(offers.c.id == offer.id).values(**_columns(offer))
        )
        await self._connection.execute(
            sa.delete(offer_texts).where(offer_texts.c.offer_id == offer.id)
        )
        await self._write_texts(offer.id, offer)
        if _conditions(offer.terms) != _conditions(current):
            await self._write_terms(offer.id, current.version + 1, offer.terms, now)
        await self._index(offer.id, offer)
        return await self.get(offer.id)

    async def _index(self, offer: OfferId, source: Offer) -> None:
        """Write what the catalogue finds and sorts the offer by."""
        _, brings = example(source)
        await self._connection.execute(
            sa.update(offers).where(offers.c.id == offer).values(reward_minor=brings.minor)
        )
        brand = await self._connection.scalar(
            sa.select(brands.c.name).where(brands.c.id == source.brand)
        )
        titles = [text.title for text in source.texts.values()]
        descriptions = [text.description for text in source.texts.values()]
        words = spelling.sounds(brand or "", *titles, *descriptions)
        await self._connection.execute(
            sa.delete(offer_words).where(offer_words.c.offer_id == offer)
        )
        if words:
            await self._connection.execute(
                sa.insert(offer_words), [{"offer_id": offer, "word": word} for word in words]
            )

    async def reindex(self, brand: BrandId) -> None:
        """Write anew by which words a brand's offers are found, after its name has changed."""
        last: int | None = None
        while page := await self.of_brand(brand, after=last, limit=REINDEXED_AT_ONCE):
            for offer in page:
                assert offer.id is not None
                await self._index(offer.id, offer)
            last = page[-1].id

    async def _write_texts(self, offer: int, source: Offer) -> None:
        await self._connection.execute(
            sa.insert(offer_texts),
            [
                {
                    "offer_id": offer,
                    "locale": locale,
                    "title": text.title,
                    "description": text.description,
                }
                for locale, text in source.texts.items()
            ],
        )
        titles = [text.title for text in source.texts.values()]
        await index_words(self._connection, Named.OFFER, offer, *titles)

    async def _write_terms(self, offer: int, version: int, source: Terms, now: datetime) -> None:
        await self._connection.execute(
            sa.insert(terms).values(
                offer_id=offer, version=version, created_at=now, **_conditions(source)
            )
        )

    async def get(self, offer: OfferId) -> Offer:
        """The offer with its texts and current terms; raises NotFound."""
        found = await self.many([offer])
        if offer not in found:
            raise NotFound("offer")
        return found[offer]

    async def many(self, wanted: Sequence[OfferId]) -> dict[OfferId, Offer]:
        """Offers by id, with their texts and current terms; unknown ids are left out."""
        found: dict[OfferId, Offer] = {}
        for chunk in chunks(list(dict.fromkeys(wanted))):
            for offer in await self._load(_WITH_TERMS.where(offers.c.id.in_(chunk))):
                assert offer.id is not None
                found[offer.id] = offer
        return found

    async def terms(self, wanted: TermsId) -> Terms:
        """One version of terms; raises NotFound."""
        found = await self.terms_many([wanted])
        if wanted not in found:
            raise NotFound("terms")
        return found[wanted]

    async def terms_many(self, wanted: Sequence[TermsId]) -> dict[TermsId, Terms]:
        """Versions of terms by id; unknown ids are left out."""
        found: dict[TermsId, Terms] = {}
        for chunk in chunks(list(dict.fromkeys(wanted))):
            rows = await self._connection.execute(sa.select(terms).where(terms.c.id.in_(chunk)))
            for row in rows:
                found[TermsId(row.id)] = terms_of(row, row.id, row.offer_id)
        return found

    async def move(
        self, offer: OfferId, came_from: OfferState, to: OfferState, *, note: str | None = None
    ) -> bool:
        """Change the state if it still is `came_from`; False when somebody was quicker."""
        values: dict[str, Any] = {"state": to}
        if note is not None:
            values["review_note"] = note
        moved = await self._connection.execute(
            sa.update(offers)
            .where(offers.c.id == offer, offers.c.state == came_from)
            .values(**values)
        )
        return moved.rowcount == 1

    async def hold(self, offer: OfferId) -> None:
        """Keep the offer's state from being changed until this unit of work ends."""
        await self._connection.execute(
            sa.select(offers.c.id).where(offers.c.id == offer).with_for_update(read=True)
        )

    async def affordable(self, brand: BrandId) -> bool:
        """Whether the brand is not suspended and its funds are within its credit limit."""
        found = await self._connection.scalar(
            sa.select(sa.true()).select_from(brand_with_funds).where(brands.c.id == brand, can_pay)
        )
        return bool(found)

    async def of_brand(self, brand: BrandId, *, after: int | None, limit: int) -> Sequence[Offer]:
        """A brand's offers in every state, newest first."""
        query = _WITH_TERMS.where(offers.c.brand_id == brand)
        if after is not None:
            query = query.where(offers.c.id < after)
        return await self._load(query.order_by(offers.c.id.desc()).limit(limit))

    async def in_review(self, *, after: int | None, limit: int) -> Sequence[Listing]:
        """Offers that wait for a moderator, oldest first, with ids above `after`."""
        query = (
            _WITH_TERMS.add_columns(brands.c.name.label("brand"))
            .where(
                offers.c.brand_id == brands.c.id,
                offers.c.state == OfferState.REVIEW,
                offers.c.id > (after or 0),
            )
            .order_by(offers.c.id)
            .limit(limit)
        )
        return await self._listings(query)

    async def due(self, *, now: datetime, limit: int) -> Sequence[Offer]:
        """Offers whose end has come and that have not been ended yet."""
        return await self._load(
            _WITH_TERMS.where(
                offers.c.state.in_([OfferState.ACTIVE, OfferState.PAUSED]), offers.c.ends_at <= now
            )
            .order_by(offers.c.ends_at, offers.c.id)
            .limit(limit)
        )

    async def _load(self, query: sa.Select[Any]) -> list[Offer]:
        rows = (await self._connection.execute(query)).all()
        texts = await self._texts([row.id for row in rows])
        return [_offer(row, texts[row.id]) for row in rows]

    async def _listings(self, query: sa.Select[Any]) -> list[Listing]:
        rows = (await self._connection.execute(query)).all()
        texts = await self._texts([row.id for row in rows])
        return [Listing(offer=_offer(row, texts[row.id]), brand=row.brand) for row in rows]

    async def _texts(self, wanted: Sequence[int]) -> defaultdict[int, dict[Locale, OfferText]]:
        found: defaultdict[int, dict[Locale, OfferText]] = defaultdict(dict)
        for chunk in chunks(wanted):
            rows = await self._connection.execute(
                sa.select(offer_texts).where(offer_texts.c.offer_id.in_(chunk))
            )
            for row in rows:
                found[row.offer_id][Locale(row.locale)] = OfferText(
                    title=row.title, description=row.description
                )
        return found


def _columns(offer: Offer) -> dict[str, Any]:
    return {
        "brand_id": offer.brand,
        "state": offer.state,
        "category": offer.category,
        "place": offer.place,
        "url": offer.url,
        "discount_bps": offer.discount_bps,
        "click_param": offer.click_param,
        "picture_id": offer.picture,
        "eligibility": _eligibility_to_json(offer.eligibility),
        "admission": offer.admission,
        "starts_at": offer.starts_at,
        "ends_at": offer.ends_at,
        "review_note": offer.review_note,
        "forbidden": offer.forbidden.to_json(),
        "media": offer.media.to_json(),
    }


def _conditions(source: Terms) -> dict[str, Any]:
    """What makes a version of terms: everything but its identity."""
    return {
        "rule": source.rule.to_json(),
        "hold_days": source.hold_days,
        "window_days": source.window_days,
        "proof_required": source.proof_required,
        "min_order_minor": source.min_order_minor,
        "credit_policy": source.credit_policy,
        "notice_days": source.notice_days,
        "auto_approve_days": source.auto_approve_days,
        "first_order": bool(source.rule.first_order),
    }


def _offer(row: Any, texts: dict[Locale, OfferText]) -> Offer:
    return Offer(
        id=OfferId(row.id),
        brand=BrandId(row.brand_id),
        state=OfferState(row.state),
        category=Category(row.category),
        place=Place(row.place),
        url=row.url,
        texts=texts,
        terms=terms_of(row, row.terms_id, row.id),
        discount_bps=row.discount_bps,
        click_param=row.click_param,
        picture=row.picture_id,
        eligibility=eligibility_from_json(row.eligibility),
        admission=Admission(row.admission),
        code_source=CodeSource(row.code_source),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        review_note=row.review_note,
        forbidden=Forbidden.from_json(row.forbidden),
        media=MediaKit.from_json(row.media),
        spent_minor=row.spent_minor,
    )


def terms_of(row: Any, terms_id: int, offer: int) -> Terms:
    """A version of terms from a row that has their columns."""
    return Terms(
        id=TermsId(terms_id),
        offer=OfferId(offer),
        version=row.version,
        rule=Rule.from_json(row.rule),
        hold_days=row.hold_days,
        window_days=row.window_days,
        proof_required=row.proof_required,
        min_order_minor=row.min_order_minor,
        credit_policy=CreditPolicy(row.credit_policy),
        notice_days=row.notice_days,
        auto_approve_days=row.auto_approve_days,
    )


def _eligibility_to_json(source: Eligibility) -> dict[str, Any]:
    return {
        "tiers": list(source.tiers),
        "cities": list(source.cities),
        "languages": list(source.languages),
        "platforms": list(source.platforms),
        "min_followers": source.min_followers,
        "legal_statuses": list(source.legal_statuses),
    }


def eligibility_from_json(data: dict[str, Any]) -> Eligibility:
    """For whom a stored offer is."""
    return Eligibility(
        tiers=tuple(Tier(tier) for tier in data.get("tiers", ())),
        cities=tuple(data.get("cities", ())),
        languages=tuple(Locale(locale) for locale in data.get("languages", ())),
        platforms=tuple(Platform(platform) for platform in data.get("platforms", ())),
        min_followers=int(data.get("min_followers", 0)),
        legal_statuses=tuple(LegalStatus(status) for status in data.get("legal_statuses", ())),
    )
