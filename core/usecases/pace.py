"""How many orders one transaction takes: as many as people do not notice."""

from __future__ import annotations

from typing import Final

UNDISTURBED: Final = 0.15  # seconds that a transaction may take while nobody waits for it
ALONE: Final = 1.0  # where the program does nothing else
AWAITED: Final = 0.03  # while somebody does: a tap's write waits for one transaction at most
BEGIN_WITH: Final = 500  # rows
LEAST: Final = 100


class Pace:
    """Sizes transactions by the time that the last ones took.

    The longer a transaction, the less its beginning and its end weigh; but SQLite has one writer,
    for whom everybody else waits.
    """

    def __init__(self, most: int, *, alone: bool = False) -> None:
        self._most = most
        self._undisturbed = ALONE if alone else UNDISTURBED
        self.rows = min(BEGIN_WITH, most)

    def learn(self, rows: int, seconds: float, *, awaited: bool) -> None:
        """Set `rows` for the next transaction; `awaited` says that somebody waited for this one."""
        wanted = AWAITED if awaited else self._undisturbed
        fitting = int(rows * wanted / max(seconds, 0.001))
        # What is known word for word takes a tenth of the time of what is new: not too hasty.
        self.rows = max(min(fitting, 2 * self.rows, self._most), min(LEAST, self._most))
