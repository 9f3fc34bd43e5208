"""Disputes as a brand's managers and the staff see them: the evidence side by side, the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from bot.callbacks.disputes import (
    BrandDisputes,
    DisputeAnswer,
    DisputedLook,
    DisputeHistory,
    DisputeLook,
    DisputeShelf,
    StaffDisputes,
)
from bot.callbacks.nav import Nav, Target
from bot.callbacks.orders import OrderCard
from bot.i18n import N_, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, pager, warned
from bot.screens.disputes import REASON, head, line_label, mark, outcome, support
from bot.screens.words import word
from core.disputes import (
    REASONS,
    DisputedOrder,
    DisputeKind,
    DisputeLine,
    DisputeState,
    Side,
    Signs,
    Verdict,
    in_series,
)
from core.money import Money
from core.usecases.disputes import DisputeCard

PAGE: Final = 5  # orders of a case on a screen
SHELF: Final[Mapping[DisputeShelf, str]] = {
    DisputeShelf.WAITING: N_("Waiting for an answer"),
    DisputeShelf.OPEN: N_("Under way"),
    DisputeShelf.CLOSED: N_("Over"),
}


def listing(
    t: Translator,
    lines: Sequence[DisputeLine],
    *,
    side: Side,
    shelf: DisputeShelf,
    waiting: int | None,
    first: bool,
    more: bool,
) -> Screen:
    """Cases on one of three shelves."""
    to = BrandDisputes if side is Side.BRAND else StaffDisputes
    text: list[str] = [t("<b>Disputes</b>")]
    if waiting is not None:
        text.append(
            t.plural("{n} case waits for your answer.", "{n} cases wait for your answer.", waiting)
        )
    text += ["", t(SHELF[shelf]) + ":"]
    if not lines:
        text.append("–")
    leave = Nav(to=Target.BRAND if side is Side.BRAND else Target.STAFF)
    return Screen(
        "\n".join(text),
        keyboard(
            *(
                button(
                    line_label(
                        t,
                        line,
                        name=line.creator_name if side is Side.BRAND else line.brand_name,
                    ),
                    DisputeLook(dispute=line.dispute.id, side=side),
                )
                for line in lines
            ),
            pager(
                t,
                None if first else to(shelf=shelf),
                to(shelf=shelf, after=lines[-1].dispute.id) if more else None,
            ),
            [
                button(t.plain(words), to(shelf=other))
                for other, words in SHELF.items()
                if other is not shelf
            ],
            [back(t, leave), home(t)],
        ),
    )


def card(t: Translator, shown: DisputeCard, *, page: int, problem: str = "") -> Screen:
    """A case with its orders: what the data say of each, and who speaks for it."""
    dispute = shown.dispute
    lines = head(t, shown)
    if shown.read_on is not None:
        lines.append(t("The shop's last data: {day}", day=shown.read_on))
    else:
        lines.append(t("There have been no data of the shop yet."))
    counted = in_series(each.number for each in shown.orders if each.typed and not each.followers)
    if counted:
        lines.append(t("⚠️ Some of the numbers follow each other closely."))
    orders = shown.orders[page * PAGE : (page + 1) * PAGE]
    for order in orders:
        lines += ["", _line(t, shown, order)]
    here = DisputeLook(dispute=dispute.id, side=shown.side)
    return Screen(
        warned(problem or None, "\n".join(lines)),
        keyboard(
            *_for_all(t, shown),
            *(
                button(
                    "✍️ " + order.number,
                    DisputedLook(dispute=dispute.id, order=order.id, side=shown.side),
                )
                for order in orders
                if _may_answer(shown) and order.verdict is Verdict.WAITING
            ),
            pager(
                t,
                here if page else None,
                here.model_copy(update={"page": page + 1})
                if len(shown.orders) > (page + 1) * PAGE
                else None,
            ),
            button("🗒 " + t.plain("History"), DisputeHistory(dispute=dispute.id, side=shown.side)),
            [
                back(t, BrandDisputes() if shown.side is Side.BRAND else StaffDisputes()),
                home(t),
            ],
        ),
    )


def _may_answer(shown: DisputeCard) -> bool:
    if shown.side is Side.BRAND:
        return shown.dispute.state is DisputeState.BRAND
    return shown.dispute.state in (DisputeState.DATA, DisputeState.BRAND, DisputeState.STAFF)


def _for_all(t: Translator, shown: DisputeCard) -> list[Row]:
    """Answers to everything that waits, where there is more than one order."""
    waiting = shown.waiting
    if not _may_answer(shown) or len(waiting) < 2:
        return []
    rows: list[Row] = []
    for verdict, words in (
        (Verdict.PAID, N_("Credit all that are in the data: {n}")),
        (Verdict.NOT_FOUND, N_("Not in the data, all: {n}")),
        (Verdict.DECLINED, N_("Decline all that wait: {n}")),
    ):
        n = sum(verdict in shown.answers(each) for each in waiting)
        if n:
            rows.append(button(t.plain(words, n=n), _answer(shown, 0, verdict)))
    return rows


def _answer(shown: DisputeCard, order: int, verdict: Verdict) -> DisputeAnswer:
    return DisputeAnswer(dispute=shown.dispute.id, order=order, side=shown.side, verdict=verdict)


def _line(t: Translator, shown: DisputeCard, order: DisputedOrder) -> str:
    """An order in two or three lines: the number, the verdict, the data, the evidence."""
    found = shown.found.get(order.number)
    text = outcome(t, shown.dispute, order, shown.side, known=found is not None)
    lines = [f"{mark(order)} <code>{escape(order.number)}</code> – {escape(text, quote=False)}"]
    if order.earlier is not None:
        lines.append(t("Objected to: {what}", what=_was(t, order)))
    if found is not None:
        lines.append(
            t(
                "{date} · {amount} · {status}",
                date=found.ordered_at,
                amount=found.net,
                status=word(t, found.status),
            )
        )
    if shown.dispute.kind is DisputeKind.MISSING:
        signs = shown.signs.get(found.id) if found is not None else None
        lines.append(escape("; ".join(_evidence(t, order, signs)), quote=False))
    return "\n".join(lines)


_BEFORE: Final[Mapping[Verdict, str]] = {
    Verdict.OTHERS: N_("is credited to another creator"),
    Verdict.LOST: N_("was cancelled or returned"),
    Verdict.EARLY: N_("was placed before the offer was taken"),
    Verdict.NOT_FOUND: N_("is not in the shop's data"),
}


def _was(t: Translator, order: DisputedOrder) -> str:
    if order.earlier is Verdict.DECLINED and order.reason is not None:
        return t.plain("declined: {reason}", reason=t.plain(REASON[order.reason]))
    return t.plain(_BEFORE.get(order.earlier or Verdict.LOST, N_("declined")))


def _evidence(t: Translator, order: DisputedOrder, signs: Signs | None) -> list[str]:
    """What ties an order to the creator, plain."""
    parts = []
    if spoken := support(t, order):
        parts.append(spoken)
    if order.typed:
        parts.append(t.plain("the creator named it"))
    if signs is None:
        return parts
    parts.append(
        t.plain("the buyer came by the creator's link")
        if signs.touched
        else t.plain("the buyer's way is not known")
    )
    if signs.own:
        parts.append(t.plain("⚠️ it looks like the creator's own purchase"))
    if signs.near:
        parts.append(t.plain("code {codes} almost fits the creator's", codes=", ".join(signs.near)))
    elif signs.codes:
        parts.append(t.plain("code in the order: {codes}", codes=", ".join(signs.codes)))
    else:
        parts.append(t.plain("no code"))
    return parts


def one(t: Translator, shown: DisputeCard, order: DisputedOrder, *, problem: str = "") -> Screen:
    """One order of a case and the answers that fit it."""
    found = shown.found.get(order.number)
    lines = [*head(t, shown), "", _line(t, shown, order)]
    rows: list[Row] = []
    if _may_answer(shown):
        rows = [
            button(_words(t, shown, verdict), _answer(shown, order.id, verdict))
            for verdict in shown.answers(order)
        ]
    if found is None and order.verdict is Verdict.WAITING:
        lines += [
            "",
            t(
                "If the order exists, send a file that has it: it is found by itself, and can "
                "be credited then."
            ),
        ]
    card_of_order = (
        button("📦 " + t.plain("The order"), OrderCard(order=found.id, brand=1))
        if found and shown.side is Side.BRAND
        else None
    )
    return Screen(
        warned(problem or None, "\n".join(lines)),
        keyboard(
            *rows,
            card_of_order,
            [back(t, DisputeLook(dispute=shown.dispute.id, side=shown.side)), home(t)],
        ),
    )


def _words(t: Translator, shown: DisputeCard, verdict: Verdict) -> str:
    match verdict:
        case Verdict.PAID if shown.dispute.kind is DisputeKind.MISSING:
            return "✅ " + t.plain("Credit it to the creator")
        case Verdict.PAID:
            return "✅ " + t.plain("The order stands")
        case Verdict.ADJUSTED:
            return "✏️ " + t.plain("Set another amount")
        case Verdict.NOT_FOUND if shown.read_on is not None:
            return "🔎 " + t.plain("Not in the data of {day}", day=shown.read_on)
        case _:
            return "✖️ " + t.plain("Decline")


def ask_reason(t: Translator, shown: DisputeCard, wanted: DisputeAnswer) -> Screen:
    """Why is it declined? One of a fixed list."""
    return Screen(
        t("Why is it declined? The creator reads the reason in their own language."),
        keyboard(
            *(
                button(t.plain(REASON[reason]), wanted.model_copy(update={"reason": reason}))
                for reason in REASONS[shown.dispute.kind]
            ),
            [back(t, DisputeLook(dispute=wanted.dispute, side=wanted.side)), home(t)],
        ),
    )


def ask_net(t: Translator, shown: DisputeCard, *, problem: str | None = None) -> Screen:
    """What did the order come to?"""
    order = shown.orders[0]
    found = shown.found.get(order.number)
    text = t(
        "<b>Order {number}</b>: {amount} now.\nHow much did the buyer pay for the goods, without "
        "delivery? Send the sum. A lower amount than now comes by your next file, not here.",
        number=order.number,
        amount=found.net if found else Money(0),
    )
    return Screen(
        warned(problem, text),
        keyboard([back(t, DisputeLook(dispute=shown.dispute.id, side=shown.side)), home(t)]),
    )


def confirm(
    t: Translator, shown: DisputeCard, wanted: DisputeAnswer, *, net: Money | None = None
) -> Screen:
    """What exactly follows from an answer."""
    chosen = [
        each
        for each in shown.waiting
        if wanted.order in (0, each.id) and wanted.verdict in shown.answers(each)
    ]
    total = sum(
        (shown.found[each.number].net for each in chosen if each.number in shown.found), Money(0)
    )
    orders = t.plural("{n} order", "{n} orders", len(chosen))
    match wanted.verdict:
        case Verdict.PAID if shown.dispute.kind is DisputeKind.MISSING:
            text = t(
                "Credit {orders} for {amount} to {name}? The reward follows from the terms of the "
                "offer and is taken from the brand's funds; the usual hold applies.",
                orders=orders,
                amount=total,
                name=shown.creator_name,
            )
        case Verdict.PAID:
            text = t(
                "Confirm the order for {amount}? It counts as confirmed until the shop reports "
                "something new of it; the usual hold applies.",
                amount=total,
            )
        case Verdict.ADJUSTED:
            text = t(
                "Set the amount of the order to {amount}? The reward is priced anew, and the "
                "amount holds until the shop reports another one than now.",
                amount=net or Money(0),
            )
        case Verdict.NOT_FOUND:
            text = t(
                "Answer that {orders} cannot be found in the shop's data of {day}?",
                orders=orders,
                day=shown.read_on or "–",
            )
        case _:
            reason = t.plain(REASON[wanted.reason]) if wanted.reason else ""
            text = t("Decline {orders}? Reason: {reason}.", orders=orders, reason=reason)
    return Screen(
        text,
        keyboard(
            button("✔️ " + t.plain("Answer so"), wanted.model_copy(update={"sure": True})),
            [back(t, DisputeLook(dispute=wanted.dispute, side=wanted.side)), home(t)],
        ),
    )
