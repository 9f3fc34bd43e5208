"""One measured import in a process of its own, so that caches and memory are its own.

python -m scripts.bench.trial WHAT '{"database": …, "file": …}'

prints one line of JSON: what was done, in how many seconds and how many of the processor.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import python_calamine
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bot.collector import leave_alone_what_stays
from bot.garbage import look_seldom
from core.ids import BrandId, PersonId
from core.orders import Place
from core.people import Actor, Locale
from core.ports import UnitOfWorkFactory
from core.runs import Run
from core.sources import files
from core.sources.base import SourceKind
from core.usecases.imports import import_file
from core.usecases.people import choose_locale
from db import migrations
from db.engine import create_engine
from db.uow import unit_of_work_factory
from scripts.bench import feed, orders, state
from scripts.bench.reference import per_row_orm, postgres_pipeline, raw_upsert, sqlite_pipeline
from scripts.bench.reference.export import Job

PHONE: Final = "phone"  # what phones are digested for
EVERY: Final = 0.005  # seconds from one person of the bot to the next
IDLE_SECONDS: Final = 3.0  # in which they come while nothing is imported


def phone_key() -> bytes:
    """The key under which the product digests phones, for a program that does it by itself."""
    return feed.BOX.digester(PHONE).key


class Memory:
    """The most memory that this process and those that it started have held together.

    Not `ru_maxrss`: that one also remembers the process that started this one. Looked at ten times
    a second, because what a process held is gone with it.
    """

    def __init__(self) -> None:
        self._children = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def peak_mib(self) -> float:
        """Stop watching, and tell."""
        self._ended.set()
        self._thread.join()
        return _most(Path("/proc/self")) + self._children

    def _watch(self) -> None:
        own = str(os.getpid())
        while not self._ended.wait(0.1):
            held = 0.0
            for folder in Path("/proc").iterdir():
                if folder.name.isdecimal():
                    with suppress(OSError):  # it has just ended
                        facts = (folder / "stat").read_text().rpartition(")")[2].split()
                        held += _most(folder) if facts[1] == own else 0
            self._children = max(self._children, held)


def _most(process: Path) -> float:
    for line in (process / "status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def file_of(database: str) -> Path:
    """The file of an SQLite address."""
    return Path(make_url(database).database or "")


async def take_in(database: str, file: str, now: datetime = feed.NOW) -> Run:
    """The product's import, as the command line runs it."""
    look_seldom()
    engine = create_engine(database)
    try:
        return await import_file(
            unit_of_work_factory(engine),
            lambda: now,
            feed.BOX,
            brand=BrandId(feed.BRAND),
            path=Path(file),
            kind=None,
            place=Place.OWN_SHOP,
            default_status=None,
            alone=True,
        )
    finally:
        await engine.dispose()


def product(given: dict[str, Any]) -> dict[str, Any]:
    """The product takes a file in."""
    run = asyncio.run(take_in(given["database"], given["file"], _now(given)))
    return {"state": run.state, **asdict(run.counts)}


def reference(given: dict[str, Any]) -> dict[str, Any]:
    """The set-based pipeline takes the same file in."""
    url = make_url(given["database"])
    if url.get_backend_name() == "sqlite":
        return asdict(sqlite_pipeline.reconcile(file_of(given["database"]), _job(given)))
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return asdict(postgres_pipeline.reconcile(plain, _job(given)))


def usual(given: dict[str, Any]) -> dict[str, Any]:
    """Row by row through an ORM."""
    return {"rows": per_row_orm.reconcile(file_of(given["database"]), _job(given))}


def _job(given: dict[str, Any]) -> Job:
    lines_key = feed.BOX.new_file_key()
    return Job(
        file=Path(given["file"]),
        brand=feed.BRAND,
        place=Place.OWN_SHOP.value,
        source=1,
        now=f"{_now(given):%Y-%m-%d %H:%M:%S.000000}",
        key=phone_key(),
        seal=feed.BOX.of_file(lines_key).seal,
        lines_key=lines_key,
    )


def raw(given: dict[str, Any]) -> dict[str, Any]:
    """Rows of orders by themselves, into a table of their own."""
    rows, wall, cpu = raw_upsert.upsert(
        file_of(given["database"]), Path(given["file"]), phone_key()
    )
    return {"rows": rows, "wall": wall, "cpu": cpu}


def market(given: dict[str, Any]) -> dict[str, Any]:
    """An empty database gets the market; brand 2 has sold something already."""
    seed, rows = given["seed"], given["rows"]

    async def build() -> None:
        engine = create_engine(given["database"])
        await migrations.upgrade(engine)
        await feed.build(engine, feed.market(seed, rows), feed.files(seed, rows).clicks)
        await import_file(
            unit_of_work_factory(engine),
            lambda: feed.NOW,
            feed.BOX,
            brand=feed.OTHER_BRAND,
            path=feed.cabinet(seed, max(10, rows // 10)),
            kind=None,
            place=Place.KASPI,
            default_status=None,
        )
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(sa.text("ANALYZE"))  # as happens by itself before long
        await engine.dispose()

    asyncio.run(build())
    return {}


def same(given: dict[str, Any]) -> dict[str, Any]:
    """Two databases are in one state, and the ledger of both is sound."""

    async def compare() -> state.State:
        engines = [create_engine(url) for url in given["databases"]]
        for engine in engines:
            await state.demand_sound(engine)
        found = await state.demand_equal(*engines)
        for engine in engines:
            await engine.dispose()
        return found

    found = asyncio.run(compare())
    return {"rows": {table: count for table, (count, _) in found.items()}}


def beside(given: dict[str, Any]) -> dict[str, Any]:
    """The bot lives beside the import: every few milliseconds somebody changes something."""
    return asyncio.run(_beside(given["database"], given["file"]))


async def _beside(database: str, file: str) -> dict[str, Any]:
    engine = create_engine(database)
    new_uow = unit_of_work_factory(engine)
    leave_alone_what_stays()  # as the bot does when it has started
    idle = People(new_uow)
    await idle.write_until(asyncio.create_task(asyncio.sleep(IDLE_SECONDS)))
    busy = People(new_uow)
    started, used = time.perf_counter(), _cpu()
    work = asyncio.create_task(
        import_file(
            new_uow,
            lambda: feed.NOW,
            feed.BOX,
            brand=feed.BRAND,
            path=Path(file),
            kind=None,
            place=Place.OWN_SHOP,
            default_status=None,
        )
    )
    await busy.write_until(work)
    run = await work
    wall, cpu = time.perf_counter() - started, _cpu() - used
    await engine.dispose()
    return {
        "wall": wall,
        "cpu": cpu,
        "new": run.counts.new,
        "idle": idle.waits,
        "busy": busy.waits,
        "failed": [*idle.failed, *busy.failed],
    }


class People:
    """People of the bot, each of whom chooses a language once, one every few milliseconds.

    Nobody waits for the one before: who comes while the database is taken waits as well.
    """

    def __init__(self, new_uow: UnitOfWorkFactory) -> None:
        self._new_uow = new_uow
        self.waits: list[float] = []  # ms from when it was due until it was kept
        self.failed: list[str] = []

    async def write_until(self, end: asyncio.Task[Any]) -> None:
        """Let them come until something has ended."""
        loop = asyncio.get_running_loop()
        coming: set[asyncio.Task[None]] = set()
        due, number = loop.time(), 0
        while not end.done():
            due += EVERY
            number += 1
            await asyncio.sleep(due - loop.time())
            one = asyncio.create_task(self._write(number, due))
            coming.add(one)
            one.add_done_callback(coming.discard)
        await asyncio.gather(*coming)

    async def _write(self, number: int, due: float) -> None:
        person = PersonId(feed.FIRST_CREATOR + number % 40)
        actor = Actor(id=person, telegram_id=1_000 + person, locale=Locale.KK)
        try:
            await choose_locale(
                self._new_uow,
                lambda: feed.NOW,
                actor=actor,
                locale=(Locale.KK, Locale.RU, Locale.EN)[number % 3],
            )
        except Exception as error:
            self.failed.append(repr(error)[:200])
        self.waits.append((asyncio.get_running_loop().time() - due) * 1_000)


def workbook(given: dict[str, Any]) -> dict[str, Any]:
    """The readers make orders of a workbook."""
    gc.disable()  # as in a reader's own process, and for the other two alike
    rows = orders_made = 0
    for batch in files.read(Path(given["file"]), "cabinet.xlsx", kind=SourceKind.KASPI_XLSX):
        rows = batch.position
        orders_made += len(batch.read_all().orders)
    return {"rows": rows, "orders": orders_made}


def keys(given: dict[str, Any]) -> dict[str, Any]:
    """The readers only compare the workbook's rows with what is known."""
    gc.disable()
    rows = 0
    for batch in files.read(Path(given["file"]), "cabinet.xlsx", kind=SourceKind.KASPI_XLSX):
        rows = batch.position
    return {"rows": rows}


def calamine(given: dict[str, Any]) -> dict[str, Any]:
    """The library alone makes rows of cells of the workbook."""
    gc.disable()
    book = python_calamine.CalamineWorkbook.from_path(given["file"])
    return {"rows": sum(1 for _ in book.get_sheet_by_index(0).iter_rows()) - 1}


def report(given: dict[str, Any]) -> dict[str, Any]:
    """A creator with a thousand orders asks, and one with very many."""
    table = asyncio.run(
        orders.measure(given["database"], given["many"], given["few"], given["named"])
    )
    return {"table": table}


def _now(given: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(given["now"]) if "now" in given else feed.NOW


TRIALS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "product": product,
    "reference": reference,
    "market": market,
    "same": same,
    "beside": beside,
    "workbook": workbook,
    "keys": keys,
    "calamine": calamine,
    "report": report,
    "raw": raw,
    "usual": usual,
}


def main() -> None:
    """Run what is named, and tell."""
    what, given = sys.argv[1], json.loads(sys.argv[2])
    memory = Memory()
    started, used = time.perf_counter(), _cpu()
    done = TRIALS[what](given)
    wall, cpu = time.perf_counter() - started, _cpu() - used
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mib": memory.peak_mib(), **done}))


def _cpu() -> float:
    """Seconds of the processor, with those of the processes that this one started and has ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
