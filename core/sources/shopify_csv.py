"""The orders CSV of Shopify: English headers, an order's items on continuation rows.

Seen on real exports: the first row of an order carries what concerns the whole of it; the others
have only Name, Email, Created at, Vendor, Phone and the Lineitem columns. An order is known by
Name: that is the number which buyer and shop see and which a claim will name; Id stands on the
first row only, is absent from older exports, and Excel spoils its fourteen digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import FileRefused
from core.money import Money
from core.orders import NormalisedOrder, OrderItem, OrderStatus
from core.sources.lines import Reader, Row
from core.sources.mapping import Mapping
from core.sources.remembered import Remembered
from core.sources.statuses import TEXT_MAX
from core.sources.survey import Columns, Survey
from core.sources.tabular import Header
from core.sources.values import (
    MAX_WORD,
    Cell,
    LineRejected,
    Moments,
    check_currency,
    codes,
    phone,
    plain,
    quantity,
    text,
    tiyn,
)

_NAMES: Final = ("Name", "Financial Status", "Fulfillment Status", "Created at", "Lineitem name")
_MONEY: Final = ("Subtotal", "Total", "Shipping", "Discount Amount", "Refunded Amount")
_PHONES: Final = ("Phone", "Billing Phone", "Shipping Phone")

PAID: Final = frozenset({"paid", "partially_refunded"})
UNPAID: Final = frozenset({"pending", "authorized", "partially_paid", "unpaid", ""})
VOID: Final = frozenset({"voided", "expired"})
_FULFILMENTS: Final = frozenset(
    {"fulfilled", "unfulfilled", "partial", "restocked", "scheduled", "on_hold", "in_progress", ""}
)
_CLICK_KEYS: Final = frozenset(
    {"clickid", "click_id", "subid", "sub_id", "aff_sub", "visitor_id", "external_click_id"}
)
_ATTRIBUTE: Final = re.compile(r"^\s*([^:\n]{1,60}?)\s*:\s*(\S[^\n]*?)\s*$", re.MULTILINE)


def recognises(header: Header) -> bool:
    """Whether a header row is that of a Shopify orders export."""
    return all(header.index(name) is not None for name in (*_NAMES, "Currency")) and (
        header.index("Subtotal") is not None or header.index("Total") is not None
    )


def mapping(header: Header) -> Mapping:
    """The columns as the preview shows them."""
    names = {
        "order": "Name",
        "date": "Created at",
        "status": "Financial Status",
        "status_date": "Fulfilled at",
        "amount": "Total" if header.index("Subtotal") is None else "Subtotal",
        "refunded": "Refunded Amount",
        "promo": "Discount Code",
        "phone": "Phone",
        "sku": "Lineitem sku",
        "quantity": "Lineitem quantity",
        "currency": "Currency",
    }
    found = {field: name for field, name in names.items() if header.index(name) is not None}
    return Mapping.of(found, header.fingerprint)


def columns(header: Header) -> Columns:
    """Where the survey looks. Raises FileRefused("no_header") without the required columns."""
    for name in _NAMES:
        if header.index(name) is None:
            raise FileRefused("no_header", line=header.line, detail=name)
    money = [header.index(name) for name in (*_MONEY, "Lineitem price")]
    return Columns(
        order=header.index("Name") or 0,
        amounts=tuple(index for index in money if index is not None),
        dates=(header.index("Created at") or 0,),
        status=header.index("Financial Status"),
    )


def known_status(raw: str) -> bool:
    """Whether a financial status is one of Shopify's."""
    return raw in PAID | UNPAID | VOID | {"refunded"}


def reader(header: Header, found: Survey, *, zone: ZoneInfo) -> Reader:
    """What makes an order of the rows with its Name."""
    made = _Reader(header, found, zone)
    return Reader(made.order, made.dated, made.dated_together, made.phones)


class _Reader:
    """The columns of one export, by name."""

    def __init__(self, header: Header, found: Survey, zone: ZoneInfo) -> None:
        column = {name.lower(): index for index, name in enumerate(header.names)}.get
        self._financial, self._fulfilment = column("financial status"), column("fulfillment status")
        self._created, self._cancelled = column("created at"), column("cancelled at")
        changes = (column("paid at"), column("fulfilled at"), self._cancelled)
        self._changes = tuple(each for each in changes if each is not None)
        self._subtotal, self._total = column("subtotal"), column("total")
        self._shipping, self._discount = column("shipping"), column("discount amount")
        self._refunded, self._currency = column("refunded amount"), column("currency")
        self._code, self._notes = column("discount code"), column("note attributes")
        self._sku, self._price = column("lineitem sku"), column("lineitem price")
        self._quantity = column("lineitem quantity")
        phones = (column(name.lower()) for name in _PHONES)
        self.phones = tuple(each for each in phones if each is not None)
        self._marks = found.decimal_marks
        self._moments = Moments(zone, midnight_is_day=False)
        self._sums = Remembered(self._sum)
        self._statuses = Remembered(_status_word)
        self._currencies, self._codes = Remembered(check_currency), Remembered(codes)
        self._quantities, self._skus = Remembered(quantity), Remembered(plain)

    def dated(self, rows: Sequence[list[Cell]]) -> Sequence[bool]:
        """Whether each row tells when its order was paid, sent or cancelled."""
        told = [False] * len(rows)
        for column in self._changes:
            read = self._moments.are_moments([cells[column] for cells in rows])
            told = [one or another for one, another in zip(told, read, strict=True)]
        return [
            one and bool(_at(cells, self._financial)) for one, cells in zip(told, rows, strict=True)
        ]

    def dated_together(self, rows: Sequence[Row]) -> bool:
        """Whether the order's own cells tell it."""
        head = self._head(cells for _, cells in rows)
        return head is not None and self._changed_at(head) is not None

    def order(self, external_id: str, rows: Sequence[Row], raw_hash: str) -> NormalisedOrder:
        """One order of its rows, the first of which carries the order's own cells."""
        lines = [cells for _, cells in rows]
        if len(lines) > 1:
            lines = list({tuple(map(text, cells)): cells for cells in lines}.values())
        head = self._head(lines)
        if head is None:
            raise LineRejected("status_missing")
        self._currencies[_at(head, self._currency)]
        net, gross = self._amounts(head, lines)
        refunded = min(net, abs(self._sums[_at(head, self._refunded)] or 0))
        status, known, raw = self._status(head)
        if status is OrderStatus.APPROVED and net and refunded == net:
            status = OrderStatus.RETURNED
        attributes = _attributes(_at(head, self._notes))
        return NormalisedOrder(
            external_id=external_id,
            ordered_at=self._moments.ordered(_at(head, self._created)),
            status=status,
            status_raw=raw,
            status_known=known,
            status_changed_at=self._changed_at(head),
            gross=Money(gross),
            net=Money(net),
            refunded=Money(refunded),
            promo_codes=self._codes[_at(head, self._code)],
            phone=self._phone(lines),
            items=tuple(self._items(lines)),
            click_ids=tuple(
                dict.fromkeys(value for name, value in attributes if name in _CLICK_KEYS)
            ),
            utm=tuple((name, value) for name, value in attributes if name.startswith("utm_")),
            raw_hash=raw_hash,
        )

    def _head(self, lines: Iterable[list[Cell]]) -> list[Cell] | None:
        return next((cells for cells in lines if _at(cells, self._financial)), None)

    def _sum(self, cell: Cell) -> int | None:
        return None if cell == "" else tiyn(cell, self._marks)

    def _amounts(self, head: Sequence[Cell], lines: Sequence[list[Cell]]) -> tuple[int, int]:
        """Net and gross in tiyn: goods after and before discounts, both without delivery."""
        sums = self._sums
        net = sums[_at(head, self._subtotal)]
        if net is None:
            total = sums[_at(head, self._total)]
            if total is None:
                raise LineRejected("amount_invalid")
            net = total - (sums[_at(head, self._shipping)] or 0)
        if net < 0:
            raise LineRejected("amount_invalid")
        goods = 0
        for cells in lines:
            price = sums[_at(cells, self._price)] or 0
            goods += price * self._quantities[_at(cells, self._quantity)]
        return net, max(net, goods or net + abs(sums[_at(head, self._discount)] or 0))

    def _status(self, head: Sequence[Cell]) -> tuple[OrderStatus, bool, str]:
        """Ours, whether it is known, and Shopify's words: "paid/fulfilled"."""
        financial = self._statuses[_at(head, self._financial)]
        fulfilment = self._statuses[_at(head, self._fulfilment)]
        cancelled = _at(head, self._cancelled) != ""
        raw = "/".join(filter(None, (financial, fulfilment, "cancelled" * cancelled)))[:TEXT_MAX]
        if cancelled or financial in VOID:
            return OrderStatus.REJECTED, True, raw
        if financial == "refunded":
            return OrderStatus.RETURNED, True, raw
        if financial in PAID and fulfilment == "fulfilled":
            return OrderStatus.APPROVED, True, raw
        known = known_status(financial) and fulfilment in _FULFILMENTS
        return OrderStatus.PENDING, known, raw

    def _changed_at(self, head: Sequence[Cell]) -> datetime | None:
        latest = None
        for column in self._changes:
            if head[column] != "" and (moment := self._moments.read(head[column])):
                latest = moment[0] if latest is None else max(latest, moment[0])
        return latest

    def _phone(self, lines: Sequence[list[Cell]]) -> str | None:
        for cells in lines:
            for column in self.phones:
                if found := phone(cells[column]):
                    return found
        return None

    def _items(self, lines: Sequence[list[Cell]]) -> Iterator[OrderItem]:
        for cells in lines:
            sku = self._skus[_at(cells, self._sku)]
            if 0 < len(sku) <= MAX_WORD:
                pieces = self._quantities[_at(cells, self._quantity)]
                price = self._sums[_at(cells, self._price)]
                amount = None if price is None else Money(price * pieces)
                yield OrderItem(sku=sku, quantity=pieces, amount=amount)


def _at(cells: Sequence[Cell], column: int | None) -> Cell:
    return "" if column is None else cells[column]


def _status_word(cell: Cell) -> str:
    return plain(cell).lower().replace(" ", "_")


def _attributes(cell: Cell) -> list[tuple[str, str]]:
    """Note Attributes, "UTM source: facebook" a line, with names as in an address."""
    if cell == "":
        return []
    return [
        (name.strip().lower().replace(" ", "_"), value[:200])
        for name, value in _ATTRIBUTE.findall(text(cell)[:10_000])
    ]
