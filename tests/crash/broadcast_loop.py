"""Delivers whatever is due, as production does, until it is killed or told to stop by SIGTERM.

python -m tests.crash.broadcast_loop DATABASE_URL TELEGRAM_URL SECONDS_LATER SLOTS REST
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta

from bot.app import make_bot
from bot.broadcast_desk import BroadcastDesk
from bot.delivery import DeliveryService, Tempo
from bot.i18n import translator
from bot.queues import BroadcastQueue
from bot.screens.base import Screen
from bot.screens.notifications import note
from bot.settings import load_settings
from core.notifications import Delivery
from core.people import Locale
from db.engine import create_engine
from db.uow import unit_of_work_factory

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)
TOKEN = "42:" + "A" * 35


async def main(database: str, telegram: str, later: float, slots: int, rest: float) -> None:
    begun = time.monotonic()

    def clock() -> datetime:
        return NOON + timedelta(seconds=later + time.monotonic() - begun)

    def worded(delivery: Delivery) -> Screen:
        return note(translator(Locale(delivery.locale)), delivery)

    settings = load_settings(
        _env_file=None,
        bot_token=TOKEN,
        telegram_api_url=telegram,
        secret_key="k" * 40,
        operator_name="Üles",
        operator_bin="180540000002",
    )
    engine = create_engine(database)
    new_uow = unit_of_work_factory(engine)
    bot = make_bot(settings)
    desk = BroadcastDesk(bot, new_uow, clock, lambda broadcast, to: f"https://t.me/b{to}")
    service = DeliveryService(
        bot,
        new_uow,
        clock,
        worded,
        broadcasts=BroadcastQueue(new_uow, clock, desk.content),
        tempo=Tempo(slots=slots, rest=rest, poll=0.05, climb=0.5),
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, service.stop)
    os.write(1, b"begun\n")
    await service.run()
    await bot.session.close()
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(
        main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
    )
