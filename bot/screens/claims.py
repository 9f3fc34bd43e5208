"""What a buyer sees of purchases that they tell of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

from bot.callbacks.claims import Bought, MyClaims
from bot.callbacks.support import Support
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, button, home, keyboard, pager, warned
from bot.screens.claim_refusals import CLAIM
from bot.screens.errors import refusal
from bot.screens.words import word
from core.claims import Claim, ClaimKind, ClaimState, Refusal
from core.errors import ClaimRefused, DomainError
from core.money import Money
from core.orders import ALMATY, Place
from core.usecases.claims import ClaimPage, ClaimSubject

MARKS: Final = {
    ClaimState.WAITING: "🕓",
    ClaimState.MATCHED: "✅",
    ClaimState.REFUSED: "✖️",
    ClaimState.EXPIRED: "⌛",
}
WHERE: Final[Mapping[Place, str]] = {
    Place.KASPI: N_(
        "the <b>order number</b>: Kaspi.kz app → Shop → My orders, for example "
        "<code>712155089</code>"
    ),
    Place.WILDBERRIES: N_("the <b>order number</b> as Wildberries shows it on the order"),
    Place.OZON: N_(
        "the <b>number of the shipment</b> from your orders, whole, for example "
        "<code>24219509-0020-1</code>"
    ),
    Place.HALYK: N_(
        "the <b>order number</b> from Halyk Market, for example <code>0008449018-1</code>"
    ),
    Place.OWN_SHOP: N_(
        "the <b>order number</b> from the shop's message, for example <code>#1001</code>"
    ),
    Place.IN_STORE: N_("the <b>number of the purchase</b>, if the shop has given you one"),
}
# Whoever is refused so may be in the right.
DISPUTED: Final = frozenset({Refusal.TAKEN, Refusal.RECEIPT_TAKEN, Refusal.OTHER_BUYER})


def choose(t: Translator, subjects: Sequence[ClaimSubject]) -> Screen:
    """Of which shop?"""
    if not subjects:
        return Screen(
            t(
                "<b>What have you bought?</b>\nA purchase counts for the creator whose link led "
                "you there. Open the creator's link or scan the QR first, then tell of the "
                "purchase here."
            ),
            keyboard(_mine(t), home(t)),
        )
    return Screen(
        t("<b>What have you bought?</b>\nChoose the shop."),
        keyboard(
            *(
                button(f"{one.brand_name} · {word(t, one.place)}", Bought(enrolment=one.enrolment))
                for one in subjects
            ),
            _mine(t),
            home(t),
        ),
    )


def ask(t: Translator, subject: ClaimSubject, error: DomainError | None = None) -> Screen:
    """The number or the receipt of a purchase."""
    place = word(t, subject.place)
    text = "\n".join(
        [
            t("<b>Your purchase: {brand}</b> · {place}", brand=subject.brand_name, place=place),
            t("Send one of these in a message:"),
            "• " + t(WHERE[subject.place]),
            "• " + t("a photo of the <b>fiscal receipt</b> on which its QR can be seen"),
            "• " + t("the link from that QR"),
            "",
            t(
                "So the creator gets a reward for your purchase. The shop learns only the order "
                "number and the sum. The picture is not kept."
            ),
        ]
    )
    appeal: Row = None
    if isinstance(error, ClaimRefused) and error.reason in DISPUTED:
        appeal = _appeal(t)
    problem = refusal(t, error) if error else None
    return Screen(warned(problem, text), keyboard(appeal, _mine(t), home(t)))


def kept(t: Translator, claim: Claim) -> Screen:
    """What has become of a purchase that was just told of."""
    if claim.state is ClaimState.MATCHED:
        text = t("✅ <b>The purchase is found. Thank you!</b>")
        more = t("It is taken into account for the creator who brought you there.")
    elif claim.state is ClaimState.WAITING:
        text = t("🕓 <b>It is written down. Thank you!</b>")
        more = _waiting(t, claim)
    else:
        text, more = Html(f"{MARKS[claim.state]} {_state(t, claim)}"), Html("")
    return Screen(
        "\n".join([text, _named(t, claim), "", more] if more else [text, _named(t, claim)]),
        keyboard(button("🛍 " + t.plain("Another purchase"), Bought()), _mine(t), home(t)),
    )


def listing(t: Translator, page: ClaimPage, *, first: bool) -> Screen:
    """What the buyer has told of, newest first."""
    lines: list[str] = [t("<b>My purchases</b>")]
    if not page.items:
        lines.append(
            t("Nothing here yet. Have you bought something by a creator's link? Tell of it.")
        )
    for claim in page.items:
        lines += ["", f"{MARKS[claim.state]} {_named(t, claim)}", _state(t, claim)]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("🛍 " + t.plain("Tell of a purchase"), Bought()),
            pager(
                t,
                None if first else MyClaims(),
                None if page.next_after is None else MyClaims(after=page.next_after),
            ),
            home(t),
        ),
    )


def news(t: Translator, facts: Mapping[str, Any]) -> Screen:
    """How a claim has ended, or that the buyer is asked something."""
    outcome, brand = str(facts["outcome"]), str(facts["brand"])
    minor, paid_at = facts.get("amount_minor"), facts.get("paid_at")
    amount = None if minor is None else Money(int(minor))
    when = None if paid_at is None else datetime.fromisoformat(str(paid_at))
    what = _what(t, brand, str(facts.get("number") or ""), amount, when)
    appeal: Row = None
    if outcome == "found":
        text = t("✅ Your purchase is found and taken into account for the creator. Thank you!")
    elif outcome == "not_found":
        text = t(
            "⌛ Your purchase was not found in the shop's data: they did not have it until now. "
            "Check the number or send the receipt."
        )
    elif outcome == "several":
        text = t(
            "🔎 Several orders fit your receipt. Send the order number: then yours will be found."
        )
    else:
        text = Html("✖️ " + escape(t.plain(CLAIM[outcome]), quote=False))
        appeal = _appeal(t) if outcome in DISPUTED else None
    tell: Row = None
    if outcome in ("several", "not_found"):
        tell = button("🛍 " + t.plain("Tell of a purchase"), Bought())
    return Screen(f"{text}\n{what}", keyboard(tell, appeal, _mine(t)))


def _state(t: Translator, claim: Claim) -> Html:
    match claim.state:
        case ClaimState.WAITING:
            return _waiting(t, claim)
        case ClaimState.MATCHED:
            return t("Found: it is taken into account for the creator.")
        case ClaimState.EXPIRED if claim.reason:
            return t("It is not looked for any more: you took your consent back.")
        case ClaimState.EXPIRED:
            return t("The shop's data did not have it.")
        case ClaimState.REFUSED:
            return Html(escape(t.plain(CLAIM[Refusal(claim.reason)]), quote=False))


def _waiting(t: Translator, claim: Claim) -> Html:
    until = (claim.expires_at or claim.at).astimezone(ALMATY).date()
    if claim.kind is ClaimKind.RECEIPT:
        return t(
            "We look for it as soon as the shop reports its orders, until {date} at the latest. "
            "With the order number it goes faster.",
            date=until,
        )
    return t(
        "We look for it as soon as the shop reports its orders, until {date} at the latest, and "
        "write to you.",
        date=until,
    )


def _named(t: Translator, claim: Claim) -> Html:
    return _what(t, claim.brand_name, claim.external_id, claim.amount, claim.paid_at)


def _what(
    t: Translator, brand: str, number: str, amount: Money | None, paid_at: datetime | None
) -> Html:
    """A purchase by what is known of it."""
    parts = [Html(f"<b>{escape(brand, quote=False)}</b>")]
    if number:
        parts.append(t("order <code>{number}</code>", number=number))
    elif paid_at is not None:
        parts.append(t("receipt of {at}", at=paid_at))
    if amount is not None:
        parts.append(Html(t.value(amount)))
    return Html(" · ".join(parts))


def _mine(t: Translator) -> Row:
    return button("🧾 " + t.plain("My purchases"), MyClaims())


def _appeal(t: Translator) -> Row:
    return button("💬 " + t.plain("Write to support"), Support())
