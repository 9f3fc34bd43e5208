"""Buttons of a manager who says what the buyers of an offer get."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.gifts import RewardKind


class GiftAction(StrEnum):
    """What is done with the reward of buyers."""

    SHOW = "s"
    WRITE = "w"  # the texts, one language after another
    SKIP = "k"  # no text in this language
    UPLOAD = "u"
    CLEAR = "c"
    CLEAR_YES = "cy"


class Reward(CallbackData, prefix="bgf"):
    """The reward of an offer's buyers."""

    offer: int
    action: GiftAction = GiftAction.SHOW


class ChooseReward(CallbackData, prefix="bgk"):
    """Promise this to buyers from now on; `sure` after a question."""

    offer: int
    kind: RewardKind
    sure: bool = False
