"""Updates reach the handler that they are meant for, whatever else there is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, F, Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.filters import Command, CommandStart, StateFilter
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import StorageKey
from aiogram.types import CallbackQuery, Chat, InlineQuery, Message, Update, User

from bot.switchboard import Switchboard

BOT = Bot("42:" + "A" * 35)
CHAT = Chat(id=1, type="private")
USER = User(id=1, is_bot=False, first_name="A")


class Step(StrEnum):
    ONE = "1"
    TWO = "2"


class Apple(CallbackData, prefix="tap"):
    step: Step


class Pear(CallbackData, prefix="tpe"):
    id: int


class Form(StatesGroup):
    title = State()
    text = State()


def says(word: str) -> Any:
    async def handler(event: Any) -> str:
        return word

    return handler


@pytest.fixture
def dispatcher() -> Dispatcher:
    form, fruit, last = Router(), Router(), Router()
    form.message.register(says("title"), Form.title, F.text == "title")
    form.message.register(says("any of the form"), StateFilter(Form))
    form.message.register(says("cancel the form"), Command("cancel"), StateFilter(Form))
    form.message.register(says("start"), CommandStart())
    fruit.callback_query.register(says("apple one"), Apple.filter(F.step == Step.ONE))
    fruit.callback_query.register(says("apple"), Apple.filter())
    fruit.callback_query.register(says("pear"), Pear.filter())
    fruit.message.register(says("no state"), StateFilter(None), F.text == "hello")
    fruit.message.register(says("cancel"), Command("cancel"))
    last.message.register(says("stray"))
    last.callback_query.register(says("old button"))
    made = Dispatcher()
    made.include_router(Switchboard([form, fruit, last]))
    return made


async def write(dispatcher: Dispatcher, text: str, state: State | None = None) -> Any:
    key = StorageKey(bot_id=BOT.id, chat_id=1, user_id=1)
    await dispatcher.storage.set_state(key, state)
    date = datetime(2026, 11, 21, tzinfo=UTC)
    message = Message(message_id=1, date=date, chat=CHAT, from_user=USER, text=text)
    return await dispatcher.feed_update(BOT, Update(update_id=1, message=message))


async def tap(dispatcher: Dispatcher, data: str | None) -> Any:
    query = CallbackQuery(id="1", from_user=USER, chat_instance="1", data=data)
    return await dispatcher.feed_update(BOT, Update(update_id=1, callback_query=query))


@pytest.mark.parametrize(
    ("text", "state", "answer"),
    [
        ("title", Form.title, "title"),
        ("other", Form.title, "any of the form"),
        ("title", Form.text, "any of the form"),
        ("hello", None, "no state"),
        ("hello", Form.text, "any of the form"),
        ("what", None, "stray"),
        ("/cancel", Form.title, "cancel the form"),
        ("/cancel", None, "cancel"),
        ("/start", Form.text, "start"),
        ("/START payload", Form.text, "any of the form"),  # aiogram minds the case
        ("/unknown", Form.text, "any of the form"),
        ("/unknown", None, "stray"),
    ],
)
async def test_messages(
    dispatcher: Dispatcher, text: str, state: State | None, answer: str
) -> None:
    assert await write(dispatcher, text, state) == answer


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (Apple(step=Step.ONE).pack(), "apple one"),
        (Apple(step=Step.TWO).pack(), "apple"),
        (Pear(id=3).pack(), "pear"),
        ("tpe:not a number", "old button"),
        ("gone:1", "old button"),
        ("", "old button"),
        (None, "old button"),
    ],
)
async def test_taps(dispatcher: Dispatcher, data: str | None, answer: str) -> None:
    assert await tap(dispatcher, data) == answer


async def test_what_nobody_takes_is_unhandled() -> None:
    empty = Dispatcher()
    empty.include_router(Switchboard([]))

    assert await tap(empty, "x") is UNHANDLED


@pytest.mark.parametrize("part", ["filter", "middleware", "event", "router"])
def test_what_would_be_lost_is_refused(part: str) -> None:
    router = Router()
    if part == "filter":
        router.message.filter(F.text)
    elif part == "middleware":
        router.message.middleware(says("x"))
    elif part == "event":
        router.poll.register(says("x"))
    else:
        router.include_router(Router())

    with pytest.raises(ValueError, match=router.name):
        Switchboard([router])


async def test_one_conversation_answers_inline_queries() -> None:
    asked, other = Router(name="asked"), Router(name="other")
    asked.inline_query.register(says("found"))
    board = Dispatcher()
    board.include_router(Switchboard([asked, Router()]))
    query = InlineQuery(id="1", from_user=USER, query="x", offset="")

    assert await board.feed_update(BOT, Update(update_id=1, inline_query=query)) == "found"
    other.inline_query.register(says("lost"))
    with pytest.raises(ValueError, match="other listens to inline_query, as asked does"):
        Switchboard([asked, other])


async def test_routing_does_not_slow_down_with_the_number_of_handlers() -> None:
    def board(count: int) -> Dispatcher:
        routers = []
        for number in range(count):
            data = type(f"D{number}", (CallbackData,), {}, prefix=f"x{number}")
            router = Router()
            router.callback_query.register(says(str(number)), data.filter())  # type: ignore[attr-defined]
            routers.append(router)
        made = Dispatcher(disable_fsm=True)
        made.include_router(Switchboard(routers))
        return made

    few, many = board(1), board(200)

    async def cost(dispatcher: Dispatcher, data: str) -> float:
        started = time.perf_counter()
        for _ in range(100):
            await tap(dispatcher, data)
        return time.perf_counter() - started

    pairs = [(await cost(few, "x0"), await cost(many, "x199")) for _ in range(5)]

    assert min(of_many / of_few for of_few, of_many in pairs) < 2
