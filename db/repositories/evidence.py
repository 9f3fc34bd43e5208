"""Touches, phones, claims and rulings, as attribution asks for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.claims import ClaimKind, ClaimState
from core.evidence import BuyersOfPhone, BuyerTouch, EvidenceKind, Grade, OrderClaim, Ruling
from core.ids import BrandId, ClaimId, EnrolmentId, OrderId, PersonId, RulingId
from core.orders import Place
from db.dialect import among, among_digests
from db.models import (
    buyer_phones,
    claim_of_order,
    claims,
    enrolments,
    offers,
    orders,
    rulings,
    touches,
)

_shared = sa.select(buyer_phones.c.phone_digest, buyer_phones.c.person_id).where(
    sa.or_(
        sa.exists().where(
            touches.c.brand_id == sa.bindparam("brand"),
            touches.c.person_id == buyer_phones.c.person_id,
        ),
        sa.exists().where(
            enrolments.c.creator_id == buyer_phones.c.person_id,
            enrolments.c.brand_id == sa.bindparam("brand"),
        ),
    )
)
_KINDS = {ClaimKind.NUMBER: EvidenceKind.CLAIM, ClaimKind.RECEIPT: EvidenceKind.RECEIPT}


class SqlEvidence:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def phones(
        self, brand: BrandId, place: Place, digests: Sequence[bytes]
    ) -> dict[bytes, BuyersOfPhone]:
        """Who shared these phones, with their touches of the brand's offers at the place.

        People who neither came to the brand nor are creators of it are left out.
        """
        if not digests:
            return {}
        people: defaultdict[bytes, set[PersonId]] = defaultdict(set)
        these = among_digests(self._connection, buyer_phones.c.phone_digest, digests)
        rows = await self._connection.execute(_shared.where(these), {"brand": brand})
        for digest, person in rows:
            people[digest].add(PersonId(person))
        came = await self._touches(brand, place, {one for own in people.values() for one in own})
        return {
            digest: BuyersOfPhone(
                people=frozenset(own),
                touches=_newest_first(touch for one in own for touch in came.get(one, ())),
            )
            for digest, own in people.items()
        }

    async def claims(
        self, brand: BrandId, place: Place, external_ids: Sequence[str]
    ) -> dict[str, OrderClaim]:
        """The claims of these orders that were not refused, by the order's number."""
        if not external_ids:
            return {}
        rows = (
            await self._connection.execute(
                sa.select(
                    claims.c.id,
                    claims.c.external_id,
                    claims.c.person_id,
                    claims.c.kind,
                    claims.c.claimed_at,
                    buyer_phones.c.phone_digest,
                )
                .select_from(
                    claims.outerjoin(buyer_phones, buyer_phones.c.person_id == claims.c.person_id)
                )
                .where(
                    claims.c.brand_id == brand,
                    claims.c.place == place,
                    among(self._connection, claims.c.external_id, external_ids),
                    claim_of_order,
                )
            )
        ).all()
        came = await self._touches(brand, place, {PersonId(row.person_id) for row in rows})
        return {
            row.external_id: OrderClaim(
                id=ClaimId(row.id),
                person=PersonId(row.person_id),
                kind=_KINDS[ClaimKind(row.kind)],
                at=row.claimed_at,
                touches=_newest_first(came.get(PersonId(row.person_id), ())),
                phone=row.phone_digest,
            )
            for row in rows
        }

    async def match_claims(self, found: Mapping[ClaimId, OrderId], now: datetime) -> None:
        """Note that the merchant has told of the orders of waiting claims."""
        for claim, order in found.items():  # few: buyers type them
            await self._connection.execute(
                sa.update(claims)
                .where(claims.c.id == claim, claims.c.state == ClaimState.WAITING)
                .values(order_id=order, state=ClaimState.MATCHED, settled_at=now)
            )

    async def rulings(self, wanted: Sequence[OrderId]) -> dict[OrderId, Ruling]:
        """The latest ruling of each of these orders that has any."""
        if not wanted:
            return {}
        rows = await self._connection.execute(
            sa.select(rulings)
            .where(among(self._connection, rulings.c.order_id, wanted))
            .order_by(rulings.c.id)  # the latest is read last, and stays
        )
        return {
            OrderId(row.order_id): Ruling(
                id=RulingId(row.id),
                enrolment=row.enrolment_id,
                grade=None if row.grade is None else Grade(row.grade),
                reason=row.reason,
                at=row.decided_at,
            )
            for row in rows
        }

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
        self, brand: BrandId, place: Place, people: set[PersonId]
    ) -> dict[PersonId, list[BuyerTouch]]:
        found: defaultdict[PersonId, list[BuyerTouch]] = defaultdict(list)
        if not people:
            return found
        rows = await self._connection.execute(
            sa.select(touches.c.person_id, touches.c.enrolment_id, touches.c.at)
            .select_from(touches.join(enrolments).join(offers))
            .where(
                touches.c.brand_id == brand,
                among(self._connection, touches.c.person_id, sorted(people)),
                offers.c.place == place,
            )
        )
        for person, enrolment, at in rows:
            found[PersonId(person)].append(
                BuyerTouch(person=PersonId(person), enrolment=EnrolmentId(enrolment), at=at)
            )
        return found


def _newest_first(found: Iterable[BuyerTouch]) -> tuple[BuyerTouch, ...]:
    return tuple(sorted(found, key=lambda touch: (touch.at, touch.enrolment), reverse=True))
