"""What a manager sees of the creators of an offer, and the SKUs that are reserved for them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from html import escape

from bot.callbacks.brand_creators import BrandCreators, OfferCreators, ReleaseSku, ReserveSku
from bot.callbacks.brand_creators import CreatorInOffer as ToCreator
from bot.callbacks.brand_offers import BrandOffer
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, pager
from bot.screens.words import word
from core.enrolments import CreatorInOffer, CreatorOfBrand, EnrolmentState, EnrolmentStats
from core.offers import Offer
from core.people import Brand


def choose_brand(t: Translator, brands: Sequence[Brand]) -> Screen:
    """Whose creators?"""
    return Screen(
        t("Which brand's creators?"),
        keyboard(*(button(brand.name, BrandCreators(brand=brand.id)) for brand in brands), home(t)),
    )


def everybody(
    t: Translator,
    brand: Brand,
    found: Sequence[CreatorOfBrand],
    *,
    first: bool,
    following: int | None,
) -> Screen:
    """Who promotes the brand, each with the offer."""
    text: str = t("<b>Creators of {brand}</b>", brand=brand.name)
    if not found:
        text += "\n" + t("Nobody has taken an offer of the brand yet.")
    return Screen(
        text,
        keyboard(
            *(
                button(
                    ("" if one.state is EnrolmentState.ACTIVE else "· ")
                    + f"{one.name} · {_title(t, one)}",
                    ToCreator(enrolment=one.enrolment),
                )
                for one in found
            ),
            pager(
                t,
                None if first else BrandCreators(brand=brand.id),
                BrandCreators(brand=brand.id, after=following) if following else None,
            ),
            home(t),
        ),
    )


def _title(t: Translator, one: CreatorOfBrand) -> str:
    return one.titles.get(t.locale) or next(iter(one.titles.values()), "")


def listing(
    t: Translator,
    offer: Offer,
    creators: Sequence[CreatorInOffer],
    *,
    first: bool,
    next_after: int | None,
) -> Screen:
    """Who took the offer, with code and results."""
    number = offer.id or 0
    title = escape(offer.text(t.locale).title)
    text: str = t("<b>Creators of the offer</b>") + f"\n{title}"
    if creators:
        text += "".join(f"\n\n{_line(t, one)}" for one in creators)
    else:
        text += "\n\n" + t("Nobody has taken the offer yet. Share its link with creators you know.")
    rows: list[Row] = [
        button(f"{one.name} · {one.enrolment.code}", ToCreator(enrolment=one.enrolment.id))
        for one in creators
    ]
    return Screen(
        text=text,
        keyboard=keyboard(
            *rows,
            pager(
                t,
                None if first else OfferCreators(offer=number),
                None if next_after is None else OfferCreators(offer=number, after=next_after),
            ),
            [back(t, BrandOffer(offer=number)), home(t)],
        ),
    )


def _line(t: Translator, one: CreatorInOffer) -> Html:
    line = f"<b>{escape(one.name)}</b> · <code>{escape(one.enrolment.code)}</code>"
    if one.enrolment.state is not EnrolmentState.ACTIVE:
        line += f" · {escape(word(t, one.enrolment.state))}"
    return Html(f"{line}\n{_results(t, one.stats)}")


def _results(t: Translator, stats: EnrolmentStats) -> Html:
    clicks = t.plural("{n} click", "{n} clicks", stats.clicks)
    orders = t.plural("{n} order", "{n} orders", stats.orders)
    reward = t("reward {amount}", amount=stats.earned)
    return Html(f"{clicks} · {orders} · {reward}")


def card(t: Translator, offer: Offer, one: CreatorInOffer) -> Screen:
    """One creator of the offer."""
    active = one.enrolment.state is EnrolmentState.ACTIVE
    text = (
        f"<b>{escape(one.name)}</b>\n{escape(offer.text(t.locale).title)}\n\n"
        + t("Code: <code>{code}</code>", code=one.enrolment.code)
        + "\n"
        + t("In the offer since {date}", date=one.enrolment.accepted_at)
        + f"\n{_results(t, one.stats)}"
    )
    if one.stats.lost:
        text += "\n" + t.plural(
            "{n} order was cancelled or returned.",
            "{n} orders were cancelled or returned.",
            one.stats.lost,
        )
    if not active:
        text += "\n" + t("Status: {state}", state=word(t, one.enrolment.state))
    if one.skus:
        listed = "\n".join(f"<code>{escape(sku)}</code>" for sku in one.skus)
        text += "\n\n" + t("Reserved articles (SKU):") + f"\n{listed}"
    elif active:
        text += "\n\n" + t(
            "You can reserve articles (SKU) for this creator: every order of them counts as theirs."
        )
    rows: list[Row] = [
        button(f"✕ {sku}", ReleaseSku(enrolment=one.enrolment.id, tag=tag(sku))) for sku in one.skus
    ]
    return Screen(
        text=text,
        keyboard=keyboard(
            button("＋ " + t.plain("Reserve an SKU"), ReserveSku(enrolment=one.enrolment.id))
            if active
            else None,
            *rows[:40],  # a keyboard has room for a hundred buttons
            [back(t, OfferCreators(offer=one.enrolment.offer)), home(t)],
        ),
    )


def tag(sku: str) -> str:
    """A short stand-in for an SKU in a button."""
    return f"{zlib.crc32(sku.encode()):08x}"


def ask_skus(t: Translator, one: CreatorInOffer, *, trouble: str = "") -> Screen:
    """Which SKUs to reserve; `trouble` (plain) says what was wrong with the last answer."""
    text = t(
        "Which SKU should be reserved for <b>{creator}</b>? Send the article exactly as it stands "
        "in your orders, for example: CR-50-A\nSeveral: one on each line.\n\n"
        "From now on every order with it counts for this creator.",
        creator=one.name,
    )
    if trouble:
        text = Html(f"{escape(trouble, quote=False)}\n\n{text}")
    return Screen(text, keyboard([back(t, ToCreator(enrolment=one.enrolment.id)), home(t)]))


def confirm_release(t: Translator, one: CreatorInOffer, sku: str) -> Screen:
    """What releasing an SKU does, and the question."""
    text = t(
        "<b>Release the article <code>{sku}</code>?</b>\nNew orders with it will not count for "
        "{creator} any more. Earlier ones stay as they are.",
        sku=sku,
        creator=one.name,
    )
    yes = ReleaseSku(enrolment=one.enrolment.id, tag=tag(sku), sure=True)
    return Screen(
        text,
        keyboard(
            button(t.plain("Yes, release"), yes),
            [back(t, ToCreator(enrolment=one.enrolment.id)), home(t)],
        ),
    )
