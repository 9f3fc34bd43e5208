"""Ozon's report of outside traffic: units bought through UTM tags by day, and no orders.

What a tag brought on a day is taken as one order, whose number is the tag with the day and whose
only item is the tag with the units: so it is credited, priced, held and taken back as orders are,
and a later report of the same day corrects it. A day is confirmed when it is `CONFIRM` old: until
then units may still be added to it or go.

The columns are found by their headers. The report counts units by the visit and within the window
of attribution; where it has both, the window counts, with the sum that belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from core.errors import BadInput, FileRefused
from core.handles import HandleKind, report_number, stored
from core.money import ZERO, Money
from core.orders import ALMATY, NormalisedOrder, OrderItem, OrderStatus
from core.sources.blocks import Block
from core.sources.letters import alike
from core.sources.lines import Reader, Row
from core.sources.mapping import Mapping
from core.sources.survey import Columns, Survey
from core.sources.tabular import Header, Table
from core.sources.values import Cell, LineRejected, Moments, is_foreign, plain, tiyn

CONFIRM: Final = timedelta(days=14)  # in which most parcels arrive or are sent back
UNITS_MAX: Final = 1_000_000  # of one tag and day

CONFIRMED: Final = "подтверждено"  # texts of the status, in the language of the report
WAITING: Final = "ожидает подтверждения"
NOTHING: Final = "нет заказов"

_DATE: Final = ("дата", "день", "date", "day", "күні", "күн")
_TAG: Final = ("content", "utm_content", "utm content", "campaign", "utm_campaign", "utm campaign")
_UNITS: Final = ("заказано товаров", "заказано единиц", "ordered items", "ordered units")
_SUM: Final = (
    *("суммарная стоимость", "стоимость заказанных товаров", "сумма заказов"),
    *("total value", "ordered items value", "revenue"),
)
_WINDOW: Final = ("окна атрибуции", "attribution window")


class _Found(NamedTuple):
    date: int
    tag: int
    units: int
    amount: int


def recognises(header: Header) -> bool:
    """Whether a header row is that of such a report."""
    return _columns(header) is not None


def mapping(header: Header) -> Mapping:
    """The columns as the preview shows them."""
    found = _demanded(header)
    names = header.names
    return Mapping.of(
        {
            "date": names[found.date],
            "sku": names[found.tag],
            "quantity": names[found.units],
            "amount": names[found.amount],
        },
        header.fingerprint,
    )


def _columns(header: Header) -> _Found | None:
    names = [alike(" ".join(name.split())) for name in header.names]  # with what says "window"
    date = next((names.index(alike(name)) for name in _DATE if alike(name) in names), None)
    tag = next((names.index(name) for name in map(alike, _TAG) if name in names), None)
    units, amount = _counted(names, _UNITS), _counted(names, _SUM)
    for window in (True, False):
        if (
            date is not None
            and tag is not None
            and (count := units.get(window)) is not None
            and (total := amount.get(window, amount.get(not window))) is not None
        ):
            return _Found(date, tag, count, total)
    return None


def _counted(names: Sequence[str], stems: Sequence[str]) -> dict[bool, int]:
    """The first column of a kind that counts within the window of attribution, and beside it."""
    found: dict[bool, int] = {}
    for index, name in enumerate(names):
        if any(name.startswith(alike(stem)) for stem in stems):
            found.setdefault(any(alike(window) in name for window in _WINDOW), index)
    return found


def _demanded(header: Header) -> _Found:
    found = _columns(header)
    if found is None:
        raise FileRefused("no_header", line=header.line, detail="Content")
    if is_foreign(header.names[found.amount]):
        raise FileRefused("other_currency", line=header.line, column=header.names[found.amount])
    return found


def numbered(
    table: Table, header: Header, seen_at: datetime | None, zone: ZoneInfo
) -> tuple[Table, Header]:
    """The table with two more columns: the number of each row's order, and its status.

    A confirmed day is another row than the same day while it waited, so that it is read again.
    Rows of visits without a tag are left out. `seen_at` is when the report was read.
    """
    names = (*header.names, *[""] * (header.width - len(header.names)), "№", "status")
    wide = replace(header, names=names, width=header.width + 2)
    found = _demanded(header)
    return _Numbered(
        table=table, header=header, found=found, seen_at=seen_at, moments=Moments(zone)
    ), wide


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    table: Table
    header: Header
    found: _Found
    seen_at: datetime | None
    moments: Moments = field(repr=False)

    @property
    def encoding(self) -> str:
        return self.table.encoding

    @property
    def delimiter(self) -> str:
        return self.table.delimiter

    @property
    def sheet(self) -> str:
        return self.table.sheet

    @property
    def formulas(self) -> bool:
        return self.table.formulas

    def merged(self, column: int) -> Set[int]:
        return self.table.merged(column)

    def blocks(self, width: int) -> Iterator[Block]:
        own = self.header.width
        above = self.header.above + 1
        for block in self.table.blocks(own):
            lines: list[int] = []
            rows: list[list[Cell]] = []
            broken: set[int] = set()
            for index, (line, cells) in enumerate(zip(block.lines, block.rows, strict=True)):
                if above:
                    above -= 1
                elif index in block.broken or any(cells[own:]):
                    broken.add(len(rows))
                else:
                    cells = [*cells[:own], *[""] * (own - len(cells))]
                    if (number := self._number(cells)) is None:
                        continue
                    cells += [number, self._status(cells)]
                lines.append(line)
                rows.append(cells)
            if rows:
                yield Block(lines, rows, broken)

    def _number(self, cells: list[Cell]) -> str | None:
        try:
            tag = stored(HandleKind.TAG, plain(cells[self.found.tag]))
        except BadInput:
            return None
        moment = self.moments.read(cells[self.found.date])
        day = moment[0].astimezone(ALMATY).date() if moment else None
        return report_number(tag, day)

    def _status(self, cells: list[Cell]) -> str:
        moment = self.moments.read(cells[self.found.date])
        if moment is None or self.seen_at is None or self.seen_at < moment[0] + CONFIRM:
            return WAITING
        return CONFIRMED


def columns(header: Header) -> Columns:
    """Where the survey looks; `header` is the one of `numbered`."""
    found = _demanded(header)
    return Columns(
        order=header.width - 2, amounts=(found.amount,), dates=(found.date,), status=None
    )


def reader(header: Header, found: Survey, *, zone: ZoneInfo) -> Reader:
    """What makes an order of the rows of one tag and day; the rows are added up."""
    at = _demanded(header)
    number, status = header.width - 2, header.width - 1
    moments = Moments(zone)

    def units(cell: Cell) -> int:
        text = plain(cell).replace(" ", "").replace("\u00a0", "").replace(",", ".")
        if text in ("", "-", "–", "—"):
            return 0
        try:
            count = Decimal(text)
        except ArithmeticError:
            raise LineRejected("amount_invalid") from None
        if not 0 <= count <= UNITS_MAX or count != int(count):
            raise LineRejected("amount_invalid")
        return int(count)

    def money(cell: Cell) -> int:
        return 0 if plain(cell) in ("", "-", "–", "—") else tiyn(cell, found.decimal_marks)

    def order(external_id: str, rows: Sequence[Row], raw_hash: str) -> NormalisedOrder:
        different = {tuple(map(str, cells)): cells for _, cells in rows}.values()
        first = next(iter(different))
        moment = moments.read(first[at.date])
        if moment is None:
            raise LineRejected("date_invalid")
        count = sum(units(cells[at.units]) for cells in different)
        minor = sum(money(cells[at.amount]) for cells in different)
        if minor < 0 or (count and not minor):
            raise LineRejected("amount_invalid")
        confirmed = all(cells[status] == CONFIRMED for cells in different)
        amount = Money(minor) if count else ZERO
        # The last second of the day: a tag that was lent in the course of it counts for it.
        day = moment[0].astimezone(ALMATY).replace(hour=23, minute=59, second=59, microsecond=0)
        return NormalisedOrder(
            external_id=external_id,
            ordered_at=day.astimezone(moment[0].tzinfo),
            status=(
                OrderStatus.REJECTED
                if not count
                else OrderStatus.APPROVED
                if confirmed
                else OrderStatus.PENDING
            ),
            status_raw=NOTHING if not count else CONFIRMED if confirmed else WAITING,
            gross=amount,
            net=amount,
            # A day on which nothing was bought is nobody's, unless an earlier report had units.
            items=(
                (
                    OrderItem(
                        sku=plain(first[number]).rpartition(":")[0], quantity=count, amount=amount
                    ),
                )
                if count
                else ()
            ),
            raw_hash=raw_hash,
        )

    def dated(rows: Sequence[list[Cell]]) -> Sequence[bool]:
        return [False] * len(rows)

    def dated_together(rows: Sequence[Row]) -> bool:
        return any(dated([cells for _, cells in rows]))

    return Reader(order, dated, dated_together)
