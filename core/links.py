"""Where a link leads and what is kept of a click on it."""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from core.errors import BadInput
from core.ids import EnrolmentId, LinkId, OfferId
from core.offers import OfferText, shop_url
from core.people import Locale
from core.records import record

CLICK_ID_BYTES: Final = 12  # 96 bits, 16 characters of A-Z a-z 0-9 - _
CLICK_ID_CHARS: Final = CLICK_ID_BYTES * 4 // 3
CLICK_IDS_AT_ONCE: Final = 256  # the system is asked for chance that seldom

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")  # kaspi.kz, xn--80ak6aa92e.com
_PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F)))  # what a header may carry as it is


@record(frozen=True, slots=True, kw_only=True)
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


@record(frozen=True, slots=True, kw_only=True)
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


def click_ids() -> Iterator[str]:
    """Random ids without end, which a shop can carry in a query and give back with the order."""
    while True:
        drawn = urlsafe_b64encode(os.urandom(CLICK_ID_BYTES * CLICK_IDS_AT_ONCE)).decode()
        for start in range(0, len(drawn), CLICK_ID_CHARS):
            yield drawn[start : start + CLICK_ID_CHARS]


@dataclass(frozen=True, slots=True)
class ShopAddress:
    """The checked address of a shop, cut in two where our click id goes.

    Either part is printable ASCII, so that it may stand in a header.
    """

    before: str
    after: str
    takes_click: bool

    def clicked(self, click_id: str) -> str:
        """The address for one visitor; without the id where the shop does not take it."""
        return f"{self.before}{click_id if self.takes_click else ''}{self.after}"


@lru_cache(maxsize=4096)
def shop_address(url: str, click_param: str) -> ShopAddress:
    """The stored address of a shop, fit for a header, with our click id where the shop takes it.

    `click_param` is the query parameter that carries the id, empty where there is none. The rest of
    the query stays as it is; only an older value of our own parameter goes. Raises BadInput("url")
    when the stored address is not one that `core.offers.shop_url` accepts.
    """
    parts = urlsplit(shop_url(url))
    try:
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise BadInput("url", url[:100]) from None
    if not _HOST.fullmatch(host):
        raise BadInput("url", url[:100])

    query = parts.query
    if click_param:
        kept = [
            pair
            for pair in query.split("&")
            if pair and unquote_plus(pair.partition("=")[0]) != click_param
        ]
        query = "&".join([*kept, f"{quote(click_param, safe='')}="])
    path, query, fragment = (
        # A backslash would be read as a slash by browsers.
        quote(part, safe=_PRINTABLE).replace("\\", "%5C")
        for part in (parts.path or "/", query, parts.fragment)
    )
    whole = urlunsplit(("https", host, path, query, ""))
    return ShopAddress(whole, f"#{fragment}" if fragment else "", bool(click_param))
