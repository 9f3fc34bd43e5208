"""Changes of offers in words: what becomes better or worse, and from which day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from html import escape
from typing import Any, Final

from bot.i18n import N_, Bps, Html, Translator
from bot.screens.deadlines import silence
from bot.screens.rewards import ladder_text, rates_text, worth
from bot.screens.words import word
from core.changes import Conditions, Field, differing, told
from core.money import Money
from core.notifications import NoteKind
from core.orders import ALMATY
from core.pricing import RateBy

NAMES: Final[Mapping[Field, str]] = {
    Field.REWARD: N_("Reward"),
    Field.RATES: N_("Own rates of goods"),
    Field.LADDER: N_("More after so many orders"),
    Field.FIRST_ORDER: N_("A buyer's first order"),
    Field.CAP_ORDER: N_("Most per order"),
    Field.CAP_MONTH: N_("Most per month"),
    Field.BUDGET: N_("Budget of the offer"),
    Field.MIN_ORDER: N_("Smallest order"),
    Field.HOLD: N_("Hold after confirmation"),
    Field.SILENCE: N_("If the brand is silent"),
    Field.WINDOW: N_("Days from click to order"),
    Field.PROOF: N_("Proof of post"),
    Field.CREDIT: N_("Whose order it is"),
    Field.NOTICE: N_("Notice of changes"),
    Field.DISCOUNT: N_("Buyer's discount"),
    Field.PLATFORMS: N_("Where to post"),
    Field.FORBIDDEN: N_("Forbidden promotion"),
    Field.ENDS: N_("Last day"),
}


def differences(t: Translator, before: Conditions, after: Conditions) -> list[Html]:
    """What differs between two sets of conditions, a line each: "Reward: 10 % → 12 %"."""
    return [
        Html(
            f"· {escape(t.plain(NAMES[field]))}: {_said(t, before, field)} → "
            f"<b>{_said(t, after, field)}</b>"
        )
        for field in differing(before, after)
    ]


def plain_differences(
    t: Translator, before: Conditions, after: Conditions
) -> list[tuple[str, str]]:
    """The same without HTML: the name of each condition and "10 % → 12 %"."""
    return [
        (
            t.plain(NAMES[field]),
            f"{_plain(t, before, field) or '—'} → {_plain(t, after, field) or '—'}",
        )
        for field in differing(before, after)
    ]


def announced(t: Translator, before: Conditions, after: Conditions, at: datetime) -> list[Html]:
    """A change that is to come, under its day."""
    return [
        t("📣 From {day} for new orders:", day=at.astimezone(ALMATY).date()),
        *differences(t, before, after),
    ]


def worded_change(t: Translator, kind: NoteKind, facts: Mapping[str, Any], title: str) -> Html:
    """A notification of changed terms; `title` is the offer's in the reader's language."""
    before, middle, later = told(facts)
    at = _date(facts["at"])
    coming = _date(facts["effective_at"]) if facts.get("effective_at") else at
    lines: list[str] = []
    if kind is NoteKind.TERMS_IN_FORCE:
        lines += [
            t("The terms of the offer <b>{title}</b> have changed.", title=title),
            *differences(t, before, later),
            t(
                "Announced on {announced}, in force since {day}.",
                announced=at,
                day=coming,
            ),
        ]
    elif kind is NoteKind.TERMS_BETTER:
        lines += [
            t("🎉 The terms of the offer <b>{title}</b> are better for you.", title=title),
            *differences(t, before, middle),
            t("In force since {day}, for you too: nothing needs to be done.", day=at),
        ]
    else:
        lines.append(t("📣 The terms of the offer <b>{title}</b> will change.", title=title))
        if middle != before:
            lines += [t("Better at once, since {day}:", day=at), *differences(t, before, middle)]
        lines += [
            t("From {day}:", day=coming),
            *differences(t, middle, later),
            t(
                "Announced on {announced}. Until {day} everything stays as it is.",
                announced=at,
                day=coming,
            ),
        ]
    lines.append(t("Orders that are placed before count by the terms of their day."))
    return Html("\n".join(lines))


def last_day(ends_at: datetime) -> date:
    """The last whole day in Almaty before a moment."""
    return (ends_at.astimezone(ALMATY) - timedelta(seconds=1)).date()


def _date(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(ALMATY).date()


def _said(t: Translator, conditions: Conditions, field: Field) -> str:
    """One condition in words, escaped."""
    return escape(_plain(t, conditions, field) or "—", quote=False)


def _plain(t: Translator, conditions: Conditions, field: Field) -> str:
    terms = conditions.terms
    rule = terms.rule
    match field:
        case Field.REWARD:
            return worth(t, rule, rule.worth) if rule.worth else t.plain("only goods listed")
        case Field.RATES:
            rates = [rates_text(t, rule, by) for by in RateBy]
            return "; ".join(text for text in rates if text)
        case Field.LADDER:
            return ladder_text(t, rule)
        case Field.FIRST_ORDER:
            return worth(t, rule, rule.first_order) if rule.first_order else ""
        case Field.CAP_ORDER:
            return _sum(t, rule.cap_order_minor)
        case Field.CAP_MONTH:
            return _sum(t, rule.cap_month_minor)
        case Field.BUDGET:
            return _sum(t, rule.budget_minor)
        case Field.MIN_ORDER:
            return _sum(t, terms.min_order_minor)
        case Field.HOLD:
            return _days(t, terms.hold_days)
        case Field.SILENCE:
            return silence(t, terms.auto_approve_days)
        case Field.WINDOW:
            return _days(t, terms.window_days)
        case Field.NOTICE:
            return _days(t, terms.notice_days)
        case Field.PROOF:
            return t.plain("required") if terms.proof_required else t.plain("not required")
        case Field.CREDIT:
            return word(t, terms.credit_policy)
        case Field.DISCOUNT:
            return t.value(Bps(conditions.discount_bps)) if conditions.discount_bps else ""
        case Field.PLATFORMS:
            platforms = [word(t, platform) for platform in conditions.platforms]
            return ", ".join(platforms) or t.plain("anywhere")
        case Field.FORBIDDEN:
            ways = [word(t, way) for way in conditions.forbidden.ways]
            own = conditions.forbidden.own
            return "; ".join([*ways, *([own] if own else [])])
        case Field.ENDS:
            if conditions.ends_at is None:
                return t.plain("no end date")
            return t.value(last_day(conditions.ends_at))


def _sum(t: Translator, minor: int) -> str:
    return t.value(Money(minor)) if minor else ""


def _days(t: Translator, days: int) -> str:
    return t.value(t.plural("{n} day", "{n} days", days))
