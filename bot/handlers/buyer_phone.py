"""A buyer shares the phone: why, the consent, and Telegram's own button.

A message with a contact is deleted from the chat whatever becomes of it.
"""

from __future__ import annotations

import contextlib

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.buyers import PhoneStep, SharePhone
from bot.i18n import Translator, client_locale, spoken, translator
from bot.reply import send, show
from bot.screens import buyer_phone as screens
from bot.screens.errors import refusal
from bot.settings import Settings
from bot.states import ShareContact
from core.buyers import SharedContact
from core.consents import BUYER_CONSENT, consent_text
from core.errors import BadInput, ConsentMissing, OutOfDate
from core.people import Actor, Locale, Meeting
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.usecases.buyers import agree_to_share, agreed_to_share, share_phone

SLUG = "slug"  # key of the data: the link that the buyer came by


async def step(
    query: CallbackQuery,
    callback_data: SharePhone,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Why the phone is asked for, then the consent to the text on the screen."""
    slug = callback_data.slug
    t = spoken(t, meeting.chosen_locale, callback_data.lang)
    await state.set_state(None)
    if callback_data.step is PhoneStep.WHY:
        await show(query, _why(t, settings, slug))
        return
    if callback_data.lang not in list(Locale):
        raise OutOfDate("consent")
    await agree_to_share(
        new_uow,
        clock,
        actor=actor,
        version=callback_data.version,
        locale=Locale(callback_data.lang),
        speaks=meeting.chosen_locale is not None,
        operator=settings.operator_name,
        bin=settings.operator_bin,
    )
    await state.set_state(ShareContact.contact)
    await state.set_data({SLUG: slug})
    await show(query, screens.agreed(t, slug=slug))
    if query.bot is not None:
        await send(query.bot, query.from_user.id, screens.ask(t))


async def contact(
    message: Message,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    state: FSMContext,
    settings: Settings,
) -> None:
    """A contact: kept if it is the sender's own."""
    with contextlib.suppress(TelegramBadRequest):  # gone already, or older than two days
        await message.delete()
    user = message.from_user
    client = client_locale(user.language_code if user else None)
    t = spoken(t, meeting.chosen_locale, client)
    slug = await _slug(state)
    try:
        await share_phone(new_uow, clock, box, actor=actor, contact=_contact(message))
    except ConsentMissing:
        await show(message, _why(t, settings, slug))
        return
    except BadInput as error:
        if await agreed_to_share(new_uow, actor=actor):
            await state.set_state(ShareContact.contact)
            await show(message, screens.ask(t, problem=refusal(t, error)))
        else:
            await show(message, _why(t, settings, slug))
        return
    await state.clear()
    await show(message, screens.done(t))
    await show(message, screens.shared(t, slug=slug))


async def later(message: Message, t: Translator, state: FSMContext) -> None:
    """The key that shares nothing; one that has been left over does the same."""
    slug = await _slug(state)
    await state.clear()
    await show(message, screens.dropped(t))
    await show(message, screens.not_shared(t, slug=slug))


async def anything_else(message: Message, t: Translator) -> None:
    """A typed number proves nothing: the button is shown again."""
    await show(message, screens.ask(t, problem=t.plain(screens.ONLY_BUTTON)))


def _why(t: Translator, settings: Settings, slug: str) -> screens.Screen:
    text = consent_text(
        t.locale, settings.operator_name, settings.operator_bin, version=BUYER_CONSENT
    )
    return screens.why(t, text, version=BUYER_CONSENT, slug=slug)


def _contact(message: Message) -> SharedContact:
    assert message.contact is not None
    return SharedContact(
        owner=message.contact.user_id,
        number=message.contact.phone_number,
        forwarded=message.forward_origin is not None or message.via_bot is not None,
    )


async def _slug(state: FSMContext) -> str:
    return str((await state.get_data()).get(SLUG, ""))


async def has_contact(message: Message) -> bool:
    """Whether somebody's contact was sent."""
    return message.contact is not None


async def says_later(message: Message) -> bool:
    """Whether it is what stands on the key that shares nothing."""
    return message.text in {translator(locale).plain(screens.LATER) for locale in Locale}


def setup() -> Router:
    """The route table; it stands before what answers the first words of a stranger."""
    router = Router(name=__name__)
    router.callback_query.register(step, SharePhone.filter())
    here = StateFilter(ShareContact.contact, None)  # the key may be pressed long after
    router.message.register(contact, here, has_contact)
    router.message.register(later, here, says_later)
    router.message.register(anything_else, StateFilter(ShareContact.contact))
    return router
