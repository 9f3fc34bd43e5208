"""A driver for tests: people with a Telegram client, and channels, in plain words."""

# ruff: noqa: ASYNC109 - `timeout=` is how a test says how long a person waits

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from scripts.sandbox import actions
from scripts.sandbox.files import Upload
from scripts.sandbox.links import start_link
from scripts.sandbox.people import SandboxPerson
from scripts.sandbox.state import Body, Chat, InlineQuery, Output, OutputKind, Post, State

TIMEOUT = 5.0  # seconds that a person waits for the bot

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Button:
    """One button under a message or of a reply keyboard."""

    text: str
    body: Body

    @property
    def data(self) -> str | None:
        """The callback data, if it is a callback button."""
        return self.body.get("callback_data")

    @property
    def url(self) -> str | None:
        """The address, if it opens one."""
        return self.body.get("url")

    @property
    def copy_text(self) -> str | None:
        """The text to copy, if it is a copy button."""
        copied = self.body.get("copy_text")
        return copied["text"] if copied else None


class Message:
    """A message as a person sees it now; it follows the edits."""

    def __init__(self, state: State, post: Post) -> None:
        self._state = state
        self.post = post

    def __repr__(self) -> str:
        writer = "bot" if self.post.outgoing else "person"
        return f"<{writer} {self.message_id}: {self.text!r} {self.labels}>"

    @property
    def body(self) -> Body:
        """Telegram's Message object."""
        return self.post.body

    @property
    def message_id(self) -> int:
        """Its number."""
        return int(self.body["message_id"])

    @property
    def text(self) -> str:
        """The text or the caption."""
        return self.post.text

    @property
    def entities(self) -> list[Body]:
        """The formatting of the text or of the caption."""
        found: list[Body] = self.body.get("entities") or self.body.get("caption_entities") or []
        return found

    @property
    def links(self) -> list[str]:
        """The addresses behind words, in order."""
        return [entity["url"] for entity in self.entities if "url" in entity]

    @property
    def rows(self) -> list[list[Button]]:
        """The inline keyboard."""
        rows = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return [[Button(button["text"], button) for button in row] for row in rows]

    @property
    def buttons(self) -> list[Button]:
        """All inline buttons."""
        return [button for row in self.rows for button in row]

    @property
    def labels(self) -> list[str]:
        """What is written on the inline buttons."""
        return [button.text for button in self.buttons]

    @property
    def deleted(self) -> bool:
        """Whether it was taken away."""
        return self.post.deleted

    @property
    def file_name(self) -> str | None:
        """The name of the document."""
        document = self.body.get("document")
        return document["file_name"] if document else None

    @property
    def has_photo(self) -> bool:
        """Whether it shows a picture."""
        return "photo" in self.body

    def download(self) -> bytes:
        """The document, or the largest size of the picture."""
        described = self.body.get("document") or self.body["photo"][-1]
        stored = self._state.files.find(described["file_id"])
        assert stored is not None
        return stored.content


class Person:
    """Somebody with a Telegram client, who writes, taps and reads."""

    def __init__(self, state: State, person: SandboxPerson) -> None:
        self.state = state
        self.profile = person
        self.copied: list[str] = []
        self.opened: list[str] = []
        self._since = 0

    def __repr__(self) -> str:
        return f"<{self.profile.name}>"

    @property
    def id(self) -> int:
        """The Telegram id."""
        return self.profile.telegram_id

    @property
    def chat(self) -> Chat:
        """The private chat with the bot."""
        return self.state.chat_of(self.id)

    # what is on the screen

    @property
    def messages(self) -> list[Message]:
        """All messages of the chat that are still there, oldest first."""
        return [Message(self.state, post) for post in self.chat.posts.values() if not post.deleted]

    @property
    def received(self) -> list[Message]:
        """The bot's messages that are still there, oldest first."""
        return [message for message in self.messages if message.post.outgoing]

    @property
    def last(self) -> Message:
        """The newest message of the bot. Raises AssertionError when there is none."""
        received = self.received
        assert received, f"{self.profile.name} has no message of the bot"
        return received[-1]

    @property
    def alerts(self) -> list[str]:
        """The pop-ups and notices so far, oldest first."""
        kinds = (OutputKind.ALERT, OutputKind.TOAST)
        return [output.text for output in self._outputs(0) if output.kind in kinds]

    @property
    def actions(self) -> list[str]:
        """The chat actions so far, such as `typing`."""
        return [o.text for o in self._outputs(0) if o.kind is OutputKind.ACTION]

    @property
    def keyboard(self) -> list[Button]:
        """The reply keyboard."""
        rows = (self.chat.keyboard or {}).get("keyboard", [])
        return [Button(button["text"], button) for row in rows for button in row]

    def count(self, words: str) -> int:
        """How many messages of the bot have these words in them now."""
        return sum(words in message.text for message in self.received)

    # what they do

    async def send(self, text: str, *, reply_to: int | None = None) -> Message:
        """Writes a message."""
        self.mark()
        return self._sent(actions.send_text(self.state, self.profile, text, reply_to=reply_to))

    async def start(self, payload: str = "") -> Message:
        """Presses Start, or follows a deep link with this payload."""
        self.mark()
        return self._sent(actions.start(self.state, self.profile, payload))

    async def send_photo(
        self,
        content: bytes,
        caption: str = "",
        *,
        name: str = "photo.jpg",
        album: str | None = None,
    ) -> Message:
        """Sends a picture; photos with the same `album` belong together."""
        self.mark()
        upload = Upload(name=name, content=content)
        return self._sent(
            actions.send_photo(self.state, self.profile, upload, caption, album=album)
        )

    async def send_document(
        self,
        name: str,
        content: bytes,
        caption: str = "",
        *,
        mime_type: str | None = None,
        size: int | None = None,
    ) -> Message:
        """Sends a file; `size` plays a larger one than the content is."""
        self.mark()
        upload = Upload(name=name, content=content, mime_type=mime_type)
        return self._sent(
            actions.send_document(self.state, self.profile, upload, caption, size=size)
        )

    async def send_contact(self, *, of: "Person | None" = None, forwarded: bool = False) -> Message:
        """Shares the own number, or somebody else's; `forwarded` from another chat."""
        self.mark()
        shared = of.profile if of is not None else None
        return self._sent(
            actions.send_contact(self.state, self.profile, of=shared, forwarded=forwarded)
        )

    async def forward_channel_post(
        self, channel: "Channel", post: Message, *, hidden: bool = False
    ) -> Message:
        """Forwards a post of a channel to the bot; `hidden` without a link to the channel."""
        self.mark()
        return self._sent(
            actions.forward(self.state, self.profile, channel.chat, post.post, hidden=hidden)
        )

    async def click(
        self, button: str, *, message: Message | None = None, timeout: float = TIMEOUT
    ) -> None:
        """Taps the newest button with this label, these data, or a label with these words in it.

        Waits for the button to appear. A callback button calls the bot, a link to the bot starts
        it, other links are in `opened`, copied texts in `copied`; a key of the reply keyboard
        sends its text or the contact.
        """
        found = await self._wait(
            lambda: self._find_button(button, message), timeout, f"a button {button!r}"
        )
        place, pressed = found
        self.mark()
        if place is None:
            await self._press_key(pressed)
        elif pressed.data is not None:
            actions.click(self.state, self.profile, place.message_id, pressed.data)
        elif pressed.copy_text is not None:
            self.copied.append(pressed.copy_text)
        elif pressed.url is not None:
            self.follow(pressed.url)
        else:
            raise AssertionError(f"{button!r} is no button that the sandbox can tap")

    async def tap(self, data: str, *, message: Message | None = None) -> None:
        """Sends callback data whether or not there is such a button: old screens, forgeries."""
        self.mark()
        place = message if message is not None else self.last
        actions.click(self.state, self.profile, place.message_id, data)

    def follow(self, address: str) -> None:
        """Opens a link: one to the bot starts it with its payload, others are in `opened`."""
        link = start_link(address)
        if link is not None and link.username == self.state.bot["username"].lower():
            actions.start(self.state, self.profile, link.payload)
        else:
            self.opened.append(address)

    async def inline(self, query: str, *, offset: str = "", timeout: float = TIMEOUT) -> list[Body]:
        """Types `@bot query` somewhere; returns the results."""
        answer = await self.inline_answer(query, offset=offset, timeout=timeout)
        return answer.results or []

    async def inline_answer(
        self, query: str, *, offset: str = "", timeout: float = TIMEOUT
    ) -> InlineQuery:
        """The same with what comes along: the button above the results, the offset of the next."""
        asked = actions.ask_inline(self.state, self.profile, query, offset=offset)

        def answered() -> InlineQuery | None:
            return asked if asked.results is not None else None

        return await self._wait(answered, timeout, "results of an inline query")

    def block(self) -> None:
        """Stops the bot."""
        actions.block(self.state, self.profile)

    def unblock(self) -> None:
        """Lets the bot write again."""
        actions.unblock(self.state, self.profile)

    # what they wait for

    def mark(self) -> None:
        """`expect` looks only at what comes from now on. Every action does this by itself."""
        self._since = self.state.next_number()

    async def expect(self, words: str, *, timeout: float = TIMEOUT) -> Message:
        """Waits until a message, an edit, a pop-up or a notice since the last action says this.

        Returns the newest message that does (after a pop-up: the newest message of the bot).
        Raises AssertionError with all that was seen instead.
        """
        output = await self._wait(lambda: self._said(words), timeout, f"{words!r}")
        if output.message_id is None:
            return self.last
        return Message(self.state, self.chat.posts[output.message_id])

    async def expect_alert(self, words: str = "", *, timeout: float = TIMEOUT) -> str:
        """Waits for a pop-up or a notice since the last action; returns its text."""
        kinds = (OutputKind.ALERT, OutputKind.TOAST)
        output = await self._wait(
            lambda: self._newest(lambda seen: seen.kind in kinds and words in seen.text),
            timeout,
            f"an alert {words!r}",
        )
        return output.text

    async def expect_file(self, name: str = "", *, timeout: float = TIMEOUT) -> Message:
        """Waits for a document since the last action whose name has this in it."""
        return await self._wait(
            lambda: self._new_message(lambda message: name in (message.file_name or "\0")),
            timeout,
            f"a file {name!r}",
        )

    async def expect_photo(self, words: str = "", *, timeout: float = TIMEOUT) -> Message:
        """Waits for a picture since the last action whose caption has these words."""
        return await self._wait(
            lambda: self._new_message(lambda m: m.has_photo and words in m.text),
            timeout,
            f"a picture {words!r}",
        )

    async def expect_nothing(self, *, seconds: float = 0.2) -> None:
        """Checks that the bot shows nothing new for a while."""
        before = self._newest(lambda _: True)
        deadline = asyncio.get_running_loop().time() + seconds
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self.state.changed()
            except TimeoutError:
                return
            now = self._newest(lambda _: True)
            assert now is before, f"{self.profile.name} saw {now}"

    # inside

    def _sent(self, post: Post) -> Message:
        return Message(self.state, post)

    def _outputs(self, since: int) -> list[Output]:
        return [
            output
            for output in self.state.outputs
            if output.chat_id == self.id and output.number > since
        ]

    def _newest(self, wanted: Callable[[Output], bool]) -> Output | None:
        for output in reversed(self.state.outputs):
            if output.number <= self._since:
                return None
            if output.chat_id == self.id and wanted(output):
                return output
        return None

    def _said(self, words: str) -> Output | None:
        silent = (OutputKind.ACTION, OutputKind.DELETION)
        return self._newest(lambda output: output.kind not in silent and words in output.text)

    def _new_message(self, wanted: Callable[[Message], bool]) -> Message | None:
        for output in reversed(self._outputs(self._since)):
            if output.kind in (OutputKind.MESSAGE, OutputKind.EDIT):
                message = Message(self.state, self.chat.posts[output.message_id or 0])
                if wanted(message):
                    return message
        return None

    def _find_button(
        self, wanted: str, message: Message | None
    ) -> tuple[Message | None, Button] | None:
        messages = [message] if message is not None else self.received[::-1]
        tests: list[Callable[[Button], bool]] = [
            lambda button: wanted in (button.text, button.data),
            lambda button: wanted in button.text,
        ]
        for test in tests:
            for place in messages:
                for button in place.buttons:
                    if test(button):
                        return place, button
            if message is None:
                for key in self.keyboard:
                    if test(key):
                        return None, key
        return None

    async def _press_key(self, key: Button) -> None:
        if key.body.get("request_contact"):
            await self.send_contact()
        else:
            await self.send(key.text)

    async def _wait(self, look: Callable[[], Found | None], timeout: float, what: str) -> Found:
        try:
            async with asyncio.timeout(timeout):
                while (found := look()) is None:
                    await self.state.changed()
                return found
        except TimeoutError:
            raise AssertionError(self._missed(what, timeout)) from None

    def _missed(self, what: str, timeout: float) -> str:
        seen = [f"  {o.kind.value}: {o.text!r}" for o in self._outputs(self._since)]
        shown = "\n".join(seen) or "  nothing"
        on_screen = "\n".join(f"  {message!r}" for message in self.messages[-3:])
        return (
            f"{self.profile.name} waited {timeout:g} s for {what}. Since the last action came:\n"
            f"{shown}\nThe end of the chat:\n{on_screen}"
        )


class Channel:
    """A Telegram channel with its posts."""

    def __init__(self, state: State, chat: Chat) -> None:
        self.state = state
        self.chat = chat

    @property
    def id(self) -> int:
        """The chat id, negative."""
        return self.chat.chat_id

    def post(self, text: str, *, photo: bytes | None = None) -> Message:
        """Publishes a post; the bot hears of it where it is an administrator."""
        content: dict[str, Any] = actions.text_content(text)
        if photo is not None:
            upload = Upload(name="photo.jpg", content=photo)
            content = {"photo": self.state.files.add_photo(upload), "caption": text}
        return Message(self.state, actions.publish_post(self.state, self.chat, content))

    def grow(self, members: int) -> None:
        """So many follow it now."""
        self.chat.members = members

    def rename(self, username: str | None) -> None:
        """Gives it another public name, or none."""
        known = {key: value for key, value in self.chat.description.items() if key != "username"}
        self.chat.description = known | ({"username": username} if username else {})

    def protect(self) -> None:
        """Forbids that posts are forwarded."""
        self.chat.protected = True

    def appoint(self, person: Person) -> None:
        """Makes a person an administrator."""
        self.chat.administrators[person.id] = "administrator"

    def delete(self, post: Message) -> None:
        """Takes a post away; Telegram tells bots nothing of it."""
        self.state.delete(self.chat, post.post)

    def promote_bot(self, *, by: Person) -> None:
        """Makes the bot an administrator."""
        actions.promote_bot(self.state, by.profile, self.chat)

    def remove_bot(self, *, by: Person) -> None:
        """Takes the bot out."""
        actions.remove_bot(self.state, by.profile, self.chat)
