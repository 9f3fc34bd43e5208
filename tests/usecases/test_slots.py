"""Scarce slots go round: in order of asking, one handle each, and rested between two creators."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from core.errors import BadInput, HandleImpossible, NotAllowed, NotFound, OutOfDate, SlotTaken
from core.evidence import EvidenceKind
from core.handles import HandleKind, Term
from core.ids import BoardId
from core.notifications import NoteKind
from core.orders import ALMATY, OrderItem, OrderStatus, Place
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.slots import Turn, TurnState
from core.usecases.admissions import leave_offer
from core.usecases.slots import (
    add_slot_handles,
    answer_slot,
    ask_for_slot,
    board_of,
    book_slot,
    change_board,
    drop_slot_handle,
    end_turn,
    leave_slot,
    own_slot,
    run_slots,
)
from tests.builders import a_brand, told
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    NOON,
    Shop,
    a_shop,
    a_source,
    an_order,
    known_orders,
    one_more,
    report,
)
from tests.usecases.test_handles import WILD

DAY = timedelta(days=1)


@dataclass
class Wheel:
    """A shop with a board, and creators of it by name."""

    new_uow: UnitOfWorkFactory
    clock: FrozenClock
    shop: Shop
    people: dict[str, Shop]
    board: BoardId

    async def turns(self) -> Sequence[Turn]:
        shown = await board_of(
            self.new_uow,
            self.clock,
            actor=self.shop.manager,
            brand=self.shop.brand.id,
            place=Place.WILDBERRIES,
        )
        return shown.turns

    async def states(self) -> list[tuple[str, TurnState]]:
        return [(turn.name, turn.state) for turn in await self.turns()]

    async def ask(self, name: str) -> None:
        one = self.people[name]
        await ask_for_slot(self.new_uow, self.clock, actor=one.creator, enrolment=one.enrolment.id)

    async def answer(self, name: str, *, accept: bool) -> None:
        one = self.people[name]
        await answer_slot(
            self.new_uow,
            self.clock,
            actor=one.creator,
            enrolment=one.enrolment.id,
            accept=accept,
        )

    async def book(self, name: str, term: Term | None = None) -> None:
        await book_slot(
            self.new_uow,
            self.clock,
            actor=self.shop.manager,
            enrolment=self.people[name].enrolment.id,
            term=term,
        )


async def a_wheel(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, *handles: str, slots: int = 1
) -> Wheel:
    shop = await a_shop(new_uow, clock, WILD)
    people = {"Айгерім": shop}
    for name in ("Дана", "Сәуле"):
        creator, enrolment = await one_more(new_uow, clock, shop.brand, name, WILD)
        people[name] = Shop(
            brand=shop.brand, manager=shop.manager, creator=creator, enrolment=enrolment
        )
    view = await change_board(
        new_uow,
        clock,
        actor=shop.manager,
        brand=shop.brand.id,
        place=Place.WILDBERRIES,
        slots=slots,
        turn_days=10,
        rest_days=5,
    )
    assert view.board
    await add_slot_handles(new_uow, clock, actor=shop.manager, board=view.board.id, texts=handles)
    return Wheel(new_uow, clock, shop, people, view.board.id)


async def test_a_free_slot_goes_to_the_first_who_asked_and_then_to_the_next(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    wheel = await a_wheel(new_uow, clock, "111")
    for name in ("Айгерім", "Дана", "Сәуле", "Дана"):
        await wheel.ask(name)
    assert await wheel.states() == [
        ("Айгерім", TurnState.OFFERED),
        ("Дана", TurnState.WAITING),
        ("Сәуле", TurnState.WAITING),
    ]
    await wheel.answer("Айгерім", accept=True)
    with pytest.raises(OutOfDate):
        await wheel.answer("Айгерім", accept=True)
    (first, *_) = await wheel.turns()
    assert (first.state, first.value) == (TurnState.BOOKED, "111")
    assert first.until
    dana = wheel.people["Дана"]
    shown = await own_slot(new_uow, clock, actor=dana.creator, enrolment=dana.enrolment.id)
    assert (shown.position, shown.waiting, list(shown.ends)) == (1, 2, [first.until])
    assert shown.free_on == first.until.astimezone(ALMATY).date()

    clock.advance(days=10)
    assert await run_slots(new_uow, clock) == 1  # the handle rests: nobody is offered it yet
    assert await run_slots(new_uow, clock) == 0
    clock.advance(days=4)
    assert await run_slots(new_uow, clock) == 0
    clock.advance(days=1)
    assert await run_slots(new_uow, clock) == 1
    assert await wheel.states() == [("Дана", TurnState.OFFERED), ("Сәуле", TurnState.WAITING)]

    clock.advance(hours=48)  # no answer
    assert await run_slots(new_uow, clock) == 2
    assert await wheel.states() == [("Сәуле", TurnState.OFFERED)]
    with pytest.raises(OutOfDate):
        await wheel.answer("Дана", accept=True)
    await wheel.ask("Айгерім")
    await wheel.answer("Сәуле", accept=False)
    assert await wheel.states() == [("Айгерім", TurnState.OFFERED)]
    assert NoteKind.SLOT_LAPSED in await told(new_uow, dana.creator)
    assert (await told(new_uow, wheel.shop.manager)).count(NoteKind.SLOT_TAKEN) == 1


async def test_orders_of_a_turn_are_its_creators_whenever_they_are_reported(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    wheel = await a_wheel(new_uow, clock, "111")
    await wheel.book("Айгерім", Term(since=NOON, until=NOON + 10 * DAY))
    await wheel.book("Дана", Term(since=NOON + 15 * DAY, until=NOON + 20 * DAY))
    clock.advance(days=30)
    await run_slots(new_uow, clock)
    source = await a_source(new_uow, clock(), wheel.shop.brand.id, Place.WILDBERRIES)
    items = (OrderItem(sku="111"),)
    await report(
        new_uow,
        clock,
        wheel.shop,
        *(
            an_order(str(day), OrderStatus.APPROVED, at=NOON + day * DAY, items=items)
            for day in (1, 12, 16)
        ),
        source=source,
    )

    rows = await known_orders(new_uow, wheel.shop)
    assert rows["1"].evidence_kind is EvidenceKind.ARTICLE
    assert [rows[day].creator for day in ("1", "12", "16")] == [
        wheel.people["Айгерім"].creator.id,
        None,
        wheel.people["Дана"].creator.id,
    ]


async def test_more_turns_than_slots_and_one_handle_in_two_slots_cannot_be(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    wheel = await a_wheel(new_uow, clock, "111", slots=2)
    days = [Term(since=NOON + at * DAY, until=NOON + (at + 5) * DAY) for at in range(4)]
    await wheel.book("Айгерім", days[0])
    with pytest.raises(SlotTaken) as refused:
        await wheel.book("Дана", days[1])
    assert refused.value.reason == "handles"
    await add_slot_handles(
        new_uow, clock, actor=wheel.shop.manager, board=wheel.board, texts=["222", "333"]
    )
    with pytest.raises(SlotTaken) as refused:
        await wheel.book("Айгерім", days[0])
    assert refused.value.reason == "own"
    await wheel.book("Дана", days[1])
    with pytest.raises(SlotTaken) as refused:
        await wheel.book("Сәуле", days[3])
    assert refused.value.reason == "slots"
    results = await asyncio.gather(
        *(wheel.book("Сәуле", Term(since=NOON + 7 * DAY, until=NOON + 9 * DAY)) for _ in "12"),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(SlotTaken) == 1
    assert sorted(turn.value for turn in await wheel.turns()) == ["111", "222", "333"]


async def test_a_turn_ends_with_the_place_in_the_offer_or_by_either_sides_wish(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    wheel = await a_wheel(new_uow, clock, "111", "222", "333", slots=3)
    for name in wheel.people:
        await wheel.book(name)
    clock.advance(days=2)
    mine, hers, last = wheel.people.values()
    await leave_slot(new_uow, clock, actor=mine.creator, enrolment=mine.enrolment.id)
    with pytest.raises(OutOfDate):
        await leave_slot(new_uow, clock, actor=mine.creator, enrolment=mine.enrolment.id)
    turn = next(turn for turn in await wheel.turns() if turn.name == "Дана")
    await end_turn(new_uow, clock, actor=wheel.shop.manager, turn=turn.id)
    with pytest.raises(OutOfDate):
        await end_turn(new_uow, clock, actor=wheel.shop.manager, turn=turn.id)
    await leave_offer(new_uow, clock, actor=last.creator, enrolment=last.enrolment.id)
    assert await run_slots(new_uow, clock) == 1
    assert await wheel.states() == []
    async with new_uow(read_only=True) as uow:
        held = await uow.handles.held(wheel.shop.brand.id, ["111", "222", "333"])
    assert {one.until for ones in held.values() for one in ones} == {clock()}
    assert NoteKind.SLOT_OVER in await told(new_uow, hers.creator)
    assert NoteKind.SLOT_OVER not in await told(new_uow, mine.creator)
    with pytest.raises(OutOfDate):
        await wheel.ask("Сәуле")


async def test_nobody_sets_up_or_books_what_is_not_theirs(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    wheel = await a_wheel(new_uow, clock, "111")
    _, stranger = await a_brand(new_uow, clock(), "Other")
    brand, mine = wheel.shop.brand.id, wheel.shop.enrolment.id

    async def change(actor: Actor, place: Place = Place.WILDBERRIES, **numbers: Any) -> None:
        await change_board(new_uow, clock, actor=actor, brand=brand, place=place, **numbers)

    for step in (
        change(stranger, slots=3),
        add_slot_handles(new_uow, clock, actor=stranger, board=wheel.board, texts=["1"]),
        drop_slot_handle(new_uow, clock, actor=stranger, board=wheel.board, value="111"),
        book_slot(new_uow, clock, actor=stranger, enrolment=mine),
        board_of(new_uow, clock, actor=stranger, brand=brand, place=Place.WILDBERRIES),
    ):
        with pytest.raises(NotAllowed):
            await step
    other = wheel.people["Дана"].creator
    for own in (own_slot, ask_for_slot, leave_slot):
        with pytest.raises(NotFound):
            await own(new_uow, clock, actor=other, enrolment=mine)
    wrong: list[dict[str, Any]] = [{"slots": 0}, {"slots": 51}, {"turn_days": 0}, {"rest_days": 91}]
    for numbers in wrong:
        with pytest.raises(BadInput):
            await change(wheel.shop.manager, **numbers)
    with pytest.raises(SlotTaken):
        await change(wheel.shop.manager, kind=HandleKind.SKU)
    with pytest.raises(HandleImpossible):
        await change(wheel.shop.manager, kind=HandleKind.TAG)
    with pytest.raises(NotFound):
        await change(wheel.shop.manager, Place.IN_STORE)
    with pytest.raises(BadInput):
        await wheel.book("Айгерім", Term(since=NOON))
    await drop_slot_handle(new_uow, clock, actor=wheel.shop.manager, board=wheel.board, value="111")
    with pytest.raises(OutOfDate):
        await drop_slot_handle(
            new_uow, clock, actor=wheel.shop.manager, board=wheel.board, value="111"
        )
