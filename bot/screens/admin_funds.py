"""Booking a brand's money."""

from __future__ import annotations

from bot.callbacks.admin_brands import AdminBrand
from bot.callbacks.admin_funds import TopUp, TopUpAction
from bot.i18n import Translator
from bot.screens.base import Screen, back, button, home, keyboard
from core.money import Money
from core.usecases.funds import FundsView


def ask_amount(t: Translator, view: FundsView, *, wrong: bool = False) -> Screen:
    """How much has come."""
    text: str = t(
        "<b>Top-up of {brand}</b>\nFree now: {balance}.\n"
        "How much has the brand transferred? Example: 500 000",
        brand=view.brand.name,
        balance=view.balance,
    )
    if wrong:
        text = t("This is not a sum.") + "\n\n" + text
    return _asking(t, view, text)


def ask_reference(t: Translator, view: FundsView) -> Screen:
    """Which transfer it was, so that it is booked once."""
    return _asking(
        t,
        view,
        t(
            "Number of the payment order in the bank statement? "
            "A transfer with the same number is booked only once. Example: 1045"
        ),
    )


def confirm(t: Translator, view: FundsView, amount: Money, reference: str) -> Screen:
    """Exactly what will happen."""
    return Screen(
        t(
            "Book <b>{amount}</b> to {brand}, payment {reference}?\n"
            "Free now: {balance}, afterwards: {after}. The brand is told.",
            amount=amount,
            brand=view.brand.name,
            reference=reference,
            balance=view.balance,
            after=view.balance + amount,
        ),
        keyboard(
            button(t.plain("Confirm"), TopUp(brand=view.brand.id, action=TopUpAction.CONFIRM)),
            [back(t, AdminBrand(brand=view.brand.id)), home(t)],
        ),
    )


def booked(t: Translator, view: FundsView) -> Screen:
    """The money is in the books."""
    return Screen(
        t("Booked. {brand} has {balance} free.", brand=view.brand.name, balance=view.balance),
        keyboard([back(t, AdminBrand(brand=view.brand.id)), home(t)]),
    )


def _asking(t: Translator, view: FundsView, text: str) -> Screen:
    return Screen(text, keyboard([back(t, AdminBrand(brand=view.brand.id)), home(t)]))
