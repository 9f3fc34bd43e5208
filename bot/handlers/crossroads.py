"""Commands that mean one thing to each role, for people with two: they are asked which."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from bot.filters import creates_and_manages, moderates_and_manages
from bot.i18n import Translator
from bot.reply import show
from bot.screens import crossroads as screens


async def offers(message: Message, t: Translator, state: FSMContext) -> None:
    """Offers to take, or those of the brand."""
    await state.set_state(None)
    await show(message, screens.offers(t))


async def orders(message: Message, t: Translator, state: FSMContext) -> None:
    """One's own orders, or those of the brand."""
    await state.set_state(None)
    await show(message, screens.orders(t))


async def creators(message: Message, t: Translator, state: FSMContext) -> None:
    """Creators to review, or those of the brand."""
    await state.set_state(None)
    await show(message, screens.creators(t))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(offers, Command("offers"), creates_and_manages)
    router.message.register(orders, Command("orders"), creates_and_manages)
    router.message.register(creators, Command("creators"), moderates_and_manages)
    return router
