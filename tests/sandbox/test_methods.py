"""Methods of the Bot API that do more than send one text."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BufferedInputFile,
    InputMediaDocument,
    InputMediaPhoto,
    MediaUnion,
    MenuButtonDefault,
)
from aiohttp import ClientSession, FormData

from scripts.sandbox import Person, Sandbox
from scripts.sandbox.methods import commands_for
from tests.sandbox.conftest import TOKEN, connect
from tests.sandbox.pictures import png


async def test_the_bot_knows_itself(bot: Bot, sandbox: Sandbox) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (42, "ules_bot", True)
    assert sandbox.calls("getMe") == 1
    assert await bot.log_out()
    assert await bot.close()


async def test_albums_arrive_as_one_group(bot: Bot, sandbox: Sandbox, person: Person) -> None:
    pictures: list[MediaUnion] = [
        InputMediaPhoto(media=BufferedInputFile(png(30, 20), "a.png"), caption="<b>бір</b>"),
        InputMediaPhoto(media=BufferedInputFile(png(20, 30), "b.png")),
    ]
    async with connect(sandbox, parse_mode="HTML") as html:
        sent = await html.send_media_group(person.id, list(pictures))
    assert sent[0].media_group_id == sent[1].media_group_id
    assert sent[0].caption == "бір"
    assert person.received[0].entities[0]["type"] == "bold"
    with pytest.raises(TelegramBadRequest, match="can't be mixed"):
        await bot.send_media_group(
            person.id,
            [*pictures, InputMediaDocument(media=BufferedInputFile(b"x", "x.csv"))],
        )
    with pytest.raises(TelegramBadRequest, match="too many messages"):
        await bot.send_media_group(person.id, pictures * 6)


async def test_commands_follow_scope_and_language(
    bot: Bot, sandbox: Sandbox, person: Person
) -> None:
    russian = sandbox.person("Дмитрий", language_code="ru")
    await russian.start()

    def command(name: str) -> list[BotCommand]:
        return [BotCommand(command=name, description=name)]

    def seen(by: Person) -> list[str]:
        return [known["command"] for known in commands_for(sandbox.state, by.chat)]

    assert seen(person) == []
    await bot.set_my_commands(command("everyone"))
    await bot.set_my_commands(command("private"), scope=BotCommandScopeAllPrivateChats())
    await bot.set_my_commands(
        command("private_ru"), scope=BotCommandScopeAllPrivateChats(), language_code="ru"
    )
    assert (seen(person), seen(russian)) == (["private"], ["private_ru"])
    here = BotCommandScopeChat(chat_id=person.id)
    await bot.set_my_commands(command("mine"), scope=here)
    assert seen(person) == ["mine"]
    assert (await bot.get_my_commands(scope=here))[0].command == "mine"
    assert await bot.get_my_commands(language_code="kk") == []
    await bot.delete_my_commands(scope=here)
    assert seen(person) == ["private"]
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.set_my_commands(command("no"), scope=BotCommandScopeChat(chat_id=5))


async def test_the_bot_presents_itself(bot: Bot, sandbox: Sandbox) -> None:
    await bot.set_my_name("Үлес")
    await bot.set_my_description("Сатылымнан үлес алыңыз", language_code="kk")
    await bot.set_my_short_description("Үлес")
    await bot.set_chat_menu_button(menu_button=MenuButtonDefault())
    assert sandbox.state.texts[("description", "kk")] == "Сатылымнан үлес алыңыз"
    with pytest.raises(TelegramBadRequest):
        await bot.set_my_short_description("x" * 121)


async def test_forwarding_copying_and_pinning(bot: Bot, person: Person, sandbox: Sandbox) -> None:
    other = sandbox.person("Басқа")
    await other.start()
    said = await person.send("мынаны көр")
    forwarded = await bot.forward_message(other.id, person.id, said.message_id)
    assert forwarded.forward_origin is not None
    copied = await bot.copy_message(other.id, person.id, said.message_id)
    assert other.last.message_id == copied.message_id
    assert "forward_origin" not in other.last.body
    await bot.pin_chat_message(other.id, copied.message_id)
    assert other.chat.pinned == copied.message_id
    with pytest.raises(TelegramBadRequest, match="message to copy not found"):
        await bot.copy_message(other.id, person.id, 999)


async def test_chat_actions_are_seen(bot: Bot, person: Person) -> None:
    await bot.send_chat_action(person.id, "upload_document")
    assert person.actions == ["upload_document"]
    with pytest.raises(TelegramBadRequest, match="wrong parameter action"):
        await bot.send_chat_action(person.id, "sleeping")


async def test_chats_can_be_looked_at(bot: Bot, person: Person, sandbox: Sandbox) -> None:
    chat = await bot.get_chat(person.id)
    assert (chat.first_name, chat.last_name) == ("Айгерім", "Сәдуақас")
    member = await bot.get_chat_member(person.id, person.id)
    assert member.status == "member"
    sandbox.channel("Блог", username="blog", members=77)
    assert await bot.get_chat_member_count("@blog") == 77


async def test_a_file_field_and_a_query_string_are_understood(
    sandbox: Sandbox, person: Person
) -> None:
    form = FormData(quote_fields=False)
    form.add_field("chat_id", str(person.id))
    form.add_field("document", b"1;2", filename="Есеп.csv")
    url = f"{sandbox.url}/bot{TOKEN}"
    async with ClientSession() as session:
        async with session.post(f"{url}/sendDocument", data=form) as response:
            assert response.status == 200
        async with session.get(
            f"{url}/sendMessage", params={"chat_id": person.id, "text": "сәлем"}
        ) as response:
            assert response.status == 200
        async with session.get(f"{sandbox.url}/file/bot{TOKEN}/documents/no") as response:
            assert response.status == 404
    assert [message.file_name for message in person.received] == ["Есеп.csv", None]
    assert person.last.text == "сәлем"


async def test_pictures_come_in_several_sizes(bot: Bot, person: Person) -> None:
    sent = await bot.send_photo(person.id, BufferedInputFile(png(1600, 800), "a.png"))
    assert sent.photo is not None
    assert [size.width for size in sent.photo] == [90, 320, 800, 1280]
    small = await bot.download(sent.photo[0])
    large = await bot.download(sent.photo[-1])
    assert small is not None
    assert large is not None
    assert len(small.read()) < len(large.read())
    again = await bot.send_photo(person.id, sent.photo[0].file_id)
    assert again.photo == sent.photo
