"""Attribution: order and evidence in, at most one credited enrolment out, with the reason."""

from __future__ import annotations

from collections.abc import Iterable

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


_OWNED = {EvidenceKind.CODE: 0, EvidenceKind.SKU: 1, EvidenceKind.CLICK: 2}


def decide(candidates: Iterable[Candidate], policy: CreditPolicy) -> Credit | None:
    """Pick the winner.

    GRADE_FIRST: the higher grade, within a grade what is owned (code, SKU) before what was merely
    touched, then the last touch before the order. LAST_TOUCH: the last touch whatever its grade.
    A remaining tie goes to the older enrolment, so that the answer never depends on the order in
    which evidence arrives.
    """

    def by_grade(candidate: Candidate) -> tuple[str, int, float, int]:
        return (
            candidate.grade,
            _OWNED[candidate.kind],
            -candidate.at.timestamp(),
            candidate.enrolment,
        )

    def by_touch(candidate: Candidate) -> tuple[float, str, int, int]:
        return (
            -candidate.at.timestamp(),
            candidate.grade,
            _OWNED[candidate.kind],
            candidate.enrolment,
        )

    key = by_grade if policy is CreditPolicy.GRADE_FIRST else by_touch
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
