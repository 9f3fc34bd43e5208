"""Buttons of slots: a brand's board, its numbers and handles, and a creator's own place."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.handles import HandleKind
from core.orders import Place


class SlotBoard(CallbackData, prefix="slb"):
    """The slots of a brand at a place."""

    brand: int
    place: Place


class BoardPart(StrEnum):
    """What of a board is looked at or set."""

    SETTINGS = "s"
    SLOTS = "n"
    TURN = "t"
    REST = "r"
    ANSWER = "a"
    KIND = "k"  # `value` is the number of a kind
    HANDLES = "h"
    ADD = "+"
    SET_UP = "y"


class BoardStep(CallbackData, prefix="sls"):
    """A number of a board is set to `value`; without one its part is shown."""

    brand: int
    place: Place
    part: BoardPart
    value: int | None = None


class DropHandle(CallbackData, prefix="slx"):
    """Let a handle go round no more; `tag` is short for it."""

    brand: int
    place: Place
    tag: str


class EndTurn(CallbackData, prefix="sle"):
    """End a creator's turn, or take them off the list; `sure` after a confirmation."""

    turn: int
    brand: int
    place: Place
    sure: bool = False


class BookSlot(CallbackData, prefix="slk"):
    """Give a creator a slot; `sure` with the dates that are shown."""

    enrolment: int
    sure: bool = False


class OwnStep(StrEnum):
    """What a creator does with slots."""

    SHOW = "s"
    ASK = "a"
    ACCEPT = "y"
    DECLINE = "n"
    LEAVE = "l"
    LEAVE_YES = "ly"


class OwnSlot(CallbackData, prefix="slo"):
    """A creator's own place at the slots of the brand."""

    enrolment: int
    step: OwnStep = OwnStep.SHOW


KINDS = tuple(HandleKind)  # a button carries the number of one
