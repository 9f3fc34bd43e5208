"""Which column of a file is which field of an order: guessed, corrected, then saved."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from typing import Any, Final

from core.orders import OrderStatus
from core.sources.letters import alike, visible
from core.sources.values import Cell, is_foreign, plain

FIELDS: Final = (
    "order",
    "date",
    "status",
    "status_date",
    "amount",
    "refunded",
    "promo",
    "phone",
    "sku",
    "quantity",
    "click_id",
    "currency",
    "article",
    "promo_id",
)
REQUIRED: Final = ("order", "date", "status", "amount")
COLUMNS_KEPT: Final = 300  # of a header; a table of orders has some thirty
HEADER_KEPT: Final = 100  # characters of one header

# Headers as `normal_header` leaves them, the most telling first.
ALIASES: Final[Dictionary[str, tuple[str, ...]]] = {
    "order": (
        # First Ozon's parcel: its report has both, and a parcel has the status.
        *("номер отправления", "№ заказа", "номер заказа", "n заказа", "no заказа"),
        *("id заказа", "код заказа"),
        *("тапсырыс нөмірі", "тапсырыс №", "№ тапсырыс", "тапсырыс номері", "тапсырыс коды"),
        *("заказ №", "заказ no", "заказ клиента", "номер заказа клиента"),
        *("order id", "order number", "order no", "order #", "order_id", "order_number"),
        *("orderid", "srid", "заказ", "тапсырыс", "order", "invoice"),
        *("№", "номер", "name", "id", "код"),
    ),
    "date": (
        *("дата поступления заказа", "дата заказа", "дата создания заказа", "дата оформления"),
        *("тапсырыс күні", "тапсырыс уақыты", "тапсырыс берілген күн", "order date"),
        *("order_date", "created at", "created_at", "date_created", "принят в обработку"),
        *("дата и время заказа", "дата покупки", "дата продажи", "күні мен уақыты"),
        *("дата заказа покупателем", "orderdt"),
        *("дата создания", "создан", "дата и время", "дата", "күні", "күн", "date", "created"),
    ),
    "status": (
        *("статус заказа", "тапсырыс күйі", "тапсырыс мәртебесі", "тапсырыс статусы"),
        *("order status", "order_status", "статус", "күйі", "мәртебесі", "мәртебе", "статусы"),
        *("status", "financial status", "состояние", "стадия", "этап", "кезең"),
        *("тапсырыс жағдайы", "жағдайы", "жағдай"),
    ),
    "status_date": (
        *("дата изменения статуса", "дата обновления статуса", "күй өзгерген күн"),
        *("күй өзгерген күні", "мәртебе өзгерген күн", "мәртебе өзгерген күні"),
        *("status date", "status changed at", "status_updated", "дата обновления"),
        *("дата изменения", "жаңартылған күні", "өзгертілген күні", "updated at", "updated_at"),
        *("date_modified", "дата доставки", "дата выдачи", "дата отмены", "жеткізілген күні"),
    ),
    "amount": (
        *("сумма заказа", "тапсырыс сомасы", "order total", "order_total", "total price"),
        *("total_price", "оплачено покупателем", "сумма", "сомасы", "сома", "к оплате"),
        *("order total amount", "grand total", "total amount", "сумма документа", "сумма оплаты"),
        *("сумма продажи", "жалпы сомасы", "төленген сома"),
        *("итого", "барлығы", "жалпы сома", "жиыны", "order amount", "amount", "total"),
        *("subtotal", "стоимость", "құны", "order_sum", "sum", "opportunity", "бюджет", "цена"),
        *("баға", "бағасы", "price"),
    ),
    "refunded": (
        *("сумма возврата", "возвращено", "возврат суммы", "возврат", "қайтарылған сома"),
        *("қайтарылды", "refunded amount", "refund amount", "refunded", "refunded_amount"),
        *("refund_amount", "total_refunded"),
    ),
    "promo": (
        *("промокод", "промо код", "промо-код", "код купона", "скидочный код", "купон"),
        *("жеңілдік коды", "промокоды", "discount code", "discount_code", "promo code"),
        *("promo_code", "promocode", "promo", "coupon code", "coupon_code", "coupon"),
        *("coupons", "coupon_items", "codes", "промо"),
    ),
    "phone": (
        *("номер телефона", "телефон покупателя", "телефон клиента", "телефон", "тел"),
        *("телефон нөмірі", "телефоны", "ұялы телефон", "мобильный телефон", "мобильный"),
        *("phone number", "phone", "billing phone", "customer phone", "customer_phone"),
        *("контакт", "контактный телефон", "байланыс"),
    ),
    "sku": (
        *("артикул продавца", "артикул", "артикулы", "sku", "lineitem sku", "код товара"),
        *("тауар коды", "тауар артикулы", "vendor code", "баркод", "штрихкод", "offer_id"),
        *("supplierarticle", "item sku", "product sku", "артикул поставщика"),
    ),
    "quantity": (
        *("количество", "кол-во", "кол-во товаров", "количество товаров", "саны", "тауар саны"),
        *("quantity", "qty", "lineitem quantity", "item quantity", "шт"),
    ),
    "click_id": (
        *("click id", "click_id", "clickid", "sub id", "sub_id", "subid", "sub1", "aff_sub"),
        *("external_click_id", "visitor_id", "клик", "id клика"),
    ),
    "article": (
        *("id подменного артикула", "подменный артикул", "номер подменного артикула"),
        *("articlesubstitution", "article_substitution", "substitute article"),
        *("алмастырушы артикул", "алмастырушы артикулдың id", "алмастыру артикулы"),
    ),
    "promo_id": (
        *("id промокода", "идентификатор промокода", "uuid промокода", "uuidpromocode"),
        *("uuid_promocode", "id промокода продавца", "sellerpromoid", "seller_promo_id"),
        *("промокод id", "промокодтың id", "promo code id", "promo_code_id", "promocode id"),
    ),
    "currency": (
        *(
            "код валюты покупателя",
            "код валюты",
            "валюта",
            "валюта заказа",
            "валютасы",
            "currency",
            "currency code",
            "currency_code",
        ),
        *("currency_id", "order currency"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """The headers of a file's columns by the fields of an order; None where there is no column.

    `fingerprint` is that of the header row it was made for, and `header` that row, as far as it is
    kept; `status_words` are the brand's own words for statuses, each to one of pending, approved,
    rejected, returned.
    """

    order: str | None = None
    date: str | None = None
    status: str | None = None
    status_date: str | None = None
    amount: str | None = None
    refunded: str | None = None
    promo: str | None = None
    phone: str | None = None
    sku: str | None = None
    quantity: str | None = None
    click_id: str | None = None
    currency: str | None = None
    article: str | None = None
    promo_id: str | None = None
    fingerprint: str = ""
    status_words: Dictionary[str, str] = field(default_factory=dict)
    header: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        columns: Dictionary[str, str],
        header_fingerprint: str,
        status_words: Dictionary[str, str] | None = None,
    ) -> Mapping:
        """The mapping of the named fields' headers; TypeError for a name that is no field."""
        fields: dict[str, Any] = dict(columns)
        return cls(**fields, fingerprint=header_fingerprint, status_words=status_words or {})

    def column(self, name: str) -> str | None:
        """The header of a field; KeyError for a name that is no field."""
        if name not in FIELDS:
            raise KeyError(name)
        header: str | None = getattr(self, name)
        return header

    def with_column(self, name: str, header: str | None) -> Mapping:
        """The mapping with one field put to another column, which leaves any other field."""
        changes: dict[str, Any] = {
            other: None for other in FIELDS if header is not None and self.column(other) == header
        }
        self.column(name)
        return replace(self, **(changes | {name: header}))

    def with_status_word(self, word: str, meaning: OrderStatus) -> Mapping:
        """The mapping with the meaning of one of the brand's own status texts."""
        return replace(self, status_words={**self.status_words, word: meaning.value})

    def missing(self, default_status: OrderStatus | None = None) -> tuple[str, ...]:
        """The fields that orders need and that have no column yet, of REQUIRED.

        A file without a status column will do where `default_status` says what its orders are.
        """
        return tuple(
            name
            for name in REQUIRED
            if self.column(name) is None and not (name == "status" and default_status is not None)
        )

    def to_json(self) -> str:
        """The mapping as a JSON object with sorted keys."""
        record: dict[str, Any] = {name: self.column(name) for name in FIELDS}
        record["fingerprint"] = self.fingerprint
        record["status_words"] = dict(self.status_words)
        record["header"] = [name[:HEADER_KEPT] for name in self.header[:COLUMNS_KEPT]]
        return json.dumps(record, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, raw: str) -> Mapping:
        """What `to_json` wrote; unknown keys are passed over. ValueError if it is no mapping."""
        record = json.loads(raw)
        if not isinstance(record, dict):
            raise ValueError("a mapping is a JSON object")
        columns = {name: record.get(name) for name in FIELDS}
        words = record.get("status_words") or {}
        if not all(header is None or isinstance(header, str) for header in columns.values()):
            raise ValueError("a column is named by its header")
        return cls(
            **columns,
            fingerprint=str(record.get("fingerprint") or ""),
            status_words={str(word): OrderStatus(meaning).value for word, meaning in words.items()},
            header=tuple(map(str, record.get("header") or ())),
        )


def normal_header(header: str) -> str:
    """A header for comparing: lower case, ё as е, no unit, no punctuation around.

    >>> normal_header(" Сумма заказа,\\n₸ ")
    'сумма заказа'
    """
    words = " ".join(visible(header).lower().replace("ё", "е").split())
    name = words.split(" (")[0].split(", ")[0].strip(" .:;*'\"")
    return name or words


def unique_headers(cells: Sequence[Cell]) -> tuple[str, ...]:
    """A row's headers as people see them, told apart: "Дата", "Дата (2)", "[3]" for a blank."""
    seen: dict[str, int] = {}
    headers: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = plain(cell) or f"[{number}]"
        seen[name] = times = seen.get(name, 0) + 1
        headers.append(name if times == 1 else f"{name} ({times})")
    return tuple(headers)


_TOLD_APART: Final = re.compile(r" \(\d+\)$|^\[\d+\]$")


def base_name(header: str) -> str:
    """A header as it stands in the file: "Дата" for "Дата (2)", "" for "[3]"."""
    return _TOLD_APART.sub("", header)


def fingerprint(header: Iterable[str]) -> str:
    """The identity of a header row, whatever its letters' case and spaces (32 hex digits)."""
    row = "\x1f".join(" ".join(name.lower().split()) for name in header)
    return hashlib.sha256(row.encode()).hexdigest()[:32]


_FIELD_OF: Final = {
    alike(alias): (name, rank)
    for name, aliases in ALIASES.items()
    for rank, alias in enumerate(aliases)
}
_MONEY: Final = ("amount", "refunded")


def field_of(header: str) -> tuple[str, int] | None:
    """The field that a header names, and how low it ranks among the headers of that field."""
    return _FIELD_OF.get(alike(header)) or _FIELD_OF.get(alike(normal_header(header)))


def is_foreign_money(field_name: str, header: str) -> bool:
    """Whether a column of this field would hold amounts that are not in tenge."""
    return field_name in _MONEY and is_foreign(header)


def guess(header: Sequence[str]) -> Mapping:
    """The mapping that the known aliases give; of two candidates the more telling header wins.

    A column of amounts whose header names another currency is nobody's: it is not tenge.
    """
    best: dict[str, tuple[int, str]] = {}
    for name in header:
        found = field_of(name)
        if found is None:
            continue
        field_name, rank = found
        if is_foreign_money(field_name, name):
            continue
        if field_name not in best or rank < best[field_name][0]:
            best[field_name] = (rank, name)
    columns = {field_name: name for field_name, (_, name) in best.items()}
    return replace(Mapping.of(columns, fingerprint(header)), header=tuple(header))


def known_fields(cells: Iterable[str]) -> int:
    """How many fields of an order the cells of a row name; a header has several."""
    found = (field_of(cell) for cell in cells if len(cell) <= 100)
    return len({each[0] for each in found if each})
