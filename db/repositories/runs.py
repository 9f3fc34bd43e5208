"""Runs in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.ids import BrandId, PersonId, RunId, SourceId, UploadId
from core.runs import KeptLine, Run, RunCounts, RunState, Source
from core.sources.base import SourceKind
from db.dialect import insert
from db.models import rejected_lines, runs, sources

OPEN = (RunState.QUEUED, RunState.RUNNING)
_COUNTS = tuple(RunCounts.__dataclass_fields__)


def _run(row: sa.Row[Any]) -> Run:
    return Run(
        id=RunId(row.id),
        source=SourceId(row.source_id),
        brand=BrandId(row.brand_id),
        state=RunState(row.state),
        seen_at=row.seen_at,
        position=row.position,
        total=row.total,
        counts=RunCounts(**{name: row._mapping[runs.c[name]] for name in _COUNTS}),
        upload=None if row.upload_id is None else UploadId(row.upload_id),
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        started_by=None if row.started_by is None else PersonId(row.started_by),
        started_at=row.started_at,
        finished_at=row.finished_at,
        lease_until=row.lease_until,
        error=row.error,
        epoch=row.epoch,
        failures=row.failures,
        path=row.path,
        lines=row.lines,
        lines_key=row.lines_key,
        watched=row.watched_message and (row.watched_chat, row.watched_message),
    )


def _being_read(now: datetime) -> sa.ColumnElement[bool]:
    """Whether somebody reads the run's source, in another run."""
    other = runs.alias()
    return sa.exists().where(
        other.c.source_id == runs.c.source_id,
        other.c.id != runs.c.id,
        other.c.state == RunState.RUNNING,
        other.c.lease_until > now,
    )


class SqlRuns:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, run: RunId) -> Run:
        """NotFound("run") where there is none."""
        rows = await self._connection.execute(sa.select(runs).where(runs.c.id == run))
        row = rows.one_or_none()
        if row is None:
            raise NotFound("run")
        return _run(row)

    async def last_of(self, wanted: Sequence[SourceId]) -> dict[SourceId, Run]:
        """The latest run of each source that has any."""
        latest = (
            sa.select(sa.func.max(runs.c.id))
            .where(runs.c.source_id.in_(wanted))
            .group_by(runs.c.source_id)
        )
        rows = await self._connection.execute(sa.select(runs).where(runs.c.id.in_(latest)))
        return {SourceId(row.source_id): _run(row) for row in rows}

    async def open_with(self, source: SourceId, file_sha256: str) -> Run | None:
        """The unfinished run of the same file, if any."""
        rows = await self._connection.execute(
            sa.select(runs)
            .where(
                runs.c.source_id == source,
                runs.c.file_sha256 == file_sha256,
                runs.c.state.in_(OPEN),
            )
            .order_by(runs.c.id)
            .limit(1)
        )
        row = rows.one_or_none()
        return None if row is None else _run(row)

    async def add(
        self,
        source: Source,
        *,
        seen_at: datetime,
        upload: UploadId | None,
        file_name: str,
        file_sha256: str,
        total: int | None,
        started_by: PersonId | None,
        path: str = "",
    ) -> Run:
        """Queue a reading."""
        rows = await self._connection.execute(
            sa.insert(runs)
            .values(
                source_id=source.id,
                brand_id=source.brand,
                state=RunState.QUEUED,
                seen_at=seen_at,
                upload_id=upload,
                file_name=file_name,
                file_sha256=file_sha256,
                total=total,
                started_by=started_by,
                started_at=seen_at,
                path=path,
            )
            .returning(runs)
        )
        return _run(rows.one())

    async def claim(self, run: RunId, *, now: datetime, lease_until: datetime) -> bool:
        """Take an unfinished run for this worker, in a new epoch.

        False where another holds it or another run of its source, or where it is over. Lock the
        source before.
        """
        taken = await self._connection.execute(
            sa.update(runs)
            .where(
                runs.c.id == run,
                runs.c.state.in_(OPEN),
                sa.or_(runs.c.lease_until.is_(None), runs.c.lease_until <= now),
                ~_being_read(now),
            )
            .values(state=RunState.RUNNING, lease_until=lease_until, epoch=runs.c.epoch + 1)
        )
        return taken.rowcount == 1

    async def hold(self, run: Run) -> bool:
        """Whether the run is still in this epoch and stands where it stood.

        If so, it is kept from other workers until the transaction ends.
        """
        found = await self._connection.scalar(
            sa.select(runs.c.id)
            .where(
                runs.c.id == run.id,
                runs.c.state.in_(OPEN),
                runs.c.epoch == run.epoch,
                runs.c.position == run.position,
            )
            .with_for_update()
        )
        return found is not None

    async def renew(self, run: Run, *, lease_until: datetime) -> bool:
        """Keep the run for this worker a while longer; False where it has lost it."""
        kept = await self._connection.execute(
            sa.update(runs)
            .where(runs.c.id == run.id, runs.c.epoch == run.epoch, runs.c.state.in_(OPEN))
            .values(lease_until=lease_until)
        )
        return kept.rowcount == 1

    async def stumble(self, run: Run, *, failures: int, lease_until: datetime, error: str) -> None:
        """Queue the run again after a mistake of ours; it is left alone until `lease_until`."""
        await self._connection.execute(
            sa.update(runs)
            .where(runs.c.id == run.id, runs.c.epoch == run.epoch, runs.c.state.in_(OPEN))
            .values(state=RunState.QUEUED, failures=failures, lease_until=lease_until, error=error)
        )

    async def watch(self, run: RunId, place: tuple[int, int] | None) -> None:
        """Set the message (chat, id) that shows the run; None where nobody watches any more."""
        chat, message = place or (None, None)
        await self._connection.execute(
            sa.update(runs)
            .where(runs.c.id == run)
            .values(watched_chat=chat, watched_message=message)
        )

    async def watched(self) -> Sequence[Run]:
        """Runs that a message shows, ended or not, oldest first."""
        rows = await self._connection.execute(
            sa.select(runs).where(runs.c.watched_message.is_not(None)).order_by(runs.c.id)
        )
        return [_run(row) for row in rows]

    async def progress(
        self,
        run: RunId,
        *,
        position: int,
        total: int | None,
        counts: RunCounts,
        lease_until: datetime,
        lines: int = 0,
    ) -> None:
        """Set where the run is and add up what it has done; `lines` were kept of the rejected."""
        await self._connection.execute(
            sa.update(runs)
            .where(runs.c.id == run)
            .values(
                position=position,
                total=total,
                lease_until=lease_until,
                lines=runs.c.lines + lines,
                failures=0,
                error="",
                **{name: runs.c[name] + value for name, value in asdict(counts).items()},
            )
        )

    async def finish(self, run: RunId, state: RunState, *, now: datetime, error: str = "") -> None:
        """End a run."""
        await self._connection.execute(
            sa.update(runs)
            .where(runs.c.id == run)
            .values(state=state, finished_at=now, lease_until=None, error=error)
        )

    async def being_synced(self, now: datetime) -> Sequence[Run]:
        """Readings of polled sources that somebody is at."""
        rows = await self._connection.execute(
            sa.select(runs)
            .where(
                runs.c.state == RunState.RUNNING,
                runs.c.lease_until > now,
                runs.c.file_sha256 == "",
            )
            .order_by(runs.c.id)
        )
        return [_run(row) for row in rows]

    async def set_path(self, run: RunId, path: str) -> None:
        """Let the run be read from a file of this machine."""
        await self._connection.execute(sa.update(runs).where(runs.c.id == run).values(path=path))

    async def unfinished(
        self, now: datetime, *, lost_before: datetime
    ) -> Sequence[tuple[BrandId, RunId]]:
        """Runs of files that nobody holds, queued or left by a dead worker, oldest first.

        Those whose source is being read just now are left out. A run whose file only its dead
        worker had is found when it was left before `lost_before`.
        """
        left = sa.func.coalesce(runs.c.lease_until, runs.c.seen_at)
        found = await self._connection.execute(
            sa.select(runs.c.brand_id, runs.c.id)
            .where(
                runs.c.state.in_(OPEN),
                sa.or_(runs.c.lease_until.is_(None), runs.c.lease_until <= now),
                sa.or_(
                    runs.c.upload_id.is_not(None),
                    runs.c.path != "",
                    sa.and_(runs.c.file_sha256 != "", left <= lost_before),
                ),
                ~_being_read(now),
            )
            .order_by(runs.c.id)
        )
        return [(BrandId(row.brand_id), RunId(row.id)) for row in found]

    async def reasons(self, run: RunId) -> Sequence[tuple[str, int]]:
        """How many lines are kept for each reason, the commonest first."""
        count = sa.func.count()
        rows = await self._connection.execute(
            sa.select(rejected_lines.c.reason, count)
            .where(rejected_lines.c.run_id == run)
            .group_by(rejected_lines.c.reason)
            .order_by(count.desc(), rejected_lines.c.reason)
        )
        return [(reason, number) for reason, number in rows]

    async def set_lines_key(self, run: RunId, key: bytes) -> None:
        """The encrypted key under which the run's rejected lines are sealed."""
        await self._connection.execute(
            sa.update(runs).where(runs.c.id == run).values(lines_key=key)
        )

    async def reject(self, run: RunId, lines: Sequence[KeptLine]) -> None:
        """Keep lines that are no orders; a line that is kept already stays."""
        if lines:
            await self._connection.execute(
                insert(self._connection, rejected_lines).on_conflict_do_nothing(),
                [
                    {
                        "run_id": run,
                        "line": line.line,
                        "reason": line.reason,
                        "text": line.text,
                        "text_cipher": line.cipher,
                    }
                    for line in lines
                ],
            )

    async def rejected(
        self, run: RunId, *, after: int = 0, limit: int | None = None
    ) -> Sequence[KeptLine]:
        """Lines of a run that are no orders, in the file's order, from behind line `after` on."""
        rows = await self._connection.execute(
            sa.select(rejected_lines)
            .where(rejected_lines.c.run_id == run, rejected_lines.c.line > after)
            .order_by(rejected_lines.c.line)
            .limit(limit)
        )
        return [
            KeptLine(line=row.line, reason=row.reason, cipher=row.text_cipher, text=row.text)
            for row in rows
        ]

    async def forget_rejected(self, before: datetime, *, limit: int) -> int:
        """Delete lines of a run that ended before; returns how many, at most `limit`."""
        run = await self._connection.scalar(
            sa.select(runs.c.id)
            .where(runs.c.lines > 0, runs.c.finished_at < before)
            .order_by(runs.c.finished_at)
            .limit(1)
        )
        if run is None:
            return 0
        mine = rejected_lines.c.run_id == run
        first = sa.select(rejected_lines.c.line).where(mine).order_by(rejected_lines.c.line)
        gone = await self._connection.execute(
            sa.delete(rejected_lines).where(mine, rejected_lines.c.line.in_(first.limit(limit)))
        )
        if gone.rowcount < limit:
            await self._connection.execute(
                sa.update(runs).where(runs.c.id == run).values(lines=0, lines_key=None)
            )
        return max(1, gone.rowcount)

    async def latest(
        self,
        brand: BrandId | None,
        *,
        after: RunId | None,
        limit: int,
        source: SourceId | None = None,
    ) -> Sequence[tuple[Run, SourceKind]]:
        """Runs, newest first; of every brand where `brand` is None."""
        query = sa.select(runs, sources.c.kind.label("kind")).join(sources)
        if brand is not None:
            query = query.where(runs.c.brand_id == brand)
        if source is not None:
            query = query.where(runs.c.source_id == source)
        if after is not None:
            query = query.where(runs.c.id < after)
        rows = await self._connection.execute(query.order_by(runs.c.id.desc()).limit(limit))
        return [(_run(row), SourceKind(row.kind)) for row in rows]
