"""The orders CSV of Shopify, on synthetic files of its shape."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from core.money import tenge
from core.orders import OrderItem, OrderStatus
from core.sources.base import SourceKind
from core.sources.files import inspect
from tests.sources.spreadsheets import (
    SHOPIFY_ORDER,
    orders_of,
    rejected_of,
    shopify,
    unknown_of,
)

KIND = SourceKind.SHOPIFY_CSV


def _order(**changes: str) -> dict[str, str]:
    return SHOPIFY_ORDER | {name.replace("_", " "): value for name, value in changes.items()}


def _continuation(**changes: str) -> dict[str, str]:
    names = ("Name", "Email", "Created at", "Phone")
    row = {name: SHOPIFY_ORDER[name] for name in names if name in SHOPIFY_ORDER}
    return row | {name.replace("_", " "): value for name, value in changes.items()}


def test_an_export_is_recognised_and_shown() -> None:
    preview = inspect(shopify(SHOPIFY_ORDER), "orders_export.csv")

    assert (preview.kind, preview.rows, preview.missing) == (KIND, 1, ())
    assert (preview.mapping.order, preview.mapping.amount) == ("Name", "Subtotal")
    assert preview.samples[0].external_id == "1001"


def test_net_is_goods_after_discounts_without_delivery() -> None:
    (order,) = orders_of(shopify(SHOPIFY_ORDER), KIND)

    assert order.ordered_at == datetime(2025, 3, 10, 23, 30, tzinfo=UTC)
    assert order.status_changed_at == datetime(2025, 3, 14, 5, tzinfo=UTC)
    assert not order.changed_on_day
    assert (order.status, order.status_raw) == (OrderStatus.APPROVED, "paid/fulfilled")
    assert (order.net, order.gross) == (tenge(18_000), tenge(20_000))
    assert order.promo_codes == ("AIGERIM10",)
    assert order.items == (OrderItem(sku="SERUM", quantity=2, amount=tenge(20_000)),)


def test_continuation_rows_add_items_and_nothing_else() -> None:
    second = {"Lineitem_quantity": "1", "Lineitem_price": "5000.00", "Lineitem_sku": "BALM"}
    data = shopify(SHOPIFY_ORDER, _continuation(**second), _order(Name="#1002", Lineitem_sku="X"))

    first, other = orders_of(data, KIND)

    assert (first.external_id, other.external_id) == ("1001", "1002")
    assert (first.net, first.gross) == (tenge(18_000), tenge(25_000))
    assert [item.sku for item in first.items] == ["SERUM", "BALM"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, OrderStatus.APPROVED),
        ({"Fulfillment_Status": "unfulfilled"}, OrderStatus.PENDING),
        ({"Fulfillment_Status": "partial"}, OrderStatus.PENDING),
        ({"Fulfillment_Status": ""}, OrderStatus.PENDING),
        ({"Financial_Status": "pending"}, OrderStatus.PENDING),
        ({"Financial_Status": "authorized"}, OrderStatus.PENDING),
        ({"Financial_Status": "partially_paid"}, OrderStatus.PENDING),
        ({"Financial_Status": "voided"}, OrderStatus.REJECTED),
        ({"Financial_Status": "expired"}, OrderStatus.REJECTED),
        ({"Cancelled_at": "2025-03-12 10:00:00 +0500"}, OrderStatus.REJECTED),
        ({"Financial_Status": "refunded", "Refunded_Amount": "19500.00"}, OrderStatus.RETURNED),
        ({"Refunded_Amount": "19500.00"}, OrderStatus.RETURNED),
        (
            {"Financial_Status": "partially_refunded", "Refunded_Amount": "500.00"},
            OrderStatus.APPROVED,
        ),
    ],
)
def test_statuses_of_payment_delivery_and_cancellation(
    changes: Mapping[str, str], status: OrderStatus
) -> None:
    orders = orders_of(shopify(_order(**changes)), KIND)

    assert [order.status for order in orders] == [status]
    assert unknown_of(orders) == []


def test_a_refund_of_part_lowers_what_counts() -> None:
    changes = {"Financial_Status": "partially_refunded", "Refunded_Amount": "5000.00"}

    (order,) = orders_of(shopify(_order(**changes)), KIND)

    assert (order.net, order.refunded) == (tenge(18_000), tenge(5_000))


def test_a_cancellation_is_dated() -> None:
    (order,) = orders_of(shopify(_order(Cancelled_at="2025-03-20 10:00:00 +0500")), KIND)

    assert order.status_changed_at == datetime(2025, 3, 20, 5, tzinfo=UTC)


def test_unknown_words_wait_and_are_reported() -> None:
    orders = orders_of(shopify(_order(Financial_Status="in_review")), KIND)

    assert orders[0].status is OrderStatus.PENDING
    assert unknown_of(orders) == ["in_review/fulfilled"]
    preview = inspect(shopify(_order(Financial_Status="in_review")), "")
    assert preview.unknown_statuses == ("in_review",)


def test_several_codes_of_one_order() -> None:
    (order,) = orders_of(shopify(_order(Discount_Code="SECRET50 + pau20 + SHIP10")), KIND)

    assert order.promo_codes == ("SECRET50", "pau20", "SHIP10")


def test_another_currency_is_not_tenge() -> None:
    assert orders_of(shopify(_order(Currency="USD")), KIND) == []
    assert [line.reason for line in rejected_of(shopify(_order(Currency="USD")), KIND)] == [
        "currency_other"
    ]


def test_notes_with_line_ends_carry_marks_and_click_ids() -> None:
    notes = "UTM source: instagram\nutm_campaign: spring\nclick_id: c-77\nIP address: 10.0.0.1"

    (order,) = orders_of(shopify(_order(Note_Attributes=notes, Notes='"a",\n\nb')), KIND)

    assert order.utm == (("utm_source", "instagram"), ("utm_campaign", "spring"))
    assert order.click_ids == ("c-77",)


@pytest.mark.parametrize("column", ["Phone", "Billing_Phone", "Shipping_Phone"])
def test_a_phone_is_taken_from_wherever_it_is(column: str) -> None:
    (order,) = orders_of(shopify(_order(**{column: "'+7 702 123 45 67"})), KIND)

    assert order.phone == "+77021234567"
    assert "7021234567" not in repr(order)


def test_orders_without_their_first_row_are_handed_back() -> None:
    data = shopify(_continuation(Name="#999", Lineitem_sku="X"), SHOPIFY_ORDER)

    assert [order.external_id for order in orders_of(data, KIND)] == ["1001"]
    assert [(line.line, line.reason) for line in rejected_of(data, KIND)] == [(2, "status_missing")]
