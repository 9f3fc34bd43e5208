"""One spelling of a word finds the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spelling import SOUND_MAX, needles, sound, sounds

texts = st.text(
    alphabet=st.one_of(
        st.characters(), st.sampled_from("әғқңөұүһіАБВГДеёжзийклмнопрстуфхцчшщъыьэюяabcqwxy019_- ")
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    "same",
    [
        ("Көкше", "кокше", "KOKSHE"),
        ("ұялы", "уялы", "Ұялы"),
        ("Qyran", "Қыран", "киран"),
        ("Халық", "халык", "Halyk", "Khalyk"),
        ("Жусан", "Jusan", "Zhusan"),
        ("Косметикка", "Kosmetika"),
        ("Макси", "Maxi"),
        ("чёрный", "черный"),
        ("cosmetika", "косметика"),
    ],
)
def test_spellings_that_sound_the_same(same: tuple[str, ...]) -> None:
    assert len({sound(word) for word in same}) == 1


@given(texts)
def test_a_sound_sounds_like_itself(text: str) -> None:
    heard = sounds(text)

    assert sounds(" ".join(heard)) == heard
    assert all(0 < len(word) <= SOUND_MAX for word in heard)


@given(texts)
def test_every_word_of_a_text_finds_the_text(text: str) -> None:
    heard = sounds(text)

    for needle in needles(text):
        assert any(word.startswith(needle) for word in heard)


@given(texts)
def test_case_and_kazakh_letters_make_no_difference(text: str) -> None:
    russian = text.translate(str.maketrans("әғқңөұүһіӘҒҚҢӨҰҮҺІ", "агкноуухиАГКНОУУХИ"))

    assert sounds(russian) == sounds(text)


@pytest.mark.parametrize("question", ["", "   ", "!?", "🙂", "а", "ь ъ"])
def test_what_has_no_word_asks_for_nothing(question: str) -> None:
    assert needles(question) == ()
