"""Storage of people, creators and brands."""

from __future__ import annotations

from typing import Protocol


class People(Protocol):
    """Telegram users, staff permissions, consents."""


class Creators(Protocol):
    """Profiles, channels and payout details of creators."""


class Brands(Protocol):
    """Brands, their managers and invitations."""
