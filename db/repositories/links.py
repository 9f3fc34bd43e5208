"""Tracking links in SQL, and the clicks that are loaded in bulk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from sys import intern
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.commissions import LOST
from core.enrolments import EnrolmentState, Link
from core.errors import AlreadyUsed, NotFound
from core.evidence import ClickTouch, EvidenceKind
from core.ids import EnrolmentId, LinkId
from core.links import Click, LinkTarget
from core.offers import OfferState, OfferText
from core.people import Locale
from core.placements import PlacementStats
from core.results import day_of
from db.bulk import add_unknown, sum_up
from db.dialect import among, chunks, insert
from db.models import (
    brands,
    click_days,
    clicks,
    code_ownerships,
    enrolments,
    handle_results,
    links,
    offer_texts,
    offers,
    promo_codes,
)

_main = links.alias("main")
_main_link = (
    sa.select(_main.c.id)
    .where(_main.c.enrolment_id == links.c.enrolment_id, _main.c.placement == "")
    .correlate(links)
    .scalar_subquery()
)

_led = (
    sa.select(
        links.c.slug,
        # A link that is off leads on, but its visits are the main link's.
        sa.case(
            (links.c.off_at.is_(None), links.c.id),
            else_=sa.func.coalesce(_main_link, links.c.id),
        ),
        enrolments.c.id,
        enrolments.c.state,
        enrolments.c.offer_id,
    )
    .select_from(links.join(enrolments))
    .where(links.c.slug.in_(sa.bindparam("slugs", expanding=True)))
)
_shown = (
    sa.select(
        offers.c.id,
        offers.c.state,
        offers.c.starts_at,
        offers.c.ends_at,
        offers.c.discount_bps,
        offers.c.url,
        offers.c.click_param,
        brands.c.name,
        brands.c.legal_name,
        brands.c.suspended,
    )
    .select_from(offers.join(brands))
    .where(offers.c.id.in_(sa.bindparam("offers", expanding=True)))
)
_told = sa.select(offer_texts).where(
    offer_texts.c.offer_id.in_(sa.bindparam("offers", expanding=True))
)
_standing = (
    sa.select(code_ownerships.c.enrolment_id, promo_codes.c.normal)
    .select_from(code_ownerships.join(promo_codes))
    .where(
        code_ownerships.c.enrolment_id.in_(sa.bindparam("enrolments", expanding=True)),
        code_ownerships.c.until.is_(None),
    )
    .order_by(code_ownerships.c.since)  # the latest is read last, and stays
)


class SqlLinks:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, enrolment: EnrolmentId, slug: str, *, now: datetime, placement: str = ""
    ) -> bool:
        """Store a link; False when the slug is taken, AlreadyUsed("placement") for a known name."""
        try:
            async with self._connection.begin_nested():
                added = await self._connection.scalar(
                    insert(self._connection, links)
                    .values(enrolment_id=enrolment, slug=slug, placement=placement, created_at=now)
                    .on_conflict_do_nothing(index_elements=["slug"])
                    .returning(links.c.id)
                )
        except IntegrityError as error:  # two links of one enrolment are never called the same
            raise AlreadyUsed("placement") from error
        return added is not None

    async def of_enrolment(self, enrolment: EnrolmentId) -> Sequence[PlacementStats]:
        """Every link with what it has brought, the main one first, then as they were made."""
        found = await self._connection.execute(
            sa.select(links)
            .where(links.c.enrolment_id == enrolment)
            .order_by(links.c.placement != "", links.c.id)
        )
        rows = found.all()
        opened = await self._connection.execute(
            sa.select(click_days.c.link_id, sa.func.sum(click_days.c.clicks))
            .where(click_days.c.link_id.in_([row.id for row in rows]))
            .group_by(click_days.c.link_id)
        )
        visits = {link: int(number) for link, number in opened}
        # Only a click that the shop has given back says by which link an order came.
        bought = await self._connection.execute(
            sa.select(handle_results.c.handle, sa.func.sum(handle_results.c.orders))
            .where(
                handle_results.c.enrolment_id == enrolment,
                handle_results.c.kind == EvidenceKind.CLICK,
                handle_results.c.state.not_in(LOST),
            )
            .group_by(handle_results.c.handle)
        )
        sales = {handle: int(number) for handle, number in bought}
        return [
            PlacementStats(
                link=_link(row),
                clicks=visits.get(row.id, 0),
                orders=sales.get(str(row.id), 0),
            )
            for row in rows
        ]

    async def get(self, link: LinkId) -> Link:
        """Raises NotFound("link")."""
        row = (
            await self._connection.execute(sa.select(links).where(links.c.id == link))
        ).one_or_none()
        if row is None:
            raise NotFound("link")
        return _link(row)

    async def rename(self, link: LinkId, placement: str) -> None:
        """AlreadyUsed("placement") when another link of the enrolment is called so."""
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(
                    sa.update(links).where(links.c.id == link).values(placement=placement)
                )
        except IntegrityError as error:
            raise AlreadyUsed("placement") from error

    async def switch(self, link: LinkId, *, off_at: datetime | None) -> None:
        """Switch a link off, or on again with None."""
        await self._connection.execute(
            sa.update(links).where(links.c.id == link).values(off_at=off_at)
        )

    async def targets(
        self, slugs: Sequence[str], *, now: datetime, pages_only: bool = False
    ) -> dict[str, LinkTarget]:
        """Where slugs lead, with what the landing page shows; unknown ones are left out.

        With `pages_only` code and texts are read for links that have a page, and no others.
        """
        found: dict[str, LinkTarget] = {}
        for chunk in chunks(slugs):
            led = (await self._connection.execute(_led, {"slugs": chunk})).all()
            if not led:
                continue
            shown = {
                row.id: row
                for row in await self._connection.execute(
                    _shown, {"offers": list({offer for *_, offer in led})}
                )
            }
            runs = {offer: _runs(row, now) for offer, row in shown.items()}
            paged = {o for o, row in shown.items() if not (pages_only and row.click_param)}
            texts = await self._texts(paged)
            codes = await self._codes([one for _, _, one, _, offer in led if offer in paged])
            for slug, link, enrolment, state, offer in led:
                facts = shown[offer]
                found[slug] = LinkTarget(
                    link_id=link,
                    enrolment_id=enrolment,
                    offer_id=offer,
                    # Whoever keeps many targets keeps what is said of an offer once.
                    brand_name=intern(facts.name),
                    legal_name=intern(facts.legal_name),
                    texts=texts.get(offer, {}),
                    code=codes.get(enrolment, ""),
                    discount_bps=facts.discount_bps,
                    url=intern(facts.url),
                    click_param=intern(facts.click_param),
                    active=runs[offer] and state == EnrolmentState.ACTIVE,
                )
        return found

    async def _texts(self, of: Collection[int]) -> dict[int, dict[Locale, OfferText]]:
        texts: dict[int, dict[Locale, OfferText]] = {offer: {} for offer in of}
        if of:
            for offer, locale, title, description in await self._connection.execute(
                _told, {"offers": list(of)}
            ):
                texts[offer][Locale(locale)] = OfferText(title=title, description=description)
        return texts

    async def _codes(self, enrolments: Sequence[int]) -> dict[int, str]:
        """The codes that stand, the latest of each enrolment."""
        if not enrolments:
            return {}
        rows = await self._connection.execute(_standing, {"enrolments": enrolments})
        return dict(rows.all())

    async def store_clicks(self, batch: Sequence[Click]) -> int:
        """Add clicks whose ids are not known yet; returns how many were new."""
        given = {click.id: click for click in batch}
        rows = await self._connection.execute(
            sa.select(links.c.id, links.c.enrolment_id).where(
                among(self._connection, links.c.id, {click.link_id for click in batch})
            )
        )
        owners: dict[int, int] = dict(rows.all())
        added = await add_unknown(
            self._connection,
            clicks,
            "click_id",
            ("click_id", "link_id", "enrolment_id", "at", "visitor", "counted"),
            [
                (one.id, one.link_id, owners[one.link_id], one.at, one.visitor, one.counted)
                for _, one in sorted(given.items())
                if one.link_id in owners
            ],
            returning="counted",
        )
        fresh = [given[click] for click, counted in added if counted]
        sums = Counter((click.link_id, day_of(click.at)) for click in fresh)
        await sum_up(
            self._connection,
            click_days,
            ("link_id", "day"),
            ("clicks",),
            [(*key, number) for key, number in sorted(sums.items())],
        )
        return len(added)

    async def touches(self, click_ids: Sequence[str]) -> dict[str, ClickTouch]:
        """Which enrolment each click id stands for, and when; unknown ids are left out."""
        if not click_ids:
            return {}
        rows = await self._connection.execute(
            sa.select(
                clicks.c.click_id, clicks.c.link_id, clicks.c.enrolment_id, clicks.c.at
            ).where(among(self._connection, clicks.c.click_id, click_ids))
        )
        return {
            click_id: ClickTouch(
                click_id=click_id, link=LinkId(link), enrolment=EnrolmentId(enrolment), at=at
            )
            for click_id, link, enrolment, at in rows
        }


def _link(row: Any) -> Link:
    return Link(
        id=LinkId(row.id),
        enrolment=EnrolmentId(row.enrolment_id),
        slug=row.slug,
        placement=row.placement,
        off=row.off_at is not None,
    )


def _runs(offer: Any, now: datetime) -> bool:
    """Whether buyers may be led to an offer."""
    return (
        offer.state == OfferState.ACTIVE
        and not offer.suspended
        and (offer.starts_at is None or offer.starts_at <= now)
        and (offer.ends_at is None or now < offer.ends_at)
    )
