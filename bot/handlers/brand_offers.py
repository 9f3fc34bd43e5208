"""Offers of a brand: the list, pausing and ending, and the form that makes a new one."""

from __future__ import annotations

from typing import Final

from aiogram import Bot, F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_offers import (
    BrandOffer,
    BrandOffers,
    FormMove,
    NewOffer,
    OfferAction,
    OfferForm,
)
from bot.filters import manages_a_brand
from bot.i18n import Translator, translator
from bot.screens import brand_offers as screens
from bot.states import WriteOffer
from core.errors import BadInput, DomainError, NotAllowed, NotFound, OutOfDate
from core.ids import BrandId, OfferId
from core.offer_forms import OfferForm as Form
from core.offer_forms import Step
from core.orders import ALMATY
from core.people import Actor, Brand, Locale
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import own_brands
from core.usecases.drafts import (
    drop_form,
    load_form,
    preview_form,
    publish_form,
    repair_offer,
    save_form,
)
from core.usecases.offers import (
    PICTURE_MAX,
    brand_offers,
    end_offer,
    offer_card,
    pause_offer,
    resume_offer,
    store_picture,
)

Event = Message | CallbackQuery

# Refusals of a whole draft, by the question that mends them where the names differ.
_MENDED_AT: Final = {
    "title": Step.TITLE_KK,
    "description": Step.TEXT_KK,
    "ends_past": Step.ENDS,
    "ends_before_start": Step.ENDS,
}


async def listing(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    callback_data: BrandOffers | None = None,
) -> None:
    """A brand's offers; with several brands, first the choice of one."""
    wanted = callback_data.brand if callback_data else 0
    after = callback_data.after if callback_data else 0
    brands = await own_brands(new_uow, actor=actor)
    if not wanted and len(brands) != 1:
        if not brands:
            raise NotAllowed
        await reply.show(event, screens.choose_brand(t, brands, for_new=False))
        return
    brand = _brand(brands, wanted)
    offers, next_after = await brand_offers(
        new_uow, actor=actor, brand=brand.id, after=after or None
    )
    screen = screens.listing(
        t, brand, offers, first=not after, next_after=next_after, several=len(brands) > 1
    )
    await reply.show(event, screen)


async def one(
    query: CallbackQuery,
    callback_data: BrandOffer,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    bot: Bot,
    state: FSMContext,
) -> None:
    """One offer: its card, or what a manager does with it."""
    offer = OfferId(callback_data.offer)
    match callback_data.action:
        case OfferAction.PAUSE | OfferAction.RESUME | OfferAction.END:
            shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
            actor.demand_brand(shown.offer.brand)
            await reply.show(query, screens.confirm(t, shown.offer, callback_data.action))
            return
        case OfferAction.REPAIR | OfferAction.REPAIR_YES:
            await _repair(query, callback_data.action, offer, actor, t, new_uow, clock, state)
            return
        case OfferAction.PAUSE_YES:
            await pause_offer(new_uow, clock, actor=actor, offer=offer)
        case OfferAction.RESUME_YES:
            await resume_offer(new_uow, clock, actor=actor, offer=offer)
        case OfferAction.END_YES:
            await end_offer(new_uow, clock, actor=actor, offer=offer)
        case OfferAction.SHOW:
            pass
    shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
    actor.demand_brand(shown.offer.brand)
    seen = _language(callback_data.lang, tuple(shown.offer.texts), actor)
    link = f"https://t.me/{(await bot.me()).username}?start=o_{offer}"
    await reply.show(query, screens.card(t, seen, shown, link=link))


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
        await reply.show(event, screens.choose_brand(t, brands, for_new=True))
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
    """The offer's picture, as a photo or as a file; at another question it is no answer."""
    form = await _form(actor, new_uow, state)
    file = message.photo[-1] if message.photo else message.document
    if form.step is not Step.PICTURE or file is None:
        await _show(message, form, actor, t, new_uow, state)
        return
    try:
        if (file.file_size or 0) > PICTURE_MAX:
            raise BadInput("picture")
        async with reply.busy(message):
            content = await bot.download(file)
        upload = await store_picture(
            new_uow,
            clock,
            actor=actor,
            name=f"{file.file_unique_id}.jpg",
            data=content.read() if content else b"",
        )
    except BadInput as error:
        await _show(message, form, actor, t, new_uow, state, problem=error)
        return
    await _keep_and_show(message, form.picture(upload), actor, t, new_uow, clock, state)


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
            form = form.at(Step(step)) if opens and step in set(Step) else form.settled()
        case FormMove.BACK:
            earlier = form.back()
            if earlier is None:
                await reply.show(query, screens.leave(t))
                return
            form = earlier
        case FormMove.PREVIEW if form.complete:
            form = form.settled()
        case _:
            await _other(query, callback_data, form, actor, t, new_uow, clock, state)
            return
    await _keep_and_show(query, form, actor, t, new_uow, clock, state, lang=value)


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
        case FormMove.FIELDS:
            brand = await _brand_of(form, actor, new_uow)
            await reply.show(query, screens.fields(t, form, brand))
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
    """Say what publishing does, or do it; what no longer fits is asked again."""
    try:
        form.draft().demand_publishable(clock())
        if move is FormMove.PUBLISH_YES:
            offer = await publish_form(new_uow, clock, actor=actor)
            await state.clear()
            await reply.show(query, screens.published(t, offer))
            return
    except BadInput as error:
        mended = _MENDED_AT.get(error.field) or next(
            (step for step in form.steps if step == error.field), None
        )
        if mended is None:
            raise
        form = form.at(mended)
        await save_form(new_uow, clock, actor=actor, form=form)
        await _show(query, form, actor, t, new_uow, state, problem=error)
        return
    shown = await preview_form(new_uow, actor=actor, form=form)
    await reply.show(query, screens.confirm_publishing(t, shown))


async def _repair(
    query: CallbackQuery,
    action: OfferAction,
    offer: OfferId,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Take a rejected offer back into the form; another draft is not lost without a question."""
    kept = await load_form(new_uow, actor=actor)
    if kept is not None and kept.answers and kept.offer != offer and action is OfferAction.REPAIR:
        shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
        actor.demand_brand(shown.offer.brand)
        await reply.show(query, screens.confirm(t, shown.offer, action))
        return
    if kept is None or kept.offer != offer:
        kept = await repair_offer(new_uow, clock, actor=actor, offer=offer)
    await state.set_state(WriteOffer.answer)
    brand = await _brand_of(kept, actor, new_uow)
    await reply.show(query, screens.fields(t, kept, brand))


async def _keep_and_show(
    event: Event,
    form: Form,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    *,
    lang: str = "",
) -> None:
    await save_form(new_uow, clock, actor=actor, form=form)
    await _show(event, form, actor, t, new_uow, state, lang=lang)


async def _show(
    event: Event,
    form: Form,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    *,
    problem: DomainError | None = None,
    lang: str = "",
) -> None:
    """The question that the form is at, or the preview when all are answered."""
    await state.set_state(WriteOffer.answer)
    if form.step is None and form.complete:
        shown = await preview_form(new_uow, actor=actor, form=form)
        seen = _language(lang, form.locales, actor)
        await reply.show(event, screens.preview(t, seen, form, shown))
        return
    brand = await _brand_of(form, actor, new_uow)
    await reply.show(event, screens.question(t, form, brand, problem=problem))


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


def _only_manager(_: Message, actor: Actor) -> bool:
    """Creators have the catalogue under the same command."""
    return bool(actor.brands) and actor.creator is None


def setup() -> Router:
    """The routes of a brand's offers; before those of the menu, whose /cancel is a plainer one."""
    router = Router(name=__name__)
    writing = StateFilter(WriteOffer)
    no_command = ~F.text.startswith("/")
    router.message.register(new_offer, Command("newoffer"))
    router.message.register(listing, Command("brandoffers"))
    router.message.register(listing, Command("offers"), manages_a_brand)
    router.message.register(listing, Command("offers"), _only_manager)
    router.message.register(cancel, Command("cancel"), writing)
    router.message.register(pictured, writing, F.photo)
    router.message.register(pictured, writing, F.document)
    router.message.register(typed, writing, F.text, no_command)
    router.message.register(anything_else, writing, no_command)
    router.callback_query.register(listing, BrandOffers.filter())
    router.callback_query.register(one, BrandOffer.filter())
    router.callback_query.register(new_offer, NewOffer.filter())
    router.callback_query.register(pressed, OfferForm.filter())
    return router
