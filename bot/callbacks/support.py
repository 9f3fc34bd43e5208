"""Buttons of conversations with the operator's staff."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from bot.callbacks.orders import AT_MAX
from core.support import Shelf, Side, Topic


class Support(CallbackData, prefix="sup"):
    """Where a question begins, for anybody."""


class SupportTopic(CallbackData, prefix="spt"):
    """A question about this."""

    topic: Topic


class MyTickets(CallbackData, prefix="tkm"):
    """One's own conversations; the page starts below one."""

    at: int = Field(default=0, ge=0, le=AT_MAX)
    after: int = 0


class TicketQueue(CallbackData, prefix="tkq"):
    """Conversations for staff."""

    shelf: Shelf = Shelf.WAITING
    at: int = Field(default=0, ge=0, le=AT_MAX)
    after: int = 0


class TicketCard(CallbackData, prefix="tkt"):
    """A conversation with its latest messages, or those before one."""

    ticket: int
    side: Side
    before: int = 0


class TicketStep(StrEnum):
    """What is done with a conversation."""

    WRITE = "w"
    CLOSE = "c"
    REOPEN = "o"
    TAKE = "t"


class TicketAct(CallbackData, prefix="tka"):
    """Do it; `seen` is who had the conversation on the screen."""

    ticket: int
    side: Side
    step: TicketStep
    seen: int = 0


class TicketFile(CallbackData, prefix="tkf"):
    """The file that came with a message."""

    message: int
    side: Side
