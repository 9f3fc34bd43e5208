"""Sheets of nothing but inline text, as exports of shops are: made lines while they are unpacked.

A parser for every kind of sheet makes a cell of each tag. Here one regular expression takes a row
whole, in a third of the time, and of the sheet its text alone is held. Whatever has one tag that is
not expected, a number, a formula, merged cells, is left to that parser.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from core.sources import archive
from core.sources.blocks import Block
from core.sources.values import Cell

MAX_COLUMNS: Final = 100
MAX_ROWS: Final = 2**20  # of any sheet
MAX_TEXT: Final = 192 * 2**20  # bytes of all cells
_MAX_LIST: Final = 2**16  # bytes of the lists of sheets and of their files
_LONGEST_ROW: Final = 2**20  # bytes

_CELL_END, _ROW_END = b"\x1f", b"\x1e"
# Its column is to be filled in; the first group is the row's number.
_CELL: Final = (
    rb'(?:<c r="%b\1"(?: s="[0-9]++")?+(?:/>| t="inlineStr">'
    rb'<is>(?:<t(?: xml:space="preserve")?+>([^<]*+)</t>|<t/>)</is></c>))?+'
)
_ROW: Final = rb'\s*+<row r="([0-9]{1,7}+)"(?: [^>/]*+)?+(?:/>|>\s*+%b</row>)'
_COLUMN: Final = re.compile(rb'<c r="([A-Z]{1,3})[0-9]')
_ESCAPED: Final = re.compile(rb"_x[0-9A-Fa-f]{4}_")  # a character that XML does not take
_ENTITY: Final = re.compile(rb"&(?:#x([0-9A-Fa-f]{1,6});|#([0-9]{1,7});|([a-z]{2,4});)?")
_ENTITIES: Final = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}
_ENCODING: Final = re.compile(rb"""encoding=["']([^"']*)""")
_TAG: Final = re.compile(rb"<(sheet|Relationship)\s([^>]*?)/?>")
_ATTRIBUTE: Final = re.compile(rb'([\w:]+)="([^"]*)"')


class _NotPlainError(Exception):
    """The other parser is needed. It never leaves this module."""


@dataclass(frozen=True, slots=True)
class PlainSheet:
    """The only sheet of a workbook; its rows and cells end in control characters."""

    sheet: str
    pieces: Sequence[bytes] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""
    formulas: bool = False

    def blocks(self, width: int) -> Iterator[Block]:
        """See Table.blocks; a sheet has no broken rows."""
        line = 1
        for piece in self.pieces:
            text = piece.decode(errors="replace")
            rows: list[list[Cell]] = [row.split("\x1f") for row in text.split("\x1e")]  # type: ignore[misc]
            yield Block(range(line, line + len(rows)), rows)
            line += len(rows)

    def merged(self, column: int) -> Set[int]:
        """None: a sheet with merged cells is not plain."""
        return frozenset()


def plain_sheet(data: bytes) -> PlainSheet | None:
    """The sheet of a workbook that has no other, if there are only texts in it.

    Raises FileRefused where the archive itself is broken or a bomb.
    """
    entries = {entry.filename: entry for entry in archive.entries(data)}
    try:
        name, path = _only_sheet(data, entries)
        return PlainSheet(name, _converted(archive.pieces(data, entries[path])))
    except (_NotPlainError, KeyError):
        return None


def _only_sheet(data: bytes, entries: dict[str, zipfile.ZipInfo]) -> tuple[str, str]:
    """Its name and its file."""
    sheets = _attributes(data, entries["xl/workbook.xml"], b"sheet")
    files = _attributes(data, entries["xl/_rels/workbook.xml.rels"], b"Relationship")
    if len(sheets) != 1 or sheets[0].get(b"state", b"visible") != b"visible":
        raise _NotPlainError
    of = {file[b"Id"]: file[b"Target"] for file in files}
    path = of[sheets[0][b"r:id"]].decode(errors="replace").removeprefix("/xl/")
    name = _ENTITY.sub(_character, sheets[0][b"name"])
    return name.decode(errors="replace"), f"xl/{path}"


def _attributes(data: bytes, entry: zipfile.ZipInfo, tag: bytes) -> list[dict[bytes, bytes]]:
    if entry.file_size > _MAX_LIST:
        raise _NotPlainError
    found = _TAG.findall(b"".join(archive.pieces(data, entry)))
    return [dict(_ATTRIBUTE.findall(attributes)) for name, attributes in found if name == tag]


def _converted(unpacked: Iterator[bytes]) -> list[bytes]:
    """The rows of a sheet, some thousand at a time."""
    before, begin, text = next(unpacked, b"").partition(b"<sheetData>")
    prolog = _ENCODING.search(before.partition(b"?>")[0])
    utf8 = prolog is None or prolog[1].lower() == b"utf-8"
    if not begin or not utf8 or not before.startswith(b"<") or b"<!" in before:
        raise _NotPlainError
    rows = _Rows()
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
                raise _NotPlainError
        if ended:
            if b"<mergeCell" in text:
                raise _NotPlainError
            text = text[-len(b"<mergeCell") :]
    if not ended:
        raise _NotPlainError
    return rows.converted()


class _Rows:
    """Rows of a sheet as lines, those that it leaves out as blank ones."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._rows = 0
        self._indented = True  # so far nothing is in the first column
        self._columns = 0
        self._row = self._compiled(1)

    def _compiled(self, columns: int) -> re.Pattern[bytes]:
        self._columns = columns
        return re.compile(_ROW % b"".join(_CELL % _letters(n) for n in range(1, columns + 1)))

    def take(self, xml: bytes) -> None:
        """The tags of some rows."""
        if not xml:
            return
        found = self._found(xml)
        if found is None:  # this is where the first wide row is
            self._row = self._compiled(max(self._columns, _width(xml)))
            found = self._found(xml)
            if found is None:
                raise _NotPlainError
        if self._indented:
            self._indented = not any(row[1] for row in found)
        lines = [_CELL_END.join(row[1:]) for row in found]
        numbers = [int(row[0]) for row in found]
        first = self._rows + 1
        if numbers != list(range(first, first + len(numbers))):
            lines = self._with_gaps(numbers, lines)
        self._rows = numbers[-1]
        piece = _ROW_END.join(lines)
        if piece.count(_ROW_END) != len(lines) - 1 or piece.count(_CELL_END) != len(found) * (
            self._columns - 1
        ):
            raise _NotPlainError
        if b"&" in piece:
            piece = _ENTITY.sub(_character, piece)
        if b"\0" in piece or b"\r" in piece or (b"_x" in piece and _ESCAPED.search(piece)):
            raise _NotPlainError
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > MAX_TEXT or self._rows > MAX_ROWS:
            raise _NotPlainError

    def _found(self, xml: bytes) -> list[tuple[bytes, ...]] | None:
        """The number and the cells of each row; None where there is anything else."""
        matches = list(iter(self._row.scanner(xml).match, None))  # type: ignore[attr-defined]
        if not matches or matches[-1].end() != len(xml):
            return None
        return [match.groups(b"") for match in matches]

    def _with_gaps(self, numbers: Sequence[int], lines: Iterable[bytes]) -> list[bytes]:
        filled: list[bytes] = []
        row = self._rows
        for number, line in zip(numbers, lines, strict=True):
            if not row < number <= MAX_ROWS:
                raise _NotPlainError
            filled.extend([b""] * (number - row - 1))
            filled.append(line)
            row = number
        return filled

    def converted(self) -> list[bytes]:
        """What the sheet holds, up to its last row with something in it."""
        pieces = self._pieces
        while pieces and not pieces[-1].strip(_CELL_END + _ROW_END):
            pieces.pop()
        if not pieces or self._indented:  # an empty first column is not counted elsewhere
            raise _NotPlainError
        pieces[-1] = pieces[-1].rstrip(_CELL_END + _ROW_END)
        return pieces


def _width(xml: bytes) -> int:
    columns = max(map(_number, set(_COLUMN.findall(xml))), default=1)
    if columns > MAX_COLUMNS:
        raise _NotPlainError
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


def _character(entity: re.Match[bytes]) -> bytes:
    hexadecimal, decimal, name = entity.groups()
    if hexadecimal is None and decimal is None:
        return _ENTITIES[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code in (0x1E, 0x1F) or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        raise _NotPlainError
    return chr(code).encode()
