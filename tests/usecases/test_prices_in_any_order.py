"""Ladder, cap, first orders, articles and budget: no price hangs on when an order was reported."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.money import tenge
from core.orders import NormalisedOrder, OrderItem, OrderStatus
from core.pricing import Rate, RateBy, Rule, Rung
from db.engine import create_engine
from db.uow import unit_of_work_factory
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    NOON,
    TEN_PERCENT,
    Shop,
    a_shop,
    an_order,
    report,
    standing,
)

RULE = Rule(
    percent_bps=1_000,
    first_order=1_500,
    ladder=(Rung(orders=1, worth=2_000), Rung(orders=2, worth=3_000)),
    rates=(Rate(by=RateBy.SKU, name="MUG", percent_bps=500),),
    cap_month_minor=tenge(5_000).minor,
    budget_minor=tenge(6_000).minor,
)
Fact = tuple[int, int, OrderStatus, str, bool]  # order, day of the news, status, phone, a mug


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    """News of a few orders of two buyers; the last day's news of an order stands."""
    days = draw(st.lists(st.integers(0, 9), min_size=3, max_size=8, unique=True))
    return [
        (
            number := draw(st.integers(1, 5)),
            day,
            draw(st.sampled_from([OrderStatus.APPROVED, *OrderStatus])),
            f"+7701000000{number % 2}",
            number == 4,
        )
        for day in days
    ]


@pytest.fixture(scope="module")
def shop(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Shop]:
    """Made once: making it takes longer than what is played on it."""
    file = tmp_path_factory.mktemp("prices") / "shop.db"
    shutil.copy(sqlite_template, file)

    async def furnished() -> Shop:
        engine = create_engine(f"sqlite+aiosqlite:///{file}")
        new_uow = unit_of_work_factory(engine)
        made = await a_shop(new_uow, FrozenClock(NOON), replace(TEN_PERCENT, rule=RULE))
        await engine.dispose()
        return made

    return file, asyncio.run(furnished())


@given(told=facts(), data=st.data())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_price_hangs_on_when_an_order_was_reported(
    shop: tuple[Path, Shop], tmp_path: Path, told: list[Fact], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations([*told, *data.draw(st.lists(st.sampled_from(told)))]))
    together = data.draw(st.integers(1, len(shuffled)))

    in_turn = asyncio.run(played(tmp_path, *shop, sorted(told, key=lambda fact: fact[1]), 1))
    out_of_turn = asyncio.run(played(tmp_path, *shop, shuffled, together))

    assert out_of_turn == in_turn


async def played(
    folder: Path, template: Path, shop: Shop, told: Sequence[Fact], together: int
) -> object:
    """What stands after files of so many orders each."""
    engine = create_engine(f"sqlite+aiosqlite:///{fresh(template, folder)}")
    new_uow = unit_of_work_factory(engine)
    clock = FrozenClock(NOON + timedelta(days=10))
    try:
        for file in files(told, together):
            await report(new_uow, clock, shop, *(as_order(shop, fact) for fact in file))
        async with new_uow(read_only=True) as uow:
            assert (await uow.ledger.check()).sound
            offer = await uow.offers.get(shop.enrolment.offer)
            return await standing(uow, shop, [shop.creator]), offer.spent_minor
    finally:
        await engine.dispose()


def fresh(template: Path, folder: Path) -> Path:
    for left in folder.glob("played.db*"):
        left.unlink()
    return Path(shutil.copy(template, folder / "played.db"))


def files(told: Sequence[Fact], together: int) -> list[list[Fact]]:
    """Files of so many orders at the most; none tells of an order twice."""
    made: list[list[Fact]] = []
    for fact in told:
        full = not made or len(made[-1]) >= together
        if full or fact[0] in {other[0] for other in made[-1]}:
            made.append([])
        made[-1].append(fact)
    return made


def as_order(shop: Shop, fact: Fact) -> NormalisedOrder:
    number, day, status, phone, mug = fact
    return an_order(
        str(number),
        status,
        shop.code,
        at=NOON + timedelta(hours=10 - number),
        changed=NOON + timedelta(days=day),
        phone=phone,
        items=(OrderItem(sku="MUG" if mug else "CUP", amount=tenge(10_000)),),
    )
