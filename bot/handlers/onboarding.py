"""From hello to a whole profile; each question can be answered anew from the settings.

Answers are kept in the profile at once, so that a half-filled one waits for as long as it takes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.onboarding import FirstStep, GiveConsent, Onboarding
from bot.callbacks.people import Profile
from bot.callbacks.profile import Ask, Field, Pick, Picked, Skip
from bot.i18n import Translator
from bot.reply import show
from bot.screens import channels as channel_screens
from bot.screens import offers as offer_screens
from bot.screens import onboarding as screens
from bot.screens import settings as settings_screens
from bot.screens.errors import refusal
from bot.settings import Settings
from bot.states import FillProfile
from core import cities, profiles
from core.consents import CONSENT_VERSION, consent_text
from core.errors import AlreadyUsed, BadInput, DomainError, NotFound, OutOfDate
from core.ids import OfferId
from core.people import Actor, Category, Creator, Locale, Meeting, Platform
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import own_brands
from core.usecases.channels import my_channels
from core.usecases.creators import add_channel, own_profile, save_profile
from core.usecases.offers import offer_card
from core.usecases.people import give_consent

Event = Message | CallbackQuery

STATES = {
    Field.NAME: FillProfile.name,
    Field.CITY: FillProfile.city,
    Field.CATEGORIES: FillProfile.categories,
    Field.LANGUAGES: FillProfile.languages,
    Field.CHANNEL: FillProfile.channel,
}
FIELDS = {state.state: field for field, state in STATES.items()}

# Keys of the data of the form.
CHOSEN, PLATFORM, CHANNEL, OFFER = "chosen", "platform", "channel", "shared_offer"


async def first_step(
    query: CallbackQuery,
    callback_data: Onboarding,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """One of the first screens."""
    await state.set_state(None)
    if callback_data.offer:
        await state.update_data({OFFER: callback_data.offer})
    match callback_data.step:
        case FirstStep.WELCOME:
            await show(query, screens.welcome(t, begun=actor.creator is not None))
        case FirstStep.BRAND:
            await show(query, screens.for_brands(t, settings.operator_name))
        case FirstStep.DISAGREE:
            await show(query, screens.disagreed(t))
        case FirstStep.CONSENT:
            await _show_consent(query, meeting, t, settings)
        case FirstStep.CREATOR:
            await go_on(query, meeting, actor, t, new_uow, clock, state, settings)


async def go_on(
    query: CallbackQuery,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """The next thing that is missing: the consent, an answer, or nothing any more."""
    creator = await own_profile(new_uow, actor=actor)
    if creator is None or not meeting.consented:
        await _show_consent(query, meeting, t, settings)
    elif missing := creator.missing():
        await _ask(query, screens.MISSING[missing[0]], creator, t, state)
    elif not await _return(query, actor, creator, t, new_uow, clock, state):
        await _show_settings(query, actor, creator, t, new_uow)


async def _show_consent(
    query: CallbackQuery, meeting: Meeting, t: Translator, settings: Settings
) -> None:
    text = consent_text(t.locale, settings.operator_name, settings.operator_bin)
    await show(query, screens.consent(t, text, version=CONSENT_VERSION, given=meeting.consented))


async def agree(
    query: CallbackQuery,
    callback_data: GiveConsent,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Keep the consent to the text on the screen, then ask the first question."""
    if callback_data.locale not in list(Locale):
        raise OutOfDate("consent")
    creator = await give_consent(
        new_uow,
        clock,
        actor=actor,
        version=callback_data.version,
        locale=Locale(callback_data.locale),
        operator=settings.operator_name,
        bin=settings.operator_bin,
    )
    if missing := creator.missing():
        await _ask(query, screens.MISSING[missing[0]], creator, t, state)
    elif not await _return(query, actor, creator, t, new_uow, clock, state):
        await _show_settings(query, actor, creator, t, new_uow)


async def skip(
    query: CallbackQuery,
    callback_data: Skip,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Leave a question for later."""
    creator = await _profile(new_uow, actor)
    await _next(query, callback_data.field, creator, actor, t, new_uow, clock, state)


async def ask(
    query: CallbackQuery,
    callback_data: Ask,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Open a question, the first time or again."""
    creator = await _profile(new_uow, actor)
    await _ask(query, callback_data.field, creator, t, state)


async def pick(
    query: CallbackQuery,
    callback_data: Pick,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """An answer by a button."""
    creator = await _profile(new_uow, actor)
    field, value = callback_data.field, callback_data.value
    match field:
        case Field.NAME:
            name = query.from_user.full_name[: profiles.NAME_MAX]
            await _save(query, creator, actor, t, new_uow, clock, state, name=name)
        case Field.CITY:
            number = int(value) if value.isdecimal() else len(cities.CITIES)
            if number >= len(cities.CITIES):
                raise OutOfDate("city")
            city = cities.CITIES[number].kk
            await _save(query, creator, actor, t, new_uow, clock, state, city=city)
        case Field.CATEGORIES | Field.LANGUAGES:
            chosen = _chosen(await state.get_data(), field, creator) ^ {value}
            await state.set_state(STATES[field])
            await state.update_data({CHOSEN: {field: sorted(chosen)}})
            await show(query, screens.ask_list(t, creator, field, chosen))
        case Field.CHANNEL:
            if value not in list(Platform):
                raise OutOfDate("channel")
            await state.set_state(FillProfile.channel)
            await state.update_data({PLATFORM: value})
            await show(query, screens.ask_channel(t, creator, platform=Platform(value)))


async def picked(
    query: CallbackQuery,
    callback_data: Picked,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A list is complete."""
    creator = await _profile(new_uow, actor)
    field = callback_data.field
    chosen = _chosen(await state.get_data(), field, creator)
    values: dict[str, Any] = (
        {"categories": [one for one in Category if one in chosen]}
        if field is Field.CATEGORIES
        else {"languages": [one for one in Locale if one in chosen]}
    )
    await _save(query, creator, actor, t, new_uow, clock, state, **values)


async def typed_name(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The name as typed."""
    creator = await _profile(new_uow, actor)
    name = message.text or ""
    await _save(message, creator, actor, t, new_uow, clock, state, name=name)


async def typed_city(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The city as typed."""
    creator = await _profile(new_uow, actor)
    city = message.text or ""
    await _save(message, creator, actor, t, new_uow, clock, state, city=city)


async def typed_channel(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """The link to a channel, or the name on the platform that was chosen."""
    creator = await _profile(new_uow, actor)
    named = (await state.get_data()).get(PLATFORM)
    platform = Platform(named) if named else None
    text = message.text or ""
    try:
        try:
            _, url = profiles.channel(text)  # a whole link says its platform itself
        except BadInput:
            _, url = profiles.channel(text, platform)
    except BadInput as error:
        problem = refusal(t, error)
        await show(message, screens.ask_channel(t, creator, platform=platform, problem=problem))
        return
    await state.set_state(FillProfile.followers)
    await state.update_data({CHANNEL: url})
    await show(message, screens.ask_followers(t, url))


async def typed_followers(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    bot_username: str,
) -> None:
    """How many follow the channel; with that it is kept, and can be proved next."""
    before = await _profile(new_uow, actor)
    whole = not before.missing()
    url = (await state.get_data()).get(CHANNEL, "")
    if not url:
        await _ask(message, Field.CHANNEL, before, t, state)
        return
    try:
        followers = profiles.followers(message.text or "")
    except BadInput as error:
        await show(message, screens.ask_followers(t, url, problem=refusal(t, error)))
        return
    try:
        creator = await add_channel(new_uow, clock, actor=actor, link=url, followers=followers)
    except (AlreadyUsed, BadInput) as error:
        await _ask(message, Field.CHANNEL, before, t, state, error)
        return
    if not whole:
        await _next(message, Field.CHANNEL, creator, actor, t, new_uow, clock, state)
        return
    await state.set_state(None)
    view = next(one for one in await my_channels(new_uow, actor=actor) if one.channel.url == url)
    last = len(creator.channels) == 1
    offer = (await state.get_data()).get(OFFER, 0)
    card = channel_screens.card(t, view, bot_username=bot_username, offer=offer, last=last)
    await show(message, card)


async def anything_else(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """A sticker, a voice message, a text where a button is awaited: say again what is awaited."""
    creator = await _profile(new_uow, actor)
    data = await state.get_data()
    current = await state.get_state()
    if current == FillProfile.followers.state and data.get(CHANNEL):
        await show(message, screens.ask_followers(t, data[CHANNEL]))
        return
    field = FIELDS.get(current, Field.CHANNEL)
    if field in (Field.CATEGORIES, Field.LANGUAGES):
        chosen = _chosen(data, field, creator)
        await show(message, screens.ask_list(t, creator, field, chosen))
        return
    await _ask(message, field, creator, t, state)


async def _ask(
    event: Event,
    field: Field,
    creator: Creator,
    t: Translator,
    state: FSMContext,
    error: DomainError | None = None,
) -> None:
    """Put a question; what was chosen for it before and not kept is forgotten."""
    problem = refusal(t, error) if error else None
    await state.set_state(STATES[field])
    match field:
        case Field.NAME:
            suggestion = _suggestion(event)
            screen = screens.ask_name(t, creator, suggestion=suggestion, problem=problem)
        case Field.CITY:
            screen = screens.ask_city(t, creator, problem=problem)
        case Field.CATEGORIES | Field.LANGUAGES:
            await state.update_data({CHOSEN: {}})
            chosen = _chosen({}, field, creator)
            screen = screens.ask_list(t, creator, field, chosen, problem=problem)
        case Field.CHANNEL:
            await state.update_data({PLATFORM: "", CHANNEL: ""})
            screen = screens.ask_channel(t, creator, problem=problem)
    await show(event, screen)


async def _save(
    event: Event,
    before: Creator,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    **answer: Any,
) -> None:
    """Keep an answer and go on; one that does not fit repeats its question."""
    try:
        creator = await save_profile(new_uow, clock, actor=actor, **answer)
    except BadInput as error:
        await _ask(
            event, screens.MISSING.get(error.field, Field.LANGUAGES), before, t, state, error
        )
        return
    if not before.missing():
        await state.set_state(None)
        await _show_settings(event, actor, creator, t, new_uow)
        return
    field = screens.MISSING.get(next(iter(answer)), Field.LANGUAGES)
    await _next(event, field, creator, actor, t, new_uow, clock, state)


async def _next(
    event: Event,
    field: Field,
    creator: Creator,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """After a question: the next open one, or on to where the person was going."""
    if (following := screens.following(creator, field)) is not None:
        await _ask(event, following, creator, t, state)
        return
    await state.set_state(None)
    if creator.missing():
        offer = (await state.get_data()).get(OFFER, 0)
        await show(event, screens.later(t, creator, offer=offer))
    elif not await _return(event, actor, creator, t, new_uow, clock, state):
        await show(event, screens.done(t, creator))


async def _return(
    event: Event,
    actor: Actor,
    creator: Creator,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> bool:
    """Show the offer for which the profile was completed; False where none was wanted.

    It is forgotten then, unless a channel is still to be proved for it.
    """
    offer = (await state.get_data()).get(OFFER, 0)
    if not offer:
        return False
    actor = replace(actor, creator=creator.state)
    try:
        card = await offer_card(new_uow, clock, actor=actor, offer=OfferId(offer))
    except NotFound:
        await state.update_data({OFFER: 0})
        return False
    if not card.eligibility_gaps:
        await state.update_data({OFFER: 0})
    await show(event, screens.complete(t, offer_screens.offer_card(t, card)))
    return True


async def _show_settings(
    event: Event, actor: Actor, creator: Creator, t: Translator, new_uow: UnitOfWorkFactory
) -> None:
    brands = await own_brands(new_uow, actor=actor) if actor.brands else []
    await show(event, settings_screens.settings(t, actor, creator, brands))


async def _profile(new_uow: UnitOfWorkFactory, actor: Actor) -> Creator:
    """The profile that the questions are about; there is none before the consent."""
    creator = await own_profile(new_uow, actor=actor)
    if creator is None:
        raise OutOfDate("creator")
    return creator


def _chosen(data: dict[str, Any], field: Field, creator: Creator) -> set[str]:
    """What is ticked in a list: what was pressed so far, else what the profile has."""
    pressed = (data.get(CHOSEN) or {}).get(field)
    if pressed is not None:
        return set(pressed) & set(screens.kinds(field))
    kept = creator.categories if field is Field.CATEGORIES else creator.languages
    return {str(one) for one in kept}


def _suggestion(event: Event) -> str:
    user = event.from_user
    try:
        return profiles.display_name(user.full_name if user else "")
    except BadInput:
        return ""


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(first_step, Onboarding.filter())
    router.callback_query.register(go_on, Profile.filter())
    router.callback_query.register(agree, GiveConsent.filter())
    router.callback_query.register(ask, Ask.filter())
    router.callback_query.register(skip, Skip.filter())
    router.callback_query.register(pick, Pick.filter())
    router.callback_query.register(picked, Picked.filter())
    no_command = ~F.text.startswith("/")
    router.message.register(typed_name, FillProfile.name, F.text, no_command)
    router.message.register(typed_city, FillProfile.city, F.text, no_command)
    router.message.register(typed_channel, FillProfile.channel, F.text, no_command)
    router.message.register(typed_followers, FillProfile.followers, F.text, no_command)
    router.message.register(anything_else, StateFilter(FillProfile), no_command)
    return router
