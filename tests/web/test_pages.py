"""Pages: in the visitor's language, light, safe from what people write, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.web.visitors import network_of, preferred
from core.offers import OfferText
from core.people import Locale
from tests.web.conftest import LANDING, OpenSite, Site


class Elements(HTMLParser):
    """Collects elements with their attributes, and the text outside of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] not in ("style", "script"):
            self.words.append(data)


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", Locale.KK),
        ("kk-KZ,kk;q=0.9", Locale.KK),
        ("ru-RU,ru;q=0.9,en-US;q=0.8", Locale.RU),
        ("en;q=0.5, ru-KZ;q=0.7", Locale.RU),
        ("de-DE,de;q=0.9,en;q=0.4", Locale.EN),
        ("fr", Locale.KK),
        ("kz", Locale.KK),
        ("ru;q=0, en", Locale.EN),
        ("ru;q=much, en", Locale.EN),
        ("*", Locale.KK),
        (",;=,;;q", Locale.KK),
    ],
)
def test_the_browser_says_the_language(header: str, locale: Locale) -> None:
    assert preferred(header) is locale


@pytest.mark.parametrize(
    ("path", "header", "locale", "title"),
    [
        ("/r/landing2", "ru", "ru", "Уход за лицом"),
        ("/r/landing2", "kk", "kk", "Бет күтімі"),
        ("/r/landing2", "en", "en", "Уход за лицом"),  # no English text: Russian serves
        ("/r/landing2?lang=kk", "ru", "kk", "Бет күтімі"),
        ("/r/landing2?lang=xx", "ru", "ru", "Уход за лицом"),
    ],
)
async def test_a_page_speaks_the_visitors_language(
    site: Site, path: str, header: str, locale: str, title: str
) -> None:
    text = await (await site.get(path, Accept_Language=header)).text()

    assert f'<html lang="{locale}">' in text
    assert f"<h1>{title}</h1>" in text


@pytest.mark.parametrize("path", ["/r/nothing2", "/r/ended222", "/nowhere"])
@pytest.mark.parametrize("locale", Locale)
async def test_bad_news_come_in_the_visitors_language_too(
    site: Site, path: str, locale: Locale
) -> None:
    text = await (await site.get(path, Accept_Language=locale)).text()

    assert f'<html lang="{locale}">' in text
    assert "https://t.me/ules_bot" in text


async def test_the_label_comes_first(site: Site) -> None:
    page = Elements(await (await site.get("/r/landing2")).text())
    words = " ".join(" ".join(page.words).split())

    assert words.index("Жарнама / Реклама. ТОО «Ақ Қайың»") < words.index("AIGERIM10")


@pytest.mark.parametrize("locale", Locale)
async def test_a_page_is_light_and_loads_nothing(site: Site, locale: Locale) -> None:
    text = await (await site.get("/r/landing2", Accept_Language=locale)).text()
    page = Elements(text)

    assert len(text.encode()) < 15_000
    assert not any("src" in attributes for _, attributes in page.found)
    assert not any("style" in attributes for _, attributes in page.found)
    assert not any(name.startswith("on") for _, attrs in page.found for name in attrs)
    assert {tag for tag, _ in page.found if tag in ("iframe", "img", "form", "object")} == set()


async def test_style_and_script_are_those_that_the_policy_knows(site: Site) -> None:
    answer = await site.get("/r/landing2")
    text = await answer.text()
    policy = answer.headers["Content-Security-Policy"]

    for tag in ("style", "script"):
        (inline,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }} & 🔥"


async def test_what_people_write_is_only_ever_text(open_site: OpenSite) -> None:
    target = replace(
        LANDING,
        brand_name=HOSTILE,
        legal_name=HOSTILE,
        code='A"B<C',
        texts={Locale.RU: OfferText(title=HOSTILE, description=HOSTILE)},
        url="https://shop.kz/?q=\"><script>alert(3)</script>&a='x'",
    )
    async with open_site({"hostile2": target}) as site:
        text = await (await site.get("/r/hostile2")).text()
        page = Elements(text)

    assert [tag for tag, _ in page.found].count("script") == 1
    assert not any(tag == "img" for tag, _ in page.found)
    assert "49" not in "".join(page.words)
    assert HOSTILE in "".join(page.words)
    (shop,) = [attrs["href"] for tag, attrs in page.found if attrs.get("class") == "go"]
    assert shop is not None
    assert shop.startswith("https://shop.kz/?q=")


async def test_the_code_can_be_copied_with_a_button_and_selected_without(site: Site) -> None:
    page = Elements(await (await site.get("/r/landing2?lang=en")).text())
    elements = {attributes.get("id"): attributes for _, attributes in page.found}
    words = " ".join(" ".join(page.words).split())

    assert "hidden" in elements["copy"]  # the script shows it
    assert elements["copy"]["data-done"] == "Copied"
    assert "10% off" in words
    assert "Promo code AIGERIM10 Copy the code Go to the shop shop.kz" in words


async def test_a_link_without_a_code_and_discount_shows_neither(open_site: OpenSite) -> None:
    async with open_site({"bare2222": replace(LANDING, code="", discount_bps=0)}) as site:
        page = Elements(await (await site.get("/r/bare2222")).text())

    ids = {attributes.get("id") for _, attributes in page.found}
    classes = {attributes.get("class") for _, attributes in page.found}
    assert "code" not in ids
    assert "off" not in classes


async def test_the_front_page_leads_to_the_bot(site: Site) -> None:
    answer = await site.get("/")

    assert (answer.status, answer.headers["Location"]) == (302, "https://t.me/ules_bot")


async def test_it_is_alive_without_asking_anybody(open_site: OpenSite) -> None:
    async def failing() -> dict[str, Any]:
        raise OSError("no database at secret-host")

    async with open_site({}, health=failing) as site:
        assert (await site.get("/healthz")).status == 200
        ready = await site.get("/readyz")

        assert ready.status == 503
        assert "secret-host" not in await ready.text()


@pytest.mark.parametrize(("ok", "status"), [(True, 200), (False, 503)])
async def test_it_is_ready_when_its_facts_say_so(
    open_site: OpenSite, ok: bool, status: int
) -> None:
    async def health() -> dict[str, Any]:
        return {"ok": ok, "outbox_seconds": 3}

    async with open_site({}, health=health) as site:
        answer = await site.get("/readyz")

        assert answer.status == status
        assert await answer.json() == {"ok": ok, "outbox_seconds": 3}


async def test_robots_are_told_to_stay_away(site: Site) -> None:
    assert "Disallow: /" in await (await site.get("/robots.txt")).text()


async def test_other_methods_are_refused(site: Site) -> None:
    assert (await site.get("/r/landing2", method="POST")).status == 405


async def test_secure_transport_is_demanded_where_there_is_some(open_site: OpenSite) -> None:
    async with open_site({}, public_url="https://ules.example/") as site:
        assert "Strict-Transport-Security" in (await site.get("/healthz")).headers
    async with open_site({}) as site:
        assert "Strict-Transport-Security" not in (await site.get("/healthz")).headers


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("nonsense", "0.0.0.0"),
    ],
)
def test_what_one_visitor_can_change_counts_as_one(address: str, network: str) -> None:
    assert network_of(address) == network
