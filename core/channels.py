"""Proving that a channel is the creator's: by the bot as its administrator, or by a code in a bio.

A number of followers that a creator types is a claim. It becomes a fact when Telegram says it (the
bot administers the channel), or when staff have seen the creator's code in the profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.ids import ChannelId, CheckId, OfferId, PersonId, public_code
from core.people import Channel, Platform

CODE_LENGTH: Final = 6  # of 31 letters, after the prefix
CODE_PREFIX: Final = "ULES-"
CODE_DAYS: Final = 3  # in which a code has to be put into the bio
COUNT_EVERY: Final = timedelta(hours=24)  # between two readings of a Telegram channel's members

TELEGRAM: Final = "https://t.me/"
PRIVATE: Final = "https://t.me/c/"  # channels without a public name


class CheckMethod(StrEnum):
    """How a channel is proved."""

    CODE = "code"
    TELEGRAM = "telegram"


class CheckState(StrEnum):
    """The life of one attempt to prove a channel.

    OPEN: the creator has the code; WAITING: it is said to be in the bio, staff look; LOST: the bot
    was an administrator and is not any more.
    """

    OPEN = "open"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    LOST = "lost"


class CheckReason(StrEnum):
    """Why staff did not accept a channel: a fixed list, worded in every language."""

    CODE_MISSING = "code_missing"
    NOT_OPEN = "not_open"
    OTHER_ACCOUNT = "other_account"
    FALSE_FOLLOWERS = "false_followers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCheck:
    """One attempt to prove a channel; `claimed` and `counted` are followers, said and seen.

    `offer` is what the creator wanted to take when the proof was needed.
    """

    id: CheckId | None
    creator: PersonId
    platform: Platform
    url: str
    method: CheckMethod
    state: CheckState
    claimed: int
    created_at: datetime
    code: str = ""
    expires_at: datetime | None = None
    claimed_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: PersonId | None = None
    counted: int | None = None
    reason: str = ""
    offer: OfferId | None = None

    def valid(self, now: datetime) -> bool:
        """Whether the code may still be put into the bio."""
        return self.state is CheckState.OPEN and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedChannel:
    """A channel with whose it is."""

    creator: PersonId
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A check as staff see it, with the creator's name and earlier attempts, newest first."""

    check: ChannelCheck
    creator_name: str
    waiting: int = 0
    earlier: tuple[ChannelCheck, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """A creator's own channel with its newest check, where there was one."""

    channel: Channel
    check: ChannelCheck | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramChannel:
    """What Telegram says of a channel: its chat id, public name ("" without one), members."""

    chat_id: int
    username: str
    members: int

    @property
    def url(self) -> str:
        """The address as profiles keep it."""
        if self.username:
            return f"{TELEGRAM}{self.username.casefold()}"
        return f"{PRIVATE}{str(self.chat_id).removeprefix('-100')}"


def new_check(
    creator: PersonId, channel: Channel, now: datetime, *, offer: OfferId | None = None
) -> ChannelCheck:
    """A check by a fresh code."""
    return ChannelCheck(
        id=None,
        creator=creator,
        platform=channel.platform,
        url=channel.url,
        method=CheckMethod.CODE,
        state=CheckState.OPEN,
        claimed=channel.followers,
        created_at=now,
        code=CODE_PREFIX + public_code(CODE_LENGTH).upper(),
        expires_at=now + timedelta(days=CODE_DAYS),
        offer=offer,
    )


def public_name(channel: Channel) -> str:
    """The @name of a Telegram channel, "" for one without; only for the Telegram platform."""
    if channel.url.startswith(PRIVATE):
        return ""
    return "@" + channel.url.removeprefix(TELEGRAM)


def known_as(channel: Channel) -> ChannelId:
    """The id of a stored channel."""
    assert channel.id is not None
    return channel.id
