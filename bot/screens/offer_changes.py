"""Changes of published offers: what a manager has announced, what a moderator reviews."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from bot.callbacks.admin_offers import OfferQueue
from bot.callbacks.brand_offers import BrandOffer
from bot.callbacks.offer_changes import ChangesMove, OfferChanges, ReviewChange, ReviewMove
from bot.i18n import Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard
from bot.screens.changes import differences
from bot.screens.words import word
from core.changes import ChangeKind, OfferChange
from core.offers import Offer
from core.orders import ALMATY
from core.people import Locale

NOTE_MAX: Final = 500  # characters of a moderator's reason


def announced(t: Translator, offer: Offer, changes: Sequence[OfferChange]) -> Screen:
    """What is going to change in an offer, each with its withdrawal."""
    lines: list[str] = [t("<b>Announced changes</b>: {title}", title=offer.text(t.locale).title)]
    rows: list[Row] = []
    for change in changes:
        lines += ["", *_told(t, change)]
        rows.append(
            button(
                "✖️ "
                + (
                    t.plain("Withdraw the change of terms")
                    if change.kind is ChangeKind.TERMS
                    else t.plain("Withdraw the new texts")
                ),
                OfferChanges(offer=change.offer, move=ChangesMove.WITHDRAW, change=change.id),
            )
        )
    if not changes:
        lines += ["", t("Nothing is announced.")]
    return Screen(
        "\n".join(lines),
        keyboard(*rows, [back(t, BrandOffer(offer=offer.id or 0)), home(t)]),
    )


def _told(t: Translator, change: OfferChange) -> list[str]:
    if change.kind is ChangeKind.CONTENT or change.effective_at is None:
        return [t("🕓 New texts wait for a moderator since {day}.", day=change.created_at)]
    return [
        t("📣 From {day} for new orders:", day=change.effective_at.astimezone(ALMATY).date()),
        *differences(t, change.before, change.after),
    ]


def confirm_withdrawal(t: Translator, offer: Offer, change: OfferChange) -> Screen:
    """What withdrawing does, and the question."""
    if change.kind is ChangeKind.TERMS:
        text = t(
            "<b>Withdraw the change of terms?</b>\nEverything stays as it is, and the creators who "
            "were told of the change are told that it does not come."
        )
    else:
        text = t("<b>Withdraw the new texts?</b>\nCreators go on seeing the present ones.")
    yes = OfferChanges(offer=change.offer, move=ChangesMove.WITHDRAW_YES, change=change.id)
    return Screen(
        "\n".join([text, "", *_told(t, change)]),
        keyboard(
            button(t.plain("Yes, withdraw"), yes),
            [back(t, OfferChanges(offer=offer.id or 0)), home(t)],
        ),
    )


def review(t: Translator, change: OfferChange, offer: Offer, wanted: Offer) -> Screen:
    """A new content beside the present one, for a moderator."""
    lines: list[str] = [t("<b>Change of an offer</b>: {title}", title=offer.text(t.locale).title)]
    for locale in Locale:
        old, new = offer.texts.get(locale), wanted.texts.get(locale)
        if old == new:
            continue
        lines += ["", f"<b>{word(t, locale)}</b>"]
        for text, mark in ((old, "➖"), (new, "➕")):
            if text is not None:
                body = f"{text.title}\n{text.description}"
                lines.append(f"{mark} {escape(body, quote=False)}")
    pairs = (
        (t.plain("Category"), word(t, offer.category), word(t, wanted.category)),
        (t.plain("Where it is bought"), word(t, offer.place), word(t, wanted.place)),
        (t.plain("Address for the buyer"), offer.url, wanted.url),
        (t.plain("Parameter for the click id"), offer.click_param, wanted.click_param),
        (t.plain("Link to materials"), offer.media.link, wanted.media.link),
        (
            t.plain("Files for posts"),
            ", ".join(file.name for file in offer.media.files),
            ", ".join(file.name for file in wanted.media.files),
        ),
    )
    lines += [
        f"\n{escape(name)}: {escape(old or '—')} → <b>{escape(new or '—')}</b>"
        for name, old, new in pairs
        if old != new
    ]
    if offer.picture != wanted.picture:
        lines += ["", t("🖼 There is another picture.")]
    return Screen(
        "\n".join(lines),
        keyboard(
            [
                button(
                    "✅ " + t.plain("Approve"),
                    ReviewChange(move=ReviewMove.APPROVE, change=change.id),
                ),
                button(
                    "✖️ " + t.plain("Decline"),
                    ReviewChange(move=ReviewMove.DECLINE, change=change.id),
                ),
            ],
            button(t.plain("Next") + " ›", ReviewChange(after=change.id)),
            [back(t, OfferQueue()), home(t)],
        ),
    )


def confirm_approval(t: Translator, change: int) -> Screen:
    """Approving is final: really?"""
    return Screen(
        t("<b>Publish the change?</b>\nCreators and buyers see it at once."),
        keyboard(
            button(
                "✅ " + t.plain("Yes, publish"),
                ReviewChange(move=ReviewMove.APPROVE_YES, change=change),
            ),
            [back(t, ReviewChange(after=change - 1)), home(t)],
        ),
    )


def ask_reason(t: Translator, *, problem: bool = False) -> Screen:
    """Why is the change declined?"""
    text = t("Why is the change declined? Write the reason: the brand is going to read it.")
    if problem:
        text = t("Write the reason in up to {n} characters.", n=NOTE_MAX)
    return Screen(text, keyboard([back(t, ReviewChange()), home(t)]))


def decided(t: Translator, *, approved: bool) -> Screen:
    """The verdict is given."""
    text = t("✅ The change is published.") if approved else t("The change is declined.")
    return Screen(text, keyboard(button(t.plain("Next") + " ›", ReviewChange()), home(t)))


def nothing(t: Translator) -> Screen:
    """No change waits."""
    return Screen(
        t("No changes of offers wait for review."),
        keyboard([back(t, OfferQueue()), home(t)]),
    )
