"""Brands, their people, and the invitations that make them."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import (
    AlreadyUsed,
    BadInput,
    InvitationSpent,
    LastOwner,
    NotAllowed,
    NotFound,
)
from core.money import tenge
from core.people import BrandRole, Permission
from core.ports import UnitOfWorkFactory
from core.usecases.brands import (
    all_brands,
    brand_card,
    change_conditions,
    create_brand,
    own_brands,
    remove_manager,
    restore_brand,
    suspend_brand,
)
from core.usecases.invitations import (
    accept_invitation,
    dismiss_staff,
    invite_manager,
    invite_staff,
    staff_members,
)
from db.models import audit, brand_managers, invitations
from tests.conftest import FrozenClock
from tests.usecases.people_builders import BIN, OTHER_BIN, brand, known, owner


async def test_a_brand_is_made_once_by_its_number(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    first = await brand(new_uow, clock)

    with pytest.raises(AlreadyUsed):
        await brand(new_uow, clock)
    second = await brand(new_uow, clock, OTHER_BIN)

    staff = await owner(new_uow, clock)
    page, after = await all_brands(new_uow, actor=staff, after=None, limit=1)
    rest, end = await all_brands(new_uow, actor=staff, after=after, limit=1)
    assert [*page, *rest] == [first, second]
    assert end is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "—"),
        ("legal_name", "x" * 121),
        ("bin", "260340000003"),
        ("fee_bps", 5_001),
        ("fee_bps", -1),
    ],
)
async def test_a_brand_with_a_wrong_field_is_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, field: str, value: str | int
) -> None:
    fields = {"name": "Sulu", "legal_name": "ТОО «Sulu»", "bin": BIN, "fee_bps": 0, field: value}

    with pytest.raises(BadInput):
        await create_brand(
            new_uow,
            clock,
            actor=await owner(new_uow, clock),
            **fields,  # type: ignore[arg-type]
        )


async def test_a_stranger_makes_no_brand_and_invites_nobody(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    made = await brand(new_uow, clock)
    stranger = await known(new_uow, clock, 77)

    with pytest.raises(NotAllowed):
        await create_brand(
            new_uow, clock, actor=stranger, name="A", legal_name="A", bin=OTHER_BIN, fee_bps=0
        )
    with pytest.raises(NotAllowed):
        await invite_manager(new_uow, clock, actor=stranger, brand=made.id, role=BrandRole.OWNER)
    with pytest.raises(NotAllowed):
        await invite_staff(new_uow, clock, actor=stranger, permissions=[Permission.FINANCE])
    with pytest.raises(NotAllowed):
        await brand_card(new_uow, actor=stranger, brand=made.id)
    with pytest.raises(NotAllowed):
        await all_brands(new_uow, actor=stranger, after=None, limit=5)


async def test_an_invitation_makes_a_manager_who_invites_the_next(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    made = await brand(new_uow, clock)
    staff = await owner(new_uow, clock)
    token = await invite_manager(new_uow, clock, actor=staff, brand=made.id, role=BrandRole.OWNER)

    accepted = await accept_invitation(
        new_uow, clock, actor=await known(new_uow, clock, 77), token=token
    )

    assert accepted.brand_name == "Sulu"
    boss = await known(new_uow, clock, 77)
    assert boss.brands == ((made.id, BrandRole.OWNER),)
    assert await own_brands(new_uow, actor=boss) == [made]

    next_token = await invite_manager(
        new_uow, clock, actor=boss, brand=made.id, role=BrandRole.MEMBER
    )
    await accept_invitation(new_uow, clock, actor=await known(new_uow, clock, 78), token=next_token)

    member = await known(new_uow, clock, 78)
    with pytest.raises(NotAllowed):
        await invite_manager(new_uow, clock, actor=member, brand=made.id, role=BrandRole.OWNER)
    card = await brand_card(new_uow, actor=member, brand=made.id)
    assert [(manager.person.telegram_id, manager.role) for manager in card.team] == [
        (77, BrandRole.OWNER),
        (78, BrandRole.MEMBER),
    ]
    async with new_uow(read_only=True) as uow:
        assert list(await uow.brands.managers(made.id)) == [boss.id, member.id]


async def test_fifty_acceptances_of_one_invitation_at_once_make_one_manager(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    made = await brand(new_uow, clock)
    token = await invite_manager(
        new_uow,
        clock,
        actor=await owner(new_uow, clock),
        brand=made.id,
        role=BrandRole.MEMBER,
    )
    crowd = [await known(new_uow, clock, 100 + number) for number in range(50)]

    results = await asyncio.gather(
        *(accept_invitation(new_uow, clock, actor=actor, token=token) for actor in crowd),
        return_exceptions=True,
    )

    assert sum(isinstance(result, InvitationSpent) for result in results) == 49
    async with engine.connect() as connection:
        rows = await connection.scalar(sa.select(sa.func.count()).select_from(brand_managers))
    assert rows == 1


async def test_a_forged_a_late_and_a_spent_link_get_a_plain_refusal(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    made = await brand(new_uow, clock)
    staff = await owner(new_uow, clock)
    actor = await known(new_uow, clock, 77)
    late = await invite_manager(new_uow, clock, actor=staff, brand=made.id, role=BrandRole.MEMBER)
    clock.advance(days=7)

    for token in ("", "x", "A" * 22, "' OR 1=1 --", late):
        with pytest.raises(InvitationSpent):
            await accept_invitation(new_uow, clock, actor=actor, token=token)

    assert (await known(new_uow, clock, 77)).brands == ()


async def test_pressing_the_link_again_is_harmless_until_the_role_is_gone(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    made = await brand(new_uow, clock)
    staff = await owner(new_uow, clock)
    token = await invite_manager(new_uow, clock, actor=staff, brand=made.id, role=BrandRole.MEMBER)
    actor = await known(new_uow, clock, 77)

    once = await accept_invitation(new_uow, clock, actor=actor, token=token)
    assert await accept_invitation(new_uow, clock, actor=actor, token=token) == once

    await remove_manager(new_uow, clock, actor=staff, brand=made.id, person=actor.id)
    with pytest.raises(InvitationSpent):
        await accept_invitation(new_uow, clock, actor=actor, token=token)
    assert (await known(new_uow, clock, 77)).brands == ()


async def test_only_the_digest_of_a_token_is_stored(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    made = await brand(new_uow, clock)
    token = await invite_manager(
        new_uow,
        clock,
        actor=await owner(new_uow, clock),
        brand=made.id,
        role=BrandRole.OWNER,
    )

    async with engine.connect() as connection:
        rows = (await connection.execute(sa.select(invitations))).all()
        told = (await connection.execute(sa.select(audit))).all()

    assert len(token) == 22
    assert token not in str(rows)
    assert token not in str(told)


async def test_an_owner_who_accepts_a_members_invitation_stays_an_owner(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    made = await brand(new_uow, clock)
    staff = await owner(new_uow, clock)
    for role in (BrandRole.MEMBER, BrandRole.OWNER, BrandRole.MEMBER):
        token = await invite_manager(new_uow, clock, actor=staff, brand=made.id, role=role)
        await accept_invitation(new_uow, clock, actor=await known(new_uow, clock, 77), token=token)

    assert (await known(new_uow, clock, 77)).brands == ((made.id, BrandRole.OWNER),)


async def test_whoever_is_removed_leaves_no_open_door(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    made = await brand(new_uow, clock)
    staff = await owner(new_uow, clock)
    first = await invite_manager(new_uow, clock, actor=staff, brand=made.id, role=BrandRole.OWNER)
    await accept_invitation(new_uow, clock, actor=await known(new_uow, clock, 77), token=first)
    boss = await known(new_uow, clock, 77)
    spare = await invite_manager(new_uow, clock, actor=boss, brand=made.id, role=BrandRole.OWNER)

    with pytest.raises(LastOwner):  # the last owner is removed by staff only
        await remove_manager(new_uow, clock, actor=boss, brand=made.id, person=boss.id)
    with pytest.raises(NotFound):
        await remove_manager(new_uow, clock, actor=staff, brand=made.id, person=staff.id)
    card = await remove_manager(new_uow, clock, actor=staff, brand=made.id, person=boss.id)

    assert card.team == ()
    with pytest.raises(InvitationSpent):
        await accept_invitation(new_uow, clock, actor=boss, token=spare)


async def test_a_colleague_gets_exactly_the_permissions_of_the_invitation(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    staff = await owner(new_uow, clock)
    with pytest.raises(BadInput):
        await invite_staff(new_uow, clock, actor=staff, permissions=[])
    token = await invite_staff(new_uow, clock, actor=staff, permissions=[Permission.MODERATION])

    await accept_invitation(new_uow, clock, actor=await known(new_uow, clock, 77), token=token)

    colleague = await known(new_uow, clock, 77)
    assert colleague.permissions == {Permission.MODERATION}
    with pytest.raises(NotAllowed):
        await invite_staff(new_uow, clock, actor=colleague, permissions=[Permission.OWNER])
    members = await staff_members(new_uow, actor=staff)
    assert {member.person.telegram_id: member.permissions for member in members} == {
        1: {Permission.OWNER},
        77: {Permission.MODERATION},
    }


async def test_a_dismissed_colleague_keeps_neither_rights_nor_invitations(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    made = await brand(new_uow, clock)
    staff = await owner(new_uow, clock)
    token = await invite_staff(new_uow, clock, actor=staff, permissions=[Permission.MODERATION])
    await accept_invitation(new_uow, clock, actor=await known(new_uow, clock, 77), token=token)
    colleague = await known(new_uow, clock, 77)
    spare = await invite_manager(
        new_uow, clock, actor=colleague, brand=made.id, role=BrandRole.OWNER
    )

    with pytest.raises(NotAllowed):
        await dismiss_staff(new_uow, clock, actor=staff, person=staff.id)
    left = await dismiss_staff(new_uow, clock, actor=staff, person=colleague.id)

    assert [member.person.id for member in left] == [staff.id]
    assert (await known(new_uow, clock, 77)).permissions == frozenset()
    for used in (token, spare):
        with pytest.raises(InvitationSpent):
            await accept_invitation(new_uow, clock, actor=colleague, token=used)


async def test_conditions_and_suspension_are_for_staff(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    made = await brand(new_uow, clock)
    staff = await owner(new_uow, clock)
    stranger = await known(new_uow, clock, 77)

    changed = await change_conditions(
        new_uow, clock, actor=staff, brand=made.id, credit_limit=tenge(100_000)
    )
    changed = await change_conditions(new_uow, clock, actor=staff, brand=made.id, fee_bps=1_500)
    suspended = await suspend_brand(
        new_uow, clock, actor=staff, brand=made.id, reason="Жарнама заңы"
    )
    again = await restore_brand(new_uow, clock, actor=staff, brand=made.id)

    assert (changed.fee_bps, changed.credit_limit_minor) == (1_500, 10_000_000)
    assert suspended.suspended
    assert not again.suspended
    with pytest.raises(NotAllowed):
        await change_conditions(new_uow, clock, actor=stranger, brand=made.id, fee_bps=0)
    with pytest.raises(NotAllowed):
        await suspend_brand(new_uow, clock, actor=stranger, brand=made.id, reason="Жарнама заңы")
    with pytest.raises(NotFound):
        await restore_brand(new_uow, clock, actor=staff, brand=made.id + 1)  # type: ignore[arg-type]
