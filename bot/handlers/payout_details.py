"""Legal status, IIN and account of a creator, from the settings or on the way to a payout.

A message with a number is deleted from the chat whatever becomes of it, and the number waits for
its confirmation encrypted.
"""

from __future__ import annotations

import contextlib

from aiogram import F, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.payout_details import AskDetail, ConfirmIban, Detail, PickStatus
from bot.callbacks.people import Origin, PayoutDetails
from bot.i18n import Translator
from bot.reply import show
from bot.screens import payout_details as screens
from bot.screens.errors import refusal
from bot.states import FillPayoutDetails
from core.errors import AlreadyUsed, BankClosed, InvalidIban, InvalidIin, OutOfDate, UnderAge
from core.identifiers import parse_iban
from core.people import Actor, Creator, LegalStatus
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.usecases.creators import own_profile, set_iban, set_iin, set_legal_status

Event = Message | CallbackQuery

ORIGIN, IBAN = "origin", "iban_cipher"  # keys of the data


async def open_details(
    query: CallbackQuery,
    callback_data: PayoutDetails,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """What is there and what is missing."""
    await _leave(state)
    creator = await _profile(new_uow, actor)
    await show(query, screens.details(t, creator, callback_data.origin))


async def ask(
    query: CallbackQuery,
    callback_data: AskDetail,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Open the question about a detail."""
    creator = await _profile(new_uow, actor)
    await _ask(query, callback_data.detail, creator, callback_data.origin, t, state)


async def pick_status(
    query: CallbackQuery,
    callback_data: PickStatus,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The legal status is chosen."""
    if callback_data.status not in list(LegalStatus):
        raise OutOfDate("legal_status")
    before = await _profile(new_uow, actor)
    status = LegalStatus(callback_data.status)
    creator = await set_legal_status(new_uow, clock, actor=actor, status=status)
    await _kept(query, before, creator, callback_data.origin, t, state)


async def typed_iin(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    box: SecretBox,
) -> None:
    """The IIN: kept if it is one, deleted from the chat in any case."""
    await _delete(message)
    before = await _profile(new_uow, actor)
    origin = await _origin(state)
    try:
        creator = await set_iin(new_uow, clock, actor=actor, text=message.text or "", box=box)
    except (InvalidIin, UnderAge, AlreadyUsed) as error:
        await show(message, screens.ask_iin(t, origin, problem=refusal(t, error)))
        return
    await _kept(message, before, creator, origin, t, state)


async def typed_iban(message: Message, t: Translator, state: FSMContext, box: SecretBox) -> None:
    """The account: its bank is named, and the creator confirms it."""
    await _delete(message)
    origin = await _origin(state)
    try:
        iban = parse_iban(message.text or "")
    except (InvalidIban, BankClosed) as error:
        await show(message, screens.ask_iban(t, origin, problem=refusal(t, error)))
        return
    await state.set_state(FillPayoutDetails.confirm_iban)
    await state.update_data({IBAN: box.encrypt(iban.number).decode()})
    await show(message, screens.confirm_iban(t, iban, origin))


async def confirm_iban(
    query: CallbackQuery,
    callback_data: ConfirmIban,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    box: SecretBox,
) -> None:
    """The bank is right: keep the account."""
    cipher = (await state.get_data()).get(IBAN)
    if not cipher:
        raise OutOfDate("iban")
    before = await _profile(new_uow, actor)
    await set_iban(new_uow, clock, actor=actor, text=box.decrypt(cipher.encode()), box=box)
    creator = await _profile(new_uow, actor)
    await _kept(query, before, creator, callback_data.origin, t, state)


async def anything_else(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    box: SecretBox,
) -> None:
    """Not what is awaited: say it again. A photo may show a number, so it goes as well."""
    await _delete(message)
    origin = await _origin(state)
    current = await state.get_state()
    cipher = (await state.get_data()).get(IBAN)
    if current == FillPayoutDetails.confirm_iban.state and cipher:
        iban = parse_iban(box.decrypt(cipher.encode()))
        await show(message, screens.confirm_iban(t, iban, origin))
        return
    detail = Detail.IIN if current == FillPayoutDetails.iin.state else Detail.IBAN
    await _ask(message, detail, await _profile(new_uow, actor), origin, t, state)


async def _ask(
    event: Event, detail: Detail, creator: Creator, origin: Origin, t: Translator, state: FSMContext
) -> None:
    await state.update_data({ORIGIN: origin, IBAN: ""})
    match detail:
        case Detail.STATUS:
            await state.set_state(None)
            await show(event, screens.ask_status(t, creator, origin))
        case Detail.IIN:
            await state.set_state(FillPayoutDetails.iin)
            await show(event, screens.ask_iin(t, origin))
        case Detail.IBAN:
            await state.set_state(FillPayoutDetails.iban)
            await show(event, screens.ask_iban(t, origin))


async def _kept(
    event: Event,
    before: Creator,
    creator: Creator,
    origin: Origin,
    t: Translator,
    state: FSMContext,
) -> None:
    """After an answer: the next missing detail, or the whole."""
    missing = _missing(creator)
    if missing is not None and _missing(before) is not None:
        await _ask(event, missing, creator, origin, t, state)
        return
    await _leave(state)
    await show(event, screens.complete(t, creator, origin))


def _missing(creator: Creator) -> Detail | None:
    if creator.legal_status is None:
        return Detail.STATUS
    if not creator.has_iin:
        return Detail.IIN
    return None if creator.iban_tail else Detail.IBAN


async def _leave(state: FSMContext) -> None:
    await state.set_state(None)
    if (await state.get_data()).get(IBAN):
        await state.update_data({IBAN: ""})


async def _origin(state: FSMContext) -> Origin:
    return Origin((await state.get_data()).get(ORIGIN, Origin.SETTINGS))


async def _delete(message: Message) -> None:
    with contextlib.suppress(TelegramBadRequest):  # gone already, or older than two days
        await message.delete()


async def _profile(new_uow: UnitOfWorkFactory, actor: Actor) -> Creator:
    creator = await own_profile(new_uow, actor=actor)
    if creator is None:
        raise OutOfDate("creator")
    return creator


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(open_details, PayoutDetails.filter())
    router.callback_query.register(ask, AskDetail.filter())
    router.callback_query.register(pick_status, PickStatus.filter())
    router.callback_query.register(confirm_iban, ConfirmIban.filter())
    no_command = ~F.text.startswith("/")
    router.message.register(typed_iin, FillPayoutDetails.iin, F.text, no_command)
    router.message.register(typed_iban, FillPayoutDetails.iban, F.text, no_command)
    router.message.register(anything_else, StateFilter(FillPayoutDetails), no_command)
    return router
