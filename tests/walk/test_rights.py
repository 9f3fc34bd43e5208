"""Whoever may not, gets a refusal: every button and command, for every role and owner.

A button that the walk of one person was offered, and that of another was not, is tapped by the
other. It must be refused in words and change nothing, unless it is one that anybody may press.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from core.people import Locale
from tests.walk.conftest import Walks, open_house
from tests.walk.crawler import pattern
from tests.walk.house import Answer
from tests.walk.world import ROLES, World

EACH: Final = 2  # taps of one kind that differ only by the thing that they are about
SAID: Final = ("outbox", "fsm", "audit")  # what is said and half said, and by whom

# Buttons by prefix that anybody may press, whatever their own menus offer, and why.
FOR_ANYBODY: Final[dict[str, str]] = {}
# Commands that say something to whoever may not use them: the menu of what they may.
ALLOWED: Final[dict[str, str]] = {}


@pytest.mark.parametrize("role", ROLES)
async def test_buttons_of_others_are_refused(
    walks: Walks, market: World, tmp_path: Path, role: str
) -> None:
    mine = (await walks(role, Locale.KK)).pressed
    granted: dict[str, str] = {}
    async with open_house(market, tmp_path) as house:
        person = house.person("Айгерім", market.people[role])
        await house.send(person, "/menu")  # whoever comes for the first time is written down
        start = house.snapshot()
        before = house.rows(*SAID)
        for data in foreign(mine, [(await walks(other, Locale.KK)).pressed for other in ROLES]):
            version = house.changes
            answer = await house.tap(person, data)
            problem = trouble(answer)
            if house.changes != version:
                changed = differences(before, house.rows(*SAID))
                if changed:
                    problem = problem or f"changed {changed}"
                house.restore(start)
            if problem:
                granted.setdefault(pattern(data), f"{data}: {problem} {answer.handlers}")
    assert not granted, "\n" + "\n".join(sorted(granted.values()))


def foreign(mine: set[str], offered: list[set[str]]) -> list[str]:
    """Buttons of others that this person was not offered, a few of each kind."""
    count: Counter[str] = Counter()
    chosen = []
    for data in sorted(set().union(*offered) - mine):
        if data.partition(":")[0] in FOR_ANYBODY:
            continue
        count[pattern(data)] += 1
        if count[pattern(data)] <= EACH:
            chosen.append(data)
    return chosen


def trouble(answer: Answer) -> str:
    """What is wrong with the answer to somebody who may not; empty when it was refused."""
    if answer.broken:
        return "broke"
    if answer.unanswered:
        return "was not answered"
    return "" if answer.refused else "was granted"


def differences(
    before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]
) -> list[str]:
    return sorted(name for name in before if before[name] != after[name])
