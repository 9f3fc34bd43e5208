"""Proofs of a creator: put one together, send it, see what became of it."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final, TypedDict

from aiogram import Bot, F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message, MessageOriginChannel

from bot import reply
from bot.callbacks.proofs import (
    FormAction,
    ProofAgain,
    ProofCard,
    ProofForm,
    ProofList,
    ProofLook,
    ProofNew,
)
from bot.i18n import Translator
from bot.screens import proofs as screens
from bot.states import SendProof
from core.errors import AlreadyUsed, BadInput, DomainError, OutOfDate, ProofRefused
from core.ids import EnrolmentId, ProofId
from core.labels import label_text
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.ports.telegram import TelegramEyes
from core.proofs import ProofSubject, post_link
from core.usecases.enrolments import my_enrolments
from core.usecases.presence import look_again
from core.usecases.proofs import (
    check_proof,
    my_proofs,
    proof_card,
    proof_subject,
    submit_proof,
)

Event = Message | CallbackQuery

PICTURE_MAX: Final = 10 * 1024 * 1024  # bytes of a screenshot
PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")  # first bytes of JPEG and PNG
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


async def look(
    query: CallbackQuery,
    callback_data: ProofLook,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    eyes: TelegramEyes,
) -> None:
    """Look at once whether the post is still there."""
    proof = ProofId(callback_data.proof)
    async with reply.busy(query):
        await look_again(new_uow, clock, eyes, actor=actor, proof=proof)
    await reply.show(query, screens.card(t, await proof_card(new_uow, actor=actor, proof=proof)))


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
    album = message.media_group_id
    if album and (await state.get_data()).get("album") == album:
        return  # the other pictures of the same post
    chat = origin.chat
    account = chat.username or f"c/{str(chat.id).removeprefix('-100')}"
    await state.update_data(
        link=f"https://t.me/{account}/{origin.message_id}",
        caption=message.text or message.caption or "",
        album=album,
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
    data = b""
    if (file.file_size or 0) <= PICTURE_MAX:
        async with reply.busy(message):
            content = await bot.download(file)
        data = content.read() if content else b""
    if not data.startswith(PICTURES):
        await _ask_again(message, BadInput("screenshot"), actor, t, new_uow, state)
        return
    update: dict[str, Any] = {"file": file.file_id, "sha256": hashlib.sha256(data).hexdigest()}
    if message.caption:
        update["caption"] = message.caption
    await state.update_data(update)
    await _advance(message, actor, t, new_uow, state)


async def typed_evidence(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """A typed text where a post is awaited: the first address in it counts."""
    found = _ADDRESS.search(message.text or "")
    text = found[0] if found else message.text or ""
    try:
        post_link(text)
    except BadInput as error:
        await _ask_again(message, error, actor, t, new_uow, state)
        return
    # Kept as typed: the canonical address may no longer show whose post it is.
    await state.update_data(link=text)
    await _advance(message, actor, t, new_uow, state)


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
            await _send(query, actor, t, new_uow, clock, state)
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
    event: Event, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """Ask for what is missing or wrong; with everything there, show what will be sent."""
    data = await _begun(state)
    caption, screenshot = data.get("caption", ""), bool(data.get("sha256"))
    if not data.get("link") and not screenshot:
        await _ask_evidence(event, None, actor, t, new_uow, state)
        return
    try:
        check = await check_proof(new_uow, actor=actor, **_content(data))
    except DomainError as error:
        if screens.problem(t, error) is None:
            await state.clear()
            raise
        if _about_text(error):
            await _ask_caption(event, error if caption else None, actor, t, new_uow, state)
        else:
            await _ask_evidence(event, error, actor, t, new_uow, state)
        return
    await state.set_state(SendProof.confirm)
    screen = screens.confirm(t, check, caption=caption, screenshot=screenshot)
    await reply.show(event, screen)


async def _ask_again(
    message: Message,
    error: DomainError,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Say what was wrong with a message and repeat what is awaited; what was sent before stays."""
    data = await state.get_data()
    if data.get("link") or data.get("sha256"):
        await reply.show(message, screens.ask_screenshot(t, problem=screens.problem(t, error)))
    else:
        await _ask_evidence(message, error, actor, t, new_uow, state)


async def _ask_evidence(
    event: Event,
    error: DomainError | None,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Ask for a post; the part that was refused is forgotten."""
    match error:
        case AlreadyUsed(field="screenshot"):
            await state.update_data(file="", sha256="")
        case None:
            pass
        case _:
            await state.update_data(link="")
    subject = await _subject(actor, new_uow, state)
    await state.set_state(SendProof.evidence)
    problem = screens.problem(t, error) if error else None
    screen = screens.ask_evidence(t, subject, label_text(subject.legal_name), problem=problem)
    await reply.show(event, screen)


async def _ask_caption(
    event: Event,
    error: DomainError | None,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Ask for the text of the post."""
    data = await state.update_data(caption="")
    subject = await _subject(actor, new_uow, state)
    await state.set_state(SendProof.caption)
    screen = screens.ask_caption(
        t,
        subject,
        label_text(subject.legal_name),
        link=data.get("link") or "",
        screenshot=bool(data.get("sha256")),
        problem=screens.problem(t, error) if error else None,
    )
    await reply.show(event, screen)


async def _send(
    query: CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Send what was checked; where it no longer passes, go on with the question that it needs."""
    data = await state.get_data()
    try:
        proof = await submit_proof(
            new_uow,
            clock,
            actor=actor,
            screenshot_file_id=data.get("file", ""),
            **_content(data),
        )
    except DomainError as error:
        if screens.problem(t, error) is None:
            await state.clear()
            raise
        await _advance(query, actor, t, new_uow, state)
        return
    subject = await _subject(actor, new_uow, state)
    await state.clear()
    await reply.show(query, screens.sent(t, subject, proof))


async def _subject(actor: Actor, new_uow: UnitOfWorkFactory, state: FSMContext) -> ProofSubject:
    enrolment = EnrolmentId((await _begun(state))["enrolment"])
    try:
        return await proof_subject(new_uow, actor=actor, enrolment=enrolment)
    except DomainError:
        await state.clear()
        raise


async def _begun(state: FSMContext) -> dict[str, Any]:
    """What is there of the proof; OutOfDate where it is not known any more what it is for."""
    data = await state.get_data()
    if "enrolment" not in data:
        await state.clear()
        raise OutOfDate("proof")
    return data


class _Content(TypedDict):
    enrolment: EnrolmentId
    link: str | None
    caption: str
    screenshot_sha256: str
    corrects: ProofId | None


def _content(data: dict[str, Any]) -> _Content:
    corrects = data.get("corrects")
    return {
        "enrolment": EnrolmentId(data["enrolment"]),
        "link": data.get("link") or None,
        "caption": data.get("caption", ""),
        "screenshot_sha256": data.get("sha256", ""),
        "corrects": None if corrects is None else ProofId(corrects),
    }


def _about_text(error: DomainError) -> bool:
    match error:
        case ProofRefused(reason="label_missing" | "label_not_kk_ru") | BadInput(field="caption"):
            return True
    return False


def _no_manager(_: Message, actor: Actor) -> bool:
    """Managers have a queue of their own under the same command."""
    return not actor.brands


def setup() -> Router:
    """The routes of a creator's proofs."""
    router = Router(name=__name__)
    router.message.register(listing, Command("proofs"), _no_manager)
    router.message.register(begin, Command("proof"))
    awaited = StateFilter(SendProof)
    no_command = ~F.text.startswith("/")
    router.message.register(forwarded, awaited, F.forward_origin.type == "channel")
    router.message.register(pictured, awaited, F.photo)
    router.message.register(pictured, awaited, F.document)
    router.message.register(typed_evidence, SendProof.evidence, F.text, no_command)
    router.message.register(typed_caption, SendProof.caption, F.text, no_command)
    router.message.register(anything_else, awaited, no_command)
    router.callback_query.register(listing, ProofList.filter())
    router.callback_query.register(card, ProofCard.filter())
    router.callback_query.register(look, ProofLook.filter())
    router.callback_query.register(begin, ProofNew.filter())
    router.callback_query.register(again, ProofAgain.filter())
    router.callback_query.register(pressed, ProofForm.filter())
    return router
