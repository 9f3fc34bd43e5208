"""What a brand's offers brought: counts and the field's ratios, none of them a guess."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from core.money import BPS, Money


class Breakdown(StrEnum):
    """By what results are told apart."""

    DAY = "d"
    OFFER = "o"
    CREATOR = "c"
    CODE = "k"
    PLACEMENT = "p"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Credited orders together, with the clicks on the links that may have led to them.

    `approved` and `lost` are finished orders, the rest waits for the shop. `net` is what buyers
    paid for orders that are not lost, less refunds; `reward` and `fee` are what those cost the
    brand, None for a reader who does not see its money. `clicks` is None where none can be told.
    A ratio is None where nothing stands below its line.
    """

    orders: int = 0
    approved: int = 0
    lost: int = 0
    net: Money = Money(0)  # noqa: RUF009 - a frozen value
    reward: Money | None = Money(0)  # noqa: RUF009
    fee: Money | None = Money(0)  # noqa: RUF009
    clicks: int | None = 0

    @property
    def standing(self) -> int:
        """Orders that are not lost."""
        return self.orders - self.lost

    @property
    def cost(self) -> Money | None:
        """What the orders cost the brand: rewards and the platform's fee."""
        if self.reward is None or self.fee is None:
            return None
        return self.reward + self.fee

    @property
    def approval_bps(self) -> int | None:
        """AR: approved orders of those that have an end."""
        return _ratio(self.approved * BPS, self.approved + self.lost)

    @property
    def conversion_bps(self) -> int | None:
        """CR: orders per click. Above one where buyers type the code and need no link."""
        return _ratio(self.orders * BPS, self.clicks)

    @property
    def average(self) -> Money | None:
        """AOV: what a buyer paid for one order that is not lost."""
        return _each(self.net, self.standing)

    @property
    def per_click(self) -> Money | None:
        """EPC: the creators' reward (not the revenue) per click."""
        return _each(self.reward, self.clicks)

    @property
    def cost_bps(self) -> int | None:
        """Cost share: rewards and fee of the net revenue."""
        return None if self.cost is None else _ratio(self.cost.minor * BPS, self.net.minor)

    def without_money(self) -> Figures:
        """The same for somebody who may not see what the orders cost."""
        return replace(self, reward=None, fee=None)

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            orders=self.orders + other.orders,
            approved=self.approved + other.approved,
            lost=self.lost + other.lost,
            net=self.net + other.net,
            reward=_both(self.reward, other.reward),
            fee=_both(self.fee, other.fee),
            clicks=None
            if self.clicks is None or other.clicks is None
            else self.clicks + other.clicks,
        )

    def __bool__(self) -> bool:
        return bool(self.orders or self.clicks)


def _ratio(part: int, whole: int | None) -> int | None:
    """Rounded half up; None where there is nothing to divide by."""
    return None if not whole or whole < 0 else (part + whole // 2) // whole


def _each(total: Money | None, count: int | None) -> Money | None:
    if total is None:
        return None
    minor = _ratio(total.minor, count)
    return None if minor is None else Money(minor, total.currency)


def _both(one: Money | None, other: Money | None) -> Money | None:
    return None if one is None or other is None else one + other
