"""The audit log in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.audit import AuditEntry, AuditFilter
from core.errors import NotFound
from core.ids import PersonId
from db.models import audit, people

PERSON: Final = ("person", "creator")  # a creator has the id of the person
OVERTAKEN: Final = 1_000  # ids that writers at the same time may be out of order by
_ENTRIES = sa.select(audit, people.c.name).select_from(
    audit.outerjoin(people, people.c.id == audit.c.actor_id)
)


class SqlAudit:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def write(
        self,
        actor: PersonId | None,
        action: str,
        object: str,
        object_id: int,
        *,
        now: datetime,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Append an entry; the facts are JSON."""
        await self._connection.execute(
            sa.insert(audit).values(
                at=now,
                actor_id=actor,
                action=action,
                object=object,
                object_id=object_id,
                facts=dict(facts or {}),
            )
        )

    async def search(
        self,
        wanted: AuditFilter,
        *,
        actions: Collection[str] | None,
        after: int | None,
        limit: int,
    ) -> Sequence[AuditEntry]:
        """Entries below the id `after`, newest first; `actions` None means whatever there is."""
        where = await self._narrowed(wanted, after)
        if actions is None:
            ids = sa.select(audit.c.id).where(*where)
        elif not actions:
            return []
        elif wanted.by is not None or wanted.object:
            # Not the bare column: one actor or object has fewer entries than an action.
            ids = sa.select(audit.c.id).where(*where, audit.c.action.concat("").in_(actions))
        else:
            # Each action's newest by its index, then the newest of those.
            newest = [
                sa.select(
                    sa.select(audit.c.id)
                    .where(*where, audit.c.action == action)
                    .order_by(audit.c.id.desc())
                    .limit(limit)
                    .subquery()
                )
                for action in actions
            ]
            ids = sa.select(sa.union_all(*newest).subquery().c.id)
        first = ids.subquery().c.id
        page = sa.select(first).order_by(first.desc()).limit(limit).subquery()
        rows = await self._connection.execute(
            _ENTRIES.where(audit.c.id.in_(sa.select(page.c.id))).order_by(audit.c.id.desc())
        )
        return [_entry(row) for row in rows]

    async def _narrowed(
        self, wanted: AuditFilter, after: int | None
    ) -> list[sa.ColumnElement[bool]]:
        where: list[sa.ColumnElement[bool]] = []
        if after is not None:
            where.append(audit.c.id < after)
        if wanted.by is not None:
            where.append(audit.c.actor_id == wanted.by)
        if wanted.object:
            kinds = PERSON if wanted.object == "person" else (wanted.object,)
            where += [audit.c.object.in_(kinds), audit.c.object_id == wanted.object_id]
        if wanted.since is not None:
            first = await self._connection.scalar(
                sa.select(audit.c.id)
                .where(audit.c.at >= wanted.since)
                .order_by(audit.c.at)
                .limit(1)
            )
            where += [audit.c.at >= wanted.since, audit.c.id >= (first or 0) - OVERTAKEN]
        return where

    async def entry(self, entry: int) -> AuditEntry:
        """NotFound("entry") where there is none."""
        found = await self._connection.execute(_ENTRIES.where(audit.c.id == entry))
        row = found.one_or_none()
        if row is None:
            raise NotFound("entry")
        return _entry(row)


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor=None if row.actor_id is None else PersonId(row.actor_id),
        actor_name=row.name or "",
        action=row.action,
        object=row.object,
        object_id=row.object_id,
        facts=row.facts,
    )
