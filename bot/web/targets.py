"""A small memory of where links lead: a popular link costs the database one read a minute."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from core.links import LinkTarget
from core.ports import Clock

LIFE: Final = timedelta(seconds=60)  # how long an ended offer may go on leading people
SLOTS: Final = 20_000

LinkLookup = Callable[[str], Awaitable[LinkTarget | None]]
"""Finds the target of a slug in the database; None when there is no such link."""

_SLUG: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")  # k7m2pq9x, and what a loaded programme brought

logger = logging.getLogger(__name__)


class Targets:
    """A bounded cache with one lookup at a time per slug; unknown slugs are remembered too."""

    def __init__(self, lookup: LinkLookup, clock: Clock) -> None:
        self._lookup = lookup
        self._clock = clock
        self._known: dict[str, tuple[datetime, LinkTarget | None]] = {}
        self._asking: dict[str, asyncio.Task[LinkTarget | None]] = {}

    def remembered(self, slug: str) -> LinkTarget | None:
        """The target, if it is fresh in memory."""
        until, target = self._known.get(slug, (None, None))
        return target if until is not None and self._clock() < until else None

    async def find(self, slug: str) -> LinkTarget | None:
        """The target, from memory or the database; an older answer bridges a failing database."""
        if not _SLUG.fullmatch(slug):
            return None
        known = self._known.get(slug)
        if known is not None and self._clock() < known[0]:
            return known[1]
        asking = self._asking.get(slug)
        if asking is None:
            asking = self._asking[slug] = asyncio.create_task(self._ask(slug))
            asking.add_done_callback(lambda done: self._answered(slug, done))
        # Shielded: a visitor who goes away must not take the answer from the others.
        try:
            return await asyncio.shield(asking)
        except Exception:
            if known is None or known[1] is None:
                raise
            logger.exception("no answer about link %s: an older one serves", slug)
            return known[1]

    def _answered(self, slug: str, done: asyncio.Task[LinkTarget | None]) -> None:
        del self._asking[slug]
        if not done.cancelled():
            done.exception()  # looked at, even if every visitor has gone away meanwhile

    async def _ask(self, slug: str) -> LinkTarget | None:
        target = await self._lookup(slug)
        self._known.pop(slug, None)
        if len(self._known) >= SLOTS:
            del self._known[next(iter(self._known))]  # the one that was asked about longest ago
        self._known[slug] = (self._clock() + LIFE, target)
        return target
