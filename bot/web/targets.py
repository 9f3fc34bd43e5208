"""A small memory of where links lead: a popular link costs the database one read a minute."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.ids import OfferId
from core.links import LinkTarget
from core.offers import OfferText
from core.people import Locale
from core.ports import Clock
from core.records import record

LIFE: Final = timedelta(seconds=60)  # how long an ended offer may go on leading people
FRESH: Final = timedelta(seconds=45)  # after that it is asked about again, before anybody must wait
SLOTS: Final = 200_000  # about 70 MB
AT_ONCE: Final = 100  # slugs in one question: some 2 ms of the database

GATHERING: Final = 0.25  # seconds for which a question that nobody waits for gathers others

LinkLookup = Callable[[Sequence[str]], Awaitable[Mapping[str, LinkTarget]]]
"""Finds the targets of slugs in the database; those that are no link are left out."""

_SLUG: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")  # k7m2pq9x, and what a loaded programme brought

logger = logging.getLogger(__name__)

Answer = asyncio.Future[LinkTarget | None]


@record(frozen=True, slots=True)
class _Known:
    """What the database said of a slug, None for no such link."""

    fresh: datetime
    until: datetime
    target: LinkTarget | None


class Targets:
    """A bounded cache; unknown slugs are remembered too.

    One question at a time is under way. What is wanted meanwhile, or can wait a little, is gathered
    for the next: a hundred links cost little more than three.
    """

    def __init__(self, lookup: LinkLookup, clock: Clock) -> None:
        self._lookup = lookup
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._texts: dict[OfferId, Mapping[Locale, OfferText]] = {}
        self._asking: dict[str, Answer] = {}
        self._queue: deque[str] = deque()  # those of them that are to be put into a question
        self._hurry = False  # whether somebody waits for one of the queue
        self._asker: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def remembered(self, slug: str, now: datetime) -> LinkTarget | None:
        """The target, if it is in memory."""
        known = self._known.get(slug)
        if known is None:
            return None
        if known.fresh <= now:
            if known.until <= now:
                return None
            self._ask(slug, hurry=False)
        return known.target

    async def find(self, slug: str) -> LinkTarget | None:
        """The target, from memory or the database; an older answer bridges a failing database."""
        if not _SLUG.fullmatch(slug):
            return None
        known = self._known.get(slug)
        if known is not None and self._clock() < known.until:
            return known.target
        # Shielded: a visitor who goes away must not take the answer from the others.
        try:
            return await asyncio.shield(self._ask(slug, hurry=True))
        except Exception:
            if known is None or known.target is None:
                raise
            return known.target

    async def settle(self) -> None:
        """Wait for the question that is under way, and put no other."""
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._asker is not None:
            await asyncio.wait([self._asker])

    def _ask(self, slug: str, *, hurry: bool) -> Answer:
        asked = self._asking.get(slug)
        if asked is None:
            asked = self._asking[slug] = asyncio.get_running_loop().create_future()
            asked.add_done_callback(_looked_at)
            self._queue.append(slug)
        self._hurry |= hurry
        self._go_on()
        return asked

    def _go_on(self) -> None:
        """Put the next question as soon as it is worth it."""
        if self._asker is not None or not self._queue:
            return
        if self._hurry or len(self._queue) >= AT_ONCE:
            self._asker = asyncio.create_task(self._put_question(), name="links")
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHERING, self._now)

    def _now(self) -> None:
        self._timer = None
        self._hurry = True
        self._go_on()

    async def _put_question(self) -> None:
        slugs = [self._queue.popleft() for _ in range(min(AT_ONCE, len(self._queue)))]
        self._hurry &= bool(self._queue)
        try:
            found = await self._lookup(slugs)
        except Exception as error:
            logger.exception("no answer about %d link(s): older ones serve", len(slugs))
            for slug in slugs:
                self._asking.pop(slug).set_exception(error)
        else:
            for slug in slugs:
                self._asking.pop(slug).set_result(self._keep(slug, found.get(slug)))
        finally:
            self._asker = None
            self._go_on()

    def _keep(self, slug: str, target: LinkTarget | None) -> LinkTarget | None:
        now = self._clock()
        if target is not None and target.texts:
            target = self._shared(target)
        self._known.pop(slug, None)
        if len(self._known) >= SLOTS:
            del self._known[next(iter(self._known))]  # the one that was asked about longest ago
        self._known[slug] = _Known(now + FRESH, now + LIFE, target)
        return target

    def _shared(self, target: LinkTarget) -> LinkTarget:
        """The same with the texts of its offer kept once for all its links."""
        texts = self._texts.setdefault(target.offer_id, target.texts)
        if texts == target.texts:
            return replace(target, texts=texts)
        self._texts[target.offer_id] = target.texts
        return target


def _looked_at(answer: Answer) -> None:
    """Its failure is known, even if every visitor has gone away meanwhile."""
    if not answer.cancelled():
        answer.exception()
