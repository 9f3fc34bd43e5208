"""Delivery: from the outbox to Telegram, at least once, in each chat's order, within the limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
)

from bot.reply import send
from bot.screens.base import Screen
from core.notifications import Delivery
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.people import set_blocked

log: Final = logging.getLogger(__name__)

SLOTS: Final = 25  # messages under way at once: with REST below it never exceeds 25 a second
REST_SECONDS: Final = 1.0  # a slot stays busy after its answer
POLL_SECONDS: Final = 1.0  # how often an empty outbox is looked at
LEASE: Final = timedelta(minutes=2)  # longer than any call to Telegram takes
BACKOFF_SECONDS: Final = (5, 30, 120, 600, 3600)  # after the first, second, … failure
ATTEMPTS_MAX: Final = 12  # about eight hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How fast messages go out; tests have less time than Telegram."""

    slots: int = SLOTS
    rest: float = REST_SECONDS
    poll: float = POLL_SECONDS


Wording = Callable[[Delivery], Screen]


class DeliveryService:
    """Sends what is due, as long as `run` runs.

    Each message takes a slot, which stays busy until Telegram's answer and a second more: so at
    most `slots` messages fall into any second, whatever the network's delays. After a 429 nothing
    is sent until the time that Telegram names. A message is marked as sent after the answer: if the
    process dies in between, it is sent again when its lease ends.
    """

    def __init__(
        self,
        bot: Bot,
        new_uow: UnitOfWorkFactory,
        clock: Clock,
        wording: Wording,
        *,
        tempo: Tempo | None = None,
    ) -> None:
        self._bot = bot
        self._new_uow = new_uow
        self._clock = clock
        self._wording = wording
        self._tempo = tempo or Tempo()
        self._under_way: set[int] = set()
        self._slots: set[asyncio.Task[None]] = set()
        self._silent_until = 0.0  # on the event loop's clock
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Send until `stop`; a failure of the database is waited out."""
        try:
            await self._run()
        finally:  # cancelled: what is cut short goes out again when its lease ends
            for slot in self._slots:
                slot.cancel()
            await asyncio.gather(*self._slots, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                started = await self._step()
            except Exception:
                log.exception("delivery could not read the outbox")
                started = 0
            if not started:
                await self._pause(self._tempo.poll)
        await asyncio.gather(*self._slots, return_exceptions=True)

    def stop(self) -> None:
        """Take nothing more; `run` returns when what is under way has been answered."""
        self._stopping.set()

    async def _step(self) -> int:
        """Fill the free slots; returns how many messages were begun."""
        loop = asyncio.get_running_loop()
        if (silence := self._silent_until - loop.time()) > 0:
            await self._pause(silence)
            return 1
        free = self._tempo.slots - len(self._slots)
        if not free:
            await asyncio.wait(self._slots, return_when=asyncio.FIRST_COMPLETED)
            return 1
        begun = 0
        for delivery in await self._claim(free):
            if delivery.id in self._under_way:  # the clock was moved past its lease
                continue
            self._under_way.add(delivery.id)
            task = asyncio.create_task(self._slot(delivery))
            self._slots.add(task)
            task.add_done_callback(self._slots.discard)
            begun += 1
        return begun

    async def _claim(self, limit: int) -> list[Delivery]:
        now = self._clock()
        # Looking costs nobody a place in the queue of writers; claiming does.
        async with self._new_uow(read_only=True) as uow:
            oldest = await uow.outbox.oldest_due()
        if oldest is None or oldest > now:
            return []
        async with self._new_uow(background=True) as uow:
            due = await uow.outbox.claim(now=now, limit=limit, lease_until=now + LEASE)
            await uow.commit()
        return list(due)

    async def _slot(self, delivery: Delivery) -> None:
        try:
            await self._deliver(delivery)
        except Exception:
            # The lease ends and the message is tried again.
            log.exception("delivery %d could not be recorded", delivery.id)
        finally:
            self._under_way.discard(delivery.id)
        if not self._stopping.is_set():
            await self._pause(self._tempo.rest)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            screen = self._wording(delivery)
        except Exception as error:
            log.exception("a notification of kind %s has no wording", delivery.kind)
            await self._give_up(delivery, f"wording: {error!r}")
            return
        try:
            await send(self._bot, delivery.telegram_id, screen, keep=True, patient=False)
        except TelegramRetryAfter as error:
            loop = asyncio.get_running_loop()
            self._silent_until = max(self._silent_until, loop.time() + error.retry_after)
            log.warning("Telegram asks for silence of %d s", error.retry_after)
            await self._retry(delivery, 0, "429")
        except TelegramForbiddenError:
            await set_blocked(self._new_uow, telegram_id=delivery.telegram_id, blocked=True)
            await self._give_up(delivery, "blocked")
        except (TelegramBadRequest, TelegramNotFound) as error:
            # A chat that is not there is the person's affair; anything else is ours.
            level = logging.INFO if "chat not found" in error.message else logging.ERROR
            log.log(level, "delivery %d (%s) refused: %s", delivery.id, delivery.kind, error)
            await self._give_up(delivery, error.message)
        except AiogramError as error:  # 5xx, network, nonsense: Telegram's fault, it will pass
            if delivery.attempts >= ATTEMPTS_MAX:
                await self._give_up(delivery, repr(error))
                return
            step = min(delivery.attempts, len(BACKOFF_SECONDS)) - 1
            await self._retry(delivery, BACKOFF_SECONDS[step], type(error).__name__)
        else:
            async with self._new_uow(background=True) as uow:
                await uow.outbox.sent(delivery.id, now=self._clock())
                await uow.commit()

    async def _retry(self, delivery: Delivery, seconds: float, error: str) -> None:
        async with self._new_uow(background=True) as uow:
            due_at = self._clock() + timedelta(seconds=seconds)
            await uow.outbox.retry(delivery.id, due_at=due_at, error=error)
            await uow.commit()

    async def _give_up(self, delivery: Delivery, error: str) -> None:
        async with self._new_uow(background=True) as uow:
            await uow.outbox.give_up(delivery.id, error=error)
            await uow.commit()

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not through a stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
