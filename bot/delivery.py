"""Delivery: all that waits goes to Telegram, at least once, within its limits, money first."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
)

from bot.queues import LEASE as LEASE
from bot.queues import Fate, OutboxQueue, Outcome, Parcel, Queue, Wording
from bot.reply import send
from bot.slots import CLIMB_SECONDS, Slots
from core.ports import Clock, UnitOfWorkFactory

log: Final = logging.getLogger(__name__)

SLOTS: Final = 30  # messages a second that Telegram permits to many chats
REST_SECONDS: Final = 1.0  # a slot stays busy after its answer
POLL_SECONDS: Final = 1.0  # how often an empty queue is looked at
RECORD_SECONDS: Final = 0.25  # outcomes are gathered so long before they are written down
KEPT_SECONDS: Final = 20.0  # that a claimed message may wait here: then its lease is too short
BACKOFF_SECONDS: Final = (5, 30, 120, 600, 3600)  # after the first, second, … failure
ATTEMPTS_MAX: Final = 12  # about eight hours
RECORD_TRIES: Final = 5  # a second apart, while the database is away


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How fast messages go out; tests have less time than Telegram.

    `paid_slots` is for broadcasts that are paid in Stars; 0 where nobody has permitted them.
    """

    slots: int = SLOTS
    paid_slots: int = 0
    rest: float = REST_SECONDS
    poll: float = POLL_SECONDS
    climb: float = CLIMB_SECONDS

    @property
    def record(self) -> float:
        """How long outcomes are gathered: well within the rest, so that it costs no slot."""
        return min(RECORD_SECONDS, self.rest / 4)


class DeliveryService:
    """Sends what is due, as long as `run` runs; earlier queues go before later ones.

    Each message takes a slot, which stays busy until Telegram's answer and a second more: so at
    most `slots` messages fall into any second, whatever the network's delays. After a 429 nothing
    is sent until the time that Telegram names, and then fewer at once for a while. The chat of a
    busy slot gets nothing else: its messages keep their order and their distance.

    Outcomes are written down in batches, and no slot is given back before its outcome is: if the
    process dies, what was in the slots is sent again when its lease ends, and nothing else.
    """

    def __init__(
        self,
        bot: Bot,
        new_uow: UnitOfWorkFactory,
        clock: Clock,
        wording: Wording,
        *,
        broadcasts: Queue | None = None,
        paid_broadcasts: Queue | None = None,
        tempo: Tempo | None = None,
    ) -> None:
        self._bot = bot
        self._tempo = tempo = tempo or Tempo()
        free = Slots(tempo.slots, climb_seconds=tempo.climb)
        self._lines = [self._line(OutboxQueue(new_uow, clock, wording), free)]
        if broadcasts is not None:
            self._lines.append(self._line(broadcasts, free))
        if paid_broadcasts is not None and tempo.paid_slots:
            paid = Slots(tempo.paid_slots, climb_seconds=tempo.climb)
            self._lines.append(self._line(paid_broadcasts, paid, paid=True))
        self._chats: set[int] = set()  # of busy slots
        self._tasks: set[asyncio.Task[None]] = set()
        self._silent_until = 0.0  # on the monotonic clock
        self._stopping = asyncio.Event()

    def _line(self, queue: Queue, slots: Slots, *, paid: bool = False) -> _Line:
        return _Line(queue, slots, paid=paid, gather=lambda: self._pause(self._tempo.record))

    async def run(self) -> None:
        """Send until `stop`; a failure of the database is waited out."""
        try:
            await self._run()
        finally:  # cancelled: what is cut short goes out again when its lease ends
            self._stopping.set()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for line in self._lines:
                await line.close()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            if silence := self._silent:
                await self._pause(silence)
                continue
            begun = 0
            for line in self._lines:
                try:
                    begun += await self._fill(line)
                except Exception:
                    log.exception("delivery could not read what is due")
            if not begun:
                await self._wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def stop(self) -> None:
        """Take nothing more; `run` returns when what is under way has been answered."""
        self._stopping.set()

    async def _fill(self, line: _Line) -> int:
        """Begin as many messages of a line as there are slots; returns how many."""
        begun = 0
        while line.slots.free and not self._stopping.is_set() and not self._silent:
            parcel = line.next(self._chats)
            if parcel is not None:
                line.slots.taken += 1
                self._chats.add(parcel.chat)
                line.under_way.add(parcel.id)
                task = asyncio.create_task(self._slot(line, parcel))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                begun += 1
            elif not await line.look(self._tempo.poll):
                break
        return begun

    @property
    def _silent(self) -> float:
        """Seconds for which nothing may be sent."""
        return max(0.0, self._silent_until - time.monotonic())

    async def _wait(self) -> None:
        """Until a slot becomes free or it is time to look again."""
        full = all(not line.slots.free for line in self._lines)
        if full and self._tasks:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            return
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait(
            {*self._tasks, stopping},
            timeout=self._tempo.poll,
            return_when=asyncio.FIRST_COMPLETED,
        )
        stopping.cancel()

    async def _slot(self, line: _Line, parcel: Parcel) -> None:
        try:
            outcome = await self._deliver(line, parcel)
            rested_at = time.monotonic() + self._tempo.rest
            await line.record(outcome)
            await self._pause(rested_at - time.monotonic())
        finally:
            line.under_way.discard(parcel.id)
            self._chats.discard(parcel.chat)
            line.slots.taken -= 1

    async def _deliver(self, line: _Line, parcel: Parcel) -> Outcome:
        try:
            screen = parcel.screen()
        except Exception as error:
            log.exception("%s has no wording", parcel.name)
            return Outcome(parcel, Fate.REFUSED, f"wording: {error!r}")
        begun_at = time.monotonic()
        try:
            await send(self._bot, parcel.chat, screen, keep=True, patient=False, paid=line.paid)
        except TelegramRetryAfter as error:
            self._hush(line, begun_at, error.retry_after)
            return Outcome(parcel, Fate.LATER, "429")
        except TelegramForbiddenError:
            return Outcome(parcel, Fate.BLOCKED)
        except (TelegramBadRequest, TelegramNotFound) as error:
            # A chat that is not there is the person's affair; anything else is ours.
            level = logging.INFO if "chat not found" in error.message else logging.ERROR
            log.log(level, "%s was refused: %s", parcel.name, error)
            return Outcome(parcel, Fate.REFUSED, error.message)
        except AiogramError as error:  # 5xx, network, nonsense: Telegram's fault, it will pass
            if parcel.attempts >= ATTEMPTS_MAX:
                return Outcome(parcel, Fate.REFUSED, repr(error))
            step = min(parcel.attempts, len(BACKOFF_SECONDS)) - 1
            return Outcome(parcel, Fate.LATER, type(error).__name__, BACKOFF_SECONDS[step])
        return Outcome(parcel, Fate.SENT)

    def _hush(self, line: _Line, begun_at: float, seconds: float) -> None:
        """Telegram has asked for silence: nothing at all goes out until it is over."""
        self._silent_until = max(self._silent_until, time.monotonic() + seconds)
        line.slots.refused(begun_at, silence=seconds)
        log.warning("Telegram asks for silence of %d s, then %d slots", seconds, line.slots.allowed)

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not through a stop."""
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


class _Line:
    """A queue with its slots: what it has handed over and what is to be written down in it."""

    def __init__(
        self, queue: Queue, slots: Slots, *, paid: bool, gather: Callable[[], Awaitable[None]]
    ) -> None:
        self.slots = slots
        self.paid = paid
        self.under_way: set[int] = set()
        self._queue = queue
        self._gather = gather
        self._waiting: deque[tuple[float, Parcel]] = deque()  # with when they were claimed
        self._look_at = 0.0
        self._batch: _Batch | None = None
        self._batches: set[asyncio.Task[None]] = set()
        self._writing = asyncio.Lock()

    def next(self, busy: set[int]) -> Parcel | None:
        """The first that waits and whose chat is not busy."""
        oldest = time.monotonic() - KEPT_SECONDS
        while self._waiting and self._waiting[0][0] < oldest:
            self._waiting.popleft()  # due again when its lease ends
        for place, (_, parcel) in enumerate(self._waiting):
            if parcel.chat not in busy:
                del self._waiting[place]
                return parcel
        return None

    async def look(self, poll: float) -> bool:
        """Claim what is due, a second's worth; an empty queue is looked at now and then."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        claimed = await self._queue.claim(self.slots.allowed)
        if not claimed:
            self._look_at = now + poll
        self._waiting.extend(
            (now, parcel)
            for parcel in claimed
            if parcel.id not in self.under_way  # else the clock was moved past its lease
        )
        return bool(claimed)

    async def record(self, outcome: Outcome) -> None:
        """Write an outcome down, together with those that come within a moment."""
        if self._batch is None:
            self._batch = batch = _Batch()
            batch.written = asyncio.create_task(self._write(batch))
            self._batches.add(batch.written)
            batch.written.add_done_callback(self._batches.discard)
        self._batch.outcomes.append(outcome)
        assert self._batch.written is not None
        await asyncio.shield(self._batch.written)

    async def close(self) -> None:
        """Wait until what is known is written down."""
        await asyncio.gather(*self._batches, return_exceptions=True)

    async def _write(self, batch: _Batch) -> None:
        await self._gather()
        async with self._writing:
            self._batch = None  # what comes from now on belongs to the next one
            for _ in range(RECORD_TRIES):
                try:
                    await self._queue.record(batch.outcomes)
                except Exception:
                    log.exception("%d outcomes could not be recorded", len(batch.outcomes))
                    await asyncio.sleep(1)
                else:
                    return
            log.error("what was not recorded is sent again when its lease ends")


class _Batch:
    """Outcomes that are written down together."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.written: asyncio.Task[None] | None = None
