"""The first screens of all: the choice of a language, and where a deep link has led."""

from __future__ import annotations

from aiogram.types import InlineKeyboardButton

from bot.callbacks.onboarding import FirstStep, Onboarding
from bot.callbacks.people import Language
from bot.i18n import Translator
from bot.screens.base import Screen, button, home, keyboard
from bot.screens.words import LANGUAGE, word
from core.invitations import Accepted
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


def about_button(t: Translator) -> InlineKeyboardButton:
    """Leads to what this is."""
    return button(t.plain("What is Üles?"), Onboarding(step=FirstStep.WELCOME))
