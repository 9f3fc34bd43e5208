"""Notifications and half-filled forms in SQL."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ids import PersonId
from core.notices import Bundle, Held, Waiting, sort_out
from core.notifications import MONEY, Delivery, NoteKind, Notification
from core.people import Locale
from db.dialect import among, chunks, insert
from db.models import fsm, notice_settings, outbox, people
from db.repositories.notices import settings_of

CLAIM_LOCK: Final = zlib.crc32(b"outbox claim")  # number of an advisory lock
ROUNDS: Final = 10  # in which a claim looks for more where much was held back
OPENED: Final = 2_000  # notes that are decided on together
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
        self, *, now: datetime, limit: int, lease_until: datetime
    ) -> Sequence[Delivery]:
        """Take due deliveries, at most one per person: news of money first, then the oldest."""
        if self._connection.dialect.name == "postgresql":
            # One claims at a time: two at once could take two messages of one chat.
            await self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CLAIM_LOCK)))
        taken: list[Delivery] = []
        for _ in range(ROUNDS):
            readers = await self._next_readers(now, limit - len(taken))
            if not readers:
                break
            taken += await self._open(readers, now=now, lease_until=lease_until)
            if len(taken) >= limit:
                break
        return taken

    async def _next_readers(self, now: datetime, limit: int) -> list[PersonId]:
        """Who has something due and nothing on the way, in the order in which they are served."""
        # Written out, not bound: a partial index is used only where its condition is seen.
        tried = sa.and_(outbox.c.due_at > now, sa.text("outbox.attempts > 0"))
        on_the_way = sa.select(outbox.c.person_id).where(tried, outbox.c.held.is_(None))
        due = (
            sa.select(outbox.c.person_id)
            .where(outbox.c.due_at <= now, outbox.c.person_id.not_in(on_the_way))
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(limit * 4)
        )
        found: dict[PersonId, None] = {}
        money = due.where(outbox.c.kind.in_(sorted(MONEY))).order_by(None).order_by("due_at")
        for query in (money, due):
            for person in await self._connection.scalars(query):
                if len(found) < limit:
                    found.setdefault(PersonId(person))
        return list(found)

    async def _open(
        self, readers: Sequence[PersonId], *, now: datetime, lease_until: datetime
    ) -> list[Delivery]:
        """Decide on everything that is due to these people; lease the next message of each."""
        rows = (
            await self._connection.execute(
                sa.select(
                    outbox,
                    people.c.telegram_id,
                    people.c.locale,
                    people.c.blocked_bot,
                    notice_settings.c.quiet_from,
                    notice_settings.c.quiet_until,
                    notice_settings.c.daily_at,
                    notice_settings.c.modes,
                )
                .join(people, people.c.id == outbox.c.person_id)
                .outerjoin(notice_settings, notice_settings.c.person_id == outbox.c.person_id)
                .where(outbox.c.person_id.in_(readers), outbox.c.due_at <= now)
                .order_by(outbox.c.person_id, outbox.c.id)
                .limit(OPENED)
            )
        ).all()
        next_up: dict[int, sa.Row[Any]] = {}
        blocked: list[int] = []
        muted: list[int] = []
        later: defaultdict[tuple[datetime, Held], list[int]] = defaultdict(list)
        for person, own in groupby(rows, key=lambda row: int(row.person_id)):
            mine = {row.id: row for row in own}
            first = next(iter(mine.values()))
            if first.blocked_bot:
                blocked += mine
                continue
            decided = sort_out([_waiting(row) for row in mine.values()], settings_of(first), now)
            muted += decided.never
            for note, due_at, held in decided.later:
                later[due_at, held].append(note)
            if decided.ready:
                next_up[person] = mine[decided.ready[0]]
            for bundle in decided.bundles:
                row = await self._bundle(first, bundle, now)
                next_up.setdefault(person, row)
        await self._close(blocked, error="blocked")
        await self._close(muted, error="muted")
        for (due_at, held), notes in later.items():
            await self._put(notes, due_at=due_at, held=held)
        await self._put(
            [row.id for row in next_up.values()],
            due_at=lease_until,
            held=None,
            attempts=outbox.c.attempts + 1,
        )
        order = {person: place for place, person in enumerate(readers)}
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
            for _, row in sorted(next_up.items(), key=lambda item: order[PersonId(item[0])])
        ]

    async def _bundle(self, reader: sa.Row[Any], bundle: Bundle, now: datetime) -> sa.Row[Any]:
        """Put one message in the place of several, which are over with that."""
        made = await self._connection.execute(
            sa.insert(outbox)
            .values(
                person_id=reader.person_id,
                kind=NoteKind.BUNDLE,
                key=f"bundle:{bundle.ids[0]}",
                facts=bundle.facts,
                created_at=now,
                due_at=now,
                attempts=0,
                error="",
            )
            .returning(
                *outbox.c,
                sa.literal(reader.telegram_id, sa.BigInteger).label("telegram_id"),
                sa.literal(reader.locale, sa.String).label("locale"),
            )
        )
        row = made.one()
        await self._put(bundle.ids, due_at=None, bundle_id=row.id)
        return row

    async def _close(self, notes: Sequence[int], *, error: str) -> None:
        await self._put(notes, due_at=None, error=error)

    async def _put(self, notes: Sequence[int], **values: Any) -> None:
        for chunk in chunks(notes):
            await self._connection.execute(
                sa.update(outbox).where(outbox.c.id.in_(chunk)).values(**values)
            )

    async def wake(self, person: PersonId, *, now: datetime) -> int:
        """Let what is held for a person be decided on anew; returns how many notes."""
        woken = await self._connection.execute(
            sa.update(outbox)
            .where(
                outbox.c.person_id == person,
                outbox.c.due_at.is_not(None),
                outbox.c.held.is_not(None),
            )
            .values(due_at=now, held=None)
        )
        return woken.rowcount

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

    async def forget(self, before: datetime, after: int, limit: int) -> tuple[int, int | None]:
        """Delete what was sent or given up and is older than `before`, among the next `limit` ids.

        Returns how many, and the last id looked at, None where all that follow are younger. It goes
        by the ids, which grow with time: an index by age would cost every message.
        """
        rows = (
            await self._connection.execute(
                sa.select(outbox.c.id, outbox.c.created_at, outbox.c.due_at)
                .where(outbox.c.id > after)
                .order_by(outbox.c.id)
                .limit(limit)
            )
        ).all()
        over = [row.id for row in rows if row.due_at is None and row.created_at < before]
        if over:
            await self._connection.execute(
                sa.delete(outbox).where(among(self._connection, outbox.c.id, over))
            )
        goes_on = len(rows) == limit and rows[-1].created_at < before
        return len(over), rows[-1].id if goes_on else None

    async def oldest_due(self) -> datetime | None:
        """When the oldest unsent message was due: for the health page, and to see if work waits."""
        oldest: datetime | None = await self._connection.scalar(
            sa.select(outbox.c.due_at)
            .where(outbox.c.due_at.is_not(None))
            .order_by(outbox.c.due_at)
            .limit(1)
        )
        return oldest


def _waiting(row: sa.Row[Any]) -> Waiting:
    return Waiting(
        id=row.id,
        kind=NoteKind(row.kind),
        facts=row.facts,
        attempts=row.attempts,
        held=Held(row.held) if row.held else None,
    )


# Read for most updates: to make the statement anew would cost more than to execute it.
_FORM = sa.select(fsm.c.state, fsm.c.data).where(fsm.c.key == sa.bindparam("key"))


class SqlForms:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def load(self, key: str) -> tuple[str | None, dict[str, Any]]:
        """State and answers under the key; (None, {}) where there are none."""
        row = (await self._connection.execute(_FORM, {"key": key})).one_or_none()
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

    async def forget(self, before: datetime, limit: int) -> int:
        """Delete forms that nobody has touched since; returns how many."""
        untouched = sa.select(fsm.c.key).where(fsm.c.updated_at < before).limit(limit)
        done = await self._connection.execute(sa.delete(fsm).where(fsm.c.key.in_(untouched)))
        return done.rowcount
