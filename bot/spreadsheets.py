"""Tables as files that a spreadsheet opens: every cell is text, and no text becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

import xlsxwriter

ROWS_MAX: Final = 50_000  # of one file: what a person may still correct, within Telegram's 50 MB
CELL_MAX: Final = 32_767  # characters that a cell of a workbook holds
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # first characters that a program may run


def xlsx(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook with one sheet; the header stays in sight."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True, "in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        for line, row in enumerate(rows, 1):
            if line > ROWS_MAX:
                break
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell[:CELL_MAX])
    return stream.getvalue()


def csv_file(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a mark and semicolons, as spreadsheets here open it by a double click."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";")
    writer.writerow(header)
    for line, row in enumerate(rows, 1):
        if line > ROWS_MAX:
            break
        writer.writerow([harmless(cell) for cell in row])
    return stream.getvalue().encode("utf-8-sig", "replace")


def harmless(cell: str) -> str:
    """The cell with an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
