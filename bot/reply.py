"""The one place that decides between answering, editing and alerting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from aiogram import Bot
from aiogram.enums import ChatAction
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    ForceReply,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from aiogram.utils.chat_action import ChatActionSender

from bot.screens.base import ALERT_LIMIT, Photo, Screen, cut_plain

log: Final = logging.getLogger(__name__)

KEPT: Final = "~"  # first letter of the callback data of a message that must stay as it is
FAILURE_SECONDS: Final = 0.5  # before the one more try after a failure of Telegram's own
PATIENCE: Final = 5  # seconds of a flood wait that a person's tap sits through

_Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | ForceReply
Media = str | BufferedInputFile
T = TypeVar("T")

# Photos that a bot has uploaded, by key; a reference that Telegram no longer knows is replaced.
_uploaded: WeakKeyDictionary[Bot, dict[str, str]] = WeakKeyDictionary()
_UPLOADED_MAX: Final = 2_000


async def show(event: Message | CallbackQuery, screen: Screen) -> None:
    """Put the screen before the person.

    A tap edits the message that it belongs to, or sends a new one where that is impossible or the
    message is one to keep; the tap itself is answered. A typed message gets an answer.
    """
    if isinstance(event, Message):
        await send(_bot(event), event.chat.id, screen)
        return
    await answered(event)
    screen = await screen.drawn()
    if not await _edit(event, screen):
        await send(_bot(event), event.from_user.id, screen)


async def send_new(event: Message | CallbackQuery, screen: Screen) -> Message:
    """Send a message worth keeping: taps on its buttons open new messages and leave it as it is."""
    if isinstance(event, CallbackQuery):
        await answered(event)
        chat = event.from_user.id
    else:
        chat = event.chat.id
    return await send(_bot(event), chat, screen, keep=True)


async def alert(query: CallbackQuery, text: str) -> None:
    """Answer a tap with a window that must be closed; `text` is plain."""
    await _answer(query, cut_plain(text, ALERT_LIMIT), show_alert=True)


async def answered(query: CallbackQuery, text: str | None = None) -> None:
    """Answer a tap, with a passing note or without a word."""
    await _answer(query, text and cut_plain(text, ALERT_LIMIT), show_alert=False)


@asynccontextmanager
async def busy(
    event: Message | CallbackQuery, action: ChatAction = ChatAction.TYPING
) -> AsyncIterator[None]:
    """Show that the bot is at work for as long as the block takes; a tap is answered at once."""
    if isinstance(event, CallbackQuery):
        await answered(event)
        chat = event.from_user.id
    else:
        chat = event.chat.id
    async with ChatActionSender(bot=_bot(event), chat_id=chat, action=action):
        yield


async def rewrite(bot: Bot, chat: int, message: int, screen: Screen) -> bool:
    """Put another text into a message to keep, such as one that shows how far a work has come.

    False where Telegram refuses or is away; a text that is there already is no refusal.
    """
    markup = None if screen.keyboard is None else kept(screen.keyboard)
    try:
        await bot.edit_message_text(
            screen.html, chat_id=chat, message_id=message, reply_markup=markup
        )
    except TelegramBadRequest as error:
        return "message is not modified" in error.message
    except AiogramError as error:
        log.info("a message could not be rewritten: %s", type(error).__name__)
        return False
    return True


async def send(
    bot: Bot,
    chat: int,
    screen: Screen,
    *,
    keep: bool = False,
    patient: bool = True,
    paid: bool = False,
) -> Message:
    """Send the screen as a new message, one to keep or a living one.

    A short flood wait is sat through, unless the caller keeps its own time (`patient` is False).
    `paid` takes Telegram's faster lane, which costs Stars.
    """
    screen = await screen.drawn()
    stars = paid or None
    markup: _Markup | None = screen.ask
    if screen.keyboard is not None:
        markup = kept(screen.keyboard) if keep else screen.keyboard
    patiently = _patiently if patient else _at_once
    if screen.document is not None:
        file = BufferedInputFile(screen.document.data, screen.document.name)
        return await patiently(
            lambda: bot.send_document(
                chat, file, caption=screen.html, reply_markup=markup, allow_paid_broadcast=stars
            )
        )
    if (photo := screen.photo) is not None:
        return await patiently(
            lambda: _with_upload(
                bot,
                photo,
                lambda media: bot.send_photo(
                    chat,
                    media,
                    caption=screen.html,
                    reply_markup=markup,
                    allow_paid_broadcast=stars,
                ),
            )
        )
    return await patiently(
        lambda: bot.send_message(chat, screen.html, reply_markup=markup, allow_paid_broadcast=stars)
    )


def kept(keyboard: InlineKeyboardMarkup) -> InlineKeyboardMarkup:
    """The keyboard of a message to keep: its callbacks say that the message must not be edited."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [
                pressed
                if pressed.callback_data is None
                else pressed.model_copy(update={"callback_data": KEPT + pressed.callback_data})
                for pressed in row
            ]
            for row in keyboard.inline_keyboard
        ]
    )


async def _edit(query: CallbackQuery, screen: Screen) -> bool:
    """Turn the message under the tap into the screen; False where it must be a new message."""
    message = query.message
    if not isinstance(message, Message) or screen.ask is not None:
        return False
    if screen.document is not None or message.document is not None:
        return False
    bot = _bot(query)
    try:
        if screen.photo is not None:
            await _edit_photo(bot, message, screen, screen.photo)
        elif message.photo:
            await message.delete()  # a photo cannot become a text
            return False
        else:
            await _idempotent(
                lambda: bot.edit_message_text(
                    screen.html,
                    chat_id=message.chat.id,
                    message_id=message.message_id,
                    reply_markup=screen.keyboard,
                )
            )
    except TelegramBadRequest as error:
        if "message is not modified" in error.message:
            return True
        log.info("a message could not be edited: %s", error.message)
        return False
    return True


async def _edit_photo(bot: Bot, message: Message, screen: Screen, photo: Photo) -> None:
    async def with_photo(media: Media) -> Message:
        edited = await bot.edit_message_media(
            InputMediaPhoto(media=media, caption=screen.html),
            chat_id=message.chat.id,
            message_id=message.message_id,
            reply_markup=screen.keyboard,
        )
        return edited if isinstance(edited, Message) else message

    await _idempotent(lambda: _with_upload(bot, photo, with_photo))


async def _with_upload(
    bot: Bot, photo: Photo, use: Callable[[Media], Coroutine[Any, Any, Message]]
) -> Message:
    """Send a photo by the reference of its first upload, or upload it."""
    known = _uploaded.setdefault(bot, {})
    if reference := known.get(photo.key):
        try:
            return await use(reference)
        except TelegramBadRequest as error:
            if "file" not in error.message.lower():
                raise
            del known[photo.key]
    message = await use(BufferedInputFile(photo.data, "photo.png"))
    if message.photo:
        while len(known) >= _UPLOADED_MAX:
            del known[next(iter(known))]
        known[photo.key] = message.photo[-1].file_id
    return message


async def _answer(query: CallbackQuery, text: str | None, *, show_alert: bool) -> None:
    try:
        await _idempotent(lambda: query.answer(text=text, show_alert=show_alert or None))
    except TelegramBadRequest as error:
        # Answered already, or pressed while the bot was down: the screen comes all the same.
        log.debug("a tap could not be answered: %s", error.message)
    except AiogramError as error:
        if text:
            raise
        log.info("a tap could not be answered: %s", type(error).__name__)


async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Sit through one short flood wait or failure: Telegram has not done what it refused so."""
    try:
        return await call()
    except TelegramRetryAfter as error:
        if error.retry_after > PATIENCE:
            raise
        await asyncio.sleep(error.retry_after)
        return await call()
    except TelegramServerError:
        await asyncio.sleep(FAILURE_SECONDS)
        return await call()


async def _at_once(call: Callable[[], Awaitable[T]]) -> T:
    return await call()


async def _idempotent(call: Callable[[], Awaitable[T]]) -> T:
    """Call again once after a lost answer: what is done twice here looks as if done once."""
    try:
        return await _patiently(call)
    except (TelegramNetworkError, ClientDecodeError):
        return await _patiently(call)


def _bot(event: Message | CallbackQuery) -> Bot:
    if event.bot is None:
        raise RuntimeError("the event did not come through a dispatcher")
    return event.bot
