"""Who asks for a page: the language, the address, and whether it is a person at all."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

from aiohttp import web
from crawleruseragents import is_crawler

from core.people import Locale

UNKNOWN_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - a value to hash, nothing is bound to it
AGENT_MAX: Final = 400  # characters of a browser's name that are looked at

_ALIASES: Final = {"kz": Locale.KK}  # a country that is often taken for the language


def locale_of(request: web.Request) -> Locale:
    """The language that the address asks for, else the browser, else Kazakh."""
    asked = request.query.get("lang", "")
    if asked in Locale.__members__.values():
        return Locale(asked)
    return preferred(request.headers.get("Accept-Language", ""))


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
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
        if len(forwarded) >= proxies and (address := forwarded[-proxies].strip()):
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


def agent_of(request: web.Request) -> str:
    """The browser's name, cut to what is looked at."""
    return _readable(request.headers.get("User-Agent", "")[:AGENT_MAX])


def _readable(header: str) -> str:
    """A header without its bytes that are no UTF-8: what remains can be hashed."""
    return header.encode("utf-8", "replace").decode()


def is_person(request: web.Request) -> bool:
    """False for HEAD, robots, link previews, prefetching browsers and clients without a name."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return (
        request.method == "GET"
        and "prefetch" not in purpose.lower()
        and "prerender" not in purpose.lower()
        and "preview" not in (purpose + request.headers.get("X-Purpose", "")).lower()
        and not is_robot(agent_of(request))
    )


@lru_cache(maxsize=8192)
def is_robot(agent: str) -> bool:
    """Whether a browser's name is empty or a known robot's."""
    return not agent.strip() or is_crawler(agent)


def comes_from_own_page(request: web.Request, origin: str) -> bool:
    """Whether the request was made on one of our pages: a switch of the language, not a click."""
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    return request.headers.get("Referer", "").startswith(f"{origin}/")
