"""Channels and the attempts to prove them, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channels import ChannelCheck, CheckMethod, CheckState, OwnedChannel
from core.errors import AlreadyUsed, NotFound, OutOfDate
from core.ids import ChannelId, CheckId, OfferId, PersonId
from core.people import Channel, Platform
from db.models import channel_checks, channels

_STANDING = (CheckState.OPEN, CheckState.WAITING)


class SqlChannels:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, channel: ChannelId) -> OwnedChannel:
        """A channel by its id; raises NotFound("channel")."""
        found = await self._one(channels.c.id == channel)
        if found is None:
            raise NotFound("channel")
        return found

    async def by_chat(self, chat_id: int) -> OwnedChannel | None:
        """The channel that the bot administers under this chat id."""
        return await self._one(channels.c.chat_id == chat_id)

    async def by_url(self, url: str) -> OwnedChannel | None:
        """A channel by its address."""
        return await self._one(channels.c.url == url)

    async def _one(self, condition: sa.ColumnElement[bool]) -> OwnedChannel | None:
        found = await self._connection.execute(sa.select(channels).where(condition))
        row = found.one_or_none()
        return None if row is None else _owned(row)

    async def add(self, creator: PersonId, channel: Channel) -> ChannelId:
        """Store a channel that nobody has."""
        try:
            async with self._connection.begin_nested():
                added = await self._connection.scalar(
                    sa.insert(channels)
                    .values(creator_id=creator, platform=channel.platform, **_values(channel))
                    .returning(channels.c.id)
                )
        except IntegrityError as error:  # the unique indexes of address and chat
            raise AlreadyUsed("channel") from error
        assert added is not None
        return ChannelId(added)

    async def prove(self, channel: Channel) -> None:
        """Write what is known of a channel by now."""
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(
                    sa.update(channels)
                    .where(channels.c.id == channel.id)
                    .values(**_values(channel))
                )
        except IntegrityError as error:
            raise AlreadyUsed("channel") from error

    async def drop(self, channel: ChannelId) -> None:
        """Forget a channel."""
        await self._connection.execute(sa.delete(channels).where(channels.c.id == channel))

    async def to_count(self, *, before: datetime, limit: int) -> Sequence[OwnedChannel]:
        """Administered channels whose members were counted before then."""
        rows = await self._connection.execute(
            sa.select(channels)
            .where(channels.c.chat_id.is_not(None), channels.c.checked_at < before)
            .order_by(channels.c.checked_at)
            .limit(limit)
        )
        return [_owned(row) for row in rows]

    async def add_check(self, check: ChannelCheck) -> ChannelCheck:
        """Store an attempt to prove a channel."""
        try:
            async with self._connection.begin_nested():
                row = (
                    await self._connection.execute(
                        sa.insert(channel_checks)
                        .values(
                            creator_id=check.creator,
                            platform=check.platform,
                            url=check.url,
                            method=check.method,
                            code=check.code,
                            created_at=check.created_at,
                            expires_at=check.expires_at,
                            offer_id=check.offer,
                            **_progress(check),
                        )
                        .returning(channel_checks)
                    )
                ).one()
        except IntegrityError as error:  # one attempt at a time
            raise OutOfDate("check") from error
        return _check(row)

    async def check(self, check: CheckId) -> ChannelCheck:
        """One attempt; raises NotFound("check")."""
        found = await self._connection.execute(
            sa.select(channel_checks).where(channel_checks.c.id == check)
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound("check")
        return _check(row)

    async def standing(self, creator: PersonId, url: str) -> ChannelCheck | None:
        """The open or waiting attempt for a channel."""
        found = await self._connection.execute(
            sa.select(channel_checks).where(
                channel_checks.c.creator_id == creator,
                channel_checks.c.url == url,
                channel_checks.c.state.in_(_STANDING),
            )
        )
        row = found.one_or_none()
        return None if row is None else _check(row)

    async def latest(self, creator: PersonId) -> dict[str, ChannelCheck]:
        """The newest attempt per address of a creator."""
        newest = (
            sa.select(sa.func.max(channel_checks.c.id))
            .where(channel_checks.c.creator_id == creator)
            .group_by(channel_checks.c.url)
        )
        rows = await self._connection.execute(
            sa.select(channel_checks).where(channel_checks.c.id.in_(newest))
        )
        return {row.url: _check(row) for row in rows}

    async def move_check(self, check: ChannelCheck, *, was: CheckState) -> bool:
        """Store what has become of an attempt, if it still was in that state."""
        moved = await self._connection.execute(
            sa.update(channel_checks)
            .where(channel_checks.c.id == check.id, channel_checks.c.state == was)
            .values(**_progress(check))
        )
        return bool(moved.rowcount == 1)

    async def waiting(self, *, after: int | None, limit: int) -> Sequence[ChannelCheck]:
        """Attempts that staff have to look at, oldest first."""
        rows = await self._connection.execute(
            sa.select(channel_checks)
            .where(channel_checks.c.state == CheckState.WAITING, channel_checks.c.id > (after or 0))
            .order_by(channel_checks.c.id)
            .limit(limit)
        )
        return [_check(row) for row in rows]

    async def waiting_count(self) -> int:
        """How many attempts wait for staff."""
        count = await self._connection.scalar(
            sa.select(sa.func.count()).where(channel_checks.c.state == CheckState.WAITING)
        )
        return count or 0

    async def history(
        self, creator: PersonId, *, url: str | None = None, limit: int
    ) -> Sequence[ChannelCheck]:
        """Attempts of a creator, newest first."""
        query = sa.select(channel_checks).where(channel_checks.c.creator_id == creator)
        if url is not None:
            query = query.where(channel_checks.c.url == url)
        rows = await self._connection.execute(
            query.order_by(channel_checks.c.id.desc()).limit(limit)
        )
        return [_check(row) for row in rows]


def channel_of(row: Any) -> Channel:
    """A channel from its row."""
    return Channel(
        id=ChannelId(row.id),
        platform=Platform(row.platform),
        url=row.url,
        followers=row.followers,
        verified_at=row.verified_at,
        chat_id=row.chat_id,
        checked_at=row.checked_at,
    )


def _owned(row: Any) -> OwnedChannel:
    return OwnedChannel(creator=PersonId(row.creator_id), channel=channel_of(row))


def _values(channel: Channel) -> dict[str, Any]:
    return {
        "url": channel.url,
        "followers": channel.followers,
        "verified_at": channel.verified_at,
        "chat_id": channel.chat_id,
        "checked_at": channel.checked_at,
    }


def _progress(check: ChannelCheck) -> dict[str, Any]:
    return {
        "state": check.state,
        "claimed": check.claimed,
        "counted": check.counted,
        "claimed_at": check.claimed_at,
        "decided_at": check.decided_at,
        "decided_by": check.decided_by,
        "reason": check.reason,
    }


def _check(row: Any) -> ChannelCheck:
    return ChannelCheck(
        id=CheckId(row.id),
        creator=PersonId(row.creator_id),
        platform=Platform(row.platform),
        url=row.url,
        method=CheckMethod(row.method),
        state=CheckState(row.state),
        claimed=row.claimed,
        counted=row.counted,
        code=row.code,
        created_at=row.created_at,
        expires_at=row.expires_at,
        claimed_at=row.claimed_at,
        decided_at=row.decided_at,
        decided_by=None if row.decided_by is None else PersonId(row.decided_by),
        reason=row.reason,
        offer=None if row.offer_id is None else OfferId(row.offer_id),
    )
