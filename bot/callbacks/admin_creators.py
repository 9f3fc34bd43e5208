"""Buttons of the staff's review of creators."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class CreatorQueue(CallbackData, prefix="acq"):
    """Creators to review, oldest first; `after` skips up to an id."""

    after: int = 0


class SuspendedCreators(CallbackData, prefix="acs"):
    """Creators who may take no offers, by id above `after`."""

    after: int = 0


class CreatorVerdict(StrEnum):
    """What staff do with the creator on the screen."""

    SHOW = "s"
    OK = "o"
    SUSPEND = "x"
    SUSPEND_YES = "xy"
    RESTORE = "r"
    RESTORE_YES = "ry"


class CreatorReview(CallbackData, prefix="acr"):
    """A verdict on a creator."""

    creator: int
    verdict: CreatorVerdict = CreatorVerdict.SHOW
