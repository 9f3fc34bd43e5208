"""A connection to a shop that does not work: what is the matter, and what whoever reads can do."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from aiogram.types import InlineKeyboardButton

from bot.callbacks.admin_sources import AdminSource, ConnectKaspi, SourceAction
from bot.callbacks.brand_import import Import
from bot.i18n import N_, Html, Translator
from bot.screens.base import Screen, button, keyboard
from bot.screens.errors import source_trouble
from core.notifications import NoteKind
from core.usecases.syncs import HOPELESS

Facts = Mapping[str, Any]

ADVICE: Final[Mapping[str, str]] = {
    "unauthorized": N_(
        "What to do: in the Kaspi seller's cabinet the head of the company opens Settings → API "
        "token and makes a new one. Send it here."
    ),
    "forbidden": N_(
        "What to do: look in the seller's cabinet whether the shop is active and the token may "
        "read orders. Then set the connection going again."
    ),
    "rate_limited": N_(
        "What to do: another program probably asks with the same token. Let it ask less often, or "
        "make a token for Üles alone."
    ),
    "timeout": N_(
        "What to do: wait until the shop's system works again. If it does already, set the "
        "connection going again."
    ),
    "server_error": N_(
        "What to do: wait until the shop's system works again. If it does already, set the "
        "connection going again."
    ),
    "nonsense": N_("There is nothing for you to do: our staff look into it."),
    "address": N_("There is nothing for you to do: our staff check the address."),
    "internal": N_("There is nothing for you to do: we mend it."),
}
FOR_STAFF: Final[Mapping[str, str]] = {
    "nonsense": N_(
        "What to do: see the log of the program. Has the shop's system changed its answers?"
    ),
    "address": N_(
        "What to do: check KASPI_API_URL and HTTP_ALLOW in the settings of the program, and the "
        "name service of the server."
    ),
    "internal": N_("What to do: see the log of the program."),
}


def advice(t: Translator, reason: str, *, staff: bool) -> Html:
    """What to do about a connection that does not work; "" where that is not known."""
    text = FOR_STAFF.get(reason) if staff else None
    text = text or ADVICE.get(reason)
    return t(text) if text else Html("")


def of_source(t: Translator, kind: NoteKind, facts: Facts) -> Screen:
    """A connection was paused, or works again."""
    source, brand = int(facts["source"]), str(facts["brand"])
    opening = button("🔌 " + t.plain("Open"), AdminSource(source=source))
    if kind is NoteKind.SOURCE_RESUMED:
        return Screen(
            t(
                "▶️ The connection to the shop of <b>{brand}</b> works again. What happened "
                "meanwhile has been caught up.",
                brand=brand,
            ),
            keyboard(opening),
        )
    reason, staff = str(facts.get("reason", "")), facts.get("reader") == "staff"
    lines: list[str] = [
        t("⏸ The connection to the shop of <b>{brand}</b> is paused.", brand=brand),
        escape(source_trouble(t, reason), quote=False),
        advice(t, reason, staff=staff),
    ]
    if reason not in HOPELESS:
        lines.append(t("We try it again every six hours and tell you when it works."))
    lines.append(
        t("Nothing is lost: what happens meanwhile is caught up. Files of orders can be sent too.")
    )
    company = int(facts.get("brand_id", 0))
    return Screen(
        "\n".join(line for line in lines if line),
        keyboard(
            remedy(t, source, company, reason),
            None if staff else button("📥 " + t.plain("Send a file"), Import(brand=company)),
            opening,
        ),
    )


def remedy(t: Translator, source: int, brand: int, reason: str) -> InlineKeyboardButton | None:
    """The button to what may help."""
    if reason == "unauthorized" and brand:
        return button("🔑 " + t.plain("Send a new token"), ConnectKaspi(brand=brand))
    if reason in ADVICE:
        resume = AdminSource(source=source, action=SourceAction.RESUME)
        return button("▶️ " + t.plain("Set going again"), resume)
    return None
