"""Order files made on the spot, shaped as real exports are."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import xlsxwriter

from core.orders import NormalisedOrder
from core.sources.base import Batch, RejectedLine, SourceKind
from core.sources.files import read
from core.sources.kaspi_xlsx import HEADERS

SHOPIFY_HEADER = (  # noqa: SIM905 - as it stands in the file
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,"
    "Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Phone,Shipping Name,Shipping Phone,Notes,Note Attributes,Cancelled at,"
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Phone"
).split(",")


def workbook(*rows: Sequence[Any]) -> bytes:
    """An XLSX with shared strings and typed cells, as Excel saves it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def kaspi(*orders: Mapping[str, str], headers: Sequence[str] = HEADERS) -> bytes:
    """A cabinet export: `Sheet0`, 28 columns, every cell inline text, blanks left out."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True, "in_memory": True}) as book:
        sheet = book.add_worksheet("Sheet0")
        sheet.write_row(0, 0, headers)
        for line, order in enumerate(orders, 1):
            cells = KASPI_ORDER | dict(order)
            for column, header in enumerate(headers):
                if cells.get(header):
                    sheet.write_string(line, column, cells[header])
    return stream.getvalue()


KASPI_ORDER = {
    "№ заказа": "712155089",
    "Дата поступления заказа": "21.03.2025",
    "Название товара в Kaspi Магазине": "Крем увлажняющий 50 мл",
    "Название в системе продавца": "Крем 50",
    "Артикул": "CREAM-50",
    "Сумма": "16990",
    "Категория": "Уход за лицом",
    "Адрес самовывоза/доставки": "Алматы,\u00a0ул. Абая 10",
    "Дата изменения статуса": "25.03.2025",
    "Статус": "Выдан",
    "Способ оплаты": "Безналичная оплата",
    "Количество": "1",
    "Стоимость доставки для продавца": "895.0",
}


def shopify(*orders: Mapping[str, str]) -> bytes:
    """An orders export: UTF-8 without a mark, commas, LF; rows are given as they stand."""
    import csv

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(SHOPIFY_HEADER)
    for order in orders:
        writer.writerow([order.get(name, "") for name in SHOPIFY_HEADER])
    return stream.getvalue().encode()


SHOPIFY_ORDER = {
    "Name": "#1001",
    "Email": "buyer@example.kz",
    "Financial Status": "paid",
    "Paid at": "2025-03-11 04:32:31 +0500",
    "Fulfillment Status": "fulfilled",
    "Fulfilled at": "2025-03-14 10:00:00 +0500",
    "Currency": "KZT",
    "Subtotal": "18000.00",
    "Shipping": "1500.00",
    "Total": "19500.00",
    "Discount Code": "AIGERIM10",
    "Discount Amount": "2000.00",
    "Created at": "2025-03-11 04:30:00 +0500",
    "Lineitem quantity": "2",
    "Lineitem name": "Serum",
    "Lineitem price": "10000.00",
    "Lineitem sku": "SERUM",
    "Refunded Amount": "0.00",
    "Id": "5012345678901",
}


def table(*lines: str, newline: str = "\n") -> bytes:
    """A CSV of the given lines in UTF-8."""
    return newline.join((*lines, "")).encode()


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """A compressed archive of the given entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def with_sheet(xml: bytes, strings: bytes | None = None) -> bytes:
    """A workbook whose first sheet is the given XML, and whose shared strings may be."""
    entries: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(workbook(("a", "b")))) as archive:
        for entry in archive.infolist():
            entries[entry.filename] = archive.read(entry)
    entries["xl/worksheets/sheet1.xml"] = xml
    if strings is not None:
        entries["xl/sharedStrings.xml"] = strings
    return zipped(entries)


def sheet_xml(rows: str) -> bytes:
    """A worksheet around the given rows."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    head = f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>'
    return f"{head}{rows}</sheetData></worksheet>".encode()


def batches_of(data: bytes, kind: SourceKind = SourceKind.TABLE, **options: Any) -> list[Batch]:
    """Read a file to its end."""
    return list(read(data, "orders", kind=kind, **options))


def orders_of(
    data: bytes, kind: SourceKind = SourceKind.TABLE, **options: Any
) -> list[NormalisedOrder]:
    """The orders of a file."""
    return [each for batch in batches_of(data, kind, **options) for each in batch.read_all().orders]


def rejected_of(
    data: bytes, kind: SourceKind = SourceKind.TABLE, **options: Any
) -> list[RejectedLine]:
    """The lines of a file that are no orders."""
    batches = batches_of(data, kind, **options)
    return [line for batch in batches for line in batch.read_all().rejected]


def unknown_of(orders: Sequence[NormalisedOrder]) -> list[str]:
    """The texts of statuses that were not understood."""
    return [order.status_raw for order in orders if not order.status_known]
