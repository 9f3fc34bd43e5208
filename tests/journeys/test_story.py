"""The main job from the invitation to the payout: in each language, and in bad conditions."""

from __future__ import annotations

import re
from itertools import count, cycle
from pathlib import Path
from typing import Any, Final

from bot.callbacks.profile import Field, Pick
from core.people import Locale
from db.models import brands, commissions, enrolments, offers, orders, payouts, proofs
from scripts.application import OPERATOR, Application
from scripts.sandbox import Message, actions
from scripts.story import Player, cast, play
from tests.journeys.conftest import contents

# What a repeated update may leave behind: another preview or invitation, another empty reading.
HARMLESS = (
    "audit",
    "fsm",
    "invitations",
    "outbox",
    "rejected_lines",
    "runs",
    "sealed_uploads",
    "upload_pieces",
    "uploads",
)


async def test_in_kazakh(tmp_path: Path, sqlite_template: Path) -> None:
    told: list[str] = []

    async with Application(tmp_path, people=cast(Locale.KK), template=sqlite_template) as app:
        done = await play(app, locale=Locale.KK, say=told.append)

    assert done, "\n".join(told[-40:])


Trouble = tuple[tuple[str, str, dict[str, Any]], ...]


class Restarting(Player):
    """Somebody during whose work the bot is started anew again and again."""

    actions = count(1)

    async def _see(self) -> None:
        await super()._see()
        if next(self.actions) % 6 == 0:
            await self.app.restart()


async def test_in_russian_while_the_bot_is_restarted_again_and_again(
    tmp_path: Path, sqlite_template: Path
) -> None:
    told: list[str] = []

    async with Application(tmp_path, people=cast(Locale.RU), template=sqlite_template) as app:
        done = await play(app, locale=Locale.RU, say=told.append, player=Restarting)

    assert done, "\n".join(told[-40:])


def recorded(app: Application) -> list[dict[str, Any]]:
    """A list that gets every tap from now on."""
    found: list[dict[str, Any]] = []
    updates = app.sandbox.state.updates
    push = updates.push

    def record(kind: str, body: dict[str, Any]) -> None:
        push(kind, body)
        if kind == "callback_query":
            found.append(updates.pending[-1])

    updates.push = record  # type: ignore[method-assign]
    return found


class Nervous(Player):
    """Somebody who taps every button twice; but a tick that is put in twice is taken out."""

    async def touch(self, message: Message, data: str) -> None:
        await super().touch(message, data)
        if not data.startswith(f"{Pick.__prefix__}:{Field.CATEGORIES}"):
            actions.click(self.person.state, self.person.profile, message.message_id, data)


async def test_in_english_by_double_taps_and_then_all_over_again(
    tmp_path: Path, sqlite_template: Path
) -> None:
    told: list[str] = []

    async with Application(tmp_path, people=cast(Locale.EN), template=sqlite_template) as app:
        taps = recorded(app)
        done = await play(app, locale=Locale.EN, say=told.append, player=Nervous)
        assert done, "\n".join(told[-40:])
        for person in cast(Locale.EN):  # whoever taps has been here today
            await app.sandbox.somebody(person.telegram_id).send("/menu")
        await app.settle()
        before = await contents(app, *HARMLESS)
        for table in (brands, offers, enrolments, proofs, payouts):
            assert len(before[table.name]) == 1, table.name
        assert len(before[orders.name]) == 3
        assert len(before[commissions.name]) == 2

        # Telegram delivers again what it believes to be unhandled, to a process that knows nothing.
        await app.restart()
        for update in taps:
            app.sandbox.state.updates.push_again(update)
        await app.settle()

        assert await contents(app, *HARMLESS) == before


class Weather:
    """Plans trouble with Telegram at the beginning of each step of the story."""

    TROUBLE: Final[Trouble] = (
        ("too_many", "sendMessage", {"retry_after": 1}),
        ("away", "editMessageText", {}),
        ("lost", "editMessageText", {}),
        ("error", "answerCallbackQuery", {"status": 500}),
        ("lost", "answerCallbackQuery", {}),
        ("error", "sendChatAction", {"status": 502, "times": 3}),
        ("slow", "*", {"seconds": 0.3}),
    )
    TO_THE_CREATOR: Final[Trouble] = (  # these meet notes: the creator says nothing in these steps
        ("error", "sendMessage", {"status": 500}),
        ("garbage", "sendMessage", {}),
        ("too_many", "sendMessage", {"retry_after": 1}),
        ("away", "sendMessage", {}),
        ("lost", "sendMessage", {}),
    )

    def __init__(self, app: Application) -> None:
        self.app = app
        self.told: list[str] = []
        self._common = cycle(self.TROUBLE)
        self._notes = cycle(self.TO_THE_CREATOR)

    def say(self, line: str) -> None:
        """Hear the story; a line with a number begins a step."""
        self.told.append(line)
        step = re.match(r"\n(\d+)\. ", line)
        if step is None:
            return
        self.app.sandbox.heal()
        kind, method, details = next(self._common)
        self.app.sandbox.fail(kind, method, **details)
        if int(step[1]) in (10, 13, 14, 16, 17):
            kind, method, details = next(self._notes)
            self.app.sandbox.fail(kind, method, chat_id=OPERATOR + 2, **details)


async def test_in_kazakh_while_telegram_is_in_trouble(
    tmp_path: Path, sqlite_template: Path, bugs: list[str]
) -> None:
    async with Application(tmp_path, people=cast(Locale.KK), template=sqlite_template) as app:
        weather = Weather(app)
        done = await play(app, locale=Locale.KK, say=weather.say)

    assert done, "\n".join(weather.told[-40:])


class Deaf(Player):
    """Somebody who presses no button."""

    async def touch(self, message: Message, data: str) -> None:
        """Does nothing."""


async def test_a_story_that_breaks_off_says_where(tmp_path: Path, sqlite_template: Path) -> None:
    told: list[str] = []

    async with Application(tmp_path, people=cast(Locale.KK), template=sqlite_template) as app:
        done = await play(app, locale=Locale.KK, say=told.append, player=Deaf)

    assert not done
    assert "FAILED at step 1, The operator makes a brand" in told[-1]
