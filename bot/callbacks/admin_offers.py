"""Buttons of the staff's review of offers."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class OfferQueue(CallbackData, prefix="aoq"):
    """The next offer that waits for review, oldest first; `after` skips up to an id."""

    after: int = 0


class OfferVerdict(StrEnum):
    """What a moderator does with the offer on the screen."""

    SHOW = "s"
    APPROVE = "a"
    APPROVE_YES = "ay"
    REJECT = "r"
    PICTURE = "p"
    LAW = "l"


class OfferReview(CallbackData, prefix="aor"):
    """A verdict on an offer, or its card in another language."""

    offer: int
    verdict: OfferVerdict = OfferVerdict.SHOW
    lang: str = ""
