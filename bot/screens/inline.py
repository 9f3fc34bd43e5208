"""What the bot offers while somebody types its name in another chat."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from aiogram.types import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InlineQueryResultUnion,
    InputTextMessageContent,
)

from bot.i18n import Bps, Html, Translator, translator
from bot.screens.base import TEXT_LIMIT, button, cut, cut_plain, keyboard
from bot.screens.offers import MARKS, address, short_rate
from bot.screens.words import LANGUAGE
from core.catalogue import Listing
from core.enrolments import EnrolmentCard
from core.labels import label_text
from core.usecases.inline import Shelf

OPEN_LIMIT: Final = 64  # characters of the button above the results
TITLE_LIMIT: Final = 100  # characters of a result that a phone shows in two lines
FOUND: Final = "inline"  # payload of the link back to the bot


def results(
    t: Translator, shelf: Shelf, *, bot: str, public_url: str
) -> list[InlineQueryResultUnion]:
    """The codes, each in every language that the creator writes in, then the offers."""
    codes: list[InlineQueryResultUnion] = [
        _code(translator(locale), card, link=f"{public_url}/r/{card.enrolment.slug}")
        for card in shelf.codes
        for locale in shelf.languages
    ]
    return codes + [_offer(t, listing, bot=bot) for listing in shelf.offers]


def way_in(t: Translator, *, known: bool, empty: bool) -> InlineQueryResultsButton | None:
    """The button above the results, for a stranger and for somebody who has nothing to share."""
    if not known:
        text = t.plain("Open Üles and get your own promo code")
    elif empty:
        text = t.plain("Choose an offer in Üles")
    else:
        return None
    return InlineQueryResultsButton(text=cut_plain(text, OPEN_LIMIT), start_parameter=FOUND)


def _code(t: Translator, card: EnrolmentCard, *, link: str) -> InlineQueryResultArticle:
    """A post with a code in one language: the label first, as the law asks."""
    code, offer = card.enrolment.code, card.offer
    title = offer.text(t.locale).title
    lines: list[str] = [
        f"<i>{escape(label_text(card.brand.legal_name, t.locale), quote=False)}</i>",
        "",
        f"<b>{escape(title, quote=False)}</b>",
        escape(card.brand.name, quote=False),
        "",
        "🎟 " + t("Promo code: <code>{code}</code>", code=code),
    ]
    if offer.discount_bps:
        lines.append("🏷 " + t("With it you pay {discount} less.", discount=Bps(offer.discount_bps)))
    return InlineQueryResultArticle(
        id=f"code-{card.enrolment.id}-{t.locale}",
        title=cut_plain(f"🎟 {code} · {card.brand.name}", TITLE_LIMIT),
        description=cut_plain(f"{LANGUAGE[t.locale]} · {title}", TITLE_LIMIT),
        input_message_content=_content(lines),
        reply_markup=keyboard(
            button("🛒 " + t.plain("To the shop"), url=link),
            button("📋 " + t.plain("Copy the code"), copy=code),
        ),
    )


def _offer(t: Translator, listing: Listing, *, bot: str) -> InlineQueryResultArticle:
    """An offer for another creator, who takes it in the bot."""
    offer = listing.offer
    title = offer.text(t.locale).title
    rate = short_rate(t, offer.terms.rule)
    lines: Sequence[str] = [
        f"{MARKS[offer.category]} <b>{escape(title, quote=False)}</b>",
        escape(listing.brand, quote=False),
        "",
        t("Creators get: {rate}", rate=rate),
    ]
    assert offer.id is not None
    return InlineQueryResultArticle(
        id=f"offer-{offer.id}",
        title=cut_plain(f"{MARKS[offer.category]} {title}", TITLE_LIMIT),
        description=cut_plain(f"{listing.brand} · {t.value(Html(rate))}", TITLE_LIMIT),
        input_message_content=_content(lines),
        reply_markup=keyboard(button("🛍 " + t.plain("Open the offer"), url=address(bot, offer.id))),
    )


def _content(lines: Sequence[str]) -> InputTextMessageContent:
    return InputTextMessageContent(message_text=cut("\n".join(lines), TEXT_LIMIT))
