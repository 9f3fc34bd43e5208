"""A question reaches the staff once, an answer reaches the person, and nobody reads along."""

from __future__ import annotations

from itertools import count

import pytest

from core.errors import BadInput, NotAllowed, NotFound, OutOfDate, TooManyRequests, TooManyTickets
from core.notifications import NoteKind
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.support import Attached, Attachment, Said, Shelf, Side, Topic
from core.usecases.support import (
    answer,
    ask,
    attached,
    close_ticket,
    conversation,
    my_tickets,
    reopen_ticket,
    take_ticket,
    ticket_queue,
    write,
)
from tests.builders import a_creator, a_moderator, told
from tests.conftest import FrozenClock
from tests.usecases.money_builders import an_accountant

KEYS = count(1)


def said(text: str = "Тапсырыс жоқ", **more: Attachment) -> Said:
    return Said(key=f"1:{next(KEYS)}", text=text, **more)


@pytest.fixture
async def people(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> tuple[Actor, Actor, Actor]:
    return (
        await a_creator(new_uow, clock()),
        await a_moderator(new_uow, clock()),
        await an_accountant(new_uow, clock),
    )


async def test_a_question_is_told_once_to_all_and_then_to_whoever_answers(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, people: tuple[Actor, Actor, Actor]
) -> None:
    creator, first, second = people
    asked = await ask(new_uow, clock, actor=creator, topic=Topic.ORDERS, said=said())
    await write(new_uow, clock, actor=creator, ticket=asked.ticket.id, said=said("?"))
    assert [await told(new_uow, one) for one in (first, second)] == [[NoteKind.SUPPORT_ASKED]] * 2

    clock.advance(hours=1)
    shown = await answer(new_uow, clock, actor=first, ticket=asked.ticket.id, said=said("Қараймыз"))
    await write(new_uow, clock, actor=creator, ticket=asked.ticket.id, said=said("Рақмет"))

    assert (shown.ticket.assigned_to, shown.ticket.waiting_since) == (first.id, None)
    assert await told(new_uow, creator) == [NoteKind.SUPPORT_ANSWERED]
    assert await told(new_uow, first) == [NoteKind.SUPPORT_ASKED] * 2
    assert await told(new_uow, second) == [NoteKind.SUPPORT_ASKED]


async def test_a_message_that_comes_twice_is_kept_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, people: tuple[Actor, Actor, Actor]
) -> None:
    creator, staff, _ = people
    question, reply = said(), said("Жауап")

    for _ in range(2):
        shown = await ask(new_uow, clock, actor=creator, topic=Topic.OTHER, said=question)
    for _ in range(2):
        shown = await answer(new_uow, clock, actor=staff, ticket=shown.ticket.id, said=reply)

    assert [one.text for one in shown.replies] == ["Жауап", "Тапсырыс жоқ"]
    assert len(await my_tickets(new_uow, actor=creator, after=None, limit=9)) == 1
    assert await told(new_uow, creator) == [NoteKind.SUPPORT_ANSWERED]


async def test_nobody_reads_or_moves_another_persons_conversation(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, people: tuple[Actor, Actor, Actor]
) -> None:
    creator, staff, _ = people
    other = await a_creator(new_uow, clock(), "Дана")
    photo = Attachment(kind=Attached.PHOTO, file_id="f")
    shown = await ask(
        new_uow, clock, actor=creator, topic=Topic.MONEY, said=said("", attachment=photo)
    )
    ticket, message = shown.ticket.id, shown.replies[0].id

    for side, refusal in ((Side.PERSON, NotFound), (Side.STAFF, NotAllowed)):
        with pytest.raises(refusal):
            await conversation(new_uow, actor=other, ticket=ticket, side=side)
        with pytest.raises(refusal):
            await close_ticket(new_uow, clock, actor=other, ticket=ticket, side=side)
    with pytest.raises(NotFound):
        await write(new_uow, clock, actor=other, ticket=ticket, said=said())
    with pytest.raises(NotAllowed):
        await answer(new_uow, clock, actor=other, ticket=ticket, said=said())
    with pytest.raises(NotAllowed):
        await ticket_queue(new_uow, actor=other, shelf=Shelf.WAITING, after=None, limit=9)
    with pytest.raises(NotAllowed):
        await attached(new_uow, actor=other, message=message)
    assert (await attached(new_uow, actor=staff, message=message))[0] == ticket


async def test_staff_do_not_answer_themselves_and_take_over_what_they_see(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, people: tuple[Actor, Actor, Actor]
) -> None:
    creator, first, second = people
    own = await ask(new_uow, clock, actor=first, topic=Topic.OTHER, said=said())
    assert await told(new_uow, first) == []
    with pytest.raises(NotAllowed):
        await answer(new_uow, clock, actor=first, ticket=own.ticket.id, said=said())

    asked = await ask(new_uow, clock, actor=creator, topic=Topic.OTHER, said=said())
    await answer(new_uow, clock, actor=first, ticket=asked.ticket.id, said=said())
    with pytest.raises(OutOfDate):
        await take_ticket(new_uow, actor=second, ticket=asked.ticket.id, seen=0)
    taken = await take_ticket(new_uow, actor=second, ticket=asked.ticket.id, seen=first.id)

    assert taken.ticket.assigned_to == second.id


async def test_a_closed_conversation_goes_on_when_somebody_writes(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, people: tuple[Actor, Actor, Actor]
) -> None:
    creator, staff, _ = people
    asked = await ask(new_uow, clock, actor=creator, topic=Topic.OTHER, said=said())
    ticket = asked.ticket.id
    for _ in range(2):
        closed = await close_ticket(new_uow, clock, actor=staff, ticket=ticket, side=Side.STAFF)
    assert not closed.ticket.open
    assert await told(new_uow, creator) == [NoteKind.SUPPORT_CLOSED]

    opened = await reopen_ticket(new_uow, clock, actor=creator, ticket=ticket, side=Side.PERSON)
    await close_ticket(new_uow, clock, actor=creator, ticket=ticket, side=Side.PERSON)
    written = await write(new_uow, clock, actor=creator, ticket=ticket, said=said("тағы"))

    assert opened.ticket.waiting_since == written.ticket.waiting_since == clock()
    assert written.ticket.open


async def test_the_queue_turns_pages_with_the_longest_waiting_first(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, people: tuple[Actor, Actor, Actor]
) -> None:
    staff = people[1]
    for number in range(7):
        asker = await a_creator(new_uow, clock(), f"C{number}")
        await ask(new_uow, clock, actor=asker, topic=Topic.OTHER, said=said())
        if number % 2:
            clock.advance(minutes=1)
    names, after = [], None
    for _ in range(4):
        lines, waiting = await ticket_queue(
            new_uow, actor=staff, shelf=Shelf.WAITING, after=after, limit=2
        )
        names += [line.name for line in lines]
        after = (lines[-1].at, lines[-1].ticket.id)

    assert waiting == 7
    assert names == [f"C{number}" for number in range(7)]


async def test_a_flood_of_questions_is_stopped(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, people: tuple[Actor, Actor, Actor]
) -> None:
    creator = people[0]
    for _ in range(3):
        asked = await ask(new_uow, clock, actor=creator, topic=Topic.OTHER, said=said())
    with pytest.raises(TooManyTickets):
        await ask(new_uow, clock, actor=creator, topic=Topic.OTHER, said=said())
    for _ in range(17):
        await write(new_uow, clock, actor=creator, ticket=asked.ticket.id, said=said())

    with pytest.raises(TooManyRequests) as refusal:
        await write(new_uow, clock, actor=creator, ticket=asked.ticket.id, said=said())
    clock.advance(seconds=refusal.value.retry_after)
    await write(new_uow, clock, actor=creator, ticket=asked.ticket.id, said=said())

    for nothing in (said(""), said("x" * 2_001)):
        with pytest.raises(BadInput):
            await write(new_uow, clock, actor=creator, ticket=asked.ticket.id, said=nothing)
