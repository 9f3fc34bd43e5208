"""Storage of conversations with the operator's staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.ids import PersonId, TicketId
from core.support import Asker, Line, Place, Reply, Said, Shelf, Ticket, Topic


class Tickets(Protocol):
    """Conversations and their messages."""

    async def open(self, person: PersonId, topic: Topic, *, now: datetime) -> Ticket: ...

    async def get(self, ticket: TicketId, *, lock: bool = False) -> Ticket:
        """NotFound("ticket") where there is none; `lock` keeps it from other writers."""

    async def save(self, ticket: Ticket) -> None:
        """Write what may change of a conversation."""

    async def holder_of(self, key: str) -> TicketId | None:
        """The conversation that has the message with this key."""

    async def add(
        self, ticket: TicketId, author: PersonId, said: Said, *, from_staff: bool, now: datetime
    ) -> int:
        """Append a message; returns its id. OutOfDate("ticket") where its key is known."""

    async def said_since(self, author: PersonId, since: datetime) -> Sequence[datetime]:
        """When the person wrote to support since then, oldest first."""

    async def count_open(self, person: PersonId) -> int: ...

    async def replies(self, ticket: TicketId, *, before: int | None, limit: int) -> Sequence[Reply]:
        """Messages, newest first."""

    async def reply(self, message: int) -> tuple[TicketId, Reply]:
        """One message with its conversation; NotFound("message")."""

    async def asker(self, person: PersonId) -> Asker:
        """Whom the staff talk to; NotFound("person")."""

    async def shelf(self, shelf: Shelf, *, after: Place | None, limit: int) -> Sequence[Line]:
        """Those that wait, the longest first; the others, the latest first."""

    async def of_person(
        self, person: PersonId, *, after: Place | None, limit: int
    ) -> Sequence[Line]:
        """A person's own conversations, the latest first."""

    async def waiting(self) -> int:
        """How many wait for an answer."""
