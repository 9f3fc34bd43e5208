"""The simulated market played through the product: days pass, people act, files come in."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.http_client import HttpClient
from bot.secret_box import SecretBox
from core.enrolments import EnrolmentState
from core.handles import HandleKind
from core.ids import PersonId
from core.ledger import top_up
from core.money import Money, tenge
from core.offers import CreditPolicy, OfferState
from core.orders import OrderStatus, Place
from core.people import Actor, BrandRole, Category, CreatorState, Locale, Permission
from core.ports import UnitOfWorkFactory
from core.pricing import Rule
from core.runs import RunState, Source
from core.usecases.claims import end_claims, match_receipts
from core.usecases.commissions import release_holds
from core.usecases.handles import reserve_handles
from core.usecases.imports import import_file
from core.usecases.syncs import connect_kaspi, sync_source
from db.models import (
    brand_managers,
    brands,
    creators,
    enrolments,
    links,
    offer_texts,
    offers,
    people,
    terms,
)
from db.uow import unit_of_work_factory
from scripts.bench.truth import sheets
from scripts.bench.truth.hands import Hands
from scripts.bench.truth.sheets import LAST, SETTLED, Delivery
from scripts.bench.truth.story import Claim, Order, Share, Story, Touch, Visit
from scripts.bench.truth.world import (
    HOLD_DAYS,
    OPENED,
    PERCENT_BPS,
    SHOPS,
    WINDOW,
    Channel,
    World,
)
from scripts.sandbox.kaspi import Entry, KaspiFake

BOX: Final = SecretBox(["a key for measurements, of no worth to anybody"])
TOKEN: Final = "kI6dSzFQ1gGm0pVNsF1x2yJ0aEw8u7h5b3R9cT4oQzE="  # noqa: S105 - of the local Kaspi
BEGUN: Final = OPENED - timedelta(days=30)
SYNC_EVERY: Final = timedelta(days=2)  # the product does it every ten minutes
SWEEP_EVERY: Final = timedelta(days=1)
STAFF: Final = Actor(
    id=PersonId(1), telegram_id=1, locale=Locale.RU, permissions=frozenset({Permission.OWNER})
)


@dataclass(slots=True)
class Clock:
    """The market's time."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


async def build(
    engine: AsyncEngine, world: World, accounts: Mapping[PersonId, PersonId] | None = None
) -> None:
    """Put brands, offers, creators and what they hold into an empty migrated database.

    `accounts` are creators who are paid to somebody else's account.
    """
    paid_to = accounts or {}
    rule = Rule(percent_bps=PERCENT_BPS)
    tables: list[tuple[sa.Table, list[dict[str, Any]]]] = [
        (people, [
            {"id": 1, "telegram_id": 1, "name": "Staff", "locale": Locale.RU, "created_at": BEGUN},
            *({"id": one.id, "telegram_id": one.telegram_id, "name": one.name,
               "locale": Locale.KK, "created_at": BEGUN} for one in world.creators),
        ]),
        (creators, [
            {"person_id": one.id, "state": CreatorState.ACTIVE, "display_name": one.name,
             "city": "Алматы", "languages": [Locale.KK], "categories": [Category.BEAUTY],
             "created_at": BEGUN,
             "iban_digest": BOX.digest("iban", f"KZ{paid_to.get(one.id, one.id):018}")}
            for one in world.creators
        ]),
        (brands, [
            {"id": shop.brand, "name": shop.channel, "legal_name": f"ТОО «{shop.channel}»",
             "bin": f"21044000000{shop.brand}", "fee_bps": 1_500, "created_at": BEGUN}
            for shop in SHOPS
        ]),
        (brand_managers, [
            {"brand_id": shop.brand, "person_id": 1, "role": BrandRole.OWNER} for shop in SHOPS
        ]),
        (offers, [
            {"id": shop.brand, "brand_id": shop.brand, "state": OfferState.ACTIVE,
             "category": Category.BEAUTY, "place": shop.place, "url": "https://shop.example/p",
             "discount_bps": 1_000, "created_at": BEGUN,
             "click_param": "click_id" if shop.codes else ""}
            for shop in SHOPS
        ]),
        (offer_texts, [
            {"offer_id": shop.brand, "locale": locale, "title": "Крем", "description": "…"}
            for shop in SHOPS
            for locale in (Locale.KK, Locale.RU)
        ]),
        (terms, [
            {"id": shop.brand, "offer_id": shop.brand, "version": 1, "rule": rule.to_json(),
             "hold_days": HOLD_DAYS, "window_days": WINDOW.days, "proof_required": False,
             "min_order_minor": 0, "credit_policy": CreditPolicy.GRADE_FIRST, "created_at": BEGUN}
            for shop in SHOPS
        ]),
        (enrolments, [
            {"id": one.id, "offer_id": one.shop.brand, "creator_id": one.creator.id,
             "brand_id": one.shop.brand, "terms_id": one.shop.brand,
             "state": EnrolmentState.ACTIVE, "accepted_at": BEGUN}
            for one in world.enrolments
        ]),
        (links, [
            {"id": one.id, "enrolment_id": one.id, "slug": one.slug, "placement": "",
             "created_at": BEGUN}
            for one in world.enrolments
        ]),
    ]  # fmt: skip
    async with engine.begin() as connection:
        for table, rows in tables:
            for start in range(0, len(rows), 500):
                await connection.execute(sa.insert(table), rows[start : start + 500])
    async with unit_of_work_factory(engine)() as uow:
        await uow.ledger.post(
            [top_up(shop.brand, tenge(10_000_000_000), str(shop.brand), BEGUN) for shop in SHOPS]
        )
        for one in world.enrolments:
            claim = uow.enrolments.claim_code
            assert await claim(one.shop.brand, one.code, one.id, since=BEGUN)
            if one.changed_at:
                await uow.codes.end(one.id, at=one.changed_at)
                assert await claim(one.shop.brand, one.next_code, one.id, since=one.changed_at)
        await uow.commit()


class Stage:
    """The product with the market around it."""

    def __init__(self, engine: AsyncEngine, story: Story, folder: Path) -> None:
        self._new_uow: UnitOfWorkFactory = unit_of_work_factory(engine)
        self._story = story
        self._folder = folder
        self._clock = Clock(BEGUN)
        self._orders: dict[Channel, list[Order]] = {shop.channel: [] for shop in SHOPS}
        for order in story.orders:
            self._orders[order.shop.channel].append(order)
        self._hands = Hands(self._new_uow, self._clock, BOX, story.world)

    async def play(self) -> None:
        """Let everything happen in the order of its time."""
        plan: list[tuple[datetime, Any]] = [(act.at, act) for act in self._story.acts]
        plan += [(one.at, one) for one in sheets.deliveries(self._story.world.seed)]
        plan += [(at, self._sync) for at in _every(SYNC_EVERY, LAST)]
        plan += [(at, self._sweep) for at in _every(SWEEP_EVERY, SETTLED)]
        plan.sort(key=lambda entry: entry[0])
        visits: list[Visit] = []
        await self._lend()
        async with self._kaspi() as (fetch, source):
            self._fetch, self._source = fetch, source
            for at, what in plan:
                self._clock.now = at
                if isinstance(what, Visit):
                    visits.append(what)
                    continue
                match what:
                    case Touch():
                        await self._hands.touch(what)
                    case Share():
                        await self._hands.share(what)
                    case Claim():
                        await self._hands.claim(what)
                    case Delivery():
                        await self._hands.visit(visits)  # as the web application hands them over
                        visits.clear()
                        await self._take_in(what)
                    case sweep:
                        await sweep()

    async def _take_in(self, delivery: Delivery) -> None:
        shop = delivery.shop
        file = sheets.write(delivery, self._orders[shop.channel], self._folder)
        run = await import_file(
            self._new_uow,
            self._clock,
            BOX,
            brand=shop.brand,
            path=file,
            kind=None,
            place=shop.place,
            default_status=None,
            alone=True,
        )
        assert run.state is RunState.DONE, (delivery, run.error)

    async def _sync(self) -> None:
        await sync_source(
            self._new_uow, self._clock, BOX, self._fetch, _no_pause, source=self._source.id
        )

    async def _sweep(self) -> None:
        await match_receipts(self._new_uow, self._clock)
        await self._hands.insist()
        await end_claims(self._new_uow, self._clock)
        await release_holds(self._new_uow, self._clock)

    async def _lend(self) -> None:
        """Brands lend articles to creators, before the first post."""
        for one in self._story.world.enrolments:
            if one.sku:
                kind = HandleKind.SKU
                if one.shop.place is Place.WILDBERRIES:
                    kind = HandleKind.ARTICLE
                manager = replace(STAFF, brands=((one.shop.brand, BrandRole.OWNER),))
                await reserve_handles(
                    self._new_uow,
                    self._clock,
                    actor=manager,
                    enrolment=one.id,
                    kind=kind,
                    texts=[one.sku],
                )

    @asynccontextmanager
    async def _kaspi(self) -> AsyncIterator[tuple[HttpClient, Source]]:
        """The API of the brand that is connected, and the source that reads it."""
        fake = KaspiFake(token=TOKEN, now=self._clock)
        for order in self._orders[Channel.KASPI_API]:
            fake.add_order(
                order.number,
                order.at.replace(microsecond=0),
                _timeline(order),
                [
                    Entry(
                        sku=order.sku,
                        name="Крем",
                        category="Creams",
                        price=Money(order.minor),
                    )
                ],
                order.phone_cell,
                delivery_cost=Money(99_500 if order.minor % 3 else 0),
            )
        runner = web.AppRunner(fake.app(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        origin = f"http://{host}:{port}"
        shop = next(shop for shop in SHOPS if shop.channel is Channel.KASPI_API)
        try:
            async with HttpClient(local=[origin]) as fetch:
                source = await connect_kaspi(
                    self._new_uow,
                    self._clock,
                    BOX,
                    fetch,
                    actor=STAFF,
                    brand=shop.brand,
                    token=TOKEN,
                    base_url=f"{origin}/shop/api/v2",
                )
                yield fetch, source
        finally:
            await runner.cleanup()


async def _no_pause(seconds: float) -> None:
    """The local Kaspi needs no sparing."""


def _every(step: timedelta, until: datetime) -> list[datetime]:
    moments, at = [], OPENED + step
    while at <= until + step:
        moments.append(at)
        at += step
    return moments


_STATES: Final = {
    OrderStatus.APPROVED: ("ARCHIVE", "COMPLETED"),
    OrderStatus.REJECTED: ("ARCHIVE", "CANCELLED"),
    OrderStatus.RETURNED: ("ARCHIVE", "RETURNED"),
}


def _timeline(order: Order) -> list[tuple[timedelta, str, str]]:
    steps = [
        (timedelta(0), "NEW", "APPROVED_BY_BANK"),
        (timedelta(minutes=40), "KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT"),
    ]
    return steps + [(at - order.at, *_STATES[status]) for at, status in order.life[1:]]


@asynccontextmanager
async def folder() -> AsyncIterator[Path]:
    """A place for the files that goes away."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)
