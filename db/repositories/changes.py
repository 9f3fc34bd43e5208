"""Changes of offers in SQL: what is announced or in review, dated terms, budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.changes import ChangeKind, ChangeState, OfferChange
from core.enrolments import EnrolmentState
from core.errors import ChangePending, NotFound
from core.ids import OfferId, PersonId, TermsId
from db.dialect import chunks, insert
from db.models import enrolment_terms, enrolments, offer_changes, offer_stops, offers

_STANDING = (EnrolmentState.APPLIED, EnrolmentState.ACTIVE, EnrolmentState.SUSPENDED)


class SqlChanges:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, offer: OfferId) -> None:
        """Let one unit of work at a time change the offer; takers of it wait."""
        await self._connection.execute(
            sa.select(offers.c.id).where(offers.c.id == offer).with_for_update()
        )

    async def add(
        self,
        offer: OfferId,
        kind: ChangeKind,
        content: Mapping[str, Any],
        *,
        effective_at: datetime | None,
        by: PersonId,
        now: datetime,
    ) -> OfferChange:
        """Keep an open change; raises ChangePending where one of the kind is open already."""
        added = await self._connection.scalar(
            insert(self._connection, offer_changes)
            .values(
                offer_id=offer,
                kind=kind,
                state=ChangeState.OPEN,
                content=dict(content),
                effective_at=effective_at,
                created_by=by,
                created_at=now,
            )
            .on_conflict_do_nothing(
                index_elements=["offer_id", "kind"], index_where=sa.text("state = 'open'")
            )
            .returning(offer_changes.c.id)
        )
        if added is None:
            raise ChangePending
        return await self.get(added)

    async def get(self, change: int) -> OfferChange:
        """NotFound("change") where there is none."""
        found = await self._load(sa.select(offer_changes).where(offer_changes.c.id == change))
        if not found:
            raise NotFound("change")
        return found[0]

    async def standing(self, wanted: Sequence[OfferId]) -> dict[OfferId, list[OfferChange]]:
        """Open changes of offers; those without one are left out."""
        found: defaultdict[OfferId, list[OfferChange]] = defaultdict(list)
        for chunk in chunks(wanted):
            for change in await self._load(
                sa.select(offer_changes)
                .where(
                    offer_changes.c.offer_id.in_(chunk), offer_changes.c.state == ChangeState.OPEN
                )
                .order_by(offer_changes.c.id)
            ):
                found[change.offer].append(change)
        return dict(found)

    async def decide(self, change: int, to: ChangeState, *, now: datetime, note: str = "") -> bool:
        """Close an open change; False where somebody was quicker."""
        decided = await self._connection.execute(
            sa.update(offer_changes)
            .where(offer_changes.c.id == change, offer_changes.c.state == ChangeState.OPEN)
            .values(state=to, decided_at=now, note=note)
        )
        return decided.rowcount == 1

    async def due(self, now: datetime, limit: int) -> Sequence[OfferChange]:
        """Announced conditions whose time has come."""
        return await self._load(
            sa.select(offer_changes)
            .where(
                offer_changes.c.state == ChangeState.OPEN,
                offer_changes.c.kind == ChangeKind.TERMS,
                offer_changes.c.effective_at <= now,
            )
            .order_by(offer_changes.c.effective_at, offer_changes.c.id)
            .limit(limit)
        )

    async def in_review(self, *, after: int | None, limit: int) -> Sequence[OfferChange]:
        """Contents that wait for a moderator, oldest first, with ids above `after`."""
        return await self._load(
            sa.select(offer_changes)
            .where(
                offer_changes.c.state == ChangeState.OPEN,
                offer_changes.c.kind == ChangeKind.CONTENT,
                offer_changes.c.id > (after or 0),
            )
            .order_by(offer_changes.c.id)
            .limit(limit)
        )

    async def bring_over(self, offer: OfferId, terms: TermsId, *, since: datetime) -> int:
        """Put the offer's standing enrolments on other terms from then on; returns how many."""
        standing = (enrolments.c.offer_id == offer, enrolments.c.state.in_(_STANDING))
        recorded = sa.exists().where(enrolment_terms.c.enrolment_id == enrolments.c.id)
        accepted = sa.select(
            enrolments.c.id, enrolments.c.accepted_at, enrolments.c.terms_id
        ).where(*standing, sa.not_(recorded), enrolments.c.accepted_at < since)
        names = ["enrolment_id", "since", "terms_id"]
        await self._connection.execute(sa.insert(enrolment_terms).from_select(names, accepted))
        # Who came back after that moment, before the sweep, was given terms that were over by then.
        await self._connection.execute(
            sa.delete(enrolment_terms).where(
                enrolment_terms.c.enrolment_id.in_(sa.select(enrolments.c.id).where(*standing)),
                enrolment_terms.c.since >= since,
            )
        )
        moment = sa.literal(since, enrolment_terms.c.since.type)
        brought = sa.select(enrolments.c.id, moment, sa.literal(terms)).where(*standing)
        await self._connection.execute(sa.insert(enrolment_terms).from_select(names, brought))
        moved = await self._connection.execute(
            sa.update(enrolments).where(*standing).values(terms_id=terms)
        )
        return moved.rowcount

    async def spend(self, grown: Mapping[OfferId, int]) -> None:
        """Add to what offers' commissions come to, tiyn."""
        await self._connection.execute(
            sa.update(offers)
            .where(offers.c.id == sa.bindparam("offer"))
            .values(spent_minor=offers.c.spent_minor + sa.bindparam("minor")),
            [{"offer": offer, "minor": minor} for offer, minor in sorted(grown.items())],
        )

    async def stop(self, offer: OfferId, *, since: datetime) -> bool:
        """Note that the budget is used up; False where it is noted already."""
        added = await self._connection.scalar(
            insert(self._connection, offer_stops)
            .values(offer_id=offer, since=since)
            .on_conflict_do_nothing(
                index_elements=["offer_id"], index_where=sa.text("until IS NULL")
            )
            .returning(offer_stops.c.id)
        )
        return added is not None

    async def go_on(self, offer: OfferId, *, until: datetime) -> bool:
        """End the offer's stop; False where it has none."""
        ended = await self._connection.execute(
            sa.update(offer_stops)
            .where(offer_stops.c.offer_id == offer, offer_stops.c.until.is_(None))
            .values(until=until)
        )
        return ended.rowcount == 1

    async def _load(self, query: sa.Select[Any]) -> list[OfferChange]:
        return [
            OfferChange(
                id=row.id,
                offer=OfferId(row.offer_id),
                kind=ChangeKind(row.kind),
                state=ChangeState(row.state),
                content=row.content,
                created_by=None if row.created_by is None else PersonId(row.created_by),
                created_at=row.created_at,
                effective_at=row.effective_at,
                note=row.note,
            )
            for row in await self._connection.execute(query)
        ]
