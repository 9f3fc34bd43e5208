"""The operator's staff: owners invite and dismiss colleagues."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot.callbacks.admin_brands import Staff, StaffDismissal, StaffInvitation, StaffRights
from bot.i18n import Translator
from bot.reply import send_new, show
from bot.screens import admin_staff as screens
from bot.screens.brand_team import deep_link
from core.errors import NotFound
from core.ids import PersonId
from core.invitations import VALID
from core.people import Actor, Permission, StaffMember
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.invitations import (
    change_permissions,
    dismiss_staff,
    invite_staff,
    staff_members,
)


async def staff(
    query: CallbackQuery, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory
) -> None:
    """Who is on the staff."""
    members = await staff_members(new_uow, actor=actor)
    await show(query, screens.staff(t, actor, members))


async def invite(
    query: CallbackQuery,
    callback_data: StaffInvitation,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    bot: Bot,
) -> None:
    """Choose permissions; with MAKE hand over a link in a message of its own."""
    actor.demand(Permission.OWNER)
    if not callback_data.make:
        await show(query, screens.ask_permissions(t, callback_data.mask))
        return
    permissions = screens.chosen(callback_data.mask)
    token = await invite_staff(new_uow, clock, actor=actor, permissions=permissions)
    link = deep_link((await bot.me()).username or "", f"inv_{token}")
    await send_new(query, screens.invitation(t, permissions, link=link, expires_at=clock() + VALID))


async def rights(
    query: CallbackQuery,
    callback_data: StaffRights,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """A colleague's permissions, or their change."""
    person, mask = PersonId(callback_data.person), callback_data.mask
    if callback_data.save:
        members = await change_permissions(
            new_uow, clock, actor=actor, person=person, permissions=screens.chosen(mask)
        )
        await show(query, screens.staff(t, actor, members))
        return
    found = await _member(person, actor, new_uow)
    known = mask if mask >= 0 else screens.mask_of(found.permissions)
    await show(query, screens.rights(t, found, known))


async def _member(person: PersonId, actor: Actor, new_uow: UnitOfWorkFactory) -> StaffMember:
    members = await staff_members(new_uow, actor=actor)
    found = next((member for member in members if member.person.id == person), None)
    if found is None:
        raise NotFound("person")
    return found


async def dismiss(
    query: CallbackQuery,
    callback_data: StaffDismissal,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Take every permission from a colleague, after a question."""
    person = PersonId(callback_data.person)
    if callback_data.sure:
        left = await dismiss_staff(new_uow, clock, actor=actor, person=person)
        await show(query, screens.staff(t, actor, left))
        return
    found = await _member(person, actor, new_uow)
    await show(query, screens.confirm_dismissal(t, found))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(staff, Staff.filter())
    router.callback_query.register(invite, StaffInvitation.filter())
    router.callback_query.register(rights, StaffRights.filter())
    router.callback_query.register(dismiss, StaffDismissal.filter())
    return router
