"""Buttons that lead to the screens that everybody has."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class Target(StrEnum):
    """Where a button leads."""

    HOME = "home"
    CREATOR = "creator"
    BRAND = "brand"
    STAFF = "staff"
    NONE = "none"  # the page number between two arrows


class Nav(CallbackData, prefix="nav"):
    """Go home, or to one of the menus of a person with several roles."""

    to: Target = Target.HOME
