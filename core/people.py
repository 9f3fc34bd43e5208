"""People: who they are, what they may do, and the profile of one who promotes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from core.errors import NotAllowed
from core.ids import BrandId, ChannelId, PersonId


class Locale(StrEnum):
    """The languages of the product, Kazakh first."""

    KK = "kk"
    RU = "ru"
    EN = "en"


class Permission(StrEnum):
    """What a member of the operator's staff may do; OWNER may do everything."""

    MODERATION = "moderation"
    FINANCE = "finance"
    BROADCAST = "broadcast"
    OWNER = "owner"


class BrandRole(StrEnum):
    """OWNER handles money and managers, MEMBER offers, proofs and files."""

    OWNER = "owner"
    MEMBER = "member"


class Platform(StrEnum):
    """Where a channel lives."""

    INSTAGRAM = "instagram"
    TIKTOK = "tiktok"
    YOUTUBE = "youtube"
    TELEGRAM = "telegram"
    THREADS = "threads"
    VK = "vk"


class Category(StrEnum):
    """What an offer is about and what a creator posts about."""

    BEAUTY = "beauty"
    FASHION = "fashion"
    FOOD = "food"
    HOME = "home"
    KIDS = "kids"
    ELECTRONICS = "electronics"
    SPORT = "sport"
    BOOKS = "books"
    TRAVEL = "travel"
    SERVICES = "services"


class LegalStatus(StrEnum):
    """How a creator is taxed (facts: Tax Code 2026); a non-resident cannot be paid yet."""

    INDIVIDUAL = "individual_gph"
    SELF_EMPLOYED = "self_employed"
    IP_SIMPLIFIED = "ip_simplified"
    IP_GENERAL = "ip_general"
    IP_GENERAL_VAT = "ip_general_vat"


class CreatorState(StrEnum):
    """NEW fills in the profile; ACTIVE may take offers; SUSPENDED may only look and be paid."""

    NEW = "new"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Tier(StrEnum):
    """Size of an audience."""

    STARTER = "starter"
    NANO = "nano"
    MICRO = "micro"
    MID = "mid"
    MACRO = "macro"
    MEGA = "mega"


TIER_FROM: Final = (  # followers from, largest first
    (1_000_000, Tier.MEGA),
    (100_000, Tier.MACRO),
    (20_000, Tier.MID),
    (5_000, Tier.MICRO),
    (1_000, Tier.NANO),
    (0, Tier.STARTER),
)


def tier(followers: int) -> Tier:
    """The tier of a creator whose largest channel has so many followers."""
    return next(name for start, name in TIER_FROM if followers >= start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A Telegram user who has talked to the bot; `locale` is None until chosen.

    `seen_on` is the last day (of Almaty) on which they did.
    """

    id: PersonId
    telegram_id: int
    name: str
    username: str | None
    locale: Locale | None
    blocked_bot: bool = False
    seen_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: loaded once per update, handed to use cases, which deny by default."""

    id: PersonId
    telegram_id: int
    locale: Locale
    creator: CreatorState | None = None
    brands: tuple[tuple[BrandId, BrandRole], ...] = ()
    permissions: frozenset[Permission] = frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether the actor is staff with this permission."""
        return permission in self.permissions or Permission.OWNER in self.permissions

    def demand(self, permission: Permission) -> None:
        """Raise NotAllowed unless the actor is staff with this permission."""
        if not self.may(permission):
            raise NotAllowed

    def manages(self, brand: BrandId) -> bool:
        """Whether the actor acts for the brand."""
        return any(own == brand for own, _ in self.brands)

    def demand_brand(self, brand: BrandId) -> None:
        """Raise NotAllowed unless the actor acts for the brand."""
        if not self.manages(brand):
            raise NotAllowed

    def demand_creator(self) -> None:
        """Raise NotAllowed unless the actor has an active creator's profile."""
        if self.creator is not CreatorState.ACTIVE:
            raise NotAllowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Who wrote, as loaded for one update.

    `chosen_locale` is None before the first choice (the actor then speaks Kazakh); `consented`
    tells whether the consent of the present version is given and stands.
    """

    actor: Actor
    chosen_locale: Locale | None
    consented: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """One of the operator's staff."""

    person: Person
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One account of a creator; `verified_at` is None while only claimed.

    `chat_id` is that of a Telegram channel in which the bot is an administrator; `checked_at` when
    its members were counted last.
    """

    id: ChannelId | None
    platform: Platform
    url: str
    followers: int
    verified_at: datetime | None = None
    chat_id: int | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """A person who promotes. IIN and IBAN are encrypted at rest and absent here, see `has_iin`."""

    id: PersonId
    state: CreatorState
    display_name: str
    city: str
    languages: tuple[Locale, ...] = ()
    categories: tuple[Category, ...] = ()
    channels: tuple[Channel, ...] = ()
    legal_status: LegalStatus | None = None
    has_iin: bool = False
    iban_tail: str = ""  # last four characters, to show which account
    bank: str = ""

    @property
    def followers(self) -> int:
        """Followers of the largest verified channel; claims count for nothing here."""
        return max(
            (own.followers for own in self.channels if own.verified_at is not None), default=0
        )

    @property
    def claimed(self) -> int:
        """Followers of the largest channel, verified or not."""
        return max((channel.followers for channel in self.channels), default=0)

    @property
    def tier(self) -> Tier:
        """The tier by the largest verified channel."""
        return tier(self.followers)

    def missing(self) -> tuple[str, ...]:
        """Profile fields that must be there before an offer can be taken."""
        gaps = {
            "name": not self.display_name,
            "city": not self.city,
            "categories": not self.categories,
            "channel": not self.channels,
        }
        return tuple(field for field, absent in gaps.items() if absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A creator as staff see one: with the Telegram account and what was decided before."""

    creator: Creator
    person: Person
    since: datetime
    reviewed_at: datetime | None = None
    reason: str = ""  # of a suspension


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutSecrets:
    """Encrypted IIN and IBAN of a creator, for whoever makes a payment; None where missing."""

    iin_cipher: bytes | None
    iban_cipher: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person agreed to: the text's version, language and hash, and when (UTC)."""

    person: PersonId
    version: str
    locale: Locale
    text_sha256: str
    given_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """An advertiser. `fee_bps` is the platform's fee on top of each commission."""

    id: BrandId
    name: str
    legal_name: str
    bin: str
    fee_bps: int
    credit_limit_minor: int
    licence: str = ""
    suspended: bool = False
    suspended_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """A person who acts for a brand."""

    person: Person
    role: BrandRole
