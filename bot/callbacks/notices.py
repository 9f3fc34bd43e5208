"""Buttons of how a person wants to be told."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.notices import Group, Mode


class Notices(CallbackData, prefix="ntc"):
    """Everything that can be set about notifications."""


class NoticeGroup(CallbackData, prefix="ntg"):
    """One group; with a mode it is set."""

    group: Group
    mode: Mode | None = None


class Hours(StrEnum):
    """Which hour is chosen."""

    QUIET_FROM = "f"
    QUIET_UNTIL = "u"
    DAILY = "d"
    NO_QUIET = "n"


class NoticeHour(CallbackData, prefix="nth"):
    """Choose an hour of Almaty; -1 asks which."""

    which: Hours
    hour: int = -1
