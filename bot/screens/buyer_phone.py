"""Why a buyer may share the phone, the consent to it, and Telegram's own button."""

from __future__ import annotations

from html import escape
from typing import Final

from aiogram.types import KeyboardButton, ReplyKeyboardMarkup, ReplyKeyboardRemove

from bot.callbacks.buyers import MyData, Offered, PhoneStep, SharePhone
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, warned

__all__ = ["Screen", "agreed", "ask", "done", "dropped", "not_shared", "shared", "why"]

LATER: Final = N_("Not now")
ONLY_BUTTON: Final = N_(
    "A typed number proves nothing: only Telegram can say that it is yours. Press the button below."
)


def why(t: Translator, text: str, *, version: str, slug: str) -> Screen:
    """In plain words what it is for, then the text of the consent."""
    plain = t(
        "<b>Why share the phone?</b>\n"
        "Most shops do not tell us who recommended a product. If you order with this number, your "
        "order is found by it, and the creator who helped you gets the reward.\n"
        "• The number itself is not kept: only a digital print from which nobody can read it.\n"
        "• Nobody calls you or writes to you because of it, and the creator does not see it.\n"
        "• It changes neither the price nor your order.\n"
        "• You can take it back at any time under “My data”.\n\n"
        "If you agree, please press “I agree”:"
    )
    return Screen(
        Html(f"{plain}\n\n<blockquote>{escape(text, quote=False)}</blockquote>"),
        keyboard(
            button(
                "✅ " + t.plain("I agree"),
                SharePhone(step=PhoneStep.AGREE, version=version, slug=slug, lang=t.locale),
            ),
            _away(t, slug, LATER),
            home(t),
        ),
    )


def agreed(t: Translator, *, slug: str) -> Screen:
    """The consent is kept."""
    return Screen(
        t(
            "✅ Your consent is kept. Now press the button under the message field: Telegram "
            "itself will ask whether to share your number."
        ),
        keyboard(_away(t, slug, LATER), home(t)),
    )


def ask(t: Translator, *, problem: str | None = None) -> Screen:
    """Telegram's button."""
    text = t("Press the button “{button}” below.", button=t.plain("Share my phone"))
    share = KeyboardButton(text="📱 " + t.plain("Share my phone"), request_contact=True)
    return Screen(
        warned(problem, text),
        ask=ReplyKeyboardMarkup(
            keyboard=[[share], [KeyboardButton(text=t.plain(LATER))]],
            resize_keyboard=True,
            one_time_keyboard=True,
        ),
    )


def done(t: Translator) -> Screen:
    """The phone is kept; Telegram's button goes."""
    return Screen(t("✅ Thank you, the phone is confirmed."), ask=ReplyKeyboardRemove())


def shared(t: Translator, *, slug: str) -> Screen:
    """What happens now."""
    return Screen(
        t(
            "When you order, give this number: your order is found by it. We have deleted your "
            "message with the number from this chat."
        ),
        keyboard(_away(t, slug, N_("To the offer")), _data(t, slug), home(t)),
    )


def dropped(t: Translator) -> Screen:
    """Telegram's button goes."""
    return Screen(t("All right, the phone is not shared."), ask=ReplyKeyboardRemove())


def not_shared(t: Translator, *, slug: str) -> Screen:
    """What is possible all the same."""
    return Screen(
        t("The promo code and the link work without it. You can share the phone later."),
        keyboard(_away(t, slug, N_("To the offer")), _data(t, slug), home(t)),
    )


def _away(t: Translator, slug: str, label: str) -> Row:
    if not slug:
        return back(t, MyData(lang=t.locale))
    return button("‹ " + t.plain(label), Offered(slug=slug, lang=t.locale))


def _data(t: Translator, slug: str) -> Row:
    return button("🔒 " + t.plain("My data"), MyData(slug=slug, lang=t.locale)) if slug else None
