"""Changes of conditions: what is better for creators, what is worse, and when each comes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.changes import Conditions, Field, plan
from core.ids import BrandId
from core.offers import CreditPolicy, Forbidden, OfferState, Promotion
from core.people import Platform
from core.pricing import Rate, RateBy, Rule, Rung
from tests.builders import DRAFT

NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
RULE = Rule(
    percent_bps=1_000,
    cap_order_minor=500,
    cap_month_minor=5_000,
    budget_minor=50_000,
    first_order=1_500,
    ladder=(Rung(orders=10, worth=1_200),),
    rates=(Rate(by=RateBy.CATEGORY, name="Covers", percent_bps=800),),
)
BASE = Conditions.of(DRAFT.offer(BrandId(1), OfferState.ACTIVE))
BEFORE = replace(
    BASE,
    terms=replace(
        BASE.terms,
        rule=RULE,
        min_order_minor=100,
        proof_required=False,
        hold_days=14,
        auto_approve_days=30,
    ),
    discount_bps=1_000,
    platforms=(Platform.TIKTOK, Platform.INSTAGRAM),
    forbidden=Forbidden(ways=(Promotion.SPAM,)),
    ends_at=NOW + timedelta(days=100),
)


def with_rule(**changed: Any) -> Conditions:
    return replace(BEFORE, terms=replace(BEFORE.terms, rule=replace(RULE, **changed)))


def with_terms(**changed: Any) -> Conditions:
    return replace(BEFORE, terms=replace(BEFORE.terms, **changed))


BETTER = [
    (Field.REWARD, with_rule(percent_bps=1_100)),
    (Field.RATES, with_rule(rates=())),
    (Field.RATES, with_rule(rates=(replace(RULE.rates[0], percent_bps=900),))),
    (Field.LADDER, with_rule(ladder=(Rung(orders=5, worth=1_200),))),
    (Field.FIRST_ORDER, with_rule(first_order=1_600)),
    (Field.CAP_ORDER, with_rule(cap_order_minor=0)),
    (Field.CAP_MONTH, with_rule(cap_month_minor=6_000)),
    (Field.BUDGET, with_rule(budget_minor=60_000)),
    (Field.MIN_ORDER, with_terms(min_order_minor=0)),
    (Field.HOLD, with_terms(hold_days=7)),
    (Field.SILENCE, with_terms(auto_approve_days=14)),
    (Field.WINDOW, with_terms(window_days=BEFORE.terms.window_days + 1)),
    (Field.NOTICE, with_terms(notice_days=30)),
    (Field.DISCOUNT, replace(BEFORE, discount_bps=1_500)),
    (Field.PLATFORMS, replace(BEFORE, platforms=())),
    (Field.FORBIDDEN, replace(BEFORE, forbidden=Forbidden())),
    (Field.ENDS, replace(BEFORE, ends_at=None)),
]
WORSE = [
    (Field.REWARD, with_rule(percent_bps=900)),
    (Field.RATES, with_rule(rates=(replace(RULE.rates[0], percent_bps=700),))),
    (Field.RATES, with_rule(rates=(*RULE.rates, replace(RULE.rates[0], name="x")))),
    (Field.LADDER, with_rule(ladder=())),
    (Field.LADDER, with_rule(ladder=(Rung(orders=11, worth=2_000),))),
    (Field.FIRST_ORDER, with_rule(first_order=0)),
    (Field.CAP_ORDER, with_rule(cap_order_minor=400)),
    (Field.BUDGET, with_rule(budget_minor=40_000)),
    (Field.MIN_ORDER, with_terms(min_order_minor=200)),
    (Field.HOLD, with_terms(hold_days=15)),
    (Field.SILENCE, with_terms(auto_approve_days=45)),
    (Field.SILENCE, with_terms(auto_approve_days=0)),
    (Field.PROOF, with_terms(proof_required=True)),
    (Field.CREDIT, with_terms(credit_policy=CreditPolicy.LAST_TOUCH)),
    (Field.DISCOUNT, replace(BEFORE, discount_bps=0)),
    (Field.PLATFORMS, replace(BEFORE, platforms=(Platform.TIKTOK,))),
    (Field.FORBIDDEN, replace(BEFORE, forbidden=Forbidden(ways=(Promotion.SPAM,), own="x"))),
    (Field.ENDS, replace(BEFORE, ends_at=NOW + timedelta(days=50))),
]


@pytest.mark.parametrize(("field", "after"), BETTER)
def test_what_is_better_holds_at_once(field: Field, after: Conditions) -> None:
    planned = plan(BEFORE, after, NOW)

    assert (planned.better, planned.worse) == ((field,), ())
    assert (planned.now, planned.later, planned.effective_at) == (after, None, None)


@pytest.mark.parametrize(("field", "after"), WORSE)
def test_what_is_worse_waits_for_the_midnight_after_the_notice(
    field: Field, after: Conditions
) -> None:
    planned = plan(BEFORE, after, NOW)

    assert (planned.better, planned.worse) == ((), (field,))
    assert (planned.now, planned.later) == (None, after)
    # 21 November and 14 days are 5 December, which is over at 19:00 UTC in Almaty.
    assert planned.effective_at == datetime(2026, 12, 5, 19, tzinfo=UTC)


def test_a_longer_notice_that_was_promised_is_kept_when_it_is_shortened() -> None:
    promised = with_terms(notice_days=60)

    planned = plan(promised, BEFORE, NOW)

    assert planned.worse == (Field.NOTICE,)
    assert planned.effective_at is not None
    assert planned.effective_at - NOW >= timedelta(days=60)


def test_a_mixed_change_is_split() -> None:
    after = replace(
        with_rule(percent_bps=1_100, cap_month_minor=4_000),
        discount_bps=500,
    )

    planned = plan(BEFORE, after, NOW)

    assert planned.better == (Field.REWARD,)
    assert set(planned.worse) == {Field.CAP_MONTH, Field.DISCOUNT}
    assert planned.now == with_rule(percent_bps=1_100)
    assert planned.later == after


def test_a_sum_instead_of_a_percentage_changes_the_whole_rule_after_the_notice() -> None:
    after = with_rule(percent_bps=0, fixed_minor=5_000, rates=(), ladder=(), first_order=9_000)

    planned = plan(BEFORE, after, NOW)

    assert planned.better == ()
    assert planned.later == after


def test_a_better_part_that_makes_no_rule_alone_waits_with_the_rest() -> None:
    after = with_rule(percent_bps=1_300, ladder=())  # above the rung that still stands

    planned = plan(BEFORE, after, NOW)

    assert planned.now is None
    assert planned.later == after
    assert set(planned.worse) == {Field.REWARD, Field.LADDER}


def test_nothing_changed_plans_nothing() -> None:
    planned = plan(BEFORE, BEFORE, NOW)

    assert (planned.now, planned.later, planned.better, planned.worse) == (None, None, (), ())


def test_announced_conditions_survive_storage() -> None:
    stored = Conditions.from_json(json.loads(json.dumps(BEFORE.to_json())))

    assert plan(BEFORE, stored, NOW).better == plan(BEFORE, stored, NOW).worse == ()


def test_an_end_before_the_notice_is_over_comes_with_the_change() -> None:
    coming = plan(BEFORE, with_terms(proof_required=True), NOW).effective_at
    assert coming is not None

    sooner = plan(BEFORE, replace(BEFORE, ends_at=NOW + timedelta(days=2)), NOW)
    endless = replace(BEFORE, ends_at=None)
    from_endless = plan(endless, replace(endless, ends_at=NOW + timedelta(days=2)), NOW)

    assert sooner.later is not None
    assert (sooner.worse, sooner.later.ends_at) == ((Field.ENDS,), coming)
    assert from_endless.later is not None
    assert from_endless.later.ends_at == coming


def test_an_offer_that_ends_during_the_notice_ends_on_its_own_day() -> None:
    ending = replace(BEFORE, ends_at=NOW + timedelta(days=5))

    planned = plan(ending, replace(ending, ends_at=NOW + timedelta(days=2)), NOW)

    assert (planned.better, planned.worse) == ((), ())


def test_a_rate_of_its_own_is_held_against_the_top_rung() -> None:
    ladder = (Rung(orders=10, worth=2_000),)
    plain = Rule(percent_bps=1_000, ladder=ladder)
    before = replace(BEFORE, terms=replace(BEFORE.terms, rule=plain))

    def planned(**changed: Any) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
        rule = replace(plain, **changed)
        found = plan(before, replace(before, terms=replace(before.terms, rule=rule)), NOW)
        return found.better, found.worse

    covers = Rate(by=RateBy.CATEGORY, name="Covers", percent_bps=1_500)
    assert planned(first_order=1_500) == ((), (Field.FIRST_ORDER,))
    assert planned(first_order=2_100) == ((Field.FIRST_ORDER,), ())
    assert planned(rates=(covers,)) == ((), (Field.RATES,))
    assert planned(rates=(replace(covers, percent_bps=2_000),)) == ((Field.RATES,), ())
