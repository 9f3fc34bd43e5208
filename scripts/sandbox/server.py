"""The local Telegram as one aiohttp application: Bot API, files and the chat page."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientResponse, MultipartReader, web

from scripts.sandbox.board import add_page
from scripts.sandbox.calls import Call, read_call, read_multipart, typed_call
from scripts.sandbox.client import Channel, Person
from scripts.sandbox.faults import Fault, FaultKind, Window
from scripts.sandbox.files import UPLOAD_LIMIT, Upload
from scripts.sandbox.methods import perform
from scripts.sandbox.people import DEFAULT_PEOPLE, SandboxPerson
from scripts.sandbox.refusals import ApiError, too_many_requests
from scripts.sandbox.state import Callback, Now, State

STATE = web.AppKey("state", State)

_GARBAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def create_app(
    token: str,
    bot_username: str,
    people: Sequence[SandboxPerson] = DEFAULT_PEOPLE,
    now: Now | None = None,
    advance: Callable[[timedelta], Any] | None = None,
    *,
    retry_seconds: float = 1.0,
) -> web.Application:
    """The application for one bot.

    `now` dates the messages, `advance` moves that clock by the page's buttons (it may be a
    coroutine function; without it there are no buttons), `retry_seconds` is the first pause
    after a webhook that failed.
    """

    async def answer(response: ClientResponse) -> None:
        await _answer_of_webhook(state, response)

    state = State(
        token=token,
        bot_username=bot_username,
        people=people,
        now=now,
        answer=answer,
        retry_seconds=retry_seconds,
    )
    app = web.Application(client_max_size=UPLOAD_LIMIT + 1024 * 1024)
    app[STATE] = state

    async def close(_: web.Application) -> None:
        await state.close()

    app.on_shutdown.append(close)
    app.router.add_route("*", "/bot{token}/{method}", _bot_api)
    app.router.add_get("/file/bot{token}/{path:.+}", _file)
    add_page(app, state, advance)
    return app


async def _bot_api(request: web.Request) -> web.StreamResponse:
    state = request.app[STATE]
    name = request.match_info["method"]
    try:
        if request.match_info["token"] != state.token:
            raise ApiError(401, "Unauthorized")
        call = await read_call(name, request)
        await state.faults.way()
        fault = state.faults.take(call.method.__api_method__, call.chat_id)
        if fault is not None:
            return await _failed(request, call, fault)
        answer = _ok(await perform(state, call))
        await state.faults.way()
        return answer
    except ApiError as error:
        return web.json_response(error.body(), status=error.code)


async def _failed(request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
    state = request.app[STATE]
    match fault.kind:
        case FaultKind.TOO_MANY:
            raise too_many_requests(fault.retry_after)
        case FaultKind.ERROR:
            words = {500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Timeout"}
            raise ApiError(fault.status, words.get(fault.status, "Service Unavailable"))
        case FaultKind.GARBAGE:
            return web.Response(status=502, text=_GARBAGE, content_type="text/html")
        case FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
            return _ok(await perform(state, call))
        case FaultKind.LOST:
            await perform(state, call)
        case FaultKind.AWAY:
            pass
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


async def _file(request: web.Request) -> web.Response:
    state = request.app[STATE]
    stored = state.files.at(request.match_info["path"])
    if request.match_info["token"] != state.token or stored is None:
        return web.json_response(ApiError(404, "Not Found").body(), status=404)
    return web.Response(body=stored.content, content_type="application/octet-stream")


async def _answer_of_webhook(state: State, response: ClientResponse) -> None:
    """A webhook may answer with a method, whose result nobody learns."""
    values: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    if response.content_type == "multipart/form-data":
        reader = MultipartReader.from_response(response)
        values, files = await read_multipart(reader)  # type: ignore[arg-type]
    elif response.content_type == "application/json":
        body = json.loads(await response.text() or "null")
        values = body if isinstance(body, dict) else {}
    name = values.pop("method", None)
    if isinstance(name, str):
        try:
            await perform(state, typed_call(name, values, files))
        except ApiError:
            return  # Telegram tells nobody either


class Sandbox:
    """A local Telegram on a loopback port (0: a free one), with a driver for the people in it."""

    def __init__(
        self,
        *,
        token: str = "42:sandbox",  # noqa: S107
        bot_username: str = "ules_bot",
        now: Now | None = None,
        advance: Callable[[timedelta], Any] | None = None,
        people: Sequence[SandboxPerson] = (),
        port: int = 0,
        retry_seconds: float = 0.05,
    ) -> None:
        self.token = token
        self.bot_username = bot_username
        self.app = create_app(
            token, bot_username, people, now, advance, retry_seconds=retry_seconds
        )
        self.state = self.app[STATE]
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.5)
        self._port = port
        self._url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address of the Bot API and of the chat page, without a slash at the end."""
        return self._url

    def person(
        self,
        name: str,
        *,
        language_code: str = "kk",
        username: str | None = None,
        telegram_id: int | None = None,
        phone: str | None = None,
        role_label: str = "",
    ) -> Person:
        """A new person in front of an own Telegram client."""
        number = len(self.state.chats) + 1
        person = SandboxPerson(
            telegram_id=telegram_id or 800_000_000 + number,
            name=name,
            language_code=language_code,
            username=username,
            role_label=role_label,
            phone=phone or f"+7701{number:07d}",
        )
        self.state.add_person(person)
        return Person(self.state, person)

    def somebody(self, telegram_id: int) -> Person:
        """A person who is already here. Raises KeyError."""
        person = self.state.chat_of(telegram_id).person
        assert person is not None
        return Person(self.state, person)

    def channel(
        self,
        title: str,
        *,
        username: str | None = None,
        members: int = 1000,
        owner: Person | None = None,
    ) -> Channel:
        """A new channel; its owner has to make the bot an administrator of it."""
        made = self.state.add_channel(
            title=title,
            username=username,
            members=members,
            owner=None if owner is None else owner.id,
        )
        return Channel(self.state, made)

    def fail(self, kind: FaultKind | str, method: str = "*", **details: Any) -> None:
        """The next calls fail: see `Fault` for `times`, `chat_id`, `retry_after` and the rest."""
        self.state.faults.add(Fault(kind=FaultKind(kind), method=method, **details))

    def limit(self, per_second: int, *, retry_after: int = 3) -> Window:
        """Take so many messages a second and no more; the window counts them."""
        self.state.faults.window = Window(per_second, retry_after)
        return self.state.faults.window

    def travel(self, shortest: float, longest: float) -> None:
        """From now on a call takes so many seconds there and back."""
        self.state.faults.travel = (shortest, longest)

    def heal(self) -> None:
        """No fault is left to come."""
        self.state.faults.clear()

    @property
    def unanswered(self) -> list[Callback]:
        """Taps that the bot has not answered yet."""
        return [callback for callback in self.state.callbacks.values() if not callback.answered]

    def delivered(self, person: Person | None = None) -> int:
        """How many messages of the bot arrived, with one person or in all chats."""
        chats = [person.chat] if person is not None else self.state.chats.values()
        return sum(chat.delivered for chat in chats)

    def calls(self, method: str) -> int:
        """How often a method was performed."""
        return self.state.calls.get(method, 0)
