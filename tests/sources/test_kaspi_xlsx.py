"""The Kaspi cabinet export, on synthetic files of its shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import FileRefused
from core.money import tenge
from core.orders import OrderItem, OrderStatus, freshness
from core.sources.base import SourceKind
from core.sources.files import inspect
from core.sources.kaspi_xlsx import HEADERS
from tests.sources.spreadsheets import (
    KASPI_ORDER,
    kaspi,
    orders_of,
    rejected_of,
    table,
    unknown_of,
)

KIND = SourceKind.KASPI_XLSX


def test_an_export_is_recognised_and_shown() -> None:
    preview = inspect(kaspi({}), "Заказы.xlsx")

    assert (preview.kind, preview.header, preview.sheet) == (KIND, HEADERS, "Sheet0")
    assert (preview.rows, preview.missing, preview.unknown_statuses) == (1, (), ())
    assert (preview.mapping.order, preview.mapping.amount) == ("№ заказа", "Сумма")
    assert preview.samples[0].external_id == "712155089"


def test_an_order_has_days_an_item_and_no_phone() -> None:
    (order,) = orders_of(kaspi({}), KIND)

    assert order.ordered_at == datetime(2025, 3, 21, 18, 59, 59, tzinfo=UTC)
    assert order.status_changed_at == datetime(2025, 3, 24, 19, tzinfo=UTC)
    assert order.changed_on_day
    assert (order.status, order.status_raw) == (OrderStatus.APPROVED, "Выдан")
    assert order.gross == order.net == tenge(16_990)
    assert order.items == (
        OrderItem(sku="CREAM-50", quantity=1, amount=tenge(16_990), category="Уход за лицом"),
    )
    assert (order.phone, order.promo_codes) == (None, ())


@pytest.mark.parametrize(
    ("raw", "status", "at_risk"),
    [
        ("Выдан", OrderStatus.APPROVED, False),
        ("Отменен", OrderStatus.REJECTED, False),
        ("Возврат", OrderStatus.RETURNED, False),
        ("Передан курьеру", OrderStatus.PENDING, False),
        ("Ожидает передачи курьеру", OrderStatus.PENDING, False),
        ("Принят партнером", OrderStatus.PENDING, False),
        ("Новый", OrderStatus.PENDING, False),
        ("Ожидает отмены", OrderStatus.PENDING, True),
    ],
)
def test_statuses_of_the_cabinet(raw: str, status: OrderStatus, at_risk: bool) -> None:
    orders = orders_of(kaspi({"Статус": raw}), KIND)

    assert [(order.status, order.at_risk) for order in orders] == [(status, at_risk)]
    assert unknown_of(orders) == []


def test_an_unknown_status_waits_and_is_reported() -> None:
    orders = orders_of(kaspi({"Статус": "merchant.order.excel.status.new"}), KIND)

    assert orders[0].status is OrderStatus.PENDING
    assert unknown_of(orders) == ["merchant.order.excel.status.new"]


def test_columns_are_found_by_header_in_any_order_and_number() -> None:
    shuffled = (*reversed(HEADERS), "Телефон", "Промокод", "Новая колонка")

    before, after = (
        orders_of(kaspi({"Телефон": "87021234567", "Промокод": "A1"}, headers=headers), KIND)[0]
        for headers in (HEADERS, shuffled)
    )

    assert (after.net, after.status, after.items) == (before.net, before.status, before.items)
    assert (after.phone, after.promo_codes) == ("+77021234567", ("A1",))


def test_rows_of_an_order_are_its_items_even_apart() -> None:
    data = kaspi(
        {"Артикул": "A", "Сумма": "1000"},
        {"№ заказа": "712155090"},
        {"Артикул": "B", "Сумма": "2000.5", "Количество": "2"},
        {"Артикул": "B", "Сумма": "2000.5", "Количество": "2"},
    )

    other, order = orders_of(data, KIND)

    assert (other.external_id, order.external_id) == ("712155090", "712155089")
    assert order.net.minor == 3_000_50
    assert [(item.sku, item.quantity) for item in order.items] == [("A", 1), ("B", 2)]


def test_active_and_archive_glued_together_give_the_later_state_once() -> None:
    old = {"Статус": "Передан курьеру", "Дата изменения статуса": "22.03.2025"}
    same_day = {"Статус": "Возврат", "Дата изменения статуса": "25.03.2025"}

    (order,) = orders_of(kaspi({}, old), KIND)
    (returned,) = orders_of(kaspi(same_day, {}), KIND)

    assert (order.status, order.net) == (OrderStatus.APPROVED, tenge(16_990))
    assert (returned.status, returned.net) == (OrderStatus.RETURNED, tenge(16_990))


def test_a_newer_export_is_fresher_than_an_older_one() -> None:
    seen = datetime(2025, 3, 30, tzinfo=UTC)
    delivered, returned = orders_of(kaspi({}), KIND) + orders_of(
        kaspi({"Статус": "Возврат", "Дата изменения статуса": "28.03.2025"}), KIND
    )

    # The older file is read after the newer one: it must not win.
    assert freshness(returned, seen) > freshness(delivered, seen + timedelta(days=1))


def test_notes_in_the_number_column_and_bad_cells_are_handed_back() -> None:
    data = kaspi(
        {"№ заказа": "OUR DLV AST"},
        {"№ заказа": "712155091", "Сумма": "-5"},
        {"№ заказа": "712155092", "Дата поступления заказа": "вчера"},
        {"№ заказа": "712155093", "Статус": " "},
        {},
    )

    assert [order.external_id for order in orders_of(data, KIND)] == ["712155089"]
    assert [(line.line, line.reason) for line in rejected_of(data, KIND)] == [
        (2, "id_damaged"),
        (3, "amount_invalid"),
        (4, "date_invalid"),
        (5, "status_missing"),
    ]


def test_an_export_saved_as_csv_is_still_one() -> None:
    cells = [KASPI_ORDER.get(header, "") for header in HEADERS]
    data = table(";".join(HEADERS), ";".join(cells))

    assert inspect(data, "orders.csv").kind is KIND
    assert orders_of(data, KIND)[0].net == tenge(16_990)


def test_a_file_without_the_required_columns_is_refused_as_kaspi() -> None:
    data = table("№ заказа;Сумма;Статус", "712155089;5;Выдан")

    with pytest.raises(FileRefused) as refusal:
        orders_of(data, KIND)
    assert (refusal.value.reason, refusal.value.detail) == ("no_header", "Дата поступления заказа")


def test_the_same_order_has_the_same_hash_in_another_export() -> None:
    alone = orders_of(kaspi({}), KIND)[0]
    among = orders_of(kaspi({"№ заказа": "712155000"}, {}, {"№ заказа": "712155001"}), KIND)[1]

    assert alone == among
