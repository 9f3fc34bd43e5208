"""Handles in words, for both sides: what they are, from when until when they are lent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from html import escape
from typing import Final

from bot.callbacks.enrolments import EnrolmentCard
from bot.i18n import N_, Html, Translator
from bot.screens.base import Screen, back, home, keyboard
from core.handles import Handle, HandleKind, Term, shown
from core.orders import ALMATY
from core.usecases.handles import HandlesView

HEADINGS: Final = {
    HandleKind.SKU: N_("Articles (SKU)"),
    HandleKind.ARTICLE: N_("Substitute articles"),
    HandleKind.CODE_ID: N_("Ids of promo codes"),
    HandleKind.TAG: N_("UTM tags"),
}
LISTED: Final = 30  # handles that a screen names one by one


def listed(t: Translator, view: HandlesView) -> list[str]:
    """What is lent, by kind, a line each with its dates."""
    lines: list[str] = []
    kind: HandleKind | None = None
    for handle in view.handles[:LISTED]:
        if handle.kind is not kind:
            kind = handle.kind
            lines += ["", f"<b>{escape(t.plain(HEADINGS[kind]))}</b>"]
        lines.append(f"<code>{escape(shown(handle.value))}</code> · {dates(t, handle)}")
    if (rest := view.total - min(len(view.handles), LISTED)) > 0:
        lines.append(t.plural("… and {n} more", "… and {n} more", rest))
    return lines


def dates(t: Translator, lent: Handle | Term) -> Html:
    """From when until when; the last day is told, not the midnight after it."""
    if lent.until is None:
        return t("since {day}, no end", day=_day(lent.since))
    return t("{first} – {last}", first=_day(lent.since), last=last_day(lent.until))


def named(handles: Sequence[str], count: int) -> Html:
    """The first handles of a list, in monospace, with a sign for the rest."""
    text = ", ".join(f"<code>{escape(one)}</code>" for one in handles)
    return Html(text + (" …" if count > len(handles) else ""))


def last_day(until: datetime) -> date:
    """The last day in Almaty with a moment before that one."""
    return (until.astimezone(ALMATY) - timedelta(microseconds=1)).date()


def _day(at: datetime) -> date:
    return at.astimezone(ALMATY).date()


def own(t: Translator, view: HandlesView) -> Screen:
    """What the creator has of the brand, and what it is good for."""
    lines: list[str] = [
        t("🏷 <b>Articles, ids and tags</b> · {title}", title=view.offer.text(t.locale).title)
    ]
    if view.handles:
        lines += [
            "",
            t(
                "The brand has lent you these. An order with one of them that is placed in these "
                "days is yours, even without a promo code."
            ),
            *listed(t, view),
        ]
        if any(handle.kind is HandleKind.TAG for handle in view.handles):
            lines += [
                "",
                t(
                    "A UTM tag is counted by units: the marketplace's report tells how many units "
                    "were bought through it, and not which orders."
                ),
            ]
    else:
        lines += ["", t("The brand has lent you none now.")]
    return Screen(
        "\n".join(lines),
        keyboard([back(t, EnrolmentCard(enrolment=view.enrolment.id)), home(t)]),
    )
