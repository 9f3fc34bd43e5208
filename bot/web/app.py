"""The web application: creators' links, health, and the headers that every answer carries."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from bot.web import visitors
from bot.web.broadcast_links import BroadcastLinks
from bot.web.clicks import ClickSpool
from bot.web.pages import CONTENT_SECURITY_POLICY, Pages, TranslatorFor
from bot.web.redirect import Digest, Redirect, page
from bot.web.targets import LinkLookup, Targets
from bot.web.uploads import UploadPage
from core.ports import Clock

Health = Callable[[], Awaitable[dict[str, Any]]]
"""Facts about the database and the backlogs; `"ok": False` among them means not ready."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}

logger = logging.getLogger(__name__)


def create_web(
    *,
    links: LinkLookup,
    clicks: ClickSpool,
    broadcasts: BroadcastLinks,
    clock: Clock,
    health: Health,
    bot_username: str,
    public_url: str,
    translator_for: TranslatorFor,
    digest: Digest,
    proxies: int = 0,
    uploads: Callable[[Pages], UploadPage] | None = None,
) -> web.Application:
    """Build the application; it starts the click spool and closes it when it is cleaned up.

    `public_url` is where the world sees us, `digest` hashes visitors (`SecretBox.digest`),
    `proxies` is the number of trusted proxies in front. There is an upload page where `uploads`
    makes one.
    """
    origin = public_url.rstrip("/")
    always = {**_HEADERS, hdrs.SERVER: "ules"}
    if origin.startswith("https://"):
        always["Strict-Transport-Security"] = "max-age=31536000"
    targets = Targets(links, clock)
    pages = Pages(translator_for, bot_username)
    redirect = Redirect(
        targets=targets,
        clicks=clicks,
        clock=clock,
        pages=pages,
        digest=digest,
        origin=origin,
        proxies=proxies,
        headers=always,
    )

    async def opened(request: web.Request) -> web.Response:
        address = await broadcasts.open(request)
        if address is None:
            return page(pages.not_found(visitors.locale_of(request)), status=404)
        return web.Response(status=302, headers={"Location": address})

    async def home(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"https://t.me/{bot_username}"})

    async def alive(request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def ready(request: web.Request) -> web.Response:
        try:
            facts = await health()
        except Exception:
            logger.exception("the health check failed")
            facts = {"ok": False}
        return web.json_response(facts, status=503 if facts.get("ok") is False else 200)

    async def robots(request: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nDisallow: /\n")

    async def headers(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        response.headers[hdrs.SERVER] = always[hdrs.SERVER]

    async def spool(app: web.Application) -> AsyncIterator[None]:
        async with clicks:
            yield
            await targets.settle()
        await broadcasts.flush()

    async def nothing(request: web.Request) -> web.Response:
        return page(pages.not_found(visitors.locale_of(request)), status=404)

    app = web.Application()  # without middlewares: each visitor of a link would pay for them
    for path, handler in (
        ("/r/{slug}", redirect.answer),
        ("/b/{token}", opened),
        ("/", home),
        ("/healthz", alive),
        ("/readyz", ready),
        ("/robots.txt", robots),
    ):
        app.router.add_get(path, polite(pages, handler))
    if uploads is not None:
        taking = uploads(pages)
        app.router.add_get("/u/{token}", polite(pages, taking.show))
        app.router.add_post("/u/{token}", polite(pages, taking.take))
    app.router.add_get("/{nothing:.*}", nothing)
    app.on_response_prepare.append(headers)
    app.cleanup_ctx.append(spool)
    return app


def polite(pages: Pages, handler: Handler) -> Handler:
    """The handler; what it fails at is told in the visitor's language, never with a traceback."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return page(pages.not_found(visitors.locale_of(request)), status=404)
        except web.HTTPException:
            raise
        except Exception:
            logger.exception("%s %s failed", request.method, request.match_info.route.name or "")
            return page(pages.failure(visitors.locale_of(request)), status=500)

    return answer
