"""A creator's wallet: what is earned, when it can be taken, and taking it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.callbacks.disputes import MyDisputes
from bot.callbacks.orders import OrderFilter, Orders
from bot.callbacks.people import PayoutDetails
from bot.callbacks.proofs import ProofNew
from bot.callbacks.reconciliation import MyReconciliation
from bot.callbacks.wallet import (
    MyPayout,
    Results,
    StatementOf,
    Wallet,
    WalletAction,
    WithdrawConfirm,
)
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, pager, warned
from bot.screens.words import word
from core.ledger import TransferKind
from core.money import Money
from core.orders import ALMATY
from core.payouts import Payout, PayoutState
from core.people import LegalStatus
from core.ports.money import Movement, PayoutRow
from core.usecases.payouts import WalletView

_MOVED = {
    TransferKind.RELEASE: N_("hold is over"),
    TransferKind.CLAWBACK: N_("taken back: the order was returned"),
    TransferKind.ADJUST: N_("corrected: the order has changed"),
    TransferKind.REFERRAL: N_("for a creator whom you invited"),
    TransferKind.REFERRAL_BACK: N_("taken back: an order of an invited creator was returned"),
    TransferKind.PAYOUT_REQUESTED: N_("withdrawal requested"),
    TransferKind.PAYOUT_RETURNED: N_("withdrawal not made, the money is back"),
}


def wallet(t: Translator, view: WalletView) -> Screen:
    """Balances, the next release, what holds the rest up, and an open request."""
    held = view.held
    lines = [
        t("<b>Wallet</b>"),
        "",
        t("Available: <b>{amount}</b>", amount=view.available),
        t("On hold: {amount}", amount=held.in_hold),
    ]
    if view.reserved:
        lines.append(t("On its way to you: {amount}", amount=view.reserved))
    if held.release:
        lines.append(t("The nearest part is released on {date}.", date=held.release))
    lines.append(t("Waiting for shops: {amount}", amount=held.pending))
    lines.append(t("Paid out so far: {amount}", amount=view.paid))
    if held.without_proof:
        lines += [
            "",
            t("📎 {amount} waits for a proof of your post.", amount=held.without_proof),
        ]
    if held.without_funds:
        lines += [
            "",
            t(
                "{amount} waits until the brand tops up its account. It has been told.",
                amount=held.without_funds,
            ),
        ]
    if view.open_payout:
        lines += [
            "",
            t(
                "Withdrawal <code>{number}</code>: {amount}, {state}.",
                number=view.open_payout.number,
                amount=view.open_payout.amount,
                state=word(t, view.open_payout.state),
            ),
        ]
    if view.available.minor < 0:
        lines += [
            "",
            t("The balance is below zero because of returns. It is covered by what you earn next."),
        ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button(t.plain("Withdraw"), Wallet(action=WalletAction.WITHDRAW)),
            button("📎 " + t.plain("Send proof"), ProofNew()) if held.without_proof else None,
            [
                button(t.plain("Orders"), Orders()),
                button(t.plain("Results"), Results()),
            ],
            [
                button(t.plain("What comes when"), Wallet(action=WalletAction.FORECAST)),
                button(t.plain("Movements"), Wallet(action=WalletAction.MOVEMENTS)),
            ],
            [
                button(t.plain("Withdrawals"), Wallet(action=WalletAction.PAYOUTS)),
                button(t.plain("Statement"), StatementOf()),
            ],
            [
                button(t.plain("Reconciliation"), MyReconciliation()),
                button(t.plain("Payout details"), PayoutDetails()),
            ],
            button("⚖️ " + t.plain("Disputes"), MyDisputes()),
            home(t),
        ),
    )


def too_little(t: Translator, view: WalletView) -> Screen:
    """Nothing can be withdrawn yet, and why."""
    text: str = t(
        "Available: {available}. The smallest withdrawal is {minimum}.",
        available=view.available,
        minimum=view.minimum,
    )
    if view.held.release:
        text += "\n" + t("The nearest part is released on {date}.", date=view.held.release)
    return Screen(
        text,
        keyboard(
            button(t.plain("What is on hold"), Orders(only=OrderFilter.IN_HOLD)),
            [back(t, Wallet()), home(t)],
        ),
    )


def details_missing(t: Translator, missing: Sequence[str]) -> Screen:
    """What must be known before money can be sent: fields as PayoutDetailsMissing names them."""
    names = {
        "legal_status": N_("tax status"),
        "iin": N_("IIN"),
        "iban": N_("bank account (IBAN)"),
    }
    listed = Html("\n".join(f"• {t(names[field])}" for field in missing))
    return Screen(
        t("To pay you, these details are still needed:\n{list}", list=listed),
        keyboard(
            button(t.plain("Fill in"), PayoutDetails()),
            [back(t, Wallet()), home(t)],
        ),
    )


def ask_amount(t: Translator, view: WalletView, *, problem: str | None = None) -> Screen:
    """How much to withdraw; `problem` is what was wrong with the last answer, without HTML."""
    text: str = t(
        "How much do you withdraw?\nAvailable: <b>{available}</b>, the smallest sum is {minimum}.\n"
        "Type a sum, for example 12 000, or take everything.",
        available=view.available,
        minimum=view.minimum,
    )
    return Screen(
        warned(problem, text),
        keyboard(
            button(
                t.plain("Everything: {amount}", amount=view.available),
                Wallet(action=WalletAction.ALL),
            ),
            [back(t, Wallet()), home(t)],
        ),
    )


def confirm(t: Translator, view: WalletView, amount: Money) -> Screen:
    """Exactly what will happen."""
    return Screen(
        t(
            "<b>Withdraw {amount}?</b>\n\n"
            "Account: •••• {tail}, {bank}\n"
            "Tax status: {status}\n"
            "We check the request and pay within 3 working days.",
            amount=amount,
            tail=view.creator.iban_tail,
            bank=view.creator.bank or t.plain("a bank that we will check"),
            status=word(t, view.creator.legal_status) if view.creator.legal_status else "",
        ),
        keyboard(
            button(
                t.plain("Confirm"),
                WithdrawConfirm(amount=amount.minor, tail=view.creator.iban_tail),
            ),
            [back(t, Wallet(action=WalletAction.WITHDRAW)), home(t)],
        ),
    )


def requested(t: Translator, payout: Payout) -> Screen:
    """The request is in."""
    return Screen(
        t(
            "Request accepted: <b>{amount}</b>, number <code>{number}</code>.\n"
            "The money arrives within 3 working days. We will write to you.",
            amount=payout.amount,
            number=payout.number,
        ),
        keyboard(back(t, Wallet()), home(t)),
    )


def movements(
    t: Translator, items: Sequence[Movement], *, first: bool, following: int | None
) -> Screen:
    """What came into and left the available balance."""
    lines = [t("<b>Movements</b>"), ""]
    for item in items:
        name = _MOVED.get(item.kind, N_("other"))
        sign = "+" if item.amount.minor > 0 else ""
        lines.append(
            t(
                "{date} · {sum} · {what}",
                date=item.at,
                sum=sign + t.value(item.amount),
                what=t(name),
            )
        )
    if not items:
        lines.append(t("Nothing has become available yet."))
    return _list(t, "\n".join(lines), WalletAction.MOVEMENTS, first=first, following=following)


def payouts(
    t: Translator, items: Sequence[Payout], *, first: bool, following: int | None
) -> Screen:
    """Withdrawals, newest first."""
    text: str = t("<b>Withdrawals</b>")
    text += "\n" + (
        t("Choose one to see where it is.") if items else t("You have not withdrawn anything yet.")
    )
    rows: list[Row] = [
        button(
            f"{t.value(item.requested_at.astimezone(ALMATY).date())} · {t.value(item.amount)} · "
            f"{word(t, item.state)}",
            MyPayout(payout=item.id or 0),
        )
        for item in items
    ]
    return _list(t, text, WalletAction.PAYOUTS, first=first, following=following, rows=rows)


def payout(t: Translator, row: PayoutRow) -> Screen:
    """One withdrawal: where it is, and what it is made of."""
    state = row.payout.state
    return Screen(
        _payout_text(t, row, t("<b>Withdrawal {number}</b>", number=row.payout.number)),
        keyboard(
            button("🧾 " + t.plain("Receipt"), MyPayout(payout=row.payout.id or 0, receipt=True))
            if state is PayoutState.PAID
            else None,
            [back(t, Wallet(action=WalletAction.PAYOUTS)), home(t)],
        ),
    )


def receipt(t: Translator, row: PayoutRow) -> Screen:
    """The same as a message to keep."""
    title = t("🧾 <b>Receipt of the withdrawal {number}</b>", number=row.payout.number)
    return Screen(
        _payout_text(t, row, title), keyboard([button(t.plain("Wallet"), Wallet()), home(t)])
    )


def _payout_text(t: Translator, row: PayoutRow, title: str) -> str:
    asked = row.payout
    lines: list[str] = [
        title,
        "",
        t("Sum: <b>{amount}</b>", amount=asked.amount),
        t("State: {state}", state=word(t, asked.state)),
        t("Requested: {date}", date=asked.requested_at),
    ]
    if asked.decided_at:
        paid = asked.state is PayoutState.PAID
        lines.append(
            t("Paid: {date}", date=asked.decided_at)
            if paid
            else t("Decided: {date}", date=asked.decided_at)
        )
    lines += [
        t("To: {name}", name=row.creator_name),
        t("Account: •••• {tail}, {bank}", tail=row.iban_tail, bank=row.bank or "–"),
        t("Tax status: {status}", status=word(t, LegalStatus(row.legal_status))),
    ]
    if row.orders:
        lines += [
            "",
            t(
                "Since the withdrawal before it {orders} brought {amount}.",
                orders=t.plural("{n} order", "{n} orders", row.orders),
                amount=row.released,
            ),
        ]
    if asked.reason:
        lines += ["", t("Reason: {reason}", reason=asked.reason)]
    if asked.state in (PayoutState.REQUESTED, PayoutState.APPROVED):
        lines += ["", t("The money arrives within 3 working days. We will write to you.")]
    return "\n".join(lines)


def _list(
    t: Translator,
    text: str,
    action: WalletAction,
    *,
    first: bool,
    following: int | None,
    rows: Sequence[Row] = (),
) -> Screen:
    shown: list[Row] = [
        *rows,
        pager(
            t,
            None if first else Wallet(action=action),
            Wallet(action=action, after=following) if following else None,
        ),
        [back(t, Wallet()), home(t)],
    ]
    return Screen(text, keyboard(*shown))
