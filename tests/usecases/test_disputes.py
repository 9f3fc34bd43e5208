"""What a creator says is missing, wrong or wrongly declined is looked up, answered, paid once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.commissions import CommissionState
from core.disputes import (
    OPEN_MAX,
    DeclineReason,
    Deed,
    DisputeKind,
    DisputeState,
    Side,
    Times,
    Verdict,
)
from core.errors import (
    BadInput,
    ClaimRefused,
    DisputedAlready,
    NotAllowed,
    NotFound,
    OutOfDate,
    TooManyDisputes,
    TooManyNumbers,
)
from core.ids import DisputeId
from core.money import Money, tenge
from core.notifications import NoteKind
from core.orders import OrderStatus
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.receipts import FiscalReceipt, Provider
from core.usecases.commissions import release_holds
from core.usecases.dispute_answers import answer_dispute
from core.usecases.dispute_deadlines import move_disputes
from core.usecases.dispute_voices import follower_call, send_numbers, send_receipt
from core.usecases.disputes import (
    DisputeCard,
    add_numbers,
    appeal,
    brand_disputes,
    dispute_card,
    dispute_order,
    drop_number,
    my_disputes,
    staff_disputes,
    submit_dispute,
    withdraw_dispute,
)
from db.models import dispute_voices
from tests.builders import a_brand, a_moderator, a_person, told
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    BOX,
    NOON,
    TEN_PERCENT,
    Shop,
    a_reading,
    a_shop,
    an_order,
    books,
    known_orders,
    one_more,
)

TIMES = Times()
PENDING, APPROVED, REJECTED, RETURNED = OrderStatus
SILENT_TERMS = replace(TEN_PERCENT, auto_approve_days=30)


async def gathered(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, *numbers: str
) -> DisputeId:
    card, _, _ = await add_numbers(
        new_uow,
        clock,
        actor=shop.creator,
        enrolment=shop.enrolment.id,
        text=" ".join(numbers),
        times=TIMES,
    )
    return card.dispute.id


async def sent(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, *numbers: str
) -> DisputeCard:
    dispute = await gathered(new_uow, clock, shop, *numbers)
    return await submit_dispute(new_uow, clock, actor=shop.creator, dispute=dispute, times=TIMES)


async def answer(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    card: DisputeCard,
    actor: Actor,
    verdict: Verdict,
    *,
    side: Side = Side.BRAND,
    number: str = "",
    reason: DeclineReason | None = None,
    net: Money | None = None,
) -> DisputeCard:
    order = next((each.id for each in card.orders if each.number == number), None)
    return await answer_dispute(
        new_uow,
        clock,
        actor=actor,
        dispute=card.dispute.id,
        side=side,
        verdict=verdict,
        times=TIMES,
        order=order,
        reason=reason,
        net=net,
    )


def found(card: DisputeCard) -> Mapping[str, Verdict]:
    return {each.number: each.verdict for each in card.orders}


async def sound(new_uow: UnitOfWorkFactory) -> bool:
    async with new_uow(read_only=True) as uow:
        return (await uow.ledger.check()).sound


async def test_the_data_answer_what_they_can_and_the_brand_pays_the_rest(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    _, rival = await one_more(new_uow, clock, shop.brand, "Дана")
    await a_reading(
        new_uow,
        clock,
        shop,
        an_order("mine1", APPROVED, shop.code),
        an_order("rival1", APPROVED, rival.code),
        an_order("lost1", REJECTED),
        an_order("early1", APPROVED, at=NOON - timedelta(days=3)),
        an_order("free1", APPROVED),
        an_order("free2", PENDING),
    )
    card = await sent(new_uow, clock, shop, "mine1 rival1 lost1 early1 free1 free2 nowhere1")

    assert found(card) == {
        "mine1": Verdict.YOURS,
        "rival1": Verdict.OTHERS,
        "lost1": Verdict.LOST,
        "early1": Verdict.EARLY,
        "free1": Verdict.WAITING,
        "free2": Verdict.WAITING,
        "nowhere1": Verdict.WAITING,
    }
    assert card.dispute.state is DisputeState.BRAND
    assert set(card.found) == {"mine1"}  # the creator learns nothing of orders of others
    assert (await told(new_uow, shop.manager))[-1] is NoteKind.DISPUTE_ASKED
    before = await books(new_uow, shop)

    seen = await dispute_card(new_uow, actor=shop.manager, dispute=card.dispute.id, side=Side.BRAND)
    by_number = {each.number: seen.answers(each) for each in seen.orders}
    assert by_number["free1"] == (Verdict.PAID, Verdict.DECLINED)
    assert by_number["nowhere1"] == (Verdict.NOT_FOUND, Verdict.DECLINED)
    assert by_number["mine1"] == ()
    await answer(new_uow, clock, card, shop.manager, Verdict.PAID)
    done = await answer(new_uow, clock, card, shop.manager, Verdict.NOT_FOUND)

    assert found(done) == {
        **found(card),
        "free1": Verdict.PAID,
        "free2": Verdict.PAID,
        "nowhere1": Verdict.NOT_FOUND,
    }
    assert done.dispute.state is DisputeState.ANSWERED
    missing = next(each for each in done.orders if each.number == "nowhere1")
    assert missing.day == NOON.date()
    rows = await known_orders(new_uow, shop)
    assert rows["free1"].creator == rows["free2"].creator == shop.creator.id
    assert rows["free1"].commission_state is CommissionState.IN_HOLD
    after = await books(new_uow, shop)
    assert after.pending == before.pending + tenge(2_000)
    assert (await told(new_uow, shop.creator))[-1] is NoteKind.DISPUTE_NEWS
    with pytest.raises(OutOfDate):  # the second manager comes late
        await answer(new_uow, clock, card, shop.manager, Verdict.PAID)
    assert await books(new_uow, shop) == after
    history = [(event.side, event.deed) for event in done.events]
    assert history == [
        (Side.CREATOR, Deed.OPENED),
        (Side.CREATOR, Deed.SENT),
        (Side.NOBODY, Deed.FOUND),
        (Side.NOBODY, Deed.ASKED),
        (Side.BRAND, Deed.ANSWERED),
        (Side.BRAND, Deed.ANSWERED),
    ]
    assert await sound(new_uow)

    # The shop's next file says the same of these orders, and nothing is taken or paid again.
    clock.advance(days=1)
    await a_reading(new_uow, clock, shop, an_order("free1", APPROVED), an_order("free2", APPROVED))
    assert (await books(new_uow, shop)).pending == after.pending
    clock.advance(days=14)
    assert await move_disputes(new_uow, clock, times=TIMES) == 1
    closed = await dispute_card(
        new_uow, actor=shop.creator, dispute=card.dispute.id, side=Side.CREATOR
    )
    assert closed.dispute.state is DisputeState.CLOSED


async def test_an_order_that_no_file_has_waits_for_the_next_one(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await a_reading(new_uow, clock, shop, an_order("other1"))
    clock.advance(hours=1)
    card = await sent(new_uow, clock, shop, "2001 2002")
    assert card.dispute.state is DisputeState.DATA
    assert NoteKind.DISPUTE_ASKED not in await told(new_uow, shop.manager)
    assert await move_disputes(new_uow, clock, times=TIMES) == 0

    clock.advance(days=1)
    await a_reading(
        new_uow, clock, shop, an_order("2001", APPROVED, shop.code), an_order("2002", APPROVED)
    )
    assert await move_disputes(new_uow, clock, times=TIMES) == 1
    assert await move_disputes(new_uow, clock, times=TIMES) == 0

    card = await dispute_card(
        new_uow, actor=shop.creator, dispute=card.dispute.id, side=Side.CREATOR
    )
    assert found(card) == {"2001": Verdict.YOURS, "2002": Verdict.WAITING}
    assert card.dispute.state is DisputeState.BRAND
    assert (await told(new_uow, shop.manager)).count(NoteKind.DISPUTE_ASKED) == 1


async def test_without_any_data_the_brand_is_asked_after_some_days_and_cannot_say_not_found(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    card = await sent(new_uow, clock, shop, "2001")
    clock.advance(days=10)
    assert await move_disputes(new_uow, clock, times=TIMES) == 1

    seen = await dispute_card(new_uow, actor=shop.manager, dispute=card.dispute.id, side=Side.BRAND)
    assert seen.answers(seen.orders[0]) == (Verdict.DECLINED,)
    with pytest.raises(OutOfDate):
        await answer(new_uow, clock, card, shop.manager, Verdict.NOT_FOUND)
    await a_reading(new_uow, clock, shop, an_order("other1"))
    done = await answer(new_uow, clock, card, shop.manager, Verdict.NOT_FOUND)
    assert done.orders[0].run is not None


async def test_two_managers_and_two_cases_pay_an_order_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    rival, place = await one_more(new_uow, clock, shop.brand, "Дана")
    await a_reading(new_uow, clock, shop, an_order("free1", APPROVED))
    one = await sent(new_uow, clock, shop, "free1")
    other = await sent(new_uow, clock, replace(shop, creator=rival, enrolment=place), "free1")

    results = await asyncio.gather(
        *(
            answer(new_uow, clock, card, shop.manager, Verdict.PAID)
            for card in (one, one, other, other)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(each, OutOfDate) for each in results) == 3
    both = await books(new_uow, shop), await books(new_uow, shop, rival)
    assert sum((each.pending.minor for each in both), 0) == tenge(1_000).minor
    assert await sound(new_uow)


async def test_an_adjusted_amount_holds_against_the_file_that_repeats_the_wrong_one(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await a_reading(new_uow, clock, shop, an_order("A-1", APPROVED, shop.code))
    order = (await known_orders(new_uow, shop))["A-1"].id
    clock.advance(days=15)
    await release_holds(new_uow, clock)
    assert (await books(new_uow, shop)).available == tenge(1_000)
    with pytest.raises(BadInput):
        await dispute_order(
            new_uow, clock, actor=shop.creator, order=order, kind=DisputeKind.AMOUNT,
            times=TIMES, claimed=tenge(9_000),
        )  # fmt: skip
    card = await dispute_order(
        new_uow, clock, actor=shop.creator, order=order, kind=DisputeKind.AMOUNT,
        times=TIMES, claimed=tenge(15_000), note="Чекте 15 000",
    )  # fmt: skip
    with pytest.raises(DisputedAlready):
        await dispute_order(
            new_uow, clock, actor=shop.creator, order=order, kind=DisputeKind.AMOUNT,
            times=TIMES, claimed=tenge(15_000),
        )  # fmt: skip
    with pytest.raises(BadInput):
        await answer(new_uow, clock, card, shop.manager, Verdict.ADJUSTED, net=tenge(8_000))

    done = await answer(new_uow, clock, card, shop.manager, Verdict.ADJUSTED, net=tenge(14_000))

    assert done.dispute.state is DisputeState.CLOSED
    assert (await books(new_uow, shop)).available == tenge(1_400)
    clock.advance(days=1)
    # The shop goes on telling ten thousand, in a row that is not the same.
    again = replace(an_order("A-1", APPROVED, shop.code), raw_hash="1" * 64)
    await a_reading(new_uow, clock, shop, again)
    assert (await books(new_uow, shop)).available == tenge(1_400)
    clock.advance(days=1)
    await a_reading(new_uow, clock, shop, an_order("A-1", APPROVED, shop.code, net=tenge(13_000)))
    assert (await books(new_uow, shop)).available == tenge(1_300)
    assert await sound(new_uow)


async def test_a_wrongly_declined_order_counts_again_until_something_new_is_told(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await a_reading(new_uow, clock, shop, an_order("D-1", APPROVED, shop.code))
    clock.advance(days=1)
    await a_reading(new_uow, clock, shop, an_order("D-1", REJECTED, shop.code))
    row = (await known_orders(new_uow, shop))["D-1"]
    assert row.commission_state is CommissionState.VOID
    with pytest.raises(NotAllowed):
        await dispute_order(
            new_uow, clock, actor=shop.creator, order=row.id, kind=DisputeKind.AMOUNT,
            times=TIMES, claimed=tenge(15_000),
        )  # fmt: skip
    card = await dispute_order(
        new_uow, clock, actor=shop.creator, order=row.id, kind=DisputeKind.DECLINED, times=TIMES
    )

    await answer(new_uow, clock, card, shop.manager, Verdict.PAID)

    row = (await known_orders(new_uow, shop))["D-1"]
    assert (row.status, row.commission_state) == (APPROVED, CommissionState.IN_HOLD)
    assert (await books(new_uow, shop)).pending == tenge(1_000)
    clock.advance(days=1)
    again = replace(an_order("D-1", REJECTED, shop.code), raw_hash="2" * 64)
    await a_reading(new_uow, clock, shop, again)
    assert (await books(new_uow, shop)).pending == tenge(1_000)
    clock.advance(days=1)
    await a_reading(new_uow, clock, shop, an_order("D-1", RETURNED, shop.code))
    assert (await books(new_uow, shop)).pending == tenge(0)
    assert await sound(new_uow)


async def test_silence_credits_what_the_terms_say_and_staff_get_the_rest(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, SILENT_TERMS)
    staff = await a_moderator(new_uow, clock())
    await a_reading(
        new_uow, clock, shop, *(an_order(n, PENDING) for n in ("5000", "7001", "7002", "7003"))
    )
    card = await sent(new_uow, clock, shop, "5000 7001 7002 7003 404404")
    clock.advance(days=7)
    assert await move_disputes(new_uow, clock, times=TIMES) == 1
    assert await move_disputes(new_uow, clock, times=TIMES) == 0
    clock.advance(days=2)
    assert await move_disputes(new_uow, clock, times=TIMES) == 1
    assert (await told(new_uow, shop.manager)).count(NoteKind.DISPUTE_DUE) == 2
    clock.advance(days=1)
    assert await move_disputes(new_uow, clock, times=TIMES) == 1
    assert await move_disputes(new_uow, clock, times=TIMES) == 0

    card = await dispute_card(new_uow, actor=staff, dispute=card.dispute.id, side=Side.STAFF)
    assert card.dispute.state is DisputeState.STAFF
    assert found(card) == {
        "5000": Verdict.PAID,
        "7001": Verdict.WAITING,  # as if somebody had counted
        "7002": Verdict.WAITING,
        "7003": Verdict.WAITING,
        "404404": Verdict.WAITING,
    }
    assert (await books(new_uow, shop)).pending == tenge(1_000)
    assert (await told(new_uow, staff)).count(NoteKind.DISPUTE_CALLED) == 1
    with pytest.raises(OutOfDate):
        await answer(new_uow, clock, card, shop.manager, Verdict.PAID)

    await answer(new_uow, clock, card, staff, Verdict.PAID, side=Side.STAFF, number="7002")
    done = await answer(
        new_uow, clock, card, staff, Verdict.DECLINED, side=Side.STAFF,
        reason=DeclineReason.UNPROVED,
    )  # fmt: skip
    assert done.dispute.state is DisputeState.CLOSED
    assert (await books(new_uow, shop)).pending == tenge(2_000)
    assert (await told(new_uow, shop.manager)).count(NoteKind.DISPUTE_RULED) == 2
    assert await sound(new_uow)


async def test_terms_that_say_nothing_of_silence_leave_the_case_to_the_staff(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await a_reading(new_uow, clock, shop, an_order("5000", PENDING))
    card = await sent(new_uow, clock, shop, "5000")
    clock.advance(days=11)
    await move_disputes(new_uow, clock, times=TIMES)

    card = await dispute_card(
        new_uow, actor=shop.creator, dispute=card.dispute.id, side=Side.CREATOR
    )
    assert (card.dispute.state, found(card)["5000"]) == (DisputeState.STAFF, Verdict.WAITING)
    assert (await books(new_uow, shop)).pending == tenge(0)


async def test_a_creator_objects_once_and_the_staff_decide_for_good(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    staff = await a_moderator(new_uow, clock())
    _, rival = await one_more(new_uow, clock, shop.brand, "Дана")
    await a_reading(
        new_uow,
        clock,
        shop,
        an_order("free1", APPROVED),
        an_order("rival1", APPROVED, rival.code),
    )
    card = await sent(new_uow, clock, shop, "free1 rival1")
    with pytest.raises(BadInput):  # a reason of another kind of case
        await answer(
            new_uow, clock, card, shop.manager, Verdict.DECLINED,
            reason=DeclineReason.AMOUNT_RIGHT,
        )  # fmt: skip
    card = await answer(
        new_uow, clock, card, shop.manager, Verdict.DECLINED, reason=DeclineReason.OTHER_WAY
    )
    assert card.dispute.state is DisputeState.ANSWERED
    with pytest.raises(NotFound):
        await appeal(new_uow, clock, actor=shop.manager, dispute=card.dispute.id)

    for _ in range(2):
        card = await appeal(
            new_uow, clock, actor=shop.creator, dispute=card.dispute.id, note="Менің подписчигім"
        )

    assert card.dispute.state is DisputeState.STAFF
    assert found(card) == {"free1": Verdict.WAITING, "rival1": Verdict.WAITING}
    assert {each.earlier for each in card.orders} == {Verdict.DECLINED, Verdict.OTHERS}
    lines = await staff_disputes(new_uow, actor=staff, shelf="w", after=None, limit=9)
    assert [line.dispute.id for line in lines] == [card.dispute.id]
    with pytest.raises(NotAllowed):
        await staff_disputes(new_uow, actor=shop.manager, shelf="w", after=None, limit=9)
    done = await answer(new_uow, clock, card, staff, Verdict.PAID, side=Side.STAFF)
    assert done.dispute.state is DisputeState.CLOSED
    assert (await books(new_uow, shop)).pending == tenge(2_000)
    with pytest.raises(OutOfDate):
        await answer(new_uow, clock, card, staff, Verdict.PAID, side=Side.STAFF)
    assert (
        await appeal(new_uow, clock, actor=shop.creator, dispute=card.dispute.id)
    ).dispute.state is DisputeState.CLOSED
    assert await sound(new_uow)


async def test_followers_count_once_and_stay_unknown(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    await a_reading(new_uow, clock, shop, an_order("free1", APPROVED))
    clock.advance(hours=1)
    dispute = await gathered(new_uow, clock, shop, "typed1")
    slug = (
        await dispute_card(new_uow, actor=shop.creator, dispute=dispute, side=Side.CREATOR)
    ).dispute.slug
    people = [await a_person(new_uow, clock(), f"Follower {n}") for n in range(2)]

    for person in (people[0], people[0], people[1]):
        call, _ = await send_numbers(
            new_uow, clock, BOX, actor=person, slug=slug, text="тапсырыс №free1, typed1"
        )
    assert call.sent == 2
    with pytest.raises(TooManyNumbers):
        await send_numbers(
            new_uow, clock, BOX, actor=people[0], slug=slug,
            text=" ".join(f"x{n}00" for n in range(4)),
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        await send_numbers(new_uow, clock, BOX, actor=shop.creator, slug=slug, text="free9")
    with pytest.raises(NotFound):
        await follower_call(new_uow, clock, BOX, actor=people[0], slug="nothing")
    with pytest.raises(NotFound):  # the brand sees it when it is sent
        await dispute_card(new_uow, actor=shop.manager, dispute=dispute, side=Side.BRAND)

    card = await submit_dispute(new_uow, clock, actor=shop.creator, dispute=dispute, times=TIMES)
    counts = {each.number: (each.typed, each.followers) for each in card.orders}
    assert counts == {"typed1": (True, 2), "free1": (False, 2)}
    with pytest.raises(OutOfDate):
        await send_numbers(new_uow, clock, BOX, actor=people[1], slug=slug, text="late1")
    assert not (await follower_call(new_uow, clock, BOX, actor=people[1], slug=slug)).open
    columns = {column.name for column in dispute_voices.columns}
    assert columns == {"dispute_id", "voice", "disputed_order_id", "at"}
    async with engine.connect() as connection:
        voices = set(await connection.scalars(sa.select(dispute_voices.c.voice)))
    assert {len(voice) for voice in voices} == {32}
    assert len(voices) == 2


async def test_gathering_ends_by_itself_and_empty_cases_go(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await a_reading(new_uow, clock, shop, an_order("free1", APPROVED))
    full = await gathered(new_uow, clock, shop, "free1")
    clock.advance(days=14)
    assert await move_disputes(new_uow, clock, times=TIMES) == 1

    card = await dispute_card(new_uow, actor=shop.creator, dispute=full, side=Side.CREATOR)
    assert card.dispute.state is DisputeState.BRAND
    assert (await told(new_uow, shop.creator))[-1] is NoteKind.DISPUTE_NEWS
    empty = await gathered(new_uow, clock, shop, "wrong1")
    order = (
        await dispute_card(new_uow, actor=shop.creator, dispute=empty, side=Side.CREATOR)
    ).orders[0]
    await drop_number(new_uow, actor=shop.creator, order=order.id)
    with pytest.raises(BadInput):
        await submit_dispute(new_uow, clock, actor=shop.creator, dispute=empty, times=TIMES)
    clock.advance(days=14)
    await move_disputes(new_uow, clock, times=TIMES)
    card = await dispute_card(new_uow, actor=shop.creator, dispute=empty, side=Side.CREATOR)
    assert card.dispute.state is DisputeState.CLOSED


async def test_floods_and_strangers_are_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    stranger, manager = await a_brand(new_uow, clock(), "Kokshe")
    numbers = [f"R-{n}" for n in range(OPEN_MAX + 1)]
    await a_reading(new_uow, clock, shop, *(an_order(n, REJECTED, shop.code) for n in numbers))
    ids = [(await known_orders(new_uow, shop))[n].id for n in numbers]
    for order in ids[:OPEN_MAX]:
        card = await dispute_order(
            new_uow, clock, actor=shop.creator, order=order, kind=DisputeKind.DECLINED,
            times=TIMES,
        )  # fmt: skip
    with pytest.raises(TooManyDisputes):
        await dispute_order(
            new_uow, clock, actor=shop.creator, order=ids[-1], kind=DisputeKind.DECLINED,
            times=TIMES,
        )  # fmt: skip
    with pytest.raises(TooManyDisputes):
        await gathered(new_uow, clock, shop, "free1")
    with pytest.raises(BadInput):
        await gathered(new_uow, clock, shop, "менің тапсырысым")
    for actor, side in (
        (manager, Side.BRAND),
        (manager, Side.STAFF),
        (shop.manager, Side.CREATOR),
        (shop.creator, Side.BRAND),
        (shop.creator, Side.STAFF),
    ):
        with pytest.raises((NotFound, NotAllowed)):
            await dispute_card(new_uow, actor=actor, dispute=card.dispute.id, side=side)
    for actor in (manager, shop.creator):
        with pytest.raises(NotFound):
            await answer(new_uow, clock, card, actor, Verdict.PAID)
    with pytest.raises(NotFound):
        await withdraw_dispute(new_uow, clock, actor=manager, dispute=card.dispute.id)

    for _ in range(2):
        gone = await withdraw_dispute(new_uow, clock, actor=shop.creator, dispute=card.dispute.id)
    assert gone.dispute.state is DisputeState.WITHDRAWN
    with pytest.raises(OutOfDate):
        await answer(new_uow, clock, card, shop.manager, Verdict.PAID)
    lines, waiting = await brand_disputes(
        new_uow, actor=shop.manager, shelf="w", after=None, limit=9
    )
    assert len(lines) == waiting == OPEN_MAX - 1
    mine = await my_disputes(new_uow, actor=shop.creator, after=None, limit=9)
    assert len(mine) == OPEN_MAX
    assert stranger.id != shop.brand.id


async def test_a_followers_receipt_speaks_for_the_one_order_that_fits_and_counts_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    dispute = await gathered(new_uow, clock, shop, "typed1")
    slug = (
        await dispute_card(new_uow, actor=shop.creator, dispute=dispute, side=Side.CREATOR)
    ).dispute.slug
    one, other = [await a_person(new_uow, clock(), f"Follower {n}") for n in range(2)]
    bought = NOON + timedelta(hours=2)
    receipt = FiscalReceipt(
        provider=Provider.KASPI,
        register="010101907421",
        sign="1319093233",
        amount=tenge(12_345),
        at=bought,
    )

    async def shown(actor: Actor, what: FiscalReceipt = receipt) -> None:
        await send_receipt(new_uow, clock, BOX, actor=actor, slug=slug, receipt=what)

    clock.advance(days=1)
    with pytest.raises(BadInput):  # the shop's data do not have it yet
        await shown(one)
    await a_reading(
        new_uow,
        clock,
        shop,
        an_order("rec1", APPROVED, net=tenge(12_345), at=bought),
        an_order("twin1", APPROVED, net=tenge(500), at=bought),
        an_order("twin2", APPROVED, net=tenge(500), at=bought),
    )
    for _ in range(2):
        await shown(one)
    with pytest.raises(ClaimRefused):  # it is somebody else's
        await shown(other)
    with pytest.raises(BadInput):  # two orders fit
        await shown(other, replace(receipt, amount=tenge(500), sign="1319093234"))
    with pytest.raises(ClaimRefused):
        await shown(other, replace(receipt, at=clock() + timedelta(days=1)))
    async with new_uow() as uow:
        await uow.claims.add_register(
            shop.brand.id, "020202907421", by=shop.manager.id, now=clock()
        )
        await uow.commit()
    with pytest.raises(ClaimRefused):  # of another shop
        await shown(other, replace(receipt, sign="1319093235"))

    card = await submit_dispute(new_uow, clock, actor=shop.creator, dispute=dispute, times=TIMES)
    counts = {each.number: (each.followers, each.receipts) for each in card.orders}
    assert counts == {"typed1": (0, 0), "rec1": (1, 1)}
