"""The message that readers of a broadcast get."""

from __future__ import annotations

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton

from bot.callbacks.broadcasts import BroadcastMute, tapped
from bot.callbacks.notices import Notices
from bot.callbacks.offers import Catalogue, OfferCard
from bot.callbacks.people import Profile
from bot.callbacks.wallet import Wallet
from bot.i18n import Translator, translator
from bot.screens.base import LABEL_LIMIT, Photo, Screen, back, button, cut_plain, home, keyboard
from bot.screens.words import word
from core.broadcasts import Broadcast, Button, ButtonKind
from core.people import Locale


def message(
    broadcast: Broadcast, reader: Locale, *, picture: bytes | None, link: str | None = None
) -> Screen:
    """What a reader of the language gets.

    `link` is the address of the button that counts this reader's tap; without one it is a preview,
    and nothing is counted. LookupError where there is no text for the reader.
    """
    locale = broadcast.language(reader)
    if locale is None:
        raise LookupError(f"broadcast {broadcast.id} has no text in {reader}")
    t = translator(locale)
    action = None
    if broadcast.button is not None:
        action = _action(t, broadcast, broadcast.button, link)
    mute = None
    if broadcast.marketing:
        mute = button("🔕 " + t.plain("No more such messages"), BroadcastMute(muted=True))
    rows = [row for row in (action, mute) if row is not None]
    return Screen(
        text=broadcast.texts[locale],
        photo=Photo(f"upload:{broadcast.picture}", picture) if picture else None,
        keyboard=keyboard(*rows) if rows else None,
    )


def label(t: Translator, shown: Button) -> str:
    """What stands on the button."""
    return shown.labels.get(t.locale) or word(t, shown.kind)


def muted(t: Translator, *, now_muted: bool) -> Screen:
    """Whether a reader gets news and offers, and the button to change it."""
    if now_muted:
        text = t(
            "🔕 <b>News and offers are off.</b>\nMessages about your own orders, posts and money "
            "come as before."
        )
        again = button("🔔 " + t.plain("Switch them on again"), BroadcastMute(muted=False))
    else:
        text = t(
            "🔔 <b>News and offers are on.</b>\nNow and then Üles writes to you about new offers "
            "and news, never by night."
        )
        again = button("🔕 " + t.plain("No more such messages"), BroadcastMute(muted=True))
    return Screen(text, keyboard(again, [back(t, Notices()), home(t)]))


def _action(
    t: Translator, broadcast: Broadcast, shown: Button, link: str | None
) -> InlineKeyboardButton:
    text = cut_plain(label(t, shown), LABEL_LIMIT)
    if shown.kind is ButtonKind.URL:
        return button(text, url=link or shown.url)
    target = _target(shown)
    data = target.pack() if link is None else tapped(broadcast.id, target)
    return InlineKeyboardButton(text=text, callback_data=data)


def _target(shown: Button) -> CallbackData:
    match shown.kind:
        case ButtonKind.OFFER:
            return OfferCard(offer=shown.offer or 0)
        case ButtonKind.WALLET:
            return Wallet()
        case ButtonKind.PROFILE:
            return Profile()
        case _:
            return Catalogue()
