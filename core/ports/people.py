"""Storage of people, creators and brands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from core.brand_requests import LegalData
from core.ids import BrandId, ChannelId, PersonId
from core.invitations import Invitation
from core.people import (
    Brand,
    BrandRole,
    Category,
    Channel,
    Consent,
    Creator,
    CreatorState,
    LegalStatus,
    Locale,
    Manager,
    Meeting,
    PayoutSecrets,
    Permission,
    Person,
    Profile,
    StaffMember,
)


class People(Protocol):
    """Telegram users, staff permissions, consents."""

    async def known(self, telegram_id: int, *, consent: str) -> tuple[Person, Meeting] | None:
        """Everything about a Telegram user in one query; `consent` is the version in force."""

    async def add(
        self,
        *,
        telegram_id: int,
        name: str,
        username: str | None,
        now: datetime,
        locale: Locale | None = None,
    ) -> PersonId:
        """Store a person, or find the one with this Telegram id."""

    async def get(self, person: PersonId) -> Person:
        """Raises NotFound("person")."""

    async def many(self, people: Sequence[PersonId]) -> dict[PersonId, Person]: ...

    async def by_telegram_ids(self, telegram_ids: Sequence[int]) -> dict[int, PersonId]: ...

    async def rename(self, person: PersonId, *, name: str, username: str | None) -> None: ...

    async def set_locale(self, person: PersonId, locale: Locale) -> None: ...

    async def set_blocked(self, telegram_id: int, blocked: bool) -> None:
        """Note that a user has blocked the bot or is back; an unknown user is no matter."""

    async def seen(self, person: PersonId, day: date) -> None:
        """Keep the last day on which the person was here."""

    async def broadcasts_muted(self, person: PersonId) -> bool:
        """Whether the person gets no news and offers by broadcast."""

    async def mute_broadcasts(self, person: PersonId, muted: bool) -> None:
        """Whether the person wants no news and offers by broadcast."""

    async def staff(self, permission: Permission) -> Sequence[PersonId]:
        """Whom to tell what needs this permission: its holders and the owners."""

    async def staff_members(self) -> Sequence[StaffMember]: ...

    async def grant(self, person: PersonId, permissions: Sequence[Permission]) -> None: ...

    async def permissions(self, person: PersonId) -> frozenset[Permission]:
        """What the person may do on the staff now; kept from other writers until the end."""

    async def owners(self) -> Sequence[PersonId]:
        """Staff who may do everything; the list is kept from other writers until the end."""

    async def revoke(self, person: PersonId, permissions: Sequence[Permission]) -> None:
        """Take these permissions; those that are not there are no matter."""

    async def dismiss(self, person: PersonId) -> bool:
        """Take every permission; False when there was none."""

    async def consent(self, person: PersonId, version: str) -> Consent | None: ...

    async def give_consent(self, consent: Consent) -> None:
        """Keep a consent; one that was withdrawn before stands again."""

    async def withdraw_consent(
        self, person: PersonId, versions: Sequence[str], *, now: datetime
    ) -> bool:
        """End whatever consent of these versions stands; False when there was none."""


class Creators(Protocol):
    """Profiles, channels and payout details of creators."""

    async def add(self, person: PersonId, *, languages: Sequence[Locale], now: datetime) -> bool:
        """Begin an empty profile in state NEW; False when there is one."""

    async def get(self, creator: PersonId) -> Creator:
        """The profile with its channels; raises NotFound("creator")."""

    async def many(self, creators: Sequence[PersonId]) -> dict[PersonId, Creator]: ...

    async def profile(self, creator: PersonId) -> Profile:
        """The profile as staff see it; raises NotFound("creator")."""

    async def save(
        self,
        creator: PersonId,
        *,
        display_name: str | None = None,
        city: str | None = None,
        languages: Sequence[Locale] | None = None,
        categories: Sequence[Category] | None = None,
        legal_status: LegalStatus | None = None,
    ) -> None:
        """Write the fields that are given."""

    async def put_channel(self, creator: PersonId, channel: Channel) -> ChannelId:
        """Add a channel, or change the claimed followers of the creator's own with this address.

        The number of a verified channel stays. AlreadyUsed("channel") when it is another creator's.
        """

    async def remove_channel(self, creator: PersonId, channel: ChannelId) -> bool: ...

    async def move(
        self, creator: PersonId, came_from: CreatorState, to: CreatorState, *, reason: str = ""
    ) -> bool:
        """Change the state if it still is `came_from`; False when somebody was quicker."""

    async def mark_reviewed(self, creator: PersonId, *, now: datetime) -> bool:
        """Note that staff have looked at the profile; False when it was noted before."""

    async def to_review(self, *, after: int | None, limit: int) -> Sequence[Profile]:
        """Active creators whom no staff have looked at, by id, above `after`."""

    async def in_state(
        self, state: CreatorState, *, after: int | None, limit: int
    ) -> Sequence[Profile]:
        """Creators in a state, by id, above `after`."""

    async def set_iin(self, creator: PersonId, *, cipher: bytes, digest: bytes) -> None:
        """AlreadyUsed("iin") when another creator has it."""

    async def set_iban(
        self, creator: PersonId, *, cipher: bytes, digest: bytes, tail: str, bank: str
    ) -> None: ...

    async def payout_secrets(self, creator: PersonId) -> PayoutSecrets:
        """Encrypted IIN and IBAN; raises NotFound("creator")."""


class Brands(Protocol):
    """Brands, their managers and invitations."""

    async def add(
        self,
        *,
        name: str,
        legal_name: str,
        bin: str,
        fee_bps: int,
        now: datetime,
        credit_limit_minor: int = 0,
        licence: str = "",
    ) -> Brand:
        """AlreadyUsed("bin") when the BIN is known."""

    async def get(self, brand: BrandId) -> Brand:
        """Raises NotFound("brand")."""

    async def many(self, brands: Sequence[BrandId]) -> dict[BrandId, Brand]: ...

    async def by_bins(self, bins: Sequence[str]) -> dict[str, BrandId]: ...

    async def page(self, *, after: int | None, limit: int) -> Sequence[Brand]:
        """All brands by id, above `after`."""

    async def set_conditions(
        self, brand: BrandId, *, fee_bps: int, credit_limit_minor: int
    ) -> None: ...

    async def set_legal(self, brand: BrandId, data: LegalData) -> None:
        """Change who the brand is by law; AlreadyUsed("bin") when another brand has the BIN."""

    async def set_suspended(self, brand: BrandId, suspended: bool, *, reason: str = "") -> bool:
        """False when nothing changed."""

    async def managers(self, brand: BrandId) -> Sequence[PersonId]: ...

    async def owners(self, brand: BrandId) -> Sequence[PersonId]:
        """Managers who handle the brand's money and people."""

    async def lock_team(self, brand: BrandId) -> None:
        """Keep the brand's people from other writers until this unit of work ends."""

    async def team(self, brand: BrandId) -> Sequence[Manager]:
        """Managers with their names, owners first."""

    async def role(self, brand: BrandId, person: PersonId) -> BrandRole | None: ...

    async def set_manager(self, brand: BrandId, person: PersonId, role: BrandRole) -> None: ...

    async def remove_manager(self, brand: BrandId, person: PersonId) -> bool: ...

    async def add_invitation(self, invitation: Invitation) -> None: ...

    async def spend_invitation(
        self, token_digest: bytes, person: PersonId, *, now: datetime
    ) -> Invitation | None:
        """Use up an invitation; None when it is unknown, used or expired."""

    async def invitation(self, token_digest: bytes) -> Invitation | None: ...

    async def void_invitations(
        self, *, created_by: PersonId, brand: BrandId | None, now: datetime
    ) -> int:
        """Let the unused invitations of a person, to one brand or (None) at all, expire now."""

    async def forget_invitations(self, before: datetime, limit: int) -> int:
        """Delete invitations that expired before and that nobody has used; returns how many."""
