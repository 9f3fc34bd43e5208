"""A creator's link: it counts people, leads on to the shop, and to nowhere else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from core.links import LinkTarget
from core.people import Locale
from tests.conftest import FrozenClock
from tests.web.conftest import LANDING, PHONE, OpenSite, Site


async def test_a_shop_that_takes_our_click_id_gets_it_with_the_visitor(site: Site) -> None:
    answer = await site.get("/r/direct22")

    (click,) = await site.clicks()
    address = urlsplit(answer.headers["Location"])
    assert answer.status == 302
    assert (address.scheme, address.netloc, address.path) == ("https", "shop.kz", "/cream")
    assert parse_qs(address.query) == {"a": ["1"], "sub_id": [click.id]}
    assert click.counted
    assert click.link_id == 2


async def test_a_shop_where_the_code_is_typed_gets_a_landing_page(site: Site) -> None:
    answer = await site.get("/r/landing2", Accept_Language="ru")
    text = await answer.text()

    assert answer.status == 200
    assert "AIGERIM10" in text
    assert 'href="https://shop.kz/cream?a=1" rel="nofollow noopener sponsored"' in text
    assert [click.counted for click in await site.clicks()] == [True]


async def test_two_visits_are_two_clicks_of_one_visitor(site: Site, clock: FrozenClock) -> None:
    await site.get("/r/landing2")
    await site.get("/r/landing2")
    clock.advance(days=1)
    await site.get("/r/landing2")

    first, second, tomorrow = sorted(await site.clicks(), key=lambda click: click.at)
    assert len({first.id, second.id, tomorrow.id}) == 3
    assert first.visitor == second.visitor != tomorrow.visitor
    assert "127.0.0.1" not in first.visitor


@pytest.mark.parametrize(
    "headers",
    [
        {"User_Agent": "TelegramBot (like TwitterBot)"},
        {"User_Agent": "facebookexternalhit/1.1"},
        {"User_Agent": "WhatsApp/2.23.20.0"},
        {"User_Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User_Agent": "curl/8.4.0"},
        {"User_Agent": ""},
        {"Purpose": "prefetch"},
        {"Sec_Purpose": "prefetch;prerender"},
        {"X_Purpose": "preview"},
    ],
)
async def test_robots_and_previews_are_led_on_but_not_counted(
    site: Site, headers: dict[str, str]
) -> None:
    answer = await site.get("/r/direct22", **headers)

    assert answer.status == 302
    assert answer.headers["Location"].startswith("https://shop.kz/cream?")
    assert [click.counted for click in await site.clicks()] == [False]


async def test_a_head_request_is_not_counted(site: Site) -> None:
    answer = await site.get("/r/direct22", method="HEAD")

    assert answer.status == 302
    assert [click.counted for click in await site.clicks()] == [False]


@pytest.mark.parametrize(
    "headers", [{"Sec_Fetch_Site": "same-origin"}, {"Referer": "http://localhost/r/landing2"}]
)
async def test_switching_the_language_is_no_second_click(
    site: Site, headers: dict[str, str]
) -> None:
    answer = await site.get("/r/landing2?lang=kk", **headers)

    assert "Бет күтімі" in await answer.text()
    assert await site.clicks() == []


async def test_no_cookie_is_set_and_nothing_is_kept_or_indexed(site: Site) -> None:
    for slug in ("landing2", "direct22", "ended222", "nothing2"):
        answer = await site.get(f"/r/{slug}")

        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "aiohttp" not in answer.headers["Server"]


async def test_an_ended_offer_says_so_and_counts_nothing(site: Site) -> None:
    answer = await site.get("/r/ended222")

    assert answer.status == 410
    assert "shop.kz" not in await answer.text()
    assert await site.clicks() == []


@pytest.mark.parametrize(
    "path",
    [
        "/r/nothing2",
        "/r/nothing2?url=https://evil.com",
        "/r/%0d%0aLocation:%20https:%2F%2Fevil.com",
        "/r/https:%2F%2Fevil.com",
        "/r/" + "a" * 500,
        "/r/..%2f..%2fetc",
        "/r/",
        "/anything",
    ],
)
async def test_nothing_unknown_leads_anywhere(site: Site, path: str) -> None:
    answer = await site.get(path)

    assert answer.status == 404
    assert "Location" not in answer.headers
    assert "evil" not in await answer.text()


@pytest.mark.parametrize("query", ["?url=https://evil.com", "?lang=https://evil.com", "?sub_id=x"])
async def test_a_query_never_changes_where_a_link_leads(site: Site, query: str) -> None:
    answer = await site.get(f"/r/direct22{query}")

    (click,) = await site.clicks()
    assert answer.headers["Location"] == f"https://shop.kz/cream?a=1&sub_id={click.id}"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://shop.kz/",
        "https://shop.kz/\r\nSet-Cookie: a=b",
        "https://shop.kz\\@evil.com/",
        "//evil.com",
    ],
)
async def test_an_address_that_went_bad_in_storage_leads_nowhere(
    open_site: OpenSite, url: str
) -> None:
    links = {
        "landing2": replace(LANDING, url=url),
        "direct22": replace(LANDING, url=url, click_param="s"),
    }
    async with open_site(links) as site:
        for slug in links:
            answer = await site.get(f"/r/{slug}")

            assert answer.status == 410
            assert "Location" not in answer.headers
            assert "javascript" not in await answer.text()
        assert await site.clicks() == []


async def test_a_popular_link_is_looked_up_once_a_minute(site: Site, clock: FrozenClock) -> None:
    await asyncio.gather(*(site.get("/r/direct22") for _ in range(20)))
    assert site.lookups == ["direct22"]

    site.links["direct22"] = replace(site.links["direct22"], active=False)
    assert (await site.get("/r/direct22")).status == 302
    clock.advance(seconds=61)
    assert (await site.get("/r/direct22")).status == 410


async def test_a_failing_database_is_bridged_for_links_that_were_known(
    open_site: OpenSite, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    failing = False

    async def lookup(slugs: Sequence[str]) -> dict[str, LinkTarget]:
        if failing:
            raise OSError("database is away: secret-host")
        return dict.fromkeys(slugs, replace(LANDING, click_param="s"))

    async with open_site({}, lookup=lookup) as site:
        assert (await site.get("/r/direct22")).status == 302
        failing = True
        clock.advance(minutes=5)
        assert (await site.get("/r/direct22")).status == 302
        unknown = await site.get("/r/another2")

        assert unknown.status == 500
        assert "secret-host" not in await unknown.text()
        assert "Traceback" not in await unknown.text()
        failing = False
        assert (await site.get("/r/another2")).status == 302
    assert "database is away" in caplog.text


async def test_who_guesses_links_must_wait(site: Site, clock: FrozenClock) -> None:
    await site.get("/r/landing2")
    statuses = [(await site.get(f"/r/guess{n}")).status for n in range(40)]

    assert statuses == [404] * 30 + [429] * 10
    assert len(site.lookups) == 31
    blocked = await site.get("/r/direct22")
    assert blocked.status == 429
    assert 0 < int(blocked.headers["Retry-After"]) <= 600
    # Others behind the same mobile address still reach a link that is in use.
    assert (await site.get("/r/landing2")).status == 200
    clock.advance(minutes=11)
    assert (await site.get("/r/direct22")).status == 302


async def test_addresses_behind_a_proxy_are_told_apart(open_site: OpenSite) -> None:
    async with open_site({"landing2": LANDING}, proxies=1) as site:
        for n in range(31):
            await site.get(f"/r/guess{n}", X_Forwarded_For=f"10.0.0.{n}, 203.0.113.7")

        same = await site.get("/r/landing2", X_Forwarded_For="10.9.9.9, 203.0.113.7")
        other = await site.get("/r/landing2", X_Forwarded_For="203.0.113.7, 198.51.100.1")
        assert (same.status, other.status) == (429, 200)


async def test_a_visitor_cannot_invent_an_address_where_there_is_no_proxy(site: Site) -> None:
    for n in range(31):
        await site.get(f"/r/guess{n}", X_Forwarded_For=f"203.0.113.{n}")

    assert (await site.get("/r/guess99", X_Forwarded_For="198.51.100.1")).status == 429


async def test_the_language_of_the_page_is_kept_with_the_click(site: Site) -> None:
    await site.get("/r/landing2", Accept_Language="en-GB,en;q=0.9,ru;q=0.8")

    assert [click.lang for click in await site.clicks()] == [Locale.EN]


async def ask(site: Site, *lines: str) -> list[str]:
    """The head of an answer to a request as it stands, sorted, without what changes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.client.port)
    writer.write("\r\n".join([*lines, f"User-Agent: {PHONE}", "", ""]).encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    await writer.wait_closed()
    status, *rest = re.sub("(sub_id)=.{16}|(Date): [^\r]*", r"\1\2", head).split("\r\n")
    return [status.split(maxsplit=1)[1], *sorted(filter(None, rest))]


async def test_an_answer_written_whole_says_what_any_other_says(site: Site) -> None:
    usual = await ask(site, "GET /r/direct22 HTTP/1.1", "Host: a")
    closing = await ask(site, "GET /r/direct22 HTTP/1.1", "Host: a", "Connection: close")
    old = await ask(site, "GET /r/direct22 HTTP/1.0", "Host: a")
    head = await ask(site, "HEAD /r/direct22 HTTP/1.1", "Host: a")

    assert "Location: https://shop.kz/cream?a=1&sub_id" in usual
    assert "Date" in usual
    assert set(closing) == {*usual, "Connection: close"}
    assert set(old) == set(usual)
    assert set(head) == set(usual) - {"Content-Length: 0"}
    assert len(await site.clicks()) == 4


async def test_requests_in_a_row_on_one_connection_are_all_answered(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.client.port)
    for slug in ("direct22", "nothing2", "direct22", "landing2"):
        writer.write(f"GET /r/{slug} HTTP/1.1\r\nHost: a\r\nUser-Agent: {PHONE}\r\n".encode())
        writer.write(b"Connection: close\r\n\r\n" if slug == "landing2" else b"\r\n")
    answers = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert re.findall(rb"HTTP/1.1 (...) ", answers) == [b"302", b"404", b"302", b"200"]
    assert len(await site.clicks()) == 3


async def test_a_visitor_who_has_gone_away_harms_nobody(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        _, writer = await asyncio.open_connection("127.0.0.1", site.client.port)
        writer.write(b"GET /r/direct22 HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\n\r\n")
        writer.transport.abort()
    assert (await site.get("/r/direct22")).status == 302

    assert caplog.text == ""


async def test_a_browser_with_an_unreadable_name_is_led_on(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.client.port)
    writer.write(
        b"GET /r/direct22 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Browser \xff\xfe\r\n"
        b"Connection: close\r\n\r\n"
    )
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 302 ")
    assert len(await site.clicks()) == 1
