"""A creator's results over time: the chart, what comes when, statements, the monthly summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from bot import charts
from bot.callbacks.orders import Orders
from bot.callbacks.wallet import FileKind, Results, StatementOf, Wallet
from bot.charts import Columns, Series
from bot.i18n import N_, Html, Translator
from bot.screens.base import Document, Screen, back, button, grid, home, keyboard
from core.commissions import CommissionState
from core.money import Money
from core.periods import Period
from core.usecases.earnings import APPROVED, LOST, Earnings, Forecast, States, together

BEST = 3  # offers that are named
PERIODS = {
    Period.WEEK: N_("7 days"),
    Period.DAYS: N_("30 days"),
    Period.QUARTER: N_("90 days"),
    Period.MONTH: N_("This month"),
    Period.LAST_MONTH: N_("Last month"),
    Period.ALL: N_("All time"),
}
MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
_TITLES = {
    Period.WEEK: N_("Earnings of the last 7 days"),
    Period.DAYS: N_("Earnings of the last 30 days"),
    Period.QUARTER: N_("Earnings of the last 90 days"),
    Period.MONTH: N_("Earnings of this month"),
    Period.LAST_MONTH: N_("Earnings of last month"),
    Period.ALL: N_("Earnings of the last 12 months"),
}


def month_name(t: Translator, day: date) -> str:
    """A month with its year, plain: "October 2026"."""
    return t.plain("{month} {year}", month=t.plain(MONTHS[day.month - 1]), year=str(day.year))


def chart(t: Translator, title: str, steps: Mapping[date, States], *, monthly: bool) -> Columns:
    """Rewards by day or month: confirmed and waiting ones as bars, the sum so far as a line."""
    return _columns(
        t,
        title,
        [day.strftime("%m.%Y" if monthly else "%d.%m") for day in steps],
        [together(states, *APPROVED).amount.minor for states in steps.values()],
        [together(states, CommissionState.PENDING).amount.minor for states in steps.values()],
    )


def _columns(
    t: Translator,
    title: str,
    labels: Sequence[str],
    approved: Sequence[int],
    waiting: Sequence[int],
) -> Columns:
    so_far, total = [], 0
    for one, other in zip(approved, waiting, strict=True):
        total += one + other
        so_far.append(total)
    return Columns(
        title=title,
        figure=t.value(Money(total)),
        labels=tuple(labels),
        bars=(
            Series(name=t.plain("Confirmed by shops"), values=tuple(approved)),
            Series(name=t.plain("Waiting"), values=tuple(waiting)),
        ),
        lines=(Series(name=t.plain("Sum so far"), values=tuple(so_far)),),
    )


def with_chart(t: Translator, screen: Screen, earned: Earnings) -> Screen:
    """The screen with the chart of the results as its picture, if there is anything to see."""
    if not any(together(states).amount for states in earned.steps.values()):
        return screen
    drawn = chart(t, t.plain(_TITLES[earned.period]), earned.steps, monthly=earned.monthly)
    return Screen(screen.text, screen.keyboard, picture=partial(charts.photo, t, drawn))


def results(t: Translator, earned: Earnings) -> Screen:
    """Orders and rewards of a period, and the offers that brought most."""
    states = earned.states
    lines: list[str] = [t("<b>Results · {period}</b>", period=t(PERIODS[earned.period]))]
    lines += ["", *_sums(t, states)]
    best = [each for each in earned.offers if together(each.states).amount][:BEST]
    if best:
        lines += ["", t("<b>Best offers</b>")]
        lines += [
            t(
                "{title} · {amount}",
                title=each.title(t.locale),
                amount=together(each.states).amount,
            )
            for each in best
        ]
    if not together(states).orders:
        lines = [lines[0], "", t("No orders in this period yet.")]
    others = [
        button(("• " if period is earned.period else "") + t.plain(name), Results(period=period))
        for period, name in PERIODS.items()
    ]
    screen = Screen(
        "\n".join(lines),
        keyboard(
            *grid(others, 2),
            [
                button("📦 " + t.plain("Orders"), Orders(period=earned.period)),
                button("💰 " + t.plain("Wallet"), Wallet()),
            ],
            [back(t, Wallet()), home(t)],
        ),
    )
    return with_chart(t, screen, earned)


def _sums(t: Translator, states: States) -> list[str]:
    every, approved, lost = (
        together(states),
        together(states, *APPROVED),
        together(states, *LOST),
    )
    waiting = together(states, CommissionState.PENDING)
    return [
        t("Orders: {n}", n=every.orders),
        t("Confirmed: {n} · <b>{amount}</b>", n=approved.orders, amount=approved.amount),
        t("Waiting: {n} · {amount}", n=waiting.orders, amount=waiting.amount),
        t("Cancelled or returned: {n}", n=lost.orders),
    ]


def forecast(t: Translator, view: Forecast) -> Screen:
    """Holds by the week of their end, and what has no date yet."""
    lines: list[str] = [t("<b>What comes when</b>"), ""]
    for week in view.weeks:
        last = week.monday + timedelta(days=6)
        lines.append(
            t(
                "{first}–{last}: <b>{amount}</b>, {orders}",
                first=week.monday.strftime("%d.%m"),
                last=last.strftime("%d.%m"),
                amount=week.amount - week.waiting,
                orders=t.plural("{n} order", "{n} orders", week.orders),
            )
        )
        if week.waiting:
            lines.append(t("and {amount} once what is named below is done", amount=week.waiting))
    if not view.weeks:
        lines.append(t("Nothing is on hold now."))
    held = view.held
    if held.pending:
        lines += [
            "",
            t(
                "{amount} waits for the shops to confirm orders: the hold begins then.",
                amount=held.pending,
            ),
        ]
    if held.without_proof:
        lines.append(t("📎 {amount} waits for a proof of your post.", amount=held.without_proof))
    if held.without_funds:
        lines.append(
            t(
                "{amount} waits until the brand tops up its account. It has been told.",
                amount=held.without_funds,
            )
        )
    return Screen("\n".join(lines), keyboard([back(t, Wallet()), home(t)]))


def statement_menu(t: Translator, months: Sequence[date], kind: FileKind) -> Screen:
    """Which months, and how it is written."""
    names = {FileKind.XLSX: "Excel (XLSX)", FileKind.CSV: "CSV"}
    kinds = [
        button(("• " if kind is each else "") + name, StatementOf(kind=each))
        for each, name in names.items()
    ]
    wanted = [
        button(
            _begun(month_name(t, day)),
            StatementOf(kind=kind, month=day.year * 100 + day.month, make=True),
        )
        for day in months
    ]
    return Screen(
        t("<b>Statement</b>\nEach order with its reward, state and reason. Choose the period."),
        keyboard(
            kinds,
            *grid(wanted, 2),
            button(t.plain("All time"), StatementOf(kind=kind, make=True)),
            [back(t, Wallet()), home(t)],
        ),
    )


def _begun(name: str) -> str:
    """A name as it begins a line: months are written small in Kazakh and Russian."""
    return name[:1].upper() + name[1:]


def statement(t: Translator, document: Document, period: str, states: States) -> Screen:
    """The file to keep, with its sums."""
    lines = [t("<b>Statement · {period}</b>", period=period), *_sums(t, states)]
    return Screen(
        "\n".join(lines),
        keyboard([button(t.plain("Wallet"), Wallet()), home(t)]),
        document=document,
    )


def month_summary(t: Translator, facts: Mapping[str, Any]) -> Screen:
    """What last month brought, beside the month before, with its chart."""
    first = date.fromisoformat(str(facts["month"]))
    earned, waiting, past = (
        Money(int(facts[name])) for name in ("earned_minor", "waiting_minor", "past_minor")
    )
    name = month_name(t, first)
    lines: list[str] = [
        t("📊 <b>Your month: {month}</b>", month=name),
        "",
        t("Orders: {n}", n=int(facts["orders"])),
        t("Confirmed: {n} · <b>{amount}</b>", n=int(facts["approved"]), amount=earned),
        t("Cancelled or returned: {n}", n=int(facts["lost"])),
    ]
    if waiting:
        lines.append(t("Still waiting for shops: {amount}", amount=waiting))
    if facts.get("past_orders"):
        lines += ["", _compared(t, earned + waiting, past)]
    best = facts.get("best") or {}
    title = str(best.get(str(t.locale)) or best.get("ru") or "")
    if title:
        lines.append(
            t(
                "Best offer: {title}, {amount}",
                title=title,
                amount=Money(int(facts["best_minor"])),
            )
        )
    days = [(int(approved), int(pending)) for approved, pending in facts["days"]]
    drawn = _columns(
        t,
        _begun(name),
        [(first + timedelta(days=number)).strftime("%d.%m") for number in range(len(days))],
        [approved for approved, _ in days],
        [pending for _, pending in days],
    )
    return Screen(
        "\n".join(lines),
        keyboard(button(t.plain("Open"), Results(period=Period.LAST_MONTH))),
        picture=partial(charts.photo, t, drawn),
    )


def _compared(t: Translator, now: Money, past: Money) -> Html:
    if now == past:
        return t("As much as the month before.")
    if now > past:
        return t("{amount} more than the month before.", amount=now - past)
    return t("{amount} less than the month before.", amount=past - now)
