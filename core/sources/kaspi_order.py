"""A page of the Kaspi order API, read leniently: orders, and what could not be read as one.

Shapes and statuses: the guide for partners of Kaspi, Shop API v2, pages "general" and "orders".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from core.money import Money
from core.orders import NormalisedOrder, OrderItem, OrderStatus
from core.sources.base import RejectedLine

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST: Final = datetime(2010, 1, 1, tzinfo=UTC)  # before the marketplace there are no orders
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
DEAREST: Final = Decimal(10_000_000_000)  # tenge; more than that is a broken number
TEXT_LIMIT: Final = 500

STATUSES: Final = {
    "APPROVED_BY_BANK": OrderStatus.PENDING,
    "ACCEPTED_BY_MERCHANT": OrderStatus.PENDING,
    "ASSEMBLE": OrderStatus.PENDING,
    "ARRIVED": OrderStatus.PENDING,
    "CANCELLING": OrderStatus.PENDING,
    "KASPI_DELIVERY_RETURN_REQUESTED": OrderStatus.PENDING,
    "RETURN_ACCEPTED_BY_MERCHANT": OrderStatus.PENDING,
    "COMPLETED": OrderStatus.APPROVED,
    "CANCELLED": OrderStatus.REJECTED,
    "RETURNED": OrderStatus.RETURNED,
}
AT_RISK: Final = frozenset(
    {"CANCELLING", "KASPI_DELIVERY_RETURN_REQUESTED", "RETURN_ACCEPTED_BY_MERCHANT"}
)
ARCHIVE: Final = "ARCHIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a page held; `warnings` are status texts that nobody has seen before."""

    orders: tuple[NormalisedOrder, ...]
    rejected: tuple[RejectedLine, ...]
    warnings: tuple[str, ...]


@dataclass(eq=False)
class _Broken(Exception):
    """The order cannot be used, for a reason of RejectedLine."""

    reason: str


def parse(data: Sequence[object], included: object, *, first_line: int) -> Parsed:
    """Turn the `data` and `included` of one page into orders; lines count from `first_line`.

    An order that cannot be read is handed back as a rejected line. So is an entry without an SKU,
    but its order stays: losing a return would cost more than losing an article.
    """
    entries = _entries_by_id(included)
    orders: list[NormalisedOrder] = []
    rejected: list[RejectedLine] = []
    for line, resource in enumerate(data, start=first_line):
        try:
            order, broken_entries = _order(resource, entries)
        except _Broken as broken:
            rejected.append(RejectedLine(line=line, reason=broken.reason, text=_shown(resource)))
            continue
        orders.append(order)
        rejected += [
            RejectedLine(line=line, reason="line_broken", text=f"{order.external_id}\t{entry}")
            for entry in broken_entries
        ]
    unknown = {order.status_raw for order in orders if not order.status_known}
    return Parsed(orders=tuple(orders), rejected=tuple(rejected), warnings=tuple(sorted(unknown)))


def at(payload: object, *path: str) -> object:
    """What lies at a path of nested objects, or None."""
    for key in path:
        payload = payload.get(key) if isinstance(payload, dict) else None
    return payload


def milliseconds(moment: datetime) -> int:
    """A moment as the API counts it: milliseconds since 1970 in UTC."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def moment(value: object) -> datetime | None:
    """The reverse of `milliseconds`, None for what is no number or no sensible time."""
    number = _number(value)
    if number is None or not milliseconds(EARLIEST) <= number <= milliseconds(LATEST):
        return None
    return EPOCH + timedelta(milliseconds=int(number))


def _order(resource: object, entries: dict[str, object]) -> tuple[NormalisedOrder, tuple[str, ...]]:
    attributes = at(resource, "attributes")
    if not isinstance(attributes, dict):
        raise _Broken("line_broken")
    code = _word(attributes.get("code"))
    if not code:
        raise _Broken("order_missing")
    ordered_at = moment(attributes.get("creationDate"))
    if ordered_at is None:
        raise _Broken("date_invalid")
    total = _money(attributes.get("totalPrice"))
    if total is None:
        raise _Broken("amount_invalid")
    status = _word(attributes.get("status")).upper()
    if not status:
        raise _Broken("status_missing")
    state = _word(attributes.get("state")).upper()

    items, broken_entries = _items(_entry_ids(resource), entries)
    net = _goods(total, items, _money(attributes.get("deliveryCost")))
    phone = _phone(at(attributes, "customer", "cellPhone"))
    order = NormalisedOrder(
        external_id=code,
        ordered_at=ordered_at,
        status=_status(state, status),
        status_raw=f"{state}/{status}" if state else status,
        status_known=status in STATUSES,
        at_risk=status in AT_RISK,
        gross=net,  # the API tells of no discounts
        net=net,
        raw_hash=_hash(code, ordered_at, state, status, net, items, phone),
        phone=phone,
        items=items,
    )
    return order, broken_entries


def _status(state: str, status: str) -> OrderStatus:
    """An order is approved only in the archive; a status that is not known is never approved."""
    found = STATUSES.get(status, OrderStatus.PENDING)
    if found is OrderStatus.APPROVED and state not in {ARCHIVE, ""}:
        return OrderStatus.PENDING
    return found


def _goods(total: Money, items: Iterable[OrderItem], delivery: Money | None) -> Money:
    """The price without delivery: `totalPrice`, unless the entries show that delivery is in it."""
    goods = Money(sum(item.amount.minor for item in items if item.amount))
    return goods if delivery and goods and goods + delivery == total else total


def _entries_by_id(included: object) -> dict[str, object]:
    resources = included if isinstance(included, list) else []
    return {
        key: resource
        for resource in resources
        if at(resource, "type") == "orderentries" and (key := _word(at(resource, "id")))
    }


def _entry_ids(resource: object) -> list[str]:
    links = at(resource, "relationships", "entries", "data")
    return [_word(at(link, "id")) for link in links] if isinstance(links, list) else []


def _items(
    ids: Iterable[str], entries: dict[str, object]
) -> tuple[tuple[OrderItem, ...], tuple[str, ...]]:
    """The positions of an order, and the entries of it that name no SKU."""
    items: list[OrderItem] = []
    broken: list[str] = []
    for entry_id in ids:
        if entry_id not in entries:
            continue
        attributes = at(entries[entry_id], "attributes")
        sku = _word(at(attributes, "offer", "code"))
        if not sku:
            broken.append(_storable(_dumped(attributes))[:TEXT_LIMIT])
            continue
        quantity = _quantity(at(attributes, "quantity"))
        if quantity == 0:  # the position was cancelled whole, the order goes on
            continue
        items.append(
            OrderItem(
                sku=sku,
                quantity=quantity,
                amount=_money(at(attributes, "totalPrice")),
                category=_word(at(attributes, "category", "code")),
            )
        )
    return tuple(items), tuple(broken)


def _quantity(value: object) -> int:
    """Pieces; goods by weight, and what is no number, count as one."""
    number = _number(value)
    if number is None or number < 0 or number > 1_000_000 or number != number.to_integral_value():
        return 1
    return int(number)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, float):
        number = Decimal(repr(value))
        return number if number.is_finite() else None
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,20}(\.\d{1,20})?", value.strip(), re.ASCII):
        return Decimal(value.strip())
    return None


def _money(value: object) -> Money | None:
    """Tenge to tiyn; a tail beyond the tiyn is what binary floats leave, and is rounded off."""
    number = _number(value)
    if number is None or not 0 <= number <= DEAREST:
        return None
    return Money(int((number * 100).quantize(Decimal(1), ROUND_HALF_UP)))


def _phone(value: object) -> str | None:
    """`7021234567` -> `+77021234567`; a masked or foreign number is no evidence."""
    digits = re.sub(r"[\s()+-]", "", _word(value))
    if re.fullmatch(r"[78]\d{10}", digits, re.ASCII):
        digits = digits[1:]
    return f"+7{digits}" if re.fullmatch(r"\d{10}", digits, re.ASCII) else None


def _word(value: object) -> str:
    if isinstance(value, str):
        return _storable(value).strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _hash(
    code: str,
    ordered_at: datetime,
    state: str,
    status: str,
    net: Money,
    items: Iterable[OrderItem],
    phone: str | None,
) -> str:
    """SHA-256 of what matters; of the phone only its presence: a hash of digits tells them."""
    matter = [
        code,
        milliseconds(ordered_at),
        state,
        status,
        net.minor,
        [
            [item.sku, item.quantity, item.amount.minor if item.amount else None, item.category]
            for item in items
        ],
        phone is not None,
    ]
    return hashlib.sha256(_dumped(matter).encode()).hexdigest()


def _storable(text: str) -> str:
    """Without what JSON can spell and no database takes: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _shown(resource: object) -> str:
    """A broken order as its reader may see it: without the buyer's name, phone and address."""
    attributes = at(resource, "attributes")
    if not isinstance(attributes, dict):
        return _word(at(resource, "id")) or type(resource).__name__
    cells = ("code", "state", "status", "creationDate", "totalPrice")
    shown = "\t".join(_dumped(attributes.get(cell)).strip('"') for cell in cells)
    return _storable(shown)[:TEXT_LIMIT]


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
