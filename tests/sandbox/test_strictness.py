"""The sandbox refuses what Telegram refuses, in Telegram's words."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import SendMessage, SendPoll
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CopyTextButton,
    ForceReply,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputMediaDocument,
    InputMediaPhoto,
    InputPollOption,
    InputTextMessageContent,
    KeyboardButton,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from aiogram.types import InlineKeyboardButton as Key
from aiohttp import ClientSession

from scripts.sandbox import Person, Sandbox
from scripts.sandbox.actions import ask_inline
from tests.sandbox.conftest import TOKEN, MovedClock, connect
from tests.sandbox.pictures import png


def menu(*keys: Key) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[list(keys)])


async def refusal(call: Awaitable[Any]) -> str:
    """The words of a 400."""
    with pytest.raises(TelegramBadRequest) as caught:
        await call
    return caught.value.message


async def test_texts_are_limited_after_entities_in_utf16_units(bot: Bot, person: Person) -> None:
    await bot.send_message(person.id, "<b>" + "қ" * 4096 + "</b>", parse_mode="HTML")
    too_long = "Bad Request: message is too long"
    assert await refusal(bot.send_message(person.id, "қ" * 4097)) == too_long
    await bot.send_message(person.id, "😀" * 2048)
    assert await refusal(bot.send_message(person.id, "😀" * 2049)) == too_long
    for empty in (" \n ", "<b> </b>"):
        said = await refusal(bot.send_message(person.id, empty, parse_mode="HTML"))
        assert said == "Bad Request: message text is empty"


async def test_captions_are_limited(bot: Bot, person: Person) -> None:
    picture = BufferedInputFile(png(20, 20), "a.png")
    await bot.send_photo(person.id, picture, caption="қ" * 1024)
    said = await refusal(bot.send_photo(person.id, picture, caption="қ" * 1025))
    assert said == "Bad Request: message caption is too long"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (Key(text="a"), "Text buttons are unallowed in the inline keyboard"),
        (Key(text="a", callback_data="x" * 65), "Bad Request: BUTTON_DATA_INVALID"),
        (Key(text="a", callback_data="қ" * 33), "Bad Request: BUTTON_DATA_INVALID"),
        (Key(text="a", url="javascript:alert(1)"), "is invalid: Wrong HTTP URL"),
        (Key(text="a", url="mailto://a.kz"), "is invalid: Unsupported URL protocol"),
        (Key(text="a", url="http://localhost:8080/r/a"), "is invalid: Wrong HTTP URL"),
        (Key(text="a", url="https://"), "is invalid: URL host is empty"),
        (Key(text="a", copy_text=CopyTextButton(text="x" * 257)), "BUTTON_COPY_TEXT_INVALID"),
        (Key(text="a", url="https://a.kz", callback_data="b"), "BUTTON_TYPE_INVALID"),
        (Key(text="a", pay=True), "BUTTON_TYPE_INVALID"),
    ],
)
async def test_buttons_that_telegram_would_not_show(
    bot: Bot, person: Person, key: Key, said: str
) -> None:
    assert said in await refusal(bot.send_message(person.id, "a", reply_markup=menu(key)))
    assert person.received == []


async def test_buttons_at_their_limits_pass(bot: Bot, person: Person) -> None:
    await bot.send_message(
        person.id,
        "a",
        reply_markup=menu(
            Key(text="a", callback_data="x" * 64),
            Key(text="b", copy_text=CopyTextButton(text="x" * 256)),
            Key(text="c", url="http://127.0.0.1:8080/r/a"),
            Key(text="d", url="tg://user?id=5"),
        ),
    )
    assert person.last.labels == ["a", "b", "c", "d"]
    rows = [[Key(text="a", callback_data="x")]] * 101
    over = InlineKeyboardMarkup(inline_keyboard=rows)
    said = await refusal(bot.send_message(person.id, "a", reply_markup=over))
    assert said == "Bad Request: reply markup is too long"


async def test_markup_must_parse(bot: Bot, person: Person) -> None:
    said = await refusal(bot.send_message(person.id, "қ <b>x", parse_mode="HTML"))
    assert said == (
        "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""
    )
    said = await refusal(bot.send_message(person.id, "қ <br>", parse_mode="HTML"))
    assert said == (
        'Bad Request: can\'t parse entities: Unsupported start tag "br" at byte offset 3'
    )
    said = await refusal(bot.send_message(person.id, "x", parse_mode="BBCode"))
    assert said == "Bad Request: unsupported parse_mode"
    outside = MessageEntity(type="bold", offset=5, length=1)
    said = await refusal(bot.send_message(person.id, "x", entities=[outside]))
    assert said == "Bad Request: ENTITY_BOUNDS_INVALID"


async def test_an_edit_must_change_something(bot: Bot, person: Person) -> None:
    keys = menu(Key(text="a", callback_data="x"))
    sent = await bot.send_message(person.id, "<b>a</b>", parse_mode="HTML", reply_markup=keys)

    async def edit(text: str, **more: Any) -> Any:
        return await bot.edit_message_text(
            text, chat_id=person.id, message_id=sent.message_id, **more
        )

    not_modified = (
        "Bad Request: message is not modified: specified new message content and reply markup "
        "are exactly the same as a current content and reply markup of the message"
    )
    said = await refusal(edit("<strong>a</strong>", parse_mode="HTML", reply_markup=keys))
    assert said == not_modified
    await edit("<i>a</i>", parse_mode="HTML", reply_markup=keys)
    await edit("<i>a</i>", parse_mode="HTML")
    assert person.last.buttons == [], "an edit without buttons takes them away"
    markup = bot.edit_message_reply_markup(chat_id=person.id, message_id=sent.message_id)
    assert await refusal(markup) == not_modified


async def test_an_edit_must_fit_the_message(bot: Bot, person: Person) -> None:
    text = await bot.send_message(person.id, "мәтін")
    photo = await bot.send_photo(person.id, BufferedInputFile(png(20, 20), "a.png"), caption="a")
    at_photo: Any = {"chat_id": person.id, "message_id": photo.message_id}
    at_text: Any = {"chat_id": person.id, "message_id": text.message_id}
    at_nothing: Any = {"chat_id": person.id, "message_id": 9999}
    said = await refusal(bot.edit_message_text("b", **at_photo))
    assert said == "Bad Request: there is no text in the message to edit"
    said = await refusal(bot.edit_message_caption(caption="b", **at_text))
    assert said == "Bad Request: there is no caption in the message to edit"
    said = await refusal(bot.edit_message_text("b", **at_nothing))
    assert said == "Bad Request: message to edit not found"

    await bot.edit_message_caption(caption="b", **at_photo)
    assert photo.photo is not None
    same = InputMediaPhoto(media=photo.photo[-1].file_id, caption="b")
    assert "message is not modified" in await refusal(
        bot.edit_message_media(media=same, **at_photo)
    )
    table = InputMediaDocument(media=BufferedInputFile(b"1;2", "a.csv"), caption="c")
    await bot.edit_message_media(media=table, **at_photo)
    assert person.last.file_name == "a.csv"
    assert person.last.text == "c"
    await bot.edit_message_media(media=same, **at_text)
    assert person.received[0].has_photo


async def test_what_a_bot_may_not_edit(bot: Bot, person: Person) -> None:
    own = await person.send("менің хабарым")
    keyboard = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="a")]])
    await bot.send_message(person.id, "пернелер", reply_markup=keyboard)
    await bot.send_message(person.id, "жауап?", reply_markup=ForceReply())
    for number in (own.message_id, own.message_id + 1, own.message_id + 2):
        edit = bot.edit_message_text("b", chat_id=person.id, message_id=number)
        assert await refusal(edit) == "Bad Request: message can't be edited"


async def test_deleting(bot: Bot, person: Person, telegram_clock: MovedClock) -> None:
    old = await bot.send_message(person.id, "ескі")
    telegram_clock.advance(timedelta(hours=47))
    young = await bot.send_message(person.id, "жас")
    telegram_clock.advance(timedelta(hours=2))
    await bot.delete_message(person.id, young.message_id)
    again = bot.delete_message(person.id, young.message_id)
    assert await refusal(again) == "Bad Request: message to delete not found"
    too_late = bot.delete_message(person.id, old.message_id)
    assert await refusal(too_late) == "Bad Request: message can't be deleted for everyone"

    newest = await bot.send_message(person.id, "жаңа")
    await bot.delete_messages(person.id, [newest.message_id, young.message_id, 9999])
    assert [message.text for message in person.received] == ["ескі"]


async def test_a_tap_is_answered_once_and_shortly(
    bot: Bot, person: Person, sandbox: Sandbox
) -> None:
    keys = menu(Key(text="a", callback_data="x"))
    await bot.send_message(person.id, "a", reply_markup=keys)
    await person.click("a")
    assert len(sandbox.unanswered) == 1
    query = sandbox.unanswered[0].query_id
    stale = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    long = bot.answer_callback_query(query, text="қ" * 201)
    assert await refusal(long) == "Bad Request: MESSAGE_TOO_LONG"
    await bot.answer_callback_query(query, text="қ" * 200)
    assert await refusal(bot.answer_callback_query(query)) == stale
    assert await refusal(bot.answer_callback_query("777")) == stale


async def test_chats_that_are_not_there(bot: Bot, sandbox: Sandbox, person: Person) -> None:
    stranger = sandbox.person("Бөтен")
    not_found = "Bad Request: chat not found"
    assert await refusal(bot.send_message(stranger.id, "a")) == not_found
    assert await refusal(bot.send_message(12345, "a")) == not_found
    assert await refusal(bot.get_chat("@nobody")) == not_found
    person.block()
    with pytest.raises(TelegramForbiddenError, match="Forbidden: bot was blocked by the user"):
        await bot.send_message(person.id, "a")
    channel = sandbox.channel("Блог")
    with pytest.raises(TelegramForbiddenError, match="bot is not a member of the channel chat"):
        await bot.send_message(channel.id, "a")
    assert sandbox.delivered() == 0


async def test_replies_need_the_message(bot: Bot, person: Person) -> None:
    missing = bot.send_message(person.id, "a", reply_parameters=ReplyParameters(message_id=999))
    assert await refusal(missing) == "Bad Request: message to be replied not found"
    lenient = ReplyParameters(message_id=999, allow_sending_without_reply=True)
    await bot.send_message(person.id, "a", reply_parameters=lenient)


async def test_a_wrong_token_and_unknown_methods(
    sandbox: Sandbox, bot: Bot, person: Person
) -> None:
    async with connect(sandbox, token="43:wrong") as stranger:
        with pytest.raises(TelegramUnauthorizedError, match="Unauthorized"):
            await stranger.get_me()
    options: list[InputPollOption | str] = [InputPollOption(text="a"), InputPollOption(text="b")]
    with pytest.raises(TelegramNotFound, match="does not speak sendPoll"):
        await bot(SendPoll(chat_id=person.id, question="?", options=options))
    async with (
        ClientSession() as session,
        session.post(f"{sandbox.url}/bot{TOKEN}/sendTelepathy") as response,
    ):
        assert response.status == 404
        assert (await response.json())["description"] == "Not Found"


async def test_parameters_are_read_with_the_typed_methods(
    sandbox: Sandbox, bot: Bot, person: Person
) -> None:
    async def post(method: str, body: dict[str, Any]) -> str:
        url = f"{sandbox.url}/bot{TOKEN}/{method}"
        async with ClientSession() as session, session.post(url, json=body) as response:
            answer = await response.json()
            assert response.status == (200 if answer["ok"] else 400)
            return str(answer.get("description", "ok"))

    chat = {"chat_id": str(person.id), "text": "a"}
    assert await post("SENDMESSAGE", chat) == "ok"
    assert "text_colour" in await post("sendMessage", chat | {"text_colour": "red"})
    nested = {"inline_keyboard": [[{"text": "a", "callback_data": "b", "colour": "red"}]]}
    assert '"colour"' in await post("sendMessage", chat | {"reply_markup": nested})
    wrong = await post("sendMessage", chat | {"disable_notification": "perhaps"})
    assert wrong == "Bad Request: can't parse disable_notification: perhaps"
    assert await post("sendMessage", {"text": "a"}) == "Bad Request: chat_id is empty"
    empty = await post("sendMessage", {"chat_id": person.id})
    assert empty == "Bad Request: message text is empty"
    markup = await post("sendMessage", chat | {"reply_markup": {"keys": []}})
    assert markup.startswith("Bad Request: parameter")
    unknown = SendMessage(chat_id=person.id, text="a", text_colour="red")
    assert "text_colour" in await refusal(bot(unknown))


async def test_files_that_telegram_does_not_take(bot: Bot, person: Person) -> None:
    broken = bot.send_photo(person.id, BufferedInputFile(b"no picture", "a.png"))
    assert await refusal(broken) == "Bad Request: IMAGE_PROCESS_FAILED"
    narrow = bot.send_photo(person.id, BufferedInputFile(png(900, 10), "a.png"))
    assert await refusal(narrow) == "Bad Request: PHOTO_INVALID_DIMENSIONS"
    wrong = "Bad Request: wrong file identifier/HTTP URL specified"
    assert await refusal(bot.send_document(person.id, "BQAC_nothing")) == wrong
    sent = await bot.send_photo(person.id, BufferedInputFile(png(20, 20), "a.png"))
    assert sent.photo is not None
    swapped = bot.send_document(person.id, sent.photo[-1].file_id)
    assert "can't use file of type Photo as Document" in await refusal(swapped)


async def test_a_file_over_20_megabytes_cannot_be_fetched(bot: Bot, person: Person) -> None:
    sent = await person.send_document("заказы.xlsx", b"x", size=20 * 1024 * 1024 + 1)
    said = await refusal(bot.get_file(sent.body["document"]["file_id"]))
    assert said == "Bad Request: file is too big"


async def test_commands_must_be_well_formed(bot: Bot) -> None:
    for name in ("Start", "ақша", "a" * 33, ""):
        refused = bot.set_my_commands([BotCommand(command=name, description="abc")])
        assert await refusal(refused) == "Bad Request: BOT_COMMAND_INVALID"
    many = [BotCommand(command=f"c{n}", description="abc") for n in range(101)]
    assert await refusal(bot.set_my_commands(many)) == "Bad Request: BOT_COMMANDS_TOO_MUCH"
    one = [BotCommand(command="wallet", description="abc")]
    assert "language_code" in await refusal(bot.set_my_commands(one, language_code="kaz"))


async def test_a_channel_shows_itself_to_its_administrators_only(
    sandbox: Sandbox, bot: Bot, person: Person
) -> None:
    other = sandbox.person("Дана")
    channel = sandbox.channel("Блог", members=77, owner=person)
    post = channel.post("Жарнама")
    not_found = "Bad Request: chat not found"
    for call in (
        bot.get_chat(channel.id),
        bot.get_chat_member(channel.id, person.id),
        bot.get_chat_member_count(channel.id),
        bot.forward_message(person.id, channel.id, post.message_id),
    ):
        assert await refusal(call) == not_found
    with pytest.raises(AssertionError, match="no administrator"):
        channel.promote_bot(by=other)
    await person.start()

    channel.promote_bot(by=person)
    channel.appoint(other)

    parts = [await bot.get_chat_member(channel.id, one.id) for one in (person, other)]
    assert [part.status for part in parts] == ["creator", "administrator"]
    assert (await bot.get_chat_member(channel.id, sandbox.person("Бөтен").id)).status == "left"
    assert await bot.get_chat_member_count(channel.id) == 77


async def test_a_forward_tells_whether_a_post_is_there(
    sandbox: Sandbox, bot: Bot, person: Person
) -> None:
    await person.start()
    channel = sandbox.channel("Блог", username="blog", owner=person)
    post = channel.post("Жарнама")
    forward = bot.forward_message(person.id, "@blog", post.message_id)
    assert (await forward).text == "Жарнама"

    channel.protect()
    refused = await refusal(bot.forward_message(person.id, channel.id, post.message_id))
    assert refused == "Bad Request: the message can't be forwarded"
    channel.delete(post)

    gone = await refusal(bot.forward_message(person.id, channel.id, post.message_id))
    assert gone == "Bad Request: message to forward not found"


async def test_inline_answers_are_as_strict_as_messages(
    bot: Bot, person: Person, sandbox: Sandbox
) -> None:
    sandbox.state.updates.allowed = ["inline_query"]
    asked = ask_inline(sandbox.state, person.profile, "шай")

    def article(name: str = "1", text: str = "Шай", title: str = "Шай") -> InlineQueryResultArticle:
        content = InputTextMessageContent(message_text=text, parse_mode="HTML")
        return InlineQueryResultArticle(id=name, title=title, input_message_content=content)

    def way_in(text: str = "Ашу", payload: str = "inline") -> InlineQueryResultsButton:
        return InlineQueryResultsButton(text=text, start_parameter=payload)

    async def said(*results: InlineQueryResultArticle, **more: Any) -> str:
        return await refusal(bot.answer_inline_query(asked.query_id, list(results), **more))

    assert "RESULTS_TOO_MUCH" in await said(*(article(str(number)) for number in range(51)))
    assert "RESULT_ID_DUPLICATE" in await said(article(), article())
    assert "RESULT_ID_INVALID" in await said(article("қ" * 33))
    assert "ARTICLE_TITLE_EMPTY" in await said(article(title=""))
    assert "MESSAGE_EMPTY" in await said(article(text="<b> </b>"))
    assert "MESSAGE_TOO_LONG" in await said(article(text="қ" * 4097))
    assert "can't parse entities" in await said(article(text="<b>"))
    assert "NEXT_OFFSET_INVALID" in await said(article(), next_offset="9" * 65)
    assert "START_PARAM_INVALID" in await said(button=way_in(payload="two words"))
    assert "BUTTON_TEXT_INVALID" in await said(button=way_in("қ" * 65))
    assert asked.results is None
    await bot.answer_inline_query(asked.query_id, [article()], is_personal=True, next_offset="9")
    assert (asked.is_personal, asked.next_offset) == (True, "9")
    assert "query is too old" in await said(article())
