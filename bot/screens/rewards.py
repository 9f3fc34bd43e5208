"""Rules of commission in words: what an offer pays for what, and why an order brought so much."""

from __future__ import annotations

from html import escape
from typing import Final

from bot.i18n import N_, Bps, Html, Translator
from core.money import Money
from core.pricing import Limit, Part, Price, RateBy, Rule, Why

RATES_SHOWN: Final = 8  # of the rates by category and article that a card names

LIMITS: Final = {
    Limit.MIN_ORDER: N_("The order is below the smallest sum that counts."),
    Limit.CAP_ORDER: N_("The most for one order."),
    Limit.CAP_MONTH: N_("The most for the month has been reached."),
    Limit.BUDGET: N_("The budget of the offer was used up before this order."),
    Limit.BY_UNITS: N_("The offer pays by units of a report, not by orders."),
}


def worth(t: Translator, rule: Rule, amount: int) -> str:
    """A rate in the unit of the rule's base, without HTML."""
    return t.value(Money(amount) if rule.in_sums else Bps(amount))


def rate_lines(t: Translator, rule: Rule) -> list[Html]:
    """Everything that a rule pays beside its base, a line each."""
    lines = []
    if rule.rates:
        shown = [
            f"{escape(rate.name)} – {escape(t.value(Bps(rate.percent_bps)))}"
            for rate in rule.rates[:RATES_SHOWN]
        ]
        hidden = len(rule.rates) - len(shown)
        listed = "; ".join(shown) + (f"; +{hidden}" if hidden else "")
        lines.append(t("🏷 By goods: {list}.", list=Html(listed)))
    if rule.first_order:
        lines.append(
            t(
                "🆕 A buyer's first order brings <b>{rate}</b>.",
                rate=worth(t, rule, rule.first_order),
            )
        )
    for rung in rule.ladder:
        lines.append(
            t(
                "📈 After {orders} of the month, each next one brings <b>{rate}</b>.",
                orders=t.plural("{n} confirmed order", "{n} confirmed orders", rung.orders),
                rate=worth(t, rule, rung.worth),
            )
        )
    return lines


def budget_line(t: Translator, budget_minor: int, left_minor: int) -> Html:
    """The budget of an offer and what of it is left."""
    return t(
        "👛 Budget of the offer: {budget}, left: {left}.",
        budget=Money(budget_minor),
        left=Money(left_minor),
    )


def reasons(t: Translator, price: Price, version: int | None) -> list[Html]:
    """Why a commission is as much as it is: the rates that were taken, the limit, the version."""
    lines: list[Html] = []
    for part in price.parts:
        taken = _taken(t, part)
        if len(price.parts) > 1:
            lines.append(
                t(
                    "· {rate} of {base}: {amount}",
                    rate=taken,
                    base=Money(part.base_minor),
                    amount=Money(part.amount_minor),
                )
            )
        else:
            lines.append(t("Rate: {rate}", rate=taken))
    if price.limit is not None:
        lines.append(t(LIMITS[price.limit]))
    if version is not None:
        lines.append(t("By version {n} of the terms.", n=version))
    return lines


def _taken(t: Translator, part: Part) -> str:
    """A rate with its reason, without HTML: "5 % – electronics"."""
    rate = t.value(Money(part.fixed_minor) if part.fixed_minor else Bps(part.percent_bps))
    match part.why:
        case Why.CATEGORY | Why.SKU:
            return f"{rate} – {part.name}"
        case Why.FIRST_ORDER:
            return f"{rate} – " + t.plain("the buyer's first order")
        case Why.LADDER:
            after = t.plural(
                "after {n} order of the month", "after {n} orders of the month", part.orders
            )
            return f"{rate} – {t.value(after)}"
        case Why.UNITS:
            units = t.value(t.plural("{n} unit of a report", "{n} units of a report", part.units))
            return f"{rate} × {units}"
        case Why.BASE:
            return rate


def rates_text(t: Translator, rule: Rule, by: RateBy) -> str:
    """The rates of one kind in a row, without HTML."""
    return "; ".join(
        f"{rate.name} – {t.value(Bps(rate.percent_bps))}" for rate in rule.rates if rate.by is by
    )


def ladder_text(t: Translator, rule: Rule) -> str:
    """The rungs of a ladder in a row, without HTML."""
    return "; ".join(f"{rung.orders} → {worth(t, rule, rung.worth)}" for rung in rule.ladder)
