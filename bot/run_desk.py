"""Files of orders between the queue and Telegram: taken in beside the chat, with live progress."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiogram import Bot

from bot import reply
from bot.background import Background
from bot.i18n import translator
from bot.screens import runs as screens
from bot.screens.base import Screen
from core.ids import RunId
from core.people import Locale
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.runs import Run, RunState
from core.usecases.imports import (
    FilePlaces,
    Report,
    WatchedRun,
    resume_runs,
    stop_watching,
    watched_runs,
)

log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class _Pace:
    """Where a run stood when it was seen first, and when that was, of the loop's clock."""

    position: int
    at: float

    def left(self, run: Run, now: float) -> timedelta | None:
        """How long the rest will take, as far as that can be told already."""
        read = run.position - self.position
        if run.total is None or read <= 0:
            return None
        return timedelta(seconds=(now - self.at) / read * max(0, run.total - run.position))


class RunDesk:
    """Works files off, and rewrites the messages that show how far each has come.

    Which message shows a run is stored with it: the next process goes on with both.
    """

    def __init__(
        self,
        bot: Bot,
        new_uow: UnitOfWorkFactory,
        clock: Clock,
        box: SecretBox,
        background: Background,
        report: Report,
    ) -> None:
        self._bot = bot
        self._new_uow = new_uow
        self._clock = clock
        self._box = box
        self._background = background
        self._report = report
        self._places = FilePlaces()
        self._paces: dict[RunId, _Pace] = {}
        self._shown: dict[RunId, str] = {}
        self._showing = asyncio.Lock()

    def wake(self) -> None:
        """Something was queued: begin with it now."""
        self._background.start(self._take_in(), "files of orders")

    async def take_in(self) -> int:
        """Take in every file that waits; returns how many came to an end."""
        return await resume_runs(
            self._new_uow,
            self._clock,
            self._box,
            places=self._places,
            ended=self._ended,
            report=self._report,
        )

    async def _take_in(self) -> None:
        await self.take_in()

    async def _ended(self, run: RunId) -> None:
        """Show the end at once; what goes wrong here is made good by the next refresh."""
        try:
            await self.refresh()
        except Exception as error:
            log.warning("the end of run %d was not shown: %s", run, type(error).__name__)

    async def refresh(self) -> int:
        """Rewrite every message whose run has moved on; returns how many."""
        async with self._showing:
            watched = await watched_runs(self._new_uow)
            rewritten = 0
            for each in watched:
                rewritten += await self._show(each)
            known = {each.run.id for each in watched}
            for gone in [run for run in self._shown if run not in known]:
                self._shown.pop(gone, None)
                self._paces.pop(gone, None)
            return rewritten

    async def _show(self, watched: WatchedRun) -> bool:
        run = watched.run
        assert run.watched is not None
        chat, message = run.watched
        screen = self._screen(watched)
        if watched.card is not None:
            shown = await reply.rewrite(self._bot, chat, message, screen)
            await stop_watching(self._new_uow, self._clock, run=run.id, shown=shown)
            return shown
        if self._shown.get(run.id) == screen.html:
            return False
        self._shown[run.id] = screen.html
        return await reply.rewrite(self._bot, chat, message, screen)

    def _screen(self, watched: WatchedRun) -> Screen:
        t, run = translator(Locale(watched.locale)), watched.run
        if watched.card is not None:
            return screens.card(t, watched.card)
        if run.failures:
            return screens.stalled(t, run)
        left = None
        if run.state is RunState.RUNNING:
            now = asyncio.get_running_loop().time()
            left = self._paces.setdefault(run.id, _Pace(run.position, now)).left(run, now)
        return screens.progress(t, run, left)
