"""Placements: where a creator puts links, each with a link of its own and what it brings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.enrolments import Link
from core.errors import BadInput

NAME_MAX: Final = 30  # characters of a name of one's own
LINKS_MAX: Final = 20  # of one enrolment


class Placement(StrEnum):
    """The usual places; anything else gets a name of the creator's own."""

    STORY = "story"
    POST = "post"
    VIDEO = "video"
    BIO = "bio"
    CHAT = "chat"
    PACKAGING = "packaging"
    STALL = "stall"
    FLYER = "flyer"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementStats:
    """A link with what it brought: people who came, and orders that the shop told us came by it."""

    link: Link
    clicks: int = 0
    orders: int = 0


def clean_name(text: str) -> str:
    """A name on one line within its limit; raises BadInput("placement")."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_MAX or not any(char.isalnum() for char in name):
        raise BadInput("placement", text[:100])
    return name
