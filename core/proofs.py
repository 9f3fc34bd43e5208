"""Proofs: a creator's published post, checked at once and reviewed by a manager."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from core import profiles
from core.enrolments import EnrolmentState
from core.errors import BadInput, ProofRefused
from core.ids import BrandId, EnrolmentId, OfferId, PersonId, ProofId
from core.people import Channel, Locale, Platform

CAPTION_MAX: Final = 4096  # characters: the longest text of a Telegram post


class ProofState(StrEnum):
    """The life of a proof; after CHANGES the creator sends a corrected one."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    CHANGES = "changes"
    REJECTED = "rejected"


class RejectReason(StrEnum):
    """Why a manager does not accept a proof: a fixed list, so that nobody is refused in silence."""

    NO_LABEL = "no_label"
    NOT_ABOUT_OFFER = "not_about_offer"
    CODE_MISSING = "code_missing"
    FORBIDDEN_PROMOTION = "forbidden_promotion"
    NOT_VISIBLE = "not_visible"
    LOW_QUALITY = "low_quality"


DECISIONS: Final = frozenset({ProofState.ACCEPTED, ProofState.CHANGES, ProofState.REJECTED})

HOSTS: Final = {
    "instagram.com": Platform.INSTAGRAM,
    "tiktok.com": Platform.TIKTOK,
    "vm.tiktok.com": Platform.TIKTOK,
    "vt.tiktok.com": Platform.TIKTOK,
    "youtube.com": Platform.YOUTUBE,
    "youtu.be": Platform.YOUTUBE,
    "t.me": Platform.TELEGRAM,
    "telegram.me": Platform.TELEGRAM,
    "threads.net": Platform.THREADS,
    "threads.com": Platform.THREADS,
    "vk.com": Platform.VK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One published post. `screenshot_sha256` and `link` (canonical) are unique among proofs.

    `label` is the outcome of the automatic label check: pass, warn or fail.
    """

    id: ProofId | None
    enrolment: EnrolmentId
    creator: PersonId
    state: ProofState
    link: str
    platform: Platform | None
    caption: str
    label: str
    sent_at: datetime
    screenshot_file_id: str = ""
    screenshot_sha256: str = ""
    reason: str = ""
    reviewed_by: PersonId | None = None
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofSubject:
    """What a proof is about: the enrolment and what people call its parts.

    `platforms` are those that the offer allows, empty for any; `titles` the offer's by language.
    """

    enrolment: EnrolmentId
    state: EnrolmentState
    creator: PersonId
    creator_name: str
    offer: OfferId
    titles: dict[Locale, str]
    platforms: tuple[Platform, ...]
    brand: BrandId
    brand_name: str
    legal_name: str
    code: str

    def title(self, locale: Locale) -> str:
        """The offer's title in the language, or in Russian, or in Kazakh."""
        for wanted in (locale, Locale.RU, Locale.KK):
            if wanted in self.titles:
                return self.titles[wanted]
        return self.brand_name


def post_link(text: str) -> tuple[str, Platform]:
    """The canonical address of a post and its platform; raises BadInput("post_link").

    The address of a whole account is not a post.
    """
    link, platform = _canonical(text)
    path = urlsplit(link).path.strip("/").split("/")
    if len(path) == 1 and account(link) is not None:
        raise BadInput("post_link", text[:100])
    return link, platform


def account(text: str) -> str | None:
    """The account that an address shows, lower case; None where it does not show one.

    >>> account("https://t.me/Aigerim_kz/12"), account("https://youtu.be/dQw4w9WgXcQ")
    ('aigerim_kz', None)
    """
    parts, platform = _address(text)
    path = [part.casefold() for part in parts.path.split("/") if part]
    match platform:
        case Platform.TELEGRAM:
            path = path[1:] if path[:1] == ["s"] else path
            hidden = not path or path[0] in ("c", "joinchat") or path[0].startswith("+")
            return None if hidden else path[0]
        case Platform.INSTAGRAM:
            path = path[1:] if path[:1] == ["stories"] else path
            hidden = not path or path[0] in _INSTAGRAM_POSTS or path[0] in ("s", "share")
            return None if hidden else path[0]
        case Platform.TIKTOK | Platform.THREADS | Platform.YOUTUBE:
            shown = bool(path) and path[0].startswith("@")
            return path[0].removeprefix("@") if shown else None
        case Platform.VK:
            return None


def demand_own(text: str, channels: Iterable[Channel], allowed: Iterable[Platform]) -> None:
    """Raise ProofRefused unless the post may be one of the creator's.

    "platform": the creator has no channel there, or the offer does not allow it; "channel": the
    address shows an account that is none of the creator's.
    """
    _, platform = _address(text)
    there = [channel for channel in channels if channel.platform is platform]
    allowed = tuple(allowed)
    if not there or (allowed and platform not in allowed):
        raise ProofRefused("platform")
    shown = account(text)
    own = {account(channel.url) for channel in there}
    if shown is not None and None not in own and shown not in own:
        raise ProofRefused("channel")


_INSTAGRAM_POSTS: Final = ("p", "reel", "reels", "tv")


def _canonical(text: str) -> tuple[str, Platform]:
    """One spelling per page, without query and fragment except YouTube's `v`.

    The same post must not be sent twice with another tracking tail.
    """
    parts, platform = _address(text)
    host = _host(parts)
    path = [part for part in parts.path.split("/") if part]
    if platform is Platform.YOUTUBE and (video := _video(parts, path)):
        return f"https://youtube.com/watch?v={video}", platform
    if platform is Platform.TELEGRAM:
        host = "t.me"
        path = path[1:] if path[:1] == ["s"] and len(path) > 1 else path  # the web preview
        path = [path[0].casefold(), *path[1:]] if path else path
    if platform is Platform.INSTAGRAM and len(path) > 2 and path[1] in _INSTAGRAM_POSTS:
        path = path[1:]  # instagram.com/name/p/… and instagram.com/p/… are one post
    if not path or path == ["watch"]:
        raise BadInput("post_link", text[:100])
    return f"https://{host}/{'/'.join(path)}", platform


def _address(text: str) -> tuple[SplitResult, Platform]:
    text = text.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        platform = HOSTS.get(_host(parts))
    except ValueError:
        raise BadInput("post_link", text[:100]) from None
    unfit = any(ord(char) <= 32 or ord(char) == 127 for char in text) or len(text) > 500
    if parts.scheme not in ("http", "https") or platform is None or unfit:
        raise BadInput("post_link", text[:100])
    return parts, platform


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").removeprefix("www.").removeprefix("m.")


def _video(parts: SplitResult, path: list[str]) -> str:
    """The id of a YouTube video in any of its addresses, "" where it is not one."""
    if _host(parts) == "youtu.be":
        return path[0] if path else ""
    if path[:1] == ["watch"]:
        return parse_qs(parts.query).get("v", [""])[0]
    return path[1] if len(path) > 1 and path[0] in ("shorts", "live", "embed") else ""


def channel_link(text: str) -> tuple[str, Platform]:
    """The address of a channel as profiles keep it, and its platform; raises BadInput("channel").

    Accepts an address, or @name for Telegram.
    """
    telegram = Platform.TELEGRAM if text.strip().startswith("@") else None
    platform, url = profiles.channel(text, telegram)
    return url, platform
