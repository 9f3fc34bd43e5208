"""What a creator sees who applies for an offer, waits for the answer, or leaves."""

from __future__ import annotations

from datetime import datetime
from html import escape

from bot.callbacks.admission import Apply, LeaveOffer, WithdrawApplication
from bot.callbacks.enrolments import EnrolmentCard as ToEnrolment
from bot.callbacks.enrolments import Enrolments
from bot.callbacks.offers import Catalogue, TakeOffer
from bot.callbacks.offers import OfferCard as ToOffer
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, warned
from bot.screens.words import word
from core.admissions import NOTE_MAX, WITHDRAWN, DeclineReason, SuspendReason
from core.catalogue import OfferCard
from core.enrolments import STANDING, Enrolment, EnrolmentCard, EnrolmentState
from core.offers import Admission, Offer, OfferState


def ask_note(t: Translator, card: OfferCard, *, trouble: str | None = None) -> Screen:
    """What an application is, and the question for a few words; `trouble` (plain) came before."""
    number = card.offer.id or 0
    text = t(
        "<b>Apply for the offer</b>\n{title}\n{brand}\n\nThe brand sees your name, city, channels, "
        "languages and categories, and decides. You are told here.\n\nWrite a few words to the "
        "brand: how you would show the product, for whom you post. Up to {n} characters. Or send "
        "the application without them.",
        title=card.offer.text(t.locale).title,
        brand=card.brand.name,
        n=NOTE_MAX,
    )
    return Screen(
        warned(trouble, text),
        keyboard(
            button("📨 " + t.plain("Send without a note"), Apply(offer=number, send=True)),
            [back(t, ToOffer(offer=number)), home(t)],
        ),
    )


def applied(t: Translator, card: EnrolmentCard) -> Screen:
    """The application has been sent."""
    return Screen(
        t(
            "📨 <b>The application has been sent.</b>\n{title}\n\nThe brand “{brand}” decides; you "
            "are told here. Until then you can take it back.",
            title=card.offer.text(t.locale).title,
            brand=card.brand.name,
        ),
        keyboard(
            button(t.plain("My application"), ToEnrolment(enrolment=card.enrolment.id)),
            button("🛍 " + t.plain("Other offers"), Catalogue()),
            home(t),
        ),
    )


def standing(t: Translator, card: EnrolmentCard) -> Html:
    """What a creator should know of an enrolment that is not active."""
    enrolment = card.enrolment
    since = enrolment.state_since or enrolment.accepted_at
    match enrolment.state:
        case EnrolmentState.APPLIED:
            text = t("📨 You applied on {at}. The brand has not answered yet.", at=since)
            if enrolment.note:
                text = Html(f"{text}\n<i>{escape(enrolment.note, quote=False)}</i>")
            return text
        case EnrolmentState.DECLINED:
            text = t("The brand declined your application on {at}.", at=since)
            return Html(
                "\n".join([text, *_why_declined(t, enrolment.reason, enrolment.reapply_at)])
            )
        case EnrolmentState.LEFT if enrolment.reason == WITHDRAWN:
            return t("You took your application back on {at}.", at=since)
        case EnrolmentState.LEFT:
            return t(
                "You left the offer on {at}. Orders placed before are counted and paid as before; "
                "later ones bring nothing.",
                at=since,
            )
        case EnrolmentState.SUSPENDED:
            text = t(
                "⛔️ The brand suspended you in this offer on {at}. Orders placed before are "
                "counted and paid as before; later ones bring nothing until you are restored.",
                at=since,
            )
            return Html(f"{text}\n" + suspended_because(t, enrolment.reason))
        case _:
            return t(
                "The offer has ended. Orders placed before are counted and paid as before; later "
                "ones bring nothing."
            )


def _why_declined(t: Translator, reason: str, again_at: datetime | None) -> list[Html]:
    lines = []
    if reason in list(DeclineReason):
        lines.append(t("Reason: {reason}", reason=word(t, DeclineReason(reason))))
    if again_at is not None:
        lines.append(t("You can apply again from {at} on.", at=again_at))
    return lines


def declined_because(t: Translator, reason: str, again_at: datetime | None) -> Html:
    """Why an application was declined, and from when one may apply again."""
    return Html("\n".join(_why_declined(t, reason, again_at)))


def suspended_because(t: Translator, reason: str) -> Html:
    """Why a creator was suspended in an offer, and whom to ask."""
    known = reason in list(SuspendReason)
    text = t("Reason: {reason}", reason=word(t, SuspendReason(reason))) if known else Html()
    more = t("If you think that this is a mistake, write to support: the history is kept.")
    return Html(f"{text}\n{more}" if text else more)


def way_back(t: Translator, card: EnrolmentCard) -> Row:
    """The button that fits an enrolment that is not active."""
    enrolment = card.enrolment
    if enrolment.state is EnrolmentState.APPLIED:
        return button(
            "↩️ " + t.plain("Take the application back"),
            WithdrawApplication(enrolment=enrolment.id),
        )
    if leads_to_offer(card):
        return button("🛍 " + t.plain("To the offer"), ToOffer(offer=enrolment.offer))
    return None


def leads_to_offer(card: EnrolmentCard) -> bool:
    """Whether one may come back by way of the offer's card."""
    again = card.enrolment.state in (EnrolmentState.LEFT, EnrolmentState.DECLINED)
    return again and card.offer.state is OfferState.ACTIVE


def confirm_withdrawal(t: Translator, card: EnrolmentCard) -> Screen:
    """Taking an application back: really?"""
    return Screen(
        t(
            "<b>Take the application back?</b>\n{title}\n\nThe brand will not see it any more. You "
            "can apply again whenever the offer is open.",
            title=card.offer.text(t.locale).title,
        ),
        keyboard(
            button(
                t.plain("Yes, take it back"),
                WithdrawApplication(enrolment=card.enrolment.id, sure=True),
            ),
            [back(t, ToEnrolment(enrolment=card.enrolment.id)), home(t)],
        ),
    )


def confirm_leaving(t: Translator, card: EnrolmentCard, *, now: datetime) -> Screen:
    """Exactly what leaving does, and the question."""
    offer, stats = card.offer, card.stats
    lines: list[str] = [
        t("<b>Leave the offer?</b>"),
        Html(f"{escape(offer.text(t.locale).title)} · {escape(card.brand.name)}"),
        "",
    ]
    if card.enrolment.holds_code:
        lines.append(
            t(
                "• The code <code>{code}</code> stops working for you at once: orders placed after "
                "{at} bring nothing.",
                code=card.enrolment.code,
                at=now,
            )
        )
    lines += [
        t("• Your links lead to this offer no more."),
        t(
            "• Orders placed before are counted and paid as before, even when the shop reports "
            "them later."
        ),
    ]
    if offer.click_param:
        lines.append(
            t.plural(
                "• Whoever has clicked on your link before and buys within {n} day still counts.",
                "• Whoever has clicked on your link before and buys within {n} days still counts.",
                offer.terms.window_days,
            )
        )
    if stats.pending or stats.in_hold:
        lines.append(
            t(
                "• {amount} waits for the shop or is on hold: it stays yours.",
                amount=stats.pending + stats.in_hold,
            )
        )
    lines += [
        t("• Reserved articles and a wish for another code end too."),
        _rejoining(t, offer),
        t("The brand is told that you have left."),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button(
                "🚪 " + t.plain("Yes, leave"), LeaveOffer(enrolment=card.enrolment.id, sure=True)
            ),
            [back(t, ToEnrolment(enrolment=card.enrolment.id)), home(t)],
        ),
    )


def _rejoining(t: Translator, offer: Offer) -> Html:
    match offer.admission:
        case Admission.OPEN:
            return t(
                "• You can come back while the offer is open, under the terms of that day and with "
                "your results kept."
            )
        case Admission.APPROVAL:
            return t("• To come back you would have to apply again.")
        case Admission.INVITATION:
            return t("• You can come back as long as the invitation of the brand stands.")


def left(t: Translator, card: EnrolmentCard) -> Screen:
    """The creator is out."""
    return Screen(
        t(
            "You have left the offer <b>{title}</b>. What you have earned stays yours.",
            title=card.offer.text(t.locale).title,
        ),
        keyboard(
            button("🎟 " + t.plain("My codes"), Enrolments()),
            button("🛍 " + t.plain("Other offers"), Catalogue()),
            home(t),
        ),
    )


def withdrawn(t: Translator) -> Screen:
    """The application is no more."""
    return Screen(
        t("The application has been taken back."),
        keyboard(button("🛍 " + t.plain("Other offers"), Catalogue()), home(t)),
    )


# --- on the card of an offer


def is_in(card: OfferCard) -> bool:
    """Whether the creator is in the offer, was in it to the end, or waits for the brand's answer.

    Somebody who waits and is invited meanwhile may take the offer at once.
    """
    known = card.enrolment
    if known is None:
        return False
    return known.state in STANDING or (known.state is EnrolmentState.APPLIED and not card.invited)


def in_offer(t: Translator, known: Enrolment) -> Html:
    """How somebody is in the offer, in a line."""
    match known.state:
        case EnrolmentState.APPLIED:
            return t("📨 You have applied. The brand has not answered yet.")
        case EnrolmentState.SUSPENDED:
            return t("⛔️ The brand has suspended you in this offer.")
        case EnrolmentState.ENDED:
            return t("This offer has ended.")
        case _:
            return t("✅ You have this offer.")


def my_enrolment(t: Translator, card: OfferCard) -> Row:
    """The way from the card of an offer to one's place in it."""
    assert card.enrolment is not None
    applied = card.enrolment.state is EnrolmentState.APPLIED
    label = "📨 " + t.plain("My application") if applied else "🎟 " + t.plain("My code and link")
    return button(label, ToEnrolment(enrolment=card.enrolment.id))


def entry(t: Translator, card: OfferCard) -> Html:
    """How one gets into the offer, where it is not simply taken."""
    if card.invited:
        return t("💌 The brand has invited you: you can take the offer at once.")
    known = card.enrolment
    if known is not None and known.state is EnrolmentState.DECLINED and known.reapply_at:
        return declined_because(t, known.reason, known.reapply_at)
    match card.offer.admission:
        case Admission.APPROVAL:
            return t("📨 The brand decides who gets this offer: send an application.")
        case Admission.INVITATION:
            return t("💌 This offer is only for creators whom the brand has invited.")
        case Admission.OPEN:
            return Html()


def entry_button(t: Translator, card: OfferCard) -> Row:
    """The button that takes the offer or applies for it; None where neither is possible."""
    number = card.offer.id or 0
    if card.invited or card.offer.admission is Admission.OPEN:
        return button("✅ " + t.plain("Take the offer"), TakeOffer(offer=number))
    if card.offer.admission is Admission.APPROVAL:
        return button("📨 " + t.plain("Apply"), Apply(offer=number))
    return None
