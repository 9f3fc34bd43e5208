"""Any table by its mapping: dialects of files, several rows of an order, lines that are none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.errors import FileRefused, MappingIncomplete
from core.money import Money, tenge
from core.orders import NormalisedOrder, OrderItem, OrderStatus
from core.sources.base import SourceKind
from core.sources.files import inspect
from core.sources.mapping import Mapping, fingerprint
from tests.sources.spreadsheets import (
    orders_of,
    rejected_of,
    sheet_xml,
    table,
    unknown_of,
    with_sheet,
    workbook,
)

HEADER = "Номер заказа;Дата;Статус;Сумма;Промокод"
ORDER = "1001;21.03.2025 14:05;Выдан;16 990,50;AIGERIM10"


def test_a_plain_file_yields_its_orders() -> None:
    (order,) = orders_of(table(HEADER, ORDER))

    assert order == NormalisedOrder(
        external_id="1001",
        ordered_at=datetime(2025, 3, 21, 9, 5, tzinfo=UTC),
        status=OrderStatus.APPROVED,
        status_raw="Выдан",
        gross=Money(16_990_50),
        net=Money(16_990_50),
        promo_codes=("AIGERIM10",),
        raw_hash=order.raw_hash,
    )


def test_every_field_of_an_order_has_a_column() -> None:
    header = (
        "Order ID,Created at,Status,Status date,Total,Refunded,Coupon,Phone,SKU,Qty,Click ID,"
        "Currency"
    )
    (order,) = orders_of(
        table(
            header,
            "A-1,2025-03-21T09:05:00Z,delivered,2025-03-25,10000.00,2500.00,A1+B2,87021234567,"
            "CREAM,2,c-77,KZT",
        )
    )

    assert order.refunded == tenge(2_500)
    assert order.status_changed_at == datetime(2025, 3, 24, 19, tzinfo=UTC)
    assert order.changed_on_day
    assert order.promo_codes == ("A1", "B2")
    assert order.phone == "+77021234567"
    assert order.items == (OrderItem(sku="CREAM", quantity=2, amount=tenge(10_000)),)
    assert order.click_ids == ("c-77",)


TEXT = "\n".join([HEADER, ORDER, ""])


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        (TEXT.encode(), "utf-8", ";"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig", ";"),
        (TEXT.encode("utf-16"), "utf-16", ";"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16", ";"),
        (TEXT.encode("cp1251"), "cp1251", ";"),
        (
            TEXT.replace("Номер заказа", "Тапсырыс нөмірі")
            .replace("Выдан", "Жеткізілді")
            .encode("kz1048"),
            "kz1048",
            ";",
        ),
        (TEXT.replace(";", "\t").encode(), "utf-8", "\t"),
        (TEXT.replace(";", "|").encode(), "utf-8", "|"),
        (TEXT.replace("16 990,50", '"16 990,50"').replace(";", ",").encode(), "utf-8", ","),
        (TEXT.replace("\n", "\r\n").encode("cp1251"), "cp1251", ";"),
        (TEXT.replace("\n", "\r").encode(), "utf-8", ";"),
        (("sep=;\r\n" + TEXT).encode("utf-8-sig"), "utf-8-sig", ";"),
        (TEXT.replace("Выдан", "Вы\0дан").encode(), "utf-8", ";"),
        (TEXT.replace("AIGERIM10", "AIGERIM10\x00").encode("cp1251"), "cp1251", ";"),
        (TEXT.encode().rstrip(b"\n"), "utf-8", ";"),
    ],
)
def test_encodings_and_delimiters_are_found(data: bytes, encoding: str, delimiter: str) -> None:
    preview = inspect(data, "orders.csv")

    assert (preview.encoding, preview.delimiter) == (encoding, delimiter)
    (order,) = preview.samples
    assert (order.status, order.net) == (OrderStatus.APPROVED, Money(16_990_50))
    assert order.promo_codes == ("AIGERIM10",)


def test_one_broken_letter_does_not_turn_a_file_into_cp1251() -> None:
    data = TEXT.encode() + "1002;21.03.2025;Выдан;500;".encode() + b"\xd0\n"

    preview = inspect(data, "orders.csv")

    assert preview.encoding == "utf-8"
    assert preview.samples[0].status_raw == "Выдан"


def test_a_file_on_disk_is_read_like_one_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(TEXT.encode("cp1251"))
    book = tmp_path / "orders.txt"
    book.write_bytes(workbook(HEADER.split(";"), ORDER.split(";")))

    assert inspect(path, "orders.csv").samples == inspect(TEXT.encode(), "").samples
    assert inspect(book, "orders.txt").samples == inspect(TEXT.encode(), "").samples


def test_titles_blanks_totals_and_repeated_headers_are_no_orders() -> None:
    data = table(
        "Отчёт по заказам за март",
        ";;;;",
        HEADER,
        ORDER,
        "",
        ";;;;",
        HEADER,
        ORDER.replace("1001", "1002"),
        ";;;33 981,00;",
        "Итого:;;;33 981,00;",
        ";Барлығы;;33 981,00;",
        "TOTAL;2;;33 981,00;",
    )

    assert [order.external_id for order in orders_of(data)] == ["1001", "1002"]
    assert [(line.line, line.reason) for line in rejected_of(data)] == [(9, "order_missing")]


def test_bad_lines_are_handed_back_and_good_ones_are_kept() -> None:
    data = table(
        HEADER,
        ORDER,
        ";21.03.2025;Выдан;500;",
        "1002;скоро;Выдан;500;",
        "1003;21.03.2025;Выдан;много;",
        "1004;21.03.2025;Выдан;-500;",
        "1005;21.03.2025;Выдан;500 руб;",
        "1006;21.03.2025;;500;",
        "6,61808E+12;21.03.2025;Выдан;500;",
        "1007;21.03.2025;Выдан;500;;17",
        ORDER.replace("1001", "1008"),
    )

    assert [order.external_id for order in orders_of(data)] == ["1001", "1008"]
    assert [(line.line, line.reason) for line in rejected_of(data)] == [
        (3, "order_missing"),
        (4, "date_invalid"),
        (5, "amount_invalid"),
        (6, "amount_invalid"),
        (7, "currency_other"),
        (8, "status_missing"),
        (9, "id_damaged"),
        (10, "line_broken"),
    ]
    assert rejected_of(data)[1].text == "1002\tскоро\tВыдан\t500"


def test_cells_with_line_ends_and_quotes_stay_whole() -> None:
    note = '"Позвонить\nпосле 18:00;\n""срочно"""'
    data = table(HEADER + ";Примечание", ORDER + ";" + note, ORDER.replace("1001", "1002") + ";")

    assert [order.external_id for order in orders_of(data)] == ["1001", "1002"]
    bad = data + "1003;скоро;Выдан;5;;\n".encode()
    assert [line.line for line in rejected_of(bad)] == [6]


@pytest.mark.parametrize("closed_later", [False, True])
def test_a_quote_that_is_never_closed_costs_its_own_line_only(closed_later: bool) -> None:
    later = ORDER.replace("AIGERIM10", '"AIGERIM10"') if closed_later else ORDER
    data = table(
        HEADER,
        ORDER.replace("AIGERIM10", '"AIGERIM10'),
        ORDER.replace("1001", "1002"),
        later.replace("1001", "1003"),
    )

    assert [order.external_id for order in orders_of(data)] == ["1002", "1003"]
    assert [(line.line, line.reason) for line in rejected_of(data)] == [(2, "line_broken")]


def test_a_workbook_keeps_its_types() -> None:
    data = workbook(
        ["Отчёт"],
        [],
        [None, *HEADER.split(";"), None],
        [None, 712155089, datetime(2025, 3, 21, 14, 5), "Выдан", 1234.5, "A1"],  # noqa: DTZ001
        [None, "712155090", date(2025, 3, 22), "Отменен", 500, None, "заметка сбоку"],
        [None, None, None, "Итого", 1734.5],
        [None, "712155091", "23.03.2025", "Выдан", "1 000,00 ₸", 7],
    )

    preview = inspect(data, "orders.xlsx")
    first, second, third = preview.samples

    assert (preview.sheet, preview.header_line, preview.rows) == ("Sheet", 3, 4)
    assert (first.external_id, first.net) == ("712155089", Money(1_234_50))
    assert first.ordered_at == datetime(2025, 3, 21, 9, 5, tzinfo=UTC)
    assert (second.external_id, second.status) == ("712155090", OrderStatus.REJECTED)
    assert (third.net, third.promo_codes) == (tenge(1_000), ("7",))
    assert rejected_of(data) == []


def test_the_sheet_with_orders_is_found_behind_others() -> None:
    import io

    import openpyxl

    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.append(["Как пользоваться", "этим файлом"])
    hidden = book.create_sheet("Старые")
    hidden.sheet_state = "hidden"
    hidden.append(HEADER.split(";"))
    orders = book.create_sheet("Заказы")
    orders.append(HEADER.split(";"))
    orders.append(ORDER.split(";"))
    stream = io.BytesIO()
    book.save(stream)

    preview = inspect(stream.getvalue(), "orders.xlsx")

    assert (preview.sheet, preview.rows) == ("Заказы", 1)


def test_ambiguous_amounts_follow_their_column() -> None:
    thousands = table(
        "Заказ;Дата;Статус;Сумма", "1;21.03.2025;Выдан;1,234", "2;21.03.2025;Выдан;1,234,567"
    )
    decimals = table(
        "Заказ;Дата;Статус;Сумма", "1;21.03.2025;Выдан;1,234", "2;21.03.2025;Выдан;12,50"
    )

    assert [order.net.minor for order in orders_of(thousands)] == [1_234_00, 1_234_567_00]
    assert [order.net.minor for order in orders_of(decimals)] == [1_23, 12_50]


def test_unknown_statuses_are_pending_and_warned_of() -> None:
    data = table(HEADER, ORDER.replace("Выдан", "На луне"), ORDER.replace("1001", "1002"))

    orders = orders_of(data)

    assert unknown_of(orders) == ["На луне"]
    assert [(order.status, order.status_known) for order in orders] == [
        (OrderStatus.PENDING, False),
        (OrderStatus.APPROVED, True),
    ]
    assert inspect(data, "").unknown_statuses == ("На луне",)


def test_the_brands_own_words_are_kept_with_the_mapping() -> None:
    data = table(HEADER, ORDER.replace("Выдан", "На луне"))
    mapping = inspect(data, "").mapping.with_status_word("на луне", OrderStatus.RETURNED)

    (order,) = orders_of(data, mapping=mapping)

    assert (order.status, order.status_known) == (OrderStatus.RETURNED, True)
    assert inspect(data, "", [mapping]).unknown_statuses == ()


def test_a_file_without_statuses_needs_a_default() -> None:
    data = table("Номер заказа;Дата;Сумма", "1001;21.03.2025;500")

    with pytest.raises(MappingIncomplete) as refusal:
        orders_of(data)
    assert refusal.value.missing == ("status",)
    (order,) = orders_of(data, default_status=OrderStatus.APPROVED)
    assert (order.status, order.status_known) == (OrderStatus.APPROVED, True)


def test_a_mapping_that_names_columns_the_file_lacks_does_not_fit() -> None:
    mapping = Mapping(order="Номер заказа", date="Дата", status="Этап", amount="Сумма")

    with pytest.raises(MappingIncomplete) as refusal:
        orders_of(table(HEADER, ORDER), mapping=mapping)
    assert refusal.value.missing == ("status",)


def test_headers_that_nobody_knows_are_shown_for_mapping() -> None:
    data = table("订单号;日期;状态;金额", "1001;21.03.2025;Выдан;500")

    preview = inspect(data, "orders.csv")
    assert preview.missing == ("order", "date", "status", "amount")
    assert (preview.header, preview.rows, preview.samples) == (
        ("订单号", "日期", "状态", "金额"), 1, (),
    )  # fmt: skip

    mapping = Mapping(
        order="订单号", date="日期", status="状态", amount="金额",
        fingerprint=fingerprint(preview.header),
    )  # fmt: skip
    again = inspect(data, "orders.csv", [Mapping(order="x", fingerprint="other"), mapping])
    assert (again.saved, again.missing, again.samples[0].net) == (True, (), tenge(500))


def test_a_header_may_have_figures_and_blanks_among_its_words() -> None:
    data = workbook(
        ["№ заказа", "Дата", None, "Статус", "Сумма", 2025, "%"],
        ["1", "21.03.2025", None, "Выдан", 5],
    )

    preview = inspect(data, "")

    assert preview.header == ("№ заказа", "Дата", "[3]", "Статус", "Сумма", "2025", "%")
    assert preview.samples[0].net == tenge(5)


def test_double_headers_are_told_apart() -> None:
    data = table("Номер заказа;Дата;Дата;Статус;Сумма;", "1;21.03.2025;22.03.2025;Выдан;5;")

    preview = inspect(data, "")

    assert preview.header == ("Номер заказа", "Дата", "Дата (2)", "Статус", "Сумма")
    mapping = preview.mapping.with_column("date", "Дата (2)")
    assert orders_of(data, mapping=mapping)[0].ordered_at.day == 22


# --- several rows of an order --------------------------------------------------------------------

ITEMS = "Номер заказа;Дата;Статус;Сумма;Артикул;Количество"


def test_rows_of_an_order_are_its_items_wherever_they_stand() -> None:
    data = table(
        ITEMS,
        "1;21.03.2025;Выдан;1000;A;1",
        "2;21.03.2025;Выдан;5000;C;1",
        "1;21.03.2025;Выдан;2000;B;3",
        "1;21.03.2025;Выдан;2000;B;3",
    )

    second, first = orders_of(data)

    assert (first.external_id, first.net) == ("1", tenge(3_000))
    assert first.items == (
        OrderItem(sku="A", quantity=1, amount=tenge(1_000)),
        OrderItem(sku="B", quantity=3, amount=tenge(2_000)),
    )
    assert (second.external_id, second.net) == ("2", tenge(5_000))


def test_a_total_repeated_in_each_row_counts_once() -> None:
    data = table(
        ITEMS,
        "1;21.03.2025;Выдан;3000;A;1",
        "1;21.03.2025;Выдан;3000;B;2",
        "2;21.03.2025;Выдан;5000;A;1",
        "2;21.03.2025;Выдан;5000;C;1",
    )

    first, second = orders_of(data)

    assert (first.net, second.net) == (tenge(3_000), tenge(5_000))
    assert [(item.sku, item.amount) for item in first.items] == [("A", None), ("B", None)]


def test_a_row_in_two_states_is_one_order_in_the_later_one() -> None:
    header = "Номер заказа;Дата;Статус;Дата изменения статуса;Сумма"
    data = table(
        header,
        "1;21.03.2025;Возврат;28.03.2025;1000",
        "1;21.03.2025;Выдан;25.03.2025;1000",
        "1;21.03.2025;Новый;21.03.2025;1000",
    )

    (order,) = orders_of(data)

    assert (order.status, order.net) == (OrderStatus.RETURNED, tenge(1_000))


@pytest.mark.parametrize(
    ("statuses", "status", "net", "refunded"),
    [
        (("Выдан", "Выдан"), OrderStatus.APPROVED, 3_000, 0),
        (("Выдан", "Отменен"), OrderStatus.APPROVED, 1_000, 0),
        (("Выдан", "Возврат"), OrderStatus.APPROVED, 3_000, 2_000),
        (("Выдан", "Новый"), OrderStatus.PENDING, 3_000, 0),
        (("Отменен", "Отменен"), OrderStatus.REJECTED, 3_000, 0),
        (("Возврат", "Отменен"), OrderStatus.RETURNED, 1_000, 0),
        (("Возврат", "Возврат"), OrderStatus.RETURNED, 3_000, 0),
    ],
)
def test_items_with_a_fate_of_their_own(
    statuses: tuple[str, str], status: OrderStatus, net: int, refunded: int
) -> None:
    data = table(
        ITEMS,
        f"1;21.03.2025;{statuses[0]};1000;A;1",
        f"1;21.03.2025;{statuses[1]};2000;B;1",
    )

    (order,) = orders_of(data)

    assert (order.status, order.gross, order.net) == (status, tenge(3_000), tenge(net))
    assert order.refunded == tenge(refunded)


def test_one_bad_row_of_an_order_rejects_all_of_them() -> None:
    data = table(
        ITEMS, "1;21.03.2025;Выдан;1000;A;1", "2;21.03.2025;Выдан;5;C;1", "1;21.03.2025;Выдан;?;B;3"
    )

    assert [order.external_id for order in orders_of(data)] == ["2"]
    assert [(line.line, line.reason) for line in rejected_of(data)] == [
        (2, "amount_invalid"),
        (4, "amount_invalid"),
    ]


def test_a_word_in_the_place_of_the_number_is_not_one_giant_order() -> None:
    rows = [f"OUR DLV;21.03.2025;Выдан;{amount};A;1" for amount in range(1, 502)]
    others = [f"{number};21.03.2025;Выдан;7;A;1" for number in range(1, 502)]

    data = table(ITEMS, *rows, *others)

    assert len(orders_of(data)) == 501
    assert {line.reason for line in rejected_of(data)} == {"id_damaged"}
    with pytest.raises(FileRefused) as refusal:
        inspect(table(ITEMS, *rows, *others[:-1]), "")
    assert (refusal.value.reason, refusal.value.column) == ("same_number", "Номер заказа")


def test_a_file_whose_number_is_not_mapped_yet_is_counted_only() -> None:
    data = table("Город;Чек;Когда;Почём", *(f"Алматы;{n};21.03.2025;5" for n in range(900)))

    preview = inspect(data, "")

    assert (preview.rows, preview.missing[:1]) == (900, ("order",))


def test_several_articles_in_a_cell() -> None:
    (order,) = orders_of(table(ITEMS, '1;21.03.2025;Выдан;1000;"A-1, B-2";"1, 3"'))

    assert order.items == (OrderItem(sku="A-1"), OrderItem(sku="B-2", quantity=3))


def test_a_cancelled_order_without_a_sum_is_news_all_the_same() -> None:
    (order,) = orders_of(table(HEADER, "1001;21.03.2025;Отменен;;AIGERIM10"))

    assert (order.status, order.net) == (OrderStatus.REJECTED, tenge(0))


def test_a_partial_refund_of_unknown_size_waits() -> None:
    header = "Номер заказа;Дата;Статус;Сумма;Сумма возврата"
    unknown, known = orders_of(
        table(
            header,
            "1;21.03.2025;Частичный возврат;1000;",
            "2;21.03.2025;Частичный возврат;1000;-300",
        )
    )

    assert (unknown.status, unknown.at_risk) == (OrderStatus.PENDING, True)
    assert (known.status, known.refunded) == (OrderStatus.APPROVED, tenge(300))


def test_the_hash_tells_rows_apart_but_not_phones() -> None:
    header = HEADER + ";Телефон"
    base, again, other_phone, other_status = (
        orders_of(table(header, line))[0].raw_hash
        for line in (
            ORDER + ";87021234567",
            ORDER + ";87021234567",
            ORDER + ";87010000000",
            ORDER.replace("Выдан", "Возврат") + ";87021234567",
        )
    )

    assert base == again == other_phone
    assert base != other_status


def test_formulas_are_read_as_their_values_and_never_as_orders() -> None:
    data = sheet_xml(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Номер заказа</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>Дата</t></is></c>'
        '<c r="C1" t="inlineStr"><is><t>Статус</t></is></c>'
        '<c r="D1" t="inlineStr"><is><t>Сумма</t></is></c></row>'
        '<row r="2"><c r="A2"><v>1001</v></c><c r="B2"><v>45737</v></c>'
        '<c r="C2" t="str"><f>IF(1,"Выдан")</f><v>Выдан</v></c>'
        '<c r="D2"><f>250*2</f><v>500</v></c></row>'
    )

    (order,) = orders_of(with_sheet(data))
    assert (order.status, order.net) == (OrderStatus.APPROVED, tenge(500))

    injected = table(HEADER, '"=HYPERLINK(""x"")";21.03.2025;Выдан;5;A', ORDER)
    assert [line.reason for line in rejected_of(injected)] == ["id_damaged"]


def test_sums_that_were_never_computed_are_refused() -> None:
    data = workbook(HEADER.split(";"), ["1001", "21.03.2025", "Выдан", "=250*2", ""])

    with pytest.raises(FileRefused) as refusal:
        orders_of(data)
    assert (refusal.value.reason, refusal.value.column) == ("formula_only", "Сумма")


def test_the_preview_names_the_kind() -> None:
    assert inspect(table(HEADER, ORDER), "x.csv").kind is SourceKind.TABLE


def test_substitute_articles_and_ids_of_promo_codes_are_known_by_their_headers() -> None:
    data = table(
        "Srid;Дата заказа;Сумма;Статус;Артикул поставщика;Кол-во;Промокод;Id промокода;"
        "Id подменного артикула",
        "a1;21.11.2026;9 000;Выполнен;CR-50;2;;8f1d-2c;412345678",
        "a2;21.11.2026;9 000;Выполнен;CR-50;1;SALE;8f1d-2c;0",
        "a3;21.11.2026;9 000;Выполнен;;3;;;412345678",
    )

    first, second, third = orders_of(data)

    assert [(item.sku, item.quantity, item.amount) for item in first.items] == [
        ("CR-50", 2, tenge(9_000)),
        ("412345678", 0, tenge(0)),
    ]
    assert first.promo_codes == ("8f1d-2c",)
    assert [item.sku for item in second.items] == ["CR-50"]
    assert second.promo_codes == ("SALE", "8f1d-2c")
    assert [(item.sku, item.quantity, item.amount) for item in third.items] == [
        ("412345678", 3, tenge(9_000))
    ]
