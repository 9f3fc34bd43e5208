"""What an order brings its creator: the rule of the terms, and the price with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from core.errors import BadInput
from core.handles import is_tag
from core.money import Money
from core.orders import OrderItem
from core.records import record

MAX_PERCENT_BPS: Final = 8_000  # 80 %, the highest that the field knows
RATES_MAX: Final = 40  # rates by category or article that one rule can have
RUNGS_MAX: Final = 5
KEY_MAX: Final = 100  # characters of a category or an article
_LATER_NUMBERS: Final = ("per_unit_minor", "budget_minor", "first_order")


class RateBy(StrEnum):
    """What a rate of its own belongs to."""

    CATEGORY = "category"
    SKU = "sku"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A percentage for one product category or article, as the shop's orders name it."""

    by: RateBy
    name: str
    percent_bps: int

    @property
    def key(self) -> tuple[RateBy, str]:
        """What lines of orders are found by: letter case and spaces do not matter."""
        return self.by, folded(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What an order brings after so many approved ones of the month: basis points or tiyn."""

    orders: int
    worth: int


class Why(StrEnum):
    """Which part of a rule priced some of an order."""

    BASE = "base"
    FIRST_ORDER = "first_order"
    LADDER = "ladder"
    CATEGORY = "category"
    SKU = "sku"
    UNITS = "units"


class Limit(StrEnum):
    """What kept a commission lower than its rates."""

    MIN_ORDER = "min_order"
    CAP_ORDER = "cap_order"
    CAP_MONTH = "cap_month"
    BUDGET = "budget"
    BY_UNITS = "by_units"  # the offer pays by units of a report, which this order is no part of


class Base(StrEnum):
    """What a rule counts by."""

    PERCENT = "percent"
    FIXED = "fixed"
    UNITS = "units"


@record(frozen=True, slots=True, kw_only=True)
class Part:
    """Goods that one rate was taken for: `base_minor` of the order brought `amount_minor` (tiyn).

    Either `percent_bps` or `fixed_minor` is the rate; `name` is its category or article, `orders`
    the rung of a ladder, `units` how many times the sum was paid.
    """

    why: Why
    base_minor: int
    amount_minor: int
    percent_bps: int = 0
    fixed_minor: int = 0
    name: str = ""
    orders: int = 0
    units: int = 0

    def to_json(self) -> dict[str, Any]:
        """The part as it is stored with its commission."""
        data: dict[str, Any] = {
            "why": self.why,
            "base": self.base_minor,
            "amount": self.amount_minor,
            "percent_bps": self.percent_bps,
            "fixed_minor": self.fixed_minor,
            "name": self.name,
            "orders": self.orders,
        }
        return data | {"units": self.units} if self.units else data


@record(frozen=True, slots=True, kw_only=True)
class Price:
    """A commission with its reasons: the parts before the limit, and the limit that cut it."""

    amount: Money
    parts: tuple[Part, ...] = ()
    limit: Limit | None = None

    def to_json(self) -> dict[str, Any]:
        """The reasons as they are stored; the amount is the commission's own."""
        return {"parts": [part.to_json() for part in self.parts], "limit": self.limit}

    @classmethod
    def from_json(cls, amount: Money, data: Mapping[str, Any]) -> Price:
        """Read stored reasons."""
        limit = data.get("limit")
        return cls(
            amount=amount,
            parts=tuple(
                Part(
                    why=Why(part["why"]),
                    base_minor=int(part["base"]),
                    amount_minor=int(part["amount"]),
                    percent_bps=int(part["percent_bps"]),
                    fixed_minor=int(part["fixed_minor"]),
                    name=str(part["name"]),
                    orders=int(part["orders"]),
                    units=int(part.get("units", 0)),
                )
                for part in data.get("parts", ())
            ),
            limit=None if limit is None else Limit(limit),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an order brings, with everything that can make it more or less.

    The base is a percentage of the net amount, a fixed sum, or a sum for each unit that a report
    counts for a tag of the creator's: exactly one of `percent_bps`, `fixed_minor` and
    `per_unit_minor` is set, or none where only the goods of `rates` earn. A rule by units pays for
    no orders: the report has counted them already. `first_order` is the rate
    of a buyer's first order at the brand and `ladder` the rates by approved orders of the month,
    both in the unit of the base (basis points or tiyn, 0 = none). Caps and `budget_minor`, the most
    that the whole offer pays, are tiyn, 0 = none.
    """

    percent_bps: int = 0
    fixed_minor: int = 0
    per_unit_minor: int = 0
    cap_order_minor: int = 0
    cap_month_minor: int = 0
    budget_minor: int = 0
    first_order: int = 0
    ladder: tuple[Rung, ...] = ()
    rates: tuple[Rate, ...] = ()
    _by_key: dict[tuple[RateBy, str], Rate] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        bases = (self.percent_bps, self.fixed_minor, self.per_unit_minor)
        if min(bases) < 0 or sum(map(bool, bases)) > 1:
            raise BadInput("commission")
        if not self.worth and not self.rates:
            raise BadInput("commission")
        if self.percent_bps > MAX_PERCENT_BPS:
            raise BadInput("commission")
        if min(self.cap_order_minor, self.cap_month_minor, self.budget_minor) < 0:
            raise BadInput("commission")
        self._check_rates()
        self._check_ladder()
        if self.first_order < 0 or (self.first_order and (self.by_units or not self.worth)):
            raise BadInput("first_order")
        if not self.in_sums and self.first_order > MAX_PERCENT_BPS:
            raise BadInput("first_order")
        self._by_key.update({rate.key: rate for rate in self.rates})

    def _check_rates(self) -> None:
        keys = [rate.key for rate in self.rates]
        if len(set(keys)) < len(keys) or len(keys) > RATES_MAX or (keys and self.in_sums):
            raise BadInput("rates")
        for rate in self.rates:
            if not 0 <= rate.percent_bps <= MAX_PERCENT_BPS or not rate.key[1]:
                raise BadInput("rates")
            if len(rate.name) > KEY_MAX:
                raise BadInput("rates")

    def _check_ladder(self) -> None:
        """Each rung asks for more orders than the one below and brings more."""
        orders, worth = 0, self.worth
        for rung in self.ladder:
            if rung.orders <= orders or rung.worth <= worth or not self.worth:
                raise BadInput("ladder")
            orders, worth = rung.orders, rung.worth
        if len(self.ladder) > RUNGS_MAX or (not self.in_sums and worth > MAX_PERCENT_BPS):
            raise BadInput("ladder")
        if self.ladder and self.by_units:  # rungs count orders
            raise BadInput("ladder")

    @property
    def base(self) -> Base:
        """What it counts by."""
        if self.by_units:
            return Base.UNITS
        return Base.FIXED if self.fixed else Base.PERCENT

    @property
    def fixed(self) -> bool:
        """Whether the base is a sum per order."""
        return self.fixed_minor > 0

    @property
    def by_units(self) -> bool:
        """Whether it pays by units of a report, and not by orders."""
        return self.per_unit_minor > 0

    @property
    def in_sums(self) -> bool:
        """Whether its rates are sums (tiyn), and not percentages."""
        return self.fixed or self.by_units

    @property
    def worth(self) -> int:
        """The base: basis points, or tiyn where it is a sum."""
        return self.fixed_minor or self.per_unit_minor or self.percent_bps

    @property
    def monthly(self) -> bool:
        """Whether an order's price depends on other orders of its creator's month."""
        return bool(self.ladder or self.cap_month_minor)

    def to_json(self) -> dict[str, Any]:
        """The rule as it is stored with its terms; what is not set is left out."""
        data: dict[str, Any] = {
            "percent_bps": self.percent_bps,
            "fixed_minor": self.fixed_minor,
            "cap_order_minor": self.cap_order_minor,
            "cap_month_minor": self.cap_month_minor,
        }
        if self.per_unit_minor:
            data["per_unit_minor"] = self.per_unit_minor
        if self.budget_minor:
            data["budget_minor"] = self.budget_minor
        if self.first_order:
            data["first_order"] = self.first_order
        if self.ladder:
            data["ladder"] = [[rung.orders, rung.worth] for rung in self.ladder]
        if self.rates:
            data["rates"] = [[rate.by, rate.name, rate.percent_bps] for rate in self.rates]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rule:
        """Read a stored rule."""
        numbers = ("percent_bps", "fixed_minor", "cap_order_minor", "cap_month_minor")
        return cls(
            **{name: int(data.get(name, 0)) for name in (*numbers, *_LATER_NUMBERS)},
            ladder=tuple(
                Rung(orders=int(orders), worth=int(worth))
                for orders, worth in data.get("ladder", ())
            ),
            rates=tuple(
                Rate(by=RateBy(by), name=str(name), percent_bps=int(bps))
                for by, name, bps in data.get("rates", ())
            ),
        )

    def price(self, base: Money, *, min_order_minor: int, earned_this_month: Money) -> Money:
        """The commission on a net amount of goods without a rate of their own."""
        return self.quote(
            base, min_order_minor=min_order_minor, earned_this_month=earned_this_month
        ).amount

    def quote(
        self,
        base: Money,
        *,
        items: Sequence[OrderItem] = (),
        min_order_minor: int = 0,
        earned_this_month: Money | None = None,
        approved_before: int = 0,
        first: bool = False,
    ) -> Price:
        """The commission on a net amount, with its reasons.

        `approved_before` counts the creator's approved orders of the month that were placed before
        this one; `first` says that it is known to be the buyer's first at the brand.
        """
        zero = Money(0, base.currency)
        if base.minor <= 0:
            return Price(amount=zero)
        if self.by_units and not any(is_tag(item.sku) for item in items):
            return Price(amount=zero, limit=Limit.BY_UNITS)
        if base.minor < min_order_minor and not self.by_units:
            return Price(amount=zero, limit=Limit.MIN_ORDER)
        parts = self._parts(base, items, self._general(approved_before, first))
        amount = sum(part.amount_minor for part in parts)
        limit = None
        if self.cap_order_minor and amount > self.cap_order_minor:
            amount, limit = self.cap_order_minor, Limit.CAP_ORDER
        if self.cap_month_minor:
            earned = earned_this_month.minor if earned_this_month else 0
            room = max(0, self.cap_month_minor - earned)
            if amount > room:
                amount, limit = room, Limit.CAP_MONTH
        return Price(amount=Money(amount, base.currency), parts=parts, limit=limit)

    def _general(self, approved_before: int, first: bool) -> tuple[Why, int, int]:
        """The rate of goods without one of their own: (why, worth, rung).

        A buyer's first order has its own rate; else the highest rung that has been reached counts.
        """
        if first and self.first_order:
            return Why.FIRST_ORDER, self.first_order, 0
        reached = [rung for rung in self.ladder if rung.orders <= approved_before]
        if reached:
            return Why.LADDER, reached[-1].worth, reached[-1].orders
        return Why.BASE, self.worth, 0

    def _parts(
        self, base: Money, items: Sequence[OrderItem], general: tuple[Why, int, int]
    ) -> tuple[Part, ...]:
        why, worth, rung = general
        if self.by_units:
            units = sum(max(item.quantity, 0) for item in items if is_tag(item.sku))
            return (
                Part(
                    why=Why.UNITS,
                    base_minor=base.minor,
                    amount_minor=min(worth * units, base.minor),  # nor does this
                    fixed_minor=worth,
                    units=units,
                ),
            )
        if self.fixed:
            amount = min(worth, base.minor)  # a fixed sum never exceeds what was paid
            return (
                Part(
                    why=why,
                    base_minor=base.minor,
                    amount_minor=amount,
                    fixed_minor=worth,
                    orders=rung,
                ),
            )
        sums: dict[tuple[Why, str, int, int], int] = {}
        for rate, minor in self._lines(base, items):
            own = (Why(rate.by), rate.name, rate.percent_bps, 0) if rate else (why, "", worth, rung)
            sums[own] = sums.get(own, 0) + minor
        return tuple(
            Part(
                why=reason,
                name=name,
                percent_bps=bps,
                orders=orders,
                base_minor=minor,
                amount_minor=Money(minor).share(bps).minor,
            )
            for (reason, name, bps, orders), minor in sums.items()
        )

    def _lines(self, base: Money, items: Sequence[OrderItem]) -> list[tuple[Rate | None, int]]:
        """What was paid for each line, with the rate of its own that it has, if any."""
        if not self.rates or not items:
            return [(None, base.minor)]
        shares = spread(base.minor, weights(items))
        return [(self._rate(item), minor) for item, minor in zip(items, shares, strict=True)]

    def _rate(self, item: OrderItem) -> Rate | None:
        """The most specific rate: that of the article, else that of its category."""
        return self._by_key.get((RateBy.SKU, folded(item.sku))) or self._by_key.get(
            (RateBy.CATEGORY, folded(item.category))
        )


def folded(name: str) -> str:
    """A category or article without the differences that people do not see."""
    return " ".join(name.casefold().split())


def weights(items: Sequence[OrderItem]) -> list[int]:
    """How an order's net amount is shared among its lines.

    By what the lines cost; by quantity where the feed does not price every line.
    """
    amounts = [item.amount.minor for item in items if item.amount is not None]
    if len(amounts) == len(items) and min(amounts) >= 0 and sum(amounts) > 0:
        return amounts
    return [max(item.quantity, 0) for item in items]


def spread(minor: int, shares: Sequence[int]) -> list[int]:
    """Divide an amount in proportion, exactly: the largest remainders get the last units.

    >>> spread(100, [1, 1, 1])
    [34, 33, 33]
    """
    total = sum(shares)
    if total <= 0:
        shares, total = [1] * len(shares), len(shares)
    parts = [minor * share // total for share in shares]
    remainders = [(-(minor * share % total), index) for index, share in enumerate(shares)]
    for _, index in sorted(remainders)[: minor - sum(parts)]:
        parts[index] += 1
    return parts
