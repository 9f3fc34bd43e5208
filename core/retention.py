"""How long is kept what nobody asks for any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.orders import ALMATY

NIGHT: Final = range(2, 6)  # hours in Almaty in which old things are deleted


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long something stays after it is over.

    `messages` covers notifications that were sent or given up and who got which broadcast. The key
    of a notification keeps it from being sent again for as long as it stays. Most facts are told
    in the transaction in which they become so, and never again; a month's summary can be offered
    for some days; only what is told of a state (a brand's money has run out, a promo code pool runs
    low) is offered for as long as the state lasts: then a reader is reminded once in that time.
    `drafts` covers half-filled forms that nobody touched and invitations that nobody took.
    """

    messages: timedelta = timedelta(days=180)
    drafts: timedelta = timedelta(days=90)


def is_night(now: datetime) -> bool:
    """Whether hardly anybody writes now."""
    return now.astimezone(ALMATY).hour in NIGHT
