"""A creator's statement as a file: typed cells or CSV, written page by page off the event loop."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import xlsxwriter

from bot.callbacks.wallet import FileKind
from bot.i18n import N_, Translator
from bot.screens.base import Document
from bot.screens.orders import why
from bot.screens.words import order_name, word
from bot.spreadsheets import CELL_MAX, harmless
from core.money import Money
from core.orders import ALMATY
from core.ports.orders import OrderRow
from core.usecases.earnings import Statement, together

ROWS_MAX: Final = 1_000_000  # of one sheet, with room for the totals
_DATE: Final = "dd.mm.yyyy hh:mm"
_DAY: Final = "dd.mm.yyyy"
_MONEY: Final = "# ##0.00"
_HEADER: Final = (
    (N_("Ordered on"), 17),
    (N_("Order number"), 18),
    (N_("Brand"), 18),
    (N_("Offer title"), 30),
    (N_("Amount, ₸"), 14),
    (N_("Refunded, ₸"), 14),
    (N_("Reward, ₸"), 14),
    (N_("State of the reward"), 24),
    (N_("Why"), 60),
    (N_("Released on"), 13),
)
_AMOUNTS: Final = (4, 5, 6)

Cell = str | Money | datetime | date | None


class _Book(Protocol):
    def add(self, rows: Iterable[Sequence[Cell]]) -> None: ...

    def close(self, totals: Sequence[Cell]) -> None: ...


async def statement_file(t: Translator, told: Statement, kind: FileKind, name: str) -> Document:
    """The statement as a document; `name` has no ending.

    Orders are read and written a page at a time, so that memory holds one page and the finished
    file, however many orders there are.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"statement.{kind.name.lower()}"
        book = await asyncio.to_thread(_open, t, path, kind)
        async for page in _limited(told.pages):
            await asyncio.to_thread(_write, t, book, page)
        total = together(told.states)
        totals = (t.plain("Total"), None, None, None, total.net, None, total.amount)
        await asyncio.to_thread(book.close, totals)
        return Document(f"{name}.{kind.name.lower()}", await asyncio.to_thread(path.read_bytes))


async def _limited(pages: AsyncIterator[list[OrderRow]]) -> AsyncIterator[list[OrderRow]]:
    left = ROWS_MAX
    async for page in pages:
        yield page[:left]
        left -= len(page)
        if left <= 0:
            return


def _open(t: Translator, path: Path, kind: FileKind) -> _Book:
    header = [t.plain(text) for text, _ in _HEADER]
    return _Xlsx(path, header) if kind is FileKind.XLSX else _Csv(t, path, header)


def _write(t: Translator, book: _Book, page: Sequence[OrderRow]) -> None:
    book.add(_cells(t, row) for row in page)


def _cells(t: Translator, row: OrderRow) -> Sequence[Cell]:
    state = row.commission_state
    return (
        row.ordered_at,
        order_name(t, row.external_id),
        row.brand_name,
        row.title(t.locale),
        row.net,
        row.refunded,
        row.commission,
        word(t, state) if state else t.plain("not earned"),
        t.value(why(t, row)),
        row.hold_until.astimezone(ALMATY).date() if row.hold_until else None,
    )


class _Xlsx:
    """A workbook that keeps one row in memory."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        bold = self._book.add_format({"bold": True})
        self._formats = {
            datetime: self._book.add_format({"num_format": _DATE, "align": "left"}),
            date: self._book.add_format({"num_format": _DAY, "align": "left"}),
            Money: self._book.add_format({"num_format": _MONEY}),
        }
        self._total = {
            str: bold,
            Money: self._book.add_format({"bold": True, "num_format": _MONEY}),
        }
        for column, ((_, width), name) in enumerate(zip(_HEADER, header, strict=True)):
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, name, bold)
        self._line = 1

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        for row in rows:
            self._row(row, self._formats)

    def close(self, totals: Sequence[Cell]) -> None:
        self._row(totals, self._total)
        self._book.close()

    def _row(self, row: Sequence[Cell], formats: dict[type, Any]) -> None:
        for column, cell in enumerate(row):
            form = formats.get(type(cell))
            match cell:
                case None:
                    continue
                case Money():
                    self._sheet.write_number(self._line, column, cell.decimal, form)
                case datetime():
                    local = cell.astimezone(ALMATY).replace(tzinfo=None)
                    self._sheet.write_datetime(self._line, column, local, form)
                case date():
                    self._sheet.write_datetime(self._line, column, cell, form)
                case str():
                    self._sheet.write_string(self._line, column, cell[:CELL_MAX], form)
        self._line += 1


class _Csv:
    """UTF-8 with a mark and semicolons, as spreadsheets here open it by a double click."""

    def __init__(self, t: Translator, path: Path, header: Sequence[str]) -> None:
        self._t = t
        self._file = io.TextIOWrapper(
            path.open("wb"), encoding="utf-8-sig", errors="replace", newline=""
        )
        self._writer = csv.writer(self._file, delimiter=";")
        self._writer.writerow(header)

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._writer.writerows([self._text(cell) for cell in row] for row in rows)

    def close(self, totals: Sequence[Cell]) -> None:
        self._writer.writerow([self._text(cell) for cell in totals])
        self._file.close()

    def _text(self, cell: Cell) -> str:
        match cell:
            case None:
                return ""
            case Money():
                return str(cell.decimal).replace(".", ",")
            case datetime():
                return cell.astimezone(ALMATY).strftime("%d.%m.%Y %H:%M")
            case date():
                return cell.strftime("%d.%m.%Y")
        return harmless(cell)
