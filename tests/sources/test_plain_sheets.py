"""Sheets of plain cells are read as the parser for every sheet reads them, or left to it."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileRefused
from core.sources.files import inspect
from core.sources.plain_sheet import PlainSheet, plain_sheet
from core.sources.values import text
from tests.sources.spreadsheets import sheet_xml, with_sheet

HEADER = ("№ заказа", "Дата", "Статус", "Сумма")
ORDER = ("1001", "21.03.2025", "Выдан", "500")


def _rows(sheet: PlainSheet) -> list[list[object]]:
    return _trimmed([list(row) for block in sheet.blocks(0) for row in block.rows])


def _elsewhere(data: bytes) -> list[list[object]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return _trimmed([list(row) for row in book.get_sheet_by_index(0).iter_rows()])


def _trimmed(rows: list[list[object]]) -> list[list[object]]:
    """Without the blanks at the end, which mean nothing."""
    for cells in rows:
        while cells and cells[-1] == "":
            cells.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _cell(column: str, row: int, text: str, style: str = "") -> str:
    return f'<c r="{column}{row}"{style} t="inlineStr"><is><t>{text}</t></is></c>'


def _shared(strings: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sst xmlns="{main}">{strings}</sst>'.encode()


def _row(number: int, *cells: str) -> str:
    filled = [_cell("ABCDEFGH"[i], number, escape(text)) for i, text in enumerate(cells) if text]
    return f'<row r="{number}">\n{"".join(filled)}</row>\n'


texts = st.one_of(
    st.sampled_from(["", "", "1001", "Выдан", " a ", "q & <r>", "a\nb", "&amp;", "x_y", "₸ 5"]),
    st.text(alphabet="aб&<>\"' \n_x0", max_size=6),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30), texts), max_size=25))
def test_a_sheet_of_text_is_what_the_parser_for_every_sheet_makes_of_it(
    cells: list[tuple[int, int, str]],
) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Заказы & <1>")
        placed = {(row, column): text for row, column, text in cells} | {(0, 0): "№"}
        for (row, column), text in sorted(placed.items()):
            sheet.write_string(row, column, text)
    data = stream.getvalue()

    found = plain_sheet(data)

    assert found is not None
    assert found.sheet == "Заказы & <1>"
    assert _rows(found) == _elsewhere(data)


FORMATS = ("", "0.00", "#,##0", "@", "dd.mm.yyyy", "d/m/yy h:mm", "[$-419]yyyy-mm-dd;@")
numbers = st.one_of(
    st.sampled_from([0, 1, 1e15, 712155089, 46019, 46019.5, 45000.123456, 16990.5, 1e-7, -3]),
    st.integers(-(10**16), 10**16),
    st.floats(36_526, 73_000),
    st.floats(-1e90, 1e90),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.integers(0, 20),
            st.one_of(texts, st.tuples(numbers, st.sampled_from(FORMATS))),
        ),
        max_size=20,
    )
)
def test_what_excel_saves_is_what_the_parser_for_every_sheet_makes_of_it(
    cells: list[tuple[int, int, str | tuple[float, str]]],
) -> None:
    """Shared strings, numbers and days; a number that is a day of another age is left to it."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        formats = {code: book.add_format({"num_format": code or "General"}) for code in FORMATS}
        sheet.write_string(0, 0, "№")
        for row, column, cell in cells:
            if (row, column) == (0, 0):
                continue
            if isinstance(cell, str):
                sheet.write(row, column, cell or None, formats["dd.mm.yyyy"] if not cell else None)
            else:
                sheet.write_number(row, column, cell[0], formats[cell[1]])
    data = stream.getvalue()

    found = plain_sheet(data)

    if found is not None:
        elsewhere = _elsewhere(data)
        assert _rows(found) == elsewhere
        assert _texts(_rows(found)) == _texts(elsewhere)
    else:
        placed = {(row, column): cell for row, column, cell in cells}
        days = [cell[0] for cell in placed.values() if isinstance(cell, tuple) and "y" in cell[1]]
        assert not all(36_526 <= day < 73_050 for day in days)


def _texts(rows: list[list[Any]]) -> list[list[str]]:
    return [list(map(text, row)) for row in rows]


def test_texts_in_several_formats_and_blank_cells_of_every_spelling_are_read() -> None:
    strings = (
        '<si><t>№ заказа</t></si><si><r><rPr><b/><sz val="9"/></rPr><t>Да</t></r><r>'
        '<t xml:space="preserve">та </t></r></si><si><t xml:space="preserve"> a&amp;b</t></si>'
    )
    cells = "".join(f'<c r="{"ABC"[at]}1" t="s"><v>{at}</v></c>' for at in range(3))
    more = (
        '<c r="A2"><v>17</v></c><c r="B2" s="0"/><c r="C2" t="n"></c><c r="D2" t="str"><v>x</v></c>'
    )
    data = with_sheet(
        sheet_xml(f'<row r="1">{cells}</row><row r="2">{more}</row>'), strings=_shared(strings)
    )

    found = plain_sheet(data)

    assert found is not None
    assert _rows(found) == [["№ заказа", "Дата ", " a&b"], [17, "", "", "x"]] == _elsewhere(data)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A2" t="s"><v>7</v></c>',
        '<c r="A2" t="s"><v>-1</v></c>',
        '<c r="A2" t="s"/>',
        '<c r="A2" t="b"><v>1</v></c>',
        '<c r="A2" t="e"><v>#N/A</v></c>',
        '<c r="A2" t="d"><v>2025-01-01</v></c>',
        '<c r="A2"><v>1_0</v></c>',
        '<c r="A2"><v>nan</v></c>',
        '<c r="A2" s="99"><v>1</v></c>',
        '<c r="A2" t="inlineStr"><v>1</v></c>',
        '<c r="A2" t="s"><is><t>1</t></is></c>',
        '<c r="A2"><f>1+1</f><v>2</v></c>',
        '<c r="A2" t="str"><v>x_x0000_</v></c>',
    ],
)
def test_cells_that_are_not_plain_are_left_to_the_other_parser(cell: str) -> None:
    sheet = sheet_xml(_row(1, *HEADER) + f'<row r="2">{cell}</row>')

    assert plain_sheet(with_sheet(sheet, strings=_shared("<si><t>a</t></si>"))) is None


def test_a_long_text_in_very_many_cells_is_left_to_what_refuses_it() -> None:
    named = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 9_000))
    data = with_sheet(sheet_xml(named), strings=_shared(f"<si><t>{'x' * 30_000}</t></si>"))

    assert plain_sheet(data) is None
    with pytest.raises(FileRefused, match="zip_bomb"):
        inspect(data, "")


def test_line_ends_and_entities_are_characters() -> None:
    rows = _row(1, *HEADER).strip()
    text = "a&#10;b &#x20B8; &quot;&apos;&lt;"
    styled = _cell("A", 3, text, ' s="1"') + '<c r="C3" s="2"/>' + _cell("D", 3, "5")
    data = with_sheet(sheet_xml(f'{rows}<row r="3" spans="1:4" ht="15">{styled}</row><row r="9"/>'))

    found = plain_sheet(data)

    assert found is not None
    assert _rows(found)[2] == ["a\nb ₸ \"'<", "", "", "5"]
    assert _rows(found) == _elsewhere(data)


@pytest.mark.parametrize(
    "row",
    [
        '<row r="2"><c r="A2" t="str"><f>1+1</f><v>2</v></c></row>',
        '<row r="2"><c r="A2" t="inlineStr"><is><r><t>10</t></r><r><t>01</t></r></is></c></row>',
        '<row r="2">' + _cell("B", 2, "x") + _cell("A", 2, "y") + "</row>",
        '<row r="2">' + _cell("A", 3, "x") + "</row>",
        '<row r="2">' + _cell("A", 2, "x_x0000_") + "</row>",
        '<row r="2">' + _cell("A", 2, "<![CDATA[x]]>") + "</row>",
        '<row r="2">' + _cell("A", 2, "x\x1fy") + "</row>",
        '<row r="2">' + _cell("A", 2, "&#xD800;") + "</row>",
        '<row r="2">' + _cell("A", 2, "&unknown;") + "</row>",
        '<row r="2">' + _cell("CX", 2, "x") + "</row>",
        "<!-- x -->" + _row(2, *ORDER),
        _row(3, *ORDER) + _row(2, *ORDER),
        _row(9_999_999, *ORDER),
        '<x:row r="2"/>',
    ],
)
def test_any_other_tag_is_left_to_the_other_parser(row: str) -> None:
    assert plain_sheet(with_sheet(sheet_xml(_row(1, *HEADER) + row))) is None


def test_other_workbooks_are_left_to_the_other_parser_and_read() -> None:
    indented = _row(1, "", *HEADER) + _row(2, "", *ORDER)
    merged = sheet_xml(_row(1, *HEADER) + _row(2, *ORDER)).replace(
        b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells>'
    )
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ORDER)
        book.add_worksheet()
    two_sheets = stream.getvalue()

    for data in (with_sheet(sheet_xml(indented)), with_sheet(merged), two_sheets):
        assert plain_sheet(data) is None
        assert [order.external_id for order in inspect(data, "").samples] == ["1001"]


def test_a_plain_sheet_without_a_header_is_told_as_any_other() -> None:
    data = with_sheet(sheet_xml(_row(1, *HEADER) + _row(2, *ORDER)))
    preview = inspect(data, "")

    assert plain_sheet(data) is not None
    assert (preview.sheet, preview.rows, preview.header_line) == ("Sheet", 1, 1)
    assert [order.external_id for order in preview.samples] == ["1001"]


def test_many_blank_rows_take_no_memory() -> None:
    rows = "".join(f'<row r="{number}"/>' for number in range(2, 60_000))
    found = plain_sheet(with_sheet(sheet_xml(_row(1, *HEADER) + rows)))

    assert found is not None
    assert sum(map(len, found.pieces)) < 100
