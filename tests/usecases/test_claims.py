"""What buyers say they bought: who is believed, who is not, and what comes of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.claims import Claim, ClaimKind, ClaimRules, ClaimState, Refusal
from core.enrolments import Enrolment
from core.errors import BadInput, ClaimRefused, NotAllowed, NotFound, NoTouch, TooManyClaims
from core.evidence import EvidenceKind, Grade
from core.money import Money, tenge
from core.notifications import Delivery
from core.orders import OrderStatus
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.receipts import FiscalReceipt, Provider
from core.usecases.claims import (
    claim_order,
    claim_receipt,
    claim_subjects,
    end_claims,
    match_receipts,
    my_claim,
    my_claims,
    note_bad_receipt,
)
from core.usecases.registers import add_registers, brand_registers, remove_register
from tests.builders import a_person
from tests.conftest import FrozenClock
from tests.usecases.evidence_builders import erased, shared_phone, touched
from tests.usecases.money_builders import at_once
from tests.usecases.order_builders import (
    BOX,
    NOON,
    Shop,
    a_reading,
    a_shop,
    an_order,
    books,
    known_orders,
)

RULES = ClaimRules(per_day=10, margin_days=14)
HOUR = timedelta(hours=1)
PHONE, OTHER_PHONE = "+77021234567", "+77770000000"
NUMBER, OTHER_NUMBER = "712155089", "712155090"
REGISTER, OTHER_REGISTER = "010101907421", "620200165500"


def a_receipt(
    at: datetime = NOON + HOUR,
    *,
    net: Money | None = None,
    sign: str = "1319093233",
    register: str = REGISTER,
) -> FiscalReceipt:
    return FiscalReceipt(
        provider=Provider.KASPI,
        register=register,
        sign=sign,
        amount=tenge(10_000) if net is None else net,
        at=at,
    )


async def a_buyer(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    engine: AsyncEngine,
    shop: Shop,
    name: str = "Марат",
    *,
    came: datetime = NOON,
) -> Actor:
    """Somebody who came by the creator's link."""
    buyer = await a_person(new_uow, clock(), name)
    await touched(engine, buyer.id, shop.enrolment, came)
    return buyer


async def tell(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    buyer: Actor,
    of: Shop | Enrolment,
    what: str | FiscalReceipt = NUMBER,
    rules: ClaimRules = RULES,
) -> Claim:
    enrolment = of.enrolment.id if isinstance(of, Shop) else of.id
    if isinstance(what, str):
        return await claim_order(
            new_uow, clock, actor=buyer, enrolment=enrolment, text=what, rules=rules
        )
    return await claim_receipt(
        new_uow, clock, BOX, actor=buyer, enrolment=enrolment, receipt=what, rules=rules
    )


async def refused(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    buyer: Actor,
    shop: Shop,
    what: str | FiscalReceipt = NUMBER,
) -> str:
    """Why the claim is refused; the attempt must have been kept with that reason."""
    with pytest.raises(ClaimRefused) as caught:
        await tell(new_uow, clock, buyer, shop, what)
    kept = (await my_claims(new_uow, actor=buyer)).items[0]
    assert (kept.state, kept.reason) == (ClaimState.REFUSED, caught.value.reason)
    return caught.value.reason


async def read(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, *numbers: str, **more: object
) -> None:
    """The brand's file of the day comes, and everything that runs by itself after it."""
    orders = [an_order(number, OrderStatus.PENDING, **more) for number in numbers]  # type: ignore[arg-type]
    await a_reading(new_uow, clock, shop, *orders)
    async with new_uow() as uow:
        await uow.claims.look_again(shop.brand.id)
        await uow.commit()
    await match_receipts(new_uow, clock)
    await end_claims(new_uow, clock)


async def told(new_uow: UnitOfWorkFactory, clock: FrozenClock, buyer: Actor) -> list[str]:
    """Outcomes of which the buyer has been written to."""
    found: list[Delivery] = []
    while True:  # one at a time to a person
        async with new_uow() as uow:
            due = await uow.outbox.claim(
                now=clock(), limit=100, lease_until=clock() + timedelta(minutes=1)
            )
            for one in due:
                await uow.outbox.sent(one.id, now=clock())
            await uow.commit()
        if not due:
            return [
                str(one.facts["outcome"])
                for one in found
                if one.telegram_id == buyer.telegram_id and "outcome" in one.facts
            ]
        found += due


async def states(new_uow: UnitOfWorkFactory, buyer: Actor) -> list[ClaimState]:
    return [claim.state for claim in (await my_claims(new_uow, actor=buyer)).items]


# --- by the order's number --------------------------------------------------------------------


async def test_a_claim_before_the_file_is_found_when_the_file_comes_and_pays_the_creator(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    clock.advance(hours=2)

    claim = await tell(new_uow, clock, buyer, shop, f"Тапсырысым № {NUMBER}")
    assert (claim.state, claim.external_id) == (ClaimState.WAITING, NUMBER)
    await read(new_uow, clock, shop, NUMBER)
    await end_claims(new_uow, clock)

    order = (await known_orders(new_uow, shop))[NUMBER]
    assert (order.creator, order.grade) == (shop.creator.id, Grade.D)
    assert order.evidence_kind is EvidenceKind.CLAIM
    assert (await books(new_uow, shop)).pending == tenge(1_000)
    assert await told(new_uow, clock, buyer) == ["found"]
    found = await my_claim(new_uow, actor=buyer, claim=claim.id)
    assert (found.state, found.amount) == (ClaimState.MATCHED, tenge(10_000))


async def test_a_claim_after_the_file_is_decided_at_once_and_only_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    clock.advance(hours=2)
    await read(new_uow, clock, shop, NUMBER)

    first = await tell(new_uow, clock, buyer, shop)
    again = await tell(new_uow, clock, buyer, shop)
    await end_claims(new_uow, clock)

    assert first == again
    assert first.state is ClaimState.MATCHED
    assert (await books(new_uow, shop)).pending == tenge(1_000)
    assert await told(new_uow, clock, buyer) == []  # the screen has said it
    assert await states(new_uow, buyer) == [ClaimState.MATCHED]


async def test_ten_claims_for_one_order_make_one(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyers = [await a_buyer(new_uow, clock, engine, shop, f"Buyer {one}") for one in range(10)]
    clock.advance(hours=1)

    results = await at_once(new_uow, *(tell(new_uow, clock, buyer, shop) for buyer in buyers))

    reasons = [one.reason for one in results if isinstance(one, ClaimRefused)]
    assert reasons == [Refusal.TAKEN] * 9
    kept = [await states(new_uow, buyer) for buyer in buyers]
    assert sorted(kept) == [[ClaimState.REFUSED]] * 9 + [[ClaimState.WAITING]]


async def test_a_tap_that_comes_twice_at_once_keeps_one_claim(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)

    twice = await at_once(new_uow, *(tell(new_uow, clock, buyer, shop) for _ in range(2)))

    assert twice[0] == twice[1]
    assert await states(new_uow, buyer) == [ClaimState.WAITING]


async def test_without_a_touch_of_the_brand_nothing_is_kept(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    other = await a_shop(new_uow, clock, name="Дана")
    stranger = await a_person(new_uow, clock(), "Stranger")
    elsewhere = await a_buyer(new_uow, clock, engine, other)

    for buyer in (stranger, elsewhere):
        with pytest.raises(NoTouch):
            await tell(new_uow, clock, buyer, shop)
        with pytest.raises(NoTouch):
            await tell(new_uow, clock, buyer, shop, a_receipt())

    assert await states(new_uow, stranger) == await states(new_uow, elsewhere) == []
    assert await claim_subjects(new_uow, clock, actor=stranger, rules=RULES) == []


async def test_a_touch_counts_for_its_window_and_some_days_more(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)

    clock.advance(days=30 + 14)
    await tell(new_uow, clock, buyer, shop)
    clock.advance(seconds=1)

    with pytest.raises(NoTouch):
        await tell(new_uow, clock, buyer, shop, OTHER_NUMBER)


async def test_a_creator_who_buys_by_their_own_link_is_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    with pytest.raises(ClaimRefused, match="own"):  # without a visit, which is not even kept
        await tell(new_uow, clock, shop.creator, shop)
    await touched(engine, shop.creator.id, shop.enrolment, NOON)
    clock.advance(hours=2)
    await read(new_uow, clock, shop, NUMBER)

    assert await refused(new_uow, clock, shop.creator, shop) == Refusal.OWN
    assert await refused(new_uow, clock, shop.creator, shop, a_receipt()) == Refusal.OWN

    assert (await books(new_uow, shop)).pending == tenge(0)


async def test_the_order_of_a_buyer_whose_phone_the_shop_has_is_nobody_elses(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    owner = await a_buyer(new_uow, clock, engine, shop, "Owner")
    await shared_phone(engine, owner.id, PHONE, NOON)
    thief = await a_buyer(new_uow, clock, engine, shop, "Thief")
    liar = await a_buyer(new_uow, clock, engine, shop, "Liar")
    await shared_phone(engine, liar.id, OTHER_PHONE, NOON)
    clock.advance(hours=2)
    await read(new_uow, clock, shop, NUMBER, phone=PHONE)
    await read(new_uow, clock, shop, OTHER_NUMBER, phone="+77059999999")

    assert await refused(new_uow, clock, thief, shop) == Refusal.OTHER_BUYER
    assert await refused(new_uow, clock, liar, shop, OTHER_NUMBER) == Refusal.OTHER_BUYER
    assert (await tell(new_uow, clock, owner, shop)).state is ClaimState.MATCHED
    # Whoever shared no phone may have bought with somebody else's, whom nobody here knows.
    assert (await tell(new_uow, clock, thief, shop, OTHER_NUMBER)).state is ClaimState.MATCHED


async def test_what_was_bought_before_the_link_was_opened_does_not_count(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    clock.advance(hours=3)
    early = await a_buyer(new_uow, clock, engine, shop, "Early", came=clock())
    waiting = await a_buyer(new_uow, clock, engine, shop, "Waiting", came=clock())
    await tell(new_uow, clock, waiting, shop, OTHER_NUMBER)  # the file comes later
    clock.advance(hours=1)
    await read(new_uow, clock, shop, NUMBER, OTHER_NUMBER)  # placed at NOON + 1 h

    assert await refused(new_uow, clock, early, shop) == Refusal.EARLY
    assert await told(new_uow, clock, waiting) == ["early"]
    assert await states(new_uow, waiting) == [ClaimState.REFUSED]
    assert (await books(new_uow, shop)).pending == tenge(0)


async def test_a_number_named_before_its_order_was_placed_was_guessed(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    await tell(new_uow, clock, buyer, shop)
    clock.advance(days=5)

    await read(new_uow, clock, shop, NUMBER, at=NOON + timedelta(days=4))

    assert await told(new_uow, clock, buyer) == ["ahead"]
    assert (await books(new_uow, shop)).pending == tenge(0)


async def test_what_is_never_reported_expires_and_its_number_is_free_again(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    claim = await tell(new_uow, clock, buyer, shop)
    assert claim.expires_at == NOON + timedelta(days=30 + 14)
    clock.now = claim.expires_at - timedelta(seconds=1)
    assert await end_claims(new_uow, clock) == 0

    clock.advance(seconds=1)
    assert await end_claims(new_uow, clock) == 1
    assert await end_claims(new_uow, clock) == 0

    assert await told(new_uow, clock, buyer) == ["not_found"]
    second = await a_buyer(new_uow, clock, engine, shop, "Second", came=clock())
    assert (await tell(new_uow, clock, second, shop)).state is ClaimState.WAITING


async def test_whoever_tries_numbers_out_comes_no_further(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    few = replace(RULES, per_day=2)
    await tell(new_uow, clock, buyer, shop, NUMBER, few)
    await note_bad_receipt(
        new_uow,
        clock,
        actor=buyer,
        enrolment=shop.enrolment.id,
        reason=Refusal.FORGED,
        rules=few,
    )

    with pytest.raises(TooManyClaims):
        await tell(new_uow, clock, buyer, shop, OTHER_NUMBER, few)
    await tell(new_uow, clock, buyer, shop, NUMBER, few)  # is there, and costs nothing
    clock.advance(days=1, seconds=1)

    await tell(new_uow, clock, buyer, shop, OTHER_NUMBER, few)


async def test_a_text_without_a_number_of_the_place_is_refused_and_not_kept(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)

    for text, field in (("24219509-0020-1", "order_kaspi"), (f"{NUMBER}, 1", ""), ("қайда?", "")):
        if text.startswith(NUMBER):
            await tell(new_uow, clock, buyer, shop, text)
            continue
        with pytest.raises(BadInput) as caught:
            await tell(new_uow, clock, buyer, shop, text)
        assert caught.value.field == (field or "order_kaspi")
    with pytest.raises(BadInput, match="order_numbers"):
        await tell(new_uow, clock, buyer, shop, f"{NUMBER} немесе {OTHER_NUMBER}")

    assert len(await states(new_uow, buyer)) == 1


async def test_nobody_sees_the_claims_of_others(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    other = await a_buyer(new_uow, clock, engine, shop, "Other")
    claim = await tell(new_uow, clock, buyer, shop)

    assert (await my_claims(new_uow, actor=other)).items == []
    for somebody in (other, shop.creator, shop.manager):
        with pytest.raises(NotFound):
            await my_claim(new_uow, actor=somebody, claim=claim.id)


async def test_a_consent_taken_back_leaves_past_credit_and_gives_no_new_one(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    clock.advance(hours=2)
    await tell(new_uow, clock, buyer, shop, NUMBER)
    await tell(new_uow, clock, buyer, shop, OTHER_NUMBER)
    await read(new_uow, clock, shop, NUMBER)

    await erased(engine, buyer.id)
    await read(new_uow, clock, shop, NUMBER, OTHER_NUMBER)

    orders = await known_orders(new_uow, shop)
    assert (orders[NUMBER].creator, orders[OTHER_NUMBER].creator) == (shop.creator.id, None)
    with pytest.raises(NoTouch):
        await tell(new_uow, clock, buyer, shop)


# --- by a fiscal receipt ----------------------------------------------------------------------


async def test_a_receipt_finds_the_one_order_of_its_sum_and_time(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    clock.advance(hours=3)

    claim = await tell(new_uow, clock, buyer, shop, a_receipt(NOON + 2 * HOUR))
    assert (claim.state, claim.kind, claim.amount) == (
        ClaimState.WAITING,
        ClaimKind.RECEIPT,
        tenge(10_000),
    )
    await read(new_uow, clock, shop, NUMBER)
    await read(new_uow, clock, shop, NUMBER)

    order = (await known_orders(new_uow, shop))[NUMBER]
    assert (order.creator, order.grade) == (shop.creator.id, Grade.D)
    assert order.evidence_kind is EvidenceKind.RECEIPT
    assert (await books(new_uow, shop)).pending == tenge(1_000)
    assert await told(new_uow, clock, buyer) == ["found"]
    found = await my_claim(new_uow, actor=buyer, claim=claim.id)
    assert (found.state, found.external_id) == (ClaimState.MATCHED, NUMBER)
    assert await match_receipts(new_uow, clock) == 0


@pytest.mark.parametrize(
    "more",
    [
        {"net": tenge(9_999)},
        {"at": NOON - timedelta(days=11)},
        {"at": NOON + timedelta(hours=27)},
    ],
)
async def test_another_sum_or_time_is_another_order(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine, more: dict[str, object]
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    clock.advance(hours=6)
    await tell(new_uow, clock, buyer, shop, a_receipt(NOON + 2 * HOUR))

    await read(new_uow, clock, shop, NUMBER, **more)

    assert await states(new_uow, buyer) == [ClaimState.WAITING]


async def test_an_order_handed_over_long_before_is_another_buyers(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    """Prices repeat: the receipt comes with the goods, days after the order."""
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    old = an_order(
        OTHER_NUMBER,
        at=NOON + HOUR,
        status=OrderStatus.APPROVED,
        changed=NOON + timedelta(days=1),
    )
    own = an_order(
        NUMBER,
        at=NOON + 2 * HOUR,
        status=OrderStatus.APPROVED,
        changed=NOON + timedelta(days=6),
    )
    clock.advance(days=6, hours=2)
    await tell(new_uow, clock, buyer, shop, a_receipt(NOON + timedelta(days=6)))
    clock.advance(hours=1)

    await a_reading(new_uow, clock, shop, old, own)
    await match_receipts(new_uow, clock)

    (found,) = (await my_claims(new_uow, actor=buyer)).items
    assert (found.state, found.external_id) == (ClaimState.MATCHED, NUMBER)


async def test_before_the_place_was_read_no_order_is_taken_for_the_missing_one(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    clock.advance(hours=1, minutes=30)
    await read(new_uow, clock, shop, OTHER_NUMBER)  # of the same sum, by somebody else
    clock.advance(hours=1)
    bought = clock()
    clock.advance(minutes=5)
    await tell(new_uow, clock, buyer, shop, a_receipt(bought))
    assert await match_receipts(new_uow, clock) == 0

    clock.advance(hours=3)
    await read(new_uow, clock, shop, NUMBER, at=bought)

    assert await told(new_uow, clock, buyer) == ["several"]
    assert (await books(new_uow, shop)).pending == tenge(0)


async def test_where_several_orders_fit_the_buyer_is_asked_once_and_the_number_decides(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    clock.advance(hours=3)
    await tell(new_uow, clock, buyer, shop, a_receipt(NOON + 2 * HOUR))
    await read(new_uow, clock, shop, NUMBER, OTHER_NUMBER)
    await read(new_uow, clock, shop, NUMBER, OTHER_NUMBER)
    assert await told(new_uow, clock, buyer) == ["several"]

    await tell(new_uow, clock, buyer, shop, OTHER_NUMBER)
    await match_receipts(new_uow, clock)
    await end_claims(new_uow, clock)

    orders = await known_orders(new_uow, shop)
    assert (orders[NUMBER].creator, orders[OTHER_NUMBER].creator) == (None, shop.creator.id)
    assert await told(new_uow, clock, buyer) == []  # the receipt is of the same order
    number, receipt = (await my_claims(new_uow, actor=buyer)).items
    assert (number.state, receipt.reason) == (ClaimState.MATCHED, Refusal.DOUBLE)


async def test_two_receipts_never_share_one_order(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyers = [await a_buyer(new_uow, clock, engine, shop, name) for name in ("Асан", "Үсен")]
    clock.advance(hours=3)
    for number, buyer in enumerate(buyers):
        await tell(new_uow, clock, buyer, shop, a_receipt(sign=f"10000{number}"))

    await read(new_uow, clock, shop, NUMBER)
    assert (await books(new_uow, shop)).pending == tenge(0)
    await tell(new_uow, clock, buyers[0], shop, NUMBER)
    await read(new_uow, clock, shop, NUMBER, OTHER_NUMBER)

    assert (await books(new_uow, shop)).pending == tenge(2_000)
    assert await states(new_uow, buyers[1]) == [ClaimState.MATCHED]


async def test_one_receipt_counts_once_whoever_sends_it(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    other = await a_buyer(new_uow, clock, engine, shop, "Other")
    clock.advance(hours=2)
    first = await tell(new_uow, clock, buyer, shop, a_receipt())

    again = await tell(new_uow, clock, buyer, shop, a_receipt())
    by_another_host = replace(a_receipt(), provider=Provider.WOFD)

    assert again == first
    assert await refused(new_uow, clock, other, shop, by_another_host) == Refusal.RECEIPT_TAKEN


async def test_receipts_of_another_shop_of_old_and_of_the_future_are_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    clock.advance(hours=2)
    await add_registers(
        new_uow, clock, actor=shop.manager, brand=shop.brand.id, text=f"РНМ {REGISTER}"
    )
    strange = a_receipt(register=OTHER_REGISTER)

    assert await refused(new_uow, clock, buyer, shop, strange) == Refusal.OTHER_SHOP
    old = a_receipt(NOON - timedelta(days=40))
    assert await refused(new_uow, clock, buyer, shop, old) == Refusal.EARLY
    future = a_receipt(clock() + timedelta(hours=1))
    assert await refused(new_uow, clock, buyer, shop, future) == Refusal.FUTURE
    await tell(new_uow, clock, buyer, shop, a_receipt())


async def test_a_receipt_from_after_the_window_is_late(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    clock.advance(days=43)

    reason = await refused(new_uow, clock, buyer, shop, a_receipt(clock() - HOUR))

    assert reason == Refusal.LATE


async def test_a_sweep_that_is_cut_short_goes_on_and_pays_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyers = [await a_buyer(new_uow, clock, engine, shop, f"B{one}") for one in range(3)]
    clock.advance(hours=3)
    for number, buyer in enumerate(buyers):
        receipt = a_receipt(net=tenge(1_000 * (number + 1)), sign=f"20000{number}")
        await tell(new_uow, clock, buyer, shop, receipt)
    orders = [an_order(f"71215509{number}", net=tenge(1_000 * (number + 1))) for number in range(3)]
    await a_reading(new_uow, clock, shop, *orders)

    # Both begin from the same reading; what one has settled the other leaves alone.
    done = await asyncio.gather(match_receipts(new_uow, clock), match_receipts(new_uow, clock))
    await match_receipts(new_uow, clock)

    assert sum(done) == 3
    assert (await books(new_uow, shop)).pending == tenge(600)


# --- a brand's cash registers -----------------------------------------------------------------


async def test_registers_are_for_the_brands_own_managers(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    rival = await a_shop(new_uow, clock, name="Дана")
    brand = shop.brand.id
    text = f"{REGISTER}\n{OTHER_REGISTER}; {REGISTER} 12345"

    added = await add_registers(new_uow, clock, actor=shop.manager, brand=brand, text=text)
    again = await add_registers(new_uow, clock, actor=shop.manager, brand=brand, text=REGISTER)
    fewer = await remove_register(
        new_uow, clock, actor=shop.manager, brand=brand, number=OTHER_REGISTER
    )

    assert added.numbers == again.numbers == [REGISTER, OTHER_REGISTER]
    assert fewer.numbers == [REGISTER]
    with pytest.raises(NotFound):
        await remove_register(
            new_uow, clock, actor=shop.manager, brand=brand, number=OTHER_REGISTER
        )
    with pytest.raises(BadInput):
        await add_registers(new_uow, clock, actor=shop.manager, brand=brand, text="1234567890123")
    for stranger in (rival.manager, shop.creator):
        with pytest.raises(NotAllowed):
            await brand_registers(new_uow, actor=stranger, brand=brand)
        with pytest.raises(NotAllowed):
            await add_registers(new_uow, clock, actor=stranger, brand=brand, text=REGISTER)
        with pytest.raises(NotAllowed):
            await remove_register(new_uow, clock, actor=stranger, brand=brand, number=REGISTER)
