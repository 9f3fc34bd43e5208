"""Sources and runs: a brand's connection to a merchant system, and one reading of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from core.ids import BrandId, PersonId, RunId, SourceId, UploadId
from core.orders import Place
from core.sources.base import SourceKind

LONGEST_RETRY: Final = 3_600  # seconds
REJECTED_MAX: Final = 10_000  # lines kept of one run: a file with more of them is wrong as a whole


class SourceState(StrEnum):
    """PAUSED after the merchant's system refused for too long; people are told what to do."""

    ACTIVE = "active"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A brand's connection. The secret is not here: `uow.sources.secret` opens it for a sync only.

    `mapping` is the saved column mapping of a table, `cursor` where the next sync begins.
    """

    id: SourceId
    brand: BrandId
    kind: SourceKind
    place: Place
    state: SourceState
    settings: dict[str, Any] = field(default_factory=dict)
    mapping: str | None = None
    cursor: dict[str, Any] | None = None
    next_sync_at: datetime | None = None
    failures: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTally:
    """How many sources there are, and how many are paused or fail."""

    all: int
    paused: int
    failing: int


class RunState(StrEnum):
    """QUEUED waits for a worker; RUNNING may be resumed; FAILED keeps what it had read."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """What a run has done so far."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    outdated: int = 0
    rejected: int = 0
    matched: int = 0
    unmatched: int = 0
    near_misses: int = 0

    def plus(self, other: RunCounts) -> RunCounts:
        """The sum of two counts."""
        return RunCounts(
            rows=self.rows + other.rows,
            new=self.new + other.new,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            outdated=self.outdated + other.outdated,
            rejected=self.rejected + other.rejected,
            matched=self.matched + other.matched,
            unmatched=self.unmatched + other.unmatched,
            near_misses=self.near_misses + other.near_misses,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One reading of a source. `position` is where an interrupted reading goes on.

    `seen_at` (UTC) dates the news of a feed that does not date its changes: the upload of a file,
    the start of a sync. `lease_until`: no other worker takes the run before. `epoch` counts who has
    taken it: a worker of an earlier epoch has lost it, whatever its clock says. `failures` are
    mistakes of ours in a row. `path` is a file on this machine that is read where it lies. `lines`
    of those that were rejected are still kept, sealed under `lines_key`. `watched` is the message
    (chat, id) that shows how far the run is.
    """

    id: RunId
    source: SourceId
    brand: BrandId
    state: RunState
    seen_at: datetime
    position: int = 0
    total: int | None = None
    counts: RunCounts = RunCounts()
    upload: UploadId | None = None
    file_name: str = ""
    file_sha256: str = ""
    started_by: PersonId | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lease_until: datetime | None = None
    error: str = ""
    epoch: int = 0
    failures: int = 0
    path: str = ""
    lines: int = 0
    lines_key: bytes | None = field(default=None, repr=False)
    watched: tuple[int, int] | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still has to be ended."""
        return self.state in (RunState.QUEUED, RunState.RUNNING)

    @property
    def trouble(self) -> tuple[str, int | None]:
        """Why the run failed: the reason and, where one line of a file is to blame, its number."""
        reason, _, line = self.error.partition(":")
        return reason, int(line) if line else None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """A line that is no order as it is kept: its text, which may name a buyer, is encrypted.

    `text` is that of lines from before the encryption.
    """

    line: int
    reason: str
    cipher: bytes | None
    text: str = ""


def failure(reason: str, line: int | None = None) -> str:
    """The `error` of a run, as `Run.trouble` reads it."""
    return reason if line is None else f"{reason}:{line}"


def retry_in(failures: int, retry_after: int | None, spread: float) -> timedelta:
    """How long to wait after so many failures in a row: doubling from a minute, at most an hour.

    `retry_after` (seconds) is what the other side asks for, `spread` (0 to 1) adds up to a quarter,
    so that those who failed together do not come back together.
    """
    wait = min(60 * 2 ** min(failures - 1, 6), LONGEST_RETRY)
    wait = max(wait, min(retry_after or 0, LONGEST_RETRY))
    return timedelta(seconds=wait * (1 + spread / 4))
