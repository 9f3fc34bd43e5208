"""Booking a brand's money."""

from __future__ import annotations

from bot.callbacks.admin_brands import AdminBrand
from bot.callbacks.admin_funds import TopUp, TopUpAction
from bot.i18n import Translator
from bot.screens.base import Screen, back, button, home, keyboard, warned
from core.money import Money
from core.usecases.funds import Booking, FundsView


def ask_amount(t: Translator, view: FundsView, *, problem: str | None = None) -> Screen:
    """How much has come; `problem` is what was wrong with the last answer, without HTML."""
    text: str = t(
        "<b>Top-up of {brand}</b>\nFree now: {balance}.\n"
        "How much has the brand transferred? Example: 500 000",
        brand=view.brand.name,
        balance=view.balance,
    )
    return Screen(
        warned(problem, text), keyboard([back(t, AdminBrand(brand=view.brand.id)), home(t)])
    )


def ask_reference(t: Translator, view: FundsView, amount: Money) -> Screen:
    """Which transfer it was, so that it is booked once."""
    return Screen(
        t(
            "<b>Top-up of {brand}: {amount}</b>\n"
            "Number of the payment order in the bank statement? "
            "A transfer with the same number is booked only once. Example: 1045",
            brand=view.brand.name,
            amount=amount,
        ),
        keyboard([back(t, TopUp(brand=view.brand.id)), home(t)]),
    )


def confirm(t: Translator, view: FundsView, amount: Money, reference: str, *, form: int) -> Screen:
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
            button(
                t.plain("Confirm"),
                TopUp(brand=view.brand.id, action=TopUpAction.CONFIRM, form=form),
            ),
            [back(t, TopUp(brand=view.brand.id)), home(t)],
        ),
    )


def booked(t: Translator, booking: Booking, *, reference: str) -> Screen:
    """The money is in the books, since now or since before."""
    view = booking.funds
    if booking.fresh:
        text: str = t(
            "Booked: {amount}. {brand} has {balance} free.",
            amount=booking.amount,
            brand=view.brand.name,
            balance=view.balance,
        )
    else:
        text = t(
            "Payment {reference} was booked before: {amount} on {date}. Nothing has changed, "
            "{brand} has {balance} free.\n"
            "If this is another transfer, add its date to the number.",
            reference=reference,
            amount=booking.amount,
            date=booking.at,
            brand=view.brand.name,
            balance=view.balance,
        )
    return Screen(text, keyboard([back(t, AdminBrand(brand=view.brand.id)), home(t)]))
