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
from core.runs import Run, RunCounts, RunState, Source
from core.sources.base import RejectedLine, SourceKind
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
            )
            .returning(runs)
        )
        return _run(rows.one())

    async def claim(self, run: RunId, *, now: datetime, lease_until: datetime) -> bool:
        """Take an unfinished run for this worker; False where another holds it or it is over."""
        taken = await self._connection.execute(
            sa.update(runs)
            .where(
                runs.c.id == run,
                runs.c.state.in_(OPEN),
                sa.or_(runs.c.lease_until.is_(None), runs.c.lease_until <= now),
            )
            .values(state=RunState.RUNNING, lease_until=lease_until)
        )
        return taken.rowcount == 1

    async def hold(self, run: RunId, *, position: int) -> bool:
        """Whether the run goes on and still stands there; if so it is kept from other workers."""
        found = await self._connection.scalar(
            sa.select(runs.c.id)
            .where(runs.c.id == run, runs.c.state.in_(OPEN), runs.c.position == position)
            .with_for_update()
        )
        return found is not None

    async def renew(self, run: RunId, *, lease_until: datetime) -> None:
        """Keep the run for this worker a while longer."""
        await self._connection.execute(
            sa.update(runs).where(runs.c.id == run).values(lease_until=lease_until)
        )

    async def progress(
        self,
        run: RunId,
        *,
        position: int,
        total: int | None,
        counts: RunCounts,
        lease_until: datetime,
    ) -> None:
        """Set where the run is and add up what it has done."""
        await self._connection.execute(
            sa.update(runs)
            .where(runs.c.id == run)
            .values(
                position=position,
                total=total,
                lease_until=lease_until,
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

    async def unfinished(self, now: datetime, *, queued_before: datetime) -> Sequence[RunId]:
        """Runs of uploaded files that nobody holds: queued for long, or left by a dead worker."""
        found = await self._connection.scalars(
            sa.select(runs.c.id)
            .where(
                runs.c.upload_id.is_not(None),
                sa.or_(
                    sa.and_(runs.c.state == RunState.QUEUED, runs.c.seen_at <= queued_before),
                    sa.and_(runs.c.state == RunState.RUNNING, runs.c.lease_until <= now),
                ),
            )
            .order_by(runs.c.id)
        )
        return [RunId(run) for run in found]

    async def reject(self, run: RunId, lines: Sequence[RejectedLine]) -> None:
        """Keep lines that are no orders; a line that is kept already stays."""
        if lines:
            await self._connection.execute(
                insert(self._connection, rejected_lines).on_conflict_do_nothing(),
                [
                    {"run_id": run, "line": line.line, "reason": line.reason, "text": line.text}
                    for line in lines
                ],
            )

    async def rejected(self, run: RunId) -> Sequence[RejectedLine]:
        """The lines of a run that are no orders, in the file's order."""
        rows = await self._connection.execute(
            sa.select(rejected_lines)
            .where(rejected_lines.c.run_id == run)
            .order_by(rejected_lines.c.line)
        )
        return [RejectedLine(line=row.line, reason=row.reason, text=row.text) for row in rows]

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
