"""Faults on demand: what the next calls of a method run into instead of a plain answer."""

import asyncio
import random
import time
from bisect import bisect
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong."""

    TOO_MANY = "too_many"  # 429 with retry_after, nothing performed
    ERROR = "error"  # an error status, nothing performed
    GARBAGE = "garbage"  # a gateway's HTML page instead of JSON, nothing performed
    SLOW = "slow"  # performed after a pause
    AWAY = "away"  # the connection is dropped, nothing performed
    LOST = "lost"  # performed, then the connection is dropped before the answer


@dataclass(slots=True, kw_only=True)
class Fault:
    """The next `times` calls of `method` ("*" for any), in one chat if `chat_id` is given."""

    kind: FaultKind
    method: str = "*"
    times: int = 1
    chat_id: int | None = None
    retry_after: int = 1
    status: int = 500
    seconds: float = 1.0

    def meets(self, method: str, chat_id: int | None) -> bool:
        """Whether this call is one of those that shall fail."""
        named = self.method == "*" or self.method.lower() == method.lower()
        # a fault for everything must not end the long polling by chance
        spared = self.method == "*" and method.lower() == "getupdates"
        return named and not spared and self.chat_id in (None, chat_id) and self.times > 0


_MESSAGES = ("sendmessage", "sendphoto", "senddocument")


class Window:
    """No second may hold more messages than this; whoever sends more is silenced for a while."""

    def __init__(self, per_second: int, retry_after: int) -> None:
        self.per_second = per_second
        self.retry_after = retry_after
        self.refused = 0
        self.taken: list[float] = []  # when messages were taken, on the monotonic clock
        self._silent_until = 0.0

    def admits(self) -> bool:
        """Whether a message that comes now is taken."""
        now = time.monotonic()
        if now >= self._silent_until:
            if bisect(self.taken, now) - bisect(self.taken, now - 1.0) < self.per_second:
                self.taken.append(now)
                return True
            self._silent_until = now + self.retry_after
        self.refused += 1
        return False


class Faults:
    """The faults that are still to come, oldest first, and what every call goes through."""

    def __init__(self) -> None:
        self.coming: list[Fault] = []
        self.window: Window | None = None
        self.travel = (0.0, 0.0)  # seconds that a call takes there and back, from and to

    def add(self, fault: Fault) -> None:
        """Plans a fault."""
        self.coming.append(fault)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that meets this call, counted down; None when the call may pass."""
        if self.window and method.lower() in _MESSAGES and not self.window.admits():
            return Fault(kind=FaultKind.TOO_MANY, retry_after=self.window.retry_after)
        for fault in self.coming:
            if fault.meets(method, chat_id):
                fault.times -= 1
                self.coming = [left for left in self.coming if left.times > 0]
                return fault
        return None

    async def way(self) -> None:
        """One way of a call through the network."""
        if self.travel[1]:
            await asyncio.sleep(random.uniform(*self.travel) / 2)

    def clear(self) -> None:
        """Telegram is well again."""
        self.coming.clear()
        self.window = None
        self.travel = (0.0, 0.0)
