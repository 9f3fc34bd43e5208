"""What a manager sees of offers: the list and one offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.callbacks.brand_creators import OfferCreators
from bot.callbacks.brand_gifts import Reward
from bot.callbacks.brand_offers import (
    BrandOffer,
    BrandOffers,
    How,
    NewOffer,
    OfferAction,
    TakeUp,
)
from bot.callbacks.offer_changes import OfferChanges
from bot.i18n import N_, Html, Translator
from bot.screens.base import (
    CAPTION_LIMIT,
    Row,
    Screen,
    back,
    button,
    home,
    keyboard,
    pager,
    visible,
)
from bot.screens.changes import last_day
from bot.screens.offers import offer_card
from bot.screens.words import word
from core.catalogue import OfferCard
from core.offers import Offer, OfferState
from core.people import Brand, Locale

MARKS: Final = {
    OfferState.DRAFT: "📝",
    OfferState.REVIEW: "🕓",
    OfferState.ACTIVE: "🟢",
    OfferState.PAUSED: "⏸",
    OfferState.ENDED: "⚫️",
    OfferState.REJECTED: "✏️",
}

_CONFIRM: Final = {
    OfferAction.PAUSE: N_(
        "<b>Pause the offer?</b>\nNew creators will not see it. Those who have taken it keep their "
        "codes and go on earning."
    ),
    OfferAction.RESUME: N_(
        "<b>Resume the offer?</b>\nCreators will see it in the list again and can take it."
    ),
    OfferAction.END: N_(
        "<b>End the offer for good?</b>\nIts codes stop earning for new orders right now, and its "
        "creators are told. Commissions for earlier orders are counted and paid as before. This "
        "cannot be undone."
    ),
}
_WITHDRAW: Final = N_(
    "<b>Withdraw the offer?</b>\nIt will not be published. This cannot be undone."
)


def choose_brand(t: Translator, brands: Sequence[Brand], *, for_new: bool) -> Screen:
    """Which brand's offers, or for which brand a new one."""
    rows: list[Row] = [
        button(brand.name, NewOffer(brand=brand.id) if for_new else BrandOffers(brand=brand.id))
        for brand in brands
    ]
    text = t("For which brand is the new offer?") if for_new else t("Which brand?")
    return Screen(text=text, keyboard=keyboard(*rows, home(t)))


def listing(
    t: Translator,
    brand: Brand,
    offers: Sequence[Offer],
    *,
    first: bool,
    next_after: int | None,
    several: bool,
) -> Screen:
    """A brand's offers with their states."""
    text: str = t("<b>Offers of {brand}</b>", brand=brand.name)
    if offers:
        used = dict.fromkeys(offer.state for offer in offers)
        text += "\n" + escape(" · ".join(f"{MARKS[state]} {word(t, state)}" for state in used))
    else:
        text += "\n" + t("There are none yet. Make the first one: it takes about five minutes.")
    rows: list[Row] = [
        button(
            f"{MARKS[offer.state]} {offer.text(t.locale).title}", BrandOffer(offer=offer.id or 0)
        )
        for offer in offers
    ]
    return Screen(
        text=text,
        keyboard=keyboard(
            button("＋ " + t.plain("New offer"), NewOffer(brand=brand.id)),
            *rows,
            pager(
                t,
                None if first else BrandOffers(brand=brand.id),
                None if next_after is None else BrandOffers(brand=brand.id, after=next_after),
            ),
            [*([back(t, BrandOffers())] if several else []), home(t)],
        ),
    )


def card(t: Translator, seen: Translator, shown: OfferCard, *, link: str) -> Screen:
    """An offer of the brand: its state, then what a creator sees in the language of `seen`."""
    offer = shown.offer
    number = offer.id or 0
    head = f"{MARKS[offer.state]} <b>{escape(word(t, offer.state))}</b>"
    match offer.state:
        case OfferState.REVIEW:
            head += "\n" + t("A moderator is looking at it; you will be told.")
        case OfferState.REJECTED:
            head += "\n" + t("Reason: {reason}", reason=offer.review_note)
        case OfferState.ACTIVE if not shown.open:
            head += "\n" + t(
                "Creators cannot take it now: its first day has not come, its last is over, or "
                "the funds of the brand are used up."
            )
    if offer.budget_left_minor == 0:
        head += "\n" + t("The budget is used up. Raise it under “Change”, then resume the offer.")
    actions: dict[OfferState, list[InlineKeyboardButton]] = {
        OfferState.ACTIVE: [
            button("⏸ " + t.plain("Pause"), BrandOffer(offer=number, action=OfferAction.PAUSE)),
            button("⏹ " + t.plain("End"), BrandOffer(offer=number, action=OfferAction.END)),
        ],
        OfferState.PAUSED: [
            button("▶️ " + t.plain("Resume"), BrandOffer(offer=number, action=OfferAction.RESUME)),
            button("⏹ " + t.plain("End"), BrandOffer(offer=number, action=OfferAction.END)),
        ],
        OfferState.REVIEW: [
            button(
                "⏹ " + t.plain("Withdraw the offer"),
                BrandOffer(offer=number, action=OfferAction.END),
            ),
        ],
        OfferState.REJECTED: [
            button("✏️ " + t.plain("Correct"), TakeUp(offer=number, how=How.CORRECT)),
            button(
                "⏹ " + t.plain("Withdraw the offer"),
                BrandOffer(offer=number, action=OfferAction.END),
            ),
        ],
    }
    public = offer.state in (OfferState.ACTIVE, OfferState.PAUSED)
    return as_seen(
        seen,
        shown,
        head=head,
        rows=(
            [
                button(
                    marked(word(t, locale), locale is seen.locale),
                    BrandOffer(offer=number, lang=locale),
                )
                for locale in Locale
                if locale in offer.texts
            ],
            actions.get(offer.state),
            button(
                "✏️ " + t.plain("Change the terms or texts"), TakeUp(offer=number, how=How.CHANGE)
            )
            if public
            else None,
            button("📣 " + t.plain("Announced changes"), OfferChanges(offer=number))
            if shown.changes
            else None,
            button("📄 " + t.plain("New offer like this one"), TakeUp(offer=number, how=How.COPY)),
            button("👥 " + t.plain("Creators of the offer"), OfferCreators(offer=number))
            if public or offer.state is OfferState.ENDED
            else None,
            button("🎁 " + t.plain("Reward of buyers"), Reward(offer=number))
            if public or offer.state is OfferState.ENDED
            else None,
            button("🔗 " + t.plain("Copy the link for creators"), copy=link) if public else None,
            [back(t, BrandOffers(brand=offer.brand)), home(t)],
        ),
    )


def confirm(t: Translator, offer: Offer, action: OfferAction, ends_at: datetime) -> Screen:
    """What pausing, resuming or ending does, and the question; `ends_at` is the end with notice."""
    number = offer.id or 0
    to, label = {
        OfferAction.PAUSE: (OfferAction.PAUSE_YES, t.plain("Yes, pause")),
        OfferAction.RESUME: (OfferAction.RESUME_YES, t.plain("Yes, resume")),
        OfferAction.END: (OfferAction.END_YES, t.plain("Yes, end it")),
    }[action]
    text = _CONFIRM[action]
    if action is OfferAction.END and offer.state in (OfferState.REVIEW, OfferState.REJECTED):
        text, label = _WITHDRAW, t.plain("Yes, withdraw")
    title = t("Offer: {title}", title=offer.text(t.locale).title)
    later = None
    told = t(text)
    if action is OfferAction.END and offer.state in (OfferState.ACTIVE, OfferState.PAUSED):
        day = last_day(min(ends_at, offer.ends_at or ends_at))
        later = button(
            t.plain("End on {day}", day=day), BrandOffer(offer=number, action=OfferAction.END_LATER)
        )
        told = Html(
            told
            + "\n\n"
            + t(
                "Fairer to those who advertise it: end it on {day}. Nobody new takes it, its codes "
                "earn until then, and its creators are told the day now.",
                day=day,
            )
        )
    return Screen(
        text=told + "\n\n" + title,
        keyboard=keyboard(
            later,
            button(label, BrandOffer(offer=number, action=to)),
            [back(t, BrandOffer(offer=number)), home(t)],
        ),
    )


def marked(label: str, chosen: bool) -> str:
    """A button's label, with dots around the one that is chosen."""
    return f"• {label} •" if chosen else label


def as_seen(
    seen: Translator,
    shown: OfferCard,
    *,
    head: str,
    rows: Sequence[Row],
    essential: bool = True,
) -> Screen:
    """A creator's view of the offer under a head of ours, with our buttons.

    An `essential` head and the whole text are shown even if they cost the picture; otherwise the
    head is left out where it does not fit.
    """
    stranger = replace(
        shown, enrolment=None, open=True, profile_gaps=(), eligibility_gaps=(), suspended=False
    )
    screen = offer_card(seen, stranger)
    photo = screen.photo
    whole = offer_card(seen, replace(stranger, picture=None)).text if essential else screen.text
    text = f"{head}\n\n{whole}"
    if photo is not None and visible(text) > CAPTION_LIMIT:
        text, photo = (text, None) if essential else (whole, photo)
    return Screen(text=text, photo=photo, keyboard=keyboard(*rows))
