"""What is written in the cells of a sheet: texts, shared strings, numbers and days.

Everything here means what the parser for every kind of sheet makes of it. Where that is not
certain the sheet is left to that parser.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core.sources import archive
from core.sources.values import Cell

MAX_STRINGS: Final = 64 * 2**20  # bytes of the list of shared strings
_MAX_LIST: Final = 2**16  # bytes of the lists of sheets, of their files and of styles
_KNOWN: Final = 20_000  # cells that are remembered as they are written

_KIND: Final = re.compile(rb'(?: s="([0-9]{1,5})")?(?: t="(s|n|str|inlineStr)")?/?')
_NUMBER: Final = re.compile(rb"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[Ee][+-]?[0-9]{1,3})?")
_ESCAPED: Final = re.compile(rb"_x[0-9A-Fa-f]{4}_")  # a character that XML does not take
_ENTITY: Final = re.compile(rb"&(?:#x([0-9A-Fa-f]{1,6});|#([0-9]{1,7});|([a-z]{2,4});)?")
_ENTITIES: Final = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}
_ENCODING: Final = re.compile(rb"""encoding=["']([^"']*)""")
_TAG: Final = re.compile(rb"<(sheet|Relationship|numFmt|xf)\s([^>]*?)/?>")
_ATTRIBUTE: Final = re.compile(rb'([\w:]+)="([^"]*)"')
_STRING: Final = re.compile(
    rb"\s*<si>(?:<t(?: [^>/]*)?>([^<]*)</t>"
    rb"|((?:<r>(?:<rPr>(?:<[^>]*/>)*</rPr>)?<t(?: [^>/]*)?>[^<]*</t></r>)+))</si>"
)
_RUN: Final = re.compile(rb"<t(?: [^>/]*)?>([^<]*)</t>")

# Formats by which a number is a day, and those by which it is none; of others the other parser is
# asked.
_DAYS: Final = frozenset({14, 15, 16, 17, 22})
_NO_DAYS: Final = frozenset({*range(14), *range(37, 41), 48, 49})
_FORMAT_OF_DAYS: Final = re.compile(
    rb"(?:\[\$-[0-9A-Fa-f]+\])?[dmyhs./:, \\-]*yy[dmyhs./:, \\-]*(?:;@)?", re.IGNORECASE
)
_FORMAT_OF_NUMBERS: Final = re.compile(rb"General|@|[#0?.,% ()_;-]+")
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - of spreadsheets, wherever they are
_FIRST_DAY, _LAST_DAY = 36_526, 73_050  # 2000 to 2099


class NotPlainError(Exception):
    """The other parser is needed. It never leaves the reader of plain sheets."""


class Cells(dict[bytes, Cell]):
    """What is in the cells of a sheet, by what is written there behind their places.

    A sheet writes the same texts, numbers and days again and again. Whole numbers are integers.
    """

    def __init__(self, data: bytes, entries: dict[str, zipfile.ZipInfo]) -> None:
        super().__init__()
        self[b""] = ""
        self.longest = 0  # characters of a shared string
        self._data, self._entries = data, entries
        self._read: dict[bytes, Callable[[bytes], Cell]] = {}  # by style and type
        self._strings: list[str] | None = None
        self._days: list[bool | None] | None = None

    def __missing__(self, written: bytes) -> Cell:
        kind, _, content = written.partition(b">")
        read = self._read.get(kind)
        if read is None:
            read = self._read[kind] = self._reader(kind)
        cell = read(content)
        if len(self) > _KNOWN:
            self.clear()
            self[b""] = ""
        self[written] = cell
        return cell

    def _reader(self, kind: bytes) -> Callable[[bytes], Cell]:
        found = _KIND.fullmatch(kind)
        if found is None:
            raise NotPlainError
        style, of = found.groups()
        if of == b"inlineStr":
            return _inline
        if of == b"str":
            return _formula
        if of == b"s":
            if self._strings is None:
                self._strings = _strings(self._data, self._entries["xl/sharedStrings.xml"])
                self.longest = max(map(len, self._strings))
            return partial(_shared, self._strings)
        return partial(self._number, int(style or 0))

    def _number(self, style: int, content: bytes) -> Cell:
        if content in (b"", b"</c>"):
            return ""
        if self._days is None:
            self._days = _days(self._data, self._entries)
        is_day = self._days[style] if style < len(self._days) else None
        value = _value(content)
        if is_day is False and len(value) < 16 and value.isdigit():
            return int(value)
        if is_day is None or not _NUMBER.fullmatch(value):
            raise NotPlainError
        number = float(value)
        if abs(number) > 1e300:  # or infinite
            raise NotPlainError
        if not is_day:
            return int(number) if number.is_integer() and abs(number) < 1e15 else number
        if not _FIRST_DAY <= number < _LAST_DAY:
            raise NotPlainError
        if number.is_integer():
            return (_EPOCH + timedelta(days=number)).date()
        return _EPOCH + timedelta(milliseconds=int(number * 86_400_000 + 0.5))


def _value(content: bytes) -> bytes:
    if content[:3] != b"<v>":
        raise NotPlainError
    return content[3:-8]


def _shared(strings: Sequence[str], content: bytes) -> Cell:
    index = content[3:-8]
    if content[:3] != b"<v>" or not index.isdigit() or len(index) > 8:
        raise NotPlainError
    try:
        return strings[int(index)]
    except IndexError:
        raise NotPlainError from None


def _inline(content: bytes) -> Cell:
    if content == b"<is><t/></is></c>":
        return ""
    if content[:6] != b"<is><t":
        raise NotPlainError
    return _of_one(content[4:-13].partition(b">")[2])


def _formula(content: bytes) -> Cell:
    """The text that a formula came to, without the formula."""
    return _of_one(_value(content))


def _of_one(written: bytes) -> str:
    if written.isalnum():
        return written.decode()
    if b"\x1f" in written or b"\x1e" in written:
        raise NotPlainError
    return meant(written)


def _strings(data: bytes, entry: zipfile.ZipInfo) -> list[str]:
    """The shared strings."""
    if entry.file_size > MAX_STRINGS:
        raise NotPlainError
    xml = b"".join(archive.pieces(data, entry))
    before, begin, listed = xml.partition(b"<si>")
    listed = (begin + listed).rstrip()
    if not is_utf8(before) or not listed.endswith(b"</sst>"):
        raise NotPlainError
    listed = listed.removesuffix(b"</sst>").rstrip()
    if not listed.startswith(b"<si><t>") or not listed.endswith(b"</t></si>"):
        texts = _of_runs(listed)
    else:
        texts = listed[len(b"<si><t>") : -len(b"</t></si>")].split(b"</t></si><si><t>")
        if any(b"<" in text for text in texts):
            texts = _of_runs(listed)
    joined = b"\x1f".join(texts)
    if joined.count(b"\x1f") != len(texts) - 1 or b"\x1e" in joined:
        raise NotPlainError
    return meant(joined).split("\x1f")


def _of_runs(listed: bytes) -> list[bytes]:
    """Shared strings of which some have several formats, or keep their spaces."""
    found = list(iter(_STRING.scanner(listed).match, None))  # type: ignore[attr-defined]
    if not found or found[-1].end() != len(listed):
        raise NotPlainError
    texts = [match.groups() for match in found]
    return [b"".join(_RUN.findall(runs)) if text is None else text for text, runs in texts]


def meant(written: bytes) -> str:
    """A text, or several between control characters, as it was before it became XML."""
    return unescaped(written).decode(errors="replace")


def unescaped(written: bytes) -> bytes:
    """The same in bytes."""
    if b"&" in written:
        written = _ENTITY.sub(_character, written)
    if b"\0" in written or b"\r" in written or (b"_x" in written and _ESCAPED.search(written)):
        raise NotPlainError
    return written


def _character(entity: re.Match[bytes]) -> bytes:
    hexadecimal, decimal, name = entity.groups()
    if hexadecimal is None and decimal is None:
        try:
            return _ENTITIES[name]
        except KeyError:
            raise NotPlainError from None
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code in (0x1E, 0x1F) or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        raise NotPlainError
    return chr(code).encode()


def _days(data: bytes, entries: dict[str, zipfile.ZipInfo]) -> list[bool | None]:
    """Whether numbers of each style are days; None where that is for the other parser to say."""
    if b"1904" in listed(data, entries["xl/workbook.xml"]):
        raise NotPlainError
    xml = listed(data, entries["xl/styles.xml"])
    if not is_utf8(xml):
        raise NotPlainError
    formats = {
        int(each[b"numFmtId"]): _is_of_days(each[b"formatCode"])
        for each in attributes(xml, b"numFmt")
    }
    styles = xml.partition(b"<cellXfs")[2].partition(b"</cellXfs>")[0]
    found: list[bool | None] = []
    for each in attributes(styles, b"xf"):
        number = int(each.get(b"numFmtId", b"0"))
        known = True if number in _DAYS else False if number in _NO_DAYS else None
        found.append(formats.get(number, known))
    return found


def _is_of_days(code: bytes) -> bool | None:
    code = _ENTITY.sub(_character, code)
    if _FORMAT_OF_DAYS.fullmatch(code):
        return True
    return False if _FORMAT_OF_NUMBERS.fullmatch(code) else None


def listed(data: bytes, entry: zipfile.ZipInfo) -> bytes:
    """One of the small files that say what is where in a workbook."""
    if entry.file_size > _MAX_LIST:
        raise NotPlainError
    return b"".join(archive.pieces(data, entry))


def attributes(xml: bytes, tag: bytes) -> list[dict[bytes, bytes]]:
    """Of each of these tags."""
    found = _TAG.findall(xml)
    return [dict(_ATTRIBUTE.findall(given)) for name, given in found if name == tag]


def is_utf8(beginning: bytes) -> bool:
    """Whether an XML begins as one of this encoding, without entities of its own."""
    prolog = _ENCODING.search(beginning.partition(b"?>")[0])
    utf8 = prolog is None or prolog[1].lower() == b"utf-8"
    return utf8 and beginning.startswith(b"<") and b"<!" not in beginning
