"""One measured import in a process of its own, so that caches and memory are its own.

python -m scripts.bench.trial WHAT '{"database": …, "file": …}'

prints one line of JSON: what was done, in how many seconds and how many of the processor.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bot.secret_box import SecretBox
from core.ids import BrandId
from core.orders import Place
from core.runs import Run
from core.usecases.imports import import_file
from db import migrations
from db.engine import create_engine
from db.uow import unit_of_work_factory
from scripts.bench import feed, state
from scripts.bench.reference import per_row_orm, postgres_pipeline, raw_upsert, sqlite_pipeline

SECRET: Final = "a key for measurements, of no worth to anybody"  # noqa: S105
BOX: Final = SecretBox([SECRET])
PHONE: Final = "phone"  # what phones are digested for


def phone_key() -> bytes:
    """The key under which the product digests phones, for a program that does it by itself."""
    return BOX.digester(PHONE).key


def peak_mib() -> float:
    """The most memory that this process has held.

    Not `ru_maxrss`: that one remembers the process that started this one.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def file_of(database: str) -> Path:
    """The file of an SQLite address."""
    return Path(make_url(database).database or "")


async def take_in(database: str, file: str, now: datetime = feed.NOW) -> Run:
    """The product's import, as the command line runs it."""
    engine = create_engine(database)
    try:
        return await import_file(
            unit_of_work_factory(engine),
            lambda: now,
            BOX,
            brand=BrandId(feed.BRAND),
            path=Path(file),
            kind=None,
            place=Place.OWN_SHOP,
            default_status=None,
        )
    finally:
        await engine.dispose()


def product(given: dict[str, Any]) -> dict[str, Any]:
    """The product takes a file in."""
    run = asyncio.run(take_in(given["database"], given["file"], _now(given)))
    return {"state": run.state, **asdict(run.counts)}


def reference(given: dict[str, Any]) -> dict[str, Any]:
    """The reference takes the same file in."""
    facts: Any = {
        "brand": feed.BRAND,
        "place": Place.OWN_SHOP.value,
        "source": 1,
        "now": f"{_now(given):%Y-%m-%d %H:%M:%S.000000}",
        "key": phone_key(),
    }
    url = make_url(given["database"])
    file = Path(given["file"])
    if url.get_backend_name() == "sqlite":
        return asdict(sqlite_pipeline.reconcile(file_of(given["database"]), file, **facts))
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return asdict(postgres_pipeline.reconcile(plain, file, **facts))


def raw(given: dict[str, Any]) -> dict[str, Any]:
    """Rows of orders by themselves, into a table of their own."""
    rows, wall, cpu = raw_upsert.upsert(
        file_of(given["database"]), Path(given["file"]), phone_key()
    )
    return {"rows": rows, "wall": wall, "cpu": cpu}


def usual(given: dict[str, Any]) -> dict[str, Any]:
    """Row by row through an ORM."""
    rows = per_row_orm.reconcile(
        file_of(given["database"]),
        Path(given["file"]),
        rows=given["rows"],
        now=f"{_now(given):%Y-%m-%d %H:%M:%S.000000}",
        key=phone_key(),
    )
    return {"rows": rows}


def market(given: dict[str, Any]) -> dict[str, Any]:
    """An empty database gets the market."""

    async def build() -> None:
        engine = create_engine(given["database"])
        await migrations.upgrade(engine)
        made = feed.files(given["seed"], given["rows"])
        await feed.build(engine, feed.market(given["seed"], given["rows"]), made.clicks)
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


def _now(given: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(given["now"]) if "now" in given else feed.NOW


TRIALS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "product": product,
    "reference": reference,
    "market": market,
    "same": same,
    "raw": raw,
    "usual": usual,
}


def main() -> None:
    """Run what is named, and tell."""
    what, given = sys.argv[1], json.loads(sys.argv[2])
    started, used = time.perf_counter(), time.process_time()
    done = TRIALS[what](given)
    wall, cpu = time.perf_counter() - started, time.process_time() - used
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mib": peak_mib(), **done}))


if __name__ == "__main__":
    main()
