"""Reconciliation of one order: what a merchant's report changes, decided from facts alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from core import attribution, commissions, evidence
from core.attribution import Credit
from core.codes import CodeOwnership
from core.commissions import Commission, Earning
from core.corrections import Correction, corrected
from core.evidence import (
    AlikeCode,
    BuyersOfPhone,
    BuyerTouch,
    Candidate,
    ClickTouch,
    EvidenceKind,
    Grade,
    NearMiss,
    OrderClaim,
    Ruling,
    SkuReservation,
)
from core.ids import BrandId, EnrolmentId, OfferId, OrderId, PersonId, TermsId
from core.money import Money
from core.months import MonthKey, Sale, SoFar, price_month, price_sale, sale_key
from core.offers import Terms
from core.orders import (
    ALMATY,
    RANK,
    Freshness,
    NormalisedOrder,
    OrderStatus,
    Place,
    freshness,
)
from core.records import record
from core.results import Counted, day_of, reward_state
from core.sources.base import Key

PAID_CURRENCY = "KZT"
OWN_PURCHASE: Final = "own_purchase"  # reason of a ruling and of a near miss
VALUE_MAX: Final = 100  # characters of evidence that are kept
# Evidence that may be gone tomorrow, because a person takes a consent back: the credit stays.
_ERASABLE: Final = frozenset({EvidenceKind.PHONE, EvidenceKind.CLAIM, EvidenceKind.RECEIPT})


class Standing(NamedTuple):
    """The place in time of the report that stands for an order: enough to see that it is known."""

    id: OrderId
    freshness: Freshness
    approved_at: datetime | None


@record(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """What we hold of an order: the standing report, its place in time, its credit and money.

    `report` is the report as it was stored, without the buyer's phone and the dates of its feed;
    `evidence` is what it was last credited for; `by_terms_at` when the terms approved the order,
    `correction` what people settled of it against the reports.
    `borrowed` are the fields that the standing report lacks and another one told, by name, each
    with the place in time of that other report.
    """

    id: OrderId
    freshness: Freshness
    report: NormalisedOrder
    approved_at: datetime | None
    enrolment: EnrolmentId | None
    phone_digest: bytes | None
    commission: Commission | None
    place: Place
    first: bool = False
    evidence: tuple[Grade, EvidenceKind, str] | None = None
    by_terms_at: datetime | None = None
    correction: Correction | None = None
    borrowed: Mapping[str, Freshness] = field(default_factory=dict)

    def told(self, name: str) -> Freshness:
        """The place in time of the report that told a field."""
        return self.borrowed.get(name, self.freshness)


@record(frozen=True, slots=True, kw_only=True)
class News:
    """A report beside what is known: `order` is the one that is to stand, with its `freshness`.

    So the outcome does not hang on which of two reports came first.
    """

    order: NormalisedOrder
    freshness: Freshness
    report: NormalisedOrder
    reported: Freshness
    approved_at: datetime | None
    known: KnownOrder | None


@record(frozen=True, slots=True, kw_only=True)
class EnrolmentFacts:
    """What pricing needs of an enrolment: whose it is and on which terms.

    `terms` are its present ones; `history` has each version with the time (UTC) from which it was
    in force, oldest first, and is empty where there was never another. `stops` are the times in
    which the offer's budget was used up, the last one perhaps open.
    """

    id: EnrolmentId
    creator: PersonId
    brand: BrandId
    offer: OfferId
    terms: Terms
    fee_bps: int
    history: tuple[tuple[datetime, Terms], ...] = ()
    stops: tuple[tuple[datetime, datetime | None], ...] = ()

    def terms_at(self, ordered_at: datetime) -> Terms:
        """The terms by which an order of that time is priced, whenever it is reported."""
        if not self.history:
            return self.terms
        known = [terms for since, terms in self.history if since <= ordered_at]
        return known[-1] if known else self.history[0][1]

    def version(self, terms: TermsId | None) -> Terms:
        """The terms that priced a commission, which are those of its order's time."""
        return next((each for _, each in self.history if each.id == terms), self.terms)

    def stopped_at(self, ordered_at: datetime) -> bool:
        """Whether the budget was used up when an order was placed."""
        return bool(self.stops) and any(
            since <= ordered_at and (until is None or ordered_at < until)
            for since, until in self.stops
        )

    @property
    def monthly(self) -> bool:
        """Whether a price under any of its terms depends on the other orders of the month."""
        return self.terms.rule.monthly or any(terms.rule.monthly for _, terms in self.history)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a batch of orders is decided on, read in a few queries.

    `ownerships` by a code's normal form, `alike` by that of a spelling; `phones` by the phone's
    digest, `digests`, `claims` and `rulings` by the order's external id; `firsts` are the external
    ids of orders known to be their buyer's first at the brand, which counts where `first_orders`.
    """

    place: Place

    ownerships: Mapping[str, Sequence[CodeOwnership]]
    alike: Mapping[str, Sequence[AlikeCode]]
    reservations: Mapping[str, Sequence[SkuReservation]]
    clicks: Mapping[str, ClickTouch]
    enrolments: Mapping[EnrolmentId, EnrolmentFacts]
    phones: Mapping[bytes, BuyersOfPhone] = field(default_factory=dict)
    digests: Mapping[str, bytes] = field(default_factory=dict)
    claims: Mapping[str, OrderClaim] = field(default_factory=dict)
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    firsts: frozenset[str] = frozenset()
    first_orders: bool = False

    def and_also(self, more: Facts) -> Facts:
        """Together with what other signs stand for."""
        return replace(
            self,
            ownerships={**self.ownerships, **more.ownerships},
            alike={**self.alike, **more.alike},
            reservations={**self.reservations, **more.reservations},
            clicks={**self.clicks, **more.clicks},
            phones={**self.phones, **more.phones},
        )


@record(frozen=True, slots=True, kw_only=True)
class Decision:
    """The new state of one order; `commission` is None where nobody earns or ever did.

    `own_purchase` is the enrolment that evidence speaks for, but whose creator is the buyer: it is
    not paid.
    """

    order: NormalisedOrder
    freshness: Freshness
    known: KnownOrder | None
    approved_at: datetime | None
    credit: Credit | None
    enrolment: EnrolmentId | None
    creator: PersonId | None
    commission: Commission | None
    near_misses: tuple[NearMiss, ...]
    first: bool = False
    borrowed: Mapping[str, Freshness] = field(default_factory=dict)
    own_purchase: EnrolmentId | None = None

    @property
    def evidence(self) -> tuple[Grade, EvidenceKind, str] | None:
        """What the order is credited for; feeds that know less do not erase it."""
        if self.enrolment is None:
            return None
        if self.credit is not None:
            return self.credit.grade, self.credit.kind, self.credit.value[:VALUE_MAX]
        return self.known.evidence if self.known else None

    @property
    def outdated(self) -> bool:
        """Whether an older report came that knew no more than the standing one."""
        known = self.known
        return (
            known is not None
            and self.freshness == known.freshness
            and self.enrolment == known.enrolment
            and self.evidence == known.evidence
            and self.commission == known.commission
            and self.first == known.first
            and self.order.phone is None
            and self.order == known.report
            and self.borrowed == known.borrowed
        )

    @property
    def idle(self) -> bool:
        """Whether there is nothing at all to store."""
        return (
            self.outdated and self.known is not None and self.approved_at == self.known.approved_at
        )


class Sifted(NamedTuple):
    """What of a batch is worth reading: indexes of its keys, and known orders seen on a new day."""

    wanted: list[int]
    seen_again: list[OrderId]


def sift(keys: Iterable[Key], standing: Mapping[str, Standing], seen_at: datetime) -> Sifted:
    """Leave out the rows that are known word for word; what is still so today is news of today.

    A row that was approved may, read out of turn, tell that it was so earlier than we knew.
    """
    day = seen_at.astimezone(ALMATY).date()
    approved = RANK[OrderStatus.APPROVED]
    wanted: list[int] = []
    seen_again: list[OrderId] = []
    for index, (external_id, raw_hash, dated) in enumerate(keys):
        held = standing.get(external_id)
        if (
            held is None
            or held.freshness.raw_hash != raw_hash
            or (
                held.approved_at is not None
                and held.freshness.rank == approved
                and seen_at < held.approved_at
            )
        ):
            wanted.append(index)
        elif not dated and day > held.freshness.day:
            seen_again.append(held.id)
    return Sifted(wanted, seen_again)


def may_tell(order: NormalisedOrder, held: Standing | None, seen_at: datetime) -> bool:
    """Whether a report can change what is held; the same row again cannot, save one thing."""
    if held is None or order.raw_hash != held.freshness.raw_hash:
        return True
    return (
        order.status is OrderStatus.APPROVED
        and held.approved_at is not None
        and freshness(order, seen_at).at < held.approved_at
    )


def nobodys(order: NormalisedOrder, seen_at: datetime) -> Decision:
    """The state of a new order in which nothing speaks for anybody: most orders of a shop."""
    reported = freshness(order, seen_at)
    return Decision(
        order=order,
        freshness=reported,
        known=None,
        approved_at=reported.at if order.status is OrderStatus.APPROVED else None,
        credit=None,
        enrolment=None,
        creator=None,
        commission=None,
        near_misses=(),
    )


def news(order: NormalisedOrder, seen_at: datetime, known: KnownOrder | None) -> News:
    """Put a report beside what is known: which of the two stands, and when it was first approved.

    The first approval that any report tells of counts: a later one does not prolong a hold.
    """
    reported = freshness(order, seen_at)
    approvals = [known.approved_at] if known and known.approved_at else []
    if order.status is OrderStatus.APPROVED:
        approvals.append(reported.at)
    approved_at = min(approvals, default=None)
    stands = known is None or reported > known.freshness
    return News(
        order=_as_it_counts(order, known) if known is None or stands else known.report,
        freshness=reported if known is None or stands else known.freshness,
        report=order,
        reported=reported,
        approved_at=approved_at,
        known=known,
    )


def _as_it_counts(order: NormalisedOrder, known: KnownOrder | None) -> NormalisedOrder:
    """A report read through what people and terms settled of its order."""
    return by_terms(corrected(order, known.correction if known else None), known)


def again(known: KnownOrder) -> News:
    """What is known, to be decided once more because somebody else has told something."""
    return News(
        order=known.report,
        freshness=known.freshness,
        report=known.report,
        reported=known.freshness,
        approved_at=known.approved_at,
        known=known,
    )


def by_terms(order: NormalisedOrder, known: KnownOrder | None) -> NormalisedOrder:
    """A report as it counts: pending says nothing against what the terms approved in silence.

    A rejection and a return do, and so does a buyer's wish to return it. Whichever report stands,
    it counts the same in whatever order it and others came.
    """
    if known is None or known.by_terms_at is None:
        return order
    if order.status is not OrderStatus.PENDING or order.at_risk:
        return order
    return replace(order, status=OrderStatus.APPROVED)


def month_of(at: datetime) -> str:
    """The calendar month in Almaty: what monthly caps and ladders count by."""
    day = at.astimezone(ALMATY)
    return f"{day.year:04}-{day.month:02}"


def decide(news: News, facts: Facts) -> Decision:
    """Attribute, price and place one order's money.

    A commission that somebody already has is only moved by evidence, never by its absence.
    """
    known = news.known
    order, borrowed, candidates = _with_evidence(news, facts)
    digest = _digest(news, facts)
    candidates += _of_buyer(order, digest, facts)
    ruling = facts.rulings.get(order.external_id)
    own = _bought_by(order, digest, facts, ruling)
    if ruling and ruling.reason == OWN_PURCHASE:
        ruling = None  # it says whose the order is not
    refused = [each for each in candidates if facts.enrolments[each.enrolment].creator in own]
    candidates = _beside_erased([each for each in candidates if each not in refused], known)
    credit = None
    if ruling:
        credit = _ruled(ruling, candidates, facts)
    elif candidates:
        first = min(candidates, key=lambda candidate: candidate.grade)
        terms = facts.enrolments[first.enrolment].terms_at(order.ordered_at)
        policy = terms.credit_policy
        credit = attribution.decide(candidates, policy)

    credited = credit.enrolment if credit else (known.enrolment if known else None)
    enrolment = facts.enrolments.get(credited) if credited is not None else None
    held = known.commission if known else None
    not_paid = None
    if credit is None and not ruling:
        not_paid = _own_purchase(enrolment, own, refused, held)
    if not_paid is not None or (ruling and credit is None):
        enrolment = None
    misses: tuple[NearMiss, ...] = ()
    if not_paid is not None:
        raw = next((each.value for each in refused), "")
        misses = (NearMiss(raw=raw, reason=OWN_PURCHASE, enrolment=not_paid),)
    elif credit is None and not ruling:
        misses = tuple(evidence.near_misses(order, facts.ownerships, facts.alike))
    commission = commissions.advance(
        held,
        known.id if known else OrderId(0),
        order.status,
        earning(order, enrolment, known, facts) if enrolment else None,
        hold_days=enrolment.terms_at(order.ordered_at).hold_days if enrolment else 0,
        approved_at=news.approved_at or news.freshness.at,
    )
    return Decision(
        order=order,
        freshness=news.freshness,
        known=known,
        approved_at=news.approved_at,
        credit=credit,
        enrolment=enrolment.id if enrolment else None,
        creator=enrolment.creator if enrolment else None,
        commission=commission,
        near_misses=misses,
        first=order.external_id in facts.firsts,
        borrowed=borrowed,
        own_purchase=not_paid,
    )


def _digest(news: News, facts: Facts) -> bytes | None:
    """The digest of the order's phone as it will stand: that of the latest report that has one."""
    known = news.known
    held = known.phone_digest if known else None
    told = facts.digests.get(news.report.external_id)
    if told is None or known is None or held is None:
        return told or held
    return told if news.reported >= known.told("phone") else held


def _of_buyer(order: NormalisedOrder, digest: bytes | None, facts: Facts) -> list[Candidate]:
    """Whom the buyer came from, known by the phone or by what they claim."""
    buyers = facts.phones.get(digest) if digest is not None else None
    claim = facts.claims.get(order.external_id)
    came: list[BuyerTouch] = [*(buyers.touches if buyers else ())]
    came += claim.touches if claim else ()
    if not came:
        return []
    windows = {
        touch.enrolment: facts.enrolments[touch.enrolment].terms_at(order.ordered_at).window_days
        for touch in came
        if touch.enrolment in facts.enrolments
    }
    return [
        *evidence.by_phone(order, buyers, windows),
        *evidence.by_claim(order, claim, digest, windows),
    ]


def _bought_by(
    order: NormalisedOrder, digest: bytes | None, facts: Facts, ruling: Ruling | None
) -> frozenset[PersonId]:
    """People who may be the buyer: a creator is not paid for a purchase of their own."""
    buyers = facts.phones.get(digest) if digest is not None else None
    people = buyers.people if buyers else frozenset[PersonId]()
    claim = facts.claims.get(order.external_id)
    if claim and claim.may_be_of(order.ordered_at, digest):
        people |= {claim.person}
    # What was found once stays so, though the phone may have been taken back.
    if ruling and ruling.reason == OWN_PURCHASE and ruling.enrolment is not None:
        own = facts.enrolments.get(ruling.enrolment)
        people |= {own.creator} if own else frozenset()
    return people


def _own_purchase(
    enrolment: EnrolmentFacts | None,
    own: frozenset[PersonId],
    refused: Sequence[Candidate],
    held: Commission | None,
) -> EnrolmentId | None:
    """The enrolment that is not paid because its creator is the buyer, if that is so.

    What is available already is not taken back without a ruling.
    """
    if enrolment is not None and enrolment.creator in own:
        available = held is not None and held.state is commissions.CommissionState.AVAILABLE
        return None if available else enrolment.id
    return refused[0].enrolment if refused and enrolment is None else None


def _beside_erased(candidates: list[Candidate], known: KnownOrder | None) -> list[Candidate]:
    """Candidates that count beside a credit whose evidence a person has had erased: better ones."""
    if known is None or known.evidence is None or known.evidence[1] not in _ERASABLE:
        return candidates
    grade, kind, _ = known.evidence
    if any(one.enrolment == known.enrolment and one.kind is kind for one in candidates):
        return candidates
    return [one for one in candidates if one.grade < grade]


def _ruled(ruling: Ruling, candidates: Sequence[Candidate], facts: Facts) -> Credit | None:
    """The credit that a person has decided on; None where it is nobody's."""
    if ruling.enrolment is None or ruling.enrolment not in facts.enrolments:
        return None
    return Credit(
        enrolment=ruling.enrolment,
        grade=ruling.grade or Grade.D,
        kind=EvidenceKind.RULING,
        value=ruling.reason,
        losers=tuple(one for one in candidates if one.enrolment != ruling.enrolment),
    )


class _Told(NamedTuple):
    """What one report says in a field, with its place in time and whom it speaks for."""

    value: Any
    at: Freshness
    found: list[Candidate]

    @property
    def worth(self) -> tuple[bool, Freshness]:
        """Of two that say something the one that speaks for somebody counts, then the later one."""
        return bool(self.found), self.at


def _with_evidence(
    news: News, facts: Facts
) -> tuple[NormalisedOrder, dict[str, Freshness], list[Candidate]]:
    """The standing report with the evidence that counts, what of it another told, whom it names.

    Feeds know different things of one order, so each field is the best that any of them told. Which
    report told it is kept: else it would matter in which order three of them come.
    """
    order, known = news.order, news.known
    if known is None:
        found = (_speaking(name, order, facts) for name in _SPEAKING)
        return order, {}, [candidate for each in found for candidate in each]
    borrowed: dict[str, Freshness] = {}
    candidates: list[Candidate] = []
    fields: dict[str, Any] = {}
    reports: list[tuple[NormalisedOrder, Freshness | None]] = [(known.report, None)]
    if news.report is not known.report:
        reports.insert(0, (news.report, news.reported))
    for name in _SPEAKING:
        told = [
            _Told(
                getattr(report, name),
                at or known.told(name),
                _speaking(name, replace(report, ordered_at=order.ordered_at), facts),
            )
            for report, at in reports
            if getattr(report, name)
        ]
        if told:
            best = max(told, key=lambda each: each.worth)
            fields[name] = best.value
            candidates += best.found
            if best.at != news.freshness:
                borrowed[name] = best.at
    fields["phone"] = None  # a known one is kept as its digest
    if known.phone_digest is not None:
        borrowed["phone"] = known.told("phone")
    if news.report.phone and (known.phone_digest is None or news.reported >= known.told("phone")):
        fields["phone"] = news.report.phone
        borrowed["phone"] = news.reported
    if borrowed.get("phone") == news.freshness:
        del borrowed["phone"]
    return replace(order, **fields), borrowed, candidates


# Fields that may speak for somebody, in the order in which candidates are gathered.
_SPEAKING: Final = ("promo_codes", "items", "click_ids")


def _speaking(name: str, order: NormalisedOrder, facts: Facts) -> list[Candidate]:
    match name:
        case "promo_codes":
            return [
                *_found(evidence.by_code(order, facts.ownerships), facts),
                *_found(evidence.by_code_id(order, facts.reservations), facts),
            ]
        case "items":
            return _found(evidence.by_sku(order, facts.reservations), facts)
        case _:
            return _by_click(order, facts)


def _by_click(order: NormalisedOrder, facts: Facts) -> list[Candidate]:
    windows = {}
    for click_id in order.click_ids:
        touch = facts.clicks.get(click_id)
        if touch and touch.enrolment in facts.enrolments:
            terms = facts.enrolments[touch.enrolment].terms_at(order.ordered_at)
            windows[touch.enrolment] = terms.window_days
    return _found(evidence.by_click(order, facts.clicks, windows), facts) if windows else []


def _found(candidates: Iterable[Candidate], facts: Facts) -> list[Candidate]:
    return [candidate for candidate in candidates if candidate.enrolment in facts.enrolments]


def earning(
    order: NormalisedOrder, enrolment: EnrolmentFacts, known: KnownOrder | None, facts: Facts
) -> Earning | None:
    """What the order is worth under the terms in force at its time, for itself alone.

    Whatever depends on the creator's other orders of the month is settled by `settle_months`. None
    in a currency that is not paid.
    """
    if order.net.currency != PAID_CURRENCY:
        return None
    held = known.commission if known else None
    if held and held.enrolment != enrolment.id:
        held = None
    terms = enrolment.terms_at(order.ordered_at)
    price = price_sale(
        terms,
        order.net - order.refunded,
        items=order.items,
        first=order.external_id in facts.firsts,
        stopped=enrolment.stopped_at(order.ordered_at),
    )
    return Earning(
        enrolment=enrolment.id,
        creator=enrolment.creator,
        brand=enrolment.brand,
        amount=price.amount,
        fee=_fee(held, price.amount, enrolment.fee_bps),
        month=month_of(order.ordered_at),
        terms=terms.id,
        price=price,
    )


def _fee(held: Commission | None, amount: Money, fee_bps: int) -> Money:
    """A changed fee is for commissions to come: one whose amount stands keeps its own."""
    if held and held.amount == amount:
        return held.fee
    return commissions.fee_on(amount, fee_bps)


def count(decision: Decision, commission: Commission | None, facts: Facts) -> Counted | None:
    """What a new order counts for in the results with its stored commission; None for nobody's.

    What SQL says of stored orders (db.repositories.results) is the same.
    """
    if decision.enrolment is None:
        return None
    report, credit = decision.order, decision.credit
    kind, handle = "", ""
    if credit is not None:
        kind, handle = credit.kind.value, credit.value[:100]
        if credit.kind is EvidenceKind.CLICK:
            handle = str(facts.clicks[credit.value].link)
    in_tenge = report.net.currency == PAID_CURRENCY
    amount = proof = unfunded = fee = 0
    release = None
    if commission is not None:
        amount, fee = commission.amount.minor, commission.fee.minor
        if commission.state in commissions.OPEN:
            terms = facts.enrolments[decision.enrolment].version(commission.terms)
            proof = amount if terms.proof_required else 0
            unfunded = 0 if commission.funded else amount
        if commission.state is commissions.CommissionState.IN_HOLD and commission.hold_until:
            release = day_of(commission.hold_until)
    return Counted(
        enrolment=decision.enrolment,
        day=day_of(report.ordered_at),
        state=reward_state(commission),
        net_minor=report.net.minor - report.refunded.minor if in_tenge else 0,
        kind=kind,
        handle=handle,
        amount_minor=amount,
        fee_minor=fee,
        proof_minor=proof,
        unfunded_minor=unfunded,
        release=release,
    )


def months_of(
    decision: Decision, enrolments: Mapping[EnrolmentId, EnrolmentFacts]
) -> set[MonthKey]:
    """The months of enrolments whose other orders may cost more or less by this decision."""
    known = decision.known.commission if decision.known else None
    return {
        (each.enrolment, each.month)
        for each in (known, decision.commission)
        if each and each.enrolment in enrolments and enrolments[each.enrolment].monthly
    }


def settle_months(
    decisions: Sequence[Decision],
    others: Sequence[Sale],
    so_far: Mapping[MonthKey, SoFar],
    facts: Facts,
) -> tuple[list[Decision], list[tuple[Sale, Commission]]]:
    """Price the months that a batch touches as a whole, in the order in which buyers ordered.

    `others` are orders that are not in the batch: of those months, from the first touched order on,
    or whose place as a buyer's first has changed. Returns the decisions with their final prices and
    the others whose price has changed. So it does not matter which order was reported first.
    """
    sales: dict[MonthKey, list[tuple[Sale, int | None]]] = {}
    for index, decision in enumerate(decisions):
        commission = decision.commission
        if commission is None or commission.state in commissions.LOST:
            continue
        if facts.enrolments[commission.enrolment].monthly:
            key = commission.enrolment, commission.month
            sales.setdefault(key, []).append((_sale(decision, facts), index))
    for other in others:
        key = other.commission.enrolment, other.commission.month
        sales.setdefault(key, []).append((other, None))

    settled = list(decisions)
    moved: list[tuple[Sale, Commission]] = []
    for key, month in sales.items():
        enrolment = facts.enrolments[key[0]]
        month.sort(key=lambda pair: pair[0].key)
        prices = price_month(
            [sale for sale, _ in month],
            [enrolment.terms_at(sale.ordered_at) for sale, _ in month],
            [enrolment.stopped_at(sale.ordered_at) for sale, _ in month],
            so_far.get(key, SoFar()) if enrolment.monthly else SoFar(),
        )
        for (sale, position), price in zip(month, prices, strict=True):
            old = sale.commission
            held = sale.held if position is not None else old
            new = replace(
                old,
                amount=price.amount,
                fee=_fee(held, price.amount, enrolment.fee_bps),
                price=price,
                terms=enrolment.terms_at(sale.ordered_at).id,
            )
            if position is not None:
                settled[position] = replace(settled[position], commission=new)
            elif (new.amount, new.fee, new.price) != (old.amount, old.fee, old.price):
                moved.append((sale, new))
    return settled, moved


def _sale(decision: Decision, facts: Facts) -> Sale:
    order, known, commission = decision.order, decision.known, decision.commission
    assert commission is not None
    held = known.commission if known else None
    if held and held.enrolment != commission.enrolment:
        held = None
    base = order.net - order.refunded
    stands = (
        held is not None
        and held.state is commissions.CommissionState.AVAILABLE
        and known is not None
        and known.report.net - known.report.refunded == base
    )
    return Sale(
        key=sale_key(order.ordered_at, facts.place, order.external_id),
        order=known.id if known else OrderId(0),
        status=order.status,
        base=base,
        items=order.items,
        first=decision.first,
        commission=commission,
        held=held,
        floor_minor=held.amount.minor if stands and held else None,
    )


def fundable(cost_minor: int, funds_minor: int, credit_limit_minor: int) -> bool:
    """Whether the brand's funds, after paying the cost, stay within its credit limit (all tiyn)."""
    return funds_minor - cost_minor >= -credit_limit_minor
