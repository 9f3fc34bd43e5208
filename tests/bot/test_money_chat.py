"""Money in the chat: the wallet, orders and funds, and the staff who pay and book."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.callbacks.admin_funds import TopUp, TopUpAction
from bot.callbacks.admin_payouts import PayoutAction, PayoutCard, PayoutQueue
from bot.callbacks.brand_funds import Funds, FundsMovements
from bot.callbacks.brand_orders import BrandOrders
from bot.callbacks.near_misses import NearMisses
from bot.callbacks.orders import OrderCard, Orders
from bot.callbacks.wallet import FileKind, StatementOf, WithdrawConfirm
from core.ledger import Account
from core.money import Money, tenge
from core.orders import OrderStatus
from core.payouts import PayoutState
from core.people import Actor, Locale
from core.usecases.books import check_ledger
from core.usecases.commissions import release_holds
from core.usecases.creators import set_iban
from core.usecases.people import choose_locale
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.builders import a_creator
from tests.usecases.money_builders import (
    IBAN,
    OTHER_IBAN,
    OTHER_TAIL,
    TAIL,
    an_accountant,
    earn,
    give_details,
    order_id,
)
from tests.usecases.order_builders import TEN_PERCENT, Shop, a_shop, an_order, report

APPROVED = OrderStatus.APPROVED


def kzt(amount: int) -> str:
    """Whole tenge as the English chat writes them."""
    return f"{amount:,}\u00a0₸".replace("-", "−")


@dataclass(frozen=True)
class Scene:
    """A shop whose creator has 20 000 tenge, its people and the staff, all reading English."""

    stage: Stage
    shop: Shop
    creator: Person
    manager: Person
    accountant: Person
    second: Person
    stranger: Person

    async def available(self) -> Money:
        """What the creator can take."""
        async with self.stage.new_uow(read_only=True) as uow:
            return await uow.ledger.balance(Account.CREATOR_AVAILABLE, self.shop.creator.id)

    async def states(self) -> list[PayoutState]:
        """The creator's payouts, newest first."""
        async with self.stage.new_uow(read_only=True) as uow:
            found = await uow.payouts.of_creator(self.shop.creator.id, after=None, limit=99)
        return [payout.state for payout in found]

    async def withdraw(self) -> None:
        """The creator asks for everything."""
        await self.creator.send("/wallet")
        await self.creator.click("Withdraw")
        await self.creator.click("Everything")
        await self.creator.expect("Withdraw")
        await self.creator.click("Confirm")
        await self.creator.expect("Request accepted")


async def enter(stage: Stage, actor: Actor, name: str, locale: Locale = Locale.EN) -> Person:
    """The person's Telegram client, in a language, with the bot's menu open."""
    await choose_locale(stage.new_uow, stage.clock, actor=actor, locale=locale)
    person = stage.sandbox.person(name, telegram_id=actor.telegram_id, language_code=str(locale))
    await person.send("/menu")
    await person.expect("Üles")
    return person


@pytest.fixture
async def scene(stage: Stage) -> Scene:
    new_uow, clock = stage.new_uow, stage.clock
    shop = await a_shop(new_uow, clock)
    await give_details(new_uow, clock, shop.creator, box=stage.running.box)
    await earn(new_uow, clock, shop, tenge(20_000))
    staff = [await an_accountant(new_uow, clock, name) for name in ("Saule", "Timur")]
    return Scene(
        stage=stage,
        shop=shop,
        creator=await enter(stage, shop.creator, "Айгерім"),
        manager=await enter(stage, shop.manager, "Manager"),
        accountant=await enter(stage, staff[0], "Saule"),
        second=await enter(stage, staff[1], "Timur"),
        stranger=await enter(stage, await a_creator(new_uow, clock(), "Дана"), "Дана"),
    )


@pytest.fixture(autouse=True)
async def _sound(stage: Stage) -> AsyncIterator[None]:
    """Whatever was tapped, the books are right and every tap was answered."""
    yield
    found = await check_ledger(stage.new_uow)
    assert found.sound, found
    assert stage.sandbox.unanswered == []


# --- the wallet ----------------------------------------------------------------------------------


@pytest.mark.parametrize("month", [101, 999_912, 10**17, -5])
async def test_a_statement_of_no_month_is_a_plain_refusal(scene: Scene, month: int) -> None:
    forged = StatementOf(kind=FileKind.CSV, month=month, make=True)

    await scene.creator.tap(forged.pack())

    await scene.creator.expect_alert()
    assert not scene.stage.sandbox.calls("sendDocument")


async def test_a_creator_withdraws_a_typed_sum_and_is_told_when_it_is_paid(scene: Scene) -> None:
    creator, staff = scene.creator, scene.accountant
    await creator.send("/wallet")
    await creator.expect(f"Available: {kzt(20_000)}")
    await creator.click("Withdraw")
    await creator.expect(f"the smallest sum is {kzt(5_000)}")
    await creator.send("12 000 тг")
    shown = await creator.expect(f"Withdraw {kzt(12_000)}?")
    assert f"•••• {TAIL}, Kaspi Bank" in shown.text
    await creator.click("Confirm")
    await creator.expect(f"Request accepted: {kzt(12_000)}")

    await staff.expect("asks for a payout")
    await staff.send("/payouts")
    await staff.click("Айгерім")
    card = await staff.expect("Payout")
    assert IBAN not in card.text
    await staff.click("Show the account")
    await staff.expect(IBAN)
    await staff.click("Approve")
    await staff.expect(f"Approve {kzt(12_000)} to Айгерім")
    await staff.click("Yes, approve")
    await staff.expect("Status: approved")
    await staff.click("The bank has paid")
    await staff.expect("This cannot be undone")
    await staff.click("Yes, it is paid")
    card = await staff.expect("Status: paid")
    assert "Approve" not in card.labels

    await creator.expect("Kaspi")
    await creator.send("/wallet")
    await creator.expect(f"Paid out so far: {kzt(12_000)}")
    await creator.click("Withdrawals")
    await creator.click("paid")
    await creator.expect("Since the withdrawal before it 1 order brought")
    await creator.click("Receipt")
    await creator.expect("Receipt of the withdrawal")
    await creator.send("/wallet")
    await creator.click("Movements")
    await creator.expect("withdrawal requested")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("много", "not an amount"),
        ("0", "not an amount"),
        ("4999", f"The smallest payout is {kzt(5_000)}"),
        ("20 000,01", f"Available: {kzt(20_000)}"),
        ("-12000", "not an amount"),
        ("<b>12</b>", "not an amount"),
    ],
)
async def test_a_sum_that_cannot_be_taken_is_asked_for_again(
    scene: Scene, typed: str, answer: str
) -> None:
    creator = scene.creator
    await creator.send("/wallet")
    await creator.click("Withdraw")
    await creator.expect("How much")

    await creator.send(typed)
    asked = await creator.expect(answer)

    assert "How much do you withdraw?" in asked.text
    await creator.send("5000")
    await creator.expect(f"Withdraw {kzt(5_000)}?")
    assert await scene.states() == []


async def test_a_sum_of_an_older_screen_is_what_its_button_takes(scene: Scene) -> None:
    creator = scene.creator
    await creator.send("/wallet")
    await creator.click("Withdraw")
    await creator.send("6000")
    older = await creator.expect(f"Withdraw {kzt(6_000)}?")
    await creator.send("15000")
    await creator.expect(f"Withdraw {kzt(15_000)}?")

    await creator.click("Confirm", message=older)

    await creator.expect(f"Request accepted: {kzt(6_000)}")
    assert await scene.available() == tenge(14_000)


async def test_money_never_goes_to_another_account_than_the_one_shown(scene: Scene) -> None:
    creator, stage = scene.creator, scene.stage
    await creator.send("/wallet")
    await creator.click("Withdraw")
    await creator.click("Everything")
    await creator.expect(TAIL)
    await set_iban(
        stage.new_uow,
        stage.clock,
        actor=scene.shop.creator,
        text=OTHER_IBAN,
        box=stage.running.box,
    )

    await creator.click("Confirm")

    await creator.expect_alert("out of date")
    assert await scene.states() == []
    await creator.send("/wallet")
    await creator.click("Withdraw")
    await creator.click("Everything")
    await creator.expect(OTHER_TAIL)


async def test_five_taps_on_confirm_ask_once(scene: Scene) -> None:
    creator = scene.creator
    await creator.send("/wallet")
    await creator.click("Withdraw")
    await creator.send("6000")
    screen = await creator.expect(f"Withdraw {kzt(6_000)}?")
    data = WithdrawConfirm(amount=600_000, tail=TAIL).pack()

    for _ in range(5):
        await creator.tap(data, message=screen)

    async with asyncio.timeout(5):
        while creator.count("You have asked for") < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert creator.count("Request accepted") == 1
    assert await scene.states() == [PayoutState.REQUESTED]
    assert await scene.available() == tenge(14_000)


async def test_a_second_withdrawal_waits_for_the_first(scene: Scene) -> None:
    await scene.withdraw()

    await scene.creator.send("/wallet")
    await scene.creator.expect("requested")
    await scene.creator.click("Withdraw")

    await scene.creator.expect(f"You have asked for {kzt(20_000)} already")


async def test_somebody_without_money_is_told_what_is_missing(scene: Scene) -> None:
    await scene.stranger.send("/wallet")
    await scene.stranger.expect(f"Available: {kzt(0)}")

    await scene.stranger.click("Withdraw")

    await scene.stranger.expect(f"The smallest withdrawal is {kzt(5_000)}")
    await scene.stranger.click("What is on hold")
    await scene.stranger.expect("No orders fit this choice")


async def test_details_that_are_missing_are_named_with_a_way_to_give_them(stage: Stage) -> None:
    shop = await a_shop(stage.new_uow, stage.clock)
    await earn(stage.new_uow, stage.clock, shop, tenge(9_000))
    creator = await enter(stage, shop.creator, "Beginner")

    await creator.send("/wallet")
    await creator.click("Withdraw")

    shown = await creator.expect("these details are still needed")
    assert all(words in shown.text for words in ("tax status", "IIN", "IBAN"))
    await creator.click("Fill in")
    await creator.expect("Payout details")


async def test_the_wallet_says_what_holds_money_up(stage: Stage) -> None:
    new_uow, clock = stage.new_uow, stage.clock
    shop = await a_shop(new_uow, clock, funds=tenge(1_150))
    await report(
        new_uow,
        clock,
        shop,
        *(an_order(number, APPROVED, shop.code, at=clock()) for number in ("1", "2")),
    )
    creator = await enter(stage, shop.creator, "Waiting")

    await creator.send("/wallet")

    text = (await creator.expect("On hold")).text
    assert f"{kzt(1_000)} waits until the brand tops up" in text
    released = (clock() + timedelta(days=14, hours=5)).strftime("%d.%m.%Y")
    assert f"The nearest part is released on {released}" in text
    clock.advance(days=15)
    await release_holds(new_uow, clock)
    await creator.send("/orders")
    await creator.click("On hold")
    await creator.expect("Choose an order")
    await creator.click(kzt(1_000))
    await creator.expect("waits until the brand tops up its account")


async def test_the_wallet_leads_to_the_proof_that_money_waits_for(stage: Stage) -> None:
    new_uow, clock = stage.new_uow, stage.clock
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, proof_required=True))
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, at=clock()))
    creator = await enter(stage, shop.creator, "Waiting")

    await creator.send("/wallet")
    await creator.expect(f"{kzt(1_000)} waits for a proof")
    await creator.click("Send proof")
    await creator.expect("Send one of these")


async def test_the_wallet_leaves_a_half_finished_form_alone(scene: Scene) -> None:
    key = f"{scene.creator.id}:{scene.creator.id}"
    async with scene.stage.new_uow() as uow:
        await uow.forms.save(
            key, state="SendProof:caption", data={"enrolment": 7}, now=scene.stage.clock()
        )
        await uow.commit()

    await scene.withdraw()

    async with scene.stage.new_uow(read_only=True) as uow:
        assert await uow.forms.load(key) == (None, {"enrolment": 7})


# --- paying --------------------------------------------------------------------------------------


async def test_a_refusal_is_confirmed_with_its_reason_and_the_creator_reads_it(
    scene: Scene,
) -> None:
    await scene.withdraw()
    staff = scene.accountant
    await staff.send("/payouts")
    await staff.click("Айгерім")
    await staff.click("Refuse")
    await staff.expect("Write one sentence")
    await staff.send("/nonsense")
    assert await scene.states() == [PayoutState.REQUESTED]
    await staff.send("/payouts")
    await staff.click("Айгерім")
    await staff.click("Refuse")
    await staff.send("The name is <another> & wrong")
    shown = await staff.expect(f"Refuse the payout of {kzt(20_000)} to Айгерім?")
    assert "The name is <another> & wrong" in shown.text
    assert await scene.states() == [PayoutState.REQUESTED]

    await staff.click("Yes, refuse")

    await staff.expect("Status: refused")
    await scene.creator.expect("The name is <another> & wrong")
    assert await scene.available() == tenge(20_000)


async def test_a_reason_of_an_older_screen_is_not_taken_for_a_newer_one(scene: Scene) -> None:
    await scene.withdraw()
    staff = scene.accountant
    await staff.send("/payouts")
    await staff.click("Айгерім")
    await staff.click("Refuse")
    await staff.expect("Write one sentence")
    await staff.send("First reason")
    older = await staff.expect("First reason")
    await staff.send("Second reason")
    await staff.expect("Second reason")

    await staff.click("Yes, refuse", message=older)
    await staff.expect_alert("out of date")
    assert await scene.states() == [PayoutState.REQUESTED]

    await staff.click("Yes, refuse")
    await staff.expect("Second reason")
    assert await scene.states() == [PayoutState.REFUSED]


async def test_a_payment_that_fails_goes_back_to_the_wallet(scene: Scene) -> None:
    await scene.withdraw()
    staff = scene.accountant
    await staff.send("/payouts")
    await staff.click("Айгерім")
    await staff.click("Approve")
    await staff.click("Yes, approve")
    await staff.click("It did not go through")
    await staff.expect("What did the bank say")
    await staff.send("Account closed")
    await staff.click("Yes, give it back")
    await staff.expect("Status: payout failed")

    await scene.creator.expect("Account closed")
    assert await scene.available() == tenge(20_000)


async def test_two_staff_settle_the_same_payout_and_it_is_paid_once(scene: Scene) -> None:
    await scene.withdraw()
    await scene.accountant.send("/payouts")
    await scene.accountant.click("Айгерім")
    await scene.accountant.click("Approve")
    await scene.accountant.click("Yes, approve")
    for staff in (scene.accountant, scene.second):
        await staff.send("/payouts")
        await staff.click("Айгерім")
        await staff.click("The bank has paid")
        await staff.expect("This cannot be undone")

    await asyncio.gather(
        scene.accountant.click("Yes, it is paid"), scene.second.click("Yes, it is paid")
    )

    for staff in (scene.accountant, scene.second):
        await staff.expect("Status: paid")
    assert await scene.states() == [PayoutState.PAID]
    await scene.creator.expect("Kaspi")
    async with scene.stage.new_uow(read_only=True) as uow:
        assert await uow.ledger.paid_to(scene.shop.creator.id) == tenge(20_000)


async def test_a_late_button_of_a_decided_payout_is_refused_kindly(scene: Scene) -> None:
    await scene.withdraw()
    for staff in (scene.accountant, scene.second):
        await staff.send("/payouts")
        await staff.click("Айгерім")
        await staff.expect("Status: requested")
    await scene.accountant.click("Approve")
    await scene.accountant.click("Yes, approve")
    await scene.accountant.click("The bank has paid")
    await scene.accountant.click("Yes, it is paid")
    await scene.accountant.expect("Status: paid")

    await scene.second.click("Approve")
    await scene.second.click("Yes, approve")

    await scene.second.expect_alert("out of date")
    assert await scene.states() == [PayoutState.PAID]


# --- booking -------------------------------------------------------------------------------------


async def begin_top_up(scene: Scene, staff: Person) -> None:
    """From the brand's card to the question how much has come."""
    await staff.tap(Funds(brand=scene.shop.brand.id).pack(), message=staff.last)
    await staff.click("Top up")
    await staff.expect("How much has the brand transferred?")


async def test_staff_book_a_transfer_once(scene: Scene) -> None:
    staff = scene.accountant
    await begin_top_up(scene, staff)
    await staff.send("half a million")
    await staff.expect("not an amount")
    await staff.send("500 000")
    await staff.expect("Number of the payment order")
    await staff.send("1045")
    shown = await staff.expect(f"Book {kzt(500_000)} to Qyran, payment 1045?")
    assert f"afterwards: {kzt(1_477_000)}" in shown.text
    await staff.click("Confirm")
    await staff.expect(f"Booked: {kzt(500_000)}")
    await scene.manager.expect("topped up")

    again = scene.second
    await begin_top_up(scene, again)
    await again.send("300 000")
    await again.send("1045")
    await again.click("Confirm")

    await again.expect(f"was booked before: {kzt(500_000)}")
    async with scene.stage.new_uow(read_only=True) as uow:
        funds = await uow.ledger.balance(Account.BRAND_FUNDS, scene.shop.brand.id)
    assert funds == tenge(1_477_000)


async def test_a_screen_of_an_older_booking_books_nothing(scene: Scene) -> None:
    staff = scene.accountant
    await begin_top_up(scene, staff)
    await staff.send("500 000")
    await staff.expect("Number of the payment order")
    await staff.send("1045")
    older = await staff.expect("Book")
    await staff.send("1046")
    newer = await staff.expect("payment 1046?")

    await staff.click("Confirm", message=older)
    await staff.expect_alert("out of date")
    await staff.click("Confirm", message=newer)
    await staff.expect("Booked")
    await staff.tap(TopUp(brand=scene.shop.brand.id, action=TopUpAction.CONFIRM, form=1).pack())
    await staff.expect_alert("out of date")


# --- orders and funds of a brand -----------------------------------------------------------------


async def test_a_manager_sees_orders_funds_and_what_moved(scene: Scene) -> None:
    manager = scene.manager
    await manager.send("/orders")
    await manager.expect("A name stands where a creator is credited")
    await manager.click("Айгерім")
    card = await manager.expect("Order 1001")
    assert f"Platform fee: {kzt(3_000)}" in card.text
    await manager.click("Back")
    await manager.click("Codes that almost fit")
    await manager.expect("All codes in your orders were clear")
    await manager.send("/funds")
    shown = await manager.expect(f"Free: {kzt(977_000)}")
    assert "Üles LLP, BIN 180540000002" in shown.text
    await manager.click("Movements")
    await manager.expect("reward and fee for an order")


async def test_orders_are_turned_page_by_page_and_back(scene: Scene) -> None:
    stage = scene.stage
    at = stage.clock()
    orders = [an_order(f"p{n}", APPROVED, scene.shop.code, at=at) for n in range(20)]
    await report(stage.new_uow, stage.clock, scene.shop, *orders)
    creator = scene.creator
    await creator.send("/orders")
    seen = set()
    for _ in range(3):
        page = await creator.expect("My orders")
        seen |= {one.data for row in page.rows for one in row if (one.data or "")[:4] == "orc:"}
        if "›" in "".join(page.labels):
            await creator.click("›")
    assert len(seen) == 21


# --- another person's buttons --------------------------------------------------------------------


async def test_buttons_of_other_peoples_screens_are_refused(scene: Scene) -> None:
    await scene.withdraw()
    stage, shop = scene.stage, scene.shop
    order = await order_id(stage.new_uow, shop, "1001")
    async with stage.new_uow(read_only=True) as uow:
        (payout,) = await uow.payouts.of_creator(shop.creator.id, after=None, limit=1)
    assert payout.id is not None
    brand = shop.brand.id
    staffs = [
        *(PayoutCard(payout=payout.id, action=action) for action in PayoutAction),
        PayoutQueue(),
        TopUp(brand=brand),
        TopUp(brand=brand, action=TopUpAction.CONFIRM),
    ]
    brands = [
        BrandOrders(brand=brand),
        BrandOrders(),
        NearMisses(brand=brand),
        Funds(brand=brand),
        Funds(),
        FundsMovements(brand=brand),
    ]

    for person, buttons in (
        (scene.stranger, [*staffs, *brands]),
        (scene.creator, [*staffs, *brands]),
        (scene.manager, staffs),
    ):
        for button in buttons:
            await person.tap(button.pack())
            await person.expect_alert("You cannot do this")
    for button in (OrderCard(order=order), OrderCard(order=order, brand=1)):
        await scene.stranger.tap(button.pack())
        await scene.stranger.expect_alert("not found")
    await scene.stranger.tap(Orders().pack())
    await scene.stranger.expect("nothing here yet")
    await scene.stranger.tap(WithdrawConfirm(amount=2_000_000, tail=TAIL).pack())
    await scene.stranger.expect("not enough money")
    await scene.accountant.tap(PayoutCard(payout=404).pack())
    await scene.accountant.expect_alert("not found")

    assert await scene.states() == [PayoutState.REQUESTED]
    assert await scene.available() == tenge(0)
