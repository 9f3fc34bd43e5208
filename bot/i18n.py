"""Texts in the reader's language: gettext catalogues, HTML-safe, values as people write them."""

from __future__ import annotations

import gettext
import html
import io
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.money import Money
from core.orders import ALMATY
from core.people import Locale

LOCALES: Final = Path(__file__).parent / "locales"
DOMAIN: Final = "messages"
NBSP: Final = "\u00a0"

_TAG: Final = re.compile(r"</?[a-z][^<>]*>")  # <b>, </b>, <a href="…">


class Html(str):
    """Text that is HTML already: a translator puts it into another text as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Bps:
    """A rate in basis points that is to be shown as a percentage: Bps(1050) is "10,5 %"."""

    bps: int


Value = str | int | Money | Bps | datetime | date


def N_(text: str) -> str:
    """Mark a constant for extraction; `t(...)` translates it when it is shown."""
    return text


class Translator:
    """Words texts in one language.

    Calling it gives HTML: strings among the values are escaped, `Html` goes in as it is. `plain`
    gives the same without HTML, for buttons, alerts and files. Money, rates, numbers, dates (of
    Almaty) are written as readers of the language write them; a number that must not be grouped,
    such as a year or a reference, is given as a string.
    """

    def __init__(self, locale: Locale, catalogue: gettext.NullTranslations) -> None:
        self.locale = locale
        self._catalogue = catalogue

    def __call__(self, text: str, /, **values: Value) -> Html:
        """The text in HTML."""
        return self._html(self._catalogue.gettext(text) if text else "", values)

    def plural(self, one: str, many: str, n: int, /, **values: Value) -> Html:
        """The form of the text that fits the number, in HTML; `{n}` is the number."""
        return self._html(self._catalogue.ngettext(one, many, n), {"n": n, **values})

    def plain(self, text: str, /, **values: Value) -> str:
        """The text without HTML."""
        translated = self._catalogue.gettext(text) if text else ""
        return translated.format_map({name: self._plain(value) for name, value in values.items()})

    def value(self, value: Value) -> str:
        """One value as readers of the language write it, without HTML."""
        return self._plain(value)

    def _html(self, translated: str, values: dict[str, Value]) -> Html:
        return Html(
            translated.format_map(
                {
                    name: value
                    if isinstance(value, Html)
                    else html.escape(self._plain(value), quote=False)
                    for name, value in values.items()
                }
            )
        )

    def _plain(self, value: Value) -> str:
        match value:
            case Html():
                return html.unescape(_TAG.sub("", value))
            case str():
                return value
            case Money():
                return money(value, self.locale)
            case Bps():
                return percentage(value.bps, self.locale)
            case datetime():
                return value.astimezone(ALMATY).strftime("%d.%m.%Y, %H:%M")
            case date():
                return value.strftime("%d.%m.%Y")
            case int() if not isinstance(value, bool):
                return number(value, self.locale)
        raise TypeError(f"a text cannot show {value!r}")


def number(value: int, locale: Locale) -> str:
    """A whole number with its thousands apart: "129 750", in English "129,750"."""
    grouped = f"{abs(value):,}"
    if locale is not Locale.EN:
        grouped = grouped.replace(",", NBSP)
    return f"−{grouped}" if value < 0 else grouped


def money(value: Money, locale: Locale) -> str:
    """An amount with its sign after it; tiyn are written only where there are some."""
    whole, tiyn = divmod(abs(value.minor), 100)
    text = number(whole, locale)
    if tiyn:
        text += f"{_point(locale)}{tiyn:02d}"
    unit = "₸" if value.currency == "KZT" else value.currency
    return f"{'−' if value.minor < 0 else ''}{text}{NBSP}{unit}"


def percentage(bps: int, locale: Locale) -> str:
    """A rate without needless zeros: "10,5 %" in Russian, "10,5%" in Kazakh, "10.5%" in English."""
    whole, part = divmod(abs(bps), 100)
    text = number(whole, locale)
    if part:
        text += _point(locale) + f"{part:02d}".rstrip("0")
    space = NBSP if locale is Locale.RU else ""
    return f"{'−' if bps < 0 else ''}{text}{space}%"


def _point(locale: Locale) -> str:
    return "." if locale is Locale.EN else ","


def po_file(locale: Locale) -> Path:
    """Where the catalogue of a language lies."""
    return LOCALES / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def client_locale(language_code: str | None) -> Locale:
    """A guess from the language of somebody's client, for one screen; it is not kept."""
    known = (language_code or "").partition("-")[0]
    return Locale(known) if known in list(Locale) else Locale.KK


def spoken(t: Translator, chosen: Locale | None, lang: str) -> Translator:
    """The translator of `lang`, that of a screen, for whoever has chosen no language; else `t`."""
    return translator(Locale(lang)) if chosen is None and lang in list(Locale) else t


@cache
def translator(locale: Locale) -> Translator:
    """The translator of a language; its catalogue is compiled in memory once, without .mo files."""
    file = po_file(locale)
    if not file.exists():
        return Translator(locale, gettext.NullTranslations())
    compiled = io.BytesIO()
    with file.open("rb") as text:
        write_mo(compiled, read_po(text, locale=str(locale)))
    compiled.seek(0)
    return Translator(locale, gettext.GNUTranslations(compiled))
