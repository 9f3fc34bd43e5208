"""A header that changed: what kept its name keeps its meaning, what lost it is asked about."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from core.orders import OrderStatus
from core.sources.drift import Lost, adapted
from core.sources.files import inspect
from core.sources.mapping import Mapping, guess
from tests.sources.spreadsheets import table

OWN: Final = ("Чек", "Когда", "Почём", "Как там", "Кто позвал")
CONFIRMED: Final = replace(
    guess(OWN), order="Чек", date="Когда", amount="Почём", status="Как там", promo="Кто позвал"
).with_status_word("отдали", OrderStatus.APPROVED)


def test_columns_that_moved_or_were_added_need_no_question() -> None:
    header = ("Город", "Кто позвал", "Когда", "ЧЕК", "Почём", "Как  там")

    found = adapted(header, [CONFIRMED])
    assert found is not None
    mapping, drift = found

    assert (mapping.order, mapping.status, mapping.promo) == ("ЧЕК", "Как  там", "Кто позвал")
    assert (drift.lost, drift.added, drift.moved) == ((), ("Город",), True)
    assert mapping.status_words == CONFIRMED.status_words
    assert mapping.header == header


AMOUNT: Final = Lost(field="amount", was="Почём")
PROMO: Final = Lost(field="promo", was="Кто позвал")


@pytest.mark.parametrize(
    ("now", "lost", "perhaps"),
    [
        # Renamed: the old name in the new one, or a header that is known to mean this.
        ("Чек;Когда;Почём всего;Как там;Кто позвал", AMOUNT, "Почём всего"),
        ("Чек;Когда;Итого;Как там;Кто позвал", AMOUNT, "Итого"),
        ("Чек;Когда;Почём;Как там;Промокод", PROMO, "Промокод"),
        # Gone, and nothing looks like it; another currency is nobody's successor.
        ("Чек;Когда;Почём;Как там;Вес", PROMO, None),
        ("Чек;Когда;Сумма, $;Как там;Кто позвал", AMOUNT, None),
        # Twice: nobody knows which of them it was.
        ("Чек;Когда;Почём;Почём;Как там;Кто позвал", AMOUNT, "Почём (2)"),
    ],
)
def test_what_lost_its_column_is_asked_about(now: str, lost: Lost, perhaps: str | None) -> None:
    data = table(now, ";".join(["17", "21.03.2025", *["5"] * (now.count(";") - 1)]))

    preview = inspect(data, "kassa.csv", [CONFIRMED])

    assert preview.drift is not None
    assert preview.drift.lost[:1] == (replace(lost, perhaps=perhaps),)
    assert preview.mapping.column(lost.field) is None
    assert (preview.mapping.order, preview.mapping.date) == ("Чек", "Когда")


def test_another_table_is_not_taken_for_a_changed_one() -> None:
    other = "Номер заказа;Дата;Статус;Сумма;Промокод"

    preview = inspect(table(other, "1;21.03.2025;Выдан;5;A"), "o.csv", [CONFIRMED])

    assert (preview.drift, preview.saved, preview.missing) == (None, False, ())


def test_the_nearest_of_several_shapes_counts_and_a_known_one_needs_none() -> None:
    far = replace(
        CONFIRMED, fingerprint="far", header=("Чек", "Когда", "Иное"), amount=None, status=None
    )
    near = replace(CONFIRMED, fingerprint="near")
    header = (*OWN, "Город")

    found = adapted(header, [near, far])
    assert found is not None
    assert found[1].since == "near"
    known: Mapping = replace(CONFIRMED, header=(), fingerprint=guess(header).fingerprint)
    row = "17;21.03.2025;5;отдали;A;Алматы"
    assert inspect(table(";".join(header), row), "", [near, known]).drift is None


def test_a_changed_header_of_unknown_words_is_found_below_a_title() -> None:
    data = table("Касса;Алматы;Март", ";".join((*OWN, "Город")), "17;21.03.2025;5;отдали;A;Алматы")

    preview = inspect(data, "kassa.csv", [CONFIRMED])

    assert (preview.header_line, preview.missing) == (2, ())
    assert preview.samples[0].status is OrderStatus.APPROVED
