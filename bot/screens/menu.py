"""The main menu, by what a person is: creator, manager of brands, staff."""

from __future__ import annotations

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks.admin_channels import ChannelQueue
from bot.callbacks.admin_creators import CreatorQueue
from bot.callbacks.admin_offers import OfferQueue
from bot.callbacks.admin_payouts import PayoutQueue
from bot.callbacks.brand_creators import BrandCreators
from bot.callbacks.brand_funds import Funds
from bot.callbacks.brand_import import Import
from bot.callbacks.brand_offers import BrandOffers, NewOffer
from bot.callbacks.brand_orders import BrandOrders
from bot.callbacks.brand_proofs import ProofQueue
from bot.callbacks.brand_reports import BrandReport
from bot.callbacks.brand_requests import BrandRequests, Company
from bot.callbacks.broadcasts import Broadcasts
from bot.callbacks.circle import Invite, TopList
from bot.callbacks.desk import DeskMore, Find
from bot.callbacks.disputes import BrandDisputes, StaffDisputes
from bot.callbacks.enrolments import Enrolments
from bot.callbacks.nav import Nav, Target
from bot.callbacks.offers import Catalogue
from bot.callbacks.orders import Orders
from bot.callbacks.people import Help, Language, Settings
from bot.callbacks.proofs import ProofNew
from bot.callbacks.reconciliation import BrandReconciliation
from bot.callbacks.support import Support, TicketQueue
from bot.callbacks.wallet import Wallet
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, grid, keyboard
from core.desk import Waiting
from core.people import Actor, BrandRole, CreatorState, Permission


def menu(
    t: Translator,
    actor: Actor,
    *,
    target: Target = Target.HOME,
    waiting: Waiting | None = None,
    disputes: int = 0,
) -> Screen:
    """The menu of the actor's only role; with several roles the choice between them first.

    `waiting` puts counts on the buttons of the staff's queues, `disputes` one on a brand's.
    """
    faces = roles(actor)
    found = face(actor, target)
    if found is None:
        return _choice(t, faces)
    target = found
    switch = back(t, Nav(to=Target.HOME)) if len(faces) > 1 else None
    match target:
        case Target.BRAND:
            return Screen(_brand_text(t), _brand(t, actor, switch, disputes))
        case Target.STAFF:
            return Screen(_staff_text(t, waiting), _staff(t, actor, switch, waiting or Waiting()))
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


def face(actor: Actor, target: Target) -> Target | None:
    """The menu that a button to `target` opens; None for the choice between several."""
    faces = roles(actor)
    if target in faces:
        return target
    return faces[0] if len(faces) == 1 else None


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
        [
            button("🤝 " + t.plain("Invite creators"), Invite()),
            button("🏆 " + t.plain("Top list"), TopList()),
        ],
        button("💬 " + t.plain("Support"), Support()),
        _own(t),
        switch,
    )


def _brand_text(t: Translator) -> Html:
    title = t("<b>Üles · brand</b>")
    more = t("Publish offers, check posts, send order files, pay only for sales.")
    return Html(f"{title}\n{more}")


def _brand(t: Translator, actor: Actor, switch: Row, disputes: int) -> InlineKeyboardMarkup:
    owner = any(role is BrandRole.OWNER for _, role in actor.brands)
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
        [
            button("👥 " + t.plain("Creators"), BrandCreators()),
            button("📊 " + t.plain("Report"), BrandReport()),
        ],
        [
            button("🔁 " + t.plain("Reconciliation"), BrandReconciliation()),
            button(_counted("⚖️ " + t.plain("Disputes"), disputes), BrandDisputes()),
        ],
        button("💰 " + t.plain("Funds"), Funds()) if owner else None,
        [
            button("🏢 " + t.plain("Company profile"), Company()),
            button("💬 " + t.plain("Support"), Support()),
        ],
        switch or _own(t),
    )


def _staff_text(t: Translator, waiting: Waiting | None) -> Html:
    title = t("<b>Üles · operator</b>")
    if waiting is None:
        return title
    if waiting.sources:
        title = Html(f"{title}\n" + t("⏸ Paused sources: {n}", n=waiting.sources))
    if not waiting.total:
        return Html(f"{title}\n" + t("Nothing waits for you."))
    return Html(f"{title}\n" + t.plural("{n} case waits.", "{n} cases wait.", waiting.total))


def _staff(t: Translator, actor: Actor, switch: Row, waiting: Waiting) -> InlineKeyboardMarkup:
    reviews: list[InlineKeyboardButton] = []
    search: Row = None
    if actor.may(Permission.MODERATION):
        reviews += [
            button(_counted("🔎 " + t.plain("Offers"), waiting.offers), OfferQueue()),
            button(_counted("👤 " + t.plain("Creators"), waiting.creators), CreatorQueue()),
            button(_counted("📣 " + t.plain("Channels"), waiting.channels), ChannelQueue()),
            button(_counted("📝 " + t.plain("Brands' data"), waiting.brands), BrandRequests()),
        ]
    if actor.may(Permission.FINANCE):
        reviews.append(button(_counted("💸 " + t.plain("Payouts"), waiting.payouts), PayoutQueue()))
    if reviews:
        disputes = _counted("⚖️ " + t.plain("Disputes"), waiting.disputes)
        reviews.append(button(disputes, StaffDisputes()))
        search = button("🔍 " + t.plain("Find anybody"), Find())
    return keyboard(
        *grid(reviews),
        search,
        [
            button(_counted("💬 " + t.plain("Support"), waiting.support), TicketQueue()),
            *(
                [button("📣 " + t.plain("Broadcasts"), Broadcasts())]
                if actor.may(Permission.BROADCAST)
                else []
            ),
        ],
        button(_counted("🧰 " + t.plain("More"), waiting.sources, "⏸"), DeskMore()),
        switch or _own(t),
    )


def _counted(text: str, count: int, mark: str = "") -> str:
    return f"{text} · {mark}{count}" if count else text


def _own(t: Translator) -> Row:
    return [
        button("⚙️ " + t.plain("Settings"), Settings()),
        button("🌐 " + t.plain("Language"), Language()),
        button("❔ " + t.plain("Help"), Help()),
    ]
