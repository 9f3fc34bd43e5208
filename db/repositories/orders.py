"""Orders and commissions in SQL: batches are read and written with a few statements each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from core.commissions import LOST, OPEN, Commission, CommissionState
from core.corrections import Correction
from core.deadlines import OwnNews
from core.errors import NotFound
from core.evidence import EvidenceKind, Grade
from core.ids import (
    BrandId,
    CommissionId,
    EnrolmentId,
    OfferId,
    OrderId,
    PersonId,
    RunId,
    SourceId,
    TermsId,
)
from core.money import Money
from core.months import MonthKey, Sale, SoFar, floor_of, sale_key
from core.offers import Terms
from core.orders import RANK, Freshness, NormalisedOrder, OrderItem, OrderStatus, Place
from core.people import Locale
from core.ports.orders import BuyerOrder, NearMissRow, OrderRow
from core.preparation import Shape
from core.pricing import Price
from core.reconciliation import Decision, EnrolmentFacts, KnownOrder, Standing
from db.bulk import (
    Row,
    add_ready,
    add_rows,
    as_stored,
    change_rows,
    day_stored,
    moment_stored,
    new_ids,
    ready_rows,
)
from db.dialect import among, beside, chunks, insert, planned_anew
from db.models import (
    brands,
    code_ownerships,
    commissions,
    creators,
    enrolment_terms,
    enrolments,
    near_misses,
    offer_stops,
    offer_texts,
    offers,
    orders,
    promo_codes,
    terms,
)
from db.order_rows import (
    CHANGED,
    CREDITED,
    DECIDED_AGAIN,
    NOBODYS,
    NOBODYS_SAME,
    OrderRows,
    credited,
    decided,
    read_told_at,
)
from db.repositories.offers import terms_of

FINAL = (OrderStatus.REJECTED, OrderStatus.RETURNED)


def commission_of(row: Any) -> Commission:
    data = row._mapping
    return Commission(
        id=CommissionId(data["commission_id"]),
        order=OrderId(data["order_id"]),
        enrolment=EnrolmentId(data["commission_enrolment_id"]),
        creator=PersonId(data["commission_creator_id"]),
        brand=BrandId(data["commission_brand_id"]),
        state=CommissionState(data["commission_state"]),
        amount=Money(data["amount_minor"]),
        fee=Money(data["fee_minor"]),
        month=data["month"],
        hold_until=data["hold_until"],
        funded=data["funded"],
        version=data["version"],
        terms=TermsId(data["commission_terms_id"]),
        price=None
        if data["price"] is None
        else Price.from_json(Money(data["amount_minor"]), data["price"]),
    )


COMMISSION = (
    commissions.c.id.label("commission_id"),
    commissions.c.order_id.label("order_id"),
    commissions.c.enrolment_id.label("commission_enrolment_id"),
    commissions.c.creator_id.label("commission_creator_id"),
    commissions.c.brand_id.label("commission_brand_id"),
    commissions.c.state.label("commission_state"),
    commissions.c.amount_minor,
    commissions.c.fee_minor,
    commissions.c.month,
    commissions.c.hold_until,
    commissions.c.funded,
    commissions.c.version,
    commissions.c.terms_id.label("commission_terms_id"),
    commissions.c.price,
)

# A commission's conditions are those by which it was priced, whatever its enrolment has now.
_ON_ITS_TERMS = commissions.join(enrolments, enrolments.c.id == commissions.c.enrolment_id).join(
    terms, terms.c.id == commissions.c.terms_id
)

# For the rest of the transaction: thousands of look-ups seem worth compiling to PostgreSQL, which
# takes longer than they do.
_NOT_COMPILED = sa.func.set_config("jit", "off", True)

_SOLD = commissions.join(orders, orders.c.id == commissions.c.order_id)

_STANDING = (
    orders.c.id,
    orders.c.approved_at,
    orders.c.refunded_minor,
    orders.c.raw_hash,
    orders.c.fresh_day,
    orders.c.fresh_rank,
    orders.c.fresh_at,
)


def _freshness(row: Any) -> Freshness:
    return Freshness(
        day=row.fresh_day,
        rank=row.fresh_rank,
        refunded_minor=row.refunded_minor,
        at=row.fresh_at,
        raw_hash=row.raw_hash,
    )


def _items(row: Any) -> tuple[OrderItem, ...]:
    return tuple(
        OrderItem(
            sku=item["sku"],
            quantity=item["quantity"],
            amount=None if item["amount"] is None else Money(item["amount"], row.currency),
            category=item["category"],
        )
        for item in row._mapping[orders.c["items"]]
    )


def _report(row: Any) -> NormalisedOrder:
    return NormalisedOrder(
        external_id=row.external_id,
        ordered_at=row.ordered_at,
        status=OrderStatus(row.status),
        status_raw=row.status_raw,
        at_risk=row.at_risk,
        gross=Money(row.gross_minor, row.currency),
        net=Money(row.net_minor, row.currency),
        refunded=Money(row.refunded_minor, row.currency),
        raw_hash=row.raw_hash,
        promo_codes=tuple(row.promo_codes),
        click_ids=tuple(row.click_ids),
        items=_items(row),
    )


class SqlOrders:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock_brand(self, brand: BrandId) -> None:
        """Let one batch of a brand's orders be decided at a time, in whatever process.

        Rows that refer to the brand can be written meanwhile: somebody takes its offer.
        """
        locked = sa.select(brands.c.id)
        if self._connection.dialect.name == "postgresql":
            locked = locked.add_columns(_NOT_COMPILED)
        await self._connection.execute(
            locked.where(brands.c.id == brand).with_for_update(key_share=True)
        )

    async def standing(
        self, brand: BrandId, place: Place, external_ids: Sequence[str]
    ) -> dict[str, Standing]:
        """The places in time of the standing reports by external id."""
        rows = await self._numbered(
            sa.select(
                orders.c.external_id,
                orders.c.id,
                as_stored(orders.c.approved_at),
                orders.c.refunded_minor,
                orders.c.raw_hash,
                as_stored(orders.c.fresh_day),
                orders.c.fresh_rank,
                as_stored(orders.c.fresh_at),
            ),
            brand,
            place,
            external_ids,
        )
        return {
            external_id: Standing(
                OrderId(order),
                Freshness(day_stored(day), rank, refunded, moment_stored(at), raw_hash),
                None if approved_at is None else moment_stored(approved_at),
            )
            for external_id, order, approved_at, refunded, raw_hash, day, rank, at in rows
        }

    async def _numbered(
        self, query: sa.Select[Any], brand: BrandId, place: Place, external_ids: Sequence[str]
    ) -> Sequence[Any]:
        """Rows of a brand's orders at a place by their numbers."""
        rows: sa.CursorResult[Any]
        if self._connection.dialect.name == "sqlite":
            own = query.where(
                orders.c.brand_id == brand,
                orders.c.place == place,
                among(self._connection, orders.c.external_id, external_ids),
            )
            rows = await self._connection.execute(own)
            return rows.all()
        # Values that the planner sees mislead it while the statistics do not know the brand: it
        # then takes its orders for less than one, and reads all of them.
        own = query.where(
            orders.c.brand_id == _unseen(brand, orders.c.brand_id),
            orders.c.place == _unseen(place, orders.c.place),
            orders.c.external_id
            == sa.func.any(sa.literal(list(external_ids), ARRAY(orders.c.external_id.type))),
        )
        async with planned_anew(self._connection):
            rows = await self._connection.execute(own)
        return rows.all()

    async def renew(self, seen: Sequence[OrderId], day: date, at: datetime) -> None:
        """Note that the standing reports were seen again, on a later day (Almaty)."""
        if seen:
            await self._connection.execute(
                sa.update(orders)
                .where(among(self._connection, orders.c.id, seen))
                .values(fresh_day=day, fresh_at=at)
            )

    async def known(
        self, brand: BrandId, place: Place, external_ids: Sequence[str]
    ) -> dict[str, KnownOrder]:
        """What is held of orders by external id; their commissions are kept from other writers."""
        rows = await self._numbered(
            sa.select(
                *_STANDING,
                orders.c.external_id,
                orders.c.ordered_at,
                orders.c.status,
                orders.c.status_raw,
                orders.c.at_risk,
                orders.c.gross_minor,
                orders.c.net_minor,
                orders.c.currency,
                orders.c.promo_codes,
                orders.c.click_ids,
                orders.c["items"],
                orders.c.enrolment_id,
                orders.c.phone_digest,
                orders.c.first,
                orders.c.grade,
                orders.c.evidence_kind,
                orders.c.evidence_value,
                orders.c.by_terms_at,
                orders.c.corrected,
                orders.c.borrowed,
            ),
            brand,
            place,
            external_ids,
        )
        earning = await self._locked([row.id for row in rows])
        return {
            row.external_id: KnownOrder(
                id=OrderId(row.id),
                freshness=_freshness(row),
                report=_report(row),
                approved_at=row.approved_at,
                enrolment=row.enrolment_id,
                phone_digest=row.phone_digest,
                commission=earning.get(row.id),
                place=place,
                first=row.first,
                evidence=None
                if row.grade is None
                else (Grade(row.grade), EvidenceKind(row.evidence_kind), row.evidence_value),
                by_terms_at=row.by_terms_at,
                correction=None if row.corrected is None else Correction.from_json(row.corrected),
                borrowed={
                    name: read_told_at(stored) for name, stored in (row.borrowed or {}).items()
                },
            )
            for row in rows
        }

    async def _locked(self, wanted: Sequence[int]) -> dict[int, Commission]:
        """Commissions by order, kept from whoever releases or funds them."""
        if not wanted:
            return {}
        rows = await self._connection.execute(
            sa.select(*COMMISSION)
            .where(among(self._connection, commissions.c.order_id, wanted))
            .order_by(commissions.c.id)
            .with_for_update()
        )
        return {row.order_id: commission_of(row) for row in rows}

    async def numbers(self, wanted: Sequence[OrderId]) -> list[tuple[BrandId, Place, str]]:
        """Brand, place and external id of orders; unknown ones are left out."""
        rows = await self._connection.execute(
            sa.select(orders.c.brand_id, orders.c.place, orders.c.external_id).where(
                among(self._connection, orders.c.id, wanted)
            )
        )
        return [(BrandId(brand), Place(place), external_id) for brand, place, external_id in rows]

    async def enrolment_facts(
        self, wanted: Sequence[EnrolmentId]
    ) -> dict[EnrolmentId, EnrolmentFacts]:
        """Creator, brand, and terms with the times in which they were in force."""
        if not wanted:
            return {}
        rows = (
            await self._connection.execute(
                sa.select(
                    enrolments.c.id,
                    enrolments.c.creator_id,
                    enrolments.c.brand_id,
                    enrolments.c.offer_id,
                    enrolments.c.terms_id,
                    brands.c.fee_bps,
                )
                .join_from(enrolments, brands, brands.c.id == enrolments.c.brand_id)
                .where(among(self._connection, enrolments.c.id, wanted))
            )
        ).all()
        dated = (
            await self._connection.execute(
                sa.select(enrolment_terms)
                .where(among(self._connection, enrolment_terms.c.enrolment_id, wanted))
                .order_by(enrolment_terms.c.enrolment_id, enrolment_terms.c.since)
            )
        ).all()
        versions = await self._versions(
            {*(row.terms_id for row in rows), *(row.terms_id for row in dated)}
        )
        histories: defaultdict[int, list[tuple[datetime, Terms]]] = defaultdict(list)
        for row in dated:
            histories[row.enrolment_id].append((row.since, versions[row.terms_id]))
        stops = await self._stops({row.offer_id for row in rows})
        return {
            EnrolmentId(number): EnrolmentFacts(
                id=EnrolmentId(number),
                creator=PersonId(creator),
                brand=BrandId(brand),
                offer=OfferId(offer),
                fee_bps=fee_bps,
                terms=versions[terms_id],
                history=tuple(histories.get(number, ())),
                stops=tuple(stops.get(offer, ())),
            )
            for number, creator, brand, offer, terms_id, fee_bps in rows
        }

    async def _versions(self, wanted: Iterable[int]) -> dict[int, Terms]:
        """Terms by id: many enrolments have the same ones."""
        rows = await self._connection.execute(
            sa.select(terms).where(among(self._connection, terms.c.id, wanted))
        )
        return {row.id: terms_of(row, row.id, row.offer_id) for row in rows}

    async def _stops(
        self, wanted: Iterable[int]
    ) -> defaultdict[int, list[tuple[datetime, datetime | None]]]:
        """When the budgets of offers were used up."""
        found: defaultdict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
        rows = await self._connection.execute(
            sa.select(offer_stops)
            .where(among(self._connection, offer_stops.c.offer_id, wanted))
            .order_by(offer_stops.c.since)
        )
        for row in rows:
            found[row.offer_id].append((row.since, row.until))
        return found

    async def pays_first_orders(self, brand: BrandId) -> bool:
        """Whether any terms of the brand pay a buyer's first order by a rate of its own."""
        found = await self._connection.scalar(
            sa.select(sa.true())
            .select_from(terms.join(offers, offers.c.id == terms.c.offer_id))
            .where(offers.c.brand_id == brand, terms.c.first_order)
            .limit(1)
        )
        return bool(found)

    async def by_phone(
        self, brand: BrandId, digests: Sequence[bytes]
    ) -> dict[bytes, list[BuyerOrder]]:
        """The brand's orders of these buyers, by the digest of the phone."""
        found: defaultdict[bytes, list[BuyerOrder]] = defaultdict(list)
        for chunk in chunks(digests):
            rows = await self._connection.execute(
                sa.select(
                    orders.c.id,
                    orders.c.phone_digest,
                    orders.c.ordered_at,
                    orders.c.place,
                    orders.c.external_id,
                    orders.c.status,
                    orders.c.first,
                    orders.c.enrolment_id,
                ).where(orders.c.brand_id == brand, orders.c.phone_digest.in_(chunk))
            )
            for row in rows:
                found[row.phone_digest].append(
                    BuyerOrder(
                        id=OrderId(row.id),
                        key=sale_key(row.ordered_at, Place(row.place), row.external_id),
                        status=OrderStatus(row.status),
                        first=row.first,
                        enrolment=row.enrolment_id,
                    )
                )
        return dict(found)

    async def mark_first(self, firsts: Mapping[OrderId, bool]) -> None:
        """Note which known orders are, or are no longer, their buyers' first."""
        for first in (True, False):
            changed = [order for order, now in firsts.items() if now is first]
            for chunk in chunks(changed):
                await self._connection.execute(
                    sa.update(orders).where(orders.c.id.in_(chunk)).values(first=first)
                )

    async def months_before(self, starts: Mapping[MonthKey, datetime]) -> dict[MonthKey, SoFar]:
        """What enrolments had in their months before a moment each."""
        found: dict[MonthKey, SoFar] = {}
        for chunk in chunks(sorted(starts)):
            since, credited_then = self._months(chunk, starts)
            rows = await self._connection.execute(
                sa.select(
                    commissions.c.enrolment_id,
                    commissions.c.month,
                    sa.func.sum(sa.case((orders.c.status == OrderStatus.APPROVED, 1), else_=0)),
                    sa.func.sum(commissions.c.amount_minor),
                )
                .select_from(credited_then)
                .where(orders.c.ordered_at < since, commissions.c.state.not_in(sorted(LOST)))
                .group_by(commissions.c.enrolment_id, commissions.c.month)
            )
            for enrolment, month, approved, minor in rows:
                found[EnrolmentId(enrolment), month] = SoFar(
                    approved=int(approved), earned_minor=int(minor)
                )
        return found

    async def sales_since(self, starts: Mapping[MonthKey, datetime]) -> list[Sale]:
        """Credited orders of enrolments' months from a moment each on, kept from other writers."""
        found: list[Sale] = []
        for chunk in chunks(sorted(starts)):
            since, credited_then = self._months(chunk, starts)
            found += await self._sales(credited_then, orders.c.ordered_at >= since)
        return found

    def _months(
        self, wanted: Sequence[MonthKey], starts: Mapping[MonthKey, datetime]
    ) -> tuple[sa.ColumnElement[Any], sa.FromClause]:
        """The orders of enrolments' months, beside the moment that is given for each month."""
        given, (enrolment, month, since) = beside(
            self._connection,
            (commissions.c.enrolment_id, commissions.c.month, orders.c.ordered_at),
            [(*key, starts[key]) for key in wanted],
        )
        of_month = sa.and_(commissions.c.enrolment_id == enrolment, commissions.c.month == month)
        return since, given.join(commissions, of_month).join(
            orders, orders.c.id == commissions.c.order_id
        )

    async def sales(self, wanted: Sequence[OrderId]) -> list[Sale]:
        """Credited orders by id, kept from other writers."""
        return await self._sales(_SOLD, among(self._connection, orders.c.id, wanted))

    async def _sales(
        self, credited_then: sa.FromClause, which: sa.ColumnElement[bool]
    ) -> list[Sale]:
        rows = await self._connection.execute(
            sa.select(
                *COMMISSION,
                orders.c.ordered_at,
                orders.c.place,
                orders.c.external_id,
                orders.c.status,
                orders.c.net_minor,
                orders.c.refunded_minor,
                orders.c.currency,
                orders.c["items"],
                orders.c.first,
            )
            .select_from(credited_then)
            .where(which, commissions.c.state.not_in(sorted(LOST)))
            .order_by(commissions.c.id)
            .with_for_update(of=commissions)
        )
        found = []
        for row in rows:
            commission = commission_of(row)
            found.append(
                Sale(
                    key=sale_key(row.ordered_at, Place(row.place), row.external_id),
                    order=commission.order,
                    status=OrderStatus(row.status),
                    base=Money(row.net_minor - row.refunded_minor, row.currency),
                    items=_items(row),
                    first=row.first,
                    commission=commission,
                    held=commission,
                    floor_minor=floor_of(commission),
                )
            )
        return found

    async def save(
        self,
        brand: BrandId,
        place: Place,
        origin: tuple[SourceId, RunId] | None,
        decisions: Sequence[Decision],
        phone_digests: Mapping[str, bytes],
        ready: Mapping[str, Row],
    ) -> dict[str, OrderId]:
        """Insert the new orders and overwrite the known ones; returns their ids by external id.

        Of new ones `shape` has prepared the rows, by external id. Without an origin all must be
        known; they keep the source and run that told of them.
        """
        read = origin or ()
        fresh = [decision for decision in decisions if decision.known is None]
        ids: dict[str, OrderId] = {}
        if fresh:
            assert origin is not None
            numbers = await new_ids(self._connection, orders, len(fresh))
            ids = {
                decision.order.external_id: OrderId(order)
                for decision, order in zip(fresh, numbers, strict=True)
            }
            own_part = [(ids[each.order.external_id], *credited(each)) for each in fresh]
            credits = ready_rows(self._connection.dialect.name, orders, CREDITED, own_part)
            rows = [
                (*credit, *ready[decision.order.external_id])
                for decision, credit in zip(fresh, credits, strict=True)
            ]
            same = _same(brand, place, *origin)
            await add_ready(self._connection, orders, (*CREDITED, *NOBODYS), rows, same)
        changed = []
        for decision in decisions:
            if decision.known is not None:
                ids[decision.order.external_id] = decision.known.id
                own = (decision.known.id, *read)
                changed.append((*own, *decided(decision, _digest(decision, phone_digests))))
        await change_rows(self._connection, orders, CHANGED if origin else DECIDED_AGAIN, changed)
        return ids

    @property
    def shape(self) -> Shape:
        """Gets orders ready to be stored."""
        return OrderRows(self._connection.dialect.name).prepare

    async def file(
        self, brand: BrandId, place: Place, source: SourceId, run: RunId, rows: Sequence[Row]
    ) -> None:
        """Insert new orders that nobody is credited for, as `shape` has prepared them."""
        same = _same(brand, place, source, run) | NOBODYS_SAME
        await add_ready(self._connection, orders, NOBODYS, rows, same)

    async def save_commissions(self, changed: Sequence[Commission], run: RunId | None) -> None:
        """Insert or overwrite by order; `run` is the reading that changed them, if one did."""
        if not changed:
            return
        unsaid = [one.enrolment for one in changed if one.terms is None]
        frozen = await self._terms_of(unsaid) if unsaid else {}
        rows = [
            (
                commission.order,
                commission.enrolment,
                commission.creator,
                commission.brand,
                commission.terms or frozen[commission.enrolment],
                commission.state,
                commission.amount.minor,
                commission.fee.minor,
                commission.month,
                commission.hold_until,
                commission.funded,
                commission.version,
                run,
                None if commission.price is None else commission.price.to_json(),
            )
            for commission in changed
        ]
        known = {commission.order for commission in changed if commission.id is not None}
        new = [row for row in rows if row[0] not in known]
        old = [row for row in rows if row[0] in known]
        await add_rows(self._connection, commissions, _SAVED_COMMISSION, new)
        await change_rows(self._connection, commissions, _SAVED_COMMISSION, old)

    async def mark(self, wanted: Sequence[OrderId], state: CommissionState) -> None:
        """Note where the reward of orders stands, where no report of them is saved."""
        for chunk in chunks(wanted):
            await self._connection.execute(
                sa.update(orders).where(orders.c.id.in_(chunk)).values(reward_state=state)
            )

    async def _terms_of(self, wanted: Sequence[EnrolmentId]) -> dict[int, int]:
        found: dict[int, int] = {}
        for chunk in chunks(sorted(set(wanted))):
            rows = await self._connection.execute(
                sa.select(enrolments.c.id, enrolments.c.terms_id).where(enrolments.c.id.in_(chunk))
            )
            found.update((enrolment, terms_id) for enrolment, terms_id in rows)
        return found

    async def add_near_misses(
        self, brand: BrandId, found: Sequence[tuple[OrderId, Decision]], now: datetime
    ) -> int:
        """Keep what a person should look at; what is kept already stays."""
        rows = [
            {
                "order_id": order,
                "brand_id": brand,
                "raw": miss.raw[:100],
                "reason": miss.reason,
                "enrolment_id": miss.enrolment,
                "found_at": now,
            }
            for order, decision in found
            for miss in decision.near_misses
        ]
        if not rows:
            return 0
        await self._connection.execute(
            insert(self._connection, near_misses).on_conflict_do_nothing(), rows
        )
        return len(rows)

    async def near_misses(
        self, brand: BrandId, *, after: int | None, limit: int
    ) -> Sequence[NearMissRow]:
        """The review queue of a brand, newest first; an order that found its creator is gone."""
        query = (
            sa.select(
                near_misses.c.id,
                near_misses.c.order_id,
                near_misses.c.raw,
                near_misses.c.reason,
                orders.c.external_id,
                orders.c.net_minor,
                orders.c.currency,
                orders.c.ordered_at,
                creators.c.display_name,
                sa.select(sa.func.max(promo_codes.c.normal))
                .select_from(code_ownerships.join(promo_codes))
                .where(code_ownerships.c.enrolment_id == near_misses.c.enrolment_id)
                .scalar_subquery()
                .label("code"),
            )
            .select_from(
                near_misses.join(orders, orders.c.id == near_misses.c.order_id)
                .join(enrolments, enrolments.c.id == near_misses.c.enrolment_id)
                .join(creators, creators.c.person_id == enrolments.c.creator_id)
            )
            .where(near_misses.c.brand_id == brand, orders.c.enrolment_id.is_(None))
            .order_by(near_misses.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(near_misses.c.id < after)
        return [
            NearMissRow(
                id=row.id,
                order=OrderId(row.order_id),
                external_id=row.external_id,
                raw=row.raw,
                reason=row.reason,
                code=row.code or "",
                creator_name=row.display_name,
                net=Money(row.net_minor, row.currency),
                ordered_at=row.ordered_at,
            )
            for row in await self._connection.execute(query)
        ]

    async def due_to_release(self, now: datetime, limit: int) -> Sequence[CommissionId]:
        """Held commissions whose time is over, that are funded and whose proof is not missing.

        Those that must wait for a proof are passed over one by one: not for a writer to do.
        """
        found = await self._connection.scalars(
            sa.select(commissions.c.id)
            .select_from(_ON_ITS_TERMS)
            .where(*_released_at(now))
            .order_by(commissions.c.hold_until, commissions.c.id)
            .limit(limit)
        )
        return [CommissionId(commission) for commission in found]

    async def releasable(
        self, wanted: Sequence[CommissionId], now: datetime
    ) -> Sequence[Commission]:
        """Those of the commissions that can be released still, kept from other writers."""
        rows = await self._connection.execute(
            sa.select(*COMMISSION)
            .select_from(_ON_ITS_TERMS)
            .where(among(self._connection, commissions.c.id, wanted), *_released_at(now))
            .order_by(commissions.c.hold_until, commissions.c.id)
            .with_for_update(of=commissions, skip_locked=True)  # what is being reconciled waits
        )
        return [commission_of(row) for row in rows]

    async def unfunded(self, brand: BrandId, limit: int) -> Sequence[Commission]:
        """Unfunded open commissions of a brand, oldest first."""
        rows = await self._connection.execute(
            sa.select(*COMMISSION)
            .where(
                commissions.c.brand_id == brand,
                sa.not_(commissions.c.funded),
                commissions.c.state.in_(sorted(OPEN)),
            )
            .order_by(commissions.c.id)
            .limit(limit)
        )
        return [commission_of(row) for row in rows]

    async def unfunded_minor(self, brand: BrandId) -> int:
        """What the unfunded open commissions of a brand cost together, tiyn."""
        minor = await self._connection.scalar(
            sa.select(sa.func.sum(commissions.c.amount_minor + commissions.c.fee_minor)).where(
                commissions.c.brand_id == brand,
                sa.not_(commissions.c.funded),
                commissions.c.state.in_(sorted(OPEN)),
            )
        )
        return int(minor or 0)

    async def brands_with_unfunded(self) -> Sequence[BrandId]:
        """Brands that have unfunded open commissions."""
        found = await self._connection.scalars(
            sa.select(commissions.c.brand_id)
            .where(sa.not_(commissions.c.funded), commissions.c.state.in_(sorted(OPEN)))
            .distinct()
            .order_by(commissions.c.brand_id)
        )
        return [BrandId(brand) for brand in found]

    async def fund(self, wanted: Sequence[CommissionId]) -> None:
        """Mark commissions as covered by the brand's money."""
        for chunk in chunks(wanted):
            await self._connection.execute(
                sa.update(commissions).where(commissions.c.id.in_(chunk)).values(funded=True)
            )

    async def news_of(self, run: RunId) -> Sequence[OwnNews]:
        """What one run changed, enrolment by enrolment."""

        def counted(condition: Any) -> sa.ColumnElement[int]:
            return sa.func.sum(sa.case((condition, 1), else_=0))

        def summed(condition: Any) -> sa.ColumnElement[int]:
            return sa.func.sum(sa.case((condition, commissions.c.amount_minor), else_=0))

        waiting = commissions.c.state == CommissionState.PENDING
        approved = commissions.c.state.in_([CommissionState.IN_HOLD, CommissionState.AVAILABLE])
        rows = await self._connection.execute(
            sa.select(
                commissions.c.enrolment_id,
                commissions.c.creator_id,
                counted(commissions.c.version == 1).label("new"),
                counted(waiting).label("waiting"),
                counted(approved).label("approved"),
                counted(commissions.c.state.in_(sorted(LOST))).label("lost"),
                summed(waiting).label("waiting_minor"),
                summed(approved).label("approved_minor"),
            )
            .where(commissions.c.run_id == run)
            .group_by(commissions.c.creator_id, commissions.c.enrolment_id)
            .order_by(commissions.c.creator_id, commissions.c.enrolment_id)
        )
        return [
            OwnNews(
                run=run,
                enrolment=EnrolmentId(row.enrolment_id),
                creator=PersonId(row.creator_id),
                new=int(row.new),
                waiting=int(row.waiting),
                approved=int(row.approved),
                lost=int(row.lost),
                waiting_amount=Money(int(row.waiting_minor)),
                approved_amount=Money(int(row.approved_minor)),
            )
            for row in rows
        ]

    async def of_creator(
        self,
        creator: PersonId,
        *,
        states: Sequence[CommissionState],
        enrolment: EnrolmentId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: tuple[datetime, OrderId] | None,
        limit: int,
    ) -> Sequence[OrderRow]:
        """A creator's orders, newest first; of all states where none is given.

        A page is read from the end of each state's stretch of the index, so it costs the same
        however many orders there are.
        """
        pages = []
        for state in states or sorted(CommissionState):
            query = sa.select(orders.c.id, orders.c.ordered_at).where(
                orders.c.reward_state == state,
                orders.c.creator_id == creator
                if enrolment is None
                else orders.c.enrolment_id == enrolment,
            )
            if enrolment is not None:
                # The plus keeps the planner from the creator's index, which knows no offers.
                query = query.where(orders.c.creator_id + 0 == creator)
            if since is not None:
                query = query.where(orders.c.ordered_at >= since)
            if until is not None:
                query = query.where(orders.c.ordered_at < until)
            page = _keyset(query, after, limit).subquery()
            pages.append(sa.select(page.c.id, page.c.ordered_at))
        both = sa.union_all(*pages).subquery()
        found = (
            sa.select(both.c.id)
            .order_by(both.c.ordered_at.desc(), both.c.id.desc())
            .limit(limit)
            .subquery()
        )
        shown = _rows().where(orders.c.id.in_(sa.select(found.c.id)))
        rows = await self._connection.execute(
            shown.order_by(orders.c.ordered_at.desc(), orders.c.id.desc())
        )
        return [_order_row(row) for row in rows]

    async def of_brand(
        self,
        brand: BrandId,
        *,
        states: Sequence[CommissionState] = (),
        nobodys: bool = False,
        offer: OfferId | None = None,
        creator: PersonId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: tuple[datetime, OrderId] | None,
        limit: int,
    ) -> Sequence[OrderRow]:
        """A brand's orders, newest first, credited or not; only `nobodys` where that is asked."""
        query = _rows().where(orders.c.brand_id == brand)
        if states:
            query = query.where(orders.c.reward_state.in_(sorted(states)))
        if nobodys:
            query = query.where(orders.c.enrolment_id.is_(None))
        if offer is not None:
            query = query.where(enrolments.c.offer_id == offer)
        if creator is not None:
            # The plus keeps the planner from the creator's index, which knows no brands.
            query = query.where(orders.c.creator_id + 0 == creator)
        if since is not None:
            query = query.where(orders.c.ordered_at >= since)
        if until is not None:
            query = query.where(orders.c.ordered_at < until)
        return await self._page(query, after, limit)

    async def _page(
        self, query: sa.Select[Any], after: tuple[datetime, OrderId] | None, limit: int
    ) -> Sequence[OrderRow]:
        rows = await self._connection.execute(_keyset(query, after, limit))
        return [_order_row(row) for row in rows]

    async def get(self, order: OrderId) -> OrderRow:
        """NotFound("order") where there is none."""
        rows = await self._connection.execute(_rows().where(orders.c.id == order))
        row = rows.one_or_none()
        if row is None:
            raise NotFound("order")
        return _order_row(row)

    async def export(
        self, brand: BrandId | None, *, after: OrderId | None, limit: int
    ) -> Sequence[OrderRow]:
        """Every order by id, for a file."""
        query = _rows().order_by(orders.c.id).limit(limit)
        if brand is not None:
            query = query.where(orders.c.brand_id == brand)
        if after is not None:
            query = query.where(orders.c.id > after)
        return [_order_row(row) for row in await self._connection.execute(query)]

    async def open_since(self, brand: BrandId, place: Place) -> datetime | None:
        """When the oldest order that is still pending was placed, whatever source told of it."""
        oldest: datetime | None = await self._connection.scalar(
            sa.select(orders.c.ordered_at)
            .where(orders.c.brand_id == brand, orders.c.place == place, _WAITING)
            .order_by(orders.c.ordered_at)
            .limit(1)
        )
        return oldest

    async def to_follow(
        self, brand: BrandId, place: Place, before: datetime, limit: int
    ) -> Sequence[str]:
        """Ids of attributed, not final orders older than `before`, newest first.

        They are looked up by enrolment and state: a brand's orders by time are mostly final.
        """
        found = await self._connection.scalars(
            sa.select(orders.c.external_id)
            .select_from(enrolments.join(orders, orders.c.enrolment_id == enrolments.c.id))
            .where(
                enrolments.c.brand_id == brand,
                orders.c.place == place,
                orders.c.ordered_at < before,
                orders.c.reward_state.in_(sorted(OPEN)),
            )
            .order_by(orders.c.ordered_at.desc())
            .limit(limit)
        )
        return list(found)


def _unseen(value: Any, column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    """A value that PostgreSQL's planner does not look at."""
    return sa.select(sa.literal(value, column.type)).scalar_subquery()


# Written out, not bound: a partial index is used only where its condition is seen.
_WAITING = sa.text(f"orders.fresh_rank = {RANK[OrderStatus.PENDING]}")
_HELD = sa.text("commissions.state = 'in_hold'")


def _released_at(now: datetime) -> tuple[Any, ...]:
    return (
        _HELD,
        commissions.c.hold_until <= now,
        commissions.c.funded,
        sa.or_(sa.not_(terms.c.proof_required), enrolments.c.proof_accepted_at.is_not(None)),
    )


def _keyset(
    query: sa.Select[Any], after: tuple[datetime, OrderId] | None, limit: int
) -> sa.Select[Any]:
    """The page of orders, newest first, that begins below the one given."""
    if after is not None:
        query = query.where(
            sa.tuple_(orders.c.ordered_at, orders.c.id)
            < sa.tuple_(sa.literal(after[0], orders.c.ordered_at.type), sa.literal(after[1]))
        )
    return query.order_by(orders.c.ordered_at.desc(), orders.c.id.desc()).limit(limit)


_SAVED_COMMISSION = (
    "order_id", "enrolment_id", "creator_id", "brand_id", "terms_id", "state", "amount_minor",
    "fee_minor", "month", "hold_until", "funded", "version", "run_id", "price",
)  # fmt: skip


def _same(brand: BrandId, place: Place, source: SourceId, run: RunId) -> dict[str, int | str]:
    """What the new orders of a batch have in common."""
    return {"brand_id": brand, "place": place.value, "source_id": source, "run_id": run}


def _digest(decision: Decision, phone_digests: Mapping[str, bytes]) -> bytes | None:
    if decision.order.phone is None:
        return None
    return phone_digests.get(decision.order.external_id)


def _rows() -> sa.Select[Any]:
    titles = [
        sa.select(offer_texts.c.title)
        .where(offer_texts.c.offer_id == offers.c.id, offer_texts.c.locale == locale)
        .scalar_subquery()
        .label(f"title_{locale}")
        for locale in Locale
    ]
    return sa.select(
        orders.c.id,
        orders.c.brand_id,
        brands.c.name.label("brand_name"),
        orders.c.place,
        orders.c.external_id,
        orders.c.status,
        orders.c.status_raw,
        orders.c.at_risk,
        orders.c.ordered_at,
        orders.c.net_minor,
        orders.c.refunded_minor,
        orders.c.currency,
        orders.c.grade,
        orders.c.evidence_kind,
        orders.c.evidence_value,
        orders.c.enrolment_id,
        orders.c.creator_id,
        sa.case(
            (
                sa.and_(
                    orders.c.status == OrderStatus.APPROVED,
                    orders.c.fresh_rank == RANK[OrderStatus.PENDING],
                ),
                orders.c.by_terms_at,
            )
        ).label("by_terms_at"),
        creators.c.display_name,
        *titles,
        commissions.c.amount_minor,
        commissions.c.fee_minor,
        commissions.c.state.label("commission_state"),
        commissions.c.hold_until,
        commissions.c.funded,
        commissions.c.price,
        terms.c.version.label("terms_version"),
        terms.c.proof_required,
        terms.c.hold_days,
        enrolments.c.proof_accepted_at,
    ).select_from(
        orders.join(brands, brands.c.id == orders.c.brand_id)
        .outerjoin(commissions, commissions.c.order_id == orders.c.id)
        .outerjoin(enrolments, enrolments.c.id == orders.c.enrolment_id)
        .outerjoin(
            terms, terms.c.id == sa.func.coalesce(commissions.c.terms_id, enrolments.c.terms_id)
        )
        .outerjoin(offers, offers.c.id == enrolments.c.offer_id)
        .outerjoin(creators, creators.c.person_id == orders.c.creator_id)
    )


def _order_row(row: sa.Row[Any]) -> OrderRow:
    return OrderRow(
        id=OrderId(row.id),
        brand=BrandId(row.brand_id),
        brand_name=row.brand_name,
        place=Place(row.place),
        external_id=row.external_id,
        status=OrderStatus(row.status),
        status_raw=row.status_raw,
        at_risk=row.at_risk,
        ordered_at=row.ordered_at,
        net=Money(row.net_minor, row.currency),
        refunded=Money(row.refunded_minor, row.currency),
        grade=None if row.grade is None else Grade(row.grade),
        evidence_kind=None if row.evidence_kind is None else EvidenceKind(row.evidence_kind),
        evidence_value=row.evidence_value or "",
        enrolment=row.enrolment_id,
        creator=row.creator_id,
        creator_name=row.display_name or "",
        offer_titles={
            locale: title for locale in Locale if (title := row._mapping[f"title_{locale}"])
        },
        commission=Money(row.amount_minor or 0),
        fee=Money(row.fee_minor or 0),
        commission_state=None
        if row.commission_state is None
        else CommissionState(row.commission_state),
        hold_until=row.hold_until,
        hold_days=row.hold_days or 0,
        funded=row.funded is not False,
        price=None
        if row.price is None
        else Price.from_json(Money(row.amount_minor or 0), row.price),
        terms_version=row.terms_version,
        by_terms_at=row.by_terms_at,
        proof_missing=bool(row.proof_required and row.proof_accepted_at is None),
    )
