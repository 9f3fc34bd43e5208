"""Orders as a creator sees them: what each earns, why, and when the money comes."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.callbacks.brand_orders import BrandOrders
from bot.callbacks.disputes import WrongOrder
from bot.callbacks.orders import OrderCard, OrderFilter, OrderOffers, Orders
from bot.callbacks.proofs import ProofNew
from bot.callbacks.reconciliation import MyReconciliation
from bot.callbacks.wallet import Wallet
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, back, button, grid, home, keyboard, pager
from bot.screens.deadlines import by_terms
from bot.screens.earnings import PERIODS
from bot.screens.evidence import in_words
from bot.screens.rewards import reasons
from bot.screens.words import word
from core.commissions import OPEN, CommissionState
from core.disputes import DisputeKind
from core.handles import of_report
from core.ids import OrderId
from core.orders import ALMATY, OrderStatus
from core.periods import Period
from core.ports.orders import OrderRow
from core.ports.results import OfferSum, Sum
from core.results import day_of

_FILTERS = {
    OrderFilter.ALL: N_("All"),
    OrderFilter.PENDING: N_("Waiting"),
    OrderFilter.IN_HOLD: N_("On hold"),
    OrderFilter.AVAILABLE: N_("Earned"),
    OrderFilter.LOST: N_("Not earned"),
}
LOST_STATUS = (OrderStatus.REJECTED, OrderStatus.RETURNED)
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
    wanted: Orders,
    sums: Sum,
    offer: str,
    first: bool,
    more: bool,
) -> Screen:
    """A creator's orders, newest first, with what all that are listed come to."""
    lines: list[str] = [t("<b>My orders</b>")]
    if wanted.period is not Period.ALL or offer:
        chosen = [t.plain(PERIODS[wanted.period]), *([offer] if offer else [])]
        lines.append(html.escape(" · ".join(chosen), quote=False))
    if rows:
        lines += [
            t(
                "{orders} for {net}, reward {amount}",
                orders=t.plural("{n} order", "{n} orders", sums.orders),
                net=sums.net,
                amount=sums.amount,
            ),
            t("Choose an order to see why it is paid or not."),
        ]
    elif wanted == Orders():
        lines.append(
            t(
                "There is nothing here yet. Orders appear when the shop sends its data; "
                "orders with your code are found by themselves."
            )
        )
    else:
        lines.append(t("No orders fit this choice."))
    buttons: list[Row] = [
        button(
            f"{MARKS[row.commission_state]} "
            f"{t.value(row.ordered_at.astimezone(ALMATY).date())} · {row.brand_name} · "
            f"{t.value(row.commission)}",
            OrderCard(order=row.id),
        )
        for row in rows
    ]
    start = wanted.model_copy(update={"at": 0, "after": 0})
    filters = [
        button(
            ("• " if chosen is wanted.only else "") + t.plain(name),
            start.model_copy(update={"only": chosen}),
        )
        for chosen, name in _FILTERS.items()
    ]
    periods = list(PERIODS)
    following = periods[(periods.index(wanted.period) + 1) % len(periods)]
    narrow = [
        button(
            "🗓 " + t.plain(PERIODS[wanted.period]),
            start.model_copy(update={"period": following}),
        ),
        button(
            "🏷 " + (offer or t.plain("All offers")),
            OrderOffers(only=wanted.only, period=wanted.period),
        ),
    ]
    turning = pager(
        t,
        None if first else start,
        start.model_copy(update=page_key(rows[-1])) if more else None,
    )
    return Screen(
        "\n".join(lines),
        keyboard(
            *buttons,
            turning,
            *grid(filters, 3),
            narrow,
            button("🔁 " + t.plain("Reconciliation"), MyReconciliation()),
            [back(t, Wallet()), home(t)],
        ),
    )


def offers(t: Translator, found: Sequence[OfferSum], *, wanted: OrderOffers, more: bool) -> Screen:
    """Offers whose orders can be listed, the one that brought most first."""
    start = Orders(only=wanted.only, period=wanted.period)
    turning = pager(
        t,
        wanted.model_copy(update={"page": 0}) if wanted.page else None,
        wanted.model_copy(update={"page": wanted.page + 1}) if more else None,
    )
    return Screen(
        t("Of which offer are the orders shown?"),
        keyboard(
            button(t.plain("All offers"), start),
            *(
                button(
                    f"{each.title(t.locale)} · {each.brand_name}",
                    start.model_copy(update={"offer": int(each.enrolment)}),
                )
                for each in found
            ),
            turning,
            [back(t, start), home(t)],
        ),
    )


def why(t: Translator, row: OrderRow) -> str:
    """The state of an order's money in one or two sentences."""
    match row.commission_state:
        case None if row.creator is not None and row.status in LOST_STATUS:
            return t("The order was cancelled before it could earn anything.")
        case None if row.creator is not None:
            return t("It earns nothing: it was not paid in tenge.")
        case None:
            return t("Nobody is credited for this order.")
        case state if state not in LOST and not row.commission:
            return t("It earns nothing: the sum is too small, or a limit of the offer is reached.")
        case CommissionState.PENDING if row.at_risk:
            return t(
                "The buyer has asked to cancel or to return it. We wait for the shop's answer."
            )
        case CommissionState.PENDING if row.hold_days:
            return t(
                "The shop has not confirmed the order yet. When it does, a hold of {days} begins; "
                "then the money is yours.",
                days=t.plural("{n} day", "{n} days", row.hold_days),
            )
        case CommissionState.PENDING:
            return t("The shop has not confirmed the order yet.")
        case CommissionState.IN_HOLD if row.proof_missing and row.hold_until:
            return t(
                "Confirmed. Send a proof of your post: the money waits for it, and for {date}.",
                date=row.hold_until,
            )
        case CommissionState.IN_HOLD if not row.funded and row.hold_until:
            return t(
                "Confirmed. The money waits until the brand tops up its account, at the earliest "
                "for {date}. It has been told.",
                date=row.hold_until,
            )
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


def _heading(t: Translator, row: OrderRow) -> Html:
    report = of_report(row.external_id)
    if report is None:
        return t("<b>Order {number}</b>", number=row.external_id)
    tag, day = report
    head = t("<b>Units of the tag {tag}</b> · {day}", tag=tag, day=day)
    note = t("📊 Paid by units of a report, not by orders: the report names no orders.")
    return Html(f"{head}\n{note}")


def card(t: Translator, row: OrderRow, *, for_brand: bool) -> Screen:
    """One order."""
    lines: list[str] = [
        _heading(t, row),
        t("{brand} · {place}", brand=row.brand_name, place=word(t, row.place)),
        *([] if of_report(row.external_id) else [t("Ordered: {date}", date=row.ordered_at)]),
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
    if row.by_terms_at is not None:
        lines.append(by_terms(t, day_of(row.by_terms_at), for_brand=for_brand))
    if row.grade is not None and row.evidence_kind is not None:
        lines += in_words(t, row.grade, row.evidence_kind, row.evidence_value)
    leave = BrandOrders(brand=row.brand) if for_brand else Orders()
    proof = row.proof_missing and row.commission_state in OPEN and not for_brand
    return Screen(
        "\n".join(lines),
        keyboard(
            button("📎 " + t.plain("Send proof"), ProofNew()) if proof else None,
            *([] if for_brand else _disputed(t, row)),
            [back(t, leave), home(t)],
        ),
    )


def _disputed(t: Translator, row: OrderRow) -> list[Row]:
    """What its creator may say against it."""
    words = {
        DisputeKind.AMOUNT: N_("The amount is wrong"),
        DisputeKind.DECLINED: N_("Wrongly cancelled"),
    }
    return [
        button("⚖️ " + t.plain(words[kind]), WrongOrder(order=row.id, kind=kind))
        for kind in disputable(row)
    ]


def disputable(row: OrderRow) -> tuple[DisputeKind, ...]:
    """What the creator who is credited for an order may say against it."""
    if row.creator is None:
        return ()
    if row.commission_state in LOST or row.status in LOST_STATUS:
        return (DisputeKind.DECLINED,)
    return (DisputeKind.AMOUNT,)
