"""Orders, holds, funds and payouts through the use cases, beside what a person would reckon."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.errors import OutOfDate, PayoutAlreadyRequested
from core.money import tenge
from core.orders import OrderStatus
from core.payouts import MINIMUM, Payout, PayoutState
from core.usecases.commissions import release_holds
from core.usecases.funds import brand_funds, top_up
from core.usecases.payouts import (
    approve_payout,
    fail_payout,
    refuse_payout,
    request_payout,
    settle_payout,
    wallet,
)
from tests.conftest import FrozenClock
from tests.properties.conftest import Stage, demand_sound
from tests.usecases.money_builders import TAIL, an_accountant, give_details
from tests.usecases.order_builders import NOON, a_shop, an_order, report

EXAMPLES, STEPS = 10, 30
HOLD = timedelta(days=14)
STARTED_WITH = 60_000  # tenge: some twenty orders, then the brand owes
T = TypeVar("T")

facts = st.tuples(
    st.sampled_from("12345"),
    st.sampled_from([OrderStatus.APPROVED, OrderStatus.APPROVED, *OrderStatus]),
    st.integers(0, 300),  # what was paid, thousands of tenge
    st.integers(0, 2),  # halves of it that were given back
)


@dataclass
class Sold:
    """An order as its creator reckons: tenge, with the platform's fee on top."""

    reward: int = 0
    fee: int = 0
    approved_at: datetime | None = None
    held_until: datetime | None = None
    free: bool = False
    funded: bool = True

    @property
    def cost(self) -> int:
        return self.reward + self.fee


@dataclass
class Reckoning:
    """What everybody should have, tenge; orders in the order in which they first earned."""

    topped_up: int = STARTED_WITH
    sold: dict[str, Sold] = field(default_factory=dict)
    first_approved: dict[str, datetime] = field(default_factory=dict)
    reserved: int = 0
    paid: int = 0

    @property
    def funds(self) -> int:
        return self.topped_up - sum(each.cost for each in self.sold.values())

    @property
    def free(self) -> int:
        return sum(each.reward for each in self.sold.values() if each.free)

    @property
    def available(self) -> int:
        return self.free - self.reserved - self.paid

    def reported(self, number: str, status: OrderStatus, worth: int, now: datetime) -> None:
        """An order as it stands now; `worth` is what was paid for it and not given back."""
        if status is OrderStatus.APPROVED:
            self.first_approved.setdefault(number, now)
        if status in (OrderStatus.REJECTED, OrderStatus.RETURNED):
            if sold := self.sold.get(number):
                sold.reward = sold.fee = 0
                sold.free, sold.funded, sold.held_until = False, True, None
            return
        funds, sold = self.funds, self.sold.setdefault(number, Sold())
        before = sold.cost
        sold.reward, sold.fee = worth // 10, worth * 15 // 1_000
        if sold.cost > before:
            sold.funded = sold.funded and funds - (sold.cost - before) >= 0
        elif not sold.reward:
            sold.funded = True
        if not sold.free:
            approved = status is OrderStatus.APPROVED
            sold.held_until = self.first_approved[number] + HOLD if approved else None

    def released(self, now: datetime) -> int:
        due = [
            sold
            for sold in self.sold.values()
            if sold.held_until and sold.held_until <= now and sold.funded
        ]
        for sold in due:
            sold.free, sold.held_until = True, None
        return len(due)

    def money_came(self, amount: int) -> None:
        self.topped_up += amount
        waiting = [sold for sold in self.sold.values() if not sold.funded and not sold.free]
        room = self.funds + sum(sold.cost for sold in waiting)
        for sold in waiting:
            room -= sold.cost
            if room < 0:
                break
            sold.funded = True


class WalletMachine(RuleBasedStateMachine):
    """A shop in a database of its own."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._open = ExitStack()
        self._loop, self.new_uow = self._open.enter_context(stage.database())
        self.clock = FrozenClock(NOON)
        self.reckoning = Reckoning()
        self.payout: tuple[Any, int] | None = None
        self.run(self._furnish())

    async def _furnish(self) -> None:
        self.shop = await a_shop(self.new_uow, self.clock, funds=tenge(STARTED_WITH))
        self.staff = await an_accountant(self.new_uow, self.clock)
        await give_details(self.new_uow, self.clock, self.shop.creator)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)

    @rule(told=st.lists(facts, min_size=1, max_size=3, unique_by=lambda fact: fact[0]))
    def orders_are_reported(self, told: list[tuple[str, OrderStatus, int, int]]) -> None:
        """In one file, which names the last one twice."""
        self.clock.advance(days=1)
        orders = []
        for number, status, thousands, halves in told:
            net = thousands * 1_000
            given_back = net * halves // 2 // 1_000 * 1_000
            orders.append(
                an_order(
                    number,
                    status,
                    self.shop.code,
                    net=tenge(net),
                    changed=self.clock(),
                    refunded=tenge(given_back),
                )
            )
            self.reckoning.reported(number, status, net - given_back, self.clock())
        self.run(report(self.new_uow, self.clock, self.shop, *orders, orders[-1]))

    @rule(days=st.sampled_from([1, 7, 14]))
    def holds_end(self, days: int) -> None:
        self.clock.advance(days=days)
        released = self.run(release_holds(self.new_uow, self.clock))
        assert released == self.reckoning.released(self.clock())
        assert self.run(release_holds(self.new_uow, self.clock)) == 0

    @rule(thousands=st.integers(1, 30), key=st.integers(0, 10**9))
    def the_brand_pays_in(self, thousands: int, key: int) -> None:
        amount = thousands * 1_000
        booked = [
            self.run(
                top_up(
                    self.new_uow,
                    self.clock,
                    actor=self.staff,
                    brand=self.shop.brand.id,
                    amount=tenge(sum_told),
                    key=f"{self.clock():%j}-{key}-{self.reckoning.topped_up}",
                )
            )
            for sum_told in (amount, amount + 1)  # the same transfer, and a slip of the finger
        ]
        assert [each.fresh for each in booked] == [True, False]
        self.reckoning.money_came(amount)

    @precondition(lambda self: self.payout is None)
    @precondition(lambda self: self.reckoning.available >= MINIMUM.minor // 100)
    @rule(part=st.integers(1, 3))
    def a_payout_is_asked_for(self, part: int) -> None:
        amount = max(self.reckoning.available // part, MINIMUM.minor // 100)
        ask = partial(
            request_payout,
            self.new_uow,
            self.clock,
            actor=self.shop.creator,
            amount=tenge(amount),
            iban_tail=TAIL,
        )
        payout = self.run(ask())
        try:
            self.run(ask())
        except PayoutAlreadyRequested:
            pass
        else:
            raise AssertionError("asked for twice")
        self.payout = payout.id, amount
        self.reckoning.reserved += amount

    @precondition(lambda self: self.payout is not None)
    @rule(how=st.sampled_from(["refused", "paid", "paid", "failed"]))
    def a_payout_is_decided(self, how: str) -> None:
        assert self.payout is not None
        number, amount = self.payout
        about = {"actor": self.staff, "payout": number}
        ways: dict[str, Callable[..., Coroutine[Any, Any, Payout]]] = {
            "refused": partial(refuse_payout, reason="Why"),
            "paid": settle_payout,
            "failed": partial(fail_payout, reason="Why"),
        }
        if how != "refused":
            for _ in range(2):
                self.run(approve_payout(self.new_uow, self.clock, **about))
        for _ in range(2):  # every button can be pressed twice
            done = self.run(ways[how](self.new_uow, self.clock, **about))
            assert done.state is PayoutState(how)
        try:
            self.run(approve_payout(self.new_uow, self.clock, **about))
        except OutOfDate:
            pass
        else:
            raise AssertionError("what is over was approved")
        self.payout = None
        self.reckoning.reserved -= amount
        self.reckoning.paid += amount if how == "paid" else 0

    @invariant()
    def everybody_sees_what_they_reckon(self) -> None:
        reckoning, open_now = (
            self.reckoning,
            [each for each in self.reckoning.sold.values() if not each.free],
        )
        view = self.run(wallet(self.new_uow, actor=self.shop.creator))
        held = [each.reward for each in open_now if each.held_until]
        assert view.held.in_hold == tenge(sum(held))
        assert view.held.pending == tenge(sum(each.reward for each in open_now) - sum(held))
        assert view.held.without_funds == tenge(
            sum(each.reward for each in open_now if not each.funded)
        )
        assert (view.available, view.reserved, view.paid) == (
            tenge(reckoning.available),
            tenge(reckoning.reserved),
            tenge(reckoning.paid),
        )
        funds = self.run(
            brand_funds(self.new_uow, self.clock, actor=self.staff, brand=self.shop.brand.id)
        )
        assert funds.balance == tenge(reckoning.funds)
        assert funds.committed == tenge(sum(each.cost for each in open_now))

    def teardown(self) -> None:
        self.run(demand_sound(self.new_uow))
        self._open.close()


def test_the_wallet_is_what_its_owner_reckons(stage: Stage) -> None:
    machine: Any = partial(WalletMachine, stage)
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None),
    )
