"""Which of two roles a command is meant for."""

from __future__ import annotations

from bot.callbacks.admin_creators import CreatorQueue
from bot.callbacks.brand_creators import BrandCreators
from bot.callbacks.brand_offers import BrandOffers
from bot.callbacks.brand_orders import BrandOrders
from bot.callbacks.offers import Catalogue
from bot.callbacks.orders import Orders
from bot.i18n import Translator
from bot.screens.base import Screen, button, home, keyboard


def offers(t: Translator) -> Screen:
    """Offers to take, or those of the brand?"""
    return Screen(
        t("Which offers?"),
        keyboard(
            button("🛍 " + t.plain("Offers to take"), Catalogue()),
            button("🏷 " + t.plain("Offers of the brand"), BrandOffers()),
            home(t),
        ),
    )


def orders(t: Translator) -> Screen:
    """One's own orders, or those of the brand?"""
    return Screen(
        t("Which orders?"),
        keyboard(
            button("💰 " + t.plain("My orders"), Orders()),
            button("📦 " + t.plain("Orders of the brand"), BrandOrders()),
            home(t),
        ),
    )


def creators(t: Translator) -> Screen:
    """Creators to review, or those of the brand?"""
    return Screen(
        t("Which creators?"),
        keyboard(
            button("👤 " + t.plain("Creators to review"), CreatorQueue()),
            button("👥 " + t.plain("Creators of the brand"), BrandCreators()),
            home(t),
        ),
    )
