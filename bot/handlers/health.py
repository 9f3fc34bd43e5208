"""/health: how the system is, for owners; the books are recomputed in the background."""

from __future__ import annotations

import time
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.background import Background
from bot.callbacks.desk import Health, HealthAction
from bot.filters import is_staff
from bot.i18n import Translator
from bot.screens import health as screens
from bot.vitals import Vitals
from core.people import Actor, Permission
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.desk import check_books, storage

Event = Message | CallbackQuery

try:
    VERSION: Final = version("ules")
except PackageNotFoundError:  # run from a checkout that was not installed
    VERSION = "dev"  # type: ignore[misc]


async def show(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    vitals: Vitals,
    state: FSMContext,
) -> None:
    """The system at this moment."""
    await state.set_state(None)
    begun = time.monotonic()
    kept = await storage(new_uow, clock, actor=actor)
    await reply.show(
        event,
        screens.health(
            t,
            storage=kept,
            ping=time.monotonic() - begun,
            queue=vitals.queue(),
            jobs=vitals.jobs(),
            version=VERSION,
            started_at=vitals.started_at,
            now=clock(),
        ),
    )


async def press(
    query: CallbackQuery,
    callback_data: Health,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    vitals: Vitals,
    background: Background,
    bot: Bot,
    state: FSMContext,
) -> None:
    """Look again, or recompute the books beside everything else."""
    if callback_data.action is HealthAction.SHOW:
        await show(query, actor, t, new_uow, clock, vitals, state)
        return
    actor.demand(Permission.OWNER)
    message = await reply.send_new(query, screens.checking(t))

    async def check() -> None:
        begun = clock()
        screen = screens.broken(t)
        try:
            report = await check_books(new_uow, actor=actor)
            screen = screens.books(t, report, took=clock() - begun)
        finally:
            await reply.rewrite(bot, message.chat.id, message.message_id, screen)

    background.start(check(), "check of the ledger")


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(show, Command("health"), is_staff)
    router.callback_query.register(press, Health.filter())
    return router
