"""Any CSV or XLSX by the mapping of its columns that a brand has confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from core.errors import FileRefused, MappingIncomplete
from core.money import ZERO, Money
from core.orders import RANK, NormalisedOrder, OrderItem, OrderStatus
from core.sources.lines import Reader, Row
from core.sources.mapping import FIELDS, REQUIRED, Mapping
from core.sources.remembered import Remembered
from core.sources.statuses import TEXT_MAX, Statuses, Verdict
from core.sources.survey import Columns, Survey
from core.sources.tabular import Header
from core.sources.values import (
    Cell,
    LineRejected,
    check_currency,
    codes,
    is_foreign,
    phone,
    plain,
    quantity,
    tiyn,
    words,
)

_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_NOTHING_SOLD: Final = (OrderStatus.REJECTED, OrderStatus.RETURNED)


def columns(header: Header, mapping: Mapping, default_status: OrderStatus | None) -> Columns:
    """Where the survey looks.

    Raises MappingIncomplete where the mapping lacks a field, or names a header the file lacks, and
    FileRefused("other_currency") where the headers of amounts say that they are not tenge.
    """
    index = _positions(header, mapping)
    order, date, amount = index.get("order"), index.get("date"), index.get("amount")
    missing = [
        name
        for name in REQUIRED
        if name not in index
        and not (name == "status" and mapping.status is None and default_status is not None)
    ]
    if missing or order is None or date is None or amount is None:
        raise MappingIncomplete(tuple(missing))
    for column in filter(None, (mapping.amount, mapping.refunded)):
        if "currency" not in index and is_foreign(column):
            raise FileRefused("other_currency", line=header.line, column=column)
    refunded, changed = index.get("refunded"), index.get("status_date")
    return Columns(
        order=order,
        amounts=(amount,) if refunded is None else (amount, refunded),
        dates=(date,) if changed is None else (date, changed),
        status=index.get("status"),
    )


def _positions(header: Header, mapping: Mapping) -> dict[str, int]:
    found = ((name, header.index(mapping.column(name))) for name in FIELDS)
    return {name: index for name, index in found if index is not None}


class _Line(NamedTuple):
    """A row read; a tuple, because a file has hundreds of thousands of them."""

    row: Row
    verdict: Verdict
    status_raw: str
    amount: int
    refunded: int
    ordered_at: datetime
    changed: tuple[datetime, bool] | None

    @property
    def freshness(self) -> tuple[datetime, int]:
        return (self.changed[0] if self.changed else _EARLIEST), RANK[self.verdict.status]


def reader(
    header: Header,
    found: Survey,
    mapping: Mapping,
    *,
    zone: ZoneInfo,
    default_status: OrderStatus | None,
) -> Reader:
    """What makes an order of the rows with its number."""
    made = _Reader(header, found, mapping, zone, default_status)
    return Reader(made.order, made.dated, made.dated_together, made.phones)


class _Reader:
    """The columns of one file by the fields of an order."""

    def __init__(
        self,
        header: Header,
        found: Survey,
        mapping: Mapping,
        zone: ZoneInfo,
        default_status: OrderStatus | None,
    ) -> None:
        index = _positions(header, mapping)
        self._date, self._amount = index["date"], index["amount"]
        self._status, self._changed = index.get("status"), index.get("status_date")
        self._refunded, self._currency = index.get("refunded"), index.get("currency")
        self._promo, self._phone = index.get("promo"), index.get("phone")
        self._sku, self._quantity = index.get("sku"), index.get("quantity")
        self._click = index.get("click_id")
        self._article, self._promo_id = index.get("article"), index.get("promo_id")
        self.phones = () if self._phone is None else (self._phone,)
        self._marks = found.decimal_marks
        self._total_repeated = found.total_repeated
        self._ordered = found.moments(self._date, zone)
        self._news = None if self._changed is None else found.moments(self._changed, zone)
        self._statuses = Statuses(mapping.status_words)
        self._default = None if default_status is None else Verdict(default_status)
        self._verdicts = Remembered(self._verdict)
        self._amounts = Remembered(self._money)
        self._currencies = Remembered(check_currency)
        self._codes, self._words = Remembered(codes), Remembered(words)
        self._quantities = Remembered(quantity)

    def dated(self, rows: Sequence[list[Cell]]) -> Sequence[bool]:
        """Whether each row tells when its status changed."""
        news, column = self._news, self._changed
        if news is None or column is None:
            return [False] * len(rows)
        return news.are_moments([cells[column] for cells in rows])

    def dated_together(self, rows: Sequence[Row]) -> bool:
        """Whether one of an order's rows tells it."""
        return any(self.dated([cells for _, cells in rows]))

    def order(self, external_id: str, rows: Sequence[Row], raw_hash: str) -> NormalisedOrder:
        """One order of its rows."""
        if len(rows) > 1:
            lines, together = self._completed(rows)
            return self._of_several(external_id, lines, together, raw_hash)
        cells = rows[0][1]
        verdict, status_raw, amount, refunded, ordered_at, changed = self._read(cells)
        return NormalisedOrder(
            external_id=external_id,
            ordered_at=ordered_at,
            status=verdict.status,
            status_raw=status_raw,
            status_known=verdict.known,
            at_risk=verdict.at_risk,
            status_changed_at=changed[0] if changed else None,
            changed_on_day=changed is not None and changed[1],
            gross=amount,
            net=amount,
            refunded=refunded,
            promo_codes=self._promo_codes(cells),
            phone=None if self._phone is None else phone(cells[self._phone]),
            items=self._items(cells, amount),
            click_ids=() if self._click is None else words(cells[self._click]),
            raw_hash=raw_hash,
        )

    def _line(self, row: Row) -> _Line:
        verdict, status_raw, amount, refunded, ordered_at, changed = self._read(row[1])
        return _Line(row, verdict, status_raw, amount.minor, refunded.minor, ordered_at, changed)

    def _read(
        self, cells: Sequence[Cell]
    ) -> tuple[Verdict, str, Money, Money, datetime, tuple[datetime, bool] | None]:
        """Status with its text, amount, refunded part, order time, time of the last change."""
        verdict, status_raw = self._verdicts["" if self._status is None else cells[self._status]]
        ordered_at = self._ordered.ordered(cells[self._date])
        if self._currency is not None:
            self._currencies[cells[self._currency]]
        cell = cells[self._amount]
        # What is cancelled is often shown without a sum; the news of it must not be lost.
        nothing = cell == "" and verdict.status in _NOTHING_SOLD
        amount = ZERO if nothing else self._amounts[cell]
        if amount.minor < 0:
            raise LineRejected("amount_invalid")
        refunded = ZERO
        if self._refunded is not None and (cell := cells[self._refunded]) != "":
            refunded = Money(min(amount.minor, abs(self._amounts[cell].minor)))
        if verdict.partial and not refunded.minor:
            # Part of it came back and nobody says how much: not yet to be paid for.
            verdict = Verdict(OrderStatus.PENDING, at_risk=True)
        changed = None
        if self._news is not None and self._changed is not None:
            changed = self._news.read(cells[self._changed])
        return verdict, status_raw, amount, refunded, ordered_at, changed

    def _money(self, cell: Cell) -> Money:
        return Money(tiyn(cell, self._marks))

    def _completed(self, rows: Sequence[Row]) -> tuple[list[_Line], bool]:
        """The rows read, those without date and status as the first one that has them.

        And whether the amount is that of all the items together: such a row shows none either.
        """
        date, status = self._date, self._status
        own = (date,) if status is None else (date, status)
        head = next((cells for _, cells in rows if cells[date] != ""), None)
        if head is None or all(cells[date] != "" for _, cells in rows):
            return [self._line(row) for row in rows], False
        shared = (*own, *(each for each in (self._changed, self._currency) if each is not None))
        lines, together = [], False
        for line, cells in rows:
            if all(cells[column] == "" for column in own):
                cells = cells.copy()
                for column in shared:
                    cells[column] = head[column]
                if cells[self._amount] == "":
                    cells[self._amount] = 0
                    together = True
            lines.append(self._line((line, cells)))
        return lines, together

    def _verdict(self, cell: Cell) -> tuple[Verdict, str]:
        verdict = self._statuses.read(cell)
        if verdict is not None:
            return verdict, plain(cell)[:TEXT_MAX]
        if self._default is None:
            raise LineRejected("status_missing")
        return self._default, ""

    def _promo_codes(self, cells: Sequence[Cell]) -> tuple[str, ...]:
        """The codes of a row; the id of one is as good as the code."""
        found = () if self._promo is None else self._codes[cells[self._promo]]
        if self._promo_id is None:
            return found
        return tuple(dict.fromkeys((*found, *self._words[cells[self._promo_id]])))

    def _items(self, cells: Sequence[Cell], amount: Money | None) -> tuple[OrderItem, ...]:
        """The goods of a row. A substitute article is another name of them, and costs nothing."""
        goods = self._goods(cells, amount)
        if self._article is None:
            return goods
        others = [one for one in self._words[cells[self._article]] if one != "0"]
        if others and not goods:
            count = 1 if self._quantity is None else self._quantities[cells[self._quantity]]
            goods = (OrderItem(sku=others.pop(0), quantity=count, amount=amount),)
        return (*goods, *(OrderItem(sku=one, quantity=0, amount=ZERO) for one in others))

    def _goods(self, cells: Sequence[Cell], amount: Money | None) -> tuple[OrderItem, ...]:
        skus = self._words[cells[self._sku]] if self._sku is not None else ()
        if len(skus) > 1:  # "A-1, B-2" with "1, 2" or without quantities
            counts = words(cells[self._quantity]) if self._quantity is not None else ()
            if len(counts) != len(skus):
                counts = ("1",) * len(skus)
            return tuple(
                OrderItem(sku=sku, quantity=quantity(count))
                for sku, count in zip(skus, counts, strict=True)
            )
        if not skus:
            return ()
        count = 1 if self._quantity is None else self._quantities[cells[self._quantity]]
        return (OrderItem(sku=skus[0], quantity=count, amount=amount),)

    def _of_several(
        self, external_id: str, lines: Sequence[_Line], together: bool, raw_hash: str
    ) -> NormalisedOrder:
        """Rows of one number: the same row in several states, or the items of an order, or both."""
        items = self._latest(lines)
        newest = max(items, key=lambda line: line.freshness)
        if self._total_repeated:
            status, gross, net, refunded = newest, newest.amount, newest.amount, newest.refunded
        else:
            status = _overall(items, newest)
            gross = sum(line.amount for line in items)
            sold = [line for line in items if line.verdict.status is not OrderStatus.REJECTED]
            net = sum(line.amount for line in sold) if sold else gross
            refunded = sum(
                line.amount
                if line.verdict.status is OrderStatus.RETURNED
                and status.verdict.status is not OrderStatus.RETURNED
                else line.refunded
                for line in sold
            )
        unknown = next((line for line in items if not line.verdict.known), None)
        cells = [line.row[1] for line in items]
        click, column = self._click, self._phone
        found_codes = (code for row in cells for code in self._promo_codes(row))
        clicks = (each for row in cells if click is not None for each in words(row[click]))
        phones = (phone(row[column]) for row in cells if column is not None)
        return NormalisedOrder(
            external_id=external_id,
            ordered_at=min(line.ordered_at for line in items),
            status=status.verdict.status,
            status_raw=(unknown or status).status_raw,
            status_known=unknown is None,
            at_risk=any(line.verdict.at_risk for line in items),
            status_changed_at=newest.changed[0] if newest.changed else None,
            changed_on_day=newest.changed is not None and newest.changed[1],
            gross=Money(gross),
            net=Money(net),
            refunded=Money(refunded),
            promo_codes=tuple(dict.fromkeys(found_codes)),
            phone=next(filter(None, phones), None),
            items=tuple(
                item
                for line in items
                for item in self._items(
                    line.row[1],
                    None if together or self._total_repeated else Money(line.amount),
                )
            ),
            click_ids=tuple(dict.fromkeys(clicks)),
            raw_hash=raw_hash,
        )

    def _latest(self, lines: Sequence[_Line]) -> list[_Line]:
        """Of rows that differ in status and its date only, the latest; equal rows once."""
        news = (self._status, self._changed)
        latest: dict[tuple[str, ...], _Line] = {}
        for line in lines:
            cells = enumerate(line.row[1])
            key = tuple(str(cell) for index, cell in cells if index not in news)
            known = latest.get(key)
            if known is None or line.freshness >= known.freshness:
                latest[key] = line
        return list(latest.values())


def _overall(items: Sequence[_Line], newest: _Line) -> _Line:
    """The line whose status is the order's: what is open decides, then what was kept."""
    for status in (OrderStatus.PENDING, OrderStatus.APPROVED, OrderStatus.RETURNED):
        for line in items:
            if line.verdict.status is status:
                return line
    return newest
