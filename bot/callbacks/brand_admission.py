"""Buttons of a manager who decides on applications, invites creators and suspends them."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class Applications(CallbackData, prefix="bap"):
    """The next application that waits, oldest first; `offer` 0 takes all of the brand's."""

    brand: int
    offer: int = 0
    after: int = 0


class Ruling(StrEnum):
    """What a manager does with an application."""

    SHOW = "s"
    ACCEPT = "a"
    DECLINE = "d"


class WhyDeclined(StrEnum):
    """The reasons of `DeclineReason` by name, in a letter each."""

    AUDIENCE = "a"
    CONTENT = "c"
    CHANNEL = "h"
    CITY = "t"
    FULL = "f"


class ApplicationCard(CallbackData, prefix="bac"):
    """One application; DECLINE without a reason asks for one."""

    enrolment: int
    ruling: Ruling = Ruling.SHOW
    why: WhyDeclined | None = None


class WhySuspended(StrEnum):
    """The reasons of `SuspendReason` by name, in a letter each."""

    FORBIDDEN_PROMOTION = "f"
    NO_LABEL = "l"
    FALSE_CLAIMS = "c"
    OWN_ORDERS = "o"
    SAFETY = "s"


class SuspendInOffer(CallbackData, prefix="bsi"):
    """Suspend a creator in an offer: without a reason it asks for one, then for a confirmation."""

    enrolment: int
    why: WhySuspended | None = None
    sure: bool = False


class RestoreInOffer(CallbackData, prefix="bre"):
    """Let a suspended creator go on, `sure` after a confirmation."""

    enrolment: int
    sure: bool = False


class InviteToOffer(CallbackData, prefix="biv"):
    """Links that let creators into an offer; with `places` a new one for so many."""

    offer: int
    places: int = 0


class RevokeInvitation(CallbackData, prefix="brv"):
    """Let nobody in by a link any more."""

    invitation: int


class FindCreator(CallbackData, prefix="bfc"):
    """Look for a creator of an offer by name or code."""

    offer: int
