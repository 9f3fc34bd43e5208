"""Status texts: what merchants write, and which of our four words it is."""

from __future__ import annotations

import pytest

from core.orders import OrderStatus
from core.sources.statuses import WORDS, Statuses, normal

PENDING, APPROVED, REJECTED, RETURNED = OrderStatus


@pytest.mark.parametrize(
    ("raw", "status", "at_risk"),
    [
        ("Выдан", APPROVED, False),
        ("ВЫДАН (Завершен)", APPROVED, False),
        ("Доставлена", APPROVED, False),
        (" Отменён. ", REJECTED, False),
        ("Отменен покупателем (Передумал покупать)", REJECTED, False),
        ("Возврат", RETURNED, False),
        ("Возврат (Возвращен)", RETURNED, False),
        ("Новый", PENDING, False),
        ("Передан\u00a0курьеру", PENDING, False),
        ("Ожидает передачи курьеру", PENDING, False),
        ("Ожидает подписания", PENDING, False),
        ("Ожидает отмены", PENDING, True),
        ("Возврат запрошен", PENDING, True),
        ("Жеткізілді", APPROVED, False),
        ("Берілді", APPROVED, False),
        ("Бас тартылды", REJECTED, False),
        ("Қайтарылды", RETURNED, False),
        ("Өңделуде", PENDING, False),
        ("completed", APPROVED, False),
        ("Cancelled", REJECTED, False),
        ("refunded", RETURNED, False),
        ("CANCELLING", PENDING, True),
    ],
)
def test_known_texts_have_a_meaning(raw: str, status: OrderStatus, at_risk: bool) -> None:
    verdict = Statuses().read(raw)

    assert verdict is not None
    assert (verdict.status, verdict.at_risk, verdict.known) == (status, at_risk, True)


@pytest.mark.parametrize("raw", ["На луне", "Подтверждён", "Оплачен", "paid", "confirmed", "?"])
def test_unknown_and_ambiguous_texts_are_pending_and_never_approved(raw: str) -> None:
    verdict = Statuses().read(raw)

    assert verdict is not None
    assert (verdict.status, verdict.known) == (PENDING, False)


def test_a_blank_has_no_meaning() -> None:
    assert Statuses().read("  ") is None


def test_a_brands_own_words_go_before_ours() -> None:
    statuses = Statuses({"Подтверждён": "approved", "новый": "rejected"})

    read = [statuses.read(raw) for raw in ("ПОДТВЕРЖДЕН", "Новый", "Выдан")]

    assert [verdict and verdict.status for verdict in read] == [APPROVED, REJECTED, APPROVED]


def test_our_four_words_mean_themselves() -> None:
    for status in OrderStatus:
        assert WORDS[status.value].status is status


def test_every_word_of_the_table_is_in_its_normal_form() -> None:
    assert [word for word in WORDS if normal(word) != word] == []
