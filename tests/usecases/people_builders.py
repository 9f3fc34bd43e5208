"""People for tests, made through the doors that real ones use."""

from __future__ import annotations

from core.consents import CONSENT_VERSION
from core.people import Actor, Brand, Category, Locale
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import create_brand
from core.usecases.creators import add_channel, save_profile
from core.usecases.people import give_consent, meet

ADMIN = 1  # Telegram id of the first owner
BIN = "260340000002"
OTHER_BIN = "260340000302"
OPERATOR = "ТОО «Үлес»"


async def known(
    new_uow: UnitOfWorkFactory, clock: Clock, telegram_id: int, name: str = "Айгерім"
) -> Actor:
    """The actor of a Telegram user as the next update would load it."""
    meeting = await meet(
        new_uow,
        clock,
        telegram_id=telegram_id,
        name=name,
        username=None,
        admin_ids=frozenset({ADMIN}),
    )
    return meeting.actor


async def owner(new_uow: UnitOfWorkFactory, clock: Clock) -> Actor:
    """The owner whom the settings name."""
    return await known(new_uow, clock, ADMIN, "Әкімші")


async def beginner(new_uow: UnitOfWorkFactory, clock: Clock, telegram_id: int) -> Actor:
    """A creator who has only consented."""
    actor = await known(new_uow, clock, telegram_id)
    await give_consent(
        new_uow,
        clock,
        actor=actor,
        version=CONSENT_VERSION,
        locale=Locale.KK,
        operator=OPERATOR,
        bin=BIN,
    )
    return await known(new_uow, clock, telegram_id)


async def creator(new_uow: UnitOfWorkFactory, clock: Clock, telegram_id: int) -> Actor:
    """An active creator with one channel of 12 500 followers."""
    actor = await beginner(new_uow, clock, telegram_id)
    await save_profile(
        new_uow,
        clock,
        actor=actor,
        name="Айгерім",
        city="Алматы",
        categories=[Category.BEAUTY],
    )
    await add_channel(
        new_uow, clock, actor=actor, link=f"instagram.com/creator{telegram_id}", followers=12_500
    )
    return await known(new_uow, clock, telegram_id)


async def brand(new_uow: UnitOfWorkFactory, clock: Clock, bin: str = BIN) -> Brand:
    """A brand with a fee of 20 %."""
    return await create_brand(
        new_uow,
        clock,
        actor=await owner(new_uow, clock),
        name="Sulu",
        legal_name="ТОО «Sulu»",
        bin=bin,
        fee_bps=2_000,
    )
