"""/language: choose another one, wherever one is."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks.people import Language
from bot.i18n import Translator
from bot.reply import show
from bot.screens import start as screens


async def ask(event: Message | CallbackQuery, t: Translator) -> None:
    """Show the languages; a form that is open stays open."""
    await show(event, screens.choose_language(t))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(ask, Command("language"))
    router.callback_query.register(ask, Language.filter(F.locale == ""))
    return router
