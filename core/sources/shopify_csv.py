"""The orders CSV of Shopify: English headers, an order's items on continuation rows.

Seen on real exports: the first row of an order carries what concerns the whole of it; the others
have only Name, Email, Created at, Vendor, Phone and the Lineitem columns. An order is known by
Name: that is the number which buyer and shop see and which a claim will name; Id stands on the
first row only, is absent from older exports, and Excel spoils its fourteen digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import FileRefused
from core.money import Money
from core.orders import NormalisedOrder, OrderItem, OrderStatus
from core.sources.lines import Reader, Row
from core.sources.mapping import Mapping
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
        self._index = {name.lower(): index for index, name in enumerate(header.names)}
        self._marks = found.decimal_marks
        self._moments = Moments(zone, midnight_is_day=False)
        self.phones = tuple(
            self._index[name.lower()] for name in _PHONES if name.lower() in self._index
        )

    def dated(self, rows: Sequence[list[Cell]]) -> Sequence[bool]:
        """Whether each row tells when its order was paid, sent or cancelled."""
        return [self.dated_together(((0, cells),)) for cells in rows]

    def dated_together(self, rows: Sequence[Row]) -> bool:
        """Whether the order's own cells tell it."""
        head = self._head(rows)
        return head is not None and self._changed_at(head) is not None

    def order(self, external_id: str, rows: Sequence[Row], raw_hash: str) -> NormalisedOrder:
        """One order of its rows, the first of which carries the order's own cells."""
        lines = list({tuple(map(text, row[1])): row for row in rows}.values())
        head = self._head(lines)
        if head is None:
            raise LineRejected("status_missing")
        check_currency(self._cell(head, "Currency"))
        net, gross = self._amounts(head, lines)
        refunded = min(net, abs(self._money(head, "Refunded Amount") or 0))
        status, known, raw = self._status(head)
        if status is OrderStatus.APPROVED and net and refunded == net:
            status = OrderStatus.RETURNED
        attributes = self._attributes(head)
        return NormalisedOrder(
            external_id=external_id,
            ordered_at=self._moments.ordered(self._cell(head, "Created at")),
            status=status,
            status_raw=raw,
            status_known=known,
            status_changed_at=self._changed_at(head),
            gross=Money(gross),
            net=Money(net),
            refunded=Money(refunded),
            promo_codes=codes(self._cell(head, "Discount Code")),
            phone=self._phone(lines),
            items=tuple(self._items(lines)),
            click_ids=tuple(
                dict.fromkeys(value for name, value in attributes if name in _CLICK_KEYS)
            ),
            utm=tuple((name, value) for name, value in attributes if name.startswith("utm_")),
            raw_hash=raw_hash,
        )

    def _head(self, rows: Sequence[Row]) -> list[Cell] | None:
        return next((cells for _, cells in rows if self._cell(cells, "Financial Status")), None)

    def _cell(self, cells: Sequence[Cell], name: str) -> Cell:
        index = self._index.get(name.lower())
        return "" if index is None else cells[index]

    def _word(self, cells: Sequence[Cell], name: str) -> str:
        return plain(self._cell(cells, name)).lower().replace(" ", "_")

    def _money(self, cells: Sequence[Cell], name: str) -> int | None:
        cell = self._cell(cells, name)
        return None if cell == "" else tiyn(cell, self._marks)

    def _amounts(self, head: Sequence[Cell], lines: Sequence[Row]) -> tuple[int, int]:
        """Net and gross in tiyn: goods after and before discounts, both without delivery."""
        net = self._money(head, "Subtotal")
        if net is None:
            total = self._money(head, "Total")
            if total is None:
                raise LineRejected("amount_invalid")
            net = total - (self._money(head, "Shipping") or 0)
        if net < 0:
            raise LineRejected("amount_invalid")
        goods = sum(
            (self._money(cells, "Lineitem price") or 0)
            * quantity(self._cell(cells, "Lineitem quantity"))
            for _, cells in lines
        )
        return net, max(net, goods or net + abs(self._money(head, "Discount Amount") or 0))

    def _status(self, head: Sequence[Cell]) -> tuple[OrderStatus, bool, str]:
        """Ours, whether it is known, and Shopify's words: "paid/fulfilled"."""
        financial = self._word(head, "Financial Status")
        fulfilment = self._word(head, "Fulfillment Status")
        cancelled = self._cell(head, "Cancelled at") != ""
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
        read = (
            self._moments.read(cell)
            for name in ("Paid at", "Fulfilled at", "Cancelled at")
            if (cell := self._cell(head, name)) != ""
        )
        return max((moment[0] for moment in read if moment), default=None)

    def _phone(self, lines: Sequence[Row]) -> str | None:
        cells = (cells[column] for _, cells in lines for column in self.phones)
        return next(filter(None, map(phone, cells)), None)

    def _items(self, lines: Sequence[Row]) -> Iterator[OrderItem]:
        for _, cells in lines:
            sku = plain(self._cell(cells, "Lineitem sku"))
            if 0 < len(sku) <= MAX_WORD:
                pieces = quantity(self._cell(cells, "Lineitem quantity"))
                price = self._money(cells, "Lineitem price")
                amount = None if price is None else Money(price * pieces)
                yield OrderItem(sku=sku, quantity=pieces, amount=amount)

    def _attributes(self, head: Sequence[Cell]) -> list[tuple[str, str]]:
        """Note Attributes, "UTM source: facebook" a line, with names as in an address."""
        notes = text(self._cell(head, "Note Attributes"))
        return [
            (name.strip().lower().replace(" ", "_"), value[:200])
            for name, value in _ATTRIBUTE.findall(notes[:10_000])
        ]
