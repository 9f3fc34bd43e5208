"""The people who act for a brand, and the links that invite more."""

from __future__ import annotations

from datetime import datetime
from html import escape

from aiogram.filters.callback_data import CallbackData

from bot.callbacks.admin_brands import AdminBrand
from bot.callbacks.brand_requests import Company
from bot.callbacks.brand_team import InviteManager, ManagerRole, RemoveManager, Team
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard
from bot.screens.words import word
from core.ids import BrandId
from core.people import Actor, BrandRole, Manager
from core.usecases.brands import BrandCard


def deep_link(bot: str, payload: str) -> str:
    """The address that starts the bot with a payload."""
    return f"https://t.me/{bot}?start={payload}"


def team(t: Translator, actor: Actor, card: BrandCard) -> Screen:
    """Who acts for the brand."""
    brand = card.brand.id
    lines: list[str] = [t("<b>People of {brand}</b>", brand=card.brand.name)]
    lines += [f"• {_name(manager)} – {escape(word(t, manager.role))}" for manager in card.team] or [
        t("Nobody acts for the brand yet: invite its owner.")
    ]
    if card.team:
        lines.append(t("⬆️ makes an owner, ⬇️ a member, 🗑 removes."))
    return Screen(
        "\n".join(lines),
        keyboard(
            *(_manager_row(t, actor, card, manager) for manager in card.team),
            button("➕ " + t.plain("Invite an owner"), _invite(brand, BrandRole.OWNER)),
            button("➕ " + t.plain("Invite a member"), _invite(brand, BrandRole.MEMBER)),
            [back(t, _way_back(actor, brand)), home(t)],
        ),
    )


def _manager_row(t: Translator, actor: Actor, card: BrandCard, manager: Manager) -> Row:
    """Another role for a manager, and the end of it; one leaves oneself from the profile."""
    if manager.person.id == actor.id:
        return None
    brand, person = card.brand.id, manager.person.id
    other = BrandRole.MEMBER if manager.role is BrandRole.OWNER else BrandRole.OWNER
    mark = "⬇️ " if other is BrandRole.MEMBER else "⬆️ "
    return [
        button(mark + manager.person.name, ManagerRole(brand=brand, person=person, role=other)),
        button("🗑 " + manager.person.name, RemoveManager(brand=brand, person=person)),
    ]


def confirm_role(t: Translator, card: BrandCard, manager: Manager, role: BrandRole) -> Screen:
    """Give this manager another role?"""
    brand = card.brand.id
    return Screen(
        t(
            "<b>Change the role of {name}?</b>\nNow: {before}\nThen: {after}",
            name=manager.person.name,
            before=word(t, manager.role),
            after=word(t, role),
        ),
        keyboard(
            button(
                "✅ " + t.plain("Change the role"),
                ManagerRole(brand=brand, person=manager.person.id, role=role, sure=True),
            ),
            [back(t, Team(brand=brand)), home(t)],
        ),
    )


def _invite(brand: int, role: BrandRole) -> InviteManager:
    return InviteManager(brand=brand, role=role)


def _way_back(actor: Actor, brand: int) -> CallbackData:
    return Company(brand=brand) if actor.manages(BrandId(brand)) else AdminBrand(brand=brand)


def _name(manager: Manager) -> Html:
    person = manager.person
    account = f" (@{escape(person.username)})" if person.username else ""
    return Html(f"{escape(person.name)}{account}")


def invitation(
    t: Translator, card: BrandCard, role: BrandRole, *, link: str, expires_at: datetime
) -> Screen:
    """A link to hand over: worth keeping, it is shown only once."""
    return Screen(
        t(
            "<b>Invitation to {brand}</b>\nRole: {role}\n\n{link}\n\n"
            "Send it to one person. It works once, until {until}.",
            brand=card.brand.name,
            role=word(t, role),
            link=link,
            until=expires_at,
        ),
        keyboard(
            button("📋 " + t.plain("Copy the link"), copy=link),
            [back(t, Team(brand=card.brand.id)), home(t)],
        ),
    )


def confirm_removal(t: Translator, card: BrandCard, manager: Manager) -> Screen:
    """Let this person act for the brand no longer?"""
    return Screen(
        t(
            "<b>Remove {name} from {brand}?</b>\n"
            "They lose the brand's menu at once, and the invitations that they made stop working.",
            name=manager.person.name,
            brand=card.brand.name,
        ),
        keyboard(
            button(
                "🗑 " + t.plain("Remove"),
                RemoveManager(brand=card.brand.id, person=manager.person.id, sure=True),
            ),
            [back(t, Team(brand=card.brand.id)), home(t)],
        ),
    )
