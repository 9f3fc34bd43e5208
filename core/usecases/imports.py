"""Imports: an order file of a brand is looked at, confirmed, and reconciled batch by batch."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.errors import FileRefused, MappingIncomplete, SourceBusy
from core.ids import BrandId, RunId, UploadId
from core.notifications import NoteKind, Notification
from core.orders import ALMATY, OrderStatus, Place
from core.people import Actor, Permission
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.runs import Run, RunCounts, RunState, Source
from core.sources import files
from core.sources.base import Batch, RejectedLine, SourceKind
from core.sources.files import FilePreview
from core.sources.mapping import Mapping
from core.usecases.reconciliation import reconcile

BATCH_ROWS = 1_000  # what one transaction takes: a person's tap waits for one batch at most
LEASE = timedelta(minutes=2)  # a worker that has not reported for so long is taken for dead
MAX_UPLOAD = 20 * 1024 * 1024  # bytes: what Telegram hands a bot

PLACE_OF = {SourceKind.KASPI_XLSX: Place.KASPI, SourceKind.SHOPIFY_CSV: Place.OWN_SHOP}

Progress = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadView:
    """An uploaded order file, kept, with what was understood of it."""

    upload: UploadId
    name: str
    preview: FilePreview


async def upload_orders(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    brand: BrandId,
    name: str,
    data: bytes,
) -> UploadView:
    """Keep a file and show how it would be read; nothing is imported yet.

    Raises FileRefused where it is no table of orders.
    """
    actor.demand_brand(brand)
    if len(data) > MAX_UPLOAD:
        raise FileRefused("too_big")
    async with new_uow(read_only=True) as uow:
        saved = await _mappings(uow, brand)
    preview = await asyncio.to_thread(files.inspect, data, name, saved)
    async with new_uow() as uow:
        upload = await uow.uploads.put(
            name, data, sha256=hashlib.sha256(data).hexdigest(), now=clock()
        )
        await uow.commit()
    return UploadView(upload=upload, name=name, preview=preview)


async def look_again(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    brand: BrandId,
    upload: UploadId,
    name: str,
    mapping: Mapping | None = None,
) -> UploadView:
    """The same file read with a corrected column mapping."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        saved = [mapping] if mapping else await _mappings(uow, brand)
        _, data = await uow.uploads.get(upload)
    preview = await asyncio.to_thread(files.inspect, data, name, saved)
    return UploadView(upload=upload, name=name, preview=preview)


async def _mappings(uow: UnitOfWork, brand: BrandId) -> list[Mapping]:
    return [
        Mapping.from_json(source.mapping)
        for source in await uow.sources.of_brand(brand)
        if source.mapping
    ]


async def start_import(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    brand: BrandId,
    upload: UploadId,
    name: str,
    kind: SourceKind,
    place: Place,
    mapping: Mapping | None,
    default_status: OrderStatus | None,
    total: int | None,
) -> Run:
    """Queue the reconciliation of an uploaded file; a second tap finds the same run.

    The mapping is saved with the brand's source, so that the next file of this shape needs no
    questions. Raises MappingIncomplete.
    """
    actor.demand_brand(brand)
    if kind is SourceKind.TABLE:
        _demand_complete(mapping, default_status)
    async with new_uow() as uow:
        _, data = await uow.uploads.get(upload)
        source = await _source(uow, clock, brand, kind, place, mapping, default_status)
        digest = hashlib.sha256(data).hexdigest()
        run = await uow.runs.open_with(source.id, digest)
        if run is None:
            run = await uow.runs.add(
                source,
                seen_at=clock(),
                upload=upload,
                file_name=name,
                file_sha256=digest,
                total=total,
                started_by=actor.id,
            )
        await uow.commit()
    return run


def _demand_complete(mapping: Mapping | None, default_status: OrderStatus | None) -> None:
    if missing := (mapping or Mapping()).missing(default_status):
        raise MappingIncomplete(missing)


async def _source(
    uow: UnitOfWork,
    clock: Clock,
    brand: BrandId,
    kind: SourceKind,
    place: Place,
    mapping: Mapping | None,
    default_status: OrderStatus | None,
) -> Source:
    settings: dict[str, Any] = {}
    if default_status is not None:
        settings["default_status"] = default_status.value
    is_table = kind is SourceKind.TABLE and mapping is not None
    return await uow.sources.ensure(
        brand,
        kind,
        PLACE_OF.get(kind, place),
        fingerprint=mapping.fingerprint if is_table and mapping else "",
        mapping=mapping.to_json() if is_table and mapping else None,
        settings=settings,
        now=clock(),
    )


async def execute_run(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    *,
    run: RunId,
    data: bytes | Path | None = None,
    progress: Progress | None = None,
) -> Run:
    """Reconcile a queued or interrupted run to its end, from where it stands.

    Each batch and the position behind it are one transaction: a killed process loses and doubles
    nothing, the next worker goes on there once the lease is over. Raises SourceBusy where another
    worker has the run.
    """
    async with new_uow(background=True) as uow:
        now = clock()
        if not await uow.runs.claim(run, now=now, lease_until=now + LEASE):
            raise SourceBusy
        current = await uow.runs.get(run)
        source = await uow.sources.get(current.source)
        name = current.file_name
        if data is None:
            assert current.upload is not None
            name, data = await uow.uploads.get(current.upload)
        await uow.commit()
    try:
        batches = await asyncio.to_thread(_open, source, current, name, data)
        while batch := await asyncio.to_thread(next, batches, None):
            current = await _store(new_uow, clock, box, source, current, batch)
            if progress:
                await progress(current)
    except FileRefused as error:
        return await _fail(new_uow, clock, current, error)
    return await _finish(new_uow, clock, current)


def _open(source: Source, run: Run, name: str, data: bytes | Path) -> Iterator[Batch]:
    status = source.settings.get("default_status")
    return files.read(
        data,
        name,
        kind=source.kind,
        mapping=Mapping.from_json(source.mapping) if source.mapping else None,
        zone=ALMATY,
        default_status=OrderStatus(status) if status else None,
        start=run.position,
        batch_rows=BATCH_ROWS,
    )


async def _store(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    source: Source,
    run: Run,
    batch: Batch,
) -> Run:
    async with new_uow(background=True) as uow:
        now = clock()
        counts = await reconcile(uow, box, source=source, run=run, orders=batch.orders, now=now)
        await uow.runs.reject(run.id, batch.rejected)
        counts = counts.plus(RunCounts(rows=len(batch.rejected), rejected=len(batch.rejected)))
        await uow.runs.progress(
            run.id,
            position=batch.position,
            total=batch.total,
            counts=counts,
            lease_until=now + LEASE,
        )
        stored = await uow.runs.get(run.id)
        await uow.commit()
    return stored


async def _fail(new_uow: UnitOfWorkFactory, clock: Clock, run: Run, error: FileRefused) -> Run:
    async with new_uow() as uow:
        now = clock()
        await uow.runs.finish(run.id, RunState.FAILED, now=now, error=error.reason)
        if run.started_by is not None:
            await uow.outbox.add(
                [
                    Notification(
                        person=run.started_by,
                        kind=NoteKind.RUN_FAILED,
                        key=f"run:{run.id}:failed",
                        facts={
                            "run": run.id,
                            "file": run.file_name,
                            "reason": error.reason,
                            "line": error.line,
                            "detail": error.detail,
                        },
                    )
                ],
                now=now,
            )
        failed = await uow.runs.get(run.id)
        await uow.commit()
    return failed


async def _finish(new_uow: UnitOfWorkFactory, clock: Clock, run: Run) -> Run:
    async with new_uow(background=True) as uow:
        now = clock()
        await uow.runs.finish(run.id, RunState.DONE, now=now)
        await tell_creators(uow, run, clock)
        if run.started_by is not None:
            await uow.outbox.add(
                [
                    Notification(
                        person=run.started_by,
                        kind=NoteKind.RUN_DONE,
                        key=f"run:{run.id}:done",
                        facts={"run": run.id, "file": run.file_name},
                    )
                ],
                now=now,
            )
        done = await uow.runs.get(run.id)
        await uow.commit()
    return done


async def tell_creators(uow: UnitOfWork, run: Run, clock: Clock) -> None:
    """One message per creator and run, whatever the number of orders."""
    brand = await uow.brands.get(run.brand)
    await uow.outbox.add(
        [
            Notification(
                person=news.creator,
                kind=NoteKind.ORDERS_NEWS,
                key=f"run:{run.id}:news:{news.creator}",
                facts={
                    "brand": brand.name,
                    "waiting": news.waiting,
                    "approved": news.approved,
                    "lost": news.lost,
                    "amount_minor": news.earned.minor,
                },
            )
            for news in await uow.orders.news_of(run.id)
        ],
        now=clock(),
    )


async def resume_runs(new_uow: UnitOfWorkFactory, clock: Clock, box: SecretBox) -> int:
    """Go on with files that are queued or whose worker died; returns how many were finished."""
    async with new_uow(read_only=True) as uow:
        waiting = await uow.runs.unfinished(clock())
    finished = 0
    for run in waiting:
        try:
            await execute_run(new_uow, clock, box, run=run)
            finished += 1
        except SourceBusy:
            continue
    return finished


async def run_card(new_uow: UnitOfWorkFactory, *, actor: Actor, run: RunId) -> tuple[Run, Source]:
    """One run for the brand's managers and the staff."""
    async with new_uow(read_only=True) as uow:
        found = await uow.runs.get(run)
        if not actor.may(Permission.MODERATION):
            actor.demand_brand(found.brand)
        return found, await uow.sources.get(found.source)


async def rejected_lines(
    new_uow: UnitOfWorkFactory, *, actor: Actor, run: RunId
) -> list[RejectedLine]:
    """The lines of a run that were no orders, each with its reason."""
    async with new_uow(read_only=True) as uow:
        found = await uow.runs.get(run)
        if not actor.may(Permission.MODERATION):
            actor.demand_brand(found.brand)
        return list(await uow.runs.rejected(run))


async def latest_runs(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    brand: BrandId | None,
    after: RunId | None,
    limit: int,
) -> list[tuple[Run, SourceKind]]:
    """Runs, newest first: of one brand for its managers, of all for the staff."""
    if brand is None:
        actor.demand(Permission.MODERATION)
    elif not actor.may(Permission.MODERATION):
        actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        return list(await uow.runs.latest(brand, after=after, limit=limit))


async def import_file(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    *,
    brand: BrandId,
    path: Path,
    kind: SourceKind | None,
    place: Place,
    default_status: OrderStatus | None,
    progress: Progress | None = None,
) -> Run:
    """Import a file from the command line; an interrupted import of the same file goes on.

    The mapping is the saved one or, where the header says enough, the guessed one. Raises
    FileRefused, MappingIncomplete, SourceBusy.
    """
    async with new_uow(read_only=True) as uow:
        await uow.brands.get(brand)
        saved = await _mappings(uow, brand)
    preview = await asyncio.to_thread(files.inspect, path, path.name, saved)
    kind = kind or preview.kind
    mapping = preview.mapping if kind is SourceKind.TABLE else None
    if kind is SourceKind.TABLE:
        _demand_complete(mapping, default_status)
    digest = await asyncio.to_thread(_digest, path)
    async with new_uow() as uow:
        source = await _source(uow, clock, brand, kind, place, mapping, default_status)
        run = await uow.runs.open_with(source.id, digest)
        if run is None:
            run = await uow.runs.add(
                source,
                seen_at=clock(),
                upload=None,
                file_name=path.name,
                file_sha256=digest,
                total=preview.rows,
                started_by=None,
            )
        await uow.commit()
    return await execute_run(new_uow, clock, box, run=run.id, data=path, progress=progress)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
