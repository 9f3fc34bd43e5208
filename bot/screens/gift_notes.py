"""Notifications of rewards of buyers, and of gift codes that run out."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from bot.callbacks.brand_gifts import Reward
from bot.callbacks.claims import MyClaims
from bot.i18n import Html, Translator
from bot.screens.base import Screen, button, keyboard
from core.notifications import NoteKind
from core.people import Locale

Facts = Mapping[str, Any]


def gift_note(t: Translator, kind: NoteKind, facts: Facts, *, title: str) -> Screen:
    """What a buyer gets, or what a manager has to upload."""
    if kind is NoteKind.GIFTS_LOW:
        return _low(t, facts, title)
    code = str(facts.get("code", ""))
    lines: list[str] = [
        t("🎁 <b>{brand}</b> has a gift for your purchase:", brand=str(facts["brand"]))
        if code
        else t("💛 <b>{brand}</b> thanks you for your purchase.", brand=str(facts["brand"]))
    ]
    if code:
        lines.append(f"<code>{escape(code, quote=False)}</code>")
    texts = facts.get("texts") or {}
    words = texts.get(str(t.locale)) or texts.get(str(Locale.RU)) or ""
    if words:
        lines += ["", Html(escape(str(words), quote=False))]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("📋 " + t.plain("Copy the code"), copy=code) if code else None,
            button("🛍 " + t.plain("My purchases"), MyClaims()),
        ),
    )


def _low(t: Translator, facts: Facts, title: str) -> Screen:
    count, waiting = int(facts["count"]), int(facts.get("waiting") or 0)
    if waiting:
        text = t.plural(
            "🎁 The gift codes of <b>{title}</b> have run out, and {n} buyer waits for one. Upload "
            "more.",
            "🎁 The gift codes of <b>{title}</b> have run out, and {n} buyers wait for one. Upload "
            "more.",
            waiting,
            title=title,
        )
    elif count:
        text = t.plural(
            "🎁 {n} gift code is left for buyers of <b>{title}</b>. Upload more.",
            "🎁 {n} gift codes are left for buyers of <b>{title}</b>. Upload more.",
            count,
            title=title,
        )
    else:
        text = t("🎁 The gift codes of <b>{title}</b> have run out. Upload more.", title=title)
    offer = int(facts["offer"])
    return Screen(text, keyboard(button(t.plain("Open"), Reward(offer=offer))))
