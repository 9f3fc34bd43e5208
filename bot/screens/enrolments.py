"""A creator's codes: the list, one code with its link and results, the QR picture."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from aiogram.types import InlineKeyboardButton

from bot.callbacks.admission import CodeWish, LeaveOffer, WishStep
from bot.callbacks.brand_handles import OwnHandles
from bot.callbacks.disputes import MissingOrders
from bot.callbacks.enrolments import EnrolmentCard as ToEnrolment
from bot.callbacks.enrolments import Enrolments, QrPicture
from bot.callbacks.offers import Catalogue, OfferCard
from bot.callbacks.orders import Orders
from bot.callbacks.placements import Placements as ToPlacements
from bot.callbacks.proofs import ProofNew
from bot.callbacks.slots import OwnSlot
from bot.i18n import Bps, Html, Translator
from bot.qr import QrCard
from bot.screens.admission import leads_to_offer, standing, way_back
from bot.screens.base import Photo, Row, Screen, back, button, home, keyboard, pager
from bot.screens.offers import terms
from bot.screens.reconciliation import own_lines
from bot.screens.words import word
from core.admissions import WITHDRAWN
from core.code_changes import CodeNotice
from core.enrolments import Enrolment, EnrolmentCard, EnrolmentState, EnrolmentStats
from core.labels import label_text
from core.usecases.readings import OwnReading


def listing(
    t: Translator, cards: Sequence[EnrolmentCard], *, first: bool, next_after: int | None
) -> Screen:
    """The creator's codes with what each has brought."""
    text: str = t("<b>My codes</b>")
    if cards:
        text += "".join(f"\n\n{_line(t, card)}" for card in cards)
    else:
        text += "\n\n" + t("You have no codes yet. Take an offer, and its code appears here.")
    rows: list[Row] = [
        button(
            f"{card.enrolment.code or card.offer.text(t.locale).title} · {card.brand.name}",
            ToEnrolment(enrolment=card.enrolment.id),
        )
        for card in cards
    ]
    if not cards:
        rows.append(button("🛍 " + t.plain("Choose an offer"), Catalogue()))
    return Screen(
        text=text,
        keyboard=keyboard(
            *rows,
            pager(
                t,
                None if first else Enrolments(),
                None if next_after is None else Enrolments(after=next_after),
            ),
            home(t),
        ),
    )


def _line(t: Translator, card: EnrolmentCard) -> Html:
    title = escape(card.offer.text(t.locale).title)
    line = f"<b>{title}</b>"
    if card.enrolment.code:
        line = f"<code>{escape(card.enrolment.code)}</code> · {line}"
    if card.enrolment.state is not EnrolmentState.ACTIVE:
        line += f" · {escape(enrolment_word(t, card.enrolment))}"
    if not card.enrolment.slug:  # never was in: there is nothing to count
        return Html(line)
    return Html(f"{line}\n{_counts(t, card.stats)} · {t('{amount}', amount=card.stats.earned)}")


def _counts(t: Translator, stats: EnrolmentStats) -> Html:
    clicks = t.plural("{n} click", "{n} clicks", stats.clicks)
    orders = t.plural("{n} order", "{n} orders", stats.orders)
    return Html(f"{clicks} · {orders}")


def card(
    t: Translator,
    shown: EnrolmentCard,
    *,
    link: str,
    taken: bool = False,
    reading: OwnReading | None = None,
) -> Screen:
    """One code with everything that a creator needs to post it; `taken` greets a new one.

    `reading` says how far the brand's orders are reconciled.
    """
    enrolment, offer = shown.enrolment, shown.offer
    if enrolment.state is not EnrolmentState.ACTIVE:
        return _resting(t, shown, reading)
    parts = [
        t("🎉 <b>The offer is yours!</b>") if taken else "",
        Html(f"<b>{escape(offer.text(t.locale).title)}</b>\n{escape(shown.brand.name)}"),
        _ways(t, shown, link),
        _waiting(t, shown),
        _label(t, shown),
        Html("\n".join(terms(t, offer))),
        "" if taken else _results(t, shown.stats),
        Html("\n".join(own_lines(t, reading, sums=False))) if reading else "",
    ]
    copies: Row = [
        *(
            [button("📋 " + t.plain("Copy the code"), copy=enrolment.code)]
            if enrolment.holds_code
            else []
        ),
        button("📋 " + t.plain("Copy the link"), copy=link),
    ]
    label = button("📋 " + t.plain("Copy the label"), copy=label_text(shown.brand.legal_name))
    picture = button("🔳 " + t.plain("QR card"), QrPicture(enrolment=enrolment.id))
    return Screen(
        text="\n\n".join(part for part in parts if part),
        keyboard=keyboard(
            copies,
            [label, picture],
            [
                button("🔗 " + t.plain("Links by placement"), ToPlacements(enrolment=enrolment.id)),
                _wish(t, shown),
            ],
            button("📎 " + t.plain("Send proof"), ProofNew(enrolment=enrolment.id)),
            button(
                "🏷 " + t.plain("Articles, ids and tags · {n}", n=reading.handles),
                OwnHandles(enrolment=enrolment.id),
            )
            if reading and reading.handles
            else None,
            button("📆 " + t.plain("Slots"), OwnSlot(enrolment=enrolment.id))
            if reading and reading.slots
            else None,
            [
                button("📦 " + t.plain("Orders"), Orders()),
                button("🛍 " + t.plain("The offer"), OfferCard(offer=enrolment.offer)),
            ],
            button("🔎 " + t.plain("An order is missing"), MissingOrders(enrolment=enrolment.id)),
            button("🚪 " + t.plain("Leave the offer"), LeaveOffer(enrolment=enrolment.id)),
            [back(t, Enrolments()), home(t)],
        ),
    )


def _resting(t: Translator, shown: EnrolmentCard, reading: OwnReading | None) -> Screen:
    """An enrolment that is not active: why, what comes of it, and the way on."""
    enrolment, offer = shown.enrolment, shown.offer
    was_in = bool(enrolment.slug)
    parts = [
        Html(f"<b>{escape(offer.text(t.locale).title)}</b>\n{escape(shown.brand.name)}"),
        t("Status: {state}", state=enrolment_word(t, enrolment)),
        standing(t, shown),
        t("Your last code: <code>{code}</code>", code=enrolment.code) if enrolment.code else "",
        _results(t, shown.stats) if was_in else "",
        Html("\n".join(own_lines(t, reading, sums=False))) if was_in and reading else "",
    ]
    return Screen(
        text="\n\n".join(part for part in parts if part),
        keyboard=keyboard(
            way_back(t, shown),
            [
                *([button("📦 " + t.plain("Orders"), Orders())] if was_in else []),
                *(
                    []
                    if leads_to_offer(shown)
                    else [button("🛍 " + t.plain("The offer"), OfferCard(offer=enrolment.offer))]
                ),
            ],
            button("🔎 " + t.plain("An order is missing"), MissingOrders(enrolment=enrolment.id))
            if was_in
            else None,
            [back(t, Enrolments()), home(t)],
        ),
    )


def enrolment_word(t: Translator, enrolment: Enrolment) -> str:
    """The state in a few words; an application that was taken back is nobody who left."""
    if enrolment.state is EnrolmentState.LEFT and enrolment.reason == WITHDRAWN:
        return t.plain("application taken back")
    return word(t, enrolment.state)


def _waiting(t: Translator, shown: EnrolmentCard) -> Html | str:
    """What is going to become of the code."""
    if shown.notice is not None:
        return announced(t, shown.notice)
    if shown.wish is not None:
        return t(
            "✏️ You asked for the code <code>{code}</code> on {at}. The brand has not answered yet; "
            "until then your code stays as it is.",
            code=shown.wish.normal,
            at=shown.wish.asked_at,
        )
    return ""


def announced(t: Translator, notice: CodeNotice) -> Html:
    """An announced end of a code with both dates and what comes after it."""
    head = t(
        "📅 On {announced} the brand announced a change: the code <code>{code}</code> works for "
        "you until {due}.",
        announced=notice.announced_at,
        code=notice.old,
        due=notice.due_at,
    )
    then = (
        t("From then on your code is <code>{code}</code>.", code=notice.new)
        if notice.new
        else t("From then on you have no code in this offer; your links go on working.")
    )
    why = t("Reason: {reason}", reason=word(t, notice.reason))
    kept = t("Orders placed before that moment are yours, whenever they are reported.")
    return Html(f"{head}\n{then}\n{why}\n{kept}")


def _wish(t: Translator, shown: EnrolmentCard) -> InlineKeyboardButton:
    if shown.wish is not None:
        step, label = WishStep.WITHDRAW, t.plain("Take the wish back")
    else:
        step, label = WishStep.ASK, t.plain("Another code")
    return button("✏️ " + label, CodeWish(enrolment=shown.enrolment.id, step=step))


def _ways(t: Translator, shown: EnrolmentCard, link: str) -> Html:
    code = (
        t("🎟 Your code: <code>{code}</code>", code=shown.enrolment.code)
        if shown.enrolment.holds_code
        else t("🎟 You have no code in this offer now. Your link works.")
    )
    way = t("🔗 Your link: {link}", link=link)
    return Html(f"{code}\n{way}")


def _label(t: Translator, shown: EnrolmentCard) -> Html:
    ask = t("📣 Put this label at the start of the post, and in a video before the advertisement:")
    return Html(f"{ask}\n<code>{escape(label_text(shown.brand.legal_name))}</code>")


def _results(t: Translator, stats: EnrolmentStats) -> Html:
    lines = [Html(f"📊 {_counts(t, stats)}")]
    if stats.lost:
        lines.append(
            t.plural(
                "{n} order was cancelled or returned.",
                "{n} orders were cancelled or returned.",
                stats.lost,
            )
        )
    if stats.pending:
        lines.append(t("Waiting for the shop: {amount}", amount=stats.pending))
    if stats.in_hold:
        lines.append(t("On hold: {amount}", amount=stats.in_hold))
    if stats.available:
        lines.append(t("Earned: <b>{amount}</b>", amount=stats.available))
    return Html("\n".join(lines))


def qr_texts(t: Translator, shown: EnrolmentCard, *, link: str) -> QrCard:
    """What is written on the QR picture."""
    held = shown.enrolment.holds_code  # a withdrawn code must not be spread any further
    discount = shown.offer.discount_bps if held else 0
    return QrCard(
        brand=shown.brand.name,
        title=shown.offer.text(t.locale).title,
        code=shown.enrolment.code if held else "",
        url=link,
        label=label_text(shown.brand.legal_name),
        discount=f"−{t.value(Bps(discount))}" if discount else "",
        code_caption=t.plain("Promo code") if held else "",
        hint=t.plain("Scan the code or type the promo code when you order") if held else "",
    )


def qr_picture(t: Translator, shown: EnrolmentCard, *, link: str, png: bytes) -> Screen:
    """The QR picture as a message to keep."""
    text = t(
        "<b>{brand}</b>: your code <code>{code}</code>\n{link}\n\n"
        "Post the picture in stories or print it: the label is on it already.",
        brand=shown.brand.name,
        code=shown.enrolment.code,
        link=link,
    )
    if not shown.enrolment.holds_code:
        text = t("<b>{brand}</b>: your link\n{link}", brand=shown.brand.name, link=link)
    code = shown.enrolment.code if shown.enrolment.holds_code else ""
    key = f"qr:{shown.enrolment.id}:{code}:{t.locale}:{link}"
    return Screen(
        text=text,
        photo=Photo(key, png),
        keyboard=keyboard(
            [
                *([button("📋 " + t.plain("Copy the code"), copy=code)] if code else []),
                button("📋 " + t.plain("Copy the link"), copy=link),
            ],
            [
                button(
                    "🎟 " + t.plain("My code and link"),
                    ToEnrolment(enrolment=shown.enrolment.id),
                ),
                home(t),
            ],
        ),
    )
