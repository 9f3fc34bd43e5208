"""Screens stay within Telegram's limits, whatever is put into them."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callbacks.nav import Nav
from bot.i18n import translator
from bot.screens.base import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    Document,
    Photo,
    Screen,
    back,
    button,
    cut,
    cut_plain,
    grid,
    home,
    keyboard,
    pager,
    utf16,
    visible,
)
from core.people import Locale

T = translator(Locale.EN)

words = st.text(alphabet="абв <>&\n😀җ", max_size=60)
tags = st.sampled_from(["b", "i", "code", "blockquote"])
markup = st.recursive(
    words.map(lambda text: html.escape(text, quote=False)),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", tags, st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)


def balanced(text: str) -> bool:
    open_tags: list[str] = []
    for closing, tag in re.findall(r"<(/?)([a-z]+)>", text):
        if not closing:
            open_tags.append(tag)
        elif not open_tags or open_tags.pop() != tag:
            return False
    return not open_tags


@given(markup, st.integers(1, 80))
def test_a_cut_text_fits_and_keeps_its_tags_closed(text: str, limit: int) -> None:
    result = cut(text, limit)

    assert visible(result) <= limit
    assert balanced(result)
    assert "<" not in re.sub(r"</?(?:b|i|code|blockquote)>", "", result)
    if visible(text) <= limit:
        assert result == text


@given(st.text(alphabet="аб 😀\n", max_size=100), st.integers(1, 50))
def test_a_cut_plain_text_fits(text: str, limit: int) -> None:
    result = cut_plain(text, limit)

    assert utf16(result) <= limit
    if utf16(text) <= limit:
        assert result == text


def test_a_cut_is_made_between_words() -> None:
    assert cut("<b>" + "word " * 30 + "</b>", 52) == "<b>" + "word " * 9 + "word…</b>"


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    assert cut("я" * 5_000, TEXT_LIMIT) == "я" * 4_095 + "…"


def test_the_limit_is_that_of_what_carries_the_text() -> None:
    long = "слово " * 2_000

    assert visible(Screen(long).html) <= TEXT_LIMIT
    assert visible(Screen(long, photo=Photo("k", b"")).html) <= CAPTION_LIMIT
    assert visible(Screen(long, document=Document("a.csv", b"")).html) <= CAPTION_LIMIT


def test_a_button_does_exactly_one_thing() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        button("x")
    with pytest.raises(ValueError, match="exactly one"):
        button("x", Nav(), url="https://a.kz")


def test_a_copy_button_carries_no_more_than_it_can() -> None:
    pressed = button("Copy", copy="x" * 1_000)

    assert pressed.copy_text is not None
    assert len(pressed.copy_text.text) == 256


def test_rows_without_buttons_are_left_out() -> None:
    made = keyboard(None, [], home(T), pager(T, None, Nav()), *grid([back(T, Nav())] * 3))

    assert [len(row) for row in made.inline_keyboard] == [1, 1, 2, 1]
