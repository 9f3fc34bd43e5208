"""Storage of how creators come into offers and go: states with history, and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.admissions import OfferInvitation, OtherBrands
from core.enrolments import Enrolment, EnrolmentEvent, EnrolmentState
from core.ids import BrandId, EnrolmentId, OfferId, OfferInvitationId, PersonId, TermsId


class Admissions(Protocol):
    """Applications, invitations, and every step of an enrolment."""

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
        """Change the state if it still is the loaded one, and keep the step in the history.

        `terms` replace those that the enrolment has. False when somebody was quicker.
        """

    async def note_step(
        self, enrolment: EnrolmentId, *, by: PersonId | None, now: datetime
    ) -> None:
        """Keep the present state as the first step of an enrolment that has just been added."""

    async def steps(self, enrolment: EnrolmentId) -> Sequence[EnrolmentEvent]:
        """The history of an enrolment, oldest first."""

    async def close(self, enrolment: EnrolmentId, *, at: datetime) -> None:
        """End what codes and SKUs the enrolment holds as of `at`, its wishes and announcements."""

    async def applications(
        self, brand: BrandId, *, offer: OfferId | None, after: int | None, limit: int
    ) -> Sequence[Enrolment]:
        """Applications that wait, oldest first, above the id `after`."""

    async def waiting(self, brands: Sequence[BrandId]) -> dict[OfferId, int]:
        """How many applications wait, for offers that have any."""

    async def add_invitation(
        self,
        offer: OfferId,
        token_digest: bytes,
        *,
        places: int,
        by: PersonId,
        now: datetime,
        expires_at: datetime,
    ) -> OfferInvitationId: ...

    async def invitation(self, invitation: OfferInvitationId) -> OfferInvitation:
        """Raises NotFound("invitation")."""

    async def invitations(
        self, offer: OfferId, *, now: datetime, limit: int
    ) -> Sequence[OfferInvitation]:
        """Those that still let somebody in, newest first."""

    async def revoke(self, invitation: OfferInvitationId, *, now: datetime) -> None:
        """Let nobody in any more; who has come but not joined is not invited any longer."""

    async def claim(
        self, token_digest: bytes, person: PersonId, *, now: datetime
    ) -> OfferId | None:
        """Invite the person by a link; None when it is unknown, used up or expired.

        Whoever came by any link before is invited already and uses nothing up.
        """

    async def invited(self, offer: OfferId, person: PersonId) -> bool: ...

    async def other_brands(self, creator: PersonId, *, without: BrandId) -> OtherBrands:
        """What the creator has brought to other brands, as ranges."""
