"""Makes `updates.json`: what creators, managers and staff send when they use the bot.

python -m scripts.bench.record

People of the measured market walk through their menus beside a local Telegram, by seeded chance,
open what they see and type into forms; every update that reaches the bot is kept.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from pathlib import Path
from typing import Any, Final

from scripts.application import Application
from scripts.bench import demo_market
from scripts.sandbox import Person

FILE: Final = Path(__file__).parent / "updates.json"
STEPS: Final = 8  # taps between two commands
SEED: Final = 7
# Nothing is decided on a walk: it could not be repeated. First letters of what is only looked at.
LOOKED_AT: Final = frozenset(
    {"nav", "cat", "caf", "ofc", "enr", "enc", "ord", "wal", "set", "pro", "hlp", "prn"}  # creators
    | {"bof", "boc", "bor", "bfu", "prq"}  # managers
    | {"abl", "aoq", "acq", "apq", "asl", "bxs"}  # staff
)
COMMANDS: Final = {
    "creator": ("/start", "/menu", "/offers", "/codes", "/orders", "/wallet", "/settings", "/help"),
    "manager": ("/menu", "/brandoffers", "/proofs", "/orders", "/funds", "/help", "/newoffer"),
    "admin": ("/menu", "/review", "/creators", "/sources", "/payouts", "/brands", "/broadcast"),
}
TYPED: Final = ("рахмет", "Қысқы жинақ", "12 500", "instagram.com/p/abc123", "сәлем")


async def walk(person: Person, commands: tuple[str, ...], chance: random.Random) -> None:
    """Each command, then taps on what comes up, now and then a word."""
    for command in commands:
        await person.send(command)
        await quiet(person)
        for _ in range(chance.randrange(STEPS // 2, STEPS)):
            buttons = [
                (message, button.data)
                for message in person.received[-2:]
                for button in message.buttons
                if button.data and button.data.lstrip("~").partition(":")[0] in LOOKED_AT
            ]
            if not buttons:
                break
            message, data = chance.choice(buttons)
            await person.tap(data, message=message)
            await quiet(person)
        if chance.random() < 0.5:
            await person.send(chance.choice(TYPED))
            await quiet(person)


async def quiet(person: Person) -> None:
    """Until the bot has answered."""
    before = len(person.state.outputs)
    for _ in range(20):
        await asyncio.sleep(0.02)
        if before == (before := len(person.state.outputs)) and not person.state.updates.pending:
            return


async def record(folder: Path) -> list[dict[str, Any]]:
    """Walk and listen; the updates in the order in which the bot got them."""
    kept: list[dict[str, Any]] = []
    chance = random.Random(SEED)
    async with Application(folder, admin_ids=str(demo_market.ADMIN)) as app:
        await demo_market.build(app.new_uow, folder)
        queue = app.sandbox.state.updates
        push = queue.push

        def listening(kind: str, body: dict[str, Any]) -> None:
            kept.append({kind: json.loads(json.dumps(body))})
            push(kind, body)

        queue.push = listening  # type: ignore[method-assign]
        roles = {**dict.fromkeys(demo_market.CREATORS, "creator")}
        roles |= {demo_market.MANAGER: "manager", demo_market.ADMIN: "admin"}
        walks = []
        for telegram_id, role in roles.items():
            person = app.sandbox.person(f"P{telegram_id}", telegram_id=telegram_id)
            walks.append(walk(person, COMMANDS[role], random.Random(chance.random())))
        for one in walks:
            await one
    return [{"update_id": number, **update} for number, update in enumerate(kept, 1)]


def main() -> None:
    """Record anew."""
    with tempfile.TemporaryDirectory() as folder:
        updates = asyncio.run(record(Path(folder)))
    lines = ",\n".join(
        json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in updates
    )
    FILE.write_text(f"[\n{lines}\n]\n", "utf-8")
    print(f"{len(updates)} updates in {FILE}")


if __name__ == "__main__":
    main()
