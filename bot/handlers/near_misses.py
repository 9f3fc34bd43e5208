"""Evidence that almost fits: the brand looks at it and decides."""

from __future__ import annotations

from typing import Final

from aiogram import Router
from aiogram.types import CallbackQuery

from bot import reply
from bot.callbacks.near_misses import NearMissAnswer, NearMissCard, NearMisses
from bot.i18n import Translator
from bot.screens import near_misses as screens
from core.ids import BrandId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.near_misses import answer_near_miss, near_miss, near_misses

PAGE: Final = 8


async def queue(
    query: CallbackQuery,
    callback_data: NearMisses,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """Codes that almost fit."""
    brand = BrandId(callback_data.brand)
    rows = await near_misses(
        new_uow, actor=actor, brand=brand, after=callback_data.after or None, limit=PAGE + 1
    )
    await reply.show(
        query,
        screens.queue(
            t,
            brand,
            rows[:PAGE],
            first=not callback_data.after,
            following=rows[PAGE - 1].id if len(rows) > PAGE else None,
        ),
    )


async def card(
    query: CallbackQuery,
    callback_data: NearMissCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """One of them."""
    row = await near_miss(new_uow, actor=actor, miss=callback_data.miss)
    await reply.show(query, screens.card(t, row, decides=actor.manages(row.brand)))


async def answer(
    query: CallbackQuery,
    callback_data: NearMissAnswer,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """It is decided."""
    credited = await answer_near_miss(
        new_uow, clock, actor=actor, miss=callback_data.miss, answer=callback_data.answer
    )
    row = await near_miss(new_uow, actor=actor, miss=callback_data.miss)
    await reply.show(query, screens.answered(t, row, credited))


def setup() -> Router:
    """Routes of the review."""
    router = Router(name=__name__)
    router.callback_query.register(queue, NearMisses.filter())
    router.callback_query.register(card, NearMissCard.filter())
    router.callback_query.register(answer, NearMissAnswer.filter())
    return router
