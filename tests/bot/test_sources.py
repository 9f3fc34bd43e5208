"""Sources in the chat: a shop is connected by its token, watched, paused and set going again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer

from bot.settings import Settings
from core.ids import SourceId
from core.money import tenge
from core.people import Brand, Locale, Permission
from core.runs import Source, SourceState
from scripts.sandbox import Person
from scripts.sandbox.kaspi import Entry, Fault, KaspiFake
from tests.bot.conftest import Open, Stage
from tests.builders import a_brand, a_person
from tests.conftest import FrozenClock

TOKEN = "kI6dSzFQ1gGm0pVNsF1x2yJ0aEw8u7h5b3R9cT4oQzE="
MUG = Entry(sku="MUG", name="Кружка", category="Cups", price=tenge(4_990))
PLACED = [(timedelta(0), "NEW", "APPROVED_BY_BANK")]


@dataclass
class Scene:
    """A moderator and a brand's manager, reading English, and the local Kaspi."""

    stage: Stage
    moderator: Person
    manager: Person
    brand: Brand
    fake: KaspiFake

    async def source(self) -> Source:
        """The only source."""
        async with self.stage.new_uow(read_only=True) as uow:
            return await uow.sources.get(SourceId(1))

    async def connect(self, token: str = TOKEN) -> None:
        """What a moderator does to connect the brand's shop."""
        await self.moderator.send("/sources")
        await self.moderator.click("Connect a Kaspi shop")
        await self.moderator.click(self.brand.name)
        await self.moderator.expect("Send the API token")
        await self.moderator.send(token)


@pytest.fixture
async def scene(application: Open, settings: Settings, clock: FrozenClock) -> AsyncIterator[Scene]:
    fake = KaspiFake(token=TOKEN, now=clock, hang_seconds=5)
    async with TestServer(fake.app()) as server:
        origin = str(server.make_url("/")).rstrip("/")
        local = {"http_local": (origin,), "kaspi_api_url": f"{origin}/shop/api/v2"}
        async with application(settings=settings.model_copy(update=local)) as stage:
            moderator, manager = (stage.sandbox.person(name) for name in ("Moder", "Manager"))
            english = Locale.EN
            brand, _ = await a_brand(
                stage.new_uow, clock(), "Qyran", manager_id=manager.id, locale=english
            )
            staff = await a_person(
                stage.new_uow, clock(), "Moder", telegram_id=moderator.id, locale=english
            )
            async with stage.new_uow() as uow:
                await uow.people.grant(staff.id, [Permission.MODERATION])
                await uow.commit()
            await manager.start()
            yield Scene(stage, moderator, manager, brand, fake)


async def test_a_shop_is_connected_and_the_message_with_its_token_is_deleted(scene: Scene) -> None:
    await scene.connect()
    card = await scene.moderator.expect("source is connected")

    assert "Read next" in card.text
    assert not any(TOKEN in message.text for message in scene.moderator.messages)
    scene.fake.add_order("501", scene.stage.clock(), PLACED, [MUG], "7011234567")
    scene.stage.clock.advance(minutes=5)
    await scene.stage.running.jobs.sweep()
    await scene.moderator.click("Readings")
    await scene.moderator.click("Kaspi, automatic (API)")
    await scene.moderator.expect("New orders: 1")
    for way_back in ("Files and readings", "Sources of orders"):
        await scene.moderator.click("Back")
        await scene.moderator.expect(way_back)
    assert scene.stage.sandbox.unanswered == []


async def test_a_wrong_token_is_said_so_and_asked_again(scene: Scene) -> None:
    await scene.connect("not-the-token")
    await scene.moderator.expect("does not accept the token")

    await scene.moderator.send(TOKEN)
    await scene.moderator.expect("source is connected")

    assert "not-the-token" not in [message.text for message in scene.moderator.messages]


async def test_a_source_is_paused_after_a_question_and_set_going_again(scene: Scene) -> None:
    await scene.connect()
    await scene.moderator.click("Pause")
    await scene.moderator.expect("Pause the reading of Qyran?")
    await scene.moderator.click("Yes, pause")
    await scene.moderator.expect("source is paused")
    paused = await scene.source()
    await scene.moderator.click("Set going again")
    await scene.moderator.expect("source is connected")

    assert paused.state is SourceState.PAUSED
    assert (await scene.source()).state is SourceState.ACTIVE


async def test_a_manager_is_told_of_a_pause_and_sees_why_but_cannot_meddle(scene: Scene) -> None:
    await scene.connect()
    await scene.moderator.expect("source is connected")
    scene.fake.fail(Fault.FORBIDDEN)
    await scene.stage.running.jobs.sweep()
    note = await scene.manager.expect("The connection to the shop of Qyran is paused")

    await scene.manager.click("Open", message=note)

    card = await scene.manager.expect("refuses access")
    assert not any("Set going" in label or "token" in label for label in card.labels)
    await scene.manager.tap("asc:1:r")
    await scene.manager.expect("You cannot do this")
    assert (await scene.source()).state is SourceState.PAUSED
