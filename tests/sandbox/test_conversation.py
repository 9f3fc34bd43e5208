"""A bot made with aiogram talks to people in the sandbox."""

from aiogram import Bot, Dispatcher, F
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
)
from aiogram.types import InlineKeyboardButton as Key

from scripts.sandbox import Sandbox
from tests.sandbox.conftest import Serve


def menu(*keys: Key) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[[key] for key in keys])


async def test_a_person_starts_taps_and_reads_the_edit_and_the_notice(
    sandbox: Sandbox, serve: Serve
) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(CommandStart(deep_link=True))
    async def greet(message: Message, command: CommandObject) -> None:
        await message.answer(
            f"<b>Сәлем</b>, {command.args}",
            parse_mode="HTML",
            reply_markup=menu(Key(text="Жалғастыру", callback_data="go:1")),
        )

    @dispatcher.callback_query(F.data == "go:1")
    async def go_on(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        await query.message.edit_text("Келесі қадам")
        await query.answer("Сақталды", show_alert=True)

    await serve(dispatcher)
    aigerim = sandbox.person("Айгерім", language_code="kk")
    await aigerim.start("offer7")
    greeting = await aigerim.expect("Сәлем, offer7")
    assert greeting.entities == [{"type": "bold", "offset": 0, "length": 5}]

    await aigerim.click("Жалғастыру")
    await aigerim.expect("Келесі қадам")
    assert await aigerim.expect_alert() == "Сақталды"
    assert aigerim.alerts == ["Сақталды"]
    assert greeting.text == "Келесі қадам"
    assert greeting.buttons == []
    assert sandbox.unanswered == []
    assert sandbox.delivered(aigerim) == 1
