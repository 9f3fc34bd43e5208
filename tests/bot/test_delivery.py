"""Messages reach their readers: once each, in order, whatever Telegram answers and whoever dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import pytest
from aiogram import Bot

from bot.app import make_bot
from bot.delivery import DeliveryService, Tempo
from bot.queues import BroadcastQueue, Content
from bot.screens.base import Screen
from bot.settings import Settings
from core.ids import BroadcastId, PersonId
from core.notifications import Delivery, NoteKind, Notification
from core.people import Locale
from core.ports import UnitOfWork, UnitOfWorkFactory
from core.usecases.broadcasts import one_broadcast
from scripts.sandbox import Person, Sandbox
from tests.conftest import FrozenClock
from tests.crash.test_killed_broadcasts import a_broadcast_to_everybody, done
from tests.usecases.people_builders import owner

FAST = Tempo(rest=0.0, poll=0.01)


def plainly(delivery: Delivery) -> Screen:
    return Screen(f"{delivery.facts['text']}")


class Desk:
    """A delivery service and the people it writes to."""

    def __init__(
        self, bot: Bot, new_uow: UnitOfWorkFactory, clock: FrozenClock, sandbox: Sandbox
    ) -> None:
        self.bot, self.new_uow, self.clock, self.sandbox = bot, new_uow, clock, sandbox
        self._ids: dict[int, PersonId] = {}
        self._written = 0
        self.begun = asyncio.Event()  # a message has been worded and is about to go

    async def person(self, name: str) -> Person:
        person = self.sandbox.person(name)
        await person.start()  # a bot cannot write first
        async with self.new_uow() as uow:
            self._ids[person.id] = await uow.people.add(
                telegram_id=person.id, name=name, username=None, now=self.clock(), locale=Locale.RU
            )
            await uow.commit()
        return person

    async def write(self, person: Person, *texts: str, kind: NoteKind = NoteKind.RELEASED) -> None:
        notes = []
        for text in texts:
            self._written += 1
            notes.append(
                Notification(
                    person=self._ids[person.id],
                    kind=kind,
                    key=f"k{self._written}",
                    facts={"text": text},
                )
            )
        async with self.new_uow() as uow:
            await uow.outbox.add(notes, now=self.clock())
            await uow.commit()

    def service(
        self, *, tempo: Tempo = FAST, wording: Callable[[Delivery], Screen] = plainly
    ) -> DeliveryService:
        def noticed(delivery: Delivery) -> Screen:
            self.begun.set()
            return wording(delivery)

        return DeliveryService(self.bot, self.new_uow, self.clock, noticed, tempo=tempo)

    @asynccontextmanager
    async def sending(
        self, *, tempo: Tempo = FAST, wording: Callable[[Delivery], Screen] = plainly
    ) -> AsyncIterator[DeliveryService]:
        service = self.service(tempo=tempo, wording=wording)
        task = asyncio.create_task(service.run())
        try:
            yield service
        finally:
            service.stop()
            await task

    async def waiting(self) -> bool:
        """Whether anything is still to be sent."""
        async with self.new_uow(read_only=True) as uow:
            return await uow.outbox.oldest_due() is not None

    async def settled(self) -> None:
        async with asyncio.timeout(10):
            while await self.waiting():  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.01)


@pytest.fixture
async def desk(
    settings: Settings, new_uow: UnitOfWorkFactory, clock: FrozenClock, sandbox: Sandbox
) -> AsyncIterator[Desk]:
    bot = make_bot(settings)
    yield Desk(bot, new_uow, clock, sandbox)
    await bot.session.close()


def texts(person: Person) -> list[str]:
    return [message.text for message in person.received]


async def test_each_message_arrives_once_and_in_order(desk: Desk) -> None:
    aigerim, ruslan = await desk.person("Айгерім"), await desk.person("Руслан")
    await desk.write(aigerim, *(f"a{n}" for n in range(8)))
    await desk.write(ruslan, *(f"r{n}" for n in range(8)))

    async with desk.sending():
        await desk.settled()

    assert texts(aigerim) == [f"a{n}" for n in range(8)]
    assert texts(ruslan) == [f"r{n}" for n in range(8)]


async def test_a_flood_wait_holds_everything_and_nothing_is_lost(desk: Desk) -> None:
    people = [await desk.person(f"P{n}") for n in range(6)]
    for person in people:
        await desk.write(person, "first", "second")
    desk.sandbox.fail("too_many", "sendMessage", times=1, retry_after=1)

    async with desk.sending():
        await desk.settled()

    assert [texts(person) for person in people] == [["first", "second"]] * 6
    assert desk.sandbox.calls("sendMessage") <= 12 + 6  # those under way, not a storm


async def test_a_server_error_is_tried_again_later_and_order_is_kept(desk: Desk) -> None:
    aigerim, ruslan = await desk.person("Айгерім"), await desk.person("Руслан")
    await desk.write(aigerim, "a1", "a2")
    await desk.write(ruslan, "r1")
    desk.sandbox.fail("error", "sendMessage", times=1, status=502, chat_id=aigerim.id)

    async with desk.sending():
        await ruslan.expect("r1")
        await aigerim.expect_nothing(seconds=0.1)
        desk.clock.advance(seconds=5)
        await desk.settled()

    assert texts(aigerim) == ["a1", "a2"]


async def test_a_telegram_that_is_away_is_waited_for(desk: Desk) -> None:
    aigerim = await desk.person("Айгерім")
    await desk.write(aigerim, "hello")
    desk.sandbox.fail("away", "sendMessage", times=3)

    async with desk.sending():
        async with asyncio.timeout(10):
            while not texts(aigerim):
                await asyncio.sleep(0.02)
                desk.clock.advance(minutes=2)

    assert texts(aigerim) == ["hello"]


async def test_somebody_who_blocked_the_bot_is_left_in_peace(
    desk: Desk, new_uow: UnitOfWorkFactory
) -> None:
    aigerim, ruslan = await desk.person("Айгерім"), await desk.person("Руслан")
    await desk.write(aigerim, "a1", "a2")
    await desk.write(ruslan, "r1")
    aigerim.block()

    async with desk.sending():
        await desk.settled()

    assert texts(ruslan) == ["r1"]
    assert texts(aigerim) == []
    assert desk.sandbox.calls("sendMessage") == 2  # one try was enough


async def test_what_telegram_refuses_does_not_stop_the_rest(desk: Desk) -> None:
    aigerim = await desk.person("Айгерім")
    await desk.write(aigerim, "<b>broken", "whole")

    async with desk.sending():
        await desk.settled()

    assert texts(aigerim) == ["whole"]


async def test_a_notification_without_words_does_not_stop_the_rest(desk: Desk) -> None:
    aigerim = await desk.person("Айгерім")
    await desk.write(aigerim, "unspeakable", "whole")

    def wording(delivery: Delivery) -> Screen:
        if delivery.facts["text"] == "unspeakable":
            raise KeyError("title")
        return plainly(delivery)

    async with desk.sending(wording=wording):
        await desk.settled()

    assert texts(aigerim) == ["whole"]


async def test_death_between_sending_and_writing_it_down_loses_nothing(desk: Desk) -> None:
    aigerim = await desk.person("Айгерім")
    await desk.write(aigerim, "a1", "a2")
    desk.sandbox.fail("slow", "sendMessage", times=1, seconds=5)
    task = asyncio.create_task(desk.service().run())
    await desk.begun.wait()
    await asyncio.sleep(0.05)
    task.cancel()  # killed: nothing is finished, nothing written down
    await asyncio.gather(task, return_exceptions=True)
    desk.sandbox.heal()

    async with desk.sending():
        desk.clock.advance(minutes=2)  # the lease of the dead ends
        await desk.settled()

    arrived = texts(aigerim)
    assert arrived[-2:] == ["a1", "a2"]
    assert arrived[:-2] in ([], ["a1"])  # at least once: the one under way may come twice


async def test_an_answer_that_got_lost_sends_at_least_once(desk: Desk) -> None:
    aigerim = await desk.person("Айгерім")
    await desk.write(aigerim, "a1", "a2")
    desk.sandbox.fail("lost", "sendMessage", times=1)

    async with desk.sending():
        async with asyncio.timeout(10):
            while await desk.waiting():
                await asyncio.sleep(0.02)
                desk.clock.advance(seconds=5)

    assert texts(aigerim) == ["a1", "a1", "a2"]


async def test_by_night_only_the_urgent_is_told(desk: Desk) -> None:
    aigerim = await desk.person("Айгерім")
    desk.clock.advance(hours=12)  # midnight in Almaty
    await desk.write(aigerim, "news", kind=NoteKind.ORDERS_NEWS)
    await desk.write(aigerim, "money", kind=NoteKind.RELEASED)

    async with desk.sending():
        await aigerim.expect("money")
        await aigerim.expect_nothing(seconds=0.1)
        desk.clock.advance(hours=8)
        await desk.settled()

    assert texts(aigerim) == ["money", "news"]


async def test_a_clock_moved_past_the_lease_sends_nothing_twice(desk: Desk) -> None:
    aigerim = await desk.person("Айгерім")
    await desk.write(aigerim, "a1")
    desk.sandbox.fail("slow", "sendMessage", times=1, seconds=0.3)

    async with desk.sending():
        await desk.begun.wait()
        desk.clock.advance(days=14)
        await asyncio.sleep(0.1)
        await desk.settled()

    assert texts(aigerim) == ["a1"]


async def test_no_second_carries_more_than_the_slots(desk: Desk) -> None:
    people = [await desk.person(f"P{n}") for n in range(9)]
    for person in people:
        await desk.write(person, "x")
    tempo = Tempo(slots=3, rest=0.25, poll=0.01)
    loop = asyncio.get_running_loop()

    started = loop.time()
    async with desk.sending(tempo=tempo):
        await desk.settled()
    took = loop.time() - started

    assert took >= 0.5  # three rounds of three with a rest between them
    assert all(texts(person) == ["x"] for person in people)


async def test_who_waits_for_money_goes_first_and_keeps_the_order(desk: Desk) -> None:
    crowd = [await desk.person(f"P{n}") for n in range(6)]
    for person in crowd:
        await desk.write(person, "news", kind=NoteKind.ORDERS_NEWS)
    await desk.write(crowd[-1], "money", kind=NoteKind.PAYOUT_PAID)
    sent: list[tuple[int, str]] = []

    def wording(delivery: Delivery) -> Screen:
        sent.append((delivery.telegram_id, delivery.facts["text"]))
        return plainly(delivery)

    async with desk.sending(tempo=Tempo(slots=1, rest=0.0, poll=0.01), wording=wording):
        await desk.settled()

    assert sent[:2] == [(crowd[-1].id, "news"), (crowd[-1].id, "money")]
    assert len(sent) == 7


async def test_a_stop_waits_for_what_is_under_way_and_leaves_the_rest(desk: Desk) -> None:
    aigerim, ruslan = await desk.person("Айгерім"), await desk.person("Руслан")
    await desk.write(aigerim, "a1", "a2")
    desk.sandbox.fail("slow", "sendMessage", times=1, seconds=0.2)

    async with desk.sending() as service:
        await desk.begun.wait()
        service.stop()
    await desk.write(ruslan, "r1")
    await asyncio.sleep(0.05)

    assert (texts(aigerim), texts(ruslan)) == (["a1"], [])
    async with desk.sending():
        await desk.settled()
    assert (texts(aigerim), texts(ruslan)) == (["a1", "a2"], ["r1"])


async def test_readers_who_have_blocked_the_bot_cost_no_transaction_each(desk: Desk) -> None:
    """Outcomes are written down together, whatever they are: writers of the database are few."""
    crowd = [await desk.person(f"P{n}") for n in range(30)]
    for person in crowd[::2]:
        person.block()
    staff = await owner(desk.new_uow, desk.clock)
    broadcast = await a_broadcast_to_everybody(desk.new_uow, desk.clock, staff)
    writers = 0

    def counted(**options: bool) -> AbstractAsyncContextManager[UnitOfWork]:
        nonlocal writers
        writers += not options.get("read_only")
        return desk.new_uow(**options)

    async def load(_: BroadcastId) -> Content:
        return lambda delivery: Screen("news")

    service = DeliveryService(
        desk.bot,
        counted,
        desk.clock,
        plainly,
        broadcasts=BroadcastQueue(counted, desk.clock, load),
        tempo=Tempo(rest=0.4, poll=0.01),
    )
    task = asyncio.create_task(service.run())
    async with asyncio.timeout(20):
        while not await done(desk.new_uow, staff, broadcast):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    service.stop()
    await task

    tally = (await one_broadcast(desk.new_uow, actor=staff, broadcast=broadcast)).tally
    assert (tally.sent, tally.blocked, tally.failed) == (15, 15, 0)
    assert writers <= 10  # with one for each who has blocked it would be more than fifteen


def test_a_lease_outlives_any_call() -> None:
    from bot.delivery import LEASE

    assert timedelta(seconds=60 + 30) <= LEASE  # aiogram gives up a call after a minute
