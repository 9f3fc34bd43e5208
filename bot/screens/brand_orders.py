"""Orders as a brand's managers see them, and those whose evidence almost fits somebody."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.callbacks.brand_orders import BrandOrders, NearMisses
from bot.callbacks.orders import OrderCard
from bot.i18n import N_, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, pager
from bot.screens.orders import MARKS, page_key
from core.ids import BrandId
from core.people import Brand
from core.ports.orders import NearMissRow, OrderRow

_MISSES = {
    "lookalike": N_("it looks like the code {code} of {name}"),
    "not_owner_then": N_("the code {code} of {name} was not theirs on that day"),
}


def listing(
    t: Translator, brand: BrandId, rows: Sequence[OrderRow], *, first: bool, more: bool
) -> Screen:
    """A brand's orders, newest first."""
    text: str = t("<b>Orders</b>")
    if rows:
        text += f" · {escape(rows[0].brand_name)}"
        text += "\n" + t("A name stands where a creator is credited.")
    else:
        text += "\n" + t(
            "There are no orders yet. Send a file of orders to this chat: CSV or XLSX."
        )
    buttons: list[Row] = [
        button(
            f"{MARKS[row.commission_state]} {t.value(row.ordered_at.date())} · "
            f"{t.value(row.net)} · {row.creator_name or row.external_id}",
            OrderCard(order=row.id, brand=1),
        )
        for row in rows
    ]
    turning = pager(
        t,
        None if first else BrandOrders(brand=brand),
        BrandOrders(brand=brand, **page_key(rows[-1])) if more else None,
    )
    return Screen(
        text,
        keyboard(
            *buttons,
            turning,
            button(t.plain("Codes that almost fit"), NearMisses(brand=brand)),
            home(t),
        ),
    )


def near_misses(
    t: Translator,
    brand: BrandId,
    rows: Sequence[NearMissRow],
    *,
    first: bool,
    following: int | None,
) -> Screen:
    """Codes in orders that nobody holds but that look like one; nothing is paid for them."""
    lines: list[str] = [t("<b>Codes that almost fit</b>")]
    if rows:
        lines.append(
            t(
                "Nobody is paid for these orders by themselves. If a code is only mistyped, "
                "correct it in your system and send the file again."
            )
        )
        lines.append("")
    else:
        lines.append(t("All codes in your orders were clear."))
    for row in rows:
        what = t(_MISSES[row.reason], code=row.code, name=row.creator_name)
        lines.append(
            t(
                "{date} · order {number} · {amount}\n<code>{raw}</code>: {what}",
                date=row.ordered_at.date(),
                number=row.external_id,
                amount=row.net,
                raw=row.raw,
                what=what,
            )
        )
    return Screen(
        "\n".join(lines),
        keyboard(
            pager(
                t,
                None if first else NearMisses(brand=brand),
                NearMisses(brand=brand, after=following) if following else None,
            ),
            [back(t, BrandOrders(brand=brand)), home(t)],
        ),
    )


def choose_brand(t: Translator, brands: Sequence[Brand]) -> Screen:
    """Whose orders to show."""
    return Screen(
        t("Which brand's orders?"),
        keyboard(
            *(button(brand.name, BrandOrders(brand=brand.id)) for brand in brands),
            home(t),
        ),
    )
