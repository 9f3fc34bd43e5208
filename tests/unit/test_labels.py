"""The advertising label: the fourteen wordings, and where in a caption they count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.labels import KAZAKH, RUSSIAN, WORDINGS, LabelCheck, LabelOutcome, check_label, label_text

PASS = LabelCheck(LabelOutcome.PASS)
FILLER = "Бұл крем маған қатты ұнады, бір ай қолдандым. "


def test_there_are_seven_wordings_in_each_language() -> None:
    assert len(KAZAKH) == len(RUSSIAN) == 7
    assert len(set(WORDINGS)) == 14


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize("form", ["{} крем", "#{} крем", "{}. Крем", "({}) крем", "📣 {}\nкрем"])
def test_every_wording_passes_at_the_beginning(wording: str, form: str) -> None:
    for written in (wording, wording.upper(), wording.capitalize(), wording.replace(" ", "_")):
        assert check_label(form.format(written)) == PASS


def test_the_text_that_creators_copy_passes() -> None:
    assert check_label(label_text("ТОО «Ақ Қайың»") + f"\n{FILLER * 20}") == PASS


@pytest.mark.parametrize(
    "caption",
    [
        "партнёрский материал, крем",  # ё
        "PEKЛAMA крем",  # Latin look-alikes
        "#реклама\u200b крем",  # an invisible character
        "на  правах\nрекламы, крем",
        "жарнaма крем",
    ],
)
def test_a_label_is_recognised_however_it_was_typed(caption: str) -> None:
    assert check_label(caption) == PASS


@pytest.mark.parametrize(
    "caption",
    [
        FILLER,
        "рекламация на крем",  # a longer word
        "антиреклама крема",
        "жарнамасыз крем",
        "не реклама, просто нравится",
        "бұл жарнама емес, өзіме ұнайды",
    ],
)
def test_a_caption_without_a_label_fails(caption: str) -> None:
    assert check_label(caption) == LabelCheck(LabelOutcome.FAIL, "label_missing")


@pytest.mark.parametrize("caption", ["#ad крем", "Sponsored. Крем", "paid partnership: крем"])
def test_english_words_alone_fail_and_say_so(caption: str) -> None:
    assert check_label(caption) == LabelCheck(LabelOutcome.FAIL, "label_not_kk_ru")


@pytest.mark.parametrize("caption", ["", "  \n", "\u200b"])
def test_an_empty_caption_fails(caption: str) -> None:
    assert check_label(caption) == LabelCheck(LabelOutcome.FAIL, "empty")


def test_a_label_behind_the_cut_is_a_warning() -> None:
    caption = FILLER * 4 + "Реклама. " + FILLER * 4

    assert check_label(caption) == LabelCheck(LabelOutcome.WARN, "label_after_cut")


def test_a_label_at_the_very_end_is_a_warning() -> None:
    assert check_label(FILLER * 2 + "жарнама") == LabelCheck(LabelOutcome.WARN, "label_at_end")


def test_a_label_lost_among_hashtags_is_a_warning() -> None:
    caption = "крем #крем #бет #күтім #реклама #алматы #астана"

    assert check_label(caption) == LabelCheck(LabelOutcome.WARN, "label_among_hashtags")


def test_a_label_in_words_outweighs_the_one_among_hashtags() -> None:
    assert check_label("Реклама. Крем #крем #бет #күтім #реклама #алматы #астана") == PASS


def test_the_first_of_several_labels_counts() -> None:
    assert check_label(f"Жарнама. {FILLER * 8} #реклама") == PASS


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    check = check_label(text)

    assert (check.outcome is LabelOutcome.PASS) == (check.reason == "")
