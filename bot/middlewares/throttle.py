"""Nobody keeps the bot busy alone: a bucket of updates per person, and one warning."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from aiogram import BaseMiddleware
from aiogram.dispatcher.middlewares.user_context import EVENT_FROM_USER_KEY
from aiogram.types import TelegramObject, Update, User

from core.errors import TooManyRequests

BURST: Final = 20  # updates at once
SECONDS: Final = 10  # in which an empty bucket fills again
PEOPLE_MAX: Final = 10_000  # buckets that are remembered


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float
    warned: bool = False


class Throttle(BaseMiddleware):
    """Drops updates of a person whose bucket is empty; the first dropped one raises a refusal.

    `now` is a monotonic clock in seconds.
    """

    def __init__(
        self,
        *,
        burst: int = BURST,
        seconds: float = SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst = burst
        self._rate = burst / seconds
        self._now = now
        self._buckets: dict[tuple[int, bool], _Bucket] = {}

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        user: User | None = data.get(EVENT_FROM_USER_KEY)
        # News of a block must not be lost, and one album is many messages.
        exempt = isinstance(event, Update) and event.my_chat_member is not None
        if user is None or exempt:
            return await handler(event, data)
        # Each letter of an inline query is an update: they have a bucket of their own, and where it
        # is empty nobody needs to be told, the next letter asks again.
        typing = isinstance(event, Update) and event.inline_query is not None
        bucket = self._bucket(user.id, typing)
        if bucket.left >= 1:
            bucket.left -= 1
            bucket.warned = False
            return await handler(event, data)
        if typing or bucket.warned:
            return None
        bucket.warned = True
        raise TooManyRequests(retry_after=max(1, round((1 - bucket.left) / self._rate)))

    def _bucket(self, person: int, typing: bool) -> _Bucket:
        now = self._now()
        bucket = self._buckets.pop((person, typing), None)
        if bucket is None:
            bucket = _Bucket(left=self._burst, at=now)
            while len(self._buckets) >= PEOPLE_MAX:
                del self._buckets[next(iter(self._buckets))]  # who was seen longest ago
        else:
            bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
            bucket.at = now
        self._buckets[person, typing] = bucket
        return bucket
