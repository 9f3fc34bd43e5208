"""What the ledger must come to, in fifty lines that know nothing of entries and transfers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Earned:
    """One order's reward and fee (tiyn), whose it is, and whether it can be paid out."""

    creator: int
    amount: int
    fee: int
    free: bool = False


@dataclass
class Model:
    """Amounts in tiyn; what a creator holds is added up anew whenever it is asked for."""

    topped_up: int = 0
    earned: dict[int, Earned] = field(default_factory=dict)  # by order
    reserved: Counter[int] = field(default_factory=Counter)  # by creator
    paid: Counter[int] = field(default_factory=Counter)

    @property
    def funds(self) -> int:
        """What is left of the brand's money."""
        return self.topped_up - sum(each.amount + each.fee for each in self.earned.values())

    @property
    def fees(self) -> int:
        """What the platform has."""
        return sum(each.fee for each in self.earned.values())

    def pending(self, creator: int) -> int:
        """What waits for the shop or for time."""
        return self._sum(creator, free=False)

    def available(self, creator: int) -> int:
        """What can be asked for; below zero where more was returned than is left."""
        return self._sum(creator, free=True) - self.reserved[creator] - self.paid[creator]

    def _sum(self, creator: int, *, free: bool) -> int:
        return sum(
            each.amount
            for each in self.earned.values()
            if each.creator == creator and each.free is free
        )
