"""Updates on their way to the bot: long polling with offsets, or a webhook with retries."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from scripts.sandbox.refusals import conflict

Update = dict[str, Any]

_ON_REQUEST = ("chat_member", "message_reaction", "message_reaction_count")
_LONGEST_PAUSE = 30.0  # seconds between attempts at a webhook


@dataclass(slots=True, kw_only=True)
class Webhook:
    """Where updates are posted to, and how the last attempts went."""

    url: str
    secret_token: str | None = None
    max_connections: int = 40
    last_error: str | None = None
    last_error_date: int | None = None


class UpdateQueue:
    """The updates that the bot has not confirmed yet, oldest first."""

    def __init__(
        self,
        *,
        answer: Callable[[ClientResponse], Awaitable[None]],
        now: Callable[[], int],
        retry_seconds: float = 1.0,
    ) -> None:
        self.pending: deque[Update] = deque()
        self.allowed: list[str] = []
        self.webhook: Webhook | None = None
        self.delivered = 0
        self.waited_for = asyncio.Event()  # set while a poll is waiting for news
        self._answer = answer
        self._now = now
        self._retry_seconds = retry_seconds
        self._next_id = 100_000_001
        self._poller: asyncio.Future[None] | None = None
        self._news = asyncio.Event()
        self._posting: asyncio.Task[None] | None = None
        self._closed = False

    def push(self, kind: str, body: dict[str, Any]) -> None:
        """Queues an update, unless the bot asked not to have this kind."""
        if kind not in self.allowed if self.allowed else kind in _ON_REQUEST:
            return
        self.pending.append({"update_id": self._next_id, kind: body})
        self._next_id += 1
        self._news.set()
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)

    def push_again(self, update: Update) -> None:
        """Delivers an update once more under the same id, as Telegram may after a bad answer."""
        self.pending.append(update)
        self._news.set()
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)

    async def poll(
        self, offset: int | None, limit: int | None, seconds: int | None, allowed: list[str] | None
    ) -> list[Update]:
        """getUpdates: confirms what lies before the offset, then waits for more.

        Raises 409 while a webhook is set, and in the waiting poll when another one begins.
        """
        if self.webhook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first"
            )
        if allowed is not None:
            self.allowed = allowed
        self._confirm(offset or 0)
        self._end_poll(
            "terminated by other getUpdates request; "
            "make sure that only one bot instance is running"
        )
        if not self.pending and seconds and not self._closed:
            mine = self._poller = asyncio.get_running_loop().create_future()
            self.waited_for.set()
            try:
                with suppress(TimeoutError):
                    await asyncio.wait_for(mine, min(seconds, 50))
            finally:
                if self._poller is mine:
                    self._poller = None
                    self.waited_for.clear()
        batch = list(self.pending)[: min(max(limit or 100, 1), 100)]
        self.delivered += len(batch)
        return batch

    def set_webhook(
        self, webhook: Webhook | None, *, drop: bool, allowed: list[str] | None
    ) -> None:
        """Starts or stops posting; the pending updates stay unless they shall be dropped."""
        self._end_poll("terminated by setWebhook request")
        if self._posting is not None:
            self._posting.cancel()
            self._posting = None
        if drop:
            self.pending.clear()
        if allowed is not None:
            self.allowed = allowed
        self.webhook = webhook
        if webhook is not None:
            self._posting = asyncio.create_task(self._post_all(webhook))

    async def close(self) -> None:
        """Ends the waiting poll with an empty answer and stops posting."""
        self._closed = True
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)
        if self._posting is not None:
            self._posting.cancel()
            with suppress(asyncio.CancelledError):
                await self._posting

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
        while offset > 0 and self.pending and self.pending[0]["update_id"] < offset:
            self.pending.popleft()

    def _end_poll(self, reason: str) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(conflict(reason))

    async def _post_all(self, webhook: Webhook) -> None:
        pause = self._retry_seconds
        async with ClientSession(timeout=ClientTimeout(total=60)) as session:
            while True:
                if not self.pending:
                    self._news.clear()
                    await self._news.wait()
                    continue
                update = self.pending[0]
                if await self._post(session, webhook, update):
                    pause = self._retry_seconds
                    if self.pending and self.pending[0] is update:
                        self.pending.popleft()
                    self.delivered += 1
                else:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)

    async def _post(self, session: ClientSession, webhook: Webhook, update: Update) -> bool:
        headers = {}
        if webhook.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret_token
        try:
            async with session.post(webhook.url, json=update, headers=headers) as response:
                if response.ok:
                    await self._answer(response)
                    return True
                webhook.last_error = (
                    f"Wrong response from the webhook: {response.status} {response.reason}"
                )
        except (ClientError, TimeoutError) as error:
            webhook.last_error = f"Connection failed: {type(error).__name__}"
        webhook.last_error_date = self._now()
        return False
