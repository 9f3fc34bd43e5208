"""Answers that lead on: what is the same in all of them is put together once a second."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter


class Signpost:
    """Leads on with a 302 and the headers that every answer carries.

    aiohttp would put the same ten headers together for each visitor, which takes longer than all
    else that is ours in an answer: the usual ones are written whole.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._second = 0
        self._head = ""

    def to(self, request: web.Request, address: str, now: datetime) -> web.StreamResponse:
        """Lead to a checked address: printable ASCII, as `core.links.ShopAddress` gives it."""
        usual = request.version == HttpVersion11 and request.method == hdrs.METH_GET
        if not usual or not request.keep_alive:
            return web.Response(status=302, headers={hdrs.LOCATION: address})
        if self._second != (second := int(now.timestamp())):
            self._second, self._head = second, self._headed(now)
        transport = request.transport
        if transport is not None and not transport.is_closing():  # else the visitor has gone
            transport.write(f"{self._head}{address}\r\n\r\n".encode("ascii"))
        return _WRITTEN

    def _headed(self, now: datetime) -> str:
        lines = {
            **self._headers,
            hdrs.CONTENT_LENGTH: "0",
            hdrs.DATE: format_datetime(now.astimezone(UTC), usegmt=True),
        }
        named = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 302 Found\r\n{named}{hdrs.LOCATION}: "


class _Written(web.StreamResponse):
    """Stands for an answer that has been written, on a connection that stays open."""

    @property
    def keep_alive(self) -> bool:
        """Always: others are made another way."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Nothing is left to do."""
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to do."""


_WRITTEN = _Written(status=302)
