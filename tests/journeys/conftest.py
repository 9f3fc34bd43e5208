"""The whole application beside a local Telegram, and a small market to act in."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.drafts import OfferDraft
from core.enrolments import EnrolmentCard
from core.ids import OfferId
from core.labels import label_text
from core.people import Actor, Brand, Locale, Permission
from core.usecases.enrolments import take_offer
from core.usecases.proofs import submit_proof
from db.engine import create_engine
from scripts.application import OPERATOR, Application
from scripts.sandbox import Person
from tests.builders import DRAFT, a_brand, a_creator, an_offer

MANAGER, CREATOR, OTHER, RIVAL, MODERATOR = (OPERATOR + number for number in range(1, 6))


@pytest.fixture
async def app(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Application]:
    """The application, running, on a fresh database; afterwards its books must be right."""
    async with Application(tmp_path, template=sqlite_template) as opened:
        yield opened
        async with opened.new_uow(read_only=True) as uow:
            report = await uow.ledger.check()
        assert report.sound, report


@pytest.fixture(autouse=True)
def bugs(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Errors that the program logs of itself: a test that expects some empties the list."""
    caplog.set_level(logging.ERROR)
    found: list[str] = []
    yield found
    expected = set(found)
    logged = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.ERROR and record.name.startswith(("bot", "core", "db"))
    ]
    unexpected = [message for message in logged if not any(part in message for part in expected)]
    assert not unexpected, unexpected


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A brand with its manager, staff, two creators and another brand's manager; all read English.

    `offer` is open; `creator` has taken it and sent a proof, `other` has done nothing yet.
    """

    app: Application
    brand: Brand
    offer: OfferId
    card: EnrolmentCard
    operator: Person
    manager: Person
    creator: Person
    other: Person
    rival: Person
    actors: dict[int, Actor]

    def actor(self, person: Person) -> Actor:
        """The person as use cases know them."""
        return self.actors[person.id]


@pytest.fixture
async def market(app: Application) -> Market:
    """A small market, made through the use cases."""
    return await a_market(app)


async def a_market(app: Application, draft: OfferDraft = DRAFT) -> Market:
    """A small market around an offer of this kind."""
    new_uow, now, english = app.new_uow, app.clock(), Locale.EN
    people = [
        app.sandbox.person(name, language_code="en", telegram_id=number)
        for name, number in (
            ("Operator", OPERATOR),
            ("Manager", MANAGER),
            ("Creator", CREATOR),
            ("Other", OTHER),
            ("Rival", RIVAL),
        )
    ]
    operator, manager, creator, other, rival = people
    brand, managing = await a_brand(new_uow, now, "Айна", manager_id=MANAGER, locale=english)
    _, competing = await a_brand(new_uow, now, "Rival", manager_id=RIVAL, locale=english)
    offer = await an_offer(new_uow, now, brand.id, draft)
    assert offer.id is not None
    promoting = await a_creator(new_uow, now, telegram_id=CREATOR, locale=english)
    waiting = await a_creator(new_uow, now, "Дана", telegram_id=OTHER, locale=english)
    async with new_uow() as uow:
        staff = await uow.people.add(
            telegram_id=OPERATOR, name="Operator", username=None, now=now, locale=english
        )
        await uow.people.grant(staff, [Permission.OWNER])
        await uow.commit()
    operating = Actor(
        id=staff,
        telegram_id=OPERATOR,
        locale=english,
        permissions=frozenset({Permission.OWNER}),
    )
    card = await take_offer(new_uow, app.clock, actor=promoting, offer=offer.id)
    await submit_proof(
        new_uow,
        app.clock,
        actor=promoting,
        enrolment=card.enrolment.id,
        link="https://instagram.com/p/C8xYz1AbCdE",
        caption=f"{label_text(brand.legal_name)}. {card.enrolment.code}",
    )
    for person in people:
        person.state.chat_of(person.id).started = True
    await app.settle()
    actors = (operating, managing, promoting, waiting, competing)
    return Market(
        app=app,
        brand=brand,
        offer=offer.id,
        card=card,
        operator=operator,
        manager=manager,
        creator=creator,
        other=other,
        rival=rival,
        actors={actor.telegram_id: actor for actor in actors},
    )


async def contents(app: Application, *without: str) -> dict[str, list[Any]]:
    """Every row of every table but the named ones, to compare before and after."""
    engine = create_engine(app.settings.database_url)
    metadata = sa.MetaData()
    try:
        async with engine.connect() as connection:
            await connection.run_sync(metadata.reflect)
            return {
                table.name: sorted(map(repr, await connection.execute(sa.select(table))))
                for table in metadata.sorted_tables
                if table.name not in without
            }
    finally:
        await engine.dispose()
