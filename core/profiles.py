"""What a creator types about themselves: name, city, channel, followers."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final
from urllib.parse import unquote, urlsplit

from core import cities
from core.errors import BadInput
from core.people import Platform
from core.typed import number

NAME_MAX: Final = 60  # characters
CITY_MAX: Final = 40  # characters
FOLLOWERS_MAX: Final = 700_000_000  # more than the largest account in the world has
CHANNELS_MAX: Final = 10  # of one creator

_HOSTS: Final = {
    "instagram.com": Platform.INSTAGRAM,
    "tiktok.com": Platform.TIKTOK,
    "youtube.com": Platform.YOUTUBE,
    "t.me": Platform.TELEGRAM,
    "telegram.me": Platform.TELEGRAM,
    "threads.net": Platform.THREADS,
    "threads.com": Platform.THREADS,
    "vk.com": Platform.VK,
    "vk.ru": Platform.VK,
}

# First parts of a path that are pages of the platform, not accounts.
_NOT_ACCOUNTS: Final = {
    Platform.INSTAGRAM: {
        "p",
        "reel",
        "reels",
        "tv",
        "explore",
        "stories",
        "accounts",
        "s",
        "share",
    },
    Platform.TELEGRAM: {"c", "joinchat", "addstickers", "share", "proxy", "s"},
    Platform.VK: {"wall", "video", "clip", "feed", "im"},
}

_HANDLE: Final = re.compile(r"[\w.\-]{1,64}", re.ASCII)  # aigerim.blog
_SIZES: Final = (
    (re.compile(r"(?:млн|миллион\w*|million|m|м)\.?$"), Decimal(1_000_000)),  # "1,2 млн"
    (re.compile(r"(?:тыс|тысяч\w*|мың|к|k)\.?$"), Decimal(1_000)),  # "12,5к"
)


def plain_line(text: str) -> str:
    """One line without control characters and direction marks, spaces made single.

    Joiners stay: emoji are made of them.
    """
    kept = "".join(
        char
        for char in unicodedata.normalize("NFC", text)
        if char.isspace() or char in "\u200d\ufe0f" or unicodedata.category(char)[0] != "C"
    )
    return " ".join(kept.split())


def display_name(text: str) -> str:
    """The name that brands see; raises BadInput("name") without a letter or over the limit."""
    name = plain_line(text)
    if not any(char.isalpha() for char in name) or len(name) > NAME_MAX:
        raise BadInput("name", name[:100])
    return name


def city(text: str) -> str:
    """The city as a profile keeps it (`core.cities`); raises BadInput("city")."""
    name = plain_line(text)
    typed = re.sub(r"^(?:г\.?|қ\.?|город)\s+", "", name, flags=re.IGNORECASE)  # "г. Алматы"
    if not any(char.isalpha() for char in typed) or len(typed) > CITY_MAX or "://" in typed:
        raise BadInput("city", name[:100])
    return cities.canonical(typed)


def channel(text: str, platform: Platform | None = None) -> tuple[Platform, str]:
    """Platform and canonical address of an account, from a link or, with a platform, a name.

    Raises BadInput("channel") for anything that does not lead to one account.

    >>> channel("www.Instagram.com/Aigerim/?igsh=1"), channel("@aigerim", Platform.TIKTOK)[1]
    ((<Platform.INSTAGRAM: 'instagram'>, 'https://instagram.com/aigerim'), 'https://tiktok.com/@aigerim')
    """
    typed = plain_line(text)
    bare = typed.removeprefix("@")
    if platform is not None and "/" not in typed and _HANDLE.fullmatch(bare) and not _host(typed):
        return platform, _address(platform, bare)
    address = typed if "://" in typed else f"https://{typed}"
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    except ValueError:
        raise BadInput("channel", typed[:100]) from None
    found = _HOSTS.get(host)
    path = [unquote(part) for part in parts.path.split("/") if part]
    if found is None or not path or platform not in (None, found):
        raise BadInput("channel", typed[:100])
    return found, _of_path(found, path, typed)


def followers(text: str) -> int:
    """A count of followers, "12 500", "12,5к" or "1.2 млн"; raises BadInput("followers")."""
    plain = text.strip().casefold()
    factor = Decimal(1)
    for unit, worth in _SIZES:
        shorter = unit.sub("", plain).strip()
        if shorter != plain:
            plain, factor = shorter, worth
            break
    try:
        count = number(plain) * factor
    except ValueError:
        raise BadInput("followers", text[:100]) from None
    if count != int(count) or count > FOLLOWERS_MAX:
        raise BadInput("followers", text[:100])
    return int(count)


def _of_path(platform: Platform, path: list[str], typed: str) -> str:
    first = path[0]
    if platform is Platform.YOUTUBE and first in ("channel", "c", "user") and len(path) > 1:
        if not _HANDLE.fullmatch(path[1]):
            raise BadInput("channel", typed[:100])
        return f"https://youtube.com/{first}/{path[1]}"  # ids of channels keep their case
    if platform is Platform.TELEGRAM and first == "s" and len(path) > 1:
        first = path[1]
    named = platform in (Platform.TIKTOK, Platform.YOUTUBE, Platform.THREADS)
    handle = first.removeprefix("@")
    if (
        (named and not first.startswith("@"))
        or handle.casefold() in _NOT_ACCOUNTS.get(platform, ())
        or not _HANDLE.fullmatch(handle)
    ):
        raise BadInput("channel", typed[:100])
    return _address(platform, handle)


def _address(platform: Platform, handle: str) -> str:
    name = handle.casefold()
    match platform:
        case Platform.INSTAGRAM:
            return f"https://instagram.com/{name}"
        case Platform.TIKTOK:
            return f"https://tiktok.com/@{name}"
        case Platform.YOUTUBE:
            return f"https://youtube.com/@{name}"
        case Platform.TELEGRAM:
            return f"https://t.me/{name}"
        case Platform.THREADS:
            return f"https://threads.net/@{name}"
        case Platform.VK:
            return f"https://vk.com/{name}"


def _host(typed: str) -> bool:
    return typed.casefold().removeprefix("www.") in _HOSTS
