"""Invitations: one-time links that make a person a brand's manager or a member of the staff."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.ids import BrandId, PersonId
from core.people import BrandRole, Permission

VALID: Final = timedelta(days=7)

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 bits in URL-safe base64


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


def new_token() -> str:
    """128 random bits, 22 characters that a deep link can carry."""
    return secrets.token_urlsafe(16)


def digest(token: str) -> bytes:
    """What is kept of a token; a plain hash is enough for 128 random bits."""
    return hashlib.sha256(token.encode()).digest()


def looks_like_token(text: str) -> bool:
    """Whether it is worth a look into the database."""
    return _TOKEN.fullmatch(text) is not None
