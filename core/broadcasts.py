"""Broadcasts: one text to many people, counted before it goes out and while it does."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from core import typed
from core.errors import BadInput, TextsMissing
from core.ids import BroadcastId, OfferId, PersonId, UploadId
from core.orders import ALMATY
from core.people import Category, Locale, Tier

TEXT_MAX: Final = 4096  # visible UTF-16 units of a message
CAPTION_MAX: Final = 1024  # the same under a picture
LABEL_MAX: Final = 40  # characters on a button
URL_MAX: Final = 500  # characters
ACTIVE_DAYS: Final = (7, 30, 90)  # the choices of the form
PER_SECOND: Final = 28  # messages that really go out where thirty are permitted
STARS_PER_PAID: Final = 10  # paid messages for one Star
FALLBACK: Final = (Locale.RU, Locale.KK, Locale.EN)  # whose text stands in for a missing one
AHEAD_MAX: Final = timedelta(days=60)  # how far a broadcast can be scheduled


class BroadcastState(StrEnum):
    """The life of a broadcast."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


NEXT: Final[dict[BroadcastState, frozenset[BroadcastState]]] = {
    BroadcastState.DRAFT: frozenset({BroadcastState.SCHEDULED}),
    BroadcastState.SCHEDULED: frozenset(
        {BroadcastState.DRAFT, BroadcastState.SENDING, BroadcastState.CANCELLED}
    ),
    BroadcastState.SENDING: frozenset(
        {BroadcastState.PAUSED, BroadcastState.DONE, BroadcastState.CANCELLED}
    ),
    BroadcastState.PAUSED: frozenset(
        {BroadcastState.SENDING, BroadcastState.DONE, BroadcastState.CANCELLED}
    ),
    BroadcastState.DONE: frozenset(),
    BroadcastState.CANCELLED: frozenset(),
}


class DeliveryState(StrEnum):
    """What has become of the message to one person."""

    PENDING = "pending"
    SENT = "sent"
    BLOCKED = "blocked"
    FAILED = "failed"


class Role(StrEnum):
    """Whom a broadcast is for, by what they are."""

    EVERYBODY = "everybody"
    CREATOR = "creator"
    MANAGER = "manager"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a broadcast is for; an empty filter lets everybody pass.

    Tiers, categories, cities and the offer (enrolled there) are those of creators. `active_days`
    asks for people who were seen in the last so many days.
    """

    role: Role = Role.CREATOR
    locales: tuple[Locale, ...] = ()
    tiers: tuple[Tier, ...] = ()
    categories: tuple[Category, ...] = ()
    cities: tuple[str, ...] = ()
    offer: OfferId | None = None
    active_days: int | None = None

    @property
    def creators_only(self) -> bool:
        """Whether a filter asks for what only creators have."""
        return bool(
            self.role is Role.CREATOR or self.tiers or self.categories or self.cities or self.offer
        )

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "role": self.role,
            "locales": list(self.locales),
            "tiers": list(self.tiers),
            "categories": list(self.categories),
            "cities": list(self.cities),
            "offer": self.offer,
            "active_days": self.active_days,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Audience:
        """What `to_json` wrote."""
        return cls(
            role=Role(stored["role"]),
            locales=tuple(Locale(one) for one in stored["locales"]),
            tiers=tuple(Tier(one) for one in stored["tiers"]),
            categories=tuple(Category(one) for one in stored["categories"]),
            cities=tuple(stored["cities"]),
            offer=OfferId(stored["offer"]) if stored["offer"] else None,
            active_days=stored["active_days"],
        )


class ButtonKind(StrEnum):
    """Where the button under a broadcast leads."""

    URL = "url"
    OFFER = "offer"
    CATALOGUE = "catalogue"
    WALLET = "wallet"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button; `label` is what the author calls it, empty for the product's own words."""

    kind: ButtonKind
    url: str = ""
    offer: OfferId | None = None
    labels: Mapping[Locale, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "kind": self.kind,
            "url": self.url,
            "offer": self.offer,
            "labels": dict(self.labels),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Button:
        """What `to_json` wrote."""
        return cls(
            kind=ButtonKind(stored["kind"]),
            url=stored["url"],
            offer=OfferId(stored["offer"]) if stored["offer"] else None,
            labels={Locale(locale): label for locale, label in stored["labels"].items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far a broadcast has come, in people."""

    total: int = 0
    sent: int = 0
    blocked: int = 0
    failed: int = 0
    clicks: int = 0

    @property
    def settled(self) -> int:
        """Of how many the fate is known."""
        return self.sent + self.blocked + self.failed

    @property
    def left(self) -> int:
        """Who is still to be written to."""
        return max(0, self.total - self.settled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A broadcast with its content. `texts` are HTML by language.

    `falls_back` sends another language where the reader's is missing; otherwise a missing language
    keeps the broadcast from going out. `marketing` can be muted by its readers and rests by night.
    `paid` asks Telegram for the faster lane that costs Stars. `watched` is the message (chat, id)
    that shows the progress.
    """

    id: BroadcastId
    author: PersonId
    state: BroadcastState
    created_at: datetime
    audience: Audience = Audience()
    texts: Mapping[Locale, str] = field(default_factory=dict)
    falls_back: bool = False
    marketing: bool = True
    picture: UploadId | None = None
    button: Button | None = None
    paid: bool = False
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    tally: Tally = Tally()
    watched: tuple[int, int] | None = None

    @property
    def next_states(self) -> frozenset[BroadcastState]:
        """What it may become."""
        return NEXT[self.state]

    def language(self, locale: Locale) -> Locale | None:
        """The language in which a reader of `locale` gets it; None where there is no text."""
        if locale in self.texts:
            return locale
        if not self.falls_back:
            return None
        return next((other for other in FALLBACK if other in self.texts), None)

    def missing(self, readers: Collection[Locale]) -> tuple[Locale, ...]:
        """Languages of the readers in which there is nothing to send."""
        return tuple(locale for locale in Locale if locale in readers and not self.language(locale))

    def with_text(self, locale: Locale, html: str) -> Broadcast:
        """The same with another text in a language; an empty one takes it away."""
        texts = {**self.texts, locale: html}
        return replace(self, texts={at: text for at, text in texts.items() if text})

    def demand_sendable(self, reach: Reach) -> None:
        """Raise TextsMissing, or BadInput("audience") where nobody would be reached."""
        if not self.texts:
            raise TextsMissing(tuple(reach.locales) or (Locale.KK,))
        if missing := self.missing(reach.locales):
            raise TextsMissing(missing)
        if not reach.total:
            raise BadInput("audience")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How many people an audience has now, by language."""

    by_locale: Mapping[Locale, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_locale.values())

    @property
    def locales(self) -> tuple[Locale, ...]:
        """The languages that somebody in the audience speaks."""
        return tuple(locale for locale in Locale if self.by_locale.get(locale))


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOffer:
    """An offer to choose: its brand and its titles."""

    id: OfferId
    brand: str
    titles: Mapping[Locale, str]

    def title(self, locale: Locale) -> str:
        """The title in the language, or in one that there is."""
        for wanted in (locale, *FALLBACK):
            if wanted in self.titles:
                return self.titles[wanted]
        return self.brand


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastDelivery:
    """A broadcast that is due to one person."""

    id: int
    broadcast: BroadcastId
    telegram_id: int
    locale: Locale
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one delivery; PENDING with `due_at` is to be tried again then."""

    delivery: BroadcastDelivery
    state: DeliveryState
    due_at: datetime | None = None
    error: str = ""


def expected(people: int, per_second: int = PER_SECOND) -> timedelta:
    """How long it takes to write to so many people."""
    return timedelta(seconds=-(-people // per_second))


def stars(people: int, free_per_second: int, paid_per_second: int) -> int:
    """The most Stars that a paid broadcast costs: what goes beyond the free rate is billed."""
    share = max(0, paid_per_second - free_per_second)
    return -(-people * share // (paid_per_second * STARS_PER_PAID))


def button_url(text: str, hosts: Collection[str]) -> str:
    """A web address on an allowed host or below one; raises BadInput("broadcast_url")."""
    address = text.strip()
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").casefold(), parts.port
    except ValueError:
        raise BadInput("broadcast_url", address[:100]) from None
    proper = (
        parts.scheme == "https"
        and port in (None, 443)
        and not parts.username
        and len(address) <= URL_MAX
        and re.fullmatch(r"[\x21-\x7e]+", address)
        and "\\" not in address
    )
    if not proper or not any(host == one or host.endswith(f".{one}") for one in hosts):
        raise BadInput("broadcast_url", address[:100])
    return address


def moment(text: str, now: datetime) -> datetime:
    """A time in Almaty from "19:05", "21.11 19:05" or "21.11.2026, 19:05"; UTC is returned.

    Without a date it is the next such time. Raises BadInput("moment") for what is none, has passed
    or is more than sixty days ahead.
    """
    found = re.fullmatch(r"(?:(\S+?),?\s+)?([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", text.strip())
    if not found:
        raise BadInput("moment", text[:100])
    local = now.astimezone(ALMATY)
    clock = time(int(found[2]), int(found[3]))
    if found[1]:
        day = typed.day(found[1], today=local.date(), field="moment")
        at = datetime.combine(day, clock, ALMATY)
    else:
        at = datetime.combine(local.date(), clock, ALMATY)
        if at <= now:
            at += timedelta(days=1)
    if not now < at <= now + AHEAD_MAX:
        raise BadInput("moment", text[:100])
    return at.astimezone(now.tzinfo)
