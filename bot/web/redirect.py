"""`/r/<slug>`: counts a click on a creator's link and leads on to the shop or to a landing page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.web import visitors
from bot.web.clicks import ClickSpool
from bot.web.misses import Misses
from bot.web.pages import Pages
from bot.web.targets import Targets
from core.errors import BadInput
from core.links import Click, LinkTarget, new_click_id, shop_address
from core.orders import ALMATY
from core.people import Locale
from core.ports import Clock

Digest = Callable[[str, str], bytes]
"""A keyed hash by purpose, `SecretBox.digest`."""

logger = logging.getLogger(__name__)


class Redirect:
    """Handles `GET /r/{slug}`. The only addresses it ever leads to are stored and checked ones."""

    def __init__(
        self,
        *,
        targets: Targets,
        clicks: ClickSpool,
        clock: Clock,
        pages: Pages,
        digest: Digest,
        origin: str,
        proxies: int,
    ) -> None:
        self._targets = targets
        self._clicks = clicks
        self._clock = clock
        self._pages = pages
        self._digest = digest
        self._origin = origin
        self._proxies = proxies
        self._misses = Misses(clock)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer 302, 200 (landing), 404 (unknown), 410 (ended) or 429 (guessing)."""
        slug = request.match_info["slug"]
        locale = visitors.locale_of(request)
        address = visitors.address_of(request, self._proxies)

        target = self._targets.remembered(slug)
        if target is None:
            guesser = self._digest("web-misses", visitors.network_of(address))
            if wait := self._misses.wait(guesser):
                refusal = page(self._pages.too_many(locale), status=429)
                refusal.headers["Retry-After"] = str(wait)
                return refusal
            target = await self._targets.find(slug)
            if target is None:
                self._misses.add(guesser)
                return page(self._pages.not_found(locale), status=404)
        return self._lead_on(request, target, locale, address)

    def _lead_on(
        self, request: web.Request, target: LinkTarget, locale: Locale, address: str
    ) -> web.Response:
        if not target.active:
            return page(self._pages.ended(locale), status=410)
        click_id = new_click_id()
        try:
            shop = shop_address(target, click_id)
        except BadInput:
            logger.error("offer %d has an address that nobody may be led to", target.offer_id)
            return page(self._pages.ended(locale), status=410)

        if not visitors.comes_from_own_page(request, self._origin):
            now = self._clock()
            click = Click(
                id=click_id,
                link_id=target.link_id,
                at=now,
                visitor=self._visitor(request, address, now),
                lang=locale,
                counted=visitors.is_person(request),
            )
            self._clicks.record(click)
        if target.click_param:
            return web.Response(status=302, headers={"Location": shop})
        return page(self._pages.landing(locale, target, shop))

    def _visitor(self, request: web.Request, address: str, now: datetime) -> str:
        day = now.astimezone(ALMATY).date()
        facts = f"{address}\n{visitors.agent_of(request)}\n{day}"
        return self._digest("click-visitor", facts).hex()[:32]


def page(text: str, *, status: int = 200) -> web.Response:
    """An HTML answer."""
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
