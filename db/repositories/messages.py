"""Notifications and half-filled forms in SQL."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.notifications import Delivery, NoteKind, Notification
from core.people import Locale
from db.dialect import chunks, insert
from db.models import fsm, outbox, people

CLAIM_LOCK: Final = zlib.crc32(b"outbox claim")  # number of an advisory lock
ERROR_MAX: Final = 500  # characters of an error that are kept


class SqlOutbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, notes: Sequence[Notification], *, now: datetime, due_at: datetime | None = None
    ) -> None:
        """Queue notifications; one whose key is known already is dropped silently."""
        statement = insert(self._connection, outbox).on_conflict_do_nothing(index_elements=["key"])
        for chunk in chunks(notes):
            await self._connection.execute(
                statement,
                [
                    {
                        "person_id": note.person,
                        "kind": note.kind,
                        "key": note.key,
                        "facts": note.facts,
                        "created_at": now,
                        "due_at": due_at or now,
                        "attempts": 0,
                        "error": "",
                    }
                    for note in chunk
                ],
            )

    async def claim(
        self, *, now: datetime, limit: int, lease_until: datetime, kinds: Collection[NoteKind]
    ) -> Sequence[Delivery]:
        """Take due deliveries of these kinds, oldest first, at most one per person."""
        if self._connection.dialect.name == "postgresql":
            # One claims at a time: two at once could take two messages of one chat.
            await self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CLAIM_LOCK)))
        await self._drop_blocked(now)
        waiting = sa.select(outbox.c.person_id).where(outbox.c.due_at > now, outbox.c.attempts > 0)
        rows = await self._connection.execute(
            sa.select(outbox, people.c.telegram_id, people.c.locale)
            .join(people, people.c.id == outbox.c.person_id)
            .where(
                outbox.c.due_at <= now,
                outbox.c.kind.in_(sorted(kinds)),
                outbox.c.person_id.not_in(waiting),
            )
            # Not the bare id: SQLite would walk everything ever sent in its order.
            .order_by(outbox.c.id + 0)
            .limit(limit * 4)
        )
        first: dict[int, sa.Row[Any]] = {}
        for row in rows:
            if len(first) < limit:
                first.setdefault(row.person_id, row)
        if not first:
            return []
        await self._connection.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_([row.id for row in first.values()]))
            .values(due_at=lease_until, attempts=outbox.c.attempts + 1)
        )
        return [
            Delivery(
                id=row.id,
                telegram_id=row.telegram_id,
                locale=row.locale or Locale.KK,
                kind=NoteKind(row.kind),
                facts=row.facts,
                attempts=row.attempts + 1,
                created_at=row.created_at,
            )
            for row in first.values()
        ]

    async def _drop_blocked(self, now: datetime) -> None:
        blocked = sa.select(people.c.id).where(people.c.blocked_bot)
        await self._connection.execute(
            sa.update(outbox)
            .where(outbox.c.due_at <= now, outbox.c.person_id.in_(blocked))
            .values(due_at=None, error="blocked")
        )

    async def sent(self, delivery: int, *, now: datetime) -> None:
        """The message has reached Telegram."""
        await self._set(delivery, due_at=None, sent_at=now, error="")

    async def retry(self, delivery: int, *, due_at: datetime, error: str) -> None:
        """Try again later."""
        await self._set(delivery, due_at=due_at, error=error[:ERROR_MAX])

    async def give_up(self, delivery: int, *, error: str) -> None:
        """Never try again."""
        await self._set(delivery, due_at=None, error=error[:ERROR_MAX])

    async def _set(self, delivery: int, **values: Any) -> None:
        # What was sent or given up stays so, whatever a slower worker says.
        await self._connection.execute(
            sa.update(outbox)
            .where(outbox.c.id == delivery, outbox.c.due_at.is_not(None))
            .values(**values)
        )

    async def oldest_due(self, *, kinds: Collection[NoteKind] = tuple(NoteKind)) -> datetime | None:
        """When the oldest unsent message was due: for the health page, and to see if work waits."""
        oldest: datetime | None = await self._connection.scalar(
            sa.select(outbox.c.due_at)
            .where(outbox.c.due_at.is_not(None), outbox.c.kind.in_(sorted(kinds)))
            .order_by(outbox.c.due_at)
            .limit(1)
        )
        return oldest


class SqlForms:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def load(self, key: str) -> tuple[str | None, dict[str, Any]]:
        """State and answers under the key; (None, {}) where there are none."""
        row = (
            await self._connection.execute(
                sa.select(fsm.c.state, fsm.c.data).where(fsm.c.key == key)
            )
        ).one_or_none()
        return (row.state, dict(row.data)) if row else (None, {})

    async def save(
        self, key: str, *, state: str | None, data: Mapping[str, Any], now: datetime
    ) -> None:
        """Store; with no state and no data the row goes."""
        if state is None and not data:
            await self._connection.execute(sa.delete(fsm).where(fsm.c.key == key))
            return
        values = {"state": state, "data": dict(data), "updated_at": now}
        await self._connection.execute(
            insert(self._connection, fsm)
            .values(key=key, **values)
            .on_conflict_do_update(index_elements=["key"], set_=values)
        )

    async def drop(self, key: str) -> bool:
        """Delete; False where there was nothing. Of two at once one gets True."""
        done = await self._connection.execute(sa.delete(fsm).where(fsm.c.key == key))
        return bool(done.rowcount)
