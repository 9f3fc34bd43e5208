"""Buttons of broadcasts: the form, the control of what goes out, and those under the message."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from aiogram.filters.callback_data import CallbackData

from core.broadcasts import ButtonKind
from core.people import Locale

TAPPED: Final = "bxt"  # first word of the data of a button under a broadcast


class Broadcasts(CallbackData, prefix="bxs"):
    """The history, newest first, below an id."""

    before: int = 0


class BroadcastNew(CallbackData, prefix="bxn"):
    """Begin a draft, empty or like another broadcast."""

    like: int = 0


class BroadcastMove(StrEnum):
    """What is done with a broadcast; the YES ones follow a question."""

    SHOW = "s"
    PREVIEW = "v"
    LANGUAGES = "l"  # block or fall back
    KIND = "k"  # marketing or service
    PAID = "p"
    WHEN = "w"
    CONFIRM = "c"
    DROP = "d"
    DROP_YES = "dy"
    CALL_BACK = "b"
    PAUSE = "pa"
    RESUME = "re"
    CANCEL = "x"
    CANCEL_YES = "xy"


class BroadcastCard(CallbackData, prefix="bxc"):
    """A broadcast, and what is done with it."""

    broadcast: int
    move: BroadcastMove = BroadcastMove.SHOW


class BroadcastSend(CallbackData, prefix="bxy"):
    """The confirmed order to send: to so many people, at a minute since 1970 (0: now)."""

    broadcast: int
    count: int
    minute: int = 0


class AudienceField(StrEnum):
    """By what an audience is narrowed."""

    ROLE = "r"
    LOCALE = "l"
    TIER = "t"
    CATEGORY = "c"
    CITY = "y"
    OFFER = "o"
    ACTIVE = "a"


class BroadcastAudience(CallbackData, prefix="bxa"):
    """The audience, or one of its filters; `page` is of the offers."""

    broadcast: int
    field: AudienceField | None = None
    page: int = 0


class BroadcastPick(CallbackData, prefix="bxp"):
    """Switch a value of a filter, by its place in the order of its kind; -1 takes all away."""

    broadcast: int
    field: AudienceField
    number: int


class BroadcastText(CallbackData, prefix="bxx"):
    """The text in a language; `clear` takes it away."""

    broadcast: int
    locale: Locale
    clear: bool = False


class BroadcastPicture(CallbackData, prefix="bxf"):
    """The picture; `clear` takes it away."""

    broadcast: int
    clear: bool = False


class BroadcastButton(CallbackData, prefix="bxb"):
    """The button: the choice, a kind, or with `clear` none."""

    broadcast: int
    kind: ButtonKind | None = None
    offer: int = 0
    page: int = 0
    clear: bool = False


class BroadcastLabel(CallbackData, prefix="bxl"):
    """What stands on the button in a language; `clear` takes the product's own words."""

    broadcast: int
    locale: Locale
    clear: bool = False


class BroadcastTime(CallbackData, prefix="bxw"):
    """A time for sending, as a minute since 1970; 0 is now."""

    broadcast: int
    minute: int = 0


class BroadcastMute(CallbackData, prefix="bxm"):
    """A reader wants no broadcasts any more, or wants them again; None asks how it is."""

    muted: bool | None = None


def tapped(broadcast: int, to: CallbackData) -> str:
    """The data of a button under a broadcast: the tap is counted, then it is what `to` is."""
    return f"{TAPPED}:{broadcast}:{to.pack()}"
