"""Many notifications in one message: the daily one, the one of the morning, and that of a burst."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton

from bot.callbacks.admin_offers import OfferQueue
from bot.callbacks.admin_payouts import PayoutQueue
from bot.callbacks.brand_offers import BrandOffers
from bot.callbacks.brand_proofs import ProofQueue
from bot.callbacks.notices import Notices
from bot.callbacks.orders import Orders
from bot.callbacks.proofs import ProofList
from bot.callbacks.wallet import Wallet, WalletAction
from bot.i18n import Html, Translator
from bot.screens.base import Screen, button, grid, keyboard
from bot.screens.notices import GROUP
from core.money import Money
from core.notices import SHOWN, group_of
from core.notifications import NoteKind

Facts = Mapping[str, Any]
Tell = Callable[[Translator, NoteKind, Facts], Screen]
"""Words one notification."""

# Where many of a kind are found; one alone leads to itself.
_ALL: Final[Mapping[NoteKind, CallbackData]] = {
    NoteKind.ORDERS_NEWS: Orders(),
    NoteKind.RELEASED: Wallet(),
    NoteKind.PAYOUT_PAID: Wallet(action=WalletAction.PAYOUTS),
    NoteKind.ENROLLED: BrandOffers(),
    NoteKind.PROOF_SENT: ProofQueue(),
    NoteKind.PROOF_ACCEPTED: ProofList(),
    NoteKind.PROOF_CHANGES: ProofList(),
    NoteKind.PROOF_REJECTED: ProofList(),
    NoteKind.OFFER_SUBMITTED: OfferQueue(),
    NoteKind.PAYOUT_REQUESTED: PayoutQueue(),
}
BUTTONS_MAX: Final = 8


def bundle(t: Translator, facts: Facts, tell: Tell) -> Screen:
    """What came together, kind by kind, each with the way to it; `tell` words a single one."""
    title = t("🔔 <b>Your daily summary</b>") if facts.get("daily") else t("🔔 <b>News</b>")
    texts: list[str] = []
    ways: dict[str, InlineKeyboardButton] = {}
    for part in facts["parts"]:
        kind = NoteKind(part["kind"])
        texts.append(_part(t, kind, part, tell))
        way = _way(t, kind, part, tell)
        if way is not None and way.callback_data is not None:
            ways.setdefault(way.callback_data, way)
    return Screen(
        "\n\n".join([title, *texts]),
        keyboard(
            *grid(list(ways.values())[:BUTTONS_MAX]),
            button("🔔 " + t.plain("Notifications"), Notices()),
        ),
    )


def _part(t: Translator, kind: NoteKind, part: Facts, tell: Tell) -> str:
    n, shown, sums = int(part["n"]), part["facts"], part["sums"]
    rest = n - len(shown)
    if n == 1:
        return tell(t, kind, shown[0]).text
    match kind:
        case NoteKind.ORDERS_NEWS:
            return tell(t, kind, {**sums, "brand": _names(part, "brand")}).text
        case NoteKind.RELEASED:
            return tell(t, kind, sums).text
        case NoteKind.ENROLLED:
            text: str = t.plural(
                "👥 <b>{n}</b> creator has joined your offers",
                "👥 <b>{n}</b> creators have joined your offers",
                n,
            )
            return f"{text}\n{escape(_names(part, 'creator'))}"
        case NoteKind.PROOF_SENT:
            return t.plural(
                "📎 <b>{n}</b> proof waits for your check",
                "📎 <b>{n}</b> proofs wait for your check",
                n,
            )
        case NoteKind.OFFER_SUBMITTED:
            return t.plural(
                "🔎 <b>{n}</b> new offer waits for review",
                "🔎 <b>{n}</b> new offers wait for review",
                n,
            )
        case NoteKind.PAYOUT_REQUESTED:
            return t.plural(
                "💸 <b>{n}</b> new payout request: {amount}",
                "💸 <b>{n}</b> new payout requests: {amount}",
                n,
                amount=Money(int(sums["amount_minor"])),
            )
    told = Counter(tell(t, kind, one).text for one in shown)
    lines = [text if times == 1 else f"{text} ×{times}" for text, times in told.items()]
    if rest:
        lines.append(t.plural("… and {n} more", "… and {n} more", rest))
    return Html("\n".join(lines))


def _names(part: Facts, of: str) -> str:
    names = part["names"][of]
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")


def _way(t: Translator, kind: NoteKind, part: Facts, tell: Tell) -> InlineKeyboardButton | None:
    group = group_of(kind)
    label = t.plain(GROUP[group]) if group else t.plain("Open")
    if int(part["n"]) > 1 and kind in _ALL:
        return button(label, _ALL[kind])
    own = tell(t, kind, part["facts"][0]).keyboard
    if own is None:
        return None
    return own.inline_keyboard[0][0].model_copy(update={"text": label})
