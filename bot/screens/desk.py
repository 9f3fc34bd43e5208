"""The operator's desk: less frequent work, the search for anybody, a person's card."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from aiogram.types import InlineKeyboardButton

from bot.callbacks.admin_brands import AdminBrand, AdminBrands, Staff
from bot.callbacks.admin_creators import CreatorReview, SuspendedCreators
from bot.callbacks.admin_offers import OfferReview
from bot.callbacks.admin_payouts import PayoutCard
from bot.callbacks.admin_sources import AdminSources
from bot.callbacks.audit import AuditList
from bot.callbacks.brand_import import RunList
from bot.callbacks.desk import Find, Health, PersonLook
from bot.callbacks.market import Market
from bot.callbacks.nav import Nav, Target
from bot.callbacks.orders import OrderCard
from bot.i18n import Translator
from bot.screens.audit import line as entry_line
from bot.screens.base import Row, Screen, back, button, grid, home, keyboard, warned
from bot.screens.words import order_name, word
from core import cities
from core.audit import topics
from core.people import Actor, Permission, Person
from core.usecases.desk import Found, PersonCard


def more(t: Translator, actor: Actor) -> Screen:
    """What the staff need less often."""
    moderation, owner = actor.may(Permission.MODERATION), actor.may(Permission.OWNER)
    buttons: list[InlineKeyboardButton] = []
    buttons.append(button("🏢 " + t.plain("Brands"), AdminBrands()))
    if moderation or actor.may(Permission.FINANCE):
        buttons.append(button("📈 " + t.plain("Market"), Market()))
    if moderation:
        buttons.append(button("🔌 " + t.plain("Sources"), AdminSources()))
    if topics(actor):
        buttons.append(button("🧾 " + t.plain("Audit log"), AuditList()))
    if moderation:
        buttons.append(button("🗂 " + t.plain("All readings"), RunList()))
        buttons.append(button("⛔ " + t.plain("Suspended creators"), SuspendedCreators()))
    if owner:
        buttons.append(button("👥 " + t.plain("Operator's team"), Staff()))
        buttons.append(button("🩺 " + t.plain("System health"), Health()))
    return Screen(
        t("<b>Üles · operator</b>\nBrands, sources, team, log and system."),
        keyboard(*grid(buttons), [back(t, Nav(to=Target.STAFF)), home(t)]),
    )


def ask_query(t: Translator, *, problem: str | None = None) -> Screen:
    """What is known of whom or what is looked for?"""
    text = t(
        "<b>Find anybody</b>\n"
        "Send what you have: a name, @username or Telegram number, a promo code, the number of an "
        "order or a payout, an IIN or IBAN (whole), a brand's name or BIN, the title of an offer."
    )
    return Screen(warned(problem, text), keyboard([back(t, Nav(to=Target.STAFF)), home(t)]))


def found(t: Translator, actor: Actor, result: Found) -> Screen:
    """Everything that fits, each with the button to it."""
    if result.nothing:
        return Screen(
            t(
                "<b>Nothing was found for “{query}”.</b>\nSend something else: the beginning of a "
                "name is enough, numbers must be whole.",
                query=result.query,
            ),
            keyboard([back(t, Nav(to=Target.STAFF)), home(t)]),
        )
    lines: list[str] = [t("<b>Found for “{query}”</b>", query=result.query)]
    lines += [
        t(
            "🎟 {code} · {brand} · {name}",
            code=one.code,
            brand=one.brand_name,
            name=one.holder_name or "–",
        )
        for one in result.codes
    ]
    if result.more:
        lines.append(t("There is more: narrow the search."))
    else:
        lines.append(t("Send something else to go on searching."))
    rows: list[Row] = [
        button("👤 " + _called(one), PersonLook(person=one.id)) for one in result.people
    ]
    rows += [
        button(f"🎟 {one.code} · {one.holder_name}", PersonLook(person=one.holder))
        for one in result.codes
        if one.holder is not None
    ]
    rows += [button("🏢 " + one.name, AdminBrand(brand=one.id)) for one in result.brands]
    rows += [
        button(f"🏷 {one.title(t.locale)} · {one.brand_name}", OfferReview(offer=one.id))
        for one in result.offers
        if actor.may(Permission.MODERATION)
    ]
    rows += [
        button(
            f"📦 {order_name(t, one.external_id)} · {one.brand_name}",
            OrderCard(order=one.id, brand=one.brand),
        )
        for one in result.orders
    ]
    rows += [
        button(f"💸 {one.number} · {one.creator_name}", PayoutCard(payout=one.id))
        for one in result.payouts
    ]
    return Screen("\n".join(lines), keyboard(*rows, [back(t, Find()), home(t)]))


def _called(person: Person) -> str:
    account = f" · @{person.username}" if person.username else ""
    return f"{person.name}{account}"


def person(t: Translator, actor: Actor, shown: PersonCard) -> Screen:
    """A person: roles, profile, money, orders, and what was done."""
    who = shown.person
    account = f" · @{escape(who.username)}" if who.username else ""
    lines: list[str] = [
        f"<b>{escape(who.name)}</b>{account}",
        t("Telegram: <code>{number}</code>", number=str(who.telegram_id)),
        t("Here since {date}", date=shown.since.date()),
    ]
    if who.blocked_bot:
        lines.append(t("The person has blocked the bot."))
    lines += _roles(t, shown)
    lines += _profile(t, shown)
    lines += _money(t, shown)
    if shown.orders:
        lines += ["", t("<b>Last orders</b>")]
        lines += [
            t(
                "· {date} · {brand} · {amount}",
                date=row.ordered_at.date(),
                brand=row.brand_name,
                amount=row.commission,
            )
            for row in shown.orders
        ]
    if shown.entries:
        lines += ["", t("<b>What was done</b>")]
        lines += [entry_line(t, entry) for entry in shown.entries]
    return Screen("\n".join(lines), keyboard(*_person_rows(t, actor, shown)))


def _roles(t: Translator, shown: PersonCard) -> Sequence[str]:
    lines: list[str] = []
    if shown.permissions:
        rights = ", ".join(word(t, one) for one in Permission if one in shown.permissions)
        lines.append(t("🛠 Operator's team: {rights}", rights=rights))
    lines += [
        t("🏷 {brand} – {role}", brand=brand.name, role=word(t, role))
        for brand, role in shown.brands
    ]
    return lines


def _profile(t: Translator, shown: PersonCard) -> Sequence[str]:
    if shown.profile is None:
        return []
    creator = shown.profile.creator
    lines: list[str] = [
        "",
        f"📣 <b>{escape(creator.display_name or '–')}</b> · {escape(word(t, creator.state))}",
    ]
    if shown.profile.reason:
        lines.append(t("Reason: {reason}", reason=shown.profile.reason))
    lines.append(t("City: {city}", city=cities.name(creator.city, t.locale) or "–"))
    lines += [f"• {escape(channel.url.removeprefix('https://'))}" for channel in creator.channels]
    return lines


def _money(t: Translator, shown: PersonCard) -> Sequence[str]:
    if shown.balances is None:
        return []
    lines: list[str] = [
        "",
        t("<b>Money</b>"),
        t("Waiting and on hold: {amount}", amount=shown.balances.pending),
        t("Available: {amount}", amount=shown.balances.available),
        t("On the way: {amount}", amount=shown.balances.reserved),
        t("Paid so far: {amount}", amount=shown.balances.paid),
    ]
    lines += [
        t(
            "· No. {number} · {amount} · {state}",
            number=payout.number,
            amount=payout.amount,
            state=word(t, payout.state),
        )
        for payout in shown.payouts
    ]
    return lines


def _person_rows(t: Translator, actor: Actor, shown: PersonCard) -> Sequence[Row]:
    who = shown.person.id
    rows: list[Row] = []
    if shown.profile is not None and actor.may(Permission.MODERATION):
        rows.append(
            button("📣 " + t.plain("Creator: check, suspend, restore"), CreatorReview(creator=who))
        )
    rows += [
        button("🏢 " + brand.name, AdminBrand(brand=brand.id)) for brand, _ in shown.brands[:3]
    ]
    if actor.may(Permission.MODERATION):
        rows += [
            button(
                f"📦 {order_name(t, row.external_id)} · {t.value(row.commission)}",
                OrderCard(order=row.id, brand=row.brand),
            )
            for row in shown.orders[:3]
        ]
    rows += [
        button(f"💸 {payout.number} · {t.value(payout.amount)}", PayoutCard(payout=payout.id))
        for payout in shown.payouts[:3]
        if payout.id is not None
    ]
    if topics(actor):
        rows.append(
            [
                button("🧾 " + t.plain("About them"), AuditList(on="p", of=who)),
                button("🧾 " + t.plain("Done by them"), AuditList(by=who)),
            ]
        )
    return [*rows, [back(t, Find()), home(t)]]
