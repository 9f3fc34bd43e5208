"""Buttons of the staff's check of channels."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class ChannelQueue(CallbackData, prefix="ach"):
    """The next channel whose code is to be looked for; `after` skips up to an id."""

    after: int = 0


class ChannelVerdict(StrEnum):
    """What staff do with the channel on the screen."""

    SHOW = "s"
    ACCEPT = "a"
    NUMBER = "n"  # another number of followers is to be typed
    REFUSE = "r"


class Ground(StrEnum):
    """The reasons of `CheckReason` by name, in a letter each."""

    CODE_MISSING = "c"
    NOT_OPEN = "o"
    OTHER_ACCOUNT = "a"
    FALSE_FOLLOWERS = "f"


class ChannelReview(CallbackData, prefix="acv"):
    """A verdict on a check; REFUSE without a ground asks for one."""

    check: int
    verdict: ChannelVerdict
    ground: Ground | None = None
    followers: int = 0  # that ACCEPT confirms: those which the creator named, as shown


class ChannelHistory(CallbackData, prefix="acy"):
    """Every attempt of a creator to prove a channel."""

    creator: int
