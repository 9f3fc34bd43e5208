"""Files as people really send them: each is read as a person would read it, or says what to do."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import openpyxl
import pytest

from core.errors import FileRefused, MappingIncomplete
from core.money import tenge
from core.orders import OrderItem, OrderStatus
from core.sources import lines, survey
from core.sources.files import inspect
from tests.sources.spreadsheets import orders_of, rejected_of, table, workbook

HEADER: Final = "Номер заказа;Дата;Статус;Сумма;Промокод"
ORDER: Final = "1001;21.03.2025;Выдан;500;A1"
EVENING: Final = datetime(2025, 3, 21, 18, 59, 59, tzinfo=UTC)  # the end of that day in Almaty


def merged(*rows: Sequence[Any], cells: Sequence[str]) -> bytes:
    """A workbook with merged cells: "A1:E1"."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(*rows)))
    for each in cells:
        book.worksheets[0].merge_cells(each)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


WHOLE: Final[dict[str, Callable[[], bytes]]] = {
    "titles with several cells": lambda: table(
        "Отчёт о продажах;;;;", "Магазин: Qyran;Город: Алматы;;;", "", HEADER, ORDER
    ),
    "titles with commas": lambda: table("Отчёт, март", "", HEADER, ORDER),
    "a merged title": lambda: merged(
        ["Отчёт о продажах"], [], HEADER.split(";"), ORDER.split(";"), cells=["A1:E1"]
    ),
    "a header of two rows": lambda: merged(
        ["Заказ", None, "Статус", "Сумма", "Промокод"],
        ["Номер", "Дата"],
        ORDER.split(";"),
        cells=["A1:B1", "C1:C2", "D1:D2", "E1:E2"],
    ),
    "groups above the header": lambda: table("О заказе;;;Оплата;", HEADER, ORDER),
    "numbers below the header": lambda: table(HEADER, "1;2;3;4;5", ORDER),
    "Kazakh": lambda: table(
        "Тапсырыс нөмірі;Тапсырыс күні;Жағдайы;Сомасы, ₸;Жеңілдік коды",
        ORDER.replace("Выдан", "Жеткізілді"),
        "Жиыны;;;500;",
        "Барлығы: 1;;;;",
    ),
    "Kazakh with Latin letters": lambda: table(
        "Тапсырыс нөмiрi;Күнi;Күйi;Сомасы;Жеңiлдiк коды", ORDER.replace("Выдан", "жеткiзiлдi")
    ),
    "Kazakh without its letters": lambda: table(
        "Тапсырыс номири;Куни;Куйи;Сомасы;Жениллик коды;Промокод", ORDER.replace(";A1", ";;A1")
    ),
    "letters of a Mac": lambda: table(
        *(unicodedata.normalize("NFD", line) for line in (HEADER + ";Күйі", ORDER + ";"))
    ),
    "unseen characters": lambda: table(
        "Номер\u00a0заказа;\u200bДата;Статус\u200b;Сумма ;\u00adПромокод",
        ORDER.replace("Выдан", "\u200bВы\u00adдан").replace("A1", "A1\u200b"),
    ),
    "line ends in headers": lambda: table(
        '"Номер\nзаказа";"Дата\r\nзаказа";Статус;"Сумма,\n₸";Промокод', ORDER
    ),
    "UTF-16 without a mark": lambda: table(HEADER, ORDER).decode().encode("utf-16-le"),
    "UTF-16, big end first": lambda: table(HEADER, ORDER).decode().encode("utf-16-be"),
    "a quoted sep": lambda: b'"sep=;"\r\n' + table(HEADER, ORDER, newline="\r\n"),
    "a sep that lies": lambda: b"sep=,\r\n" + table(HEADER, ORDER),
    "totals of every kind": lambda: table(
        HEADER,
        ORDER,
        *(
            f"{words};;;500;"
            for words in (
                "Итого за март",
                "ИТОГО по отчёту: 5",
                "Сумма итого",
                "Общий итог",
                "Подытог",
                "Всего заказов: 1",
                "Жиынтығы",
                "Барлық сомасы:",
                "Жалпы сома",
                "Қорытынды",
                "Grand total (KZT)",
                "Subtotal",
            )
        ),
        ";;Итого;500;",
    ),
    "protected cells": lambda: table(HEADER, '\'1001;\'21.03.2025;Выдан;"=""500""";\'A1'),
    "a number as a spreadsheet shows it": lambda: table(HEADER, ORDER.replace("1001", "1001,00")),
    "thin spaces and a sign": lambda: table(HEADER, ORDER.replace("500", "\u2009500,00\u202f₸")),
    "tenge in words": lambda: table(HEADER, ORDER.replace("500", "500 теңге")),
    "a tick before the status": lambda: table(HEADER, ORDER.replace("Выдан", "✅ Выдан")),
    "a discount beside the code": lambda: table(HEADER, ORDER.replace("A1", "A1 (-10 %)")),
    "a code with its name": lambda: table(HEADER, ORDER.replace("A1", "Промокод: A1")),
}


@pytest.mark.parametrize("name", WHOLE)
def test_one_order_is_read_whatever_surrounds_it(name: str) -> None:
    data = WHOLE[name]()

    (order,) = orders_of(data)

    assert (order.external_id, order.ordered_at) == ("1001", EVENING)
    assert (order.status, order.net) == (OrderStatus.APPROVED, tenge(500))
    assert order.promo_codes == ("A1",)
    assert rejected_of(data) == []


def test_a_column_of_dates_may_hold_serials_texts_and_days_at_once() -> None:
    cells = [
        45737,
        "45737",
        date(2025, 3, 21),
        "21.03.2025",
        "2025-03-21",
        "21/03/2025",
        "21 марта 2025 г.",
        "2025 жылғы 21 наурыз",
        "Пт, 21.03.2025",
    ]
    timed = [45737.5, datetime(2025, 3, 21, 12), "21.03.2025 12:00", "21.03.2025 12.00"]  # noqa: DTZ001
    rows = [[str(n), cell, "Выдан", 5, ""] for n, cell in enumerate([*cells, *timed])]

    read = [order.ordered_at for order in orders_of(workbook(HEADER.split(";"), *rows))]

    assert set(read[: len(cells)]) == {EVENING}
    assert set(read[len(cells) :]) == {datetime(2025, 3, 21, 7, tzinfo=UTC)}


ITEMS: Final = HEADER + ";Артикул;Количество"
FIRST: Final = ORDER + ";S1;1"


@pytest.mark.parametrize(
    ("data", "amounts"),
    [
        (table(ITEMS, FIRST, ";;;;;S2;2", ORDER.replace("1001", "2")), (None, None)),
        (table(ITEMS, FIRST, "1001;;;;;S2;2", ORDER.replace("1001", "2")), (None, None)),
        (
            merged(
                ITEMS.split(";"),
                FIRST.split(";"),
                [None] * 5 + ["S2", 2],
                [*ORDER.replace("1001", "2").split(";"), "S3", 1],
                cells=["A2:A3", "B2:B3", "C2:C3", "D2:D3"],
            ),
            (None, None),
        ),
        (
            merged(
                ITEMS.split(";"),
                FIRST.replace("500", "300").split(";"),
                [None, "21.03.2025", "Выдан", 200, None, "S2", 2],
                cells=["A2:A3"],
            ),
            (tenge(300), tenge(200)),
        ),
    ],
    ids=["blank number", "blank cells", "merged cells", "merged number"],
)
def test_rows_that_carry_an_order_on_belong_to_it(data: bytes, amounts: tuple[Any, Any]) -> None:
    order = orders_of(data)[0]

    assert (order.external_id, order.net, order.ordered_at) == ("1001", tenge(500), EVENING)
    assert order.items == (
        OrderItem(sku="S1", quantity=1, amount=amounts[0]),
        OrderItem(sku="S2", quantity=2, amount=amounts[1]),
    )
    assert rejected_of(data) == []


def test_an_amount_alone_carries_nothing_on() -> None:
    data = table(ITEMS, FIRST, ";;;500;;;3")

    assert orders_of(data)[0].net == tenge(500)
    assert [line.reason for line in rejected_of(data)] == ["order_missing"]


@pytest.mark.parametrize("header", ["Сумма, руб.", "Сумма ($)", "Total USD", "Сумма в рублях"])
def test_amounts_of_another_currency_are_never_taken_as_tenge(header: str) -> None:
    foreign = table(HEADER.replace("Сумма", header), ORDER)
    both = table(HEADER.replace("Сумма", f"{header};Сумма, ₸"), ORDER.replace("500", "1;500"))

    with pytest.raises(MappingIncomplete):
        orders_of(foreign)
    with pytest.raises(FileRefused) as refusal:
        orders_of(foreign, mapping=inspect(foreign, "").mapping.with_column("amount", header))
    assert (refusal.value.reason, refusal.value.column) == ("other_currency", header)
    assert orders_of(both)[0].net == tenge(500)


DAMAGED: Final = {
    "scientific": (["6,61808E+12", "6,61809E+12", "9.23001e+11"], "damaged_ids"),
    "padded": ([f"66180{n}00000" for n in range(9)], "damaged_ids"),
    "fifteen digits": ([f"12345678901234{n}000" for n in range(9)], "damaged_ids"),
    "too narrow": (["#######"] * 3, "damaged_ids"),
    "errors": (["#ССЫЛКА!", "#REF!", "#ЗНАЧ!"], "damaged_ids"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_spoilt_numbers_are_refused_with_their_place(name: str) -> None:
    numbers, reason = DAMAGED[name]
    data = table(HEADER, *(ORDER.replace("1001", number) for number in numbers))

    with pytest.raises(FileRefused) as refusal:
        inspect(data, "")

    refused = refusal.value
    assert (refused.reason, refused.line, refused.column) == (reason, 2, "Номер заказа")
    assert refused.detail == numbers[0]


def test_commas_that_cut_amounts_are_named() -> None:
    lines = (f"{n},21.03.2025,Выдан,500,50,A1" for n in range(1001, 1009))

    with pytest.raises(FileRefused) as refusal:
        inspect(table(HEADER.replace(";", ","), *lines), "")

    assert (refusal.value.reason, refusal.value.line) == ("cut_lines", 2)


def test_a_currency_that_the_code_page_lost_is_not_guessed() -> None:
    data = table(HEADER, ORDER.replace("500", "500 ₸"), ORDER.replace("1001", "1002"))

    assert [line.reason for line in rejected_of(data.decode().encode("cp1251", "replace"))] == [
        "currency_lost"
    ]


def test_rows_of_an_order_that_are_far_apart_wait_packed_or_the_file_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [f"{n};21.03.2025;Выдан;5{part}0;A{part};S{part};1" for part in (1, 2) for n in (1, 2)]
    data = table(ITEMS, *rows)
    near = orders_of(data)

    monkeypatch.setattr(lines, "FAR", -1)
    assert orders_of(data) == near
    monkeypatch.setattr(survey, "WAITING_MAX", 20)
    with pytest.raises(FileRefused) as refusal:
        orders_of(data)
    assert refusal.value.reason == "scattered"
