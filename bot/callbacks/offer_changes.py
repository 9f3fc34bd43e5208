"""Buttons of changes of published offers, for managers and for moderators."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class ChangeMove(StrEnum):
    """What a manager does with the changes of an offer; WITHDRAW_YES follows a confirmation."""

    EDIT = "e"
    EDIT_YES = "ey"  # another draft is lost
    SHOW = "s"
    WITHDRAW = "w"
    WITHDRAW_YES = "wy"


class ChangeOffer(CallbackData, prefix="ocm"):
    """Changes of a brand's published offer; `change` is the one to withdraw."""

    offer: int
    move: ChangeMove = ChangeMove.SHOW
    change: int = 0


class ReviewMove(StrEnum):
    """What a moderator does with a new content."""

    NEXT = "n"
    APPROVE = "a"
    APPROVE_YES = "ay"
    DECLINE = "d"


class ReviewChange(CallbackData, prefix="ocr"):
    """New contents that wait for review; `after` pages, `change` is decided on."""

    move: ReviewMove = ReviewMove.NEXT
    change: int = 0
    after: int = 0
    lang: str = ""
