"""What the bot can do for each role, in a few lines."""

from __future__ import annotations

from bot.callbacks.people import Language, Settings
from bot.callbacks.support import Support
from bot.i18n import Translator
from bot.screens.base import Screen, button, home, keyboard
from bot.screens.start import about_button
from core.people import Actor, Permission


def help_screen(t: Translator, actor: Actor, operator: str) -> Screen:
    """How it works for whatever the actor is."""
    parts: list[str] = [t("<b>Help</b>")]
    if actor.creator is not None or not (actor.brands or actor.permissions):
        parts.append(
            t(
                "<b>Creators</b>\n"
                "/offers – choose an offer and take it: a code, a link and a QR picture at once\n"
                "/codes – your codes and links\n"
                "/proof – send the post; the advertising label must stand at its beginning\n"
                "/orders – each order with its state and the reason\n"
                "/wallet – what is earned, on hold, available; withdrawals\n"
                "/settings – profile and payout details"
            )
            + "\n"
            + t("/invite – your link for other creators\n/top – creators by approved orders")
        )
    if actor.brands:
        parts.append(
            t(
                "<b>Brands</b>\n"
                "/newoffer – publish an offer\n"
                "/offers – your offers: pause, go on, end\n"
                "/proofs – posts to check\n"
                "/import – send a file of orders\n"
                "/orders – orders and what they cost\n"
                "/creators – who promotes your brand\n"
                "/report – results by creator, code, placement and day\n"
                "/funds – money of the brand (its owners)\n"
                "/company – legal data, people and their roles"
            )
        )
    if actor.permissions:
        lines: list[str] = [t("<b>Operator</b>")]
        if actor.may(Permission.MODERATION) or actor.may(Permission.FINANCE):
            lines.append(t("/find – anybody by a name, number, code or order"))
            lines.append(t("/audit – who did what"))
            lines.append(t("/market – how the market does, by week"))
        if actor.may(Permission.MODERATION):
            lines.append(t("/review – offers to review"))
            lines.append(t("/creators – creators to review"))
            lines.append(t("/sources – sources and runs"))
        if actor.may(Permission.FINANCE):
            lines.append(t("/payouts – payouts to make"))
        if actor.may(Permission.BROADCAST):
            lines.append(t("/broadcast – messages to many"))
        lines.append(t("/brands – brands and invitations"))
        lines.append(t("/support – people's questions"))
        if actor.may(Permission.OWNER):
            lines.append(t("/health – how the system is"))
        parts.append("\n".join(lines))
    parts.append(
        t(
            "/menu – main menu, /cancel – leave a form, /language – language, /notifications – "
            "what we write about and when.\n/support – questions to the operator: {operator}.",
            operator=operator,
        )
    )
    return Screen(
        "\n\n".join(parts),
        keyboard(
            about_button(t),
            [
                button("💬 " + t.plain("Support"), Support()),
                button("⚙️ " + t.plain("Settings"), Settings()),
                button("🌐 " + t.plain("Language"), Language()),
            ],
            home(t),
        ),
    )
