"""How near a broadcast comes to the rate that Telegram permits, and how often it is refused.

python -m scripts.bench.broadcast [--people 1000] [--permitted 30] [--slots 30] [--json FILE]

A local Telegram takes `permitted` messages in any second, by a strict sliding window, and answers
each call after 40 to 80 ms; whoever sends more gets a 429 and three seconds of silence. It does the
counting. The sender is the one of production with its own tempo.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from bisect import bisect_left
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from bot.app import make_bot, utc_now
from bot.broadcast_desk import BroadcastDesk
from bot.delivery import DeliveryService, Tempo
from bot.queues import BroadcastQueue
from bot.screens.base import Screen
from bot.settings import load_settings
from core.broadcasts import Audience, BroadcastState, Role
from core.ids import PersonId
from core.notifications import Delivery
from core.people import Actor, Locale, Permission
from core.usecases.broadcasts import (
    change_draft,
    one_broadcast,
    schedule_broadcast,
    start_draft,
    start_due_broadcasts,
)
from db import migrations
from db.engine import create_engine
from db.models import people
from db.uow import unit_of_work_factory
from scripts.bench.machine import circumstances, publish
from scripts.sandbox import Sandbox

TOKEN: Final = "42:" + "A" * 35
TRAVEL: Final = (0.04, 0.08)  # seconds there and back
SILENCE: Final = 3  # seconds after a refusal


def plainly(delivery: Delivery) -> Screen:
    """There are no notifications here."""
    raise AssertionError(delivery)


async def measure(folder: Path, count: int, permitted: int, slots: int) -> dict[str, Any]:
    """Send one broadcast to `count` people; returns what the local Telegram counted."""
    url = f"sqlite+aiosqlite:///{folder / 'ules.db'}"
    engine = create_engine(url)
    await migrations.upgrade(engine)
    new_uow = unit_of_work_factory(engine)
    async with Sandbox(token=TOKEN, now=utc_now) as sandbox:
        crowd = [sandbox.person(f"P{number}") for number in range(count)]
        for person in crowd:
            await person.start()
        async with engine.begin() as connection:
            rows = [
                {"telegram_id": one.id, "name": "P", "locale": "kk", "created_at": utc_now()}
                for one in crowd
            ]
            await connection.execute(sa.insert(people), rows)
        settings = load_settings(
            _env_file=None,
            bot_token=TOKEN,
            telegram_api_url=sandbox.url,
            secret_key="k" * 40,
            operator_name="Üles",
            operator_bin="180540000002",
        )
        bot = make_bot(settings)
        staff = Actor(
            id=PersonId(1),
            telegram_id=crowd[0].id,
            locale=Locale.KK,
            permissions=frozenset({Permission.BROADCAST}),
        )
        draft = await start_draft(new_uow, utc_now, actor=staff)
        await change_draft(
            new_uow,
            actor=staff,
            broadcast=draft.id,
            change=lambda one: replace(
                one,
                audience=Audience(role=Role.EVERYBODY),
                texts={Locale.KK: "<b>Жаңа ұсыныс!</b>\nТаңдап, қосылыңыз."},
                marketing=False,  # it is measured by night too
            ),
        )
        await schedule_broadcast(new_uow, utc_now, actor=staff, broadcast=draft.id)
        await start_due_broadcasts(new_uow, utc_now)
        desk = BroadcastDesk(bot, new_uow, utc_now, lambda _broadcast, _to: "")
        service = DeliveryService(
            bot,
            new_uow,
            utc_now,
            plainly,
            broadcasts=BroadcastQueue(new_uow, utc_now, desk.content),
            tempo=Tempo(slots=slots),
        )
        window = sandbox.limit(permitted, retry_after=SILENCE)
        sandbox.travel(*TRAVEL)
        cpu = time.process_time()
        sending = asyncio.create_task(service.run())
        while True:
            one = await one_broadcast(new_uow, actor=staff, broadcast=draft.id)
            if one.state is BroadcastState.DONE:
                break
            await asyncio.sleep(0.2)
        cpu = time.process_time() - cpu
        service.stop()
        await sending
        copies = [len(person.received) for person in crowd]
        await bot.session.close()
    await engine.dispose()
    return {
        "people": count,
        "permitted": permitted,
        "slots": slots,
        **counted(window.taken, permitted),
        "refused": window.refused,
        "lost": copies.count(0),
        "twice": sum(copy > 1 for copy in copies),
        "cpu_seconds": round(cpu, 1),  # of the sender and of the local Telegram together
    }


def counted(taken: list[float], permitted: int) -> dict[str, Any]:
    """Rate over the whole time, its share of what is permitted, and the fullest second."""
    lasted = taken[-1] - taken[0]
    rate = (len(taken) - 1) / lasted
    fullest = max(place - bisect_left(taken, at - 1.0 + 1e-9) + 1 for place, at in enumerate(taken))
    return {
        "seconds": round(lasted, 1),
        "per_second": round(rate, 2),
        "share": round(rate / permitted, 4),
        "fullest_second": fullest,
    }


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--permitted", type=int, default=30)
    parser.add_argument("--slots", type=int, default=Tempo().slots)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    seen = circumstances()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(measure(Path(folder), given.people, given.permitted, given.slots))
    publish({**seen, **result}, given.json)


if __name__ == "__main__":
    main()
