"""A brand's profile for its managers: legal data, their change, people, leaving."""

from __future__ import annotations

from collections.abc import Sequence

from bot.callbacks.brand_requests import ChangeLegal, Company, LegalField
from bot.callbacks.brand_team import LeaveBrand, Team
from bot.callbacks.claims import Registers
from bot.i18n import N_, Bps, Html, Translator
from bot.screens.base import Row, Screen, back, button, grid, home, keyboard, warned
from bot.screens.brand_requests import LABEL, fields
from bot.screens.words import word
from core.brand_requests import BrandRequest
from core.people import Brand, BrandRole
from core.usecases.brand_requests import of_brand

FIELD = {
    LegalField.NAME: "name",
    LegalField.LEGAL_NAME: "legal_name",
    LegalField.BIN: "bin",
    LegalField.LICENCE: "licence",
}
CHANGE = {
    LegalField.NAME: N_("Change the name"),
    LegalField.LEGAL_NAME: N_("Change the legal name"),
    LegalField.BIN: N_("Change the BIN"),
    LegalField.LICENCE: N_("Change the licence"),
}


def choose_brand(t: Translator, brands: Sequence[Brand]) -> Screen:
    """Whose profile?"""
    return Screen(
        t("Which brand's profile?"),
        keyboard(*(button(brand.name, Company(brand=brand.id)) for brand in brands), home(t)),
    )


def company(t: Translator, brand: Brand, role: BrandRole, waiting: BrandRequest | None) -> Screen:
    """Legal data, the reader's role, what waits for the operator."""
    lines: list[str] = [
        t("<b>Company profile</b>"),
        "",
        *fields(t, of_brand(brand)),
        t("Service fee: {fee} of each commission", fee=Bps(brand.fee_bps)),
        t("Your role: {role}", role=word(t, role)),
    ]
    if brand.suspended:
        lines += [
            "",
            t("⏸ The brand is suspended: its offers are not shown, nobody can take them."),
            t("Reason: {reason}", reason=brand.suspended_reason or "–"),
        ]
    if waiting is not None:
        lines += ["", t("🕓 The operator checks these new data:"), *fields(t, waiting.data)]
    change: list[Row] = []
    if role is BrandRole.OWNER:
        change = grid(
            [
                button(t.plain(name), ChangeLegal(brand=brand.id, field=field))
                for field, name in CHANGE.items()
            ]
        )
        change.append(button("👥 " + t.plain("People and invitations"), Team(brand=brand.id)))
    return Screen(
        "\n".join(lines),
        keyboard(
            *change,
            button("🧾 " + t.plain("Cash registers"), Registers(brand=brand.id)),
            button("🚪 " + t.plain("Leave the brand"), LeaveBrand(brand=brand.id)),
            home(t),
        ),
    )


def ask(t: Translator, brand: Brand, field: LegalField, *, problem: str | None = None) -> Screen:
    """The new value of one of the legal data."""
    step = FIELD[field]
    now = t(LABEL[step], value=getattr(of_brand(brand), step) or t.plain("none"))
    match field:
        case LegalField.NAME:
            asked = t("What do people call the brand? For example: Alma Beauty")
        case LegalField.LEGAL_NAME:
            asked = t("Send the legal name as it stands in the register.")
        case LegalField.BIN:
            asked = t("What is its BIN (an entrepreneur's IIN)? Twelve digits.")
        case LegalField.LICENCE:
            asked = t("Send the number and the date of the licence.")
    empty: Row = None
    if field is LegalField.LICENCE and brand.licence:
        empty = button(
            t.plain("No licence is needed"), ChangeLegal(brand=brand.id, field=field, empty=True)
        )
    return Screen(
        warned(problem, Html(f"{now}\n\n{asked}")),
        keyboard(empty, [back(t, Company(brand=brand.id)), home(t)]),
    )


def confirm(t: Translator, brand: Brand, field: LegalField, value: str) -> Screen:
    """What is sent to the operator."""
    step = FIELD[field]
    return Screen(
        Html(
            t("<b>Send for review?</b>")
            + "\n"
            + t(LABEL[step], value=value or t.plain("none"))
            + "\n"
            + t("Until the operator agrees, the present data stand.")
        ),
        keyboard(
            button(
                "📨 " + t.plain("Send for review"),
                ChangeLegal(brand=brand.id, field=field, empty=not value, sure=True),
            ),
            [back(t, Company(brand=brand.id)), home(t)],
        ),
    )


def confirm_leave(t: Translator, brand: Brand) -> Screen:
    """Act for the brand no longer?"""
    return Screen(
        t(
            "<b>Leave {brand}?</b>\nYou lose the brand's menu at once. Offers, proofs and files "
            "stay with the brand; only an owner can invite you again.",
            brand=brand.name,
        ),
        keyboard(
            button("🚪 " + t.plain("Leave the brand"), LeaveBrand(brand=brand.id, sure=True)),
            [back(t, Company(brand=brand.id)), home(t)],
        ),
    )


def left(t: Translator, brand: Brand) -> Screen:
    """The reader acts for the brand no longer."""
    return Screen(t("You do not act for {brand} any more.", brand=brand.name), keyboard(home(t)))
