"""What a manager sees of applications, invitations, and of suspending creators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Final

from bot.callbacks.brand_admission import (
    ApplicationCard,
    Applications,
    InviteToOffer,
    RestoreInOffer,
    RevokeInvitation,
    Ruling,
    SuspendInOffer,
    WhyDeclined,
    WhySuspended,
)
from bot.callbacks.brand_creators import BrandCreators, OfferCreators
from bot.callbacks.brand_creators import CreatorInOffer as ToCreator
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard
from bot.screens.creator_card import creator_lines
from bot.screens.words import word
from core.admissions import (
    PLACES,
    WITHDRAWN,
    DeclineReason,
    OfferInvitation,
    SuspendReason,
)
from core.enrolments import CreatorInOffer, EnrolmentState
from core.offers import Admission, Offer
from core.usecases.admissions import Application

DAYS_ON_HAND: Final = 30


def application(t: Translator, shown: Application, *, queue: Applications | None) -> Screen:
    """An application with everything that a decision needs; `queue` goes on to the next one."""
    known = shown.enrolment
    lines: list[str] = [
        t("<b>Application</b> · {title}", title=shown.offer.text(t.locale).title),
    ]
    if shown.waiting > 1:
        lines.append(t.plural("{n} application waits", "{n} applications wait", shown.waiting))
    lines += ["", *creator_lines(t, shown.card), ""]
    lines.append(t("Applied: {at}", at=known.state_since or known.accepted_at))
    if known.note:
        lines.append(f"<blockquote>{escape(known.note, quote=False)}</blockquote>")
    if known.state is not EnrolmentState.APPLIED:
        lines += ["", _decided(t, shown)]
        return Screen(
            "\n".join(lines),
            keyboard(
                button("👤 " + t.plain("The creator in the offer"), ToCreator(enrolment=known.id))
                if known.state is EnrolmentState.ACTIVE
                else None,
                button(t.plain("Next application"), Applications(brand=known.brand)),
                [back(t, BrandCreators(brand=known.brand)), home(t)],
            ),
        )
    following = queue or Applications(brand=known.brand)
    later = following.model_copy(update={"after": known.id})
    return Screen(
        "\n".join(lines),
        keyboard(
            button(
                "✅ " + t.plain("Accept"), ApplicationCard(enrolment=known.id, ruling=Ruling.ACCEPT)
            ),
            [
                button(
                    "✖️ " + t.plain("Decline"),
                    ApplicationCard(enrolment=known.id, ruling=Ruling.DECLINE),
                ),
                button(t.plain("Later"), later),
            ],
            [back(t, BrandCreators(brand=known.brand)), home(t)],
        ),
    )


def _decided(t: Translator, shown: Application) -> Html:
    known = shown.enrolment
    match known.state:
        case EnrolmentState.ACTIVE:
            return t(
                "✅ Accepted. Code: <code>{code}</code>. The creator has been told.",
                code=known.code,
            )
        case EnrolmentState.DECLINED:
            reason = known.reason
            why = word(t, DeclineReason(reason)) if reason in list(DeclineReason) else reason
            return t("✖️ Declined: {reason}. The creator has been told.", reason=why)
        case EnrolmentState.LEFT if known.reason == WITHDRAWN:
            return t("The creator has taken the application back.")
        case _:
            return t("Status: {state}", state=word(t, known.state))


def no_application(t: Translator, *, asked: Applications, skipped: bool) -> Screen:
    """The queue is empty, or only what was left for later is in it."""
    text = (
        t("That was the last one. Those you left for later still wait.")
        if skipped
        else t("No application waits for you. You will be told when one comes.")
    )
    start = Applications(brand=asked.brand, offer=asked.offer)
    return Screen(
        text,
        keyboard(
            button(t.plain("From the beginning"), start) if skipped else None,
            [back(t, BrandCreators(brand=asked.brand)), home(t)],
        ),
    )


def why_declined(t: Translator, shown: Application) -> Screen:
    """Why the application is declined."""
    number = shown.enrolment.id
    text = t(
        "<b>Why do you decline?</b>\n{creator}\n\nThe creator reads the reason and can apply again "
        "after {n} days.",
        creator=shown.card.creator.display_name,
        n=DAYS_ON_HAND,
    )
    rows: list[Row] = [
        button(
            word(t, DeclineReason[why.name]),
            ApplicationCard(enrolment=number, ruling=Ruling.DECLINE, why=why),
        )
        for why in WhyDeclined
    ]
    return Screen(text, keyboard(*rows, [back(t, ApplicationCard(enrolment=number)), home(t)]))


# --- suspending


def why_suspended(t: Translator, offer: Offer, one: CreatorInOffer) -> Screen:
    """Why the creator is suspended."""
    number = one.enrolment.id
    text = t(
        "<b>Why do you suspend {creator}?</b>\nOffer: {title}\n\nThe creator reads the reason.",
        creator=one.name,
        title=offer.text(t.locale).title,
    )
    rows: list[Row] = [
        button(word(t, SuspendReason[why.name]), SuspendInOffer(enrolment=number, why=why))
        for why in WhySuspended
    ]
    return Screen(text, keyboard(*rows, [back(t, ToCreator(enrolment=number)), home(t)]))


def confirm_suspension(
    t: Translator, offer: Offer, one: CreatorInOffer, why: WhySuspended, *, now: datetime
) -> Screen:
    """What suspending does, and the question."""
    number = one.enrolment.id
    lines = [
        t(
            "<b>Suspend {creator} in the offer “{title}”?</b>",
            creator=one.name,
            title=offer.text(t.locale).title,
        ),
        t("Reason: {reason}", reason=word(t, SuspendReason[why.name])),
        Html(),
        t(
            "• Code and links stop at once: orders placed after {at} bring the creator nothing.",
            at=now,
        ),
        t("• Orders placed before are counted and paid as before. They cannot be taken back."),
        t("• Reserved articles are released; an announced change of the code is dropped."),
        t("• The creator is told at once, with the reason. You can restore them at any time."),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button(
                "⛔️ " + t.plain("Yes, suspend"),
                SuspendInOffer(enrolment=number, why=why, sure=True),
            ),
            [back(t, SuspendInOffer(enrolment=number)), home(t)],
        ),
    )


def confirm_restoring(t: Translator, offer: Offer, one: CreatorInOffer) -> Screen:
    """What restoring does, and the question."""
    number = one.enrolment.id
    text = t(
        "<b>Restore {creator} in the offer “{title}”?</b>\nThe code and the links work again from "
        "now on; orders of the time between do not count. Articles must be reserved anew. The "
        "creator is told.",
        creator=one.name,
        title=offer.text(t.locale).title,
    )
    return Screen(
        text,
        keyboard(
            button("✅ " + t.plain("Yes, restore"), RestoreInOffer(enrolment=number, sure=True)),
            [back(t, ToCreator(enrolment=number)), home(t)],
        ),
    )


# --- invitations


def invitations(t: Translator, offer: Offer, found: Sequence[OfferInvitation]) -> Screen:
    """Links that let creators in, and the choice of a new one."""
    number = offer.id or 0
    lines: list[str] = [
        t("<b>Invitations</b> · {title}", title=offer.text(t.locale).title),
        t(
            "Whoever opens such a link may take the offer at once, under the terms that it shows. "
            "A link lives 30 days."
        ),
    ]
    if offer.admission is Admission.OPEN:
        lines.append(t("This offer is open to everybody: a plain link to it does as well."))
    if found:
        lines.append("")
        lines += [
            t(
                "№ {number} · used {used} of {places} · until {until}",
                number=str(one.id),
                used=one.used,
                places=one.places,
                until=one.expires_at,
            )
            for one in found
        ]
    new = [
        button(
            t.plain("For one") if places == 1 else t.plain("For {n}", n=places),
            InviteToOffer(offer=number, places=places),
        )
        for places in PLACES
    ]
    revoke: list[Row] = [
        button(
            "✕ " + t.plain("Revoke № {number}", number=str(one.id)),
            RevokeInvitation(invitation=one.id),
        )
        for one in found
    ]
    lines += ["", t("How many creators should a new link let in?")]
    return Screen(
        "\n".join(lines), keyboard(new, *revoke, [back(t, OfferCreators(offer=number)), home(t)])
    )


def invitation(t: Translator, offer: Offer, *, link: str, places: int) -> Screen:
    """A new link; it is shown this once, only its digest is kept."""
    number = offer.id or 0
    text = t(
        "💌 <b>Invitation</b> · {title}\n{link}",
        title=offer.text(t.locale).title,
        link=link,
    )
    whom = (
        t("For one creator: send it to them alone.")
        if places == 1
        else t.plural("For up to {n} creator.", "For up to {n} creators.", places)
    )
    more = t("The link is shown only now: copy it. It lives 30 days and can be revoked.")
    return Screen(
        f"{text}\n\n{whom}\n{more}",
        keyboard(
            button("📋 " + t.plain("Copy the link"), copy=link),
            [back(t, InviteToOffer(offer=number)), home(t)],
        ),
    )
