"""Buyers who came, shared a phone or claimed an order, as their tables keep them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.claims import ClaimKind, ClaimState
from core.enrolments import Enrolment
from core.ids import OrderId, PersonId
from core.orders import Place
from core.preparation import PHONE
from db.models import buyer_phones, claims, links, orders, touches
from tests.usecases.order_builders import BOX


async def touched(
    engine: AsyncEngine, person: PersonId, enrolment: Enrolment, at: datetime
) -> None:
    """The person opened the creator's link."""
    async with engine.begin() as connection:
        link = await connection.scalar(
            sa.select(links.c.id).where(links.c.enrolment_id == enrolment.id)
        )
        await connection.execute(
            sa.insert(touches).values(
                person_id=person,
                link_id=link,
                enrolment_id=enrolment.id,
                brand_id=enrolment.brand,
                at=at,
            )
        )


async def shared_phone(engine: AsyncEngine, person: PersonId, phone: str, at: datetime) -> None:
    """The person shared the phone."""
    async with engine.begin() as connection:
        await connection.execute(
            sa.insert(buyer_phones).values(
                person_id=person, phone_digest=BOX.digest(PHONE, phone), shared_at=at
            )
        )


async def erased(engine: AsyncEngine, person: PersonId) -> None:
    """The person took the consent back."""
    async with engine.begin() as connection:
        await connection.execute(sa.delete(buyer_phones).where(buyer_phones.c.person_id == person))
        await connection.execute(sa.delete(touches).where(touches.c.person_id == person))


async def claimed(
    engine: AsyncEngine, person: PersonId, enrolment: Enrolment, number: str, at: datetime
) -> None:
    """The person says that the order is theirs."""
    async with engine.begin() as connection:
        await connection.execute(
            sa.insert(claims).values(
                person_id=person,
                brand_id=enrolment.brand,
                place=Place.KASPI,
                enrolment_id=enrolment.id,
                kind=ClaimKind.NUMBER,
                state=ClaimState.WAITING,
                external_id=number,
                claimed_at=at,
            )
        )


async def states_of_claims(engine: AsyncEngine) -> list[tuple[str, bool]]:
    """State of each claim, and whether its order is known."""
    async with engine.connect() as connection:
        rows = await connection.execute(
            sa.select(claims.c.state, claims.c.order_id).order_by(claims.c.id)
        )
        return [(ClaimState(row.state), row.order_id is not None) for row in rows]


async def order_ids(engine: AsyncEngine) -> list[OrderId]:
    """All orders."""
    async with engine.connect() as connection:
        rows = await connection.execute(sa.select(orders.c.id).order_by(orders.c.id))
        return [OrderId(order) for (order,) in rows]
