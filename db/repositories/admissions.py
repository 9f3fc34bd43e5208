"""How creators come into offers and go, in SQL: states with their history, and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.admissions import OfferInvitation, OtherBrands, other_brands
from core.commissions import CommissionState
from core.enrolments import Enrolment, EnrolmentEvent, EnrolmentState
from core.errors import NotFound
from core.ids import BrandId, EnrolmentId, OfferId, OfferInvitationId, PersonId, TermsId
from db.dialect import chunks, insert
from db.models import (
    enrolment_events,
    enrolment_terms,
    enrolments,
    offer_invitations,
    offer_invitees,
    results,
)
from db.repositories.enrolments import FULL, close, enrolment_of

_CONFIRMED = (CommissionState.IN_HOLD, CommissionState.AVAILABLE)
_LOST = (CommissionState.VOID, CommissionState.CLAWED_BACK)


class SqlAdmissions:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def move(
        self,
        enrolment: Enrolment,
        to: EnrolmentState,
        *,
        by: PersonId | None,
        now: datetime,
        reason: str = "",
        note: str = "",
        terms: TermsId | None = None,
        reapply_at: datetime | None = None,
    ) -> bool:
        """Change the state if it still is the loaded one; False when somebody was quicker."""
        values: dict[str, Any] = {
            "state": to,
            "state_since": now,
            "reason": reason,
            "reapply_at": reapply_at,
            "ended_at": now if to in (EnrolmentState.LEFT, EnrolmentState.ENDED) else None,
        }
        if to is EnrolmentState.APPLIED:
            values["note"] = note
        if not enrolment.slug:  # never was in: what it agrees to begins anew
            values["accepted_at"] = now
            if terms is not None:
                values["terms_id"] = terms
        moved = await self._connection.execute(
            sa.update(enrolments)
            .where(enrolments.c.id == enrolment.id, enrolments.c.state == enrolment.state)
            .values(**values)
        )
        if moved.rowcount != 1:
            return False
        if not enrolment.slug:  # nothing was ever ordered under terms of an earlier application
            await self._connection.execute(
                sa.delete(enrolment_terms).where(enrolment_terms.c.enrolment_id == enrolment.id)
            )
        if terms is not None and enrolment.slug and terms != enrolment.terms:
            await self._date_terms(enrolment, terms, since=now)
        await self.note_step(enrolment.id, by=by, now=now)
        return True

    async def _date_terms(self, enrolment: Enrolment, terms: TermsId, *, since: datetime) -> None:
        """Other terms from then on: earlier orders are priced by those that were accepted."""
        statement = insert(self._connection, enrolment_terms).on_conflict_do_nothing()
        dated = ((enrolment.accepted_at, enrolment.terms), (since, terms))
        recorded = await self._connection.scalar(
            sa.select(sa.func.count()).where(enrolment_terms.c.enrolment_id == enrolment.id)
        )
        for moment, version in dated[1:] if recorded else dated:
            await self._connection.execute(
                statement.values(enrolment_id=enrolment.id, since=moment, terms_id=version)
            )
        await self._connection.execute(
            sa.update(enrolments).where(enrolments.c.id == enrolment.id).values(terms_id=terms)
        )

    async def note_step(
        self, enrolment: EnrolmentId, *, by: PersonId | None, now: datetime
    ) -> None:
        """Keep the present state as a step of the history."""
        await self._connection.execute(
            sa.insert(enrolment_events).from_select(
                ["enrolment_id", "at", "state", "terms_id", "reason", "by"],
                sa.select(
                    enrolments.c.id,
                    sa.literal(now, enrolment_events.c.at.type),
                    enrolments.c.state,
                    enrolments.c.terms_id,
                    enrolments.c.reason,
                    sa.literal(by, enrolment_events.c.by.type),
                ).where(enrolments.c.id == enrolment),
            )
        )

    async def steps(self, enrolment: EnrolmentId) -> Sequence[EnrolmentEvent]:
        """The history of an enrolment, oldest first."""
        rows = await self._connection.execute(
            sa.select(enrolment_events)
            .where(enrolment_events.c.enrolment_id == enrolment)
            .order_by(enrolment_events.c.id)
        )
        return [
            EnrolmentEvent(
                at=row.at,
                state=EnrolmentState(row.state),
                reason=row.reason,
                terms=TermsId(row.terms_id),
            )
            for row in rows
        ]

    async def close(self, enrolment: EnrolmentId, *, at: datetime) -> None:
        """End what codes and SKUs the enrolment holds as of `at`, its wishes and announcements."""
        own = sa.select(enrolments.c.id).where(enrolments.c.id == enrolment)
        await close(self._connection, own, at=at)

    async def applications(
        self, brand: BrandId, *, offer: OfferId | None, after: int | None, limit: int
    ) -> Sequence[Enrolment]:
        """Applications that wait, oldest first, above the id `after`."""
        query = FULL.where(
            enrolments.c.brand_id == brand,
            enrolments.c.state == EnrolmentState.APPLIED,
            enrolments.c.id > (after or 0),
        )
        if offer is not None:
            query = query.where(enrolments.c.offer_id == offer)
        rows = await self._connection.execute(query.order_by(enrolments.c.id).limit(limit))
        return [enrolment_of(row) for row in rows]

    async def waiting(self, brands: Sequence[BrandId]) -> dict[OfferId, int]:
        """How many applications wait, for offers that have any."""
        found: dict[OfferId, int] = {}
        for chunk in chunks(brands):
            rows = await self._connection.execute(
                sa.select(enrolments.c.offer_id, sa.func.count())
                .where(
                    enrolments.c.brand_id.in_(chunk),
                    enrolments.c.state == EnrolmentState.APPLIED,
                )
                .group_by(enrolments.c.offer_id)
            )
            found.update((OfferId(offer), count) for offer, count in rows)
        return found

    async def add_invitation(
        self,
        offer: OfferId,
        token_digest: bytes,
        *,
        places: int,
        by: PersonId,
        now: datetime,
        expires_at: datetime,
    ) -> OfferInvitationId:
        """Store a link that lets so many people in."""
        added = await self._connection.scalar(
            sa.insert(offer_invitations)
            .values(
                offer_id=offer,
                token_digest=token_digest,
                places=places,
                created_by=by,
                created_at=now,
                expires_at=expires_at,
            )
            .returning(offer_invitations.c.id)
        )
        assert added is not None
        return OfferInvitationId(added)

    async def invitation(self, invitation: OfferInvitationId) -> OfferInvitation:
        """Raises NotFound("invitation")."""
        row = (
            await self._connection.execute(
                sa.select(offer_invitations).where(offer_invitations.c.id == invitation)
            )
        ).one_or_none()
        if row is None:
            raise NotFound("invitation")
        return _invitation(row)

    async def invitations(
        self, offer: OfferId, *, now: datetime, limit: int
    ) -> Sequence[OfferInvitation]:
        """Those that still let somebody in, newest first."""
        rows = await self._connection.execute(
            sa.select(offer_invitations)
            .where(
                offer_invitations.c.offer_id == offer,
                offer_invitations.c.expires_at > now,
                offer_invitations.c.used < offer_invitations.c.places,
            )
            .order_by(offer_invitations.c.id.desc())
            .limit(limit)
        )
        return [_invitation(row) for row in rows]

    async def revoke(self, invitation: OfferInvitationId, *, now: datetime) -> None:
        """Let nobody in any more; who has come but not joined is not invited any longer."""
        await self._connection.execute(
            sa.update(offer_invitations)
            .where(offer_invitations.c.id == invitation, offer_invitations.c.expires_at > now)
            .values(expires_at=now)
        )
        joined = (
            sa.select(enrolments.c.id)
            .where(
                enrolments.c.offer_id == offer_invitees.c.offer_id,
                enrolments.c.creator_id == offer_invitees.c.person_id,
            )
            .correlate(offer_invitees)
            .exists()
        )
        await self._connection.execute(
            sa.delete(offer_invitees).where(
                offer_invitees.c.invitation_id == invitation, sa.not_(joined)
            )
        )

    async def claim(
        self, token_digest: bytes, person: PersonId, *, now: datetime
    ) -> OfferId | None:
        """Invite the person by a link; None when it is unknown, used up or expired."""
        row = (
            await self._connection.execute(
                # Held to the end: of two people one gets the last place.
                sa.select(offer_invitations)
                .where(offer_invitations.c.token_digest == token_digest)
                .with_for_update()
            )
        ).one_or_none()
        if row is None:
            return None
        offer = OfferId(row.offer_id)
        if await self.invited(offer, person):
            return offer
        if not _invitation(row).open_at(now):
            return None
        added = await self._connection.execute(
            insert(self._connection, offer_invitees)
            .values(offer_id=offer, person_id=person, invitation_id=row.id, at=now)
            .on_conflict_do_nothing(index_elements=["offer_id", "person_id"])
        )
        if added.rowcount:
            await self._connection.execute(
                sa.update(offer_invitations)
                .where(offer_invitations.c.id == row.id)
                .values(used=offer_invitations.c.used + 1)
            )
        return offer

    async def invited(self, offer: OfferId, person: PersonId) -> bool:
        """Whether the person has come by an invitation."""
        found = await self._connection.scalar(
            sa.select(sa.true()).where(
                offer_invitees.c.offer_id == offer, offer_invitees.c.person_id == person
            )
        )
        return bool(found)

    async def other_brands(self, creator: PersonId, *, without: BrandId) -> OtherBrands:
        """What the creator has brought to other brands, as ranges."""

        def counted(states: Sequence[CommissionState]) -> sa.ColumnElement[int]:
            return sa.func.sum(sa.case((results.c.state.in_(states), results.c.orders), else_=0))

        row = (
            await self._connection.execute(
                sa.select(counted(_CONFIRMED).label("confirmed"), counted(_LOST).label("lost"))
                .select_from(results.join(enrolments, enrolments.c.id == results.c.enrolment_id))
                .where(enrolments.c.creator_id == creator, enrolments.c.brand_id != without)
            )
        ).one()
        brands = await self._connection.scalar(
            sa.select(sa.func.count(sa.distinct(enrolments.c.brand_id))).where(
                enrolments.c.creator_id == creator,
                enrolments.c.brand_id != without,
                enrolments.c.state.not_in([EnrolmentState.APPLIED, EnrolmentState.DECLINED]),
            )
        )
        return other_brands(
            brands=brands or 0, confirmed=int(row.confirmed or 0), lost=int(row.lost or 0)
        )


def _invitation(row: Any) -> OfferInvitation:
    return OfferInvitation(
        id=OfferInvitationId(row.id),
        offer=OfferId(row.offer_id),
        places=row.places,
        used=row.used,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
