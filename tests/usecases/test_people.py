"""Meeting people: languages, consents, staff from the settings."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.consents import CONSENT_VERSION, consent_sha256, consent_text
from core.errors import OutOfDate
from core.people import CreatorState, Locale, Permission
from core.ports import UnitOfWorkFactory
from core.usecases.people import choose_locale, give_consent, meet, set_blocked, withdraw_consent
from db.models import audit, people
from tests.conftest import FrozenClock
from tests.usecases.people_builders import ADMIN, BIN, OPERATOR, beginner, creator, known


async def test_a_stranger_speaks_kazakh_until_a_language_is_chosen(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    meeting = await meet(new_uow, clock, telegram_id=77, name="Aigerim", username="aika")

    assert meeting.chosen_locale is None
    assert meeting.actor.locale is Locale.KK
    assert meeting.actor.creator is None
    assert not meeting.consented

    await choose_locale(new_uow, clock, actor=meeting.actor, locale=Locale.RU)

    again = await meet(new_uow, clock, telegram_id=77, name="Aigerim", username="aika")
    assert again.chosen_locale is Locale.RU
    assert again.actor.locale is Locale.RU
    assert again.actor.id == meeting.actor.id


async def test_many_first_messages_at_once_make_one_person(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    met = await asyncio.gather(*[known(new_uow, clock, 77) for _ in range(20)])

    assert len({actor.id for actor in met}) == 1


async def test_meeting_a_known_person_is_one_query_and_no_write(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    await creator(new_uow, clock, 77)
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    await known(new_uow, clock, 77)
    sa.event.remove(sa.Engine, "before_cursor_execute", note)

    assert [s for s in statements if not s.startswith("BEGIN")][1:] == []
    assert statements[-1].startswith("SELECT")


async def test_a_new_telegram_name_is_kept_and_an_invisible_one_is_replaced(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    first = await meet(new_uow, clock, telegram_id=77, name="\u202e\u200b", username=None)
    await meet(new_uow, clock, telegram_id=78, name="<b>Ай\u202eша</b> 🌷", username="aisha")

    async with new_uow(read_only=True) as uow:
        assert (await uow.people.get(first.actor.id)).name == "77"
        both = await uow.people.by_telegram_ids([77, 78])
        assert (await uow.people.get(both[78])).name == "<b>Айша</b> 🌷"

    await meet(new_uow, clock, telegram_id=78, name="Айша", username=None)

    async with new_uow(read_only=True) as uow:
        person = await uow.people.get(both[78])
    assert (person.name, person.username) == ("Айша", None)


async def test_somebody_who_blocked_the_bot_is_back_with_the_next_message(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor = await known(new_uow, clock, 77)

    await set_blocked(new_uow, telegram_id=77, blocked=True)
    await set_blocked(new_uow, telegram_id=12345, blocked=True)

    async with new_uow(read_only=True) as uow:
        assert (await uow.people.get(actor.id)).blocked_bot
    await known(new_uow, clock, 77)
    async with new_uow(read_only=True) as uow:
        assert not (await uow.people.get(actor.id)).blocked_bot


async def test_an_id_in_the_settings_is_an_owner_whom_notifications_reach(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    stranger = await known(new_uow, clock, ADMIN + 1)
    admin = await known(new_uow, clock, ADMIN)

    assert admin.may(Permission.FINANCE)
    assert not stranger.permissions
    async with new_uow(read_only=True) as uow:
        assert list(await uow.people.staff(Permission.MODERATION)) == [admin.id]


async def test_somebody_known_before_the_settings_named_them_becomes_an_owner(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    await meet(new_uow, clock, telegram_id=5, name="A", username=None)

    later = await meet(
        new_uow, clock, telegram_id=5, name="A", username=None, admin_ids=frozenset({5})
    )

    assert later.actor.permissions == {Permission.OWNER}


async def test_a_consent_is_kept_with_the_hash_of_the_very_text(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    actor = await beginner(new_uow, clock, 77)
    given_at = clock()
    clock.advance(days=1)
    await beginner(new_uow, clock, 77)  # a second tap

    async with new_uow(read_only=True) as uow:
        consent = await uow.people.consent(actor.id, CONSENT_VERSION)
    assert consent is not None
    assert consent.text_sha256 == consent_sha256(consent_text(Locale.KK, OPERATOR, BIN))
    assert consent.given_at == given_at
    assert consent.withdrawn_at is None
    async with engine.connect() as connection:
        written = await connection.scalars(
            sa.select(audit.c.action).where(audit.c.actor_id == actor.id)
        )
        assert list(written) == ["consent_given"]


async def test_a_button_under_an_older_text_does_not_consent(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor = await known(new_uow, clock, 77)

    with pytest.raises(OutOfDate):
        await give_consent(
            new_uow,
            clock,
            actor=actor,
            version="2020-01",
            locale=Locale.KK,
            operator=OPERATOR,
            bin=BIN,
        )

    assert (await known(new_uow, clock, 77)).creator is None


async def test_a_withdrawn_consent_stops_new_offers_until_it_is_given_again(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor = await creator(new_uow, clock, 77)
    assert actor.creator is CreatorState.ACTIVE

    assert await withdraw_consent(new_uow, clock, actor=actor)
    assert not await withdraw_consent(new_uow, clock, actor=actor)

    meeting = await meet(new_uow, clock, telegram_id=77, name="Айгерім", username=None)
    assert not meeting.consented
    assert meeting.actor.creator is CreatorState.NEW
    assert (await beginner(new_uow, clock, 77)).creator is CreatorState.ACTIVE


async def test_unknown_people_are_not_found(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    await known(new_uow, clock, 77)

    async with engine.connect() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(people)) == 1
