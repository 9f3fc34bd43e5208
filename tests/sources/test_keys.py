"""Keys first, orders on demand: what a known row costs, and what it must not hide."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.orders import OrderStatus
from core.sources import table as tables
from core.sources.base import Batch, Key, SourceKind
from core.sources.files import read
from tests.sources.spreadsheets import (
    KASPI_ORDER,
    SHOPIFY_ORDER,
    batches_of,
    kaspi,
    shopify,
    table,
    workbook,
)

HEADER = "Номер заказа;Дата;Статус;Дата изменения статуса;Сумма;Телефон;Примечание"
ROWS = (
    "1001;21.03.2025 14:05;Выдан;25.03.2025;16 990,50;87021234567;",
    '1002;21.03.2025;Новый;;500;;"звонить; срочно"',
    "1003;22.03.2025;Отменен;скоро;500;8 702 123 45 67;",
)


def _keys(data: bytes, kind: SourceKind = SourceKind.TABLE) -> list[Key]:
    return [key for batch in batches_of(data, kind) for key in batch.keys]


def test_only_the_wanted_rows_are_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    normalised: list[str] = []
    real = tables._Reader.order

    def order(reader: tables._Reader, number: str, *more: object) -> object:
        normalised.append(number)
        return real(reader, number, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(tables._Reader, "order", order)
    (batch,) = batches_of(table(HEADER, *ROWS))
    before = list(normalised)

    reading = batch.read([2])

    assert [key.external_id for key in batch.keys] == ["1001", "1002", "1003"]
    assert before == []
    assert normalised == ["1003"]
    assert [order.status for order in reading.orders] == [OrderStatus.REJECTED]


def _unknown(batch: Batch, known: Sequence[Key]) -> list[int]:
    held = {key.external_id: key.raw_hash for key in known}
    return [i for i, key in enumerate(batch.keys) if held.get(key.external_id) != key.raw_hash]


def test_a_damaged_line_is_told_in_every_run_although_its_neighbours_are_known() -> None:
    known = _keys(table(HEADER, *ROWS))
    damaged = table(HEADER, ROWS[0], "1004;21.03.2025;Выдан;;много;;", ";;Выдан;;5;;", *ROWS[1:])

    for _ in range(2):
        (batch,) = batches_of(damaged)
        orders, rejected = batch.read(_unknown(batch, known))

        assert orders == []
        assert [(line.line, line.reason) for line in rejected] == [(3, "amount_invalid")]
        assert [(line.line, line.reason) for line in batch.rejected] == [(4, "order_missing")]


def test_a_row_that_became_damaged_is_told_of_too() -> None:
    known = _keys(table(HEADER, *ROWS))
    (batch,) = batches_of(table(HEADER, *ROWS[1:], ROWS[0].replace("16 990,50", "###")))

    orders, rejected = batch.read(_unknown(batch, known))

    assert (orders, [line.reason for line in rejected]) == ([], ["amount_invalid"])


def test_keys_are_the_same_in_any_encoding_and_dialect() -> None:
    text = "\n".join([HEADER, *ROWS, ""])
    cells = list(csv.reader(text.splitlines(), delimiter=";"))
    quoted = io.StringIO()
    csv.writer(quoted, delimiter=",", quoting=csv.QUOTE_ALL).writerows(cells)
    widened = "\n".join(line + ";;" for line in text.splitlines())
    files = (
        text.encode(),
        text.encode("utf-8-sig"),
        text.encode("utf-16"),
        text.encode("cp1251"),
        text.replace("\n", "\r\n").encode("cp1251"),
        text.replace("\n", "\r").encode(),
        ("\n" + text).replace("\n1002", "\n\n\n1002").encode(),
        quoted.getvalue().encode(),
        widened.encode(),
        workbook(*cells),
    )

    keys = [_keys(data) for data in files]

    assert [key.dated for key in keys[0]] == [True, False, False]
    assert all(each == keys[0] for each in keys)


def test_a_wider_phone_column_changes_no_key_and_any_other_cell_does() -> None:
    base = _keys(table(HEADER, ROWS[0]))

    assert base == _keys(table(HEADER, ROWS[0].replace("87021234567", "+77010000000")))
    for old, new in (("14:05", "14:06"), ("16 990,50", "16990,50"), ("87021234567", "")):
        assert base != _keys(table(HEADER, ROWS[0].replace(old, new)))
    assert base != _keys(table(HEADER, ROWS[0] + "x"))


def test_a_phone_that_a_spreadsheet_spoilt_is_news_when_it_comes_whole() -> None:
    whole = _keys(table(HEADER, ROWS[0]))

    for spoilt in ("8,70212E+10", "8702123456", "нет"):
        assert whole != _keys(table(HEADER, ROWS[0].replace("87021234567", spoilt)))


lines = st.builds(
    "{};{};{};{};{};{};".format,
    st.sampled_from(["1", "2", "3", "A-4", "№ 5", " 6 ", "7.0", "", "Итого", "OUR DLV"]),
    st.sampled_from(["21.03.2025", "22.03.2025 14:05", "скоро"]),
    st.sampled_from(["Выдан", "Отменен", "Новый", "На луне", ""]),
    st.sampled_from(["", "21.03.2025", "22.03.2025 14:05", "2025-03-23T10:00:00Z", "потом"]),
    st.sampled_from(["100", "1 234", "12,50", "?"]),
    st.sampled_from(["", "87021234567"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(lines, max_size=20))
def test_keys_say_what_the_orders_made_of_them_say(rows: list[str]) -> None:
    data = table(HEADER, "0;21.03.2025;Выдан;;500;;", *rows)

    for batch in read(data, "x", kind=SourceKind.TABLE, batch_rows=7):
        for index, key in enumerate(batch.keys):
            orders, rejected = batch.read([index])
            assert len(orders) == 1 or rejected
            for order in orders:
                dated = order.status_changed_at is not None
                assert key == Key(order.external_id, order.raw_hash, dated)


def test_kaspi_and_shopify_have_keys_as_their_orders() -> None:
    glued = kaspi(
        {"Статус": "Новый", "Дата изменения статуса": ""},
        KASPI_ORDER,
        {"№ заказа": "712155090", "Дата изменения статуса": ""},
    )
    later = {name: SHOPIFY_ORDER[name] for name in ("Name", "Created at")}
    export = shopify(
        SHOPIFY_ORDER,
        later | {"Lineitem name": "Mask", "Lineitem sku": "MASK", "Lineitem quantity": "1"},
        SHOPIFY_ORDER | {"Name": "#1002", "Paid at": "", "Fulfilled at": ""},
    )

    for data, kind in ((glued, SourceKind.KASPI_XLSX), (export, SourceKind.SHOPIFY_CSV)):
        (batch,) = batches_of(data, kind)
        orders, rejected = batch.read_all()

        assert rejected == []
        assert list(batch.keys) == list(Batch.of(orders).keys)
        assert [key.dated for key in batch.keys] == [True, False]


def test_orders_of_an_api_are_a_batch_as_they_are() -> None:
    (read_batch,) = batches_of(table(HEADER, *ROWS))
    orders = read_batch.read_all().orders

    batch = Batch.of(orders)

    assert batch.keys == read_batch.keys
    assert batch.read([2, 0]).orders == [orders[2], orders[0]]
