"""Broadcasts in SQL: set-based from the choice of the people to the count of the results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.broadcasts import (
    Audience,
    Broadcast,
    BroadcastDelivery,
    BroadcastState,
    Button,
    DeliveryState,
    NamedOffer,
    Reach,
    Role,
    Settled,
    Tally,
)
from core.enrolments import EnrolmentState
from core.errors import NotFound
from core.ids import BroadcastId, OfferId, PersonId, UploadId
from core.offers import OfferState
from core.people import TIER_FROM, CreatorState, Locale
from db.dialect import chunks
from db.models import (
    brand_managers,
    brands,
    broadcast_deliveries,
    broadcasts,
    channels,
    creators,
    enrolments,
    offer_texts,
    offers,
    people,
    staff,
)

ERROR_MAX: Final = 500  # characters of an error that are kept
_COUNTED: Final = {
    DeliveryState.SENT: broadcasts.c.sent,
    DeliveryState.BLOCKED: broadcasts.c.blocked,
    DeliveryState.FAILED: broadcasts.c.failed,
}


class SqlBroadcasts:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, author: PersonId, *, now: datetime) -> BroadcastId:
        """An empty draft."""
        added = await self._connection.execute(
            sa.insert(broadcasts).values(
                author_id=author,
                state=BroadcastState.DRAFT,
                audience=Audience().to_json(),
                texts={},
                falls_back=False,
                marketing=True,
                paid=False,
                created_at=now,
            )
        )
        assert added.inserted_primary_key is not None
        return BroadcastId(added.inserted_primary_key[0])

    async def get(self, broadcast: BroadcastId) -> Broadcast:
        """Raises NotFound("broadcast")."""
        found = await self._many(sa.select(broadcasts).where(broadcasts.c.id == broadcast))
        if not found:
            raise NotFound("broadcast")
        return found[0]

    async def page(self, *, before: int | None, limit: int) -> Sequence[Broadcast]:
        """All of them, newest first, below an id."""
        query = sa.select(broadcasts).order_by(broadcasts.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(broadcasts.c.id < before)
        return await self._many(query)

    async def in_states(self, states: Collection[BroadcastState]) -> Sequence[Broadcast]:
        """Those in these states, oldest first; meant for the few that are under way."""
        return await self._many(
            sa.select(broadcasts)
            .where(broadcasts.c.state.in_(sorted(states)))
            .order_by(broadcasts.c.id)
        )

    async def watched(self) -> Sequence[Broadcast]:
        """Those with a message that shows their progress."""
        return await self._many(
            sa.select(broadcasts)
            .where(broadcasts.c.watched_message.is_not(None))
            .order_by(broadcasts.c.id)
        )

    async def _many(self, query: sa.Select[Any]) -> list[Broadcast]:
        return [_broadcast(row) for row in await self._connection.execute(query)]

    async def rewrite(self, draft: Broadcast) -> bool:
        """Store the content of a draft; False where it is none any more."""
        return await self._change(
            draft.id,
            BroadcastState.DRAFT,
            audience=draft.audience.to_json(),
            texts=dict(draft.texts),
            falls_back=draft.falls_back,
            marketing=draft.marketing,
            picture_id=draft.picture,
            button=draft.button.to_json() if draft.button else None,
            paid=draft.paid,
        )

    async def drop(self, broadcast: BroadcastId) -> bool:
        """Delete a draft; False where it is none."""
        gone = await self._connection.execute(
            sa.delete(broadcasts).where(
                broadcasts.c.id == broadcast, broadcasts.c.state == BroadcastState.DRAFT
            )
        )
        return gone.rowcount == 1

    async def move(
        self,
        broadcast: BroadcastId,
        came_from: BroadcastState,
        to: BroadcastState,
        *,
        scheduled_at: datetime | None = None,
        started_at: datetime | None = None,
        finished_at: datetime | None = None,
    ) -> bool:
        """Change the state, and the times that are given; False when somebody was quicker."""
        times = {
            "scheduled_at": scheduled_at,
            "started_at": started_at,
            "finished_at": finished_at,
        }
        given = {name: at for name, at in times.items() if at is not None}
        return await self._change(broadcast, came_from, state=to, **given)

    async def _change(
        self, broadcast: BroadcastId, state: BroadcastState, /, **values: Any
    ) -> bool:
        changed = await self._connection.execute(
            sa.update(broadcasts)
            .where(broadcasts.c.id == broadcast, broadcasts.c.state == state)
            .values(**values)
        )
        return changed.rowcount == 1

    async def watch(self, broadcast: BroadcastId, place: tuple[int, int] | None) -> None:
        """Name the message (chat, id) that shows the progress, or none."""
        chat, message = place or (None, None)
        await self._connection.execute(
            sa.update(broadcasts)
            .where(broadcasts.c.id == broadcast)
            .values(watched_chat=chat, watched_message=message)
        )

    async def reach(self, audience: Audience, *, marketing: bool, today: date) -> Reach:
        """Count the audience: who has chosen a language and neither blocked nor muted us."""
        rows = await self._connection.execute(
            sa.select(people.c.locale, sa.func.count())
            .where(*_meant(audience, marketing=marketing, today=today))
            .group_by(people.c.locale)
        )
        return Reach(by_locale={Locale(locale): count for locale, count in rows})

    async def address(self, broadcast: Broadcast, *, today: date) -> int:
        """Fix who gets it: one row per person of the audience; returns how many."""
        meant = _meant(broadcast.audience, marketing=broadcast.marketing, today=today)
        constants = (
            sa.literal(broadcast.id),
            sa.literal(DeliveryState.PENDING.value),
            sa.literal(0),
            sa.literal(""),
        )
        added = await self._connection.execute(
            sa.insert(broadcast_deliveries).from_select(
                ["person_id", "locale", "broadcast_id", "state", "attempts", "error"],
                sa.select(people.c.id, people.c.locale, *constants)
                .where(*meant)
                .order_by(people.c.id),
            )
        )
        await self._connection.execute(
            sa.update(broadcasts)
            .where(broadcasts.c.id == broadcast.id)
            .values(total=added.rowcount)
        )
        return added.rowcount

    async def offers(
        self, *, only: OfferId | None = None, before: int | None = None, limit: int = 1
    ) -> Sequence[NamedOffer]:
        """One offer, or the active ones, newest first, below an id."""
        chosen = sa.select(offers.c.id, brands.c.name).join(
            brands, brands.c.id == offers.c.brand_id
        )
        if only is not None:
            chosen = chosen.where(offers.c.id == only)
        else:
            chosen = chosen.where(offers.c.state == OfferState.ACTIVE)
        if before is not None:
            chosen = chosen.where(offers.c.id < before)
        newest = chosen.order_by(offers.c.id.desc()).limit(limit).subquery()
        rows = await self._connection.execute(
            sa.select(newest, offer_texts.c.locale, offer_texts.c.title)
            .outerjoin(offer_texts, offer_texts.c.offer_id == newest.c.id)
            .order_by(newest.c.id.desc())
        )
        found: dict[int, tuple[str, dict[Locale, str]]] = {}
        for row in rows:
            titles = found.setdefault(row.id, (row.name, {}))[1]
            if row.locale is not None:
                titles[Locale(row.locale)] = row.title
        return [
            NamedOffer(id=OfferId(offer), brand=brand, titles=titles)
            for offer, (brand, titles) in found.items()
        ]

    async def going(self, *, paid: bool) -> bool:
        """Whether a broadcast of this lane is going out."""
        found = await self._connection.scalar(
            sa.select(broadcasts.c.id)
            .where(broadcasts.c.state == BroadcastState.SENDING, broadcasts.c.paid.is_(paid))
            .limit(1)
        )
        return found is not None

    async def claim(
        self,
        *,
        now: datetime,
        limit: int,
        lease_until: datetime,
        paid: bool,
        by_day: bool,
    ) -> Sequence[BroadcastDelivery]:
        """Take due deliveries of one lane, those of the oldest broadcast first."""
        going = sa.select(broadcasts.c.id).where(
            broadcasts.c.state == BroadcastState.SENDING, broadcasts.c.paid.is_(paid)
        )
        if not by_day:
            going = going.where(broadcasts.c.marketing.is_(False))
        claimed: list[BroadcastDelivery] = []
        gone: list[Settled] = []
        # What concerns everybody's work goes before news and offers.
        in_order = going.order_by(broadcasts.c.marketing, broadcasts.c.id)
        for (broadcast,) in (await self._connection.execute(in_order)).all():
            rows = await self._connection.execute(
                sa.select(
                    broadcast_deliveries.c.id,
                    broadcast_deliveries.c.locale,
                    broadcast_deliveries.c.attempts,
                    people.c.telegram_id,
                    people.c.blocked_bot,
                )
                .join(people, people.c.id == broadcast_deliveries.c.person_id)
                .where(
                    broadcast_deliveries.c.broadcast_id == broadcast,
                    broadcast_deliveries.c.state == DeliveryState.PENDING.value,
                    sa.or_(
                        broadcast_deliveries.c.due_at.is_(None),
                        broadcast_deliveries.c.due_at <= now,
                    ),
                )
                .order_by(broadcast_deliveries.c.id)
                .limit(limit - len(claimed))
                .with_for_update(skip_locked=True, of=broadcast_deliveries)
            )
            for row in rows:
                delivery = BroadcastDelivery(
                    id=row.id,
                    broadcast=BroadcastId(broadcast),
                    telegram_id=row.telegram_id,
                    locale=Locale(row.locale),
                    attempts=row.attempts + 1,
                )
                if row.blocked_bot:
                    gone.append(Settled(delivery=delivery, state=DeliveryState.BLOCKED))
                else:
                    claimed.append(delivery)
            if len(claimed) >= limit:
                break
        for chunk in chunks([delivery.id for delivery in claimed]):
            await self._connection.execute(
                sa.update(broadcast_deliveries)
                .where(broadcast_deliveries.c.id.in_(chunk))
                .values(due_at=lease_until, attempts=broadcast_deliveries.c.attempts + 1)
            )
        await self.settle(gone, now=now)
        return claimed

    async def settle(self, settled: Sequence[Settled], *, now: datetime) -> None:
        """Write down what became of deliveries, once each, and finish what is complete."""
        groups: defaultdict[tuple[BroadcastId, DeliveryState, datetime | None, str], list[int]]
        groups = defaultdict(list)
        for one in settled:
            key = (one.delivery.broadcast, one.state, one.due_at, one.error[:ERROR_MAX])
            groups[key].append(one.delivery.id)
        for (broadcast, state, due_at, error), ids in groups.items():
            done = 0
            for chunk in chunks(ids):
                changed = await self._connection.execute(
                    sa.update(broadcast_deliveries)
                    .where(
                        broadcast_deliveries.c.id.in_(chunk),
                        broadcast_deliveries.c.state == DeliveryState.PENDING,
                    )
                    .values(state=state, due_at=due_at, error=error)
                )
                done += changed.rowcount
            if done and (counter := _COUNTED.get(state)) is not None:
                await self._connection.execute(
                    sa.update(broadcasts)
                    .where(broadcasts.c.id == broadcast)
                    .values({counter: counter + done})
                )
        blocked = [
            one.delivery.telegram_id for one in settled if one.state is DeliveryState.BLOCKED
        ]
        for chunk in chunks(blocked):
            await self._connection.execute(
                sa.update(people)
                .where(people.c.telegram_id.in_(chunk), people.c.blocked_bot.is_(False))
                .values(blocked_bot=True)
            )
        for broadcast in {one.delivery.broadcast for one in settled}:
            await self._finish(broadcast, now)

    async def _finish(self, broadcast: BroadcastId, now: datetime) -> None:
        table = broadcasts.c
        await self._connection.execute(
            sa.update(broadcasts)
            .where(
                table.id == broadcast,
                table.state.in_([BroadcastState.SENDING, BroadcastState.PAUSED]),
                table.sent + table.blocked + table.failed >= table.total,
            )
            .values(state=BroadcastState.DONE, finished_at=now)
        )

    async def click(self, broadcast: BroadcastId, person: PersonId, *, now: datetime) -> bool:
        """Count a person's tap on a button of the message; False for a second one."""
        return await self._click(
            broadcast,
            now,
            broadcast_deliveries.c.broadcast_id == broadcast,
            broadcast_deliveries.c.person_id == person,
        )

    async def forget_deliveries(self, before: datetime, limit: int) -> int:
        """Delete who got what of a broadcast that ended before; returns how many rows.

        Its numbers are kept with the broadcast itself.
        """
        told = broadcast_deliveries.c.broadcast_id
        over = await self._connection.scalar(
            sa.select(broadcasts.c.id)
            .where(
                broadcasts.c.state.in_([BroadcastState.DONE, BroadcastState.CANCELLED]),
                broadcasts.c.finished_at < before,
                sa.select(sa.literal(1)).where(told == broadcasts.c.id).exists(),
            )
            .order_by(broadcasts.c.id)
            .limit(1)
        )
        if over is None:
            return 0
        some = sa.select(broadcast_deliveries.c.id).where(told == over).limit(limit)
        done = await self._connection.execute(
            sa.delete(broadcast_deliveries).where(broadcast_deliveries.c.id.in_(some))
        )
        return done.rowcount

    async def click_links(self, clicks: Mapping[int, datetime]) -> int:
        """Count openings of the links of deliveries, each once; returns how many were new."""
        new = 0
        for chunk in chunks(sorted(clicks)):
            rows = await self._connection.execute(
                sa.select(broadcast_deliveries.c.id, broadcast_deliveries.c.broadcast_id).where(
                    broadcast_deliveries.c.id.in_(chunk),
                    broadcast_deliveries.c.clicked_at.is_(None),
                )
            )
            for delivery, broadcast in rows.all():
                new += await self._click(
                    broadcast, clicks[delivery], broadcast_deliveries.c.id == delivery
                )
        return new

    async def _click(
        self, broadcast: BroadcastId, now: datetime, *meant: sa.ColumnElement[bool]
    ) -> bool:
        first = await self._connection.execute(
            sa.update(broadcast_deliveries)
            .where(*meant, broadcast_deliveries.c.clicked_at.is_(None))
            .values(clicked_at=now)
        )
        if first.rowcount:
            await self._connection.execute(
                sa.update(broadcasts)
                .where(broadcasts.c.id == broadcast)
                .values(clicks=broadcasts.c.clicks + 1)
            )
        return bool(first.rowcount)


def _meant(audience: Audience, *, marketing: bool, today: date) -> list[sa.ColumnElement[bool]]:
    """The conditions on `people` that make the audience."""
    meant: list[sa.ColumnElement[bool]] = [
        people.c.blocked_bot.is_(False),
        people.c.locale.is_not(None),
    ]
    if marketing:
        meant.append(people.c.broadcasts_muted.is_(False))
    if audience.locales:
        meant.append(people.c.locale.in_(audience.locales))
    if audience.active_days is not None:
        meant.append(people.c.seen_on > today - timedelta(days=audience.active_days))
    if audience.role is Role.MANAGER:
        meant.append(_has(brand_managers.c.person_id))
    if audience.role is Role.STAFF:
        meant.append(_has(staff.c.person_id))
    if audience.creators_only:
        meant.append(_has(creators.c.person_id, *_creator(audience)))
    if audience.tiers:
        followers = (
            sa.select(sa.func.coalesce(sa.func.max(channels.c.followers), 0))
            .where(channels.c.creator_id == people.c.id, channels.c.verified_at.is_not(None))
            .correlate(people)
            .scalar_subquery()
        )
        meant.append(sa.or_(*(_within(followers, one) for one in audience.tiers)))
    if audience.offer is not None:
        enrolled = (
            enrolments.c.offer_id == audience.offer,
            enrolments.c.state == EnrolmentState.ACTIVE,
        )
        meant.append(_has(enrolments.c.creator_id, *enrolled))
    return meant


def _creator(audience: Audience) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = [creators.c.state != CreatorState.SUSPENDED]
    if audience.cities:
        wanted.append(creators.c.city.in_(audience.cities))
    if audience.categories:
        # A JSON list of words of ours: the quotes keep one from being a part of another.
        listed = sa.cast(creators.c.categories, sa.Text)
        wanted.append(sa.or_(*(listed.contains(f'"{one}"') for one in audience.categories)))
    return wanted


def _has(person: sa.Column[Any], *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(person == people.c.id, *conditions).correlate(people)


def _within(followers: sa.ScalarSelect[Any], tier: str) -> sa.ColumnElement[bool]:
    above: int | None = None
    for start, name in TIER_FROM:
        if name == tier:
            lowest = followers >= start
            return lowest if above is None else sa.and_(lowest, followers < above)
        above = start
    raise ValueError(tier)


def _broadcast(row: Any) -> Broadcast:
    watched = row.watched_message is not None
    return Broadcast(
        id=BroadcastId(row.id),
        author=PersonId(row.author_id),
        state=BroadcastState(row.state),
        created_at=row.created_at,
        audience=Audience.from_json(row.audience),
        texts={Locale(locale): text for locale, text in row.texts.items()},
        falls_back=row.falls_back,
        marketing=row.marketing,
        picture=UploadId(row.picture_id) if row.picture_id else None,
        button=Button.from_json(row.button) if row.button else None,
        paid=row.paid,
        scheduled_at=row.scheduled_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        tally=Tally(
            total=row.total,
            sent=row.sent,
            blocked=row.blocked,
            failed=row.failed,
            clicks=row.clicks,
        ),
        watched=(row.watched_chat, row.watched_message) if watched else None,
    )
