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


async def test_a_manager_is_told_what_to_do_about_a_pause_and_can_do_it(scene: Scene) -> None:
    await scene.connect()
    await scene.moderator.expect("source is connected")
    scene.fake.fail(Fault.UNAUTHORIZED)
    await scene.stage.running.jobs.sweep()
    note = await scene.manager.expect("The connection to the shop of Qyran is paused")
    assert "the head of the company opens Settings → API token" in note.text

    await scene.manager.click("Send a new token", message=note)
    await scene.manager.expect("Send the API token")
    await scene.manager.send("not-the-token")
    await scene.manager.expect("does not accept the token")
    await scene.manager.send(TOKEN)

    card = await scene.manager.expect("source is connected")
    assert "⏸ Pause" not in card.labels
    await scene.manager.click("Back", message=card)
    await scene.manager.click("🔌 Kaspi, automatic (API)")
    await scene.manager.expect("source is connected")
    assert (await scene.source()).state is SourceState.ACTIVE
    assert not any(TOKEN in message.text for message in scene.manager.messages)


async def test_a_manager_sets_going_again_what_failed_but_may_not_pause_or_see_others(
    scene: Scene,
) -> None:
    await scene.connect()
    await scene.moderator.expect("source is connected")
    scene.fake.fail(Fault.FORBIDDEN)
    await scene.stage.running.jobs.sweep()
    await scene.manager.expect("whether the shop is active")
    staff_note = await scene.moderator.expect("The connection to the shop of Qyran is paused")
    assert "Send a file" not in " ".join(staff_note.labels)

    await scene.manager.tap("asc:1:py")
    await scene.manager.expect("You cannot do this")
    await scene.manager.click("Set going again")
    await scene.manager.expect("source is connected")

    other = scene.stage.sandbox.person("Other")
    await a_brand(
        scene.stage.new_uow, scene.stage.clock(), "Aina", manager_id=other.id, locale=Locale.EN
    )
    await other.send("/import")
    await other.expect("Send the file")
    for tap in ("asc:1:r", "asc:1:s", f"asn:{scene.brand.id}:0", "asn:2:0"):
        await other.tap(tap)
        await other.expect("You cannot do this")


async def test_staff_see_what_is_wrong_with_each_source_and_when_it_is_tried_next(
    scene: Scene,
) -> None:
    await scene.connect()
    await scene.moderator.expect("source is connected")
    scene.fake.fail(Fault.SERVER_ERROR, times=3)
    await scene.stage.running.jobs.sweep()

    await scene.moderator.send("/sources")
    shown = await scene.moderator.expect("Sources of orders")

    for words in ("failing: 1", "🟡 Qyran", "is out of order", "next: 21.11.2026"):
        assert words in shown.text
    await scene.moderator.click("Only with trouble")
    await scene.moderator.click("🟡 Qyran")
    card = await scene.moderator.expect("Next try: 21.11.2026")
    assert "is out of order" in card.text
    scene.stage.clock.advance(minutes=5)
    await scene.stage.running.jobs.sweep()
    await scene.moderator.send("/sources")
    await scene.moderator.expect("🟢 Qyran")
