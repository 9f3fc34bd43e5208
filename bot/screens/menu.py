"""The main menu, by what a person is: creator, manager of brands, staff."""

from __future__ import annotations

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.admin_brands import AdminBrands
from bot.callbacks.admin_creators import CreatorQueue
from bot.callbacks.admin_offers import OfferQueue
from bot.callbacks.admin_payouts import PayoutQueue
from bot.callbacks.admin_sources import AdminSources
from bot.callbacks.brand_funds import Funds
from bot.callbacks.brand_import import Import
from bot.callbacks.brand_offers import BrandOffers, NewOffer
from bot.callbacks.brand_orders import BrandOrders
from bot.callbacks.brand_proofs import ProofQueue
from bot.callbacks.broadcasts import Broadcasts
from bot.callbacks.enrolments import Enrolments
from bot.callbacks.nav import Nav, Target
from bot.callbacks.offers import Catalogue
from bot.callbacks.orders import Orders
from bot.callbacks.people import Help, Language, Settings
from bot.callbacks.proofs import ProofNew
from bot.callbacks.wallet import Wallet
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, keyboard
from core.people import Actor, CreatorState, Permission


def menu(t: Translator, actor: Actor, *, target: Target = Target.HOME) -> Screen:
    """The menu of the actor's only role; with several roles the choice between them first."""
    faces = roles(actor)
    if target not in faces:
        if len(faces) > 1:
            return _choice(t, faces)
        target = faces[0]
    switch = back(t, Nav(to=Target.HOME)) if len(faces) > 1 else None
    match target:
        case Target.BRAND:
            return Screen(_brand_text(t), _brand(t, switch))
        case Target.STAFF:
            return Screen(t("<b>Üles · operator</b>"), _staff(t, actor, switch))
        case _:
            return Screen(_creator_text(t, actor), _creator(t, switch))


def roles(actor: Actor) -> tuple[Target, ...]:
    """What the actor is; somebody who is nothing yet is a creator to be."""
    found = []
    if actor.creator is not None:
        found.append(Target.CREATOR)
    if actor.brands:
        found.append(Target.BRAND)
    if actor.permissions:
        found.append(Target.STAFF)
    return tuple(found) or (Target.CREATOR,)


def out_of_date(t: Translator) -> str:
    """What is said to a tap on a button that nobody knows any more, without HTML."""
    return t.plain("This screen is out of date. Here is the current one.")


def not_understood(t: Translator, actor: Actor) -> Screen:
    """The menu, for a message that was not expected."""
    shown = menu(t, actor)
    hint = t("I did not understand that. Choose what to do:")
    return Screen(Html(f"{hint}\n\n{shown.text}"), shown.keyboard)


def cancelled(t: Translator, actor: Actor) -> Screen:
    """The menu after a form was left; what was typed is gone."""
    shown = menu(t, actor)
    return Screen(Html(t("Cancelled.") + f"\n\n{shown.text}"), shown.keyboard)


def _choice(t: Translator, faces: tuple[Target, ...]) -> Screen:
    words = {
        Target.CREATOR: "📣 " + t.plain("Creator"),
        Target.BRAND: "🏷 " + t.plain("Brand"),
        Target.STAFF: "🛠 " + t.plain("Operator"),
    }
    return Screen(
        t("<b>Üles</b>\nWhich of your menus?"),
        keyboard(*(button(words[face], Nav(to=face)) for face in faces), _own(t)),
    )


def _creator_text(t: Translator, actor: Actor) -> Html:
    title = t("<b>Üles · main menu</b>")
    if actor.creator is CreatorState.SUSPENDED:
        more = t("Your profile is suspended: new offers are closed, your money is not.")
    elif actor.creator is CreatorState.ACTIVE:
        more = t("Choose an offer, share your code, get a reward for every sale.")
    else:
        more = t("Finish your profile in the settings to take offers.")
    return Html(f"{title}\n{more}")


def _creator(t: Translator, switch: Row) -> InlineKeyboardMarkup:
    return keyboard(
        button("🛍 " + t.plain("Offers"), Catalogue()),
        [
            button("🎟 " + t.plain("My codes"), Enrolments()),
            button("📎 " + t.plain("Send proof"), ProofNew()),
        ],
        [
            button("📦 " + t.plain("Orders"), Orders()),
            button("💰 " + t.plain("Wallet"), Wallet()),
        ],
        _own(t),
        switch,
    )


def _brand_text(t: Translator) -> Html:
    title = t("<b>Üles · brand</b>")
    more = t("Publish offers, check posts, send order files, pay only for sales.")
    return Html(f"{title}\n{more}")


def _brand(t: Translator, switch: Row) -> InlineKeyboardMarkup:
    return keyboard(
        button("➕ " + t.plain("New offer"), NewOffer()),
        [
            button("🏷 " + t.plain("Offers of the brand"), BrandOffers()),
            button("📎 " + t.plain("Proofs"), ProofQueue()),
        ],
        [
            button("📥 " + t.plain("Send a file of orders"), Import()),
            button("📦 " + t.plain("Orders"), BrandOrders()),
        ],
        button("💰 " + t.plain("Funds"), Funds()),
        switch or _own(t),
    )


def _staff(t: Translator, actor: Actor, switch: Row) -> InlineKeyboardMarkup:
    moderation: Row = None
    finance: Row = None
    if actor.may(Permission.MODERATION):
        moderation = [
            button("🔎 " + t.plain("Offers to review"), OfferQueue()),
            button("👤 " + t.plain("Creators"), CreatorQueue()),
        ]
    if actor.may(Permission.FINANCE):
        finance = button("💸 " + t.plain("Payouts"), PayoutQueue())
    return keyboard(
        moderation,
        finance,
        button("📣 " + t.plain("Broadcasts"), Broadcasts())
        if actor.may(Permission.BROADCAST)
        else None,
        [
            button("🏢 " + t.plain("Brands"), AdminBrands()),
            *([button("🔌 " + t.plain("Sources"), AdminSources())] if moderation else []),
        ],
        switch or _own(t),
    )


def _own(t: Translator) -> Row:
    return [
        button("⚙️ " + t.plain("Settings"), Settings()),
        button("🌐 " + t.plain("Language"), Language()),
        button("❔ " + t.plain("Help"), Help()),
    ]
