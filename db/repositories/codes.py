"""Codes that wait, in SQL: pools, wishes of creators, announced changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.code_changes import CodeNotice, CodeRequest, NoticeReason, NoticeState, RequestState
from core.code_pools import PoolCount
from core.codes import CodeOwnership, folded
from core.errors import AlreadyUsed, ChangeAnnounced, CodeRequested, NotFound
from core.ids import (
    BrandId,
    CodeId,
    CodeNoticeId,
    CodeRequestId,
    EnrolmentId,
    OfferId,
    PersonId,
)
from core.offers import CodeSource
from db.dialect import chunks, insert
from db.models import (
    code_notices,
    code_ownerships,
    code_requests,
    offers,
    pool_codes,
    promo_codes,
)
from db.repositories.enrolments import spoken_for

POOL_LOCK: Final = 0x706F6F6C  # first half of an advisory lock, the offer is the other one


class SqlCodes:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # --- pools

    async def set_source(self, offer: OfferId, source: CodeSource) -> None:
        """Say where the codes of new enrolments come from."""
        await self._connection.execute(
            sa.update(offers).where(offers.c.id == offer).values(code_source=source)
        )

    async def add_to_pool(
        self, brand: BrandId, offer: OfferId, normals: Sequence[str], *, now: datetime
    ) -> int:
        """Add codes that no pool of the brand has; returns how many were new."""
        before = await self._free(offer)
        for chunk in chunks(normals):
            await self._connection.execute(
                insert(self._connection, pool_codes).on_conflict_do_nothing(
                    index_elements=["brand_id", "normal"]
                ),
                [
                    {
                        "brand_id": brand,
                        "offer_id": offer,
                        "normal": normal,
                        "folded": folded(normal),
                        "added_at": now,
                    }
                    for normal in chunk
                ],
            )
        return await self._free(offer) - before

    async def _free(self, offer: OfferId) -> int:
        found = await self._connection.scalar(
            sa.select(sa.func.count()).where(
                pool_codes.c.offer_id == offer, pool_codes.c.taken_at.is_(None)
            )
        )
        return found or 0

    async def pooled(self, brand: BrandId, normals: Sequence[str]) -> dict[str, OfferId]:
        """Which of the codes are or were in a pool of the brand, and of which offer."""
        found: dict[str, OfferId] = {}
        for chunk in chunks(normals):
            rows = await self._connection.execute(
                sa.select(pool_codes.c.normal, pool_codes.c.offer_id).where(
                    pool_codes.c.brand_id == brand, pool_codes.c.normal.in_(chunk)
                )
            )
            found.update((normal, OfferId(offer)) for normal, offer in rows)
        return found

    async def pool(self, offer: OfferId) -> PoolCount:
        """How many codes are free and given."""
        row = (
            await self._connection.execute(
                sa.select(
                    sa.func.count(pool_codes.c.enrolment_id).label("given"),
                    sa.func.max(pool_codes.c.id).label("last"),
                ).where(pool_codes.c.offer_id == offer)
            )
        ).one()
        return PoolCount(free=await self._free(offer), given=row.given, last=row.last or 0)

    async def next_pooled(self, offer: OfferId, enrolment: EnrolmentId, *, now: datetime) -> str:
        """Take the oldest free code of the pool out of it; "" when there is none."""
        if self._connection.dialect.name == "postgresql":
            # One at a time: two at once would each count the other's code as free.
            lock = sa.func.pg_advisory_xact_lock(POOL_LOCK, offer)
            await self._connection.execute(sa.select(lock))
        row = (
            await self._connection.execute(
                sa.select(pool_codes.c.id, pool_codes.c.normal)
                .where(pool_codes.c.offer_id == offer, pool_codes.c.taken_at.is_(None))
                .order_by(pool_codes.c.id)
                .limit(1)
                .with_for_update()  # or it is being deleted
            )
        ).one_or_none()
        if row is None:
            return ""
        await self._connection.execute(
            sa.update(pool_codes)
            .where(pool_codes.c.id == row.id)
            .values(taken_at=now, enrolment_id=enrolment)
        )
        normal: str = row.normal
        return normal

    async def clear_pool(self, offer: OfferId) -> int:
        """Delete what has not been given out; returns how many."""
        gone = await self._connection.execute(
            sa.delete(pool_codes).where(
                pool_codes.c.offer_id == offer, pool_codes.c.taken_at.is_(None)
            )
        )
        return gone.rowcount

    async def spoken_for(self, brand: BrandId, normal: str, *, but: EnrolmentId) -> bool:
        """Whether the code waits in a pool or is announced to another enrolment."""
        return await spoken_for(self._connection, brand, normal, but=but)

    async def pooled_folded(self, brand: BrandId, folded: str) -> Sequence[str]:
        """Free codes of the brand's pools that look like this."""
        found = await self._connection.scalars(
            sa.select(pool_codes.c.normal).where(
                pool_codes.c.brand_id == brand,
                pool_codes.c.folded == folded,
                pool_codes.c.taken_at.is_(None),
            )
        )
        return found.all()

    # --- ownership

    async def end(self, enrolment: EnrolmentId, *, at: datetime) -> None:
        """End whatever code the enrolment holds."""
        await self._connection.execute(
            sa.update(code_ownerships)
            .where(code_ownerships.c.enrolment_id == enrolment, code_ownerships.c.until.is_(None))
            .values(
                until=sa.case((code_ownerships.c.since > at, code_ownerships.c.since), else_=at)
            )
        )

    async def held(self, enrolment: EnrolmentId) -> Sequence[CodeOwnership]:
        """Every code that the enrolment holds or held, oldest first."""
        rows = await self._connection.execute(
            sa.select(
                promo_codes.c.normal,
                code_ownerships.c.code_id,
                code_ownerships.c.enrolment_id,
                code_ownerships.c.since,
                code_ownerships.c.until,
            )
            .select_from(code_ownerships.join(promo_codes))
            .where(code_ownerships.c.enrolment_id == enrolment)
            .order_by(code_ownerships.c.since, code_ownerships.c.id)
        )
        return [
            CodeOwnership(
                code=CodeId(row.code_id),
                normal=row.normal,
                enrolment=EnrolmentId(row.enrolment_id),
                since=row.since,
                until=row.until,
            )
            for row in rows
        ]

    # --- wishes

    async def add_request(
        self, brand: BrandId, enrolment: EnrolmentId, normal: str, *, now: datetime
    ) -> CodeRequest:
        """CodeRequested when one is open already."""
        try:
            async with self._connection.begin_nested():
                added = await self._connection.scalar(
                    sa.insert(code_requests)
                    .values(
                        enrolment_id=enrolment,
                        brand_id=brand,
                        normal=normal,
                        state=RequestState.PENDING,
                        asked_at=now,
                    )
                    .returning(code_requests.c.id)
                )
        except IntegrityError as error:  # the unique index on the pending one
            open_one = (await self.open_requests([enrolment])).get(enrolment)
            raise CodeRequested(open_one.normal if open_one else normal) from error
        assert added is not None
        return await self.request(CodeRequestId(added))

    async def request(self, request: CodeRequestId) -> CodeRequest:
        """Raises NotFound("code_request")."""
        found = await self._requests(sa.select(code_requests).where(code_requests.c.id == request))
        if not found:
            raise NotFound("code_request")
        return found[0]

    async def open_requests(
        self, enrolments: Sequence[EnrolmentId]
    ) -> dict[EnrolmentId, CodeRequest]:
        """Wishes that wait, by enrolment."""
        found: dict[EnrolmentId, CodeRequest] = {}
        for chunk in chunks(enrolments):
            query = sa.select(code_requests).where(
                code_requests.c.enrolment_id.in_(chunk),
                code_requests.c.state == RequestState.PENDING,
            )
            found.update((one.enrolment, one) for one in await self._requests(query))
        return found

    async def requests(
        self, brand: BrandId, *, after: int | None, limit: int
    ) -> Sequence[CodeRequest]:
        """Open wishes of a brand's creators, oldest first, above the id `after`."""
        return await self._requests(
            sa.select(code_requests)
            .where(
                code_requests.c.brand_id == brand,
                code_requests.c.state == RequestState.PENDING,
                code_requests.c.id > (after or 0),
            )
            .order_by(code_requests.c.id)
            .limit(limit)
        )

    async def requested(self, brands: Sequence[BrandId]) -> dict[BrandId, int]:
        """How many wishes wait, for brands that have any."""
        found: dict[BrandId, int] = {}
        for chunk in chunks(brands):
            rows = await self._connection.execute(
                sa.select(code_requests.c.brand_id, sa.func.count())
                .where(
                    code_requests.c.brand_id.in_(chunk),
                    code_requests.c.state == RequestState.PENDING,
                )
                .group_by(code_requests.c.brand_id)
            )
            found.update((BrandId(brand), count) for brand, count in rows)
        return found

    async def decide_request(
        self,
        request: CodeRequestId,
        to: RequestState,
        *,
        by: PersonId,
        now: datetime,
        reason: str = "",
    ) -> bool:
        """False when it is not open any more."""
        decided = await self._connection.execute(
            sa.update(code_requests)
            .where(code_requests.c.id == request, code_requests.c.state == RequestState.PENDING)
            .values(state=to, reason=reason, decided_at=now, decided_by=by)
        )
        return decided.rowcount == 1

    async def _requests(self, query: sa.Select[Any]) -> list[CodeRequest]:
        return [
            CodeRequest(
                id=CodeRequestId(row.id),
                enrolment=EnrolmentId(row.enrolment_id),
                brand=BrandId(row.brand_id),
                normal=row.normal,
                state=RequestState(row.state),
                reason=row.reason,
                asked_at=row.asked_at,
                decided_at=row.decided_at,
            )
            for row in await self._connection.execute(query)
        ]

    # --- notices

    async def add_notice(
        self,
        brand: BrandId,
        enrolment: EnrolmentId,
        *,
        old: str,
        new: str,
        reason: NoticeReason,
        due_at: datetime,
        by: PersonId,
        now: datetime,
    ) -> CodeNotice:
        """ChangeAnnounced when one waits already, AlreadyUsed("code") when `new` is announced."""
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(
                    sa.insert(code_notices).values(
                        enrolment_id=enrolment,
                        brand_id=brand,
                        old=old,
                        new=new,
                        reason=reason,
                        state=NoticeState.PENDING,
                        announced_at=now,
                        due_at=due_at,
                        announced_by=by,
                    )
                )
        except IntegrityError as error:
            if known := (await self.open_notices([enrolment])).get(enrolment):
                raise ChangeAnnounced(known.due_at) from error
            raise AlreadyUsed("code") from error
        return (await self.open_notices([enrolment]))[enrolment]

    async def open_notices(
        self, enrolments: Sequence[EnrolmentId]
    ) -> dict[EnrolmentId, CodeNotice]:
        """Announcements that wait for their day, by enrolment."""
        found: dict[EnrolmentId, CodeNotice] = {}
        for chunk in chunks(enrolments):
            query = sa.select(code_notices).where(
                code_notices.c.enrolment_id.in_(chunk),
                code_notices.c.state == NoticeState.PENDING,
            )
            found.update((one.enrolment, one) for one in await self._notices(query))
        return found

    async def due_notices(self, *, now: datetime, limit: int) -> Sequence[CodeNotice]:
        """Announcements whose day has come, longest due first."""
        return await self._notices(
            sa.select(code_notices)
            .where(code_notices.c.state == NoticeState.PENDING, code_notices.c.due_at <= now)
            .order_by(code_notices.c.due_at, code_notices.c.id)
            .limit(limit)
        )

    async def settle_notice(self, notice: CodeNoticeId, to: NoticeState, *, now: datetime) -> bool:
        """False when it does not wait any more."""
        settled = await self._connection.execute(
            sa.update(code_notices)
            .where(code_notices.c.id == notice, code_notices.c.state == NoticeState.PENDING)
            .values(state=to, settled_at=now)
        )
        return settled.rowcount == 1

    async def _notices(self, query: sa.Select[Any]) -> list[CodeNotice]:
        return [
            CodeNotice(
                id=CodeNoticeId(row.id),
                enrolment=EnrolmentId(row.enrolment_id),
                brand=BrandId(row.brand_id),
                old=row.old,
                new=row.new,
                reason=NoticeReason(row.reason),
                state=NoticeState(row.state),
                announced_at=row.announced_at,
                due_at=row.due_at,
                announced_by=PersonId(row.announced_by),
            )
            for row in await self._connection.execute(query)
        ]
