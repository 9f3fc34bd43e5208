"""Invitations: how a person becomes a brand's manager or one of the staff."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from core import invitations, tokens
from core.errors import BadInput, InvitationSpent, LastOwner, NotAllowed, NotFound
from core.ids import BrandId, PersonId
from core.invitations import Accepted, Invitation
from core.notifications import NoteKind, Notification
from core.people import Actor, BrandRole, Permission, StaffMember
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.brands import demand_team


async def invite_manager(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId, role: BrandRole
) -> str:
    """Make a one-time link's token, good for a week; staff and owners of the brand may."""
    demand_team(actor, brand)
    token = tokens.new_token()
    async with new_uow() as uow:
        await uow.brands.get(brand)
        now = clock()
        await uow.brands.add_invitation(_invitation(token, actor, now, brand=brand, role=role))
        await uow.audit.write(
            actor.id, "manager_invited", "brand", brand, now=now, facts={"role": role}
        )
        await uow.commit()
    return token


async def invite_staff(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    permissions: Collection[Permission],
) -> str:
    """Make a one-time link's token for a colleague, good for a week; only owners may.

    Raises BadInput("permissions") without any.
    """
    actor.demand(Permission.OWNER)
    if not permissions:
        raise BadInput("permissions")
    token = tokens.new_token()
    async with new_uow() as uow:
        now = clock()
        await uow.brands.add_invitation(
            _invitation(token, actor, now, permissions=frozenset(permissions))
        )
        await uow.audit.write(
            actor.id,
            "staff_invited",
            "person",
            actor.id,
            now=now,
            facts={"permissions": sorted(permissions)},
        )
        await uow.commit()
    return token


def _invitation(
    token: str,
    actor: Actor,
    now: datetime,
    *,
    brand: BrandId | None = None,
    role: BrandRole | None = None,
    permissions: frozenset[Permission] = frozenset(),
) -> Invitation:
    return Invitation(
        token_digest=tokens.digest(token),
        brand=brand,
        role=role,
        permissions=permissions,
        created_by=actor.id,
        created_at=now,
        expires_at=now + invitations.VALID,
    )


async def accept_invitation(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, token: str
) -> Accepted:
    """Take the role that the link gives; it is spent then.

    Raises InvitationSpent for a link that is forged, used by somebody else or expired. Whoever used
    it may press it again as long as the role lasts.
    """
    if not tokens.looks_like_token(token):
        raise InvitationSpent
    digest = tokens.digest(token)
    async with new_uow() as uow:
        now = clock()
        fresh = await uow.brands.spend_invitation(digest, actor.id, now=now)
        if fresh is None:
            return await _accepted_before(uow, digest, actor.id)
        accepted = await _take(uow, fresh, actor.id)
        await uow.audit.write(
            actor.id,
            "invitation_accepted",
            "person" if fresh.brand is None else "brand",
            actor.id if fresh.brand is None else fresh.brand,
            now=now,
            facts={
                "from": fresh.created_by,
                "role": fresh.role,
                "permissions": sorted(fresh.permissions),
            },
        )
        await uow.commit()
    return accepted


async def _take(uow: UnitOfWork, invitation: Invitation, person: PersonId) -> Accepted:
    if invitation.brand is None:
        await uow.people.grant(person, sorted(invitation.permissions))
        return _accepted(invitation)
    assert invitation.role is not None
    if await uow.brands.role(invitation.brand, person) is not BrandRole.OWNER:  # never demote
        await uow.brands.set_manager(invitation.brand, person, invitation.role)
    return _accepted(invitation, (await uow.brands.get(invitation.brand)).name)


async def _accepted_before(uow: UnitOfWork, digest: bytes, person: PersonId) -> Accepted:
    used = await uow.brands.invitation(digest)
    if used is None or used.used_by != person:
        raise InvitationSpent
    if used.brand is None:
        members = await uow.people.staff_members()
        if all(member.person.id != person for member in members):
            raise InvitationSpent
        return _accepted(used)
    if await uow.brands.role(used.brand, person) is None:
        raise InvitationSpent
    return _accepted(used, (await uow.brands.get(used.brand)).name)


def _accepted(invitation: Invitation, brand_name: str = "") -> Accepted:
    return Accepted(
        brand=invitation.brand,
        brand_name=brand_name,
        role=invitation.role,
        permissions=invitation.permissions,
    )


async def staff_members(new_uow: UnitOfWorkFactory, *, actor: Actor) -> list[StaffMember]:
    """Everybody on the staff; only owners may see it."""
    actor.demand(Permission.OWNER)
    async with new_uow(read_only=True) as uow:
        return list(await uow.people.staff_members())


async def change_permissions(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    person: PersonId,
    permissions: Collection[Permission],
) -> list[StaffMember]:
    """Give a colleague exactly these permissions; they are told and it counts at once.

    Nobody changes their own (NotAllowed). Raises BadInput("permissions") without any: to take them
    all is a dismissal. NotFound("person") for somebody who is not on the staff, LastOwner.
    """
    actor.demand(Permission.OWNER)
    if person == actor.id:
        raise NotAllowed
    wanted = frozenset(permissions)
    if not wanted:
        raise BadInput("permissions")
    async with new_uow() as uow:
        now = clock()
        owners = await _owners(uow, actor)
        before = await uow.people.permissions(person)
        if not before:
            raise NotFound("person")
        if set(owners) == {person} and Permission.OWNER not in wanted:
            raise LastOwner
        if before != wanted:
            await uow.people.grant(person, sorted(wanted - before))
            await uow.people.revoke(person, sorted(before - wanted))
            if Permission.OWNER not in wanted:  # only owners invite
                await uow.brands.void_invitations(created_by=person, brand=None, now=now)
            await uow.audit.write(
                actor.id,
                "staff_permissions",
                "person",
                person,
                now=now,
                facts={"before": sorted(before), "after": sorted(wanted)},
            )
            await _tell(uow, person, wanted, now)
        left = list(await uow.people.staff_members())
        await uow.commit()
    return left


async def _owners(uow: UnitOfWork, actor: Actor) -> Sequence[PersonId]:
    """The owners, kept from other writers; NotAllowed where the actor is none any more."""
    owners = await uow.people.owners()
    if actor.id not in owners:
        raise NotAllowed
    return owners


async def _tell(
    uow: UnitOfWork, person: PersonId, permissions: Collection[Permission], now: datetime
) -> None:
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=NoteKind.RIGHTS_CHANGED,
                key=f"rights:{person}:{now.timestamp():.6f}",
                facts={"permissions": sorted(permissions)},
            )
        ],
        now=now,
    )


async def dismiss_staff(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, person: PersonId
) -> list[StaffMember]:
    """Take every permission from a colleague; nobody dismisses themselves (NotAllowed).

    Invitations that they made open nothing any more. Returns who is left.
    """
    actor.demand(Permission.OWNER)
    if person == actor.id:
        raise NotAllowed
    async with new_uow() as uow:
        now = clock()
        await _owners(uow, actor)
        before = await uow.people.permissions(person)
        if await uow.people.dismiss(person):
            await uow.brands.void_invitations(created_by=person, brand=None, now=now)
            await uow.audit.write(
                actor.id,
                "staff_dismissed",
                "person",
                person,
                now=now,
                facts={"before": sorted(before)},
            )
            await _tell(uow, person, (), now)
        left = list(await uow.people.staff_members())
        await uow.commit()
    return left
