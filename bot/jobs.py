"""The scheduler's table: sweeps that look for due work, each one use case, each safe to repeat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.run_desk import RunDesk
from bot.vitals import Vitals
from bot.web.clicks import ClickSpool
from core.disputes import Times
from core.fetch import Fetch
from core.links import Click
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.ports.telegram import TelegramEyes
from core.retention import Retention
from core.usecases.broadcasts import start_due_broadcasts
from core.usecases.changes import apply_due_changes
from core.usecases.channels import count_members
from core.usecases.claims import end_claims, match_receipts
from core.usecases.codes import change_due_codes
from core.usecases.commissions import fund_commissions, release_holds
from core.usecases.deadlines import approve_silent, tell_of_late, warn_of_silence
from core.usecases.dispute_deadlines import move_disputes
from core.usecases.earnings import send_month_summaries
from core.usecases.funds import warn_of_ending_funds
from core.usecases.gifts import give_rewards
from core.usecases.handles import look_back
from core.usecases.links import store_clicks
from core.usecases.market import count_market
from core.usecases.offers import end_due_offers
from core.usecases.order_files import forget_files
from core.usecases.presence import look_at_posts
from core.usecases.rejects import forget_rejected
from core.usecases.reminders import remind_of_files
from core.usecases.retention import forget_old
from core.usecases.slots import run_slots
from core.usecases.syncs import source_places, sync_due_sources
from core.usecases.top import count_top
from core.usecases.track_records import count_records
from core.usecases.upload_links import forget_links

log: Final = logging.getLogger(__name__)

SHOW_SECONDS: Final = 3.0  # between two rewritings of a message that shows how far a run is
MINUTE: Final = 60.0
DAY: Final = 86_400.0  # a sweep that goes on for as long as there is something to do

JobLock = Callable[[str], AbstractAsyncContextManager[bool]]
"""Opens a context that holds a job's lock; it yields False where another process has it."""

Report = Callable[[str, BaseException], Awaitable[None]]
"""Tells the operators of a failure, and where it happened."""


Sweep = Callable[[], Awaitable[int]]
"""Looks for due work, does it and returns how much there was."""


@dataclass(frozen=True, slots=True)
class Job:
    """A sweep every so many seconds; `run` returns how much it found to do.

    One process at a time runs it, unless it works on what only its own process has, or on what has
    leases of its own (`own`). It is worth a look when it takes longer than `lasts` seconds.
    """

    name: str
    seconds: float
    run: Sweep
    own: bool = False
    lasts: float = MINUTE


def jobs(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    fetch: Fetch,
    clicks: ClickSpool,
    eyes: TelegramEyes,
    show_progress: Sweep,
    store_openings: Sweep,
    show_large_files: Sweep,
    run_desk: RunDesk,
    report: Report,
    keep: Retention,
    dispute_times: Times,
) -> tuple[Job, ...]:
    """Everything that happens by itself, apart from the delivery of messages."""
    return (
        Job("load clicks", 5, partial(_load_clicks, new_uow, clicks), own=True),
        Job("begin broadcasts", 5, partial(start_due_broadcasts, new_uow, clock)),
        Job("show broadcasts", 3, show_progress),
        Job("store openings", 2, store_openings, own=True),
        Job("forget files", 60, partial(forget_files, new_uow, clock)),
        Job("forget upload links", 600, partial(forget_links, new_uow, clock)),
        Job("show large files", 10, show_large_files),
        Job("resume runs", 3, run_desk.take_in, own=True, lasts=DAY),
        Job("show runs", SHOW_SECONDS, run_desk.refresh),
        Job("forget old", 600, partial(forget_old, new_uow, clock, keep=keep)),
        Job("forget lines", 3_600, partial(forget_rejected, new_uow, clock)),
        Job(
            "sync sources",
            15,
            partial(
                sync_due_sources,
                new_uow,
                clock,
                box,
                fetch,
                asyncio.sleep,
                places=source_places(),
                report=report,
            ),
            own=True,
            lasts=DAY,
        ),
        Job("fund commissions", 30, partial(fund_commissions, new_uow, clock)),
        Job("release holds", 30, partial(release_holds, new_uow, clock)),
        Job("reward buyers", 30, partial(give_rewards, new_uow, clock)),
        Job("change codes", 60, partial(change_due_codes, new_uow, clock)),
        Job("look back", 5, partial(look_back, new_uow, clock), lasts=DAY),
        Job("slots", 60, partial(run_slots, new_uow, clock)),
        Job("change offers", 30, partial(apply_due_changes, new_uow, clock)),
        Job("count members", 60, partial(count_members, new_uow, clock, eyes)),
        Job("month summaries", 600, partial(send_month_summaries, new_uow, clock)),
        Job("look at posts", 60, partial(look_at_posts, new_uow, clock, eyes)),
        Job("end offers", 30, partial(end_due_offers, new_uow, clock)),
        Job("top list", 600, partial(count_top, new_uow, clock)),
        Job("file reminders", 300, partial(remind_of_files, new_uow, clock)),
        Job("late files", 300, partial(tell_of_late, new_uow, clock)),
        Job("silent brands", 600, partial(warn_of_silence, new_uow, clock)),
        Job("approve by terms", 300, partial(approve_silent, new_uow, clock)),
        Job("disputes", 60, partial(move_disputes, new_uow, clock, times=dispute_times)),
        Job("ending funds", 900, partial(warn_of_ending_funds, new_uow, clock)),
        Job("match receipts", 60, partial(match_receipts, new_uow, clock)),
        Job("end claims", 30, partial(end_claims, new_uow, clock)),
        Job("market figures", 300, partial(count_market, new_uow, clock)),
        Job("count records", 300, partial(count_records, new_uow, clock)),
    )


async def _load_clicks(new_uow: UnitOfWorkFactory, clicks: ClickSpool) -> int:
    async def load(batch: Sequence[Click]) -> None:
        await store_clicks(new_uow, batch)

    return (await clicks.drain(load)).clicks


class Jobs:
    """Runs a table of jobs. A job never runs beside itself, and what it missed it does once."""

    def __init__(
        self, table: Sequence[Job], lock: JobLock, report: Report, vitals: Vitals | None = None
    ) -> None:
        self._table = table
        self._lock = lock
        self._report = report
        self._vitals = vitals
        self._running: set[asyncio.Task[Any]] = set()
        self._at_work: set[str] = set()
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            # A second instance of a job finds the first and goes: the scheduler would warn of it.
            job_defaults={"max_instances": 2, "coalesce": True, "misfire_grace_time": None},
        )
        for job in table:
            self._scheduler.add_job(
                self._run, "interval", args=[job], id=job.name, seconds=job.seconds
            )

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._scheduler.start()

    async def stop(self, *, patience: float) -> None:
        """Begin nothing more and wait up to `patience` seconds for what runs; then cut it short.

        A sweep that is cut short has committed whole batches and goes on at its next run.
        """
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        running = set(self._running)
        if running:
            await asyncio.wait(running, timeout=patience)
        self._scheduler.shutdown(wait=False)
        await asyncio.gather(*running, return_exceptions=True)

    async def sweep(self) -> None:
        """Run every job once now, in the order of the table."""
        for job in self._table:
            await self.once(job)

    async def _run(self, job: Job) -> None:
        if job.name in self._at_work:
            return
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        self._at_work.add(job.name)
        try:
            await self.once(job)
        finally:
            self._running.discard(task)
            self._at_work.discard(job.name)

    async def once(self, job: Job) -> int:
        """Run a job now unless another process does; a failure is logged and reported."""
        if self._vitals:
            self._vitals.began(job.name, job.seconds, lasts=job.lasts)
        try:
            if job.own:
                done = await job.run()
            else:
                async with self._lock(job.name) as taken:
                    done = await job.run() if taken else 0
        except Exception as error:
            log.exception("job %r failed", job.name)
            if self._vitals:
                self._vitals.failed(job.name, error)
            await self._report(f"job {job.name}", error)
            return 0
        if self._vitals:
            self._vitals.ended(job.name, done)
        if done:
            log.info("job=%r done=%d", job.name, done)
        return done
