"""Work that goes on after its handler has returned, such as an import; it ends with the program."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

log: Final = logging.getLogger(__name__)

Report = Callable[[str, BaseException], Awaitable[None]]
"""Tells the operators of a failure, and where it happened."""


class Background:
    """Keeps tasks until they are done; what fails is logged and reported."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run `work` beside everything else."""
        task = asyncio.create_task(self._run(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cut short what is under way: it must be able to go on in the next process."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except Exception as error:
            log.exception("%s failed", name)
            await self._report(name, error)
