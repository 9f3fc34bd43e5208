"""What an XLSX archive would become in memory, found out before a parser is given it.

A sheet's parser allocates the whole rectangle between its first and last cell and copies a shared
string into every cell that names it, so that a file of some kilobytes can ask for terabytes and the
allocator then ends the process. Nothing here is kept: entries are inflated in pieces, counted, and
thrown away.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from xml.parsers import expat

from core.errors import FileRefused
from core.sources.packed import directory

MAX_ARCHIVE: Final = 100 * 2**20  # bytes of the file itself
MAX_UNPACKED: Final = 300 * 2**20  # bytes of all entries together
MAX_RATIO: Final = 200  # to one, of entries over RATIO_FROM; a real export has 8
RATIO_FROM: Final = 2**20  # bytes
MAX_ENTRIES: Final = 2_000
MAX_CELLS: Final = 8_000_000  # of one sheet's rectangle; a cell takes some 32 bytes in the parser
MAX_TEXT: Final = 192 * 2**20  # characters of a sheet's cells, repeated strings counted each time
MAX_STRINGS: Final = 4_000_000  # shared ones; each is an object of its own, however short
MAX_GAP: Final = 2**20  # bytes from one "<" to the next; a cell has 32 767 characters at most
# Bytes of the parts that list sheets, styles and relations: parsers make ten times as much of them.
MAX_LIST: Final = 8 * 2**20
MAX_STYLES: Final = 16 * 2**20

_PIECE: Final = 2**18  # bytes, unpacked
_PACKED: Final = 2**15  # bytes
_LONGEST_TAG: Final = 2**16
_SHARED: Final = "xl/sharedstrings.xml"
_XML: Final = (".xml", ".rels", ".vml")
# <c r="AB12" of a cell, <row r="12" of a row, as every writer of spreadsheets puts it
_PLACE: Final = re.compile(rb'<(?:c|row) r="([A-Z]{0,2})([1-9]\d{0,7})"')
_PREFIXED: Final = re.compile(rb":(?:c|row)[\s/>]")
_NUL: Final = re.compile(rb"&#x?0+;")


class Found(NamedTuple):
    """What sheets have: formulas, and perhaps a NUL in some cell, however it is spelt."""

    formulas: bool
    nuls: bool


def check(data: bytes) -> Found:
    """Refuse an archive that is no workbook or is a bomb.

    Raises FileRefused: too_big, zip_bomb, not_a_table (broken, encrypted, or another format).
    """
    if len(data) > MAX_ARCHIVE:
        raise FileRefused("too_big", detail=f"{len(data)} bytes")
    parts = entries(data)
    names = {entry.filename.lower() for entry in parts}
    if "xl/workbook.xml" not in names:
        other = _other_format(names)
        raise FileRefused("other_document" if other else "not_a_table", detail=other or "zip")
    strings = _Shared()
    shared = [entry for entry in parts if entry.filename.lower() == _SHARED]
    for entry in shared:
        strings.take(pieces(data, entry))
    found = [_check_sheet(data, each, shared, strings) for each in parts if each not in shared]
    return Found(
        formulas=any(sheet.formulas for sheet in found),
        nuls=strings.nuls or any(sheet.nuls for sheet in found),
    )


class _Shared:
    """About how many shared strings there are and how long the longest is, never too few."""

    def __init__(self) -> None:
        self.longest = 0
        self.nuls = False
        self._count = 0
        self._length = 0

    def take(self, unpacked: Iterator[bytes]) -> None:
        """The content of an entry."""
        for piece in _whole_tags(unpacked):
            self.nuls = self.nuls or _has_nul(piece)
            first, *others = map(len, piece.split(b"<si"))
            self._length += first
            self.longest = max(self.longest, self._length, *others)
            if others:
                self._length = others[-1]
            self._count += len(others) + piece.count(b":si")
            if self._count > MAX_STRINGS:
                raise FileRefused("zip_bomb", detail=f"more than {MAX_STRINGS} strings")


def _whole_tags(unpacked: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces that no tag and no text is cut by, the last one perhaps."""
    gaps, tail = _Gaps(), b""
    for piece in unpacked:
        gaps.check(piece)
        piece = tail + piece
        cut = piece.rfind(b"<")
        yield piece[: max(cut, 0)]
        tail = piece[max(cut, 0) :]
    yield tail


def _has_nul(piece: bytes) -> bool:
    return b"\0" in piece or b"_x0000_" in piece or (b"&#" in piece and bool(_NUL.search(piece)))


class _Gaps:
    """How far apart the tags of an entry are: one endless tag or text is held in memory whole."""

    def __init__(self) -> None:
        self._open = 0

    def check(self, piece: bytes) -> None:
        """Take in a piece; refuse it where there is a longer stretch than any cell can have."""
        first = piece.find(b"<")
        self._open += len(piece) if first < 0 else first
        if self._open > MAX_GAP:
            raise FileRefused("zip_bomb", detail=f"{self._open} bytes without a tag")
        if first >= 0:  # within a piece a gap is shorter than it
            self._open = len(piece) - piece.rfind(b"<")


def entries(data: bytes) -> list[zipfile.ZipInfo]:
    """The files of an archive. Raises FileRefused: zip_bomb, locked, not_a_table."""
    found = [each for each in directory(io.BytesIO(data)) if not each.is_dir()]
    if len(found) > MAX_ENTRIES:
        raise FileRefused("zip_bomb", detail=f"{len(found)} entries")
    if any(entry.flag_bits & 1 for entry in found):
        raise FileRefused("locked")
    for entry in found:
        if entry.file_size > _most(entry.filename.lower()):
            raise FileRefused("zip_bomb", detail=f"{entry.filename}: {entry.file_size} bytes")
    unpacked = sum(entry.file_size for entry in found)
    if unpacked > MAX_UNPACKED:
        raise FileRefused("zip_bomb", detail=f"{unpacked} bytes")
    for entry in found:
        if entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * entry.compress_size:
            raise FileRefused("zip_bomb", detail=entry.filename)
    return found


def _most(name: str) -> int:
    """Bytes that an entry may have."""
    if name.endswith(".rels") or name in ("xl/workbook.xml", "[content_types].xml"):
        return MAX_LIST
    return MAX_STYLES if name in ("xl/styles.xml", "xl/theme/theme1.xml") else MAX_UNPACKED


def _other_format(names: set[str]) -> str:
    if "content.xml" in names:
        return "ods"
    if "word/document.xml" in names:
        return "docx"
    return "xlsb" if "xl/workbook.bin" in names else ""


def pieces(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The entry's content; FileRefused where it is more than the directory says, or is broken."""
    at = entry.header_offset
    if data[at : at + 4] != b"PK\x03\x04":
        raise FileRefused("not_a_table", detail="zip")
    start = at + 30 + int.from_bytes(data[at + 26 : at + 28], "little")
    start += int.from_bytes(data[at + 28 : at + 30], "little")
    end = start + entry.compress_size
    packed = (data[cut : min(cut + _PACKED, end)] for cut in range(start, end, _PACKED))
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from packed
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise FileRefused("not_a_table", detail="zip")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    for some in packed:
        while some and not inflate.eof:
            try:
                piece = inflate.decompress(some, _PIECE)
            except zlib.error as error:
                raise FileRefused("not_a_table", detail="zip") from error
            size += len(piece)
            if size > entry.file_size:
                raise FileRefused("zip_bomb", detail=entry.filename)
            some = inflate.unconsumed_tail
            yield piece


def _check_sheet(
    data: bytes, entry: zipfile.ZipInfo, shared: list[zipfile.ZipInfo], strings: _Shared
) -> Found:
    """Refuse a sheet whose cells would not fit; whatever an entry is called, it may be a sheet.

    Quick and too strict first; what it suspects is then measured exactly.
    """
    bounds = _Bounds()
    tags = 0
    formulas = nuls = suspect = False
    tail, gaps = b"", _Gaps()
    is_xml = entry.filename.lower().endswith(_XML)
    for piece in pieces(data, entry):
        if is_xml:
            gaps.check(piece)
        piece = tail + piece
        cut = piece.rfind(b"<")  # a tag may be cut by the end of a piece
        if cut < 0 or len(piece) - cut > _LONGEST_TAG:
            cut = len(piece)
            nuls = True  # one may be cut
        piece, tail = piece[:cut], piece[cut:]
        tags += piece.count(b"<")
        formulas = formulas or (b"<f" in piece and (b"<f>" in piece or b"<f " in piece))
        nuls = nuls or _has_nul(piece)
        suspect = suspect or not bounds.hold(piece)
    nuls = nuls or _has_nul(tail)
    suspect = suspect or not bounds.hold(tail) or bounds.cells > MAX_CELLS
    if is_xml:
        # A cell with a value has four tags: <c><v></v></c>.
        if not suspect and (tags // 4) * strings.longest > MAX_TEXT:
            lengths = [length for each in shared for length in _lengths(data, each)]
            suspect = (tags // 4) * max(lengths, default=0) > MAX_TEXT
        if suspect:
            _measure(data, entry, shared)
    return Found(formulas and "worksheets/" in entry.filename.lower(), nuls)


class _Bounds:
    """The last column and about the last row that a sheet's tags name, found at memory speed.

    One regular expression looks for a tag of a cell or a row that is *not* within the bounds known
    so far; each find widens them. A sheet in order makes it run through undisturbed.
    """

    def __init__(self) -> None:
        self._column, self._row = b"A", 1
        self._outside = self._compiled()

    @property
    def cells(self) -> int:
        return _column_number(self._column) * self._row

    def hold(self, piece: bytes) -> bool:
        """Take in a piece; False if a tag is spelt in a way that this does not understand."""
        at = 0
        while found := self._outside.search(piece, at):
            place = _PLACE.match(piece, found.start())
            if place is None:
                return False
            last = piece.rfind(b'<row r="')
            ahead = _PLACE.match(piece, last) if last >= 0 else None
            self._row = max(self._row, _rounded_up(int(place[2])))
            self._row = max(self._row, _rounded_up(int(ahead[2])) if ahead else 0)
            self._column = max(self._column, place[1], key=_column_number)
            self._outside = self._compiled()
            at = found.start()
        return _PREFIXED.search(piece) is None

    def _compiled(self) -> re.Pattern[bytes]:
        first, second = self._column[:1], self._column[1:]
        columns = b"[A-%b]" % first
        if second:
            columns = b"(?:[A-Z]|%b[A-%b]" % (first, second)
            columns += b"|[A-%c][A-Z])" % (first[0] - 1) if first > b"A" else b")"
        digits = str(self._row)  # two leading digits, then nines
        rows = rb"[1-9]\d{0,%d}" % (len(digits) - 2) if len(digits) > 1 else b"(?!)"
        rows += b"|" + _up_to(digits)
        inside = rb' r="(?:%b)?(?:%b)"' % (columns, rows)
        return re.compile(rb"<(?:c|row)(?=[\s/>])(?!%b)" % inside)


def _rounded_up(row: int) -> int:
    """The greatest row with the same two leading digits: 12345 -> 12999."""
    tens: int = 10 ** max(0, len(str(row)) - 2)
    return (row // tens + 1) * tens - 1


def _up_to(digits: str) -> bytes:
    """A pattern of the numbers as long as `digits` and not greater by their two leading digits."""
    if len(digits) == 1:
        return b"[1-%b]" % digits.encode()
    first, second, rest = digits[0], digits[1], len(digits) - 2
    leading = f"{first}[0-{second}]" + (f"|[1-{int(first) - 1}]\\d" if first > "1" else "")
    return rf"(?:{leading})\d{{{rest}}}".encode()


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _measure(data: bytes, entry: zipfile.ZipInfo, shared: list[zipfile.ZipInfo]) -> None:
    """Read the sheet as XML and refuse it if its cells with a value are too many or too long."""
    sheet = _Sheet([length for each in shared for length in _lengths(data, each)])
    _parse(data, entry, sheet)
    sheet.check()


def _lengths(data: bytes, entry: zipfile.ZipInfo) -> list[int]:
    strings = _Strings()
    _parse(data, entry, strings)
    return strings.lengths


class _Strings:
    """Lengths of the shared strings, in their order."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "si":
            self.lengths.append(0)

    def end(self, name: str) -> None:
        pass

    def characters(self, characters: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(characters)


class _Sheet:
    """The rectangle of a sheet's cells that hold something, and how much text they hold."""

    def __init__(self, shared: list[int]) -> None:
        self.text = 0
        self._shared = shared
        self._row = self._column = 0
        self._rows: tuple[int, int] | None = None
        self._columns = (1, 1)
        self._is_shared = self._in_value = False
        self._value = ""

    @property
    def cells(self) -> int:
        if self._rows is None:
            return 0
        rows = self._rows[1] - self._rows[0] + 1
        return rows * (self._columns[1] - self._columns[0] + 1)

    def check(self) -> None:
        if self.cells > MAX_CELLS or self.text > MAX_TEXT:
            raise FileRefused("zip_bomb", detail=f"{self.cells} cells, {self.text} characters")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() and len(number) < 10 else self._row + 1
            self._column = 0
            self.check()  # soon, not at the end of three hundred megabytes
        elif local == "c":
            self._column += 1
            if match := re.fullmatch(r"([A-Za-z]{1,4})(\d{1,9})", attributes.get("r", "")):
                self._column = _column_number(match[1].encode())
                self._row = int(match[2])
            self._is_shared = attributes.get("t") == "s"
        elif local in ("v", "is", "f"):
            self._in_value, self._value = local == "v", ""
            if self._rows is None:
                self._rows, self._columns = (self._row,) * 2, (self._column,) * 2
            self._rows = min(self._rows[0], self._row), max(self._rows[1], self._row)
            first, last = self._columns
            self._columns = min(first, self._column), max(last, self._column)

    def end(self, name: str) -> None:
        if self._in_value and self._is_shared and self._value.isdecimal() and len(self._value) < 9:
            index = int(self._value)
            self.text += self._shared[index] if index < len(self._shared) else 0
        self._in_value = False

    def characters(self, characters: str) -> None:
        self.text += len(characters)
        if self._in_value and len(self._value) < 9:
            self._value += characters


def _parse(data: bytes, entry: zipfile.ZipInfo, target: _Strings | _Sheet) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = target.start
    parser.EndElementHandler = target.end
    parser.CharacterDataHandler = target.characters
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        for piece in pieces(data, entry):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # an encoding that is none
        raise FileRefused("not_a_table", detail=entry.filename) from error


def _no_doctype(*_: Any) -> None:
    raise FileRefused("zip_bomb", detail="DOCTYPE")
