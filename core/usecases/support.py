"""Conversations with the operator's staff: a question, its answers, its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.errors import NotAllowed, NotFound, OutOfDate, TooManyRequests, TooManyTickets
from core.ids import PersonId, TicketId
from core.notifications import NoteKind, Notification
from core.people import Actor
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.support import (
    BURST_MAX,
    BURST_WINDOW,
    OPEN_MAX,
    Conversation,
    Line,
    Place,
    Reply,
    Said,
    Shelf,
    Side,
    Ticket,
    Topic,
)

EXCERPT = 300  # characters of a question that a notification shows
REPLIES = 8  # messages that are read for one screen


async def ask(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, topic: Topic, said: Said
) -> Conversation:
    """Begin a conversation; all staff are told. The same message again finds the same one.

    Raises TooManyTickets where three are open, TooManyRequests after twenty messages in ten
    minutes, BadInput("support_text").
    """
    said.checked()
    async with new_uow() as uow:
        now = clock()
        known = await uow.tickets.holder_of(said.key)
        if known is None:
            await _demand_patience(uow, actor, now)
            if await uow.tickets.count_open(actor.id) >= OPEN_MAX:
                raise TooManyTickets(OPEN_MAX)
            ticket = await uow.tickets.open(actor.id, topic, now=now)
            known = ticket.id
            await _add(uow, actor, ticket, said, now)
            await uow.commit()
        return await _conversation(uow, actor, await uow.tickets.get(known), Side.PERSON, None)


async def write(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, ticket: TicketId, said: Said
) -> Conversation:
    """Add to one's own conversation; one that was closed goes on. Refusals as of `ask`."""
    said.checked()
    async with new_uow() as uow:
        now = clock()
        known = await uow.tickets.get(ticket, lock=True)
        if known.person != actor.id:
            raise NotFound("ticket")
        if await uow.tickets.holder_of(said.key) is None:
            await _demand_patience(uow, actor, now)
            await _add(uow, actor, known, said, now)
            await uow.commit()
        return await _conversation(uow, actor, await uow.tickets.get(ticket), Side.PERSON, None)


async def answer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, ticket: TicketId, said: Said
) -> Conversation:
    """Answer as staff: the person is told, and whoever answers first has the conversation.

    NotAllowed for one's own conversation: a colleague answers that.
    """
    said.checked()
    _demand_staff(actor)
    async with new_uow() as uow:
        now = clock()
        known = await uow.tickets.get(ticket, lock=True)
        if known.person == actor.id:
            raise NotAllowed
        if await uow.tickets.holder_of(said.key) is None:
            message = await uow.tickets.add(known.id, actor.id, said, from_staff=True, now=now)
            await uow.tickets.save(
                replace(
                    known,
                    last_at=now,
                    waiting_since=None,
                    closed_at=None,
                    assigned_to=known.assigned_to or actor.id,
                )
            )
            await uow.outbox.add(
                [
                    Notification(
                        person=known.person,
                        kind=NoteKind.SUPPORT_ANSWERED,
                        key=f"support:{message}",
                        facts={
                            "ticket": known.id,
                            "topic": known.topic,
                            "text": said.text,
                            "file": said.attachment.kind if said.attachment else "",
                            "message": message,
                        },
                    )
                ],
                now=now,
            )
            await uow.commit()
        return await _conversation(uow, actor, await uow.tickets.get(ticket), Side.STAFF, None)


async def close_ticket(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, ticket: TicketId, side: Side
) -> Conversation:
    """End a conversation; closed by staff, the person is told. A second tap changes nothing."""
    async with new_uow() as uow:
        now = clock()
        known = await _reachable(uow, actor, ticket, side)
        if known.open:
            await uow.tickets.save(replace(known, waiting_since=None, closed_at=now))
            if side is Side.STAFF:
                note = Notification(
                    person=known.person,
                    kind=NoteKind.SUPPORT_CLOSED,
                    key=f"support_closed:{known.id}:{int(now.timestamp())}",
                    facts={"ticket": known.id, "topic": known.topic},
                )
                await uow.outbox.add([note], now=now)
            await uow.commit()
        return await _conversation(uow, actor, await uow.tickets.get(ticket), side, None)


async def reopen_ticket(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, ticket: TicketId, side: Side
) -> Conversation:
    """Go on with a closed conversation. Opened again by the person it waits for an answer."""
    async with new_uow() as uow:
        now = clock()
        known = await _reachable(uow, actor, ticket, side)
        if not known.open:
            asks = side is Side.PERSON
            if asks and await uow.tickets.count_open(actor.id) >= OPEN_MAX:
                raise TooManyTickets(OPEN_MAX)
            opened = replace(
                known, closed_at=None, last_at=now, waiting_since=now if asks else None
            )
            await uow.tickets.save(opened)
            if asks:
                await _call_staff(uow, actor, opened, "", f"again:{int(now.timestamp())}", now)
            await uow.commit()
        return await _conversation(uow, actor, await uow.tickets.get(ticket), side, None)


async def take_ticket(
    new_uow: UnitOfWorkFactory, *, actor: Actor, ticket: TicketId, seen: int
) -> Conversation:
    """Take a conversation over; `seen` is who had it on the screen (0: nobody).

    Raises OutOfDate("ticket") where somebody else has taken it meanwhile.
    """
    async with new_uow() as uow:
        known = await _reachable(uow, actor, ticket, Side.STAFF)
        if known.assigned_to != actor.id:
            if (known.assigned_to or 0) != seen:
                raise OutOfDate("ticket")
            await uow.tickets.save(replace(known, assigned_to=actor.id))
            await uow.commit()
        return await _conversation(uow, actor, await uow.tickets.get(ticket), Side.STAFF, None)


async def conversation(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    ticket: TicketId,
    side: Side,
    before: int | None = None,
) -> Conversation:
    """A conversation with its latest messages, or those before one."""
    async with new_uow(read_only=True) as uow:
        known = await _reachable(uow, actor, ticket, side, lock=False)
        return await _conversation(uow, actor, known, side, before)


async def attached(
    new_uow: UnitOfWorkFactory, *, actor: Actor, message: int
) -> tuple[TicketId, Reply]:
    """A message with a file, for its person and for staff."""
    async with new_uow(read_only=True) as uow:
        ticket, reply = await uow.tickets.reply(message)
        known = await uow.tickets.get(ticket)
        if known.person != actor.id:
            _demand_staff(actor)
    if reply.attachment is None:
        raise NotFound("message")
    return ticket, reply


async def my_tickets(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: Place | None, limit: int
) -> Sequence[Line]:
    """The actor's own conversations, the latest first."""
    async with new_uow(read_only=True) as uow:
        return await uow.tickets.of_person(actor.id, after=after, limit=limit)


async def ticket_queue(
    new_uow: UnitOfWorkFactory, *, actor: Actor, shelf: Shelf, after: Place | None, limit: int
) -> tuple[Sequence[Line], int]:
    """Conversations for staff, and how many wait for an answer."""
    _demand_staff(actor)
    async with new_uow(read_only=True) as uow:
        lines = await uow.tickets.shelf(shelf, after=after, limit=limit)
        return lines, await uow.tickets.waiting()


def _demand_staff(actor: Actor) -> None:
    if not actor.permissions:
        raise NotAllowed


async def _reachable(
    uow: UnitOfWork, actor: Actor, ticket: TicketId, side: Side, *, lock: bool = True
) -> Ticket:
    if side is Side.STAFF:
        _demand_staff(actor)
    known = await uow.tickets.get(ticket, lock=lock)
    if side is Side.PERSON and known.person != actor.id:
        raise NotFound("ticket")
    return known


async def _demand_patience(uow: UnitOfWork, actor: Actor, now: datetime) -> None:
    lately = await uow.tickets.said_since(actor.id, now - BURST_WINDOW)
    if len(lately) >= BURST_MAX:
        free_at = lately[len(lately) - BURST_MAX] + BURST_WINDOW
        raise TooManyRequests(max(1, int((free_at - now).total_seconds())))


async def _add(uow: UnitOfWork, actor: Actor, ticket: Ticket, said: Said, now: datetime) -> None:
    """A message of the person; the staff are told where none of theirs waits already."""
    message = await uow.tickets.add(ticket.id, actor.id, said, from_staff=False, now=now)
    waits = ticket.waiting_since is not None
    asked = replace(ticket, last_at=now, closed_at=None, waiting_since=ticket.waiting_since or now)
    await uow.tickets.save(asked)
    if not waits:
        text = said.text or ("" if said.attachment is None else said.attachment.name)
        await _call_staff(uow, actor, asked, text, str(message), now)


async def _call_staff(
    uow: UnitOfWork, actor: Actor, ticket: Ticket, text: str, key: str, now: datetime
) -> None:
    """Tell whoever has the conversation, or all staff where nobody does."""
    members = [member.person.id for member in await uow.people.staff_members()]
    if ticket.assigned_to in members:
        members = [PersonId(ticket.assigned_to)]
    await uow.outbox.add(
        [
            Notification(
                person=member,
                kind=NoteKind.SUPPORT_ASKED,
                key=f"support:{ticket.id}:{key}:{member}",
                facts={
                    "ticket": ticket.id,
                    "topic": ticket.topic,
                    "name": (await uow.people.get(actor.id)).name,
                    "text": text[:EXCERPT],
                },
            )
            for member in members
            if member != actor.id
        ],
        now=now,
    )


async def _conversation(
    uow: UnitOfWork, actor: Actor, ticket: Ticket, side: Side, before: int | None
) -> Conversation:
    replies = await uow.tickets.replies(ticket.id, before=before, limit=REPLIES + 1)
    assignee = ""
    if ticket.assigned_to is not None:
        assignee = (await uow.people.get(ticket.assigned_to)).name
    return Conversation(
        ticket=ticket,
        asker=await uow.tickets.asker(ticket.person),
        assignee=assignee,
        replies=tuple(replies[:REPLIES]),
        more=len(replies) > REPLIES,
        side=side,
    )
