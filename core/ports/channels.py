"""Storage of proved channels, of attempts to prove one, and of posts that are watched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.channels import ChannelCheck, CheckState, OwnedChannel
from core.ids import ChannelId, CheckId, PersonId, ProofId
from core.people import Channel
from core.presence import PostWatch
from core.proofs import Proof


class Channels(Protocol):
    """Channels as such, whosever they are, and the checks of them."""

    async def get(self, channel: ChannelId) -> OwnedChannel:
        """NotFound("channel")."""

    async def by_chat(self, chat_id: int) -> OwnedChannel | None:
        """The channel that the bot administers under this chat id."""

    async def by_url(self, url: str) -> OwnedChannel | None: ...

    async def add(self, creator: PersonId, channel: Channel) -> ChannelId:
        """Store a channel that nobody has; AlreadyUsed("channel")."""

    async def prove(self, channel: Channel) -> None:
        """Write address, followers, chat and the dates of a known channel.

        AlreadyUsed("channel") where another one has the address or the chat.
        """

    async def drop(self, channel: ChannelId) -> None: ...

    async def to_count(self, *, before: datetime, limit: int) -> Sequence[OwnedChannel]:
        """Administered channels whose members were counted before then, longest ago first."""

    async def add_check(self, check: ChannelCheck) -> ChannelCheck:
        """Store an attempt; OutOfDate("check") where one stands for the channel."""

    async def check(self, check: CheckId) -> ChannelCheck:
        """NotFound("check")."""

    async def standing(self, creator: PersonId, url: str) -> ChannelCheck | None:
        """The open or waiting attempt for a channel."""

    async def latest(self, creator: PersonId) -> dict[str, ChannelCheck]:
        """The newest attempt per address of the creator."""

    async def move_check(self, check: ChannelCheck, *, was: CheckState) -> bool:
        """Store what has become of an attempt; False where it moved on meanwhile."""

    async def waiting(self, *, after: int | None, limit: int) -> Sequence[ChannelCheck]:
        """Attempts that staff have to look at, oldest first, above the id `after`."""

    async def waiting_count(self) -> int: ...

    async def history(
        self, creator: PersonId, *, url: str | None = None, limit: int
    ) -> Sequence[ChannelCheck]:
        """Attempts of a creator (for one address), newest first."""


class Watches(Protocol):
    """Posts that are looked at from time to time, and earlier contents of proofs."""

    async def begin(self, watch: PostWatch) -> None:
        """Watch a post; one that is watched already begins anew."""

    async def of(self, proofs: Sequence[ProofId]) -> dict[ProofId, PostWatch]: ...

    async def due(self, now: datetime, *, limit: int) -> Sequence[PostWatch]:
        """Posts to look at now, the longest due first."""

    async def save(self, watch: PostWatch, *, was: PostWatch) -> bool:
        """Store what a look has shown; False where another worker was quicker."""

    async def supersede(self, proof: Proof, *, now: datetime) -> None:
        """Keep the content of a proof that a corrected one is about to replace."""

    async def superseded(self, proofs: Sequence[ProofId]) -> dict[ProofId, list[Proof]]:
        """Earlier contents, newest first; `sent_at` and the decision are those of that time."""
