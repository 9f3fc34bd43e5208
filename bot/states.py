"""What a person is in the middle of typing; states live in the database, so renaming one loses drafts."""

from __future__ import annotations

from aiogram.fsm.state import State, StatesGroup

__all__ = ["State", "StatesGroup"]
