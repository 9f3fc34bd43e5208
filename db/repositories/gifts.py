"""Rewards of buyers in SQL: the offer's choice over time, gift codes, who has got what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.gifts import BuyerReward, DueReward, GiftCount, GivenGift, RewardKind
from core.ids import BrandId, ClaimId, OfferId, PersonId
from core.orders import OrderStatus
from core.people import Locale
from db.dialect import chunks, insert
from db.models import brands, buyer_rewards, claims, enrolments, gift_codes, orders, people

# Written out: a partial index is used only where its condition is seen.
_UNREWARDED: Final = sa.text("claims.state = 'matched' AND claims.rewarded_at IS NULL")
_FREE: Final = sa.text("gift_codes.claim_id IS NULL")
_OWED: Final = (
    sa.select(
        claims.c.id,
        claims.c.person_id,
        claims.c.brand_id,
        claims.c.claimed_at,
        enrolments.c.offer_id,
    )
    .join_from(claims, orders, orders.c.id == claims.c.order_id)
    .join(enrolments, enrolments.c.id == claims.c.enrolment_id)
    .join(people, people.c.id == claims.c.person_id)
    .where(
        _UNREWARDED,
        # Until the buyer is told that it is found, a claim may still be refused.
        claims.c.told_at.is_not(None),
        orders.c.status == OrderStatus.APPROVED,
        people.c.blocked_bot.is_(False),
    )
)


class SqlGifts:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rewards(self, offers: Sequence[OfferId]) -> dict[OfferId, list[BuyerReward]]:
        """What offers have promised over time, the oldest first."""
        found: defaultdict[OfferId, list[BuyerReward]] = defaultdict(list)
        for chunk in chunks(offers):
            rows = await self._connection.execute(
                sa.select(buyer_rewards)
                .where(buyer_rewards.c.offer_id.in_(chunk))
                .order_by(buyer_rewards.c.id)
            )
            for row in rows:
                found[OfferId(row.offer_id)].append(
                    BuyerReward(
                        kind=RewardKind(row.kind),
                        texts={Locale(locale): text for locale, text in row.texts.items()},
                        since=row.since,
                    )
                )
        return dict(found)

    async def choose(
        self, offer: OfferId, reward: BuyerReward, *, by: PersonId, now: datetime
    ) -> None:
        """Promise this from now on."""
        await self._connection.execute(
            sa.insert(buyer_rewards).values(
                offer_id=offer,
                kind=reward.kind,
                texts={str(locale): text for locale, text in reward.texts.items()},
                since=now,
                chosen_by=by,
            )
        )

    async def add(
        self, brand: BrandId, offer: OfferId, codes: Sequence[str], *, now: datetime
    ) -> int:
        """Add codes that the brand has not uploaded before; returns how many were new."""
        before = await self._free(offer)
        for chunk in chunks(codes):
            await self._connection.execute(
                insert(self._connection, gift_codes).on_conflict_do_nothing(
                    index_elements=["brand_id", "code"]
                ),
                [
                    {"brand_id": brand, "offer_id": offer, "code": code, "added_at": now}
                    for code in chunk
                ],
            )
        return await self._free(offer) - before

    async def known(self, brand: BrandId, codes: Sequence[str]) -> frozenset[str]:
        """Which of the codes the brand has uploaded before, for whichever offer."""
        found: set[str] = set()
        for chunk in chunks(codes):
            found.update(
                await self._connection.scalars(
                    sa.select(gift_codes.c.code).where(
                        gift_codes.c.brand_id == brand, gift_codes.c.code.in_(chunk)
                    )
                )
            )
        return frozenset(found)

    async def _free(self, offer: OfferId) -> int:
        found = await self._connection.scalar(
            sa.select(sa.func.count()).where(gift_codes.c.offer_id == offer, _FREE)
        )
        return found or 0

    async def count(self, offer: OfferId) -> GiftCount:
        """How many codes are free and given, and how many buyers are owed one."""
        row = (
            await self._connection.execute(
                sa.select(
                    sa.func.count(gift_codes.c.claim_id).label("given"),
                    sa.func.max(gift_codes.c.id).label("last"),
                ).where(gift_codes.c.offer_id == offer)
            )
        ).one()
        owed = _OWED.where(enrolments.c.offer_id == offer).subquery()
        waiting = await self._connection.scalar(sa.select(sa.func.count()).select_from(owed))
        return GiftCount(
            free=await self._free(offer),
            given=row.given,
            last=row.last or 0,
            waiting=waiting or 0,
        )

    async def clear(self, offer: OfferId) -> int:
        """Delete the codes that nobody has got; returns how many."""
        gone = await self._connection.execute(
            sa.delete(gift_codes).where(gift_codes.c.offer_id == offer, _FREE)
        )
        return gone.rowcount

    async def due(self, *, after: int, limit: int) -> list[DueReward]:
        """Claims above the id `after` whose order is approved and that were not rewarded."""
        rows = await self._connection.execute(
            _OWED.where(claims.c.id > after).order_by(claims.c.id).limit(limit)
        )
        return [
            DueReward(
                claim=ClaimId(row.id),
                person=PersonId(row.person_id),
                offer=OfferId(row.offer_id),
                brand=BrandId(row.brand_id),
                claimed_at=row.claimed_at,
            )
            for row in rows
        ]

    async def settle(self, claim: ClaimId, *, now: datetime) -> bool:
        """Mark a claim as rewarded; False where it was, or is none that can be any more."""
        settled = await self._connection.execute(
            sa.update(claims).where(claims.c.id == claim, _UNREWARDED).values(rewarded_at=now)
        )
        return settled.rowcount == 1

    async def reopen(self, claim: ClaimId) -> None:
        """Let a claim that was settled in this unit of work wait on."""
        await self._connection.execute(
            sa.update(claims).where(claims.c.id == claim).values(rewarded_at=None)
        )

    async def take(self, offer: OfferId, claim: ClaimId, *, now: datetime) -> str | None:
        """Give the oldest free code to the claim; None where there is none."""
        row = (
            await self._connection.execute(
                sa.select(gift_codes.c.id, gift_codes.c.code)
                .where(gift_codes.c.offer_id == offer, _FREE)
                .order_by(gift_codes.c.id)
                .limit(1)
                .with_for_update(skip_locked=True)  # another process gives it, or it is deleted
            )
        ).one_or_none()
        if row is None:
            return None
        await self._connection.execute(
            sa.update(gift_codes)
            .where(gift_codes.c.id == row.id)
            .values(claim_id=claim, given_at=now)
        )
        code: str = row.code
        return code

    async def given(self, person: PersonId, *, limit: int) -> list[GivenGift]:
        """Codes that the person has got, the latest first."""
        rows = await self._connection.execute(
            sa.select(brands.c.name, gift_codes.c.code, gift_codes.c.given_at)
            .join_from(claims, gift_codes, gift_codes.c.claim_id == claims.c.id)
            .join(brands, brands.c.id == gift_codes.c.brand_id)
            .where(claims.c.person_id == person)
            .order_by(gift_codes.c.given_at.desc(), gift_codes.c.id.desc())
            .limit(limit)
        )
        return [GivenGift(brand_name=name, code=code, at=at) for name, code, at in rows]
