"""Disputes as a creator sees them, and what all sides read of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from html import escape
from typing import Final
from urllib.parse import quote

from bot.callbacks.disputes import (
    DisputeAct,
    DisputeHistory,
    DisputeLook,
    DisputeStep,
    DropNumber,
    FollowerText,
    Gather,
    GatherStep,
    MissingOrders,
    MyDisputes,
    WrongOrder,
)
from bot.callbacks.enrolments import EnrolmentCard as ToEnrolment
from bot.callbacks.orders import OrderCard
from bot.callbacks.wallet import Wallet
from bot.i18n import N_, Html, Translator, translator
from bot.screens.base import (
    COPY_LIMIT,
    Row,
    Screen,
    back,
    button,
    grid,
    home,
    keyboard,
    pager,
    utf16,
    warned,
)
from bot.screens.words import LANGUAGE
from core.disputes import (
    BAD,
    GOOD,
    NOTE_MAX,
    OVER,
    TYPED_MAX,
    DeclineReason,
    Deed,
    Dispute,
    DisputedOrder,
    DisputeEvent,
    DisputeKind,
    DisputeLine,
    DisputeState,
    Side,
    Typed,
    Verdict,
)
from core.enrolments import EnrolmentCard
from core.ids import EnrolmentId
from core.money import Money
from core.people import Locale
from core.ports.orders import OrderRow
from core.usecases.disputes import DisputeCard

PAGE: Final = 8  # orders of a case on a creator's screen
KIND: Final[Mapping[DisputeKind, str]] = {
    DisputeKind.MISSING: N_("Orders are missing"),
    DisputeKind.AMOUNT: N_("The amount is wrong"),
    DisputeKind.DECLINED: N_("Wrongly cancelled"),
}
MARK: Final[Mapping[DisputeState, str]] = {
    DisputeState.OPEN: "✍️",
    DisputeState.DATA: "🕓",
    DisputeState.BRAND: "⏳",
    DisputeState.STAFF: "⚖️",
    DisputeState.ANSWERED: "💬",
    DisputeState.CLOSED: "✔️",
    DisputeState.WITHDRAWN: "✖️",
}
REASON: Final[Mapping[DeclineReason, str]] = {
    DeclineReason.UNPAID: N_("the order was not paid for"),
    DeclineReason.CANCELLED: N_("the buyer cancelled or returned the order"),
    DeclineReason.OWN_PURCHASE: N_("it is the creator's own purchase"),
    DeclineReason.OTHER_WAY: N_("the buyer came by other advertising"),
    DeclineReason.EXCLUDED: N_("the offer does not cover these goods"),
    DeclineReason.FORBIDDEN: N_("promoted in a way that the offer forbids"),
    DeclineReason.AMOUNT_RIGHT: N_("the amount is right"),
    DeclineReason.NO_DELIVERY: N_("delivery is no part of the amount"),
    DeclineReason.UNPROVED: N_("nothing ties the order to the creator"),
}


# --- what all sides read


def number_of(dispute: Dispute) -> str:
    """What a case is called."""
    return f"№{dispute.id}"


def head(t: Translator, card: DisputeCard) -> list[str]:
    """What the case is about, whose it is and where it stands."""
    dispute = card.dispute
    who = card.creator_name if card.side is Side.BRAND else card.brand_name
    if card.side is Side.STAFF:
        who = f"{card.creator_name} · {card.brand_name}"
    lines: list[str] = [
        t(
            "<b>Dispute {number}</b> · {kind}",
            number=number_of(dispute),
            kind=t.plain(KIND[dispute.kind]),
        ),
        escape(who, quote=False),
        t("Offer: {title}", title=card.title(t.locale)),
        state(t, dispute, card.side),
    ]
    if dispute.claimed is not None:
        lines.append(t("The creator says: {amount}", amount=dispute.claimed))
    if dispute.note:
        lines.append(f"«{escape(dispute.note, quote=False)}»")
    return lines


def state(t: Translator, dispute: Dispute, side: Side) -> Html:
    """Where a case stands and until when."""
    until = dispute.until
    match dispute.state:
        case DisputeState.OPEN if until:
            return t("✍️ Order numbers are gathered until {at}.", at=until)
        case DisputeState.DATA if until:
            return t(
                "🕓 The shop's data do not have these orders yet. When the next data come, they "
                "are looked for again; the brand is asked on {at} at the latest.",
                at=until,
            )
        case DisputeState.BRAND if until:
            return t("⏳ The brand is to answer by {at}.", at=until)
        case DisputeState.STAFF:
            return t("⚖️ The operator's staff decide.")
        case DisputeState.ANSWERED if until and side is Side.CREATOR:
            return t("💬 Every order has an answer. You can object once, until {at}.", at=until)
        case DisputeState.ANSWERED if until:
            return t("💬 Every order has an answer. The creator can object until {at}.", at=until)
        case DisputeState.WITHDRAWN:
            return t("✖️ The creator has withdrawn the case.")
        case _:
            return t("✔️ The case is closed.")


def outcome(
    t: Translator, dispute: Dispute, order: DisputedOrder, side: Side, *, known: bool
) -> str:
    """What became of an order of a case, plain; `known` says that the data have it."""
    match order.verdict:
        case Verdict.WAITING if dispute.state is DisputeState.OPEN:
            return t.plain("not sent yet")
        case Verdict.WAITING if not known and order.order is None:
            return t.plain("not in the shop's data yet")
        case Verdict.WAITING if dispute.state is DisputeState.STAFF:
            return t.plain("waits for the operator's decision")
        case Verdict.WAITING:
            return t.plain("waits for the brand's answer")
        case Verdict.YOURS if dispute.kind is DisputeKind.MISSING and side is Side.CREATOR:
            return t.plain("is credited to you")
        case Verdict.YOURS if dispute.kind is DisputeKind.MISSING:
            return t.plain("is credited to the creator")
        case Verdict.YOURS:
            return t.plain("the shop's data are right now")
        case Verdict.OTHERS:
            return t.plain("is credited to another creator")
        case Verdict.LOST:
            return t.plain("was cancelled or returned")
        case Verdict.EARLY:
            return t.plain("was placed before the offer was taken")
        case Verdict.PAID if order.by is Side.NOBODY:
            return t.plain("credited by the terms: the brand was silent")
        case Verdict.PAID if dispute.kind is DisputeKind.MISSING:
            return t.plain("credited")
        case Verdict.PAID:
            return t.plain("counts as confirmed")
        case Verdict.ADJUSTED:
            return t.plain("the amount is now {amount}", amount=order.net or Money(0))
        case Verdict.DECLINED:
            reason = t.plain(REASON[order.reason]) if order.reason else ""
            return t.plain("declined: {reason}", reason=reason)
        case Verdict.NOT_FOUND:
            return t.plain("is not in the shop's data of {day}", day=order.day or date.min)
        case Verdict.DROPPED:
            return t.plain("the case was withdrawn")


def mark(order: DisputedOrder) -> str:
    """A sign for what became of an order."""
    if order.verdict in GOOD:
        return "✅"
    if order.verdict in BAD:
        return "✖️"
    return "·" if order.verdict is Verdict.DROPPED else "🕓"


def support(t: Translator, order: DisputedOrder) -> str:
    """Who speaks for an order, plain; "" for the creator alone."""
    if not order.followers:
        return ""
    words = t.value(
        t.plural("{n} follower sent the number", "{n} followers sent the number", order.followers)
    )
    if not order.receipts:
        return words
    return f"{words} ({t.plain('with a fiscal receipt: {n}', n=order.receipts)})"


def history(t: Translator, card: DisputeCard) -> Screen:
    """What was done about a case, oldest first."""
    lines: list[str] = [
        t("<b>Dispute {number}</b> · history", number=number_of(card.dispute)),
        "",
    ]
    for event in card.events:
        who = f" ({escape(event.name)})" if event.name and card.side is Side.STAFF else ""
        lines.append(f"{t.value(event.at)}\n{deed(t, card, event)}{who}")
    return Screen(
        "\n".join(lines),
        keyboard([back(t, DisputeLook(dispute=card.dispute.id, side=card.side)), home(t)]),
    )


def deed(t: Translator, card: DisputeCard, event: DisputeEvent) -> Html:
    """One step in words."""
    facts = event.facts
    orders = t.plural("{n} order", "{n} orders", int(facts.get("orders") or 0))
    match event.deed:
        case Deed.OPENED:
            return t("The creator opened the case.")
        case Deed.SENT if event.side is Side.CREATOR:
            return t("The creator sent the case: {orders}.", orders=orders)
        case Deed.SENT:
            return t(
                "The days for gathering were over, the case was sent: {orders}.", orders=orders
            )
        case Deed.FOUND:
            return t("The shop's data answered – {what}.", what=answered(t, facts))
        case Deed.ASKED:
            return t(
                "The brand was asked about {orders}, to answer by {at}.",
                orders=orders,
                at=datetime.fromisoformat(str(facts["until"])),
            )
        case Deed.REMINDED:
            return t("The brand was reminded.")
        case Deed.ANSWERED:
            return t("The brand answered – {what}.", what=answered(t, facts))
        case Deed.SILENT if facts.get("verdicts"):
            return t(
                "The brand let the day pass. By the terms of the offer – {what}.",
                what=answered(t, facts),
            )
        case Deed.SILENT:
            return t("The brand let the day pass.")
        case Deed.APPEALED if facts.get("note"):
            return t(
                "The creator objected: {orders}. «{note}»", orders=orders, note=str(facts["note"])
            )
        case Deed.APPEALED:
            return t("The creator objected: {orders}.", orders=orders)
        case Deed.RULED:
            return t("The operator's staff decided – {what}.", what=answered(t, facts))
        case Deed.CLOSED:
            return t("The case was closed.")
        case Deed.WITHDRAWN:
            return t("The creator withdrew the case.")


_COUNTED: Final[Mapping[Verdict, str]] = {
    Verdict.WAITING: N_("waiting: {n}"),
    Verdict.YOURS: N_("credited already: {n}"),
    Verdict.OTHERS: N_("credited to another creator: {n}"),
    Verdict.LOST: N_("cancelled or returned: {n}"),
    Verdict.EARLY: N_("placed too early: {n}"),
    Verdict.PAID: N_("credited: {n}"),
    Verdict.ADJUSTED: N_("amount corrected: {n}"),
    Verdict.DECLINED: N_("declined: {n}"),
    Verdict.NOT_FOUND: N_("not found: {n}"),
    Verdict.DROPPED: N_("withdrawn: {n}"),
}


def answered(t: Translator, facts: Mapping[str, object]) -> str:
    """How many orders got which verdict, plain; facts as `core.usecases.dispute_steps.verdicts`."""
    counts = facts.get("verdicts")
    parts = [
        t.plain(_COUNTED[Verdict(verdict)], n=int(count))
        for verdict, count in (counts if isinstance(counts, Mapping) else {}).items()
    ]
    if "reason" in facts:
        parts.append(t.plain(REASON[DeclineReason(str(facts["reason"]))]))
    if "net_minor" in facts:
        parts.append(t.value(Money(int(str(facts["net_minor"])))))
    if "day" in facts:
        parts.append(t.value(date.fromisoformat(str(facts["day"]))))
    return ", ".join(parts)


def line_label(t: Translator, line: DisputeLine, *, name: str) -> str:
    """A case on a button of a list."""
    orders = t.plural("{n} order", "{n} orders", line.orders)
    return (
        f"{MARK[line.dispute.state]} {number_of(line.dispute)} · {name} · "
        f"{t.plain(KIND[line.dispute.kind])} · {t.value(orders)}"
    )


# --- the creator


def mine(t: Translator, lines: Sequence[DisputeLine], *, first: bool, more: bool) -> Screen:
    """A creator's cases."""
    text: list[str] = [
        t("<b>Disputes</b>"),
        t(
            "If an order is missing, open a case here. If an order has a wrong amount or was "
            "wrongly cancelled, open it in the list of orders and say so there."
        ),
    ]
    if not lines:
        text += ["", t("You have no cases.")]
    return Screen(
        "\n".join(text),
        keyboard(
            *(
                button(
                    line_label(t, line, name=line.brand_name),
                    DisputeLook(dispute=line.dispute.id, side=Side.CREATOR),
                )
                for line in lines
            ),
            pager(
                t,
                None if first else MyDisputes(),
                MyDisputes(after=lines[-1].dispute.id) if more else None,
            ),
            button("🔎 " + t.plain("An order is missing"), MissingOrders()),
            [back(t, Wallet()), home(t)],
        ),
    )


def choose_offer(
    t: Translator, cards: Sequence[EnrolmentCard], *, first: bool, next_after: int | None
) -> Screen:
    """Of which offer is an order missing?"""
    rows: list[Row] = [
        button(
            f"{card.offer.text(t.locale).title} · {card.brand.name}",
            MissingOrders(enrolment=card.enrolment.id),
        )
        for card in cards
        if card.enrolment.slug
    ]
    text = t("Of which offer is an order missing?")
    if not rows:
        text = t("You have not taken any offer yet, so there are no orders to look for.")
    return Screen(
        text,
        keyboard(
            *rows,
            pager(
                t,
                None if first else MissingOrders(),
                None if next_after is None else MissingOrders(after=next_after),
            ),
            [back(t, MyDisputes()), home(t)],
        ),
    )


def missing(t: Translator, enrolment: EnrolmentId, *, brand: str, days: timedelta) -> Screen:
    """How a missing order is found, before anything is begun."""
    return Screen(
        t(
            "<b>An order is missing</b>\n{brand}\n\n"
            "Send the numbers of the orders, or ask your followers to send theirs: we give you a "
            "text with a link. Nobody is shown who they are.\n\n"
            "Then the numbers are looked up in the shop's data at once. What the data do not "
            "answer goes to the brand, which has {days} to answer.",
            brand=brand,
            days=t.plural("{n} day", "{n} days", days.days),
        ),
        keyboard(
            button(
                "⌨️ " + t.plain("I have the numbers"),
                Gather(enrolment=enrolment, step=GatherStep.TYPE),
            ),
            button(
                "📣 " + t.plain("Ask followers"),
                Gather(enrolment=enrolment, step=GatherStep.FOLLOWERS),
            ),
            [back(t, ToEnrolment(enrolment=enrolment)), home(t)],
        ),
    )


def ask_numbers(
    t: Translator, enrolment: EnrolmentId, *, brand: str, problem: str | None = None
) -> Screen:
    """Type order numbers."""
    text = t(
        "<b>{brand}</b>\nSend the order numbers, one or many in a message, up to {n}. "
        "For example: 712155089, 712155090",
        brand=brand,
        n=TYPED_MAX,
    )
    return Screen(
        warned(problem, text),
        keyboard([back(t, MissingOrders(enrolment=enrolment)), home(t)]),
    )


def added(t: Translator, card: DisputeCard, typed: Typed, elsewhere: Sequence[str]) -> Screen:
    """The case after numbers were typed, and what was not taken."""
    notes: list[str] = []
    if elsewhere:
        notes.append(
            t.plain(
                "These numbers stand in another case of yours: {numbers}",
                numbers=_listed(elsewhere),
            )
        )
    if typed.refused:
        notes.append(
            t.plain("These are no order numbers: {numbers}", numbers=_listed(typed.refused))
        )
    shown = creator_card(t, card, page=0)
    hint = t("More numbers? Send them here.")
    return Screen(warned("\n".join(notes) or None, f"{shown.text}\n\n{hint}"), shown.keyboard)


def _listed(numbers: Sequence[str]) -> str:
    return ", ".join(numbers[:10]) + (" …" if len(numbers) > 10 else "")


def creator_card(t: Translator, card: DisputeCard, *, page: int, problem: str = "") -> Screen:
    """A case as its creator sees it."""
    dispute = card.dispute
    lines = head(t, card)
    shown = card.orders[page * PAGE : (page + 1) * PAGE]
    lines += ["", t("Orders: {n}", n=len(card.orders))]
    for order in shown:
        found = card.found.get(order.number)
        text = outcome(t, dispute, order, card.side, known=found is not None)
        more = support(t, order) if dispute.state is DisputeState.OPEN else ""
        if order.verdict in GOOD and found is not None and found.reward:
            more = t.plain("reward {amount}", amount=found.reward)
        lines.append(
            f"{mark(order)} <code>{escape(order.number)}</code> – "
            + escape(" · ".join(part for part in (text, more) if part), quote=False)
        )
    here = DisputeLook(dispute=dispute.id, side=Side.CREATOR)
    credited = [
        button("📦 " + order.number, OrderCard(order=card.found[order.number].id))
        for order in shown
        if order.number in card.found
    ]
    return Screen(
        warned(problem or None, "\n".join(lines)),
        keyboard(
            *grid(credited),
            pager(
                t,
                here if page else None,
                here.model_copy(update={"page": page + 1})
                if len(card.orders) > (page + 1) * PAGE
                else None,
            ),
            *_creator_steps(t, card),
            button("🗒 " + t.plain("History"), DisputeHistory(dispute=dispute.id, side=card.side)),
            [back(t, MyDisputes()), home(t)],
        ),
    )


def _creator_steps(t: Translator, card: DisputeCard) -> list[Row]:
    dispute = card.dispute

    def act(step: DisputeStep) -> DisputeAct:
        return DisputeAct(dispute=dispute.id, step=step)

    rows: list[Row] = []
    if dispute.state is DisputeState.OPEN:
        rows += [
            [
                button(
                    "⌨️ " + t.plain("Add numbers"),
                    Gather(enrolment=dispute.enrolment, step=GatherStep.TYPE),
                ),
                button(
                    "📣 " + t.plain("Ask followers"),
                    FollowerText(dispute=dispute.id, lang=Locale.KK),
                ),
            ],
        ]
        if card.orders:
            rows += [
                button("📤 " + t.plain("Send the case"), act(DisputeStep.SEND)),
                button("🧹 " + t.plain("Remove a number"), act(DisputeStep.REMOVE)),
            ]
    if dispute.state is DisputeState.ANSWERED and dispute.appealed_at is None:
        rows.append(button("⚖️ " + t.plain("I object"), act(DisputeStep.APPEAL)))
    if dispute.state not in (*OVER, DisputeState.ANSWERED):
        rows.append(button("🗑 " + t.plain("Withdraw the case"), act(DisputeStep.WITHDRAW)))
    return rows


def confirm(t: Translator, card: DisputeCard, step: DisputeStep) -> Screen:
    """What happens when the case is sent or withdrawn."""
    orders = t.plural("{n} order", "{n} orders", len(card.orders))
    if step is DisputeStep.SEND:
        text = t(
            "Send the case with {orders}? The numbers are looked up in the shop's data at once. "
            "After that no numbers can be added, and the link for followers closes.",
            orders=orders,
        )
        yes = "📤 " + t.plain("Send the case")
    else:
        text = t("Withdraw the case? What has been credited stays, the rest is not looked at.")
        yes = "🗑 " + t.plain("Withdraw the case")
    return Screen(
        text,
        keyboard(
            button(yes, DisputeAct(dispute=card.dispute.id, step=step, sure=True)),
            [back(t, DisputeLook(dispute=card.dispute.id, side=Side.CREATOR)), home(t)],
        ),
    )


def remove(t: Translator, card: DisputeCard, *, page: int) -> Screen:
    """Which number is to be taken out?"""
    size = 20
    shown = card.orders[page * size : (page + 1) * size]
    here = DisputeAct(dispute=card.dispute.id, step=DisputeStep.REMOVE)
    return Screen(
        t("Which number is to be removed?"),
        keyboard(
            *grid([button(order.number, DropNumber(order=order.id)) for order in shown]),
            pager(
                t,
                here if page else None,
                here.model_copy(update={"page": page + 1})
                if len(card.orders) > (page + 1) * size
                else None,
            ),
            [back(t, DisputeLook(dispute=card.dispute.id, side=Side.CREATOR)), home(t)],
        ),
    )


def ask_objection(t: Translator, card: DisputeCard, *, problem: str | None = None) -> Screen:
    """Why does the creator object?"""
    bad = sum(order.verdict in BAD for order in card.orders)
    text = t(
        "You object to the answers on {orders}. The operator's staff look at the case once more; "
        "their decision is final. Write in a few words why, up to {most} characters, or object "
        "without words.",
        orders=t.plural("{n} order", "{n} orders", bad),
        most=NOTE_MAX,
    )
    return Screen(
        warned(problem, text),
        keyboard(
            button(
                "⚖️ " + t.plain("Object without words"),
                DisputeAct(dispute=card.dispute.id, step=DisputeStep.APPEAL, sure=True),
            ),
            [back(t, DisputeLook(dispute=card.dispute.id, side=Side.CREATOR)), home(t)],
        ),
    )


def ask_amount(t: Translator, row: OrderRow, *, problem: str | None = None) -> Screen:
    """What did the order come to?"""
    text = t(
        "<b>Order {number}</b>: {amount} by the shop's data.\nHow much did the buyer pay for the "
        "goods, without delivery? Send the sum, for example: 15 000. The brand is asked at once.",
        number=row.external_id,
        amount=row.net,
    )
    return Screen(warned(problem, text), keyboard([back(t, OrderCard(order=row.id)), home(t)]))


def ask_words(t: Translator, row: OrderRow, *, problem: str | None = None) -> Screen:
    """Why was the order wrongly cancelled?"""
    text = t(
        "<b>Order {number}</b> is reported as cancelled or returned. The brand is asked to look "
        "at it again. Write in a few words how you know that the order stands, up to {most} "
        "characters, or ask without words.",
        number=row.external_id,
        most=NOTE_MAX,
    )
    return Screen(
        warned(problem, text),
        keyboard(
            button(
                "📤 " + t.plain("Ask without words"),
                WrongOrder(order=row.id, kind=DisputeKind.DECLINED, sure=True),
            ),
            [back(t, OrderCard(order=row.id)), home(t)],
        ),
    )


def follower_text(t: Translator, card: DisputeCard, lang: Locale, *, link: str) -> Screen:
    """The text for followers in a language, to copy or to share."""
    words = translator(lang)
    body = words.plain(
        "Did you buy from {brand} by my code or link? Your order may not have been counted. "
        "Please send its number here, nobody is shown who you are:",
        brand=card.brand_name,
    )
    text = t(
        "<b>Text for followers</b>\nPut it into a story or a post. Numbers that they send come "
        "into the case by themselves.",
    )
    whole = f"{body} {link}"
    share = f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(body, safe='')}"
    others = [
        button(LANGUAGE[one], FollowerText(dispute=card.dispute.id, lang=one))
        for one in Locale
        if one is not lang
    ]
    copied = whole if utf16(whole) <= COPY_LIMIT else link
    return Screen(
        f"{text}\n\n<blockquote>{escape(whole, quote=False)}</blockquote>",
        keyboard(
            [
                button("📋 " + t.plain("Copy"), copy=copied),
                button("📤 " + t.plain("Share"), url=share),
            ],
            others,
            [back(t, DisputeLook(dispute=card.dispute.id, side=Side.CREATOR)), home(t)],
        ),
    )
