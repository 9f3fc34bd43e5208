"""The spool of clicks: appended to a file at once, loaded into the database in bulk later.

A redirect must not wait for the database, and a click must not be lost with the process. So a click
goes to memory, one task appends what has gathered to a segment file every tenth of a second and
syncs it, and a job loads finished segments and deletes each only after its load has committed.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, Self

from core.ids import LinkId
from core.links import Click
from core.people import Locale
from core.ports import Clock
from core.usecases.pace import Pace

FLUSH_SECONDS: Final = 0.1  # what a crash may lose
SEGMENT_BYTES: Final = 4 * 1024 * 1024  # about 50 000 clicks: then the next segment begins
LOAD_ROWS: Final = 2_000  # clicks handed to one load at most
STILLBORN_SECONDS: Final = 3_600.0  # after which an empty file that nobody locked is in the way
PENDING_MAX: Final = 200_000  # clicks kept in memory while the disk refuses them

_NEW: Final = ".new"  # not yet locked
_OPEN: Final = ".open"  # being written, locked by its writer
_DONE: Final = ".tsv"  # finished, to be loaded

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOCALES: Final = {locale.value: locale for locale in Locale}
_COUNTED: Final = {"0\n": False, "1\n": True}  # the last of a line, unless it is not whole

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did: clicks handed to the load, and lines that could not be read."""

    clicks: int = 0
    broken: int = 0


class ClickSpool:
    """An append-only spool in a directory of its own.

    Several processes may share the directory: each writes its own segment, and segments of dead
    processes are recognised by their lock being gone. Use as an async context manager, or call
    `start` and `close`.
    """

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        *,
        flush_seconds: float = FLUSH_SECONDS,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._flush_seconds = flush_seconds
        self._segment_bytes = segment_bytes
        self._pending: list[str] = []
        self._pace = Pace(LOAD_ROWS)
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._draining = asyncio.Lock()
        self._segment: _Segment | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Make the directory and begin to flush."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._task = asyncio.create_task(self._flush_for_ever(), name="click spool")

    async def close(self) -> None:
        """Write and sync what is pending, and finish the segment."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        async with self._writing:
            await self._write_pending(finish=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    def record(self, click: Click) -> None:
        """Take a click; it is on the disk within a tenth of a second."""
        if len(self._pending) >= PENDING_MAX:
            logger.error("the click spool cannot write: a click is dropped")
            return
        self._pending.append(_to_line(click))
        self._wake.set()

    async def flush(self) -> None:
        """Write and sync what is pending now. OSError leaves it pending for the next attempt."""
        async with self._writing:
            await self._write_pending()

    async def drain(self, load: Callable[[Sequence[Click]], Awaitable[None]]) -> Drained:
        """Hand everything to `load`, in portions, and delete each segment whose loads returned.

        `load` must be idempotent by click id: after a crash between its commit and the deletion the
        same clicks come again. What it raises leaves the segment for the next drain.
        """
        async with self._draining:
            async with self._writing:
                await self._write_pending(finish=True)
            with _Locked(self._directory / "drain.lock") as mine:
                return await self._load_finished(load) if mine else Drained()

    async def _load_finished(self, load: Callable[[Sequence[Click]], Awaitable[None]]) -> Drained:
        await asyncio.to_thread(_adopt_orphans, self._directory)
        clicks = broken = 0
        for path in sorted(self._directory.glob(f"*{_DONE}")):
            bad = 0
            with path.open("rb") as segment:
                while portion := await asyncio.to_thread(_read, segment, self._pace.rows):
                    began = time.monotonic()
                    await load(portion.clicks)
                    took = time.monotonic() - began
                    # Clicks are in no hurry: they never hold up anybody for longer than a moment.
                    self._pace.learn(len(portion.clicks), took, awaited=True)
                    clicks += len(portion.clicks)
                    bad += portion.broken
            path.unlink()
            if bad:
                logger.warning("segment %s: %d unreadable line(s) left out", path.name, bad)
            broken += bad
        return Drained(clicks, broken)

    async def _flush_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._flush_seconds)
            self._wake.clear()
            try:
                await self.flush()
            except OSError:
                logger.exception("the click spool cannot write; it will try again")
                self._wake.set()
                await asyncio.sleep(1)

    async def _write_pending(self, *, finish: bool = False) -> None:
        lines, self._pending = self._pending, []
        # Shielded: a cancelled flush must not leave the thread writing behind a close.
        writing = asyncio.ensure_future(asyncio.to_thread(self._write, lines, finish=finish))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            if writing.exception() is not None:
                self._pending[:0] = lines
            raise
        except OSError:
            self._pending[:0] = lines
            raise

    def _write(self, lines: list[str], *, finish: bool) -> None:
        """Append and sync in a thread; one call at a time, held by `_writing`."""
        if lines:
            if self._segment is None:
                self._segment = _Segment(self._directory, self._clock())
            self._segment.append("".join(lines).encode())
        if self._segment is not None and (finish or self._segment.size >= self._segment_bytes):
            self._segment.finish()
            self._segment = None


class _Segment:
    """One file being written, locked for as long as its writer lives."""

    def __init__(self, directory: Path, now: datetime) -> None:
        stem = f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        fresh = directory / f"{stem}{_NEW}"
        self._path = fresh.with_suffix(_OPEN)
        self._file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fresh.rename(self._path)  # only now may others see it: unlocked, it would look orphaned
        _sync_directory(directory)
        self.size = 0

    def append(self, data: bytes) -> None:
        """Write and sync all or nothing; OSError when the disk refuses."""
        try:
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)

    def finish(self) -> None:
        """Let the segment be loaded."""
        self._path.rename(self._path.with_suffix(_DONE))
        os.close(self._file)


class _Locked:
    """An exclusive lock between processes on a file; entering tells whether it was free."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def __enter__(self) -> bool:
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        return _lock(self._file)

    def __exit__(self, *exception: object) -> None:
        os.close(self._file)


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _adopt_orphans(directory: Path) -> None:
    """Finish the segments whose writer has died: nobody holds their lock."""
    for path in directory.glob(f"*{_OPEN}"):
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # its writer finished it just now
            continue
        try:
            if _lock(file):
                path.rename(path.with_suffix(_DONE))
        except FileNotFoundError:
            continue
        finally:
            os.close(file)
    for path in directory.glob(f"*{_NEW}"):  # died before it wrote anything, or begins just now
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > STILLBORN_SECONDS:
                path.unlink()


def _sync_directory(directory: Path) -> None:
    """Make a new file's name durable."""
    file = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@dataclass(frozen=True, slots=True)
class _Portion:
    """Clicks of a segment, and how many lines among them are not whole."""

    clicks: list[Click]
    broken: int


def _read(segment: BinaryIO, rows: int) -> _Portion | None:
    """The next portion of a segment, None at its end."""
    lines = list(islice(segment, rows))
    if not lines:
        return None
    read = [_from_line(line) for line in lines]
    clicks = {click.id: click for click in read if click is not None}
    return _Portion(list(clicks.values()), read.count(None))


def _to_line(click: Click) -> str:
    moment = round(click.at.timestamp() * 1_000_000)
    counted = 1 if click.counted else 0
    return f"{click.id}\t{click.link_id}\t{moment}\t{click.visitor}\t{click.lang}\t{counted}\n"


def _from_line(line: bytes) -> Click | None:
    try:
        click_id, link_id, moment, visitor, lang, counted = line.decode().split("\t")
        return Click(
            id=click_id,
            link_id=LinkId(int(link_id)),
            at=_EPOCH + timedelta(microseconds=int(moment)),
            visitor=visitor,
            lang=_LOCALES[lang],
            counted=_COUNTED[counted],
        )
    except (ValueError, KeyError, OverflowError):
        return None
