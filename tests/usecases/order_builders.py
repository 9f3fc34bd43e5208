"""A brand whose orders are reported: feeds, reports, and the books that follow from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.secret_box import SecretBox
from core.commissions import Rule
from core.drafts import OfferDraft
from core.enrolments import Enrolment
from core.ids import BrandId, RunId
from core.ledger import Account
from core.money import Money, tenge
from core.orders import NormalisedOrder, OrderItem, OrderStatus, Place
from core.people import Actor, Brand
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.ports.orders import OrderRow
from core.runs import RunCounts, RunState, Source
from core.sources.base import Batch, SourceKind
from core.usecases.enrolments import take_offer
from core.usecases.imports import tell_creators
from core.usecases.orders import brand_orders
from core.usecases.reconciliation import reconcile, stretch_of
from tests.builders import DRAFT, a_brand, a_creator, an_offer

BOX = SecretBox(["a key of a test that is long enough to be one"])
NOON = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)  # the tests' clock begins here
TEN_PERCENT = replace(DRAFT, rule=Rule(percent_bps=1_000), proof_required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A brand with funds, its manager, and a creator who has taken its offer."""

    brand: Brand
    manager: Actor
    creator: Actor
    enrolment: Enrolment

    @property
    def code(self) -> str:
        """The creator's promo code."""
        return self.enrolment.code


async def a_shop(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    draft: OfferDraft = TEN_PERCENT,
    *,
    funds: Money | None = None,
    name: str = "Айгерім",
) -> Shop:
    """A shop that sells since now; its fee is 15 % on top of a commission of 10 %."""
    brand, manager = await a_brand(new_uow, clock(), funds=funds)
    creator, enrolment = await one_more(new_uow, clock, brand, name, draft)
    return Shop(brand=brand, manager=manager, creator=creator, enrolment=enrolment)


async def one_more(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    brand: Brand,
    name: str,
    draft: OfferDraft = TEN_PERCENT,
) -> tuple[Actor, Enrolment]:
    """Another creator in another offer of the brand."""
    creator = await a_creator(new_uow, clock(), name)
    offer = await an_offer(new_uow, clock(), brand.id, draft)
    assert offer.id is not None
    card = await take_offer(new_uow, clock, actor=creator, offer=offer.id)
    return creator, card.enrolment


def an_order(
    number: str = "1001",
    status: OrderStatus = OrderStatus.PENDING,
    *codes: str,
    net: Money | None = None,
    at: datetime = NOON + timedelta(hours=1),
    changed: datetime | None = None,
    **more: Any,
) -> NormalisedOrder:
    """A report of an order of 10 000 tenge; `changed` dates its status."""
    amount = tenge(10_000) if net is None else net
    facts = (number, status, codes, amount, at, changed, sorted(more.items()))
    return NormalisedOrder(
        external_id=number,
        ordered_at=at,
        status=status,
        status_raw=status.value,
        gross=amount,
        net=amount,
        raw_hash=hashlib.sha256(repr(facts).encode()).hexdigest(),
        promo_codes=codes,
        status_changed_at=changed,
        **more,
    )


def an_item(sku: str) -> OrderItem:
    """One piece of something."""
    return OrderItem(sku=sku, quantity=1, amount=tenge(10_000))


async def a_source(
    new_uow: UnitOfWorkFactory, now: datetime, brand: BrandId, place: Place = Place.KASPI
) -> Source:
    """A table of the brand's orders."""
    async with new_uow() as uow:
        source = await uow.sources.ensure(
            brand,
            SourceKind.TABLE,
            place,
            fingerprint="",
            mapping=None,
            settings={},
            now=now,
        )
        await uow.commit()
    return source


async def report(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    shop: Shop,
    *orders: NormalisedOrder,
    seen_at: datetime | None = None,
    source: Source | None = None,
) -> RunCounts:
    """Reconcile a batch that was read at `seen_at`, now unless told, from a table unless told."""
    source = source or await a_source(new_uow, clock(), shop.brand.id)
    async with new_uow(background=True) as uow:
        run = await uow.runs.add(
            source,
            seen_at=seen_at or clock(),
            upload=None,
            file_name="",
            file_sha256="",
            total=None,
            started_by=None,
        )
        stretch = stretch_of(uow, BOX, run, Batch.of(orders))
        done = await reconcile(uow, source=source, run=run, stretch=stretch, now=clock())
        await uow.commit()
    return done.counts


async def a_reading(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    shop: Shop,
    *orders: NormalisedOrder,
    seen_at: datetime | None = None,
) -> RunId:
    """A file of orders from its upload to its end, with everything that is told of it."""
    source = await a_source(new_uow, clock(), shop.brand.id)
    async with new_uow() as uow:
        run = await uow.runs.add(
            source,
            seen_at=seen_at or clock(),
            upload=None,
            file_name="orders.csv",
            file_sha256=hashlib.sha256(repr(orders).encode()).hexdigest(),
            total=len(orders),
            started_by=shop.manager.id,
        )
        stretch = stretch_of(uow, BOX, run, Batch.of(orders))
        done = await reconcile(uow, source=source, run=run, stretch=stretch, now=clock())
        await uow.runs.progress(
            run.id, position=1, total=1, counts=done.counts, lease_until=clock()
        )
        await uow.runs.finish(run.id, RunState.DONE, now=clock())
        await tell_creators(uow, run, clock)
        await uow.commit()
    return run.id


async def known_orders(new_uow: UnitOfWorkFactory, shop: Shop) -> dict[str, OrderRow]:
    """The brand's orders by number."""
    rows = await brand_orders(
        new_uow, actor=shop.manager, brand=shop.brand.id, after=None, limit=10_000
    )
    return {row.external_id: row for row in rows.rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the accounts of a shop and its creator hold."""

    funds: Money
    pending: Money
    available: Money
    fees: Money


async def books(new_uow: UnitOfWorkFactory, shop: Shop, creator: Actor | None = None) -> Books:
    """The balances now; fees are those of all brands."""
    whose = (creator or shop.creator).id
    async with new_uow(read_only=True) as uow:
        return Books(
            funds=await uow.ledger.balance(Account.BRAND_FUNDS, shop.brand.id),
            pending=await uow.ledger.balance(Account.CREATOR_PENDING, whose),
            available=await uow.ledger.balance(Account.CREATOR_AVAILABLE, whose),
            fees=await uow.ledger.balance(Account.PLATFORM_FEE, 0),
        )


async def transfers(new_uow: UnitOfWorkFactory) -> int:
    """How many transfers the ledger has."""
    async with new_uow(read_only=True) as uow:
        return (await uow.ledger.check()).transfers


async def standing(uow: UnitOfWork, shop: Shop, creators: Sequence[Actor]) -> object:
    """Everything that must not hang on the order of reports: orders, credit, money."""
    rows = await uow.orders.of_brand(shop.brand.id, after=None, limit=10_000)
    money = [
        await uow.ledger.balance(account, owner)
        for account, owner in (
            (Account.BRAND_FUNDS, shop.brand.id),
            *((Account.CREATOR_PENDING, each.id) for each in creators),
            *((Account.CREATOR_AVAILABLE, each.id) for each in creators),
        )
    ]
    orders = sorted(
        (
            row.external_id,
            row.status,
            row.status_raw,
            row.ordered_at,
            row.net,
            row.refunded,
            row.enrolment,
            row.commission,
            row.fee,
            # An order that was cancelled before we heard of it never earned; else it lost again.
            row.commission_state if row.commission else None,
            row.hold_until,
        )
        for row in rows
    )
    return orders, money
