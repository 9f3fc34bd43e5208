"""Payouts as staff see them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.callbacks.admin_payouts import PayoutAction, PayoutCard, PayoutQueue
from bot.i18n import Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, pager
from bot.screens.words import word
from core.ids import PayoutId
from core.payouts import PayoutState
from core.people import LegalStatus
from core.ports.money import PayoutRow


def queue(
    t: Translator, rows: Sequence[PayoutRow], *, first: bool, following: int | None
) -> Screen:
    """Payouts that wait, oldest first."""
    text: str = t("<b>Payouts to make</b>")
    if not rows:
        text += "\n" + t("Nobody is waiting for money.")
    buttons: list[Row] = [
        button(
            f"{t.value(row.payout.amount)} · {row.creator_name} · {word(t, row.payout.state)}",
            PayoutCard(payout=row.payout.id or 0),
        )
        for row in rows
    ]
    turning = pager(
        t,
        None if first else PayoutQueue(),
        PayoutQueue(after=following) if following else None,
    )
    return Screen(text, keyboard(*buttons, turning, home(t)))


def card(t: Translator, row: PayoutRow, *, iban: str = "") -> Screen:
    """One payout and what can be done with it."""
    payout = row.payout
    number = PayoutId(payout.id or 0)
    account = iban or f"•••• {row.iban_tail}"
    lines = [
        t("<b>Payout {number}</b>", number=payout.number),
        t("Creator: {name}", name=row.creator_name),
        t("Sum: {amount}", amount=payout.amount),
        t("Tax status: {status}", status=word(t, LegalStatus(row.legal_status))),
        t("Account: <code>{account}</code>, {bank}", account=account, bank=row.bank),
        t("Requested: {date}", date=payout.requested_at),
        t("Status: {status}", status=word(t, payout.state)),
    ]
    if payout.reason:
        lines.append(t("Reason: {reason}", reason=payout.reason))
    rows: list[Row] = []
    if payout.state in (PayoutState.REQUESTED, PayoutState.APPROVED) and not iban:
        rows.append(button(t.plain("Show the account"), _act(number, PayoutAction.IBAN)))
    if payout.state is PayoutState.REQUESTED:
        rows.append(
            [
                button(t.plain("Approve"), _act(number, PayoutAction.ASK_APPROVE)),
                button(t.plain("Refuse"), _act(number, PayoutAction.ASK_REFUSE)),
            ]
        )
    if payout.state is PayoutState.APPROVED:
        rows.append(
            [
                button(t.plain("The bank has paid"), _act(number, PayoutAction.ASK_PAID)),
                button(t.plain("It did not go through"), _act(number, PayoutAction.ASK_FAIL)),
            ]
        )
        rows.append(button(t.plain("Refuse"), _act(number, PayoutAction.ASK_REFUSE)))
    return Screen("\n".join(lines), keyboard(*rows, [back(t, PayoutQueue()), home(t)]))


def confirm_approval(t: Translator, row: PayoutRow) -> Screen:
    """Let it go to the bank?"""
    number = PayoutId(row.payout.id or 0)
    return Screen(
        t(
            "Approve <b>{amount}</b> to {name}, account •••• {tail}, {bank}?\n"
            "The creator is told. Then make the transfer in the bank.",
            amount=row.payout.amount,
            name=row.creator_name,
            tail=row.iban_tail,
            bank=row.bank,
        ),
        keyboard(
            button(t.plain("Yes, approve"), _act(number, PayoutAction.APPROVE)),
            [back(t, _act(number, PayoutAction.SHOW)), home(t)],
        ),
    )


def confirm_paid(t: Translator, row: PayoutRow) -> Screen:
    """The last question before money leaves the books."""
    number = PayoutId(row.payout.id or 0)
    return Screen(
        t(
            "Has the bank sent <b>{amount}</b> to {name}, account •••• {tail}?\n"
            "This cannot be undone: the sum leaves the books and the creator is told.",
            amount=row.payout.amount,
            name=row.creator_name,
            tail=row.iban_tail,
        ),
        keyboard(
            button(t.plain("Yes, it is paid"), _act(number, PayoutAction.PAID)),
            [back(t, _act(number, PayoutAction.SHOW)), home(t)],
        ),
    )


def ask_reason(t: Translator, row: PayoutRow, action: PayoutAction) -> Screen:
    """Why a payout is not made; the creator reads it."""
    number = PayoutId(row.payout.id or 0)
    question = (
        t("Why is the payout of {amount} refused?", amount=row.payout.amount)
        if action is PayoutAction.ASK_REFUSE
        else t("What did the bank say about the payout of {amount}?", amount=row.payout.amount)
    )
    return Screen(
        question
        + "\n"
        + t("Write one sentence; the creator will read it. Example: the account is closed."),
        keyboard([back(t, _act(number, PayoutAction.SHOW)), home(t)]),
    )


def confirm_reason(
    t: Translator, row: PayoutRow, action: PayoutAction, reason: str, *, form: int
) -> Screen:
    """What happens to a payout that is not made."""
    number = PayoutId(row.payout.id or 0)
    amount, name = row.payout.amount, row.creator_name
    refusing = action is PayoutAction.ASK_REFUSE
    question = (
        t("Refuse the payout of <b>{amount}</b> to {name}?", amount=amount, name=name)
        if refusing
        else t(
            "Has the payout of <b>{amount}</b> to {name} not gone through?",
            amount=amount,
            name=name,
        )
    )
    return Screen(
        question
        + "\n"
        + t("The sum goes back to the creator's wallet, with the reason: {reason}", reason=reason),
        keyboard(
            button(
                t.plain("Yes, refuse") if refusing else t.plain("Yes, give it back"),
                PayoutCard(
                    payout=number,
                    action=PayoutAction.REFUSE if refusing else PayoutAction.FAIL,
                    form=form,
                ),
            ),
            [back(t, _act(number, action)), home(t)],
        ),
    )


def _act(payout: PayoutId, action: PayoutAction) -> PayoutCard:
    return PayoutCard(payout=payout, action=action)
