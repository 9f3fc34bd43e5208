"""Imports: an order file of a brand is looked at, confirmed, and reconciled batch by batch."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from core.errors import FileRefused, HeaderChanged, MappingIncomplete, NotFound, SourceBusy
from core.ids import BrandId, RunId, SourceId, UploadId
from core.money import ZERO, Money
from core.notifications import NoteKind, Notification
from core.orders import OrderStatus, Place
from core.parallel import Places
from core.people import Actor, Brand, Locale, Permission
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.preparation import PHONE, Shape, Stretch, joined
from core.runs import Run, RunCounts, RunState, Source, failure, retry_in
from core.sources import files
from core.sources.apart import UNIT_ROWS, HeadStart, Task, read_stretches
from core.sources.base import SourceKind
from core.sources.files import FilePreview
from core.sources.mapping import Mapping
from core.usecases.deadlines import by_creator, note_run
from core.usecases.leases import LEASE, kept, let_go
from core.usecases.order_files import keep_file, of_bytes, opened
from core.usecases.pace import Pace
from core.usecases.reconciliation import reconcile
from core.usecases.rejects import keep_rejected

log: Final = logging.getLogger(__name__)

BATCH_ROWS: Final = 10_000  # that are in memory at once; see Pace
HOPELESS_AFTER: Final = timedelta(days=1)  # in which a mistake of ours may be mended
FOLLOW_SECONDS: Final = 0.5  # between two looks at a run of another process
MAX_UPLOAD: Final = 20 * 1024 * 1024  # bytes: what Telegram hands a bot

PLACE_OF: Final = {
    SourceKind.KASPI_XLSX: Place.KASPI,
    SourceKind.SHOPIFY_CSV: Place.OWN_SHOP,
    SourceKind.TRAFFIC: Place.OZON,
}

Take = Callable[[int], Stretch | None]
Progress = Callable[[Run], Awaitable[None]]
Ended = Callable[[RunId], Awaitable[None]]
Report = Callable[[str, BaseException], Awaitable[None]]
"""Tells the operators of a failure, and where it happened."""

FilePlaces = Places[BrandId, RunId]
"""Where files are taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadView:
    """An uploaded order file, kept, with what was understood of it.

    `place` and `default_status` are what the brand said of the last file of this shape.
    """

    upload: UploadId
    name: str
    preview: FilePreview
    place: Place | None = None
    default_status: OrderStatus | None = None


async def upload_orders(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
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
        sources = await uow.sources.of_brand(brand)
    preview = await asyncio.to_thread(files.inspect, data, name, _mappings(sources))
    upload = await keep_file(
        new_uow,
        clock,
        box,
        brand=brand,
        person=actor.id,
        name=name,
        chunks=of_bytes(data),
        limit=MAX_UPLOAD,
    )
    return _remembered(UploadView(upload=upload, name=name, preview=preview), sources)


async def look_again(
    new_uow: UnitOfWorkFactory,
    box: SecretBox,
    *,
    actor: Actor,
    brand: BrandId,
    upload: UploadId,
    name: str,
    mapping: Mapping | None = None,
    default_status: OrderStatus | None = None,
) -> UploadView:
    """The same file by a corrected mapping; raises NotFound("upload"), FileRefused."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        sources = await uow.sources.of_brand(brand)
    saved = _mappings(sources)
    tried = [mapping] if mapping else saved
    async with opened(new_uow, box, upload) as data:
        preview = await asyncio.to_thread(files.inspect, data, name, tried, default_status)
    preview = replace(preview, saved=preview.saved and preview.mapping in saved)
    return _remembered(UploadView(upload=upload, name=name, preview=preview), sources)


def _mappings(sources: Sequence[Source]) -> list[Mapping]:
    return [Mapping.from_json(source.mapping) for source in sources if source.mapping]


def _remembered(view: UploadView, sources: Sequence[Source]) -> UploadView:
    """With what the brand said of the last file of this shape."""
    drift = view.preview.drift
    shape = drift.since if drift else view.preview.fingerprint
    for source, mapping in reversed([(each, each.mapping) for each in sources if each.mapping]):
        if source.kind is SourceKind.TABLE and Mapping.from_json(mapping).fingerprint == shape:
            said = source.settings.get("default_status")
            status = OrderStatus(said) if said else None
            return replace(view, place=source.place, default_status=status)
    return view


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
    questions. Raises MappingIncomplete, NotFound("upload").
    """
    actor.demand_brand(brand)
    if kind is SourceKind.TABLE:
        _demand_complete(mapping, default_status)
    async with new_uow() as uow:
        digest = await uow.uploads.confirm(upload, now=clock())
        source = await _source(uow, clock, brand, kind, place, mapping, default_status)
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
    return await uow.sources.ensure(
        brand,
        kind,
        PLACE_OF.get(kind, place),
        # A shop's own export is one source, whatever columns the next version of it has.
        fingerprint=mapping.fingerprint if mapping and kind is SourceKind.TABLE else "",
        mapping=mapping.to_json() if mapping else None,
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
    alone: bool = False,
    head_start: HeadStart | None = None,
) -> Run:
    """Reconcile a queued or interrupted run to its end, from where it stands.

    `alone` says that nobody is answered from this database meanwhile: see `Pace`. `head_start` is
    what `queue_file` was given for the same file.

    Each batch and the position behind it are one transaction: a killed process loses and doubles
    nothing, the next worker goes on there once the lease is over. A worker that is alive keeps its
    lease; one that lost it all the same finds another epoch, and writes nothing. Whoever started
    the run gets a note of its end, unless a message shows it. A file that cannot be read ends the
    run as FAILED; after a mistake of ours, which is raised, it is queued again for later, for a day
    in which the program may be mended. Raises SourceBusy where another worker has the run, or reads
    its source.
    """
    current: Run | None = None
    try:
        async with new_uow(background=True) as uow:
            now = clock()
            await uow.sources.lock((await uow.runs.get(run)).source)
            if not await uow.runs.claim(run, now=now, lease_until=now + LEASE):
                raise SourceBusy
            current = await uow.runs.get(run)
            source = await uow.sources.get(current.source)
            shape = uow.orders.shape
            await uow.commit()
        async with (
            kept(new_uow, clock, current) as lease,
            _content(new_uow, box, current, data) as content,
            _reading(_task(box, shape, source, current, content, head_start), head_start) as take,
        ):
            pace = Pace(BATCH_ROWS, alone=alone)
            while stretch := await asyncio.to_thread(take, pace.rows):
                current = await _store(new_uow, clock, box, source, current, stretch, take, pace)
                lease.beat()
                if progress:
                    await progress(current)
        return await _end(new_uow, clock, current, RunState.DONE)
    except asyncio.CancelledError:
        # The program is being stopped: the next one need not wait for the end of the lease.
        if current is not None:
            await asyncio.shield(let_go(new_uow, clock, current))
        raise
    except SourceBusy:
        raise
    except Exception as error:
        if current is None:
            raise
        match error:
            case FileRefused():
                refused = error
            case MappingIncomplete():
                refused = FileRefused("no_header", detail=", ".join(error.missing))
            case _:
                await _stumbled(new_uow, clock, current)
                raise
        return await _end(new_uow, clock, current, RunState.FAILED, refused=refused)


@asynccontextmanager
async def _content(
    new_uow: UnitOfWorkFactory, box: SecretBox, run: Run, given: bytes | Path | None
) -> AsyncIterator[bytes | Path]:
    """The run's file; raises FileRefused("gone") where it is not there any more."""
    if given is not None:
        yield given
    elif run.path:
        path = Path(run.path)
        try:
            digest = await asyncio.to_thread(_digest, path)
        except OSError:
            digest = ""
        if digest != run.file_sha256:
            raise FileRefused("gone")
        yield path
    elif run.upload is None:
        raise FileRefused("gone")
    else:
        async with AsyncExitStack() as closing:
            try:
                stored = await closing.enter_async_context(opened(new_uow, box, run.upload))
            except NotFound:
                raise FileRefused("gone") from None
            yield stored


def _task(
    box: SecretBox,
    shape: Shape,
    source: Source,
    run: Run,
    data: bytes | Path,
    head_start: HeadStart | None,
) -> Task:
    status = source.settings.get("default_status")
    return Task(
        data=data,
        name=run.file_name,
        kind=source.kind,
        mapping=Mapping.from_json(source.mapping) if source.mapping else None,
        default_status=OrderStatus(status) if status else None,
        start=run.position,
        unit_rows=min(UNIT_ROWS, BATCH_ROWS),
        seen_at=run.seen_at,
        digest=box.digester(PHONE),
        shape=shape,
        surveyed=head_start.surveyed if head_start else None,
    )


@asynccontextmanager
async def _reading(task: Task, head_start: HeadStart | None) -> AsyncIterator[Take]:
    """Yields what takes so many rows of the file, or what is left of it; call it in a thread."""
    stretches = read_stretches(task, head_start=head_start)
    at_work = threading.Lock()  # a generator that is being read cannot be closed

    def take(rows: int) -> Stretch | None:
        taken: list[Stretch] = []
        with at_work:
            while rows > 0 and (stretch := next(stretches, None)):
                taken.append(stretch)
                rows -= len(stretch.keys) + len(stretch.rejected)
        return joined(taken) if taken else None

    def close() -> None:
        with at_work:
            stretches.close()

    try:
        yield take
    except asyncio.CancelledError:
        # Whoever stops the program does not wait for what is being read just now.
        asyncio.get_running_loop().run_in_executor(None, close)
        raise
    except BaseException:
        await asyncio.to_thread(close)
        raise
    await asyncio.to_thread(close)


async def _store(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    source: Source,
    run: Run,
    stretch: Stretch,
    take: Take,
    pace: Pace,
) -> Run:
    """One transaction: a stretch of the file, and what more of it fits in."""
    async with new_uow(background=True) as uow:
        began = time.monotonic()
        if not await uow.runs.hold(run):
            raise SourceBusy  # this worker was silent for so long that another one took over
        run = await _take_in(uow, clock, box, source, run, stretch)
        try:
            while pace.goes_on(time.monotonic() - began):
                if (more := await asyncio.to_thread(take, pace.rows)) is None:
                    break
                run = await _take_in(uow, clock, box, source, run, more)
        except (FileRefused, MappingIncomplete):
            await uow.commit()  # what came before the damage stays
            raise
        await uow.commit()
        seconds = time.monotonic() - began
        pace.learn(len(stretch.keys), seconds, awaited=uow.awaited)
    return run


async def _take_in(
    uow: UnitOfWork, clock: Clock, box: SecretBox, source: Source, run: Run, stretch: Stretch
) -> Run:
    """Bring a stretch into the books, and the run behind it."""
    now = clock()
    done = await reconcile(uow, source=source, run=run, stretch=stretch, now=now)
    rejected = sorted([*stretch.rejected, *done.rejected], key=lambda each: each.line)
    lines = await keep_rejected(uow, box, run, rejected)
    broken = len(stretch.rejected)
    counts = done.counts.plus(RunCounts(rows=broken, rejected=broken))
    await uow.runs.progress(
        run.id,
        position=stretch.position,
        total=stretch.total,
        counts=counts,
        lease_until=now + LEASE,
        lines=lines,
    )
    return await uow.runs.get(run.id)


async def _end(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    run: Run,
    state: RunState,
    *,
    refused: FileRefused | None = None,
) -> Run:
    """End a run: creators hear what it brought, and the file with its buyers' data is let go."""
    async with new_uow(background=True) as uow:
        if not await uow.runs.hold(run):
            raise SourceBusy
        now = clock()
        error = "" if refused is None else failure(refused.reason, refused.line)
        await uow.runs.finish(run.id, state, now=now, error=error)
        await uow.claims.look_again(run.brand)
        await tell_creators(uow, run, clock)
        ended = await uow.runs.get(run.id)
        if ended.watched is None:
            await _tell_starter(uow, clock, run, refused)
        if run.upload is not None:
            await uow.uploads.drop(run.upload)
        await uow.commit()
    return ended


async def _tell_starter(
    uow: UnitOfWork, clock: Clock, run: Run, refused: FileRefused | None
) -> None:
    if run.started_by is None:
        return
    facts: dict[str, Any] = {"run": run.id, "file": run.file_name}
    if refused is not None:
        facts |= {"reason": refused.reason, "line": refused.line, "detail": refused.detail}
    note = Notification(
        person=run.started_by,
        kind=NoteKind.RUN_DONE if refused is None else NoteKind.RUN_FAILED,
        key=f"run:{run.id}:{'done' if refused is None else 'failed'}",
        facts=facts,
    )
    await uow.outbox.add([note], now=clock())


async def tell_creators(uow: UnitOfWork, run: Run, clock: Clock) -> None:
    """Keep what an ended run brought; one message per creator, whatever the number of orders."""
    news = await uow.orders.news_of(run.id)
    await note_run(uow, run.id, news, clock())
    brand = await uow.brands.get(run.brand)
    await uow.outbox.add(
        [
            Notification(
                person=creator,
                kind=NoteKind.ORDERS_NEWS,
                key=f"run:{run.id}:news:{creator}",
                facts={
                    "brand": brand.name,
                    "waiting": sum(each.waiting for each in own),
                    "approved": sum(each.approved for each in own),
                    "lost": sum(each.lost for each in own),
                    "amount_minor": sum(each.amount.minor for each in own),
                },
            )
            for creator, own in by_creator(news).items()
        ],
        now=clock(),
    )


async def resume_runs(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    *,
    places: FilePlaces | None = None,
    ended: Ended | None = None,
    report: Report | None = None,
) -> int:
    """Take in files that are queued or whose worker died; returns how many came to an end.

    Several brands' files at once, of one brand one after the other. A file on which the program
    itself fails does not hold up the others: it waits ever longer and is given up after a day.
    `ended` is called after each end; `report` hears of a mistake of ours when it is met first.
    """

    async def find() -> Sequence[tuple[BrandId, RunId]]:
        async with new_uow(read_only=True) as uow:
            now = clock()
            return await uow.runs.unfinished(now, lost_before=now - HOPELESS_AFTER)

    async def take_in(run: RunId) -> bool | None:
        try:
            await execute_run(new_uow, clock, box, run=run)
        except SourceBusy:
            return None
        except Exception as error:
            await _tell_mistake(new_uow, run, error, report)
            return False
        if ended:
            await ended(run)
        return True

    return await (places or FilePlaces()).work(find, take_in)


async def _stumbled(new_uow: UnitOfWorkFactory, clock: Clock, run: Run) -> None:
    """After a mistake of ours: the run waits for a better program, or is given up."""
    if clock() - run.seen_at > HOPELESS_AFTER:
        with suppress(SourceBusy):
            await _end(new_uow, clock, run, RunState.FAILED, refused=FileRefused("internal"))
        return
    async with new_uow(background=True) as uow:
        failures = (await uow.runs.get(run.id)).failures + 1
        wait = retry_in(failures, None, random.random())  # noqa: S311 - only spreads retries
        await uow.runs.stumble(
            run, failures=failures, lease_until=clock() + wait, error=failure("internal")
        )
        await uow.commit()


async def _tell_mistake(
    new_uow: UnitOfWorkFactory, run_id: RunId, error: Exception, report: Report | None
) -> None:
    """The log has a mistake once, not at every try."""
    async with new_uow(read_only=True) as uow:
        run = await uow.runs.get(run_id)
    first = run.failures <= 1 and run.is_open
    log.error(
        "run=%d failed (%s, %d times)",
        run.id,
        type(error).__name__,
        run.failures,
        exc_info=error if first else None,
    )
    if first and report:
        await report(f"run {run.id}", error)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as people are shown it.

    `commissions` are those that it was the last to change, with what they come to together, and of
    how many creators. `starter` is the name of whoever sent the file, "" where nobody did.
    """

    run: Run
    source: Source
    brand: Brand
    starter: str = ""
    creators: int = 0
    commissions: int = 0
    earned: Money = ZERO


async def run_card(new_uow: UnitOfWorkFactory, *, actor: Actor, run: RunId) -> RunView:
    """One run for the brand's managers and the staff."""
    async with new_uow(read_only=True) as uow:
        return await _view(uow, await _demanded(uow, actor, run))


async def _view(uow: UnitOfWork, run: Run) -> RunView:
    news = await uow.orders.news_of(run.id)
    people = await uow.people.many([run.started_by]) if run.started_by else {}
    return RunView(
        run=run,
        source=await uow.sources.get(run.source),
        brand=await uow.brands.get(run.brand),
        starter=people[run.started_by].name if run.started_by in people else "",
        creators=len(by_creator(news)),
        commissions=sum(each.waiting + each.approved + each.lost for each in news),
        earned=sum((each.amount for each in news), ZERO),
    )


async def watch_run(
    new_uow: UnitOfWorkFactory, *, actor: Actor, run: RunId, place: tuple[int, int]
) -> None:
    """Let a message (chat, id) show how far the run comes and how it ends."""
    async with new_uow() as uow:
        await _demanded(uow, actor, run)
        await uow.runs.watch(run, place)
        await uow.commit()


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedRun:
    """A run that a message shows; `card` is there once it has ended, `locale` the reader's."""

    run: Run
    locale: str
    card: RunView | None


async def watched_runs(new_uow: UnitOfWorkFactory) -> list[WatchedRun]:
    """Runs whose progress somebody watches; who may not see a run any more watches it no longer."""
    watched, lost = [], []
    async with new_uow(read_only=True) as uow:
        runs = await uow.runs.watched()
        starters = [run.started_by for run in runs if run.started_by]
        people = await uow.people.many(starters) if starters else {}
        for run in runs:
            person = people.get(run.started_by) if run.started_by else None
            if person is not None and person.id in await uow.brands.managers(run.brand):
                card = None if run.is_open else await _view(uow, run)
                locale = person.locale or Locale.KK
                watched.append(WatchedRun(run=run, locale=locale, card=card))
            else:
                lost.append(run.id)
    if lost:
        async with new_uow() as uow:
            for number in lost:
                await uow.runs.watch(number, None)
            await uow.commit()
    return watched


async def stop_watching(
    new_uow: UnitOfWorkFactory, clock: Clock, *, run: RunId, shown: bool
) -> None:
    """The end of a run was shown; where that failed, whoever started it gets a note of it."""
    async with new_uow() as uow:
        ended = await uow.runs.get(run)
        if ended.watched is None:
            return
        await uow.runs.watch(run, None)
        if not shown:
            reason, line = ended.trouble
            await _tell_starter(
                uow, clock, ended, FileRefused(reason, line=line) if reason else None
            )
        await uow.commit()


async def _demanded(uow: UnitOfWork, actor: Actor, run: RunId) -> Run:
    found = await uow.runs.get(run)
    if not actor.may(Permission.MODERATION):
        actor.demand_brand(found.brand)
    return found


async def latest_runs(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    brand: BrandId | None,
    after: RunId | None,
    limit: int,
    source: SourceId | None = None,
) -> list[tuple[Run, SourceKind]]:
    """Runs, newest first: of one brand for its managers, of all for the staff."""
    if brand is None:
        actor.demand(Permission.MODERATION)
    elif not actor.may(Permission.MODERATION):
        actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        return list(await uow.runs.latest(brand, after=after, limit=limit, source=source))


async def queue_file(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    brand: BrandId,
    path: Path,
    kind: SourceKind | None,
    place: Place,
    default_status: OrderStatus | None,
    hand_over: bool = False,
    upload: UploadId | None = None,
    head_start: HeadStart | None = None,
) -> Run:
    """Queue a file of this machine by its whole path; its unfinished run is found again.

    Where it is handed over, the running program takes it in from where it lies, or from storage
    (`upload`); else the caller executes the run. The mapping is the saved one or, where the header
    says enough, the guessed one. Raises FileRefused, MappingIncomplete, HeaderChanged where a
    confirmed column is no longer in the file: only people can tell what took its place.
    """
    async with new_uow(read_only=True) as uow:
        await uow.brands.get(brand)
        saved = _mappings(await uow.sources.of_brand(brand))
    (preview, surveyed), digest = await asyncio.gather(
        asyncio.to_thread(files.look, path, path.name, saved, default_status),
        asyncio.to_thread(_digest, path),
    )
    if head_start:
        head_start.surveyed = surveyed
    if preview.drift and preview.drift.lost:
        raise HeaderChanged(tuple(each.was for each in preview.drift.lost))
    kind = kind or preview.kind
    mapping = preview.mapping
    if kind is SourceKind.TABLE:
        _demand_complete(mapping, default_status)
    async with new_uow() as uow:
        source = await _source(uow, clock, brand, kind, place, mapping, default_status)
        run = await uow.runs.open_with(source.id, digest)
        if run is None:
            run = await uow.runs.add(
                source,
                seen_at=clock(),
                upload=upload,
                file_name=path.name,
                file_sha256=digest,
                total=preview.rows,
                started_by=None,
                path=str(path) if hand_over and upload is None else "",
            )
        elif hand_over and run.upload is None:
            await uow.runs.set_path(run.id, str(path))
        await uow.commit()
    return run


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
    alone: bool = False,
) -> Run:
    """Import a file from the command line; an interrupted import of the same file goes on.

    `alone` as for `execute_run`. Raises what `queue_file` raises, and SourceBusy.
    """
    async with beginning(new_uow, path) as head_start:
        run = await queue_file(
            new_uow,
            clock,
            brand=brand,
            path=path,
            kind=kind,
            place=place,
            default_status=default_status,
            head_start=head_start,
        )
        return await execute_run(
            new_uow,
            clock,
            box,
            run=run.id,
            data=path,
            progress=progress,
            alone=alone,
            head_start=head_start,
        )


@asynccontextmanager
async def beginning(new_uow: UnitOfWorkFactory, path: Path) -> AsyncIterator[HeadStart]:
    """A head start for whoever queues a file and executes its run in one go."""
    async with new_uow(read_only=True) as uow:
        shape = uow.orders.shape
    head_start = await asyncio.to_thread(HeadStart, path, shape)
    try:
        yield head_start
    finally:
        head_start.close()


async def follow_run(
    new_uow: UnitOfWorkFactory,
    *,
    run: RunId,
    goes_on: Callable[[], bool],
    pause: Callable[[float], Awaitable[None]],
    progress: Progress | None = None,
) -> Run:
    """Watch a run that another process works on, to its end or for as long as that `goes_on`.

    A mistake of the program is an end too: the next try may be an hour away.
    """
    while True:
        alive = goes_on()
        async with new_uow(read_only=True) as uow:
            current = await uow.runs.get(run)
        if progress:
            await progress(current)
        if not current.is_open or current.failures or not alive:
            return current
        await pause(FOLLOW_SECONDS)


def _digest(data: bytes | Path) -> str:
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    with data.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
