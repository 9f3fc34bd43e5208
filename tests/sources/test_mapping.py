"""The mapping of columns: guessed from headers in three languages, corrected, saved."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.orders import OrderStatus
from core.sources.mapping import ALIASES, FIELDS, Mapping, fingerprint, guess, normal_header


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (
            ["Номер заказа", "Дата заказа", "Статус", "Сумма, ₸", "Промокод", "Телефон"],
            {"order": 0, "date": 1, "status": 2, "amount": 3, "promo": 4, "phone": 5},
        ),
        (
            ["Тапсырыс нөмірі", "Күні", "Күйі", "Сомасы (теңге)", "Жеңілдік коды", "Саны"],
            {"order": 0, "date": 1, "status": 2, "amount": 3, "promo": 4, "quantity": 5},
        ),
        (
            ["Order ID", "Created at", "Order status", "Total", "Coupon", "SKU", "Click ID"],
            {"order": 0, "date": 1, "status": 2, "amount": 3, "promo": 4, "sku": 5, "click_id": 6},
        ),
        # The more telling header wins wherever it stands.
        (
            ["Код", "Дата", "Дата создания заказа", "Статус", "№ заказа", "Цена", "Сумма заказа"],
            {"order": 4, "date": 2, "status": 3, "amount": 6},
        ),
        (["订单号", "日期"], {}),
    ],
)
def test_columns_are_guessed_from_their_headers(header: list[str], columns: dict[str, int]) -> None:
    mapping = guess(header)

    assert {name: mapping.column(name) for name in FIELDS if mapping.column(name)} == {
        name: header[index] for name, index in columns.items()
    }


def test_no_header_stands_for_two_fields() -> None:
    aliases = [alias for names in ALIASES.values() for alias in names]

    assert len(aliases) == len(set(aliases))
    assert [alias for alias in aliases if normal_header(alias) != alias] == []


def test_a_mapping_says_what_it_lacks() -> None:
    mapping = guess(["Номер заказа", "Сумма"])

    assert mapping.missing() == ("date", "status")
    assert mapping.missing(OrderStatus.PENDING) == ("date",)


def test_a_column_given_to_another_field_leaves_the_first() -> None:
    mapping = Mapping(order="Код", sku="Артикул").with_column("order", "Артикул")

    assert (mapping.order, mapping.sku) == ("Артикул", None)
    assert mapping.with_column("order", None).order is None
    with pytest.raises(KeyError):
        mapping.with_column("colour", "Код")


names = st.none() | st.text(min_size=1, max_size=20)


@given(
    st.fixed_dictionaries(dict.fromkeys(FIELDS, names)),
    st.dictionaries(st.text(max_size=9), st.sampled_from([each.value for each in OrderStatus])),
    st.lists(st.text(max_size=20), max_size=9),
)
def test_a_mapping_survives_being_saved(
    columns: dict[str, Any], words: dict[str, str], header: list[str]
) -> None:
    mapping = Mapping(**columns, fingerprint="f", status_words=words, header=tuple(header))

    assert Mapping.from_json(mapping.to_json()) == mapping


@pytest.mark.parametrize(
    "raw", ["", "[]", "null", '{"order": 5}', '{"status_words": {"a": "paid"}}', "{"]
)
def test_what_is_no_mapping_is_a_value_error(raw: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Mapping.from_json(raw)


def test_a_header_keeps_its_identity_whatever_its_case_and_spaces() -> None:
    assert fingerprint(["Номер  заказа", "СУММА"]) == fingerprint(["номер заказа", "сумма "])
    assert fingerprint(["Сумма", "Номер заказа"]) != fingerprint(["Номер заказа", "Сумма"])


def test_a_parcel_of_ozon_is_the_order_because_it_has_the_status() -> None:
    """Buyers read this number too, and an order of several parcels has several statuses."""
    header = ["Номер заказа", "Номер отправления", "Принят в обработку", "Статус", "Артикул"]
    assert guess(header).order == "Номер отправления"
