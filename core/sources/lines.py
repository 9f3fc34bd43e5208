"""From the rows of a table to batches: a survey first, then keys, and orders where wanted.

An order may have several rows and they need not be neighbours. The survey finds which numbers come
again; their rows are collected, and the order stands at the last of them. So a batch depends on
the file alone, and a reading that goes on in the middle yields what it would have yielded anyway.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from core.errors import FileRefused
from core.orders import NormalisedOrder
from core.sources.base import Batch, Key, Reading, RejectedLine
from core.sources.tabular import Header, Table
from core.sources.values import (
    Cell,
    DateStyle,
    DecimalMarks,
    LineRejected,
    Moments,
    looks_truncated,
    order_id,
    plain,
    text,
)

TEXT_MAX: Final = 500  # characters of a rejected line that are handed back
ROWS_MAX: Final = 500  # of one order; a number that comes more often is no number of an order
STATUSES_MAX: Final = 200  # different texts that a survey remembers
SAMPLE_MIN: Final = 5  # numbers that must be there before zeros at their ends mean damage

Row = tuple[int, list[Cell]]  # 1-based line, cells


class Reader(NamedTuple):
    """What makes orders of the rows of one kind of file.

    `order` makes one of its number, its rows, and their hash, or raises LineRejected. `dated` says
    whether that order will have `status_changed_at`. `phones` are the columns of buyers' phones.
    """

    order: Callable[[str, Sequence[Row], str], NormalisedOrder]
    dated: Callable[[Sequence[Row]], bool]
    phones: tuple[int, ...] = ()


# "Итого:", "Барлығы 12 500", "Total (KZT)"
_TOTALS: Final = re.compile(
    r"\W*(?:(?:общий |промежуточный )?итоги?|(?:сумма |общая сумма |всего )?итого|подытог|всего"
    r"|общая сумма|количество заказов|(?:grand |sub)?total|жиыны|жиынтығы|жалпы|қорытынды"
    r"|барлығы|барлық сома(?:сы)?)(?:[\s:.,(=].*)?",
    re.IGNORECASE | re.DOTALL,
)

# Instead of the hash of an order's number:
_SKIPPED: Final = 0  # blank, totals, the header once more
_BROKEN: Final = -1
_REJECTED: Final = -2  # has no usable number


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The positions of the columns that a survey looks at; the first amount is the order's own."""

    order: int
    amounts: tuple[int, ...]
    dates: tuple[int, ...]
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the whole of a file tells of its rows.

    `keys` has a hash of the order's number for each data row, `last` the last row of each number
    that comes again. `total_repeated` says that the rows of an order always show one amount: it is
    the order's, not the item's.
    """

    keys: array[int] = field(repr=False)
    last: dict[int, int] = field(repr=False)
    decimal_marks: str
    dates: dict[int, DateStyle] = field(repr=False)
    statuses: tuple[str, ...]
    total_repeated: bool

    def moments(self, column: int, zone: ZoneInfo) -> Moments:
        """What reads the dates of one of the surveyed columns."""
        style = self.dates[column]
        return Moments(zone, month_first=style.month_first, midnight_is_day=not style.timed)

    @property
    def total(self) -> int:
        """How many data rows there are, whatever is in them."""
        return len(self.keys)


def survey(table: Table, header: Header, columns: Columns) -> Survey:
    """Read the file once for what a single row cannot tell.

    Raises FileRefused: no_orders, damaged_ids (most numbers were spoilt by a spreadsheet),
    formula_only (a column that orders need is computed and was saved without its values),
    cut_lines (no line fits the header: its amounts have the mark that stands between cells).
    """
    keys, amounts = array("q"), array("q")
    marks = DecimalMarks()
    styles = {column: DateStyle() for column in columns.dates}
    watched = tuple(styles.items())
    statuses: dict[Cell, None] = {}
    filled: set[int] = set()
    good = truncated = 0
    damaged: tuple[int, str] | None = None
    damages = 0
    first_line: int | None = None
    cut: tuple[int, int] | None = None  # the first line that does not fit the header, how many
    order, status = columns.order, columns.status
    own_amount = columns.amounts[0] if columns.amounts else order
    needed = (order, own_amount, *columns.dates[:1])
    for line, cells, whole in _data_rows(table, header):
        key = _BROKEN
        if whole:
            cell = cells[order]
            if _is_no_order(cell, cells, header):
                key = _SKIPPED
            else:
                first_line = first_line or line
                if table.formulas:
                    filled.update(column for column in needed if cells[column] != "")
                try:
                    number = order_id(cell)
                except LineRejected as rejected:
                    key = _REJECTED
                    if rejected.reason == "id_damaged":
                        damages += 1
                        damaged = damaged or (line, text(cell))
                else:
                    good += 1
                    key = hash(number)
                    if -2 <= key <= 0:
                        key = 1
                    if number[-1] == "0" and looks_truncated(number):
                        truncated += 1
                        damaged = damaged or (line, number)
                for column in columns.amounts:
                    marks.watch(cells[column])
                for column, style in watched:
                    style.watch(cells[column])
                if status is not None:
                    word = cells[status]
                    if word not in statuses and len(statuses) < STATUSES_MAX:
                        statuses[word] = None
        else:
            cut = (line, 1) if cut is None else (cut[0], cut[1] + 1)
        keys.append(key)
        amounts.append(hash(cells[own_amount]) if whole else 0)
    if table.formulas and first_line and len(filled) < len(set(needed)):
        empty = next(column for column in needed if column not in filled)
        raise FileRefused("formula_only", line=first_line, column=header.names[empty])
    if damaged and (damages * 2 > good + damages or (good >= SAMPLE_MIN and truncated * 2 > good)):
        name = header.names[order]
        raise FileRefused("damaged_ids", line=damaged[0], column=name, detail=damaged[1][:100])
    if not good and not damages and cut and cut[1] > 1:
        raise FileRefused("cut_lines", line=cut[0])
    if not good and not damages:
        raise FileRefused("no_orders", line=first_line)
    last = _last_rows(keys)
    return Survey(
        keys=keys,
        last=last,
        decimal_marks=marks.decided,
        dates=styles,
        statuses=tuple(map(text, statuses)),
        total_repeated=_total_repeated(keys, amounts, last),
    )


def _data_rows(table: Table, header: Header) -> Iterator[tuple[int, list[Cell], bool]]:
    """The rows below the header, each as wide as it; one that is wider in a text is broken."""
    names, width, is_text = len(header.names), header.width, bool(table.delimiter)
    for line, cells, whole in islice(table.rows(width), header.above + 1, None):
        if len(cells) != width and whole:
            if len(cells) < names:
                cells.extend([""] * (names - len(cells)))
            elif is_text and any(cells[width:]):  # a comma of a number that cut it in two
                whole = False
        yield line, cells, whole


def _is_no_order(cell: Cell, cells: Sequence[Cell], header: Header) -> bool:
    """Whether a row is blank, a sum of those above, or the header again."""
    if cell == "" or (isinstance(cell, str) and cell.isspace()):
        filled = [each for each in cells if each != "" and not _is_space(each)]
        return not filled or any(_is_totals(each) for each in filled[:3])
    if not isinstance(cell, str) or "0" <= cell[0] <= "9":
        return False
    return _is_totals(cell) or _is_header(cells, header)


def _is_space(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.isspace()


def _is_totals(cell: Cell) -> bool:
    return isinstance(cell, str) and _TOTALS.fullmatch(cell) is not None


def _is_header(cells: Sequence[Cell], header: Header) -> bool:
    """Files are glued together with their headers."""
    return all(
        cell == "" or plain(cell) == name or name.startswith(f"{plain(cell)} (")
        for cell, name in zip(cells, header.names, strict=False)
    )


def _last_rows(keys: array[int]) -> dict[int, int]:
    ordered = sorted(key for key in keys if key > 0 or key < _REJECTED)
    again = {key for key, following in pairwise(ordered) if key == following}
    return {key: index for index, key in enumerate(keys) if key in again} if again else {}


def _total_repeated(keys: array[int], amounts: array[int], last: dict[int, int]) -> bool:
    if not last:
        return False
    first: dict[int, int] = {}
    return all(
        first.setdefault(key, amount) == amount
        for key, amount in zip(keys, amounts, strict=True)
        if key in last
    )


def batches(
    table: Table,
    header: Header,
    columns: Columns,
    found: Survey,
    reader: Reader,
    *,
    start: int = 0,
    batch_rows: int,
) -> Iterator[Batch]:
    """Yield the keys of the file from data row `start` on, `batch_rows` rows at a time."""
    keys, last = found.keys, found.last
    gathered: dict[int, dict[str, list[Row]]] = {}
    page = _Page(reader)
    until = start + batch_rows
    index = 0
    for index, (line, cells, _) in enumerate(_data_rows(table, header), 1):
        key = keys[index - 1]
        if key in last:
            number = order_id(cells[columns.order])
            group = gathered.setdefault(key, {})
            group.setdefault(number, []).append((line, cells))
            if last[key] == index - 1:
                del gathered[key]
                if index > start:
                    for each, rows in group.items():
                        page.take(each, rows)
        elif index > start and key != _SKIPPED:
            if key == _BROKEN:
                page.reject(((line, cells),), "line_broken")
            else:
                try:
                    number = order_id(cells[columns.order])
                except LineRejected as refusal:
                    page.reject(((line, cells),), refusal.reason)
                else:
                    page.take(number, ((line, cells),))
        if index == until:
            yield page.batch(index, found.total)
            page = _Page(reader)
            until += batch_rows
    if index > start and index > until - batch_rows:
        yield page.batch(index, found.total)


class _Page:
    """The keys of a batch while it grows, with the rows behind each."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._keys: list[Key] = []
        self._rows: list[Sequence[Row]] = []
        self._rejected: list[RejectedLine] = []

    def take(self, number: str, rows: Sequence[Row]) -> None:
        """One more order."""
        if len(rows) > ROWS_MAX:
            self.reject(rows, "id_damaged")
            return
        reader = self._reader
        self._keys.append(Key(number, raw_hash(rows, reader.phones), reader.dated(rows)))
        self._rows.append(rows)

    def reject(self, rows: Sequence[Row], reason: str) -> None:
        """Rows that are none."""
        self._rejected.extend(_rejected(row, reason) for row in rows)

    def batch(self, position: int, total: int) -> Batch:
        """What has come together."""
        return Batch(
            keys=self._keys,
            rejected=sorted(self._rejected, key=lambda refused: refused.line),
            position=position,
            total=total,
            normalise=self._normalise,
        )

    def _normalise(self, wanted: Sequence[int]) -> Reading:
        orders: list[NormalisedOrder] = []
        rejected: list[RejectedLine] = []
        order = self._reader.order
        for index in wanted:
            key, rows = self._keys[index], self._rows[index]
            try:
                orders.append(order(key.external_id, rows, key.raw_hash))
            except LineRejected as refusal:
                rejected.extend(_rejected(row, refusal.reason) for row in rows)
        return Reading(orders, rejected)


def _rejected(row: Row, reason: str) -> RejectedLine:
    line, cells = row
    return RejectedLine(
        line=line, reason=reason, text="\t".join(map(text, cells)).rstrip("\t")[:TEXT_MAX]
    )


def raw_hash(rows: Sequence[Row], phones: Sequence[int] = ()) -> str:
    """BLAKE2b (128 bits, hex) of an order's cells in any order of its rows, equal rows once.

    Of a phone only its presence counts: beside known cells a hash of ten digits gives them away.
    """
    if len(rows) == 1:
        joined = _joined(rows[0][1], phones)
    else:
        joined = "\x1e".join(sorted({_joined(cells, phones) for _, cells in rows}))
    return hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()


def _joined(cells: list[Cell], phones: Sequence[int]) -> str:
    for column in phones:
        if cells[column] != "":
            cells = [*cells[:column], "+", *cells[column + 1 :]]
    try:
        joined = "\x1f".join(cells)  # type: ignore[arg-type]  # all text in a CSV
    except TypeError:
        joined = "\x1f".join(map(text, cells))
    return joined.rstrip("\x1f")
