"""Brands' reports in SQL: sums of sums by day, grouped and paged where they lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.commissions import LOST, CommissionState
from core.evidence import EvidenceKind
from core.ids import BrandId, OfferId, PersonId
from core.money import Money
from core.people import Locale
from core.ports.reports import ReportLine
from core.reports import Breakdown, Figures
from db.models import (
    click_days,
    creators,
    enrolments,
    handle_results,
    links,
    month_results,
    offer_texts,
    results,
)

FIGURES = ("orders", "approved", "lost", "net_minor", "amount_minor", "fee_minor", "clicks")
APPROVED = (CommissionState.IN_HOLD, CommissionState.AVAILABLE)


class SqlReports:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def by_day(self, brand: BrandId, *, since: date, until: date) -> dict[date, Figures]:
        """Days on which there was anything."""
        found = _grouped(
            _sold(results, (results.c.day,), brand, since, until),
            _clicked((click_days.c.day,), brand, since, until),
        )
        rows = await self._connection.execute(sa.select(found).order_by(found.c.key0))
        return {row.key0: figures for row in rows if (figures := _figures(row))}

    async def by_month(self, brand: BrandId, *, since: date, until: date) -> dict[date, Figures]:
        """The same by month, known by its first day; of the last one the days before `until`."""
        assert since.day == 1
        begun = until.replace(day=1)
        whole = _sold(month_results, (month_results.c.month,), brand, since, begun)
        rest = _grouped(
            _sold(results, (results.c.day,), brand, begun, until),
            _clicked((click_days.c.day,), brand, since, until),
        )
        found: defaultdict[date, Figures] = defaultdict(Figures)
        for query in (whole, sa.select(rest)):
            for row in await self._connection.execute(query):
                if figures := _figures(row):
                    found[row.key0.replace(day=1)] += figures
        return dict(found)

    async def lines(
        self,
        brand: BrandId,
        by: Breakdown,
        *,
        since: date,
        until: date,
        offset: int = 0,
        limit: int,
    ) -> Sequence[ReportLine]:
        """A page of a breakdown: days from the last one back, all else by orders, most first."""
        within = brand, since, until
        match by:
            case Breakdown.DAY:
                found = _grouped(
                    _sold(results, (results.c.day,), *within),
                    _clicked((click_days.c.day,), *within),
                )
            case Breakdown.OFFER:
                key = (enrolments.c.offer_id,)
                found = _grouped(_sold(results, key, *within), _clicked(key, *within))
            case Breakdown.CREATOR:
                key = (enrolments.c.creator_id,)
                found = _grouped(_sold(results, key, *within), _clicked(key, *within))
            case Breakdown.CODE:
                codes = (enrolments.c.creator_id, handle_results.c.handle)
                found = _grouped(
                    _sold(handle_results, codes, *within).where(
                        handle_results.c.kind == EvidenceKind.CODE
                    )
                )
            case Breakdown.PLACEMENT:
                # A click that is gone leaves no link: such orders stand under none.
                link = sa.cast(sa.func.nullif(handle_results.c.handle, ""), links.c.id.type)
                found = _grouped(
                    _sold(handle_results, (link,), *within).where(
                        handle_results.c.kind == EvidenceKind.CLICK,
                        handle_results.c.handle != "",
                    ),
                    _clicked((links.c.id,), *within),
                )
        keys = [column for column in found.c if column.name.startswith("key")]
        order = (
            [found.c.key0.desc()]
            if by is Breakdown.DAY
            else [found.c.orders.desc(), found.c.clicks.desc(), *keys]
        )
        page = (
            sa.select(found)
            .where(sa.or_(found.c.orders > 0, found.c.clicks > 0))
            .order_by(*order)
            .offset(offset)
            .limit(limit)
        )
        rows = await self._connection.execute(_named(page.subquery(), by, order=len(keys)))
        return [_line(row, by) for row in rows]

    async def days(
        self,
        brand: BrandId,
        *,
        states: Sequence[CommissionState],
        offer: OfferId | None,
        creator: PersonId | None,
        since: date | None,
        until: date | None,
    ) -> dict[date, tuple[int, int]]:
        """Credited orders that fit, by day, the last first: how many, and their net (tiyn)."""
        query = _narrowed(results, results.c.day, brand, states, offer, creator)
        if since is not None:
            query = query.where(results.c.day >= since)
        if until is not None:
            query = query.where(results.c.day < until)
        rows = await self._connection.execute(query)
        return {row.time: (int(row.orders), int(row.net_minor)) for row in rows}

    async def months(
        self,
        brand: BrandId,
        *,
        states: Sequence[CommissionState],
        offer: OfferId | None,
        creator: PersonId | None,
    ) -> dict[date, tuple[int, int]]:
        """The same by month of all time; a month is known by its first day."""
        rows = await self._connection.execute(
            _narrowed(month_results, month_results.c.month, brand, states, offer, creator)
        )
        return {row.time: (int(row.orders), int(row.net_minor)) for row in rows}


def _narrowed(
    table: sa.Table,
    time: sa.ColumnElement[Any],
    brand: BrandId,
    states: Sequence[CommissionState],
    offer: OfferId | None,
    creator: PersonId | None,
) -> sa.Select[Any]:
    query: sa.Select[Any] = (
        sa.select(
            time.label("time"),
            sa.func.sum(table.c.orders).label("orders"),
            sa.func.sum(table.c.net_minor).label("net_minor"),
        )
        .select_from(table.join(enrolments, enrolments.c.id == table.c.enrolment_id))
        .where(enrolments.c.brand_id == brand)
        .group_by(time)
        .having(sa.func.sum(table.c.orders) > 0)
        .order_by(time.desc())
    )
    if states:
        query = query.where(table.c.state.in_(sorted(states)))
    if offer is not None:
        query = query.where(enrolments.c.offer_id == offer)
    if creator is not None:
        query = query.where(enrolments.c.creator_id == creator)
    return query


def _sold(
    table: sa.Table,
    keys: Sequence[sa.ColumnElement[Any]],
    brand: BrandId,
    since: date,
    until: date,
) -> sa.Select[Any]:
    """Orders by the keys; `table` is one of the three that sum them up."""
    time = table.c.month if table is month_results else table.c.day

    def counted(column: str, *states: CommissionState, without: bool = False) -> Any:
        fits = table.c.state.in_(sorted(states))
        fits = sa.not_(fits) if without else fits
        return sa.func.sum(sa.case((fits, table.c[column]), else_=0))

    return (
        sa.select(
            *(key.label(f"key{number}") for number, key in enumerate(keys)),
            sa.func.sum(table.c.orders).label("orders"),
            counted("orders", *APPROVED).label("approved"),
            counted("orders", *LOST).label("lost"),
            counted("net_minor", *LOST, without=True).label("net_minor"),
            sa.func.sum(table.c.amount_minor).label("amount_minor"),
            sa.func.sum(table.c.fee_minor).label("fee_minor"),
            sa.literal(0).label("clicks"),
        )
        .select_from(table.join(enrolments, enrolments.c.id == table.c.enrolment_id))
        .where(enrolments.c.brand_id == brand, time >= since, time < until)
        .group_by(*keys)
    )


def _clicked(
    keys: Sequence[sa.ColumnElement[Any]], brand: BrandId, since: date, until: date
) -> sa.Select[Any]:
    """Clicks by the keys."""
    return (
        sa.select(
            *(key.label(f"key{number}") for number, key in enumerate(keys)),
            *(sa.literal(0).label(name) for name in FIGURES[:-1]),
            sa.func.sum(click_days.c.clicks).label("clicks"),
        )
        .select_from(
            click_days.join(links, links.c.id == click_days.c.link_id).join(
                enrolments, enrolments.c.id == links.c.enrolment_id
            )
        )
        .where(enrolments.c.brand_id == brand, click_days.c.day >= since, click_days.c.day < until)
        .group_by(*keys)
    )


def _grouped(*parts: sa.Select[Any]) -> sa.Subquery:
    """The parts added up by their common keys."""
    both = sa.union_all(*parts).subquery()
    keys = [column for column in both.c if column.name.startswith("key")]
    sums = (sa.func.coalesce(sa.func.sum(both.c[name]), 0).label(name) for name in FIGURES)
    return sa.select(*keys, *sums).group_by(*keys).subquery()


def _named(page: sa.Subquery, by: Breakdown, *, order: int) -> sa.Select[Any]:
    """The page with the names that its keys have."""
    keys = [page.c[f"key{number}"] for number in range(order)]
    if by is Breakdown.DAY:
        return sa.select(page).order_by(page.c.key0.desc())
    most = (page.c.orders.desc(), page.c.clicks.desc(), *keys)
    match by:
        case Breakdown.OFFER:
            named = sa.select(
                page,
                *(
                    sa.select(offer_texts.c.title)
                    .where(offer_texts.c.offer_id == page.c.key0, offer_texts.c.locale == locale)
                    .scalar_subquery()
                    .label(f"title_{locale}")
                    for locale in Locale
                ),
            )
        case Breakdown.CREATOR | Breakdown.CODE:
            named = sa.select(page, creators.c.display_name).select_from(
                page.join(creators, creators.c.person_id == page.c.key0)
            )
        case _:
            named = sa.select(page, creators.c.display_name, links.c.placement).select_from(
                page.join(links, links.c.id == page.c.key0)
                .join(enrolments, enrolments.c.id == links.c.enrolment_id)
                .join(creators, creators.c.person_id == enrolments.c.creator_id)
            )
    return named.order_by(*most)


def _line(row: Any, by: Breakdown) -> ReportLine:
    figures = _figures(row, clicks=by is not Breakdown.CODE)
    match by:
        case Breakdown.DAY:
            return ReportLine(figures=figures, day=row.key0)
        case Breakdown.OFFER:
            titles = {locale: row._mapping[f"title_{locale}"] for locale in Locale}
            known = {locale: title for locale, title in titles.items() if title}
            return ReportLine(figures=figures, id=row.key0, titles=known)
        case Breakdown.CREATOR:
            return ReportLine(figures=figures, id=row.key0, creator=row.display_name)
        case Breakdown.CODE:
            return ReportLine(figures=figures, creator=row.display_name, handle=row.key1)
        case Breakdown.PLACEMENT:
            return ReportLine(figures=figures, creator=row.display_name, handle=row.placement)


def _figures(row: Any, *, clicks: bool = True) -> Figures:
    numbers = {name: int(row._mapping[name] or 0) for name in FIGURES}
    return Figures(
        orders=numbers["orders"],
        approved=numbers["approved"],
        lost=numbers["lost"],
        net=Money(numbers["net_minor"]),
        reward=Money(numbers["amount_minor"]),
        fee=Money(numbers["fee_minor"]),
        clicks=numbers["clicks"] if clicks else None,
    )
