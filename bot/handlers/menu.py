"""The main menu, and the way out of whatever a person is in the middle of."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.nav import Nav, Target
from bot.home import home
from bot.i18n import Translator
from bot.reply import answered, show
from bot.screens import menu as screens
from bot.screens.start import first_contact
from core.people import Actor, Meeting
from core.ports import UnitOfWorkFactory


async def open_menu(
    message: Message,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Show the menu; a form stays as it is in the data and can be taken up again."""
    await state.set_state(None)
    newcomer = meeting.chosen_locale is None
    await show(message, first_contact() if newcomer else await home(new_uow, t, actor))


async def cancel(message: Message, actor: Actor, t: Translator, state: FSMContext) -> None:
    """Leave the form on the screen."""
    in_form = await state.get_state() is not None
    await state.clear()
    await show(message, screens.cancelled(t, actor) if in_form else screens.menu(t, actor))


async def go(
    query: CallbackQuery,
    callback_data: Nav,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Go home or to one of the menus."""
    if callback_data.to is Target.NONE:
        await answered(query)
        return
    await state.set_state(None)
    await show(query, await home(new_uow, t, actor, target=callback_data.to))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(open_menu, Command("menu"))
    router.message.register(cancel, Command("cancel"))
    router.callback_query.register(go, Nav.filter())
    return router
