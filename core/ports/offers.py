"""Storage of offers, enrolments, links and proofs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.catalogue import Listing
from core.codes import CodeOwnership
from core.enrolments import (
    CreatorInOffer,
    CreatorOfBrand,
    Enrolment,
    EnrolmentState,
    EnrolmentStats,
    Link,
)
from core.evidence import AlikeCode, ClickTouch, SkuReservation
from core.ids import BrandId, EnrolmentId, LinkId, OfferId, PersonId, ProofId, TermsId
from core.links import Click, LinkTarget
from core.offers import Offer, OfferState, Terms
from core.placements import PlacementStats
from core.proofs import Proof, ProofState, ProofSubject


class Offers(Protocol):
    """Offers, their texts and versions of terms."""

    async def add(
        self,
        offer: Offer,
        *,
        created_by: PersonId | None,
        now: datetime,
        external_key: str | None = None,
    ) -> Offer:
        """Store a new offer with its texts and first terms; returns it with ids."""

    async def rewrite(self, offer: Offer, *, now: datetime) -> Offer:
        """Replace what an offer says; other terms than the current ones become a new version."""

    async def get(self, offer: OfferId) -> Offer:
        """The offer with its texts and current terms; raises NotFound."""

    async def many(self, offers: Sequence[OfferId]) -> dict[OfferId, Offer]: ...

    async def terms(self, terms: TermsId) -> Terms:
        """One version of terms; raises NotFound."""

    async def terms_many(self, terms: Sequence[TermsId]) -> dict[TermsId, Terms]: ...

    async def move(
        self, offer: OfferId, came_from: OfferState, to: OfferState, *, note: str | None = None
    ) -> bool:
        """Change the state if it still is `came_from`; False when somebody was quicker."""

    async def hold(self, offer: OfferId) -> None:
        """Keep the offer's state from being changed until this unit of work ends."""

    async def reindex(self, brand: BrandId) -> None:
        """Write anew by which words a brand's offers are found, after its name has changed."""

    async def affordable(self, brand: BrandId) -> bool:
        """Whether the brand is not suspended and its funds are within its credit limit."""

    async def of_brand(
        self, brand: BrandId, *, after: int | None, limit: int
    ) -> Sequence[Offer]: ...

    async def in_review(self, *, after: int | None, limit: int) -> Sequence[Listing]:
        """Offers that wait for a moderator, oldest first, with ids above `after`."""

    async def due(self, *, now: datetime, limit: int) -> Sequence[Offer]:
        """Offers whose end has come and that have not been ended yet."""


class Enrolments(Protocol):
    """Enrolments, promo codes with dated ownership, reserved SKUs."""

    async def add(
        self,
        *,
        offer: OfferId,
        creator: PersonId,
        brand: BrandId,
        terms: TermsId,
        state: EnrolmentState,
        now: datetime,
        note: str = "",
    ) -> EnrolmentId:
        """Enrol; raises AlreadyEnrolled with the id of the enrolment that is there."""

    async def claim_code(
        self,
        brand: BrandId,
        normal: str,
        enrolment: EnrolmentId,
        *,
        since: datetime,
        pooled: bool = False,
    ) -> bool:
        """Give a code to an enrolment; False while somebody holds it or it rests after a holder.

        Its last holder need not wait. `pooled` says that it has just been taken out of a pool.
        """

    async def get(self, enrolment: EnrolmentId) -> Enrolment:
        """The enrolment with its latest code and its link; raises NotFound."""

    async def hold(self, enrolment: EnrolmentId) -> Enrolment:
        """The same, kept from other writers: whoever ends it waits, or has ended it before."""

    async def find(self, offer: OfferId, creator: PersonId) -> Enrolment | None: ...

    async def of_creator(
        self, creator: PersonId, *, after: int | None, limit: int
    ) -> Sequence[Enrolment]:
        """A creator's enrolments, newest first."""

    async def of_offer(
        self, offer: OfferId, *, after: int | None, limit: int, words: Sequence[str] = ()
    ) -> Sequence[CreatorInOffer]:
        """Who is or was in an offer, newest first, without stats.

        With `words` only those whose name or code has each of them at the beginning of a word.
        """

    async def of_brand(
        self, brand: BrandId, *, after: int | None, limit: int
    ) -> Sequence[CreatorOfBrand]:
        """Who promotes a brand with which offer, newest first, below the enrolment `after`."""

    async def creators_of(
        self, offer: OfferId, *, states: Sequence[EnrolmentState] = (EnrolmentState.ACTIVE,)
    ) -> Sequence[PersonId]:
        """Creators whose enrolment is in one of the states."""

    async def stats(
        self, enrolments: Sequence[EnrolmentId]
    ) -> dict[EnrolmentId, EnrolmentStats]: ...

    async def end(self, offer: OfferId, *, at: datetime) -> int:
        """End enrolments that go on, with their codes and SKUs, as of `at`; returns how many.

        Orders placed before `at` keep earning whenever they are reported.
        """

    async def ownerships(
        self, brand: BrandId, normals: Sequence[str]
    ) -> dict[str, list[CodeOwnership]]:
        """Who held which of the codes, by normal form, oldest first."""

    async def alike(
        self, brand: BrandId, spellings: Sequence[str]
    ) -> Mapping[str, Sequence[AlikeCode]]:
        """Codes that unknown spellings (normal forms) may stand for, the likeliest first."""

    async def ownerships_folded(
        self, brand: BrandId, folded: Sequence[str]
    ) -> dict[str, list[CodeOwnership]]:
        """Who held codes that look like these, by folded form, oldest first."""

    async def reservations(
        self, brand: BrandId, skus: Sequence[str]
    ) -> dict[str, list[SkuReservation]]: ...

    async def windows(self, enrolments: Sequence[EnrolmentId]) -> dict[EnrolmentId, int]:
        """Days from a click to an order by the accepted terms, of those who ever were active."""

    async def many(self, enrolments: Sequence[EnrolmentId]) -> dict[EnrolmentId, Enrolment]: ...


class Links(Protocol):
    """Tracking links and the clicks on them."""

    async def add(
        self, enrolment: EnrolmentId, slug: str, *, now: datetime, placement: str = ""
    ) -> bool:
        """Store a link; False when the slug is taken, AlreadyUsed("placement") for a known name."""

    async def of_enrolment(self, enrolment: EnrolmentId) -> Sequence[PlacementStats]:
        """Every link with what it has brought, the main one first, then as they were made."""

    async def get(self, link: LinkId) -> Link:
        """Raises NotFound("link")."""

    async def rename(self, link: LinkId, placement: str) -> None:
        """AlreadyUsed("placement") when another link of the enrolment is called so."""

    async def switch(self, link: LinkId, *, off_at: datetime | None) -> None: ...

    async def targets(
        self, slugs: Sequence[str], *, now: datetime, pages_only: bool = False
    ) -> dict[str, LinkTarget]:
        """Where slugs lead, with what the landing page shows; unknown ones are left out.

        With `pages_only` code and texts are read for links that have a page, and no others.
        """

    async def store_clicks(self, clicks: Sequence[Click]) -> int:
        """Add clicks whose ids are not known yet; returns how many were new."""

    async def touches(self, click_ids: Sequence[str]) -> dict[str, ClickTouch]:
        """Which enrolment each click id stands for, and when; unknown ids are left out."""


class Proofs(Protocol):
    """Published posts."""

    async def subject(self, enrolment: EnrolmentId) -> ProofSubject:
        """What a proof for the enrolment would be about; NotFound("enrolment")."""

    async def subjects(
        self, enrolments: Sequence[EnrolmentId]
    ) -> dict[EnrolmentId, ProofSubject]: ...

    async def get(self, proof: ProofId) -> Proof:
        """NotFound("proof") if there is none."""

    async def many(self, proofs: Sequence[ProofId]) -> dict[ProofId, Proof]: ...

    async def returned(self, enrolment: EnrolmentId, link: str) -> Proof | None:
        """The enrolment's proof with this link that was sent back for changes, if there is one."""

    async def demand_unused(
        self, link: str, screenshot_sha256: str, *, by: ProofId | None = None
    ) -> None:
        """Raise AlreadyUsed("proof_link" or "screenshot") if a proof other than `by` has it."""

    async def add(self, proof: Proof, brand: BrandId) -> Proof:
        """Store a new proof; AlreadyUsed("proof_link" or "screenshot")."""

    async def resend(self, proof: Proof) -> None:
        """Put the corrected content into the row that was sent back, PENDING again.

        AlreadyUsed as `add`; OutOfDate("proof") if it is not waiting for changes any more.
        """

    async def review(
        self,
        proof: Proof,
        *,
        to: ProofState,
        reason: str,
        by: PersonId,
        now: datetime,
    ) -> bool:
        """Decide on the proof as it was loaded; False if it was decided on or resent meanwhile."""

    async def mark_proved(self, enrolment: EnrolmentId, *, now: datetime) -> None:
        """Date the enrolment's first accepted proof; a later one changes nothing."""

    async def of_creator(
        self, creator: PersonId, *, after: int | None, limit: int
    ) -> Sequence[Proof]:
        """Newest first, below the id `after`."""

    async def to_review(self, brand: BrandId, *, after: int | None, limit: int) -> Sequence[Proof]:
        """Pending ones of a brand, oldest first, above the id `after`."""

    async def waiting(self, brands: Sequence[BrandId]) -> dict[BrandId, int]:
        """How many proofs wait for review, for brands that have any."""
