"""Conversations with the operator's staff in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound, OutOfDate
from core.ids import PersonId, TicketId
from core.people import CreatorState, Locale, Permission
from core.support import (
    Asker,
    Attached,
    Attachment,
    Line,
    Place,
    Reply,
    Said,
    Shelf,
    Ticket,
    Topic,
)
from db.dialect import insert
from db.models import (
    brand_managers,
    brands,
    creators,
    people,
    staff,
    ticket_messages,
    tickets,
)


def _ticket(row: Any) -> Ticket:
    return Ticket(
        id=TicketId(row.id),
        person=PersonId(row.person_id),
        topic=Topic(row.topic),
        opened_at=row.opened_at,
        last_at=row.last_at,
        waiting_since=row.waiting_since,
        assigned_to=None if row.assigned_to is None else PersonId(row.assigned_to),
        closed_at=row.closed_at,
    )


def _reply(row: Any) -> Reply:
    return Reply(
        id=row.id,
        author=row.name,
        from_staff=row.from_staff,
        text=row.text,
        attachment=Attachment(kind=Attached(row.attached), file_id=row.file_id, name=row.file_name)
        if row.attached
        else None,
        at=row.at,
    )


class SqlTickets:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open(self, person: PersonId, topic: Topic, *, now: datetime) -> Ticket:
        """Begin a conversation."""
        made = await self._connection.execute(
            sa.insert(tickets)
            .values(person_id=person, topic=topic, opened_at=now, last_at=now)
            .returning(tickets)
        )
        return _ticket(made.one())

    async def get(self, ticket: TicketId, *, lock: bool = False) -> Ticket:
        """NotFound("ticket") where there is none; `lock` keeps it from other writers."""
        query = sa.select(tickets).where(tickets.c.id == ticket)
        found = await self._connection.execute(query.with_for_update() if lock else query)
        row = found.one_or_none()
        if row is None:
            raise NotFound("ticket")
        return _ticket(row)

    async def save(self, ticket: Ticket) -> None:
        """Write what may change of a conversation."""
        await self._connection.execute(
            sa.update(tickets)
            .where(tickets.c.id == ticket.id)
            .values(
                last_at=ticket.last_at,
                waiting_since=ticket.waiting_since,
                assigned_to=ticket.assigned_to,
                closed_at=ticket.closed_at,
            )
        )

    async def holder_of(self, key: str) -> TicketId | None:
        """The conversation that has the message with this key."""
        found = await self._connection.scalar(
            sa.select(ticket_messages.c.ticket_id).where(ticket_messages.c.key == key)
        )
        return None if found is None else TicketId(found)

    async def add(
        self, ticket: TicketId, author: PersonId, said: Said, *, from_staff: bool, now: datetime
    ) -> int:
        """Append a message; returns its id."""
        made = await self._connection.scalar(
            insert(self._connection, ticket_messages)
            .values(
                ticket_id=ticket,
                author_id=author,
                key=said.key,
                from_staff=from_staff,
                text=said.text,
                attached=said.attachment and said.attachment.kind,
                file_id=said.attachment.file_id if said.attachment else "",
                file_name=said.attachment.name if said.attachment else "",
                at=now,
            )
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(ticket_messages.c.id)
        )
        if made is None:  # the same message on its way through another process
            raise OutOfDate("ticket")
        return int(made)

    async def said_since(self, author: PersonId, since: datetime) -> Sequence[datetime]:
        """When the person wrote to support since then, oldest first."""
        rows = await self._connection.scalars(
            sa.select(ticket_messages.c.at)
            .where(ticket_messages.c.author_id == author, ticket_messages.c.at > since)
            .order_by(ticket_messages.c.at)
        )
        return list(rows)

    async def count_open(self, person: PersonId) -> int:
        """How many conversations of the person go on."""
        return (
            await self._connection.scalar(
                sa.select(sa.func.count())
                .select_from(tickets)
                .where(tickets.c.person_id == person, tickets.c.closed_at.is_(None))
            )
            or 0
        )

    async def replies(self, ticket: TicketId, *, before: int | None, limit: int) -> Sequence[Reply]:
        """Messages, newest first."""
        query = (
            sa.select(ticket_messages, people.c.name)
            .join(people, people.c.id == ticket_messages.c.author_id)
            .where(ticket_messages.c.ticket_id == ticket)
            .order_by(ticket_messages.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(ticket_messages.c.id < before)
        return [_reply(row) for row in await self._connection.execute(query)]

    async def reply(self, message: int) -> tuple[TicketId, Reply]:
        """One message with its conversation; NotFound("message")."""
        found = await self._connection.execute(
            sa.select(ticket_messages, people.c.name)
            .join(people, people.c.id == ticket_messages.c.author_id)
            .where(ticket_messages.c.id == message)
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound("message")
        return TicketId(row.ticket_id), _reply(row)

    async def asker(self, person: PersonId) -> Asker:
        """Whom the staff talk to; NotFound("person")."""
        found = await self._connection.execute(
            sa.select(people, creators.c.state)
            .outerjoin(creators, creators.c.person_id == people.c.id)
            .where(people.c.id == person)
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound("person")
        own = await self._connection.scalars(
            sa.select(brands.c.name)
            .join(brand_managers)
            .where(brand_managers.c.person_id == person)
            .order_by(brands.c.id)
        )
        rights = await self._connection.scalars(
            sa.select(staff.c.permission).where(staff.c.person_id == person)
        )
        return Asker(
            id=person,
            name=row.name,
            username=row.username,
            locale=Locale(row.locale) if row.locale else None,
            blocked_bot=row.blocked_bot,
            creator=CreatorState(row.state) if row.state else None,
            brands=tuple(own),
            permissions=tuple(sorted(Permission(one) for one in rights)),
        )

    async def shelf(self, shelf: Shelf, *, after: Place | None, limit: int) -> Sequence[Line]:
        """Those that wait, the longest first; the others, the latest first."""
        match shelf:
            case Shelf.WAITING:
                waits = tickets.c.waiting_since.is_not(None)
                return await self._lines(
                    waits, tickets.c.waiting_since, after=after, limit=limit, latest_first=False
                )
            case Shelf.OPEN:
                going_on = tickets.c.closed_at.is_(None)
                return await self._lines(going_on, tickets.c.last_at, after=after, limit=limit)
            case Shelf.CLOSED:
                over = tickets.c.closed_at.is_not(None)
                return await self._lines(over, tickets.c.closed_at, after=after, limit=limit)

    async def of_person(
        self, person: PersonId, *, after: Place | None, limit: int
    ) -> Sequence[Line]:
        """A person's own conversations, the latest first."""
        own = tickets.c.person_id == person
        return await self._lines(own, tickets.c.last_at, after=after, limit=limit)

    async def _lines(
        self,
        which: sa.ColumnElement[bool],
        by: sa.Column[Any],
        *,
        after: Place | None,
        limit: int,
        latest_first: bool = True,
    ) -> Sequence[Line]:
        query = (
            sa.select(tickets, people.c.name, by.label("sorted_by"))
            .join(people, people.c.id == tickets.c.person_id)
            .where(which)
            .limit(limit)
        )
        place = sa.tuple_(by, tickets.c.id)
        if latest_first:
            query = query.order_by(by.desc(), tickets.c.id.desc())
        else:
            query = query.order_by(by, tickets.c.id)
        if after is not None:
            start = sa.tuple_(
                sa.literal(after[0], tickets.c.last_at.type),
                sa.literal(after[1], tickets.c.id.type),
            )
            query = query.where(place < start if latest_first else place > start)
        return [
            Line(ticket=_ticket(row), name=row.name, at=row.sorted_by)
            for row in await self._connection.execute(query)
        ]

    async def waiting(self) -> int:
        """How many wait for an answer."""
        return (
            await self._connection.scalar(
                sa.select(sa.func.count())
                .select_from(tickets)
                .where(tickets.c.waiting_since.is_not(None))
            )
            or 0
        )
