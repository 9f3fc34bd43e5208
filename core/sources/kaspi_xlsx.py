"""The order export of the Kaspi cabinet: 28 Russian columns of text, a row for each item.

Seen on real exports (Заказы → Выгрузить): every cell is text, dates are days, several rows with one
number are the items of one order, and neither a buyer's phone nor a promo code is among them.
Columns are found by their headers, because exports with fewer and with more of them exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from core.errors import FileRefused
from core.money import Money
from core.orders import RANK, NormalisedOrder, OrderItem, OrderStatus
from core.sources.lines import Reader, Row
from core.sources.mapping import Mapping
from core.sources.remembered import Remembered
from core.sources.statuses import TEXT_MAX, Statuses, Verdict
from core.sources.survey import Columns, Survey
from core.sources.tabular import Header
from core.sources.values import (
    MAX_WORD,
    Cell,
    LineRejected,
    Moments,
    codes,
    phone,
    plain,
    quantity,
    tiyn,
)

HEADERS: Final = (
    "№ заказа",
    "Дата поступления заказа",
    "Название товара в Kaspi Магазине",
    "Название в системе продавца",
    "Артикул",
    "Сумма",
    "Категория",
    "Адрес самовывоза/доставки",
    "Дата изменения статуса",
    "Статус",
    "Причина отмены",
    "Способ оплаты",
    "Способ доставки",
    "Курьерская служба",
    "Принял",
    "Выдал",
    "Отменил",
    "Оценка покупателя",
    "Отзыв покупателя",
    "Дата публикации отзыва",
    "Оформил",
    "Количество",
    "Стоимость доставки для покупателя",
    "Стоимость доставки для продавца",
    "Компенсация за доставку",
    "Требуется подписание",
    "Плановая дата передачи курьеру",
    "Склад передачи КД",
)
ENOUGH: Final = 8  # of these headers, with the required four among them
_REQUIRED: Final = ("№ заказа", "Дата поступления заказа", "Сумма", "Статус")
_OWN: Final = (  # no other system has these
    "Название товара в Kaspi Магазине",
    "Дата поступления заказа",
    "Склад передачи КД",
)
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


def recognises(header: Header) -> bool:
    """Whether a header row is that of a Kaspi export."""
    found = [name for name in HEADERS if header.index(name) is not None]
    return (
        len(found) >= ENOUGH
        and all(name in found for name in _REQUIRED)
        and any(name in found for name in _OWN)
    )


def mapping(header: Header, saved: Mapping | None = None) -> Mapping:
    """The columns as the preview shows them, with the words for statuses of a saved mapping."""
    names = {
        "order": "№ заказа",
        "date": "Дата поступления заказа",
        "status": "Статус",
        "status_date": "Дата изменения статуса",
        "amount": "Сумма",
        "sku": "Артикул",
        "quantity": "Количество",
        "phone": "Телефон",
        "promo": "Промокод",
    }
    found = {field: name for field, name in names.items() if header.index(name) is not None}
    return Mapping.of(found, header.fingerprint, saved.status_words if saved else None)


def columns(header: Header) -> Columns:
    """Where the survey looks. Raises FileRefused("no_header") without the required columns."""
    return Columns(
        order=_needed(header, "№ заказа"),
        amounts=(_needed(header, "Сумма"),),
        dates=(_needed(header, "Дата поступления заказа"),),
        status=_needed(header, "Статус"),
    )


def _needed(header: Header, name: str) -> int:
    index = header.index(name)
    if index is None:
        raise FileRefused("no_header", line=header.line, detail=name)
    return index


class _Item(NamedTuple):
    """A row read; a tuple, because a file has hundreds of thousands of them."""

    row: Row
    verdict: Verdict
    amount: Money
    ordered_at: datetime
    changed_at: datetime | None

    @property
    def freshness(self) -> tuple[datetime, int]:
        return self.changed_at or _EARLIEST, RANK[self.verdict.status]


def reader(header: Header, found: Survey, *, zone: ZoneInfo, words: Mapping | None) -> Reader:
    """What makes an order of the rows with its number."""
    status = _needed(header, "Статус")
    ordered, total = _needed(header, "Дата поступления заказа"), _needed(header, "Сумма")
    changed, sku = header.index("Дата изменения статуса"), header.index("Артикул")
    pieces, category = header.index("Количество"), header.index("Категория")
    phone_column, promo = header.index("Телефон"), header.index("Промокод")
    phones = () if phone_column is None else (phone_column,)
    moments = Moments(zone)
    statuses = Statuses(words.status_words if words else None)

    def verdict_of(cell: Cell) -> tuple[Verdict, str]:
        verdict = statuses.read(cell)
        if verdict is None:
            raise LineRejected("status_missing")
        return verdict, plain(cell)[:TEXT_MAX]

    def money(cell: Cell) -> Money:
        amount = tiyn(cell, found.decimal_marks)
        if amount < 0:
            raise LineRejected("amount_invalid")
        return Money(amount)

    def change_of(cell: Cell) -> datetime | None:
        moment = moments.read(cell)
        return moment[0] if moment else None

    verdicts, amounts = Remembered(verdict_of), Remembered(money)
    days, changes = Remembered(moments.ordered), Remembered(change_of)
    lines, quantities, promo_codes = Remembered(plain), Remembered(quantity), Remembered(codes)

    def item(row: Row) -> _Item:
        cells = row[1]
        verdict, _ = verdicts[cells[status]]
        ordered_at = days[cells[ordered]]
        change = None if changed is None else changes[cells[changed]]
        return _Item(row, verdict, amounts[cells[total]], ordered_at, change)

    def items_of(cells: Sequence[Cell], amount: Money) -> tuple[OrderItem, ...]:
        article = lines[cells[sku]] if sku is not None else ""
        if not 0 < len(article) <= MAX_WORD:
            return ()
        return (
            OrderItem(
                sku=article,
                quantity=1 if pieces is None else quantities[cells[pieces]],
                amount=amount,
                category="" if category is None else lines[cells[category]][:MAX_WORD],
            ),
        )

    def dated(rows: Sequence[list[Cell]]) -> Sequence[bool]:
        if changed is None:
            return [False] * len(rows)
        return moments.are_moments([cells[changed] for cells in rows])

    def dated_together(rows: Sequence[Row]) -> bool:
        return any(dated([cells for _, cells in rows]))

    def order(external_id: str, rows: Sequence[Row], raw_hash: str) -> NormalisedOrder:
        # Sellers keep notes in this column of their own copies: "OUR DLV AST".
        if not (external_id.isdecimal() and 4 <= len(external_id) <= 20):
            raise LineRejected("id_damaged")
        if len(rows) > 1:
            return of_several(external_id, rows, raw_hash)
        cells = rows[0][1]
        verdict, status_raw = verdicts[cells[status]]
        ordered_at = days[cells[ordered]]
        change = None if changed is None else changes[cells[changed]]
        amount = amounts[cells[total]]
        return NormalisedOrder(
            external_id=external_id,
            ordered_at=ordered_at,
            # Which part came back the export does not say: wait for the end of it.
            status=OrderStatus.PENDING if verdict.partial else verdict.status,
            status_raw=status_raw,
            status_known=verdict.known,
            at_risk=verdict.at_risk or verdict.partial,
            status_changed_at=change,
            changed_on_day=change is not None,
            gross=amount,
            net=amount,
            phone=None if phone_column is None else phone(cells[phone_column]),
            promo_codes=() if promo is None else promo_codes[cells[promo]],
            items=items_of(cells, amount),
            raw_hash=raw_hash,
        )

    def of_several(external_id: str, rows: Sequence[Row], raw_hash: str) -> NormalisedOrder:
        items = [item(row) for row in rows]
        # Two exports glued together have an order in two states; the later one stands. A row
        # that came twice is one item: two pieces of it are in the column Количество.
        newest = max(items, key=lambda each: each.freshness)
        current = (each for each in items if each.freshness == newest.freshness)
        items = list({tuple(map(str, each.row[1])): each for each in current}.values())
        amount = Money(sum(each.amount.minor for each in items))
        cells = [each.row[1] for each in items]
        found_phones = (phone(each[column]) for column in phones for each in cells)
        found_codes = (promo_codes[each[promo]] for each in cells if promo is not None)
        return replace(
            order(external_id, [newest.row], raw_hash),
            ordered_at=min(each.ordered_at for each in items),
            gross=amount,
            net=amount,
            phone=next(filter(None, found_phones), None),
            promo_codes=tuple(dict.fromkeys(chain.from_iterable(found_codes))),
            items=tuple(part for each in items for part in items_of(each.row[1], each.amount)),
        )

    return Reader(order, dated, dated_together, phones)
