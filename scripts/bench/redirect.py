"""How many visitors a creator's link leads on, beside a bare aiohttp handler that answers 302.

    python -m scripts.bench.redirect [--links 100000] [--rounds 24] [--seconds 0.5] [--json FILE]

Both servers are processes of their own and stay up; this process asks them in turn over connections
that stay open, with the same requests. The product looks its links up in an SQLite database,
records every click in its spool, and is asked afterwards whether none is missing. What other
programs take from a processor says nothing about a server, so each counts its own CPU seconds too.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final, Self

import sqlalchemy as sa
from aiohttp import web

from bot.i18n import translator
from bot.secret_box import SecretBox
from bot.web.app import create_web
from bot.web.broadcast_links import BroadcastLinks
from bot.web.clicks import ClickSpool
from core.enrolments import EnrolmentState
from core.ids import BroadcastId
from core.links import Click
from core.offers import OfferState
from core.people import CreatorState, Locale
from core.usecases.links import link_targets
from db import migrations
from db.engine import create_engine
from db.models import creators, enrolments, links, offers, people, terms
from db.uow import unit_of_work_factory
from scripts.bench.lists import draft
from scripts.bench.machine import circumstances, publish

LINKS: Final = 100_000
ROUNDS: Final = 24
SECONDS: Final = 0.5
AIM: Final = 0.85
CONNECTIONS: Final = 32
OFFERS: Final = 200
CREATORS: Final = 2_000
PLACEMENTS: Final = 5  # links of one creator in one offer
VISITORS: Final = 30_000
AGENTS: Final = 2_000  # browsers: telephones, their systems and the applications in them
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
SEED: Final = 7


def slug_of(number: int) -> str:
    """The slug of a link, eight characters that look like chance."""
    chance = random.Random(number)
    return "".join(chance.choices(ALPHABET, k=8))


def requests(count: int) -> list[bytes]:
    """One request for each link, as a proxy passes it on from a telephone."""
    chance = random.Random(SEED)
    agents = [
        f"Mozilla/5.0 (iPhone; CPU iPhone OS {chance.randrange(14, 19)}_{chance.randrange(8)} like "
        f"Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/{chance.randrange(15, 23)}F90 "
        f"Instagram {number}.0.3.27.93 (iPhone{chance.randrange(10, 17)},5; ru_KZ; scale=3.00)"
        for number in range(AGENTS)
    ]
    visitors = [
        (
            ".".join(str(chance.randrange(1, 255)) for _ in range(4)),
            chance.choice(agents),
            chance.choice(("kk-KZ,kk;q=0.9,ru;q=0.8", "ru-RU,ru;q=0.9", "ru", "en-GB,en;q=0.9")),
        )
        for _ in range(VISITORS)
    ]
    made = []
    for number in range(count):
        address, agent, languages = visitors[number % VISITORS]
        made.append(
            f"GET /r/{slug_of(number)} HTTP/1.1\r\nHost: ules.kz\r\nUser-Agent: {agent}\r\n"
            "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
            f"Accept-Language: {languages}\r\nAccept-Encoding: gzip, deflate, br\r\n"
            "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n"
            f"X-Forwarded-For: {address}\r\nX-Forwarded-Proto: https\r\n\r\n".encode()
        )
    chance.shuffle(made)
    return made


async def fill(url: str, count: int) -> None:
    """A database with so many links, of creators in many offers of one brand."""
    now = datetime.now(UTC)
    engine = create_engine(url)
    await migrations.upgrade(engine)
    async with unit_of_work_factory(engine)() as uow:
        brand = await uow.brands.add(
            name="Qyran", legal_name="«Qyran» ЖШС", bin="1" * 12, fee_bps=1_500, now=now
        )
        for number in range(OFFERS):
            offer = draft(number).offer(brand.id, OfferState.ACTIVE)
            await uow.offers.add(offer, created_by=None, now=now)
        await uow.commit()
    async with engine.begin() as connection:
        shop = "https://shop.kz/p/sauna-set?utm_source=ules&utm_medium=blog"
        await connection.execute(
            sa.update(offers).values(url=shop, click_param="sub_id", ends_at=None)
        )
        versions = dict((await connection.execute(sa.select(terms.c.offer_id, terms.c.id))).all())
        by_offer = list(versions)
        made = CREATORS, -(-count // PLACEMENTS)
        rows: dict[sa.Table, list[dict[str, Any]]] = {
            people: [
                {"id": one, "telegram_id": one, "name": "Айгерім", "created_at": now}
                for one in range(1, made[0] + 1)
            ],
            creators: [
                {
                    "person_id": one,
                    "state": CreatorState.ACTIVE,
                    "languages": [Locale.KK],
                    "categories": [],
                    "created_at": now,
                }
                for one in range(1, made[0] + 1)
            ],
            enrolments: [
                {
                    "id": one + 1,
                    "offer_id": by_offer[one // CREATORS],
                    "creator_id": one % CREATORS + 1,
                    "brand_id": brand.id,
                    "terms_id": versions[by_offer[one // CREATORS]],
                    "state": EnrolmentState.ACTIVE,
                    "accepted_at": now,
                }
                for one in range(made[1])
            ],
            links: [
                {
                    "id": one + 1,
                    "enrolment_id": one // PLACEMENTS + 1,
                    "slug": slug_of(one),
                    "placement": f"{one % PLACEMENTS or ''}",
                    "created_at": now,
                }
                for one in range(count)
            ],
        }
        for table, lines in rows.items():
            await connection.execute(sa.insert(table), lines)
    await engine.dispose()


# --- the two servers --------------------------------------------------------------------------


@asynccontextmanager
async def bare(folder: Path) -> AsyncIterator[web.Application]:
    """What any redirect with aiohttp costs at least."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "https://shop.kz/p/sauna-set"})

    app = web.Application()
    app.router.add_get("/r/{slug}", answer)
    yield app


@asynccontextmanager
async def product(folder: Path) -> AsyncIterator[web.Application]:
    """The web application, put together as `bot.app` does it."""
    engine = create_engine(f"sqlite+aiosqlite:///{folder / 'ules.db'}")
    new_uow = unit_of_work_factory(engine)
    digest = SecretBox(["k" * 40]).digest

    async def no_broadcast(_: BroadcastId) -> str | None:
        return None

    async def no_openings(_: dict[int, datetime]) -> int:
        return 0

    async def health() -> dict[str, Any]:
        return {"ok": True}

    yield create_web(
        links=partial(link_targets, new_uow, now),
        clicks=ClickSpool(folder / "clicks", now),
        broadcasts=BroadcastLinks(find=no_broadcast, clock=now, digest=digest, store=no_openings),
        clock=now,
        health=health,
        bot_username="ules_bot",
        public_url="https://ules.kz",
        translator_for=translator,
        digest=digest,
        proxies=1,
    )
    await engine.dispose()


def now() -> datetime:
    """The machine's time: what is kept for a minute must be looked up anew while we measure."""
    return datetime.now(UTC)


SERVERS: Final = {"bare": bare, "product": product}


async def serve(name: str, folder: Path) -> None:
    """Listen, tell the port, and answer each line of the input with the CPU seconds so far."""
    ended = asyncio.Event()

    def heard() -> None:
        if sys.stdin.readline():
            print(time.process_time(), flush=True)
        else:
            ended.set()

    async with SERVERS[name](folder) as app:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        asyncio.get_running_loop().add_reader(sys.stdin, heard)
        print(runner.addresses[0][1], flush=True)
        await ended.wait()
        await runner.cleanup()


class Server:
    """A server in a process of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "scripts.bench.redirect", "--serve", name, "--folder", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout
        self.port = int(self._out.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._in.close()
        self._process.wait(timeout=30)
        self._out.close()

    def cpu(self) -> float:
        """Seconds of a processor that it has used."""
        self._in.write("\n")
        self._in.flush()
        return float(self._out.readline())


# --- the visitors -----------------------------------------------------------------------------


class Visitor(asyncio.Protocol):
    """One open connection: the next request goes out when the answer to the last is whole."""

    def __init__(self, take: Callable[[], bytes | None], done: Callable[[], None]) -> None:
        self._take = take
        self._done = done
        self._got = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer, or all of it."""
        self._got += data
        if not self._got.endswith(b"\r\n\r\n"):
            return
        if not self._got.startswith(b"HTTP/1.1 302 "):
            raise RuntimeError(self._got.decode())
        self._got = b""
        self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        """It is over, for good or ill."""
        self._done()

    def _ask(self) -> None:
        request = self._take()
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)


async def visit(port: int, asked: Iterator[bytes], seconds: float | None) -> tuple[int, float]:
    """Ask for so long, or until nothing is left; returns the answers and the seconds they took."""
    loop = asyncio.get_running_loop()
    over = loop.create_future()
    until = time.perf_counter() + seconds if seconds else None
    count, left = 0, CONNECTIONS

    def take() -> bytes | None:
        nonlocal count
        if until is not None and time.perf_counter() > until:
            return None
        request = next(asked, None)
        count += request is not None
        return request

    def done() -> None:
        nonlocal left
        left -= 1
        if not left:
            over.set_result(None)

    started = time.perf_counter()
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: Visitor(take, done), "127.0.0.1", port)
    await over
    return count, time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class Round:
    """Requests a second, and CPU seconds of the server for one."""

    per_second: float
    cpu: float


def ask(server: Server, asked: Iterator[bytes], seconds: float | None) -> tuple[int, Round]:
    """One turn of a server."""
    used = server.cpu()
    count, took = asyncio.run(visit(server.port, asked, seconds))
    return count, Round(count / took, (server.cpu() - used) / count)


def spooled(folder: Path) -> int:
    """How many clicks are in the spool."""

    async def count() -> int:
        found: set[str] = set()

        async def load(clicks: Sequence[Click]) -> None:
            found.update(click.id for click in clicks if click.counted)

        await ClickSpool(folder, now).drain(load)
        return len(found)

    return asyncio.run(count())


@contextmanager
def database(count: int) -> Iterator[Path]:
    """A folder with a filled database, that goes away."""
    folder = Path(tempfile.mkdtemp(prefix="ul"))
    try:
        asyncio.run(fill(f"sqlite+aiosqlite:///{folder / 'ules.db'}", count))
        yield folder
    finally:
        shutil.rmtree(folder)


def measure(
    *, count: int = LINKS, rounds: int = ROUNDS, seconds: float = SECONDS
) -> list[dict[str, Any]]:
    """Both servers in turn; RuntimeError when a click is missing or one too many."""
    made = requests(count)

    def again() -> Iterator[bytes]:
        while True:
            yield from made

    turns: dict[str, list[Round]] = {name: [] for name in SERVERS}
    with database(count) as folder:
        clicks = 0
        with ExitStack() as closing:
            servers = {name: closing.enter_context(Server(name, folder)) for name in SERVERS}
            asked = {name: again() for name in SERVERS}
            # The first visit of each link looks it up.
            answered, first = ask(servers["product"], iter(made), None)
            clicks += answered
            ask(servers["bare"], asked["bare"], seconds)
            for turn in range(rounds):
                for name in (*SERVERS,) if turn % 2 else (*reversed(SERVERS),):
                    answered, one = ask(servers[name], asked[name], seconds)
                    turns[name].append(one)
                    clicks += answered if name == "product" else 0
        if (found := spooled(folder / "clicks")) != clicks:
            raise RuntimeError(f"{clicks} visits were answered, {found} clicks are in the spool")
    title = f"/r/<slug> with the click recorded, {count} links"
    thrift = {name: [1 / one.cpu for one in turns[name]] for name in SERVERS}
    speed = {name: [one.per_second for one in turns[name]] for name in SERVERS}
    return [
        line(f"{title}: per CPU second", thrift["bare"], thrift["product"], AIM),
        line(f"{title}: per second", speed["bare"], speed["product"], AIM),
        line(f"{title}: first visits, per CPU second", thrift["bare"], [1 / first.cpu], None),
    ]


def line(
    measure: str, reference: Sequence[float], product: Sequence[float], aim: float | None
) -> dict[str, Any]:
    """One line of the table: medians of turns; without an aim it is for information."""
    if len(product) < len(reference):
        reference = [median(reference)]
    ratio = median(own / bare for bare, own in zip(reference, product, strict=True))
    return {
        "measure": measure,
        "reference": round(median(reference)),
        "product": round(median(product)),
        "ratio": round(ratio, 3),
        "aim": aim,
        "met": None if aim is None else ratio >= aim,
    }


def main() -> None:
    """Measure and print, or be one of the servers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--links", type=int, default=LINKS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve, given.folder))
        return
    around = circumstances()
    table = measure(count=given.links, rounds=given.rounds, seconds=given.seconds)
    publish({**around, "table": table}, given.json)


if __name__ == "__main__":
    main()
