"""The main menu with what waits for the staff, or for a brand; nobody else costs a query."""

from __future__ import annotations

from bot.callbacks.nav import Target
from bot.i18n import Translator
from bot.screens import menu
from bot.screens.base import Screen
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.usecases.desk import waiting
from core.usecases.disputes import waiting_disputes


async def home(
    new_uow: UnitOfWorkFactory, t: Translator, actor: Actor, *, target: Target = Target.HOME
) -> Screen:
    """The menu of the actor's only role, of the one asked for, or the choice between several."""
    face = menu.face(actor, target)
    if face is Target.BRAND:
        disputes = await waiting_disputes(new_uow, actor=actor)
        return menu.menu(t, actor, target=target, disputes=disputes)
    if face is not Target.STAFF:
        return menu.menu(t, actor, target=target)
    return menu.menu(t, actor, target=target, waiting=await waiting(new_uow, actor=actor))
