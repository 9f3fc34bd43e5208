"""The ledger beside its model: ten thousand steps a run, both compared after each."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import ledger
from core.commissions import Commission, CommissionState
from core.ids import BrandId, EnrolmentId, OrderId, PersonId
from core.ledger import OPERATOR, Account, Entry, Transfer, TransferKind
from core.money import Money
from core.ports import UnitOfWorkFactory
from db.engine import create_engine
from db.uow import unit_of_work_factory
from tests.properties.conftest import MEMORY
from tests.properties.ledger_model import Earned, Model
from tests.usecases.order_builders import NOON

EXAMPLES, STEPS = 200, 50
SERIAL = count(1_000_000)  # owners, orders and payouts of an example are no other's
Balances = dict[tuple[str, int], int]  # tiyn by account and owner, without those that hold nothing

amounts = st.integers(1, 10_000_000)
fees = st.integers(0, 1_500_000)
anyone = st.integers(0, 1)
which = st.integers(0, 1_000)


class Books:
    """A ledger, and a look at its tables behind its back."""

    def __init__(self, loop: asyncio.Runner, file: Path, new_uow: UnitOfWorkFactory) -> None:
        self._loop = loop
        self._new_uow = new_uow
        self._tables = sqlite3.connect(file, isolation_level=None)

    def post(self, transfers: Sequence[Transfer]) -> int:
        """Post them in one transaction; how many were new."""

        async def posted() -> int:
            async with self._new_uow() as uow:
                fresh = await uow.ledger.post(transfers)
                await uow.commit()
            return fresh

        return self._loop.run(posted())

    def seen_by(self, creator: int) -> tuple[dict[Account, Money], Money, tuple[int, Money], int]:
        """Balances, what was paid out, how much was released, and the sum of the statement."""

        async def seen() -> tuple[dict[Account, Money], Money, tuple[int, Money], int]:
            person = PersonId(creator)
            async with self._new_uow(read_only=True) as uow:
                statement = await uow.ledger.statement(
                    Account.CREATOR_AVAILABLE, creator, after=None, limit=1_000
                )
                return (
                    await uow.ledger.balances_of(
                        [Account.CREATOR_AVAILABLE, Account.CREATOR_RESERVED], creator
                    ),
                    await uow.ledger.paid_to(person),
                    await uow.ledger.released(person),
                    sum(movement.amount.minor for movement in statement),
                )

        return self._loop.run(seen())

    def last_entry(self) -> int:
        """The id of the newest entry."""
        (found,) = self._tables.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()
        return int(found)

    def entries(self, after: int) -> Balances:
        """The sums of the entries that came after one."""
        rows = self._tables.execute(
            "SELECT account, owner, sum(minor) FROM entries WHERE id > ? GROUP BY 1, 2", [after]
        )
        return {(account, owner): minor for account, owner, minor in rows if minor}

    def balances(self, owners: Sequence[int]) -> Balances:
        """The balances of some owners."""
        marks = ", ".join("?" * len(owners))
        rows = self._tables.execute(
            f"SELECT account, owner, minor FROM balances WHERE owner IN ({marks})", owners
        )
        return {(account, owner): minor for account, owner, minor in rows if minor}

    def tamper(self, statement: str) -> None:
        """Try to change what was written; raises what the database says to it."""
        self._tables.execute(statement)

    def close(self) -> None:
        self._tables.close()


@pytest.fixture(scope="module")
def books(sqlite_template: Path) -> Iterator[Books]:
    folder = Path(tempfile.mkdtemp(dir=MEMORY if os.path.isdir(MEMORY) else None))
    file = Path(shutil.copy(sqlite_template, folder / "ledger.db"))
    engine = create_engine(f"sqlite+aiosqlite:///{file}")
    with asyncio.Runner() as loop:
        made = Books(loop, file, unit_of_work_factory(engine))
        yield made
        made.close()
        loop.run(engine.dispose())
    shutil.rmtree(folder)


@dataclass(frozen=True, slots=True)
class Request:
    """An open payout."""

    number: int
    creator: int
    minor: int


class LedgerMachine(RuleBasedStateMachine):
    """A brand and two creators, and everything that can happen to their money."""

    def __init__(self, books: Books) -> None:
        super().__init__()
        self.books = books
        self.brand = next(SERIAL)
        self.creators = [next(SERIAL), next(SERIAL)]
        self.model = Model()
        self.commissions: dict[int, Commission] = {}
        self.requests: list[Request] = []
        self.posted: list[Transfer] = []
        self.releases: defaultdict[int, list[int]] = defaultdict(list)
        self.first = books.last_entry()
        self.operator = books.balances([OPERATOR])

    # --- the brand's money

    @rule(amount=amounts)
    def money_comes(self, amount: int) -> None:
        self.model.topped_up += amount
        self._post(ledger.top_up(BrandId(self.brand), Money(amount), f"{next(SERIAL)}", NOON))

    # --- commissions

    @rule(sold=st.lists(st.tuples(anyone, amounts, fees), min_size=1, max_size=3))
    def orders_are_reported(self, sold: list[tuple[int, int, int]]) -> None:
        """Several are one batch."""
        moves = []
        for whose, amount, fee in sold:
            order = next(SERIAL)
            self.model.earned[order] = Earned(self.creators[whose], amount, fee)
            moves.append((None, self._commission(order, CommissionState.PENDING)))
        self._settle(*moves)

    @precondition(lambda self: self.commissions)
    @rule(which=which, amount=st.integers(0, 10_000_000), fee=fees)
    def a_price_changes(self, which: int, amount: int, fee: int) -> None:
        order, old = self._some(which)
        self.model.earned[order] = replace(self.model.earned[order], amount=amount, fee=fee)
        lost = old.state in (CommissionState.VOID, CommissionState.CLAWED_BACK)
        self.model.earned[order].free = old.state is CommissionState.AVAILABLE
        state = CommissionState.PENDING if lost else old.state
        self._settle((old, self._commission(order, state, old)))

    @precondition(lambda self: self.commissions)
    @rule(which=which, whose=anyone)
    def somebody_else_is_credited(self, which: int, whose: int) -> None:
        order, old = self._some(which)
        self.model.earned[order].creator = self.creators[whose]
        self._settle((old, self._commission(order, old.state, old)))

    @precondition(lambda self: self.commissions)
    @rule(which=st.lists(which, min_size=1, max_size=4))
    def holds_end(self, which: list[int]) -> None:
        moves = []
        for order, old in dict(map(self._some, which)).items():
            if old.state in (CommissionState.PENDING, CommissionState.IN_HOLD):
                self.model.earned[order].free = True
                new = self._commission(order, CommissionState.AVAILABLE, old)
                moves.append((old, new))
                if new.amount:
                    self.releases[new.creator].append(new.amount.minor)
        self._settle(*moves)

    @precondition(lambda self: self.commissions)
    @rule(which=which)
    def an_order_is_lost(self, which: int) -> None:
        order, old = self._some(which)
        earned = self.model.earned[order]
        state = CommissionState.CLAWED_BACK if earned.free else CommissionState.VOID
        self.model.earned[order] = replace(earned, amount=0, fee=0)
        self._settle((old, self._commission(order, state, old)))

    # --- payouts

    @rule(whose=anyone, part=st.integers(1, 4))
    def a_payout_is_asked_for(self, whose: int, part: int) -> None:
        creator = self.creators[whose]
        minor = self.model.available(creator) // part
        if minor <= 0:
            return
        request = Request(next(SERIAL), creator, minor)
        self.requests.append(request)
        self.model.reserved[creator] += minor
        self._move(
            request, "requested", Account.CREATOR_AVAILABLE, (Account.CREATOR_RESERVED, creator)
        )

    @precondition(lambda self: self.requests)
    @rule(which=which)
    def the_bank_pays(self, which: int) -> None:
        request = self.requests.pop(which % len(self.requests))
        self.model.reserved[request.creator] -= request.minor
        self.model.paid[request.creator] += request.minor
        self._move(request, "paid", Account.CREATOR_RESERVED, (Account.BANK, OPERATOR))

    @precondition(lambda self: self.requests)
    @rule(which=which)
    def the_money_comes_back(self, which: int) -> None:
        request = self.requests.pop(which % len(self.requests))
        self.model.reserved[request.creator] -= request.minor
        self._move(
            request,
            "failed",
            Account.CREATOR_RESERVED,
            (Account.CREATOR_AVAILABLE, request.creator),
        )

    # --- what must change nothing

    @precondition(lambda self: self.posted)
    @rule(again=st.lists(which, min_size=1, max_size=3), amount=amounts)
    def what_is_known_comes_again(self, again: list[int], amount: int) -> None:
        """With something new among it, which counts once although it stands there twice."""
        self.model.topped_up += amount
        new = ledger.top_up(BrandId(self.brand), Money(amount), f"{next(SERIAL)}", NOON)
        known = [self.posted[each % len(self.posted)] for each in again]
        self.posted.append(new)
        assert self.books.post([*known, new, new]) == 1
        assert self.books.post([new, *known]) == 0

    @rule(amount=amounts, table=st.sampled_from(["entries", "transfers"]))
    def nobody_can_tamper_with_it(self, amount: int, table: str) -> None:
        for statement in (f"UPDATE {table} SET id = id + {amount}", f"DELETE FROM {table}"):
            if self.posted:
                with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                    self.books.tamper(statement)
        with pytest.raises(ValueError, match="does not balance"):
            Transfer(
                key="one-sided",
                kind=TransferKind.TOP_UP,
                at=NOON,
                entries=(Entry(Account.BRAND_FUNDS, self.brand, amount),),
            )

    # --- the comparison

    @invariant()
    def both_say_the_same(self) -> None:
        model, expected = self.model, defaultdict[tuple[str, int], int](int)
        expected[Account.BANK, OPERATOR] = sum(model.paid.values()) - model.topped_up
        expected[Account.BRAND_FUNDS, self.brand] = model.funds
        expected[Account.PLATFORM_FEE, OPERATOR] = model.fees
        for creator in self.creators:
            expected[Account.CREATOR_PENDING, creator] = model.pending(creator)
            expected[Account.CREATOR_AVAILABLE, creator] = model.available(creator)
            expected[Account.CREATOR_RESERVED, creator] = model.reserved[creator]
            assert model.reserved[creator] >= 0
        written = self.books.entries(self.first)
        kept = self.books.balances([OPERATOR, self.brand, *self.creators])
        for account, minor in self.operator.items():
            kept[account] -= minor  # what other examples have left
        assert sum(written.values()) == 0
        assert written == {of: minor for of, minor in expected.items() if minor}
        assert written == {of: minor for of, minor in kept.items() if minor}

    def teardown(self) -> None:
        """What the creators' screens are made of says it too."""
        for creator in self.creators:
            held, paid, released, stated = self.books.seen_by(creator)
            assert held[Account.CREATOR_AVAILABLE].minor == self.model.available(creator) == stated
            assert held[Account.CREATOR_RESERVED].minor == self.model.reserved[creator]
            assert paid.minor == self.model.paid[creator]
            own = self.releases[creator]
            assert released == (len(own), Money(sum(own)))

    # --- how it is written

    def _some(self, which: int) -> tuple[int, Commission]:
        orders = list(self.commissions)
        order = orders[which % len(orders)]
        return order, self.commissions[order]

    def _commission(
        self, order: int, state: CommissionState, old: Commission | None = None
    ) -> Commission:
        earned = self.model.earned[order]
        new = Commission(
            id=None,
            order=OrderId(order),
            enrolment=EnrolmentId(1),
            creator=PersonId(earned.creator),
            brand=BrandId(self.brand),
            state=state,
            amount=Money(earned.amount),
            fee=Money(earned.fee),
            month="2026-11",
            version=old.version + 1 if old else 1,
        )
        self.commissions[order] = new
        return new

    def _settle(self, *moves: tuple[Commission | None, Commission]) -> None:
        self._post(*filter(None, (ledger.settle(old, new, NOON) for old, new in moves)))

    def _move(
        self, request: Request, what: str, source: Account, target: tuple[Account, int]
    ) -> None:
        kind = {
            "requested": TransferKind.PAYOUT_REQUESTED,
            "paid": TransferKind.PAYOUT_PAID,
            "failed": TransferKind.PAYOUT_RETURNED,
        }[what]
        key = f"payout:{request.number}:{what}"
        self._post(
            ledger.between(
                kind, key, PersonId(request.creator), source, target, Money(request.minor), NOON
            )
        )

    def _post(self, *transfers: Transfer) -> None:
        self.posted += transfers
        assert self.books.post(transfers) == len(transfers)


def test_ten_thousand_steps_beside_the_model(books: Books) -> None:
    machine: Any = partial(LedgerMachine, books)
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None),
    )
