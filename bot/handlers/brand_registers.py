"""Cash registers of a brand: buyers' receipts of others are refused."""

from __future__ import annotations

from typing import Final

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.claims import AddRegisters, Registers, RemoveRegister
from bot.i18n import Translator
from bot.reply import show
from bot.screens import brand_registers as screens
from bot.screens.errors import refusal
from bot.states import AddRegister
from core.errors import BadInput
from core.ids import BrandId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.registers import add_registers, brand_registers, remove_register

BRAND: Final = "registers_of"  # key of the data


async def listing(
    query: CallbackQuery,
    callback_data: Registers,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """The brand's registers."""
    await state.set_state(None)
    view = await brand_registers(new_uow, actor=actor, brand=BrandId(callback_data.brand))
    await show(query, screens.listing(t, view))


async def begin(
    query: CallbackQuery,
    callback_data: AddRegisters,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Ask for numbers."""
    view = await brand_registers(new_uow, actor=actor, brand=BrandId(callback_data.brand))
    await state.set_state(AddRegister.numbers)
    await state.update_data({BRAND: view.brand.id})
    await show(query, screens.ask(t, view.brand))


async def typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Numbers, of which a message may have many."""
    brand = BrandId((await state.get_data()).get(BRAND, 0))
    try:
        view = await add_registers(
            new_uow, clock, actor=actor, brand=brand, text=message.text or message.caption or ""
        )
    except BadInput as error:
        known = await brand_registers(new_uow, actor=actor, brand=brand)
        await show(message, screens.ask(t, known.brand, problem=refusal(t, error)))
        return
    await state.set_state(None)
    await show(message, screens.listing(t, view))


async def remove(
    query: CallbackQuery,
    callback_data: RemoveRegister,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Take one away, after a question."""
    brand, number = BrandId(callback_data.brand), f"{callback_data.number:012}"
    if not callback_data.sure:
        view = await brand_registers(new_uow, actor=actor, brand=brand)
        await show(query, screens.confirm_removal(t, view.brand, number))
        return
    view = await remove_register(new_uow, clock, actor=actor, brand=brand, number=number)
    await show(query, screens.listing(t, view))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(listing, Registers.filter())
    router.callback_query.register(begin, AddRegisters.filter())
    router.callback_query.register(remove, RemoveRegister.filter())
    router.message.register(typed, StateFilter(AddRegister.numbers), ~F.text.startswith("/"))
    return router
