"""Orders as a brand's managers see them, and those whose evidence almost fits somebody."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from aiogram.types import InlineKeyboardButton

from bot.callbacks.brand_orders import (
    BrandOrderFilter,
    BrandOrderPick,
    BrandOrders,
    Pick,
)
from bot.callbacks.near_misses import NearMisses
from bot.callbacks.orders import OrderCard
from bot.i18n import N_, Translator
from bot.screens.base import Row, Screen, back, button, grid, home, keyboard, pager
from bot.screens.earnings import PERIODS
from bot.screens.orders import MARKS, page_key
from bot.screens.words import order_name
from core.orders import ALMATY
from core.people import Brand
from core.periods import Period
from core.ports.orders import OrderRow
from core.ports.reports import ReportLine
from core.usecases.orders import BrandOrderPage


def listing(
    t: Translator, wanted: BrandOrders, page: BrandOrderPage, *, first: bool, more: bool
) -> Screen:
    """A brand's orders, newest first, as they were narrowed."""
    rows = page.rows
    text: str = t("<b>Orders</b>")
    narrowed = wanted.only is not BrandOrderFilter.ALL or wanted.pick is not Pick.ANY
    picked = _picked(t, wanted, rows)
    if rows:
        text += f" · {escape(rows[0].brand_name)}"
        if page.count is not None and page.net is not None:
            text += "\n" + t(
                "{orders} for {net}",
                orders=t.plural("{n} order", "{n} orders", page.count),
                net=page.net,
            )
        if picked:
            text += "\n" + escape(picked, quote=False)
        text += "\n" + t("A name stands where a creator is credited.")
    elif narrowed or wanted.period is not Period.ALL:
        text += "\n" + t("No orders fit this choice.")
    else:
        text += "\n" + t(
            "There are no orders yet. Send a file of orders to this chat: CSV or XLSX."
        )
    buttons: list[Row] = [
        button(
            f"{MARKS[row.commission_state]} {t.value(row.ordered_at.astimezone(ALMATY).date())} · "
            f"{t.value(row.net)} · {row.creator_name or order_name(t, row.external_id)}",
            OrderCard(order=row.id, brand=1),
        )
        for row in rows
    ]
    start = wanted.model_copy(update={"at": 0, "after": 0})
    turning = pager(
        t,
        None if first else start,
        start.model_copy(update=page_key(rows[-1])) if more else None,
    )
    return Screen(
        text,
        keyboard(
            *buttons,
            turning,
            *grid(_filters(t, start), 3),
            _narrow(t, start, picked),
            button(t.plain("Codes that almost fit"), NearMisses(brand=wanted.brand)),
            home(t),
        ),
    )


_FILTERS = {
    BrandOrderFilter.ALL: N_("All"),
    BrandOrderFilter.PENDING: N_("Waiting"),
    BrandOrderFilter.APPROVED: N_("Confirmed"),
    BrandOrderFilter.LOST: N_("Cancelled"),
    BrandOrderFilter.NOBODYS: N_("Nobody's"),
}


def _filters(t: Translator, start: BrandOrders) -> list[InlineKeyboardButton]:
    periods = list(PERIODS)
    following = periods[(periods.index(start.period) + 1) % len(periods)]
    chosen = [
        button(
            ("• " if only is start.only else "") + t.plain(name),
            start.model_copy(
                update={"only": only, "pick": Pick.ANY, "id": 0}
                if only is BrandOrderFilter.NOBODYS
                else {"only": only}
            ),
        )
        for only, name in _FILTERS.items()
    ]
    period = button(
        "🗓 " + t.plain(PERIODS[start.period]), start.model_copy(update={"period": following})
    )
    return [*chosen, period]


def _narrow(t: Translator, start: BrandOrders, picked: str) -> Row:
    only = BrandOrderFilter.ALL if start.only is BrandOrderFilter.NOBODYS else start.only

    def to(pick: Pick) -> BrandOrderPick:
        return BrandOrderPick(brand=start.brand, pick=pick, only=only, period=start.period)

    offer = picked if start.pick is Pick.OFFER and picked else t.plain("All offers")
    creator = picked if start.pick is Pick.CREATOR and picked else t.plain("All creators")
    return [button("🏷 " + offer, to(Pick.OFFER)), button("👤 " + creator, to(Pick.CREATOR))]


def _picked(t: Translator, wanted: BrandOrders, rows: Sequence[OrderRow]) -> str:
    """Of whom or what the listed orders are, plain; "" where of all."""
    if not rows or wanted.pick is Pick.ANY:
        return ""
    return rows[0].title(t.locale) if wanted.pick is Pick.OFFER else rows[0].creator_name


def choice(
    t: Translator, wanted: BrandOrderPick, lines: Sequence[ReportLine], *, more: bool
) -> Screen:
    """Offers or creators whose orders can be listed, the one with most first."""
    start = BrandOrders(brand=wanted.brand, only=wanted.only, period=wanted.period)
    offers = wanted.pick is Pick.OFFER
    turning = pager(
        t,
        wanted.model_copy(update={"page": 0}) if wanted.page else None,
        wanted.model_copy(update={"page": wanted.page + 1}) if more else None,
    )
    return Screen(
        t("Of which offer are the orders shown?")
        if offers
        else t("Of which creator are the orders shown?"),
        keyboard(
            button(t.plain("All offers") if offers else t.plain("All creators"), start),
            *(
                button(
                    f"{line.title(t.locale) if offers else line.creator} · "
                    f"{t.value(line.figures.orders)}",
                    start.model_copy(update={"pick": wanted.pick, "id": line.id}),
                )
                for line in lines
                if line.figures.orders
            ),
            turning,
            [back(t, start), home(t)],
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
