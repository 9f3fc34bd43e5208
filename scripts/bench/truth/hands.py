"""What buyers do in the bot, done by the doors that the bot itself uses."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.claims import ClaimKind, ClaimState
from core.ids import LinkId, PersonId
from core.links import Click
from core.people import Locale
from core.ports import SecretBox, UnitOfWorkFactory
from core.preparation import PHONE
from core.usecases.links import store_clicks
from core.usecases.people import meet
from db.models import buyer_phones, claims, touches
from scripts.bench.truth.story import Claim, Share, Touch, Visit
from scripts.bench.truth.world import World


class Hands:
    """Everybody's hands; the clock is that of the market."""

    def __init__(
        self, engine: AsyncEngine, new_uow: UnitOfWorkFactory, box: SecretBox, world: World
    ) -> None:
        self._engine = engine
        self._new_uow = new_uow
        self._box = box
        self._world = world
        self._people: dict[int, PersonId] = {}
        self.refused: dict[str, int] = {}

    async def person(self, telegram_id: int, now: datetime) -> PersonId:
        """Who that is to us, met now if not before."""
        if telegram_id not in self._people:
            meeting = await meet(
                self._new_uow,
                lambda: now,
                telegram_id=telegram_id,
                name=f"P{telegram_id}",
                username=None,
            )
            self._people[telegram_id] = meeting.actor.id
        return self._people[telegram_id]

    async def touch(self, act: Touch) -> None:
        """Open a creator's link of the bot."""
        person = await self.person(act.person, act.at)
        shop = self._world.enrolment(act.enrolment).shop
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.insert(touches).values(
                    person_id=person,
                    link_id=act.enrolment,
                    enrolment_id=act.enrolment,
                    brand_id=shop.brand,
                    at=act.at,
                )
            )

    async def visit(self, acts: list[Visit]) -> None:
        """Open web links."""
        await store_clicks(
            self._new_uow,
            [
                Click(
                    id=act.click_id,
                    link_id=LinkId(act.enrolment),
                    at=act.at,
                    visitor=act.visitor,
                    lang=Locale.RU,
                    counted=True,
                )
                for act in acts
            ],
        )

    async def share(self, act: Share) -> None:
        """Share the own phone."""
        person = await self.person(act.person, act.at)
        digest = self._box.digest(PHONE, act.phone)
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.insert(buyer_phones)
                .prefix_with("OR IGNORE")
                .values(person_id=person, phone_digest=digest, shared_at=act.at)
            )

    async def claim(self, act: Claim) -> None:
        """Say that an order is one's own."""
        person = await self.person(act.person, act.at)
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.insert(claims)
                .prefix_with("OR IGNORE")
                .values(
                    person_id=person,
                    brand_id=act.shop.brand,
                    place=act.shop.place,
                    enrolment_id=act.enrolment,
                    kind=ClaimKind.NUMBER,
                    state=ClaimState.WAITING,
                    external_id=act.named,
                    claimed_at=act.at,
                )
            )
