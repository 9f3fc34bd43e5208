"""Files too large for Telegram: the link to the upload page, or how else."""

from __future__ import annotations

from datetime import datetime

from bot.callbacks.brand_import import Import, LargeFile
from bot.i18n import Translator
from bot.screens.base import Screen, back, button, home, keyboard
from core.people import Brand


def link(
    t: Translator,
    brand: Brand,
    address: str,
    *,
    expires_at: datetime,
    limit: int,
    sent: bool,
) -> Screen:
    """The way to the page; `limit` in bytes, `sent` where a file has just been too large."""
    lines: list[str] = [t("<b>Large file</b> · {brand}", brand=brand.name)]
    if sent:
        lines.append(t("Telegram hands a bot files of up to 20 MB only. Your file is larger."))
    lines += [
        t(
            "Upload the file on this page: CSV or XLSX, also in ZIP or GZ, up to {n} MB. I go on "
            "here as soon as it is there, and nothing is taken in before you confirm it.",
            n=limit // 2**20,
        ),
        "",
        t(
            "The link is yours alone: it takes one file and works until {moment}. Do not pass it "
            "on.",
            moment=expires_at,
        ),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("📦 " + t.plain("Open the page"), url=address),
            button(t.plain("New link"), LargeFile(brand=brand.id)),
            [back(t, Import(brand=brand.id)), home(t)],
        ),
    )


def no_page(t: Translator, brand: Brand, *, sent: bool) -> Screen:
    """This bot has no address that people's browsers reach."""
    lines = [t("<b>Large file</b> · {brand}", brand=brand.name)]
    if sent:
        lines.append(t("Telegram hands a bot files of up to 20 MB only. Your file is larger."))
    lines += [
        t("This service has no page for larger files yet. What helps:"),
        t("• pack the file as ZIP or GZ: a CSV becomes several times smaller"),
        t("• export a shorter time, and send several files one after another"),
        t("An order that comes twice is counted once."),
    ]
    return Screen(
        "\n".join(lines),
        keyboard([back(t, Import(brand=brand.id)), home(t)]),
    )
