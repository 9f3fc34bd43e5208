"""What cells mean, remembered by the cell: a column repeats its words, days, prices and codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from core.sources.values import Cell

V = TypeVar("V")

_MOST: Final = 20_000  # cells; what repeats comes early
_LONGEST: Final = 200  # characters of a cell that is kept


class Remembered(dict[Cell, V]):
    """The meanings of cells: `known[cell]` reads each cell once, or raises what reading it does."""

    def __init__(self, read: Callable[[Cell], V]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: Cell) -> V:
        meaning = self._read(cell)
        if len(self) < _MOST and (
            len(cell) < _LONGEST if isinstance(cell, str) else cell not in (0, 1)
        ):  # to a dictionary, True is 1
            self[cell] = meaning
        return meaning
