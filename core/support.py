"""Support: a conversation of one person with the operator's staff, about one matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.errors import BadInput
from core.ids import PersonId, TicketId
from core.people import CreatorState, Locale, Permission

TEXT_MAX: Final = 2_000  # characters of one message
FILE_MAX: Final = 20 * 1024 * 1024  # bytes: what a bot can download again
OPEN_MAX: Final = 3  # conversations that one person may have open
BURST_MAX: Final = 20  # messages of one person within BURST_WINDOW
BURST_WINDOW: Final = timedelta(minutes=10)


class Topic(StrEnum):
    """What a question is about."""

    ORDERS = "orders"
    MONEY = "money"
    CODES = "codes"
    PROFILE = "profile"
    BRAND = "brand"
    OTHER = "other"


class Side(StrEnum):
    """Who looks at a conversation."""

    PERSON = "p"
    STAFF = "s"


class Attached(StrEnum):
    """What came with a message."""

    PHOTO = "photo"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file in Telegram's storage; `name` is empty for a photo."""

    kind: Attached
    file_id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody wrote: text, a file, or both. `key` is unique: the same message counts once."""

    key: str
    text: str = ""
    attachment: Attachment | None = None

    def checked(self) -> Said:
        """The same, or BadInput("support_text") where there is nothing or too much."""
        if len(self.text) > TEXT_MAX or not (self.text.strip() or self.attachment):
            raise BadInput("support_text")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A conversation. `waiting_since` is None where the staff have answered or nothing is open.

    `assigned_to` is whoever answered first, or took it over.
    """

    id: TicketId
    person: PersonId
    topic: Topic
    opened_at: datetime
    last_at: datetime
    waiting_since: datetime | None
    assigned_to: PersonId | None = None
    closed_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One message of a conversation; `author` is shown to staff only."""

    id: int
    author: str
    from_staff: bool
    text: str
    attachment: Attachment | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whom the staff talk to, and what that person is."""

    id: PersonId
    name: str
    username: str | None
    locale: Locale | None
    blocked_bot: bool
    creator: CreatorState | None
    brands: tuple[str, ...]
    permissions: tuple[Permission, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A ticket with some of its messages, newest first, and whether earlier ones follow."""

    ticket: Ticket
    asker: Asker
    assignee: str
    replies: tuple[Reply, ...]
    more: bool
    side: Side


class Shelf(StrEnum):
    """Which conversations the staff look at."""

    WAITING = "w"
    OPEN = "o"
    CLOSED = "c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A conversation in a list; `at` is what the list is sorted by."""

    ticket: Ticket
    name: str
    at: datetime


Place = tuple[datetime, TicketId]
"""Where a page of a list begins: after the conversation with this time and id."""
