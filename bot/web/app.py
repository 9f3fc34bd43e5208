"""The web application: creators' links, health, and the headers that every answer carries."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.web import visitors
from bot.web.broadcast_links import BroadcastLinks
from bot.web.clicks import ClickSpool
from bot.web.pages import CONTENT_SECURITY_POLICY, Pages, TranslatorFor
from bot.web.redirect import Digest, Redirect, page
from bot.web.targets import LinkLookup, Targets
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

PAGES: Final = web.AppKey("pages", Pages)

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
) -> web.Application:
    """Build the application; it starts the click spool and closes it when it is cleaned up.

    `public_url` is where the world sees us, `digest` hashes visitors (`SecretBox.digest`),
    `proxies` is the number of trusted proxies in front.
    """
    origin = public_url.rstrip("/")
    pages = Pages(translator_for, bot_username)
    redirect = Redirect(
        targets=Targets(links, clock),
        clicks=clicks,
        clock=clock,
        pages=pages,
        digest=digest,
        origin=origin,
        proxies=proxies,
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
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if origin.startswith("https://"):
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        response.headers["Server"] = "ules"

    async def spool(app: web.Application) -> AsyncIterator[None]:
        async with clicks:
            yield
        await broadcasts.flush()

    app = web.Application(middlewares=[_polite(pages)])
    app[PAGES] = pages
    app.router.add_get("/r/{slug}", redirect.answer)
    app.router.add_get("/b/{token}", opened)
    app.router.add_get("/", home)
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/robots.txt", robots)
    app.on_response_prepare.append(headers)
    app.cleanup_ctx.append(spool)
    return app


def _polite(pages: Pages) -> Middleware:
    """No page and our own faults are told in the visitor's language, and never with a traceback."""

    @web.middleware
    async def polite(request: web.Request, handler: Handler) -> web.StreamResponse:
        locale = visitors.locale_of(request)
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return page(pages.not_found(locale), status=404)
        except web.HTTPException:
            raise
        except Exception:
            logger.exception("%s %s failed", request.method, request.match_info.route.name or "")
            return page(pages.failure(locale), status=500)

    return polite
