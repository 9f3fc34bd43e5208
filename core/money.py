"""Money in minor units (tiyn for tenge): exact, never a float."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core.records import record

BPS: Final = 10_000  # basis points in a whole


@record(frozen=True, slots=True)
class Money:
    """An amount in minor units of its currency (100 tiyn = 1 ₸).

    Adding or comparing amounts of two currencies is a ValueError.
    """

    minor: int
    currency: str = "KZT"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not go together")
        return other.minor

    def split(self, bps: int) -> tuple[Money, Money]:
        """Cut off `bps` of the amount, rounded half up to a minor unit; the two parts sum to it.

        >>> Money(105).split(1_000)
        (Money(minor=11, currency='KZT'), Money(minor=94, currency='KZT'))
        """
        sign = -1 if self.minor < 0 else 1
        part = sign * ((abs(self.minor) * bps + BPS // 2) // BPS)
        return Money(part, self.currency), Money(self.minor - part, self.currency)

    def share(self, bps: int) -> Money:
        """The first part of `split`."""
        return self.split(bps)[0]

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, for a spreadsheet or a bank file."""
        return Decimal(self.minor).scaleb(-2)


def tenge(amount: int) -> Money:
    """Whole tenge."""
    return Money(amount * 100)


ZERO: Final = Money(0)
