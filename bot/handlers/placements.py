"""A creator's links by placement and their QR pictures."""

from __future__ import annotations

import asyncio

from aiogram import Bot, F, Router
from aiogram.enums import ChatAction
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.placements import LinkAction, NewPlacement, PlacementLink
from bot.callbacks.placements import Placements as ToPlacements
from bot.i18n import Translator
from bot.qr import qr_card
from bot.qr_svg import qr_svg
from bot.screens import enrolments as enrolment_screens
from bot.screens import placements as screens
from bot.screens.base import Screen
from bot.screens.errors import refusal
from bot.settings import Settings
from bot.states import NamePlacement
from core.errors import AlreadyUsed, BadInput, OutOfDate
from core.ids import EnrolmentId, LinkId
from core.people import Actor
from core.placements import PlacementStats
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.placements import (
    Placements,
    add_placement,
    placement,
    placements,
    rename_placement,
    switch_placement,
)

_TYPING = (NamePlacement.new.state, NamePlacement.other.state)


async def listing(
    query: CallbackQuery,
    callback_data: ToPlacements,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """All links of an enrolment; a question for a name that was open is left."""
    if await state.get_state() in _TYPING:
        await state.clear()
    shown = await placements(new_uow, actor=actor, enrolment=EnrolmentId(callback_data.enrolment))
    await reply.show(query, screens.listing(t, shown))


async def new(
    query: CallbackQuery,
    callback_data: NewPlacement,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """A link for a usual place at once, or the question for a name."""
    enrolment = EnrolmentId(callback_data.enrolment)
    if callback_data.place is not None:
        link = await add_placement(
            new_uow, clock, actor=actor, enrolment=enrolment, name=callback_data.place
        )
        shown = await placement(new_uow, actor=actor, link=link)
        await reply.show(query, _card(t, shown, link, settings))
        return
    shown = await placements(new_uow, actor=actor, enrolment=enrolment)
    if callback_data.choose:
        await reply.show(query, screens.choose(t, shown))
        return
    await state.set_state(NamePlacement.new)
    await state.set_data({"enrolment": enrolment})
    await reply.show(query, screens.ask_name(t, shown))


async def named(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """The name of a new link."""
    enrolment = EnrolmentId(int((await state.get_data()).get("enrolment", 0)))
    try:
        link = await add_placement(
            new_uow, clock, actor=actor, enrolment=enrolment, name=message.text or ""
        )
    except (AlreadyUsed, BadInput) as error:
        shown = await placements(new_uow, actor=actor, enrolment=enrolment)
        await reply.show(message, screens.ask_name(t, shown, trouble=refusal(t, error)))
        return
    await state.clear()
    shown = await placement(new_uow, actor=actor, link=link)
    await reply.show(message, _card(t, shown, link, settings))


async def renamed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Another name for a link that is there."""
    link = LinkId(int((await state.get_data()).get("link", 0)))
    try:
        await rename_placement(new_uow, actor=actor, link=link, name=message.text or "")
    except (AlreadyUsed, BadInput) as error:
        shown = await placement(new_uow, actor=actor, link=link)
        trouble = refusal(t, error)
        await reply.show(message, screens.ask_other_name(t, shown.one(link).link, trouble=trouble))
        return
    await state.clear()
    shown = await placement(new_uow, actor=actor, link=link)
    await reply.show(message, _card(t, shown, link, settings))


async def one(
    query: CallbackQuery,
    callback_data: PlacementLink,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
    bot: Bot,
) -> None:
    """One link: shown, renamed, switched, or its QR."""
    link, action = LinkId(callback_data.link), callback_data.action
    if action in (LinkAction.OFF_YES, LinkAction.ON):
        off = action is LinkAction.OFF_YES
        await switch_placement(new_uow, clock, actor=actor, link=link, off=off)
    shown = await placement(new_uow, actor=actor, link=link)
    found = shown.one(link)
    match action:
        case LinkAction.RENAME:
            await state.set_state(NamePlacement.other)
            await state.set_data({"link": link})
            await reply.show(query, screens.ask_other_name(t, found.link))
        case LinkAction.OFF:
            await reply.show(query, screens.confirm_off(t, found.link))
        case LinkAction.PNG | LinkAction.SVG:
            await _qr(query, t, shown, found, settings, bot, svg=action is LinkAction.SVG)
        case _:
            if await state.get_state() in _TYPING:
                await state.clear()
            await reply.show(query, _card(t, shown, link, settings))


async def _qr(
    query: CallbackQuery,
    t: Translator,
    shown: Placements,
    found: PlacementStats,
    settings: Settings,
    bot: Bot,
    *,
    svg: bool,
) -> None:
    """The QR of a link, as a message to keep."""
    if not shown.card.enrolment.slug:
        raise OutOfDate("link")
    address = _address(settings, found)
    texts = enrolment_screens.qr_texts(t, shown.card, link=address)
    action = ChatAction.UPLOAD_DOCUMENT if svg else ChatAction.UPLOAD_PHOTO
    async with reply.busy(query, action):
        if svg:
            drawn = await asyncio.to_thread(qr_svg, texts)
            screen = screens.print_file(t, shown, found, address=address, svg=drawn)
        else:
            drawn = await asyncio.to_thread(qr_card, texts)
            screen = screens.picture(t, shown, found, address=address, png=drawn)
        await reply.send(bot, query.from_user.id, screen, keep=True)


def _card(t: Translator, shown: Placements, link: LinkId, settings: Settings) -> Screen:
    found = shown.one(link)
    return screens.card(t, shown, found, address=_address(settings, found))


def _address(settings: Settings, found: PlacementStats) -> str:
    return f"{settings.public_url}/r/{found.link.slug}"


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(listing, ToPlacements.filter())
    router.callback_query.register(new, NewPlacement.filter())
    router.callback_query.register(one, PlacementLink.filter())
    typing = (F.chat.type == "private", ~F.text.startswith("/"))
    router.message.register(named, StateFilter(NamePlacement.new), *typing)
    router.message.register(renamed, StateFilter(NamePlacement.other), *typing)
    return router
