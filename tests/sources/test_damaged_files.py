"""Files that make no sense: each is refused with a reason, soon, and with nothing worse."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import FileRefused, MappingIncomplete
from core.sources.base import SourceKind
from core.sources.files import inspect, read
from tests.sources.spreadsheets import (
    KASPI_ORDER,
    kaspi,
    sheet_xml,
    table,
    with_sheet,
    workbook,
    zipped,
)

HEADER = "Номер заказа;Дата;Статус;Сумма"
ROW = "1001;21.03.2025;Выдан;500"
BOOK = workbook(HEADER.split(";"), ROW.split(";"))


def _lying_bomb() -> bytes:
    """An archive whose directory says that a sheet of 50 MB is one of 1 kB."""
    data = bytearray(with_sheet(sheet_xml(" " * 50_000_000)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    size = entry.file_size.to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (1_000).to_bytes(4, "little")
    return bytes(data)


def _encrypted() -> bytes:
    data = bytearray(BOOK)
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= 1
        at += 4
    return bytes(data)


def _cell(place: str, value: str = "1") -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


CORPUS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "blanks": (lambda: b"\xef\xbb\xbf \r\n\t\n", "empty"),
    "nulls": (lambda: b"\0" * 5_000, "empty"),
    "garbage": (lambda: bytes(range(256)) * 400, "not_a_table"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "not_a_table"),
    "pdf": (lambda: b"%PDF-1.7\n1 0 obj", "not_a_table"),
    "page": (lambda: b"<!doctype html><table><tr><td>1</td></tr></table>", "web_page"),
    "spreadsheet 2003": (lambda: b'\n<?xml version="1.0"?><Workbook/>', "web_page"),
    "json": (lambda: b'[{"order": 1, "date": 2}]', "not_a_table"),
    "old xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "wrong_extension"),
    "a letter": (lambda: "Здравствуйте!\nНаш заказ не пришёл.\n".encode(), "not_a_table"),
    "one column": (lambda: table("Номер заказа", "1001", "1002"), "not_a_table"),
    "no header": (lambda: table("1001;21.03.2025;500", "1002;21.03.2025;700"), "no_header"),
    "header only": (lambda: table(HEADER), "no_orders"),
    "header and blanks": (lambda: table(HEADER, ";;;", "", "Итого;;;0"), "no_orders"),
    "no number at all": (lambda: table(HEADER, ";21.03.2025;Выдан;5"), "no_orders"),
    "million columns": (lambda: table(";".join(map("к{}".format, range(10**6)))), "not_a_table"),
    "one endless line": (lambda: b"order," + b"x" * 20_000_000, "no_header"),
    "no code page": (lambda: HEADER.encode("cp866") + b"\n1;2;3;4\n", "encoding"),
    "spoilt numbers": (
        lambda: table(HEADER, ROW, *["6,61808E+12;21.03.2025;Выдан;5"] * 3),
        "damaged_ids",
    ),
    "padded numbers": (
        lambda: table(HEADER, *[f"66180{n}00000;21.03.2025;Выдан;5" for n in range(9)]),
        "damaged_ids",
    ),
    "truncated archive": (lambda: BOOK[: len(BOOK) // 2], "archive_broken"),
    "archive head": (lambda: b"PK\x03\x04", "archive_broken"),
    "empty archive": (lambda: b"PK\x05\x06" + b"\0" * 18, "empty"),
    "word document": (
        lambda: zipped({"[Content_Types].xml": b"", "word/document.xml": b""}),
        "other_document",
    ),
    "locked": (_encrypted, "locked"),
    "empty workbook": (workbook, "empty"),
    "no header in a workbook": (lambda: workbook([1, 2], [3, 4]), "no_header"),
    "broken sheet": (lambda: with_sheet(sheet_xml("<row><c><v>1</v>")), "not_a_table"),
    "sheet of nonsense": (lambda: with_sheet(b"\xff\xfe<nonsense"), "not_a_table"),
    "bomb": (lambda: with_sheet(sheet_xml(" " * 100_000_000)), "zip_bomb"),
    "lying bomb": (_lying_bomb, "zip_bomb"),
    "many bombs": (
        lambda: zipped(
            {"xl/workbook.xml": b""} | {f"{n}.xml": b" " * 2**20 for n in range(301)}
        ),
        "zip_bomb",
    ),
    "crowd": (
        lambda: zipped({"xl/workbook.xml": b""} | {str(n): b"" for n in range(2_001)}),
        "zip_bomb",
    ),
    "far corner": (
        lambda: with_sheet(sheet_xml(f"<row>{_cell('A1')}{_cell('XFD1048576')}</row>")),
        "zip_bomb",
    ),
    "far corner, oddly spelt": (
        lambda: with_sheet(
            sheet_xml("<row><c r='A1'><v>1</v></c><c s=\"0\" r = 'xfd1048576'><v>1</v></c></row>")
        ),
        "zip_bomb",
    ),
    "far corner by rows": (
        lambda: with_sheet(
            sheet_xml(f'<row>{_cell("A1")}</row><row r="9999999">{"<c><v>1</v></c>" * 99}</row>')
        ),
        "zip_bomb",
    ),
    "echoes": (
        lambda: with_sheet(
            sheet_xml(
                "".join(
                    f'<row r="{n}">' + f'<c r="A{n}" t="s"><v>0</v></c></row>'
                    for n in range(1, 60_001)
                )
            ),
            b"<sst><si><t>" + bytes(range(97, 123)) * 3_500 + b"</t></si></sst>",
        ),
        "zip_bomb",
    ),
    "laughs": (
        lambda: with_sheet(
            b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet><sheetData><row>'
            b"<c r='A1'><v>&b;</v></c></row></sheetData></worksheet>"
        ),
        "zip_bomb",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CORPUS)
def test_senseless_files_are_refused_soon(name: str) -> None:
    make, reason = CORPUS[name]
    data = make()

    started = time.monotonic()
    with pytest.raises(FileRefused) as refusal:
        inspect(data, f"{name}.csv")
    taken = time.monotonic() - started

    assert refusal.value.reason == reason, refusal.value
    assert taken < 10


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(FileRefused) as refusal:
        inspect(table("Отчёт", HEADER, ROW, *["6,61808E+12;21.03.2025;Выдан;5"] * 3), "")

    assert (refusal.value.line, refusal.value.detail) == (4, "6,61808E+12")


def test_a_text_that_opens_quotes_in_every_line_ends_soon() -> None:
    data = table(HEADER, *['1;"' + "x" * 50] * 30_000)

    started = time.monotonic()
    with pytest.raises(FileRefused, match=r".*"):
        inspect(data, "")

    assert time.monotonic() - started < 20


def test_a_file_on_disk_that_is_too_big_is_not_read(tmp_path: Path) -> None:
    book, text = tmp_path / "a.xlsx", tmp_path / "a.csv"
    for path, head, size, end in (
        (book, b"PK\x03\x04", 101 * 2**20, BOOK),
        (text, b"a;b\n", 2**30 + 1, b""),
    ):
        with path.open("wb") as file:
            file.write(head)
            file.truncate(size)  # sparse: takes no room
            file.seek(size)
            file.write(end)
        with pytest.raises(FileRefused) as refusal:
            inspect(path, path.name)
        assert refusal.value.reason == "too_big"


def test_honest_big_sheets_pass() -> None:
    # LibreOffice marks the last row of a sheet, Excel repeats a long comment: no bombs.
    rows = "".join(
        f'<row r="{line}">'
        + "".join(
            f'<c r="{column}{line}" t="inlineStr"><is><t>{text}</t></is></c>'
            for column, text in zip("ABCD", cells.split(";"), strict=True)
        )
        + "</row>"
        for line, cells in ((1, HEADER), (2, ROW))
    )
    data = with_sheet(
        sheet_xml(rows + '<row r="1048576" hidden="1"><c r="XFD1048576" s="0"/></row>')
    )

    assert inspect(data, "").rows == 1


def test_broken_cells_in_a_workbook_are_no_orders() -> None:
    data = workbook(HEADER.split(";"), ROW.split(";"), ["#N/A", None, "#REF!", 5], [True, 1, 2, 3])

    readings = [batch.read_all() for batch in read(data, "", kind=SourceKind.TABLE)]

    assert [order.external_id for each in readings for order in each.orders] == ["1001"]
    assert {line.reason for each in readings for line in each.rejected} == {
        "order_missing",
        "id_damaged",
    }


GOOD = (
    table(HEADER, ROW, ROW.replace("1001", "1002")),
    kaspi({}, {"№ заказа": "712155090"}),
    table(";".join(KASPI_ORDER), ";".join(KASPI_ORDER.values())),
    BOOK,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(GOOD),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), min_size=1, max_size=8),
    st.floats(0.2, 1),
)
def test_no_damage_brings_anything_but_a_refusal(
    data: bytes, scratches: list[tuple[float, bytes]], kept: float
) -> None:
    damaged = bytearray(data)
    for place, scratch in scratches:
        at = int(place * len(damaged))
        damaged[at : at + len(scratch)] = scratch
    damaged = damaged[: int(kept * len(damaged)) + 1]

    try:
        preview = inspect(bytes(damaged), "x")
        list(read(bytes(damaged), "x", kind=preview.kind, mapping=preview.mapping))
    except (FileRefused, MappingIncomplete):
        pass


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_file_or_a_refusal(data: bytes) -> None:
    try:
        preview = inspect(data, "x")
        list(read(data, "x", kind=preview.kind, mapping=preview.mapping))
    except (FileRefused, MappingIncomplete):
        pass
