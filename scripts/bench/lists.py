"""How long a page of offers takes with ten offers and with ten thousand.

    python -m scripts.bench.lists [--many 10000] [--url postgresql+asyncpg://…/an_empty_database]

Each line is the same use case on a small and on a large market in the same process, the two in
turn; what counts is the ratio. Without `--url` the markets are SQLite files in a temporary folder.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core import spelling
from core.catalogue import Cursor, Filters, Order, example
from core.drafts import OfferDraft
from core.ids import BrandId, OfferId, PersonId
from core.ledger import top_up
from core.money import tenge
from core.offers import OfferState, OfferText
from core.orders import Place
from core.people import Actor, Category, Channel, CreatorState, Locale, Platform
from core.ports import UnitOfWorkFactory
from core.pricing import Rule
from core.usecases.catalogue import catalogue, facets
from core.usecases.inline import inline_shelf
from db import migrations
from db.engine import create_engine
from db.models import offer_texts, offer_words, offers, terms
from db.uow import unit_of_work_factory

NOW: Final = datetime(2026, 11, 21, 7, tzinfo=UTC)
REPEATS: Final = 30
FEW: Final = 10
WORDS: Final = ("крем", "чай", "қаптама", "телефон", "кітап", "сабын", "балалар", "спорт", "үй")


@dataclass(frozen=True, slots=True)
class Market:
    """A database full of offers and somebody who looks at them."""

    engine: AsyncEngine
    new_uow: UnitOfWorkFactory
    actor: Actor
    size: int

    async def middle(self, order: Order) -> OfferId:
        """An offer well inside a list, to begin a page there."""
        key = {Order.REWARD: offers.c.reward_minor, Order.ENDING: offers.c.ends_at}
        column = key.get(order, offers.c.id)
        nearest = column.asc() if order is Order.ENDING else column.desc()
        async with self.engine.connect() as connection:
            found = await connection.scalar(
                sa.select(offers.c.id)
                .where(column.is_not(None))
                .order_by(nearest)
                .offset(self.size // 20)
                .limit(1)
            )
        assert found is not None
        return OfferId(found)


def draft(number: int) -> OfferDraft:
    """An offer like many: three of four are in the creator's category, one in fifty has an end."""
    words = f"{WORDS[number % 9]} {WORDS[number // 9 % 9]}"
    return OfferDraft(
        texts={
            locale: OfferText(title=f"{words} {number}", description=f"Сипаттама {number % 50}")
            for locale in (Locale.KK, Locale.RU)
        },
        category=Category.FOOD if number % 4 == 0 else Category.BEAUTY,
        place=list(Place)[number % len(Place)],
        url="https://kaspi.kz/shop/p/1",
        rule=Rule(percent_bps=100 + number * 7 % 2_000),
        hold_days=14,
        window_days=30,
        proof_required=False,
        discount_bps=500,
        ends_at=NOW + timedelta(days=1 + number % 300) if number % 5 == 0 else None,
    )


async def market(url: str, size: int) -> Market:
    """Fill an empty database: one offer through the front door, the rest as copies of its row."""
    engine = create_engine(url)
    await migrations.upgrade(engine)
    new_uow = unit_of_work_factory(engine)
    async with new_uow() as uow:
        person = await uow.people.add(
            telegram_id=1, name="Айгерім", username=None, now=NOW, locale=Locale.KK
        )
        await uow.creators.add(person, languages=[Locale.KK], now=NOW)
        await uow.creators.save(
            person, display_name="Айгерім", city="Алматы", categories=[Category.BEAUTY]
        )
        await uow.creators.put_channel(
            person,
            Channel(
                id=None, platform=Platform.TIKTOK, url="https://tiktok.com/@a", followers=9_000
            ),
        )
        await uow.creators.move(person, CreatorState.NEW, CreatorState.ACTIVE)
        brand = await uow.brands.add(
            name="Qyran", legal_name="«Qyran» ЖШС", bin="1" * 12, fee_bps=1_500, now=NOW
        )
        await uow.ledger.post([top_up(brand.id, tenge(1_000_000), "bench", NOW)])
        await uow.offers.add(draft(0).offer(brand.id, OfferState.ACTIVE), created_by=None, now=NOW)
        await uow.commit()
    await copies(engine, brand.id, size)
    actor = Actor(id=PersonId(person), telegram_id=1, locale=Locale.KK, creator=CreatorState.ACTIVE)
    return Market(engine, new_uow, actor, size)


async def copies(engine: AsyncEngine, brand: BrandId, size: int) -> None:
    """Write the other offers in bulk, as the repository writes one."""
    async with engine.begin() as connection:
        (first,) = (await connection.execute(sa.select(offers))).mappings().all()
        (paid,) = (await connection.execute(sa.select(terms))).mappings().all()
        lines: dict[sa.Table, list[dict[str, Any]]] = {
            table: [] for table in (offers, offer_texts, terms, offer_words)
        }
        for number in range(2, size + 1):
            one = draft(number).offer(brand, OfferState.ACTIVE)
            lines[offers].append(
                {
                    **first,
                    "id": number,
                    "category": one.category,
                    "place": one.place,
                    "ends_at": one.ends_at,
                    "reward_minor": example(one)[1].minor,
                }
            )
            lines[terms].append({**paid, "id": number, "offer_id": number})
            for locale, text in one.texts.items():
                lines[offer_texts].append(
                    {
                        "offer_id": number,
                        "locale": locale,
                        "title": text.title,
                        "description": text.description,
                    }
                )
            said = [part for text in one.texts.values() for part in (text.title, text.description)]
            lines[offer_words] += [
                {"offer_id": number, "word": word} for word in spelling.sounds("Qyran", *said)
            ]
        for table, rows in lines.items():
            if rows:
                await connection.execute(sa.insert(table), rows)
    if engine.dialect.name == "postgresql":  # as its own vacuum does before long
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(sa.text("ANALYZE"))


Task = Callable[[], Awaitable[object]]


async def tasks(on: Market) -> dict[str, Task]:
    """What is measured, by name."""

    def page(order: Order, filters: Filters, cursor: Cursor) -> Task:
        return lambda: catalogue(
            on.new_uow, clock, actor=on.actor, order=order, filters=filters, cursor=cursor
        )

    found: dict[str, Task] = {}
    for order in Order:
        name = order.name.lower()
        found[f"{name}: first page"] = page(order, Filters(), Cursor())
        deep = Cursor(after=await on.middle(order))
        found[f"{name}: further on"] = page(order, Filters(), deep)
    kaspi = Filters(place=Place.KASPI, category=Category.BEAUTY)
    found["reward: two filters"] = page(Order.REWARD, kaspi, Cursor())
    for name, question in (("rare", "крем 7"), ("common", "qyran"), ("none", "велосипед")):
        filters = Filters(needles=spelling.needles(question))
        found[f"search: {name} word"] = page(Order.NEW, filters, Cursor())
        found[f"search: {name} word, by reward"] = page(Order.REWARD, filters, Cursor())
    found["inline: words"] = lambda: inline_shelf(on.new_uow, clock, actor=on.actor, question="чай")
    found["filter: counts"] = lambda: facets(on.new_uow, clock)
    return found


def clock() -> datetime:
    """The moment at which the markets stand still."""
    return NOW


async def compare(small: Market, large: Market) -> list[tuple[str, float, float]]:
    """Each task on both, in turn: (name, median seconds on the small one, on the large one)."""
    few, many = await tasks(small), await tasks(large)
    table = []
    for name in few:
        spent: tuple[list[float], list[float]] = ([], [])
        for _ in range(REPEATS):
            for task, times in ((few[name], spent[0]), (many[name], spent[1])):
                started = time.perf_counter()
                await task()
                times.append(time.perf_counter() - started)
        table.append((name, median(spent[0]), median(spent[1])))
    return table


async def main(many: int, url: str | None) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        small = await market(f"sqlite+aiosqlite:///{Path(folder) / 'few.db'}", FEW)
        large = await market(url or f"sqlite+aiosqlite:///{Path(folder) / 'many.db'}", many)
        print(f"{'':34}{FEW:>8} {many:>8} offers   ratio")
        for name, few_seconds, many_seconds in await compare(small, large):
            print(
                f"{name:34}{few_seconds * 1e3:8.1f} {many_seconds * 1e3:8.1f} ms "
                f"{many_seconds / few_seconds:10.2f}"
            )
        await small.engine.dispose()
        await large.engine.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--url", help="an empty PostgreSQL database for the large market")
    given = parser.parse_args()
    asyncio.run(main(given.many, given.url))
