"""Broadcasts between the database and Telegram: what each reader gets, and the live progress."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from aiogram import Bot

from bot import reply
from bot.i18n import translator
from bot.queues import Content
from bot.screens.base import Screen
from bot.screens.broadcast_message import message
from bot.screens.broadcast_progress import card
from core.broadcasts import (
    PER_SECOND,
    Broadcast,
    BroadcastDelivery,
    BroadcastState,
    ButtonKind,
    Tally,
)
from core.ids import BroadcastId
from core.people import Locale
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.broadcasts import (
    named_offers,
    picture_of,
    tell_result,
    watch_broadcast,
    watched_broadcasts,
)

WATCHED: Final = timedelta(days=2)  # after the end: most who press a button do so by then
INSISTED: Final = timedelta(minutes=1)  # on showing the end while Telegram does not answer

MakeLink = Callable[[int, int], str]
"""The address that counts a reader's tap, from broadcast and delivery."""


class BroadcastDesk:
    """Loads contents for delivery, and rewrites the messages that show progress."""

    def __init__(self, bot: Bot, new_uow: UnitOfWorkFactory, clock: Clock, link: MakeLink) -> None:
        self._bot = bot
        self._new_uow = new_uow
        self._clock = clock
        self._link = link
        self._shown: dict[BroadcastId, tuple[BroadcastState, Tally]] = {}

    async def content(self, broadcast: BroadcastId) -> Content:
        """What the broadcast says to each reader."""
        async with self._new_uow(read_only=True) as uow:
            known = await uow.broadcasts.get(broadcast)
        picture = await picture_of(self._new_uow, known)
        by_link = known.button is not None and known.button.kind is ButtonKind.URL

        def worded(delivery: BroadcastDelivery) -> Screen:
            link = self._link(broadcast, delivery.id) if by_link else ""
            return message(known, delivery.locale, picture=picture, link=link)

        return worded

    async def refresh(self) -> int:
        """Rewrite every message whose broadcast has moved on; returns how many."""
        rewritten = 0
        for one, locale in await watched_broadcasts(self._new_uow):
            before, now = self._shown.get(one.id), (one.state, one.tally)
            if before != now:
                done = await self._rewrite(one, Locale(locale))
                rewritten += done
                if done or not self._fresh(one):  # else it is tried again in a moment
                    self._shown[one.id] = now
            if one.state is BroadcastState.DONE and (before is None or before[0] != one.state):
                await tell_result(self._new_uow, self._clock, broadcast=one)
            if one.finished_at is not None and self._clock() > one.finished_at + WATCHED:
                await watch_broadcast(self._new_uow, broadcast=one.id, place=None)
                self._shown.pop(one.id, None)
        return rewritten

    def _fresh(self, one: Broadcast) -> bool:
        return one.finished_at is not None and self._clock() < one.finished_at + INSISTED

    async def _rewrite(self, one: Broadcast, locale: Locale) -> bool:
        assert one.watched is not None
        chat, place = one.watched
        offers = await named_offers(self._new_uow, one)
        screen = card(translator(locale), one, offers, per_second=PER_SECOND)
        return await reply.rewrite(self._bot, chat, place, screen)
