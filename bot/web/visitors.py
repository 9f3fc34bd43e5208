"""Who asks for a page: the language, the address, and whether it is a person at all."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final, NamedTuple

from aiohttp import hdrs, web
from crawleruseragents import is_crawler
from multidict import istr

from core.people import Locale

UNKNOWN_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - a value to hash, nothing is bound to it
AGENT_MAX: Final = 400  # characters of a browser's name that are looked at

_SEC_PURPOSE: Final = istr("Sec-Purpose")
_PURPOSE: Final = istr("Purpose")
_X_PURPOSE: Final = istr("X-Purpose")
_AHEAD: Final = re.compile("prefetch|prerender|preview", re.IGNORECASE)
_FETCH_SITE: Final = istr("Sec-Fetch-Site")
_ALIASES: Final = {"kz": Locale.KK}  # a country that is often taken for the language


def locale_of(request: web.Request) -> Locale:
    """The language that the address asks for, else the browser, else Kazakh."""
    if "?" in request.raw_path:
        asked = request.query.get("lang", "")
        if asked in Locale.__members__.values():
            return Locale(asked)
    return preferred(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))


@lru_cache(maxsize=512)
def preferred(accept_language: str) -> Locale:
    """The best of our languages in an Accept-Language header: "en;q=0.5, ru-KZ" -> ru."""
    ranked: list[tuple[float, int, Locale]] = []
    for place, part in enumerate(accept_language[:200].split(",")):
        tag, _, weight = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        locale = _ALIASES.get(language)
        if locale is None and language in Locale.__members__.values():
            locale = Locale(language)
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if locale is not None and 0 < quality <= 1:
            ranked.append((-quality, place, locale))
    return min(ranked)[2] if ranked else Locale.KK


def address_of(request: web.Request, proxies: int) -> str:
    """The visitor's IP address.

    `proxies` is how many trusted proxies stand in front of us: so many entries from the right of
    X-Forwarded-For were written by them, and everything further left may be invented.
    """
    if proxies > 0:
        lines = request.headers.getall(hdrs.X_FORWARDED_FOR, [""])
        entries = (lines[0] if len(lines) == 1 else ",".join(lines)).split(",")
        if len(entries) >= proxies and (address := entries[-proxies].strip()):
            return _readable(address)
    return request.remote or UNKNOWN_ADDRESS


def network_of(address: str) -> str:
    """What one visitor can change at will counts as one: an IPv6 address is cut to its /64."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return UNKNOWN_ADDRESS
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


class Browser(NamedTuple):
    """What a browser calls itself, and whether that is nothing or the name of a known robot."""

    name: str
    robot: bool


def browser_of(request: web.Request) -> Browser:
    """The browser that asks; its name is cut to what is looked at."""
    return _browser(request.headers.get(hdrs.USER_AGENT, "")[:AGENT_MAX])


@lru_cache(maxsize=8192)
def _browser(agent: str) -> Browser:
    name = _readable(agent)
    return Browser(name, not name.strip() or is_crawler(name))


def _readable(header: str) -> str:
    """A header without its bytes that are no UTF-8: what remains can be hashed."""
    return header if header.isascii() else header.encode("utf-8", "replace").decode()


def is_person(request: web.Request, browser: Browser) -> bool:
    """False for HEAD, robots, link previews, prefetching browsers and clients without a name."""
    if browser.robot or request.method != hdrs.METH_GET:
        return False
    told = request.headers.get
    purpose = told(_SEC_PURPOSE) or told(_PURPOSE) or told(_X_PURPOSE)
    return purpose is None or not _AHEAD.search(purpose)


def comes_from_own_page(request: web.Request, home: str) -> bool:
    """Whether the request was made on one of our pages: a switch of the language, not a click.

    `home` is the address of ours that all others begin with.
    """
    if request.headers.get(_FETCH_SITE) == "same-origin":
        return True
    return request.headers.get(hdrs.REFERER, "").startswith(home)
