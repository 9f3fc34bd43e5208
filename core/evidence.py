"""Evidence that ties an order to an enrolment, in grades; each source of it proposes candidates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core import codes
from core.code_shapes import Damage
from core.codes import CodeOwnership
from core.handles import HandleKind
from core.ids import ClaimId, EnrolmentId, LinkId, PersonId, RulingId
from core.orders import NormalisedOrder
from core.records import record


class Grade(StrEnum):
    """How sure a credit is; the alphabet is the order."""

    A = "A"  # promo code, its id, or a substitute article in the merchant's row
    B = "B"  # reserved SKU, or our click id returned by the shop
    C = "C"  # the buyer's consented phone
    D = "D"  # the buyer's own claim


class EvidenceKind(StrEnum):
    """What was found."""

    CODE = "code"
    ARTICLE = "article"  # a substitute article of Wildberries
    TAG = "tag"  # a UTM tag of an aggregate feed, which counts units and names no order
    SKU = "sku"
    CLICK = "click"
    PHONE = "phone"
    CLAIM = "claim"  # the buyer's word: an order number
    RECEIPT = "receipt"  # the buyer's fiscal receipt
    RULING = "ruling"  # a person decided, with a reason


@record(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An enrolment that some evidence speaks for; `at` is the touch or the start of ownership."""

    enrolment: EnrolmentId
    grade: Grade
    kind: EvidenceKind
    value: str
    at: datetime


@record(frozen=True, slots=True, kw_only=True)
class SkuReservation:
    """A handle that belongs to one enrolment from when until when (UTC, `until` exclusive)."""

    sku: str
    enrolment: EnrolmentId
    since: datetime
    until: datetime | None = None
    kind: HandleKind = HandleKind.SKU

    def covers(self, at: datetime) -> bool:
        """Whether the reservation held at that moment."""
        return self.since <= at and (self.until is None or at < self.until)


@record(frozen=True, slots=True, kw_only=True)
class ClickTouch:
    """A click that our link recorded, found again by the id that the shop returned."""

    click_id: str
    link: LinkId
    enrolment: EnrolmentId
    at: datetime


@record(frozen=True, slots=True, kw_only=True)
class BuyerTouch:
    """A buyer came to an enrolment through its link or QR (UTC)."""

    person: PersonId
    enrolment: EnrolmentId
    at: datetime


@record(frozen=True, slots=True, kw_only=True)
class BuyersOfPhone:
    """Who shared a phone with us, and how they came to creators of the brand, newest first.

    They came there, or are creators of the brand themselves.
    """

    people: frozenset[PersonId]
    touches: tuple[BuyerTouch, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class OrderClaim:
    """A buyer says that an order is theirs; `touches` are theirs at the brand, newest first.

    `kind` is CLAIM (an order number) or RECEIPT; `phone` is the digest of the phone that they have
    shared, if they have.
    """

    id: ClaimId
    person: PersonId
    kind: EvidenceKind
    at: datetime
    touches: tuple[BuyerTouch, ...] = ()
    phone: bytes | None = field(default=None, repr=False)

    def may_be_of(self, ordered_at: datetime, phone: bytes | None) -> bool:
        """Whether the order can be the claimant's.

        Another phone in the merchant's row says that it is not, and a number that was named before
        the order was placed was guessed (a day is allowed for feeds that tell only the date).
        """
        if phone is not None and self.phone is not None and phone != self.phone:
            return False
        return ordered_at - self.at <= timedelta(days=1)


@record(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a person decided of an order; no `enrolment` says that it is nobody's."""

    id: RulingId
    enrolment: EnrolmentId | None
    grade: Grade | None
    reason: str
    at: datetime


@record(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """Evidence that almost fits: shown to a person, never paid by itself.

    `reason`: not_owner_then (the code was nobody's on the day), a core.code_shapes.Damage, or
    own_purchase (the buyer is the creator).
    """

    raw: str
    reason: str
    enrolment: EnrolmentId


def by_code(
    order: NormalisedOrder, ownerships: Mapping[str, Sequence[CodeOwnership]]
) -> Iterable[Candidate]:
    """Grade A: whoever held a code of the row on the day of the order."""
    for raw in order.promo_codes:
        code = codes.normal(raw)
        held = codes.owner_at(ownerships.get(code, ()), order.ordered_at)
        if held:
            yield Candidate(
                enrolment=held.enrolment,
                grade=Grade.A,
                kind=EvidenceKind.CODE,
                value=code,
                at=held.since,
            )


def by_sku(
    order: NormalisedOrder, reservations: Mapping[str, Sequence[SkuReservation]]
) -> Iterable[Candidate]:
    """What stands in the order's items and was lent to an enrolment then.

    Grade B for an article of the shop's own, A for one that exists for this purpose only.
    """
    for item in order.items:
        for reservation in reservations.get(item.sku, ()):
            if reservation.kind in _IN_ITEMS and reservation.covers(order.ordered_at):
                grade, kind = _IN_ITEMS[reservation.kind]
                yield Candidate(
                    enrolment=reservation.enrolment,
                    grade=grade,
                    kind=kind,
                    value=item.sku,
                    at=reservation.since,
                )


_IN_ITEMS: Final = {
    HandleKind.SKU: (Grade.B, EvidenceKind.SKU),
    HandleKind.ARTICLE: (Grade.A, EvidenceKind.ARTICLE),
    HandleKind.TAG: (Grade.A, EvidenceKind.TAG),
}


def by_code_id(
    order: NormalisedOrder, reservations: Mapping[str, Sequence[SkuReservation]]
) -> Iterable[Candidate]:
    """Grade A: the id of a promo code that the merchant reports in place of the code."""
    for raw in order.promo_codes:
        code = codes.normal(raw)
        for reservation in reservations.get(code, ()):
            if reservation.kind is HandleKind.CODE_ID and reservation.covers(order.ordered_at):
                yield Candidate(
                    enrolment=reservation.enrolment,
                    grade=Grade.A,
                    kind=EvidenceKind.CODE,
                    value=code,
                    at=reservation.since,
                )


def by_click(
    order: NormalisedOrder, clicks: Mapping[str, ClickTouch], windows: Mapping[EnrolmentId, int]
) -> Iterable[Candidate]:
    """Grade B: our click id in the row, from before the order and within the window (days)."""
    for click_id in order.click_ids:
        touch = clicks.get(click_id)
        if touch is None or touch.enrolment not in windows:
            continue
        age = order.ordered_at - touch.at
        if timedelta(0) <= age <= timedelta(days=windows[touch.enrolment]):
            yield Candidate(
                enrolment=touch.enrolment,
                grade=Grade.B,
                kind=EvidenceKind.CLICK,
                value=click_id,
                at=touch.at,
            )


def by_phone(
    order: NormalisedOrder, buyers: BuyersOfPhone | None, windows: Mapping[EnrolmentId, int]
) -> Iterable[Candidate]:
    """Grade C: whoever shared the order's phone came by a creator's link before, in the window."""
    for touch in buyers.touches if buyers else ():
        if _within(touch, order.ordered_at, windows):
            yield _touched(touch, Grade.C, EvidenceKind.PHONE)


def by_claim(
    order: NormalisedOrder,
    claim: OrderClaim | None,
    phone: bytes | None,
    windows: Mapping[EnrolmentId, int],
) -> Iterable[Candidate]:
    """Grade D: whoever claims the order came by a creator's link before it, in the window.

    `phone` is the digest of the order's, if the merchant told it.
    """
    if claim is None or not claim.may_be_of(order.ordered_at, phone):
        return
    for touch in claim.touches:
        if _within(touch, order.ordered_at, windows):
            yield _touched(touch, Grade.D, claim.kind)


def _within(touch: BuyerTouch, at: datetime, windows: Mapping[EnrolmentId, int]) -> bool:
    days = windows.get(touch.enrolment)
    return days is not None and timedelta(0) <= at - touch.at <= timedelta(days=days)


def _touched(touch: BuyerTouch, grade: Grade, kind: EvidenceKind) -> Candidate:
    # Who the buyer is stands in no order: the person's consent can be taken back.
    return Candidate(enrolment=touch.enrolment, grade=grade, kind=kind, value="", at=touch.at)


@record(frozen=True, slots=True, kw_only=True)
class AlikeCode:
    """A code that a spelling may stand for, with those who held it, oldest first."""

    damage: Damage
    held: tuple[CodeOwnership, ...]


def near_misses(
    order: NormalisedOrder,
    ownerships: Mapping[str, Sequence[CodeOwnership]],
    alike: Mapping[str, Sequence[AlikeCode]],
) -> Iterable[NearMiss]:
    """What a person should look at when nothing fits: `alike` by the normal form of a spelling.

    One suggestion for each spelling: the likeliest code that somebody held when it was ordered.
    """
    for raw in order.promo_codes:
        form = codes.normal(raw)
        known = ownerships.get(form, ())
        if known:
            yield NearMiss(raw=raw, reason="not_owner_then", enrolment=known[-1].enrolment)
            continue
        for code in alike.get(form, ()):
            if held := codes.owner_at(code.held, order.ordered_at):
                yield NearMiss(raw=raw, reason=code.damage.value, enrolment=held.enrolment)
                break
