"""A local fake of the Kaspi order API v2, as strict as the real one where its strictness is known.

`create_kaspi(...)` gives an aiohttp application to serve; `app[FAKE]` is the KaspiFake behind it,
by which a test adds orders and makes faults. Error titles of which the guide keeps silent are ours.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from aiohttp import web

from core.money import ZERO, Money
from scripts.sandbox.kaspi_market import (
    Entry,
    Market,
    Order,
    PartialCancel,
    Product,
    Step,
    unpadded,
)

__all__ = ["FAKE", "Entry", "Fault", "KaspiFake", "Product", "Step", "create_kaspi"]

MEDIA_TYPE: Final = "application/vnd.api+json"
ROOT: Final = "/shop/api/v2"
STATES: Final = ("NEW", "SIGN_REQUIRED", "PICKUP", "DELIVERY", "KASPI_DELIVERY", "ARCHIVE")
WINDOW: Final = timedelta(days=14)
LARGEST_PAGE: Final = 100
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(StrEnum):
    """What can go wrong with one answer."""

    UNAUTHORIZED = "unauthorized"  # 401 in spite of a good token
    FORBIDDEN = "forbidden"  # 403, as from an address outside Kazakhstan
    RATE_LIMITED = "rate_limited"  # 429 with Retry-After
    SERVER_ERROR = "server_error"  # 503
    SLOW = "slow"  # the right answer, late
    TRUNCATED = "truncated"  # JSON that breaks off, in an answer that is whole as HTTP
    NOT_JSON = "not_json"  # 200 with a page of HTML
    MALFORMED_ENTRY = "malformed_entry"  # the first entry lacks its offer
    MALFORMED_ORDER = "malformed_order"  # the first order lacks its date
    NO_PAGE_COUNT = "no_page_count"  # `meta` is missing


@dataclass(frozen=True, slots=True)
class _Planned:
    fault: Fault
    seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came, without its token: when by the virtual clock, where, with what."""

    at: datetime
    path: str
    query: dict[str, str]


class _Refused(Exception):
    """A request that the API answers with an error's title."""

    def __init__(self, status: int, title: str) -> None:
        self.status = status
        self.title = title


class KaspiFake:
    """One merchant's orders behind the API: a market by seed and catalogue, and orders by hand.

    An empty catalogue makes no market. `now` is the virtual clock; the market has an order in each
    `interval` since `opened` (by default 90 days before the fake was made). `hang_seconds` is how
    long a request without User-Agent hangs, as the real API lets it.
    """

    def __init__(
        self,
        *,
        token: str,
        now: Callable[[], datetime],
        seed: int = 1,
        catalogue: Sequence[Product] = (),
        opened: datetime | None = None,
        interval: timedelta = timedelta(minutes=40),
        hang_seconds: float = 60,
    ) -> None:
        self._token = token
        self._now = now
        self._hang_seconds = hang_seconds
        self._market = Market(
            seed=seed,
            catalogue=catalogue,
            opened=opened or now() - timedelta(days=90),
            interval=interval,
        )
        self._added: dict[str, Order] = {}
        self._faults: deque[_Planned] = deque()
        self.asked: deque[Asked] = deque(maxlen=10_000)

    # --- by hand ---------------------------------------------------------------------------------

    def add_product(self, product: Product) -> None:
        """Put a product on sale from now on, or from its later `since`."""
        self._market.add(replace(product, since=max(product.since, self._now())))

    def add_order(
        self,
        code: str,
        created: datetime,
        timeline: Iterable[tuple[timedelta, str, str]],
        entries: Sequence[Entry],
        phone: str,
        *,
        delivery_cost: Money = ZERO,
    ) -> Order:
        """Add an order that goes through (offset from its creation, state, status)."""
        steps = tuple(
            Step(after=after, state=state, status=status) for after, state, status in timeline
        )
        order = Order(
            code=code,
            created=created,
            steps=steps,
            entries=tuple(entries),
            phone=phone,
            delivery_cost=delivery_cost,
        )
        self._added[code] = order
        return order

    def cancel_partly(self, code: str, entry: int, remaining: int) -> None:
        """From now on only `remaining` pieces of an entry of an added order are bought."""
        cancel = PartialCancel(at=self._now(), entry=entry, remaining=remaining)
        self._added[code].cancels.append(cancel)

    def fail(self, fault: Fault, *, times: int = 1, seconds: float = 1) -> None:
        """Spoil the next answers; `seconds`: the Retry-After of a 429, the delay of a slow one."""
        self._faults.extend([_Planned(fault, seconds)] * times)

    def orders(self) -> list[Order]:
        """All orders placed by now, oldest first."""
        now = self._now()
        return self._between(datetime.min.replace(tzinfo=UTC), now, now)

    # --- the API ---------------------------------------------------------------------------------

    def app(self) -> web.Application:
        """The web application of this fake."""
        app = web.Application()
        app[FAKE] = self
        app.router.add_get(f"{ROOT}/orders", self._guarded(self._list))
        app.router.add_get(f"{ROOT}/orders/{{id}}", self._guarded(self._one))
        app.router.add_get(f"{ROOT}/orders/{{id}}/entries", self._guarded(self._entries))
        return app

    def _guarded(self, build: Callable[[web.Request], dict[str, Any]]) -> Handler:
        """A handler that asks for headers as the API does, and makes the faults that are due."""

        async def handle(request: web.Request) -> web.Response:
            self.asked.append(Asked(self._now(), request.path, dict(request.query)))
            if not request.headers.get("User-Agent"):
                await asyncio.sleep(self._hang_seconds)
                return web.Response(status=504)
            planned = self._faults.popleft() if self._faults else None
            try:
                self._spoil_status(planned)
                if request.headers.get("X-Auth-Token") != self._token:
                    raise _Refused(401, "Unauthorized")
                if not _acceptable(request.headers.get("Accept", "")):
                    raise _Refused(406, "Not Acceptable")
                payload = build(request)
            except _Refused as refused:
                return _error(refused, planned)
            return await _spoiled(payload, planned)

        return handle

    def _spoil_status(self, planned: _Planned | None) -> None:
        match planned and planned.fault:
            case Fault.UNAUTHORIZED:
                raise _Refused(401, "Unauthorized")
            case Fault.FORBIDDEN:
                raise _Refused(403, "Forbidden")
            case Fault.RATE_LIMITED:
                raise _Refused(429, "Too Many Requests")
            case Fault.SERVER_ERROR:
                raise _Refused(503, "Service Unavailable")

    def _list(self, request: web.Request) -> dict[str, Any]:
        query = request.query
        page, size = _paging(query.get("page[number]"), query.get("page[size]"))
        now = self._now()
        code = query.get("filter[orders][code]")
        if code is not None:
            order = self._find(code)
            found = [order] if order and order.created <= now else []
        else:
            found = self._filtered(request, now)
        count = -(-len(found) // size)
        shown = found[page * size : (page + 1) * size]
        payload: dict[str, Any] = {
            "data": [_order(order, now) for order in shown],
            "meta": {"pageCount": count, "totalCount": len(found)},
        }
        if query.get("include[orders]") == "entries":
            payload["included"] = [entry for order in shown for entry in _order_entries(order, now)]
        return payload

    def _filtered(self, request: web.Request, now: datetime) -> list[Order]:
        query = request.query
        state = query.get("filter[orders][state]")
        if not state:
            raise _Refused(400, "Required filter [orders][state] is empty.")
        if state not in STATES:
            raise _Refused(400, f"Filter [orders][state] has no value {state}.")
        since = _moment(query.get("filter[orders][creationDate][$ge]"))
        if since is None:
            raise _Refused(400, "Required filter [orders][creationDate][$ge] is empty.")
        until = _moment(query.get("filter[orders][creationDate][$le]")) or now
        if until - since > WINDOW:
            raise _Refused(400, "Filter [orders][creationDate] is longer than 14 days.")
        status = query.get("filter[orders][status]")
        signature = query.get("filter[orders][signatureRequired]")
        found = []
        for order in self._between(since, min(until, now), now):
            step = order.step(now)
            if step is None or step.state != state or (status and step.status != status):
                continue
            if signature and signature != str(step.state == "SIGN_REQUIRED").lower():
                continue
            found.append(order)
        return found

    def _one(self, request: web.Request) -> dict[str, Any]:
        now = self._now()
        return {"data": _order(self._by_id(request.match_info["id"]), now)}

    def _entries(self, request: web.Request) -> dict[str, Any]:
        now = self._now()
        return {"data": _order_entries(self._by_id(request.match_info["id"]), now)}

    def _by_id(self, order_id: str) -> Order:
        # A raw order number is not found: only its Base64 form is an id.
        code = _decoded(order_id)
        order = self._find(code) if code else None
        if order is None or order.created > self._now():
            raise _Refused(404, "Not Found")
        return order

    def _find(self, code: str) -> Order | None:
        return self._added.get(code) or self._market.by_code(code)

    def _between(self, since: datetime, until: datetime, now: datetime) -> list[Order]:
        added = [order for order in self._added.values() if since <= order.created <= until]
        market = [
            order
            for order in self._market.between(since, until)
            if order.code not in self._added and order.created <= now
        ]
        return sorted(added + market, key=lambda order: (order.created, order.code))


FAKE: Final = web.AppKey("kaspi_fake", KaspiFake)


def create_kaspi(
    token: str,
    now: Callable[[], datetime],
    seed: int,
    catalogue: Sequence[Product],
    *,
    opened: datetime | None = None,
    interval: timedelta = timedelta(minutes=40),
) -> web.Application:
    """The fake as an application to serve; its base URL ends in `/shop/api/v2`."""
    fake = KaspiFake(
        token=token, now=now, seed=seed, catalogue=catalogue, opened=opened, interval=interval
    )
    return fake.app()


# --- what goes over the wire ---------------------------------------------------------------------


def _order(order: Order, now: datetime) -> dict[str, Any]:
    step = order.step(now)
    assert step is not None, "an order that is not placed yet is never shown"
    by_kaspi = any(one.state == "KASPI_DELIVERY" for one in order.steps)
    goods = sum(
        entry.price.minor * quantity
        for entry, quantity in zip(order.entries, order.quantities(now), strict=True)
    )
    attributes: dict[str, Any] = {
        "code": order.code,
        "totalPrice": _tenge(Money(goods)),
        "paymentMode": order.payment,
        "creationDate": _milliseconds(order.created),
        "approvedByBankDate": _milliseconds(order.created + timedelta(seconds=6)),
        "deliveryCost": _tenge(order.delivery_cost),
        "deliveryCostForSeller": 0.0,
        "isKaspiDelivery": by_kaspi,
        "deliveryMode": order.delivery_mode,
        "signatureRequired": step.state == "SIGN_REQUIRED",
        "preOrder": False,
        "pickupPointId": "Merchant_00005678",
        "state": step.state,
        "status": step.status,
        "customer": {
            "id": unpadded(order.phone),
            "name": None,
            "cellPhone": order.phone,
            "firstName": order.first_name,
            "lastName": order.last_name,
        },
    }
    if step.reason:
        attributes["cancellationReason"] = step.reason
    if by_kaspi:
        attributes["assembled"] = step.assembled
        attributes["kaspiDelivery"] = {
            "waybill": None,
            "courierTransmissionDate": (
                _milliseconds(order.created + step.after) if step.with_courier else None
            ),
            "waybillNumber": order.code,
            "express": False,
            "returnedToWarehouse": step.back_in_stock,
            "firstMileCourier": None,
        }
    base = f"https://kaspi.kz{ROOT}/orders/{order.id}"
    return {
        "type": "orders",
        "id": order.id,
        "attributes": attributes,
        "relationships": {
            "entries": {
                "links": {
                    "self": f"{base}/relationships/entries",
                    "related": f"{base}/entries",
                },
                "data": [
                    {"type": "orderentries", "id": _entry_id(order, number)}
                    for number in range(len(order.entries))
                ],
            },
            "user": {
                "links": {"self": f"{base}/relationships/user", "related": f"{base}/user"},
                "data": {"type": "customers", "id": unpadded(order.phone)},
            },
        },
        "links": {"self": base},
    }


def _order_entries(order: Order, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "type": "orderentries",
            "id": _entry_id(order, number),
            "attributes": {
                "unitType": "PIECES",
                "offer": {"code": entry.sku, "name": entry.name, "isImeiRequired": False},
                "quantity": quantity,
                "totalPrice": _tenge(Money(entry.price.minor * quantity)),
                "basePrice": _tenge(entry.price),
                "weight": 0.0,
                "entryNumber": number,
                "category": {"code": f"Master - {entry.category}", "title": entry.category},
                "deliveryCost": 0.0,
            },
            "links": {
                "self": f"https://kaspi.kz{ROOT}/orderentries/{_entry_id(order, number)}",
            },
        }
        for number, (entry, quantity) in enumerate(
            zip(order.entries, order.quantities(now), strict=True)
        )
    ]


def _entry_id(order: Order, number: int) -> str:
    return unpadded(f"{order.code}##{number}")


async def _spoiled(payload: dict[str, Any], planned: _Planned | None) -> web.Response:
    """The right answer, or what a fault makes of it."""
    fault = planned.fault if planned else None
    if planned and fault is Fault.SLOW:
        await asyncio.sleep(planned.seconds)
    if fault is Fault.NOT_JSON:
        return web.Response(text="<html><body>Технические работы</body></html>")
    if fault is Fault.MALFORMED_ENTRY and payload.get("included"):
        del payload["included"][0]["attributes"]["offer"]
    if fault is Fault.MALFORMED_ORDER and payload["data"]:
        payload["data"][0]["attributes"]["creationDate"] = "вчера"
    if fault is Fault.NO_PAGE_COUNT:
        payload.pop("meta", None)
    text = json.dumps(payload, ensure_ascii=False)
    if fault is Fault.TRUNCATED:
        text = text[: len(text) // 2]
    return web.Response(text=text, content_type=MEDIA_TYPE)


def _error(refused: _Refused, planned: _Planned | None) -> web.Response:
    headers = {}
    if refused.status == 429 and planned:
        headers["Retry-After"] = str(int(planned.seconds))
    return web.Response(
        status=refused.status,
        text=json.dumps({"errors": [{"title": refused.title}]}),
        content_type=MEDIA_TYPE,
        headers=headers,
    )


def _acceptable(accept: str) -> bool:
    return any(part.split(";")[0].strip() == MEDIA_TYPE for part in accept.split(","))


def _paging(number: str | None, size: str | None) -> tuple[int, int]:
    if number is None or not number.isdigit():
        raise _Refused(400, "Required parameter page[number] is empty.")
    if size is None or not size.isdigit() or int(size) == 0:
        raise _Refused(400, "Required parameter page[size] is empty.")
    if int(size) > LARGEST_PAGE:
        raise _Refused(400, "Parameter page[size] is greater than 100.")
    return int(number), int(size)


def _moment(text: str | None) -> datetime | None:
    if not text or not text.isdigit():
        return None
    return EPOCH + timedelta(milliseconds=int(text))


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _tenge(amount: Money) -> float:
    return float(amount.decimal)


def _decoded(order_id: str) -> str | None:
    """The number behind an id, None where it is no id that we gave out."""
    try:
        code = base64.b64decode(order_id + "=" * (-len(order_id) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return code if unpadded(code) == order_id else None
