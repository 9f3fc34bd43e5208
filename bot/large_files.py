"""Files too large for Telegram, on their way from the upload page back into the chat."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final, Protocol

from aiogram import Bot
from aiogram.enums import ChatAction
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramForbiddenError
from aiogram.fsm.context import FSMContext
from aiogram.fsm.middleware import FSMContextMiddleware
from aiogram.fsm.storage.base import StorageKey

from bot import reply
from bot.background import Background
from bot.i18n import Translator, translator
from bot.screens import large_files as screens
from bot.screens.base import Screen
from bot.screens.errors import refusal
from bot.settings import Settings
from bot.states import SendOrders
from core.errors import FileRefused, NotAllowed, NotFound
from core.people import Actor, Brand
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.upload_links import LinkView
from core.usecases.brands import own_brands
from core.usecases.imports import UploadView, look_again
from core.usecases.people import recognise
from core.usecases.upload_links import (
    ask_link,
    mark_shown,
    put_back,
    take_waiting,
    waiting_files,
)

log: Final = logging.getLogger(__name__)


async def large_file(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    *,
    actor: Actor,
    brand: Brand,
    t: Translator,
    sent: bool = False,
    anew: bool = False,
) -> Screen:
    """The screen with a new link to the upload page, or without a page how else.

    `sent` where a file has just been too large. Raises as `ask_link`.
    """
    if not settings.has_upload_page:
        return screens.no_page(t, brand, sent=sent)
    token, expires_at = await ask_link(new_uow, clock, actor=actor, brand=brand.id, anew=anew)
    return screens.link(
        t,
        brand,
        f"{settings.public_url}/u/{token}?lang={t.locale}",
        expires_at=expires_at,
        limit=settings.upload_limit,
        sent=sent,
    )


class Preview(Protocol):
    """Begins the conversation about a file; returns its first screen."""

    def __call__(
        self, view: UploadView, brand: Brand, t: Translator, state: FSMContext
    ) -> Awaitable[Screen]: ...


class AskAgain(Protocol):
    """Asks for another file, because of a problem (plain)."""

    def __call__(
        self, brand: Brand, t: Translator, state: FSMContext, problem: str | None
    ) -> Awaitable[Screen]: ...


class Arrivals:
    """Goes on in the chat with files that the upload page has taken."""

    def __init__(
        self,
        bot: Bot,
        new_uow: UnitOfWorkFactory,
        clock: Clock,
        box: SecretBox,
        forms: FSMContextMiddleware,
        background: Background,
        *,
        preview: Preview,
        ask_again: AskAgain,
    ) -> None:
        self._bot = bot
        self._new_uow = new_uow
        self._clock = clock
        self._box = box
        self._forms = forms
        self._background = background
        self._preview = preview
        self._ask_again = ask_again

    def come(self) -> None:
        """A file has come: go on with it at once, beside everything else."""
        self._background.start(self._show_now(), "a large file")

    async def show(self) -> int:
        """Go on with every file that waits; returns how many it was. Safe to repeat."""
        shown = 0
        for view in await waiting_files(self._new_uow, self._clock):
            if await take_waiting(self._new_uow, self._clock, view.link.id):
                shown += await self._show(view)
        return shown

    async def _show_now(self) -> None:
        await self.show()

    async def _show(self, view: LinkView) -> bool:
        """Say in the chat what was understood; False where Telegram is away, for another time."""
        meeting = await recognise(self._new_uow, telegram_id=view.telegram_id)
        assert meeting is not None
        chat, actor = view.telegram_id, meeting.actor
        t = translator(actor.locale)
        forget = False
        try:
            brand = await self._brand(actor, view)
            with suppress(AiogramError):
                await self._bot.send_chat_action(chat, ChatAction.TYPING)
            found = await self._looked_at(actor, view)
            key = StorageKey(bot_id=self._bot.id, chat_id=chat, user_id=chat)
            async with self._forms.events_isolation.lock(key):
                state = FSMContext(self._forms.storage, key)
                before = await state.get_state()
                if isinstance(found, FileRefused):
                    forget = True
                    problem = _trouble(t, found)
                    screen = await self._ask_again(brand, t, state, problem)
                else:
                    screen = await self._preview(found, brand, t, state)
                if before and not before.startswith(SendOrders.__name__):
                    await state.set_state(before)  # what is being typed meanwhile goes where it was
            await reply.send(self._bot, chat, screen)
        except (NotAllowed, NotFound):
            forget = True  # the right has gone, or another file has taken its place
        except (TelegramForbiddenError, TelegramBadRequest):
            # The bot is blocked or the chat is gone; the file is forgotten in a day.
            log.info("a large file has nobody to be shown to")
        except AiogramError as error:
            log.warning("a large file could not be shown: %s", type(error).__name__)
            await put_back(self._new_uow, view.link.id)
            return False
        await mark_shown(self._new_uow, view.link, forget=forget)
        return True

    async def _brand(self, actor: Actor, view: LinkView) -> Brand:
        own = await own_brands(self._new_uow, actor=actor)
        found = next((brand for brand in own if brand.id == view.link.brand), None)
        if found is None:
            raise NotAllowed
        return found

    async def _looked_at(self, actor: Actor, view: LinkView) -> UploadView | FileRefused:
        if view.link.upload is None:
            raise NotFound("upload")
        try:
            return await look_again(
                self._new_uow,
                self._box,
                actor=actor,
                brand=view.link.brand,
                upload=view.link.upload,
                name=view.link.file_name,
            )
        except FileRefused as error:
            return error


def _trouble(t: Translator, error: FileRefused) -> str:
    if error.reason == "too_big":  # of a workbook, which must be read as a whole
        return t.plain("A workbook of this size cannot be opened. Save it as CSV and upload that.")
    return refusal(t, error)
