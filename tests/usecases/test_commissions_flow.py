"""A commission's whole life: what a creator can count on, from the order to the bank and back."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.commissions import CommissionState, Rule
from core.errors import DomainError, InsufficientBalance, NotAllowed, NotFound
from core.ids import OrderId
from core.ledger import TransferKind
from core.money import Money, tenge
from core.notifications import NoteKind
from core.orders import OrderStatus
from core.ports import UnitOfWork, UnitOfWorkFactory
from core.ports.results import Sum
from core.proofs import ProofState
from core.usecases.books import check_ledger
from core.usecases.commissions import fund_commissions, release_holds
from core.usecases.funds import top_up
from core.usecases.near_misses import near_misses
from core.usecases.orders import brand_orders, creator_orders, order_card
from core.usecases.payouts import (
    approve_payout,
    fail_payout,
    request_payout,
    settle_payout,
    wallet,
    wallet_statement,
)
from core.usecases.proofs import review_proof, submit_proof
from tests.builders import a_moderator, a_person, told
from tests.conftest import FrozenClock
from tests.usecases.money_builders import (
    TAIL,
    an_accountant,
    earn,
    give_details,
    order_id,
)
from tests.usecases.order_builders import (
    TEN_PERCENT,
    Shop,
    a_shop,
    an_order,
    books,
    known_orders,
    one_more,
    report,
)

PENDING, APPROVED = OrderStatus.PENDING, OrderStatus.APPROVED
REJECTED, RETURNED = OrderStatus.REJECTED, OrderStatus.RETURNED


async def say(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    shop: Shop,
    number: str,
    status: OrderStatus,
    **more: Any,
) -> None:
    """The merchant reports now, on a day of its own, how the order stands."""
    clock.advance(days=1)
    placed = more.pop("at", clock())
    order = an_order(number, status, shop.code, at=placed, changed=clock(), **more)
    await report(new_uow, clock, shop, order)


async def state_of(new_uow: UnitOfWorkFactory, shop: Shop, number: str) -> CommissionState | None:
    """Where the order's commission stands."""
    return (await known_orders(new_uow, shop))[number].commission_state


async def paid_out(new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop) -> Money:
    """Everything that the creator has is asked for, approved and paid."""
    staff = await an_accountant(new_uow, clock)
    amount = (await wallet(new_uow, actor=shop.creator)).available
    payout = await request_payout(new_uow, clock, actor=shop.creator, amount=amount, iban_tail=TAIL)
    assert payout.id is not None
    await approve_payout(new_uow, clock, actor=staff, payout=payout.id)
    await settle_payout(new_uow, clock, actor=staff, payout=payout.id)
    return amount


# --- the way to the wallet -----------------------------------------------------------------------


async def test_money_waits_for_the_shop_then_for_the_hold_and_is_then_the_creators(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await say(new_uow, clock, shop, "1", PENDING)
    placed = clock()
    view = await wallet(new_uow, actor=shop.creator)
    assert (view.held.pending, view.held.in_hold) == (tenge(1_000), tenge(0))

    await say(new_uow, clock, shop, "1", APPROVED, at=placed)
    approved = clock()
    view = await wallet(new_uow, actor=shop.creator)
    assert (view.held.pending, view.held.in_hold) == (tenge(0), tenge(1_000))
    assert view.held.release == (approved + timedelta(days=14)).date()

    clock.advance(days=14, seconds=-1)
    assert await release_holds(new_uow, clock) == 0
    clock.advance(seconds=1)
    assert await release_holds(new_uow, clock) == 1
    assert await release_holds(new_uow, clock) == 0

    view = await wallet(new_uow, actor=shop.creator)
    assert (view.available, view.held.in_hold, view.held.release) == (tenge(1_000), tenge(0), None)
    assert await told(new_uow, shop.creator) == [NoteKind.RELEASED]


async def test_what_is_released_together_is_told_in_one_message_per_creator(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    other = await a_shop(new_uow, clock, name="Дана")
    for number in ("1", "2", "3"):
        await report(new_uow, clock, shop, an_order(number, APPROVED, shop.code, at=clock()))
    await report(new_uow, clock, other, an_order("1", APPROVED, other.code, at=clock()))
    clock.advance(days=15)

    assert await release_holds(new_uow, clock) == 4

    assert await told(new_uow, shop.creator) == [NoteKind.RELEASED]
    assert await told(new_uow, other.creator) == [NoteKind.RELEASED]
    assert (await books(new_uow, shop)).available == tenge(3_000)


@pytest.mark.parametrize("lost", [REJECTED, RETURNED])
@pytest.mark.parametrize("before", [PENDING, APPROVED])
async def test_an_order_that_is_lost_before_the_hold_is_over_gives_everything_back(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, before: OrderStatus, lost: OrderStatus
) -> None:
    shop = await a_shop(new_uow, clock)
    await say(new_uow, clock, shop, "1", before)

    await say(new_uow, clock, shop, "1", lost, at=clock() - timedelta(hours=1))
    clock.advance(days=30)
    await release_holds(new_uow, clock)

    assert await state_of(new_uow, shop, "1") is CommissionState.VOID
    held = await books(new_uow, shop)
    assert (held.funds, held.fees) == (tenge(1_000_000), tenge(0))
    assert (held.pending, held.available) == (tenge(0), tenge(0))
    assert await wallet_statement(new_uow, actor=shop.creator, after=None, limit=5) == []


async def test_an_order_that_comes_to_life_again_earns_again_with_a_hold_of_its_own(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await say(new_uow, clock, shop, "1", PENDING)
    placed = clock()
    await say(new_uow, clock, shop, "1", REJECTED, at=placed)

    await say(new_uow, clock, shop, "1", APPROVED, at=placed)

    assert await state_of(new_uow, shop, "1") is CommissionState.IN_HOLD
    clock.advance(days=15)
    assert await release_holds(new_uow, clock) == 1
    assert (await books(new_uow, shop)).available == tenge(1_000)


async def test_a_partial_refund_lowers_what_is_held_and_what_is_free(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await say(new_uow, clock, shop, "1", APPROVED)
    placed = clock()
    await say(new_uow, clock, shop, "1", APPROVED, at=placed, refunded=tenge(4_000))
    assert (await books(new_uow, shop)).pending == tenge(600)
    clock.advance(days=15)
    await release_holds(new_uow, clock)

    await say(new_uow, clock, shop, "1", APPROVED, at=placed, refunded=tenge(7_000))

    held = await books(new_uow, shop)
    assert (held.available, held.fees) == (tenge(300), tenge(45))
    assert held.funds == tenge(1_000_000 - 345)
    lines = await wallet_statement(new_uow, actor=shop.creator, after=None, limit=5)
    assert [(line.kind, line.amount) for line in lines] == [
        (TransferKind.ADJUST, -tenge(300)),
        (TransferKind.RELEASE, tenge(600)),
    ]


# --- after the bank ------------------------------------------------------------------------------


async def test_a_return_after_the_payout_is_taken_from_what_is_earned_next(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await give_details(new_uow, clock, shop.creator)
    placed = clock()
    await earn(new_uow, clock, shop, tenge(6_000))
    assert await paid_out(new_uow, clock, shop) == tenge(6_000)

    await say(new_uow, clock, shop, "1001", RETURNED, at=placed, net=tenge(60_000))

    assert await state_of(new_uow, shop, "1001") is CommissionState.CLAWED_BACK
    view = await wallet(new_uow, actor=shop.creator)
    assert (view.available, view.paid) == (-tenge(6_000), tenge(6_000))
    assert (await books(new_uow, shop)).funds == tenge(1_000_000)  # the brand has it all again
    with pytest.raises(InsufficientBalance):
        await request_payout(
            new_uow, clock, actor=shop.creator, amount=tenge(5_000), iban_tail=TAIL
        )

    await earn(new_uow, clock, shop, tenge(7_500), "1002")
    assert (await wallet(new_uow, actor=shop.creator)).available == tenge(1_500)
    lines = await wallet_statement(new_uow, actor=shop.creator, after=None, limit=5)
    assert [line.kind for line in lines] == [
        TransferKind.RELEASE,
        TransferKind.CLAWBACK,
        TransferKind.PAYOUT_REQUESTED,
        TransferKind.RELEASE,
    ]


async def test_a_return_while_the_payout_is_on_its_way_does_not_stop_it(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    staff = await an_accountant(new_uow, clock)
    await give_details(new_uow, clock, shop.creator)
    placed = clock()
    await earn(new_uow, clock, shop, tenge(6_000))
    payout = await request_payout(
        new_uow, clock, actor=shop.creator, amount=tenge(6_000), iban_tail=TAIL
    )
    assert payout.id is not None
    await approve_payout(new_uow, clock, actor=staff, payout=payout.id)
    await say(new_uow, clock, shop, "1001", RETURNED, at=placed, net=tenge(60_000))
    assert (await wallet(new_uow, actor=shop.creator)).available == -tenge(6_000)

    await fail_payout(new_uow, clock, actor=staff, payout=payout.id, reason="closed")

    assert (await wallet(new_uow, actor=shop.creator)).available == tenge(0)


# --- what a release waits for --------------------------------------------------------------------


async def test_what_the_brand_cannot_pay_waits_and_the_creator_sees_why(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, funds=tenge(1_150))
    staff = await an_accountant(new_uow, clock)
    for number in ("1", "2"):
        await report(new_uow, clock, shop, an_order(number, APPROVED, shop.code, at=clock()))
    clock.advance(days=15)

    assert await release_holds(new_uow, clock) == 1
    view = await wallet(new_uow, actor=shop.creator)
    assert (view.held.in_hold, view.held.without_funds) == (tenge(1_000), tenge(1_000))
    assert view.held.release is None  # no date is promised for it
    page = await creator_orders(new_uow, actor=shop.creator, after=None, limit=5)
    assert sorted((row.external_id, row.funded) for row in page.rows) == [("1", True), ("2", False)]

    await top_up(new_uow, clock, actor=staff, brand=shop.brand.id, amount=tenge(5_000), key="1045")
    assert await release_holds(new_uow, clock) == 1
    view = await wallet(new_uow, actor=shop.creator)
    assert (view.available, view.held.without_funds) == (tenge(2_000), tenge(0))


async def test_where_a_proof_is_asked_for_money_waits_for_it(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, proof_required=True))
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, at=clock()))
    clock.advance(days=15)
    assert await release_holds(new_uow, clock) == 0
    view = await wallet(new_uow, actor=shop.creator)
    assert (view.held.without_proof, view.held.release) == (tenge(1_000), None)

    proof = await submit_proof(
        new_uow,
        clock,
        actor=shop.creator,
        enrolment=shop.enrolment.id,
        link=None,
        caption=f"Жарнама / Реклама. {shop.brand.legal_name}. {shop.code}",
        screenshot_file_id="file",
        screenshot_sha256="a" * 64,
    )
    assert await release_holds(new_uow, clock) == 0
    assert proof.id is not None
    await review_proof(
        new_uow, clock, actor=shop.manager, proof=proof.id, to=ProofState.ACCEPTED, reason=None
    )

    assert await release_holds(new_uow, clock) == 1
    view = await wallet(new_uow, actor=shop.creator)
    assert (view.available, view.held.without_proof) == (tenge(1_000), tenge(0))


async def test_looking_for_what_must_wait_keeps_nobody_from_writing(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, proof_required=True))
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, at=clock()))
    clock.advance(days=15)
    opened: list[bool] = []

    def watched(**options: bool) -> AbstractAsyncContextManager[UnitOfWork]:
        opened.append(options.get("read_only", False))
        return new_uow(**options)

    assert await release_holds(watched, clock) == 0

    assert opened == [True]


async def test_what_changes_between_the_look_and_the_release_is_not_released(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    placed = clock()
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, at=placed))
    clock.advance(days=15)
    async with new_uow(read_only=True) as uow:
        due = await uow.orders.due_to_release(clock(), 5)
    await report(new_uow, clock, shop, an_order("1", RETURNED, shop.code, at=placed))

    async with new_uow() as uow:
        assert len(due) == 1
        assert await uow.orders.releasable(due, clock()) == []


async def test_a_fixed_reward_that_comes_to_nothing_is_released_without_a_message(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, min_order_minor=tenge(50_000).minor))
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, at=clock()))
    clock.advance(days=15)

    assert await release_holds(new_uow, clock) == 1

    assert await told(new_uow, shop.creator) == []
    assert (await books(new_uow, shop)).funds == tenge(1_000_000)


async def test_more_than_a_batch_is_released_in_one_sweep(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.usecases.commissions.BATCH", 7)
    shop = await a_shop(new_uow, clock)
    orders = [an_order(str(number), APPROVED, shop.code, at=clock()) for number in range(20)]
    await report(new_uow, clock, shop, *orders)
    clock.advance(days=15)

    assert await release_holds(new_uow, clock) == 20

    assert (await books(new_uow, shop)).available == tenge(20_000)


# --- who sees an order ---------------------------------------------------------------------------


async def test_an_order_is_shown_to_its_creator_its_brand_and_the_staff_and_to_nobody_else(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    other = await a_shop(new_uow, clock, name="Дана")
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, at=clock()))
    order = await order_id(new_uow, shop, "1")
    moderator = await a_moderator(new_uow, clock())
    strangers = (other.creator, other.manager, await a_person(new_uow, clock()))

    for actor in (shop.creator, shop.manager, moderator):
        assert (await order_card(new_uow, actor=actor, order=order)).external_id == "1"
    for actor in strangers:
        with pytest.raises(NotFound):
            await order_card(new_uow, actor=actor, order=order)
        for look in (brand_orders, near_misses):
            with pytest.raises(NotAllowed):
                await look(new_uow, actor=actor, brand=shop.brand.id, after=None, limit=5)
    with pytest.raises(NotFound):
        await order_card(new_uow, actor=moderator, order=OrderId(404))
    page = await creator_orders(new_uow, actor=other.creator, after=None, limit=5)
    assert (page.rows, page.sums) == ([], Sum())


async def test_orders_are_read_page_by_page_even_where_many_have_one_time(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    at = clock() + timedelta(microseconds=123_457)
    await report(
        new_uow,
        clock,
        shop,
        *(an_order(str(number), APPROVED, shop.code, at=at) for number in range(7)),
        *(an_order(f"r{number}", REJECTED, shop.code, at=at) for number in range(2)),
    )
    seen: list[str] = []
    after = None
    while page := (
        await creator_orders(
            new_uow,
            actor=shop.creator,
            states=(CommissionState.IN_HOLD,),
            after=after,
            limit=3,
        )
    ).rows:
        seen += [row.external_id for row in page]
        after = (page[-1].ordered_at, page[-1].id)

    assert sorted(seen) == [str(number) for number in range(7)]


# --- any history ---------------------------------------------------------------------------------

reports = st.tuples(
    st.just("report"),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(OrderStatus),
    st.sampled_from([0, 1, 2]),  # whose code stands in the row, 2 for nobody's
    st.integers(0, 300_000),  # net, tenge
    st.integers(0, 3),  # quarters of it that were refunded
)
others = st.tuples(
    st.sampled_from(
        ["earn", "earn", "release", "fund", "top up", "ask", "pay", "fail", "two weeks"]
    )
)
histories = st.lists(st.one_of(reports, others, others), min_size=8, max_size=30)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # the history says enough as it is
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories)
async def test_whatever_happens_the_books_are_right(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, history: list[tuple[Any, ...]]
) -> None:
    rule = Rule(percent_bps=1_000, cap_month_minor=tenge(40_000).minor)
    draft = replace(TEN_PERCENT, rule=rule)
    shop = await a_shop(new_uow, clock, draft, funds=tenge(30_000))
    _, second = await one_more(new_uow, clock, shop.brand, "Дана", draft)
    staff = await an_accountant(new_uow, clock)
    await give_details(new_uow, clock, shop.creator)
    placed = clock()
    for number, (what, *facts) in enumerate(history):
        try:
            match what:
                case "report":
                    order, status, whose, net, quarters = facts
                    clock.advance(minutes=1)
                    codes = [(shop.code,), (second.code,), ()][whose]
                    sold = tenge(net)
                    await report(
                        new_uow,
                        clock,
                        shop,
                        an_order(
                            order,
                            status,
                            *codes,
                            net=sold,
                            at=placed,
                            changed=clock(),
                            refunded=Money(sold.minor * quarters // 4),
                        ),
                    )
                case "earn":
                    await earn(new_uow, clock, shop, tenge(6_000), f"earned {number}")
                case "release":
                    await release_holds(new_uow, clock)
                case "fund":
                    await fund_commissions(new_uow, clock)
                case "top up":
                    await top_up(
                        new_uow,
                        clock,
                        actor=staff,
                        brand=shop.brand.id,
                        amount=tenge(10_000),
                        key=str(number),
                    )
                case "ask" | "pay" | "fail":
                    view = await wallet(new_uow, actor=shop.creator)
                    payout = view.open_payout or await request_payout(
                        new_uow, clock, actor=shop.creator, amount=view.available, iban_tail=TAIL
                    )
                    assert payout.id is not None
                    if what != "ask":
                        await approve_payout(new_uow, clock, actor=staff, payout=payout.id)
                    if what == "pay":
                        await settle_payout(new_uow, clock, actor=staff, payout=payout.id)
                    if what == "fail":
                        await fail_payout(
                            new_uow, clock, actor=staff, payout=payout.id, reason="closed"
                        )
                case "two weeks":
                    clock.advance(days=14)
        except DomainError:
            pass  # a plain refusal is an answer; the books are what is asked about

    found = await check_ledger(new_uow)
    assert found.sound, found
