"""What a follower reads who opens the link of a creator's case."""

from __future__ import annotations

from bot.callbacks.disputes import CallAnswer
from bot.i18n import Translator
from bot.screens.base import Row, Screen, button, home, keyboard, warned
from bot.screens.start import languages
from core.disputes import FOLLOWER_MAX, Typed
from core.usecases.dispute_voices import Call

DEEP = "d_"  # what the payload of such a link begins with


def address(username: str, slug: str) -> str:
    """The link for followers."""
    return f"https://t.me/{username}?start={DEEP}{slug}"


def ask(t: Translator, call: Call, *, problem: str | None = None) -> Screen:
    """Send the number of an order."""
    if call.own:
        return Screen(
            t(
                "This is the link for your followers. Add your own numbers in the case itself: "
                "/wallet"
            ),
            keyboard(home(t)),
        )
    if not call.open:
        return over(t, call)
    assert call.until is not None
    text = t(
        "<b>{creator}</b> asks buyers of <b>{brand}</b> for the numbers of their orders: an order "
        "that came by the creator may not have been counted.\n\n"
        "Send the number of your order, up to {most} numbers. It stands in the shop's message or "
        "in your list of orders, for example: 712155089. The fiscal receipt will do as well: its "
        "photo or the link of its QR.\n\n"
        "🔒 We keep the number only. Neither the creator nor the brand is shown who sent it. "
        "Numbers are taken until {at}.",
        creator=call.creator_name,
        brand=call.brand_name,
        most=FOLLOWER_MAX,
        at=call.until,
    )
    return Screen(warned(problem, text), keyboard(_languages(call), home(t)))


def thanks(t: Translator, call: Call, typed: Typed) -> Screen:
    """The numbers are there."""
    numbers = ", ".join(typed.numbers)
    return Screen(
        t(
            "Thank you! Taken: <code>{numbers}</code>\nYou need not do anything more: the orders "
            "are looked up by themselves.",
            numbers=numbers,
        ),
        keyboard(
            button("➕ " + t.plain("One more order"), CallAnswer(slug=call.slug))
            if call.sent < FOLLOWER_MAX
            else None,
            home(t),
        ),
    )


def over(t: Translator, call: Call) -> Screen:
    """Nothing is gathered any more."""
    return Screen(
        t(
            "Thank you, but the numbers of orders of <b>{brand}</b> are not gathered any more.",
            brand=call.brand_name,
        ),
        keyboard(home(t)),
    )


def nowhere(t: Translator) -> Screen:
    """The link was never given out."""
    return Screen(t("This link leads nowhere. Check that it was copied whole."), keyboard(home(t)))


def _languages(call: Call) -> Row:
    return languages(f"{DEEP}{call.slug}")
