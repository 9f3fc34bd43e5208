"""Notifications of coming into an offer and leaving it, and of codes, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiogram.filters.callback_data import CallbackData

from bot.callbacks.brand_admission import ApplicationCard
from bot.callbacks.brand_codes import Pool, WishCard
from bot.callbacks.brand_creators import CreatorInOffer
from bot.callbacks.enrolments import EnrolmentCard
from bot.callbacks.offers import OfferCard
from bot.i18n import Html, Translator
from bot.screens.admission import declined_because, suspended_because
from bot.screens.base import Screen, button, keyboard
from bot.screens.words import word
from core.code_changes import NoticeReason, RefusalReason
from core.notifications import NoteKind

Facts = Mapping[str, Any]


def admission_note(t: Translator, kind: NoteKind, facts: Facts, *, title: str) -> Screen:
    """An application, its answer, a creator who left, was suspended or restored."""
    enrolment = int(facts["enrolment"])
    mine = EnrolmentCard(enrolment=enrolment)
    match kind:
        case NoteKind.APPLIED:
            text = t(
                "📨 <b>{creator}</b> applies for the offer <b>{title}</b>.",
                creator=str(facts["creator"]),
                title=title,
            )
            return _screen(t, text, ApplicationCard(enrolment=enrolment))
        case NoteKind.CREATOR_LEFT:
            text = t(
                "🚪 <b>{creator}</b> has left the offer <b>{title}</b>.",
                creator=str(facts["creator"]),
                title=title,
            )
            return _screen(t, text, CreatorInOffer(enrolment=enrolment))
        case NoteKind.APPLICATION_ACCEPTED:
            text = t(
                "🎉 The brand has accepted you: the offer <b>{title}</b> is yours. Your code: "
                "<code>{code}</code>",
                title=title,
                code=str(facts["code"]),
            )
            return _screen(t, text, mine)
        case NoteKind.APPLICATION_DECLINED:
            text = t("The brand has declined your application for <b>{title}</b>.", title=title)
            why = declined_because(t, str(facts.get("reason", "")), _moment(facts, "again_at"))
            return _screen(t, Html(f"{text}\n{why}"), OfferCard(offer=int(facts["offer"])))
        case NoteKind.ENROLMENT_SUSPENDED:
            text = t(
                "⛔️ <b>{brand}</b> has suspended you in the offer <b>{title}</b>. Orders placed "
                "until now are counted and paid as before; later ones bring nothing until you are "
                "restored.",
                brand=str(facts["brand"]),
                title=title,
            )
            why = suspended_because(t, str(facts.get("reason", "")))
            return _screen(t, Html(f"{text}\n{why}"), mine)
        case _:
            text = t(
                "✅ <b>{brand}</b> has restored you in the offer <b>{title}</b>. Your code "
                "<code>{code}</code> and your links work again.",
                brand=str(facts["brand"]),
                title=title,
                code=str(facts["code"]),
            )
            return _screen(t, text, mine)


def code_note(t: Translator, kind: NoteKind, facts: Facts, *, title: str) -> Screen:
    """A wish for a code and its answer, an announced change, a pool that runs out."""
    if kind is NoteKind.POOL_LOW:
        count = int(facts["count"])
        text = (
            t.plural(
                "🎟 {n} free code is left in the pool of <b>{title}</b>. Upload more.",
                "🎟 {n} free codes are left in the pool of <b>{title}</b>. Upload more.",
                count,
                title=title,
            )
            if count
            else t("🎟 The pool of <b>{title}</b> is empty. Upload more codes.", title=title)
        )
        return _screen(t, text, Pool(offer=int(facts["offer"])))
    code = str(facts["code"])
    if kind is NoteKind.CODE_REQUESTED:
        text = t(
            "✏️ <b>{creator}</b> would like the code <code>{code}</code> in the offer "
            "<b>{title}</b>.",
            creator=str(facts["creator"]),
            code=code,
            title=title,
        )
        return _screen(t, text, WishCard(request=int(facts["request"])))
    match kind:
        case NoteKind.CODE_ACCEPTED:
            text = t(
                "🎉 Your new code in the offer <b>{title}</b>: <code>{code}</code>. The code {old} "
                "counts for you only for orders placed before.",
                title=title,
                code=code,
                old=str(facts["old"]),
            )
        case NoteKind.CODE_REFUSED:
            text = t(
                "The brand has refused the code <code>{code}</code> for the offer <b>{title}</b>. "
                "Your present code stays.",
                code=code,
                title=title,
            )
            text = _because(t, text, RefusalReason, facts)
        case NoteKind.CODE_NOTICE:
            text = t(
                "📅 <b>{brand}</b> announces: your code <code>{code}</code> in the offer "
                "<b>{title}</b> works until {due}.",
                brand=str(facts["brand"]),
                code=code,
                title=title,
                due=_moment(facts, "due_at") or "",
            )
            then = (
                t("From then on your code is <code>{code}</code>.", code=str(facts["next"]))
                if facts.get("next")
                else t("From then on you have no code in this offer; your links go on working.")
            )
            text = _because(t, Html(f"{text}\n{then}"), NoticeReason, facts)
            kept = t("Orders placed before that moment are yours, whenever they are reported.")
            text = Html(f"{text}\n{kept}")
        case NoteKind.CODE_NOTICE_CANCELLED:
            text = t(
                "✅ The announced change is off: your code <code>{code}</code> in the offer "
                "<b>{title}</b> stays.",
                code=code,
                title=title,
            )
        case _ if facts.get("next"):
            text = t(
                "🔁 As announced, your code in the offer <b>{title}</b> is now <code>{new}</code>. "
                "The code {code} counts for you only for orders placed before.",
                title=title,
                new=str(facts["next"]),
                code=code,
            )
        case _:
            text = t(
                "As announced, the code {code} in the offer <b>{title}</b> counts for you no more. "
                "Orders placed before stay yours, your links go on working.",
                title=title,
                code=code,
            )
    return _screen(t, text, EnrolmentCard(enrolment=int(facts["enrolment"])))


def _because(
    t: Translator,
    text: Html,
    reasons: type[RefusalReason] | type[NoticeReason],
    facts: Facts,
) -> Html:
    reason = str(facts.get("reason", ""))
    if reason not in list(reasons):
        return text
    return Html(f"{text}\n" + t("Reason: {reason}", reason=word(t, reasons(reason))))


def _moment(facts: Facts, name: str) -> datetime | None:
    written = facts.get(name)
    return datetime.fromisoformat(str(written)) if written else None


def _screen(t: Translator, text: Html, to: CallbackData) -> Screen:
    return Screen(text, keyboard(button(t.plain("Open"), to)))
