"""The catalogues say what the code says, whole, in every language, with nothing lost on the way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from core.people import Locale
from scripts import locales


@pytest.fixture(scope="module")
def pot() -> Catalog:
    return locales.template(locales.extract())


def test_every_text_of_the_code_can_be_shown() -> None:
    assert list(locales.source_problems(locales.extract())) == []


def test_the_template_is_what_the_code_says(pot: Catalog) -> None:
    with locales.POT.open("rb") as lines:
        written = {str(message.id) for message in read_po(lines)}

    assert written == {str(message.id) for message in pot}


@pytest.mark.parametrize("locale", Locale)
def test_a_catalogue_is_whole_and_right(locale: Locale, pot: Catalog) -> None:
    assert list(locales.catalogue_problems(locale, pot)) == []


def marked(source: str) -> list[locales.Id]:
    return [found for found, _ in locales._texts(ast.parse(source), "module.py")]


def test_texts_are_found_wherever_they_are_marked() -> None:
    source = """
WORDS = {1: N_("constant")}
t("shown {x}", x=t.plain("plain"))
self.t("of an object")
translator(locale).plural("{n} order", "{n} orders", 3)
t("in " "two pieces")
t(variable)
tt("another function")
"""

    assert sorted(map(str, marked(source))) == sorted(
        map(
            str,
            [
                "constant",
                "shown {x}",
                "plain",
                "of an object",
                ("{n} order", "{n} orders"),
                "in two pieces",
            ],
        )
    )


def test_an_f_string_is_no_text() -> None:
    with pytest.raises(locales.ExtractionError, match=r"module.py:1: an f-string"):
        marked('t(f"{amount} earned")')


@pytest.mark.parametrize(
    ("text", "translation", "fault"),
    [
        ("Paid {sum}", "Төленді", "other placeholders"),
        ("Paid {sum}", "Төленді {amount}", "other placeholders"),
        ("Paid {sum}", "Төленді {sum", "stray braces"),
        ("<b>{sum}</b>", "{sum}", "other tags"),
        ("Paid", " Төленді", "begins or ends"),
        ("Paid\nall", "Төленді", "line breaks"),
        ("Paid all", "Төленді  бәрі", "two spaces"),
        ("{sum} is paid", "{sum}ны төледі", "suffix is glued"),
    ],
)
def test_what_a_translation_may_not_lose(text: str, translation: str, fault: str) -> None:
    faults = list(locales.translation_faults(Message(text, translation), [translation]))

    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<b>open", "<b> stays open"),
        ("shut</i>", "closes nothing"),
        ("<b><i>crossed</b></i>", "closes nothing"),
        ("<blink>x</blink>", "does not know"),
        ("A & B", "&amp;"),
        ("1 < 2", "&lt;"),
    ],
)
def test_what_telegram_would_refuse(text: str, fault: str) -> None:
    assert fault in locales.html_fault(text)


def test_proper_html_passes() -> None:
    assert locales.html_fault('<b>a</b> &amp; <a href="https://a.kz">b</a>\n<i>c</i>') == ""


def test_translations_survive_new_and_gone_texts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(locales, "po_file", lambda locale: tmp_path / f"{locale}.po")
    before = locales._catalog(Locale.RU)
    before.add("Kept", "Осталось")
    before.add("Gone", "Ушло")
    before.add(("{n} order", "{n} orders"), ("{n} заказ", "{n} заказа", "{n} заказов"))
    locales.write(before, tmp_path / "ru.po")
    pot = locales._catalog(None)
    for one in ("Kept", "Gone away", ("{n} order", "{n} orders")):
        pot.add(one)

    after = locales.updated(Locale.RU, pot)

    assert {str(one.id): one.string or "" for one in after if one.id} == {
        "Kept": "Осталось",
        "Gone away": "",
        "('{n} order', '{n} orders')": ("{n} заказ", "{n} заказа", "{n} заказов"),
    }
    assert not any(message.fuzzy for message in after if message.id)


def test_english_fills_itself_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(locales, "po_file", lambda locale: tmp_path / f"{locale}.po")
    pot = locales._catalog(None)
    pot.add(("{n} order", "{n} orders"))

    (message,) = (one for one in locales.updated(Locale.EN, pot) if one.id)

    assert message.string == ("{n} order", "{n} orders")


def test_writing_twice_changes_nothing(tmp_path: Path, pot: Catalog) -> None:
    assert locales.write(pot, tmp_path / "messages.pot")
    assert not locales.write(locales.template(locales.extract()), tmp_path / "messages.pot")
