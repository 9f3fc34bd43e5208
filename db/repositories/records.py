"""Figures of finished orders in SQL: read by their key, recounted brand by brand.

A card reads two rows by their keys. Counting for each card would read an offer's orders again and
again, and orders change only with a brand's runs; so a sweep reads the newest orders of a brand
once, by the index on brand and date, and writes the figures of all its offers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.commissions import CommissionState
from core.ids import BrandId, OfferId
from core.ledger import TransferKind
from core.orders import OrderStatus
from core.track_records import Sale, TrackRecord, Whose
from db.dialect import insert
from db.models import (
    brand_records,
    brands,
    commissions,
    enrolments,
    offer_records,
    orders,
    transfers,
)

# The transfer by which a commission became available: a later correction has a key of its own.
_released = (
    sa.select(transfers.c.at)
    .where(
        transfers.c.key
        == sa.literal("order:")
        .concat(sa.cast(commissions.c.order_id, sa.String))
        .concat(":")
        .concat(sa.cast(commissions.c.version, sa.String)),
        transfers.c.kind == TransferKind.RELEASE,
    )
    .correlate(commissions)
    .scalar_subquery()
)


class SqlTrackRecords:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, offer: OfferId, brand: BrandId) -> TrackRecord | None:
        """What is known of the offer, else of its brand; None where neither tells anything."""
        for whose, table, key, wanted in (
            (Whose.OFFER, offer_records, offer_records.c.offer_id, int(offer)),
            (Whose.BRAND, brand_records, brand_records.c.brand_id, int(brand)),
        ):
            row = (
                await self._connection.execute(sa.select(table).where(key == wanted))
            ).one_or_none()
            if row is not None and (known := _record(whose, row)).telling:
                return known
        return None

    async def due(self, *, before: datetime, limit: int) -> Sequence[BrandId]:
        """Brands never counted or last counted before that moment, the longest ago first."""
        found = await self._connection.scalars(
            sa.select(brands.c.id)
            .select_from(brands.outerjoin(brand_records))
            .where(sa.or_(brand_records.c.brand_id.is_(None), brand_records.c.counted_at < before))
            .order_by(brand_records.c.counted_at.is_not(None), brand_records.c.counted_at)
            .limit(limit)
        )
        return [BrandId(brand) for brand in found]

    async def sales(self, brand: BrandId, *, since: datetime, limit: int) -> Sequence[Sale]:
        """The newest credited orders of a brand, made since then."""
        newest = (
            sa.select(
                orders.c.id,
                orders.c.enrolment_id,
                orders.c.status,
                orders.c.ordered_at,
                orders.c.approved_at,
            )
            .where(
                orders.c.brand_id == brand,
                orders.c.ordered_at >= since,
                orders.c.enrolment_id.is_not(None),
            )
            .order_by(orders.c.ordered_at.desc(), orders.c.id.desc())
            .limit(limit)
            .subquery()
        )
        rows = await self._connection.execute(
            sa.select(
                newest,
                enrolments.c.offer_id,
                sa.case((commissions.c.state == CommissionState.AVAILABLE, _released)).label(
                    "available_at"
                ),
            ).select_from(
                newest.join(enrolments, enrolments.c.id == newest.c.enrolment_id).outerjoin(
                    commissions, commissions.c.order_id == newest.c.id
                )
            )
        )
        return [
            Sale(
                offer=OfferId(row.offer_id),
                status=OrderStatus(row.status),
                ordered_at=row.ordered_at,
                approved_at=row.approved_at,
                available_at=row.available_at,
            )
            for row in rows
        ]

    async def save(
        self,
        brand: BrandId,
        whole: TrackRecord,
        offers: dict[OfferId, TrackRecord],
        *,
        now: datetime,
    ) -> None:
        """Replace what was counted before."""
        values = {**_figures(whole), "counted_at": now}
        await self._connection.execute(
            insert(self._connection, brand_records)
            .values(brand_id=brand, **values)
            .on_conflict_do_update(index_elements=["brand_id"], set_=values)
        )
        await self._connection.execute(
            sa.delete(offer_records).where(offer_records.c.brand_id == brand)
        )
        if offers:
            await self._connection.execute(
                sa.insert(offer_records),
                [
                    {"offer_id": offer, "brand_id": brand, **_figures(record)}
                    for offer, record in offers.items()
                ],
            )


def _figures(record: TrackRecord) -> dict[str, Any]:
    return {
        "finished": record.finished,
        "approved_bps": record.approved_bps,
        "confirm_days": record.confirm_days,
        "pay_days": record.pay_days,
    }


def _record(whose: Whose, row: Any) -> TrackRecord:
    return TrackRecord(
        whose=whose,
        finished=row.finished,
        approved_bps=row.approved_bps,
        confirm_days=row.confirm_days,
        pay_days=row.pay_days,
    )
