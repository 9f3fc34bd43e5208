"""Readings, what they brought to whom, and silences, in SQL.

Every screen reads a few rows by their keys: the last reading of a place is one row, and what a run
changed for an enrolment is one row. What waits is added up from the months' sums.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.commissions import CommissionState
from core.deadlines import OwnNews, Reading, Silence, SilenceState
from core.errors import NotFound
from core.ids import BrandId, EnrolmentId, OrderId, PersonId, RunId, SourceId
from core.money import Money
from core.offers import OfferState
from core.orders import OrderStatus, Place
from core.ports.deadlines import Overdue, Silent, Waiting, WaitingSum
from core.runs import RunCounts, RunState
from db.dialect import among, insert
from db.models import (
    brands,
    commissions,
    enrolments,
    month_results,
    offers,
    orders,
    readings,
    run_results,
    runs,
    silence_results,
    silences,
    sources,
    terms,
)
from db.repositories.orders import COMMISSION, commission_of
from db.types import UtcDateTime

_COUNTS: Final = tuple(RunCounts.__dataclass_fields__)
_READINGS = sa.select(readings, runs.c.file_name, *(runs.c[name] for name in _COUNTS)).join(
    runs, runs.c.id == readings.c.run_id
)
_PENDING: Final = CommissionState.PENDING

# Orders that the terms may approve: nothing was reported of them but that they wait. Where a reward
# stands is noted with its order, so it need not be looked for among everybody's commissions.
_WAITING = (
    enrolments.join(
        orders,
        sa.and_(orders.c.enrolment_id == enrolments.c.id, orders.c.reward_state == _PENDING),
    )
    .join(commissions, commissions.c.order_id == orders.c.id)
    .join(terms, terms.c.id == commissions.c.terms_id)
)


def _waits(brand: BrandId, place: Place, days: int) -> list[sa.ColumnElement[bool]]:
    return [
        enrolments.c.brand_id == brand,
        orders.c.place == place,
        orders.c.status == OrderStatus.PENDING,
        sa.not_(orders.c.at_risk),
        terms.c.auto_approve_days == days,
    ]


class SqlDeadlines:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def reading(self, brand: BrandId, place: Place) -> Reading | None:
        """The last reading of a brand's orders at a place."""
        found = await self._connection.execute(
            _READINGS.where(readings.c.brand_id == brand, readings.c.place == place)
        )
        row = found.one_or_none()
        return None if row is None else _reading(row)

    async def readings(self, brand: BrandId) -> Sequence[Reading]:
        """The last reading of each place of a brand."""
        rows = await self._connection.execute(
            _READINGS.where(readings.c.brand_id == brand).order_by(readings.c.place)
        )
        return [_reading(row) for row in rows]

    async def due(self, wanted: Collection[BrandId]) -> Mapping[tuple[BrandId, Place], date]:
        """When the next reading of each place of the brands is due."""
        if not wanted:
            return {}
        rows = await self._connection.execute(
            sa.select(readings.c.brand_id, readings.c.place, readings.c.due).where(
                readings.c.brand_id.in_(sorted(wanted))
            )
        )
        return {(BrandId(brand), Place(place)): due for brand, place, due in rows}

    async def read(
        self,
        brand: BrandId,
        place: Place,
        *,
        source: SourceId,
        run: RunId,
        at: datetime,
        due: date,
        now: datetime,
    ) -> None:
        """Note a reading, unless a later one is noted; silences at the place are over."""
        upsert = insert(self._connection, readings)
        told = {name: upsert.excluded[name] for name in ("source_id", "run_id", "at", "due")}
        await self._connection.execute(
            upsert.values(
                brand_id=brand, place=place, source_id=source, run_id=run, at=at, due=due
            ).on_conflict_do_update(
                index_elements=["brand_id", "place"],
                set_=told,
                where=readings.c.at <= upsert.excluded.at,
            )
        )
        await self._connection.execute(
            sa.update(silences)
            .where(
                silences.c.brand_id == brand,
                silences.c.place == place,
                silences.c.since < at,
                silences.c.state == SilenceState.WARNED,
            )
            .values(state=SilenceState.BROKEN, ended_at=now)
        )

    async def set_due(self, source: SourceId, due: date) -> None:
        """The next reading of the place that this source was the last to be read of."""
        of_source = sa.select(sources.c.brand_id).where(sources.c.id == source).scalar_subquery()
        await self._connection.execute(
            sa.update(readings)
            .where(readings.c.brand_id == of_source, readings.c.source_id == source)
            .values(due=due)
        )

    async def keep_results(self, run: RunId, news: Sequence[OwnNews]) -> None:
        """Keep what an ended run changed; kept again it replaces what was kept."""
        if not news:
            return
        upsert = insert(self._connection, run_results)
        kept = ("new", "waiting", "approved", "lost", "waiting_minor", "approved_minor")
        await self._connection.execute(
            upsert.on_conflict_do_update(
                index_elements=["enrolment_id", "run_id"],
                set_={name: upsert.excluded[name] for name in kept},
            ),
            [
                {
                    "enrolment_id": each.enrolment,
                    "run_id": run,
                    "new": each.new,
                    "waiting": each.waiting,
                    "approved": each.approved,
                    "lost": each.lost,
                    "waiting_minor": each.waiting_amount.minor,
                    "approved_minor": each.approved_amount.minor,
                }
                for each in news
            ],
        )

    async def last_results(
        self, wanted: Sequence[EnrolmentId]
    ) -> dict[EnrolmentId, tuple[OwnNews, datetime]]:
        """The last change of each enrolment's orders, and when it was reported."""
        if not wanted:
            return {}
        latest = (
            sa.select(sa.func.max(run_results.c.run_id))
            .where(run_results.c.enrolment_id == enrolments.c.id)
            .correlate(enrolments)
            .scalar_subquery()
        )
        rows = await self._connection.execute(
            sa.select(run_results, enrolments.c.creator_id, runs.c.seen_at)
            .select_from(
                enrolments.join(run_results, run_results.c.enrolment_id == enrolments.c.id).join(
                    runs, runs.c.id == run_results.c.run_id
                )
            )
            .where(enrolments.c.id.in_(wanted), run_results.c.run_id == latest)
        )
        return {EnrolmentId(row.enrolment_id): (_news(row), row.seen_at) for row in rows}

    async def overdue(
        self, *, before: date, after: tuple[BrandId, Place] | None, limit: int
    ) -> Sequence[Overdue]:
        """Readings due before that day of whose lateness nobody has been told, by brand and place.

        Of brands that are not suspended and have an offer there.
        """
        open_there = (
            sa.select(offers.c.id)
            .where(
                offers.c.brand_id == readings.c.brand_id,
                offers.c.place == readings.c.place,
                offers.c.state.in_([OfferState.ACTIVE, OfferState.PAUSED]),
            )
            .exists()
        )
        query = (
            _READINGS.add_columns(brands.c.name)
            .join(brands, brands.c.id == readings.c.brand_id)
            .where(
                readings.c.due < before,
                sa.or_(
                    readings.c.late_told_for.is_(None),
                    readings.c.late_told_for < readings.c.due,
                ),
                brands.c.suspended.is_(False),
                open_there,
            )
            .order_by(readings.c.brand_id, readings.c.place)
            .limit(limit)
        )
        if after is not None:
            query = query.where(
                sa.tuple_(readings.c.brand_id, readings.c.place)
                > sa.tuple_(sa.literal(int(after[0])), sa.literal(str(after[1])))
            )
        return [
            Overdue(reading=_reading(row), brand_name=row.name)
            for row in await self._connection.execute(query)
        ]

    async def told_late(self, reading: Reading) -> None:
        """Note that managers were told that what was due has not come."""
        await self._connection.execute(
            sa.update(readings)
            .where(readings.c.brand_id == reading.brand, readings.c.place == reading.place)
            .values(late_told_for=reading.due)
        )

    async def waiting_sums(self, brand: BrandId) -> Sequence[WaitingSum]:
        """What waits for the brand, by place of the offer and what its terms say of silence."""
        own = (
            sa.select(
                enrolments.c.id,
                offers.c.place,
                terms.c.auto_approve_days.label("days"),
                sa.func.sum(month_results.c.orders).label("orders"),
                sa.func.sum(month_results.c.amount_minor).label("minor"),
            )
            .select_from(
                enrolments.join(month_results, month_results.c.enrolment_id == enrolments.c.id)
                .join(offers, offers.c.id == enrolments.c.offer_id)
                .join(terms, terms.c.id == enrolments.c.terms_id)
            )
            .where(enrolments.c.brand_id == brand, month_results.c.state == _PENDING)
            .group_by(enrolments.c.id, offers.c.place, terms.c.auto_approve_days)
            .subquery()
        )
        oldest = (
            sa.select(sa.func.min(orders.c.ordered_at, type_=UtcDateTime()))
            .where(orders.c.enrolment_id == own.c.id, orders.c.reward_state == _PENDING)
            .correlate(own)
            .scalar_subquery()
        )
        rows = await self._connection.execute(
            sa.select(
                own.c.place,
                own.c.days,
                sa.func.sum(own.c.orders).label("orders"),
                sa.func.sum(own.c.minor).label("minor"),
                sa.func.min(oldest, type_=UtcDateTime()).label("oldest"),
            )
            .group_by(own.c.place, own.c.days)
            .order_by(own.c.place, own.c.days)
        )
        return [
            WaitingSum(
                place=Place(row.place),
                days=row.days,
                orders=int(row.orders),
                amount=Money(int(row.minor)),
                oldest=row.oldest,
            )
            for row in rows
            if row.orders
        ]

    async def allowed_days(self) -> Sequence[int]:
        """The numbers of silent days that any terms name, ascending."""
        found = await self._connection.scalars(
            sa.select(terms.c.auto_approve_days)
            .where(terms.c.auto_approve_days > 0)
            .distinct()
            .order_by(terms.c.auto_approve_days)
        )
        return list(found)

    async def unwarned(self, cutoffs: Mapping[int, datetime], *, limit: int) -> Sequence[Silent]:
        """Brands whose last reading at a place was before the cutoff of `days` that they allow."""
        if not cutoffs:
            return []
        allowed = (
            sa.select(offers.c.brand_id, terms.c.auto_approve_days.label("days"))
            .join(terms, terms.c.offer_id == offers.c.id)
            .where(terms.c.auto_approve_days > 0)
            .distinct()
            .subquery()
        )
        rows = await self._connection.execute(
            sa.select(readings.c.brand_id, readings.c.place, allowed.c.days, readings.c.at)
            .select_from(
                readings.join(allowed, allowed.c.brand_id == readings.c.brand_id).outerjoin(
                    silences,
                    sa.and_(
                        silences.c.brand_id == readings.c.brand_id,
                        silences.c.place == readings.c.place,
                        silences.c.days == allowed.c.days,
                        silences.c.since == readings.c.at,
                    ),
                )
            )
            .where(
                silences.c.id.is_(None),
                readings.c.at < max(cutoffs.values()),
                sa.or_(
                    *(
                        sa.and_(allowed.c.days == days, readings.c.at < cutoff)
                        for days, cutoff in cutoffs.items()
                    )
                ),
            )
            .order_by(readings.c.at)
            .limit(limit)
        )
        return [
            Silent(brand=BrandId(brand), place=Place(place), days=days, since=at)
            for brand, place, days, at in rows
        ]

    async def waiting_sum(self, silent: Silent) -> tuple[int, Money]:
        """How many orders the terms would approve, and what they come to."""
        row = (
            await self._connection.execute(
                sa.select(sa.func.count(), sa.func.sum(commissions.c.amount_minor))
                .select_from(_WAITING)
                .where(*_waits(silent.brand, silent.place, silent.days))
            )
        ).one()
        return int(row[0]), Money(int(row[1] or 0))

    async def warn(
        self, silent: Silent, *, until: date, orders: int, amount: Money, now: datetime
    ) -> Silence | None:
        """Keep a silence, EMPTY where nothing waits; None where somebody has kept it already."""
        found = await self._connection.execute(
            insert(self._connection, silences)
            .values(
                brand_id=silent.brand,
                place=silent.place,
                days=silent.days,
                since=silent.since,
                until=until,
                state=SilenceState.WARNED if orders else SilenceState.EMPTY,
                orders=orders,
                amount_minor=amount.minor,
                warned_at=now,
                ended_at=None if orders else now,
            )
            .on_conflict_do_nothing(index_elements=["brand_id", "place", "days", "since"])
            .returning(silences)
        )
        row = found.one_or_none()
        return None if row is None else _silence(row)

    async def expired(self, today: date, *, limit: int) -> Sequence[Silence]:
        """Silences whose last day is over, or whose approving was interrupted."""
        rows = await self._connection.execute(
            sa.select(silences)
            .where(
                sa.literal_column("silences.state IN ('warned', 'approving')"),
                silences.c.until < today,
            )
            .order_by(silences.c.until, silences.c.id)
            .limit(limit)
        )
        return [_silence(row) for row in rows]

    async def silence(self, silence: int) -> Silence:
        """NotFound("silence") where there is none."""
        found = await self._connection.execute(sa.select(silences).where(silences.c.id == silence))
        row = found.one_or_none()
        if row is None:
            raise NotFound("silence")
        return _silence(row)

    async def silences(self, wanted: Collection[BrandId]) -> Sequence[Silence]:
        """What has come of the brands' silence since their last readings, by place and days."""
        rows = await self._connection.execute(
            sa.select(silences)
            .join(
                readings,
                sa.and_(
                    readings.c.brand_id == silences.c.brand_id,
                    readings.c.place == silences.c.place,
                    readings.c.at == silences.c.since,
                ),
            )
            .where(silences.c.brand_id.in_(sorted(wanted)))
            .order_by(silences.c.brand_id, silences.c.place, silences.c.days)
        )
        return [_silence(row) for row in rows]

    async def places(self, brand: BrandId) -> Sequence[Place]:
        """Where the brand's offers that are going on are bought."""
        found = await self._connection.scalars(
            sa.select(offers.c.place)
            .where(
                offers.c.brand_id == brand,
                offers.c.state.in_([OfferState.ACTIVE, OfferState.PAUSED]),
            )
            .distinct()
        )
        return [Place(place) for place in found]

    async def being_read(self, brand: BrandId, place: Place, *, since: datetime) -> bool:
        """Whether a run begun since then is still going on there."""
        found = await self._connection.scalar(
            sa.select(runs.c.id)
            .join(sources, sources.c.id == runs.c.source_id)
            .where(
                # The plus keeps the planner from the brand's index: open runs are few.
                runs.c.brand_id + 0 == brand,
                runs.c.state.in_([RunState.QUEUED, RunState.RUNNING]),
                runs.c.seen_at >= since,
                sources.c.place == place,
            )
            .limit(1)
        )
        return found is not None

    async def waiting(
        self, silence: Silence, *, after: EnrolmentId, limit: int
    ) -> Sequence[Waiting]:
        """What the terms approve of enrolments from `after` on, kept from other writers.

        What is approved is found no more, so a sweep that was cut short begins again from 0.
        """
        rows = await self._connection.execute(
            sa.select(*COMMISSION, orders.c.ordered_at, orders.c.approved_at, terms.c.hold_days)
            .select_from(_WAITING)
            .where(
                *_waits(silence.brand, silence.place, silence.days), enrolments.c.id >= int(after)
            )
            .order_by(enrolments.c.id, orders.c.ordered_at, orders.c.id)
            .limit(limit)
            .with_for_update(of=commissions)
        )
        return [
            Waiting(
                commission=commission_of(row),
                ordered_at=row.ordered_at,
                approved_at=row.approved_at,
                hold_days=row.hold_days,
            )
            for row in rows
        ]

    async def approve(self, wanted: Sequence[OrderId], at: datetime) -> None:
        """Have orders approved by the terms at that moment; their rewards are in hold."""
        await self._connection.execute(
            sa.update(orders)
            .where(among(self._connection, orders.c.id, wanted))
            .values(
                status=OrderStatus.APPROVED,
                approved_at=sa.func.coalesce(orders.c.approved_at, sa.literal(at, UtcDateTime())),
                by_terms_at=at,
                reward_state=CommissionState.IN_HOLD,
            )
        )

    async def add_results(self, silence: int, sums: Mapping[EnrolmentId, tuple[int, int]]) -> None:
        """Add orders and tiyn to what a silence has approved."""
        upsert = insert(self._connection, silence_results)
        await self._connection.execute(
            upsert.on_conflict_do_update(
                index_elements=["silence_id", "enrolment_id"],
                set_={
                    name: silence_results.c[name] + upsert.excluded[name]
                    for name in ("orders", "amount_minor")
                },
            ),
            [
                {
                    "silence_id": silence,
                    "enrolment_id": enrolment,
                    "orders": count,
                    "amount_minor": minor,
                }
                for enrolment, (count, minor) in sorted(sums.items())
            ],
        )

    async def results(self, silence: int) -> dict[PersonId, tuple[int, Money]]:
        """What a silence has approved, creator by creator."""
        rows = await self._connection.execute(
            sa.select(
                enrolments.c.creator_id,
                sa.func.sum(silence_results.c.orders),
                sa.func.sum(silence_results.c.amount_minor),
            )
            .join(enrolments, enrolments.c.id == silence_results.c.enrolment_id)
            .where(silence_results.c.silence_id == silence)
            .group_by(enrolments.c.creator_id)
            .order_by(enrolments.c.creator_id)
        )
        return {
            PersonId(creator): (int(count), Money(int(minor))) for creator, count, minor in rows
        }

    async def begin_approving(self, silence: Silence, now: datetime) -> Silence:
        """Have the approving begin at that moment; one that has begun keeps its moment."""
        await self._connection.execute(
            sa.update(silences)
            .where(silences.c.id == silence.id, silences.c.state == SilenceState.WARNED)
            .values(state=SilenceState.APPROVING, approved_at=now)
        )
        return await self.silence(silence.id)

    async def end(
        self, silence: Silence, to: SilenceState, *, now: datetime, orders: int, amount: Money
    ) -> None:
        """End a silence with what it came to."""
        await self._connection.execute(
            sa.update(silences)
            .where(silences.c.id == silence.id)
            .values(state=to, ended_at=now, orders=orders, amount_minor=amount.minor)
        )


def _reading(row: Any) -> Reading:
    return Reading(
        brand=BrandId(row.brand_id),
        place=Place(row.place),
        source=SourceId(row.source_id),
        run=RunId(row.run_id),
        at=row.at,
        due=row.due,
        counts=RunCounts(**{name: row._mapping[runs.c[name]] for name in _COUNTS}),
        file_name=row.file_name,
    )


def _news(row: Any) -> OwnNews:
    return OwnNews(
        run=RunId(row.run_id),
        enrolment=EnrolmentId(row.enrolment_id),
        creator=PersonId(row.creator_id),
        new=row.new,
        waiting=row.waiting,
        approved=row.approved,
        lost=row.lost,
        waiting_amount=Money(row.waiting_minor),
        approved_amount=Money(row.approved_minor),
    )


def _silence(row: Any) -> Silence:
    return Silence(
        id=row.id,
        brand=BrandId(row.brand_id),
        place=Place(row.place),
        days=row.days,
        since=row.since,
        until=row.until,
        state=SilenceState(row.state),
        orders=row.orders,
        amount=Money(row.amount_minor),
        approved_at=row.approved_at,
    )
