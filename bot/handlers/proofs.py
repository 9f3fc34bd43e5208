"""Proofs of a creator: put one together, send it, see what became of it."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from aiogram import Bot, F, Router
from aiogram.enums import ChatAction
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message, MessageOriginChannel

from bot import reply
from bot.callbacks.proofs import FormAction, ProofAgain, ProofCard, ProofForm, ProofList, ProofNew
from bot.i18n import Translator
from bot.screens import proofs as screens
from bot.states import SendProof
from core.errors import BadInput, DomainError, OutOfDate
from core.ids import EnrolmentId, ProofId
from core.labels import label_text
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.proofs import post_link
from core.usecases.enrolments import my_enrolments
from core.usecases.proofs import (
    check_proof,
    my_proofs,
    proof_card,
    proof_subject,
    submit_proof,
)

Event = Message | CallbackQuery

PICTURE_MAX: Final = 10 * 1024 * 1024  # bytes of a screenshot
_ADDRESS: Final = re.compile(r"(?:https?://)?[\w.\-]+\.[a-z]{2,}/\S+", re.I)  # "t.me/name/12"


async def listing(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    callback_data: ProofList | None = None,
) -> None:
    """The creator's proofs."""
    after = callback_data.after if callback_data else 0
    page = await my_proofs(new_uow, actor=actor, after=after or None)
    await reply.show(event, screens.listing(t, page, first=not after))


async def card(
    query: CallbackQuery,
    callback_data: ProofCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """One proof of the creator."""
    view = await proof_card(new_uow, actor=actor, proof=ProofId(callback_data.proof))
    await reply.show(query, screens.card(t, view))


async def begin(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    callback_data: ProofNew | None = None,
) -> None:
    """Begin a proof for an enrolment; with none named, for the only one or after a choice."""
    enrolment = callback_data.enrolment if callback_data else 0
    after = callback_data.after if callback_data else 0
    if not enrolment:
        cards, next_after = await my_enrolments(new_uow, actor=actor, after=after or None)
        if len(cards) != 1 or after:
            screen = screens.choose_enrolment(t, cards, first=not after, next_after=next_after)
            await reply.show(event, screen)
            return
        enrolment = cards[0].enrolment.id
    await state.set_data({"enrolment": enrolment})
    await _advance(event, actor, t, new_uow, state)


async def again(
    query: CallbackQuery,
    callback_data: ProofAgain,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Correct a proof that was sent back: its link and screenshot stand until others come."""
    view = await proof_card(new_uow, actor=actor, proof=ProofId(callback_data.proof))
    await state.set_data(
        {
            "enrolment": view.proof.enrolment,
            "corrects": view.proof.id,
            "link": view.proof.link,
            "file": view.proof.screenshot_file_id,
            "sha256": view.proof.screenshot_sha256,
        }
    )
    await _advance(query, actor, t, new_uow, state)


async def forwarded(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """A post forwarded from a Telegram channel brings its address and its text."""
    origin = message.forward_origin
    if not isinstance(origin, MessageOriginChannel):
        return
    chat = origin.chat
    account = chat.username or f"c/{str(chat.id).removeprefix('-100')}"
    await state.update_data(
        link=f"https://t.me/{account}/{origin.message_id}",
        caption=message.text or message.caption or "",
    )
    await _advance(message, actor, t, new_uow, state)


async def pictured(
    message: Message,
    bot: Bot,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """A screenshot, as a photo or as a file; its caption is taken for the text of the post."""
    file = message.photo[-1] if message.photo else message.document
    if file is None:
        return
    if (file.file_size or 0) > PICTURE_MAX:
        await _advance(message, actor, t, new_uow, state, wrong=BadInput("screenshot"))
        return
    async with reply.busy(message, ChatAction.TYPING):
        content = await bot.download(file)
    if content is None:
        raise BadInput("screenshot")
    data = content.read()
    if not data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"RIFF")):
        await _advance(message, actor, t, new_uow, state, wrong=BadInput("screenshot"))
        return
    update: dict[str, Any] = {"file": file.file_id, "sha256": hashlib.sha256(data).hexdigest()}
    if message.caption:
        update["caption"] = message.caption
    await state.update_data(update)
    await _advance(message, actor, t, new_uow, state)


async def typed_evidence(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """A typed text where a link is awaited: the first address in it counts."""
    found = _ADDRESS.search(message.text or "")
    wrong: DomainError | None = None
    try:
        link, _ = post_link(found[0] if found else message.text or "")
    except BadInput as error:
        wrong = error
    else:
        # As typed: the canonical address may no longer show whose post it is.
        await state.update_data(link=found[0] if found else link)
    await _advance(message, actor, t, new_uow, state, wrong=wrong)


async def typed_caption(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """The text of the post."""
    await state.update_data(caption=message.text or "")
    await _advance(message, actor, t, new_uow, state)


async def anything_else(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """A sticker, a voice message, a text at the last step: say again what is awaited."""
    await _advance(message, actor, t, new_uow, state)


async def pressed(
    query: CallbackQuery,
    callback_data: ProofForm,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A button of the half-made proof."""
    data = await state.get_data()
    if "enrolment" not in data:
        raise OutOfDate("proof")
    match callback_data.action:
        case FormAction.SEND:
            await _send(query, data, actor, t, new_uow, clock, state)
            return
        case FormAction.SCREENSHOT:
            await state.set_state(SendProof.evidence)
            await reply.show(query, screens.ask_screenshot(t))
            return
        case FormAction.CAPTION:
            await state.update_data(caption="")
        case FormAction.LINK:
            await state.update_data(link="", file="", sha256="", caption="")
        case FormAction.BACK if data.get("caption"):
            await state.update_data(caption="")
        case FormAction.BACK:
            await state.update_data(link="", file="", sha256="")
        case FormAction.LATER:
            pass
    await _advance(query, actor, t, new_uow, state)


async def _advance(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    *,
    wrong: DomainError | None = None,
) -> None:
    """Ask for what is still missing, or check everything and show what will be sent."""
    data = await state.get_data()
    enrolment = EnrolmentId(data["enrolment"])
    link, caption, sha256 = data.get("link"), data.get("caption", ""), data.get("sha256", "")
    if (link or sha256) and caption and wrong is None:
        try:
            check = await check_proof(
                new_uow,
                actor=actor,
                enrolment=enrolment,
                link=link,
                caption=caption,
                screenshot_sha256=sha256,
                corrects=_corrects(data),
            )
        except DomainError as error:
            if screens.problem(t, error) is None:
                raise
            wrong = error
        else:
            await state.set_state(SendProof.confirm)
            screen = screens.confirm(t, check, caption=caption, screenshot=bool(sha256))
            await reply.show(event, screen)
            return
    subject = await proof_subject(new_uow, actor=actor, enrolment=enrolment)
    label = label_text(subject.legal_name)
    problem = (screens.problem(t, wrong) if wrong else None) or ""
    if wrong is not None and not screens.is_about_text(wrong) and link and sha256 is not None:
        await state.update_data(**screens.cleared(wrong))
        data = await state.get_data()
        link, sha256 = data.get("link"), data.get("sha256", "")
    if not link and not sha256:
        await state.set_state(SendProof.evidence)
        await reply.show(event, screens.ask_evidence(t, subject, label, problem=problem))
        return
    await state.set_state(SendProof.caption)
    screen = screens.ask_caption(
        t, subject, label, link=link or "", screenshot=bool(sha256), problem=problem
    )
    await reply.show(event, screen)
