"""The market is built once for all walks and copied for each; a walk is made once, too."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.callbacks.people import Language
from bot.commands import commands_for
from core.people import Locale
from core.usecases.people import choose_locale, meet
from tests.walk.crawler import Crawler, Walk
from tests.walk.house import OPERATOR, Clock, House
from tests.walk.world import NOON, World, build

ALL = 4_000  # taps: more than there are
NEAREST = 150  # taps: in the other languages the screens that people see most
Walks = Callable[[str, Locale], Awaitable[Walk]]


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> World:
    """The market's database, to be copied."""
    folder = tmp_path_factory.mktemp("market")
    database = folder / "ules.db"
    shutil.copy(sqlite_template, database)
    return asyncio.run(build(database, folder))


def open_house(market: World, folder: Path) -> House:
    """The bot on a copy of the market."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "ules.db"
    shutil.copy(market.database, database)
    return House(database, folder, Clock(NOON))


@pytest.fixture(scope="session")
def walks(market: World, tmp_path_factory: pytest.TempPathFactory) -> Walks:
    """What a role finds in a language, walked when it is first asked for."""
    made: dict[tuple[str, Locale], Walk] = {}

    async def walked(role: str, locale: Locale) -> Walk:
        if (role, locale) not in made:
            folder = tmp_path_factory.mktemp(f"walk-{role}-{locale}")
            async with open_house(market, folder) as house:
                person = house.person("Айгерім", market.people[role])
                meeting = await meet(
                    house.new_uow,
                    house.clock,
                    telegram_id=person.id,
                    name=person.profile.name,
                    username=None,
                    admin_ids=frozenset({OPERATOR}),
                )
                await choose_locale(house.new_uow, house.clock, actor=meeting.actor, locale=locale)
                others = [Language(locale=one).pack().rstrip(":") for one in Locale]
                most = ALL if locale is Locale.KK else NEAREST
                crawler = Crawler(house, person, without=others, most=most)
                walk = await crawler.walk(*house.commands, *market.links)
                walk.menu = {name for name, _ in commands_for(meeting.actor)}
                made[role, locale] = walk
        return made[role, locale]

    return walked
