"""`ules import` by itself and beside a bot, and the commands that look at runs."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from bot.cli_data import Tools, bring, register
from bot.cli_progress import Meter
from bot.cli_runs import register_runs
from bot.secret_box import SecretBox
from bot.settings import Settings
from core.fetch import FetchRequest, FetchResponse
from core.ids import BrandId
from core.orders import Place
from core.runs import Run, RunState, SourceState
from core.sources import files
from core.usecases import imports
from core.usecases.imports import resume_runs
from core.usecases.leases import LEASE
from core.usecases.syncs import follow_syncs, sync_all, sync_due_sources
from db.alive import lives
from db.engine import create_engine
from db.uow import unit_of_work_factory
from tests.bot.conftest import Open, Stage
from tests.conftest import FrozenClock
from tests.sources.spreadsheets import table
from tests.usecases.order_builders import BOX, a_shop
from tests.usecases.test_imports import HEADER, some_orders
from tests.usecases.test_runs_side_by_side import EMPTY, a_source, no_pause


@pytest.fixture
async def tools(settings: Settings) -> AsyncIterator[Tools]:
    """What a command of another process works with."""
    engine = create_engine(settings.database_url)
    key = settings.secret_key.get_secret_value()
    yield Tools(
        settings=settings,
        new_uow=unit_of_work_factory(engine),
        box=SecretBox.from_setting(key),
    )
    await engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "orders.csv"
    made.write_bytes(some_orders(300))
    return made


class Bringing:
    """The command at work, with what it shows and whether it finds a bot alive."""

    def __init__(self, tools: Tools, brand: BrandId, file: Path) -> None:
        self.tools, self.brand, self.file = tools, brand, file
        self.alive = True
        self.seen: list[Run] = []

    async def run(self) -> Run:
        async def progress(run: Run) -> None:
            self.seen.append(run)

        return await bring(
            self.tools,
            alive=lambda: self.alive,
            brand=self.brand,
            path=self.file,
            place=Place.OWN_SHOP,
            status=None,
            progress=progress,
        )

    async def until_queued(self) -> Run:
        """When the command follows."""
        async with asyncio.timeout(5):
            while not self.seen:  # noqa: ASYNC110 - a list tells nobody
                await asyncio.sleep(0.01)
        return self.seen[-1]


@pytest.fixture
async def bringing(tools: Tools, clock: FrozenClock, file: Path) -> Bringing:
    return Bringing(tools, (await a_shop(tools.new_uow, clock)).brand.id, file)


async def test_beside_a_bot_the_file_is_handed_over_and_followed_to_its_end(
    stage: Stage, tools: Tools, clock: FrozenClock, file: Path
) -> None:
    url = stage.settings.database_url
    bringing = Bringing(tools, (await a_shop(tools.new_uow, clock)).brand.id, file)
    bringing.alive = lives(url)
    assert bringing.alive

    run = await bringing.run()

    assert (run.state, run.counts.new, run.path) == (RunState.DONE, 300, str(file))
    assert bringing.seen[0].state is RunState.QUEUED  # the command itself has read nothing
    assert bringing.seen[-1].state is RunState.DONE


async def test_a_bot_that_ended_is_not_taken_for_alive(
    application: Open, settings: Settings
) -> None:
    async with application():
        assert lives(settings.database_url)
    assert not lives(settings.database_url)


def test_a_bot_that_was_killed_is_not_taken_for_alive(settings: Settings) -> None:
    program = (
        "import sys, time; from db.alive import living\n"
        "with living(sys.argv[1]): print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, settings.database_url], stdout=subprocess.PIPE
    ) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == b"up\n"
        alive = lives(settings.database_url)
        bot.send_signal(signal.SIGKILL)
        bot.wait()

    assert alive
    assert not lives(settings.database_url)


def test_postgresql_needs_no_handing_over() -> None:
    assert not lives("postgresql+asyncpg://localhost/ules")


async def test_without_a_bot_the_command_imports_itself(bringing: Bringing) -> None:
    bringing.alive = False

    run = await bringing.run()

    assert (run.state, run.counts.new, run.path) == (RunState.DONE, 300, "")


async def test_when_the_bot_dies_meanwhile_the_command_goes_on_itself(
    bringing: Bringing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "LEASE", LEASE / 120)  # a second
    working = asyncio.create_task(bringing.run())
    queued = await bringing.until_queued()
    async with bringing.tools.new_uow() as uow:  # the bot took it, and that was its end
        now = queued.seen_at
        assert await uow.runs.claim(queued.id, now=now, lease_until=now + LEASE / 120)
        await uow.commit()
    bringing.alive = False

    run = await working

    assert (run.id, run.state, run.counts.new) == (queued.id, RunState.DONE, 300)


async def test_a_file_that_the_bot_cannot_see_is_stored_for_it(bringing: Bringing) -> None:
    working = asyncio.create_task(bringing.run())
    queued = await bringing.until_queued()
    async with bringing.tools.new_uow() as uow:
        await uow.runs.set_path(queued.id, "/elsewhere/orders.csv")
        await uow.commit()
    new_uow, box = bringing.tools.new_uow, bringing.tools.box
    async with asyncio.timeout(20):
        while not working.done():
            await resume_runs(new_uow, lambda: queued.seen_at, box)
            await asyncio.sleep(0.05)

    run = await working

    assert run.id != queued.id
    assert (run.state, run.counts.new, run.path) == (RunState.DONE, 300, "")


async def test_a_mistake_of_the_program_is_not_waited_for(
    bringing: Bringing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object, **named: object) -> None:
        raise ZeroDivisionError

    working = asyncio.create_task(bringing.run())
    queued = await bringing.until_queued()
    monkeypatch.setattr(files, "read", broken)
    await resume_runs(bringing.tools.new_uow, lambda: queued.seen_at, bringing.tools.box)

    run = await asyncio.wait_for(working, 5)
    assert (run.state, run.failures, run.error) == (RunState.QUEUED, 1, "internal")


def test_the_meter_tells_a_log_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([100.0, 105.0, 110.0])
    monkeypatch.setattr("bot.cli_progress.time.monotonic", lambda: next(times))
    with Meter() as meter:
        for done in (1_000, 2_000, 3_000):
            meter.show("orders.csv", done, 10_000)

    assert capsys.readouterr().err == "orders.csv: 3,000 of 10,000, 200 rows/s, 35 s left\n"


def ules(settings: Settings, *words: str) -> Result:
    """The command line."""
    app = typer.Typer(pretty_exceptions_enable=False)
    register(app, lambda: settings)
    register_runs(app, lambda: settings)
    return CliRunner().invoke(app, words)


async def test_beside_a_bot_sources_are_read_by_it_and_followed(
    tools: Tools, clock: FrozenClock
) -> None:
    source = await a_source(tools.new_uow, clock, "shop")
    freed = asyncio.Event()
    seen: list[int] = []

    async def fetch(request: FetchRequest) -> FetchResponse:
        await freed.wait()
        return EMPTY

    async def show(run: Run) -> None:
        seen.append(run.id)
        freed.set()

    async with tools.new_uow() as uow:
        await uow.sources.save_sync(
            source,
            cursor=None,
            state=SourceState.ACTIVE,
            next_sync_at=clock() + timedelta(days=1),
            failures=0,
            last_error="",
        )
        await uow.commit()
    assert await sync_all(tools.new_uow, clock) == [source]
    bot = asyncio.create_task(sync_due_sources(tools.new_uow, clock, BOX, fetch, no_pause))

    async with asyncio.timeout(10):
        await follow_syncs(
            tools.new_uow, clock, goes_on=lambda: True, pause=asyncio.sleep, progress=show
        )

    assert await bot == 1
    assert set(seen) == {1}


def test_what_was_not_taken_is_looked_at_by_commands(
    settings: Settings, clock: FrozenClock, tmp_path: Path
) -> None:
    async def prepare() -> str:
        engine = create_engine(settings.database_url)
        shop = await a_shop(unit_of_work_factory(engine), clock)
        await engine.dispose()
        return shop.brand.bin

    bin_ = asyncio.run(prepare())
    file = tmp_path / "orders.csv"
    file.write_bytes(
        table(HEADER, "1;21.11.2026;10 000;Выполнен;", "2;вчера;=1+1;Новый;87011234567")
    )

    done = ules(settings, "import", str(file), "--source", bin_, "--json")
    shown = ules(settings, "runs", "show", "1", "--json")
    lines = ules(settings, "runs", "rejected", "1")
    missing = ules(settings, "runs", "show", "77")

    assert (done.exit_code, json.loads(done.stdout)["rejected"]) == (0, 1)
    assert json.loads(shown.stdout)["file"] == "orders.csv"
    (row,) = csv.reader(io.StringIO(lines.stdout))
    assert row == ["3", "date_invalid", "2", "вчера", "'=1+1", "Новый", "87011234567"]
    assert (missing.exit_code, missing.stderr) == (
        1,
        "ules: This was not found. It may have been deleted.\n",
    )
