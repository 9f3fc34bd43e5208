"""What a manager sees of what the buyers of an offer get."""

from __future__ import annotations

from html import escape
from typing import Final

from bot.callbacks.brand_gifts import ChooseReward, GiftAction, Reward
from bot.callbacks.brand_offers import BrandOffer
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, warned
from bot.screens.brand_codes import problem_lines
from bot.screens.words import word
from core.gifts import OBLIGATORY, TEXT_MAX, RewardKind
from core.offers import OfferState
from core.people import Locale
from core.usecases.gifts import GiftReport, RewardView

KIND: Final = {
    RewardKind.NOTHING: N_("Nothing"),
    RewardKind.THANKS: N_("A thank-you text"),
    RewardKind.GIFT: N_("A gift code"),
}


def reward(t: Translator, view: RewardView) -> Screen:
    """What buyers get, how many codes are left, and what can be done."""
    number, kind = view.offer.id or 0, view.reward.kind
    lines: list[str] = [
        t("<b>Reward of buyers</b> · {title}", title=view.offer.text(t.locale).title),
        t(
            "A buyer who came by a creator's link tells the bot of the purchase. When your shop's "
            "data show the order as approved, the buyer gets it, once for each order."
        ),
        "",
        t("Now: <b>{kind}</b>", kind=t.plain(KIND[kind])),
    ]
    if kind is not RewardKind.NOTHING:
        lines += _texts(t, view)
    if kind is RewardKind.GIFT or view.count.free or view.count.given:
        lines += [
            "",
            t(
                "Gift codes: free <b>{free}</b> · given {given}",
                free=view.count.free,
                given=view.count.given,
            ),
        ]
    if kind is RewardKind.GIFT and not view.count.free:
        lines.append(
            t.plural(
                "⚠️ No code is left: {n} buyer waits for one. Upload more.",
                "⚠️ No code is left: {n} buyers wait for one. Upload more.",
                view.count.waiting,
            )
            if view.count.waiting
            else t("⚠️ No code is left: upload more before a buyer has to wait.")
        )
    if view.offer.state is OfferState.ENDED:
        lines += ["", t("The offer has ended: whoever told of a purchase before still gets it.")]
        return Screen("\n".join(lines), keyboard([back(t, BrandOffer(offer=number)), home(t)]))
    choices: list[Row] = [
        button(t.plain(label), ChooseReward(offer=number, kind=one))
        for one, label in KIND.items()
        if one is not kind
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            *choices,
            button("✏️ " + t.plain("Write the text"), _act(number, GiftAction.WRITE))
            if kind is not RewardKind.NOTHING
            else None,
            button("⬆️ " + t.plain("Upload gift codes"), _act(number, GiftAction.UPLOAD))
            if kind is RewardKind.GIFT
            else None,
            button("🗑 " + t.plain("Delete free codes"), _act(number, GiftAction.CLEAR))
            if view.count.free
            else None,
            [back(t, BrandOffer(offer=number)), home(t)],
        ),
    )


def _texts(t: Translator, view: RewardView) -> list[str]:
    lines: list[str] = []
    for locale in Locale:
        if words := view.reward.texts.get(locale):
            said = Html(f"<blockquote>{escape(words, quote=False)}</blockquote>")
            lines += ["", f"{escape(word(t, locale))}:", said]
    return lines


def confirm(t: Translator, view: RewardView, kind: RewardKind) -> Screen:
    """What the choice means, and the question."""
    number = view.offer.id or 0
    lines: list[str] = [
        t("<b>Reward of buyers: {kind}?</b>", kind=t.plain(KIND[kind])),
        t(
            "It is promised to whoever tells of a purchase from now on. Whoever told of one before "
            "gets what was promised then."
        ),
    ]
    if kind is RewardKind.GIFT:
        lines.append(
            t.plural("{n} code is free.", "{n} codes are free.", view.count.free),
        )
    if kind is not RewardKind.NOTHING:
        lines += _texts(t, view)
    return Screen(
        "\n".join(lines),
        keyboard(
            button(t.plain("Yes, promise it"), ChooseReward(offer=number, kind=kind, sure=True))
            if kind is not RewardKind.NOTHING
            else button(t.plain("Yes, nothing"), ChooseReward(offer=number, kind=kind, sure=True)),
            [back(t, Reward(offer=number)), home(t)],
        ),
    )


def ask_text(
    t: Translator, view: RewardView, locale: Locale, *, trouble: str | None = None
) -> Screen:
    """The text for buyers in one language."""
    number = view.offer.id or 0
    text = t(
        "<b>Text for buyers</b> · {title}\n\nWrite it in this language: <b>{language}</b>. Thank "
        "them, or say how the gift code is used. Up to {max} characters; buyers get it when their "
        "order is approved.",
        title=view.offer.text(t.locale).title,
        language=word(t, locale),
        max=TEXT_MAX,
    )
    before = view.reward.texts.get(locale, "")
    if before:
        text = Html(
            f"{text}\n\n{t('Now:')}\n<blockquote>{escape(before, quote=False)}</blockquote>"
        )
    return Screen(
        warned(trouble, text),
        keyboard(
            button(t.plain("Without this language"), _act(number, GiftAction.SKIP))
            if locale not in OBLIGATORY
            else None,
            [back(t, Reward(offer=number)), home(t)],
        ),
    )


def ask_codes(t: Translator, view: RewardView, *, trouble: str | None = None) -> Screen:
    """What file is awaited."""
    text = t(
        "<b>Gift codes</b> · {title}\n\nSend a file: TXT with a code on each line, CSV or XLSX. In "
        "a table the column is called “code”, or it is the first one. You can also send the codes "
        "as a message, one on each line.\n\nEach code goes to one buyer and is never given again. "
        "As soon as they are here, buyers are promised one. The same file sent twice changes "
        "nothing.",
        title=view.offer.text(t.locale).title,
    )
    return Screen(
        warned(trouble, text), keyboard([back(t, Reward(offer=view.offer.id or 0)), home(t)])
    )


def uploaded(t: Translator, report: GiftReport) -> Screen:
    """What an upload did, and what was wrong line by line."""
    view = report.view
    number = view.offer.id or 0
    lines: list[str] = [
        t.plural("✅ <b>{n}</b> code added.", "✅ <b>{n}</b> codes added.", report.added)
        if report.added
        else t("No new codes."),
        t(
            "Gift codes: free <b>{free}</b> · given {given}",
            free=view.count.free,
            given=view.count.given,
        ),
    ]
    if report.problems:
        lines += ["", t("Not added:"), *problem_lines(t, report.problems)]
    if not view.reward.texts:
        lines += ["", t("Say to buyers how the code is used: write the text.")]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("✏️ " + t.plain("Write the text"), _act(number, GiftAction.WRITE)),
            [back(t, Reward(offer=number)), home(t)],
        ),
    )


def confirm_clearing(t: Translator, view: RewardView) -> Screen:
    """What deleting does, and the question."""
    number = view.offer.id or 0
    return Screen(
        t.plural(
            "<b>Delete {n} free gift code?</b>\nCodes that buyers have got stay theirs. If a gift "
            "stays promised, buyers wait until you upload others.",
            "<b>Delete {n} free gift codes?</b>\nCodes that buyers have got stay theirs. If a gift "
            "stays promised, buyers wait until you upload others.",
            view.count.free,
        ),
        keyboard(
            button(t.plain("Yes, delete"), _act(number, GiftAction.CLEAR_YES)),
            [back(t, Reward(offer=number)), home(t)],
        ),
    )


def _act(offer: int, action: GiftAction) -> Reward:
    return Reward(offer=offer, action=action)
