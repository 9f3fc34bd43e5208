"""Rows by the block: most of a CSV is cut by a few calls, and what is odd in it line by line."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import BinaryIO, Final, NamedTuple

from core.errors import FileRefused
from core.sources.values import Cell

PIECE: Final = 2**16  # bytes of a block: so few that its rows stay in the processor's cache
_LONGEST_LINE: Final = 2**20  # characters
_LONGEST_RECORD: Final = 1_000  # lines: no cell has more of them, an unclosed quote has
_MAX_BROKEN: Final = 1_000  # lines, then the file is no table
_LONGEST_CELL: Final = csv.field_size_limit()  # characters


class Block(NamedTuple):
    """Rows that follow one another, with the 1-based line of each.

    The index of a row that is not whole is in `broken`; it is one cell with the raw line.
    """

    lines: Sequence[int]
    rows: list[list[Cell]]
    broken: Collection[int] = frozenset()


def blocks(
    source: BinaryIO, encoding: str, delimiter: str, width: int, skip: int
) -> Iterator[Block]:
    """The rows of a text below its first `skip` lines, as `Records` reads them.

    Raises FileRefused("not_a_table", line) where most of it is broken.
    """
    text = Lines(_pieces(source, encoding))
    for _ in range(skip):
        next(text, None)
    records = Records(text, delimiter, width, skip + 1)
    while piece := text.piece():
        yield (
            _of_a_line_each(piece, delimiter, records)
            or _of_some_lines(piece, delimiter, width, records, text)
            or _one_by_one(piece, records, text)
        )


def _pieces(source: BinaryIO, encoding: str) -> Iterator[str]:
    """A text in stretches of whole lines, some thousand characters each, without its NULs."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    text = ""
    for read in iter(partial(source.read, PIECE), b""):
        text += decoder.decode(read)
        cut = text.rfind("\n") + 1
        if not cut and len(text) >= _LONGEST_LINE:  # ends of an old Mac, or one endless line
            cut = text.rfind("\r", 0, -1) + 1 or len(text)  # the last may be half of a "\r\n"
        if cut:
            yield text[:cut].replace("\0", "")
            text = text[cut:]
    text += decoder.decode(b"", final=True)
    if text:
        yield text.replace("\0", "")


class Lines:
    """The lines of a text, one at a time or as many as are at hand."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self._waiting: deque[str] = deque()
        self._begun = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._waiting:
            self.give_back(io.StringIO(self.piece(), newline=""))
            if not self._waiting:
                raise StopIteration
        return self._waiting.popleft()

    @property
    def at_hand(self) -> bool:
        """Whether a line can be had without reading on."""
        return bool(self._waiting)

    def piece(self) -> str:
        """Whole lines, those at hand or else the next ones; "" at the end."""
        if self._waiting:
            piece = "".join(self._waiting)
            self._waiting.clear()
            return piece
        piece = self._begun + next(self._pieces, "")
        self._begun = ""
        return piece

    def give_back(self, lines: Iterable[str]) -> None:
        """Lines that are to come next, the last piece of text."""
        self._waiting.extendleft(reversed(list(lines)))

    def begin(self, lines: Iterable[str]) -> None:
        """Lines to which those of the next piece belong."""
        self._begun = "".join(lines)


def _of_a_line_each(piece: str, delimiter: str, records: Records) -> Block | None:
    """The rows of a piece in which each line is a row."""
    plain = piece.replace("\r\n", "\n")
    if "\r" in plain:
        return None
    lines = plain.split("\n")
    if not lines[-1]:
        lines.pop()
    if len(piece) > _LONGEST_CELL and max(map(len, lines)) > _LONGEST_CELL:
        return None
    if '"' not in piece:
        rows = [line.split(delimiter) for line in lines]
    else:
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            return None
        if len(rows) != len(lines) or _is_open(lines[-1:], delimiter):
            return None
    return records.block(rows, range(len(rows)), len(rows))


def _of_some_lines(
    piece: str, delimiter: str, width: int, records: Records, text: Lines
) -> Block | None:
    """The rows of a piece in which some cells have line ends."""
    lines = list(io.StringIO(piece, newline=""))
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[list[str]] = []
    starts: list[int] = []
    start = 0
    try:
        for cells in reader:
            end = reader.line_num
            if end == len(lines) and _is_open(lines[start:], delimiter):
                break
            if end - start > 1 and _runs_on(lines[start:end], len(cells), width, delimiter):
                return None
            rows.append(cells)
            starts.append(start)
            start = end
    except csv.Error:
        return None
    if not rows:
        return None
    text.begin(lines[start:])
    return records.block(rows, starts, start)


def _one_by_one(piece: str, records: Records, text: Lines) -> Block:
    """The rows of a piece in which something is broken."""
    text.give_back(io.StringIO(piece, newline=""))
    starts: list[int] = []
    rows: list[list[str]] = []
    broken: set[int] = set()
    first = records.line
    while text.at_hand and (record := next(records, None)):
        line, cells, whole = record
        if not whole:
            broken.add(len(rows))
        starts.append(line - first)
        rows.append(cells)
    records.line, end = first, records.line
    return records.block(rows, starts, end - first, broken)


class Records:
    """Rows one by one: the line, the cells, and whether the row is whole; broken ones are a cell.

    Where a quote is not closed the line that opened it is given up, and only that. `width` is that
    of the header, by which a cell with line ends is told from such a quote; 0 where it is unknown.
    """

    def __init__(self, lines: Lines, delimiter: str, width: int, line: int) -> None:
        self.line = line  # of the next row
        self._lines = lines
        self._delimiter = delimiter
        self._width = width
        self._taken: list[str] = []
        self._broken = 0
        self._reader = csv.reader(self._feed(), delimiter=delimiter)

    def __iter__(self) -> Iterator[tuple[int, list[str], bool]]:
        return self

    def __next__(self) -> tuple[int, list[str], bool]:
        taken, line = self._taken, self.line
        taken.clear()
        cells: list[str] | None
        try:
            cells = next(self._reader)
        except csv.Error:
            cells = None
        if cells is not None and not (
            len(taken) > 1 and _runs_on(taken, len(cells), self._width, self._delimiter)
        ):
            self.line += len(taken)
            return line, cells, True
        self._broken += 1
        if self._broken > _MAX_BROKEN:
            raise FileRefused("not_a_table", line=line, detail=taken[0][:100])
        self.line += 1
        self._lines.give_back(taken[1:])
        self._reader = csv.reader(self._feed(), delimiter=self._delimiter)
        return line, [taken[0].rstrip("\r\n")], False

    def block(
        self,
        rows: list[list[str]],
        starts: Sequence[int],
        taken: int,
        broken: Collection[int] = frozenset(),
    ) -> Block:
        """Rows read otherwise, each so many lines below `line`, which goes on behind them."""
        first, self.line = self.line, self.line + taken
        if isinstance(starts, range):
            lines: Sequence[int] = range(first, first + taken)
        else:
            lines = [first + start for start in starts]
        return Block(lines, rows, broken)  # type: ignore[arg-type]  # str are cells

    def _feed(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            yield line


def _runs_on(taken: Sequence[str], cells: int, width: int, delimiter: str) -> bool:
    """Whether a record of several lines is one that swallowed its neighbours."""
    if len(taken) > _LONGEST_RECORD or (width and cells != width):
        return True
    return _is_open(taken, delimiter)


def _is_open(lines: Sequence[str], delimiter: str) -> bool:
    """Whether a quote is not closed by the end of the lines, or is followed by other letters."""
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error:
        return True
    return False
