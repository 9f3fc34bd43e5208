"""How the running program is: since when it is up, and what its sweeps did last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.desk import WriterQueue
from core.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A sweep of this process: `seconds` is its rhythm, `failures` are those in a row.

    `lasts` is how long it may take, in seconds.
    """

    name: str
    seconds: float
    lasts: float = 60.0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    done: int = 0
    failures: int = 0
    error: str = ""  # class of the last failure

    def late(self, now: datetime) -> bool:
        """Whether it should have run again long ago, or does not come to an end."""
        if self.started_at is None:
            return False
        return (now - self.started_at).total_seconds() > 3 * self.seconds + self.lasts


class Vitals:
    """Kept in memory: every process tells of itself."""

    def __init__(
        self, clock: Clock, queue: Callable[[], WriterQueue | None] = lambda: None
    ) -> None:
        self._clock = clock
        self.queue = queue  # of the database's one writer; None where there are many
        self._jobs: dict[str, JobRecord] = {}
        self.started_at = clock()

    def began(self, name: str, seconds: float, *, lasts: float = 60.0) -> None:
        """A sweep begins."""
        known = self._jobs.get(name) or JobRecord(name=name, seconds=seconds, lasts=lasts)
        self._jobs[name] = replace(known, started_at=self._clock())

    def ended(self, name: str, done: int) -> None:
        """A sweep is over; `done` is what it found to do."""
        self._jobs[name] = replace(
            self._jobs[name], ended_at=self._clock(), done=done, failures=0, error=""
        )

    def failed(self, name: str, error: BaseException) -> None:
        """A sweep broke down."""
        known = self._jobs[name]
        self._jobs[name] = replace(
            known,
            ended_at=self._clock(),
            failures=known.failures + 1,
            error=type(error).__name__,
        )

    def jobs(self) -> Sequence[JobRecord]:
        """Every sweep that has begun at least once."""
        return tuple(self._jobs.values())
