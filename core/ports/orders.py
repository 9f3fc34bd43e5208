"""Storage of sources, runs, orders and uploaded files."""

from __future__ import annotations

from typing import Protocol


class Uploads(Protocol):
    """Files that people sent: order exports and pictures, each content kept once."""


class Sources(Protocol):
    """A brand's connections to merchant systems."""


class Runs(Protocol):
    """Readings of sources, their counts and rejected lines."""


class Orders(Protocol):
    """Orders, who is credited for them, and their commissions."""
