"""Tables as merchants send them, CSV and XLSX of any dialect, read as rows of cells.

A file is told by its content, never by its name. Nothing is unpacked to disk; text is streamed.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from typing import Final, Protocol

import python_calamine

from core.errors import FileRefused
from core.sources import archive, packed
from core.sources.blocks import Block, Lines, Records, blocks
from core.sources.letters import alike
from core.sources.mapping import Mapping, fingerprint, known_fields, unique_headers
from core.sources.plain_sheet import plain_sheet
from core.sources.values import Cell, text

DELIMITERS: Final = (";", ",", "\t", "|")
HEADER_WITHIN: Final = 40  # rows in which a header is looked for, below titles and blanks
MAX_COLUMNS: Final = 1_000
MAX_TEXT_FILE: Final = 2**30  # bytes of a CSV
MAX_SHEETS: Final = 5  # visible sheets that are looked into
MAX_MERGED: Final = 100  # rows of one merged cell: the items of an order, not a coloured column

_SAMPLE: Final = 2**16  # characters in which dialect and header are found
_PIECE: Final = 2**20
_LONGEST_HEADER: Final = 1_000  # characters of one header
_BLOCK: Final = 500  # rows of a sheet

_UTF16_LOOKED_AT: Final = 2_000  # bytes
_UTF16_PAGES: Final = b"\x00\x04\x05\x20\x21"  # Latin, Cyrillic, spaces and signs

_OLE: Final = b"\xd0\xcf\x11\xe0"  # .xls, and every XLSX with a password
_BINARY: Final = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
)
# In cp1251 these are letters of Serbian, Macedonian and Belarusian; in KZ-1048 they are Kazakh.
_KAZAKH_BYTES: Final = re.compile(rb"[\x8d\x8e\x9d\x9e\xa1\xa2\xa3\xa5\xaa\xaf\xb4\xba\xbc-\xbf]")
_CYRILLIC_BYTES: Final = re.compile(rb"[\xc0-\xff\xa8\xb8]")


Content = bytes | Path | packed.Packed
"""A file in memory, on the disk, or inside an archive that is one of them."""


class Table(Protocol):
    """Rows of cells, as often as one asks for them."""

    @property
    def encoding(self) -> str:
        """The text encoding that was found; "" for a workbook."""

    @property
    def delimiter(self) -> str:
        """The mark between cells; "" for a workbook."""

    @property
    def sheet(self) -> str:
        """The sheet that is read; "" for text."""

    @property
    def formulas(self) -> bool:
        """Whether cells are computed; a formula that was never computed is an empty cell."""

    def blocks(self, width: int) -> Iterator[Block]:
        """The rows from the first one on.

        `width` is that of the header, by which text tells a cell with line ends from a quote that
        was never closed. Raises FileRefused("not_a_table", line) where most of it is broken.
        """

    def merged(self, column: int) -> Set[int]:
        """The 1-based lines whose cell of that column is one with the cell above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header row: its headers told apart, how many rows precede it, and its 1-based line.

    Where the header has two rows, or a row of column numbers below it, `above` counts them up to
    the last one and `line` is the first. `width` counts also the empty cells at its end, which
    `names` leaves out.
    """

    names: tuple[str, ...]
    width: int
    above: int
    line: int

    @property
    def fingerprint(self) -> str:
        """The identity by which a saved mapping is found again."""
        return fingerprint(self.names)

    def index(self, name: str | None) -> int | None:
        """The position of a column, by its header in any case and spacing."""
        if name is None:
            return None
        wanted = " ".join(name.lower().split())
        found = (i for i, each in enumerate(self.names) if " ".join(each.lower().split()) == wanted)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Shapes:
    """Headers that a brand has confirmed: by their fingerprints, and the words in them."""

    fingerprints: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, mappings: Iterable[Mapping]) -> Shapes:
        """The shapes that mappings were made for."""
        mappings = tuple(mappings)
        words = (name for each in mappings for name in each.header)
        return cls(frozenset(each.fingerprint for each in mappings), frozenset(map(alike, words)))

    def known(self, cells: Sequence[str]) -> int:
        """How many cells are words of a confirmed header; one is none."""
        found = sum(alike(cell) in self.words for cell in cells if cell) if self.words else 0
        return found if found > 1 else 0


NO_SHAPES: Final = Shapes(frozenset(), frozenset())


def open_table(data: Content, shapes: Shapes = NO_SHAPES) -> tuple[Table, Header]:
    """The table of a file and its header, found by known headers or by saved ones.

    Raises FileRefused: empty, too_big, zip_bomb, wrong_extension (an old .xls), not_a_table,
    encoding, no_header.
    """
    head = _head(data)
    if not head.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise FileRefused("empty")
    if head.startswith(b"PK"):
        return _open_workbook(packed.whole(data, archive.MAX_ARCHIVE), shapes)
    if head.startswith(_OLE):
        # Excel puts a workbook with a password into the container of its old format.
        locked = "EncryptedPackage".encode("utf-16-le") in packed.whole(data, archive.MAX_ARCHIVE)
        raise FileRefused("locked") if locked else FileRefused("wrong_extension", detail="xls")
    return _open_text(data, head, shapes)


def _head(data: Content) -> bytes:
    with packed.opened(data) as source:
        return source.read(_SAMPLE)


# --- the header ----------------------------------------------------------------------------------


def _find_header(
    rows: Iterator[tuple[int, Sequence[Cell], bool]], shapes: Shapes
) -> tuple[int, Header | None]:
    """The best row of the first forty and how many fields of an order it names."""
    best: tuple[int, Header | None] = (0, None)
    before: tuple[int, Sequence[Cell]] | None = (
        None  # the row above, where it could be half a header
    )
    for above, (line, cells, whole) in enumerate(rows):
        if above >= HEADER_WITHIN:
            break
        if len(cells) > MAX_COLUMNS:
            raise FileRefused("not_a_table", line=line, detail=f"{len(cells)} columns")
        if best[1] and best[1].above == above - 1 and _is_numbering(cells):
            best = best[0], replace(best[1], above=above)
            continue
        tried = [(line, cells)]
        if before is not None:
            tried.append((before[0], _stacked(before[1], cells)))
        before = None
        if not whole or not _could_be_header(cells, half=len(tried) > 1):
            continue
        before = line, cells
        for first, row in tried:
            if not _could_be_header(row):
                continue
            header = Header(
                names=unique_headers(_trimmed(row)), width=len(row), above=above, line=first
            )
            if header.fingerprint in shapes.fingerprints:
                return 1_000, _numbered(header, rows)
            # A row of words that nobody has seen before may be a header too: the brand will map it.
            words = [text(cell) for cell in row]
            score = max(known_fields(words), shapes.known(words)) * 10 or 1
            if score > best[0]:
                best = score, header
    return best


def _stacked(upper: Sequence[Cell], lower: Sequence[Cell]) -> list[Cell]:
    """Two rows as one header: what is below tells, what is above where nothing is below."""
    return [low if low != "" else up for up, low in zip_longest(upper, lower, fillvalue="")]


def _numbered(header: Header, rows: Iterator[tuple[int, Sequence[Cell], bool]]) -> Header:
    """The header with the row of numbers below it, where there is one."""
    following = next(rows, None)
    numbers = following is not None and _is_numbering(following[1])
    return replace(header, above=header.above + 1) if numbers else header


def _is_numbering(cells: Sequence[Cell]) -> bool:
    """1, 2, 3 … under the headers, as printed forms have them."""
    found = [text(cell) for cell in _trimmed(cells)]
    return len(found) > 2 and found == [str(number) for number in range(1, len(found) + 1)]


def _could_be_header(cells: Sequence[Cell], *, half: bool = False) -> bool:
    """Several fields of an order, or at least words only: "17" and "12.03.2025" are data.

    `half` lets a single word pass: the lower row of a header may have no more.
    """
    found = [cell for cell in cells if cell != ""]
    if any(isinstance(cell, str) and len(cell) > _LONGEST_HEADER for cell in found):
        return False
    if known_fields(cell for cell in found if isinstance(cell, str)) >= 3:
        return True
    words = {" ".join(cell.split()) for cell in found if isinstance(cell, str)} - {""}
    if len(words) < (1 if half else 2) or any(not isinstance(cell, str) for cell in found):
        return False
    return all(any(map(str.isalpha, word)) or word in ("№", "#") for word in words)


def _trimmed(cells: Sequence[Cell]) -> Sequence[Cell]:
    """Without the empty cells at the end, which spreadsheets write at will."""
    last = len(cells)
    while last and cells[last - 1] == "":
        last -= 1
    return cells[:last]


# --- text ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextTable:
    """A CSV in memory or on disk, read as a stream."""

    data: Content
    encoding: str
    delimiter: str
    skip: int = 0  # lines before the table: "sep=;"
    sheet: str = ""
    formulas: bool = False

    def blocks(self, width: int) -> Iterator[Block]:
        """See Table.blocks."""
        with packed.opened(self.data) as source:
            yield from blocks(source, self.encoding, self.delimiter, width, self.skip)

    def merged(self, column: int) -> Set[int]:
        """None: text has no merged cells."""
        return frozenset()


def _open_text(data: Content, head: bytes, shapes: Shapes) -> tuple[Table, Header]:
    _check_text(data, head)
    encoding = _encoding(data, head)
    sample = head.decode(encoding, errors="replace")
    if len(head) == _SAMPLE:  # its last line is cut
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    sample = sample.replace("\0", "")
    named = re.match(r'"?sep=([;,\t|])"?\r?\n', sample, re.IGNORECASE)
    skip = 1 if named else 0
    lines = list(io.StringIO(sample, newline=""))[skip:]
    delimiter, header = _dialect(lines, named[1] if named else DELIMITERS, skip + 1, shapes)
    if header is None and named:  # the mark was changed and the line that names it was not
        delimiter, header = _dialect(lines, DELIMITERS, skip + 1, shapes)
    if header is None:
        raise _no_header(lines, data)
    return TextTable(data, encoding, delimiter, skip), header


def _dialect(
    lines: Sequence[str], delimiters: Sequence[str], number: int, shapes: Shapes
) -> tuple[str, Header | None]:
    """The mark by which the lines have the header that says most, and that header."""
    best: tuple[int, int, str, Header | None] = (0, 0, "", None)
    for delimiter in delimiters:
        rows = Records(Lines(["".join(lines)]), delimiter, 0, number)
        score, header = _find_header(rows, shapes)
        width = len(header.names) if header else 0
        if (score, width) > best[:2]:
            best = (score, width, delimiter, header)
    return best[2:]


def _no_header(lines: Sequence[str], data: Content) -> FileRefused:
    """Tell a file without any columns from one whose first row is data already."""
    filled = [line for line in lines[:HEADER_WITHIN] if line.strip()]
    if not filled:
        return FileRefused("empty")
    if any(mark in line for line in filled for mark in DELIMITERS):
        return FileRefused("no_header", line=1, detail=filled[0].strip()[:100])
    return FileRefused("not_a_table", line=1, detail=filled[0].strip()[:100])


def read_text(data: bytes) -> str:
    """A whole text file in whatever encoding it has; FileRefused as `open_table`."""
    head = data[:_SAMPLE]
    _check_text(data, head)
    return data.decode(_encoding(data, head), errors="replace").replace("\0", "")


def _check_text(data: Content, head: bytes) -> None:
    if isinstance(data, Path) and (size := data.stat().st_size) > MAX_TEXT_FILE:
        raise FileRefused("too_big", detail=f"{size} bytes")
    if head.startswith(_BINARY):
        raise FileRefused("not_a_table", detail="binary")
    if _utf16(head):
        return
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b"\x00\t\r\n ")
    if start.startswith(b"<"):
        raise FileRefused("web_page")
    if start.startswith((b"{", b"[{")):
        raise FileRefused("not_a_table", line=1, detail="json")
    control = len(re.findall(rb"[\x01-\x08\x0b\x0e-\x19\x1b-\x1f\x7f]", head))
    if control * 100 > len(head) or head.count(0) * 10 > len(head):
        raise FileRefused("not_a_table", detail="binary")


def _encoding(data: Content, head: bytes) -> str:
    """UTF-16 and UTF-8 by their marks, UTF-8 if it is valid, else the Windows code pages."""
    if marked := _utf16(head):
        return marked
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if _is_utf8(data) or _is_mostly_utf8(head):
        return "utf-8"
    foreign = sum(byte >= 0x80 for byte in head)
    if foreign and len(_CYRILLIC_BYTES.findall(head)) * 2 < foreign:
        raise FileRefused("encoding")
    return "kz1048" if _KAZAKH_BYTES.search(head) else "cp1251"


def _utf16(head: bytes) -> str:
    """UTF-16 by its mark, or by its half of bytes that only say Latin or Cyrillic; else ""."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[:_UTF16_LOOKED_AT:2], head[1:_UTF16_LOOKED_AT:2]
    for pages, letters, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        told = sum(byte in _UTF16_PAGES for byte in pages)
        if pages.count(0) and not letters.count(0) and told * 20 >= len(pages) * 19:
            return name
    return ""


def _is_utf8(data: Content) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with packed.opened(data) as source:
        try:
            for piece in iter(partial(source.read, _PIECE), b""):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _is_mostly_utf8(head: bytes) -> bool:
    """UTF-8 with a letter cut in two here and there: ten Cyrillic letters to each broken one."""
    decoded = head.decode("utf-8", errors="replace")
    letters = sum("Ѐ" <= character <= "ӿ" for character in decoded)
    return letters > 10 * decoded.count("\ufffd")


# --- workbooks -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One sheet of a workbook."""

    content: python_calamine.CalamineSheet
    formulas: bool
    nuls: bool  # perhaps; no database takes one
    encoding: str = ""
    delimiter: str = ""

    @property
    def sheet(self) -> str:
        """The sheet's name."""
        return self.content.name

    def rows(self) -> Iterator[tuple[int, list[Cell], bool]]:
        """The 1-based line, the cells, and that the row is whole."""
        with parsing():
            for line, cells in enumerate(self.content.iter_rows(), 1):
                yield line, _without_nuls(cells) if self.nuls else cells, True

    def blocks(self, width: int) -> Iterator[Block]:
        """See Table.blocks; a sheet has no broken rows."""
        rows = self.content.iter_rows()
        line = 1
        with parsing():
            while block := list(islice(rows, _BLOCK)):
                if self.nuls:
                    block = list(map(_without_nuls, block))
                yield Block(range(line, line + len(block)), block)
                line += len(block)

    def merged(self, column: int) -> Set[int]:
        """See Table.merged; a sheet with more merged rows than rows is no table of orders."""
        start, lines, taken = self.content.start, set[int](), 0
        if start is None:
            return lines
        at = column + start[1]
        for (first, left), (last, right) in self.content.merged_cell_ranges or ():
            if left <= at <= right and first < last <= first + MAX_MERGED:
                taken += last - first
                if taken > self.content.total_height:
                    return frozenset()
                lines.update(range(first + 2, last + 2))
        return lines


def _without_nuls(cells: Sequence[Cell]) -> list[Cell]:
    return [cell.replace("\0", "") if isinstance(cell, str) else cell for cell in cells]


def _open_workbook(data: bytes, shapes: Shapes) -> tuple[Table, Header]:
    """The visible sheet whose header says most; titles and notes often have sheets of their own."""
    if (plain := plain_sheet(data)) and (found := _find_header(_rows(plain), shapes)[1]):
        return plain, found
    archived = archive.check(data)
    best: tuple[int, Table, Header] | None = None
    filled = False
    with parsing():
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        visible = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.visible == python_calamine.SheetVisibleEnum.Visible
            and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        for name in visible[:MAX_SHEETS]:
            table = SheetTable(workbook.get_sheet_by_name(name), *archived)
            filled = filled or table.content.height > 0
            score, header = _find_header(table.rows(), shapes)
            if header and (best is None or score > best[0]):
                best = (score, table, header)
            if score >= 30:  # three fields of an order: this is the one
                break
    if best is None:
        raise FileRefused("no_header" if filled else "empty")
    return best[1], best[2]


def _rows(table: Table) -> Iterator[tuple[int, list[Cell], bool]]:
    for lines, rows, broken in table.blocks(0):
        for index, (line, cells) in enumerate(zip(lines, rows, strict=True)):
            yield line, cells, index not in broken


@contextmanager
def parsing() -> Iterator[None]:
    """Whatever the parser fails with becomes a refusal; a panic of it is not even an Exception."""
    try:
        yield
    except python_calamine.CalamineError as error:
        raise FileRefused("not_a_table", detail=str(error)[:100]) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise FileRefused("not_a_table", detail=str(error)[:100]) from error
