"""Broadcasts by the operator's staff: drafts, sending, control, and the readers' way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from aiogram import Bot, F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.broadcasts import (
    AudienceField,
    BroadcastAudience,
    BroadcastButton,
    BroadcastCard,
    BroadcastLabel,
    BroadcastMove,
    BroadcastMute,
    BroadcastNew,
    BroadcastPick,
    BroadcastPicture,
    Broadcasts,
    BroadcastSend,
    BroadcastText,
    BroadcastTime,
)
from bot.entities import kept_html
from bot.i18n import Translator
from bot.screens import broadcast_progress as progress
from bot.screens import broadcasts as screens
from bot.screens.base import Screen, visible
from bot.screens.broadcast_message import message as broadcast_message
from bot.screens.broadcast_message import muted as muted_screen
from bot.screens.errors import refusal
from bot.settings import Settings
from bot.states import State, WriteBroadcast
from core.broadcasts import (
    ACTIVE_DAYS,
    CAPTION_MAX,
    LABEL_MAX,
    PER_SECOND,
    TEXT_MAX,
    Audience,
    Broadcast,
    BroadcastState,
    Button,
    ButtonKind,
    Reach,
    button_url,
    moment,
    stars,
)
from core.cities import CITIES
from core.errors import BadInput, DomainError, OutOfDate
from core.ids import BroadcastId, OfferId, UploadId
from core.people import Actor, Locale, Permission
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.broadcasts import (
    Change,
    broadcasts_muted,
    broadcasts_page,
    call_back,
    cancel_broadcast,
    change_draft,
    count_reach,
    drop_draft,
    mute_broadcasts,
    named_offers,
    offers_to_choose,
    one_broadcast,
    pause_broadcast,
    picture_of,
    resume_broadcast,
    schedule_broadcast,
    start_draft,
    start_due_broadcasts,
    store_broadcast_picture,
    watch_broadcast,
)
from core.usecases.offers import PICTURE_MAX

Event = Message | CallbackQuery

T = TypeVar("T")

WHICH: Final = "broadcast"  # key of the broadcast in the data of what is being typed
IN: Final = "locale"  # key of the language


class Desk:
    """What every handler here needs, gathered once per update."""

    def __init__(
        self,
        actor: Actor,
        t: Translator,
        new_uow: UnitOfWorkFactory,
        clock: Clock,
        settings: Settings,
    ) -> None:
        actor.demand(Permission.BROADCAST)
        self.actor, self.t = actor, t
        self.new_uow, self.clock, self.settings = new_uow, clock, settings

    async def reach(self, one: Broadcast) -> Reach:
        return await count_reach(
            self.new_uow,
            self.clock,
            actor=self.actor,
            audience=one.audience,
            marketing=one.marketing,
        )

    async def one(self, number: int) -> Broadcast:
        return await one_broadcast(self.new_uow, actor=self.actor, broadcast=BroadcastId(number))

    async def draft(self, number: int) -> Broadcast:
        """Raises OutOfDate where it is no draft any more."""
        one = await self.one(number)
        if one.state is not BroadcastState.DRAFT:
            raise OutOfDate("broadcast")
        return one

    async def screen(self, one: Broadcast) -> Screen:
        """The draft, or how far it has come."""
        offers = await named_offers(self.new_uow, one)
        if one.state is not BroadcastState.DRAFT:
            return progress.card(self.t, one, offers, per_second=self.per_second(one))
        paid = self.settings.paid_broadcasts > 0
        return screens.draft(self.t, one, await self.reach(one), offers, paid=paid)

    def per_second(self, one: Broadcast) -> int:
        return self.settings.paid_broadcasts if one.paid else PER_SECOND


async def history(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    callback_data: Broadcasts | None = None,
) -> None:
    """All broadcasts, newest first."""
    await _stop_typing(state)
    before = callback_data.before if callback_data else 0
    found, next_before = await broadcasts_page(new_uow, actor=actor, before=before or None)
    await reply.show(event, screens.history(t, found, first=not before, next_before=next_before))


async def new(
    query: CallbackQuery,
    callback_data: BroadcastNew,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
) -> None:
    """A new draft."""
    desk = Desk(actor, t, new_uow, clock, settings)
    like = BroadcastId(callback_data.like) if callback_data.like else None
    draft = await start_draft(new_uow, clock, actor=actor, copy_of=like)
    await reply.show(query, await desk.screen(draft))


async def pressed(
    query: CallbackQuery,
    callback_data: BroadcastCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
    bot: Bot,
) -> None:
    """A broadcast, and what is done with it."""
    desk = Desk(actor, t, new_uow, clock, settings)
    number = BroadcastId(callback_data.broadcast)
    move = callback_data.move
    await _stop_typing(state)
    match move:
        case BroadcastMove.SHOW:
            await reply.show(query, await desk.screen(await desk.one(number)))
        case BroadcastMove.LANGUAGES | BroadcastMove.KIND | BroadcastMove.PAID:
            await _switch(query, desk, number, move)
        case BroadcastMove.PREVIEW:
            await _preview(query, desk, await desk.draft(number), bot)
        case BroadcastMove.WHEN | BroadcastMove.CONFIRM:
            draft = await desk.draft(number)
            _demand_fitting(draft)
            draft.demand_sendable(await desk.reach(draft))
            await state.set_state(WriteBroadcast.moment)
            await state.set_data({WHICH: number})
            await reply.show(query, progress.when(t, draft, clock()))
        case BroadcastMove.DROP:
            await reply.show(query, screens.confirm_drop(t, await desk.draft(number)))
        case BroadcastMove.DROP_YES:
            await drop_draft(new_uow, clock, actor=actor, broadcast=number)
            await history(query, actor, t, new_uow, state)
        case BroadcastMove.CANCEL:
            await reply.show(query, progress.confirm_cancel(t, await desk.one(number)))
        case _:
            await _control(query, desk, number, move, bot)


async def _control(
    query: CallbackQuery, desk: Desk, number: BroadcastId, move: BroadcastMove, bot: Bot
) -> None:
    """Pause, go on, stop, call back; the message that shows the progress follows at once."""
    steps = {
        BroadcastMove.PAUSE: pause_broadcast,
        BroadcastMove.RESUME: resume_broadcast,
        BroadcastMove.CANCEL_YES: cancel_broadcast,
        BroadcastMove.CALL_BACK: call_back,
    }
    changed = await steps[move](desk.new_uow, desk.clock, actor=desk.actor, broadcast=number)
    screen = await desk.screen(changed)
    here = (query.from_user.id, query.message.message_id) if query.message else None
    if here is not None and here == changed.watched and not isinstance(query.message, Message):
        await reply.answered(query)
        await reply.rewrite(bot, *here, screen)
        return
    await reply.show(query, screen)


async def _switch(
    query: CallbackQuery, desk: Desk, number: BroadcastId, move: BroadcastMove
) -> None:
    def change(draft: Broadcast) -> Broadcast:
        match move:
            case BroadcastMove.LANGUAGES:
                return replace(draft, falls_back=not draft.falls_back)
            case BroadcastMove.KIND:
                return replace(draft, marketing=not draft.marketing)
            case _:
                return replace(draft, paid=not draft.paid and desk.settings.paid_broadcasts > 0)

    draft = await change_draft(desk.new_uow, actor=desk.actor, broadcast=number, change=change)
    await reply.show(query, await desk.screen(draft))


async def _preview(query: CallbackQuery, desk: Desk, draft: Broadcast, bot: Bot) -> None:
    """Send the author what readers get, once per text, and the draft again below."""
    _demand_fitting(draft)
    shown = [locale for locale in Locale if locale in draft.texts]
    await reply.show(query, screens.previewed(desk.t, draft, shown))
    picture = await picture_of(desk.new_uow, draft)
    for locale in shown:
        screen = broadcast_message(draft, locale, picture=picture)
        await reply.send(bot, query.from_user.id, screen, keep=True)
    await reply.send(bot, query.from_user.id, await desk.screen(draft))


# --- audience ------------------------------------------------------------------------------------


async def audience(
    query: CallbackQuery,
    callback_data: BroadcastAudience,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
) -> None:
    """The audience, or one of its filters."""
    desk = Desk(actor, t, new_uow, clock, settings)
    draft = await desk.draft(callback_data.broadcast)
    await _show_audience(query, desk, draft, callback_data.field, callback_data.page)


async def pick(
    query: CallbackQuery,
    callback_data: BroadcastPick,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
) -> None:
    """Switch one value of a filter."""
    desk = Desk(actor, t, new_uow, clock, settings)
    field, number = callback_data.field, callback_data.number
    draft = await change_draft(
        new_uow,
        actor=actor,
        broadcast=BroadcastId(callback_data.broadcast),
        change=lambda one: replace(one, audience=picked(one.audience, field, number)),
    )
    done = field in (AudienceField.ROLE, AudienceField.ACTIVE, AudienceField.OFFER)
    await _show_audience(query, desk, draft, None if done else field, 0)


def picked(chosen: Audience, field: AudienceField, number: int) -> Audience:
    """The audience with a value switched; a number that means nothing changes nothing."""
    match field:
        case AudienceField.ROLE:
            return replace(chosen, role=screens.ROLES[number % len(screens.ROLES)])
        case AudienceField.ACTIVE:
            known = 0 <= number < len(ACTIVE_DAYS)
            return replace(chosen, active_days=ACTIVE_DAYS[number] if known else None)
        case AudienceField.OFFER:
            return replace(chosen, offer=OfferId(number) if number > 0 else None)
        case AudienceField.LOCALE:
            return replace(chosen, locales=_switched(chosen.locales, screens.LOCALES, number))
        case AudienceField.TIER:
            return replace(chosen, tiers=_switched(chosen.tiers, screens.TIERS, number))
        case AudienceField.CATEGORY:
            return replace(
                chosen, categories=_switched(chosen.categories, screens.CATEGORIES, number)
            )
        case AudienceField.CITY:
            cities = tuple(city.kk for city in CITIES)
            return replace(chosen, cities=_switched(chosen.cities, cities, number))


def _switched(chosen: tuple[T, ...], known: tuple[T, ...], number: int) -> tuple[T, ...]:
    if number < 0:
        return ()
    if number >= len(known):
        return chosen
    value = known[number]
    return tuple(one for one in known if (one in chosen) != (one == value))


async def _show_audience(
    query: CallbackQuery, desk: Desk, draft: Broadcast, field: AudienceField | None, page: int
) -> None:
    if field is AudienceField.OFFER:
        await _choose_offer(query, desk, draft, page, for_button=False)
        return
    reach = await desk.reach(draft)
    if field is not None:
        await reply.show(query, screens.choices(desk.t, draft, field, reach))
        return
    offers = await named_offers(desk.new_uow, draft)
    await reply.show(query, screens.audience(desk.t, draft, reach, offers))


async def _choose_offer(
    query: CallbackQuery, desk: Desk, draft: Broadcast, page: int, *, for_button: bool
) -> None:
    found, next_before = await offers_to_choose(desk.new_uow, actor=desk.actor, before=page or None)
    screen = screens.choose_offer(
        desk.t, draft, found, page=page, next_before=next_before, for_button=for_button
    )
    await reply.show(query, screen)


# --- content -------------------------------------------------------------------------------------


async def text_pressed(
    query: CallbackQuery,
    callback_data: BroadcastText,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
) -> None:
    """Ask for the text in a language, or take it away."""
    desk = Desk(actor, t, new_uow, clock, settings)
    draft, locale = await desk.draft(callback_data.broadcast), callback_data.locale
    if callback_data.clear:
        await _change(query, desk, draft, state, lambda one: one.with_text(locale, ""))
        return
    await _await(state, WriteBroadcast.text, draft, locale)
    await reply.show(query, screens.ask_text(t, draft, locale))


async def text_typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
    bot: Bot,
) -> None:
    """The text as it is formatted; a photo may come with it."""
    desk = Desk(actor, t, new_uow, clock, settings)
    draft, locale = await _awaited(desk, state)
    assert locale is not None
    html = kept_html(message).strip()
    try:
        picture = draft.picture
        if message.photo:
            picture = await _stored_picture(message, desk, bot)
        if not html or visible(html) > TEXT_MAX:
            raise BadInput("broadcast_text")
        if picture is not None and visible(html) > CAPTION_MAX:
            raise BadInput("broadcast_caption")
    except BadInput as error:
        problem = refusal(t, error)
        await reply.show(message, screens.ask_text(t, draft, locale, problem=problem))
        return
    await _change(
        message,
        desk,
        draft,
        state,
        lambda one: replace(one.with_text(locale, html), picture=picture),
    )


async def picture_pressed(
    query: CallbackQuery,
    callback_data: BroadcastPicture,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
) -> None:
    """Ask for a picture, or take it away."""
    desk = Desk(actor, t, new_uow, clock, settings)
    draft = await desk.draft(callback_data.broadcast)
    if callback_data.clear:
        await _change(query, desk, draft, state, lambda one: replace(one, picture=None))
        return
    await _await(state, WriteBroadcast.picture, draft)
    await reply.show(query, screens.ask_picture(t, draft, await picture_of(new_uow, draft)))


async def picture_sent(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
    bot: Bot,
) -> None:
    """The picture, as a photo or as a file; anything else asks for it again."""
    desk = Desk(actor, t, new_uow, clock, settings)
    draft, _ = await _awaited(desk, state)
    try:
        upload = await _stored_picture(message, desk, bot)
        _demand_fitting(replace(draft, picture=upload))
    except BadInput as error:
        problem = refusal(t, error)
        await reply.show(message, screens.ask_picture(t, draft, None, problem=problem))
        return
    await _change(message, desk, draft, state, lambda one: replace(one, picture=upload))


async def button_pressed(
    query: CallbackQuery,
    callback_data: BroadcastButton,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
) -> None:
    """Choose where the button leads."""
    desk = Desk(actor, t, new_uow, clock, settings)
    draft, kind = await desk.draft(callback_data.broadcast), callback_data.kind
    await _stop_typing(state)
    if callback_data.clear:
        await _change(query, desk, draft, state, lambda one: replace(one, button=None))
        return
    match kind:
        case None:
            offers = await named_offers(new_uow, draft)
            await reply.show(query, screens.ask_button(t, draft, offers))
            return
        case ButtonKind.URL:
            await _await(state, WriteBroadcast.url, draft)
            await reply.show(query, screens.ask_url(t, draft, _hosts(settings)))
            return
        case ButtonKind.OFFER if not callback_data.offer:
            await _choose_offer(query, desk, draft, callback_data.page, for_button=True)
            return
    offer = OfferId(callback_data.offer) if kind is ButtonKind.OFFER else None
    made = Button(kind=kind, offer=offer)
    await _change(query, desk, draft, state, lambda one: replace(one, button=made))


async def url_typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
) -> None:
    """The address that the button leads to."""
    desk = Desk(actor, t, new_uow, clock, settings)
    draft, _ = await _awaited(desk, state)
    try:
        url = button_url(message.text or "", _hosts(settings))
    except BadInput as error:
        problem = refusal(t, error)
        screen = screens.ask_url(t, draft, _hosts(settings), problem=problem)
        await reply.show(message, screen)
        return
    made = Button(kind=ButtonKind.URL, url=url)
    await _change(message, desk, draft, state, lambda one: replace(one, button=made))


async def label_pressed(
    query: CallbackQuery,
    callback_data: BroadcastLabel,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
) -> None:
    """Ask for the words on the button in a language, or take the usual ones."""
    desk = Desk(actor, t, new_uow, clock, settings)
    draft, locale = await desk.draft(callback_data.broadcast), callback_data.locale
    if draft.button is None:
        raise OutOfDate("broadcast")
    if callback_data.clear:
        await _change(query, desk, draft, state, lambda one: _labelled(one, locale, ""))
        return
    await _await(state, WriteBroadcast.label, draft, locale)
    await reply.show(query, screens.ask_label(t, draft, locale))


async def label_typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
) -> None:
    """The words on the button."""
    desk = Desk(actor, t, new_uow, clock, settings)
    draft, locale = await _awaited(desk, state)
    assert locale is not None
    words = " ".join((message.text or "").split())
    if not words or len(words) > LABEL_MAX:
        problem = refusal(t, BadInput("broadcast_label"))
        await reply.show(message, screens.ask_label(t, draft, locale, problem=problem))
        return
    await _change(message, desk, draft, state, lambda one: _labelled(one, locale, words))


def _labelled(draft: Broadcast, locale: Locale, words: str) -> Broadcast:
    if draft.button is None:
        return draft
    labels = {at: label for at, label in draft.button.labels.items() if at != locale}
    if words:
        labels[locale] = words
    return replace(draft, button=replace(draft.button, labels=labels))


# --- sending -------------------------------------------------------------------------------------


async def time_pressed(
    query: CallbackQuery,
    callback_data: BroadcastTime,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
) -> None:
    """A time was chosen: show what will happen."""
    desk = Desk(actor, t, new_uow, clock, settings)
    await _stop_typing(state)
    draft = await desk.draft(callback_data.broadcast)
    at = _time(callback_data.minute)
    if at is not None and at <= clock():
        await reply.show(query, progress.when(t, draft, clock()))
        return
    await _confirm(query, desk, draft, at)


async def time_typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    state: FSMContext,
) -> None:
    """A typed time."""
    desk = Desk(actor, t, new_uow, clock, settings)
    draft, _ = await _awaited(desk, state)
    try:
        at = moment(message.text or "", clock())
    except BadInput as error:
        screen = progress.when(t, draft, clock(), problem=refusal(t, error))
        await reply.show(message, screen)
        return
    await _stop_typing(state)
    await _confirm(message, desk, draft, at)


async def _confirm(event: Event, desk: Desk, draft: Broadcast, at: datetime | None) -> None:
    reach = await desk.reach(draft)
    _demand_fitting(draft)
    draft.demand_sendable(reach)
    per_second = desk.per_second(draft)
    screen = progress.confirm(
        desk.t,
        draft,
        reach,
        await named_offers(desk.new_uow, draft),
        at=at,
        now=desk.clock(),
        per_second=per_second,
        stars=stars(reach.total, PER_SECOND, per_second) if draft.paid else 0,
    )
    await reply.show(event, screen)


async def send(
    query: CallbackQuery,
    callback_data: BroadcastSend,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    bot: Bot,
) -> None:
    """Let it go out; the message with the question becomes the one that shows the progress."""
    desk = Desk(actor, t, new_uow, clock, settings)
    number = BroadcastId(callback_data.broadcast)
    draft, at = await desk.draft(number), _time(callback_data.minute)
    if at is None and (await desk.reach(draft)).total != callback_data.count:
        await _confirm(query, desk, draft, at)  # it is not what was agreed to
        return
    _demand_fitting(draft)
    await schedule_broadcast(new_uow, clock, actor=actor, broadcast=number, at=at)
    if at is None:
        await start_due_broadcasts(new_uow, clock)
    screen = await desk.screen(await desk.one(number))
    await reply.answered(query)
    chat, place = query.from_user.id, query.message
    if isinstance(place, Message) and await reply.rewrite(bot, chat, place.message_id, screen):
        shown = place.message_id
    else:
        shown = (await reply.send_new(query, screen)).message_id
    await watch_broadcast(new_uow, broadcast=number, place=(chat, shown))


async def mute(
    query: CallbackQuery,
    callback_data: BroadcastMute,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """A reader wants no more of it, wants it again, or asks how it is."""
    muted = callback_data.muted
    if muted is None:
        muted = await broadcasts_muted(new_uow, actor=actor)
    else:
        await mute_broadcasts(new_uow, actor=actor, muted=muted)
    await reply.show(query, muted_screen(t, now_muted=muted))


# --- what they share -----------------------------------------------------------------------------


async def _change(
    event: Event,
    desk: Desk,
    draft: Broadcast,
    state: FSMContext,
    change: Change,
) -> None:
    """Store a change of the draft and show it."""
    changed = await change_draft(desk.new_uow, actor=desk.actor, broadcast=draft.id, change=change)
    await _stop_typing(state)
    await reply.show(event, await desk.screen(changed))


async def _await(
    state: FSMContext, what: State, draft: Broadcast, locale: Locale | None = None
) -> None:
    await state.set_state(what)
    await state.set_data({WHICH: draft.id, IN: locale})


async def _awaited(desk: Desk, state: FSMContext) -> tuple[Broadcast, Locale | None]:
    """The draft that is being typed for; OutOfDate where it is gone or sent."""
    data = await state.get_data()
    try:
        draft = await desk.draft(int(data.get(WHICH, 0)))
    except DomainError:
        await state.clear()
        raise
    return draft, Locale(data[IN]) if data.get(IN) else None


async def _stop_typing(state: FSMContext) -> None:
    """A button ends the wait for what would have been typed; the draft is in the database."""
    current = await state.get_state()
    if current is not None and current.startswith(WriteBroadcast.__name__):
        await state.clear()


async def _stored_picture(message: Message, desk: Desk, bot: Bot) -> UploadId:
    file = message.photo[-1] if message.photo else message.document
    if file is None or (file.file_size or 0) > PICTURE_MAX:
        raise BadInput("picture")
    async with reply.busy(message):
        content = await bot.download(file)
    return await store_broadcast_picture(
        desk.new_uow,
        desk.clock,
        actor=desk.actor,
        name=f"{file.file_unique_id}.jpg",
        data=content.read() if content else b"",
    )


def _demand_fitting(draft: Broadcast) -> None:
    """Raise BadInput("broadcast_caption") where a text is too long for its picture."""
    if draft.picture is not None and any(
        visible(text) > CAPTION_MAX for text in draft.texts.values()
    ):
        raise BadInput("broadcast_caption")


def _hosts(settings: Settings) -> tuple[str, ...]:
    return settings.broadcast_hosts


def _time(minute: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(minute * progress.MINUTE, UTC) if minute > 0 else None
    except (ValueError, OverflowError, OSError):
        raise OutOfDate("broadcast") from None


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    no_command = ~F.text.startswith("/")
    router.message.register(history, Command("broadcast"))
    router.message.register(text_typed, StateFilter(WriteBroadcast.text), no_command)
    router.message.register(picture_sent, StateFilter(WriteBroadcast.picture), no_command)
    router.message.register(url_typed, StateFilter(WriteBroadcast.url), no_command)
    router.message.register(label_typed, StateFilter(WriteBroadcast.label), no_command)
    router.message.register(time_typed, StateFilter(WriteBroadcast.moment), no_command)
    router.callback_query.register(history, Broadcasts.filter())
    router.callback_query.register(new, BroadcastNew.filter())
    router.callback_query.register(pressed, BroadcastCard.filter())
    router.callback_query.register(audience, BroadcastAudience.filter())
    router.callback_query.register(pick, BroadcastPick.filter())
    router.callback_query.register(text_pressed, BroadcastText.filter())
    router.callback_query.register(picture_pressed, BroadcastPicture.filter())
    router.callback_query.register(button_pressed, BroadcastButton.filter())
    router.callback_query.register(label_pressed, BroadcastLabel.filter())
    router.callback_query.register(time_pressed, BroadcastTime.filter())
    router.callback_query.register(send, BroadcastSend.filter())
    router.callback_query.register(mute, BroadcastMute.filter())
    return router
