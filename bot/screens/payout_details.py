"""Legal status, IIN and account: what a payout needs. Full numbers are never shown."""

from __future__ import annotations

from aiogram.filters.callback_data import CallbackData

from bot.callbacks.payout_details import AskDetail, ConfirmIban, Detail, PickStatus
from bot.callbacks.people import Origin, PayoutDetails, Settings
from bot.callbacks.wallet import Wallet, WalletAction
from bot.i18n import Html, Translator
from bot.screens.base import Screen, back, button, home, keyboard, warned
from bot.screens.words import word
from core.identifiers import Iban
from core.people import Creator, LegalStatus


def details(t: Translator, creator: Creator, origin: Origin) -> Screen:
    """What is there and what is missing."""
    account = "–"
    if creator.iban_tail:
        bank = creator.bank or t.plain("a bank that we will check")
        account = f"{bank}, •••• {creator.iban_tail}"
    return Screen(
        t(
            "<b>Payout details</b>\n\n"
            "Tax status: {status}\n"
            "IIN: {iin}\n"
            "Account: {account}\n\n"
            "Numbers are kept encrypted; your messages with them are deleted from the chat.",
            status=word(t, creator.legal_status) if creator.legal_status else "–",
            iin=t.plain("given") if creator.has_iin else "–",
            account=account,
        ),
        keyboard(
            button(
                ("✏️ " if creator.legal_status else "➕ ") + t.plain("Tax status"),
                AskDetail(detail=Detail.STATUS, origin=origin),
            ),
            [
                button(
                    ("✏️ " if creator.has_iin else "➕ ") + t.plain("IIN"),
                    AskDetail(detail=Detail.IIN, origin=origin),
                ),
                button(
                    ("✏️ " if creator.iban_tail else "➕ ") + t.plain("Account (IBAN)"),
                    AskDetail(detail=Detail.IBAN, origin=origin),
                ),
            ],
            [back(t, _way_back(origin)), home(t)],
        ),
    )


def complete(t: Translator, creator: Creator, origin: Origin) -> Screen:
    """Everything is there."""
    shown = details(t, creator, origin)
    keys = shown.keyboard
    if origin is Origin.WALLET and keys is not None:  # on to what was asked for
        withdraw = button("💸 " + t.plain("Withdraw"), Wallet(action=WalletAction.WITHDRAW))
        keys = keyboard(withdraw, *keys.inline_keyboard)
    text = Html("✅ " + t("Everything for a payout is there.") + f"\n\n{shown.text}")
    return Screen(text, keys)


def ask_status(t: Translator, creator: Creator, origin: Origin) -> Screen:
    """How the creator is taxed."""
    return Screen(
        t(
            "<b>Choose your tax status.</b>\n"
            "Taxes on your reward follow it, so choose the one under which you are registered now. "
            "If it changes, change it here within a day."
        ),
        keyboard(
            *(
                button(
                    ("✅ " if status is creator.legal_status else "") + word(t, status),
                    PickStatus(status=status, origin=origin),
                )
                for status in LegalStatus
            ),
            [back(t, PayoutDetails(origin=origin)), home(t)],
        ),
    )


def ask_iin(t: Translator, origin: Origin, *, problem: str | None = None) -> Screen:
    """The twelve digits."""
    return _typed(
        t,
        t(
            "<b>Send your IIN: twelve digits.</b>\n"
            "For example: 950321300002. Your message will be deleted from the chat at once."
        ),
        PayoutDetails(origin=origin),
        problem,
    )


def ask_iban(t: Translator, origin: Origin, *, problem: str | None = None) -> Screen:
    """The account."""
    return _typed(
        t,
        t(
            "<b>Send your IBAN: 20 signs, it begins with KZ.</b>\n"
            "Copy it from the app of your bank, for example: KZ41 722C 0000 0000 0001. "
            "Your message will be deleted from the chat at once."
        ),
        PayoutDetails(origin=origin),
        problem,
    )


def confirm_iban(t: Translator, iban: Iban, origin: Origin) -> Screen:
    """Is this the bank?"""
    if iban.known:
        text = t(
            "Bank: <b>{bank}</b>\nThe account ends with {tail}. Is it right?",
            bank=iban.bank_name,
            tail=iban.tail,
        )
    else:
        text = t(
            "The IBAN is correct, but we do not know the bank with the code {code}: we will check "
            "it before the first payout.\nThe account ends with {tail}. Is it right?",
            code=iban.bank_code,
            tail=iban.tail,
        )
    return Screen(
        text,
        keyboard(
            button("✅ " + t.plain("Yes, it is right"), ConfirmIban(origin=origin)),
            button(t.plain("No, send another one"), AskDetail(detail=Detail.IBAN, origin=origin)),
            [back(t, PayoutDetails(origin=origin)), home(t)],
        ),
    )


def _typed(t: Translator, text: Html, to: CallbackData, problem: str | None) -> Screen:
    return Screen(warned(problem, text), keyboard([back(t, to), home(t)]))


def _way_back(origin: Origin) -> CallbackData:
    return Wallet() if origin is Origin.WALLET else Settings()
