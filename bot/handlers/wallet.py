"""Wallet: a creator's balances, movements and withdrawals."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.wallet import MyPayout, Wallet, WalletAction, WithdrawConfirm
from bot.i18n import Translator
from bot.screens import wallet as screens
from bot.screens.earnings import forecast as forecast_screen
from bot.screens.earnings import with_chart
from bot.screens.errors import refusal
from bot.states import Withdraw
from core import typed
from core.errors import BadInput, BelowMinimumPayout, InsufficientBalance, PayoutDetailsMissing
from core.ids import PayoutId
from core.money import Money
from core.people import Actor
from core.periods import Period
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.earnings import earnings, forecast
from core.usecases.payouts import (
    my_payout,
    my_payouts,
    preview_payout,
    request_payout,
    wallet,
    wallet_statement,
)

PAGE = 10


async def show(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The wallet, with the chart of the last thirty days as its picture."""
    await state.set_state(None)
    view = await wallet(new_uow, actor=actor)
    earned = await earnings(new_uow, clock, actor=actor, period=Period.DAYS)
    await reply.show(event, with_chart(t, screens.wallet(t, view), earned))


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
            await show(query, actor, t, new_uow, clock, state)
        case WalletAction.WITHDRAW:
            await withdraw(query, actor, t, new_uow, state)
        case WalletAction.ALL:
            view = await preview_payout(new_uow, actor=actor)
            await state.set_state(Withdraw.amount)
            await reply.show(query, screens.confirm(t, view, view.available))
        case WalletAction.MOVEMENTS:
            await movements(query, callback_data.after, actor, t, new_uow)
        case WalletAction.PAYOUTS:
            await payouts(query, callback_data.after, actor, t, new_uow)
        case WalletAction.FORECAST:
            coming = await forecast(new_uow, clock, actor=actor)
            await reply.show(query, forecast_screen(t, coming))


async def withdraw(
    query: CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Begin a withdrawal, or say what it lacks."""
    try:
        view = await preview_payout(new_uow, actor=actor)
    except PayoutDetailsMissing as error:
        await reply.show(query, screens.details_missing(t, error.missing))
        return
    except BelowMinimumPayout:
        await reply.show(query, screens.too_little(t, await wallet(new_uow, actor=actor)))
        return
    await state.set_state(Withdraw.amount)
    await reply.show(query, screens.ask_amount(t, view))


async def amount(message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory) -> None:
    """The typed sum: show what will happen, or ask again."""
    try:
        wanted = typed.tenge_amount(message.text or "")
        view = await preview_payout(new_uow, actor=actor, amount=wanted)
    except (BadInput, BelowMinimumPayout, InsufficientBalance) as error:
        view = await wallet(new_uow, actor=actor)
        await reply.show(message, screens.ask_amount(t, view, problem=refusal(t, error)))
        return
    await reply.show(message, screens.confirm(t, view, wanted))


async def confirm(
    query: CallbackQuery,
    callback_data: WithdrawConfirm,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Make the request that the button names: an older screen cannot ask for another sum."""
    payout = await request_payout(
        new_uow,
        clock,
        actor=actor,
        amount=Money(callback_data.amount),
        iban_tail=callback_data.tail,
    )
    await state.set_state(None)
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


async def payout(
    query: CallbackQuery,
    callback_data: MyPayout,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """One withdrawal, or its receipt to keep."""
    view = await my_payout(new_uow, actor=actor, payout=PayoutId(callback_data.payout))
    if callback_data.receipt:
        await reply.send_new(query, screens.receipt(t, view))
    else:
        await reply.show(query, screens.payout(t, view))


def setup() -> Router:
    """Routes of the wallet."""
    router = Router(name=__name__)
    router.message.register(show, Command("wallet"))
    router.callback_query.register(press, Wallet.filter())
    router.callback_query.register(payout, MyPayout.filter())
    router.callback_query.register(confirm, WithdrawConfirm.filter())
    router.message.register(amount, Withdraw.amount, ~F.text.startswith("/"))
    return router
