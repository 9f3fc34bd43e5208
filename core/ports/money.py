"""Storage of the ledger and of payouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.ids import BrandId, PayoutId, PersonId
from core.ledger import Account, LedgerReport, Transfer, TransferKind
from core.money import Money
from core.payouts import Payout, PayoutState


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line of an account's statement."""

    id: int
    kind: TransferKind
    at: datetime
    amount: Money


class Ledger(Protocol):
    """Append-only transfers, and balances kept beside them."""

    async def post(self, posted: Sequence[Transfer]) -> int:
        """Write transfers whose key is new and move balances; returns how many there were."""

    async def moved(self, key: str, account: Account, owner: int) -> tuple[datetime, Money] | None:
        """When the transfer with this key was posted, and what it moved on the account.

        It reads through the account's entries: ask for one that has few.
        """

    async def balance(self, account: Account, owner: int) -> Money: ...

    async def balance_for_update(self, account: Account, owner: int) -> Money:
        """The balance, kept from other writers until this unit of work ends."""

    async def balances_of(
        self, accounts: Sequence[Account], owner: int
    ) -> dict[Account, Money]: ...

    async def paid_to(self, creator: PersonId) -> Money:
        """Everything ever paid out to a creator, before taxes."""

    async def statement(
        self, account: Account, owner: int, *, after: int | None, limit: int
    ) -> Sequence[Movement]:
        """What moved on an account, newest first."""

    async def released(self, creator: PersonId) -> tuple[int, Money]:
        """How many rewards became available since the last payout was asked for, and their sum."""

    async def committed(self, brand: BrandId) -> Money:
        """What a brand's open commissions and their fees come to."""

    async def check(self) -> LedgerReport:
        """Recompute every invariant from the entries."""


class FundWarnings(Protocol):
    """How few days were left when brands were warned that their money ends."""

    async def of(self, brands: Sequence[BrandId]) -> dict[BrandId, int]:
        """Thresholds (days) that the brands stand at; the calm ones are left out."""

    async def put(self, brand: BrandId, days: int | None, *, now: datetime) -> None:
        """Let a brand stand at a threshold, or be calm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRow:
    """A payout as staff see it; `orders` brought the `released` since the request before it."""

    payout: Payout
    orders: int
    released: Money
    creator_name: str
    legal_status: str
    bank: str
    iban_tail: str


class Payouts(Protocol):
    """Payout requests."""

    async def add(self, payout: Payout, *, orders: int, released: Money) -> Payout:
        """Write a request, what it is made of, and the creator's bank details as they are now.

        Raises PayoutAlreadyRequested where one is open.
        """

    async def get(self, payout: PayoutId) -> PayoutRow:
        """NotFound("payout") where there is none."""

    async def open_for(self, creator: PersonId) -> Payout | None: ...

    async def move(self, payout: Payout, *, was: PayoutState, by: PersonId) -> bool:
        """Store a new state; False where somebody else moved the payout first."""

    async def iban(self, payout: PayoutId) -> bytes:
        """The encrypted account that the money goes to."""

    async def of_creator(
        self, creator: PersonId, *, after: PayoutId | None, limit: int
    ) -> Sequence[Payout]: ...

    async def in_states(
        self, states: Sequence[PayoutState], *, after: PayoutId | None, limit: int
    ) -> Sequence[PayoutRow]:
        """Payouts for staff, oldest first."""
