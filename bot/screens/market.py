"""The market's figures: a chart of twelve weeks and a short table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from bot import charts
from bot.callbacks.desk import DeskMore
from bot.callbacks.market import Market, MarketView
from bot.charts import Columns, Series, Unit
from bot.i18n import N_, Bps, Html, Translator
from bot.screens.base import Screen, back, button, home, keyboard
from core.market import MarketWeek, together

SHOWN: Final = 4  # weeks of the table
_VIEWS: Final = {
    MarketView.SALES: N_("Sales and creators"),
    MarketView.QUALITY: N_("Quality"),
    MarketView.PAYMENTS: N_("Days to pay"),
}


def market(t: Translator, weeks: Sequence[MarketWeek], view: MarketView) -> Screen:
    """Twelve weeks together, the last ones one by one, and a chart."""
    lines: list[str] = [t("<b>Market · 12 weeks</b>")]
    counted = weeks[-1].counted_at or weeks[-2].counted_at
    buttons = [
        button(("• " if one is view else "") + t.plain(name), Market(view=one))
        for one, name in _VIEWS.items()
    ]
    shown = keyboard(buttons[:1], buttons[1:], [back(t, DeskMore()), home(t)])
    total = together(weeks)
    if counted is None:
        lines += ["", t("The figures are being counted. Look again in a few minutes.")]
        return Screen("\n".join(lines), shown)
    if not total.orders:
        lines += ["", t("There were no orders in these weeks.")]
        return Screen("\n".join(lines), shown)
    lines += [
        t("Orders: {n}", n=total.orders),
        t("GMV, credited to creators: <b>{amount}</b>", amount=total.gmv),
    ]
    if total.approval_bps is not None:
        lines.append(t("Approval rate (AR): {value}", value=Bps(total.approval_bps)))
    if total.unmatched_bps is not None:
        lines.append(t("Credited to nobody: {value}", value=Bps(total.unmatched_bps)))
    lines.append("")
    for week in list(reversed(weeks))[:SHOWN]:
        lines += [_week(t, week)]
    lines += ["", t("Weeks begin on Monday. Counted {at}.", at=counted)]
    screen = Screen("\n".join(lines), shown)
    drawn = _chart(t, weeks, view)
    if drawn is None:
        return screen
    return Screen(screen.text, screen.keyboard, picture=partial(charts.photo, t, drawn))


def _week(t: Translator, week: MarketWeek) -> Html:
    first = t("<b>{date}</b> · {amount}", date=week.monday.strftime("%d.%m"), amount=week.gmv)
    parts: list[str] = [
        first,
        t.plural("{n} order", "{n} orders", week.orders),
        t.plural("{n} creator", "{n} creators", week.active),
    ]
    if week.approval_bps is not None:
        parts.append(t("AR {value}", value=Bps(week.approval_bps)))
    if week.unmatched_bps is not None:
        parts.append(t("to nobody {value}", value=Bps(week.unmatched_bps)))
    if week.pay_days is not None:
        parts.append(t("paid after {days}", days=t.plural("{n} day", "{n} days", week.pay_days)))
    return Html(" · ".join(parts))


def _chart(t: Translator, weeks: Sequence[MarketWeek], view: MarketView) -> Columns | None:
    # A week of which something cannot be told is left out rather than drawn as nothing.
    if view is MarketView.QUALITY:
        weeks = [week for week in weeks if week.approval_bps is not None]
    elif view is MarketView.PAYMENTS:
        weeks = [week for week in weeks if week.pay_days is not None]
    if not weeks:
        return None
    labels = tuple(week.monday.strftime("%d.%m") for week in weeks)
    title = t.plain("{what}, by week", what=t.plain(_VIEWS[view]))
    match view:
        case MarketView.SALES:
            return Columns(
                title=title,
                labels=labels,
                bars=(Series(name=t.plain("GMV"), values=tuple(week.gmv.minor for week in weeks)),),
                lines=(
                    Series(
                        name=t.plain("Active creators"),
                        values=tuple(week.active for week in weeks),
                        unit=Unit.COUNT,
                    ),
                ),
            )
        case MarketView.QUALITY:
            return Columns(
                title=title,
                labels=labels,
                lines=tuple(
                    Series(name=t.plain(name), values=values, unit=Unit.RATE)
                    for name, values in (
                        (
                            N_("Approval rate"),
                            tuple(week.approval_bps or 0 for week in weeks),
                        ),
                        (
                            N_("Credited to nobody"),
                            tuple(week.unmatched_bps or 0 for week in weeks),
                        ),
                    )
                ),
            )
        case MarketView.PAYMENTS:
            return Columns(
                title=title,
                labels=labels,
                bars=(
                    Series(
                        name=t.plain("From order to payout, median"),
                        values=tuple(week.pay_days or 0 for week in weeks),
                        unit=Unit.COUNT,
                    ),
                ),
            )
