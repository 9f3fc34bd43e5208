"""`make demo`: a local Telegram, the bot and a small market on one machine, no token needed."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bot.app import Running, run, utc_now
from bot.delivery import Tempo
from bot.http_client import HttpClient
from bot.middlewares.throttle import Throttle
from bot.secret_box import SecretBox
from bot.settings import Settings, load_settings
from core import programme as programmes
from core.ids import BrandId
from core.money import tenge
from core.orders import ALMATY, Place
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.commissions import release_holds
from core.usecases.imports import import_file
from core.usecases.people import meet
from core.usecases.programme import load_programme
from core.usecases.syncs import connect_kaspi, sync_due_sources
from db import migrations
from db.engine import create_engine
from db.uow import unit_of_work_factory
from scripts import seed, seed_life, seed_orders
from scripts.sandbox.kaspi import Product, create_kaspi
from scripts.sandbox.people import SandboxPerson
from scripts.sandbox.server import STATE, create_app
from scripts.sandbox.state import State

FOLDER: Final = Path(".demo")
TOKEN: Final = "4242424242:demo-token-of-the-sandbox"  # noqa: S105 - known to the sandbox only
KASPI_TOKEN: Final = "demo-kaspi-token"  # noqa: S105 - known to the fake only
SECRET_KEY: Final = "a-key-for-demonstration-and-for-nothing-else"  # noqa: S105
USERNAME: Final = "ules_bot"
KASPI_BRAND: Final = "kokshe"  # the brand whose orders are polled
POLLED: Final = timedelta(days=15)  # a little more than what the first poll looks back
LOADED_AGO: Final = timedelta(days=100)
ORDERS_EACH: Final = 220  # per brand and place

NEWCOMER: Final = SandboxPerson(
    telegram_id=5001,
    name="Айгерім Сәрсенова",
    language_code="kk",
    username="aigerim",
    role_label="Блогер · жаңа",
    phone="77010000001",
)
CREATOR: Final = SandboxPerson(
    telegram_id=seed.DEMO_CREATOR + 1,
    name="Нұрлан Әбдіқадыр",
    language_code="kk",
    username="nurlan",
    role_label="Блогер · тәжірибелі",
    phone="77010000002",
)
MANAGER: Final = SandboxPerson(
    telegram_id=seed.DEMO_MANAGER,
    name="Ерлан Досов",
    language_code="ru",
    username="erlan_kokshe",
    role_label="Менеджер бренда",
    phone="77010000003",
)
ADMIN: Final = SandboxPerson(
    telegram_id=seed.DEMO_ADMIN,
    name="Dana",
    language_code="en",
    username="dana_ules",
    role_label="Admin",
    phone="77010000004",
)
BUYER: Final = SandboxPerson(
    telegram_id=seed.DEMO_BUYER,
    name="Тимур Ким",
    language_code="ru",
    username="timur",
    role_label="Покупатель",
    phone="77010000005",
)
PEOPLE: Final = (NEWCOMER, CREATOR, MANAGER, ADMIN, BUYER)


@dataclass
class MovableClock:
    """Real time, or a moment at which it stands, plus what the page's buttons have added."""

    moved: timedelta = field(default_factory=timedelta)
    still: datetime | None = None

    def __call__(self) -> datetime:
        return (self.still or utc_now()) + self.moved

    def advance(self, step: timedelta) -> None:
        """Move on."""
        self.moved += step


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen on loopback; 0 is any free port."""

    sandbox: int = 8081
    web: int = 8080
    kaspi: int = 8082


@asynccontextmanager
async def serve(app: web.Application, port: int) -> AsyncIterator[int]:
    """Serve an application on loopback; yields the port that it got."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def demo_settings(
    folder: Path, *, telegram: str, kaspi: str, web_port: int, **changes: Any
) -> Settings:
    """Settings of the demo alone, with some of them changed; no `.env` that lies about is read."""
    own: dict[str, Any] = {
        "_env_file": None,
        "bot_token": TOKEN,
        "telegram_api_url": telegram,
        "telegram_mode": "polling",
        "database_url": f"sqlite+aiosqlite:///{folder / 'ules.db'}",
        "data_dir": folder / "data",
        "public_url": f"http://127.0.0.1:{web_port}",
        "web_host": "127.0.0.1",
        "web_port": web_port,
        "trusted_proxies": 0,
        "admin_ids": str(ADMIN.telegram_id),
        "secret_key": SECRET_KEY,
        "operator_name": "ТОО «Үлес»",
        "operator_bin": seed.OPERATOR_BIN,
        "kaspi_api_url": f"{kaspi}/shop/api/v2",
        "http_allow": "",
        "http_local": kaspi,
        "log_level": "WARNING",
    }
    return load_settings(**own | changes)


def catalogue(programme: dict[str, Any]) -> Sequence[Product]:
    """What the Kaspi brand sells: its goods, and each under the articles reserved for creators."""
    brand = next(bin_ for key, _, _, bin_ in seed.BRANDS if key == KASPI_BRAND)
    goods = {offer[1]: offer for offer in seed.OFFERS if offer[0] == KASPI_BRAND}
    products = [
        Product(
            sku=key.upper(),
            name=offer[-2][0],
            category=offer[2],
            price=tenge(seed_orders.PRICE[offer[2]]),
            weight=3,
        )
        for key, offer in goods.items()
        if offer[3] == "kaspi"
    ]
    for held in programme["skus"]:
        if held["brand"] == brand:
            offer = goods[held["offer"]]
            products.append(
                Product(
                    sku=held["sku"],
                    name=offer[-2][0],
                    category=offer[2],
                    price=tenge(seed_orders.PRICE[offer[2]]),
                    weight=seed_orders.FAVOUR if held["creator"] == CREATOR.telegram_id else 1,
                )
            )
    return products


async def seed_market(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    folder: Path,
    programme: dict[str, Any],
    life: seed_life.Life,
    say: Callable[[str], None],
) -> None:
    """Load the programme and import three months of orders of the brands that send files."""
    pictures = {
        offer["picture"]: (folder / offer["picture"]).read_bytes() for offer in programme["offers"]
    }
    loaded = await load_programme(
        new_uow,
        lambda: clock() - LOADED_AGO,
        programme=programmes.parse(programme),
        pictures=pictures,
    )
    say(f"  {loaded.brands} brands, {loaded.offers} offers, {loaded.creators} creators")
    await seed_life.before_orders(life)
    writers = {
        Place.OWN_SHOP: (seed_orders.shopify_csv, "csv"),
        Place.WILDBERRIES: (seed_orders.table_csv, "csv"),
        Place.OZON: (seed_orders.table_csv, "csv"),
        Place.HALYK: (seed_orders.table_csv, "csv"),
        Place.KASPI: (seed_orders.kaspi_xlsx, "xlsx"),
    }
    files = folder / "files"
    files.mkdir(exist_ok=True)
    orders = 0
    for number, (key, _, _, bin_) in enumerate(seed.BRANDS):
        places = {offer["place"] for offer in programme["offers"] if offer["brand"] == bin_}
        for place, (write, suffix) in writers.items():
            if place not in places:
                continue
            sold = seed_orders.sold(programme, bin_, place, clock(), count=ORDERS_EACH, seed=number)
            if key == KASPI_BRAND and place is Place.KASPI:  # the rest is polled
                sold = [order for order in sold if order.at < clock() - POLLED]
            file = files / f"{key}-{place}.{suffix}"
            file.write_bytes(write(sold, clock()))
            run_ = await import_file(
                new_uow,
                clock,
                box,
                brand=await _brand(new_uow, bin_),
                path=file,
                kind=None,
                place=place,
                default_status=None,
            )
            orders += run_.counts.new
    say(f"  {orders} orders of three months, files in {files}")


async def _brand(new_uow: UnitOfWorkFactory, bin_: str) -> BrandId:
    async with new_uow(read_only=True) as uow:
        return (await uow.brands.by_bins([bin_]))[bin_]


async def operator(new_uow: UnitOfWorkFactory, clock: Clock) -> Actor:
    """The admin of the demo, known to the product as anybody is who writes to the bot."""
    meeting = await meet(
        new_uow,
        clock,
        telegram_id=ADMIN.telegram_id,
        name=ADMIN.name,
        username=ADMIN.username,
        admin_ids=frozenset({ADMIN.telegram_id}),
    )
    return meeting.actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The demo when it is up: its parts, its chats and where its pages are."""

    running: Running
    state: State
    chats: str
    web: str


async def demo(
    *,
    ports: Ports,
    stop: asyncio.Event | None = None,
    folder: Path = FOLDER,
    clock: MovableClock | None = None,
    throttle: Throttle | None = None,
    ready: Callable[[Shown], object] | None = None,
    **settings: Any,
) -> None:
    """Build the market anew and run everything until it is stopped.

    `ready` is told when it is up; without it, the address is printed. `settings` change some of the
    demo's.
    """
    stop, clock = stop or asyncio.Event(), clock or MovableClock()
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "pictures").mkdir(parents=True)
    today = clock().astimezone(ALMATY).date()
    programme = seed.programme(today, folder / "pictures")
    (folder / "programme.json").write_text(json.dumps(programme, ensure_ascii=False, indent=1))
    running: list[Running] = []

    async def advance(step: timedelta) -> None:
        clock.advance(step)
        for started in running:
            await started.jobs.sweep()

    opened = datetime.combine(today, datetime.min.time(), UTC) - timedelta(days=85)
    kaspi = create_kaspi(KASPI_TOKEN, clock, 7, catalogue(programme), opened=opened,
                         interval=timedelta(hours=5))  # fmt: skip
    telegram = create_app(TOKEN, USERNAME, PEOPLE, clock, advance)
    telegram[STATE].texts["name", ""] = "Üles"
    async with (
        serve(telegram, ports.sandbox) as sandbox_port,
        serve(kaspi, ports.kaspi) as kaspi_port,
    ):
        origin, chats = f"http://127.0.0.1:{kaspi_port}", f"http://127.0.0.1:{sandbox_port}"
        chosen = demo_settings(folder, telegram=chats, kaspi=origin, web_port=ports.web, **settings)
        print("Making a small market …", flush=True)
        await _prepare(chosen, clock, programme, origin, folder)

        def up(started: Running) -> None:
            running.append(started)
            if ready is not None:
                web_ = f"http://127.0.0.1:{ports.web}"
                ready(Shown(running=started, state=telegram[STATE], chats=chats, web=web_))
                return
            print(f"\nOpen {chats}/\n", flush=True)
            print("Press START in a chat; the clock is in the top bar. Ctrl+C stops.", flush=True)

        await run(chosen, clock=clock, stop=stop, started=up, tempo=Tempo(), throttle=throttle)


async def _prepare(
    settings: Settings,
    clock: MovableClock,
    programme: dict[str, Any],
    kaspi_origin: str,
    folder: Path,
) -> None:
    engine = create_engine(settings.database_url)
    try:
        await migrations.upgrade(engine)
        new_uow = unit_of_work_factory(engine)
        box = SecretBox.from_setting(SECRET_KEY)
        admin = await operator(new_uow, clock)
        life = seed_life.Life(new_uow, clock, box, admin)
        await seed_market(
            new_uow, clock, box, folder, programme, life, lambda line: print(line, flush=True)
        )
        async with HttpClient(allowed=(), local=(kaspi_origin,)) as fetch:
            bin_ = next(bin_ for key, _, _, bin_ in seed.BRANDS if key == KASPI_BRAND)
            await connect_kaspi(
                new_uow,
                clock,
                box,
                fetch,
                actor=admin,
                brand=await _brand(new_uow, bin_),
                token=KASPI_TOKEN,
                base_url=f"{kaspi_origin}/shop/api/v2",
            )
            await sync_due_sources(new_uow, clock, box, fetch, _at_once)
        print("  Kaspi connected and read", flush=True)
        await release_holds(new_uow, clock)
        await seed_life.after_orders(life)
        print("  channels, posts, visits, payouts, questions, broadcasts", flush=True)
    finally:
        await engine.dispose()


async def _at_once(_: float) -> None:
    """The local fake needs no sparing."""
