"""The chat page and the small HTTP interface that it lives on."""

import inspect
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from scripts.sandbox import actions
from scripts.sandbox.calls import read_multipart
from scripts.sandbox.faults import Fault, FaultKind
from scripts.sandbox.files import Upload
from scripts.sandbox.links import start_link
from scripts.sandbox.methods import commands_for
from scripts.sandbox.people import SandboxPerson
from scripts.sandbox.refusals import ApiError, bad_request
from scripts.sandbox.state import Body, Chat, Event, State

Advance = Callable[[timedelta], Any]

PAGE = Path(__file__).parent / "page"
_POLICY = "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'"
_LONGEST_STEP = timedelta(days=366)


def add_page(app: web.Application, state: State, advance: Advance | None) -> None:
    """Adds the page at `/` and its requests under `/sandbox/`."""
    board = _Board(state, advance)
    app.router.add_get("/", board.page)
    app.router.add_static("/sandbox/page", PAGE)
    app.router.add_get("/sandbox/state", board.whole)
    app.router.add_get("/sandbox/events", board.events)
    app.router.add_get("/sandbox/files/{file_id}", board.file)
    app.router.add_post("/sandbox/clock", board.clock)
    app.router.add_post("/sandbox/faults", board.plan_fault)
    app.router.add_delete("/sandbox/faults", board.heal)
    app.router.add_post("/sandbox/people", board.add_person)
    app.router.add_post("/sandbox/people/{telegram_id}/{action}", board.act)


def chat_view(state: State, chat: Chat) -> Body:
    """How things stand with a person, without the messages."""
    person = chat.person
    assert person is not None
    language = person.language_code
    texts = {
        kind: state.texts.get((kind, language)) or state.texts.get((kind, ""), "")
        for kind in ("name", "description", "short_description")
    }
    return {
        "id": chat.chat_id,
        "name": person.name,
        "username": person.username,
        "language_code": language,
        "role_label": person.role_label,
        "phone": person.phone,
        "started": chat.started,
        "blocked": chat.blocked,
        "keyboard": chat.keyboard,
        "pinned": chat.pinned,
        "commands": commands_for(state, chat),
        "menu_button": chat.menu_button or state.menu_button,
        "bot_name": texts["name"] or state.bot["first_name"],
        "bot_description": texts["description"],
    }


def whole_view(state: State, *, clock: bool) -> Body:
    """All that a page shows when it opens."""
    return {
        "bot": state.bot,
        "now": state.date(),
        "clock": clock,
        "chats": [
            chat_view(state, chat)
            | {"messages": [post.body for post in chat.posts.values() if not post.deleted]}
            for chat in state.chats.values()
            if not chat.is_channel
        ],
    }


class _Board:
    def __init__(self, state: State, advance: Advance | None) -> None:
        self.state = state
        self.advance = advance
        self.people: dict[str, Callable[[SandboxPerson, Body], None]] = {
            "text": self._text,
            "start": self._start,
            "click": self._click,
            "follow": self._follow,
            "contact": self._contact,
            "forward": self._forward,
            "block": lambda person, _: actions.block(state, person),
            "unblock": lambda person, _: actions.unblock(state, person),
        }

    # what the page reads

    async def page(self, request: web.Request) -> web.Response:
        """The page with the present state in it, so that it is complete when it has loaded."""
        view = json.dumps(self._whole(), ensure_ascii=False).replace("<", "\\u003c")
        html = (PAGE / "index.html").read_text("utf-8").replace("{{state}}", view)
        return web.Response(
            text=html,
            content_type="text/html",
            headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"},
        )

    async def whole(self, request: web.Request) -> web.Response:
        """The present state, to catch up after a lost connection."""
        return web.json_response(self._whole())

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: everything that happens from now on."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        listener = self.state.listen()
        try:
            with suppress(ConnectionError):
                await response.write(b"retry: 500\n\n")
                while (event := await listener.get()) is not None:
                    shown = json.dumps(self._shown(event), ensure_ascii=False)
                    await response.write(f"data: {shown}\n\n".encode())
        finally:
            self.state.unlisten(listener)
        return response

    async def file(self, request: web.Request) -> web.Response:
        """A picture to show, or a document to keep."""
        stored = self.state.files.find(request.match_info["file_id"])
        if stored is None:
            raise web.HTTPNotFound
        place = "inline" if stored.kind == "photo" else "attachment"
        return web.Response(
            body=stored.content,
            content_type="image/jpeg" if stored.kind == "photo" else "application/octet-stream",
            headers={
                "Content-Disposition": f"{place}; filename*=UTF-8''{quote(stored.name, safe='')}",
                "X-Content-Type-Options": "nosniff",
            },
        )

    # what the page does

    async def clock(self, request: web.Request) -> web.Response:
        """Moves the clock forward by a number of seconds."""
        seconds = (await _json(request)).get("seconds")
        if self.advance is None or not isinstance(seconds, int):
            return _refused(bad_request("there is no clock to move"))
        step = timedelta(seconds=seconds)
        if not timedelta(0) < step <= _LONGEST_STEP:
            return _refused(bad_request("the clock moves forward by up to a year"))
        moved = self.advance(step)
        if inspect.isawaitable(moved):
            await moved
        self.state.publish({"type": "clock"})
        return web.json_response({"now": self.state.date()})

    async def plan_fault(self, request: web.Request) -> web.Response:
        """Plans a fault: the fields of `Fault`."""
        body = await _json(request)
        try:
            self.state.faults.add(Fault(**body | {"kind": FaultKind(body.get("kind", ""))}))
        except (TypeError, ValueError) as error:
            return _refused(bad_request(f"no such fault: {error}"))
        return web.json_response({"planned": len(self.state.faults.coming)})

    async def heal(self, request: web.Request) -> web.Response:
        """Forgets all faults that are to come."""
        self.state.faults.clear()
        return web.json_response({"planned": 0})

    async def add_person(self, request: web.Request) -> web.Response:
        """One more column."""
        body = await _json(request)
        name = str(body.get("name", "")).strip()
        language = str(body.get("language_code", "kk"))
        if not name:
            return _refused(bad_request("a person needs a name"))
        number = 1 + max(self.state.chats, default=700_000_000)
        person = SandboxPerson(
            telegram_id=number,
            name=name[:64],
            language_code=language,
            role_label=str(body.get("role_label", ""))[:32],
            phone=f"+7701{number % 10_000_000:07d}",
        )
        chat = self.state.add_person(person)
        return web.json_response(chat_view(self.state, chat))

    async def act(self, request: web.Request) -> web.Response:
        """One action of one person."""
        number = request.match_info["telegram_id"]
        chat = self.state.chats.get(int(number) if number.isdecimal() else 0)
        if chat is None or chat.person is None:
            raise web.HTTPNotFound
        try:
            if request.match_info["action"] == "file":
                await self._file(chat.person, request)
            else:
                action = self.people.get(request.match_info["action"])
                if action is None:
                    raise web.HTTPNotFound
                action(chat.person, await _json(request))
        except ApiError as error:
            return _refused(error)
        return web.json_response({"ok": True})

    def _text(self, person: SandboxPerson, body: Body) -> None:
        text = str(body.get("text", ""))
        for part in range(0, len(text), 4096):  # a client cuts what is too long for one message
            if text[part : part + 4096].strip():
                actions.send_text(self.state, person, text[part : part + 4096])

    def _start(self, person: SandboxPerson, body: Body) -> None:
        actions.start(self.state, person, str(body.get("payload", ""))[:64])

    def _click(self, person: SandboxPerson, body: Body) -> None:
        message_id = body.get("message_id")
        if message_id not in self.state.chat_of(person.telegram_id).posts:
            raise bad_request("message not found")
        actions.click(self.state, person, message_id, str(body.get("data", "")))

    def _follow(self, person: SandboxPerson, body: Body) -> None:
        link = start_link(str(body.get("url", "")))
        if link is None or link.username != self.state.bot["username"].lower():
            raise bad_request("the link does not lead to the bot")
        actions.start(self.state, person, link.payload)

    def _contact(self, person: SandboxPerson, body: Body) -> None:
        actions.send_contact(self.state, person)

    def _forward(self, person: SandboxPerson, body: Body) -> None:
        title = str(body.get("title", "")).strip()[:128] or "Channel"
        username = str(body.get("username", "")).strip().removeprefix("@")[:32] or None
        members = body.get("members")
        channel = next(
            (c for c in self.state.chats.values() if c.description.get("title") == title), None
        )
        if channel is None:
            count = members if isinstance(members, int) and members > 0 else 1000
            channel = self.state.add_channel(title=title, username=username, members=count)
        content = actions.text_content(str(body.get("text", ""))[:4096])
        if not content["text"]:
            raise bad_request("message text is empty")
        post = actions.publish_post(self.state, channel, content)
        actions.forward(self.state, person, channel, post)

    async def _file(self, person: SandboxPerson, request: web.Request) -> None:
        if request.content_type != "multipart/form-data":
            raise bad_request("a file comes as multipart/form-data")
        values, files = await read_multipart(await request.multipart())
        upload = files.get("file", Upload(name="", content=b""))
        caption = str(values.get("caption", ""))[:1024]
        if values.get("kind") == "photo":
            actions.send_photo(self.state, person, upload, caption)
        else:
            actions.send_document(self.state, person, upload, caption)

    # views

    def _whole(self) -> Body:
        return whole_view(self.state, clock=self.advance is not None)

    def _shown(self, event: Event) -> Event:
        if event["type"] in ("chat", "person"):
            chat = self.state.chats[event["chat_id"]]
            event = event | {"chat": chat_view(self.state, chat)}
        return event | {"now": self.state.date()}


async def _json(request: web.Request) -> Body:
    # a page of another site cannot send this type without asking first
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest from None
    return body if isinstance(body, dict) else {}


def _refused(error: ApiError) -> web.Response:
    return web.json_response(error.body(), status=error.code)
