"""Hints at advertising that the law forbids."""

import pytest

from core.forbidden import ForbiddenCategory, warnings


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Лучшее онлайн-казино", "casino"),
        ("Құмар ойындар", "casino"),
        ("Ставки на спорт и фрибеты", "betting"),
        ("Қызыл шарап", "alcohol"),
        ("Craft BEER festival", "alcohol"),
        ("Вейпы и жидкости", "tobacco"),
        ("Темекі шегу құралдары", "tobacco"),
        ("Молочная смесь с рождения", "baby_formula"),
        ("Реплики часов, люкс копии", "uncertified"),
        ("Гарантированный доход 30 %", "pyramid"),
        ("Купи биткоин", "crypto"),
        ("Діни рәсімдер", "religion"),
        ("Биологиялық белсенді қоспалар", "medicine"),
        ("Ликёры", "alcohol"),
    ],
)
def test_a_hint_is_found_in_each_language(text: str, category: str) -> None:
    assert warnings([text]) == (category,)


def test_the_texts_of_an_offer_are_looked_at_together() -> None:
    assert warnings(["Крем", "пиво", "слоты"]) == ("casino", "alcohol")


@pytest.mark.parametrize(
    "text",
    [
        "Сыр и масло, 500 г сыра",
        "Виноград и виниловые пластинки",
        "Смартфон с операционной системой Android",
        "Детская одежда и игрушки",
        "Кітаптар мен дәптерлер",
        "Women's shoes",
    ],
)
def test_ordinary_goods_raise_no_warning(text: str) -> None:
    assert warnings([text]) == ()


def test_every_category_has_words() -> None:
    texts = ["casino betting wine vape", "молочная смесь", "replica ponzi crypto секта botox"]

    assert warnings(texts) == tuple(ForbiddenCategory)
