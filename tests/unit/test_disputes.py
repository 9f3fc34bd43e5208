"""The rules of disputes and of corrections, from facts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from core.corrections import Correction, correct, corrected
from core.disputes import (
    NEXT,
    OVER,
    REASONS,
    DisputedOrder,
    DisputeKind,
    DisputeState,
    FoundOrder,
    Signs,
    Verdict,
    answerable,
    by_data,
    credited_by_silence,
    in_series,
    read_numbers,
)
from core.errors import BadInput
from core.evidence import Grade
from core.ids import DisputedOrderId, DisputeId, EnrolmentId, OrderId, PersonId
from core.money import tenge
from core.orders import OrderStatus, Place, freshness
from core.reconciliation import KnownOrder, news
from tests.usecases.order_builders import an_order

NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
ME, OTHER = PersonId(1), PersonId(2)
PENDING, APPROVED, REJECTED, RETURNED = OrderStatus


def found(status: OrderStatus = APPROVED, creator: PersonId | None = None) -> FoundOrder:
    return FoundOrder(
        id=OrderId(1),
        number="1001",
        status=status,
        ordered_at=NOW,
        net=tenge(10_000),
        refunded=tenge(0),
        enrolment=None if creator is None else EnrolmentId(1),
        creator=creator,
        grade=None if creator is None else Grade.A,
    )


def disputed(number: str, order: int | None = 1, followers: int = 0) -> DisputedOrder:
    return DisputedOrder(
        id=DisputedOrderId(0),
        dispute=DisputeId(1),
        number=number,
        order=None if order is None else OrderId(order),
        typed=True,
        followers=followers,
    )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("712155089", ("712155089",)),
        ("№ 712155089, #712155090;\n712155089", ("712155089", "712155090")),
        ("Тапсырыс 12345 (20.11.2026) A-77.", ("12345", "A-77")),
        ("24219509-0020-1", ("24219509-0020-1",)),
    ],
)
def test_numbers_are_read_out_of_what_people_write(text: str, numbers: tuple[str, ...]) -> None:
    assert read_numbers(text).numbers == numbers


@pytest.mark.parametrize("text", ["", "менің тапсырысым", "20.11.2026", "12", "6.61808E+12"])
def test_what_is_no_number_is_asked_for_again(text: str) -> None:
    with pytest.raises(BadInput):
        read_numbers(text)


def test_the_data_decide_only_what_they_can() -> None:
    def say(kind: DisputeKind, order: FoundOrder | None) -> Verdict:
        return by_data(order, creator=ME, since=NOW, kind=kind, claimed=tenge(15_000))

    missing, amount, declined = DisputeKind
    assert say(missing, None) is Verdict.WAITING
    assert say(missing, found()) is Verdict.WAITING
    assert say(missing, found(creator=ME)) is Verdict.YOURS
    assert say(missing, found(REJECTED)) is Verdict.LOST
    early = replace(found(), ordered_at=NOW - timedelta(seconds=1))
    assert say(missing, early) is Verdict.EARLY
    assert {say(kind, found(creator=OTHER)) for kind in DisputeKind} == {Verdict.OTHERS}
    assert say(amount, found(creator=ME)) is Verdict.WAITING
    assert say(amount, replace(found(creator=ME), net=tenge(15_000))) is Verdict.YOURS
    assert say(declined, found(RETURNED, ME)) is Verdict.WAITING
    assert say(declined, found(APPROVED, ME)) is Verdict.YOURS


def test_not_found_can_be_said_only_after_the_data_were_read() -> None:
    for kind in DisputeKind:
        assert Verdict.NOT_FOUND not in answerable(kind, None, read_since=False)
        assert Verdict.NOT_FOUND in answerable(kind, None, read_since=True)
        assert Verdict.NOT_FOUND not in answerable(kind, found(), read_since=True)
        assert Verdict.PAID not in answerable(kind, None, read_since=True)
        assert REASONS[kind]


def test_silence_credits_neither_counted_numbers_nor_own_purchases() -> None:
    orders = [
        disputed("1001", 1),
        disputed("1002", 2),
        disputed("1003", 3),
        disputed("1004", 4, followers=1),
        disputed("5000", 5),
        disputed("6000", 6),
        disputed("7000", None),
    ]
    signs = {OrderId(2): Signs(touched=True), OrderId(6): Signs(own=True)}

    credited = credited_by_silence(orders, signs)

    assert [each.number for each in credited] == ["1001", "1002", "1003", "1004", "5000"]  # a gap
    assert in_series(["1001", "1003"]) == frozenset()
    alone = credited_by_silence(orders, {OrderId(6): Signs(own=True)})
    assert [each.number for each in alone] == ["1004", "5000"]


def test_every_state_leads_to_an_end() -> None:
    for state in DisputeState:
        reached, ahead = {state}, [state]
        while ahead:
            for one in NEXT[ahead.pop()] - reached:
                reached.add(one)
                ahead.append(one)
        assert reached & set(OVER), state


def test_a_report_is_read_through_a_correction_as_long_as_it_repeats_what_was_corrected() -> None:
    reported = an_order("1", APPROVED)
    correction = correct(reported, None, net=tenge(14_000))

    assert corrected(reported, correction).net == tenge(14_000)
    assert corrected(replace(reported, status=RETURNED), correction).net == tenge(14_000)
    third = an_order("1", APPROVED, net=tenge(13_000))
    assert corrected(third, correction) is third
    assert Correction.from_json(correction.to_json()) == correction


def test_a_second_correction_remembers_what_the_first_one_corrected() -> None:
    reported = an_order("1", REJECTED)
    first = correct(reported, None, status=APPROVED)
    stands = corrected(reported, first)
    second = correct(stands, first, net=tenge(12_000))

    both = corrected(reported, second)

    assert (both.status, both.net) == (APPROVED, tenge(12_000))
    returned = an_order("1", RETURNED)
    assert corrected(returned, second).status is RETURNED


def test_it_does_not_matter_in_which_order_reports_and_a_correction_come() -> None:
    days = [an_order("1", APPROVED, changed=NOW + timedelta(days=n)) for n in range(3)]
    correction = correct(days[0], None, net=tenge(14_000))
    ends = set()
    for first, *rest in permutations(days):
        for moment in range(3):
            held = KnownOrder(
                id=OrderId(1),
                freshness=freshness(first, NOW),
                report=corrected(first, correction) if moment == 0 else first,
                approved_at=None,
                enrolment=None,
                phone_digest=None,
                commission=None,
                place=Place.KASPI,
                correction=correction if moment == 0 else None,
            )
            for step, report in enumerate(rest, 1):
                told = news(report, NOW, held)
                order = told.order
                if step == moment:
                    order = corrected(order, correction)
                held = replace(
                    held,
                    freshness=told.freshness,
                    report=order,
                    correction=correction if step >= moment else None,
                )
            ends.add((held.freshness, held.report.net, held.report.raw_hash))
    assert len(ends) == 1
    assert next(iter(ends))[1] == tenge(14_000)
