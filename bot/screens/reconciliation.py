"""The state of reconciliation: to a brand place by place, to a creator offer by offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from bot.callbacks.brand_import import Import, RunCard, RunList
from bot.callbacks.enrolments import EnrolmentCard
from bot.callbacks.offers import Catalogue
from bot.callbacks.orders import Orders
from bot.callbacks.reconciliation import BrandReconciliation, MyReconciliation
from bot.callbacks.reminders import FileRhythms
from bot.i18n import Html, Translator
from bot.screens.base import Screen, back, button, grid, home, keyboard, pager
from bot.screens.deadlines import reading_line
from bot.screens.words import word
from core.deadlines import OwnNews, Reading
from core.people import Actor, Brand
from core.results import day_of
from core.runs import RunCounts
from core.usecases.readings import BrandReadings, OwnReading, PlaceReading, Promise


def choose_brand(t: Translator, brands: Sequence[Brand]) -> Screen:
    """Whose reconciliation?"""
    return Screen(
        t("Which brand's reconciliation?"),
        keyboard(
            *(button(brand.name, BrandReconciliation(brand=brand.id)) for brand in brands),
            home(t),
        ),
    )


def of_brand(t: Translator, actor: Actor, shown: BrandReadings) -> Screen:
    """Place by place: what was read last, when the next is due, what waits and how long."""
    brand = shown.brand
    parts: list[str] = [t("🔁 <b>Reconciliation</b> · {brand}", brand=brand.name)]
    parts += ["\n".join(_place(t, place, shown.today)) for place in shown.places]
    if not shown.places:
        parts.append(
            t("There is nothing to reconcile yet: publish an offer, then send a file of orders.")
        )
    results = [
        button("📄 " + word(t, place.place), RunCard(run=place.reading.run))
        for place in shown.places
        if place.reading is not None
    ]
    manages = actor.manages(brand.id)
    return Screen(
        "\n\n".join(parts),
        keyboard(
            button("📥 " + t.plain("Send a file of orders"), Import(brand=brand.id))
            if manages
            else None,
            *grid(results),
            [
                button("🗂 " + t.plain("Earlier files"), RunList(brand=brand.id)),
                *(
                    [button("⏰ " + t.plain("How often"), FileRhythms(brand=brand.id))]
                    if manages
                    else []
                ),
            ],
            home(t),
        ),
    )


def _place(t: Translator, shown: PlaceReading, today: date) -> list[str]:
    lines: list[str] = [t("<b>{place}</b>", place=word(t, shown.place))]
    reading = shown.reading
    if reading is None:
        lines.append(t("No file has come from here yet, and nothing was read."))
    else:
        file = f" · {escape(reading.file_name, quote=False)}" if reading.file_name else ""
        lines.append(t("Last: {at}", at=reading.at) + file)
        lines += _counts(t, reading.counts)
        lines.append(_next(t, reading, today))
    if shown.paused:
        lines.append(t("⏸ The connection to the shop is paused: it has to be repaired."))
    orders = sum(each.orders for each in shown.promises)
    if orders and shown.oldest is not None:
        lines.append(
            t(
                "🕓 Waiting for your answer: {orders}, the oldest of {oldest}.",
                orders=t.plural("{n} order", "{n} orders", orders),
                oldest=day_of(shown.oldest),
            )
        )
    lines += [_promise(t, each) for each in shown.promises]
    return lines


def _counts(t: Translator, counts: RunCounts) -> list[str]:
    first = [t("Rows: {n}", n=counts.rows)]
    for number, text in (
        (counts.new, t("new: {n}", n=counts.new)),
        (counts.changed, t("changed: {n}", n=counts.changed)),
        (counts.unchanged + counts.outdated, t("as before: {n}", n=_known(counts))),
        (counts.rejected, t("not taken: {n}", n=counts.rejected)),
    ):
        if number:
            first.append(text)
    lines = [" · ".join(first)]
    if counts.new or counts.changed:
        lines.append(
            t(
                "Credited to creators: {matched} · without a creator: {unmatched}",
                matched=counts.matched,
                unmatched=counts.unmatched,
            )
        )
    return lines


def _known(counts: RunCounts) -> int:
    return counts.unchanged + counts.outdated


def _next(t: Translator, reading: Reading, today: date) -> Html:
    if late := reading.late(today):
        return t.plural(
            "⚠️ The next one was due on {due}, {n} day ago: your offers say so.",
            "⚠️ The next one was due on {due}, {n} days ago: your offers say so.",
            late,
            due=reading.due,
        )
    return t("The next one is due on {due}.", due=reading.due)


def _promise(t: Translator, promise: Promise) -> Html:
    orders = t.plural("{n} order", "{n} orders", promise.orders)
    if promise.until is None:
        return t("· {orders}, {amount}: wait for you", orders=orders, amount=promise.amount)
    return t(
        "· {orders}, {amount}: confirmed by the terms unless a file comes by the end of {until}",
        orders=orders,
        amount=promise.amount,
        until=promise.until,
    )


def mine(
    t: Translator, shown: Sequence[OwnReading], *, first: bool, next_after: int | None
) -> Screen:
    """Offer by offer: the brand's last reading, what it brought the creator, what is to come."""
    parts: list[str] = [t("🔁 <b>Reconciliation</b>\nWhat brands have reported of your orders.")]
    for each in shown:
        title = escape(each.card.offer.text(t.locale).title, quote=False)
        brand = escape(each.card.brand.name, quote=False)
        place = escape(word(t, each.card.offer.place), quote=False)
        parts.append("\n".join([f"<b>{title}</b>\n{brand} · {place}", *own_lines(t, each)]))
    if not shown:
        parts.append(t("You have no codes yet. Take an offer, and its code appears here."))
    return Screen(
        "\n\n".join(parts),
        keyboard(
            *(
                button(
                    each.card.enrolment.code or each.card.offer.text(t.locale).title,
                    EnrolmentCard(enrolment=each.card.enrolment.id),
                )
                for each in shown
            ),
            None if shown else button("🛍 " + t.plain("Choose an offer"), Catalogue()),
            pager(
                t,
                None if first else MyReconciliation(),
                None if next_after is None else MyReconciliation(after=next_after),
            ),
            [back(t, Orders()), home(t)],
        ),
    )


def own_lines(t: Translator, shown: OwnReading, *, sums: bool = True) -> list[str]:
    """How far the brand's orders are reconciled, and what it brought to this creator.

    Without `sums` where they stand beside it already.
    """
    reading = shown.reading
    lines: list[str] = [reading_line(t, reading, shown.today)]
    if reading is not None and reading.counts.rows:
        lines.append(
            t(
                "In it: {rows}, credited to creators: {matched}, not taken: {rejected}",
                rows=t.plural("{n} row", "{n} rows", reading.counts.rows),
                matched=reading.counts.matched,
                rejected=reading.counts.rejected,
            )
        )
    if shown.news is not None and shown.news_at is not None:
        lines.append(_own(t, shown, shown.news, day_of(shown.news_at)))
    if sums and shown.card.stats.pending:
        lines.append(t("Waiting for the shop: {amount}", amount=shown.card.stats.pending))
    if shown.approved_on is not None:
        lines.append(
            t(
                "🤝 If the brand stays silent, what waits is confirmed on {day}.",
                day=shown.approved_on,
            )
        )
    return lines


def _own(t: Translator, shown: OwnReading, news: OwnNews, day: date) -> Html:
    parts = [
        text
        for number, text in (
            (news.new, t.plural("{n} new order", "{n} new orders", news.new)),
            (news.approved, t.plural("{n} confirmed", "{n} confirmed", news.approved)),
            (
                news.lost,
                t.plural("{n} cancelled or returned", "{n} cancelled or returned", news.lost),
            ),
        )
        if number
    ]
    if not parts:
        parts.append(t.plural("{n} order corrected", "{n} orders corrected", news.waiting))
    listed = Html(", ".join(parts))
    if shown.reading is not None and news.run == shown.reading.run:
        text = t("Yours in it: {list}", list=listed)
    else:
        text = t("The last news of yours, {day}: {list}", day=day, list=listed)
    if news.amount:
        reward = t("reward {amount}", amount=news.amount)
        text = Html(f"{text}; {reward}")
    return text
