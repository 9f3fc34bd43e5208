"""Bulk loading of a programme in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import codes
from core.enrolments import SLUG_LENGTH, NewEnrolment
from core.evidence import SkuReservation
from core.ids import BrandId, CodeId, EnrolmentId, OfferId, PersonId, public_code
from core.people import CreatorState
from core.ports.programme import Held
from core.programme import CreatorEntry
from db.dialect import chunks, insert
from db.models import (
    channels,
    code_ownerships,
    creators,
    enrolments,
    links,
    offers,
    people,
    promo_codes,
    sku_reservations,
)
from db.repositories.code_shapes import add_shapes
from db.words import Named, index_new


class SqlProgrammes:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add_creators(self, entries: Sequence[CreatorEntry], *, now: datetime) -> int:
        """Add people and profiles that are not there; returns how many profiles were new."""
        if not entries:
            return 0
        await self._connection.execute(
            insert(self._connection, people).on_conflict_do_nothing(index_elements=["telegram_id"]),
            [
                {
                    "telegram_id": entry.telegram_id,
                    "name": entry.name,
                    "username": entry.username,
                    "locale": entry.locale,
                    "created_at": now,
                }
                for entry in entries
            ],
        )
        fresh: list[tuple[int, CreatorEntry]] = []
        by_id = {entry.telegram_id: entry for entry in entries}
        for chunk in chunks(list(by_id)):
            rows = await self._connection.execute(
                sa.select(people.c.id, people.c.telegram_id)
                .select_from(people.outerjoin(creators))
                .where(people.c.telegram_id.in_(chunk), creators.c.person_id.is_(None))
                .order_by(people.c.id)
            )
            fresh.extend((person, by_id[telegram_id]) for person, telegram_id in rows)
        if not fresh:
            return 0
        await self._connection.execute(
            sa.insert(creators),
            [
                {
                    "person_id": person,
                    "state": CreatorState.ACTIVE if entry.complete else CreatorState.NEW,
                    "reviewed_at": now if entry.complete else None,
                    "display_name": entry.name,
                    "city": entry.city,
                    "languages": list(entry.languages),
                    "categories": list(entry.categories),
                    "created_at": now,
                }
                for person, entry in fresh
            ],
        )
        names = [(person, (entry.name, entry.username)) for person, entry in fresh]
        await index_new(self._connection, Named.PERSON, names)
        await index_new(
            self._connection, Named.CREATOR, [(person, (entry.name,)) for person, entry in fresh]
        )
        lines = [
            {
                "creator_id": person,
                "platform": channel.platform,
                "url": channel.url,
                "followers": channel.followers,
            }
            for person, entry in fresh
            for channel in entry.channels
        ]
        if lines:
            await self._connection.execute(sa.insert(channels), lines)
        return len(fresh)

    async def channel_owners(self, urls: Sequence[str]) -> dict[str, int]:
        """Telegram ids of the creators to whom channels belong."""
        found: dict[str, int] = {}
        for chunk in chunks(urls):
            rows = await self._connection.execute(
                sa.select(channels.c.url, people.c.telegram_id)
                .select_from(channels.join(people, people.c.id == channels.c.creator_id))
                .where(channels.c.url.in_(chunk))
            )
            found.update(rows.all())
        return found

    async def offers(self, brand: BrandId, keys: Sequence[str]) -> dict[str, OfferId]:
        """Loaded offers by their keys."""
        found: dict[str, OfferId] = {}
        for chunk in chunks(keys):
            rows = await self._connection.execute(
                sa.select(offers.c.external_key, offers.c.id).where(
                    offers.c.brand_id == brand, offers.c.external_key.in_(chunk)
                )
            )
            found.update((key, OfferId(offer)) for key, offer in rows)
        return found

    async def enrolments(
        self, wanted: Sequence[OfferId], of: Sequence[PersonId]
    ) -> dict[tuple[OfferId, PersonId], EnrolmentId]:
        """Enrolments of these creators in these offers."""
        found: dict[tuple[OfferId, PersonId], EnrolmentId] = {}
        asked = set(wanted)
        for chunk in chunks(of):
            rows = await self._connection.execute(
                sa.select(enrolments.c.offer_id, enrolments.c.creator_id, enrolments.c.id).where(
                    enrolments.c.creator_id.in_(chunk)
                )
            )
            for offer, creator, enrolment in rows:
                if offer in asked:
                    found[OfferId(offer), PersonId(creator)] = EnrolmentId(enrolment)
        return found

    async def add_enrolments(self, rows: Sequence[NewEnrolment]) -> None:
        """Enrol creators, each with a link of their own; none of them may be enrolled yet."""
        if not rows:
            return
        await self._connection.execute(
            sa.insert(enrolments),
            [
                {
                    "offer_id": row.offer,
                    "creator_id": row.creator,
                    "brand_id": row.brand,
                    "terms_id": row.terms,
                    "state": row.state,
                    "accepted_at": row.accepted_at,
                    "ended_at": row.ended_at,
                }
                for row in rows
            ],
        )
        added = await self.enrolments(
            list({row.offer for row in rows}), list({row.creator for row in rows})
        )
        await self._connection.execute(
            sa.insert(links),
            [
                {
                    "enrolment_id": added[row.offer, row.creator],
                    "slug": public_code(SLUG_LENGTH),
                    "placement": "",
                }
                for row in rows
            ],
        )

    async def add_codes(self, brand: BrandId, held: Sequence[Held]) -> None:
        """Write ownerships that are known not to overlap."""
        if not held:
            return
        normals = list(dict.fromkeys(normal for normal, *_ in held))
        await self._connection.execute(
            insert(self._connection, promo_codes).on_conflict_do_nothing(
                index_elements=["brand_id", "normal"]
            ),
            [
                {"brand_id": brand, "normal": normal, "folded": codes.folded(normal)}
                for normal in normals
            ],
        )
        ids: dict[str, int] = {}
        for chunk in chunks(normals):
            rows = await self._connection.execute(
                sa.select(promo_codes.c.normal, promo_codes.c.id).where(
                    promo_codes.c.brand_id == brand, promo_codes.c.normal.in_(chunk)
                )
            )
            ids.update(rows.all())
        await add_shapes(self._connection, brand, ids)
        await self._connection.execute(
            sa.insert(code_ownerships),
            [
                {
                    "code_id": ids[normal],
                    "enrolment_id": enrolment,
                    "since": since,
                    "until": until,
                }
                for normal, enrolment, since, until in held
            ],
        )

    async def add_skus(self, brand: BrandId, reserved: Sequence[SkuReservation]) -> None:
        """Write reservations that are known not to overlap."""
        if not reserved:
            return
        await self._connection.execute(
            sa.insert(sku_reservations),
            [
                {
                    "brand_id": brand,
                    "sku": one.sku,
                    "enrolment_id": one.enrolment,
                    "since": one.since,
                    "until": one.until,
                }
                for one in reserved
            ],
        )

    async def close_codes(self, ends: Sequence[tuple[CodeId, datetime, datetime]]) -> None:
        """End standing ownerships: (code, since, until)."""
        if not ends:
            return
        await self._connection.execute(
            sa.update(code_ownerships)
            .where(
                code_ownerships.c.code_id == sa.bindparam("of"),
                code_ownerships.c.since == sa.bindparam("begun"),
                code_ownerships.c.until.is_(None),
            )
            .values(until=sa.bindparam("over")),
            [{"of": code, "begun": since, "over": until} for code, since, until in ends],
        )

    async def close_skus(
        self, brand: BrandId, ends: Sequence[tuple[str, datetime, datetime]]
    ) -> None:
        """End standing reservations: (SKU, since, until)."""
        if not ends:
            return
        await self._connection.execute(
            sa.update(sku_reservations)
            .where(
                sku_reservations.c.brand_id == brand,
                sku_reservations.c.sku == sa.bindparam("of"),
                sku_reservations.c.since == sa.bindparam("begun"),
                sku_reservations.c.until.is_(None),
            )
            .values(until=sa.bindparam("over")),
            [{"of": sku, "begun": since, "over": until} for sku, since, until in ends],
        )
