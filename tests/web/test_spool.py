"""The click spool: what it has synced survives any crash, and nothing is loaded twice."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.web.clicks import LOAD_ROWS, ClickSpool, Drained
from core.ids import LinkId
from core.links import Click, click_ids
from core.people import Locale
from tests.conftest import FrozenClock

IDS = click_ids()


class Table:
    """What a load has stored, by click id as the database does."""

    def __init__(self) -> None:
        self.rows: dict[str, Click] = {}
        self.offered = 0
        self.fail_after: int | None = None

    async def load(self, clicks: Sequence[Click]) -> None:
        for click in clicks:
            if self.fail_after is not None and len(self.rows) >= self.fail_after:
                raise OSError("the database is away")
            self.offered += 1
            self.rows[click.id] = click


def files(folder: Path, suffix: str) -> list[Path]:
    """The spool's files of one kind, in order."""
    return sorted(folder.glob(f"*{suffix}"))


def click(clock: FrozenClock, *, counted: bool = True, lang: Locale = Locale.KK) -> Click:
    return Click(
        id=next(IDS),
        link_id=LinkId(7),
        at=clock(),
        visitor="5f" * 16,
        lang=lang,
        counted=counted,
    )


async def test_clicks_come_back_as_they_were(tmp_path: Path, clock: FrozenClock) -> None:
    clock.advance(microseconds=123_456)
    sent = [click(clock), click(clock, counted=False, lang=Locale.EN)]
    table = Table()

    async with ClickSpool(tmp_path / "new" / "folder", clock) as spool:
        for one in sent:
            spool.record(one)
        assert await spool.drain(table.load) == Drained(clicks=2)

    assert list(table.rows.values()) == sent
    assert files(tmp_path / "new" / "folder", ".tsv") == []


async def test_clicks_reach_the_disk_by_themselves(tmp_path: Path, clock: FrozenClock) -> None:
    async with ClickSpool(tmp_path, clock, flush_seconds=0.01) as spool:
        spool.record(one := click(clock))
        for _ in range(200):
            if any(one.id in file.read_text() for file in files(tmp_path, ".open")):
                break
            await asyncio.sleep(0.01)
        else:
            pytest.fail("the click is not on the disk")


async def test_closing_leaves_nothing_in_memory(tmp_path: Path, clock: FrozenClock) -> None:
    spool = ClickSpool(tmp_path, clock, flush_seconds=60)
    await spool.start()
    for _ in range(500):
        spool.record(click(clock))
    await spool.close()

    table = Table()
    await ClickSpool(tmp_path, clock).drain(table.load)
    assert len(table.rows) == 500


async def test_segments_rotate(tmp_path: Path, clock: FrozenClock) -> None:
    async with ClickSpool(tmp_path, clock, segment_bytes=500) as spool:
        for _ in range(30):
            spool.record(click(clock))
            await spool.flush()
            clock.advance(seconds=1)
        assert len(files(tmp_path, ".tsv")) >= 4

        table = Table()
        assert await spool.drain(table.load) == Drained(clicks=30)
    assert [row.at for row in table.rows.values()] == sorted(row.at for row in table.rows.values())


async def test_a_load_that_fails_keeps_the_clicks_for_the_next(
    tmp_path: Path, clock: FrozenClock
) -> None:
    table = Table()
    table.fail_after = 3
    async with ClickSpool(tmp_path, clock) as spool:
        for _ in range(10):
            spool.record(click(clock))
        with pytest.raises(OSError, match="away"):
            await spool.drain(table.load)
        spool.record(click(clock))

        table.fail_after = None
        await spool.drain(table.load)
        assert await spool.drain(table.load) == Drained()

    assert len(table.rows) == 11


async def test_a_half_written_line_is_left_out_and_reported(
    tmp_path: Path, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with ClickSpool(tmp_path, clock) as spool:
        spool.record(click(clock))
    (segment,) = files(tmp_path, ".tsv")
    with segment.open("ab") as file:
        file.write(b"AbCdEfGhIjKlMnOp\t7\t1700000")

    table = Table()
    assert await ClickSpool(tmp_path, clock).drain(table.load) == Drained(clicks=1, broken=1)
    assert "unreadable" in caplog.text


@pytest.mark.parametrize(
    "line",
    [
        b"\x00\x00\x00\x00",
        b"\xff\xfe",
        b"id\t7\tnever\tv\tkk\t1",
        b"id\t7\t1\tv\txx\t1",
        b"id\t7\t1\tv\tkk\t2",
        b"id\t7\t99999999999999999999999\tv\tkk\t1",
    ],
)
async def test_damaged_lines_never_stop_the_others(
    tmp_path: Path, clock: FrozenClock, line: bytes
) -> None:
    async with ClickSpool(tmp_path, clock) as spool:
        spool.record(click(clock))
    (segment,) = files(tmp_path, ".tsv")
    segment.write_bytes(line + b"\n" + segment.read_bytes())

    assert await ClickSpool(tmp_path, clock).drain(Table().load) == Drained(clicks=1, broken=1)


async def test_a_disk_that_refuses_loses_nothing_when_it_comes_back(
    tmp_path: Path, clock: FrozenClock
) -> None:
    folder = tmp_path / "clicks"
    spool = ClickSpool(folder, clock, flush_seconds=60)
    await spool.start()
    folder.rmdir()
    spool.record(click(clock))
    with pytest.raises(OSError, match="No such file"):
        await spool.flush()

    folder.mkdir()
    spool.record(click(clock))
    await spool.close()
    table = Table()
    assert await ClickSpool(folder, clock).drain(table.load) == Drained(clicks=2)


async def test_a_drain_leaves_the_segments_of_living_processes_alone(
    tmp_path: Path, clock: FrozenClock
) -> None:
    async with ClickSpool(tmp_path, clock) as one, ClickSpool(tmp_path, clock) as other:
        one.record(click(clock))
        await one.flush()
        other.record(click(clock))
        table = Table()

        assert await other.drain(table.load) == Drained(clicks=1)
        assert await one.drain(table.load) == Drained(clicks=1)


async def test_what_died_before_its_first_click_is_cleared_away(
    tmp_path: Path, clock: FrozenClock
) -> None:
    old, young = tmp_path / "old.new", tmp_path / "young.new"
    for path in (old, young):
        path.touch()
    os.utime(old, (time.time() - 7_200, time.time() - 7_200))

    async with ClickSpool(tmp_path, clock) as spool:
        spool.record(click(clock))
        assert await spool.drain(Table().load) == Drained(clicks=1)

    assert files(tmp_path, ".new") == [young]


async def test_many_clicks_are_handed_over_in_portions(tmp_path: Path, clock: FrozenClock) -> None:
    portions: list[int] = []

    async def load(clicks: Sequence[Click]) -> None:
        portions.append(len(clicks))

    async with ClickSpool(tmp_path, clock) as spool:
        for _ in range(5_000):
            spool.record(click(clock))
        assert await spool.drain(load) == Drained(clicks=5_000)

    assert max(portions) <= LOAD_ROWS < sum(portions) == 5_000


async def test_drains_do_not_overlap(tmp_path: Path, clock: FrozenClock) -> None:
    table = Table()
    async with ClickSpool(tmp_path, clock) as one, ClickSpool(tmp_path, clock) as other:
        for _ in range(50):
            one.record(click(clock))
        await asyncio.gather(one.drain(table.load), other.drain(table.load), one.drain(table.load))
        await one.drain(table.load)

    assert len(table.rows) == table.offered == 50


WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.web.clicks import ClickSpool
from core.ids import LinkId
from core.links import Click, click_ids
from core.people import Locale

async def main():
    spool = ClickSpool(Path(sys.argv[1]), lambda: datetime.now(UTC), flush_seconds=0.002,
                       segment_bytes=int(sys.argv[2]))
    await spool.start()
    new = click_ids()
    while True:
        ids = [next(new) for _ in range(20)]
        for click_id in ids:
            spool.record(Click(id=click_id, link_id=LinkId(1), at=datetime.now(UTC),
                               visitor="v", lang=Locale.RU, counted=True))
        await spool.flush()
        print(*ids, flush=True)

asyncio.run(main())
"""


def write_until_killed(folder: Path, segment_bytes: int, seconds: float) -> set[str]:
    """Run a writer, kill it in the middle, and return the ids that it said were on the disk."""
    command = [sys.executable, "-c", WRITER, str(folder), str(segment_bytes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = writer.stdout.readline()
        time.sleep(seconds)
        writer.kill()
        said += writer.stdout.read()
    return set(said[: said.rfind("\n") + 1].split())


@pytest.mark.parametrize("segment_bytes", [3_000, 10_000_000])
async def test_a_killed_writer_loses_nothing_that_was_synced_and_doubles_nothing(
    tmp_path: Path, clock: FrozenClock, segment_bytes: int
) -> None:
    chance = random.Random(20261121)
    acknowledged: set[str] = set()
    table = Table()
    for _ in range(4):
        acknowledged |= write_until_killed(tmp_path, segment_bytes, chance.uniform(0.01, 0.2))
        await ClickSpool(tmp_path, clock).drain(table.load)

    assert acknowledged <= set(table.rows)
    assert len(acknowledged) > 100
    assert table.offered == len(table.rows)
    assert files(tmp_path, ".open") == files(tmp_path, ".tsv") == []


FULL_DISK = """
import asyncio, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.web.clicks import ClickSpool
from core.ids import LinkId
from core.links import Click, click_ids
from core.people import Locale

async def main():
    spool = ClickSpool(Path(sys.argv[1]), lambda: datetime.now(UTC), flush_seconds=60)
    await spool.start()
    new = click_ids()
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    for _ in range(50):
        spool.record(Click(id=next(new), link_id=LinkId(1), at=datetime.now(UTC),
                           visitor="v", lang=Locale.RU, counted=True))
    try:
        await spool.flush()
    except OSError:
        print("refused")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await spool.close()

asyncio.run(main())
"""


def write_to_a_full_disk(folder: Path) -> str:
    """Run a writer whose file may not grow, then may; returns what it printed."""
    command = [sys.executable, "-c", FULL_DISK, str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


async def test_a_write_that_stops_half_way_is_taken_back(
    tmp_path: Path, clock: FrozenClock
) -> None:
    assert write_to_a_full_disk(tmp_path) == "refused\n"
    assert await ClickSpool(tmp_path, clock).drain(Table().load) == Drained(clicks=50)
