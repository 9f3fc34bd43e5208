"""Proofs in the database, and what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.enrolments import EnrolmentState
from core.errors import AlreadyUsed, NotFound, OutOfDate
from core.ids import BrandId, EnrolmentId, OfferId, PersonId, ProofId
from core.people import Locale, Platform
from core.proofs import Proof, ProofState, ProofSubject
from db.dialect import chunks
from db.models import (
    brands,
    code_ownerships,
    creators,
    enrolments,
    offer_texts,
    offers,
    promo_codes,
    proofs,
)


class SqlProofs:
    """The table of proofs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def subject(self, enrolment: EnrolmentId) -> ProofSubject:
        """What a proof for the enrolment would be about."""
        found = await self.subjects([enrolment])
        if enrolment not in found:
            raise NotFound("enrolment")
        return found[enrolment]

    async def subjects(self, ids: Sequence[EnrolmentId]) -> dict[EnrolmentId, ProofSubject]:
        """What proofs for the enrolments are about."""
        code = (
            sa.select(promo_codes.c.normal)
            .join(code_ownerships, code_ownerships.c.code_id == promo_codes.c.id)
            .where(code_ownerships.c.enrolment_id == enrolments.c.id)
            .order_by(code_ownerships.c.since.desc(), code_ownerships.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        found: dict[EnrolmentId, ProofSubject] = {}
        for part in chunks(list(dict.fromkeys(ids))):
            rows = await self._connection.execute(
                sa.select(
                    enrolments.c.id,
                    enrolments.c.state,
                    enrolments.c.creator_id,
                    creators.c.display_name,
                    enrolments.c.offer_id,
                    offers.c.eligibility,
                    enrolments.c.brand_id,
                    brands.c.name.label("brand_name"),
                    brands.c.legal_name,
                    code.label("code"),
                    offer_texts.c.locale,
                    offer_texts.c.title,
                )
                .join(creators, creators.c.person_id == enrolments.c.creator_id)
                .join(offers, offers.c.id == enrolments.c.offer_id)
                .join(brands, brands.c.id == enrolments.c.brand_id)
                .outerjoin(offer_texts, offer_texts.c.offer_id == offers.c.id)
                .where(enrolments.c.id.in_(part))
            )
            titles: dict[EnrolmentId, dict[Locale, str]] = {}
            for row in rows:
                enrolment = EnrolmentId(row.id)
                titles.setdefault(enrolment, {})
                if row.locale is not None:
                    titles[enrolment][Locale(row.locale)] = row.title
                found[enrolment] = _subject(row, titles[enrolment])
        return found

    async def get(self, proof: ProofId) -> Proof:
        """One proof."""
        rows = await self._connection.execute(sa.select(proofs).where(proofs.c.id == proof))
        row = rows.one_or_none()
        if row is None:
            raise NotFound("proof")
        return _proof(row)

    async def many(self, wanted: Sequence[ProofId]) -> dict[ProofId, Proof]:
        """Proofs by id; unknown ones are left out."""
        found: dict[ProofId, Proof] = {}
        for part in chunks(list(dict.fromkeys(wanted))):
            rows = await self._connection.execute(sa.select(proofs).where(proofs.c.id.in_(part)))
            found |= {ProofId(row.id): _proof(row) for row in rows}
        return found

    async def returned(self, enrolment: EnrolmentId, link: str) -> Proof | None:
        """The enrolment's proof with this link that was sent back for changes."""
        rows = await self._connection.execute(
            sa.select(proofs).where(
                proofs.c.link == link,
                proofs.c.enrolment_id == enrolment,
                proofs.c.state == ProofState.CHANGES,
            )
        )
        row = rows.one_or_none()
        return None if row is None else _proof(row)

    async def demand_unused(
        self, link: str, screenshot_sha256: str, *, by: ProofId | None = None
    ) -> None:
        """Raise AlreadyUsed if a proof other than `by` has the link or the screenshot."""
        rows = await self._connection.execute(
            sa.select(proofs.c.id, proofs.c.link).where(
                sa.or_(
                    sa.and_(proofs.c.link == link, sa.literal(bool(link))),
                    sa.and_(
                        proofs.c.screenshot_sha256 == screenshot_sha256,
                        sa.literal(bool(screenshot_sha256)),
                    ),
                )
            )
        )
        taken = [row.link for row in rows if row.id != by]
        if taken:
            raise AlreadyUsed("proof_link" if link and link in taken else "screenshot")

    async def add(self, proof: Proof, brand: BrandId) -> Proof:
        """Store a new proof."""
        statement = (
            sa.insert(proofs)
            .values(
                enrolment_id=proof.enrolment,
                creator_id=proof.creator,
                brand_id=brand,
                state=proof.state,
                reason=proof.reason,
                **_content(proof),
            )
            .returning(proofs)
        )
        try:
            async with self._connection.begin_nested():
                row = (await self._connection.execute(statement)).one()
        except IntegrityError:
            await self.demand_unused(proof.link, proof.screenshot_sha256)
            raise
        return _proof(row)

    async def resend(self, proof: Proof) -> None:
        """Put corrected content into a row that was sent back."""
        statement = (
            sa.update(proofs)
            .where(proofs.c.id == proof.id, proofs.c.state == ProofState.CHANGES)
            .values(
                state=ProofState.PENDING,
                reason="",
                reviewed_by=None,
                reviewed_at=None,
                **_content(proof),
            )
        )
        try:
            async with self._connection.begin_nested():
                done = await self._connection.execute(statement)
        except IntegrityError:
            await self.demand_unused(proof.link, proof.screenshot_sha256, by=proof.id)
            raise
        if done.rowcount != 1:
            raise OutOfDate("proof")

    async def review(
        self, proof: Proof, *, to: ProofState, reason: str, by: PersonId, now: datetime
    ) -> bool:
        """Decide on the proof as it was loaded."""
        done = await self._connection.execute(
            sa.update(proofs)
            .where(
                proofs.c.id == proof.id,
                proofs.c.state == ProofState.PENDING,
                proofs.c.sent_at == proof.sent_at,
            )
            .values(state=to, reason=reason, reviewed_by=by, reviewed_at=now)
        )
        return bool(done.rowcount == 1)

    async def mark_proved(self, enrolment: EnrolmentId, *, now: datetime) -> None:
        """Date the enrolment's first accepted proof."""
        await self._connection.execute(
            sa.update(enrolments)
            .where(enrolments.c.id == enrolment, enrolments.c.proof_accepted_at.is_(None))
            .values(proof_accepted_at=now)
        )

    async def of_creator(
        self, creator: PersonId, *, after: int | None, limit: int
    ) -> Sequence[Proof]:
        """A creator's proofs, newest first."""
        query = sa.select(proofs).where(proofs.c.creator_id == creator)
        if after:
            query = query.where(proofs.c.id < after)
        rows = await self._connection.execute(query.order_by(proofs.c.id.desc()).limit(limit))
        return [_proof(row) for row in rows]

    async def to_review(self, brand: BrandId, *, after: int | None, limit: int) -> Sequence[Proof]:
        """A brand's pending proofs, oldest first."""
        query = sa.select(proofs).where(
            proofs.c.brand_id == brand,
            proofs.c.state == ProofState.PENDING,
            proofs.c.id > (after or 0),
        )
        rows = await self._connection.execute(query.order_by(proofs.c.id).limit(limit))
        return [_proof(row) for row in rows]

    async def waiting(self, brands: Sequence[BrandId]) -> dict[BrandId, int]:
        """How many proofs wait for review per brand."""
        rows = await self._connection.execute(
            sa.select(proofs.c.brand_id, sa.func.count())
            .where(proofs.c.brand_id.in_(brands), proofs.c.state == ProofState.PENDING)
            .group_by(proofs.c.brand_id)
        )
        return {BrandId(brand): count for brand, count in rows}


def _content(proof: Proof) -> dict[str, Any]:
    """What a creator sends, as columns; an absent link or screenshot is NULL: NULLs may repeat."""
    return {
        "link": proof.link or None,
        "platform": proof.platform,
        "caption": proof.caption,
        "label": proof.label,
        "screenshot_file_id": proof.screenshot_file_id,
        "screenshot_sha256": proof.screenshot_sha256 or None,
        "sent_at": proof.sent_at,
    }


def _proof(row: Any) -> Proof:
    return Proof(
        id=ProofId(row.id),
        enrolment=EnrolmentId(row.enrolment_id),
        creator=PersonId(row.creator_id),
        state=ProofState(row.state),
        link=row.link or "",
        platform=None if row.platform is None else Platform(row.platform),
        caption=row.caption,
        label=row.label,
        sent_at=row.sent_at,
        screenshot_file_id=row.screenshot_file_id,
        screenshot_sha256=row.screenshot_sha256 or "",
        reason=row.reason,
        reviewed_by=None if row.reviewed_by is None else PersonId(row.reviewed_by),
        reviewed_at=row.reviewed_at,
    )


def _subject(row: Any, titles: dict[Locale, str]) -> ProofSubject:
    return ProofSubject(
        enrolment=EnrolmentId(row.id),
        state=EnrolmentState(row.state),
        creator=PersonId(row.creator_id),
        creator_name=row.display_name,
        offer=OfferId(row.offer_id),
        titles=titles,
        platforms=tuple(Platform(name) for name in row.eligibility.get("platforms", ())),
        brand=BrandId(row.brand_id),
        brand_name=row.brand_name,
        legal_name=row.legal_name,
        code=row.code or "",
    )
