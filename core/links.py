"""Where a link leads and what is kept of a click on it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from core.errors import BadInput
from core.ids import EnrolmentId, LinkId, OfferId
from core.offers import OfferText, shop_url
from core.people import Locale

CLICK_ID_BYTES: Final = 12  # 96 bits, 16 characters of A-Z a-z 0-9 - _

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")  # kaspi.kz, xn--80ak6aa92e.com
_PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F)))  # what a header may carry as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTarget:
    """All that a link's page and redirect need, read at once.

    `active` is False when the offer or the enrolment has ended or is paused. `click_param` is the
    query parameter that carries our click id to the shop, empty where a code must be typed.
    """

    link_id: LinkId
    enrolment_id: EnrolmentId
    offer_id: OfferId
    brand_name: str
    legal_name: str
    texts: Mapping[Locale, OfferText]
    code: str
    discount_bps: int
    url: str
    click_param: str
    active: bool

    def text(self, locale: Locale) -> OfferText:
        """The offer's text in the language, or in Russian, or in Kazakh, or any there is."""
        for wanted in (locale, Locale.RU, Locale.KK):
            if wanted in self.texts:
                return self.texts[wanted]
        return next(iter(self.texts.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """One opening of a link (`at` in UTC).

    `visitor` is a keyed hash of address, browser and day: it tells visits of one day apart and
    nobody's name. `counted` is False for robots, previews and prefetching browsers: they get an id
    as well, because a prefetched redirect can become a real visit.
    """

    id: str
    link_id: LinkId
    at: datetime
    visitor: str
    lang: Locale
    counted: bool


def new_click_id() -> str:
    """A random id that a shop can carry in a query and give back with the order."""
    return secrets.token_urlsafe(CLICK_ID_BYTES)


def shop_address(target: LinkTarget, click_id: str = "") -> str:
    """The stored address of the shop, fit for a header, with our click id where the shop takes it.

    The rest of the query stays as it is; only an older value of our own parameter goes. Raises
    BadInput("url") when the stored address is not one that `core.offers.shop_url` accepts.
    """
    parts = urlsplit(shop_url(target.url))
    try:
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise BadInput("url", target.url[:100]) from None
    if not _HOST.fullmatch(host):
        raise BadInput("url", target.url[:100])

    query = parts.query
    if target.click_param and click_id:
        kept = [
            pair
            for pair in query.split("&")
            if pair and unquote_plus(pair.partition("=")[0]) != target.click_param
        ]
        own = f"{quote(target.click_param, safe='')}={quote(click_id, safe='')}"
        query = "&".join([*kept, own])
    path, query, fragment = (
        # A backslash would be read as a slash by browsers.
        quote(part, safe=_PRINTABLE).replace("\\", "%5C")
        for part in (parts.path or "/", query, parts.fragment)
    )
    return urlunsplit(("https", host, path, query, fragment))
