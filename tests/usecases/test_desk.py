"""The operator's desk: counts, the search for anybody, a person's card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.audit import AuditFilter
from core.errors import BadInput, NotAllowed
from core.ids import PersonId
from core.money import Money
from core.people import Actor, CreatorState, Permission
from core.ports import UnitOfWorkFactory
from core.usecases.audit import search_audit
from core.usecases.creators import set_iban, set_iin
from core.usecases.desk import find_anybody, person_card, waiting
from core.usecases.enrolments import take_offer
from tests.builders import a_brand, a_creator, a_person, an_offer
from tests.conftest import FrozenClock
from tests.usecases.order_builders import BOX
from tests.usecases.people_builders import owner

IIN, IBAN = "950321300002", "KZ41722C000000000001"


async def staff_with(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, *permissions: Permission
) -> Actor:
    actor = await a_person(new_uow, clock(), "Staff")
    async with new_uow() as uow:
        await uow.people.grant(actor.id, permissions)
        await uow.commit()
    return replace(actor, permissions=frozenset(permissions))


async def test_anybody_is_found_by_whatever_is_at_hand(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    staff = await owner(new_uow, clock)
    creator = await a_creator(new_uow, clock(), "Көкше Әлішер", telegram_id=712_345_678)
    brand, _ = await a_brand(new_uow, clock(), "Алма Бьюти")
    offer = await an_offer(new_uow, clock(), brand.id)
    await set_iin(new_uow, clock, actor=creator, text=IIN, box=BOX)
    await set_iban(new_uow, clock, actor=creator, text=IBAN, box=BOX)
    assert offer.id is not None
    card = await take_offer(new_uow, clock, actor=creator, offer=offer.id)
    async with new_uow() as uow:
        await uow.people.rename(creator.id, name="Alisher", username="alisher_k")
        await uow.commit()

    async def people(text: str) -> list[PersonId]:
        found = await find_anybody(new_uow, clock, BOX, actor=staff, text=text)
        return [person.id for person in found.people]

    for text in (
        "кокше", "алишер кок", "ALISHER", "@alisher_k", "t.me/alisher_k", "712345678", IIN,
        "kz41 722c 0000 0000 0001",
    ):  # fmt: skip
        assert await people(text) == [creator.id], text
    for text in ("шер", "алишер бьюти", "KZ72722S000000000001", "7123456789"):
        assert await people(text) == [], text

    by_brand = await find_anybody(new_uow, clock, BOX, actor=staff, text="алм")
    by_bin = await find_anybody(new_uow, clock, BOX, actor=staff, text="бет кут")
    by_code = await find_anybody(new_uow, clock, BOX, actor=staff, text=card.enrolment.code)
    assert [one.id for one in by_brand.brands] == [brand.id]
    assert [one.id for one in by_bin.offers] == [offer.id]
    assert [(one.holder, one.brand) for one in by_code.codes] == [(creator.id, brand.id)]
    with pytest.raises(BadInput):
        await people(" x ")


async def test_a_search_by_iin_is_written_down_without_the_number(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    staff = await owner(new_uow, clock)
    creator = await a_creator(new_uow, clock())
    await set_iin(new_uow, clock, actor=creator, text=IIN, box=BOX)

    await find_anybody(new_uow, clock, BOX, actor=staff, text=IIN)
    await find_anybody(new_uow, clock, BOX, actor=staff, text="кокше")

    entries, _ = await search_audit(
        new_uow, actor=staff, wanted=AuditFilter(by=staff.id), after=None, limit=10
    )
    assert [(entry.action, entry.object_id) for entry in entries] == [
        ("person_searched", creator.id)
    ]
    assert IIN not in str(entries[0].facts)


async def test_money_is_shown_to_finance_and_every_look_is_written_down(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    finance = await staff_with(new_uow, clock, Permission.FINANCE)
    moderator = await staff_with(new_uow, clock, Permission.MODERATION)
    creator = await a_creator(new_uow, clock())

    rich = await person_card(new_uow, clock, actor=finance, person=creator.id)
    poor = await person_card(new_uow, clock, actor=moderator, person=creator.id)

    assert rich.balances is not None
    assert rich.balances.available == Money(0)
    assert poor.balances is None
    assert poor.profile is not None
    assert poor.profile.creator.state is CreatorState.ACTIVE
    entries, _ = await search_audit(
        new_uow,
        actor=await owner(new_uow, clock),
        wanted=AuditFilter(object="person", object_id=creator.id),
        after=None,
        limit=10,
    )
    looks = [entry.actor for entry in entries if entry.action == "person_shown"]
    assert looks == [moderator.id, finance.id]


async def test_neither_strangers_nor_senders_of_broadcasts_search(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    _, manager = await a_brand(new_uow, clock())
    sender = await staff_with(new_uow, clock, Permission.BROADCAST)

    for actor in (manager, sender, await a_creator(new_uow, clock())):
        with pytest.raises(NotAllowed):
            await find_anybody(new_uow, clock, BOX, actor=actor, text="кокше")
        with pytest.raises(NotAllowed):
            await person_card(new_uow, clock, actor=actor, person=manager.id)
    with pytest.raises(NotAllowed):
        await waiting(new_uow, actor=manager)


async def test_the_desk_counts_what_the_reader_decides_on(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    await a_creator(new_uow, clock(), "Айгерім")
    await a_creator(new_uow, clock(), "Дана")

    moderator = await staff_with(new_uow, clock, Permission.MODERATION)
    finance = await staff_with(new_uow, clock, Permission.FINANCE)

    assert (await waiting(new_uow, actor=moderator)).creators == 2
    assert (await waiting(new_uow, actor=finance)).total == 0
