"""Who guesses links: after many misses an address must wait, so that links cannot be tried out."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Final

from core.ports import Clock

ALLOWED: Final = 30  # misses within a window: a shared mobile address has its typing errors
WINDOW: Final = timedelta(minutes=10)
SLOTS: Final = 10_000  # addresses kept in memory


class Misses:
    """Counts of misses by a hashed address, in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[bytes, tuple[datetime, int]] = {}

    def add(self, visitor: bytes) -> None:
        """Count a miss."""
        now = self._clock()
        until, count = self._counts.pop(visitor, (now, 0))
        if until <= now:
            until, count = now + WINDOW, 0
        if len(self._counts) >= SLOTS:
            del self._counts[next(iter(self._counts))]
        self._counts[visitor] = (until, count + 1)

    def wait(self, visitor: bytes) -> int:
        """Seconds until the visitor may ask again; 0 when at once."""
        until, count = self._counts.get(visitor, (None, 0))
        if until is None or count < ALLOWED:
            return 0
        return max(0, ceil((until - self._clock()).total_seconds()))
