"""Storage of offers, enrolments, links and proofs."""

from __future__ import annotations

from typing import Protocol


class Offers(Protocol):
    """Offers, their texts and versions of terms."""


class Enrolments(Protocol):
    """Enrolments, promo codes with dated ownership, reserved SKUs."""


class Links(Protocol):
    """Tracking links and the clicks on them."""


class Proofs(Protocol):
    """Published posts."""
