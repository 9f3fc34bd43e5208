"""What delivery sends from: notifications that are due, and broadcasts that are going out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Final, Protocol

from bot.screens.base import Screen
from core.broadcasts import BroadcastDelivery, DeliveryState, Settled
from core.ids import BroadcastId
from core.notifications import Delivery, by_day
from core.ports import Clock, UnitOfWorkFactory

LEASE: Final = timedelta(minutes=2)  # longer than a call to Telegram and the wait before it
CONTENTS_MAX: Final = 4  # broadcasts whose content is kept in memory

Wording = Callable[[Delivery], Screen]


class Fate(Enum):
    """What has become of a message."""

    SENT = auto()
    BLOCKED = auto()  # the reader has blocked the bot
    REFUSED = auto()  # never to be tried again
    LATER = auto()  # to be tried again


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one chat; `screen` words it, `attempts` counts this one too."""

    id: int
    chat: int
    attempts: int
    screen: Callable[[], Screen]
    subject: Delivery | BroadcastDelivery

    @property
    def name(self) -> str:
        """What it is, for the log."""
        match self.subject:
            case Delivery(kind=kind):
                return f"notification {self.id} ({kind})"
            case BroadcastDelivery(broadcast=broadcast):
                return f"delivery {self.id} of broadcast {broadcast}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a parcel; `seconds` until the next attempt where it is tried again."""

    parcel: Parcel
    fate: Fate
    error: str = ""
    seconds: float = 0.0


class Queue(Protocol):
    """Where messages wait. What is claimed and never recorded is due again after the lease."""

    async def claim(self, limit: int) -> Sequence[Parcel]:
        """Take due messages, the most urgent first."""

    async def record(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of them, in one transaction."""


class OutboxQueue:
    """Notifications: written with the fact that they tell, one at a time per person."""

    def __init__(self, new_uow: UnitOfWorkFactory, clock: Clock, wording: Wording) -> None:
        self._new_uow = new_uow
        self._clock = clock
        self._wording = wording

    async def claim(self, limit: int) -> Sequence[Parcel]:
        """Take due messages, readers who wait for money first."""
        now = self._clock()
        # Looking costs nobody a place in the queue of writers; claiming does.
        async with self._new_uow(read_only=True) as uow:
            oldest = await uow.outbox.oldest_due()
        if oldest is None or oldest > now:
            return []
        async with self._new_uow(background=True) as uow:
            due = await uow.outbox.claim(now=now, limit=limit, lease_until=now + LEASE)
            await uow.commit()
        return [self._parcel(delivery) for delivery in due]

    def _parcel(self, delivery: Delivery) -> Parcel:
        return Parcel(
            id=delivery.id,
            chat=delivery.telegram_id,
            attempts=delivery.attempts,
            screen=lambda: self._wording(delivery),
            subject=delivery,
        )

    async def record(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of them, in one transaction."""
        now = self._clock()
        async with self._new_uow(background=True) as uow:
            for outcome in outcomes:
                delivery = outcome.parcel.id
                match outcome.fate:
                    case Fate.SENT:
                        await uow.outbox.sent(delivery, now=now)
                    case Fate.LATER:
                        due_at = now + timedelta(seconds=outcome.seconds)
                        await uow.outbox.retry(delivery, due_at=due_at, error=outcome.error)
                    case Fate.BLOCKED:
                        await uow.people.set_blocked(outcome.parcel.chat, True)
                        await uow.outbox.give_up(delivery, error="blocked")
                    case Fate.REFUSED:
                        await uow.outbox.give_up(delivery, error=outcome.error)
            await uow.commit()


Content = Callable[[BroadcastDelivery], Screen]
"""Words one delivery of a broadcast whose content has been loaded."""

LoadContent = Callable[[BroadcastId], Awaitable[Content]]
"""Loads what a broadcast says, with its picture."""

_STATES: Final = {
    Fate.SENT: DeliveryState.SENT,
    Fate.BLOCKED: DeliveryState.BLOCKED,
    Fate.REFUSED: DeliveryState.FAILED,
    Fate.LATER: DeliveryState.PENDING,
}


class BroadcastQueue:
    """Broadcasts of one lane, the free one or the one that is paid in Stars."""

    def __init__(
        self, new_uow: UnitOfWorkFactory, clock: Clock, load: LoadContent, *, paid: bool = False
    ) -> None:
        self._new_uow = new_uow
        self._clock = clock
        self._load = load
        self._paid = paid
        self._contents: OrderedDict[BroadcastId, Content] = OrderedDict()

    async def claim(self, limit: int) -> Sequence[Parcel]:
        """Take due messages of what is going out now."""
        async with self._new_uow(read_only=True) as uow:
            if not await uow.broadcasts.going(paid=self._paid):
                return []
        now = self._clock()
        async with self._new_uow(background=True) as uow:
            due = await uow.broadcasts.claim(
                now=now,
                limit=limit,
                lease_until=now + LEASE,
                paid=self._paid,
                by_day=by_day(now),
            )
            await uow.commit()
        return [await self._parcel(delivery) for delivery in due]

    async def _parcel(self, delivery: BroadcastDelivery) -> Parcel:
        content = await self._content(delivery.broadcast)
        return Parcel(
            id=delivery.id,
            chat=delivery.telegram_id,
            attempts=delivery.attempts,
            screen=lambda: content(delivery),
            subject=delivery,
        )

    async def _content(self, broadcast: BroadcastId) -> Content:
        """What a broadcast says does not change while it goes out."""
        known = self._contents.get(broadcast)
        if known is None:
            known = self._contents[broadcast] = await self._load(broadcast)
            if len(self._contents) > CONTENTS_MAX:
                self._contents.popitem(last=False)
        return known

    async def record(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of them, in one transaction."""
        now = self._clock()
        settled = []
        for outcome in outcomes:
            assert isinstance(outcome.parcel.subject, BroadcastDelivery)
            again = now + timedelta(seconds=outcome.seconds)
            settled.append(
                Settled(
                    delivery=outcome.parcel.subject,
                    state=_STATES[outcome.fate],
                    due_at=again if outcome.fate is Fate.LATER else None,
                    error=outcome.error,
                )
            )
        async with self._new_uow(background=True) as uow:
            await uow.broadcasts.settle(settled, now=now)
            await uow.commit()
