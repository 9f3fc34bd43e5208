"""Buttons of disputes: the creator's, the brand's and the staff's."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from core.disputes import DeclineReason, DisputeKind, Side, Verdict
from core.people import Locale


class MyDisputes(CallbackData, prefix="dsy"):
    """A creator's cases; the page starts below one."""

    after: int = 0


class MissingOrders(CallbackData, prefix="dsn"):
    """Orders of an own offer are missing (0 asks of which)."""

    enrolment: int = 0
    after: int = 0


class GatherStep(StrEnum):
    """How numbers come into a case."""

    TYPE = "t"
    FOLLOWERS = "f"


class Gather(CallbackData, prefix="dsg"):
    """Gather order numbers for an offer."""

    enrolment: int
    step: GatherStep


class FollowerText(CallbackData, prefix="dsf"):
    """The text for followers in a language."""

    dispute: int
    lang: Locale


class WrongOrder(CallbackData, prefix="dsw"):
    """An own order has a wrong amount, or was wrongly declined; `sure` sends it without words."""

    order: int
    kind: DisputeKind
    sure: bool = False


class DisputeLook(CallbackData, prefix="dsp"):
    """A case as one side sees it."""

    dispute: int
    side: Side
    page: int = Field(default=0, ge=0)


class DisputeHistory(CallbackData, prefix="dsh"):
    """What was done about a case."""

    dispute: int
    side: Side


class DisputeStep(StrEnum):
    """What a creator does with a case."""

    SEND = "s"
    WITHDRAW = "w"
    APPEAL = "a"
    REMOVE = "r"  # choose a number to take out


class DisputeAct(CallbackData, prefix="dsa"):
    """Do it; `sure` once it was confirmed."""

    dispute: int
    step: DisputeStep
    sure: bool = False
    page: int = Field(default=0, ge=0)


class DropNumber(CallbackData, prefix="dsd"):
    """Take a number out of a case that gathers."""

    order: int


class DisputeShelf(StrEnum):
    """Which cases a brand or the staff look at."""

    WAITING = "w"
    OPEN = "o"
    CLOSED = "c"


class BrandDisputes(CallbackData, prefix="bds"):
    """Cases that were sent to the actor's brands."""

    shelf: DisputeShelf = DisputeShelf.WAITING
    after: int = 0


class StaffDisputes(CallbackData, prefix="sds"):
    """Cases for the staff."""

    shelf: DisputeShelf = DisputeShelf.WAITING
    after: int = 0


class DisputedLook(CallbackData, prefix="dsl"):
    """One order of a case, to be answered."""

    dispute: int
    order: int
    side: Side


class DisputeAnswer(CallbackData, prefix="dsv"):
    """Answer for an order (0: for all that it fits); without a reason it is asked for."""

    dispute: int
    order: int
    side: Side
    verdict: Verdict
    reason: DeclineReason | None = None
    sure: bool = False


class CallAnswer(CallbackData, prefix="dsc"):
    """A follower is asked for the number of an order once more."""

    slug: str
