"""/purchases: a buyer says what they bought, by an order's number or a fiscal receipt."""

from __future__ import annotations

from typing import Final

from aiogram import Bot, F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.claims import Bought, MyClaims
from bot.i18n import Translator, translator
from bot.receipt_pictures import FILE_MAX, ReceiptReader
from bot.screens import claims as screens
from bot.settings import Settings
from bot.states import TellPurchase
from core import receipts
from core.claims import Claim, Refusal
from core.errors import (
    BadInput,
    ClaimRefused,
    DomainError,
    NoTouch,
    OutOfDate,
    ReceiptUnread,
    TooManyClaims,
)
from core.ids import EnrolmentId
from core.people import Actor, Locale, Meeting
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.usecases.claims import (
    claim_order,
    claim_receipt,
    claim_subject,
    claim_subjects,
    my_claims,
    note_bad_receipt,
)
from core.usecases.people import choose_locale

Event = Message | CallbackQuery

ENROLMENT: Final = "bought"  # key of the data: by which enrolment the buyer came
# What is said above the question again; of anything else the error router knows.
ANSWERED: Final = (BadInput, ClaimRefused, ReceiptUnread, TooManyClaims)
NOTED: Final = {"unknown_host": Refusal.FORGED, "returned": Refusal.RETURNED}


async def begin(
    query: CallbackQuery,
    callback_data: Bought,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Ask for the purchase; with no link named, of the only brand or after a choice."""
    if meeting.chosen_locale is None and callback_data.lang in list(Locale):
        # From here on the buyer is written to: in the language of the screen that was tapped.
        actor = await choose_locale(new_uow, clock, actor=actor, locale=Locale(callback_data.lang))
        t = translator(actor.locale)
    await state.set_state(None)
    enrolment = callback_data.enrolment
    if not enrolment:
        found = await claim_subjects(new_uow, clock, actor=actor, rules=settings.claim_rules)
        if len(found) != 1:
            await reply.show(query, screens.choose(t, found))
            return
        enrolment = found[0].enrolment
    await state.update_data({ENROLMENT: enrolment})
    await _ask(query, None, actor, t, new_uow, clock, state, settings)


async def listing(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    callback_data: MyClaims | None = None,
) -> None:
    """What the buyer has said and what became of it."""
    after = callback_data.after if callback_data else 0
    await state.set_state(None)
    page = await my_claims(new_uow, actor=actor, after=after or None)
    await reply.show(event, screens.listing(t, page, first=not after))


async def typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    state: FSMContext,
    settings: Settings,
) -> None:
    """An order's number, or the address that stands in a receipt's QR."""
    text = message.text or ""
    try:
        enrolment = await _enrolment(state)
        if receipts.address(text) is not None:
            claim = await _receipt(text, text, enrolment, actor, new_uow, clock, box, settings)
        else:
            claim = await claim_order(
                new_uow,
                clock,
                actor=actor,
                enrolment=enrolment,
                text=text,
                rules=settings.claim_rules,
            )
    except ANSWERED as error:
        await _ask(message, error, actor, t, new_uow, clock, state, settings)
        return
    await _kept(message, claim, t, state)


async def pictured(
    message: Message,
    bot: Bot,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    state: FSMContext,
    settings: Settings,
    receipt_reader: ReceiptReader,
) -> None:
    """A photo of a receipt, or a file with its picture."""
    file = message.photo[-1] if message.photo else message.document
    if file is None:
        return
    try:
        enrolment = await _enrolment(state)
        if (file.file_size or 0) > FILE_MAX:
            raise ReceiptUnread("too_big")
        async with reply.busy(message):
            content = await bot.download(file)
            found = await receipt_reader.read(content.read() if content else b"")
        claim = await _receipt(
            found, message.caption or "", enrolment, actor, new_uow, clock, box, settings
        )
    except ANSWERED as error:
        await _ask(message, error, actor, t, new_uow, clock, state, settings)
        return
    await _kept(message, claim, t, state)


async def anything_else(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """A sticker or a voice message: say again what is awaited."""
    await _ask(message, None, actor, t, new_uow, clock, state, settings)


async def _receipt(
    text: str,
    beside: str,
    enrolment: EnrolmentId,
    actor: Actor,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    settings: Settings,
) -> Claim:
    """Claim by a receipt; `beside` are words that came with it."""
    try:
        receipt = receipts.parse(text)
        if receipts.says_return(beside):
            raise ReceiptUnread("returned")
    except ReceiptUnread as error:
        if (reason := NOTED.get(error.reason)) is not None:
            await note_bad_receipt(
                new_uow,
                clock,
                actor=actor,
                enrolment=enrolment,
                reason=reason,
                rules=settings.claim_rules,
            )
        raise
    return await claim_receipt(
        new_uow,
        clock,
        box,
        actor=actor,
        enrolment=enrolment,
        receipt=receipt,
        rules=settings.claim_rules,
    )


async def _ask(
    event: Event,
    error: DomainError | None,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Ask for the purchase, saying what was wrong with the last answer."""
    try:
        subject = await claim_subject(
            new_uow,
            clock,
            actor=actor,
            enrolment=await _enrolment(state),
            rules=settings.claim_rules,
        )
    except NoTouch:
        await state.set_state(None)
        if isinstance(event, CallbackQuery):
            raise
        await reply.show(event, screens.choose(t, []))
        return
    await state.set_state(TellPurchase.purchase)
    await reply.show(event, screens.ask(t, subject, error))


async def _kept(message: Message, claim: Claim, t: Translator, state: FSMContext) -> None:
    """Say what became of it; the next purchase may follow at once."""
    await reply.show(message, screens.kept(t, claim))


async def _enrolment(state: FSMContext) -> EnrolmentId:
    data = await state.get_data()
    if ENROLMENT not in data:
        await state.set_state(None)
        raise OutOfDate("claim")
    return EnrolmentId(data[ENROLMENT])


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    awaited = StateFilter(TellPurchase.purchase)
    router.message.register(listing, Command("purchases"))
    router.message.register(pictured, awaited, F.photo)
    router.message.register(pictured, awaited, F.document)
    router.message.register(typed, awaited, F.text, ~F.text.startswith("/"))
    router.message.register(anything_else, awaited, ~F.text.startswith("/"))
    router.callback_query.register(begin, Bought.filter())
    router.callback_query.register(listing, MyClaims.filter())
    return router
