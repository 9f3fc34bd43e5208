"""Buttons of a manager who uploads codes, answers wishes and announces changes of codes."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.offers import CodeSource


class PoolAction(StrEnum):
    """What is done with a pool."""

    SHOW = "s"
    UPLOAD = "u"
    CLEAR = "c"
    CLEAR_YES = "cy"


class Pool(CallbackData, prefix="bpo"):
    """The pool of ready codes of an offer."""

    offer: int
    action: PoolAction = PoolAction.SHOW


class PoolSource(CallbackData, prefix="bps"):
    """Say where codes of new creators come from."""

    offer: int
    source: CodeSource


class Wishes(CallbackData, prefix="bwq"):
    """The next wish for a code that waits, oldest first."""

    brand: int
    after: int = 0


class Answer(StrEnum):
    """What a manager does with a wish."""

    SHOW = "s"
    ACCEPT = "a"
    ACCEPT_YES = "ay"
    REFUSE = "r"


class WhyRefused(StrEnum):
    """The reasons of `RefusalReason` by name, in a letter each."""

    UNSUITABLE = "u"
    CONFUSING = "c"
    NOT_IN_SHOP = "n"
    OTHER_RULES = "o"


class WishCard(CallbackData, prefix="bwc"):
    """One wish; REFUSE without a reason asks for one."""

    request: int
    answer: Answer = Answer.SHOW
    why: WhyRefused | None = None


class NoticeStep(StrEnum):
    """What is pressed while a change of a code is announced."""

    START = "s"
    OTHER_CODE = "o"
    NO_CODE = "n"
    WHY = "w"  # `value` is the number of the reason
    WHEN = "d"  # `value` is in how many days
    ANNOUNCE = "y"
    CANCEL = "c"
    CANCEL_YES = "cy"


class ChangeCode(CallbackData, prefix="bch"):
    """A change or the withdrawal of a creator's code."""

    enrolment: int
    step: NoticeStep = NoticeStep.START
    value: int = 0
