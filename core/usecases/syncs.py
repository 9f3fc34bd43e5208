"""Polled sources: connected by staff, read on a schedule, paused when they refuse."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from core.errors import NotFound, SourceBusy, SourceUnavailable
from core.fetch import Fetch
from core.ids import BrandId, RunId, SourceId
from core.notifications import NoteKind, Notification
from core.orders import Place
from core.parallel import Places
from core.people import Actor, Brand, Permission
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.runs import Run, RunCounts, RunState, Source, SourceState, SourceTally, failure, retry_in
from core.sources import kaspi_api
from core.sources.base import Batch, SourceKind
from core.sources.kaspi_api import KaspiSettings, Known, Page, Pause
from core.usecases.imports import FOLLOW_SECONDS, Progress, Report, tell_creators
from core.usecases.leases import LEASE, kept, let_go
from core.usecases.reconciliation import reconcile, stretch_of
from core.usecases.rejects import keep_rejected

log: Final = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=10)  # a public connector's cadence, far within Kaspi's limits
PAGE_SECONDS: Final = 170.0  # all tries of one request take less
TURN_SECONDS: Final = 600.0  # then others have their turn; the sweep goes on where it stands
MAX_FAILURES: Final = 8  # in a row, about two hours with the backoff, before a source is paused
PROBE_EVERY: Final = timedelta(hours=6)  # whether a system that was out of order works again
FOLLOW_MAX: Final = 500  # orders followed by number in one sweep: some four minutes a day
HOPELESS: Final = frozenset({"unauthorized", "forbidden", "address"})  # a retry will not help
INTERNAL: Final = "internal"  # a mistake of ours: nobody but us can do anything

AT_ONCE: Final = 8  # sources: they mostly wait for their shops

SourcePlaces = Places[SourceId, SourceId]
"""Where sources are read."""


def source_places() -> SourcePlaces:
    """As many places as sources are read at once."""
    return SourcePlaces(AT_ONCE)


async def connect_kaspi(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    fetch: Fetch,
    *,
    actor: Actor,
    brand: BrandId,
    token: str,
    base_url: str,
) -> Source:
    """Try a merchant's token and keep it encrypted; the next sync is due at once.

    Staff connect a shop, the brand's managers renew its token. Raises SourceUnavailable with the
    reason where the token does not work.
    """
    await shop_to_connect(new_uow, actor=actor, brand=brand)
    await kaspi_api.check(fetch, KaspiSettings(base_url=base_url, token=token))
    async with new_uow() as uow:
        now = clock()
        source = await uow.sources.ensure(
            brand,
            SourceKind.KASPI_API,
            Place.KASPI,
            fingerprint="",
            mapping=None,
            settings={"base_url": base_url},
            now=now,
        )
        await uow.sources.set_secret(source.id, box.encrypt(token))
        await uow.sources.save_sync(
            source.id,
            cursor=source.cursor,
            state=SourceState.ACTIVE,
            next_sync_at=now,
            failures=0,
            last_error="",
        )
        await uow.audit.write(actor.id, "source.connected", "source", source.id, now=now)
        connected = await uow.sources.get(source.id)
        await uow.commit()
    return connected


async def shop_to_connect(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId
) -> tuple[Brand, Source | None]:
    """The brand whose Kaspi shop is connected, or connected anew, and the source if there is one.

    Raises NotAllowed.
    """
    async with new_uow(read_only=True) as uow:
        found = await uow.brands.get(brand)
        sources = await uow.sources.of_brand(brand)
    source = next((one for one in sources if one.kind is SourceKind.KASPI_API), None)
    if source is None or not actor.manages(brand):
        actor.demand(Permission.MODERATION)
    return found, source


async def connection_of(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId
) -> Source | None:
    """The brand's shop that is read by itself, for its managers."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        sources = await uow.sources.of_brand(brand)
    return next((one for one in sources if one.kind is SourceKind.KASPI_API), None)


async def set_source_state(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, source: SourceId, state: SourceState
) -> Source:
    """Pause a source, which staff do, or set it going again at once, as its brand may too."""
    async with new_uow() as uow:
        now = clock()
        found = await uow.sources.get(source)
        if state is SourceState.PAUSED or not actor.manages(found.brand):
            actor.demand(Permission.MODERATION)
        goes_on = state is SourceState.ACTIVE and found.kind is SourceKind.KASPI_API
        await uow.sources.save_sync(
            source,
            cursor=found.cursor,
            state=state,
            next_sync_at=now if goes_on else None,
            failures=0,
            last_error=found.last_error if state is SourceState.PAUSED else "",
        )
        await uow.audit.write(actor.id, f"source.{state}", "source", source, now=now)
        changed = await uow.sources.get(source)
        await uow.commit()
    return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source with the brand that it belongs to."""

    source: Source
    brand: Brand
    last: Run | None = None  # its latest reading, finished or not


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    """Sources of every brand; `following` is the id behind which the next page begins."""

    views: Sequence[SourceView]
    tally: SourceTally
    following: SourceId | None


async def all_sources(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    after: SourceId | None = None,
    limit: int = 8,
    troubled: bool = False,
) -> SourcePage:
    """Sources of every brand, or those that are paused or fail, for the staff."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        found = await uow.sources.everywhere(after=after, limit=limit + 1, troubled=troubled)
        brands = await uow.brands.many(sorted({source.brand for source in found}))
        last = await uow.runs.last_of([source.id for source in found])
        tally = await uow.sources.tally()
    views = [
        SourceView(source=source, brand=brands[source.brand], last=last.get(source.id))
        for source in found[:limit]
    ]
    return SourcePage(
        views=views, tally=tally, following=found[limit - 1].id if len(found) > limit else None
    )


async def source_card(new_uow: UnitOfWorkFactory, *, actor: Actor, source: SourceId) -> SourceView:
    """One source, for the staff and the brand's managers."""
    async with new_uow(read_only=True) as uow:
        found = await uow.sources.get(source)
        if not actor.may(Permission.MODERATION):
            actor.demand_brand(found.brand)
        last = await uow.runs.last_of([source])
        return SourceView(
            source=found, brand=await uow.brands.get(found.brand), last=last.get(source)
        )


async def sync_due_sources(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    fetch: Fetch,
    pause: Pause,
    *,
    places: SourcePlaces | None = None,
    report: Report | None = None,
    progress: Progress | None = None,
) -> int:
    """Read every polled source whose time has come, several at once; returns how many were read.

    One that fails, or does not answer, holds up no other. `report` hears of a mistake of ours when
    it is met first.
    """

    async def find() -> Sequence[tuple[SourceId, SourceId]]:
        async with new_uow(read_only=True) as uow:
            return [(source.id, source.id) for source in await uow.sources.due(clock())]

    async def read(source: SourceId) -> bool | None:
        try:
            await sync_source(new_uow, clock, box, fetch, pause, source=source, progress=progress)
        except (SourceBusy, NotFound):
            return None
        except SourceUnavailable:
            return False  # noted with the source; its next try is scheduled
        except Exception as error:
            async with new_uow(read_only=True) as uow:
                known = await uow.sources.get(source)
            first = known.failures <= 1 or known.last_error != INTERNAL
            log.error(
                "source=%d could not be read (%s, %d times)",
                source,
                type(error).__name__,
                known.failures,
                exc_info=error if first else None,
            )
            if first and report:
                await report(f"source {source}", error)
            # It waits for its next try, unless not even that could be written down.
            return False if known.last_error == INTERNAL else None
        return True

    return await (places or source_places()).work(find, read)


async def sync_all(new_uow: UnitOfWorkFactory, clock: Clock) -> Sequence[SourceId]:
    """Let every polled source be due now, but for those that somebody has paused."""
    async with new_uow() as uow:
        due = await uow.sources.make_due(clock())
        await uow.commit()
    return due


async def follow_syncs(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    goes_on: Callable[[], bool],
    pause: Pause,
    progress: Progress,
) -> None:
    """Watch what another process reads, until nothing is due, or for as long as that `goes_on`."""
    while goes_on():
        async with new_uow(read_only=True) as uow:
            due = await uow.sources.due(clock())
            reading = await uow.runs.being_synced(clock())
        for run in reading:
            await progress(run)
        if not due and not reading:
            return
        await pause(FOLLOW_SECONDS)


async def sync_source(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    fetch: Fetch,
    pause: Pause,
    *,
    source: SourceId,
    progress: Progress | None = None,
) -> Run:
    """Read a polled source to the end of a sweep, from where the last one was interrupted.

    Each page and the cursor behind it are one transaction. A sweep that takes long leaves its place
    to others now and then: the run that is returned goes on, and the source is due. Raises
    SourceBusy where another worker reads it, SourceUnavailable after the failure is noted and the
    next try scheduled; so is a mistake of ours, which is raised as it is.
    """
    run, current = await _begin(new_uow, clock, source)
    loop = asyncio.get_running_loop()
    until = loop.time() + TURN_SECONDS
    try:
        async with kept(new_uow, clock, run) as lease:
            settings, known = await _opened(new_uow, clock, box, current)
            pages = kaspi_api.read(
                fetch,
                settings,
                known=known,
                cursor=current.cursor,
                now=run.seen_at,
                pause=pause,
            )
            async with aclosing(pages):
                while page := await _next(pages):
                    run = await _store(new_uow, clock, box, current, run, page)
                    lease.beat()
                    if progress:
                        await progress(run)
                    if loop.time() > until and page.done < page.planned:
                        return await _leave(new_uow, clock, run)
        return await _done(new_uow, clock, run)
    except SourceUnavailable as error:
        await _failed(new_uow, clock, run, error)
        raise
    except SourceBusy:
        raise
    except asyncio.CancelledError:
        await asyncio.shield(let_go(new_uow, clock, run))
        raise
    except Exception as error:
        await _failed(new_uow, clock, run, SourceUnavailable(INTERNAL, type(error).__name__))
        raise


async def _next(pages: AsyncGenerator[Page, None]) -> Page | None:
    """The next page; SourceUnavailable("timeout") from a system that keeps us waiting for ever."""
    try:
        async with asyncio.timeout(PAGE_SECONDS):
            return await anext(pages, None)
    except TimeoutError as error:
        raise SourceUnavailable("timeout", "no page") from error


async def _leave(new_uow: UnitOfWorkFactory, clock: Clock, run: Run) -> Run:
    """Leave a sweep where it stands; whoever is due goes first, then it goes on."""
    async with new_uow(background=True) as uow:
        if not await uow.runs.hold(run):
            raise SourceBusy
        now = clock()
        source = await uow.sources.get(run.source)
        await uow.runs.renew(run, lease_until=now)
        await uow.sources.save_sync(
            run.source,
            cursor=source.cursor,
            state=source.state,
            next_sync_at=None if _by_hand(source) else now,
            failures=source.failures,
            last_error=source.last_error,
        )
        left = await uow.runs.get(run.id)
        await uow.commit()
    return left


async def _store(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    source: Source,
    run: Run,
    page: Page,
) -> Run:
    async with new_uow(background=True) as uow:
        if not await uow.runs.hold(run):
            raise SourceBusy  # this worker was silent for so long that another one took over
        now = clock()
        stretch = stretch_of(uow, box, run, Batch.of(page.orders))
        done = await reconcile(uow, source=source, run=run, stretch=stretch, now=now)
        start = run.counts.rejected
        lines = await keep_rejected(
            uow,
            box,
            run,
            [replace(line, line=start + n) for n, line in enumerate(page.rejected, 1)],
        )
        await uow.runs.progress(
            run.id,
            position=page.done,
            total=page.planned,
            counts=done.counts.plus(
                RunCounts(rows=len(page.rejected), rejected=len(page.rejected))
            ),
            lease_until=now + LEASE,
            lines=lines,
        )
        await uow.sources.save_cursor(source.id, page.cursor)
        stored = replace(await uow.runs.get(run.id), seen_at=run.seen_at)
        await uow.commit()
    return stored


async def _begin(
    new_uow: UnitOfWorkFactory, clock: Clock, source_id: SourceId
) -> tuple[Run, Source]:
    claimed: Run | None = None
    try:
        async with new_uow(background=True) as uow:
            now = clock()
            await uow.sources.lock(source_id)
            source = await uow.sources.get(source_id)
            if source.kind is not SourceKind.KASPI_API:
                raise NotFound("source")
            run = await uow.runs.open_with(source_id, "")
            if run is None:
                run = await uow.runs.add(
                    source,
                    seen_at=now,
                    upload=None,
                    file_name="",
                    file_sha256="",
                    total=None,
                    started_by=None,
                )
            if not await uow.runs.claim(run.id, now=now, lease_until=now + LEASE):
                raise SourceBusy
            claimed = await uow.runs.get(run.id)
            await uow.commit()
    except asyncio.CancelledError:
        if claimed is not None:
            await asyncio.shield(let_go(new_uow, clock, claimed))
        raise
    # What is read now is news of now, also when an older sweep is being finished.
    return replace(claimed, seen_at=now), source


async def _opened(
    new_uow: UnitOfWorkFactory, clock: Clock, box: SecretBox, source: Source
) -> tuple[KaspiSettings, Known]:
    """What a sweep needs to know; SourceUnavailable("unauthorized") without a readable token."""
    async with new_uow(read_only=True) as uow:
        cipher = await uow.sources.secret(source.id)
        before = clock() - kaspi_api.WINDOW
        known = Known(
            oldest_open=await uow.orders.open_since(source.brand, source.place),
            follow=tuple(
                await uow.orders.to_follow(source.brand, source.place, before, FOLLOW_MAX)
            ),
        )
    try:
        token = box.decrypt(cipher or b"")
    except ValueError as error:
        raise SourceUnavailable("unauthorized", "the token cannot be decrypted") from error
    return KaspiSettings(base_url=source.settings["base_url"], token=token), known


async def _done(new_uow: UnitOfWorkFactory, clock: Clock, run: Run) -> Run:
    async with new_uow(background=True) as uow:
        if not await uow.runs.hold(run):
            raise SourceBusy
        now = clock()
        source = await uow.sources.get(run.source)
        by_hand = _by_hand(source)
        await uow.sources.save_sync(
            run.source,
            cursor=source.cursor,
            state=SourceState.PAUSED if by_hand else SourceState.ACTIVE,
            next_sync_at=None if by_hand else now + EVERY,
            failures=0,
            last_error=source.last_error if by_hand else "",
        )
        await uow.runs.finish(run.id, RunState.DONE, now=now)
        await uow.claims.look_again(run.brand)
        await tell_creators(uow, run, clock)
        if source.state is SourceState.PAUSED and not by_hand:
            await _tell_of(uow, NoteKind.SOURCE_RESUMED, source, run.id, clock)
        done = await uow.runs.get(run.id)
        await uow.commit()
    return done


def _by_hand(source: Source) -> bool:
    """Whether somebody has paused it, maybe just now: then it is not tried by itself."""
    return source.state is SourceState.PAUSED and not source.failures


async def _failed(
    new_uow: UnitOfWorkFactory, clock: Clock, run: Run, error: SourceUnavailable
) -> None:
    """Note a failure. What may pass is tried again, ever later; what lasts pauses the source.

    A paused source is still tried now and then where that may help.
    """
    async with new_uow(background=True) as uow:
        if not await uow.runs.hold(run):
            return  # another worker took over and is told the same or better
        now = clock()
        source = await uow.sources.get(run.source)
        failures = source.failures + 1
        hopeless = error.reason in HOPELESS
        paused = hopeless or (failures >= MAX_FAILURES and error.reason != INTERNAL)
        spread = random.random()  # noqa: S311 - only spreads retries
        wait = PROBE_EVERY if paused else retry_in(failures, error.retry_after, spread)
        await uow.sources.save_sync(
            run.source,
            cursor=source.cursor,
            state=SourceState.PAUSED if paused else source.state,
            next_sync_at=None if hopeless or _by_hand(source) else now + wait,
            failures=0 if _by_hand(source) else failures,
            last_error=error.reason,
        )
        await uow.runs.finish(run.id, RunState.FAILED, now=now, error=failure(error.reason))
        await tell_creators(uow, run, clock)
        if paused and source.state is not SourceState.PAUSED:
            await _tell_of(uow, NoteKind.SOURCE_PAUSED, source, run.id, clock, error.reason)
        await uow.commit()


async def _tell_of(
    uow: UnitOfWork, kind: NoteKind, source: Source, run: RunId, clock: Clock, reason: str = ""
) -> None:
    """Tell the brand, who can do something about it, and the staff, who help."""
    brand = await uow.brands.get(source.brand)
    managers = set(await uow.brands.managers(source.brand))
    staff = set(await uow.people.staff(Permission.MODERATION)) - managers
    facts = {"source": source.id, "brand": brand.name, "brand_id": brand.id, "reason": reason}
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=kind,
                key=f"run:{run}:{kind.value}:{person}",
                facts={**facts, "reader": "staff" if person in staff else "brand"},
            )
            for person in sorted(managers | staff)
        ],
        now=clock(),
    )
