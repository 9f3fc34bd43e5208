"""`/u/<token>`: the page that takes one order file too large for Telegram.

The token in the address is the right to send: it is as long as a key, lives for an hour and is
written down nowhere. So no cookie is needed, and a page of somebody else, which does not know the
address, cannot send in its reader's name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Protocol

from aiohttp import BodyPartReader, ClientError, web

from bot.web import upload_views as views
from bot.web import visitors
from bot.web.misses import Misses
from bot.web.pages import UPLOAD_POLICY, Pages
from bot.web.redirect import Digest, page
from core.errors import FileRefused, NotFound, UploadLinkSpent, UploadUnderWay
from core.people import Locale
from core.ports import Clock
from core.upload_links import LONGEST, SILENCE, LinkState, LinkView
from core.usecases.order_files import Chunks

AT_ONCE: Final = 8  # uploads in one process
CHUNK: Final = 2**18  # bytes
OVERHEAD: Final = 2**14  # bytes of a form around its file

_HEADERS: Final = {"Content-Security-Policy": UPLOAD_POLICY, "Referrer-Policy": "no-referrer"}
_DONE: Final = (LinkState.RECEIVED, LinkState.SHOWN)

log: Final = logging.getLogger(__name__)

FindLink = Callable[[str], Awaitable[LinkView | None]]
"""The link of a token, None for what is none."""


class Receive(Protocol):
    """`core.usecases.upload_links.receive_file`."""

    def __call__(
        self, *, token: str, name: str, chunks: Chunks, limit: int
    ) -> Awaitable[LinkView]: ...


class UploadPage:
    """Handles `GET` and `POST /u/{token}`; `limit` is the largest file in bytes.

    `arrived` is called when a file has been kept.
    """

    def __init__(
        self,
        pages: Pages,
        *,
        find: FindLink,
        receive: Receive,
        arrived: Callable[[], None],
        clock: Clock,
        digest: Digest,
        proxies: int,
        limit: int,
    ) -> None:
        self._pages = pages
        self._find = find
        self._receive = receive
        self._arrived = arrived
        self._clock = clock
        self._digest = digest
        self._proxies = proxies
        self._limit = limit
        self._misses = Misses(clock)
        self._under_way = 0

    async def show(self, request: web.Request) -> web.Response:
        """Answer 200 (form, done, busy), 404 (unknown), 410 (spent) or 429 (guessing)."""
        found = await self._found(request)
        return found if isinstance(found, web.Response) else self._state(request, found)

    async def take(self, request: web.Request) -> web.Response:
        """Take the file of a form; 303 to the page that says so, or the form with what was wrong.

        403 for a form of another site, 408 (too slow), 409 (another upload), 413 (too big),
        422 (no table), 503 (too many at once), and as `show`.
        """
        found = await self._found(request)
        if isinstance(found, web.Response):
            return found
        if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            return _closing(self._answer(self._not_found(request), status=403))
        now = self._clock()
        if not found.entitled or not found.link.usable(now) or found.link.busy(now):
            return _closing(self._state(request, found, posted=True))
        if self._under_way >= AT_ONCE:
            refusal = self._again(request, found, views.many, status=503)
            refusal.headers["Retry-After"] = "60"
            return refusal
        self._under_way += 1
        try:
            return await self._taken(request, found)
        finally:
            self._under_way -= 1

    async def _taken(self, request: web.Request, view: LinkView) -> web.Response:
        locale, pages = _locale(request, view), self._pages
        try:
            if (request.content_length or 0) > self._limit + OVERHEAD:
                raise FileRefused("too_big")
            async with asyncio.timeout(LONGEST.total_seconds()):
                async with asyncio.timeout(SILENCE.total_seconds()):
                    part = await _file_of(request)
                if part is None:
                    return self._again(request, view, views.nothing, status=400)
                await self._receive(
                    token=request.match_info["token"],
                    name=part.filename or "",
                    chunks=_chunks(part),
                    limit=self._limit,
                )
        except FileRefused as error:
            problem = views.refused(pages, locale, error, self._limit)
            status = 413 if error.reason == "too_big" else 422
            return self._again(request, view, lambda *_: problem, status=status)
        except UploadUnderWay:
            return _closing(self._answer(views.busy(pages, locale, view), status=409))
        except (UploadLinkSpent, NotFound):
            return _closing(self._answer(views.spent(pages, locale), status=410))
        except TimeoutError:
            return self._again(request, view, views.lost, status=408)
        except (ClientError, ConnectionError, ValueError):
            log.info("an upload broke off")
            return self._again(request, view, views.lost, status=400)
        self._arrived()
        return self._answer("", status=303, Location=f"{request.path}?lang={locale}")

    async def _found(self, request: web.Request) -> LinkView | web.Response:
        """The link, or a refusal; whoever tries out addresses has to wait."""
        address = visitors.network_of(visitors.address_of(request, self._proxies))
        guesser = self._digest("web-misses", address)
        pages, locale = self._pages, visitors.locale_of(request)
        if wait := self._misses.wait(guesser):
            return _closing(
                self._answer(pages.too_many(locale), status=429, **{"Retry-After": str(wait)})
            )
        view = await self._find(request.match_info["token"])
        if view is None:
            self._misses.add(guesser)
            return _closing(self._answer(self._not_found(request), status=404))
        return view

    def _state(self, request: web.Request, view: LinkView, *, posted: bool = False) -> web.Response:
        pages, locale, now = self._pages, _locale(request, view), self._clock()
        if not view.entitled:
            return self._answer(views.spent(pages, locale), status=410)
        if view.link.state in _DONE:
            return self._answer(views.done(pages, locale, view), status=410 if posted else 200)
        if not view.link.usable(now):
            return self._answer(views.spent(pages, locale), status=410)
        if view.link.busy(now):
            return self._answer(views.busy(pages, locale, view), status=409 if posted else 200)
        return self._answer(views.form(pages, locale, view, limit=self._limit))

    def _again(
        self,
        request: web.Request,
        view: LinkView,
        problem: Callable[..., str],
        *,
        status: int,
    ) -> web.Response:
        """The form once more."""
        pages, locale = self._pages, _locale(request, view)
        told = problem(pages, locale)
        text = views.form(pages, locale, view, limit=self._limit, problem=told)
        return _closing(self._answer(text, status=status))

    def _not_found(self, request: web.Request) -> str:
        return self._pages.not_found(visitors.locale_of(request))

    def _answer(self, text: str, *, status: int = 200, **headers: str) -> web.Response:
        answer = page(text, status=status)
        answer.headers.update(_HEADERS | headers)
        return answer


def _closing(answer: web.Response) -> web.Response:
    """Nothing more is read of what the browser may still be sending."""
    answer.force_close()
    return answer


def _locale(request: web.Request, view: LinkView) -> Locale:
    asked = request.query.get("lang", "")
    return Locale(asked) if asked in Locale.__members__.values() else view.locale


async def _file_of(request: web.Request) -> BodyPartReader | None:
    """The first part of the form that is a file; raises ValueError for what is no form."""
    if request.content_type != "multipart/form-data":
        return None
    form = await request.multipart()
    while (part := await form.next()) is not None:
        if isinstance(part, BodyPartReader) and part.name == "file" and part.filename:
            return part
    return None


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    """The file as it comes; TimeoutError where nothing comes for long."""
    while True:
        async with asyncio.timeout(SILENCE.total_seconds()):
            chunk = await part.read_chunk(CHUNK)
        if not chunk:
            return
        yield chunk
