"""What the whole of a file tells of its rows: it is read once before any order is made of it."""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import FileRefused
from core.sources.blocks import Block
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
    stretches_of_ids,
    text,
)

STATUSES_MAX: Final = 200  # different texts that a survey remembers
ROWS_MAX: Final = 500  # of one order; a number that comes more often is no number of an order
# Cells of rows that wait in memory for the last row of their order: two exports of half a million
# orders each may be glued together.
WAITING_MAX: Final = 6_000_000
HOPELESS_AFTER: Final = 1_200_000  # rows of which hardly one is an order; a sheet has 1 048 576
SAMPLE_MIN: Final = 5  # numbers that must be there before zeros at their ends mean damage

# Instead of the hash of an order's number:
SKIPPED: Final = 0  # blank, totals, the header once more
BROKEN: Final = -1
REJECTED: Final = -2  # has no usable number
CROWDED: Final = -3  # has one that more than ROWS_MAX rows have
NO_ORDER: Final = frozenset((SKIPPED, BROKEN, REJECTED, CROWDED))

# "Итого:", "Барлығы 12 500", "Total (KZT)"
_TOTALS: Final = re.compile(
    r"\W*(?:(?:общий |промежуточный )?итоги?|(?:сумма |общая сумма |всего )?итого|подытог|всего"
    r"|общая сумма|количество заказов|(?:grand |sub)?total|жиыны|жиынтығы|жалпы|қорытынды"
    r"|барлығы|барлық сома(?:сы)?)(?:[\s:.,(=].*)?",
    re.IGNORECASE | re.DOTALL,
)


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
    cut_lines (no line fits the header: its amounts have the mark that stands between cells),
    same_number (most rows have a number that is no order's), scattered (too many orders have rows
    too far apart).
    """
    numbers = _Numbers(header, columns.order)
    amounts = array("q")
    marks = DecimalMarks()
    styles = {column: DateStyle() for column in columns.dates}
    statuses: dict[Cell, None] = {}
    own_amount = columns.amounts[0] if columns.amounts else columns.order
    needed = {columns.order, own_amount, *columns.dates[:1]}
    empty = set(needed) if table.formulas else set()
    for block in data_rows(table, header):
        amounts.extend([hash(cells[own_amount]) for cells in block.rows])
        rows = numbers.take(block)
        for column in columns.amounts:
            marks.watch_all([cells[column] for cells in rows])
        for column, style in styles.items():
            style.watch_all([cells[column] for cells in rows])
        if columns.status is not None:
            for word in dict.fromkeys([cells[columns.status] for cells in rows]):
                if len(statuses) < STATUSES_MAX:
                    statuses[word] = None
        if empty:
            empty = {column for column in empty if all(cells[column] == "" for cells in rows)}
    if empty and numbers.first_line:
        column = min(empty, key=lambda each: (each != columns.order, each != own_amount))
        raise FileRefused("formula_only", line=numbers.first_line, column=header.names[column])
    numbers.check()
    last = _last_rows(numbers.keys)
    numbers.check_repeated(last, header.width)
    return Survey(
        keys=numbers.keys,
        last=last,
        decimal_marks=marks.decided,
        dates=styles,
        statuses=tuple(map(text, statuses)),
        total_repeated=_total_repeated(numbers.keys, amounts, last),
    )


def data_rows(table: Table, header: Header) -> Iterator[Block]:
    """The rows below the header, each as wide as it; one that is wider in a text is broken."""
    width, above = header.width, header.above + 1
    for lines, rows, broken in table.blocks(width):
        if above:
            dropped, above = above, max(0, above - len(rows))
            lines, rows = lines[dropped:], rows[dropped:]
            broken = {index - dropped for index in broken if index >= dropped}
        if set(map(len, rows)) - {width}:
            broken = {*broken, *_fitted(rows, width, broken, is_text=bool(table.delimiter))}
        if rows:
            yield Block(lines, rows, broken)


def _fitted(
    rows: Sequence[list[Cell]], width: int, broken: Collection[int], *, is_text: bool
) -> Iterator[int]:
    """Widen rows to that of the header; yield those that are too wide."""
    for index, cells in enumerate(rows):
        if len(cells) < width:
            cells.extend([""] * (width - len(cells)))
        elif is_text and index not in broken and any(cells[width:]):
            yield index  # a comma of a number has cut it in two


class _Numbers:
    """The column of the orders' numbers, while it is read."""

    def __init__(self, header: Header, column: int) -> None:
        self.keys = array("q")
        self.first_line: int | None = None  # of what is to be an order
        self._header = header
        self._column = column
        name = header.names[column] if column < len(header.names) else ""
        self._could_repeat = any(map(str.isdecimal, name))
        self._good = self._truncated = self._damages = 0
        self._damaged: tuple[int, str] | None = None
        self._cut: tuple[int, int] | None = None  # the first line that does not fit, how many

    def take(self, block: Block) -> list[list[Cell]]:
        """Note the keys of some rows; return those that are to be orders."""
        lines, rows, broken = block
        if len(self.keys) > HOPELESS_AFTER and self._good * 20 < len(self.keys):
            raise FileRefused("no_orders", line=self.first_line)
        if broken or self._could_repeat:
            return [
                row
                for index, row in enumerate(rows)
                if self._take(lines[index], row, whole=index not in broken)
            ]
        taken: list[list[Cell]] = []
        for begin, end, numbers in stretches_of_ids([row[self._column] for row in rows]):
            if numbers is not None and self._are_plain(numbers, lines[begin:end]):
                taken += rows[begin:end]
            else:
                taken += [
                    rows[index]
                    for index in range(begin, end)
                    if self._take(lines[index], rows[index], whole=True)
                ]
        return taken

    def _are_plain(self, numbers: Sequence[str], lines: Sequence[int]) -> bool:
        keys = list(map(hash, numbers))
        if not NO_ORDER.isdisjoint(keys):
            return False
        self.keys.extend(keys)
        self.first_line = self.first_line or lines[0]
        self._good += len(keys)
        for line, number in zip(lines, numbers, strict=True):
            if number[-1] == "0" and looks_truncated(number):
                self._looks_truncated(line, number)
        return True

    def _take(self, line: int, cells: list[Cell], *, whole: bool) -> bool:
        cell = cells[self._column]
        if not whole:
            self._cut = (line, 1) if self._cut is None else (self._cut[0], self._cut[1] + 1)
            self.keys.append(BROKEN)
            return False
        if _is_no_order(cell, cells, self._header):
            self.keys.append(SKIPPED)
            return False
        self.first_line = self.first_line or line
        try:
            number = order_id(cell)
        except LineRejected as rejected:
            if rejected.reason == "id_damaged":
                self._damages += 1
                self._damaged = self._damaged or (line, text(cell))
            self.keys.append(REJECTED)
            return True
        self._good += 1
        key = hash(number)
        self.keys.append(1 if key in NO_ORDER else key)
        if number[-1] == "0" and looks_truncated(number):
            self._looks_truncated(line, number)
        return True

    def _looks_truncated(self, line: int, number: str) -> None:
        self._truncated += 1
        self._damaged = self._damaged or (line, number)

    def check_repeated(self, last: dict[int, int], width: int) -> None:
        """Refuse the file where the column is another one, or its orders would fill the memory."""
        crowded = self.keys.count(CROWDED)
        if crowded * 2 > self._good:
            column = self._header.names[self._column]
            raise FileRefused("same_number", line=self.first_line, column=column)
        waiting = most = 0
        if last and len(self.keys) * width > WAITING_MAX:
            rows: dict[int, int] = {}
            for index, key in enumerate(self.keys):
                if key in last:
                    rows[key] = rows.get(key, 0) + 1
                    waiting += 1
                    most = max(most, waiting)
                    if last[key] == index:
                        waiting -= rows.pop(key)
        if most * width > WAITING_MAX:
            raise FileRefused("scattered", detail=f"{most} rows")

    def check(self) -> None:
        """Refuse the file where they are no numbers of orders."""
        good, damages, cut = self._good, self._damages, self._cut
        if self._damaged and (
            damages * 2 > good + damages or (good >= SAMPLE_MIN and self._truncated * 2 > good)
        ):
            line, number = self._damaged
            column = self._header.names[self._column]
            raise FileRefused("damaged_ids", line=line, column=column, detail=number[:100])
        if not good and not damages and cut and cut[1] > 1:
            raise FileRefused("cut_lines", line=cut[0])
        if not good and not damages:
            raise FileRefused("no_orders", line=self.first_line)


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
    """The last row of each key that comes again; those that come too often become CROWDED.

    A byte for some bits of a key tells nearly all of those that come once, in little memory.
    """
    size = 1 << (len(keys) * 8).bit_length()
    seen, mask = bytearray(size), size - 1
    perhaps: set[int] = set()
    for key in keys:
        if seen[key & mask]:
            perhaps.add(key)
        else:
            seen[key & mask] = 1
    perhaps -= NO_ORDER
    times: dict[int, int] = {}
    last: dict[int, int] = {}
    if perhaps:
        for index, key in enumerate(keys):
            if key in perhaps:
                if key in times:
                    last[key] = index
                    times[key] += 1
                else:
                    times[key] = 1
        if crowded := {key for key, count in times.items() if count > ROWS_MAX}:
            for index, key in enumerate(keys):
                if key in crowded:
                    keys[index] = CROWDED
            for key in crowded:
                del last[key]
    return last


def _total_repeated(keys: array[int], amounts: array[int], last: dict[int, int]) -> bool:
    if not last:
        return False
    first: dict[int, int] = {}
    return all(
        first.setdefault(key, amount) == amount
        for key, amount in zip(keys, amounts, strict=True)
        if key in last
    )
