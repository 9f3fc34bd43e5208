"""A running web application on a socket of its own, with links in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, DummyCookieJar
from aiohttp.test_utils import TestClient, TestServer

from bot.i18n import translator
from bot.secret_box import SecretBox
from bot.web.app import create_web
from bot.web.broadcast_links import BroadcastLinks
from bot.web.clicks import ClickSpool
from bot.web.redirect import Digest
from core.ids import BroadcastId, EnrolmentId, LinkId, OfferId
from core.links import Click, LinkTarget
from core.offers import OfferText
from core.people import Locale
from tests.conftest import FrozenClock

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Mobile/21F90 Instagram 340.0.3.27.93 (iPhone14,5; iOS 17_5; ru_KZ; ru; scale=3.00)"
)

LANDING = LinkTarget(
    link_id=LinkId(1),
    enrolment_id=EnrolmentId(11),
    offer_id=OfferId(21),
    brand_name="Ақ Қайың",
    legal_name="ТОО «Ақ Қайың»",
    texts={
        Locale.KK: OfferText(title="Бет күтімі", description="Табиғи майлар"),
        Locale.RU: OfferText(title="Уход за лицом", description="Натуральные масла"),
    },
    code="AIGERIM10",
    discount_bps=1_000,
    url="https://shop.kz/cream?a=1",
    click_param="",
    active=True,
)


@dataclass
class Site:
    """The application as a visitor sees it, and what it has spooled."""

    client: TestClient[Any, Any]
    spool: ClickSpool
    links: dict[str, LinkTarget]
    lookups: list[str] = field(default_factory=list)
    digest: Digest = SecretBox(["k" * 32]).digest
    openings: dict[int, datetime] = field(default_factory=dict)  # of broadcasts, by delivery
    broadcasts: BroadcastLinks | None = None

    async def get(self, path: str, *, method: str = "GET", **headers: str) -> ClientResponse:
        """Ask as a telephone does; header names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(
            method, path, headers={"User-Agent": PHONE, **named}, allow_redirects=False
        )

    async def flush_openings(self) -> None:
        """Store what was opened under broadcasts."""
        assert self.broadcasts is not None
        await self.broadcasts.flush()

    async def clicks(self) -> list[Click]:
        """What has been spooled since the last look."""
        found: list[Click] = []

        async def load(portion: Any) -> None:
            found.extend(portion)

        await self.spool.drain(load)
        return found


OpenSite = Callable[..., Any]


@pytest.fixture
def open_site(tmp_path: Path, clock: FrozenClock) -> OpenSite:
    """Opens a site; `lookup` and `health` may be replaced, `proxies` set."""

    @asynccontextmanager
    async def opened(
        links: dict[str, LinkTarget],
        *,
        lookup: Any = None,
        health: Any = None,
        proxies: int = 0,
        public_url: str = "http://localhost",
    ) -> AsyncIterator[Site]:
        lookups: list[str] = []

        async def find(slugs: Sequence[str]) -> dict[str, LinkTarget]:
            lookups.extend(slugs)
            return {slug: links[slug] for slug in slugs if slug in links}

        async def healthy() -> dict[str, Any]:
            return {"ok": True}

        async def address(broadcast: BroadcastId) -> str | None:
            return addresses.get(broadcast)

        async def store(openings: dict[int, datetime]) -> int:
            opened_links.update(openings)
            return len(openings)

        spool = ClickSpool(tmp_path / "clicks", clock)
        digest = Site.digest
        addresses = {12: "https://t.me/ules"}
        opened_links: dict[int, datetime] = {}
        broadcasts = BroadcastLinks(find=address, clock=clock, digest=digest, store=store)
        app = create_web(
            links=lookup or find,
            clicks=spool,
            broadcasts=broadcasts,
            clock=clock,
            health=health or healthy,
            bot_username="ules_bot",
            public_url=public_url,
            translator_for=translator,
            digest=digest,
            proxies=proxies,
        )
        async with TestClient(TestServer(app), cookie_jar=DummyCookieJar()) as client:
            yield Site(client, spool, links, lookups, digest, opened_links, broadcasts)

    return opened


@pytest.fixture
async def site(open_site: OpenSite) -> AsyncIterator[Site]:
    """A site with three links: a landing page, a redirect, and one that has ended."""
    links = {
        "landing2": LANDING,
        "direct22": replace(LANDING, link_id=LinkId(2), click_param="sub_id"),
        "ended222": replace(LANDING, link_id=LinkId(3), active=False),
    }
    async with open_site(links) as made:
        yield made
