"""Finding offers in SQL: one index per order, words by their beginnings, pages by the last key.

A page costs the same however many offers there are: the query walks the index of its order from
the key where the last page ended and stops when the page is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import codes, spelling
from core.catalogue import Candidate, Cursor, Facets, Filters, Listing, Order
from core.enrolments import EnrolmentState
from core.ids import EnrolmentId, OfferId, PersonId
from core.offers import Admission, OfferState
from core.orders import Place
from core.people import Category
from db.models import (
    brands,
    code_ownerships,
    enrolments,
    offer_words,
    offers,
    promo_codes,
)
from db.repositories.brands import brand_with_funds, can_pay
from db.repositories.offers import SqlOffers, eligibility_from_json

# A word that so many offers have is looked for offer by offer, a rarer one by its own index.
RARE: Final = 500
LAST: Final = "\U0010ffff"  # sorts behind every letter of a word

_KEYS: Final[dict[Order, tuple[sa.Column[Any], ...]]] = {
    Order.FOR_ME: (offers.c.id,),
    Order.NEW: (offers.c.id,),
    Order.REWARD: (offers.c.reward_minor, offers.c.id),
    Order.ENDING: (offers.c.ends_at, offers.c.id),
}


class SqlCatalogue:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, order: Order, filters: Filters, cursor: Cursor, *, now: datetime, limit: int
    ) -> Sequence[Candidate]:
        """The offers beyond the cursor, the nearest first; before it when it says `before`."""
        keys = _KEYS[order]
        downwards = (order is Order.ENDING) == (cursor.before is not None)
        query = (
            sa.select(offers.c.id, offers.c.eligibility)
            .select_from(brand_with_funds.join(offers, offers.c.brand_id == brands.c.id))
            .where(can_pay, *_open(now, filters), *await self._fitting(filters.needles))
            .order_by(*(key.desc() if downwards else key for key in keys))
            .limit(limit)
        )
        if order is Order.ENDING:
            query = query.where(offers.c.ends_at > now)
        anchor = cursor.after if cursor.before is None else cursor.before
        if anchor is not None:
            here = (
                await self._connection.execute(sa.select(*keys).where(offers.c.id == anchor))
            ).one_or_none()
            if here is None or None in here:
                return []
            place = sa.tuple_(
                *(sa.literal(one, key.type) for one, key in zip(here, keys, strict=True))
            )
            mine = sa.tuple_(*keys)
            query = query.where(mine < place if downwards else mine > place)
        return [
            Candidate(id=OfferId(row.id), eligibility=eligibility_from_json(row.eligibility))
            for row in await self._connection.execute(query)
        ]

    async def listings(self, wanted: Sequence[OfferId]) -> Sequence[Listing]:
        """What a list shows of offers, in the order of the ids; unknown ones are left out."""
        found = await SqlOffers(self._connection).many(wanted)
        rows = await self._connection.execute(
            sa.select(brands.c.id, brands.c.name, can_pay)
            .select_from(brand_with_funds)
            .where(brands.c.id.in_({offer.brand for offer in found.values()}))
        )
        owners = {brand: (name, bool(solvent)) for brand, name, solvent in rows}
        return [
            Listing(
                offer=offer,
                brand=owners[offer.brand][0],
                open=owners[offer.brand][1] and offer.state is OfferState.ACTIVE,
            )
            for one in wanted
            if (offer := found.get(one)) is not None
        ]

    async def facets(self, filters: Filters, *, now: datetime) -> Facets:
        """How many offers each category and each place would show, all else being as it is.

        Counted when somebody opens a filter, not for each page: it reads every open offer, though
        not the brand of each.
        """
        broke = sa.select(brands.c.id).select_from(brand_with_funds).where(sa.not_(can_pay))
        fitting = await self._fitting(filters.needles)

        async def count(column: sa.Column[str], narrowed: Filters) -> dict[str, int]:
            rows = await self._connection.execute(
                sa.select(column, sa.func.count())
                .where(offers.c.brand_id.not_in(broke), *_open(now, narrowed), *fitting)
                .group_by(column)
            )
            return dict(rows.all())

        categories = await count(offers.c.category, Filters(place=filters.place))
        places = await count(offers.c.place, Filters(category=filters.category))
        return Facets(
            categories={c: categories[c] for c in Category if c in categories},
            places={p: places[p] for p in Place if p in places},
        )

    async def own_codes(
        self, creator: PersonId, question: str, *, after: EnrolmentId | None, limit: int
    ) -> Sequence[EnrolmentId]:
        """A creator's active enrolments, newest first, whose code or offer fits the question."""
        query = (
            sa.select(enrolments.c.id)
            .where(
                enrolments.c.creator_id == creator,
                enrolments.c.state == EnrolmentState.ACTIVE,
                sa.exists().where(
                    code_ownerships.c.enrolment_id == enrolments.c.id,
                    code_ownerships.c.until.is_(None),
                ),
            )
            .order_by(enrolments.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(enrolments.c.id < after)
        if question.strip():
            query = query.where(_asked_for(question))
        return [EnrolmentId(found) for found in await self._connection.scalars(query)]

    async def _fitting(self, needles: Sequence[str]) -> list[sa.ColumnElement[bool]]:
        """That an offer has a word for each needle.

        When few offers have one of the words they are all that need be looked at; otherwise a page
        soon fills while walking the order's own index. So neither way reads the whole catalogue,
        but for words that are common each and never come together.
        """
        conditions: list[sa.ColumnElement[bool]] = []
        fewest: Sequence[int] | None = None
        for needle in needles:
            conditions.append(_has_word(offers.c.id, needle))
            found = (
                await self._connection.scalars(
                    sa.select(offer_words.c.offer_id)
                    .where(*_begins(needle))
                    .distinct()
                    .limit(RARE + 1)
                )
            ).all()
            if len(found) <= RARE and (fewest is None or len(found) < len(fewest)):
                fewest = found
        if fewest is not None:
            conditions.insert(0, offers.c.id.in_(fewest))
        return conditions


def _begins(needle: str) -> tuple[sa.ColumnElement[bool], ...]:
    return offer_words.c.word >= needle, offer_words.c.word < needle + LAST


def _has_word(offer: sa.ColumnElement[Any], needle: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(offer_words.c.offer_id == offer, *_begins(needle))


def _asked_for(question: str) -> sa.ColumnElement[bool]:
    """That an enrolment's code begins so, or its offer has all the words."""
    normal = codes.normal(question)[: codes.CODE_MAX]
    of_code = sa.exists().where(
        code_ownerships.c.enrolment_id == enrolments.c.id,
        code_ownerships.c.until.is_(None),
        promo_codes.c.id == code_ownerships.c.code_id,
        promo_codes.c.normal.startswith(normal, autoescape=True),
    )
    needles = spelling.needles(question)
    if not needles:
        return of_code
    of_offer = sa.and_(*(_has_word(enrolments.c.offer_id, needle) for needle in needles))
    return sa.or_(of_code, of_offer)


def _open(now: datetime, filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [
        offers.c.state == OfferState.ACTIVE,
        offers.c.admission != Admission.INVITATION,  # whoever is invited has a link to it
        sa.or_(offers.c.starts_at.is_(None), offers.c.starts_at <= now),
        sa.or_(offers.c.ends_at.is_(None), offers.c.ends_at > now),
    ]
    if filters.category is not None:
        conditions.append(offers.c.category == filters.category)
    elif filters.categories:
        conditions.append(offers.c.category.in_(filters.categories))
    if filters.place is not None:
        conditions.append(offers.c.place == filters.place)
    return conditions
