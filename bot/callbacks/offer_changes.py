"""Buttons of changes of published offers, for managers and for moderators."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class ChangesMove(StrEnum):
    """What a manager does with an announced change; WITHDRAW_YES follows a confirmation."""

    SHOW = "s"
    WITHDRAW = "w"
    WITHDRAW_YES = "wy"


class OfferChanges(CallbackData, prefix="ocm"):
    """Announced changes of a brand's offer; `change` is the one to withdraw."""

    offer: int
    move: ChangesMove = ChangesMove.SHOW
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
