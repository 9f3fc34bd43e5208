"""Visits and shared phones of buyers in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.buyers import Visits
from core.claims import ClaimState
from core.ids import BrandId, EnrolmentId, LinkId, PersonId
from db.dialect import insert
from db.models import brands, buyer_phones, claims, touches

WITHDRAWN: Final = "withdrawn"  # reason of claims whose consent was taken back


class SqlBuyers:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def touch(
        self,
        person: PersonId,
        *,
        link: LinkId,
        enrolment: EnrolmentId,
        brand: BrandId,
        at: datetime,
    ) -> bool:
        """Keep that a person came by a link; False for a visit that is known."""
        added = await self._connection.execute(
            insert(self._connection, touches)
            .values(person_id=person, link_id=link, enrolment_id=enrolment, brand_id=brand, at=at)
            .on_conflict_do_nothing(index_elements=["person_id", "link_id", "at"])
        )
        return added.rowcount == 1

    async def visits(self, person: PersonId) -> list[Visits]:
        """The person's visits by brand, the latest first."""
        last = sa.func.max(touches.c.at, type_=touches.c.at.type)
        rows = await self._connection.execute(
            sa.select(brands.c.id, brands.c.name, sa.func.count(), last)
            .join_from(touches, brands, brands.c.id == touches.c.brand_id)
            .where(touches.c.person_id == person)
            .group_by(brands.c.id, brands.c.name)
            .order_by(last.desc(), brands.c.id)
        )
        return [
            Visits(brand=BrandId(brand), name=name, count=count, last=at)
            for brand, name, count, at in rows
        ]

    async def shared_at(self, person: PersonId) -> datetime | None:
        """Since when the person's phone is kept, or None."""
        found: datetime | None = await self._connection.scalar(
            sa.select(buyer_phones.c.shared_at).where(buyer_phones.c.person_id == person)
        )
        return found

    async def digest(self, person: PersonId) -> bytes | None:
        """The digest of the person's phone."""
        found: bytes | None = await self._connection.scalar(
            sa.select(buyer_phones.c.phone_digest).where(buyer_phones.c.person_id == person)
        )
        return found

    async def keep_phone(self, person: PersonId, digest: bytes, *, now: datetime) -> None:
        """Keep the digest of a phone in place of the one before; the same again changes nothing."""
        given = {"phone_digest": digest, "shared_at": now}
        await self._connection.execute(
            insert(self._connection, buyer_phones)
            .values(person_id=person, **given)
            .on_conflict_do_update(
                index_elements=["person_id"],
                set_=given,
                where=buyer_phones.c.phone_digest != digest,
            )
        )

    async def drop_phone(self, person: PersonId) -> bool:
        """Forget the phone; False when none was kept."""
        gone = await self._connection.execute(
            sa.delete(buyer_phones).where(buyer_phones.c.person_id == person)
        )
        return gone.rowcount > 0

    async def drop_touches(self, person: PersonId) -> int:
        """Forget every visit; returns how many."""
        gone = await self._connection.execute(
            sa.delete(touches).where(touches.c.person_id == person)
        )
        return gone.rowcount

    async def count_claims(self, person: PersonId) -> int:
        """How many orders and receipts the person has claimed, whatever became of them."""
        return (
            await self._connection.scalar(
                sa.select(sa.func.count()).select_from(claims).where(claims.c.person_id == person)
            )
            or 0
        )

    async def end_claims(self, person: PersonId, *, now: datetime) -> int:
        """End claims that wait for the merchant's data, and forget what was sent with them."""
        ended = await self._connection.execute(
            sa.update(claims)
            .where(claims.c.person_id == person, claims.c.state == ClaimState.WAITING)
            .values(
                state=ClaimState.EXPIRED,
                reason=WITHDRAWN,
                settled_at=now,
                external_id="",
                receipt_key=None,
                receipt_register="",
                paid_minor=None,
                paid_at=None,
            )
        )
        # Of what was found before nothing is told any more, and it stays found without the visits.
        await self._connection.execute(
            sa.update(claims)
            .where(claims.c.person_id == person, claims.c.told_at.is_(None))
            .values(told_at=now)
        )
        return ended.rowcount
