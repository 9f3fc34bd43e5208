"""The first screens of all: the choice of a language, and where a deep link has led."""

from __future__ import annotations

from html import escape

from aiogram.types import InlineKeyboardButton

from bot.callbacks.claims import Bought
from bot.callbacks.onboarding import FirstStep, Onboarding
from bot.callbacks.people import Language
from bot.i18n import Bps, Html, Translator
from bot.screens.base import Row, Screen, button, home, keyboard
from bot.screens.words import LANGUAGE, word
from core.invitations import Accepted
from core.labels import label_text
from core.links import LinkTarget
from core.people import Locale

# In all three languages at once: nobody's is known yet.
HELLO = (
    "Сәлеметсіз бе! Тілді таңдаңыз.\nЗдравствуйте! Выберите язык.\nHello! Please choose a language."
)


def first_contact(then: str = "") -> Screen:
    """Choose a language, Kazakh first; `then` is the payload of the link that was followed."""
    return Screen(HELLO, keyboard(*languages(then)))


def choose_language(t: Translator) -> Screen:
    """Choose another language."""
    return Screen(HELLO, keyboard(*languages(), home(t)))


def languages(then: str = "") -> list[InlineKeyboardButton]:
    """A button for each language, Kazakh first."""
    return [button(LANGUAGE[locale], Language(locale=locale, then=then)) for locale in Locale]


def invited(t: Translator, accepted: Accepted) -> Screen:
    """What the person has become by an invitation."""
    if accepted.brand is not None and accepted.role is not None:
        text = t(
            "🎉 You now act for the brand <b>{brand}</b>.\nYour role: {role}.",
            brand=accepted.brand_name,
            role=word(t, accepted.role),
        )
    else:
        rights = ", ".join(word(t, permission) for permission in sorted(accepted.permissions))
        text = t("🎉 You are on the operator's team now.\nYour rights: {rights}.", rights=rights)
    return Screen(text, keyboard(home(t)))


def invitation_spent(t: Translator) -> Screen:
    """The invitation opens nothing."""
    return Screen(
        t(
            "This invitation link does not work: it has been used already, it has expired, or it "
            "was copied in part. Ask whoever sent it for a new one."
        ),
        keyboard(home(t)),
    )


def buyer(t: Translator, target: LinkTarget, *, shop: str, then: str) -> Screen:
    """What a buyer came for: the code, what it gives, and the way to the shop `shop`."""
    lines = [
        Html(f"<i>{escape(label_text(target.legal_name))}</i>"),
        "",
        Html(f"<b>{escape(target.brand_name)}</b>"),
        Html(escape(target.text(t.locale).title)),
        "",
    ]
    code: Row = None
    if target.code:
        lines.append(t("Promo code: <code>{code}</code>", code=target.code))
        code = button("📋 " + t.plain("Copy the code"), copy=target.code)
    if target.discount_bps:
        lines.append(t("With it you pay {discount} less.", discount=Bps(target.discount_bps)))
    return Screen(
        "\n".join(lines),
        keyboard(
            code,
            button("🛒 " + t.plain("To the shop"), url=shop),
            button(
                "🛍 " + t.plain("I have bought"),
                Bought(enrolment=target.enrolment_id, lang=str(t.locale)),
            ),
            languages(then),
            home(t),
        ),
    )


def link_without_offer(t: Translator, *, ended: bool) -> Screen:
    """A buyer's link that leads nowhere: never given out, or its offer is over."""
    text = (
        t("This offer has ended, the promo code works no more.")
        if ended
        else t("This link leads nowhere. Check that it was copied whole.")
    )
    return Screen(text, keyboard(home(t)))


def about_button(t: Translator) -> InlineKeyboardButton:
    """Leads to what this is."""
    return button(t.plain("What is Üles?"), Onboarding(step=FirstStep.WELCOME))
