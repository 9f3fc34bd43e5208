"""A brand's report: figures of a period with their chart, and pages by what they come from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Final

from aiogram.types import InlineKeyboardMarkup

from bot import charts
from bot.callbacks.brand_reports import BrandReport, ReportBy, ReportDates, ReportFile
from bot.charts import Columns, Ranking, Series, Unit
from bot.i18n import N_, Bps, Html, Translator
from bot.screens.base import Document, Screen, back, button, grid, home, keyboard, pager, warned
from bot.screens.earnings import PERIODS
from bot.screens.placements import place_name
from core.people import Brand
from core.periods import Period
from core.ports.reports import ReportLine
from core.reports import Figures
from core.usecases.reports import Report

PAGE: Final = 7  # lines beside a picture, whose caption is short
TITLES: Final = {
    ReportBy.ALL: N_("Report"),
    ReportBy.DAY: N_("By day"),
    ReportBy.OFFER: N_("By offer"),
    ReportBy.CREATOR: N_("By creator"),
    ReportBy.CODE: N_("By promo code"),
    ReportBy.PLACEMENT: N_("By placement"),
}
_CHOICE: Final = (Period.WEEK, Period.DAYS, Period.QUARTER, Period.MONTH, Period.LAST_MONTH)


def report(t: Translator, told: Report, wanted: BrandReport) -> Screen:
    """The whole of a period, or a page of one breakdown."""
    lines: list[str] = [_heading(t, told, wanted.by), ""]
    if wanted.by is ReportBy.ALL and not told.total:
        lines.append(t("Nobody clicked and nothing was ordered in this period."))
        return Screen("\n".join(lines), _keyboard(t, told, wanted))
    if wanted.by is ReportBy.ALL:
        lines += _figures(t, told.total)
    elif told.lines:
        first = wanted.page * PAGE + 1
        lines += [
            _entry(t, line, wanted.by, number) for number, line in enumerate(told.lines, first)
        ]
    else:
        lines.append(t(_EMPTY.get(wanted.by, N_("There was nothing in this period."))))
    screen = Screen("\n".join(lines), _keyboard(t, told, wanted))
    drawn = _chart(t, told, wanted)
    if drawn is None:
        return screen
    return Screen(screen.text, screen.keyboard, picture=partial(charts.photo, t, drawn))


_EMPTY: Final = {
    ReportBy.CODE: N_("No order in this period was credited by a promo code."),
    ReportBy.PLACEMENT: N_("Nobody used the creators' links in this period."),
}


def _heading(t: Translator, told: Report, by: ReportBy) -> Html:
    return t(
        "<b>{title} · {brand}</b>\n{first} – {last}",
        title=t.plain(TITLES[by]),
        brand=told.brand.name,
        first=told.since,
        last=told.last,
    )


def _figures(t: Translator, total: Figures) -> list[str]:
    waiting = total.orders - total.approved - total.lost
    lines: list[str] = [
        t("Clicks: {n}", n=total.clicks or 0),
        t("Orders: {n}", n=total.orders),
        t(
            "confirmed {approved} · waiting {waiting} · cancelled or returned {lost}",
            approved=total.approved,
            waiting=waiting,
            lost=total.lost,
        ),
        t("Sales: <b>{amount}</b>", amount=total.net),
    ]
    if total.cost is not None and total.reward is not None and total.fee is not None:
        lines.append(
            t(
                "Cost: <b>{amount}</b> (rewards {reward}, fee {fee})",
                amount=total.cost,
                reward=total.reward,
                fee=total.fee,
            )
        )
    lines.append("")
    ratios = (
        (N_("Approval rate (AR): {value}"), _rate(total.approval_bps)),
        (N_("Conversion (CR, orders per click): {value}"), _rate(total.conversion_bps)),
        (N_("Average order (AOV): {value}"), total.average),
        (N_("Reward per click (EPC): {value}"), total.per_click),
        (N_("Cost share of sales: {value}"), _rate(total.cost_bps)),
    )
    lines += [t(text, value=value) for text, value in ratios if value is not None]
    if (total.conversion_bps or 0) > 10_000:
        lines.append(t("Buyers who type a code need no link: CR can pass 100 %."))
    return lines


def _entry(t: Translator, line: ReportLine, by: ReportBy, number: int) -> str:
    """Two lines: whose they are, and their figures."""
    figures = line.figures
    parts = [t.plural("{n} order", "{n} orders", figures.orders)]
    if figures.clicks is not None:
        parts.insert(0, t.plural("{n} click", "{n} clicks", figures.clicks))
    if figures.net:
        parts.append(Html(t.value(figures.net)))
    ratios = (
        ("AR", _rate(figures.approval_bps)),
        ("CR", _rate(figures.conversion_bps)),
        ("EPC", figures.per_click),
    )
    parts += [Html(f"{name} {t.value(value)}") for name, value in ratios if value is not None]
    if figures.cost_bps is not None:
        parts.append(t("cost {value}", value=Bps(figures.cost_bps)))
    return f"{number}. <b>{escape(named(t, line, by), quote=False)}</b>\n" + " · ".join(parts)


def named(t: Translator, line: ReportLine, by: ReportBy) -> str:
    """What a line stands for, plain."""
    match by:
        case ReportBy.DAY if line.day is not None:
            return t.value(line.day)
        case ReportBy.OFFER:
            return line.title(t.locale)
        case ReportBy.CODE:
            return f"{line.handle} · {line.creator}"
        case ReportBy.PLACEMENT:
            return f"{line.creator} · {place_name(t, line.handle)}"
    return line.creator


def _rate(bps: int | None) -> Bps | None:
    return None if bps is None else Bps(bps)


def _chart(t: Translator, told: Report, wanted: BrandReport) -> Columns | Ranking | None:
    if (
        wanted.by is ReportBy.CREATOR
        and told.lines
        and any(one.figures.orders for one in told.lines)
    ):
        return Ranking(
            title=t.plain("Orders by creator"),
            names=tuple(line.creator for line in told.lines),
            values=tuple(line.figures.orders for line in told.lines),
            unit=Unit.COUNT,
        )
    if wanted.by is not ReportBy.ALL:
        return None
    steps = tuple(told.steps.values())
    clicks = Series(
        name=t.plain("Clicks"), values=tuple(one.clicks or 0 for one in steps), unit=Unit.COUNT
    )
    return Columns(
        title=t.plain("Orders by the day of purchase")
        if not told.monthly
        else t.plain("Orders by the month of purchase"),
        figure=t.value(told.total.orders),
        note=f"{t.value(told.since)} – {t.value(told.last)}",
        labels=tuple(day.strftime("%m.%Y" if told.monthly else "%d.%m") for day in told.steps),
        bars=tuple(
            Series(name=t.plain(name), values=values, unit=Unit.COUNT)
            for name, values in (
                (N_("Confirmed"), tuple(one.approved for one in steps)),
                (N_("Waiting"), tuple(one.standing - one.approved for one in steps)),
                (N_("Cancelled"), tuple(one.lost for one in steps)),
            )
        ),
        lines=(clicks,) if told.total.clicks else (),
    )


def _keyboard(t: Translator, told: Report, wanted: BrandReport) -> InlineKeyboardMarkup:
    def to(**changes: object) -> BrandReport:
        return wanted.model_copy(update={"page": 0, **changes})

    turning = pager(
        t,
        to() if wanted.page else None,
        to(page=wanted.page + 1) if told.more else None,
    )
    if wanted.by is ReportBy.ALL:
        periods = [
            button(
                ("• " if period is wanted.period and not wanted.until else "")
                + t.plain(PERIODS[period]),
                to(period=period, since=0, until=0),
            )
            for period in _CHOICE
        ]
        own = ("• " if wanted.until else "") + t.plain("Own dates")
        periods.append(button(own, ReportDates(brand=wanted.brand)))
        views = [
            button(t.plain(title), to(by=by))
            for by, title in TITLES.items()
            if by is not ReportBy.ALL
        ]
        file = button(
            "📄 Excel",
            ReportFile(
                brand=wanted.brand, period=wanted.period, since=wanted.since, until=wanted.until
            ),
        )
        return keyboard(*grid(periods, 3), *grid([*views, file], 2), home(t))
    return keyboard(turning, [back(t, to(by=ReportBy.ALL)), home(t)])


def ask_dates(t: Translator, wanted: ReportDates, *, problem: str | None = None) -> Screen:
    """The first and the last day of an own period."""
    text = t("Send the first and the last day of the report, for example: 01.10.2026 – 15.11.2026")
    return Screen(
        warned(problem, text),
        keyboard([back(t, BrandReport(brand=wanted.brand, by=wanted.by)), home(t)]),
    )


def file(t: Translator, document: Document, told: Report, wanted: ReportFile) -> Screen:
    """The workbook to keep."""
    lines = [_heading(t, told, ReportBy.ALL), "", t("Orders: {n}", n=told.total.orders)]
    again = BrandReport(
        brand=wanted.brand, period=wanted.period, since=wanted.since, until=wanted.until
    )
    return Screen(
        "\n".join(lines),
        keyboard([button("📊 " + t.plain("Report"), again), home(t)]),
        document=document,
    )


def choose_brand(t: Translator, brands: Sequence[Brand]) -> Screen:
    """Whose report to show."""
    return Screen(
        t("Which brand's report?"),
        keyboard(*(button(brand.name, BrandReport(brand=brand.id)) for brand in brands), home(t)),
    )
