"""Alerts to the operators when the program itself has failed, and no more than one a minute."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from aiogram import Bot
from aiogram.exceptions import AiogramError

from bot.i18n import translator
from bot.reply import send
from bot.screens.errors import incident
from core.people import Locale

log: Final = logging.getLogger(__name__)

EVERY_SECONDS: Final = 60
UPDATES_MAX: Final = 1_000  # failed updates that are remembered


class Incidents:
    """Tells the operators (Telegram ids) of bugs. `now` is a monotonic clock in seconds."""

    def __init__(
        self, bot: Bot, operators: Iterable[int], *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._bot = bot
        self._operators = tuple(operators)
        self._now = now
        self._told_at: float | None = None
        self._since_told = 0
        self._failed: OrderedDict[int, int] = OrderedDict()

    def is_new(self, update: int) -> bool:
        """Whether this update fails for the first time: Telegram delivers a failed one again."""
        times = self._failed.get(update, 0)
        self._failed[update] = times + 1
        while len(self._failed) > UPDATES_MAX:
            self._failed.popitem(last=False)
        return times == 0

    def times(self, update: int) -> int:
        """How often the update has failed."""
        return self._failed.get(update, 0)

    async def report(self, place: str, error: BaseException) -> None:
        """Alert the operators, unless they were alerted within the last minute."""
        self._since_told += 1
        now = self._now()
        if self._told_at is not None and now - self._told_at < EVERY_SECONDS:
            return
        self._told_at = now
        count, self._since_told = self._since_told, 0
        # Staff read it beside the log: one language is enough, and no database is asked.
        screen = incident(
            translator(Locale.RU), place=place, kind=type(error).__name__, count=count
        )
        for operator in self._operators:
            try:
                await send(self._bot, operator, screen, patient=False)
            except AiogramError as problem:
                log.warning("an operator was not alerted: %s", type(problem).__name__)
