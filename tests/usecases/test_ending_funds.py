"""Owners are warned that money ends: once for each threshold, again after a top-up."""

from __future__ import annotations

from datetime import timedelta

from core.money import tenge
from core.notifications import NoteKind
from core.orders import OrderStatus
from core.ports import UnitOfWorkFactory
from core.usecases.funds import brand_funds, top_up, warn_of_ending_funds
from tests.builders import told
from tests.conftest import FrozenClock
from tests.usecases.money_builders import an_accountant
from tests.usecases.order_builders import a_shop, an_order, report

COST = 1_150  # tenge of one order of 10 000


async def test_a_warning_comes_once_for_each_threshold_and_again_after_a_top_up(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, funds=tenge(COST * 20))
    clock.advance(hours=1)

    async def day(number: int) -> int:
        """A day with one order, and the sweep that comes after it, twice."""
        order = an_order(f"{number}", OrderStatus.APPROVED, shop.code, at=clock())
        await report(new_uow, clock, shop, order)
        clock.advance(days=1)
        done = await warn_of_ending_funds(new_uow, clock)
        assert await warn_of_ending_funds(new_uow, clock) == 0
        return done

    warned = {}
    for number in range(19):
        if await day(number):
            view = await brand_funds(new_uow, clock, actor=shop.manager, brand=shop.brand.id)
            assert view.outlook
            warned[number] = view.outlook.left_days
    assert list(warned.values()) == [7, 2]
    assert (await told(new_uow, shop.manager)).count(NoteKind.FUNDS_ENDING) == 2

    view = await brand_funds(new_uow, clock, actor=shop.manager, brand=shop.brand.id)
    assert view.committed == tenge(COST * 19)
    assert view.outlook
    assert view.outlook.last == (clock() - timedelta(days=1)).date()

    accountant = await an_accountant(new_uow, clock)
    await top_up(
        new_uow, clock, actor=accountant, brand=shop.brand.id, amount=tenge(COST * 14), key="K1"
    )
    assert await warn_of_ending_funds(new_uow, clock) == 0
    assert [await day(number) for number in range(19, 28)].count(1) == 1
    assert (await told(new_uow, shop.manager)).count(NoteKind.FUNDS_ENDING) == 3


async def test_without_enough_days_there_is_no_forecast_and_no_warning(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, funds=tenge(COST * 2))
    for number in range(4):
        clock.advance(days=1)
        order = an_order(f"{number}", OrderStatus.APPROVED, shop.code, at=clock())
        await report(new_uow, clock, shop, order)
    clock.advance(days=1)

    view = await brand_funds(new_uow, clock, actor=shop.manager, brand=shop.brand.id)
    assert view.outlook is None
    assert await warn_of_ending_funds(new_uow, clock) == 0
