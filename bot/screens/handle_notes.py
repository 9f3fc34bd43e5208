"""What a creator is told of articles, ids and tags that are lent to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.callbacks.brand_handles import OwnHandles
from bot.i18n import Html, Translator
from bot.screens.base import Screen, button, keyboard
from bot.screens.handles import HEADINGS, dates, named
from core.handles import HandleKind, Term
from core.notifications import NoteKind


def handle_note(t: Translator, kind: NoteKind, facts: Mapping[str, Any], *, title: str) -> Screen:
    """Handles are lent, or taken back."""
    handles = named([str(one) for one in facts["handles"]], int(facts["count"]))
    if kind is NoteKind.HANDLES_LENT:
        until = str(facts.get("ends") or "")
        term = Term(
            since=datetime.fromisoformat(str(facts["begins"])),
            until=datetime.fromisoformat(until) if until else None,
        )
        what = HandleKind(str(facts["handle_kind"]))
        text = "\n".join(
            [
                t("🏷 The brand has lent you something in the offer <b>{title}</b>.", title=title),
                f"{t(HEADINGS[what])}: {handles}",
                t("Dates: {dates}", dates=dates(t, term)),
                t("What is bought through it in these days is yours, even without a promo code."),
            ]
        )
    else:
        text = "\n".join(
            [
                t(
                    "The brand has taken back in the offer <b>{title}</b>: {list}",
                    title=title,
                    list=handles,
                ),
                t("Orders placed before that moment are yours, whenever they are reported."),
            ]
        )
    to = OwnHandles(enrolment=int(facts["enrolment"]))
    return Screen(Html(text), keyboard(button(t.plain("Open"), to)))
