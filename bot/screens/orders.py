"""Orders as a creator sees them: what each earns, why, and when the money comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.callbacks.brand_orders import BrandOrders
from bot.callbacks.orders import OrderCard, OrderFilter, Orders
from bot.callbacks.wallet import Wallet
from bot.i18n import N_, Translator
from bot.screens.base import Row, Screen, back, button, grid, home, keyboard, pager
from bot.screens.rewards import reasons
from bot.screens.words import word
from core.commissions import CommissionState
from core.ids import OrderId
from core.orders import OrderStatus
from core.ports.orders import OrderRow

_FILTERS = {
    OrderFilter.ALL: N_("All"),
    OrderFilter.PENDING: N_("Waiting"),
    OrderFilter.IN_HOLD: N_("On hold"),
    OrderFilter.AVAILABLE: N_("Earned"),
    OrderFilter.LOST: N_("Not earned"),
}
LOST = (CommissionState.VOID, CommissionState.CLAWED_BACK)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MARKS = {
    CommissionState.PENDING: "🕓",
    CommissionState.IN_HOLD: "⏳",
    CommissionState.AVAILABLE: "✅",
    CommissionState.VOID: "✖️",
    CommissionState.CLAWED_BACK: "↩️",
    None: "·",
}


def page_key(row: OrderRow) -> dict[str, int]:
    """What a callback carries to begin the next page below this order."""
    return {"at": (row.ordered_at - EPOCH) // MICROSECOND, "after": int(row.id)}


def page_start(at: int, after: int) -> tuple[datetime, OrderId] | None:
    """What `page_key` was made of; None for the first page."""
    return (EPOCH + at * MICROSECOND, OrderId(after)) if after else None


def listing(
    t: Translator,
    rows: Sequence[OrderRow],
    *,
    only: OrderFilter,
    first: bool,
    more: bool,
) -> Screen:
    """A creator's orders, newest first."""
    text: str = t("<b>My orders</b>")
    if rows:
        text += "\n" + t("Choose an order to see why it is paid or not.")
    else:
        text += "\n" + t(
            "There is nothing here yet. Orders appear when the shop sends its data; "
            "orders with your code are found by themselves."
        )
    buttons: list[Row] = [
        button(
            f"{MARKS[row.commission_state]} {t.value(row.ordered_at.date())} · {row.brand_name} · "
            f"{t.value(row.commission)}",
            OrderCard(order=row.id),
        )
        for row in rows
    ]
    filters = [
        button(("• " if chosen is only else "") + t.plain(name), Orders(only=chosen))
        for chosen, name in _FILTERS.items()
    ]
    turning = pager(
        t,
        None if first else Orders(only=only),
        Orders(only=only, **page_key(rows[-1])) if more else None,
    )
    return Screen(
        text, keyboard(*buttons, turning, *grid(filters, 3), [back(t, Wallet()), home(t)])
    )


def why(t: Translator, row: OrderRow) -> str:
    """The state of an order's money in one or two sentences."""
    match row.commission_state:
        case None:
            return t("Nobody is credited for this order.")
        case state if state not in LOST and not row.commission:
            return t("It earns nothing: the sum is too small, or a limit of the offer is reached.")
        case CommissionState.PENDING if row.at_risk:
            return t(
                "The buyer has asked to cancel or to return it. We wait for the shop's answer."
            )
        case CommissionState.PENDING:
            return t("The shop has not confirmed the order yet.")
        case CommissionState.IN_HOLD if row.proof_missing:
            return t("Confirmed. Send a proof of your post: the money waits for it.")
        case CommissionState.IN_HOLD if not row.funded:
            return t(
                "Confirmed. The money waits until the brand tops up its account. It has been told."
            )
        case CommissionState.IN_HOLD if row.hold_until:
            return t(
                "Confirmed. Available from {date}, if it is not returned.", date=row.hold_until
            )
        case CommissionState.IN_HOLD:
            return t("Confirmed. The hold is running.")
        case CommissionState.AVAILABLE:
            return t("Earned: the money is in your wallet.")
        case CommissionState.VOID if row.status is OrderStatus.RETURNED:
            return t("The buyer returned the order, so nothing is earned.")
        case CommissionState.VOID:
            return t("The order was cancelled, so nothing is earned.")
        case CommissionState.CLAWED_BACK:
            return t("The order was cancelled or returned after the hold: the sum was taken back.")


def card(t: Translator, row: OrderRow, *, for_brand: bool) -> Screen:
    """One order."""
    lines: list[str] = [
        t("<b>Order {number}</b>", number=row.external_id),
        t("{brand} · {place}", brand=row.brand_name, place=word(t, row.place)),
        t("Ordered: {date}", date=row.ordered_at),
        t("Sum: {amount}", amount=row.net),
    ]
    if row.refunded:
        lines.append(t("Refunded: {amount}", amount=row.refunded))
    lines.append(
        t("Status: {status} ({raw})", status=word(t, row.status), raw=row.status_raw)
        if for_brand
        else t("Status: {status}", status=word(t, row.status))
    )
    if title := row.title(t.locale):
        lines.append(t("Offer: {title}", title=title))
    if for_brand and row.creator_name:
        lines.append(t("Creator: {name}", name=row.creator_name))
    if row.commission_state is not None:
        lines.append(t("Reward: <b>{amount}</b>", amount=row.commission))
        if row.price is not None and row.commission_state not in LOST:
            lines += reasons(t, row.price, row.terms_version)
        if for_brand:
            lines.append(t("Platform fee: {amount}", amount=row.fee))
    lines += ["", why(t, row)]
    if row.grade is not None and row.evidence_kind is not None:
        lines.append(
            t(
                "Evidence {grade}: <code>{value}</code>",
                grade=word(t, row.grade),
                value=row.evidence_value,
            )
        )
    leave = BrandOrders(brand=row.brand) if for_brand else Orders()
    return Screen("\n".join(lines), keyboard([back(t, leave), home(t)]))
