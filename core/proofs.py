"""Proofs: a creator's published post, checked at once and reviewed by a manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from core.errors import BadInput
from core.ids import EnrolmentId, PersonId, ProofId
from core.people import Platform


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


HOSTS: Final = {
    "instagram.com": Platform.INSTAGRAM,
    "tiktok.com": Platform.TIKTOK,
    "vm.tiktok.com": Platform.TIKTOK,
    "vt.tiktok.com": Platform.TIKTOK,
    "youtube.com": Platform.YOUTUBE,
    "youtu.be": Platform.YOUTUBE,
    "t.me": Platform.TELEGRAM,
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


def post_link(text: str) -> tuple[str, Platform]:
    """The canonical address of a post and its platform; raises BadInput("post_link").

    Query and fragment go, except YouTube's `v`: the same post must not be sent twice with another
    tracking tail.
    """
    text = text.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
    except ValueError:
        raise BadInput("post_link", text[:100]) from None
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    platform = HOSTS.get(host)
    path = parts.path.rstrip("/")
    if parts.scheme not in ("http", "https") or platform is None or len(text) > 500:
        raise BadInput("post_link", text[:100])
    query = ""
    if host == "youtube.com" and path == "/watch":
        video = next((part for part in parts.query.split("&") if part.startswith("v=")), "")
        query = f"?{video}"
    if not path and not query:
        raise BadInput("post_link", text[:100])
    return f"https://{host}{path}{query}", platform


def channel_link(text: str) -> tuple[str, Platform]:
    """The canonical address of a channel and its platform; raises BadInput("channel").

    Accepts an address, or @name for Telegram.
    """
    text = text.strip()
    if text.startswith("@") and len(text) > 3:
        text = f"https://t.me/{text[1:]}"
    try:
        return post_link(text)
    except BadInput as error:
        raise BadInput("channel", error.detail) from None
