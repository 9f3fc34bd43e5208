"""Touches, phones, claims and rulings, as attribution asks for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.claims import ClaimKind, ClaimState
from core.evidence import BuyersOfPhone, BuyerTouch, EvidenceKind, Grade, OrderClaim, Ruling
from core.ids import BrandId, ClaimId, EnrolmentId, OrderId, PersonId, RulingId
from core.orders import Place
from db.dialect import among, chunks
from db.models import buyer_phones, claims, orders, rulings, touches

_KINDS = {ClaimKind.NUMBER: EvidenceKind.CLAIM, ClaimKind.RECEIPT: EvidenceKind.RECEIPT}


class SqlEvidence:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def phones(self, brand: BrandId, digests: Sequence[bytes]) -> dict[bytes, BuyersOfPhone]:
        """Who shared these phones, with their touches at the brand; unknown ones are left out."""
        people: defaultdict[bytes, set[PersonId]] = defaultdict(set)
        for chunk in chunks(digests):
            rows = await self._connection.execute(
                sa.select(buyer_phones.c.phone_digest, buyer_phones.c.person_id).where(
                    buyer_phones.c.phone_digest.in_(chunk)
                )
            )
            for digest, person in rows:
                people[digest].add(PersonId(person))
        came = await self._touches(brand, {one for group in people.values() for one in group})
        return {
            digest: BuyersOfPhone(
                people=frozenset(group),
                touches=_newest_first(touch for one in group for touch in came.get(one, ())),
            )
            for digest, group in people.items()
        }

    async def claims(
        self, brand: BrandId, place: Place, external_ids: Sequence[str]
    ) -> dict[str, OrderClaim]:
        """The claims of these orders that were not refused, by the order's number."""
        if not external_ids:
            return {}
        found: list[Any] = []
        for chunk in chunks(external_ids):
            rows = await self._connection.execute(
                sa.select(
                    claims.c.id,
                    claims.c.external_id,
                    claims.c.person_id,
                    claims.c.kind,
                    claims.c.claimed_at,
                ).where(
                    claims.c.brand_id == brand,
                    claims.c.place == place,
                    claims.c.external_id.in_(chunk),
                    claims.c.external_id != "",
                    claims.c.state.in_([ClaimState.WAITING, ClaimState.MATCHED]),
                )
            )
            found += rows.all()
        came = await self._touches(brand, {PersonId(row.person_id) for row in found})
        return {
            row.external_id: OrderClaim(
                id=ClaimId(row.id),
                person=PersonId(row.person_id),
                kind=_KINDS[ClaimKind(row.kind)],
                at=row.claimed_at,
                touches=_newest_first(came.get(PersonId(row.person_id), ())),
            )
            for row in found
        }

    async def rulings(
        self, brand: BrandId, place: Place, external_ids: Sequence[str]
    ) -> dict[str, Ruling]:
        """The latest ruling of each of these orders that has any, by the order's number."""
        found: dict[str, Ruling] = {}
        for chunk in chunks(external_ids):
            rows = await self._connection.execute(
                sa.select(orders.c.external_id, rulings)
                .join_from(rulings, orders, orders.c.id == rulings.c.order_id)
                .where(
                    orders.c.brand_id == brand,
                    orders.c.place == place,
                    orders.c.external_id.in_(chunk),
                )
                .order_by(rulings.c.id)  # the latest is read last, and stays
            )
            for row in rows:
                found[row.external_id] = Ruling(
                    id=RulingId(row.id),
                    enrolment=row.enrolment_id,
                    grade=None if row.grade is None else Grade(row.grade),
                    reason=row.reason,
                    at=row.decided_at,
                )
        return found

    async def rule(
        self,
        order: OrderId,
        *,
        enrolment: EnrolmentId | None,
        grade: Grade | None,
        reason: str,
        note: str = "",
        by: PersonId | None,
        now: datetime,
    ) -> None:
        """Keep a ruling."""
        await self._connection.execute(
            sa.insert(rulings).values(
                order_id=order,
                enrolment_id=enrolment,
                grade=grade,
                reason=reason,
                note=note,
                decided_by=by,
                decided_at=now,
            )
        )

    async def orders_of_phone(self, digest: bytes) -> list[OrderId]:
        """Orders with this phone at brands where somebody who shared it came by a link."""
        theirs = (
            sa.select(touches.c.brand_id)
            .join_from(touches, buyer_phones, buyer_phones.c.person_id == touches.c.person_id)
            .where(buyer_phones.c.phone_digest == digest)
            .distinct()
        )
        rows = await self._connection.execute(
            sa.select(orders.c.id)
            .where(orders.c.brand_id.in_(theirs), orders.c.phone_digest == digest)
            .order_by(orders.c.id)
        )
        return [OrderId(order) for (order,) in rows]

    async def _touches(
        self, brand: BrandId, people: set[PersonId]
    ) -> dict[PersonId, list[BuyerTouch]]:
        found: defaultdict[PersonId, list[BuyerTouch]] = defaultdict(list)
        if not people:
            return found
        rows = await self._connection.execute(
            sa.select(touches.c.person_id, touches.c.enrolment_id, touches.c.at).where(
                touches.c.brand_id == brand,
                among(self._connection, touches.c.person_id, sorted(people)),
            )
        )
        for person, enrolment, at in rows:
            found[PersonId(person)].append(
                BuyerTouch(person=PersonId(person), enrolment=EnrolmentId(enrolment), at=at)
            )
        return found


def _newest_first(found: Iterable[BuyerTouch]) -> tuple[BuyerTouch, ...]:
    return tuple(sorted(found, key=lambda touch: (touch.at, touch.enrolment), reverse=True))
