"""The files that shops export of their orders: each in its own columns, words, dates and faults."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import xlsxwriter

from core.orders import ALMATY, OrderStatus
from core.sources.kaspi_xlsx import HEADERS
from scripts.bench.truth.story import Order
from scripts.bench.truth.world import DAYS, OPENED, SHOPS, Channel, Shop

EVERY: Final = timedelta(days=7)  # a brand exports so often
REACH: Final = timedelta(days=35)  # so far back
LAST: Final = OPENED + timedelta(days=DAYS + 28)  # the last export: everything is settled by then
SETTLED: Final = LAST + timedelta(days=21)  # and out of hold
GOODS: Final = ("Крем увлажняющий 50 мл", "Сыворотка 30 мл", "Набор «Таң», 3 шт", "Шампунь 250 мл")
CITIES: Final = ("Алматы", "Астана", "Шымкент", "Қарағанды", "Ақтөбе", "Атырау")

Row = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A file that a brand sends at a time; what it says is of `made_at`."""

    at: datetime
    shop: Shop
    made_at: datetime
    damaged: bool = False  # its phones went through a spreadsheet


def deliveries(seed: int) -> list[Delivery]:
    """When files come: every week, one of each brand late, one twice, one damaged."""
    chance = random.Random(f"files {seed}")
    sent: list[Delivery] = []
    for shop in SHOPS:
        if shop.channel is Channel.KASPI_API:
            continue
        made = []
        at = OPENED + timedelta(days=7, hours=chance.uniform(9, 19))
        while at < LAST:
            made.append(at)
            at += EVERY
        late, again, damaged = chance.sample(range(1, len(made) - 4), 3)
        for number, at in enumerate(made):
            came = at + timedelta(days=12) if number == late else at
            sent.append(Delivery(at=came, shop=shop, made_at=at, damaged=number == damaged))
            if number == again:
                sent.append(Delivery(at=at + timedelta(days=8), shop=shop, made_at=at))
    return sorted(sent, key=lambda one: one.at)


def write(delivery: Delivery, orders: Sequence[Order], folder: Path) -> Path:
    """The file of a delivery, of the shop's orders."""
    made_at, shop = delivery.made_at, delivery.shop
    shown = [one for one in orders if made_at - REACH <= one.at <= made_at]
    shown.sort(key=lambda one: one.at)
    name = f"{shop.brand}-{made_at:%m%d}-{'x' if delivery.damaged else 'o'}"
    chance = random.Random(name)
    sheet = SHEETS[shop.channel]
    rows = list(sheet.rows(shown, delivery, chance))
    if shop.channel is Channel.KASPI_CABINET:
        return _workbook(folder / f"{name}.xlsx", rows)
    file = folder / f"{name}.csv"
    encoding = "utf-8-sig" if sheet.delimiter == ";" else "utf-8"
    with file.open("w", encoding=encoding, newline="") as opened:
        writer = csv.writer(opened, delimiter=sheet.delimiter)
        writer.writerow(sheet.header)
        writer.writerows(rows)
        if sheet.total:
            writer.writerow(["Итого", *[""] * (len(sheet.header) - 2), str(len(rows))])
    return file


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a channel writes."""

    header: Sequence[str]
    delimiter: str
    words: dict[OrderStatus, Sequence[str]]
    row: Callable[[Order, str, datetime, random.Random], Row]
    total: bool = False
    spoilt: float = 0.002  # lines that are no orders

    def rows(
        self, orders: Sequence[Order], delivery: Delivery, chance: random.Random
    ) -> Iterator[Row]:
        """A row of each order."""
        for order in orders:
            status, since = order.status(delivery.made_at)
            row = self.row(order, _word(self.words[status], order), since, chance)
            if delivery.damaged and order.phone_cell and order.phone_cell in row:
                row[row.index(order.phone_cell)] = f"7,{order.phone[2:6]}E+10"
            yield row
            if chance.random() < self.spoilt:
                yield ["", *row[1:]]


def _word(words: Sequence[str], order: Order) -> str:
    return words[order.minor // 100 % len(words)]


def _local(at: datetime, shape: str) -> str:
    return at.astimezone(ALMATY).strftime(shape)


def _own_shop(order: Order, status: str, since: datetime, chance: random.Random) -> Row:
    refund = order.refunded_minor if order.status(since)[0] is OrderStatus.APPROVED else 0
    return [
        order.number,
        _local(order.at, "%d.%m.%Y %H:%M:%S"),
        status,
        _local(since, "%d.%m.%Y %H:%M:%S"),
        GOODS[order.minor // 100 % len(GOODS)],
        order.sku,
        str(order.quantity),
        _comma(order.minor),
        _comma(refund) if refund else "",
        order.code,
        order.phone_cell,
        order.click_id,
        "KZT",
    ]


def _sellers(order: Order, status: str, since: datetime, chance: random.Random) -> Row:
    number = order.number
    if order.minor // 100 % 7 == 0:
        number = f"№ {number}"
    elif order.minor // 100 % 11 == 0:
        number = f"{number}.0"
    return [
        number,
        _local(order.at, "%d.%m.%Y"),
        "Айгерім С.",
        order.phone_cell,
        GOODS[order.minor // 100 % len(GOODS)],
        order.sku,
        str(order.quantity),
        f"{order.minor // 100:,}".replace(",", "\u00a0") + " ₸",
        status,
        _local(since, "%d.%m.%Y"),
        CITIES[order.minor // 100 % len(CITIES)],
    ]


def _wildberries(order: Order, status: str, since: datetime, chance: random.Random) -> Row:
    return [
        order.number,
        _local(order.at, "%Y-%m-%dT%H:%M:%S"),
        order.sku,
        GOODS[order.minor // 100 % len(GOODS)],
        str(order.minor // 100),
        status,
        _local(since, "%Y-%m-%dT%H:%M:%S"),
        "Алматы Атакент",
    ]


def _ozon(order: Order, status: str, since: datetime, chance: random.Random) -> Row:
    return [
        order.number.rpartition("-")[0],
        order.number,
        _local(order.at, "%Y-%m-%d %H:%M:%S"),
        status,
        _local(since, "%Y-%m-%d %H:%M:%S"),
        order.sku,
        str(order.quantity),
        f"{order.minor // 100}.{order.minor % 100:02}",
    ]


def _cabinet(order: Order, status: str, since: datetime, chance: random.Random) -> Row:
    cells = {
        "№ заказа": order.number,
        "Дата поступления заказа": _local(order.at, "%d.%m.%Y"),
        "Название товара в Kaspi Магазине": GOODS[order.minor // 100 % len(GOODS)],
        "Название в системе продавца": GOODS[order.minor // 100 % len(GOODS)],
        "Артикул": order.sku,
        "Сумма": str(order.minor // 100),
        "Категория": "Уход за лицом",
        "Адрес самовывоза/доставки": f"{CITIES[order.minor // 100 % len(CITIES)]},\u00a0Абая 10",
        "Дата изменения статуса": _local(since, "%d.%m.%Y"),
        "Статус": status,
        "Причина отмены": "Клиент не забрал заказ" if status == "Отменен" else "",
        "Способ оплаты": "Безналичная оплата",
        "Способ доставки": "Доставка",
        "Количество": str(order.quantity),
        "Стоимость доставки для покупателя": "0",
        "Склад передачи КД": "PP1",
    }
    return [cells.get(name, "") for name in HEADERS]


def _workbook(file: Path, rows: Sequence[Row]) -> Path:
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Sheet0")
        for line, cells in enumerate([list(HEADERS), *rows]):
            for column, text in enumerate(cells):
                if text:
                    sheet.write_string(line, column, text)
    return file


def _comma(minor: int) -> str:
    return f"{minor // 100},{minor % 100:02}"


SHEETS: Final = {
    Channel.OWN_SHOP: Sheet(
        header=(
            "Номер заказа", "Дата заказа", "Статус заказа", "Дата изменения статуса",
            "Наименование товара", "Артикул", "Количество", "Сумма", "Сумма возврата", "Промокод",
            "Телефон покупателя", "Click ID", "Валюта",
        ),
        delimiter=";",
        words={
            OrderStatus.PENDING: ("Новый", "В обработке", "Доставляется"),
            OrderStatus.APPROVED: ("Выполнен", "Доставлен"),
            OrderStatus.REJECTED: ("Отменен", "Отменён покупателем"),
            OrderStatus.RETURNED: ("Возвращен",),
        },
        row=_own_shop,
        total=True,
    ),
    Channel.KASPI_CABINET: Sheet(
        header=HEADERS,
        delimiter="",
        words={
            OrderStatus.PENDING: ("Ожидает передачи курьеру", "Передан курьеру"),
            OrderStatus.APPROVED: ("Выдан",),
            OrderStatus.REJECTED: ("Отменен",),
            OrderStatus.RETURNED: ("Возврат",),
        },
        row=_cabinet,
        spoilt=0.0,
    ),
    Channel.KASPI_TABLE: Sheet(
        header=(
            "№ заказа", "Дата заказа", "Клиент", "Телефон", "Товар", "Артикул", "Кол-во",
            "Сумма, ₸", "Статус", "Дата изменения", "Город",
        ),
        delimiter=",",
        words={
            OrderStatus.PENDING: ("в пути", "принят в обработку", "Жаңа"),
            OrderStatus.APPROVED: ("выдан", "Выдан клиенту", "берілді"),
            OrderStatus.REJECTED: ("отмена", "клиент не забрал", "Бас тартылды"),
            OrderStatus.RETURNED: ("возврат", "қайтарылды"),
        },
        row=_sellers,
    ),
    Channel.WILDBERRIES: Sheet(
        header=(
            "srid", "Дата заказа", "Артикул продавца", "Наименование", "Цена", "Статус заказа",
            "Дата обновления", "Склад",
        ),
        delimiter=";",
        words={
            OrderStatus.PENDING: ("В пути",),
            OrderStatus.APPROVED: ("Выкуплен",),
            OrderStatus.REJECTED: ("Отмена", "Невыкуп"),
            OrderStatus.RETURNED: ("Возврат",),
        },
        row=_wildberries,
    ),
    Channel.OZON: Sheet(
        header=(
            "Номер заказа", "Номер отправления", "Принят в обработку", "Статус",
            "Дата изменения статуса", "Артикул", "Количество", "Оплачено покупателем",
        ),
        delimiter=";",
        words={
            OrderStatus.PENDING: ("Ожидает", "Доставляется"),
            OrderStatus.APPROVED: ("Доставлен",),
            OrderStatus.REJECTED: ("Отменён",),
            OrderStatus.RETURNED: ("Возврат",),
        },
        row=_ozon,
    ),
}  # fmt: skip
