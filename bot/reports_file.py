"""A brand's report as a workbook: a sheet per breakdown, typed cells, totals above the lines."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from bot.callbacks.brand_reports import ReportBy
from bot.i18n import N_, Translator
from bot.screens.brand_reports import TITLES
from bot.screens.placements import place_name
from bot.spreadsheets import CELL_MAX
from core.money import BPS, Money
from core.ports.reports import ReportLine
from core.reports import Breakdown, Figures
from core.usecases.reports import Report

_MONEY: Final = "# ##0.00"
_RATE: Final = "0.00%"
_COUNT: Final = "# ##0"
_DAY: Final = "dd.mm.yyyy"
_FIGURES: Final = (
    (N_("Clicks"), 10),
    (N_("Orders"), 10),
    (N_("Confirmed"), 12),
    (N_("Waiting"), 12),
    (N_("Cancelled or returned"), 14),
    (N_("Sales, ₸"), 16),
    (N_("Reward, ₸"), 16),
    (N_("Fee, ₸"), 14),
    (N_("Cost, ₸"), 16),
    ("AR", 9),
    ("CR", 9),
    (N_("AOV, ₸"), 14),
    (N_("EPC, ₸"), 12),
    (N_("Cost share"), 12),
)
_KEYS: Final[Mapping[Breakdown, tuple[tuple[str, int], ...]]] = {
    Breakdown.DAY: ((N_("Day"), 12),),
    Breakdown.OFFER: ((N_("Offer title"), 36),),
    Breakdown.CREATOR: ((N_("Creator"), 28),),
    Breakdown.CODE: ((N_("Promo code"), 20), (N_("Creator"), 28)),
    Breakdown.PLACEMENT: ((N_("Creator"), 28), (N_("Placement"), 24)),
}
_RATES: Final = (
    N_("AR: confirmed orders of those that are confirmed, cancelled or returned"),
    N_("CR: orders per click; above 100 % where buyers type the code and need no link"),
    N_("AOV: sales per order that is not cancelled or returned"),
    N_("EPC: creators' reward per click"),
    N_("Cost share: reward and fee of the sales"),
)

Cell = str | int | Money | Decimal | date | None


def report_file(
    t: Translator, told: Report, sheets: Mapping[Breakdown, Sequence[ReportLine]]
) -> bytes:
    """The workbook. CPU-bound: call it in a thread. It keeps one row in memory and itself packed.

    Text is written as text, whatever it begins with; a figure that cannot be told is an empty cell.
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        writer = _Writer(book)
        for by in Breakdown:
            _sheet(t, writer, told, by, sheets[by])
        notes = writer.sheet(t.plain("How it is counted"), (100,))
        for line, text in enumerate((_covered(t, told), *(t.plain(text) for text in _RATES))):
            writer.row(notes, line, (text,))
    return stream.getvalue()


def _covered(t: Translator, told: Report) -> str:
    return t.plain(
        "{brand}, orders placed from {first} to {last}, days of Almaty",
        brand=told.brand.name,
        first=told.since,
        last=told.last,
    )


def _sheet(
    t: Translator, writer: _Writer, told: Report, by: Breakdown, lines: Sequence[ReportLine]
) -> None:
    head = (*_KEYS[by], *_FIGURES)
    sheet = writer.sheet(t.plain(TITLES[ReportBy(by)]), [width for _, width in head])
    sheet.freeze_panes(1, len(_KEYS[by]))
    writer.row(sheet, 0, [t.plain(name) for name, _ in head], bold=True)
    number = 0
    for number, line in enumerate(lines, 1):
        writer.row(sheet, number, (*_key(t, by, line), *_cells(line.figures)))
    clicks = None if by is Breakdown.CODE else 0
    total = sum((line.figures for line in lines), Figures(clicks=clicks))
    if told.total.reward is None:
        total = total.without_money()
    blank = (None,) * (len(_KEYS[by]) - 1)
    writer.row(sheet, number + 1, (t.plain("Total"), *blank, *_cells(total)), bold=True)


def _key(t: Translator, by: Breakdown, line: ReportLine) -> Sequence[Cell]:
    match by:
        case Breakdown.DAY:
            return (line.day,)
        case Breakdown.OFFER:
            return (line.title(t.locale),)
        case Breakdown.CREATOR:
            return (line.creator,)
        case Breakdown.CODE:
            return line.handle, line.creator
        case Breakdown.PLACEMENT:
            return line.creator, place_name(t, line.handle)


def _cells(figures: Figures) -> Sequence[Cell]:
    return (
        figures.clicks,
        figures.orders,
        figures.approved,
        figures.standing - figures.approved,
        figures.lost,
        figures.net,
        figures.reward,
        figures.fee,
        figures.cost,
        _share(figures.approval_bps),
        _share(figures.conversion_bps),
        figures.average,
        figures.per_click,
        _share(figures.cost_bps),
    )


def _share(bps: int | None) -> Decimal | None:
    return None if bps is None else Decimal(bps) / BPS


class _Writer:
    """Rows of typed cells in one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._formats: dict[tuple[type, bool], Any] = {
            (kind, bold): book.add_format({"num_format": form, "bold": bold})
            for kind, form in (
                (str, "General"),
                (int, _COUNT),
                (Money, _MONEY),
                (Decimal, _RATE),
                (date, _DAY),
            )
            for bold in (False, True)
        }

    def sheet(self, name: str, widths: Sequence[int]) -> Any:
        """A new sheet; its name is cut to what a workbook takes."""
        sheet = self._book.add_worksheet(name[:31])
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def row(self, sheet: Any, line: int, cells: Sequence[Cell], *, bold: bool = False) -> None:
        """One line of cells; empty ones stay empty."""
        for column, cell in enumerate(cells):
            form = self._formats.get((type(cell), bold))
            match cell:
                case None:
                    continue
                case Money():
                    sheet.write_number(line, column, cell.decimal, form)
                case date():
                    sheet.write_datetime(line, column, cell, form)
                case str():
                    sheet.write_string(line, column, cell[:CELL_MAX], form)
                case _:
                    sheet.write_number(line, column, cell, form)
