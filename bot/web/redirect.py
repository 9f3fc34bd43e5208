"""`/r/<slug>`: counts a click on a creator's link and leads on to the shop or to a landing page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from aiohttp import hdrs, web

from bot.web import visitors
from bot.web.clicks import ClickSpool
from bot.web.misses import Misses
from bot.web.pages import Pages
from bot.web.signpost import Signpost
from bot.web.targets import Targets
from core.errors import BadInput
from core.links import Click, click_ids, shop_address
from core.orders import ALMATY
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
        headers: Mapping[str, str],
    ) -> None:
        self._targets = targets
        self._clicks = clicks
        self._clock = clock
        self._pages = pages
        self._digest = digest
        self._home = f"{origin}/"
        self._proxies = proxies
        self._misses = Misses(clock)
        self._signpost = Signpost(headers)
        self._ids = click_ids()
        self._days = _Days()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer 302, 200 (landing), 404 (unknown), 410 (ended) or 429 (guessing)."""
        slug = request.match_info["slug"]
        address = visitors.address_of(request, self._proxies)
        now = self._clock()
        target = self._targets.remembered(slug, now)
        if target is None:
            guesser = self._digest("web-misses", visitors.network_of(address))
            if wait := self._misses.wait(guesser):
                refusal = page(self._pages.too_many(visitors.locale_of(request)), status=429)
                refusal.headers[hdrs.RETRY_AFTER] = str(wait)
                return refusal
            target = await self._targets.find(slug)
            if target is None:
                self._misses.add(guesser)
                return page(self._pages.not_found(visitors.locale_of(request)), status=404)

        locale = visitors.locale_of(request)
        if not target.active:
            return page(self._pages.ended(locale), status=410)
        try:
            shop = shop_address(target.url, target.click_param)
        except BadInput:
            logger.error("offer %d has an address that nobody may be led to", target.offer_id)
            return page(self._pages.ended(locale), status=410)

        click_id = next(self._ids)
        if not visitors.comes_from_own_page(request, self._home):
            browser = visitors.browser_of(request)
            facts = f"{address}\n{browser.name}\n{self._days.of(now)}"
            self._clicks.record(
                Click(
                    id=click_id,
                    link_id=target.link_id,
                    at=now,
                    visitor=self._digest("click-visitor", facts)[:16].hex(),
                    lang=locale,
                    counted=visitors.is_person(request, browser),
                )
            )
        if target.click_param:
            return self._signpost.to(request, shop.clicked(click_id), now)
        return page(self._pages.landing(locale, target, shop.clicked(click_id)))


class _Days:
    """The day in Almaty, worked out once for each hour."""

    def __init__(self) -> None:
        self._since = self._until = datetime.min.replace(tzinfo=UTC)
        self._day = ""

    def of(self, moment: datetime) -> str:
        """The day as text, 2026-11-21."""
        if not self._since <= moment < self._until:
            self._since = moment.replace(minute=0, second=0, microsecond=0)
            self._until = self._since + timedelta(hours=1)
            self._day = f"{moment.astimezone(ALMATY).date()}"
        return self._day


def page(text: str, *, status: int = 200) -> web.Response:
    """An HTML answer."""
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
