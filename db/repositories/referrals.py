"""Who invited whom, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ids import OrderId, PersonId
from core.money import Money
from core.people import CreatorState
from core.referrals import Invited, Referral, Reward
from db.dialect import among, insert
from db.models import creators, referral_links, referral_rewards, referrals


class SqlReferrals:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def code_of(self, creator: PersonId, fresh: str) -> str:
        """The creator's code; `fresh` becomes it where there is none."""
        wanted = sa.select(referral_links.c.code).where(referral_links.c.creator_id == creator)
        known = await self._connection.scalar(wanted)
        if known is None:
            await self._connection.execute(
                insert(self._connection, referral_links)
                .values(creator_id=creator, code=fresh)
                .on_conflict_do_nothing(index_elements=["creator_id"])
            )
            known = await self._connection.scalar(wanted)
        return str(known)

    async def owner_of(self, code: str) -> PersonId | None:
        """The active creator whose link this is."""
        found = await self._connection.scalar(
            sa.select(referral_links.c.creator_id)
            .join(creators, creators.c.person_id == referral_links.c.creator_id)
            .where(referral_links.c.code == code, creators.c.state == CreatorState.ACTIVE)
        )
        return None if found is None else PersonId(found)

    async def add(self, referral: Referral, *, now: datetime) -> bool:
        """Keep who came by whom; False where somebody else's link was followed before."""
        made = await self._connection.execute(
            insert(self._connection, referrals)
            .values(
                invited_id=referral.invited,
                inviter_id=referral.inviter,
                at=now,
                bps=referral.bps,
                until_month=referral.until_month,
            )
            .on_conflict_do_nothing(index_elements=["invited_id"])
        )
        return made.rowcount > 0

    async def numbers(self, creator: PersonId, code: str) -> Invited:
        """How the creator's link works."""
        counted = await self._connection.execute(
            sa.select(sa.func.count(), sa.func.count(creators.c.person_id))
            .select_from(
                referrals.outerjoin(
                    creators,
                    sa.and_(
                        creators.c.person_id == referrals.c.invited_id,
                        creators.c.state == CreatorState.ACTIVE,
                    ),
                )
            )
            .where(referrals.c.inviter_id == creator)
        )
        came, active = counted.one()
        minor = await self._connection.scalar(
            sa.select(sa.func.sum(referral_rewards.c.minor)).where(
                referral_rewards.c.inviter_id == creator
            )
        )
        return Invited(code=code, came=came, active=active, earned=Money(int(minor or 0)))

    async def of(self, invited: Sequence[PersonId]) -> dict[PersonId, Referral]:
        """Who invited these creators, by the invited one."""
        inviter, guest = creators.alias(), creators.alias()
        found: dict[PersonId, Referral] = {}
        if not invited:
            return found
        rows = await self._connection.execute(
            sa.select(
                referrals,
                inviter.c.state,
                inviter.c.iban_digest,
                guest.c.iban_digest.label("own_digest"),
            )
            .join(inviter, inviter.c.person_id == referrals.c.inviter_id)
            .join(guest, guest.c.person_id == referrals.c.invited_id)
            .where(among(self._connection, referrals.c.invited_id, sorted(set(invited))))
        )
        for row in rows:
            same = row.iban_digest is not None and row.iban_digest == row.own_digest
            found[PersonId(row.invited_id)] = Referral(
                invited=PersonId(row.invited_id),
                inviter=PersonId(row.inviter_id),
                bps=row.bps,
                until_month=row.until_month,
                earning=row.state == CreatorState.ACTIVE and not same,
            )
        return found

    async def rewards(self, orders: Sequence[OrderId]) -> dict[OrderId, Reward]:
        """What inviters have of these orders."""
        found: dict[OrderId, Reward] = {}
        if not orders:
            return found
        rows = await self._connection.execute(
            sa.select(referral_rewards).where(
                among(self._connection, referral_rewards.c.order_id, orders)
            )
        )
        for row in rows:
            found[OrderId(row.order_id)] = Reward(
                order=OrderId(row.order_id),
                inviter=PersonId(row.inviter_id),
                invited=PersonId(row.invited_id),
                amount=Money(row.minor),
            )
        return found

    async def save_rewards(self, rewards: Sequence[Reward]) -> None:
        """Keep what inviters have of orders now."""
        if not rewards:
            return
        statement = insert(self._connection, referral_rewards)
        fresh = statement.excluded
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["order_id"],
                set_={
                    "inviter_id": fresh.inviter_id,
                    "invited_id": fresh.invited_id,
                    "minor": fresh.minor,
                },
            ),
            [
                {
                    "order_id": reward.order,
                    "inviter_id": reward.inviter,
                    "invited_id": reward.invited,
                    "minor": reward.amount.minor,
                }
                for reward in rewards
            ],
        )
