"""Files that are small and would be huge: each must be answered soon and in little memory."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Final

import xlsxwriter

HEADER: Final = "Номер заказа;Дата;Статус;Сумма;Промокод\n"
ROW: Final = "{n};21.03.2025;Выдан;500;A1\n"
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
LOCAL: Final = struct.Struct("<4s5H3I2H")


def table(rows: int = 3) -> bytes:
    """A CSV of orders."""
    return (HEADER + "".join(ROW.format(n=n) for n in range(1, rows + 1))).encode()


def workbook(rows: int = 3) -> bytes:
    """A workbook of orders with shared strings."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Orders")
        for line, text in enumerate(table(rows).decode().splitlines()):
            sheet.write_row(line, 0, text.split(";"))
    return stream.getvalue()


def parts(archive: bytes) -> dict[str, bytes]:
    """The entries of a zip."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """A zip of entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


SUMMED: Final = 2**28  # bytes up to which a checksum is worked out; larger ones are never read


def over_and_over(
    begin: bytes, chunk: bytes, times: int, end: bytes = b""
) -> tuple[bytes, int, int]:
    """`chunk` so many times between two texts: deflated without unfolding it, its size, its sum."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(begin) + packer.flush(zlib.Z_FULL_FLUSH)
    one = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(end) + packer.flush(zlib.Z_FINISH)
    size = len(begin) + len(chunk) * times + len(end)
    told = 0
    if size <= SUMMED:
        told = zlib.crc32(begin)
        for _ in range(times):
            told = zlib.crc32(chunk, told)
        told = zlib.crc32(end, told)
    return packed + one * times + last, size, told


def with_entry(
    entries: Mapping[str, bytes], name: str, packed: bytes, size: int, told: int = 0
) -> bytes:
    """A zip with one more entry, deflated already, that says that it has this size and sum."""
    whole = zipped({each: content for each, content in entries.items() if each != name})
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        start, count = archive.start_dir, len(archive.namelist())
    directory = whole[start : whole.rindex(b"PK\x05\x06")]
    label = name.encode()
    local = LOCAL.pack(b"PK\x03\x04", 20, 0, 8, 0, 33, told, len(packed), size, len(label), 0)
    entry = CENTRAL.pack(
        *(b"PK\x01\x02", 20, 20, 0, 8, 0, 33, told, len(packed), size, len(label)),
        *(0, 0, 0, 0, 0, start),
    )
    moved = whole[:start] + local + label + packed
    directory += entry + label
    end = struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, count + 1, count + 1, len(directory), len(moved), 0
    )
    return moved + directory + end


def _sheet(
    begin: bytes,
    chunk: bytes,
    times: int,
    *,
    end: bytes = b"</sheetData></worksheet>",
    claimed: int | None = None,
) -> bytes:
    head = f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>'.encode() + begin
    packed, size, told = over_and_over(head, chunk, times, end)
    return with_entry(parts(workbook()), "xl/worksheets/sheet1.xml", packed, claimed or size, told)


def _listed(name: str, before: bytes, chunk: bytes, times: int) -> bytes:
    """A workbook whose part `name` has the chunk very often behind the tag `before`."""
    entries = parts(workbook())
    begin, tag, end = entries[name].partition(before)
    assert tag
    return with_entry(entries, name, *over_and_over(begin + tag, chunk, times, end))


def _noise(size: int) -> bytes:
    """Letters that cannot be packed, so that no ratio gives the rest away."""
    return bytes(random.Random(size).choices(b"abcdefghijklmnopqrstuvwxyz", k=size))


def _noisy(chunk: bytes, size: int) -> bytes:
    return chunk + b"<!--" + _noise(size) + b"-->"


def _strings() -> bytes:
    told = over_and_over(
        f'<sst xmlns="{MAIN}">'.encode(), _noisy(b"<si/>" * 40_000, 4_000), 250, b"</sst>"
    )
    return with_entry(parts(workbook()), "xl/sharedStrings.xml", *told)


def _doctype(entity: bytes) -> bytes:
    entries = parts(workbook())
    entries["xl/worksheets/sheet1.xml"] = (
        b"<!DOCTYPE l [" + entity + b"]><worksheet><sheetData><row r='1'><c r='A1' t='str'>"
        b"<v>&l;</v></c><c r='B1' t='str'><v>&l;</v></c></row></sheetData></worksheet>"
    )
    return zipped(entries)


_LAUGHS: Final = b'<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (99 + depth, b"&%c;" % (98 + depth if depth else 97) * 10)
    for depth in range(9)
)

BOMBS: Final[Mapping[str, Callable[[], bytes]]] = {
    "1 GiB of zeros, gz": lambda: gzip.compress(table()) + gzip.compress(bytes(2**20), 1) * 1_024,
    "1 GiB of line ends, gz": lambda: (
        gzip.compress(table()) + gzip.compress(b"\n" * 2**20, 1) * 1_024
    ),
    "1 GiB of zeros, zip": lambda: with_entry(
        {}, "orders.csv", *over_and_over(table(), bytes(2**20), 1_024)
    ),
    "1 GiB of blanks that say 1 kB": lambda: with_entry(
        {}, "orders.csv", over_and_over(table(), b" " * 2**20, 1_024)[0], 1_000
    ),
    "1 GiB in a sheet": lambda: _sheet(b"", b" " * 2**20, 1_024),
    "1 GiB in a sheet that says 1 MB": lambda: _sheet(b"", b" " * 2**20, 1_024, claimed=10**6),
    "50 000 strings a kilobyte": _strings,
    "sheets without end": lambda: _listed(
        "xl/workbook.xml", b"<sheets>", b'<sheet name="a" sheetId="7" r:id="rId1"/>' * 9_000, 400
    ),
    "relations without end": lambda: _listed(
        "xl/_rels/workbook.xml.rels",
        b'relationships">',
        b'<Relationship Id="a" Type="b" Target="c"/>' * 9_000,
        400,
    ),
    "one tag of 250 MB": lambda: _sheet(
        b"<row ", b'a="1" ' * 40_000 + _noise(4_000) + b'="" ', 1_000
    ),
    "a million merged cells": lambda: _sheet(
        b"</sheetData><mergeCells>",
        _noisy(b'<mergeCell ref="A1:B99"/>' * 9_000, 4_000),
        120,
        end=b"</mergeCells></worksheet>",
    ),
    "the far corner": lambda: _sheet(
        b'<row><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>', b" ", 1
    ),
    "billion laughs": lambda: _doctype(_LAUGHS + b'<!ENTITY l "&k;">'),
    "an entity outside": lambda: _doctype(b'<!ENTITY l SYSTEM "file:///etc/passwd">'),
    "a million columns": lambda: (";".join(map(str, range(10**6))) + "\n" + ROW).encode(),
    "a row of a million columns": lambda: table() + b";" * 10**6 + b"\n",
    "a cell of 50 MB": lambda: table() + b"4;21.03.2025;" + b"x" * 50_000_000,
    "a quoted cell of 50 MB": lambda: table() + b'4;"' + (b"x" * 99 + b"\n") * 500_000 + b'"\n',
    "a cell of 50 MB in a sheet": lambda: _sheet(
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>',
        _noise(500_000),
        100,
    ),
    "30 million line ends": lambda: table() + b"\n" * 30_000_000,
    "a number a million times": lambda: table() + b"7\n" * 1_000_000,
    "quotes": lambda: table() + b'1;"\n' * 2_000_000,
}
