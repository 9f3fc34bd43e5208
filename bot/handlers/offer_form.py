"""The form of an offer: filling it in, previewing, publishing, and changing what is published."""

from __future__ import annotations

from typing import Final

from aiogram import Bot, F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_offers import FormMove, How, NewOffer, OfferForm, TakeUp
from bot.i18n import Translator, translator
from bot.screens import offer_form as screens
from bot.screens.brand_offers import choose_brand
from bot.states import WriteOffer
from core.errors import BadInput, DomainError, NotAllowed, NotFound, OutOfDate
from core.ids import BrandId, OfferId
from core.offer_forms import OfferForm as Form
from core.offer_forms import Section, Step
from core.orders import ALMATY
from core.people import Actor, Brand, Locale
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import own_brands
from core.usecases.changes import propose_change
from core.usecases.drafts import (
    Purpose,
    drop_form,
    load_form,
    preview_form,
    publish_change,
    publish_form,
    save_form,
    take_up,
)
from core.usecases.offers import MEDIA_MAX, PICTURE_MAX, offer_card, store_media, store_picture

Event = Message | CallbackQuery

# Refusals of a whole draft, by the question that mends them where the names differ.
_MENDED_AT: Final = {
    "title": Step.TITLE_KK,
    "description": Step.TEXT_KK,
    "ends_past": Step.ENDS,
    "ends_before_start": Step.ENDS,
    "rates": Step.CATEGORY_RATES,
}
_PURPOSES: Final = {
    How.CORRECT: Purpose.CORRECT,
    How.CHANGE: Purpose.CHANGE,
    How.COPY: Purpose.COPY,
}


async def new_offer(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    callback_data: NewOffer | None = None,
) -> None:
    """Begin the form, or offer the draft that was kept."""
    brands = await own_brands(new_uow, actor=actor)
    if not brands:
        raise NotAllowed
    form = await load_form(new_uow, actor=actor)
    if form is not None and form.answers:
        await reply.show(event, screens.kept_draft(t, form, _brand(brands, form.brand)))
        return
    wanted = callback_data.brand if callback_data else 0
    if not wanted and len(brands) != 1:
        await reply.show(event, choose_brand(t, brands, for_new=True))
        return
    form = Form(brand=_brand(brands, wanted).id)
    await _keep_and_show(event, form, actor, t, new_uow, clock, state)


async def cancel(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """Leave the form: its draft is kept or deleted, as the manager says."""
    await state.clear()
    form = await load_form(new_uow, actor=actor)
    if form is None:
        raise OutOfDate("offer")
    await reply.show(message, screens.leave(t))


async def typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """An answer that was typed; what does not fit is asked again with an example."""
    form = await _form(actor, new_uow, state)
    if form.step is None:
        await _show(message, form, actor, t, new_uow, state)
        return
    today = clock().astimezone(ALMATY).date()
    try:
        form = form.answer(form.step, message.text or "", today=today)
    except BadInput as error:
        await _show(message, form, actor, t, new_uow, state, problem=error)
        return
    await _keep_and_show(message, form, actor, t, new_uow, clock, state)


async def pictured(
    message: Message,
    bot: Bot,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The offer's picture or a file of its media kit; at another question it is no answer."""
    form = await _form(actor, new_uow, state)
    file = message.photo[-1] if message.photo else message.document
    if form.step not in (Step.PICTURE, Step.MEDIA_FILES) or file is None:
        await _show(message, form, actor, t, new_uow, state)
        return
    try:
        if (file.file_size or 0) > (PICTURE_MAX if form.step is Step.PICTURE else MEDIA_MAX):
            raise BadInput(form.step)
        async with reply.busy(message):
            content = await bot.download(file)
        data = content.read() if content else b""
        name = message.document.file_name if message.document else None
        name = name or f"{file.file_unique_id}.jpg"
        if form.step is Step.PICTURE:
            form = form.picture(
                await store_picture(new_uow, clock, actor=actor, name=name, data=data)
            )
        else:
            form = form.with_file(
                await store_media(new_uow, clock, actor=actor, name=name, data=data), name
            )
    except BadInput as error:
        await _show(message, form, actor, t, new_uow, state, problem=error)
        return
    await _keep_and_show(message, form, actor, t, new_uow, clock, state)


async def anything_else(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """A sticker or a voice message: the question again."""
    form = await _form(actor, new_uow, state)
    await _show(message, form, actor, t, new_uow, state)


async def pressed(
    query: CallbackQuery,
    callback_data: OfferForm,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A button of the form."""
    form = await _form(actor, new_uow, state)
    step, value = callback_data.step, callback_data.value
    opens = callback_data.move is FormMove.GO and value == "open"
    if step and not opens and step != form.step:
        await reply.alert(query, screens.out_of_date(t))
        await _show(query, form, actor, t, new_uow, state)
        return
    match callback_data.move:
        case FormMove.CHOOSE if form.step is not None:
            today = clock().astimezone(ALMATY).date()
            try:
                form = form.answer(form.step, value, today=today)
            except BadInput as error:
                await _show(query, form, actor, t, new_uow, state, problem=error)
                return
        case FormMove.SKIP if form.step is not None:
            form = form.skip(form.step)
        case FormMove.GO:
            form = form.at(Step(step)) if opens and step in set(Step) else form.closed()
        case FormMove.SECTION if value in set(Section):
            form = form.opened(Section(value))
        case FormMove.OVERVIEW:
            form = form.opened(None)
        case FormMove.BACK:
            earlier = form.back()
            if earlier is None:
                await reply.show(query, screens.leave(t))
                return
            form = earlier
        case _:
            await _other(query, callback_data, form, actor, t, new_uow, clock, state)
            return
    await _keep_and_show(query, form, actor, t, new_uow, clock, state)


async def _other(
    query: CallbackQuery,
    callback_data: OfferForm,
    form: Form,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Buttons that do not answer a question: edit, publish, leave."""
    match callback_data.move:
        case FormMove.RESUME:
            # A row that was left at its end goes on; otherwise where the form stands.
            if form.step is None and form.section is None and not form.complete:
                form = form.settled()
            await _keep_and_show(query, form, actor, t, new_uow, clock, state)
        case FormMove.PREVIEW if form.complete:
            await _preview(query, form, callback_data.value, actor, t, new_uow, clock, state)
        case FormMove.ANEW if callback_data.value == "yes":
            await drop_form(new_uow, actor=actor)
            await new_offer(query, actor, t, new_uow, clock, state)
        case FormMove.ANEW:
            await reply.show(query, screens.discard(t))
        case FormMove.PUBLISH | FormMove.PUBLISH_YES if form.complete:
            await _publish(query, callback_data.move, form, actor, t, new_uow, clock, state)
        case FormMove.LEAVE:
            await reply.show(query, screens.leave(t))
        case FormMove.KEEP:
            await state.clear()
            await reply.show(query, screens.left(t, form, kept=True))
        case FormMove.DELETE:
            await drop_form(new_uow, actor=actor)
            await state.clear()
            await reply.show(query, screens.left(t, form, kept=False))
        case _:
            await _show(query, form, actor, t, new_uow, state)


async def _preview(
    query: CallbackQuery,
    form: Form,
    lang: str,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The offer as creators will see it; answers that do not go together are asked again."""
    try:
        card = await preview_form(new_uow, actor=actor, form=form)
    except BadInput as error:
        await _mend(query, form, error, actor, t, new_uow, clock, state)
        return
    seen = _language(lang, form.locales, actor)
    await reply.show(query, screens.preview(t, seen, form, card))


async def _mend(
    query: CallbackQuery,
    form: Form,
    error: BadInput,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Open the question whose answer does not fit, with what is wrong."""
    mended = _MENDED_AT.get(error.field) or next(
        (step for step in form.steps if step == error.field), None
    )
    if mended is None:
        raise error
    form = form.at(mended)
    await save_form(new_uow, clock, actor=actor, form=form)
    await _show(query, form, actor, t, new_uow, state, problem=error)


async def _publish(
    query: CallbackQuery,
    move: FormMove,
    form: Form,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Say what publishing or changing does, or do it; what no longer fits is asked again."""
    try:
        form.draft().demand_publishable(clock())
        if form.published:
            await _change(query, move, form, actor, t, new_uow, clock, state)
            return
        if move is FormMove.PUBLISH_YES:
            offer = await publish_form(new_uow, clock, actor=actor)
            await state.clear()
            await reply.show(query, screens.published(t, offer))
            return
    except BadInput as error:
        await _mend(query, form, error, actor, t, new_uow, clock, state)
        return
    card = await preview_form(new_uow, actor=actor, form=form)
    await reply.show(query, screens.confirm_publishing(t, card))


async def _change(
    query: CallbackQuery,
    move: FormMove,
    form: Form,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    proposal = await propose_change(new_uow, clock, actor=actor, form=form)
    if move is FormMove.PUBLISH_YES and not proposal.empty:
        proposal = await publish_change(new_uow, clock, actor=actor)
        await state.clear()
        await reply.show(query, screens.changed(t, proposal))
        return
    await reply.show(query, screens.confirm_change(t, proposal))


async def taken_up(
    query: CallbackQuery,
    callback_data: TakeUp,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Take an offer into the form; another draft is not lost without a question."""
    offer = OfferId(callback_data.offer)
    kept = await load_form(new_uow, actor=actor)
    same = kept is not None and kept.offer == offer and callback_data.how is not How.COPY
    if kept is not None and kept.answers and not same and not callback_data.sure:
        card = await offer_card(new_uow, clock, actor=actor, offer=offer)
        actor.demand_brand(card.offer.brand)
        sure = callback_data.model_copy(update={"sure": True})
        await reply.show(query, screens.confirm_taking(t, card.offer, sure))
        return
    if kept is None or not same:
        purpose = _PURPOSES[callback_data.how]
        kept = await take_up(new_uow, clock, actor=actor, offer=offer, how=purpose)
    await _show(query, kept, actor, t, new_uow, state)


async def _keep_and_show(
    event: Event,
    form: Form,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    await save_form(new_uow, clock, actor=actor, form=form)
    await _show(event, form, actor, t, new_uow, state)


async def _show(
    event: Event,
    form: Form,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    *,
    problem: DomainError | None = None,
) -> None:
    """The question, section or overview that the form is at."""
    await state.set_state(WriteOffer.answer)
    brand = await _brand_of(form, actor, new_uow)
    await reply.show(event, screens.shown(t, form, brand, problem=problem))


async def _form(actor: Actor, new_uow: UnitOfWorkFactory, state: FSMContext) -> Form:
    """The kept form; OutOfDate where it was published or deleted meanwhile."""
    form = await load_form(new_uow, actor=actor)
    if form is None:
        await state.clear()
        raise OutOfDate("offer")
    return form


async def _brand_of(form: Form, actor: Actor, new_uow: UnitOfWorkFactory) -> Brand:
    return _brand(await own_brands(new_uow, actor=actor), form.brand)


def _brand(brands: list[Brand], wanted: int) -> Brand:
    """The named brand, or the only one."""
    found = next((brand for brand in brands if brand.id == BrandId(wanted)), None)
    if found is None and wanted:
        raise NotFound("brand")
    return found or brands[0]


def _language(wanted: str, offered: tuple[Locale, ...], actor: Actor) -> Translator:
    """The language of a preview: the one asked for, else the manager's own, else Russian."""
    for locale in (wanted, actor.locale):
        if locale in offered:
            return translator(Locale(locale))
    return translator(Locale.RU)


def setup() -> Router:
    """The routes of the form; before those of the menu, whose /cancel is a plainer one."""
    router = Router(name=__name__)
    writing = StateFilter(WriteOffer)
    no_command = ~F.text.startswith("/")
    router.message.register(new_offer, Command("newoffer"))
    router.message.register(cancel, Command("cancel"), writing)
    router.message.register(pictured, writing, F.photo)
    router.message.register(pictured, writing, F.document)
    router.message.register(typed, writing, F.text, no_command)
    router.message.register(anything_else, writing, no_command)
    router.callback_query.register(new_offer, NewOffer.filter())
    router.callback_query.register(taken_up, TakeUp.filter())
    router.callback_query.register(pressed, OfferForm.filter())
    return router
