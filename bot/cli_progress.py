"""How far a long command is: a bar on a terminal, a line now and then where there is none."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

LINE_SECONDS: Final = 10.0  # between two lines in a log


class Speed(ProgressColumn):
    """Rows a second, of the latest half minute."""

    def render(self, task: Task) -> Text:
        """The column's text."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="progress.data.speed")


class Meter:
    """Shows how far several things are, each by its name. Use it as a context manager."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Speed(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not self._live,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, tuple[float, int]] = {}  # when, and where it stood
        self._told_at: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def show(self, name: str, done: int, total: int | None) -> None:
        """`name` is at `done` of `total`; what it began with is not counted as its speed."""
        now = time.monotonic()
        if name not in self._begun:
            self._begun[name] = now, done
            self._told_at[name] = now
            if self._live:
                self._tasks[name] = self._bar.add_task(name, completed=done, total=total)
            return
        if self._live:
            self._bar.update(self._tasks[name], completed=done, total=total)
        elif now - self._told_at[name] >= LINE_SECONDS:
            self._told_at[name] = now
            sys.stderr.write(self._line(name, done, total, now) + "\n")

    def _line(self, name: str, done: int, total: int | None, now: float) -> str:
        since, start = self._begun[name]
        speed = (done - start) / max(now - since, 0.001)
        told = f"{name}: {done:,}"
        if total:
            told += f" of {total:,}"
        told += f", {speed:,.0f} rows/s"
        if total and speed:
            told += f", {max(0, total - done) / speed:,.0f} s left"
        return told
