"""`/b/<token>`: counts that a reader of a broadcast has pressed its button, and leads on."""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from aiohttp import web

from bot.web import visitors
from bot.web.redirect import Digest
from core.ids import BroadcastId
from core.ports import Clock

SEAL_BYTES: Final = 9
REMEMBERED_SECONDS: Final = 30.0  # for which an address is not asked for again
REMEMBERED_MAX: Final = 100

_FACTS: Final = struct.Struct(">IQ")  # broadcast, delivery
_PURPOSE: Final = "broadcast-link"

FindAddress = Callable[[BroadcastId], Awaitable[str | None]]
"""Where the button of a broadcast leads, None where it leads nowhere."""

Store = Callable[[dict[int, datetime]], Awaitable[int]]
"""Counts openings, by delivery; those that were counted before are no matter."""


def make_token(digest: Digest, broadcast: int, delivery: int) -> str:
    """A token for one reader's link: it says nothing to others, and none can be made up."""
    facts = _FACTS.pack(broadcast, delivery)
    seal = digest(_PURPOSE, facts.hex())[:SEAL_BYTES]
    return base64.urlsafe_b64encode(seal + _masked(digest, seal, facts)).decode()


def read_token(digest: Digest, token: str) -> tuple[int, int] | None:
    """Broadcast and delivery; None for anything that `make_token` has not made."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii"))
    except (ValueError, binascii.Error):
        return None
    seal, masked = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
    if len(masked) != _FACTS.size:
        return None
    facts = _masked(digest, seal, masked)
    if not hmac.compare_digest(seal, digest(_PURPOSE, facts.hex())[:SEAL_BYTES]):
        return None
    broadcast, delivery = _FACTS.unpack(facts)
    return broadcast, delivery


def _masked(digest: Digest, seal: bytes, facts: bytes) -> bytes:
    """The facts made unreadable, or readable again: the seal picks the mask."""
    mask = digest(f"{_PURPOSE}-mask", seal.hex())
    return bytes(one ^ other for one, other in zip(facts, mask, strict=False))


class BroadcastLinks:
    """Knows the links; openings are gathered and stored by `flush`, each person once."""

    def __init__(self, *, find: FindAddress, clock: Clock, digest: Digest, store: Store) -> None:
        self._find = find
        self._clock = clock
        self._digest = digest
        self._store = store
        self._known: dict[BroadcastId, tuple[float, str | None]] = {}
        self._openings: dict[int, datetime] = {}

    async def open(self, request: web.Request) -> str | None:
        """The address that the broadcast names; None for a token that is none of ours."""
        read = read_token(self._digest, request.match_info["token"])
        address = await self._address(BroadcastId(read[0])) if read else None
        if (
            read is not None
            and address is not None
            and visitors.is_person(request, visitors.browser_of(request))
        ):
            self._openings.setdefault(read[1], self._clock())
        return address

    async def _address(self, broadcast: BroadcastId) -> str | None:
        now = time.monotonic()
        known = self._known.get(broadcast)
        if known is None or known[0] < now:
            while len(self._known) >= REMEMBERED_MAX:
                del self._known[next(iter(self._known))]
            known = (now + REMEMBERED_SECONDS, await self._find(broadcast))
            self._known[broadcast] = known
        return known[1]

    async def flush(self) -> int:
        """Store what has gathered; returns how many people are new. A failure keeps it."""
        openings, self._openings = self._openings, {}
        try:
            return await self._store(openings)
        except Exception:
            self._openings = openings | self._openings
            raise
