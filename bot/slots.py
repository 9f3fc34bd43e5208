"""Slots: how many messages Telegram may get within a second, learnt from its refusals."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

CLIMB_SECONDS: Final = 10.0  # without a refusal, before one more slot is tried


class Slots:
    """Places for messages under way: fewer after a refusal, and slowly as many as before.

    Each place is taken from the moment of sending until Telegram's answer and a second more. So
    however long the answers take, no second holds more messages than there are slots. `now` is a
    monotonic clock in seconds.
    """

    def __init__(
        self,
        most: int,
        *,
        climb_seconds: float = CLIMB_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._now = now
        self._climb = climb_seconds
        self._allowed = most
        self._changed_at = now()
        self.taken = 0

    @property
    def allowed(self) -> int:
        """How many messages may be under way now."""
        if self._allowed < self._most:
            steps = int((self._now() - self._changed_at) / self._climb)
            if steps > 0:
                self._allowed = min(self._most, self._allowed + steps)
                self._changed_at += steps * self._climb
        return self._allowed

    @property
    def free(self) -> int:
        """How many may be begun now."""
        return max(0, self.allowed - self.taken)

    def refused(self, begun_at: float, *, silence: float = 0.0) -> None:
        """Telegram has found them too many: take a quarter less once its silence is over.

        A message that was begun before the last change speaks of the rate before it.
        """
        if begun_at < self._changed_at:
            return
        self._allowed = max(1, self.allowed * 3 // 4)
        self._changed_at = self._now() + silence
