"""A brand's money: what it has, what is committed, what moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.callbacks.admin_brands import AdminBrand
from bot.callbacks.admin_funds import TopUp
from bot.callbacks.brand_funds import Funds, FundsMovements
from bot.i18n import N_, Html, Translator
from bot.screens.base import Screen, back, button, home, keyboard, pager
from core.fund_forecasts import KNOWN_MIN
from core.ids import BrandId
from core.ledger import TransferKind
from core.money import Money
from core.people import Brand
from core.ports.money import Movement
from core.usecases.funds import FundsView

_MOVED = {
    TransferKind.TOP_UP: N_("top-up"),
    TransferKind.ACCRUE: N_("reward and fee for an order"),
    TransferKind.ADJUST: N_("corrected: the order has changed"),
    TransferKind.VOID: N_("back: the order was cancelled"),
    TransferKind.CLAWBACK: N_("back: the order was returned"),
}


def funds(
    t: Translator, view: FundsView, *, operator: str, operator_bin: str, for_staff: bool
) -> Screen:
    """Balance, commitments and how to top up: by a transfer, which the staff book."""
    lines = [
        t("<b>Funds of {brand}</b>", brand=view.brand.name),
        "",
        t("Free: <b>{amount}</b>", amount=view.balance),
        t("Committed to orders that are not final: {amount}", amount=view.committed),
    ]
    if view.brand.credit_limit_minor:
        lines.append(t("Credit limit: {amount}", amount=Money(view.brand.credit_limit_minor)))
    if view.unfunded:
        lines += [
            "",
            t(
                "⚠️ Rewards of {amount} have no cover. Creators see this, "
                "and the offers are hidden until the account is topped up.",
                amount=view.unfunded,
            ),
        ]
    lines += ["", _outlook(t, view)]
    if not for_staff:
        lines += [
            "",
            t(
                "To top up, transfer money to {operator}, BIN {bin}, and write your BIN {own} "
                "as the payment purpose. It is booked within a working day.",
                operator=operator,
                bin=operator_bin,
                own=view.brand.bin,
            ),
        ]
    movements = button(t.plain("Movements"), FundsMovements(brand=view.brand.id))
    if not for_staff:
        return Screen("\n".join(lines), keyboard(movements, home(t)))
    return Screen(
        "\n".join(lines),
        keyboard(
            button("➕ " + t.plain("Top up"), TopUp(brand=view.brand.id)),
            movements,
            [back(t, AdminBrand(brand=view.brand.id)), home(t)],
        ),
    )


def _outlook(t: Translator, view: FundsView) -> Html:
    """How long the money lasts, and by which days that is told."""
    seen = view.outlook
    if seen is None:
        return t(
            "How long the money lasts cannot be told yet: it takes orders of {days} in the last "
            "month.",
            days=t.plural("{n} day", "{n} days", KNOWN_MIN),
        )
    basis = t(
        "Orders placed on {first} – {last} cost {amount} a day on average.",
        first=seen.first,
        last=seen.last,
        amount=seen.a_day,
    )
    if seen.runs_out is None:
        return Html(basis + "\n" + t("📈 At this pace the money lasts more than a year."))
    if not seen.left_days:
        return Html(basis + "\n" + t("📉 <b>There is no money left for new orders.</b>"))
    end = t(
        "📉 At this pace the money lasts until <b>{date}</b>: {days}.",
        date=seen.runs_out,
        days=t.plural("{n} day", "{n} days", seen.left_days),
    )
    return Html(basis + "\n" + end)


def funds_ending(t: Translator, facts: Mapping[str, Any]) -> Screen:
    """The warning that money ends within days."""
    text = t(
        "📉 The money of <b>{brand}</b> will be used up soon. Free: {balance}. Days left at the "
        "present pace: <b>{left}</b>. Orders placed on {first} – {last} cost {amount} a day on "
        "average. Top up in time: without cover, rewards wait and the offers may be hidden.",
        brand=str(facts["name"]),
        balance=Money(int(facts["balance_minor"])),
        left=int(facts["left"]),
        first=date.fromisoformat(str(facts["first"])),
        last=date.fromisoformat(str(facts["last"])),
        amount=Money(int(facts["a_day_minor"])),
    )
    opened = button(t.plain("Funds"), Funds(brand=int(facts["brand"])))
    return Screen(text, keyboard(opened))


def movements(
    t: Translator,
    brand: BrandId,
    items: Sequence[Movement],
    *,
    first: bool,
    following: int | None,
) -> Screen:
    """What moved on the brand's funds, newest first."""
    lines = [t("<b>Movements</b>"), ""]
    for item in items:
        sign = "+" if item.amount.minor > 0 else ""
        lines.append(
            t(
                "{date} · {sum} · {what}",
                date=item.at,
                sum=sign + t.value(item.amount),
                what=t(_MOVED.get(item.kind, N_("other"))),
            )
        )
    if not items:
        lines.append(t("Nothing has moved yet."))
    return Screen(
        "\n".join(lines),
        keyboard(
            pager(
                t,
                None if first else FundsMovements(brand=brand),
                FundsMovements(brand=brand, after=following) if following else None,
            ),
            [back(t, Funds(brand=brand)), home(t)],
        ),
    )


def choose_brand(t: Translator, brands: Sequence[Brand]) -> Screen:
    """Whose funds to show."""
    return Screen(
        t("Which brand's funds?"),
        keyboard(*(button(brand.name, Funds(brand=brand.id)) for brand in brands), home(t)),
    )
