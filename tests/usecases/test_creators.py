"""Creators: profiles, payout details, and what staff decide."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.secret_box import SecretBox
from core.errors import (
    AlreadyUsed,
    BadInput,
    BankClosed,
    InvalidIban,
    InvalidIin,
    NotAllowed,
    NotFound,
    OutOfDate,
    ProfileIncomplete,
    UnderAge,
)
from core.notifications import NoteKind
from core.people import Category, CreatorState, LegalStatus, Locale, Platform, Tier
from core.ports import UnitOfWorkFactory
from core.usecases.creators import (
    add_channel,
    creators_to_review,
    own_profile,
    remove_channel,
    restore_creator,
    review_creator,
    save_profile,
    set_iban,
    set_iin,
    set_legal_status,
    suspend_creator,
    suspended_creators,
)
from db.models import audit, creators, outbox
from tests.conftest import FrozenClock
from tests.usecases.people_builders import beginner, creator, known, owner

IIN = "950321300002"
CHILDS_IIN = "150515500002"  # born on 15 May 2015
IBAN = "KZ41722C000000000001"


@pytest.fixture
def box() -> SecretBox:
    return SecretBox(["k" * 32])


async def test_nobody_fills_in_a_profile_before_the_consent(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor = await known(new_uow, clock, 77)

    with pytest.raises(NotAllowed):
        await save_profile(new_uow, clock, actor=actor, name="Айгерім")

    assert await own_profile(new_uow, actor=actor) is None


async def test_a_half_filled_profile_stays_and_the_last_answer_makes_the_creator_active(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor = await beginner(new_uow, clock, 77)
    await save_profile(new_uow, clock, actor=actor, name="  Айгерім\n🌷 ")
    await save_profile(new_uow, clock, actor=actor, city="г. Караганда")

    half = await own_profile(new_uow, actor=actor)
    assert half is not None
    assert (half.display_name, half.city) == ("Айгерім 🌷", "Қарағанды")
    assert half.missing() == ("categories", "channel")
    assert half.state is CreatorState.NEW
    assert half.languages == (Locale.KK,)

    await save_profile(new_uow, clock, actor=actor, categories=[Category.FOOD, Category.BEAUTY])
    whole = await add_channel(
        new_uow, clock, actor=actor, link="https://www.tiktok.com/@Aika?_t=8", followers=25_000
    )

    assert whole.state is CreatorState.ACTIVE
    assert whole.categories == (Category.BEAUTY, Category.FOOD)
    assert (whole.claimed, whole.tier) == (25_000, Tier.STARTER)  # nothing is proved yet
    assert (await known(new_uow, clock, 77)).creator is CreatorState.ACTIVE


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "🌷"), ("name", "а" * 61), ("city", "123"), ("categories", []), ("languages", [])],
)
async def test_an_answer_that_says_nothing_is_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, field: str, value: str | list[Category]
) -> None:
    actor = await beginner(new_uow, clock, 77)

    with pytest.raises(BadInput):
        await save_profile(new_uow, clock, actor=actor, **{field: value})  # type: ignore[arg-type]


async def test_a_channel_belongs_to_one_creator_who_may_refresh_it(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    first = await beginner(new_uow, clock, 77)
    second = await beginner(new_uow, clock, 78)
    await add_channel(new_uow, clock, actor=first, link="t.me/aika", followers=10)

    again = await add_channel(
        new_uow, clock, actor=first, link="@Aika", platform=Platform.TELEGRAM, followers=900
    )
    with pytest.raises(AlreadyUsed):
        await add_channel(new_uow, clock, actor=second, link="https://t.me/AIKA/5", followers=1)

    assert [(channel.url, channel.followers) for channel in again.channels] == [
        ("https://t.me/aika", 900)
    ]


async def test_the_last_channel_stays_and_another_persons_is_out_of_reach(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    first = await creator(new_uow, clock, 77)
    second = await creator(new_uow, clock, 78)
    profile = await add_channel(new_uow, clock, actor=first, link="t.me/aika", followers=10)
    instagram, telegram = (channel.id for channel in profile.channels)
    assert instagram is not None
    assert telegram is not None

    with pytest.raises(NotFound):
        await remove_channel(new_uow, clock, actor=second, channel=telegram)
    left = await remove_channel(new_uow, clock, actor=first, channel=telegram)
    with pytest.raises(ProfileIncomplete):
        await remove_channel(new_uow, clock, actor=first, channel=instagram)

    assert [channel.id for channel in left.channels] == [instagram]
    assert await own_profile(new_uow, actor=first) == left


async def test_one_creator_has_at_most_ten_channels(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor = await beginner(new_uow, clock, 77)
    for number in range(10):
        await add_channel(new_uow, clock, actor=actor, link=f"t.me/aika{number}", followers=1)

    with pytest.raises(BadInput):
        await add_channel(new_uow, clock, actor=actor, link="t.me/eleventh", followers=1)


async def test_numbers_are_encrypted_at_rest_and_not_in_the_audit(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine, box: SecretBox
) -> None:
    actor = await creator(new_uow, clock, 77)
    await set_legal_status(new_uow, clock, actor=actor, status=LegalStatus.SELF_EMPLOYED)
    profile = await set_iin(new_uow, clock, actor=actor, text="950321 300002", box=box)
    iban = await set_iban(new_uow, clock, actor=actor, text="kz41 722c 0000 0000 0001", box=box)

    assert profile.has_iin
    assert (iban.bank_name, iban.tail) == ("Kaspi Bank", "0001")
    async with engine.connect() as connection:
        row = (await connection.execute(sa.select(creators))).one()
        facts = (await connection.scalars(sa.select(audit.c.facts))).all()
    raw = b"".join(value for value in row if isinstance(value, bytes))
    assert IIN.encode() not in raw
    assert IBAN.encode() not in raw
    assert IIN not in str(row)
    assert IBAN not in str(row)
    assert IIN not in str(facts)
    assert IBAN not in str(facts)
    async with new_uow(read_only=True) as uow:
        secrets = await uow.creators.payout_secrets(actor.id)
    assert secrets.iin_cipher is not None
    assert secrets.iban_cipher is not None
    assert box.decrypt(secrets.iin_cipher) == IIN
    assert box.decrypt(secrets.iban_cipher) == IBAN
    kept = await own_profile(new_uow, actor=actor)
    assert kept is not None
    assert kept.legal_status is LegalStatus.SELF_EMPLOYED
    assert (kept.bank, kept.iban_tail) == ("Kaspi Bank", "0001")


async def test_one_iin_makes_one_creator_even_when_ten_send_it_at_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, box: SecretBox
) -> None:
    actors = [await beginner(new_uow, clock, 70 + number) for number in range(10)]

    results = await asyncio.gather(
        *(set_iin(new_uow, clock, actor=actor, text=IIN, box=box) for actor in actors),
        return_exceptions=True,
    )

    assert sum(isinstance(result, AlreadyUsed) for result in results) == 9
    winner = next(
        actor
        for actor, result in zip(actors, results, strict=True)
        if not isinstance(result, BaseException)
    )
    await set_iin(new_uow, clock, actor=winner, text=IIN, box=box)  # their own again is no clash


async def test_a_child_and_a_misprint_are_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, box: SecretBox
) -> None:
    actor = await beginner(new_uow, clock, 77)

    with pytest.raises(UnderAge):
        await set_iin(new_uow, clock, actor=actor, text=CHILDS_IIN, box=box)
    with pytest.raises(InvalidIin):
        await set_iin(new_uow, clock, actor=actor, text="950321300003", box=box)
    with pytest.raises(InvalidIban):
        await set_iban(new_uow, clock, actor=actor, text="KZ71722C000012345678", box=box)

    kept = await own_profile(new_uow, actor=actor)
    assert kept is not None
    assert not kept.has_iin
    assert kept.iban_tail == ""


async def test_an_account_at_a_closed_bank_is_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, box: SecretBox
) -> None:
    actor = await beginner(new_uow, clock, 77)

    with pytest.raises(BankClosed):
        await set_iban(new_uow, clock, actor=actor, text=iban_at("826"), box=box)


def iban_at(bank: str) -> str:
    """A right IBAN at a bank: the control digits are found by the rule of ISO 13616."""
    account = f"{bank}A000000000001"
    digits = "".join(str(int(char, 36)) for char in f"{account}KZ00")
    return f"KZ{98 - int(digits) % 97:02d}{account}"


async def test_staff_look_at_each_active_creator_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    staff = await owner(new_uow, clock)
    await beginner(new_uow, clock, 70)  # nothing to look at yet
    actors = [await creator(new_uow, clock, telegram_id) for telegram_id in (71, 72, 73)]

    page, after = await creators_to_review(new_uow, actor=staff, after=None, limit=2)
    rest, end = await creators_to_review(new_uow, actor=staff, after=after, limit=2)
    await review_creator(new_uow, clock, actor=staff, creator=actors[0].id)
    await review_creator(new_uow, clock, actor=staff, creator=actors[0].id)

    assert [profile.creator.id for profile in [*page, *rest]] == [actor.id for actor in actors]
    assert end is None
    assert page[0].creator.channels[0].followers == 12_500
    left, _ = await creators_to_review(new_uow, actor=staff, after=None, limit=10)
    assert [profile.creator.id for profile in left] == [actor.id for actor in actors[1:]]


async def test_a_suspended_creator_is_told_why_and_restored_whole(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    staff = await owner(new_uow, clock)
    actor = await creator(new_uow, clock, 77)

    await suspend_creator(new_uow, clock, actor=staff, creator=actor.id, reason="Bought followers")
    with pytest.raises(OutOfDate):
        await suspend_creator(new_uow, clock, actor=staff, creator=actor.id, reason="Again")

    assert (await known(new_uow, clock, 77)).creator is CreatorState.SUSPENDED
    (shown,), _ = await suspended_creators(new_uow, actor=staff, after=None, limit=5)
    assert shown.reason == "Bought followers"

    clock.advance(hours=1)
    restored = await restore_creator(new_uow, clock, actor=staff, creator=actor.id)
    with pytest.raises(OutOfDate):
        await restore_creator(new_uow, clock, actor=staff, creator=actor.id)

    assert restored.creator.state is CreatorState.ACTIVE
    async with engine.connect() as connection:
        told = (
            await connection.execute(sa.select(outbox.c.kind, outbox.c.facts).order_by(outbox.c.id))
        ).all()
    assert [tuple(row) for row in told] == [
        (NoteKind.CREATOR_SUSPENDED, {"reason": "Bought followers"}),
        (NoteKind.CREATOR_RESTORED, {}),
    ]


async def test_a_creator_cannot_decide_on_creators(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    actor = await creator(new_uow, clock, 77)

    with pytest.raises(NotAllowed):
        await restore_creator(new_uow, clock, actor=actor, creator=actor.id)
    with pytest.raises(NotAllowed):
        await suspend_creator(new_uow, clock, actor=actor, creator=actor.id, reason="x y z")
    with pytest.raises(NotAllowed):
        await review_creator(new_uow, clock, actor=actor, creator=actor.id)
    with pytest.raises(NotAllowed):
        await creators_to_review(new_uow, actor=actor, after=None, limit=5)
