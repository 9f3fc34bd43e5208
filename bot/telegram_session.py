"""HTTP to the Bot API server."""

from __future__ import annotations

from typing import Final

from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

TLS: Final = "https://"


class TelegramSession(AiohttpSession):
    """aiogram's own, which closes at once where no TLS connection needs time to be shut down."""

    def __init__(self, url: str) -> None:
        super().__init__(api=TelegramAPIServer.from_base(url))
        self._tls = url.startswith(TLS)

    async def close(self) -> None:
        """Close every connection."""
        if self._tls:
            await super().close()
        elif self._session is not None:
            await self._session.close()
