"""Disputes in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.corrections import Correction
from core.disputes import (
    REMIND_BEFORE,
    UNDER_WAY,
    DeclineReason,
    Deed,
    Dispute,
    DisputedOrder,
    DisputeEvent,
    DisputeKind,
    DisputeLine,
    DisputeState,
    FoundOrder,
    Side,
    Signs,
    Verdict,
)
from core.errors import NotFound, OutOfDate
from core.evidence import Grade
from core.ids import (
    BrandId,
    DisputedOrderId,
    DisputeId,
    EnrolmentId,
    OrderId,
    PersonId,
    RunId,
)
from core.money import ZERO, Money
from core.orders import NormalisedOrder, OrderStatus, Place
from core.people import Locale
from core.reconciliation import OWN_PURCHASE
from core.runs import RunState
from db.dialect import among, chunks, insert
from db.models import (
    brands,
    buyer_phones,
    claims,
    commissions,
    creators,
    dispute_events,
    dispute_voices,
    disputed_orders,
    disputes,
    enrolments,
    near_misses,
    offer_texts,
    orders,
    people,
    runs,
    sources,
    touches,
)

_GONE = (Verdict.DROPPED, Verdict.NOT_FOUND)  # a number that may be disputed once more
_OVER = (RunState.DONE, RunState.FAILED)


def _dispute(row: Any) -> Dispute:
    return Dispute(
        id=DisputeId(row.id),
        creator=PersonId(row.creator_id),
        enrolment=EnrolmentId(row.enrolment_id),
        brand=BrandId(row.brand_id),
        place=Place(row.place),
        kind=DisputeKind(row.kind),
        state=DisputeState(row.state),
        opened_at=row.opened_at,
        slug=row.slug or "",
        until=row.until,
        sent_at=row.sent_at,
        appealed_at=row.appealed_at,
        closed_at=row.closed_at,
        reminders=row.reminders,
        claimed=None if row.claimed_minor is None else Money(row.claimed_minor),
        note=row.note,
        looked_at=row.looked_at,
        looked_run=row.looked_run,
    )


def _order(row: Any) -> DisputedOrder:
    return DisputedOrder(
        id=DisputedOrderId(row.id),
        dispute=DisputeId(row.dispute_id),
        number=row.number,
        order=None if row.order_id is None else OrderId(row.order_id),
        typed=row.typed,
        followers=row.followers,
        receipts=row.receipts,
        verdict=Verdict(row.verdict),
        reason=DeclineReason(row.reason) if row.reason else None,
        by=Side(row.decided_by),
        net=None if row.net_minor is None else Money(row.net_minor),
        run=None if row.run_id is None else RunId(row.run_id),
        day=row.day,
        decided_at=row.decided_at,
        earlier=None if row.earlier is None else Verdict(row.earlier),
    )


class SqlDisputes:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        *,
        creator: PersonId,
        enrolment: EnrolmentId,
        brand: BrandId,
        place: Place,
        kind: DisputeKind,
        state: DisputeState,
        slug: str,
        until: datetime | None,
        claimed: Money | None,
        note: str,
        now: datetime,
    ) -> Dispute:
        """Store a new case; OutOfDate("dispute") where the offer has one that gathers already."""
        try:
            made = await self._connection.execute(
                sa.insert(disputes)
                .values(
                    creator_id=creator,
                    enrolment_id=enrolment,
                    brand_id=brand,
                    place=place,
                    kind=kind,
                    state=state,
                    slug=slug or None,
                    opened_at=now,
                    until=until,
                    claimed_minor=None if claimed is None else claimed.minor,
                    note=note,
                )
                .returning(disputes)
            )
        except IntegrityError as error:  # a second tap, in another process
            raise OutOfDate("dispute") from error
        return _dispute(made.one())

    async def get(self, dispute: DisputeId, *, lock: bool = False) -> Dispute:
        """NotFound("dispute") where there is none; `lock` keeps it from other writers."""
        return await self._one(disputes.c.id == dispute, lock=lock)

    async def by_slug(self, slug: str, *, lock: bool = False) -> Dispute:
        """The case that a follower's link leads to; NotFound("dispute")."""
        return await self._one(disputes.c.slug == slug, lock=lock)

    async def _one(self, which: sa.ColumnElement[bool], *, lock: bool) -> Dispute:
        query = sa.select(disputes).where(which)
        found = await self._connection.execute(query.with_for_update() if lock else query)
        row = found.one_or_none()
        if row is None:
            raise NotFound("dispute")
        return _dispute(row)

    async def gathering(self, enrolment: EnrolmentId) -> Dispute | None:
        """The case for which numbers of the offer are gathered now."""
        found = await self._connection.execute(
            sa.select(disputes).where(
                disputes.c.enrolment_id == enrolment, disputes.c.state == DisputeState.OPEN
            )
        )
        row = found.one_or_none()
        return None if row is None else _dispute(row)

    async def of_order(
        self, order: OrderId, creator: PersonId, kinds: Collection[DisputeKind]
    ) -> Dispute | None:
        """The creator's latest case about the order that was not taken back."""
        found = await self._connection.execute(
            sa.select(disputes)
            .join(disputed_orders, disputed_orders.c.dispute_id == disputes.c.id)
            .where(
                disputed_orders.c.order_id == order,
                disputes.c.creator_id == creator,
                disputes.c.kind.in_(kinds),
                disputes.c.state != DisputeState.WITHDRAWN,
            )
            .order_by(disputes.c.id.desc())
            .limit(1)
        )
        row = found.one_or_none()
        return None if row is None else _dispute(row)

    async def save(self, dispute: Dispute) -> None:
        """Write what may change of a case."""
        await self._connection.execute(
            sa.update(disputes)
            .where(disputes.c.id == dispute.id)
            .values(
                state=dispute.state,
                until=dispute.until,
                sent_at=dispute.sent_at,
                appealed_at=dispute.appealed_at,
                closed_at=dispute.closed_at,
                reminders=dispute.reminders,
                looked_at=dispute.looked_at,
                looked_run=dispute.looked_run,
                note=dispute.note,
            )
        )

    async def count(self, creator: PersonId, *, since: datetime) -> tuple[int, int]:
        """How many cases of the creator are under way, and how many were opened since then."""
        row = (
            await self._connection.execute(
                sa.select(
                    sa.func.count().filter(disputes.c.state.in_(UNDER_WAY)),
                    sa.func.count().filter(disputes.c.opened_at >= since),
                ).where(disputes.c.creator_id == creator)
            )
        ).one()
        return int(row[0]), int(row[1])

    async def put_orders(
        self,
        dispute: Dispute,
        numbers: Sequence[str],
        *,
        typed: bool,
        order: OrderId | None = None,
    ) -> dict[str, DisputedOrderId]:
        """Add order numbers, or mark known ones as typed; their ids by number."""
        put = insert(self._connection, disputed_orders).values(
            [
                {
                    "dispute_id": dispute.id,
                    "creator_id": dispute.creator,
                    "number": number,
                    "order_id": order,
                    "typed": typed,
                    "verdict": Verdict.WAITING,
                }
                for number in numbers
            ]
        )
        put = put.on_conflict_do_update(
            index_elements=["dispute_id", "number"],
            set_={"typed": sa.or_(disputed_orders.c.typed, put.excluded.typed)},
        ).returning(disputed_orders.c.number, disputed_orders.c.id)
        rows = await self._connection.execute(put)
        return {number: DisputedOrderId(id_) for number, id_ in rows}

    async def save_orders(self, changed: Sequence[DisputedOrder]) -> None:
        """Write what may change of a case's orders."""
        if not changed:
            return
        await self._connection.execute(
            sa.update(disputed_orders).where(disputed_orders.c.id == sa.bindparam("which")),
            [
                {
                    "which": each.id,
                    "order_id": each.order,
                    "verdict": each.verdict,
                    "reason": each.reason or "",
                    "decided_by": each.by,
                    "net_minor": None if each.net is None else each.net.minor,
                    "run_id": each.run,
                    "day": each.day,
                    "decided_at": each.decided_at,
                    "earlier": each.earlier,
                }
                for each in changed
            ],
        )

    async def drop_order(self, order: DisputedOrderId) -> None:
        """Take a number out of a case that is still gathering."""
        await self._connection.execute(
            sa.delete(dispute_voices).where(dispute_voices.c.disputed_order_id == order)
        )
        await self._connection.execute(
            sa.delete(disputed_orders).where(disputed_orders.c.id == order)
        )

    async def orders(self, dispute: DisputeId) -> list[DisputedOrder]:
        """All orders of a case in the order in which they came."""
        rows = await self._connection.execute(
            sa.select(disputed_orders)
            .where(disputed_orders.c.dispute_id == dispute)
            .order_by(disputed_orders.c.id)
        )
        return [_order(row) for row in rows]

    async def order(self, order: DisputedOrderId) -> DisputedOrder:
        """NotFound("dispute") where there is none."""
        found = await self._connection.execute(
            sa.select(disputed_orders).where(disputed_orders.c.id == order)
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound("dispute")
        return _order(row)

    async def elsewhere(self, dispute: Dispute, numbers: Sequence[str]) -> dict[str, DisputeId]:
        """Those of the numbers that the creator has in another case of the brand and place."""
        found: dict[str, DisputeId] = {}
        for chunk in chunks(numbers):
            rows = await self._connection.execute(
                sa.select(disputed_orders.c.number, disputes.c.id)
                .join(disputes, disputes.c.id == disputed_orders.c.dispute_id)
                .where(
                    disputed_orders.c.creator_id == dispute.creator,
                    disputed_orders.c.number.in_(chunk),
                    disputed_orders.c.verdict.not_in(_GONE),
                    disputes.c.id != dispute.id,
                    disputes.c.brand_id == dispute.brand,
                    disputes.c.place == dispute.place,
                )
                .order_by(disputes.c.id)
            )
            found.update((number, DisputeId(id_)) for number, id_ in rows)
        return found

    async def speak(
        self,
        dispute: DisputeId,
        voice: bytes,
        order: DisputedOrderId,
        *,
        receipt: bytes | None,
        now: datetime,
    ) -> bool:
        """Note that somebody sent the number; False where they had done so before."""
        spoken = insert(self._connection, dispute_voices).on_conflict_do_nothing()
        spoken = spoken.returning(dispute_voices.c.disputed_order_id)
        known = {"dispute_id": dispute, "disputed_order_id": order, "at": now}
        if receipt is not None:
            await self._connection.execute(spoken.values(voice=receipt, **known))
        made = await self._connection.scalar(spoken.values(voice=voice, **known))
        if made is None:
            return False
        await self._connection.execute(
            sa.update(disputed_orders)
            .where(disputed_orders.c.id == order)
            .values(
                followers=disputed_orders.c.followers + 1,
                receipts=disputed_orders.c.receipts + int(receipt is not None),
            )
        )
        return True

    async def spoken(self, dispute: DisputeId, voice: bytes) -> set[DisputedOrderId]:
        """The orders of a case that somebody, or a receipt, spoke for."""
        found = await self._connection.scalars(
            sa.select(dispute_voices.c.disputed_order_id).where(
                dispute_voices.c.dispute_id == dispute, dispute_voices.c.voice == voice
            )
        )
        return {DisputedOrderId(order) for order in found}

    async def found(
        self, brand: BrandId, place: Place, numbers: Sequence[str]
    ) -> dict[str, FoundOrder]:
        """What the merchant's data have of the numbers."""
        known: dict[str, FoundOrder] = {}
        for chunk in chunks(numbers):
            rows = await self._connection.execute(
                sa.select(
                    orders.c.id,
                    orders.c.external_id,
                    orders.c.status,
                    orders.c.ordered_at,
                    orders.c.net_minor,
                    orders.c.refunded_minor,
                    orders.c.currency,
                    orders.c.enrolment_id,
                    orders.c.creator_id,
                    orders.c.grade,
                    commissions.c.amount_minor,
                )
                .outerjoin(commissions, commissions.c.order_id == orders.c.id)
                .where(
                    orders.c.brand_id == brand,
                    orders.c.place == place,
                    orders.c.external_id.in_(chunk),
                )
            )
            for row in rows:
                known[row.external_id] = FoundOrder(
                    id=OrderId(row.id),
                    number=row.external_id,
                    status=OrderStatus(row.status),
                    ordered_at=row.ordered_at,
                    net=Money(row.net_minor, row.currency),
                    refunded=Money(row.refunded_minor, row.currency),
                    enrolment=None if row.enrolment_id is None else EnrolmentId(row.enrolment_id),
                    creator=None if row.creator_id is None else PersonId(row.creator_id),
                    grade=None if row.grade is None else Grade(row.grade),
                    reward=ZERO if row.amount_minor is None else Money(row.amount_minor),
                )
        return known

    async def signs(
        self, enrolment: EnrolmentId, wanted: Sequence[OrderId]
    ) -> dict[OrderId, Signs]:
        """What else ties orders to the enrolment."""
        if not wanted:
            return {}
        these = among(self._connection, orders.c.id, wanted)
        codes = {
            OrderId(id_): tuple(found)
            for id_, found in await self._connection.execute(
                sa.select(orders.c.id, orders.c.promo_codes).where(these)
            )
        }
        near: defaultdict[OrderId, list[str]] = defaultdict(list)
        own: set[OrderId] = set()
        for id_, raw, reason in await self._connection.execute(
            sa.select(near_misses.c.order_id, near_misses.c.raw, near_misses.c.reason)
            .where(
                among(self._connection, near_misses.c.order_id, wanted),
                near_misses.c.enrolment_id == enrolment,
            )
            .order_by(near_misses.c.id)
        ):
            if reason == OWN_PURCHASE:
                own.add(OrderId(id_))
            else:
                near[OrderId(id_)].append(raw)
        came = (touches.c.enrolment_id == enrolment, touches.c.at <= orders.c.ordered_at)
        by_phone = (
            sa.select(orders.c.id)
            .join(buyer_phones, buyer_phones.c.phone_digest == orders.c.phone_digest)
            .join(touches, touches.c.person_id == buyer_phones.c.person_id)
            .where(these, *came)
        )
        by_claim = (
            sa.select(orders.c.id)
            .join(claims, claims.c.order_id == orders.c.id)
            .join(touches, touches.c.person_id == claims.c.person_id)
            .where(these, *came)
        )
        touched = set(await self._connection.scalars(by_phone.union(by_claim)))
        return {
            id_: Signs(
                codes=found,
                near=tuple(near.get(id_, ())),
                touched=id_ in touched,
                own=id_ in own,
            )
            for id_, found in codes.items()
        }

    async def floor(self, brand: BrandId) -> int:
        """A run of the brand up to which every run is over."""
        open_, last = (
            await self._connection.execute(
                sa.select(
                    sa.select(sa.func.min(runs.c.id))
                    .where(runs.c.brand_id == brand, runs.c.state.not_in(_OVER))
                    .scalar_subquery(),
                    sa.select(sa.func.max(runs.c.id))
                    .where(runs.c.brand_id == brand)
                    .scalar_subquery(),
                )
            )
        ).one()
        return int(open_) - 1 if open_ is not None else int(last or 0)

    async def note(
        self,
        dispute: DisputeId,
        side: Side,
        deed: Deed,
        *,
        now: datetime,
        by: PersonId | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Append to the history."""
        await self._connection.execute(
            sa.insert(dispute_events).values(
                dispute_id=dispute,
                at=now,
                side=side,
                deed=deed,
                person_id=by,
                facts=dict(facts or {}),
            )
        )

    async def events(self, dispute: DisputeId) -> list[DisputeEvent]:
        """The history, oldest first."""
        rows = await self._connection.execute(
            sa.select(dispute_events, people.c.name)
            .outerjoin(people, people.c.id == dispute_events.c.person_id)
            .where(dispute_events.c.dispute_id == dispute)
            .order_by(dispute_events.c.id)
        )
        return [
            DisputeEvent(
                at=row.at,
                side=Side(row.side),
                deed=Deed(row.deed),
                facts=row.facts,
                name=row.name or "",
            )
            for row in rows
        ]

    async def of_creator(
        self, creator: PersonId, *, after: DisputeId | None, limit: int
    ) -> list[DisputeLine]:
        """A creator's cases, newest first."""
        return await self._lines(disputes.c.creator_id == creator, after=after, limit=limit)

    async def of_brands(
        self,
        wanted: Collection[BrandId],
        states: Collection[DisputeState],
        *,
        after: DisputeId | None,
        limit: int,
    ) -> list[DisputeLine]:
        """Cases that were sent to the brands, newest first."""
        return await self._lines(
            disputes.c.brand_id.in_(wanted),
            disputes.c.state.in_(states),
            disputes.c.sent_at.is_not(None),
            after=after,
            limit=limit,
        )

    async def everywhere(
        self, states: Collection[DisputeState], *, after: DisputeId | None, limit: int
    ) -> list[DisputeLine]:
        """Cases in these states of all brands, oldest first."""
        return await self._lines(
            disputes.c.state.in_(states), after=after, limit=limit, latest_first=False
        )

    async def _lines(
        self,
        *which: sa.ColumnElement[bool],
        after: DisputeId | None,
        limit: int,
        latest_first: bool = True,
    ) -> list[DisputeLine]:
        of_it = disputed_orders.c.dispute_id == disputes.c.id
        counted = sa.select(sa.func.count()).select_from(disputed_orders).where(of_it)
        query = (
            sa.select(
                disputes,
                brands.c.name.label("brand_name"),
                creators.c.display_name,
                enrolments.c.offer_id,
                counted.scalar_subquery().label("all_orders"),
                counted.where(disputed_orders.c.verdict == Verdict.WAITING)
                .scalar_subquery()
                .label("waiting_orders"),
            )
            .join(brands, brands.c.id == disputes.c.brand_id)
            .join(creators, creators.c.person_id == disputes.c.creator_id)
            .join(enrolments, enrolments.c.id == disputes.c.enrolment_id)
            .where(*which)
            .order_by(disputes.c.id.desc() if latest_first else disputes.c.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(disputes.c.id < after if latest_first else disputes.c.id > after)
        rows = (await self._connection.execute(query)).all()
        titles: defaultdict[int, dict[Locale, str]] = defaultdict(dict)
        for offer, locale, title in await self._connection.execute(
            sa.select(offer_texts.c.offer_id, offer_texts.c.locale, offer_texts.c.title).where(
                offer_texts.c.offer_id.in_({row.offer_id for row in rows})
            )
        ):
            titles[offer][Locale(locale)] = title
        return [
            DisputeLine(
                dispute=_dispute(row),
                brand_name=row.brand_name,
                creator_name=row.display_name,
                orders=row.all_orders,
                waiting=row.waiting_orders,
                titles=titles[row.offer_id],
            )
            for row in rows
        ]

    async def waiting(self, wanted: Collection[BrandId]) -> int:
        """How many cases wait for the brands' answers."""
        return (
            await self._connection.scalar(
                sa.select(sa.func.count())
                .select_from(disputes)
                .where(disputes.c.brand_id.in_(wanted), disputes.c.state == DisputeState.BRAND)
            )
            or 0
        )

    async def due(self, state: DisputeState, now: datetime, *, limit: int) -> list[DisputeId]:
        """Cases whose state is to end by itself by now."""
        found = await self._connection.scalars(
            sa.select(disputes.c.id)
            .where(disputes.c.state == state, disputes.c.until <= now)
            .order_by(disputes.c.until, disputes.c.id)
            .limit(limit)
        )
        return [DisputeId(id_) for id_ in found]

    async def to_remind(self, now: datetime, *, limit: int) -> list[DisputeId]:
        """Cases of which the brand is to be reminded."""
        due = [
            sa.and_(disputes.c.reminders <= number, disputes.c.until <= now + before)
            for number, before in enumerate(REMIND_BEFORE)
        ]
        found = await self._connection.scalars(
            sa.select(disputes.c.id)
            .where(
                disputes.c.state == DisputeState.BRAND,
                disputes.c.until > now,
                disputes.c.until <= now + REMIND_BEFORE[0],
                sa.or_(*due),
            )
            .order_by(disputes.c.until, disputes.c.id)
            .limit(limit)
        )
        return [DisputeId(id_) for id_ in found]

    async def to_look(self, *, limit: int) -> list[DisputeId]:
        """Cases with orders that wait, whose brand's data have been read since the last look."""
        read = (
            sa.select(runs.c.id)
            .join(sources, sources.c.id == runs.c.source_id)
            .where(
                runs.c.brand_id == disputes.c.brand_id,
                runs.c.id > disputes.c.looked_run,
                runs.c.state == RunState.DONE,
                runs.c.finished_at >= disputes.c.looked_at,
                sources.c.place == disputes.c.place,
            )
            .exists()
        )
        found = await self._connection.scalars(
            sa.select(disputes.c.id)
            .where(disputes.c.state.in_([DisputeState.DATA, DisputeState.BRAND]), read)
            .order_by(disputes.c.id)
            .limit(limit)
        )
        return [DisputeId(id_) for id_ in found]

    async def report(
        self, order: OrderId
    ) -> tuple[NormalisedOrder, Correction | None, datetime | None]:
        """An order as it counts, what was corrected of it, and when it was first approved."""
        found = await self._connection.execute(
            sa.select(orders).where(orders.c.id == order).with_for_update()
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound("order")
        counts = NormalisedOrder(
            external_id=row.external_id,
            ordered_at=row.ordered_at,
            status=OrderStatus(row.status),
            status_raw=row.status_raw,
            at_risk=row.at_risk,
            gross=Money(row.gross_minor, row.currency),
            net=Money(row.net_minor, row.currency),
            refunded=Money(row.refunded_minor, row.currency),
            raw_hash=row.raw_hash,
        )
        earlier = None if row.corrected is None else Correction.from_json(row.corrected)
        return counts, earlier, row.approved_at

    async def correct(
        self,
        order: OrderId,
        correction: Correction,
        counts: NormalisedOrder,
        *,
        approved_at: datetime | None,
    ) -> None:
        """Let an order count as `counts`, and reports that repeat what was corrected likewise."""
        await self._connection.execute(
            sa.update(orders)
            .where(orders.c.id == order)
            .values(
                corrected=correction.to_json(),
                status=counts.status,
                net_minor=counts.net.minor,
                refunded_minor=counts.refunded.minor,
                approved_at=approved_at,
            )
        )
