"""Brands ask, staff decide; whoever acts for a brand may do what their role allows."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.brand_requests import RequestState
from core.errors import (
    AlreadyUsed,
    BadInput,
    BrandSuspended,
    LastOwner,
    NotAllowed,
    NotFound,
    OutOfDate,
)
from core.ids import BrandId
from core.notifications import NoteKind
from core.offers import OfferState
from core.people import Actor, BrandRole, Permission
from core.ports import UnitOfWorkFactory
from core.usecases.brand_requests import (
    approve_request,
    decline_request,
    legal_data,
    next_request,
    own_sign_up,
    request_change,
    sign_up,
    waiting_change,
)
from core.usecases.brands import (
    brand_card,
    change_role,
    leave_brand,
    remove_manager,
    restore_brand,
    suspend_brand,
    suspension_of_brand,
)
from core.usecases.drafts import form_key
from core.usecases.funds import brand_funds
from core.usecases.invitations import change_permissions, dismiss_staff
from core.usecases.offers import pause_offer, resume_offer, review_offer
from tests.builders import a_brand, a_moderator, a_person, an_offer, told
from tests.conftest import FrozenClock
from tests.usecases.people_builders import BIN, OTHER_BIN, brand, known, owner

DATA = legal_data(name="Sulu", registered="ТОО «Sulu»", bin=BIN)


async def managed(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, *roles: BrandRole
) -> tuple[int, list[Actor]]:
    made = await brand(new_uow, clock, OTHER_BIN)
    people = []
    for number, role in enumerate(roles):
        actor = await known(new_uow, clock, 500 + number)
        async with new_uow() as uow:
            await uow.brands.set_manager(made.id, actor.id, role)
            await uow.commit()
        people.append(await known(new_uow, clock, 500 + number))
    return made.id, people


async def test_a_sign_up_becomes_a_brand_with_its_owner(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    staff = await owner(new_uow, clock)
    person = await known(new_uow, clock, 77)
    first = await sign_up(new_uow, clock, actor=person, data=replace(DATA, name="Сулу"))
    asked = await sign_up(new_uow, clock, actor=person, data=DATA)

    shown, following = await next_request(new_uow, actor=staff, after=None)
    made = await approve_request(new_uow, clock, actor=staff, request=asked.id, fee_bps=2_000)

    assert shown is not None
    assert (shown.request, following) == (asked, None)  # the second one replaced the first
    assert (made.name, made.bin, made.fee_bps) == ("Sulu", BIN, 2_000)
    assert (await known(new_uow, clock, 77)).brands == ((made.id, BrandRole.OWNER),)
    assert NoteKind.BRAND_APPROVED in await told(new_uow, person)
    assert NoteKind.BRAND_REQUESTED in await told(new_uow, staff)
    for request in (first.id, asked.id):
        with pytest.raises(OutOfDate):  # the second tap, and the one that was replaced
            await approve_request(new_uow, clock, actor=staff, request=request, fee_bps=0)
    with pytest.raises(AlreadyUsed):
        await sign_up(new_uow, clock, actor=await known(new_uow, clock, 78), data=DATA)


async def test_two_moderators_at_once_make_one_brand(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    staff = await owner(new_uow, clock)
    asked = await sign_up(new_uow, clock, actor=await known(new_uow, clock, 77), data=DATA)

    results = await asyncio.gather(
        *(
            approve_request(new_uow, clock, actor=staff, request=asked.id, fee_bps=0)
            for _ in range(5)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(result, OutOfDate) for result in results) == 4


async def test_a_declined_sign_up_tells_why_and_nobody_decides_for_themselves(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    staff = await owner(new_uow, clock)
    person = await known(new_uow, clock, 77)
    asked = await sign_up(new_uow, clock, actor=person, data=DATA)
    own = await sign_up(new_uow, clock, actor=staff, data=replace(DATA, bin=OTHER_BIN))

    with pytest.raises(BadInput):
        await decline_request(new_uow, clock, actor=staff, request=asked.id, note=" ")
    with pytest.raises(NotAllowed):
        await decline_request(new_uow, clock, actor=person, request=asked.id, note="Неге?")
    await decline_request(new_uow, clock, actor=staff, request=asked.id, note="БСН басқанікі")
    with pytest.raises(NotAllowed):
        await approve_request(new_uow, clock, actor=staff, request=own.id, fee_bps=0)

    left = await own_sign_up(new_uow, actor=person)
    assert left is not None
    assert (left.state, left.note) == (RequestState.DECLINED, "БСН басқанікі")
    assert NoteKind.BRAND_DECLINED in await told(new_uow, person)
    with pytest.raises(BadInput):
        await sign_up(new_uow, clock, actor=person, data=replace(DATA, bin="260340000003"))


async def test_legal_data_change_only_after_the_review(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    staff = await owner(new_uow, clock)
    number, (boss, member) = await managed(new_uow, clock, BrandRole.OWNER, BrandRole.MEMBER)
    made = (await brand_card(new_uow, actor=boss, brand=number)).brand  # type: ignore[arg-type]
    wanted = replace(DATA, legal_name="ТОО «Sulu Group»", bin=OTHER_BIN, licence="№ 17, 2024")

    with pytest.raises(NotAllowed):
        await request_change(new_uow, clock, actor=member, brand=made.id, data=wanted)
    asked = await request_change(new_uow, clock, actor=boss, brand=made.id, data=wanted)
    before = (await brand_card(new_uow, actor=member, brand=made.id)).brand
    assert await waiting_change(new_uow, actor=member, brand=made.id) == asked
    after = await approve_request(new_uow, clock, actor=staff, request=asked.id, fee_bps=0)

    assert before.legal_name == "ТОО «Sulu»"
    assert (after.legal_name, after.licence) == ("ТОО «Sulu Group»", "№ 17, 2024")
    assert after.fee_bps == 2_000  # a fee is agreed elsewhere
    with pytest.raises(BadInput):
        await request_change(new_uow, clock, actor=boss, brand=made.id, data=wanted)


async def test_the_last_owner_stays(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> None:
    number, (boss, member) = await managed(new_uow, clock, BrandRole.OWNER, BrandRole.MEMBER)
    made = (await brand_card(new_uow, actor=boss, brand=number)).brand.id  # type: ignore[arg-type]

    with pytest.raises(LastOwner):
        await leave_brand(new_uow, clock, actor=boss, brand=made)
    with pytest.raises(LastOwner):
        await change_role(
            new_uow, clock, actor=boss, brand=made, person=boss.id, role=BrandRole.MEMBER
        )
    with pytest.raises(NotAllowed):  # nobody raises themselves
        await change_role(
            new_uow, clock, actor=member, brand=made, person=member.id, role=BrandRole.OWNER
        )
    await change_role(
        new_uow, clock, actor=boss, brand=made, person=member.id, role=BrandRole.OWNER
    )
    card = await leave_brand(new_uow, clock, actor=boss, brand=made)

    assert [(one.person.id, one.role) for one in card.team] == [(member.id, BrandRole.OWNER)]
    assert NoteKind.ROLE_CHANGED in await told(new_uow, member)
    with pytest.raises(NotAllowed):  # the screen of before is still open
        await change_role(
            new_uow, clock, actor=boss, brand=made, person=member.id, role=BrandRole.MEMBER
        )


async def test_two_owners_who_leave_at_once_leave_one(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    number, owners = await managed(new_uow, clock, BrandRole.OWNER, BrandRole.OWNER)
    made = (await brand_card(new_uow, actor=owners[0], brand=number)).brand.id  # type: ignore[arg-type]

    results = await asyncio.gather(
        *(leave_brand(new_uow, clock, actor=one, brand=made) for one in owners),
        return_exceptions=True,
    )

    assert sum(isinstance(result, LastOwner) for result in results) == 1


async def test_a_removed_manager_sees_nothing_and_the_draft_stays_with_the_brand(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    number, (boss, member) = await managed(new_uow, clock, BrandRole.OWNER, BrandRole.MEMBER)
    made = (await brand_card(new_uow, actor=boss, brand=number)).brand.id  # type: ignore[arg-type]
    form = {"brand": made, "answers": {"title_kk": "Крем"}}
    async with new_uow() as uow:
        await uow.forms.save(form_key(member), state=None, data=form, now=clock())
        await uow.commit()

    with pytest.raises(NotAllowed):  # money is the owners'
        await brand_funds(new_uow, clock, actor=member, brand=made)
    await remove_manager(new_uow, clock, actor=boss, brand=made, person=member.id)

    async with new_uow(read_only=True) as uow:
        assert (await uow.forms.load(form_key(boss)))[1] == form
        assert (await uow.forms.load(form_key(member)))[1] == {}
    assert (await known(new_uow, clock, 501)).brands == ()
    assert NoteKind.ROLE_CHANGED in await told(new_uow, member)
    with pytest.raises(NotFound):
        await remove_manager(new_uow, clock, actor=boss, brand=made, person=member.id)


async def test_a_suspended_brand_publishes_nothing_and_is_told_why(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    moderator = await a_moderator(new_uow, clock())
    made, manager = await a_brand(new_uow, clock())
    shown = await an_offer(new_uow, clock(), made.id)
    waits = await an_offer(new_uow, clock(), made.id, state=OfferState.REVIEW)
    assert shown.id is not None
    assert waits.id is not None
    follows = await suspension_of_brand(new_uow, actor=moderator, brand=made.id)
    assert (follows.offers, follows.enrolments) == (1, 0)

    await suspend_brand(new_uow, clock, actor=moderator, brand=made.id, reason="Лицензия жоқ")

    assert NoteKind.BRAND_SUSPENDED in await told(new_uow, manager)
    with pytest.raises(OutOfDate):  # the second tap
        await suspend_brand(new_uow, clock, actor=moderator, brand=made.id, reason="Лицензия")
    await pause_offer(new_uow, clock, actor=manager, offer=shown.id)
    with pytest.raises(BrandSuspended) as refused:
        await resume_offer(new_uow, clock, actor=manager, offer=shown.id)
    assert refused.value.reason == "Лицензия жоқ"
    with pytest.raises(BrandSuspended):
        await review_offer(new_uow, clock, actor=moderator, offer=waits.id, approve=True)

    await restore_brand(new_uow, clock, actor=moderator, brand=made.id)
    assert (await resume_offer(new_uow, clock, actor=manager, offer=shown.id)).state == "active"


async def test_rights_of_the_staff_change_at_once_and_an_owner_is_left(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    boss = await owner(new_uow, clock)
    person = await a_person(new_uow, clock())
    both = [Permission.MODERATION, Permission.OWNER]
    async with new_uow() as uow:
        await uow.people.grant(person.id, both)
        await uow.commit()
    second = replace(person, permissions=frozenset(both))

    with pytest.raises(NotAllowed):  # nobody raises or keeps their own
        await change_permissions(new_uow, clock, actor=boss, person=boss.id, permissions=both)
    with pytest.raises(BadInput):
        await change_permissions(new_uow, clock, actor=boss, person=person.id, permissions=[])
    await change_permissions(
        new_uow, clock, actor=boss, person=person.id, permissions=[Permission.FINANCE]
    )

    assert NoteKind.RIGHTS_CHANGED in await told(new_uow, person)
    with pytest.raises(NotAllowed):  # an update that was under way while the rights went
        await dismiss_staff(new_uow, clock, actor=second, person=boss.id)
    members = await dismiss_staff(new_uow, clock, actor=boss, person=person.id)
    assert [member.person.id for member in members] == [boss.id]
    with pytest.raises(NotFound):
        await change_permissions(new_uow, clock, actor=boss, person=person.id, permissions=both)


async def test_who_was_removed_from_a_brand_changes_nothing_of_it_any_more(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    staff = await owner(new_uow, clock)
    made, (boss, former) = await managed(new_uow, clock, BrandRole.OWNER, BrandRole.OWNER)
    asked = await request_change(new_uow, clock, actor=former, brand=BrandId(made), data=DATA)
    await remove_manager(new_uow, clock, actor=boss, brand=BrandId(made), person=former.id)

    with pytest.raises(OutOfDate):
        await approve_request(new_uow, clock, actor=staff, request=asked.id, fee_bps=0)

    assert (await brand_card(new_uow, actor=boss, brand=BrandId(made))).brand.bin == OTHER_BIN
    await decline_request(new_uow, clock, actor=staff, request=asked.id, note="Not theirs")
