"""Payouts: staff approve, settle, fail or refuse them."""

from __future__ import annotations

from typing import Any

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.admin_payouts import PayoutAction, PayoutCard, PayoutQueue
from bot.i18n import Translator
from bot.screens import admin_payouts as screens
from bot.states import DecidePayout
from core.errors import OutOfDate
from core.ids import PayoutId
from core.people import Actor
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.usecases.payouts import (
    approve_payout,
    fail_payout,
    open_payouts,
    payout_account,
    payout_card,
    refuse_payout,
    settle_payout,
)

PAGE = 8
REASON_MAX = 300  # characters
DECISION = "payout_decision"  # key of the data: payout, action, and when typed: reason, form


async def queue(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    callback_data: PayoutQueue | None = None,
) -> None:
    """Payouts that wait."""
    await state.set_state(None)
    after = callback_data.after if callback_data else 0
    rows = await open_payouts(
        new_uow, actor=actor, after=PayoutId(after) if after else None, limit=PAGE + 1
    )
    following = rows[PAGE - 1].payout.id if len(rows) > PAGE else None
    await reply.show(event, screens.queue(t, rows[:PAGE], first=not after, following=following))


async def press(
    query: CallbackQuery,
    callback_data: PayoutCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    state: FSMContext,
) -> None:
    """A button of one payout."""
    payout, action = PayoutId(callback_data.payout), callback_data.action
    row = await payout_card(new_uow, actor=actor, payout=payout)
    iban = ""
    match action:
        case PayoutAction.ASK_APPROVE:
            await reply.show(query, screens.confirm_approval(t, row))
            return
        case PayoutAction.ASK_PAID:
            await reply.show(query, screens.confirm_paid(t, row))
            return
        case PayoutAction.ASK_FAIL | PayoutAction.ASK_REFUSE:
            await state.set_state(DecidePayout.reason)
            await state.update_data({DECISION: {"payout": int(payout), "action": action.value}})
            await reply.show(query, screens.ask_reason(t, row, action))
            return
        case PayoutAction.IBAN:
            iban = await payout_account(new_uow, clock, box, actor=actor, payout=payout)
        case PayoutAction.APPROVE:
            await approve_payout(new_uow, clock, actor=actor, payout=payout)
        case PayoutAction.PAID:
            await settle_payout(new_uow, clock, actor=actor, payout=payout)
        case PayoutAction.FAIL | PayoutAction.REFUSE:
            decide = fail_payout if action is PayoutAction.FAIL else refuse_payout
            reason = await _typed_reason(state, callback_data)
            await decide(new_uow, clock, actor=actor, payout=payout, reason=reason)
            await state.update_data({DECISION: {}})
    await state.set_state(None)
    row = await payout_card(new_uow, actor=actor, payout=payout)
    await reply.show(query, screens.card(t, row, iban=iban))


async def reason(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """The typed reason of a refusal or failure: show it with what will happen."""
    decision = await _decision(state)
    if "payout" not in decision:
        raise OutOfDate("payout")
    payout, action = PayoutId(decision["payout"]), PayoutAction(decision["action"])
    row = await payout_card(new_uow, actor=actor, payout=payout)
    text = " ".join((message.text or "").split())[:REASON_MAX]
    if not text:
        await reply.show(message, screens.ask_reason(t, row, action))
        return
    form = message.message_id
    await state.update_data({DECISION: {**decision, "reason": text, "form": form}})
    await reply.show(message, screens.confirm_reason(t, row, action, text, form=form))


async def _typed_reason(state: FSMContext, pressed: PayoutCard) -> str:
    """The reason that the pressed screen shows; OutOfDate where another one was typed since."""
    decision = await _decision(state)
    if (decision.get("payout"), decision.get("form")) != (pressed.payout, pressed.form):
        raise OutOfDate("payout")
    return str(decision["reason"])


async def _decision(state: FSMContext) -> dict[str, Any]:
    return dict((await state.get_data()).get(DECISION) or {})


def setup() -> Router:
    """Routes of staff's payouts."""
    router = Router(name=__name__)
    router.message.register(queue, Command("payouts"))
    router.callback_query.register(queue, PayoutQueue.filter())
    router.callback_query.register(press, PayoutCard.filter())
    router.message.register(reason, DecidePayout.reason, ~F.text.startswith("/"))
    return router
