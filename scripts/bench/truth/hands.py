"""What buyers do in the bot, by the doors that the bot itself uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.claims import ClaimRules
from core.errors import BadInput, ClaimRefused, NoTouch, TooManyClaims
from core.ids import LinkId
from core.links import Click
from core.people import Actor, Locale
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.preparation import PHONE
from core.receipts import parse
from core.usecases.claims import claim_order, claim_receipt
from core.usecases.links import store_clicks
from core.usecases.people import meet
from core.usecases.redecision import redecide
from db.models import buyer_phones, touches
from scripts.bench.truth.story import Claim, Share, Touch, Visit
from scripts.bench.truth.world import World

RULES: Final = ClaimRules()


class Hands:
    """Everybody's hands; `refused` counts what the product would not take, by its reason."""

    def __init__(
        self,
        engine: AsyncEngine,
        new_uow: UnitOfWorkFactory,
        clock: Clock,
        box: SecretBox,
        world: World,
    ) -> None:
        self._engine = engine
        self._new_uow = new_uow
        self._clock = clock
        self._box = box
        self._world = world
        self._people: dict[int, Actor] = {}
        self.refused: Counter[str] = Counter()

    async def _actor(self, telegram_id: int) -> Actor:
        """Who that is to us, met now if not before."""
        if telegram_id not in self._people:
            meeting = await meet(
                self._new_uow,
                self._clock,
                telegram_id=telegram_id,
                name=f"P{telegram_id}",
                username=None,
            )
            self._people[telegram_id] = meeting.actor
        return self._people[telegram_id]

    async def touch(self, act: Touch) -> None:
        """Open a creator's link of the bot."""
        actor = await self._actor(act.person)
        enrolment = self._world.enrolment(act.enrolment)
        if enrolment.creator.id == actor.id:
            return
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.insert(touches).values(
                    person_id=actor.id,
                    link_id=act.enrolment,
                    enrolment_id=act.enrolment,
                    brand_id=enrolment.shop.brand,
                    at=act.at,
                )
            )

    async def visit(self, acts: Sequence[Visit]) -> None:
        """Open web links."""
        clicks = [
            Click(
                id=act.click_id,
                link_id=LinkId(act.enrolment),
                at=act.at,
                visitor=act.visitor,
                lang=Locale.RU,
                counted=True,
            )
            for act in acts
        ]
        await store_clicks(self._new_uow, clicks)

    async def share(self, act: Share) -> None:
        """Share the own phone."""
        actor = await self._actor(act.person)
        digest = self._box.digest(PHONE, act.phone)
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.delete(buyer_phones).where(buyer_phones.c.person_id == actor.id)
            )
            await connection.execute(
                sa.insert(buyer_phones).values(
                    person_id=actor.id, phone_digest=digest, shared_at=act.at
                )
            )
        async with self._new_uow() as uow:
            orders = await uow.evidence.orders_of_phone(digest)
            await redecide(uow, orders=orders, now=act.at)
            await uow.commit()

    async def claim(self, act: Claim) -> None:
        """Say that an order is one's own."""
        actor = await self._actor(act.person)
        try:
            if act.receipt:
                await claim_receipt(
                    self._new_uow,
                    self._clock,
                    self._box,
                    actor=actor,
                    enrolment=act.enrolment,
                    receipt=parse(_printed(act)),
                    rules=RULES,
                )
            else:
                await claim_order(
                    self._new_uow,
                    self._clock,
                    actor=actor,
                    enrolment=act.enrolment,
                    text=act.text,
                    rules=RULES,
                )
        except ClaimRefused as refused:
            self.refused[str(refused.reason)] += 1
        except (BadInput, NoTouch, TooManyClaims) as error:
            self.refused[type(error).__name__] += 1


def _printed(act: Claim) -> str:
    """What the QR on the receipt says; it is printed when the order is handed over."""
    order = act.order
    at = order.life[1][0] + timedelta(hours=5)  # Almaty
    register = f"01010190742{act.shop.brand}"
    return (
        f"http://consumer.oofd.kz/?i={_sign(order.number) % 10**10:010}&f={register}"
        f"&s={order.minor // 100}.{order.minor % 100:02}&t={at:%Y%m%dT%H%M%S}"
    )


def _sign(number: str) -> int:
    """A fiscal sign, always the same for an order."""
    return int.from_bytes(number.encode(), "big") * 2_654_435_761
