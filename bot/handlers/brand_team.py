"""The people of a brand: its owners and the staff invite and remove them."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery

from bot.callbacks.brand_team import InviteManager, ManagerRole, RemoveManager, Team
from bot.i18n import Translator
from bot.reply import send_new, show
from bot.screens import brand_team as screens
from core.errors import NotFound
from core.ids import BrandId, PersonId
from core.invitations import VALID
from core.people import Actor, Manager
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import (
    BrandCard,
    brand_card,
    change_role,
    demand_team,
    remove_manager,
)
from core.usecases.invitations import invite_manager


async def team(
    query: CallbackQuery,
    callback_data: Team,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Who acts for the brand."""
    await state.set_state(None)
    brand = BrandId(callback_data.brand)
    demand_team(actor, brand)
    card = await brand_card(new_uow, actor=actor, brand=brand)
    await show(query, screens.team(t, actor, card))


async def invite(
    query: CallbackQuery,
    callback_data: InviteManager,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    bot: Bot,
) -> None:
    """Make a link and hand it over in a message of its own."""
    brand, role = BrandId(callback_data.brand), callback_data.role
    token = await invite_manager(new_uow, clock, actor=actor, brand=brand, role=role)
    card = await brand_card(new_uow, actor=actor, brand=brand)
    link = screens.deep_link((await bot.me()).username or "", f"inv_{token}")
    await send_new(query, screens.invitation(t, card, role, link=link, expires_at=clock() + VALID))


async def remove(
    query: CallbackQuery,
    callback_data: RemoveManager,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Remove a manager, after a question."""
    brand, person = BrandId(callback_data.brand), PersonId(callback_data.person)
    if callback_data.sure:
        card = await remove_manager(new_uow, clock, actor=actor, brand=brand, person=person)
        await show(query, screens.team(t, actor, card))
        return
    card, found = await _manager(brand, person, actor, new_uow)
    await show(query, screens.confirm_removal(t, card, found))


async def change(
    query: CallbackQuery,
    callback_data: ManagerRole,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Give a manager another role, after a question."""
    brand, person = BrandId(callback_data.brand), PersonId(callback_data.person)
    role = callback_data.role
    if callback_data.sure:
        card = await change_role(new_uow, clock, actor=actor, brand=brand, person=person, role=role)
        await show(query, screens.team(t, actor, card))
        return
    card, found = await _manager(brand, person, actor, new_uow)
    await show(query, screens.confirm_role(t, card, found, role))


async def _manager(
    brand: BrandId, person: PersonId, actor: Actor, new_uow: UnitOfWorkFactory
) -> tuple[BrandCard, Manager]:
    demand_team(actor, brand)
    card = await brand_card(new_uow, actor=actor, brand=brand)
    found = next((manager for manager in card.team if manager.person.id == person), None)
    if found is None:
        raise NotFound("manager")
    return card, found


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(team, Team.filter())
    router.callback_query.register(invite, InviteManager.filter())
    router.callback_query.register(change, ManagerRole.filter())
    router.callback_query.register(remove, RemoveManager.filter())
    return router
