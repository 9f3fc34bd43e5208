"""Storage of links to the page that takes large files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.ids import BrandId, PersonId, UploadId, UploadLinkId
from core.upload_links import LinkView


class UploadLinks(Protocol):
    """Links by the digest of their token; changes count only for the attempt that makes them."""

    async def add(
        self,
        person: PersonId,
        brand: BrandId,
        digest: bytes,
        *,
        now: datetime,
        expires_at: datetime,
    ) -> None: ...

    async def revoke(self, person: PersonId) -> None:
        """Let the person's links that took no file yet take none, nor go on with one."""

    async def latest(self, person: PersonId) -> LinkView | None:
        """The person's newest link."""

    async def find(self, digest: bytes) -> LinkView | None:
        """The link of a token."""

    async def claim(self, link: UploadLinkId, *, attempt: int, busy_until: datetime) -> bool:
        """Begin that attempt, the one after the last; False where another was quicker."""

    async def renew(
        self, link: UploadLinkId, *, attempt: int, received: int, busy_until: datetime
    ) -> bool:
        """Go on with the attempt; False where the link was revoked or another attempt began."""

    async def release(self, link: UploadLinkId, *, attempt: int) -> None:
        """End the attempt without a file: the link may be used again."""

    async def receive(
        self, link: UploadLinkId, *, attempt: int, upload: UploadId, name: str, received: int
    ) -> bool:
        """The file of the attempt is there; False as for `renew`."""

    async def waiting(self, *, now: datetime, limit: int) -> Sequence[LinkView]:
        """Links whose file is to be shown in the chat and that nobody works on."""

    async def take(self, link: UploadLinkId, *, now: datetime, busy_until: datetime) -> bool:
        """Work on a file that waits; False where somebody else does or did."""

    async def put_back(self, link: UploadLinkId) -> None:
        """Let the file wait for the next attempt to show it."""

    async def done(self, link: UploadLinkId) -> None:
        """The file is shown, or there is nothing to show."""

    async def forget(self, *, before: datetime) -> int:
        """Delete links that expired before then; those whose file waits stay."""
