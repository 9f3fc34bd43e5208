"""Storage of the ledger and of payouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.ledger import Account, LedgerReport, Transfer
from core.money import Money


class Ledger(Protocol):
    """Append-only transfers, and balances kept beside them."""

    async def post(self, transfers: Sequence[Transfer]) -> int:
        """Write transfers whose key is not known yet and move balances; returns how many were new."""

    async def balance(self, account: Account, owner: int) -> Money: ...

    async def check(self) -> LedgerReport:
        """Recompute every invariant from the entries."""


class Payouts(Protocol):
    """Payout requests."""
