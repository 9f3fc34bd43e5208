"""Review of proofs by a brand's managers, one at a time."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

from aiogram import Bot, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_proofs import ProofQueue, ProofReview, Verdict
from bot.i18n import Translator
from bot.screens import brand_proofs as screens
from bot.screens.base import Screen
from core.errors import OutOfDate, ProofAlreadyReviewed
from core.ids import BrandId, ProofId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.proofs import ProofState, RejectReason
from core.usecases.brands import own_brands
from core.usecases.proofs import (
    ProofView,
    proof_card,
    proofs_to_review,
    review_proof,
    waiting_proofs,
)

log: Final = logging.getLogger(__name__)

_TO: Final = {
    Verdict.ACCEPT: ProofState.ACCEPTED,
    Verdict.CHANGES: ProofState.CHANGES,
    Verdict.REJECT: ProofState.REJECTED,
}


async def queue(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    bot: Bot,
    callback_data: ProofQueue | None = None,
) -> None:
    """The next proof that waits; with several brands, first the choice of one."""
    brand = callback_data.brand if callback_data else 0
    after = callback_data.after if callback_data else 0
    several = len(actor.brands) > 1
    if not brand and several:
        waiting = await waiting_proofs(new_uow, actor=actor)
        brands = await own_brands(new_uow, actor=actor)
        await reply.show(event, screens.choose_brand(t, brands, waiting))
        return
    brand = brand or next((own for own, _ in actor.brands), 0)
    page = await proofs_to_review(
        new_uow, actor=actor, brand=BrandId(brand), after=after or None, limit=1
    )
    if page.items:
        screen = await _review(t, bot, page.items[0], waiting=page.waiting)
    else:
        skipped = bool(after and page.waiting)
        screen = screens.nothing(t, several=several, skipped=skipped, brand=brand)
    await reply.show(event, screen)


async def pressed(
    query: CallbackQuery,
    callback_data: ProofReview,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    bot: Bot,
) -> None:
    """A verdict, or the question for its reason."""
    proof, to = ProofId(callback_data.proof), callback_data.verdict
    if to is Verdict.SHOW or (to is not Verdict.ACCEPT and callback_data.why is None):
        view = await proof_card(new_uow, actor=actor, proof=proof)
        if not actor.manages(view.subject.brand) or view.proof.state is not ProofState.PENDING:
            await reply.show(query, screens.decided(t, view))
        elif to is Verdict.SHOW:
            await reply.show(query, await _review(t, bot, view))
        else:
            picture = await _picture(bot, view)
            await reply.show(query, screens.ask_reason(t, view, to, picture=picture))
        return
    why = callback_data.why
    try:
        seen = datetime.fromtimestamp(callback_data.sent, UTC)
    except (ValueError, OverflowError, OSError):
        raise OutOfDate("proof") from None
    try:
        view = await review_proof(
            new_uow,
            clock,
            actor=actor,
            proof=proof,
            to=_TO[to],
            reason=None if to is Verdict.ACCEPT or why is None else RejectReason[why.name],
            seen=seen,
        )
    except ProofAlreadyReviewed:
        view = await proof_card(new_uow, actor=actor, proof=proof)
        await reply.alert(query, screens.taken(t, view))
        await reply.show(query, screens.decided(t, view))
        return
    except OutOfDate:
        view = await proof_card(new_uow, actor=actor, proof=proof)
        await reply.alert(query, screens.replaced(t))
        await reply.show(query, await _review(t, bot, view))
        return
    await reply.show(query, screens.decided(t, view))


async def _review(t: Translator, bot: Bot, view: ProofView, *, waiting: int = 0) -> Screen:
    picture = await _picture(bot, view)
    lost = picture is None and bool(view.proof.screenshot_file_id)
    return screens.review(t, view, waiting=waiting, picture=picture, lost=lost)


async def _picture(bot: Bot, view: ProofView) -> bytes | None:
    """The screenshot from Telegram; None where there is none or it cannot be had now."""
    if not view.proof.screenshot_file_id:
        return None
    try:
        content = await bot.download(view.proof.screenshot_file_id)
    except TelegramAPIError as error:
        log.warning("the screenshot of proof %s did not load: %s", view.proof.id, error)
        return None
    return content.read() if content else None


def _manager(_: Message, actor: Actor) -> bool:
    return bool(actor.brands)


def setup() -> Router:
    """The routes of the review of proofs."""
    router = Router(name=__name__)
    router.message.register(queue, Command("proofs"), _manager)
    router.callback_query.register(queue, ProofQueue.filter())
    router.callback_query.register(pressed, ProofReview.filter())
    return router
