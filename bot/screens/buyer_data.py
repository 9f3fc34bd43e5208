"""What is kept of a buyer, and how it ends."""

from __future__ import annotations

from html import escape
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.callbacks.buyers import DataStep, MyData, Offered, SharePhone
from bot.callbacks.support import Support
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard
from core.buyers import Duty, Erased, KeptOfBuyer

SHOWN: Final = 10  # brands that are named


def kept(t: Translator, found: KeptOfBuyer, *, slug: str) -> Screen:
    """Everything that is kept of a buyer."""
    lines: list[str] = [
        t("<b>My data as a buyer</b>"),
        "",
        t("Telegram: your name, username and language, as Telegram shows them."),
    ]
    if found.shared_at:
        lines.append(
            t("Phone: shared {at}. Only its digital print is kept, no number.", at=found.shared_at)
        )
    else:
        lines.append(t("Phone: not shared."))
    lines += _visits(t, found)
    if found.claims:
        lines.append(
            t.plural("{n} order or receipt sent", "{n} orders or receipts sent", found.claims)
        )
    if found.gifts:
        lines += ["", t("Gifts:")]
        lines += [
            t(
                "• {brand}: <code>{code}</code>, {at}",
                brand=one.brand_name,
                code=one.code,
                at=one.at,
            )
            for one in found.gifts
        ]
    consent = found.consent
    if consent is not None and consent.withdrawn_at is None:
        lines += ["", t("You agreed to this on {at}.", at=consent.given_at)]
    elif consent is not None and consent.withdrawn_at is not None:
        lines += ["", t("You took your consent back on {at}.", at=consent.withdrawn_at)]
    something = found.shared_at is not None or found.visits or found.claims
    agreed = consent is not None and consent.withdrawn_at is None
    return Screen(
        "\n".join(lines),
        keyboard(
            button(t.plain("Read the text of the consent"), _step(t, DataStep.CONSENT, slug)),
            button("📱 " + t.plain("Share my phone"), SharePhone(slug=slug, lang=t.locale))
            if found.shared_at is None
            else None,
            button("🗑 " + t.plain("Erase the phone and visits"), _step(t, DataStep.WITHDRAW, slug))
            if something or agreed
            else None,
            button(t.plain("Forget me"), _step(t, DataStep.FORGET, slug)),
            _away(t, slug),
        ),
    )


def _visits(t: Translator, found: KeptOfBuyer) -> list[str]:
    if not found.visits:
        return [t("Visits by creators' links: none.")]
    lines: list[str] = [t("Visits by creators' links:")]
    lines += [
        t(
            "• {brand}: {count}, last {at}",
            brand=one.name,
            count=t.plural("{n} visit", "{n} visits", one.count),
            at=one.last,
        )
        for one in found.visits[:SHOWN]
    ]
    if (rest := len(found.visits) - SHOWN) > 0:
        lines.append(t.plural("… and {n} brand more", "… and {n} brands more", rest))
    return lines


def consent(t: Translator, text: str, *, slug: str) -> Screen:
    """The text that a buyer agrees to."""
    return Screen(
        Html(f"<blockquote>{escape(text, quote=False)}</blockquote>"),
        keyboard([back(t, _step(t, DataStep.SHOW, slug)), home(t)]),
    )


def confirm_withdrawal(t: Translator, *, slug: str) -> Screen:
    """Exactly what is erased."""
    return Screen(
        t(
            "<b>Erase the phone and visits?</b>\n"
            "The print of your phone and all visits by creators' links are erased at once, and "
            "your consent is taken back. Orders and receipts that wait for the shop's data are not "
            "looked for any more, and no gift comes for them.\n"
            "Orders that were counted for a creator before stay counted: nothing of you can be "
            "read from them."
        ),
        keyboard(
            button("🗑 " + t.plain("Yes, erase"), _step(t, DataStep.WITHDRAW_YES, slug)),
            [back(t, _step(t, DataStep.SHOW, slug)), home(t)],
        ),
    )


def withdrawn(t: Translator, erased: Erased, *, slug: str) -> Screen:
    """What was erased."""
    lines: list[str] = [t("✅ Erased, and your consent is taken back.")]
    if erased.phone:
        lines.append(t("• the print of your phone"))
    if erased.visits:
        lines.append(
            t.plural(
                "• {n} visit by a creator's link", "• {n} visits by creators' links", erased.visits
            )
        )
    if erased.claims:
        lines.append(
            t.plural(
                "• {n} order or receipt that waited",
                "• {n} orders or receipts that waited",
                erased.claims,
            )
        )
    return Screen("\n".join(lines), keyboard([back(t, _step(t, DataStep.SHOW, slug)), home(t)]))


DUTY: Final = {
    Duty.CREATOR: N_(
        "• As a creator you have a contract with us. Your name and payout details, posts, orders, "
        "rewards and payouts must be kept for five years after the last payout, for the tax office "
        "and as evidence of the advertising label."
    ),
    Duty.MANAGER: N_(
        "• You act for a brand: what was published, accepted and paid in its name must stay "
        "provable. When an owner has taken you out of the brand, you can ask again."
    ),
    Duty.STAFF: N_(
        "• You are on the operator's team: what the team decides stays in the audit log. When your "
        "rights are taken, you can ask again."
    ),
}


def forget(t: Translator, duties: frozenset[Duty], *, slug: str) -> Screen:
    """What is erased and what stays, and the question; or why it is impossible."""
    back_row = [back(t, _step(t, DataStep.SHOW, slug)), home(t)]
    if not duties:
        return Screen(
            t(
                "<b>Forget me?</b>\n"
                "Erased at once and for good: your Telegram number, name and language, the print "
                "of your phone and your visits, what you wrote to support and what we wrote to "
                "you, orders and receipts that wait for the shop's data. A gift that has not come "
                "yet will not come.\n"
                "Under a number that is nobody's there stays: that an order was counted for a "
                "creator, because money was paid for it, and from when until when there was a "
                "consent, because the law asks for proof.\n"
                "This cannot be undone. If you open the bot again, you are new here."
            ),
            keyboard(
                button("🗑 " + t.plain("Yes, forget me"), _step(t, DataStep.FORGET_YES, slug)),
                back_row,
            ),
        )
    lines: list[str] = [
        t("<b>Not everything about you may be erased</b>"),
        *(t(DUTY[duty]) for duty in Duty if duty in duties),
        "",
        t(
            "What you left as a buyer can be erased at once: visits, the print of the phone, "
            "orders and receipts that wait. For anything else write to support."
        ),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("🗑 " + t.plain("Erase the phone and visits"), _step(t, DataStep.WITHDRAW, slug)),
            button("💬 " + t.plain("Write to support"), Support()),
            back_row,
        ),
    )


def forgotten(t: Translator) -> Screen:
    """It is done."""
    return Screen(
        t(
            "✅ You are forgotten. The messages of this chat are on your device and with Telegram: "
            "delete the chat there if you do not need it."
        ),
        keyboard(home(t)),
    )


def _step(t: Translator, step: DataStep, slug: str) -> MyData:
    return MyData(step=step, slug=slug, lang=t.locale)


def _away(t: Translator, slug: str) -> Row:
    ways: list[InlineKeyboardButton] = [home(t)]
    if slug:
        ways.insert(0, button("‹ " + t.plain("To the offer"), Offered(slug=slug, lang=t.locale)))
    return ways
