"""The ledger on both databases: each key moves money once, and the check sees what is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ids import BrandId
from core.ledger import OPERATOR, Account, Entry, LedgerReport, Transfer, TransferKind, top_up
from core.money import Money, tenge
from core.ports import UnitOfWorkFactory
from core.usecases.books import check_ledger
from core.usecases.payouts import request_payout
from db.engine import create_engine
from db.models import balances, commissions, entries, payouts, transfers
from db.uow import unit_of_work_factory
from tests.conftest import FrozenClock
from tests.usecases.money_builders import TAIL, a_rich_creator, an_accountant, at_once
from tests.usecases.order_builders import a_shop, an_order, report

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)


async def post(new_uow: UnitOfWorkFactory, *posted: Transfer) -> int:
    """Post in a unit of work of its own."""
    async with new_uow() as uow:
        count = await uow.ledger.post(posted)
        await uow.commit()
    return count


async def funds(new_uow: UnitOfWorkFactory, brand: int = 1) -> Money:
    """What is in the brand's funds."""
    async with new_uow(read_only=True) as uow:
        return await uow.ledger.balance(Account.BRAND_FUNDS, brand)


@pytest.fixture
async def damaged(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database that may be left in any state."""
    made = create_engine(database_url)
    yield made
    await made.dispose()


# --- posting -------------------------------------------------------------------------------------


@pytest.fixture
async def brand(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> BrandId:
    """A brand without money."""
    async with new_uow() as uow:
        made = await uow.brands.add(name="Qyran", legal_name="Q", bin="1", fee_bps=0, now=clock())
        await uow.commit()
    return made.id


async def test_a_key_moves_money_once_however_often_it_is_posted(
    new_uow: UnitOfWorkFactory, brand: BrandId
) -> None:
    transfer = top_up(brand, tenge(100), "1", NOON)

    assert await post(new_uow, transfer, transfer) == 1
    assert await post(new_uow, transfer) == 0
    assert await post(new_uow, transfer, top_up(brand, tenge(7), "2", NOON)) == 1
    assert await post(new_uow) == 0

    assert await funds(new_uow, brand) == tenge(107)


async def test_writers_who_post_the_same_at_once_post_it_once(
    new_uow: UnitOfWorkFactory, brand: BrandId
) -> None:
    batches = [
        [top_up(brand, tenge(1), str(key), NOON) for key in range(start, start + 20)]
        for start in (0, 5, 10, 0, 15)
    ]

    counts = await at_once(new_uow, *(post(new_uow, *batch) for batch in batches))

    assert sum(count for count in counts if isinstance(count, int)) == 35
    assert len(counts) == len(batches)
    assert await funds(new_uow, brand) == tenge(35)


async def test_thousands_of_transfers_are_posted_at_once(
    new_uow: UnitOfWorkFactory, brand: BrandId
) -> None:
    many = [top_up(brand, Money(key), str(key), NOON) for key in range(1, 2_001)]

    assert await post(new_uow, *many) == 2_000

    assert await funds(new_uow, brand) == Money(2_000 * 2_001 // 2)


async def test_what_a_transfer_moved_is_found_by_its_key(
    new_uow: UnitOfWorkFactory, brand: BrandId
) -> None:
    transfer = top_up(brand, tenge(100), "1", NOON)
    await post(new_uow, transfer)

    async with new_uow(read_only=True) as uow:
        moved = await uow.ledger.moved(transfer.key, Account.BANK, OPERATOR)
        assert moved == (NOON, -tenge(100))
        assert await uow.ledger.moved("top_up:2", Account.BANK, OPERATOR) is None


async def test_what_is_rolled_back_was_never_there(
    new_uow: UnitOfWorkFactory, brand: BrandId
) -> None:
    transfer = top_up(brand, tenge(100), "1", NOON)
    async with new_uow() as uow:
        await uow.ledger.post([transfer])

    assert await funds(new_uow, brand) == tenge(0)
    assert await post(new_uow, transfer) == 1


# --- the check -----------------------------------------------------------------------------------


async def _insert(engine: AsyncEngine, *statements: sa.Executable) -> None:
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(statement)


async def _after(engine: AsyncEngine, *statements: sa.Executable) -> LedgerReport:
    """What the check says once somebody has done this behind the ledger's back."""
    await _insert(engine, *statements)
    return await check_ledger(unit_of_work_factory(engine))


async def test_empty_books_are_sound(new_uow: UnitOfWorkFactory) -> None:
    assert await check_ledger(new_uow) == LedgerReport(transfers=0, entries=0, total_minor=0)


async def test_the_check_sees_a_lone_leg(damaged: AsyncEngine) -> None:
    found = await _after(
        damaged,
        sa.insert(transfers).values(id=1, key="x", kind=TransferKind.TOP_UP, at=NOON),
        sa.insert(entries).values(transfer_id=1, account=Account.BANK, owner=0, minor=5),
        sa.insert(balances).values(account=Account.BANK, owner=0, minor=5),
    )

    assert not found.sound
    assert (found.total_minor, found.unbalanced) == (5, ("x",))


async def test_the_check_sees_a_transfer_without_legs(damaged: AsyncEngine) -> None:
    found = await _after(
        damaged, sa.insert(transfers).values(key="x", kind=TransferKind.TOP_UP, at=NOON)
    )

    assert (found.sound, found.unbalanced) == (False, ("x",))


async def test_the_check_sees_a_balance_that_its_entries_do_not_make(
    damaged: AsyncEngine, clock: FrozenClock
) -> None:
    new_uow = unit_of_work_factory(damaged)
    shop = await a_shop(new_uow, clock)

    found = await _after(damaged, sa.update(balances).values(minor=balances.c.minor + 1))

    assert not found.sound
    assert set(found.wrong_balances) == {"bank:0", f"brand_funds:{shop.brand.id}"}


async def test_the_check_sees_commissions_that_the_books_do_not_hold(
    damaged: AsyncEngine, clock: FrozenClock
) -> None:
    new_uow = unit_of_work_factory(damaged)
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", an_order().status, shop.code, at=clock()))
    assert (await check_ledger(new_uow)).sound

    more = sa.update(commissions).values(amount_minor=commissions.c.amount_minor + 1)
    found = await _after(damaged, more)

    assert (found.wrong_commissions, found.wrong_funds, found.total_minor) == (1, 1, 0)
    fee = sa.update(commissions).values(fee_minor=commissions.c.fee_minor - 1)
    found = await _after(damaged, fee)  # the two amount to the right cost, of the wrong parts
    assert (found.wrong_commissions, found.wrong_funds) == (1, 1)


async def test_the_check_sees_a_release_that_the_books_missed(
    damaged: AsyncEngine, clock: FrozenClock
) -> None:
    new_uow = unit_of_work_factory(damaged)
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", an_order().status, shop.code, at=clock()))

    found = await _after(damaged, sa.update(commissions).values(state="available"))

    assert (found.sound, found.wrong_commissions) == (False, 2)  # pending and available


async def test_the_check_sees_a_payout_that_the_books_missed(
    damaged: AsyncEngine, clock: FrozenClock
) -> None:
    new_uow = unit_of_work_factory(damaged)
    shop = await a_shop(new_uow, clock)
    creator = await a_rich_creator(new_uow, clock, shop)
    await an_accountant(new_uow, clock)
    await request_payout(new_uow, clock, actor=creator, amount=tenge(9_000), iban_tail=TAIL)
    assert (await check_ledger(new_uow)).sound

    found = await _after(damaged, sa.update(payouts).values(state="paid"))

    assert (found.sound, found.wrong_payouts) == (False, 2)  # reserved and paid


async def test_the_check_sees_money_that_moved_between_creators(
    damaged: AsyncEngine, clock: FrozenClock
) -> None:
    new_uow = unit_of_work_factory(damaged)
    shop = await a_shop(new_uow, clock)
    creator = await a_rich_creator(new_uow, clock, shop)
    astray = Transfer(
        key="astray",
        kind=TransferKind.ADJUST,
        at=NOON,
        entries=(
            Entry(Account.CREATOR_AVAILABLE, creator.id, -500),
            Entry(Account.CREATOR_AVAILABLE, creator.id + 1, 500),
        ),
    )
    await post(new_uow, astray)

    found = await check_ledger(new_uow)

    assert (found.sound, found.wrong_commissions) == (False, 2)
