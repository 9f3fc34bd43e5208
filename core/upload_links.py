"""Links to the page that takes an order file too large for Telegram: one person, one file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.ids import BrandId, PersonId, UploadId, UploadLinkId
from core.people import Locale
from core.profiles import plain_line

VALID: Final = timedelta(hours=1)  # in which the upload must begin
SILENCE: Final = timedelta(minutes=1)  # without a piece: the upload has broken off
LONGEST: Final = timedelta(hours=3)  # that an upload may take
LOOKING: Final = timedelta(minutes=5)  # for which nobody else looks at a file that has come
KEPT: Final = timedelta(days=1)  # after which a link is no longer known

_NAME_MAX: Final = 100  # characters


class LinkState(StrEnum):
    """OPEN takes a file, RECEIVING is taking one, RECEIVED waits to be shown in the chat."""

    OPEN = "open"
    RECEIVING = "receiving"
    RECEIVED = "received"
    SHOWN = "shown"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLink:
    """A link as it is kept. `attempt` counts the uploads that were begun with it.

    `busy_until` is when the upload that is under way, or whoever looks at the file, is taken for
    dead; `received` are the bytes so far.
    """

    id: UploadLinkId
    person: PersonId
    brand: BrandId
    state: LinkState
    expires_at: datetime
    attempt: int = 0
    busy_until: datetime | None = None
    received: int = 0
    upload: UploadId | None = None
    file_name: str = ""

    def busy(self, now: datetime) -> bool:
        """Whether a file is coming just now."""
        alive = self.busy_until is not None and now < self.busy_until
        return self.state is LinkState.RECEIVING and alive

    def usable(self, now: datetime) -> bool:
        """Whether a file can be sent by it, now or when the upload under way has broken off."""
        waiting = self.state in (LinkState.OPEN, LinkState.RECEIVING)
        return waiting and (now < self.expires_at or self.busy(now))


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A link as its page shows it; `entitled` is False when the person lost the right."""

    link: UploadLink
    brand_name: str
    person_name: str
    telegram_id: int
    locale: Locale
    entitled: bool


def shown_name(name: str) -> str:
    """The name of a file as people see it: no folders, no control characters, not too long."""
    last = plain_line(name.replace("\\", "/").rpartition("/")[2])
    if len(last) <= _NAME_MAX:
        return last or "orders"
    stem, dot, ending = last.rpartition(".")
    kept = f"…{dot}{ending}" if stem and len(ending) <= 10 else "…"
    return last[: _NAME_MAX - len(kept)] + kept
