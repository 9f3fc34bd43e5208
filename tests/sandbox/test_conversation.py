"""A bot made with aiogram talks to people in the sandbox."""

import asyncio

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InputTextMessageContent,
    KeyboardButton,
    Message,
    MessageOriginChannel,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from aiogram.types import InlineKeyboardButton as Key

from scripts.sandbox import Person, Sandbox
from tests.sandbox.conftest import Serve
from tests.sandbox.pictures import png


def menu(*keys: Key) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[[key] for key in keys])


async def test_a_person_starts_taps_and_reads_the_edit_and_the_pop_up(
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


async def test_files_travel_both_ways(sandbox: Sandbox, bot: Bot, serve: Serve) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(F.document)
    async def send_back(message: Message) -> None:
        assert message.document is not None
        read = await bot.download(message.document)
        assert read is not None
        content = read.read()
        await message.answer_document(
            BufferedInputFile(content + b";done", filename="Есеп қараша.csv"),
            caption=f"{message.document.file_name}: {len(content)}",
        )

    @dispatcher.message(F.photo)
    async def show_back(message: Message) -> None:
        assert message.photo is not None
        largest = message.photo[-1]
        await message.answer_photo(largest.file_id, caption=f"{largest.width}x{largest.height}")

    await serve(dispatcher)
    manager = sandbox.person("Дмитрий Ким", language_code="ru")
    await manager.send_document("Заказы.csv", b"id;code\n1;AIGERIM10\n", "за ноябрь")
    answer = await manager.expect_file("Есеп")
    assert answer.text == "Заказы.csv: 20"
    assert answer.file_name == "Есеп қараша.csv"
    assert answer.download() == b"id;code\n1;AIGERIM10\n;done"

    await manager.send_photo(png(640, 320))
    shown = await manager.expect_photo("640x320")
    assert shown.download().startswith(b"\xff\xd8"), "Telegram turns pictures into JPEG"


async def test_a_reply_keyboard_asks_for_the_contact_and_goes_away(
    sandbox: Sandbox, serve: Serve
) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(CommandStart())
    async def ask(message: Message) -> None:
        share = KeyboardButton(text="Нөмірді жіберу", request_contact=True)
        await message.answer("Нөмір?", reply_markup=ReplyKeyboardMarkup(keyboard=[[share]]))

    @dispatcher.message(F.contact)
    async def thank(message: Message) -> None:
        assert message.contact is not None
        own = message.contact.user_id == message.chat.id
        await message.answer(
            f"{message.contact.phone_number} own={own}", reply_markup=ReplyKeyboardRemove()
        )

    await serve(dispatcher)
    buyer = sandbox.person("Нұрлан", phone="+77015554433")
    other = sandbox.person("Біреу", phone="+77010001122")
    await buyer.start()
    await buyer.expect("Нөмір?")
    assert [key.text for key in buyer.keyboard] == ["Нөмірді жіберу"]
    await buyer.click("Нөмірді жіберу")
    await buyer.expect("+77015554433 own=True")
    assert buyer.keyboard == []
    await buyer.send_contact(of=other)
    await buyer.expect("+77010001122 own=False")


async def test_copy_buttons_links_and_deep_links_do_what_a_client_does(
    bot: Bot, sandbox: Sandbox, person: Person
) -> None:
    await bot.send_message(
        person.id,
        'Код, <a href="https://t.me/ules_bot?start=b1">досқа</a>',
        parse_mode="HTML",
        reply_markup=menu(
            Key(text="Көшіру", copy_text=CopyTextButton(text="AIGERIM10")),
            Key(text="Дүкен", url="https://kaspi.kz/shop"),
            Key(text="Бастау", url="https://t.me/ules_bot?start=e5"),
            Key(text="Ашу", url="tg://resolve?domain=ules_bot&start=e6"),
        ),
    )
    await person.click("Көшіру")
    await person.click("Дүкен")
    assert person.copied == ["AIGERIM10"]
    assert person.opened == ["https://kaspi.kz/shop"]
    await person.click("Бастау")
    await person.click("Ашу")
    person.follow(person.last.links[0])
    texts = [message.text for message in person.messages if not message.post.outgoing]
    assert texts == ["/start", "/start e5", "/start e6", "/start b1"]


async def test_a_forwarded_channel_post_says_where_it_comes_from(
    sandbox: Sandbox, bot: Bot, serve: Serve
) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(F.forward_origin)
    async def name(message: Message) -> None:
        origin = message.forward_origin
        if isinstance(origin, MessageOriginChannel):
            count = await bot.get_chat_member_count(origin.chat.id)
            await message.answer(f"{origin.chat.title} {origin.message_id} {count}")
        else:
            await message.answer("жасырын")

    await serve(dispatcher)
    creator = sandbox.person("Айгерім")
    channel = sandbox.channel("Айгерім блогы", username="aigerim_blog", members=12_345)
    post = channel.post("#Жарнама Менің кодым AIGERIM10", photo=png(20, 20))
    await creator.forward_channel_post(channel, post)
    await creator.expect(f"Айгерім блогы {post.message_id} 12345")
    await creator.forward_channel_post(channel, post, hidden=True)
    await creator.expect("жасырын")


async def test_the_bot_hears_of_a_channel_that_it_administers(
    sandbox: Sandbox, bot: Bot, serve: Serve
) -> None:
    dispatcher = Dispatcher()
    heard: asyncio.Queue[str] = asyncio.Queue()

    @dispatcher.my_chat_member()
    async def joined(event: object) -> None:
        heard.put_nowait(event.new_chat_member.status)  # type: ignore[attr-defined]

    @dispatcher.channel_post()
    async def posted(message: Message) -> None:
        heard.put_nowait(message.text or "")

    await serve(dispatcher)
    creator = sandbox.person("Айгерім")
    channel = sandbox.channel("Блог", owner=creator)
    channel.post("бұны бот көрмейді")
    channel.promote_bot(by=creator)
    channel.post("бұны көреді")
    assert [await heard.get(), await heard.get()] == ["administrator", "бұны көреді"]
    member = await bot.get_chat_member(channel.id, bot.id)
    assert member.status == "administrator"
    sent = await bot.send_message(channel.id, "Боттан")
    assert sent.sender_chat is not None
    channel.remove_bot(by=creator)
    assert await heard.get() == "left"


async def test_blocking_and_coming_back_are_told_to_the_bot(sandbox: Sandbox, serve: Serve) -> None:
    dispatcher = Dispatcher()
    heard: asyncio.Queue[str] = asyncio.Queue()

    @dispatcher.my_chat_member()
    async def changed(event: object) -> None:
        heard.put_nowait(event.new_chat_member.status)  # type: ignore[attr-defined]

    @dispatcher.message()
    async def echo(message: Message) -> None:
        await message.answer("осындамын")

    await serve(dispatcher)
    person = sandbox.person("Айгерім")
    await person.start()
    await person.expect("осындамын")
    person.block()
    assert await heard.get() == "kicked"
    await person.send("қайтып келдім")
    assert await heard.get() == "member"
    await person.expect("осындамын")


async def test_inline_queries_are_answered(sandbox: Sandbox, serve: Serve) -> None:
    dispatcher = Dispatcher()

    @dispatcher.inline_query()
    async def offers(query: InlineQuery) -> None:
        content = InputTextMessageContent(message_text="Kaspi дүкені")
        found = InlineQueryResultArticle(id="1", title=query.query, input_message_content=content)
        await query.answer([found], cache_time=1)

    await serve(dispatcher)
    person = sandbox.person("Айгерім")
    results = await person.inline("шай")
    assert [result["title"] for result in results] == ["шай"]


async def test_what_does_not_come_is_said_with_all_that_came_instead(
    bot: Bot, person: Person
) -> None:
    person.mark()
    await bot.send_message(person.id, "басқа нәрсе")
    with pytest.raises(AssertionError, match="басқа нәрсе"):
        await person.expect("күткен нәрсе", timeout=0.01)
    with pytest.raises(AssertionError, match="a button 'Жоқ'"):
        await person.click("Жоқ", timeout=0.01)


async def test_expect_looks_only_at_what_came_since_the_last_action(
    bot: Bot, person: Person
) -> None:
    await bot.send_message(person.id, "ескі жауап")
    await person.send("тағы")
    with pytest.raises(AssertionError):
        await person.expect("ескі жауап", timeout=0.01)
    await person.expect_nothing(seconds=0.05)
    waiting = asyncio.create_task(person.expect("жаңа"))
    await bot.send_message(person.id, "жаңа жауап")
    assert (await waiting).text == "жаңа жауап"
    assert person.count("жауап") == 2


async def test_messages_are_dated_by_the_injected_clock(
    bot: Bot, person: Person, sandbox: Sandbox
) -> None:
    sent = await bot.send_message(person.id, "Қазір")
    assert sent.date == sandbox.state.now()


async def test_a_callback_from_a_deleted_message_carries_no_content(
    bot: Bot, person: Person, sandbox: Sandbox
) -> None:
    await bot.send_message(
        person.id, "Мәзір", reply_markup=menu(Key(text="Бір", callback_data="1"))
    )
    old = person.last
    await bot.delete_message(person.id, old.message_id)
    assert old.deleted
    await person.tap("1", message=old)
    update = (await bot.get_updates())[0]
    assert update.callback_query is not None
    assert update.callback_query.message is not None
    assert not isinstance(update.callback_query.message, Message)
