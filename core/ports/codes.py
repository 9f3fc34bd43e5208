"""Storage of codes that wait: pools, wishes of creators, announced changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.code_changes import CodeNotice, CodeRequest, NoticeReason, NoticeState, RequestState
from core.code_pools import PoolCount
from core.codes import CodeOwnership
from core.ids import BrandId, CodeNoticeId, CodeRequestId, EnrolmentId, OfferId, PersonId
from core.offers import CodeSource


class Codes(Protocol):
    """Pools of uploaded codes, wishes, notices, and the end of an ownership."""

    async def set_source(self, offer: OfferId, source: CodeSource) -> None: ...

    async def add_to_pool(
        self, brand: BrandId, offer: OfferId, normals: Sequence[str], *, now: datetime
    ) -> int:
        """Add codes that no pool of the brand has; returns how many were new."""

    async def pooled(self, brand: BrandId, normals: Sequence[str]) -> dict[str, OfferId]:
        """Which of the codes are or were in a pool of the brand, and of which offer."""

    async def pool(self, offer: OfferId) -> PoolCount: ...

    async def next_pooled(self, offer: OfferId, enrolment: EnrolmentId, *, now: datetime) -> str:
        """Take the oldest free code of the pool out of it; "" when there is none."""

    async def clear_pool(self, offer: OfferId) -> int:
        """Delete what has not been given out; returns how many."""

    async def spoken_for(self, brand: BrandId, normal: str, *, but: EnrolmentId) -> bool:
        """Whether the code waits in a pool or is announced to another enrolment."""

    async def pooled_folded(self, brand: BrandId, folded: str) -> Sequence[str]:
        """Free codes of the brand's pools that look like this."""

    async def end(self, enrolment: EnrolmentId, *, at: datetime) -> None:
        """End whatever code the enrolment holds."""

    async def held(self, enrolment: EnrolmentId) -> Sequence[CodeOwnership]:
        """Every code that the enrolment holds or held, oldest first."""

    async def add_request(
        self, brand: BrandId, enrolment: EnrolmentId, normal: str, *, now: datetime
    ) -> CodeRequest:
        """CodeRequested when one is open already."""

    async def request(self, request: CodeRequestId) -> CodeRequest:
        """Raises NotFound("code_request")."""

    async def open_requests(
        self, enrolments: Sequence[EnrolmentId]
    ) -> dict[EnrolmentId, CodeRequest]: ...

    async def requests(
        self, brand: BrandId, *, after: int | None, limit: int
    ) -> Sequence[CodeRequest]:
        """Open wishes of a brand's creators, oldest first, above the id `after`."""

    async def requested(self, brands: Sequence[BrandId]) -> dict[BrandId, int]:
        """How many wishes wait, for brands that have any."""

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

    async def open_notices(
        self, enrolments: Sequence[EnrolmentId]
    ) -> dict[EnrolmentId, CodeNotice]: ...

    async def due_notices(self, *, now: datetime, limit: int) -> Sequence[CodeNotice]: ...

    async def settle_notice(self, notice: CodeNoticeId, to: NoticeState, *, now: datetime) -> bool:
        """False when it does not wait any more."""
