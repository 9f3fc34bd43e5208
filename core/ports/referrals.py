"""Storage of who invited whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.ids import OrderId, PersonId
from core.referrals import Invited, Referral, Reward


class Referrals(Protocol):
    """Links of inviters, who came by them, and what that brought."""

    async def code_of(self, creator: PersonId, fresh: str) -> str:
        """The creator's code; `fresh` becomes it where there is none."""

    async def owner_of(self, code: str) -> PersonId | None:
        """The active creator whose link this is."""

    async def add(self, referral: Referral, *, now: datetime) -> bool:
        """Keep who came by whom; False where somebody else's link was followed before."""

    async def numbers(self, creator: PersonId, code: str) -> Invited: ...

    async def of(self, invited: Sequence[PersonId]) -> dict[PersonId, Referral]:
        """Who invited these creators, by the invited one."""

    async def rewards(self, orders: Sequence[OrderId]) -> dict[OrderId, Reward]: ...

    async def save_rewards(self, rewards: Sequence[Reward]) -> None: ...
