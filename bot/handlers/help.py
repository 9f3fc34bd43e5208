"""/help: what there is for whoever asks."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks.people import Help
from bot.i18n import Translator
from bot.reply import show
from bot.screens.help import help_screen
from bot.settings import Settings
from core.people import Actor


async def tell(
    event: Message | CallbackQuery, actor: Actor, t: Translator, settings: Settings
) -> None:
    """Show the help; a form that is open stays open."""
    await show(event, help_screen(t, actor, settings.operator_name))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(tell, Command("help"))
    router.callback_query.register(tell, Help.filter())
    return router
