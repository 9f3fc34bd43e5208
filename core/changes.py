"""Changes of a published offer: what is better for creators, what is worse, and when each holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from core.errors import BadInput
from core.ids import OfferId, PersonId
from core.offers import CreditPolicy, Forbidden, Offer, Terms
from core.orders import ALMATY
from core.people import Platform
from core.pricing import Rule
from core.typed import day_end


class ChangeKind(StrEnum):
    """TERMS is what creators agreed to, with notice; CONTENT is what people see, with review."""

    TERMS = "terms"
    CONTENT = "content"


class ChangeState(StrEnum):
    """OPEN waits for its time or its review."""

    OPEN = "open"
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


class Field(StrEnum):
    """One condition that can become better or worse by itself."""

    REWARD = "reward"  # percentage or sum, and which of the two
    RATES = "rates"
    LADDER = "ladder"
    FIRST_ORDER = "first_order"
    CAP_ORDER = "cap_order"
    CAP_MONTH = "cap_month"
    BUDGET = "budget"
    MIN_ORDER = "min_order"
    HOLD = "hold_days"
    SILENCE = "auto_approve_days"
    WINDOW = "window_days"
    PROOF = "proof"
    CREDIT = "credit_policy"
    NOTICE = "notice_days"
    DISCOUNT = "discount"
    PLATFORMS = "platforms"
    FORBIDDEN = "forbidden"
    ENDS = "ends"


RULE_FIELDS: Final = (
    Field.REWARD,
    Field.RATES,
    Field.LADDER,
    Field.FIRST_ORDER,
    Field.CAP_ORDER,
    Field.CAP_MONTH,
    Field.BUDGET,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Everything that a creator agreed to: the terms, and what of the offer bears on earning.

    `discount_bps` is what buyers save with a code: a code is worth less when it saves less.
    """

    terms: Terms
    discount_bps: int
    platforms: tuple[Platform, ...]
    forbidden: Forbidden
    ends_at: datetime | None

    @classmethod
    def of(cls, offer: Offer) -> Conditions:
        """The conditions of an offer as it stands."""
        return cls(
            terms=offer.terms,
            discount_bps=offer.discount_bps,
            platforms=offer.eligibility.platforms,
            forbidden=offer.forbidden,
            ends_at=offer.ends_at,
        )

    def over(self, offer: Offer) -> Offer:
        """The offer under these conditions."""
        return replace(
            offer,
            terms=self.terms,
            discount_bps=self.discount_bps,
            eligibility=replace(offer.eligibility, platforms=self.platforms),
            forbidden=self.forbidden,
            ends_at=self.ends_at,
        )

    def to_json(self) -> dict[str, Any]:
        """As an announced change keeps them."""
        terms = self.terms
        return {
            "rule": terms.rule.to_json(),
            "hold_days": terms.hold_days,
            "window_days": terms.window_days,
            "proof_required": terms.proof_required,
            "min_order_minor": terms.min_order_minor,
            "credit_policy": terms.credit_policy,
            "notice_days": terms.notice_days,
            "auto_approve_days": terms.auto_approve_days,
            "discount_bps": self.discount_bps,
            "platforms": [str(platform) for platform in self.platforms],
            "forbidden": self.forbidden.to_json(),
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Conditions:
        """Read announced conditions; their terms have no id and no version yet."""
        return cls(
            terms=Terms(
                id=None,
                offer=None,
                version=0,
                rule=Rule.from_json(data["rule"]),
                hold_days=int(data["hold_days"]),
                window_days=int(data["window_days"]),
                proof_required=bool(data["proof_required"]),
                min_order_minor=int(data["min_order_minor"]),
                credit_policy=CreditPolicy(data["credit_policy"]),
                notice_days=int(data["notice_days"]),
                # what was announced before there was such a condition has it not
                auto_approve_days=int(data.get("auto_approve_days", 0)),
            ),
            discount_bps=int(data["discount_bps"]),
            platforms=tuple(Platform(platform) for platform in data["platforms"]),
            forbidden=Forbidden.from_json(data["forbidden"]),
            ends_at=datetime.fromisoformat(data["ends_at"]) if data["ends_at"] else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a change does: `now` holds at once, `later` from `effective_at` on; None = nothing.

    `better` and `worse` name the conditions of each part.
    """

    before: Conditions
    now: Conditions | None
    later: Conditions | None
    better: tuple[Field, ...]
    worse: tuple[Field, ...]
    effective_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferChange:
    """A change that is kept: announced conditions, or a new content in review.

    `content` of TERMS holds `before` and `after` as conditions; of CONTENT, a form's answers.
    """

    id: int
    offer: OfferId
    kind: ChangeKind
    state: ChangeState
    content: Mapping[str, Any]
    created_by: PersonId | None
    created_at: datetime
    effective_at: datetime | None = None
    note: str = ""

    @property
    def before(self) -> Conditions:
        """The conditions until the change."""
        return Conditions.from_json(self.content["before"])

    @property
    def after(self) -> Conditions:
        """The conditions that are announced."""
        return Conditions.from_json(self.content["after"])

    @property
    def fields(self) -> tuple[Field, ...]:
        """What becomes worse by it."""
        return differing(self.before, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What handing in an edited offer will do.

    `plan` is about conditions; `content` says whether a moderator looks at what people see first;
    `open` whether anything that holds for newcomers only changes at once; `creators` will be told.
    """

    offer: Offer
    wanted: Offer
    plan: Plan
    content: bool
    open: bool
    creators: int

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.plan.better or self.plan.worse or self.content or self.open)


def plan(before: Conditions, after: Conditions, now: datetime) -> Plan:
    """Split a change: what is better holds at once, what is worse after the notice period.

    Each condition counts by itself with the others as they are. Where the better part alone would
    make no rule that can be, the whole change waits. The notice is that of the present conditions.
    """
    effective_at = after_notice(now, before.terms.notice_days)
    after = _not_ending_before(effective_at, before, after)
    changed = differing(before, after)
    worse = [one for one in changed if not _better(one, before, after)]
    if Field.REWARD in worse and before.terms.rule.base != after.terms.rule.base:
        # A percentage against a sum: the rest of the rule means something else with each.
        worse = [one for one in changed if one in worse or one in RULE_FIELDS]
    better = [one for one in changed if one not in worse]
    meanwhile = _mixed(before, after, better)
    if meanwhile is None:
        better, worse = [], list(changed)
    return Plan(
        before=before,
        now=meanwhile if better else None,
        later=after if worse else None,
        better=tuple(better),
        worse=tuple(worse),
        effective_at=effective_at if worse else None,
    )


def _not_ending_before(moment: datetime, before: Conditions, after: Conditions) -> Conditions:
    """The new conditions without an earlier end than the notice leaves time for.

    Codes end with the offer: an end before the change is in force would be one without notice.
    """
    least = moment if before.ends_at is None else min(moment, before.ends_at)
    if after.ends_at is None or after.ends_at >= least:
        return after
    return replace(after, ends_at=least)


def carried_out(offer: Offer, change: OfferChange) -> Conditions:
    """The conditions of an offer once an announced change is in force.

    Only what was announced changes: the offer may have got an end of its own meanwhile.
    """
    return _mixed(Conditions.of(offer), change.after, change.fields) or change.after


def after_notice(now: datetime, days: int) -> datetime:
    """The first midnight in Almaty after the notice period, as UTC."""
    return day_end((now + timedelta(days=days)).astimezone(ALMATY).date()).astimezone(UTC)


def differing(before: Conditions, after: Conditions) -> tuple[Field, ...]:
    """The conditions in which two sets differ."""
    return tuple(one for one in Field if value(before, one) != value(after, one))


def value(conditions: Conditions, field: Field) -> Any:
    """One condition, to be compared or worded."""
    return _VALUES[field](conditions)


_VALUES: Final[Mapping[Field, Callable[[Conditions], Any]]] = {
    Field.REWARD: lambda c: (c.terms.rule.base, c.terms.rule.worth),
    Field.RATES: lambda c: tuple(
        sorted((rate.key, rate.percent_bps) for rate in c.terms.rule.rates)
    ),
    Field.LADDER: lambda c: tuple((rung.orders, rung.worth) for rung in c.terms.rule.ladder),
    Field.FIRST_ORDER: lambda c: c.terms.rule.first_order,
    Field.CAP_ORDER: lambda c: c.terms.rule.cap_order_minor,
    Field.CAP_MONTH: lambda c: c.terms.rule.cap_month_minor,
    Field.BUDGET: lambda c: c.terms.rule.budget_minor,
    Field.MIN_ORDER: lambda c: c.terms.min_order_minor,
    Field.HOLD: lambda c: c.terms.hold_days,
    Field.SILENCE: lambda c: c.terms.auto_approve_days,
    Field.WINDOW: lambda c: c.terms.window_days,
    Field.PROOF: lambda c: c.terms.proof_required,
    Field.CREDIT: lambda c: c.terms.credit_policy,
    Field.NOTICE: lambda c: c.terms.notice_days,
    Field.DISCOUNT: lambda c: c.discount_bps,
    Field.PLATFORMS: lambda c: frozenset(c.platforms),
    Field.FORBIDDEN: lambda c: (frozenset(c.forbidden.ways), c.forbidden.own),
    Field.ENDS: lambda c: c.ends_at,
}


def told(facts: Mapping[str, Any]) -> tuple[Conditions, Conditions, Conditions]:
    """The conditions that a notification tells of: before, from its day on, and after the notice.

    Two that are the same mean that nothing changes between them.
    """
    before = Conditions.from_json(facts["before"])
    middle = Conditions.from_json(facts["now"]) if facts.get("now") else before
    later = Conditions.from_json(facts["later"]) if facts.get("later") else middle
    return before, middle, later


def _better(field: Field, before: Conditions, after: Conditions) -> bool:
    """Whether a condition that differs is better for creators than it was."""
    old, new = value(before, field), value(after, field)
    rule, wanted = before.terms.rule, after.terms.rule
    match field:
        case Field.REWARD:
            return rule.base is wanted.base and wanted.worth > rule.worth
        case Field.RATES:
            return _no_rate_falls(rule, wanted)
        case Field.LADDER:
            return _no_rung_falls(rule, wanted)
        case Field.FIRST_ORDER:
            # Without a rate of its own the first order brings what others do, the top rung too.
            return bool(new > (old or _brought(rule)[-1]) if new else old <= rule.worth)
        case Field.CAP_ORDER | Field.CAP_MONTH | Field.BUDGET:
            return not new or bool(old and new > old)
        case Field.MIN_ORDER | Field.HOLD:
            return bool(new < old)
        case Field.SILENCE:
            return bool(new and (not old or new < old))
        case Field.WINDOW | Field.NOTICE | Field.DISCOUNT:
            return bool(new > old)
        case Field.PROOF:
            return not bool(new)
        case Field.CREDIT:
            return False  # it takes from some what it gives to others
        case Field.PLATFORMS:
            return not new or bool(old and new > old)
        case Field.FORBIDDEN:
            return bool(new[0] <= old[0]) and new[1] in ("", old[1])
        case Field.ENDS:
            return new is None or bool(old is not None and new > old)


def _no_rate_falls(rule: Rule, wanted: Rule) -> bool:
    """Whether all goods that have or get a rate of their own bring at least what they brought.

    A new rate is held against the most that the goods could bring without it, and the most of an
    old one against the least that they bring after it.
    """
    olds = {rate.key: rate.percent_bps for rate in rule.rates}
    news = {rate.key: rate.percent_bps for rate in wanted.rates}
    brought = _brought(rule)
    return all(
        news.get(key, brought[0]) >= olds.get(key, brought[-1]) for key in olds.keys() | news.keys()
    )


def _brought(rule: Rule) -> list[int]:
    """Everything that goods without a rate of their own can bring, in rising order."""
    first = [rule.first_order] if rule.first_order else []
    return sorted([rule.worth, *(rung.worth for rung in rule.ladder), *first])


def _no_rung_falls(rule: Rule, wanted: Rule) -> bool:
    """Whether at every number of orders the new ladder brings at least what the old one did."""

    def at(ladder: Sequence[Any], orders: int) -> int:
        return max((rung.worth for rung in ladder if rung.orders <= orders), default=0)

    steps = [rung.orders for rung in (*rule.ladder, *wanted.ladder)]
    return all(at(wanted.ladder, orders) >= at(rule.ladder, orders) for orders in steps)


def _mixed(before: Conditions, after: Conditions, fields: Sequence[Field]) -> Conditions | None:
    """The old conditions with some of the new; None where they cannot go together."""
    old, new = before.terms, after.terms

    def pick(field: Field) -> Conditions:
        return after if field in fields else before

    reward = pick(Field.REWARD).terms.rule
    try:
        rule = Rule(
            percent_bps=reward.percent_bps,
            fixed_minor=reward.fixed_minor,
            per_unit_minor=reward.per_unit_minor,
            cap_order_minor=pick(Field.CAP_ORDER).terms.rule.cap_order_minor,
            cap_month_minor=pick(Field.CAP_MONTH).terms.rule.cap_month_minor,
            budget_minor=pick(Field.BUDGET).terms.rule.budget_minor,
            first_order=pick(Field.FIRST_ORDER).terms.rule.first_order,
            ladder=pick(Field.LADDER).terms.rule.ladder,
            rates=pick(Field.RATES).terms.rule.rates,
        )
    except BadInput:
        return None
    return Conditions(
        terms=replace(
            old,
            rule=rule,
            hold_days=(new if Field.HOLD in fields else old).hold_days,
            window_days=(new if Field.WINDOW in fields else old).window_days,
            proof_required=(new if Field.PROOF in fields else old).proof_required,
            min_order_minor=(new if Field.MIN_ORDER in fields else old).min_order_minor,
            credit_policy=(new if Field.CREDIT in fields else old).credit_policy,
            notice_days=(new if Field.NOTICE in fields else old).notice_days,
            auto_approve_days=(new if Field.SILENCE in fields else old).auto_approve_days,
        ),
        discount_bps=pick(Field.DISCOUNT).discount_bps,
        platforms=pick(Field.PLATFORMS).platforms,
        forbidden=pick(Field.FORBIDDEN).forbidden,
        ends_at=pick(Field.ENDS).ends_at,
    )
