"""Lists of codes as brands send them: one to a line, or one column of a table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Final

import python_calamine

from core.errors import FileRefused
from core.sources import archive
from core.sources.tabular import parsing, read_text
from core.sources.values import text as written

SIZE_MAX: Final = 20 * 1024 * 1024  # bytes
COLUMNS_MAX: Final = 200
_HEADER: Final = re.compile(r"(promo|coupon|voucher|code|код|купон)", re.IGNORECASE)
_ARTICLES: Final = re.compile(
    r"(артикул|\bsku\b|article|промокод|promo ?code|\butm|контент|content|тауар коды)",
    re.IGNORECASE,
)


def column_of(data: bytes) -> list[str]:
    """The cells of a list of articles or ids, without a first one that names the column.

    Raises what `lines_of` raises.
    """
    cells = [cell for _, cell in lines_of(data, _ARTICLES)]
    return cells[1:] if cells and _ARTICLES.search(cells[0]) else cells


def lines_of(data: bytes, header: re.Pattern[str] = _HEADER) -> Iterator[tuple[int, str]]:
    """The 1-based line and the text of the cell with the code, from a TXT, CSV or XLSX.

    In a table of several columns it is the one that its header calls a code, or what `header`
    finds, else the first.
    Raises FileRefused: empty, too_big, zip_bomb, wrong_extension, not_a_table, encoding.
    """
    if len(data) > SIZE_MAX:
        raise FileRefused("too_big", detail=f"{len(data)} bytes")
    if not data.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise FileRefused("empty")
    rows = _sheet(data) if data.startswith(b"PK") else _text(data)
    column: int | None = None
    for line, cells in rows:
        if column is None:
            if not any(cell.strip() for cell in cells):
                continue
            named = (at for at, cell in enumerate(cells) if header.search(cell))
            column = next(named, 0) if len(cells) > 1 else 0
        yield line, cells[column] if column < len(cells) else ""


def _text(data: bytes) -> Iterator[tuple[int, list[str]]]:
    lines = io.StringIO(read_text(data), newline=None)
    sample = next((line for line in lines if line.strip()), "")
    delimiter = max(";\t,|", key=sample.count)
    lines.seek(0)
    for number, line in enumerate(lines, 1):
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [""])
        except csv.Error:
            cells = [line.rstrip("\n")]
        if len(cells) > COLUMNS_MAX:
            raise FileRefused("not_a_table", line=number, detail=f"{len(cells)} columns")
        yield number, cells


def _sheet(data: bytes) -> Iterator[tuple[int, list[str]]]:
    archive.check(data)
    with parsing():
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for sheet in workbook.sheets_metadata:
            visible = sheet.visible == python_calamine.SheetVisibleEnum.Visible
            if visible and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:
                content = workbook.get_sheet_by_name(sheet.name)
                # Lines are counted as the sheet shows them, above its first filled row too.
                for line, cells in enumerate(content.iter_rows(), 1):
                    yield line, [written(cell).replace("\0", "") for cell in cells[:COLUMNS_MAX]]
                return
