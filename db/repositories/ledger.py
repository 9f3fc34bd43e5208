"""The ledger in SQL: transfers in bulk, balances beside them, and the proof that it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.commissions import OPEN as OPEN_COMMISSIONS
from core.commissions import CommissionState
from core.ids import BrandId, PersonId
from core.ledger import OPERATOR, Account, LedgerReport, Transfer, TransferKind
from core.money import Money
from core.payouts import OPEN as OPEN_PAYOUTS
from core.payouts import PayoutState
from core.ports.money import Movement
from db.bulk import add_rows, add_unknown, sum_up
from db.models import (
    balances,
    commissions,
    enrolments,
    entries,
    month_results,
    payouts,
    referral_rewards,
    release_sums,
    transfers,
)
from db.repositories.results import SqlResults


class SqlLedger:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def post(self, posted: Sequence[Transfer]) -> int:
        """Write the transfers that are not known yet and move the balances; returns how many.

        The unique key decides which are new: of two who post the same at once, one waits for the
        other and then posts nothing.
        """
        wanted = {transfer.key: transfer for transfer in posted}
        if not wanted:
            return 0
        ids = await self._new(list(wanted.values()))
        lines: list[tuple[int, Account, int, int]] = []
        sums: defaultdict[tuple[Account, int], int] = defaultdict(int)
        released: dict[int, tuple[int, int]] = {}
        available, release = Account.CREATOR_AVAILABLE, TransferKind.RELEASE
        for key, number in ids.items():
            transfer = wanted[key]
            for account, owner, minor in transfer.entries:
                lines.append((number, account, owner, minor))
                sums[account, owner] += minor
                if account is available and transfer.kind is release:
                    count, sum_so_far = released.get(owner, (0, 0))
                    released[owner] = count + 1, sum_so_far + minor
        await add_rows(
            self._connection, entries, ("transfer_id", "account", "owner", "minor"), lines
        )
        await sum_up(
            self._connection,
            balances,
            ("account", "owner"),
            ("minor",),
            [(*of, minor) for of, minor in sorted(sums.items())],  # one order: no deadlocks
        )
        await sum_up(
            self._connection,
            release_sums,
            ("owner",),
            ("orders", "minor"),
            [(owner, *sums_of) for owner, sums_of in sorted(released.items())],
        )
        return len(ids)

    async def _new(self, wanted: Sequence[Transfer]) -> dict[str, int]:
        """Write the heads of those transfers that are not known yet; their ids by key."""
        rows = await add_unknown(
            self._connection,
            transfers,
            "key",
            ("key", "kind", "at"),
            [(transfer.key, transfer.kind, transfer.at) for transfer in wanted],
        )
        return dict(rows)

    async def moved(self, key: str, account: Account, owner: int) -> tuple[datetime, Money] | None:
        """When the transfer with this key was posted, and what it moved on the account.

        It reads through the account's entries: ask for one that has few.
        """
        row = (
            await self._connection.execute(
                sa.select(transfers.c.at, entries.c.minor)
                .join(entries)
                .where(
                    transfers.c.key == key,
                    entries.c.account == account,
                    entries.c.owner == owner,
                )
            )
        ).one_or_none()
        return None if row is None else (row.at, Money(row.minor))

    async def balance(self, account: Account, owner: int) -> Money:
        """What the account holds."""
        minor = await self._connection.scalar(
            sa.select(balances.c.minor).where(
                balances.c.account == account, balances.c.owner == owner
            )
        )
        return Money(minor or 0)

    async def balance_for_update(self, account: Account, owner: int) -> Money:
        """What the account holds, kept from other writers until this unit of work ends."""
        minor = await self._connection.scalar(
            sa.select(balances.c.minor)
            .where(balances.c.account == account, balances.c.owner == owner)
            .with_for_update()
        )
        return Money(minor or 0)

    async def balances_of(self, accounts: Sequence[Account], owner: int) -> dict[Account, Money]:
        """Several accounts of one owner at once."""
        rows = await self._connection.execute(
            sa.select(balances.c.account, balances.c.minor).where(
                balances.c.account.in_(accounts), balances.c.owner == owner
            )
        )
        found = {Account(account): Money(minor) for account, minor in rows}
        return {account: found.get(account, Money(0)) for account in accounts}

    async def paid_to(self, creator: PersonId) -> Money:
        """Everything that was ever paid out to a creator, before taxes."""
        minor = await self._connection.scalar(
            sa.select(sa.func.sum(-entries.c.minor))
            .select_from(entries.join(transfers))
            .where(
                transfers.c.kind == TransferKind.PAYOUT_PAID,
                entries.c.account == Account.CREATOR_RESERVED,
                entries.c.owner == creator,
            )
        )
        return Money(int(minor or 0))

    async def statement(
        self, account: Account, owner: int, *, after: int | None, limit: int
    ) -> Sequence[Movement]:
        """What moved on an account, newest first."""
        query = (
            sa.select(entries.c.id, entries.c.minor, transfers.c.kind, transfers.c.at)
            .join(transfers)
            .where(entries.c.account == account, entries.c.owner == owner)
            .order_by(entries.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(entries.c.id < after)
        return [
            Movement(id=row.id, kind=TransferKind(row.kind), at=row.at, amount=Money(row.minor))
            for row in await self._connection.execute(query)
        ]

    async def released(self, creator: PersonId) -> tuple[int, Money]:
        """How many rewards became available since the latest payout was asked for, and their sum.

        Each payout keeps what it is made of, so what is new is all there ever was less that.
        """
        row = (
            await self._connection.execute(
                sa.select(release_sums.c.orders, release_sums.c.minor).where(
                    release_sums.c.owner == creator
                )
            )
        ).one_or_none()
        if row is None:
            return 0, Money(0)
        taken = await self._connection.execute(
            sa.select(sa.func.sum(payouts.c.orders), sa.func.sum(payouts.c.released_minor)).where(
                payouts.c.creator_id == creator
            )
        )
        count, minor = taken.one()
        return row.orders - int(count or 0), Money(row.minor - int(minor or 0))

    async def committed(self, brand: BrandId) -> Money:
        """What a brand's open commissions and their fees come to."""
        minor = await self._connection.scalar(
            sa.select(sa.func.sum(month_results.c.amount_minor + month_results.c.fee_minor))
            .select_from(
                month_results.join(enrolments, enrolments.c.id == month_results.c.enrolment_id)
            )
            .where(
                enrolments.c.brand_id == brand,
                month_results.c.state.in_(sorted(OPEN_COMMISSIONS)),
            )
        )
        return Money(int(minor or 0))

    async def check(self) -> LedgerReport:
        """Recompute every invariant from the entries."""
        execute = self._connection.execute
        scalar = self._connection.scalar
        total = (
            sa.select(entries.c.transfer_id, sa.func.sum(entries.c.minor).label("minor"))
            .group_by(entries.c.transfer_id)
            .subquery()
        )
        unbalanced = await execute(
            sa.select(transfers.c.key)
            .select_from(transfers.outerjoin(total, total.c.transfer_id == transfers.c.id))
            .where(sa.func.coalesce(total.c.minor, 1) != 0)
            .limit(20)
        )
        orphans = await scalar(
            sa.select(sa.func.count())
            .select_from(entries.outerjoin(transfers))
            .where(transfers.c.id.is_(None))
        )
        both = sa.union_all(
            sa.select(entries.c.account, entries.c.owner, entries.c.minor),
            sa.select(balances.c.account, balances.c.owner, -balances.c.minor),
        ).subquery()
        wrong = await execute(
            sa.select(both.c.account, both.c.owner)
            .group_by(both.c.account, both.c.owner)
            .having(sa.func.sum(both.c.minor) != 0)
            .limit(20)
        )
        return LedgerReport(
            transfers=await scalar(sa.select(sa.func.count()).select_from(transfers)) or 0,
            entries=await scalar(sa.select(sa.func.count()).select_from(entries)) or 0,
            total_minor=int(await scalar(sa.select(sa.func.sum(entries.c.minor))) or 0),
            unbalanced=tuple(row[0] for row in unbalanced),
            orphans=orphans or 0,
            wrong_balances=tuple(f"{account}:{owner}" for account, owner in wrong),
            wrong_commissions=await self._wrong_commissions(),
            wrong_payouts=await self._wrong_payouts(),
            wrong_funds=await self._wrong_funds(),
            wrong_results=await SqlResults(self._connection).wrong(),
        )

    async def _wrong_commissions(self) -> int:
        """Accounts of creators that differ from their commissions.

        Pending money is the sum of the open ones. What is available, reserved or paid out is
        together the sum of those that became available and of the rewards for invited creators.
        """
        amount = sa.func.sum(commissions.c.amount_minor)
        of_creator = sa.select(commissions.c.creator_id, -amount).group_by(commissions.c.creator_id)
        pending = await self._differing(
            self._held(Account.CREATOR_PENDING),
            of_creator.where(commissions.c.state.in_(sorted(OPEN_COMMISSIONS))),
        )
        earned = await self._differing(
            self._held(Account.CREATOR_AVAILABLE, Account.CREATOR_RESERVED),
            self._paid(),
            of_creator.where(commissions.c.state == CommissionState.AVAILABLE),
            sa.select(
                referral_rewards.c.inviter_id, -sa.func.sum(referral_rewards.c.minor)
            ).group_by(referral_rewards.c.inviter_id),
        )
        return pending + earned

    async def _wrong_payouts(self) -> int:
        """Accounts of creators that differ from their payouts, reserved and paid, or releases."""
        of_creator = sa.select(payouts.c.creator_id, -payouts.c.amount_minor)
        reserved = await self._differing(
            self._held(Account.CREATOR_RESERVED),
            of_creator.where(payouts.c.state.in_(sorted(OPEN_PAYOUTS))),
        )
        paid = await self._differing(
            self._paid(), of_creator.where(payouts.c.state == PayoutState.PAID)
        )
        released = await self._differing(
            sa.select(release_sums.c.owner, release_sums.c.minor),
            self._released(-sa.func.sum(entries.c.minor)),
        )
        counted = await self._differing(
            sa.select(release_sums.c.owner, release_sums.c.orders.label("minor")),
            self._released(-sa.func.count()),
        )
        return reserved + paid + released + counted

    def _released(self, measured: sa.ColumnElement[int]) -> sa.Select[Any]:
        """What the entries of releases come to, by creator."""
        return (
            sa.select(entries.c.owner, measured)
            .select_from(entries.join(transfers))
            .where(
                transfers.c.kind == TransferKind.RELEASE,
                entries.c.account == Account.CREATOR_AVAILABLE,
            )
            .group_by(entries.c.owner)
        )

    async def _wrong_funds(self) -> int:
        """Brands whose funds are not their top-ups less their commissions, and fees that differ."""
        cost = sa.func.sum(commissions.c.amount_minor + commissions.c.fee_minor)
        top_ups = (
            sa.select(entries.c.owner, -sa.func.sum(entries.c.minor))
            .select_from(entries.join(transfers))
            .where(
                transfers.c.kind == TransferKind.TOP_UP, entries.c.account == Account.BRAND_FUNDS
            )
            .group_by(entries.c.owner)
        )
        funds = await self._differing(
            self._held(Account.BRAND_FUNDS),
            top_ups,
            sa.select(commissions.c.brand_id, cost).group_by(commissions.c.brand_id),
        )
        fees = await self._differing(
            self._held(Account.PLATFORM_FEE),
            sa.select(
                sa.literal(OPERATOR, sa.BigInteger),
                -sa.func.coalesce(sa.func.sum(commissions.c.fee_minor), 0),
            ),
            sa.select(  # what inviters have of the fees
                sa.literal(OPERATOR, sa.BigInteger),
                sa.func.coalesce(sa.func.sum(referral_rewards.c.minor), 0),
            ),
        )
        return funds + fees

    def _held(self, *accounts: Account) -> sa.Select[Any]:
        return sa.select(balances.c.owner, balances.c.minor).where(balances.c.account.in_(accounts))

    def _paid(self) -> sa.Select[Any]:
        """What left creators' accounts for good, by creator."""
        return (
            sa.select(entries.c.owner, (-sa.func.sum(entries.c.minor)).label("minor"))
            .select_from(entries.join(transfers))
            .where(
                transfers.c.kind == TransferKind.PAYOUT_PAID,
                entries.c.account == Account.CREATOR_RESERVED,
            )
            .group_by(entries.c.owner)
        )

    async def _differing(self, *sides: sa.Select[Any]) -> int:
        """How many owners' amounts do not sum to zero over all sides; the first is `_held`."""
        both = sa.union_all(*sides).subquery()
        count = await self._connection.scalar(
            sa.select(sa.func.count()).select_from(
                sa.select(both.c.owner)
                .group_by(both.c.owner)
                .having(sa.func.sum(both.c.minor) != 0)
                .subquery()
            )
        )
        return count or 0
