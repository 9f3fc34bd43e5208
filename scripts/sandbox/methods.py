"""The methods of the Bot API: each reads a typed call, changes the state and returns the result."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.types import BotCommandScopeChat, BotCommandScopeChatMember
from aiohttp import ClientError, ClientSession, ClientTimeout

from scripts.sandbox.actions import answer_shown, content_of, membership, part_of
from scripts.sandbox.calls import Call, plain
from scripts.sandbox.entities import FormattedText, formatted
from scripts.sandbox.files import DOWNLOAD_LIMIT, Upload
from scripts.sandbox.keyboards import Keyboard, keyboard
from scripts.sandbox.links import is_loopback
from scripts.sandbox.refusals import ApiError, bad_request
from scripts.sandbox.state import Body, Chat, OutputKind, Post, State
from scripts.sandbox.updates import Webhook

Handler = Callable[[State, Call], Awaitable[Any]]

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ALERT_LIMIT = 200
ALBUM_LIMIT = 10
INLINE_RESULTS = 50
INLINE_ID_BYTES = 64  # of a result's id and of an offset
DELETION_SECONDS = 48 * 3600

HANDLERS: dict[str, Handler] = {}

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
_STALE_QUERY = "query is too old and response timeout expired or query ID is invalid"


def method(handler: Handler) -> Handler:
    """Registers a handler under the method's name: send_message speaks sendMessage."""
    HANDLERS[handler.__name__.replace("_", "")] = handler
    return handler


async def perform(state: State, call: Call) -> Any:
    """Performs a call. Raises ApiError, in Telegram's words, when it is refused."""
    name = call.method.__api_method__
    handler = HANDLERS.get(name.lower())
    if handler is None:
        raise ApiError(404, f"Not Found: the sandbox does not speak {name}")
    state.calls[name] = state.calls.get(name, 0) + 1
    return await handler(state, call)


# the bot itself and its updates


@method
async def get_me(state: State, call: Call) -> Any:
    """Who the bot is."""
    return state.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method
async def log_out(state: State, call: Call) -> Any:
    """Would leave the cloud server; there is none."""
    return True


@method
async def close(state: State, call: Call) -> Any:
    """Would close the instance on a server of one's own."""
    return True


@method
async def get_updates(state: State, call: Call) -> Any:
    """Long polling."""
    return await state.updates.poll(
        call.given("offset"),
        call.given("limit"),
        call.given("timeout"),
        call.given("allowed_updates"),
    )


@method
async def set_webhook(state: State, call: Call) -> Any:
    """Sets a webhook; an empty address removes it."""
    url = call.given("url")
    if not url:
        return await delete_webhook(state, call)
    if not url.startswith("https://") and not is_loopback(url):
        raise bad_request("bad webhook: HTTPS url must be provided for webhook")
    secret = call.given("secret_token")
    if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    state.updates.set_webhook(
        Webhook(
            url=url,
            secret_token=secret,
            max_connections=call.given("max_connections") or 40,
        ),
        drop=bool(call.given("drop_pending_updates")),
        allowed=call.given("allowed_updates"),
    )
    return True


@method
async def delete_webhook(state: State, call: Call) -> Any:
    """Back to long polling."""
    drop = bool(call.given("drop_pending_updates"))
    state.updates.set_webhook(None, drop=drop, allowed=None)
    return True


@method
async def get_webhook_info(state: State, call: Call) -> Any:
    """How the webhook does."""
    webhook = state.updates.webhook
    info: Body = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(state.updates.pending),
    }
    if state.updates.allowed:
        info["allowed_updates"] = state.updates.allowed
    if webhook:
        info["max_connections"] = webhook.max_connections
        if webhook.last_error:
            info["last_error_message"] = webhook.last_error
            info["last_error_date"] = webhook.last_error_date
    return info


# sending


@method
async def send_message(state: State, call: Call) -> Any:
    """Sends a text."""
    chat = state.writable_chat(call.given("chat_id"))
    content = _text_content(call)
    return _send(state, call, chat, content)


@method
async def send_photo(state: State, call: Call) -> Any:
    """Sends a picture: an upload, a file id or an address."""
    chat = state.writable_chat(call.given("chat_id"))
    content = await _photo(state, call, call.given("photo"))
    return _send(state, call, chat, content | _caption_content(call))


@method
async def send_document(state: State, call: Call) -> Any:
    """Sends a file: an upload, a file id or an address."""
    chat = state.writable_chat(call.given("chat_id"))
    content = await _document(state, call, call.given("document"))
    return _send(state, call, chat, content | _caption_content(call))


@method
async def send_media_group(state: State, call: Call) -> Any:
    """Sends an album of pictures or of files."""
    chat = state.writable_chat(call.given("chat_id"))
    media = call.given("media")
    if not media:
        raise bad_request("there are no messages to send")
    if len(media) > ALBUM_LIMIT:
        raise bad_request("too many messages to send as an album")
    kinds = {item.type for item in media}
    if "document" in kinds and len(kinds) > 1:
        raise bad_request("document can't be mixed with other media types")
    contents = [await _media(state, call, item) for item in media]
    album = {"media_group_id": str(state.next_number())} if len(media) > 1 else {}
    return [_send(state, call, chat, content | album) for content in contents]


@method
async def forward_message(state: State, call: Call) -> Any:
    """Forwards a message."""
    chat = state.writable_chat(call.given("chat_id"))
    source = state.readable_chat(call.given("from_chat_id"))
    post = state.find_post(source, call.given("message_id"))
    if post is None:
        raise bad_request("message to forward not found")
    if source.protected:
        raise bad_request("the message can't be forwarded")
    origin: Body = {"date": post.body["date"]}
    if source.is_channel:
        origin |= {"type": "channel", "chat": source.description}
        origin["message_id"] = post.body["message_id"]
    else:
        origin |= {"type": "user", "sender_user": post.body["from"]}
    content = content_of(post) | {"forward_origin": origin}
    return state.post(chat, content, outgoing=True).body


@method
async def copy_message(state: State, call: Call) -> Any:
    """Sends the same content again, without saying where it comes from."""
    chat = state.writable_chat(call.given("chat_id"))
    source = state.readable_chat(call.given("from_chat_id"))
    post = state.find_post(source, call.given("message_id"))
    if post is None:
        raise bad_request("message to copy not found")
    if source.protected:
        raise bad_request("the message can't be copied")
    content = content_of(post)
    if call.given("caption") is not None and "text" not in content:
        content = {key: content[key] for key in content if not key.startswith("caption")}
        content |= _caption_content(call)
    return {"message_id": _send(state, call, chat, content)["message_id"]}


@method
async def send_chat_action(state: State, call: Call) -> Any:
    """Shows that the bot is typing or sending a file."""
    chat = state.writable_chat(call.given("chat_id"))
    action = str(call.given("action"))
    known = ("typing", "upload_", "record_", "choose_sticker", "find_location")
    if not action.startswith(known):
        raise bad_request("wrong parameter action in request")
    state.notify(chat.chat_id, OutputKind.ACTION, action)
    return True


# editing and deleting


@method
async def edit_message_text(state: State, call: Call) -> Any:
    """Replaces a text."""
    chat, post = _editable(state, call)
    if "text" not in post.body:
        raise bad_request("there is no text in the message to edit")
    return _replace(state, call, chat, post, _text_content(call), ("text", "entities"))


@method
async def edit_message_caption(state: State, call: Call) -> Any:
    """Replaces a caption."""
    chat, post = _editable(state, call)
    if "text" in post.body:
        raise bad_request("there is no caption in the message to edit")
    old = ("caption", "caption_entities")
    return _replace(state, call, chat, post, _caption_content(call), old)


@method
async def edit_message_media(state: State, call: Call) -> Any:
    """Replaces a picture or a file with its caption, or adds one to a text."""
    chat, post = _editable(state, call)
    content = await _media(state, call, call.given("media"))
    old = ("text", "entities", "photo", "document", "caption", "caption_entities")
    return _replace(state, call, chat, post, content, old)


@method
async def edit_message_reply_markup(state: State, call: Call) -> Any:
    """Replaces the buttons below a message."""
    chat, post = _editable(state, call)
    return _replace(state, call, chat, post, {}, ())


@method
async def delete_message(state: State, call: Call) -> Any:
    """Deletes a message that is less than 48 hours old."""
    chat = state.find_chat(call.given("chat_id"))
    post = state.find_post(chat, call.given("message_id"))
    if post is None:
        raise bad_request("message to delete not found")
    if state.date() - post.body["date"] > DELETION_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    state.delete(chat, post)
    return True


@method
async def delete_messages(state: State, call: Call) -> Any:
    """Deletes up to a hundred messages; those that are not there are passed over."""
    chat = state.find_chat(call.given("chat_id"))
    numbers = call.given("message_ids")
    if not numbers:
        raise bad_request("message identifiers are not specified")
    if len(numbers) > 100:
        raise bad_request("too many message identifiers specified")
    for number in numbers:
        post = state.find_post(chat, number)
        if post is not None and state.date() - post.body["date"] <= DELETION_SECONDS:
            state.delete(chat, post)
    return True


@method
async def pin_chat_message(state: State, call: Call) -> Any:
    """Pins a message above the chat."""
    chat = state.writable_chat(call.given("chat_id"))
    post = state.find_post(chat, call.given("message_id"))
    if post is None:
        raise bad_request("message to pin not found")
    chat.pinned = post.body["message_id"]
    state.publish_chat(chat)
    return True


# answers


@method
async def answer_callback_query(state: State, call: Call) -> Any:
    """Answers a tap, once."""
    callback = state.callbacks.get(call.given("callback_query_id"))
    if callback is None or callback.answered:
        raise bad_request(_STALE_QUERY)
    text = call.given("text")
    if text is not None and len(text) > ALERT_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    url = call.given("url")
    if url is not None and not re.match(r"https?://(t|telegram)\.me/", url):
        raise bad_request("URL_INVALID")
    callback.url = url
    answer_shown(state, callback, text, alert=bool(call.given("show_alert")))
    return True


@method
async def answer_inline_query(state: State, call: Call) -> Any:
    """Answers an inline query with up to fifty results."""
    query = state.inline_queries.get(call.given("inline_query_id"))
    if query is None or query.results is not None:
        raise bad_request(_STALE_QUERY)
    results = call.given("results")
    if len(results) > INLINE_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    if any(not 1 <= len(result.id.encode()) <= INLINE_ID_BYTES for result in results):
        raise bad_request("RESULT_ID_INVALID")
    if len({result.id for result in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    offset = call.given("next_offset") or ""
    if len(offset.encode()) > INLINE_ID_BYTES:
        raise bad_request("NEXT_OFFSET_INVALID")
    button = call.given("button")
    if button is not None:
        _check_inline_button(button)
    for result in results:
        _check_inline_result(result)
    query.button = None if button is None else plain(button)
    query.next_offset = offset
    query.is_personal = bool(call.given("is_personal"))
    query.results = [plain(result) for result in results]
    state.publish({"type": "inline", "query_id": query.query_id})
    return True


def _check_inline_result(result: Any) -> None:
    """An article needs a title and a text that is not empty; Telegram builds no message without."""
    if getattr(result, "title", None) == "":
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = getattr(result, "input_message_content", None)
    if content is not None and hasattr(content, "message_text"):
        read = formatted(content.message_text, _parse_mode(content.parse_mode))
        if not read.text:
            raise bad_request("MESSAGE_EMPTY")
        _limited(read, TEXT_LIMIT, "MESSAGE_TOO_LONG")
    keyboard(result.reply_markup)


def _check_inline_button(button: Any) -> None:
    if not 1 <= len(button.text) <= 64:
        raise bad_request("SWITCH_PM_TEXT_EMPTY" if not button.text else "BUTTON_TEXT_INVALID")
    payload = button.start_parameter
    if (payload is None) == (button.web_app is None):
        raise bad_request("BUTTON_TYPE_INVALID")
    if payload is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload):
        raise bad_request("START_PARAM_INVALID")


# chats and files


@method
async def get_chat(state: State, call: Call) -> Any:
    """All that a bot may know of a chat."""
    chat = state.readable_chat(call.given("chat_id"))
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return chat.description | {
        "accent_color_id": chat.chat_id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), True),
    }


@method
async def get_chat_member(state: State, call: Call) -> Any:
    """A person's or the bot's part in a chat."""
    chat = state.readable_chat(call.given("chat_id"))
    user_id = call.given("user_id")
    if user_id == state.bot["id"]:
        return membership(state, chat.bot_status)
    if chat.is_channel and chat.bot_status != "administrator":
        raise bad_request("member list is inaccessible")
    person = state.chats.get(user_id)
    if person is None or person.person is None:
        raise bad_request("user not found")
    return part_of(chat, person.person)


@method
async def get_chat_member_count(state: State, call: Call) -> Any:
    """How many follow a channel."""
    return state.readable_chat(call.given("chat_id")).members


@method
async def get_file(state: State, call: Call) -> Any:
    """Where to fetch a file from, up to 20 MB."""
    stored = state.files.find(call.given("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if stored.size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
        "file_path": stored.path,
    }


# how the bot presents itself


@method
async def set_my_commands(state: State, call: Call) -> Any:
    """Sets the commands of a scope and a language."""
    commands = call.given("commands")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command.command.removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not command.description:
            raise bad_request("command description must be non-empty")
        if len(command.description) > 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    state.commands[_command_key(state, call)] = [
        {"command": command.command.removeprefix("/"), "description": command.description}
        for command in commands
    ]
    _refresh(state)
    return True


@method
async def get_my_commands(state: State, call: Call) -> Any:
    """The commands of exactly this scope and language."""
    return state.commands.get(_command_key(state, call), [])


@method
async def delete_my_commands(state: State, call: Call) -> Any:
    """Removes the commands of a scope and a language."""
    state.commands.pop(_command_key(state, call), None)
    _refresh(state)
    return True


@method
async def set_my_name(state: State, call: Call) -> Any:
    """The bot's name in a language."""
    return _set_text(state, call, "name", 64, "BOT_TITLE_INVALID")


@method
async def set_my_description(state: State, call: Call) -> Any:
    """What an empty chat says before Start."""
    return _set_text(state, call, "description", 512, "BOT_DESCRIPTION_INVALID")


@method
async def set_my_short_description(state: State, call: Call) -> Any:
    """What the bot's profile says."""
    return _set_text(state, call, "short_description", 120, "BOT_ABOUT_INVALID")


@method
async def set_chat_menu_button(state: State, call: Call) -> Any:
    """The button beside the field where one writes."""
    button = call.given("menu_button")
    known = {"type": "commands"}
    if button is not None:
        known = plain(button)
    chat_id = call.given("chat_id")
    if chat_id is None:
        state.menu_button = known
        _refresh(state)
    else:
        chat = state.find_chat(chat_id)
        chat.menu_button = known
        state.publish_chat(chat)
    return True


def commands_for(state: State, chat: Chat) -> list[Body]:
    """The commands that a person sees: the narrowest scope wins, then the person's language."""
    assert chat.person is not None
    scopes: list[tuple[str, int | None]] = [
        ("chat", chat.chat_id),
        ("all_private_chats", None),
        ("default", None),
    ]
    for scope, chat_id in scopes:
        for language in (chat.person.language_code, ""):
            found = state.commands.get((scope, chat_id, None, language))
            if found:
                return found
    return []


def _command_key(state: State, call: Call) -> tuple[str, int | None, int | None, str]:
    scope = call.given("scope")
    language = _language(call)
    chat_id = user_id = None
    if isinstance(scope, BotCommandScopeChat | BotCommandScopeChatMember):
        chat_id = state.find_chat(scope.chat_id).chat_id
    if isinstance(scope, BotCommandScopeChatMember):
        user_id = scope.user_id
    return (scope.type if scope is not None else "default", chat_id, user_id, language)


def _language(call: Call) -> str:
    language = call.given("language_code") or ""
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language_code specified")
    return str(language)


def _set_text(state: State, call: Call, name: str, limit: int, refusal: str) -> bool:
    value = call.given(name) or ""
    if len(value) > limit:
        raise bad_request(refusal)
    state.texts[(name, _language(call))] = value
    _refresh(state)
    return True


def _refresh(state: State) -> None:
    for chat in state.chats.values():
        state.publish_chat(chat)


# content


def _send(state: State, call: Call, chat: Chat, content: Body) -> Body:
    below = keyboard(call.given("reply_markup"))
    if chat.is_channel and below.reply is not None:
        below = Keyboard(inline=below.inline)
    reply = call.given("reply_parameters")
    if reply is not None:
        answered = state.find_post(chat, reply.message_id)
        if answered is None and reply.allow_sending_without_reply is not True:
            raise bad_request("message to be replied not found")
        if answered is not None:
            content = content | {"reply_to_message": answered.body}
    return state.post(chat, content, outgoing=True, keyboard=below).body


def _editable(state: State, call: Call) -> tuple[Chat, Post]:
    if call.given("chat_id") is None:
        raise bad_request("message identifier is not specified")
    chat = state.writable_chat(call.given("chat_id"))
    post = state.find_post(chat, call.given("message_id"))
    if post is None:
        raise bad_request("message to edit not found")
    if not post.outgoing or post.keyboard is not None or "forward_origin" in post.body:
        raise bad_request("message can't be edited")
    return chat, post


def _replace(
    state: State, call: Call, chat: Chat, post: Post, content: Body, old: tuple[str, ...]
) -> Body:
    below = keyboard(call.given("reply_markup"))
    dropped = (*old, "reply_markup", "edit_date")
    body = {key: value for key, value in post.body.items() if key not in dropped} | content
    if below.inline is not None:
        body["reply_markup"] = below.inline
    if body == {key: value for key, value in post.body.items() if key != "edit_date"}:
        raise bad_request(_NOT_MODIFIED)
    state.edit(chat, post, body | {"edit_date": state.date()})
    return post.body


def _text_content(call: Call) -> Body:
    text = call.given("text")
    if not text:
        raise bad_request("message text is empty")
    read = formatted(text, _parse_mode(call.given("parse_mode")), _entities(call, "entities"))
    if not read.text:
        raise bad_request("message text is empty")
    _limited(read, TEXT_LIMIT, "message is too long")
    preview = call.given("link_preview_options")
    content = _named(read, "text", "entities")
    if preview is not None:
        content["link_preview_options"] = plain(preview)
    return content


def _caption_content(source: Any) -> Body:
    """Of a call or of an InputMedia."""
    given = source.given if isinstance(source, Call) else lambda name: getattr(source, name, None)
    caption = given("caption")
    if not caption:
        return {}
    entities = given("caption_entities")
    read = formatted(
        caption,
        _parse_mode(given("parse_mode")),
        [plain(entity) for entity in entities or []],
    )
    _limited(read, CAPTION_LIMIT, "message caption is too long")
    return _named(read, "caption", "caption_entities") if read.text else {}


def _named(read: FormattedText, text: str, entities: str) -> Body:
    return {text: read.text} | ({entities: read.entities} if read.entities else {})


def _limited(read: FormattedText, limit: int, refusal: str) -> None:
    if read.length > limit:
        raise bad_request(refusal)


def _entities(call: Call, name: str) -> list[Body]:
    given = call.given(name) or []
    return [plain(entity) for entity in given]


def _parse_mode(value: Any) -> str | None:
    return value if isinstance(value, str) else None


async def _media(state: State, call: Call, item: Any) -> Body:
    match item.type:
        case "photo":
            content = await _photo(state, call, item.media)
        case "document":
            content = await _document(state, call, item.media)
        case other:
            raise bad_request(f'type "{other}" is unsupported')
    return content | _caption_content(item)


async def _photo(state: State, call: Call, source: Any) -> Body:
    upload = await _upload(call, source)
    if upload is not None:
        return {"photo": state.files.add_photo(upload)}
    stored = state.files.find(source)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != "photo":
        raise bad_request("can't use file of type Document as Photo")
    return {"photo": state.files.photo_sizes(source)}


async def _document(state: State, call: Call, source: Any) -> Body:
    upload = await _upload(call, source)
    if upload is not None:
        return {"document": state.files.add_document(upload)}
    stored = state.files.find(source)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != "document":
        raise bad_request("can't use file of type Photo as Document")
    return {"document": stored.description}


async def _upload(call: Call, source: str) -> Upload | None:
    """What came along or lies at an address; None for a file id."""
    if source.startswith("attach://"):
        upload = call.files.get(source.removeprefix("attach://"))
        if upload is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return upload
    if not source.startswith(("http://", "https://")):
        return None
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=5)) as session,
            session.get(source) as response,
        ):
            response.raise_for_status()
            content = await response.read()
            kind = response.content_type
    except (ClientError, TimeoutError):
        raise bad_request("failed to get HTTP URL content") from None
    name = source.partition("?")[0].rpartition("/")[2] or "file"
    return Upload(name=name, content=content, mime_type=kind)
