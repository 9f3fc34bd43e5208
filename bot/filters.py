"""Filters by who acts, for commands that mean one thing to a creator and another to a brand."""

from __future__ import annotations

from aiogram.types import TelegramObject

from core.people import Actor


async def manages_a_brand(event: TelegramObject, actor: Actor | None = None) -> bool:
    """Whether the person acts for a brand; rights are still checked by the use case."""
    return actor is not None and bool(actor.brands)


async def is_staff(event: TelegramObject, actor: Actor | None = None) -> bool:
    """Whether the person is of the operator's staff; rights are still checked by the use case."""
    return actor is not None and bool(actor.permissions)
