"""How people want to be told, in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ids import PersonId
from core.notices import DEFAULT, OPTIONAL, Group, Mode, NoticeSettings
from db.dialect import insert
from db.models import notice_settings

# Made once: to put a statement together costs as much as to execute it.
_SETTINGS = sa.select(notice_settings).where(notice_settings.c.person_id == sa.bindparam("person"))


def settings_of(row: sa.Row[Any]) -> NoticeSettings:
    """The settings in a row that was joined to them from outside."""
    if row.quiet_from is None:
        return DEFAULT
    return NoticeSettings(
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        daily_at=row.daily_at,
        modes=_modes(row.modes),
    )


def _modes(stored: Mapping[str, str]) -> dict[Group, Mode]:
    """The modes as they may be today: what was silenced before it became a duty comes daily."""
    modes = {Group(group): Mode(mode) for group, mode in stored.items() if group in list(Group)}
    return {
        group: Mode.DAILY if mode is Mode.NEVER and group not in OPTIONAL else mode
        for group, mode in modes.items()
    }


class SqlNoticePreferences:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, person: PersonId) -> NoticeSettings:
        """What the person has chosen, or the default."""
        found = await self._connection.execute(_SETTINGS, {"person": person})
        row = found.one_or_none()
        return DEFAULT if row is None else settings_of(row)

    async def save(self, person: PersonId, settings: NoticeSettings) -> None:
        """Keep a person's choice."""
        values = {
            "quiet_from": settings.quiet_from,
            "quiet_until": settings.quiet_until,
            "daily_at": settings.daily_at,
            "modes": {str(group): str(mode) for group, mode in settings.modes.items()},
        }
        await self._connection.execute(
            insert(self._connection, notice_settings)
            .values(person_id=person, **values)
            .on_conflict_do_update(index_elements=["person_id"], set_=values)
        )
