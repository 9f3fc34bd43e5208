"""Filters by who acts, for commands that mean one thing to a creator and another to a brand."""

from __future__ import annotations

from aiogram.types import TelegramObject

from core.people import Actor, Permission


async def manages_a_brand(event: TelegramObject, actor: Actor | None = None) -> bool:
    """Whether the person acts for a brand; rights are still checked by the use case."""
    return actor is not None and bool(actor.brands)


async def creates_and_manages(event: TelegramObject, actor: Actor | None = None) -> bool:
    """Whether the person is a creator and acts for a brand as well."""
    return actor is not None and actor.creator is not None and bool(actor.brands)


async def moderates_and_manages(event: TelegramObject, actor: Actor | None = None) -> bool:
    """Whether the person moderates and acts for a brand as well."""
    return actor is not None and actor.may(Permission.MODERATION) and bool(actor.brands)


async def is_staff(event: TelegramObject, actor: Actor | None = None) -> bool:
    """Whether the person is of the operator's staff; rights are still checked by the use case."""
    return actor is not None and bool(actor.permissions)
