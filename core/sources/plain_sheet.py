"""Sheets of plain cells, as shops export them and Excel saves them: made rows while unpacked.

A parser for every kind of sheet makes an object of each tag. Here one regular expression takes a
row whole. A sheet of inline texts alone becomes text with ends of cells and rows, which is cut when
it is asked for; in any other what is written in a cell is looked up. Whatever has one tag that is
not expected, a formula, merged cells, is left to that parser.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, TypeVar

from core.sources import archive
from core.sources.blocks import Block
from core.sources.plain_cells import (
    Cells,
    NotPlainError,
    attributes,
    is_utf8,
    listed,
    meant,
    unescaped,
)
from core.sources.values import Cell

MAX_COLUMNS: Final = 100
MAX_ROWS: Final = 2**20  # of any sheet
MAX_TEXT: Final = 192 * 2**20  # bytes of all cells
MAX_HELD: Final = 8_000_000  # cells of rows that are held as they are
_LONGEST_ROW: Final = 2**20  # bytes
_SHORT: Final = 100  # characters: so long texts in all the cells are no matter

_CELL_END, _ROW_END = b"\x1f", b"\x1e"
# The column is to be filled in; the first group is the row's number, the others are the texts.
_TEXT: Final = (
    rb'(?:<c r="%b\1"(?: s="[0-9]++")?+(?:/>| t="inlineStr">'
    rb'<is>(?:<t(?: xml:space="preserve")?+>([^<]*+)</t>|<t/>)</is></c>))?+'
)
# The others are what is written behind the place of the cell.
_CELL: Final = (
    rb'(?:<c r="%b\1"([^>/]*+(?:/>|></c>|><v>[^<]*+</v></c>|'
    rb'><is><t(?:/>|(?: xml:space="preserve")?+>[^<]*+</t>)</is></c>)))?+'
)
_ROW: Final = rb'\s*+<row r="([0-9]{1,7}+)"(?: [^>/]*+)?+(?:/>|>\s*+%b</row>)'
_COLUMN: Final = re.compile(rb'<c r="([A-Z]{1,3})[0-9]')

Rows = list[tuple[Cell, ...]]
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class PlainSheet:
    """The only sheet of a workbook, some thousand rows a piece."""

    sheet: str
    pieces: Sequence[Rows | bytes] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""
    formulas: bool = False

    def blocks(self, width: int) -> Iterator[Block]:
        """See Table.blocks; a sheet has no broken rows."""
        line = 1
        for piece in self.pieces:
            rows: list[list[Cell]]
            if isinstance(piece, bytes):
                text = piece.decode(errors="replace")
                rows = [row.split("\x1f") for row in text.split("\x1e")]  # type: ignore[misc]
            else:
                rows = list(map(list, piece))
            yield Block(range(line, line + len(rows)), rows)
            line += len(rows)

    def merged(self, column: int) -> Set[int]:
        """None: a sheet with merged cells is not plain."""
        return frozenset()


def plain_sheet(data: bytes) -> PlainSheet | None:
    """The sheet of a workbook that has no other, if there are only plain cells in it.

    Raises FileRefused where the archive itself is broken or a bomb.
    """
    entries = {entry.filename: entry for entry in archive.entries(data)}
    try:
        name, path = _only_sheet(data, entries)
        rows = _Rows(Cells(data, entries))
        return PlainSheet(name, _converted(archive.pieces(data, entries[path]), rows))
    except (NotPlainError, KeyError):
        return None


def _only_sheet(data: bytes, entries: dict[str, zipfile.ZipInfo]) -> tuple[str, str]:
    """Its name and its file."""
    sheets = attributes(listed(data, entries["xl/workbook.xml"]), b"sheet")
    files = attributes(listed(data, entries["xl/_rels/workbook.xml.rels"]), b"Relationship")
    if len(sheets) != 1 or sheets[0].get(b"state", b"visible") != b"visible":
        raise NotPlainError
    of = {file[b"Id"]: file[b"Target"] for file in files}
    path = of[sheets[0][b"r:id"]].decode(errors="replace").removeprefix("/xl/")
    return meant(sheets[0][b"name"]), f"xl/{path}"


def _converted(unpacked: Iterator[bytes], rows: _Rows) -> list[Rows | bytes]:
    """The rows of a sheet, some thousand at a time."""
    before, begin, text = next(unpacked, b"").partition(b"<sheetData>")
    if not begin or not is_utf8(before):
        raise NotPlainError
    ended = False
    for piece in chain((b"",), unpacked):
        text += piece
        if not ended:
            cut = text.rfind(b"</row>") + len(b"</row>")
            if cut >= len(b"</row>"):
                rows.take(text[:cut])
                text = text[cut:]
            end = text.find(b"</sheetData>")
            ended = end >= 0
            if ended:
                rows.take(text[:end].rstrip())
            elif len(text) > _LONGEST_ROW:
                raise NotPlainError
        if ended:
            if b"<mergeCell" in text:
                raise NotPlainError
            text = text[-len(b"<mergeCell") :]
    if not ended:
        raise NotPlainError
    return rows.converted()


class _Rows:
    """Rows of a sheet, those that it leaves out as blank ones."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._pieces: list[Rows | bytes] = []
        self._held = 0
        self._size = 0
        self._rows = 0
        self._indented = True  # so far nothing is in the first column
        self._only_text = True
        self._compile(1)

    def _compile(self, columns: int) -> None:
        self._columns = columns
        cell = _TEXT if self._only_text else _CELL
        cells = b"".join(cell % _letters(number) for number in range(1, columns + 1))
        self._row = re.compile(_ROW % cells)

    def take(self, xml: bytes) -> None:
        """The tags of some rows."""
        if not xml:
            return
        found = self._found(xml)
        if found is None:  # this is where the first wide row is
            self._compile(max(self._columns, _width(xml)))
            found = self._found(xml)
        if found is None and self._only_text:  # or the first number
            self._only_text = False
            self._compile(self._columns)
            found = self._found(xml)
        if found is None:
            raise NotPlainError
        numbers = [int(row[0]) for row in found]
        if numbers[-1] > MAX_ROWS:
            raise NotPlainError
        if self._only_text:
            self._take_text(numbers, found)
        else:
            self._take_cells(numbers, found)
        self._rows = numbers[-1]
        if self._size > MAX_TEXT or self._held > MAX_HELD:
            raise NotPlainError

    def _found(self, xml: bytes) -> list[tuple[bytes, ...]] | None:
        """The number and the cells of each row; None where there is anything else."""
        matches = list(iter(self._row.scanner(xml).match, None))  # type: ignore[attr-defined]
        if not matches or matches[-1].end() != len(xml):
            return None
        return [match.groups(b"") for match in matches]

    def _take_text(self, numbers: Sequence[int], found: Sequence[tuple[bytes, ...]]) -> None:
        if self._indented:
            self._indented = not any(row[1] for row in found)
        lines = self._with_gaps(numbers, [_CELL_END.join(row[1:]) for row in found], b"")
        piece = _ROW_END.join(lines)
        if piece.count(_ROW_END) != len(lines) - 1 or piece.count(_CELL_END) != len(found) * (
            self._columns - 1
        ):
            raise NotPlainError
        piece = unescaped(piece)
        self._pieces.append(piece)
        self._size += len(piece)

    def _take_cells(self, numbers: Sequence[int], found: Sequence[tuple[bytes, ...]]) -> None:
        cell = self._cells.__getitem__
        rows: Rows = [tuple(map(cell, row[1:])) for row in found]
        if self._indented:
            self._indented = all(row[0] == "" for row in rows)
        self._held += len(rows) * self._columns
        if self._cells.longest > _SHORT:
            self._size += sum(len(each) for row in rows for each in row if isinstance(each, str))
        self._pieces.append(self._with_gaps(numbers, rows, ("",)))

    def _with_gaps(self, numbers: Sequence[int], rows: list[V], blank: V) -> list[V]:
        if numbers == list(range(self._rows + 1, self._rows + 1 + len(numbers))):
            return rows
        filled: list[V] = []
        last = self._rows
        for number, row in zip(numbers, rows, strict=True):
            if number <= last:
                raise NotPlainError
            filled.extend([blank] * (number - last - 1))
            filled.append(row)
            last = number
        return filled

    def converted(self) -> list[Rows | bytes]:
        """What the sheet holds, up to its last row with something in it."""
        pieces = self._pieces
        while pieces and not (last := _up_to_something(pieces[-1])):
            pieces.pop()
        if not pieces or self._indented:  # an empty first column is not counted elsewhere
            raise NotPlainError
        pieces[-1] = last
        return pieces


def _up_to_something(piece: Rows | bytes) -> Rows | bytes:
    if isinstance(piece, bytes):
        return piece.rstrip(_CELL_END + _ROW_END)
    last = len(piece)
    while last and all(cell == "" for cell in piece[last - 1]):
        last -= 1
    return piece[:last]


def _width(xml: bytes) -> int:
    columns = max(map(_number, set(_COLUMN.findall(xml))), default=1)
    if columns > MAX_COLUMNS:
        raise NotPlainError
    return columns


def _letters(column: int) -> bytes:
    """1 -> A, 27 -> AA"""
    letters = b""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = b"%c" % (65 + letter) + letters
    return letters


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
