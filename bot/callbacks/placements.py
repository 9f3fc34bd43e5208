"""Buttons of a creator's links by placement, and of their QR pictures."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.placements import Placement


class Placements(CallbackData, prefix="plc"):
    """All links of an enrolment."""

    enrolment: int


class NewPlacement(CallbackData, prefix="pln"):
    """A link for a usual place, or (None) for one that is to be named."""

    enrolment: int
    place: Placement | None = None
    choose: bool = False  # show the usual places


class LinkAction(StrEnum):
    """What a creator does with a link."""

    SHOW = "s"
    RENAME = "r"
    OFF = "o"
    OFF_YES = "oy"
    ON = "n"
    PNG = "p"
    SVG = "v"


class PlacementLink(CallbackData, prefix="pll"):
    """One link."""

    link: int
    action: LinkAction = LinkAction.SHOW
