"""The port through which a source speaks HTTP: one request out, one bounded answer back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """What to ask for. `params` keep their order and may repeat; the repr hides headers (tokens).

    The whole exchange, body included, must end within `timeout_seconds`; a body of more than
    `max_bytes` after decompression is refused.
    """

    url: str
    method: str = "GET"
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    timeout_seconds: float = 30
    max_bytes: int = 16 * MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResponse:
    """What came back, of whatever status; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Fetch(Protocol):
    """Carries a request out.

    Raises SourceUnavailable where there is no whole answer: `timeout`, `address` (the address is
    not allowed, does not exist or is not who it says), `server_error` (no connection), `nonsense`
    (a redirect, a body that is too big or broken off).
    """

    async def __call__(self, request: FetchRequest) -> FetchResponse: ...
