"""Brands: made and conditioned by staff, run by their managers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core import profiles
from core.drafts import kept_at
from core.errors import BadInput, BrandSuspended, LastOwner, NotAllowed, NotFound, OutOfDate
from core.identifiers import parse_bin
from core.ids import BrandId, PersonId
from core.money import Money
from core.notifications import NoteKind, Notification
from core.people import Actor, Brand, BrandRole, Manager, Permission
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory

NAME_MAX = 60  # characters
LEGAL_NAME_MAX = 120  # characters
REASON_MIN = 3  # characters
REASON_MAX = 300  # characters
FEE_MAX = 5_000  # bps of a commission: half of it is more than any platform takes


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandCard:
    """A brand with the people who act for it."""

    brand: Brand
    team: tuple[Manager, ...]


def brand_name(text: str) -> str:
    """The name that people know; raises BadInput("brand_name")."""
    return _line(text, "brand_name", NAME_MAX)


def legal_name(text: str) -> str:
    """The name in the register, which the advertising label carries; BadInput("legal_name")."""
    return _line(text, "legal_name", LEGAL_NAME_MAX)


def _line(text: str, field: str, limit: int) -> str:
    line = profiles.plain_line(text)
    if not any(char.isalnum() for char in line) or len(line) > limit:
        raise BadInput(field, line[:100])
    return line


async def create_brand(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    name: str,
    legal_name: str,
    bin: str,
    fee_bps: int,
) -> Brand:
    """Make a brand without funds or managers.

    Raises BadInput("brand_name", "legal_name", "bin" or "fee"), AlreadyUsed("bin").
    """
    actor.demand(Permission.MODERATION)
    number = parse_bin(bin)
    name = brand_name(name)
    registered = _line(legal_name, "legal_name", LEGAL_NAME_MAX)
    _demand_fee(fee_bps)
    async with new_uow() as uow:
        now = clock()
        brand = await uow.brands.add(
            name=name, legal_name=registered, bin=number, fee_bps=fee_bps, now=now
        )
        await uow.audit.write(
            actor.id,
            "brand_created",
            "brand",
            brand.id,
            now=now,
            facts={"name": name, "legal_name": registered, "bin": number, "fee_bps": fee_bps},
        )
        await uow.commit()
    return brand


async def all_brands(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None, limit: int
) -> tuple[list[Brand], int | None]:
    """Every brand, for staff, in the order of acquaintance."""
    if not actor.permissions:
        raise NotAllowed
    async with new_uow(read_only=True) as uow:
        found = await uow.brands.page(after=after, limit=limit + 1)
    shown = list(found[:limit])
    return shown, shown[-1].id if len(found) > limit else None


async def own_brands(new_uow: UnitOfWorkFactory, *, actor: Actor) -> list[Brand]:
    """The brands that the actor acts for, in the order of acquaintance."""
    own = [brand for brand, _ in actor.brands]
    async with new_uow(read_only=True) as uow:
        found = await uow.brands.many(own)
    return [found[brand] for brand in sorted(found)]


async def brand_card(new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId) -> BrandCard:
    """A brand and its people, for staff and for its managers."""
    if not actor.permissions:
        actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        return BrandCard(
            brand=await uow.brands.get(brand), team=tuple(await uow.brands.team(brand))
        )


async def change_conditions(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    brand: BrandId,
    fee_bps: int | None = None,
    credit_limit: Money | None = None,
) -> Brand:
    """Change the fee on commissions to come, or how far the brand's funds may go below zero.

    Raises BadInput("fee" or "credit_limit").
    """
    actor.demand(Permission.FINANCE)
    if fee_bps is not None:
        _demand_fee(fee_bps)
    if credit_limit is not None and credit_limit.minor < 0:
        raise BadInput("credit_limit")
    async with new_uow() as uow:
        now = clock()
        before = await uow.brands.get(brand)
        await uow.brands.set_conditions(
            brand,
            fee_bps=before.fee_bps if fee_bps is None else fee_bps,
            credit_limit_minor=(
                before.credit_limit_minor if credit_limit is None else credit_limit.minor
            ),
        )
        after = await uow.brands.get(brand)
        await uow.audit.write(
            actor.id,
            "brand_conditions",
            "brand",
            brand,
            now=now,
            facts={
                "before": _conditions(before),
                "after": _conditions(after),
            },
        )
        await uow.commit()
    return after


def _conditions(brand: Brand) -> dict[str, int]:
    return {"fee_bps": brand.fee_bps, "limit_minor": brand.credit_limit_minor}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What a suspension touches: offers, creators with codes, and money that stays owed."""

    offers: int
    enrolments: int
    committed: Money


async def suspension_of_brand(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId
) -> Consequences:
    """What would follow, for the moderator who is about to decide."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        return Consequences(
            offers=await uow.lookups.active_offers(brand),
            enrolments=await uow.lookups.active_enrolments(brand=brand),
            committed=await uow.ledger.committed(brand),
        )


async def suspend_brand(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId, reason: str
) -> Brand:
    """Take the brand's offers out of the catalogue until it is restored; managers read why.

    Orders under codes that are out go on earning. Raises BadInput("reason"), OutOfDate("brand")
    when it is suspended already.
    """
    line = profiles.plain_line(reason)
    if not REASON_MIN <= len(line) <= REASON_MAX:
        raise BadInput("reason", line[:100])
    return await _set_suspended(new_uow, clock, actor, brand, reason=line)


async def restore_brand(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId
) -> Brand:
    """Put a suspended brand's offers back; OutOfDate("brand") when it is not suspended."""
    return await _set_suspended(new_uow, clock, actor, brand, reason="")


async def _set_suspended(
    new_uow: UnitOfWorkFactory, clock: Clock, actor: Actor, brand: BrandId, *, reason: str
) -> Brand:
    actor.demand(Permission.MODERATION)
    suspended = bool(reason)
    kind = NoteKind.BRAND_SUSPENDED if suspended else NoteKind.BRAND_RESTORED
    async with new_uow() as uow:
        now = clock()
        before = await uow.brands.get(brand)
        if not await uow.brands.set_suspended(brand, suspended, reason=reason):
            raise OutOfDate("brand")
        await uow.audit.write(
            actor.id,
            str(kind),
            "brand",
            brand,
            now=now,
            facts={"reason": reason or before.suspended_reason},
        )
        await uow.outbox.add(
            [
                Notification(
                    person=person,
                    kind=kind,
                    key=f"{kind}:{brand}:{now.timestamp():.6f}:{person}",
                    facts={"company": brand, "brand": before.name, "reason": reason},
                )
                for person in await uow.brands.managers(brand)
            ],
            now=now,
        )
        found = await uow.brands.get(brand)
        await uow.commit()
    return found


async def demand_working(uow: UnitOfWork, brand: BrandId) -> Brand:
    """The brand; raises BrandSuspended where staff have suspended it."""
    found = await uow.brands.get(brand)
    if found.suspended:
        raise BrandSuspended(found.suspended_reason)
    return found


async def remove_manager(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId, person: PersonId
) -> BrandCard:
    """Let a person act for the brand no longer; invitations that they made open nothing any more.

    An owner of the brand cannot remove the last owner (NotAllowed), the staff can. The draft of an
    offer stays with the brand.
    """
    return await _part(new_uow, clock, actor, brand, person)


async def leave_brand(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId
) -> BrandCard:
    """Act for the brand no longer; LastOwner where nobody else owns it."""
    actor.demand_brand(brand)
    return await _part(new_uow, clock, actor, brand, actor.id)


async def _part(
    new_uow: UnitOfWorkFactory, clock: Clock, actor: Actor, brand: BrandId, person: PersonId
) -> BrandCard:
    leaves = person == actor.id
    async with new_uow() as uow:
        now = clock()
        team = await _team(uow, actor, brand, owner=not leaves)
        leaving = _of(team, person)
        _demand_other_owner(team, leaving, forced=not leaves and actor.may(Permission.MODERATION))
        await uow.brands.remove_manager(brand, person)
        await _hand_over_draft(uow, brand, person, team, now)
        await uow.brands.void_invitations(created_by=person, brand=brand, now=now)
        await uow.audit.write(
            actor.id,
            "manager_left" if leaves else "manager_removed",
            "brand",
            brand,
            now=now,
            facts={"person": person, "role": leaving.role},
        )
        if not leaves:
            await _tell_role(uow, brand, person, "", now)
        card = BrandCard(
            brand=await uow.brands.get(brand), team=tuple(await uow.brands.team(brand))
        )
        await uow.commit()
    return card


async def change_role(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    brand: BrandId,
    person: PersonId,
    role: BrandRole,
) -> BrandCard:
    """Make a member an owner or an owner a member; the person is told.

    Raises LastOwner for the last owner, NotFound("manager") for a stranger. Nobody changes their
    own role upwards: a member has no right to this at all.
    """
    async with new_uow() as uow:
        now = clock()
        team = await _team(uow, actor, brand, owner=True)
        changed = _of(team, person)
        if changed.role is not role:
            if role is BrandRole.MEMBER:
                _demand_other_owner(team, changed, forced=False)
            await uow.brands.set_manager(brand, person, role)
            if role is BrandRole.MEMBER:  # a member invites nobody
                await uow.brands.void_invitations(created_by=person, brand=brand, now=now)
            await uow.audit.write(
                actor.id,
                "manager_role",
                "brand",
                brand,
                now=now,
                facts={"person": person, "before": changed.role, "after": role},
            )
            if person != actor.id:
                await _tell_role(uow, brand, person, role, now)
        card = BrandCard(
            brand=await uow.brands.get(brand), team=tuple(await uow.brands.team(brand))
        )
        await uow.commit()
    return card


async def _team(uow: UnitOfWork, actor: Actor, brand: BrandId, *, owner: bool) -> Sequence[Manager]:
    """The brand's people, kept from other writers; the actor's right is read anew among them."""
    await uow.brands.lock_team(brand)
    team = await uow.brands.team(brand)
    own = next((manager.role for manager in team if manager.person.id == actor.id), None)
    if own is None or (owner and own is not BrandRole.OWNER):
        actor.demand(Permission.MODERATION)
    return team


async def _hand_over_draft(
    uow: UnitOfWork, brand: BrandId, person: PersonId, team: Sequence[Manager], now: datetime
) -> None:
    """Give the leaver's half-filled offer to the first colleague who is writing none."""
    _, form = await uow.forms.load(kept_at(person))
    if form.get("brand") != brand:
        return
    for heir in team:
        if heir.person.id != person and not (await uow.forms.load(kept_at(heir.person.id)))[1]:
            await uow.forms.save(kept_at(heir.person.id), state=None, data=form, now=now)
            await uow.forms.drop(kept_at(person))
            return


def _of(team: Sequence[Manager], person: PersonId) -> Manager:
    found = next((manager for manager in team if manager.person.id == person), None)
    if found is None:
        raise NotFound("manager")
    return found


def _demand_other_owner(team: Sequence[Manager], leaving: Manager, *, forced: bool) -> None:
    owners = sum(manager.role is BrandRole.OWNER for manager in team)
    if leaving.role is BrandRole.OWNER and owners == 1 and not forced:
        raise LastOwner


async def _tell_role(
    uow: UnitOfWork, brand: BrandId, person: PersonId, role: str, now: datetime
) -> None:
    name = (await uow.brands.get(brand)).name
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=NoteKind.ROLE_CHANGED,
                key=f"role:{brand}:{person}:{now.timestamp():.6f}",
                facts={"company": brand, "brand": name, "role": role},
            )
        ],
        now=now,
    )


def demand_team(actor: Actor, brand: BrandId) -> None:
    """Raise NotAllowed unless the actor may decide who acts for the brand."""
    if (brand, BrandRole.OWNER) not in actor.brands:
        actor.demand(Permission.MODERATION)


def _demand_fee(fee_bps: int) -> None:
    if not 0 <= fee_bps <= FEE_MAX:
        raise BadInput("fee", str(fee_bps))
