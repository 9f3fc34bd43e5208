"""Buyers' claims in SQL, and the cash registers of brands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.claims import (
    Claim,
    ClaimKind,
    ClaimState,
    ClaimTouch,
    NewClaim,
    Purchase,
    Refusal,
    WaitingReceipt,
    around,
    handed_over_since,
)
from core.errors import NotFound
from core.ids import BrandId, ClaimId, EnrolmentId, OrderId, PersonId
from core.money import Money
from core.orders import Place
from core.runs import RunState
from db.dialect import among, chunks, insert
from db.models import (
    brands,
    buyer_phones,
    claim_of_order,
    claim_stands,
    claim_untold,
    claim_waits,
    claims,
    enrolment_terms,
    enrolments,
    fiscal_registers,
    offers,
    orders,
    receipt_waits,
    runs,
    sources,
    terms,
    touches,
)

LOOKED_FOR: Final = 50  # receipts whose orders are looked for by one statement
RECENT_RUNS: Final = 200  # of a brand, among which the last reading of each place is

_STANDS: Final = (ClaimState.WAITING, ClaimState.MATCHED)
_own_window = (
    sa.select(terms.c.window_days).where(terms.c.id == enrolments.c.terms_id).scalar_subquery()
)
_later_window = (
    sa.select(sa.func.max(terms.c.window_days))
    .join_from(enrolment_terms, terms, terms.c.id == enrolment_terms.c.terms_id)
    .where(enrolment_terms.c.enrolment_id == enrolments.c.id)
    .scalar_subquery()
)
_came = (
    sa.select(
        touches.c.person_id,
        touches.c.enrolment_id,
        touches.c.brand_id,
        touches.c.at,
        enrolments.c.creator_id,
        brands.c.name,
        offers.c.place,
        _own_window.label("own_window"),
        _later_window.label("later_window"),
    )
    .join_from(touches, enrolments, enrolments.c.id == touches.c.enrolment_id)
    .join(offers, offers.c.id == enrolments.c.offer_id)
    .join(brands, brands.c.id == touches.c.brand_id)
)
_shown = sa.select(claims, brands.c.name.label("brand_name"), orders.c.net_minor).select_from(
    claims.join(brands, brands.c.id == claims.c.brand_id).outerjoin(
        orders, orders.c.id == claims.c.order_id
    )
)
_PURCHASE = (
    orders.c.id,
    orders.c.brand_id,
    orders.c.place,
    orders.c.external_id,
    orders.c.ordered_at,
    orders.c.net_minor,
    orders.c.phone_digest,
)


class SqlClaims:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def touches(
        self, people: Sequence[PersonId], *, since: datetime, brand: BrandId | None = None
    ) -> list[ClaimTouch]:
        """How people came to creators' enrolments since then, newest first."""
        query = _came.where(
            among(self._connection, touches.c.person_id, sorted(set(people))),
            touches.c.at >= since,
        )
        if brand is not None:
            query = query.where(touches.c.brand_id == brand)
        rows = await self._connection.execute(query)
        found = [
            ClaimTouch(
                person=PersonId(row.person_id),
                enrolment=EnrolmentId(row.enrolment_id),
                creator=PersonId(row.creator_id),
                brand=BrandId(row.brand_id),
                brand_name=row.name,
                place=Place(row.place),
                at=row.at,
                window_days=max(row.own_window, row.later_window or 0),
            )
            for row in rows
        ]
        return sorted(found, key=lambda touch: (touch.at, touch.enrolment), reverse=True)

    async def sent_since(self, person: PersonId, since: datetime) -> int:
        """How many claims the person has sent, refused ones among them."""
        counted = await self._connection.scalar(
            sa.select(sa.func.count())
            .select_from(claims)
            .where(claims.c.person_id == person, claims.c.claimed_at >= since)
        )
        return int(counted or 0)

    async def get(self, claim: ClaimId) -> Claim:
        """NotFound("claim")."""
        rows = await self._connection.execute(_shown.where(claims.c.id == claim))
        row = rows.one_or_none()
        if row is None:
            raise NotFound("claim")
        return _claim(row)

    async def page(self, person: PersonId, *, after: int | None, limit: int) -> list[Claim]:
        """The person's claims, newest first, below the id `after`."""
        query = _shown.where(claims.c.person_id == person)
        if after is not None:
            query = query.where(claims.c.id < after)
        rows = await self._connection.execute(query.order_by(claims.c.id.desc()).limit(limit))
        return [_claim(row) for row in rows]

    async def standing(
        self, brand: BrandId, place: Place, external_id: str
    ) -> tuple[ClaimId, PersonId] | None:
        """Whose claim of an order stands."""
        rows = await self._connection.execute(
            sa.select(claims.c.id, claims.c.person_id).where(
                claims.c.brand_id == brand,
                claims.c.place == place,
                claims.c.external_id == external_id,
                claim_of_order,
            )
        )
        row = rows.one_or_none()
        return None if row is None else (ClaimId(row.id), PersonId(row.person_id))

    async def standing_receipt(self, key: bytes) -> tuple[ClaimId, PersonId] | None:
        """Whose claim with a receipt stands."""
        rows = await self._connection.execute(
            sa.select(claims.c.id, claims.c.person_id).where(
                claims.c.receipt_key == key, claim_stands
            )
        )
        row = rows.one_or_none()
        return None if row is None else (ClaimId(row.id), PersonId(row.person_id))

    async def add(self, claim: NewClaim) -> ClaimId | None:
        """Keep a claim that waits; None where another one of its order or receipt stands."""
        added = await self._connection.scalar(
            insert(self._connection, claims)
            .values(state=ClaimState.WAITING, expires_at=claim.expires_at, **_values(claim))
            .on_conflict_do_nothing()
            .returning(claims.c.id)
        )
        return None if added is None else ClaimId(added)

    async def add_refused(self, claim: NewClaim, reason: Refusal) -> ClaimId:
        """Keep an attempt that does not count, of which the person is told at once."""
        added = await self._connection.scalar(
            sa.insert(claims)
            .values(
                state=ClaimState.REFUSED,
                reason=reason,
                settled_at=claim.at,
                told_at=claim.at,
                **_values(claim),
            )
            .returning(claims.c.id)
        )
        assert added is not None
        return ClaimId(added)

    async def purchase(self, brand: BrandId, place: Place, external_id: str) -> Purchase | None:
        """An order that the merchant has reported."""
        rows = await self._connection.execute(
            sa.select(*_PURCHASE).where(
                orders.c.brand_id == brand,
                orders.c.place == place,
                orders.c.external_id == external_id,
            )
        )
        found = await self._purchases(brand, rows.all())
        return next(iter(found.values()), None)

    async def phones(self, people: Sequence[PersonId]) -> dict[PersonId, bytes]:
        """Digests of the phones that these people have shared; others are left out."""
        rows = await self._connection.execute(
            sa.select(buyer_phones.c.person_id, buyer_phones.c.phone_digest).where(
                among(self._connection, buyer_phones.c.person_id, sorted(set(people)))
            )
        )
        return {PersonId(person): digest for person, digest in rows}

    async def match(self, claim: ClaimId, purchase: Purchase, *, now: datetime, told: bool) -> bool:
        """The claim is of this order; False where it does not wait any more."""
        changed = await self._connection.execute(
            sa.update(claims)
            .where(claims.c.id == claim, claims.c.state == ClaimState.WAITING)
            .values(
                state=ClaimState.MATCHED,
                place=purchase.place,
                external_id=purchase.external_id,
                order_id=purchase.order,
                settled_at=now,
                told_at=now if told else None,
            )
        )
        return changed.rowcount == 1

    async def settle(
        self,
        claim: ClaimId,
        reason: Refusal,
        *,
        now: datetime,
        told: bool,
        order: OrderId | None = None,
    ) -> None:
        """The claim does not count after all; `told`: nothing is left to be said of it."""
        values: dict[str, Any] = {"state": ClaimState.REFUSED, "reason": reason, "settled_at": now}
        if order is not None:
            values["order_id"] = order
        if told:
            values["told_at"] = now
        await self._connection.execute(
            sa.update(claims)
            .where(claims.c.id == claim, claims.c.state.in_(_STANDS))
            .values(values)
        )

    async def look_again(self, brand: BrandId, person: PersonId | None = None) -> None:
        """Orders of the brand came in, or the person said more: look for receipts anew."""
        query = sa.update(claims).where(
            claims.c.brand_id == brand,
            claims.c.looked_at.is_not(None),
            receipt_waits,
        )
        if person is not None:
            query = query.where(claims.c.person_id == person)
        await self._connection.execute(query.values(looked_at=None))

    async def brands_to_look(self, limit: int) -> list[BrandId]:
        """Brands with receipts for which orders are to be looked for."""
        rows = await self._connection.scalars(
            sa.select(claims.c.brand_id)
            .where(claims.c.looked_at.is_(None), receipt_waits)
            .distinct()
            .order_by(claims.c.brand_id)
            .limit(limit)
        )
        return [BrandId(brand) for brand in rows]

    async def waiting_receipts(self, brand: BrandId, limit: int) -> list[WaitingReceipt]:
        """Receipts of the brand whose orders are not known, oldest first."""
        rows = await self._connection.execute(
            sa.select(
                claims.c.id,
                claims.c.person_id,
                claims.c.place,
                claims.c.paid_minor,
                claims.c.paid_at,
                buyer_phones.c.phone_digest,
            )
            .select_from(
                claims.outerjoin(buyer_phones, buyer_phones.c.person_id == claims.c.person_id)
            )
            .where(claims.c.brand_id == brand, receipt_waits)
            .order_by(claims.c.id)
            .limit(limit)
        )
        return [
            WaitingReceipt(
                id=ClaimId(row.id),
                person=PersonId(row.person_id),
                place=Place(row.place),
                amount=Money(row.paid_minor),
                paid_at=row.paid_at,
                phone=row.phone_digest,
            )
            for row in rows
        ]

    async def fitting(
        self, brand: BrandId, receipts: Sequence[WaitingReceipt]
    ) -> dict[ClaimId, list[Purchase]]:
        """Orders of the receipt's place that cost what was paid, of about that time.

        Only where the place was read after it: before, the receipt's own order may be missing, and
        another one would be taken for it.
        """
        read = await self._last_read(brand)
        pairs: list[tuple[ClaimId, Any]] = []
        covered = [one for one in receipts if one.place in read and read[one.place] >= one.paid_at]
        for chunk in chunks(covered, LOOKED_FOR):
            rows = await self._connection.execute(
                sa.union_all(*(_near(brand, receipt) for receipt in chunk))
            )
            pairs += [(ClaimId(row.claim), row) for row in rows]
        known = await self._purchases(brand, [row for _, row in pairs])
        found: defaultdict[ClaimId, list[Purchase]] = defaultdict(list)
        for claim, row in pairs:
            found[claim].append(known[OrderId(row.id)])
        return dict(found)

    async def looked(self, brand: BrandId, *, now: datetime) -> None:
        """Orders have been looked for all receipts of the brand that wait."""
        await self._connection.execute(
            sa.update(claims)
            .where(claims.c.brand_id == brand, claims.c.looked_at.is_(None), receipt_waits)
            .values(looked_at=now)
        )

    async def expire(self, *, now: datetime, limit: int) -> int:
        """Let claims go whose time is over; how many."""
        over = (
            sa.select(claims.c.id)
            .where(claim_waits, claims.c.expires_at <= now)
            .order_by(claims.c.expires_at)
            .limit(limit)
        )
        done = await self._connection.execute(
            sa.update(claims)
            .where(claims.c.id.in_(over))
            .values(state=ClaimState.EXPIRED, settled_at=now)
        )
        return done.rowcount

    async def untold(self, limit: int) -> list[Claim]:
        """Claims that have ended and whose buyers do not know it."""
        rows = await self._connection.execute(
            _shown.where(claim_untold).order_by(claims.c.id).limit(limit)
        )
        return [_claim(row) for row in rows]

    async def told(self, told: Sequence[ClaimId], *, now: datetime) -> None:
        """The buyers know it."""
        await self._connection.execute(
            sa.update(claims).where(claims.c.id.in_(told)).values(told_at=now)
        )

    async def registers(self, brand: BrandId) -> list[str]:
        """Numbers of the brand's cash registers, in order."""
        rows = await self._connection.scalars(
            sa.select(fiscal_registers.c.number)
            .where(fiscal_registers.c.brand_id == brand)
            .order_by(fiscal_registers.c.number)
        )
        return list(rows)

    async def add_register(
        self, brand: BrandId, number: str, *, by: PersonId, now: datetime
    ) -> bool:
        """False where it is there."""
        added = await self._connection.execute(
            insert(self._connection, fiscal_registers)
            .values(brand_id=brand, number=number, added_by=by, added_at=now)
            .on_conflict_do_nothing()
        )
        return added.rowcount == 1

    async def remove_register(self, brand: BrandId, number: str) -> bool:
        """False where it is not there."""
        gone = await self._connection.execute(
            sa.delete(fiscal_registers).where(
                fiscal_registers.c.brand_id == brand, fiscal_registers.c.number == number
            )
        )
        return gone.rowcount == 1

    async def _last_read(self, brand: BrandId) -> dict[Place, datetime]:
        """When each place's orders were last read whole, among the brand's recent runs."""
        recent = (
            sa.select(runs.c.source_id, runs.c.state, runs.c.seen_at)
            .where(runs.c.brand_id == brand)
            .order_by(runs.c.id.desc())
            .limit(RECENT_RUNS)
            .subquery()
        )
        rows = await self._connection.execute(
            sa.select(sources.c.place, sa.func.max(recent.c.seen_at))
            .join_from(recent, sources, sources.c.id == recent.c.source_id)
            .where(recent.c.state == RunState.DONE)
            .group_by(sources.c.place)
        )
        return {Place(place): seen_at for place, seen_at in rows}

    async def _purchases(self, brand: BrandId, rows: Sequence[Any]) -> dict[OrderId, Purchase]:
        """Orders with whose they are, as far as somebody knows."""
        found = {OrderId(row.id): row for row in rows}
        claimed: dict[OrderId, PersonId] = {}
        owners: defaultdict[bytes, set[PersonId]] = defaultdict(set)
        for chunk in chunks(list(found)):
            held = await self._connection.execute(
                sa.select(orders.c.id, claims.c.person_id)
                .join_from(
                    orders,
                    claims,
                    sa.and_(
                        claims.c.brand_id == orders.c.brand_id,
                        claims.c.place == orders.c.place,
                        claims.c.external_id == orders.c.external_id,
                    ),
                )
                .where(orders.c.id.in_(chunk), claim_of_order)
            )
            claimed.update((OrderId(order), PersonId(person)) for order, person in held)
        digests = {row.phone_digest for row in found.values() if row.phone_digest is not None}
        for some in chunks(sorted(digests)):
            shared = await self._connection.execute(
                sa.select(buyer_phones.c.phone_digest, buyer_phones.c.person_id).where(
                    buyer_phones.c.phone_digest.in_(some)
                )
            )
            for digest, person in shared:
                owners[digest].add(PersonId(person))
        return {
            order: Purchase(
                order=order,
                brand=brand,
                place=Place(row.place),
                external_id=row.external_id,
                ordered_at=row.ordered_at,
                net=Money(row.net_minor),
                phone=row.phone_digest,
                owners=frozenset(owners.get(row.phone_digest, ())),
                claimed_by=claimed.get(order),
            )
            for order, row in found.items()
        }


def _near(brand: BrandId, receipt: WaitingReceipt) -> sa.Select[Any]:
    """Orders of the same place that cost as much, of about the time of the receipt."""
    return sa.select(sa.literal(receipt.id, sa.BigInteger).label("claim"), *_PURCHASE).where(
        orders.c.brand_id == brand,
        orders.c.place == receipt.place,
        orders.c.ordered_at.between(*around(receipt.place, receipt.paid_at)),
        sa.or_(
            orders.c.approved_at.is_(None),
            orders.c.approved_at >= handed_over_since(receipt.paid_at),
        ),
        orders.c.net_minor == receipt.amount.minor,
        orders.c.currency == receipt.amount.currency,
    )


def _values(claim: NewClaim) -> dict[str, Any]:
    values: dict[str, Any] = {
        "person_id": claim.person,
        "brand_id": claim.brand,
        "place": claim.place,
        "enrolment_id": claim.enrolment,
        "kind": claim.kind,
        "external_id": claim.external_id,
        "receipt_key": claim.receipt_key,
        "claimed_at": claim.at,
    }
    if claim.receipt is not None:
        values |= {
            "receipt_provider": claim.receipt.provider,
            "receipt_register": claim.receipt.register,
            "paid_minor": claim.receipt.amount.minor,
            "paid_at": claim.receipt.at,
        }
    return values


def _claim(row: Any) -> Claim:
    minor = row.net_minor if row.net_minor is not None else row.paid_minor
    return Claim(
        id=ClaimId(row.id),
        person=PersonId(row.person_id),
        brand=BrandId(row.brand_id),
        brand_name=row.brand_name,
        place=Place(row.place),
        enrolment=EnrolmentId(row.enrolment_id),
        kind=ClaimKind(row.kind),
        state=ClaimState(row.state),
        reason=row.reason,
        external_id=row.external_id,
        order=None if row.order_id is None else OrderId(row.order_id),
        amount=None if minor is None else Money(minor),
        paid_at=row.paid_at,
        at=row.claimed_at,
        expires_at=row.expires_at,
    )
