"""How often a manager is reminded that a file of orders is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from bot.callbacks.brand_import import Import
from bot.callbacks.people import Settings
from bot.callbacks.reminders import FileRhythm, FileRhythms
from bot.i18n import N_, Translator
from bot.screens.base import Screen, back, button, home, keyboard
from bot.screens.words import word
from core.ids import BrandId
from core.people import Brand
from core.ports.top import FedByFiles
from core.reminders import Rhythm, derived

RHYTHM: Final[Mapping[Rhythm, str]] = {
    Rhythm.DAILY: N_("every day"),
    Rhythm.WEEKLY: N_("every week"),
    Rhythm.MONTHLY: N_("every month"),
    Rhythm.OFF: N_("do not remind"),
}


def choose_brand(t: Translator, brands: Sequence[Brand]) -> Screen:
    """Whose files?"""
    return Screen(
        t("Which brand's files?"),
        keyboard(
            *(button(brand.name, FileRhythms(brand=brand.id)) for brand in brands),
            [back(t, Settings()), home(t)],
        ),
    )


def listing(t: Translator, brand: BrandId, fed: Sequence[FedByFiles]) -> Screen:
    """Sources that are fed by files, each with its rhythm."""
    lines: list[str] = [t("<b>Reminders about order files</b>")]
    if fed:
        lines.append(t("We remind the brand's managers on the day when the next file is due."))
    else:
        lines.append(t("Send the first file of orders, then its rhythm can be set here."))
    return Screen(
        "\n".join(lines),
        keyboard(
            *(
                button(f"{_name(t, one)}: {_rhythm(t, one)}", FileRhythm(source=one.source.id))
                for one in fed
            ),
            button("📥 " + t.plain("Send a file of orders"), Import(brand=brand)),
            [back(t, Settings()), home(t)],
        ),
    )


def card(t: Translator, fed: FedByFiles) -> Screen:
    """How often is a file expected?"""
    lines: list[str] = [f"<b>{escape(fed.brand_name)}</b> · {escape(_name(t, fed))}"]
    if fed.days:
        lines.append(t("The last file came on {date}.", date=fed.days[0]))
    lines.append(t("How often should we expect a file?"))
    usual = t.plain("as the last ones came: {rhythm}", rhythm=t.plain(RHYTHM[derived(fed.days)]))
    source = fed.source.id
    return Screen(
        "\n".join(lines),
        keyboard(
            button(
                ("✅ " if fed.rhythm is None else "") + usual,
                FileRhythm(source=source, usual=True),
            ),
            *(
                button(
                    ("✅ " if fed.rhythm is rhythm else "") + t.plain(words),
                    FileRhythm(source=source, rhythm=rhythm),
                )
                for rhythm, words in RHYTHM.items()
            ),
            [back(t, FileRhythms(brand=fed.source.brand)), home(t)],
        ),
    )


def _name(t: Translator, fed: FedByFiles) -> str:
    return f"{word(t, fed.source.kind)}, {word(t, fed.source.place)}"


def _rhythm(t: Translator, fed: FedByFiles) -> str:
    return t.plain(RHYTHM[fed.rhythm or derived(fed.days)])
