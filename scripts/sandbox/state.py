"""All that the sandbox knows, in memory and in one event loop: chats, messages, taps, commands."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aiohttp import ClientResponse

from scripts.sandbox.faults import Faults
from scripts.sandbox.files import FileStore
from scripts.sandbox.keyboards import Keyboard
from scripts.sandbox.people import SandboxPerson
from scripts.sandbox.refusals import bad_request, forbidden
from scripts.sandbox.updates import UpdateQueue

Body = dict[str, Any]
Event = dict[str, Any]


Now = Callable[[], datetime]


@dataclass(slots=True)
class Post:
    """One message of a chat; `body` is replaced and never changed, updates may hold it."""

    body: Body
    outgoing: bool  # written by the bot
    keyboard: Body | None = None  # a reply keyboard that came with it; such a post stays as it is
    deleted: bool = False

    @property
    def text(self) -> str:
        """The text or the caption."""
        return str(self.body.get("text") or self.body.get("caption") or "")


@dataclass(slots=True, kw_only=True)
class Chat:
    """A private chat with a person, or a channel."""

    chat_id: int
    description: Body
    person: SandboxPerson | None = None
    members: int = 2
    posts: dict[int, Post] = field(default_factory=dict)
    started: bool = False
    blocked: bool = False
    bot_status: str = "member"
    keyboard: Body | None = None
    pinned: int | None = None
    menu_button: Body | None = None
    administrators: dict[int, str] = field(default_factory=dict)  # people of a channel: status
    protected: bool = False  # a channel whose posts may not be forwarded
    delivered: int = 0  # messages of the bot that arrived, edits not counted

    @property
    def is_channel(self) -> bool:
        """Whether this is a channel."""
        return self.person is None


class OutputKind(StrEnum):
    """What of the bot a person notices."""

    MESSAGE = "message"
    EDIT = "edit"
    ALERT = "alert"  # a pop-up that must be closed
    TOAST = "toast"  # a notice on top of the chat
    DELETION = "deletion"
    ACTION = "action"  # typing, sending a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One thing that the bot let a person see, in the order in which it happened."""

    number: int
    chat_id: int
    kind: OutputKind
    text: str = ""
    message_id: int | None = None
    body: Body | None = None


@dataclass(slots=True, kw_only=True)
class Callback:
    """A tap on an inline button, waiting for its answer."""

    query_id: str
    chat_id: int
    data: str
    answered: bool = False
    url: str | None = None


@dataclass(slots=True, kw_only=True)
class InlineQuery:
    """An inline query and, in time, the results; `button` is shown above them."""

    query_id: str
    results: list[Body] | None = None
    button: Body | None = None
    next_offset: str = ""
    is_personal: bool = False


def _real_now() -> datetime:
    return datetime.now(UTC)


class State:
    """One bot, its chats and everything on the way between them."""

    def __init__(
        self,
        *,
        token: str,
        bot_username: str,
        people: Iterable[SandboxPerson],
        now: Now | None,
        answer: Callable[[ClientResponse], Any],
        retry_seconds: float,
    ) -> None:
        self.token = token
        self.bot: Body = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": bot_username,
            "username": bot_username,
        }
        self.now = now if now is not None else _real_now
        self.chats: dict[int, Chat] = {}
        self.files = FileStore()
        self.faults = Faults()
        self.callbacks: dict[str, Callback] = {}
        self.inline_queries: dict[str, InlineQuery] = {}
        self.commands: dict[tuple[str, int | None, int | None, str], list[Body]] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.menu_button: Body = {"type": "commands"}
        self.outputs: list[Output] = []
        self.calls: dict[str, int] = {}
        self.updates = UpdateQueue(answer=answer, now=self.date, retry_seconds=retry_seconds)
        self._listeners: set[asyncio.Queue[Event | None]] = set()
        self._changed = asyncio.Event()
        self._numbers = 0
        self._message_ids = 0
        for person in people:
            self.add_person(person)

    # time and numbers

    def date(self) -> int:
        """The present moment as Telegram writes it, in whole seconds."""
        return int(self.now().timestamp())

    def next_number(self) -> int:
        """A number that was not given before: of outputs, callbacks, albums."""
        self._numbers += 1
        return self._numbers

    # who is there

    def add_person(self, person: SandboxPerson) -> Chat:
        """Adds a person who has not met the bot yet."""
        chat = Chat(chat_id=person.telegram_id, description=person.chat(), person=person)
        self.chats[chat.chat_id] = chat
        self.publish({"type": "person", "chat_id": chat.chat_id})
        return chat

    def add_channel(
        self, *, title: str, username: str | None, members: int, owner: int | None = None
    ) -> Chat:
        """Adds a channel that the bot does not belong to yet; `owner` is who has made it."""
        number = sum(chat.is_channel for chat in self.chats.values()) + 1
        description: Body = {"id": -1_001_000_000_000 - number, "title": title, "type": "channel"}
        if username:
            description["username"] = username
        chat = Chat(
            chat_id=description["id"],
            description=description,
            members=members,
            bot_status="left",
            administrators={} if owner is None else {owner: "creator"},
        )
        self.chats[chat.chat_id] = chat
        return chat

    def find_chat(self, chat_id: int | str) -> Chat:
        """The chat of this number or @username, as the bot may know it. Raises 400."""
        if isinstance(chat_id, str):
            wanted = chat_id.removeprefix("@").lower()
            for chat in self.chats.values():
                public = str(chat.description.get("username", "")).lower()
                if chat.is_channel and chat_id.startswith("@") and public == wanted:
                    return chat
            raise bad_request("chat not found")
        found = self.chats.get(chat_id)
        if found is None or not (found.is_channel or found.started):
            raise bad_request("chat not found")
        return found

    def readable_chat(self, chat_id: int | str) -> Chat:
        """A chat whose posts the bot may see: a private channel only from within. Raises 400."""
        found = self.find_chat(chat_id)
        outside = found.is_channel and found.bot_status == "left"
        if outside and "username" not in found.description:
            raise bad_request("chat not found")
        return found

    def writable_chat(self, chat_id: int | str) -> Chat:
        """A chat that the bot may write to. Raises 400 or 403."""
        chat = self.find_chat(chat_id)
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        if chat.is_channel and chat.bot_status == "left":
            raise forbidden("bot is not a member of the channel chat")
        return chat

    def chat_of(self, telegram_id: int) -> Chat:
        """The private chat with this person, whether or not they started the bot."""
        return self.chats[telegram_id]

    # messages

    def post(
        self, chat: Chat, content: Body, *, outgoing: bool, keyboard: Keyboard | None = None
    ) -> Post:
        """Puts a message into a chat; `content` is what it adds to the Message object."""
        self._message_ids += 1
        body: Body = {"message_id": self._message_ids, "date": self.date()}
        body["chat"] = chat.description
        if outgoing and not chat.is_channel:
            body["from"] = self.bot
        elif chat.person is not None:
            body["from"] = chat.person.user()
        else:
            body["sender_chat"] = chat.description
        body |= content
        if keyboard is not None and keyboard.inline is not None:
            body["reply_markup"] = keyboard.inline
        post = Post(body, outgoing, keyboard.reply if keyboard is not None else None)
        chat.posts[self._message_ids] = post
        if post.keyboard is not None:
            chat.keyboard = None if "remove_keyboard" in post.keyboard else post.keyboard
        if outgoing:
            chat.delivered += 1
            self._put_out(chat, OutputKind.MESSAGE, post)
        self.publish({"type": "message", "chat_id": chat.chat_id, "message": body})
        self.publish_chat(chat)
        return post

    def edit(self, chat: Chat, post: Post, body: Body) -> None:
        """Puts another content in the place of a message's."""
        post.body = body
        self._put_out(chat, OutputKind.EDIT, post)
        self.publish({"type": "edit", "chat_id": chat.chat_id, "message": body})

    def delete(self, chat: Chat, post: Post) -> None:
        """Takes a message away for both sides."""
        post.deleted = True
        message_id = post.body["message_id"]
        if chat.keyboard is not None and chat.keyboard is post.keyboard:
            chat.keyboard = None
            self.publish_chat(chat)
        self._put_out(chat, OutputKind.DELETION, post)
        self.publish({"type": "delete", "chat_id": chat.chat_id, "message_id": message_id})

    def find_post(self, chat: Chat, message_id: int | None) -> Post | None:
        """A message that is still there."""
        post = chat.posts.get(message_id or 0)
        return None if post is None or post.deleted else post

    def notify(self, chat_id: int, kind: OutputKind, text: str) -> None:
        """Shows a person something that is no message."""
        self.outputs.append(
            Output(number=self.next_number(), chat_id=chat_id, kind=kind, text=text)
        )
        self.publish({"type": kind.value, "chat_id": chat_id, "text": text})

    def _put_out(self, chat: Chat, kind: OutputKind, post: Post) -> None:
        self.outputs.append(
            Output(
                number=self.next_number(),
                chat_id=chat.chat_id,
                kind=kind,
                text=post.text,
                message_id=post.body["message_id"],
                body=post.body,
            )
        )

    # who watches

    def publish(self, event: Event) -> None:
        """Tells every open page and wakes everybody who waits for something to happen."""
        for listener in self._listeners:
            listener.put_nowait(event)
        self._changed.set()
        self._changed = asyncio.Event()

    def publish_chat(self, chat: Chat) -> None:
        """Tells the pages how things stand with a person."""
        if chat.person is not None:
            self.publish({"type": "chat", "chat_id": chat.chat_id})

    async def changed(self) -> None:
        """Returns as soon as anything has happened after the call."""
        await self._changed.wait()

    def listen(self) -> asyncio.Queue[Event | None]:
        """A queue of all events from now on; None says that the sandbox ends."""
        listener: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(listener)
        return listener

    def unlisten(self, listener: asyncio.Queue[Event | None]) -> None:
        """Ends what `listen` began."""
        self._listeners.discard(listener)

    async def close(self) -> None:
        """Lets go of the waiting poll, the webhook and the open pages."""
        for listener in self._listeners:
            listener.put_nowait(None)
        await self.updates.close()
