"""Evidence and attribution: at most one credit, whatever the order in which evidence arrives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.attribution import decide
from core.code_shapes import Damage
from core.codes import CodeOwnership
from core.evidence import (
    AlikeCode,
    Candidate,
    ClickTouch,
    EvidenceKind,
    Grade,
    SkuReservation,
    by_click,
    by_code,
    by_sku,
    near_misses,
)
from core.ids import CodeId, EnrolmentId, LinkId
from core.money import Money
from core.offers import CreditPolicy
from core.orders import NormalisedOrder, OrderItem, OrderStatus

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST, SECOND = EnrolmentId(1), EnrolmentId(2)
OWNED = {EvidenceKind.CODE, EvidenceKind.ARTICLE, EvidenceKind.TAG, EvidenceKind.SKU}


def order(
    *,
    codes: tuple[str, ...] = (),
    skus: tuple[str, ...] = (),
    clicks: tuple[str, ...] = (),
) -> NormalisedOrder:
    return NormalisedOrder(
        external_id="1",
        ordered_at=NOON,
        status=OrderStatus.APPROVED,
        status_raw="",
        gross=Money(100),
        net=Money(100),
        raw_hash="",
        promo_codes=codes,
        items=tuple(OrderItem(sku=sku) for sku in skus),
        click_ids=clicks,
    )


def held(
    code: str, enrolment: EnrolmentId, since: datetime, until: datetime | None = None
) -> CodeOwnership:
    return CodeOwnership(code=CodeId(1), normal=code, enrolment=enrolment, since=since, until=until)


candidates = st.builds(
    Candidate,
    enrolment=st.integers(1, 5).map(EnrolmentId),
    grade=st.sampled_from(Grade),
    kind=st.sampled_from(EvidenceKind),
    value=st.just("v"),
    at=st.integers(0, 5).map(lambda days: NOON - days * DAY),
)


@given(st.lists(candidates, max_size=8), st.sampled_from(CreditPolicy), st.randoms())
def test_the_winner_does_not_depend_on_the_order_of_evidence(
    found: list[Candidate], policy: CreditPolicy, chance: st.DataObject
) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    one, other = decide(found, policy), decide(shuffled, policy)

    assert (one and one.enrolment) == (other and other.enrolment)
    assert (one and one.grade) == (other and other.grade)


@given(st.lists(candidates, min_size=1, max_size=8), st.sampled_from(CreditPolicy))
def test_somebody_wins_and_the_winner_is_no_loser(
    found: list[Candidate], policy: CreditPolicy
) -> None:
    credit = decide(found, policy)

    assert credit
    assert credit.enrolment in {one.enrolment for one in found}
    assert credit.enrolment not in {one.enrolment for one in credit.losers}
    best = min(one.grade for one in found)
    match policy:
        case CreditPolicy.GRADE_FIRST | CreditPolicy.GRADE_FIRST_TOUCH:
            assert credit.grade == best
        case CreditPolicy.OWNER_LAST_TOUCH:
            owned = [one for one in found if one.kind in OWNED] or found
            latest = max(one.at for one in owned)
            assert credit.enrolment in {one.enrolment for one in owned if one.at == latest}
        case CreditPolicy.LAST_TOUCH:
            latest = max(one.at for one in found)
            assert credit.enrolment in {one.enrolment for one in found if one.at == latest}
        case CreditPolicy.FIRST_TOUCH:
            first = min(one.at for one in found)
            assert credit.enrolment in {one.enrolment for one in found if one.at == first}


def test_no_evidence_is_no_credit() -> None:
    assert decide([], CreditPolicy.GRADE_FIRST) is None


def test_a_code_beats_a_later_click_unless_the_last_touch_counts() -> None:
    ownerships = {"DANA10": [held("DANA10", FIRST, NOON - 30 * DAY)]}
    clicks = {"c": ClickTouch(click_id="c", link=LinkId(1), enrolment=SECOND, at=NOON - DAY)}
    sold = order(codes=(" dana10 ",), clicks=("c",))

    found = [*by_code(sold, ownerships), *by_click(sold, clicks, {SECOND: 30})]
    by_grade = decide(found, CreditPolicy.GRADE_FIRST)
    by_touch = decide(found, CreditPolicy.LAST_TOUCH)

    assert by_grade
    assert (by_grade.enrolment, by_grade.grade, by_grade.value) == (FIRST, Grade.A, "DANA10")
    assert [loser.enrolment for loser in by_grade.losers] == [SECOND]
    assert by_touch
    assert by_touch.enrolment == SECOND


def test_a_code_counts_for_whoever_held_it_when_the_order_was_placed() -> None:
    ownerships = {
        "DANA10": [
            held("DANA10", FIRST, NOON - 90 * DAY, NOON - 60 * DAY),
            held("DANA10", SECOND, NOON),
        ]
    }

    (found,) = by_code(order(codes=("DANA10",)), ownerships)

    assert found.enrolment == SECOND


def test_a_reserved_sku_counts_from_its_first_moment_to_before_its_end() -> None:
    def credited(since: datetime, until: datetime | None) -> bool:
        reserved = SkuReservation(sku="CR-50", enrolment=FIRST, since=since, until=until)
        return bool(list(by_sku(order(skus=("X", "CR-50")), {"CR-50": [reserved]})))

    assert credited(NOON, None)
    assert credited(NOON - DAY, NOON + DAY)
    assert not credited(NOON - DAY, NOON)
    assert not credited(NOON + DAY, None)


@pytest.mark.parametrize(
    ("age", "counts"),
    [
        (timedelta(0), True),
        (timedelta(days=30), True),
        (timedelta(days=30, seconds=1), False),
        (timedelta(seconds=-1), False),
    ],
)
def test_a_click_counts_within_its_window_and_before_the_order(
    age: timedelta, counts: bool
) -> None:
    clicks = {"c": ClickTouch(click_id="c", link=LinkId(1), enrolment=FIRST, at=NOON - age)}

    found = list(by_click(order(clicks=("c", "unknown")), clicks, {FIRST: 30}))

    assert bool(found) is counts
    assert list(by_click(order(clicks=("c",)), clicks, {})) == []


def test_what_almost_fits_is_shown_to_a_person_and_not_paid() -> None:
    over = [held("DANA10", FIRST, NOON - 90 * DAY, NOON - 60 * DAY)]
    marat = AlikeCode(damage=Damage.LOOKALIKE, held=(held("MAPAT10", SECOND, NOON - DAY),))
    sold = order(codes=("DANA10", "МАРАТ-10", "UNKNOWN"))

    found = list(near_misses(sold, {"DANA10": over}, {"МАРАТ-10": [marat]}))

    assert list(by_code(sold, {"DANA10": over})) == []
    assert [(miss.reason, miss.enrolment) for miss in found] == [
        ("not_owner_then", FIRST),
        ("lookalike", SECOND),
    ]
