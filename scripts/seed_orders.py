"""Three months of orders of the demo's market, as the files that its brands would send.

Shops write them the way they really look: Shopify's columns for the own shops, a table with Russian
headers for the marketplaces, the seller cabinet's 28 columns for Kaspi.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import xlsxwriter

from core.orders import ALMATY
from scripts.seed import DEMO_CREATOR, OFFERS

PRICE: Final = {"food": 6_900, "beauty": 9_900, "sport": 24_900, "travel": 54_900, "kids": 12_900,
                "home": 19_900, "books": 8_900, "services": 45_000}  # fmt: skip

FAVOUR: Final = 7  # how much more often the code of the shown creator is typed

KASPI_COLUMNS: Final = (
    "№ заказа", "Дата поступления заказа", "Название товара в Kaspi Магазине",
    "Название в системе продавца", "Артикул", "Сумма", "Категория", "Адрес самовывоза/доставки",
    "Дата изменения статуса", "Статус", "Причина отмены", "Способ оплаты", "Способ доставки",
    "Курьерская служба", "Принял", "Выдал", "Отменил", "Оценка покупателя", "Отзыв покупателя",
    "Дата публикации отзыва", "Оформил", "Количество", "Стоимость доставки для покупателя",
    "Стоимость доставки для продавца", "Компенсация за доставку", "Требуется подписание",
    "Плановая дата передачи курьеру", "Склад передачи КД",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOrder:
    """An order of the imagined market; `amount` is in whole tenge, `days` until it was final."""

    number: str
    at: datetime
    title: str
    sku: str
    category: str
    amount: int
    code: str
    outcome: str  # delivered, cancelled, returned
    days: int

    def status(self, now: datetime) -> str:
        """What the shop says today: new until the outcome's day."""
        return self.outcome if self.at + timedelta(days=self.days) <= now else "new"

    @property
    def changed(self) -> datetime:
        """When the outcome came."""
        return self.at + timedelta(days=self.days)


def sold(
    programme: dict[str, Any], brand: str, place: str, now: datetime, *, count: int, seed: int
) -> list[SoldOrder]:
    """Orders of one brand (by BIN) at one place over ninety days, a third of them with a code."""
    rng = random.Random(f"{seed}{brand}{place}")
    offers = {
        o["key"]: o for o in programme["offers"] if o["brand"] == brand and o["place"] == place
    }
    codes = [c for c in programme["codes"] if c["brand"] == brand and c["offer"] in offers]
    weights = [FAVOUR if code["creator"] == DEMO_CREATOR + 1 else 1 for code in codes]
    skus = {(s["offer"], s["creator"]): s["sku"] for s in programme["skus"] if s["brand"] == brand}
    titles = {offer[1]: offer[-2][0] for offer in OFFERS}
    found = []
    for number in range(count):
        at = now - timedelta(days=rng.uniform(0.2, 78), minutes=rng.randint(0, 600))
        code = rng.choices(codes, weights)[0] if codes and rng.random() < 0.4 else None
        key = code["offer"] if code else rng.choice(sorted(offers))
        offer = offers[key]
        amount = PRICE[offer["category"]] * rng.choice((1, 1, 1, 2, 3))
        if code:
            amount -= amount * offer["discount_bps"] // 10_000
        found.append(
            SoldOrder(
                number=str(400_000 + seed * 10_000 + number),
                at=at.replace(microsecond=0),
                title=titles[key],
                sku=(code and skus.get((key, code["creator"]))) or key.upper(),
                category=offer["category"],
                amount=amount,
                code=code["code"] if code else "",
                outcome=rng.choices(("delivered", "cancelled", "returned"), (80, 14, 6))[0],
                days=rng.randint(1, 9),
            )
        )
    return sorted(found, key=lambda order: order.at)


def shopify_csv(orders: Sequence[SoldOrder], now: datetime) -> bytes:
    """An orders export of Shopify."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at",
         "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount",
         "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku",
         "Cancelled at", "Refunded Amount", "Id", "Phone"]
    )  # fmt: skip
    for order in orders:
        status = order.status(now)
        created = order.at.astimezone(ALMATY).strftime("%Y-%m-%d %H:%M:%S +0500")
        changed = order.changed.astimezone(ALMATY).strftime("%Y-%m-%d %H:%M:%S +0500")
        returned = status == "returned"
        writer.writerow(
            [f"#{order.number}", "", "refunded" if returned else "paid", created,
             "fulfilled" if status in ("delivered", "returned") else "unfulfilled",
             changed if status in ("delivered", "returned") else "",
             "KZT", order.amount, 0, 0, order.amount, order.code, 0, created, 1, order.title,
             order.amount, order.sku, changed if status == "cancelled" else "",
             order.amount if returned else 0, order.number, ""]
        )  # fmt: skip
    return out.getvalue().encode()


_TABLE_STATUS: Final = {
    "new": "Принят",
    "delivered": "Доставлен",
    "cancelled": "Отменён",
    "returned": "Возврат",
}


def table_csv(orders: Sequence[SoldOrder], now: datetime) -> bytes:
    """A table as a marketplace seller keeps it: semicolons, decimal commas, Windows encoding."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        ["Номер заказа", "Дата заказа", "Статус", "Дата изменения статуса", "Сумма", "Промокод",
         "Артикул", "Товар"]
    )  # fmt: skip
    for order in orders:
        status = order.status(now)
        changed = order.changed if status != "new" else order.at
        writer.writerow(
            [order.number, order.at.astimezone(ALMATY).strftime("%d.%m.%Y %H:%M"),
             _TABLE_STATUS[status], changed.astimezone(ALMATY).strftime("%d.%m.%Y %H:%M"),
             f"{order.amount},00", order.code.lower(), order.sku,
             order.title.encode("cp1251", "replace").decode("cp1251")]
        )  # fmt: skip
    writer.writerow(
        ["Итого", "", "", "", f"{sum(order.amount for order in orders)},00", "", "", ""]
    )
    return out.getvalue().encode("cp1251")


_KASPI_STATUS: Final = {
    "new": "Передан курьеру",
    "delivered": "Выдан",
    "cancelled": "Отменен",
    "returned": "Возврат",
}


def kaspi_xlsx(orders: Sequence[SoldOrder], now: datetime) -> bytes:
    """An export of the Kaspi seller cabinet: 28 columns, every cell text, dates without a time."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Sheet0")
    for column, name in enumerate(KASPI_COLUMNS):
        sheet.write_string(0, column, name)
    for line, order in enumerate(orders, 1):
        status = order.status(now)
        changed = order.changed if status != "new" else order.at
        cells = {
            "№ заказа": order.number,
            "Дата поступления заказа": order.at.astimezone(ALMATY).strftime("%d.%m.%Y"),
            "Название товара в Kaspi Магазине": order.title,
            "Название в системе продавца": order.title,
            "Артикул": order.sku,
            "Сумма": str(order.amount),
            "Категория": order.category,
            "Адрес самовывоза/доставки": "г. Алматы, ул. Абая, 1",
            "Дата изменения статуса": changed.astimezone(ALMATY).strftime("%d.%m.%Y"),
            "Статус": _KASPI_STATUS[status],
            "Причина отмены": "Отменен покупателем (Другое)" if status == "cancelled" else "",
            "Способ оплаты": "Безналичная оплата",
            "Способ доставки": "Доставка",
            "Количество": "1",
            "Стоимость доставки для продавца": "895.0",
        }
        for column, name in enumerate(KASPI_COLUMNS):
            if value := cells.get(name):
                sheet.write_string(line, column, value)
    book.close()
    return out.getvalue()
