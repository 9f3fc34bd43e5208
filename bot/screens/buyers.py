"""What a buyer sees who came by a creator's link."""

from __future__ import annotations

from html import escape

from aiogram.types import InlineKeyboardButton

from bot.callbacks.buyers import MyData, SharePhone
from bot.callbacks.claims import Bought
from bot.callbacks.people import Language
from bot.i18n import Bps, Html, Translator
from bot.screens.base import Row, Screen, button, home, keyboard
from bot.screens.words import LANGUAGE
from core.buyers import Visit
from core.labels import label_text
from core.people import Locale


def offered(t: Translator, visit: Visit, *, slug: str, shop: str) -> Screen:
    """The advertising label, the offer, its code and the way to the shop `shop`."""
    target = visit.open
    if target is None:
        return _nothing(t, ended=visit.target is not None)
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
    if target.discount_bps and target.code:
        lines.append(t("With it you pay {discount} less.", discount=Bps(target.discount_bps)))
    elif target.discount_bps:
        lines.append(t("Discount: {discount}.", discount=Bps(target.discount_bps)))
    if visit.own:
        lines += [
            "",
            t(
                "👤 This is a link of your own: followers see this screen. Your visits are not "
                "counted, and your own purchases bring no reward."
            ),
        ]
    elif visit.shared:
        lines += ["", t("📱 Your phone is shared: order with the same number.")]
    if visit.gift and not visit.own:
        lines += [
            "",
            t(
                "🎁 A gift for your purchase: press “{button}” after it. The gift code comes when "
                "the shop approves the order.",
                button=t.plain("I have bought"),
            ),
        ]
    return Screen(
        "\n".join(lines),
        keyboard(
            code,
            button("🛒 " + t.plain("To the shop"), url=shop),
            button(
                "🛍 " + t.plain("I have bought"),
                Bought(enrolment=target.enrolment_id, lang=str(t.locale)),
            )
            if not visit.own
            else None,
            button("📱 " + t.plain("Share my phone"), SharePhone(slug=slug, lang=t.locale))
            if visit.asked and not visit.shared
            else None,
            button("🔒 " + t.plain("My data"), MyData(slug=slug, lang=t.locale)),
            _other_languages(t, slug),
            home(t),
        ),
    )


def _nothing(t: Translator, *, ended: bool) -> Screen:
    """A link that leads nowhere: never given out, or its offer is over."""
    text = (
        t("This offer has ended, the promo code works no more.")
        if ended
        else t("This link leads nowhere. Check that it was copied whole.")
    )
    return Screen(text, keyboard(home(t)))


def _other_languages(t: Translator, slug: str) -> list[InlineKeyboardButton]:
    return [
        button(LANGUAGE[locale], Language(locale=locale, then=f"b_{slug}"))
        for locale in Locale
        if locale is not t.locale
    ]
