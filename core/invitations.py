"""Invitations: one-time links that make a person a brand's manager or a member of the staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.ids import BrandId, PersonId
from core.people import BrandRole, Permission

VALID: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a link gives: a role at a brand, or (with `brand` None) permissions of the staff.

    Only the digest of the token is kept, so that a copy of the database opens no door.
    """

    token_digest: bytes
    brand: BrandId | None
    role: BrandRole | None
    permissions: frozenset[Permission]
    created_by: PersonId
    created_at: datetime
    expires_at: datetime
    used_by: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What a person has become by an invitation; `brand_name` is empty for the staff."""

    brand: BrandId | None
    brand_name: str
    role: BrandRole | None
    permissions: frozenset[Permission]
