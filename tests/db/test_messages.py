"""The outbox sends each fact once, in order; forms and the audit log keep what they are given."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ids import PersonId
from core.notifications import Delivery, NoteKind, Notification
from core.people import Locale
from core.ports import UnitOfWorkFactory
from db.models import audit, outbox
from tests.conftest import FrozenClock

LEASE = timedelta(minutes=2)


@pytest.fixture
async def aigerim(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> PersonId:
    return await person(new_uow, clock, 101, Locale.KK)


@pytest.fixture
async def ruslan(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> PersonId:
    return await person(new_uow, clock, 102, Locale.RU)


async def person(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, telegram_id: int, locale: Locale
) -> PersonId:
    async with new_uow() as uow:
        found = await uow.people.add(
            telegram_id=telegram_id, name="A", username=None, now=clock(), locale=locale
        )
        await uow.commit()
    return found


def released(who: PersonId, key: str, amount: int = 100) -> Notification:
    facts = {"count": 1, "amount_minor": amount}
    return Notification(person=who, kind=NoteKind.RELEASED, key=key, facts=facts)


def a_proof(who: PersonId, key: str) -> Notification:
    facts = {"proof": 1, "title": "Крем", "creator": "Дана"}
    return Notification(person=who, kind=NoteKind.PROOF_SENT, key=key, facts=facts)


async def add(new_uow: UnitOfWorkFactory, clock: FrozenClock, *notes: Notification) -> None:
    async with new_uow() as uow:
        await uow.outbox.add(notes, now=clock())
        await uow.commit()


async def claim(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    limit: int = 10,
) -> list[Delivery]:
    async with new_uow() as uow:
        now = clock()
        found = await uow.outbox.claim(now=now, limit=limit, lease_until=now + LEASE)
        await uow.commit()
    return list(found)


async def test_a_fact_told_twice_is_queued_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, aigerim: PersonId
) -> None:
    await add(new_uow, clock, released(aigerim, "k", 100), released(aigerim, "k", 999))
    await add(new_uow, clock, released(aigerim, "k", 999))

    (delivery,) = await claim(new_uow, clock)

    assert delivery.facts == {"count": 1, "amount_minor": 100}
    assert (delivery.telegram_id, delivery.locale, delivery.attempts) == (101, "kk", 1)
    assert delivery.created_at == clock()


async def test_what_is_claimed_is_not_claimed_again_before_its_lease_ends(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, aigerim: PersonId
) -> None:
    await add(new_uow, clock, released(aigerim, "k"))
    (first,) = await claim(new_uow, clock)

    assert await claim(new_uow, clock) == []
    clock.advance(minutes=2)
    (again,) = await claim(new_uow, clock)

    assert (again.id, again.attempts) == (first.id, 2)


async def test_what_was_sent_stays_sent_whatever_a_slower_worker_says(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, aigerim: PersonId
) -> None:
    await add(new_uow, clock, released(aigerim, "k"))
    (delivery,) = await claim(new_uow, clock)
    async with new_uow() as uow:
        await uow.outbox.sent(delivery.id, now=clock())
        await uow.outbox.retry(delivery.id, due_at=clock(), error="late")
        await uow.commit()

    clock.advance(days=1)

    assert await claim(new_uow, clock) == []
    async with new_uow(read_only=True) as uow:
        assert await uow.outbox.oldest_due() is None


async def test_a_chat_gets_its_messages_one_by_one_and_in_order(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, aigerim: PersonId, ruslan: PersonId
) -> None:
    notes = [released(aigerim, "a1"), released(aigerim, "a2"), released(ruslan, "r1")]
    await add(new_uow, clock, *notes)

    first = await claim(new_uow, clock)
    during = await claim(new_uow, clock)
    async with new_uow() as uow:
        await uow.outbox.retry(first[0].id, due_at=clock() + timedelta(seconds=30), error="503")
        await uow.commit()
    waiting = await claim(new_uow, clock)
    clock.advance(seconds=30)
    retried = await claim(new_uow, clock)

    assert [delivery.telegram_id for delivery in first] == [101, 102]
    assert during == waiting == []
    assert [delivery.id for delivery in retried] == [first[0].id]


async def test_by_night_only_the_urgent_is_claimed(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, aigerim: PersonId
) -> None:
    quiet = Notification(person=aigerim, kind=NoteKind.PROOF_ACCEPTED, key="q")
    clock.advance(hours=12)  # midnight in Almaty
    await add(new_uow, clock, quiet, released(aigerim, "u"))

    by_night = await claim(new_uow, clock)
    async with new_uow(read_only=True) as uow:
        due_next = await uow.outbox.oldest_due()
    clock.advance(hours=8)
    by_day = await claim(new_uow, clock)

    assert [delivery.kind for delivery in by_night] == [NoteKind.RELEASED]
    assert due_next == clock() - timedelta(hours=8) + LEASE
    assert NoteKind.PROOF_ACCEPTED in [delivery.kind for delivery in by_day]


async def test_nothing_is_sent_to_somebody_who_has_blocked_the_bot(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, aigerim: PersonId
) -> None:
    await add(new_uow, clock, released(aigerim, "k"))
    async with new_uow() as uow:
        await uow.people.set_blocked(101, True)
        await uow.commit()

    blocked = await claim(new_uow, clock)
    async with new_uow() as uow:
        await uow.people.set_blocked(101, False)
        await uow.commit()

    assert blocked == await claim(new_uow, clock) == []


async def test_two_workers_never_claim_the_same_message(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    people = [await person(new_uow, clock, 200 + n, Locale.RU) for n in range(20)]
    await add(new_uow, clock, *(released(who, f"k{who}") for who in people))

    claims = await asyncio.gather(*(claim(new_uow, clock, limit=5) for _ in range(8)))

    claimed = [delivery.id for one in claims for delivery in one]
    assert len(claimed) == len(set(claimed)) == 20


async def test_a_rolled_back_fact_is_not_told(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, aigerim: PersonId
) -> None:
    async with new_uow() as uow:
        await uow.outbox.add([released(aigerim, "k")], now=clock())

    assert await claim(new_uow, clock) == []


async def test_a_long_error_is_kept_in_part(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine, aigerim: PersonId
) -> None:
    await add(new_uow, clock, released(aigerim, "k"))
    (delivery,) = await claim(new_uow, clock)
    async with new_uow() as uow:
        await uow.outbox.give_up(delivery.id, error="x" * 10_000)
        await uow.commit()

    async with engine.connect() as connection:
        row = (await connection.execute(sa.select(outbox.c.due_at, outbox.c.error))).one()
    assert (row.due_at, len(row.error)) == (None, 500)


async def test_a_form_is_kept_changed_and_gone(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    answers = {"title": "Ән 🎵", "days": [7, 14], "picture": None}
    async with new_uow() as uow:
        await uow.forms.save("1:1", state="Form:text", data=answers, now=clock())
        await uow.commit()
    async with new_uow() as uow:
        kept = await uow.forms.load("1:1")
        await uow.forms.save("1:1", state=None, data={"a": 1}, now=clock())
        changed = await uow.forms.load("1:1")
        await uow.forms.save("1:1", state=None, data={}, now=clock())
        gone = await uow.forms.load("1:1")
        await uow.commit()

    assert kept == ("Form:text", answers)
    assert changed == (None, {"a": 1})
    assert gone == (None, {})


async def test_the_audit_log_says_who_did_what(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine, aigerim: PersonId
) -> None:
    async with new_uow() as uow:
        await uow.audit.write(aigerim, "terms.change", "offer", 7, now=clock(), facts={"a": [1]})
        await uow.audit.write(None, "sweep", "offer", 7, now=clock())
        await uow.commit()

    async with engine.connect() as connection:
        rows = (await connection.execute(sa.select(audit).order_by(audit.c.id))).all()
    assert [(row.actor_id, row.action, row.facts) for row in rows] == [
        (aigerim, "terms.change", {"a": [1]}),
        (None, "sweep", {}),
    ]
    assert rows[0].at == clock()


async def test_a_claim_walks_neither_what_was_sent_nor_the_people(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine, aigerim: PersonId
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what the table holds")
    plans: list[str] = []
    await add(new_uow, clock, *(a_proof(aigerim, f"p{n}") for n in range(5)))

    @sa.event.listens_for(engine.sync_engine, "before_cursor_execute")
    def explain(_: object, cursor: Any, statement: str, parameters: Any, *more: object) -> None:
        if "outbox" in statement and not statement.startswith("EXPLAIN"):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in cursor.fetchall())

    assert await claim(new_uow, clock)

    assert len(plans) > 5
    assert not [step for step in plans if step.startswith("SCAN")]
