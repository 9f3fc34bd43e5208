"""One living message per menu; what is worth keeping stays; every tap is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
from aiogram import Bot, Dispatcher
from aiogram.types import CallbackQuery, Message

from bot.app import make_bot
from bot.callbacks.nav import Nav, Target
from bot.intake import Intake
from bot.middlewares.kept import KeptMessages
from bot.reply import alert, busy, send, send_new, show
from bot.screens.base import Document, Photo, Screen, button, keyboard
from bot.settings import Settings
from scripts.sandbox import Person, Sandbox
from tests.sandbox.pictures import png

RED = png(40, 30)
NEXT = keyboard(button("Next", Nav(to=Target.HOME)))
Act = Callable[[Message | CallbackQuery], Awaitable[object]]


async def _show(screen: Screen, event: Message | CallbackQuery) -> None:
    await show(event, screen)


class Chat:
    """A person and a bot that does, for each thing the person does, the next thing it is told."""

    def __init__(self, bot: Bot, sandbox: Sandbox, person: Person) -> None:
        self.bot, self.sandbox, self.person = bot, sandbox, person
        self.acts: list[Act] = []
        self.failed: list[Exception] = []
        self.seen: list[str | None] = []

    async def act(self, event: Message | CallbackQuery) -> None:
        if isinstance(event, CallbackQuery):
            self.seen.append(event.data)
        try:
            await self.acts.pop(0)(event)
        except Exception as error:
            self.failed.append(error)

    def shows(self, *screens: Screen) -> None:
        """Queue screens to be shown."""
        self.acts += [partial(_show, screen) for screen in screens]

    @property
    def living(self) -> list[str]:
        """What stands in the chat from the bot."""
        return [message.text for message in self.person.received if not message.deleted]


@pytest.fixture
async def chat(settings: Settings, sandbox: Sandbox) -> AsyncIterator[Chat]:
    bot = make_bot(settings)
    made = Chat(bot, sandbox, sandbox.person("Айгерім"))
    dispatcher = Dispatcher()
    dispatcher.message.register(made.act)
    dispatcher.callback_query.outer_middleware(KeptMessages())
    dispatcher.callback_query.register(made.act)
    intake = Intake(
        bot,
        lambda update: dispatcher.feed_update(bot, update),
        allowed=["message", "callback_query"],
        grace=0.05,
    )
    task = asyncio.create_task(intake.run())
    yield made
    intake.stop()
    await task
    await bot.session.close()
    assert made.failed == []
    assert sandbox.unanswered == []


async def test_a_tap_edits_the_message_it_belongs_to(chat: Chat) -> None:
    chat.shows(Screen("one", NEXT), Screen("two", NEXT))

    await chat.person.send("menu")
    await chat.person.expect("one")
    await chat.person.click("Next")
    await chat.person.expect("two")

    assert chat.living == ["two"]


async def test_a_screen_that_has_not_changed_is_no_error(chat: Chat) -> None:
    chat.shows(Screen("same", NEXT), Screen("same", NEXT), Screen("other", NEXT))

    await chat.person.send("menu")
    await chat.person.expect("same")
    await chat.person.click("Next")
    await chat.person.click("Next")
    await chat.person.expect("other")

    assert chat.living == ["other"]


async def test_texts_and_photos_take_each_others_place(chat: Chat) -> None:
    red = Photo("red", RED)
    chat.shows(Screen("text", NEXT), Screen("photo", NEXT, photo=red), Screen("again", NEXT))

    await chat.person.send("menu")
    await chat.person.expect("text")
    await chat.person.click("Next")
    shown = await chat.person.expect_photo("photo")
    assert chat.living == ["photo"]
    assert shown.has_photo
    await chat.person.click("Next")
    await chat.person.expect("again")

    assert chat.living == ["again"]


async def test_a_photo_is_uploaded_once(chat: Chat) -> None:
    red = Photo("red", RED)
    chat.shows(*(Screen(text, NEXT, photo=red) for text in ("one", "two", "three")))

    await chat.person.send("menu")
    await chat.person.expect("one")
    await chat.person.click("Next")
    await chat.person.expect("two")
    await chat.person.send("menu")
    last = await chat.person.expect("three")

    references = {
        message.body["photo"][-1]["file_id"]
        for message in chat.person.received
        if message.has_photo
    }
    assert len(references) == 1
    assert last.has_photo


async def test_a_message_to_keep_is_never_edited(chat: Chat) -> None:
    chat.acts.append(lambda event: send_new(event, Screen("your code", NEXT)))
    chat.shows(Screen("menu", NEXT), Screen("deeper", NEXT))

    await chat.person.send("code")
    code = await chat.person.expect("your code")
    await chat.person.click("Next")
    await chat.person.expect("menu")
    await chat.person.click("Next")
    await chat.person.expect("deeper")

    assert chat.living == ["your code", "deeper"]
    assert chat.seen == ["nav:home", "nav:home"]  # handlers never see the mark
    assert code.text == "your code"


async def test_a_file_stays_when_its_buttons_are_tapped(chat: Chat) -> None:
    file = Document("orders.csv", b"a,b\n")
    chat.acts.append(lambda event: send(chat.bot, chat.person.id, Screen("rows", NEXT, None, file)))
    chat.shows(Screen("menu", NEXT))

    await chat.person.send("export")
    sent = await chat.person.expect_file("orders.csv")
    await chat.person.click("Next")
    await chat.person.expect("menu")

    assert sent.download() == b"a,b\n"
    assert chat.living == ["rows", "menu"]


async def test_an_old_message_that_was_deleted_is_replaced(chat: Chat) -> None:
    chat.shows(Screen("one", NEXT), Screen("two", NEXT))
    await chat.person.send("menu")
    message = await chat.person.expect("one")
    await chat.bot.delete_message(chat.person.id, message.message_id)

    await chat.person.tap("nav:home", message=message)
    await chat.person.expect("two")

    assert chat.living == ["two"]


async def test_an_alert_and_a_screen_may_go_together(chat: Chat) -> None:
    async def both(event: Message | CallbackQuery) -> None:
        assert isinstance(event, CallbackQuery)
        await alert(event, "out of date " * 40)
        await show(event, Screen("now", NEXT))

    chat.shows(Screen("one", NEXT))
    chat.acts.append(both)

    await chat.person.send("menu")
    await chat.person.expect("one")
    await chat.person.click("Next")
    told = await chat.person.expect_alert("out of date")
    await chat.person.expect("now")

    assert len(told) <= 200


async def test_long_work_is_seen_and_its_tap_answered_at_once(chat: Chat) -> None:
    done = asyncio.Event()

    async def work(event: Message | CallbackQuery) -> None:
        async with busy(event):
            await done.wait()
        await show(event, Screen("done", NEXT))

    chat.shows(Screen("one", NEXT))
    chat.acts.append(work)
    await chat.person.send("menu")
    await chat.person.expect("one")

    await chat.person.click("Next")
    await asyncio.sleep(0.2)
    assert chat.sandbox.unanswered == []
    done.set()
    await chat.person.expect("done")

    assert chat.person.actions == ["typing"]


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText", "answerCallbackQuery"])
async def test_a_short_flood_wait_is_sat_through(chat: Chat, method: str) -> None:
    chat.shows(Screen("one", NEXT), Screen("two", NEXT))
    chat.sandbox.fail("too_many", method, times=1, retry_after=1)

    await chat.person.send("menu")
    await chat.person.expect("one")
    await chat.person.click("Next")
    await chat.person.expect("two")

    assert chat.living == ["two"]


async def test_an_edit_whose_answer_got_lost_is_made_once(chat: Chat) -> None:
    chat.shows(Screen("one", NEXT), Screen("two", NEXT))
    chat.sandbox.fail("lost", "editMessageText", times=1)

    await chat.person.send("menu")
    await chat.person.expect("one")
    await chat.person.click("Next")
    await chat.person.expect("two")

    assert chat.living == ["two"]
