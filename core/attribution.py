"""Attribution: order and evidence in, at most one credited enrolment out, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from core.evidence import Candidate, EvidenceKind, Grade
from core.ids import EnrolmentId
from core.offers import CreditPolicy
from core.records import record


@record(frozen=True, slots=True, kw_only=True)
class Credit:
    """Who is credited for an order, on what evidence, and who else had some."""

    enrolment: EnrolmentId
    grade: Grade
    kind: EvidenceKind
    value: str
    losers: tuple[Candidate, ...] = ()


_OWNED: Final = frozenset(
    {EvidenceKind.CODE, EvidenceKind.ARTICLE, EvidenceKind.TAG, EvidenceKind.SKU}
)
# Within a grade what belongs to a creator comes before what a buyer merely touched.
_RANK: Final = {
    EvidenceKind.RULING: 0,
    EvidenceKind.CODE: 1,
    EvidenceKind.ARTICLE: 1,
    EvidenceKind.TAG: 1,
    EvidenceKind.SKU: 2,
    EvidenceKind.CLICK: 3,
    EvidenceKind.PHONE: 4,
    EvidenceKind.RECEIPT: 5,
    EvidenceKind.CLAIM: 6,
}


def decide(candidates: Iterable[Candidate], policy: CreditPolicy) -> Credit | None:
    """Pick the winner.

    GRADE_FIRST: the higher grade, within a grade what is owned (code, article) before what was
    merely touched, then the last touch before the order; GRADE_FIRST_TOUCH ends with the first
    touch instead. OWNER_LAST_TOUCH: what is owned, then the last touch whatever its grade.
    LAST_TOUCH and FIRST_TOUCH: by the time of the touch alone. A remaining tie goes to the older
    enrolment, so that the answer never depends on the order in which evidence arrives.
    """

    def last(candidate: Candidate) -> float:
        return -candidate.at.timestamp()

    def first(candidate: Candidate) -> float:
        return candidate.at.timestamp()

    def key(candidate: Candidate) -> tuple[Any, ...]:
        grade, rank, older = candidate.grade, _RANK[candidate.kind], candidate.enrolment
        match policy:
            case CreditPolicy.GRADE_FIRST:
                return grade, rank, last(candidate), older
            case CreditPolicy.GRADE_FIRST_TOUCH:
                return grade, rank, first(candidate), older
            case CreditPolicy.OWNER_LAST_TOUCH:
                return candidate.kind not in _OWNED, last(candidate), grade, rank, older
            case CreditPolicy.LAST_TOUCH:
                return last(candidate), grade, rank, older
            case CreditPolicy.FIRST_TOUCH:
                return first(candidate), grade, rank, older

    ranked = sorted(candidates, key=key)
    if not ranked:
        return None
    winner = ranked[0]
    return Credit(
        enrolment=winner.enrolment,
        grade=winner.grade,
        kind=winner.kind,
        value=winner.value,
        losers=tuple(c for c in ranked[1:] if c.enrolment != winner.enrolment),
    )
