"""What people do in their chats: each action changes the chat and tells the bot by an update."""

from typing import Any

from aiogram.types import ChatMemberAdministrator

from scripts.sandbox.entities import formatted
from scripts.sandbox.files import Upload
from scripts.sandbox.people import SandboxPerson
from scripts.sandbox.state import Body, Callback, Chat, InlineQuery, OutputKind, Post, State

# whatever rights aiogram's version of the Bot API says that an administrator must be told of
_RIGHTS = [
    name
    for name, field in ChatMemberAdministrator.model_fields.items()
    if name.startswith("can_") and field.is_required()
]


def send(state: State, person: SandboxPerson, content: Body) -> Post:
    """Sends any message content; a first message starts the bot, as the Start button does."""
    chat = state.chat_of(person.telegram_id)
    if chat.blocked:
        unblock(state, person)
    chat.started = True
    if chat.keyboard is not None and chat.keyboard.get("one_time_keyboard"):
        chat.keyboard = None
    post = state.post(chat, content, outgoing=False)
    state.updates.push("message", post.body)
    return post


def send_text(
    state: State, person: SandboxPerson, text: str, *, reply_to: int | None = None
) -> Post:
    """Writes a message."""
    read = formatted(text, None)
    content: Body = {"text": read.text}
    if read.entities:
        content["entities"] = read.entities
    answered = state.find_post(state.chat_of(person.telegram_id), reply_to)
    if answered is not None:
        content["reply_to_message"] = answered.body
    return send(state, person, content)


def start(state: State, person: SandboxPerson, payload: str = "") -> Post:
    """Presses Start, or opens `t.me/<bot>?start=<payload>`."""
    return send_text(state, person, f"/start {payload}".rstrip())


def send_photo(
    state: State,
    person: SandboxPerson,
    upload: Upload,
    caption: str = "",
    *,
    album: str | None = None,
) -> Post:
    """Sends a picture."""
    content: Body = {"photo": state.files.add_photo(upload)}
    return send(state, person, content | _caption(caption) | _album(album))


def send_document(
    state: State,
    person: SandboxPerson,
    upload: Upload,
    caption: str = "",
    *,
    size: int | None = None,
    album: str | None = None,
) -> Post:
    """Sends a file; `size` in bytes plays a larger one than the content is."""
    content: Body = {"document": state.files.add_document(upload, size=size)}
    return send(state, person, content | _caption(caption) | _album(album))


def send_contact(
    state: State,
    person: SandboxPerson,
    *,
    of: SandboxPerson | None = None,
    forwarded: bool = False,
) -> Post:
    """Shares the own phone number, or somebody else's; `forwarded` from another chat."""
    shared = of or person
    first, _, last = shared.name.partition(" ")
    contact: Body = {"phone_number": shared.phone, "first_name": first}
    if last:
        contact["last_name"] = last
    content: Body = {"contact": contact | {"user_id": shared.telegram_id}}
    if forwarded:
        date = int(state.now().timestamp())
        content["forward_origin"] = {
            "type": "hidden_user",
            "date": date,
            "sender_user_name": shared.name,
        }
    return send(state, person, content)


def forward(
    state: State, person: SandboxPerson, channel: Chat, post: Post, *, hidden: bool = False
) -> Post:
    """Forwards a channel's post to the bot; `hidden` when only a name is told of its origin."""
    origin: Body
    if hidden:
        origin = {
            "type": "hidden_user",
            "date": post.body["date"],
            "sender_user_name": channel.description["title"],
        }
    else:
        origin = {
            "type": "channel",
            "date": post.body["date"],
            "chat": channel.description,
            "message_id": post.body["message_id"],
        }
    return send(state, person, content_of(post) | {"forward_origin": origin})


def click(state: State, person: SandboxPerson, message_id: int, data: str) -> Callback:
    """Taps an inline button. The data are taken as they are, so that one can also be forged."""
    chat = state.chat_of(person.telegram_id)
    post = chat.posts[message_id]
    query_id = f"{person.telegram_id}{state.next_number():06d}"
    callback = Callback(query_id=query_id, chat_id=chat.chat_id, data=data)
    state.callbacks[query_id] = callback
    message = post.body
    if post.deleted:
        message = {"chat": chat.description, "message_id": message_id, "date": 0}
    state.updates.push(
        "callback_query",
        {
            "id": query_id,
            "from": person.user(),
            "message": message,
            "chat_instance": str(chat.chat_id * 31),
            "data": data,
        },
    )
    return callback


def ask_inline(state: State, person: SandboxPerson, query: str, *, offset: str = "") -> InlineQuery:
    """Types `@bot query` in some chat; an offset asks for more, as scrolling down does."""
    asked = InlineQuery(query_id=str(state.next_number()))
    state.inline_queries[asked.query_id] = asked
    state.updates.push(
        "inline_query",
        {
            "id": asked.query_id,
            "from": person.user(),
            "query": query[:256],
            "offset": offset,
            "chat_type": "sender",
        },
    )
    return asked


def block(state: State, person: SandboxPerson) -> None:
    """Stops the bot."""
    chat = state.chat_of(person.telegram_id)
    if not chat.blocked:
        chat.blocked = True
        _tell_membership(state, chat, person, old="member", new="kicked")
        state.publish_chat(chat)


def unblock(state: State, person: SandboxPerson) -> None:
    """Lets the bot write again."""
    chat = state.chat_of(person.telegram_id)
    if chat.blocked:
        chat.blocked = False
        _tell_membership(state, chat, person, old="kicked", new="member")
        state.publish_chat(chat)


def promote_bot(state: State, person: SandboxPerson, channel: Chat) -> None:
    """Makes the bot an administrator of a channel, as only another administrator can."""
    _demand_administrator(person, channel)
    old, channel.bot_status = channel.bot_status, "administrator"
    _tell_membership(state, channel, person, old=old, new="administrator")


def remove_bot(state: State, person: SandboxPerson, channel: Chat) -> None:
    """Takes the bot out of a channel."""
    _demand_administrator(person, channel)
    old, channel.bot_status = channel.bot_status, "left"
    _tell_membership(state, channel, person, old=old, new="left")


def publish_post(state: State, channel: Chat, content: Body) -> Post:
    """Posts in a channel; the bot hears of it where it is an administrator."""
    post = state.post(channel, content, outgoing=False)
    if channel.bot_status == "administrator":
        state.updates.push("channel_post", post.body)
    return post


def text_content(text: str) -> Body:
    """The content of a plain text message."""
    read = formatted(text, None)
    return {"text": read.text} | ({"entities": read.entities} if read.entities else {})


def content_of(post: Post) -> Body:
    """What of a message goes along when it is forwarded or copied."""
    kept = ("text", "entities", "caption", "caption_entities", "photo", "document", "contact")
    return {key: post.body[key] for key in kept if key in post.body}


def answer_shown(state: State, callback: Callback, text: str | None, *, alert: bool) -> None:
    """Shows the answer to a tap."""
    callback.answered = True
    if text:
        kind = OutputKind.ALERT if alert else OutputKind.TOAST
        state.notify(callback.chat_id, kind, text)
    state.publish({"type": "answered", "chat_id": callback.chat_id, "url": callback.url})


def membership(state: State, status: str) -> Body:
    """Telegram's ChatMember object of the bot."""
    member: Body = {"user": state.bot, "status": status}
    if status == "kicked":
        member["until_date"] = 0
    if status == "administrator":
        member |= dict.fromkeys(_RIGHTS, True)
        member |= {"can_be_edited": False, "is_anonymous": False}
    return member


def part_of(chat: Chat, person: SandboxPerson) -> Body:
    """Telegram's ChatMember object of a person."""
    member: Body = {"user": person.user(), "status": "left"}
    if not chat.is_channel:
        return member | ({"status": "member"} if chat.person is person else {})
    status = chat.administrators.get(person.telegram_id)
    if status == "creator":
        return member | {"status": status, "is_anonymous": False}
    if status == "administrator":
        rights = dict.fromkeys(_RIGHTS, True)
        return member | {"status": status, **rights, "can_be_edited": False, "is_anonymous": False}
    return member


def _demand_administrator(person: SandboxPerson, channel: Chat) -> None:
    if person.telegram_id not in channel.administrators:
        raise AssertionError(f"{person.name} is no administrator of {channel.description['title']}")


def _tell_membership(
    state: State, chat: Chat, person: SandboxPerson, *, old: str, new: str
) -> None:
    state.updates.push(
        "my_chat_member",
        {
            "chat": chat.description,
            "from": person.user(),
            "date": state.date(),
            "old_chat_member": membership(state, old),
            "new_chat_member": membership(state, new),
        },
    )


def _caption(caption: str) -> Body:
    if not caption:
        return {}
    read = formatted(caption, None)
    return {"caption": read.text} | ({"caption_entities": read.entities} if read.entities else {})


def _album(album: str | None) -> dict[str, Any]:
    return {"media_group_id": album} if album else {}
