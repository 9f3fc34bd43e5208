"""Long polling that gives up an update only when it has been handled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import Update

log: Final = logging.getLogger(__name__)

POLL_SECONDS: Final = 25  # how long Telegram holds an empty poll
GRACE_SECONDS: Final = 2.0  # what slow updates may hold up the next poll
UNDER_WAY_MAX: Final = 200  # updates handled at once: beyond it Telegram keeps the rest
BACKOFF_SECONDS: Final = (1, 2, 5, 10, 30)

Feed = Callable[[Update], Awaitable[Any]]


class Intake:
    """Fetches updates and handles them side by side.

    Asking for the next updates tells Telegram to forget the earlier ones, so the question waits
    until they have been handled, or for the grace time if one is slow: a process that is killed
    gets the rest again. What was fetched twice is handled once.
    """

    def __init__(
        self,
        bot: Bot,
        feed: Feed,
        *,
        allowed: Sequence[str],
        poll: float = POLL_SECONDS,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._bot = bot
        self._feed = feed
        self._allowed = list(allowed)
        self._poll = int(poll)
        self._grace = grace
        self._offset: int | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    @property
    def under_way(self) -> int:
        """How many updates are being handled."""
        return len(self._under_way)

    async def run(self) -> None:
        """Fetch and handle until `stop`, then finish what has been fetched.

        Raises TelegramUnauthorizedError when the token is not valid (any more). Cancelled, it
        cuts short what it is handling: Telegram brings that again.
        """
        try:
            await self._run()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                updates = await self._unless_stopped(self._fetch())
                failures = 0
            except TelegramUnauthorizedError:
                raise
            except TelegramRetryAfter as error:
                await self._pause(error.retry_after)
                continue
            except (AiogramError, OSError) as error:
                if isinstance(error, TelegramConflictError):
                    log.error("another process polls with the same token: %s", error.message)
                else:
                    log.warning("no updates: %s", type(error).__name__)
                await self._pause(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
                failures += 1
                continue
            await self._handle(updates or [])
        await self._finish()

    def stop(self) -> None:
        """Fetch nothing more; `run` returns when everything fetched has been handled."""
        self._stopping.set()

    async def _fetch(self) -> list[Update]:
        return await self._bot.get_updates(
            offset=self._offset,
            timeout=self._poll,
            allowed_updates=self._allowed,
            request_timeout=self._poll + 15,
        )

    async def _handle(self, updates: Sequence[Update]) -> None:
        for update in updates:
            if self._offset is not None and update.update_id < self._offset:
                continue
            self._offset = update.update_id + 1
            task = asyncio.create_task(self._feed_one(update))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._grace)
        while len(self._under_way) > UNDER_WAY_MAX:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _feed_one(self, update: Update) -> None:
        try:
            await self._feed(update)
        except Exception:
            log.exception("update=%d failed", update.update_id)

    async def _finish(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way)
        if self._offset is None:
            return
        try:
            # Tell Telegram what has been handled; what this brings is fetched again next time.
            await self._bot.get_updates(offset=self._offset, limit=1, timeout=0, request_timeout=3)
        except (AiogramError, OSError) as error:
            log.info("the last updates were not acknowledged: %s", type(error).__name__)

    async def _unless_stopped(self, fetch: Awaitable[list[Update]]) -> list[Update] | None:
        fetching = asyncio.ensure_future(fetch)
        stopped = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({fetching, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if fetching.done():
                return fetching.result()
            return None
        finally:
            stopped.cancel()
            if not fetching.done():
                fetching.cancel()
                await asyncio.gather(fetching, return_exceptions=True)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
