"""Evidence that almost fits, for the brand to decide: the queue, one of it, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.callbacks.brand_orders import BrandOrders
from bot.callbacks.near_misses import NearMissAnswer, NearMissCard, NearMisses
from bot.callbacks.orders import OrderCard
from bot.i18n import N_, Html, Translator
from bot.screens.base import Screen, back, button, home, keyboard, pager
from bot.screens.words import word
from core.ids import BrandId
from core.near_misses import NOT_SPELLINGS, Answer
from core.ports.near_misses import NearMissRow

_MISSES: Final = {
    "lookalike": N_("it looks like the code {code} of {name}"),
    "letters": N_("it sounds like the code {code} of {name}, in other letters"),
    "excel": N_("Excel may have changed the code {code} of {name}"),
    "one_sign": N_("one sign differs from the code {code} of {name}"),
    "own_purchase": N_("{name} seems to have bought this for themselves"),
    "not_owner_then": N_("the code {code} of {name} was not theirs on that day"),
}


def queue(
    t: Translator,
    brand: BrandId,
    rows: Sequence[NearMissRow],
    *,
    first: bool,
    following: int | None,
) -> Screen:
    """Orders that almost are somebody's, newest first, each on a button."""
    lines: list[str] = [t("<b>Codes that almost fit</b>")]
    if rows:
        lines.append(t("Nobody is paid for these orders by themselves: look at them and decide."))
        lines.append("")
    else:
        lines.append(t("All codes in your orders were clear."))
    lines += [
        t(
            "{date} · order {number} · {amount}\n<code>{raw}</code>: {what}",
            date=row.ordered_at.date(),
            number=row.external_id,
            amount=row.net,
            raw=row.raw or "–",
            what=_what(t, row),
        )
        for row in rows
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            *(button("🔎 " + row.external_id, NearMissCard(miss=row.id)) for row in rows),
            pager(
                t,
                None if first else NearMisses(brand=brand),
                NearMisses(brand=brand, after=following) if following else None,
            ),
            [back(t, BrandOrders(brand=brand)), home(t)],
        ),
    )


def card(t: Translator, row: NearMissRow, *, decides: bool) -> Screen:
    """The order and the code side by side, and what can be answered; staff only look."""
    lines = [
        t("<b>Order {number}</b>", number=row.external_id),
        t("Place: {place}", place=word(t, row.place)),
        t("Ordered: {date}", date=row.ordered_at),
        t("Sum: {amount}", amount=row.net),
        t("Status: {status}", status=word(t, row.status)),
        "",
        t("Stands in the order: <code>{raw}</code>", raw=row.raw or "–"),
        t("Creator: {name}", name=row.creator_name),
        t("Their code: <code>{code}</code>", code=row.code or "–"),
        "",
        _what(t, row),
    ]
    if not row.open:
        lines += ["", t("This has been decided already.")]
    answers = []
    if row.open and decides:
        answers = [
            button(t.plain("Credit this order"), NearMissAnswer(miss=row.id, answer=Answer.ORDER)),
            button(
                t.plain("Credit it, and take this spelling for the code from now on"),
                NearMissAnswer(miss=row.id, answer=Answer.ALIAS),
            )
            if row.reason not in NOT_SPELLINGS
            else None,
            button(t.plain("Nobody's order"), NearMissAnswer(miss=row.id, answer=Answer.NO)),
        ]
    return Screen(
        "\n".join(lines),
        keyboard(*answers, [back(t, NearMisses(brand=row.brand)), home(t)]),
    )


def answered(t: Translator, row: NearMissRow, credited: int) -> Screen:
    """What came of the answer."""
    text = (
        t.plural(
            "✅ {n} order is credited to {name}.",
            "✅ {n} orders are credited to {name}.",
            credited,
            name=row.creator_name,
        )
        if credited
        else t("Nobody is credited for order {number}.", number=row.external_id)
    )
    return Screen(
        text,
        keyboard(
            button(t.plain("Open the order"), OrderCard(order=row.order, brand=row.brand))
            if credited
            else None,
            [back(t, NearMisses(brand=row.brand)), home(t)],
        ),
    )


def _what(t: Translator, row: NearMissRow) -> Html:
    return t(_MISSES[row.reason], code=row.code, name=row.creator_name)
