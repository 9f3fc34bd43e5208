"""Buttons of the operator's desk: its menus, the search for anybody, a person, the health."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class DeskMore(CallbackData, prefix="dsm"):
    """What the staff need less often."""


class Find(CallbackData, prefix="fnd"):
    """Look for anybody or anything."""


class PersonLook(CallbackData, prefix="psn"):
    """A person as the staff see one."""

    person: int


class HealthAction(StrEnum):
    """What is looked at."""

    SHOW = "s"
    BOOKS = "b"  # recompute the ledger


class Health(CallbackData, prefix="hlt"):
    """How the system is."""

    action: HealthAction = HealthAction.SHOW
