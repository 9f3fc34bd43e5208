"""The operator's desk: what waits there, and how the system that does the work is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How much waits for a decision of the staff, of each sort."""

    creators: int = 0
    channels: int = 0
    brands: int = 0
    offers: int = 0
    payouts: int = 0
    sources: int = 0  # paused ones
    support: int = 0  # conversations without an answer
    disputes: int = 0

    @property
    def total(self) -> int:
        """Everything that waits."""
        waiting = (
            self.creators,
            self.channels,
            self.brands,
            self.offers,
            self.payouts,
            self.sources,
            self.support,
            self.disputes,
        )
        return sum(waiting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The state of the database: its size in bytes, what has not been sent, what is not read."""

    system: str
    size: int
    unsent: int  # messages whose time has come
    oldest_unsent: datetime | None
    unfinished_runs: int
    oldest_run: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterQueue:
    """How the database's one writer keeps up: who waits now, and how long some waited (seconds)."""

    waiting: int
    longest: float
