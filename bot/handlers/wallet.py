"""Wallet: a creator's balances, movements and withdrawals."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.wallet import Wallet, WalletAction
from bot.i18n import Translator
from bot.screens import wallet as screens
from bot.states import Withdraw
from core import typed
from core.errors import BadInput, OutOfDate, PayoutDetailsMissing
from core.ids import PayoutId
from core.money import Money
from core.payouts import demand_details
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.payouts import my_payouts, request_payout, wallet, wallet_statement

PAGE = 10


async def show(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """The wallet."""
    await state.clear()
    await reply.show(event, screens.wallet(t, await wallet(new_uow, actor=actor)))


async def press(
    query: CallbackQuery,
    callback_data: Wallet,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A button of the wallet."""
    match callback_data.action:
        case WalletAction.SHOW:
            await show(query, actor, t, new_uow, state)
        case WalletAction.WITHDRAW:
            await withdraw(query, actor, t, new_uow, state)
        case WalletAction.ALL:
            view = await wallet(new_uow, actor=actor)
            await ask_confirmation(query, actor, t, new_uow, state, view.available)
        case WalletAction.CONFIRM:
            await confirm(query, actor, t, new_uow, clock, state)
        case WalletAction.MOVEMENTS:
            await movements(query, callback_data.after, actor, t, new_uow)
        case WalletAction.PAYOUTS:
            await payouts(query, callback_data.after, actor, t, new_uow)


async def withdraw(
    query: CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Begin a withdrawal, or say what it lacks."""
    view = await wallet(new_uow, actor=actor)
    try:
        demand_details(view.creator)
    except PayoutDetailsMissing as error:
        await reply.show(query, screens.details_missing(t, error.missing))
        return
    if view.available < view.minimum or view.open_payout:
        screen = screens.wallet(t, view) if view.open_payout else screens.too_little(t, view)
        await reply.show(query, screen)
        return
    await state.set_state(Withdraw.amount)
    await reply.show(query, screens.ask_amount(t, view))


async def amount(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """The typed sum."""
    try:
        wanted = typed.tenge_amount(message.text or "")
    except BadInput:
        view = await wallet(new_uow, actor=actor)
        await reply.show(message, screens.ask_amount(t, view, wrong=True))
        return
    await ask_confirmation(message, actor, t, new_uow, state, wanted)


async def ask_confirmation(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    wanted: Money,
) -> None:
    """Show what will happen."""
    view = await wallet(new_uow, actor=actor)
    demand_details(view.creator)
    await state.set_state(Withdraw.confirm)
    await state.set_data({"amount_minor": wanted.minor})
    await reply.show(event, screens.confirm(t, view, wanted))


async def confirm(
    query: CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Make the request; the form is closed only when it is in."""
    minor = (await state.get_data()).get("amount_minor")
    if minor is None:
        raise OutOfDate("payout")
    payout = await request_payout(new_uow, clock, actor=actor, amount=Money(minor))
    await state.clear()
    await reply.show(query, screens.requested(t, payout))


async def movements(
    query: CallbackQuery, after: int, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory
) -> None:
    """What came into and left the available balance."""
    items = await wallet_statement(new_uow, actor=actor, after=after or None, limit=PAGE + 1)
    following = items[PAGE - 1].id if len(items) > PAGE else None
    await reply.show(
        query, screens.movements(t, items[:PAGE], first=not after, following=following)
    )


async def payouts(
    query: CallbackQuery, after: int, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory
) -> None:
    """Withdrawals, newest first."""
    items = await my_payouts(
        new_uow, actor=actor, after=PayoutId(after) if after else None, limit=PAGE + 1
    )
    following = items[PAGE - 1].id if len(items) > PAGE else None
    await reply.show(query, screens.payouts(t, items[:PAGE], first=not after, following=following))


def setup() -> Router:
    """Routes of the wallet."""
    router = Router(name=__name__)
    router.message.register(show, Command("wallet"))
    router.callback_query.register(press, Wallet.filter())
    router.message.register(amount, Withdraw.amount)
    return router
