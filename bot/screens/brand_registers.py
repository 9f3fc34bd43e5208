"""A brand's cash registers, by which buyers' receipts are known to be its own."""

from __future__ import annotations

from bot.callbacks.brand_requests import Company
from bot.callbacks.claims import AddRegisters, Registers, RemoveRegister
from bot.i18n import Html, Translator
from bot.screens.base import Screen, back, button, grid, home, keyboard, warned
from core.people import Brand
from core.usecases.registers import BrandRegisters


def listing(t: Translator, view: BrandRegisters) -> Screen:
    """The registers, each with a button that removes it."""
    lines: list[str] = [
        t("<b>Cash registers · {brand}</b>", brand=view.brand.name),
        t(
            "Buyers who came by a creator's link send their fiscal receipts. With the registration "
            "numbers of your cash registers here, receipts of other shops are refused."
        ),
        "",
    ]
    if view.numbers:
        lines += [f"<code>{number}</code>" for number in view.numbers]
    else:
        lines.append(t("No number yet: receipts are told apart by sum and time only."))
    removals = [
        button(f"🗑 {number}", RemoveRegister(brand=view.brand.id, number=int(number)))
        for number in view.numbers
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("＋ " + t.plain("Add cash registers"), AddRegisters(brand=view.brand.id)),
            *grid(removals),
            [back(t, Company(brand=view.brand.id)), home(t)],
        ),
    )


def ask(t: Translator, brand: Brand, *, problem: str | None = None) -> Screen:
    """Numbers of registers."""
    text = t(
        "Send the registration numbers of the cash registers of <b>{brand}</b>, 12 digits each, "
        "several in one message if you like. They stand on every receipt (RNM, KTN), for example: "
        "<code>010101907421</code>",
        brand=brand.name,
    )
    return Screen(warned(problem, text), keyboard([back(t, Registers(brand=brand.id)), home(t)]))


def confirm_removal(t: Translator, brand: Brand, number: str) -> Screen:
    """Remove a register?"""
    return Screen(
        Html(
            t("<b>Remove the cash register {number}?</b>", number=number)
            + "\n"
            + t(
                "New receipts of it will be refused as another shop's, unless it is the last one. "
                "What was found by them stays."
            )
        ),
        keyboard(
            button(
                "🗑 " + t.plain("Remove"),
                RemoveRegister(brand=brand.id, number=int(number), sure=True),
            ),
            [back(t, Registers(brand=brand.id)), home(t)],
        ),
    )
