"""Whether a proved post is still there: what is watched, when next, and what follows.

Telegram tells bots nothing of deleted posts. The one call that its servers answer anew each time,
and that changes nothing in the channel, is a forward: it fails where the post is gone. (An edit
that changes nothing, a copy or the like may be answered from what the Bot API server remembers.)
So a post can be watched where the bot administers the channel; a channel that forbids forwarding
cannot be watched, and neither can posts on other platforms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from core.ids import ProofId
from core.people import Channel, Platform

EVERY: Final = timedelta(hours=12)  # between two looks at a post
AGAIN: Final = timedelta(hours=1)  # after a look that could not tell
GRACE: Final = timedelta(hours=48)  # from the warning until the post counts as gone
WATCHED: Final = timedelta(days=90)  # from the acceptance; the holds are over by then
JUST_NOW: Final = timedelta(minutes=1)  # in which a post that was seen is not looked at again

_MESSAGE: Final = re.compile(r"[1-9][0-9]{0,9}")  # the number of a post as Telegram counts them


class Presence(StrEnum):
    """What is known of a watched post.

    MISSING: it was not found, the creator is warned; GONE: it did not come back in time; UNKNOWN:
    Telegram does not let the bot look.
    """

    SEEN = "seen"
    MISSING = "missing"
    GONE = "gone"
    UNKNOWN = "unknown"


class Look(StrEnum):
    """What one look at a post has shown; UNCLEAR says nothing, for example in a network failure."""

    THERE = "there"
    ABSENT = "absent"
    CLOSED = "closed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWatch:
    """A post that is looked at from time to time; `due_at` None: not any more."""

    proof: ProofId
    chat_id: int
    message_id: int
    presence: Presence
    seen_at: datetime | None = None
    missing_since: datetime | None = None
    gone_at: datetime | None = None
    due_at: datetime | None = None


def telegram_post(link: str, channels: tuple[Channel, ...]) -> tuple[int, int] | None:
    """Chat and message of a post in one of the creator's channels that the bot administers.

    >>> own = Channel(id=None, platform=Platform.TELEGRAM, url="https://t.me/ai", followers=0,
    ...               chat_id=-1001)
    >>> telegram_post("https://t.me/ai/12", (own,))
    (-1001, 12)
    """
    path = [part for part in urlsplit(link).path.split("/") if part]
    if not link.startswith("https://t.me/") or len(path) < 2 or not _MESSAGE.fullmatch(path[-1]):
        return None
    home = "https://t.me/" + "/".join(path[:2] if path[0] == "c" else path[:1])
    for channel in channels:
        if channel.platform is Platform.TELEGRAM and channel.chat_id and channel.url == home:
            return channel.chat_id, int(path[-1])
    return None


def watch(proof: ProofId, chat_id: int, message_id: int, now: datetime) -> PostWatch:
    """Begin to watch a post that a manager has just accepted."""
    return PostWatch(
        proof=proof,
        chat_id=chat_id,
        message_id=message_id,
        presence=Presence.SEEN,
        seen_at=now,
        due_at=now + EVERY,
    )


def after(known: PostWatch, look: Look, accepted_at: datetime, now: datetime) -> PostWatch:
    """What is known after a look; the first absence only begins the time of grace."""
    following = now + EVERY if now + EVERY < accepted_at + WATCHED else None
    match look:
        case Look.THERE:
            return replace(
                known, presence=Presence.SEEN, seen_at=now, missing_since=None, due_at=following
            )
        case Look.ABSENT if known.missing_since is None:
            return replace(known, presence=Presence.MISSING, missing_since=now, due_at=now + GRACE)
        case Look.ABSENT:
            assert known.missing_since is not None
            if now < known.missing_since + GRACE:
                return replace(known, due_at=known.missing_since + GRACE)
            return replace(known, presence=Presence.GONE, gone_at=now, due_at=None)
        case Look.CLOSED:
            # What cannot be seen is held against nobody.
            return replace(known, presence=Presence.UNKNOWN, missing_since=None, due_at=following)
        case Look.UNCLEAR:
            return replace(known, due_at=now + AGAIN if following else None)
