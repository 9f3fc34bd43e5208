"""States and answers of half-filled forms in the database, so that drafts survive a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey

from core.ports import Clock, UnitOfWorkFactory


class DatabaseStorage(BaseStorage):
    """aiogram's storage over `uow.forms`; what has not changed is not written."""

    def __init__(self, new_uow: UnitOfWorkFactory, clock: Clock) -> None:
        self._new_uow = new_uow
        self._clock = clock

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        """Change the state; the answers stay."""
        name = state.state if isinstance(state, State) else state
        known, data = await self._load(key)
        if name != known:
            await self._save(key, name, data)

    async def get_state(self, key: StorageKey) -> str | None:
        """The name of the state, or None."""
        return (await self._load(key))[0]

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        """Replace the answers (JSON only); the state stays."""
        state, known = await self._load(key)
        if dict(data) != known:
            await self._save(key, state, data)

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """The answers so far."""
        return (await self._load(key))[1]

    async def close(self) -> None:
        """Nothing to close: the engine belongs to the application."""

    async def _load(self, key: StorageKey) -> tuple[str | None, dict[str, Any]]:
        async with self._new_uow(read_only=True) as uow:
            return await uow.forms.load(_name(key))

    async def _save(self, key: StorageKey, state: str | None, data: Mapping[str, Any]) -> None:
        async with self._new_uow(brief=True) as uow:
            await uow.forms.save(_name(key), state=state, data=data, now=self._clock())
            await uow.commit()


def _name(key: StorageKey) -> str:
    return f"{key.chat_id}:{key.user_id}"
