"""What nobody else takes: old buttons and messages out of the blue."""

from __future__ import annotations

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.i18n import Translator
from bot.reply import alert, show
from bot.screens import menu as screens
from core.people import Actor


async def old_button(query: CallbackQuery, actor: Actor, t: Translator, state: FSMContext) -> None:
    """A button that no conversation knows any more, or not at this point: show where we are."""
    await alert(query, screens.out_of_date(t))
    await state.set_state(None)
    await show(query, screens.menu(t, actor))


async def stray_message(message: Message, actor: Actor, t: Translator, state: FSMContext) -> None:
    """A message that nothing awaits."""
    await state.set_state(None)
    await show(message, screens.not_understood(t, actor))


def setup() -> Router:
    """The route table; it must be the last one."""
    router = Router(name=__name__)
    router.callback_query.register(old_button)
    router.message.register(stray_message)
    return router
