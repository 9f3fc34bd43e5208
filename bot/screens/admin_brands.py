"""Brands as the staff see them: the list, a card, the form of a new one."""

from __future__ import annotations

from collections.abc import Sequence

from bot.callbacks.admin_brands import (
    AdminBrand,
    AdminBrands,
    BrandAction,
    NewBrand,
    NewBrandAction,
)
from bot.callbacks.admin_funds import TopUp
from bot.callbacks.audit import AuditList
from bot.callbacks.brand_funds import Funds
from bot.callbacks.brand_team import Team
from bot.i18n import Bps, Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, pager, warned
from core.money import Money
from core.people import Actor, Brand, Permission
from core.usecases.brands import BrandCard, Consequences


def listing(
    t: Translator, actor: Actor, brands: Sequence[Brand], *, first: bool, following: int | None
) -> Screen:
    """Every brand."""
    text = t("<b>Brands</b>") if brands else t("<b>Brands</b>\nThere are none yet: add the first.")
    add: Row = None
    if actor.may(Permission.MODERATION):
        add = button("➕ " + t.plain("Add a brand"), NewBrand())
    return Screen(
        text,
        keyboard(
            *(
                button(("⏸ " if brand.suspended else "") + brand.name, AdminBrand(brand=brand.id))
                for brand in brands
            ),
            pager(
                t,
                None if first else AdminBrands(),
                AdminBrands(after=following) if following else None,
            ),
            add,
            home(t),
        ),
    )


def card(t: Translator, actor: Actor, shown: BrandCard) -> Screen:
    """One brand with its conditions and what the actor may do."""
    brand = shown.brand
    lines = [
        t("<b>{name}</b>", name=brand.name) + (" ⏸" if brand.suspended else ""),
        t("{legal_name}, BIN {bin}", legal_name=brand.legal_name, bin=brand.bin),
        t("Licence: {licence}", licence=brand.licence or t.plain("none")),
        t("Service fee: {fee} of each commission", fee=Bps(brand.fee_bps)),
        t("Credit limit: {limit}", limit=Money(brand.credit_limit_minor)),
        t.plural("{n} person acts for it", "{n} people act for it", len(shown.team)),
    ]
    if brand.suspended:
        lines.append(t("The brand is suspended: its offers are not shown."))
        lines.append(t("Reason: {reason}", reason=brand.suspended_reason or "–"))
    people: Row = None
    suspension: Row = None
    if actor.may(Permission.MODERATION):
        people = button("👥 " + t.plain("People and invitations"), Team(brand=brand.id))
        suspension = (
            button("▶️ " + t.plain("Show its offers again"), _do(brand, BrandAction.RESTORE))
            if brand.suspended
            else button("⏸ " + t.plain("Suspend the brand"), _do(brand, BrandAction.SUSPEND))
        )
    money: Row = None
    conditions: Row = None
    if actor.may(Permission.FINANCE):
        money = [
            button("💰 " + t.plain("Funds"), Funds(brand=brand.id)),
            button("➕ " + t.plain("Top up"), TopUp(brand=brand.id)),
        ]
        conditions = [
            button(t.plain("Change the fee"), _do(brand, BrandAction.FEE)),
            button(t.plain("Change the limit"), _do(brand, BrandAction.CREDIT)),
        ]
    log = button("🧾 " + t.plain("Audit log"), AuditList(on="b", of=brand.id))
    return Screen(
        "\n".join(lines),
        keyboard(people, money, conditions, suspension, log, [back(t, AdminBrands()), home(t)]),
    )


def _do(brand: Brand, action: BrandAction) -> AdminBrand:
    return AdminBrand(brand=brand.id, action=action)


def ask_condition(
    t: Translator, brand: Brand, action: BrandAction, *, problem: str | None = None
) -> Screen:
    """The new fee or the new credit limit."""
    if action is BrandAction.FEE:
        text = t(
            "<b>Service fee of {brand}</b>\nNow: {fee} on top of each commission. It changes for "
            "orders that come later. Type a percentage, for example: 20",
            brand=brand.name,
            fee=Bps(brand.fee_bps),
        )
    else:
        text = t(
            "<b>Credit limit of {brand}</b>\nNow: {limit}. So far the funds of the brand may go "
            "below zero. Type a sum, or 0, for example: 500 000",
            brand=brand.name,
            limit=Money(brand.credit_limit_minor),
        )
    return Screen(warned(problem, text), keyboard([back(t, AdminBrand(brand=brand.id)), home(t)]))


def ask_suspension(
    t: Translator, brand: Brand, follows: Consequences, *, problem: str | None = None
) -> Screen:
    """What a suspension touches, and the question for its reason."""
    text = t("<b>Suspend {brand}?</b>", brand=brand.name) + "\n" + _follows(t, follows)
    asked = t("Type the reason, the brand's managers are going to read it.")
    return Screen(
        warned(problem, f"{text}\n\n{asked}"),
        keyboard([back(t, AdminBrand(brand=brand.id)), home(t)]),
    )


def confirm_suspension(t: Translator, brand: Brand, follows: Consequences, reason: str) -> Screen:
    """Hide the brand's offers for this reason?"""
    return Screen(
        "\n".join(
            [
                t("<b>Suspend {brand}?</b>", brand=brand.name),
                _follows(t, follows),
                t("Reason: {reason}", reason=reason),
            ]
        ),
        keyboard(
            button("⏸ " + t.plain("Suspend the brand"), _do(brand, BrandAction.SUSPEND_YES)),
            [back(t, AdminBrand(brand=brand.id)), home(t)],
        ),
    )


def _follows(t: Translator, follows: Consequences) -> str:
    return "\n".join(
        [
            t(
                "· Offers that leave the catalogue: {n}. Nobody can take them.",
                n=follows.offers,
            ),
            t(
                "· Codes and links that are out: {n}. They go on earning, orders are paid.",
                n=follows.enrolments,
            ),
            t(
                "· Committed to open orders: {amount}. It stays committed.",
                amount=follows.committed,
            ),
            t("· The brand's managers are told and can write to support."),
        ]
    )


def confirm_restore(t: Translator, brand: Brand) -> Screen:
    """Show the brand's offers again?"""
    return Screen(
        t(
            "<b>Restore {brand}?</b>\nIts offers return to the catalogue and its managers are "
            "told. The suspension was for: {reason}",
            brand=brand.name,
            reason=brand.suspended_reason or "–",
        ),
        keyboard(
            button("▶️ " + t.plain("Show its offers again"), _do(brand, BrandAction.RESTORE_YES)),
            [back(t, AdminBrand(brand=brand.id)), home(t)],
        ),
    )


STEPS = ("name", "legal_name", "bin", "fee")  # of the form of a new brand


def ask_field(
    t: Translator, step: str, answers: dict[str, str], *, problem: str | None = None
) -> Screen:
    """A question of the form, under what has been answered."""
    match step:
        case "name":
            text = t("What do people call the brand? For example: Alma Beauty")
        case "legal_name":
            text = t(
                "What is its legal name? The advertising label carries it. "
                "For example: Alma Cosmetics LLP"
            )
        case "bin":
            text = t("What is its BIN (an entrepreneur's IIN)? Twelve digits.")
        case _:
            text = t("What is the service fee, as a percentage of each commission? For example: 20")
    shown = Html(t("<b>New brand</b>") + _answers(t, answers) + f"\n\n{text}")
    return Screen(
        warned(problem, shown), keyboard([back(t, NewBrand(action=NewBrandAction.BACK)), home(t)])
    )


def confirm_brand(t: Translator, answers: dict[str, str]) -> Screen:
    """Everything is there: make it?"""
    return Screen(
        t("<b>New brand</b>") + _answers(t, answers) + "\n\n" + t("Is everything right?"),
        keyboard(
            button("✅ " + t.plain("Add the brand"), NewBrand(action=NewBrandAction.CREATE)),
            [back(t, NewBrand(action=NewBrandAction.BACK)), home(t)],
        ),
    )


def _answers(t: Translator, answers: dict[str, str]) -> str:
    lines = []
    if "name" in answers:
        lines.append(t("<b>{name}</b>", name=answers["name"]))
    if "legal_name" in answers:
        lines.append(t("Legal name: {name}", name=answers["legal_name"]))
    if "bin" in answers:
        lines.append(t("BIN: {bin}", bin=answers["bin"]))
    if "fee" in answers:
        fee = Bps(int(answers["fee"]))
        lines.append(t("Service fee: {fee} of each commission", fee=fee))
    return "".join(f"\n{line}" for line in lines)
