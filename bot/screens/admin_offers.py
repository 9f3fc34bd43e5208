"""What a moderator sees of offers: one at a time, with hints at what the law forbids."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from bot.callbacks.admin_offers import OfferQueue, OfferReview, OfferVerdict
from bot.callbacks.offer_changes import ReviewChange
from bot.i18n import N_, Bps, Html, Translator
from bot.screens.base import Photo, Screen, back, button, home, keyboard
from bot.screens.brand_offers import MARKS, as_seen, marked
from bot.screens.words import word
from core.catalogue import OfferCard
from core.forbidden import ForbiddenCategory, concerning, warnings
from core.offers import OfferState
from core.people import Locale

NOTE_MAX: Final = 500  # characters of a reason: it must fit a notification and a caption

_FORBIDDEN: Final = {
    ForbiddenCategory.CASINO: N_("casinos and gambling: forbidden"),
    ForbiddenCategory.BETTING: N_("bookmakers: strictly limited"),
    ForbiddenCategory.ALCOHOL: N_("alcohol: forbidden"),
    ForbiddenCategory.TOBACCO: N_("tobacco and vapes: forbidden"),
    ForbiddenCategory.BABY_FORMULA: N_("breast-milk substitutes: forbidden"),
    ForbiddenCategory.UNCERTIFIED: N_("goods without a certificate: forbidden"),
    ForbiddenCategory.PYRAMID: N_("financial pyramids, unlicensed investment: forbidden"),
    ForbiddenCategory.CRYPTO: N_("crypto-assets: only under the rules of the AIFC"),
    ForbiddenCategory.RELIGION: N_("religious services: registered ones only"),
    ForbiddenCategory.MEDICINE: N_("medicines, supplements, medical services: licence needed"),
}


def nothing(t: Translator, *, skipped: bool) -> Screen:
    """The queue is empty, or only what was left for later is in it."""
    text = (
        t("That was the last one. Those you left for later still wait.")
        if skipped
        else t("No offer waits for review. You will be told when one comes.")
    )
    return Screen(
        text=text,
        keyboard=keyboard(
            button(t.plain("From the beginning"), OfferQueue()) if skipped else None,
            button("✏️ " + t.plain("Changes of offers"), ReviewChange()),
            home(t),
        ),
    )


def review(t: Translator, seen: Translator, shown: OfferCard) -> Screen:
    """One offer: the brand, the address, the hints, and what a creator will see."""
    offer, brand = shown.offer, shown.brand
    number = offer.id or 0
    waits = offer.state is OfferState.REVIEW
    lines: list[str] = [
        f"{MARKS[offer.state]} <b>{escape(word(t, offer.state))}</b>",
        t("Brand: {brand} ({legal_name}, BIN {bin})", **_names(shown)),
        t("Buyers are led to: {url}", url=offer.url),
        t("Fee of the service: {fee}", fee=Bps(brand.fee_bps)),
    ]
    if brand.licence:
        lines.append(t("Licence: {licence}", licence=brand.licence))
    if offer.review_note:
        lines.append(t("Reason: {reason}", reason=offer.review_note))
    lines += hints(t, shown)
    return as_seen(
        seen,
        shown,
        head="\n".join(lines),
        rows=(
            [
                button(
                    marked(word(t, locale), locale is seen.locale),
                    OfferReview(offer=number, lang=locale),
                )
                for locale in Locale
                if locale in offer.texts
            ],
            button(
                "🖼 " + t.plain("Picture"),
                OfferReview(offer=number, verdict=OfferVerdict.PICTURE, lang=seen.locale),
            )
            if shown.picture
            else None,
            button(
                "📋 " + t.plain("What the law forbids"),
                OfferReview(offer=number, verdict=OfferVerdict.LAW, lang=seen.locale),
            ),
            [
                button(
                    "✅ " + t.plain("Approve"),
                    OfferReview(offer=number, verdict=OfferVerdict.APPROVE, lang=seen.locale),
                ),
                button(
                    "✖️ " + t.plain("Decline"),
                    OfferReview(offer=number, verdict=OfferVerdict.REJECT, lang=seen.locale),
                ),
            ]
            if waits
            else None,
            button(t.plain("Later"), OfferQueue(after=number))
            if waits
            else button(t.plain("Next offer"), OfferQueue()),
            home(t),
        ),
    )


def picture(t: Translator, shown: OfferCard, data: bytes, *, lang: str) -> Screen:
    """The picture alone."""
    number = shown.offer.id or 0
    return Screen(
        text=t("Offer: {title}", title=shown.offer.text(t.locale).title),
        photo=Photo(f"upload:{shown.offer.picture}", data),
        keyboard=keyboard([back(t, OfferReview(offer=number, lang=lang)), home(t)]),
    )


def confirm(t: Translator, shown: OfferCard, *, lang: str) -> Screen:
    """What approving does, and the question."""
    number = shown.offer.id or 0
    lines: list[str] = [
        t(
            "<b>Publish the offer “{title}” of {brand}?</b>",
            title=shown.offer.text(t.locale).title,
            brand=shown.brand.name,
        ),
        t("Creators will see it at once and can take it. The brand is told."),
        *hints(t, shown),
    ]
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard(
            button(
                "✅ " + t.plain("Yes, publish"),
                OfferReview(offer=number, verdict=OfferVerdict.APPROVE_YES),
            ),
            [back(t, OfferReview(offer=number, lang=lang)), home(t)],
        ),
    )


def list_of_law(t: Translator, shown: OfferCard, *, lang: str) -> Screen:
    """What may not be advertised, what concerns the offer's category first."""
    near = concerning(shown.offer.category)
    others = [name for name in ForbiddenCategory if name not in near]
    lines: list[str] = [
        t("<b>Forbidden advertising</b>"),
        t("In the category “{category}”, look for:", category=word(t, shown.offer.category)),
        *(f"• {law(t, name)}" for name in near),
        "",
        t("In any category:"),
        *(f"• {law(t, name)}" for name in others),
    ]
    number = shown.offer.id or 0
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard([back(t, OfferReview(offer=number, lang=lang)), home(t)]),
    )


def ask_reason(t: Translator, shown: OfferCard, *, problem: bool = False) -> Screen:
    """Type why the offer is declined."""
    number = shown.offer.id or 0
    lines: list[str] = [
        t("<b>Why is the offer “{title}” declined?</b>", title=shown.offer.text(t.locale).title),
        t(
            "Write what the brand must correct: it will read this. For example: the licence number "
            "is missing in the Kazakh text. Up to {n} characters.",
            n=NOTE_MAX,
        ),
    ]
    if problem:
        lines.insert(0, t("⚠️ This does not fit: send one text that is not too long.") + "\n")
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard([back(t, OfferReview(offer=number)), home(t)]),
    )


def decided(t: Translator, shown: OfferCard, *, approved: bool) -> Screen:
    """The offer is out, or back with its brand."""
    title = shown.offer.text(t.locale).title
    text = (
        t("✅ “{title}” is published, the brand is told.", title=title)
        if approved
        else t("✖️ “{title}” is declined, the brand has your reason.", title=title)
    )
    return Screen(
        text=text, keyboard=keyboard(button(t.plain("Next offer"), OfferQueue()), home(t))
    )


def hints(t: Translator, shown: OfferCard) -> Sequence[Html]:
    """Lines on what the texts and the names hint at; words have other meanings."""
    texts = [part for text in shown.offer.texts.values() for part in (text.title, text.description)]
    found = warnings([*texts, shown.brand.name, shown.offer.url])
    if not found:
        return [t("✅ No hint at forbidden advertising in the texts.")]
    lines = [t("⚠️ Check by law: {what}", what=law(t, name)) for name in found]
    if ForbiddenCategory.MEDICINE in found and not shown.brand.licence:
        lines.append(t("⛔ The brand has given no licence."))
    return lines


def law(t: Translator, name: str) -> Html:
    """What the law says of a kind of goods, by its value of ForbiddenCategory."""
    return t(_FORBIDDEN[ForbiddenCategory(name)])


def _names(shown: OfferCard) -> dict[str, str]:
    brand = shown.brand
    return {"brand": brand.name, "legal_name": brand.legal_name, "bin": brand.bin}
