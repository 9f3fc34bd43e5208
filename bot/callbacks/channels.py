"""Buttons of a creator's channels and of proving one."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class Channels(CallbackData, prefix="chl"):
    """The creator's channels; `offer` is what they want to take once one is proved."""

    offer: int = 0


class ChannelCard(CallbackData, prefix="chc"):
    """One of them, and how its proof stands."""

    channel: int


class ChannelDo(StrEnum):
    """What is done with a channel."""

    PROVE = "p"  # by a code, or for Telegram: ask Telegram
    COUNT = "n"  # type the number of followers
    DROP = "d"
    DROP_YES = "dy"


class ChannelAct(CallbackData, prefix="cha"):
    """Something is done with a channel."""

    channel: int
    act: ChannelDo


class CheckDo(StrEnum):
    """What is done with a code."""

    CLAIM = "c"  # it is in the bio
    WITHDRAW = "w"


class CheckAct(CallbackData, prefix="chk"):
    """Something is done with an attempt to prove a channel."""

    check: int
    act: CheckDo
