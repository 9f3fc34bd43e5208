"""How many orders one transaction takes: as many as people do not notice."""

from __future__ import annotations

from typing import Final

UNDISTURBED: Final = 0.15  # seconds that a transaction may take while nobody waits for it
ALONE: Final = 5.0  # where the program does nothing else
AWAITED: Final = 0.03  # while somebody does: a tap's write waits for one transaction at most
BEGIN_WITH: Final = 500  # rows
LEAST: Final = 100


class Pace:
    """Sizes transactions by the time that the last ones took.

    The longer a transaction, the less its beginning and its end weigh; but SQLite has one writer,
    for whom everybody else waits. Where nobody does, a transaction takes several portions of rows:
    its end writes every page of the indexes that it has touched, and of a million orders' most
    pages are touched by any ten thousand.
    """

    def __init__(self, most: int, *, alone: bool = False) -> None:
        self._most = most
        self._alone = alone
        self.rows = min(BEGIN_WITH, most)

    def goes_on(self, seconds: float) -> bool:
        """Whether a transaction that has taken so long takes `rows` more."""
        if not self._alone:
            return False
        self.rows = min(2 * self.rows, self._most)
        return seconds < ALONE

    def learn(self, rows: int, seconds: float, *, awaited: bool) -> None:
        """Set `rows` for the next transaction; `awaited` says that somebody waited for this one."""
        if self._alone:
            return
        fitting = int(rows * (AWAITED if awaited else UNDISTURBED) / max(seconds, 0.001))
        # What is known word for word takes a tenth of the time of what is new: not too hasty.
        self.rows = max(min(fitting, 2 * self.rows, self._most), min(LEAST, self._most))
