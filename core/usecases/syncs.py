"""Polled sources: connected by staff, read on a schedule, paused when they refuse."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from core.errors import NotFound, SourceBusy, SourceUnavailable
from core.fetch import Fetch
from core.ids import BrandId, RunId, SourceId
from core.notifications import NoteKind, Notification
from core.orders import Place
from core.people import Actor, Brand, Permission
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.runs import Run, RunCounts, RunState, Source, SourceState, failure
from core.sources import kaspi_api
from core.sources.base import Batch, SourceKind
from core.sources.kaspi_api import KaspiSettings, Known, Page, Pause
from core.usecases.imports import tell_creators
from core.usecases.reconciliation import reconcile, stretch_of

log: Final = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=10)  # a public connector's cadence, far within Kaspi's limits
LEASE: Final = timedelta(minutes=5)  # longer than all tries of one request take together
MAX_FAILURES: Final = 8  # in a row, about two hours with the backoff, before a source is paused
FOLLOW_MAX: Final = 500  # orders followed by number in one sweep: some four minutes a day
HOPELESS: Final = frozenset({"unauthorized", "forbidden", "address"})  # a retry will not help


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
    """Try a merchant's token and keep it encrypted; the first sync is due at once.

    Raises SourceUnavailable with the reason where the token does not work.
    """
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        await uow.brands.get(brand)
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


async def set_source_state(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, source: SourceId, state: SourceState
) -> Source:
    """Pause a source, or set it going again at once."""
    actor.demand(Permission.MODERATION)
    async with new_uow() as uow:
        now = clock()
        found = await uow.sources.get(source)
        await uow.sources.save_sync(
            source,
            cursor=found.cursor,
            state=state,
            next_sync_at=now if found.kind is SourceKind.KASPI_API else None,
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


async def all_sources(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: SourceId | None = None, limit: int = 8
) -> tuple[Sequence[SourceView], SourceId | None]:
    """Sources of every brand, for the staff, and the id to page from."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        found = await uow.sources.everywhere(after=after, limit=limit + 1)
        brands = await uow.brands.many(sorted({source.brand for source in found}))
        last = await uow.runs.last_of([source.id for source in found])
    views = [
        SourceView(source=source, brand=brands[source.brand], last=last.get(source.id))
        for source in found[:limit]
    ]
    return views, found[limit - 1].id if len(found) > limit else None


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
    new_uow: UnitOfWorkFactory, clock: Clock, box: SecretBox, fetch: Fetch, pause: Pause
) -> int:
    """Read every polled source whose time has come; one that fails does not hold up the others."""
    async with new_uow(read_only=True) as uow:
        due = await uow.sources.due(clock())
    done = 0
    for source in due:
        try:
            await sync_source(new_uow, clock, box, fetch, pause, source=source.id)
            done += 1
        except (SourceBusy, SourceUnavailable, NotFound):
            continue  # noted with the source; its next try is scheduled
        except Exception:
            log.exception("source=%d could not be read", source.id)
    return done


async def sync_source(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    fetch: Fetch,
    pause: Pause,
    *,
    source: SourceId,
) -> Run:
    """Read a polled source to the end of a sweep, from where the last one was interrupted.

    Each page and the cursor behind it are one transaction. Raises SourceBusy where another worker
    reads it, SourceUnavailable after the failure is noted and the next try scheduled.
    """
    run, current = await _begin(new_uow, clock, source)
    try:
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
            async for page in pages:
                run = await _store(new_uow, clock, box, current, run, page)
    except SourceUnavailable as error:
        await _failed(new_uow, clock, run, error)
        raise
    return await _done(new_uow, clock, run)


async def _store(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    source: Source,
    run: Run,
    page: Page,
) -> Run:
    async with new_uow(background=True) as uow:
        if not await uow.runs.hold(run.id, position=run.position):
            raise SourceBusy  # this worker was silent for so long that another one took over
        now = clock()
        stretch = stretch_of(uow, box, run, Batch.of(page.orders))
        done = await reconcile(uow, box, source=source, run=run, stretch=stretch, now=now)
        start = run.counts.rejected
        await uow.runs.reject(
            run.id, [replace(line, line=start + n) for n, line in enumerate(page.rejected, 1)]
        )
        await uow.runs.progress(
            run.id,
            position=page.done,
            total=page.planned,
            counts=done.counts.plus(
                RunCounts(rows=len(page.rejected), rejected=len(page.rejected))
            ),
            lease_until=now + LEASE,
        )
        await uow.sources.save_cursor(source.id, page.cursor)
        stored = replace(await uow.runs.get(run.id), seen_at=run.seen_at)
        await uow.commit()
    return stored


async def _begin(
    new_uow: UnitOfWorkFactory, clock: Clock, source_id: SourceId
) -> tuple[Run, Source]:
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
        # What is read now is news of now, also when an older sweep is being finished.
        run = replace(await uow.runs.get(run.id), seen_at=now)
        await uow.commit()
    return run, source


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
        if not await uow.runs.hold(run.id, position=run.position):
            raise SourceBusy
        now = clock()
        source = await uow.sources.get(run.source)
        await uow.sources.save_sync(
            run.source,
            cursor=source.cursor,
            state=source.state,  # somebody may have paused it meanwhile
            next_sync_at=now + EVERY,
            failures=0,
            last_error="",
        )
        await uow.runs.finish(run.id, RunState.DONE, now=now)
        await tell_creators(uow, run, clock)
        done = await uow.runs.get(run.id)
        await uow.commit()
    return done


def retry_in(failures: int, retry_after: int | None) -> timedelta:
    """How long to wait after so many failures in a row: doubling from a minute, at most an hour."""
    wait = min(60 * 2 ** min(failures - 1, 6), 3_600)
    wait = max(wait, min(retry_after or 0, 3_600))
    return timedelta(seconds=wait * random.uniform(1.0, 1.25))  # noqa: S311 - only spreads retries


async def _failed(
    new_uow: UnitOfWorkFactory, clock: Clock, run: Run, error: SourceUnavailable
) -> None:
    async with new_uow(background=True) as uow:
        if not await uow.runs.hold(run.id, position=run.position):
            return  # another worker took over and is told the same or better
        now = clock()
        source = await uow.sources.get(run.source)
        failures = source.failures + 1
        paused = error.reason in HOPELESS or failures >= MAX_FAILURES
        await uow.sources.save_sync(
            run.source,
            cursor=source.cursor,
            state=SourceState.PAUSED if paused else source.state,
            next_sync_at=now + retry_in(failures, error.retry_after),
            failures=failures,
            last_error=error.reason,
        )
        await uow.runs.finish(run.id, RunState.FAILED, now=now, error=failure(error.reason))
        await tell_creators(uow, run, clock)
        if paused:
            await _tell_paused(uow, source, error.reason, run.id, clock)
        await uow.commit()


async def _tell_paused(
    uow: UnitOfWork, source: Source, reason: str, run: RunId, clock: Clock
) -> None:
    brand = await uow.brands.get(source.brand)
    people = {
        *await uow.brands.managers(source.brand),
        *await uow.people.staff(Permission.MODERATION),
    }
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=NoteKind.SOURCE_PAUSED,
                key=f"run:{run}:paused:{person}",
                facts={"source": source.id, "brand": brand.name, "reason": reason},
            )
            for person in sorted(people)
        ],
        now=clock(),
    )
