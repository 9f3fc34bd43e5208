"""Deadlines of reconciliation in words: on cards of offers, in terms, in notifications."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.callbacks.brand_import import Import
from bot.callbacks.orders import Orders
from bot.callbacks.reconciliation import BrandReconciliation, MyReconciliation
from bot.i18n import Html, Translator
from bot.screens.base import Screen, button, keyboard
from bot.screens.words import word
from core.deadlines import Reading
from core.money import Money
from core.notifications import NoteKind
from core.orders import Place
from core.results import day_of


def silence(t: Translator, days: int) -> str:
    """What a brand's silence of so many days means, in two words and without HTML."""
    if not days:
        return t.plain("orders wait")
    return t.value(t.plural("confirmed after {n} day", "confirmed after {n} days", days))


def silence_line(t: Translator, days: int) -> Html:
    """The same as a condition of an offer."""
    return t.plural(
        "🤝 If the brand sends no orders for {n} day, those that wait are confirmed.",
        "🤝 If the brand sends no orders for {n} days, those that wait are confirmed.",
        days,
    )


def reading_line(t: Translator, reading: Reading | None, today: date) -> Html:
    """When the brand's orders were read last, and when they are next."""
    if reading is None:
        return t("🔁 There has been no reconciliation yet.")
    last = day_of(reading.at)
    if late := reading.late(today):
        return t.plural(
            "⚠️ Reconciliation is {n} day late: the last one was on {last}.",
            "⚠️ Reconciliation is {n} days late: the last one was on {last}.",
            late,
            last=last,
        )
    return t(
        "🔁 Last reconciliation: {last}. The next one is due on {due}.",
        last=last,
        due=reading.due,
    )


def by_terms(t: Translator, day: date, *, for_brand: bool) -> Html:
    """That an order was approved by the terms, and what can still change that."""
    if for_brand:
        return t(
            "🤝 Confirmed by the terms on {day}: nothing was reported of it in time. A file that "
            "says it was cancelled or returned still counts.",
            day=day,
        )
    return t(
        "🤝 Confirmed by the terms on {day}: the brand was silent. If it later reports a "
        "cancellation or a return, that counts.",
        day=day,
    )


def late_mark(t: Translator, late: int) -> Html:
    """That a brand is late, in a line of a list."""
    return t.plural("⚠️ reconciliation {n} day late", "⚠️ reconciliation {n} days late", late)


def of_deadline(t: Translator, kind: NoteKind, facts: Mapping[str, Any]) -> Screen:
    """A notification of a late file, or of silence and what came of it."""
    place = word(t, Place(facts["place"]))
    if kind is NoteKind.APPROVED_BY_TERMS:
        text = t(
            "✅ <b>{brand}</b> · {place}: {orders} confirmed by the terms, because the brand has "
            "sent no orders since {since}. Reward: <b>{amount}</b>, now on hold. If the brand "
            "later reports a cancellation or a return, that counts.",
            brand=str(facts["brand"]),
            place=place,
            orders=_orders(t, facts),
            since=_day(facts, "since"),
            amount=Money(int(facts["amount_minor"])),
        )
        return Screen(
            text,
            keyboard(
                button(t.plain("Open"), Orders()),
                button("🔁 " + t.plain("Reconciliation"), MyReconciliation()),
            ),
        )
    name = str(facts["name"])
    if kind is NoteKind.FILE_LATE:
        text = t(
            "⏰ <b>{brand}</b> · {place}: reconciliation is late. The last one was on {last}, the "
            "next was due on {due}. Creators see this on your offers until orders come.",
            brand=name,
            place=place,
            last=_day(facts, "last"),
            due=_day(facts, "due"),
        )
    elif kind is NoteKind.SILENCE_WARNED:
        text = t(
            "🤫 <b>{brand}</b> · {place}: no orders have come since {since}. {orders} wait, with "
            "rewards of <b>{amount}</b>. If nothing comes by the end of {until}, they are "
            "confirmed by the terms of your offers, and their hold begins. A file that comes in "
            "time decides instead; one that comes later can still cancel an order.",
            brand=name,
            place=place,
            since=_day(facts, "since"),
            orders=_orders(t, facts),
            amount=Money(int(facts["amount_minor"])),
            until=_day(facts, "last_day"),
        )
    else:
        text = t(
            "🤝 <b>{brand}</b> · {place}: {orders} confirmed by the terms, because no orders have "
            "come since {since}. Rewards of <b>{amount}</b> are on hold. What you report of them "
            "now still counts: send a file.",
            brand=name,
            place=place,
            orders=_orders(t, facts),
            since=_day(facts, "since"),
            amount=Money(int(facts["amount_minor"])),
        )
    brand = int(facts["brand"])
    return Screen(
        text,
        keyboard(
            button("📥 " + t.plain("Send a file"), Import(brand=brand)),
            button("🔁 " + t.plain("Reconciliation"), BrandReconciliation(brand=brand)),
        ),
    )


def _orders(t: Translator, facts: Mapping[str, Any]) -> Html:
    return t.plural("{n} order", "{n} orders", int(facts["orders"]))


def _day(facts: Mapping[str, Any], name: str) -> date:
    return date.fromisoformat(str(facts[name]))
