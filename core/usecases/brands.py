"""Brands: made and conditioned by staff, run by their managers."""

from __future__ import annotations

from dataclasses import dataclass

from core import profiles
from core.errors import BadInput, NotAllowed, NotFound
from core.identifiers import parse_bin
from core.ids import BrandId, PersonId
from core.money import Money
from core.people import Actor, Brand, BrandRole, Manager, Permission
from core.ports import Clock, UnitOfWorkFactory

NAME_MAX = 60  # characters
LEGAL_NAME_MAX = 120  # characters
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
                "before": [before.fee_bps, before.credit_limit_minor],
                "after": [after.fee_bps, after.credit_limit_minor],
            },
        )
        await uow.commit()
    return after


async def suspend_brand(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId
) -> Brand:
    """Take the brand's offers out of the catalogue until it is restored."""
    return await _set_suspended(new_uow, clock, actor, brand, suspended=True)


async def restore_brand(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId
) -> Brand:
    """Put a suspended brand's offers back."""
    return await _set_suspended(new_uow, clock, actor, brand, suspended=False)


async def _set_suspended(
    new_uow: UnitOfWorkFactory, clock: Clock, actor: Actor, brand: BrandId, *, suspended: bool
) -> Brand:
    actor.demand(Permission.MODERATION)
    async with new_uow() as uow:
        await uow.brands.get(brand)
        if await uow.brands.set_suspended(brand, suspended):
            await uow.audit.write(
                actor.id,
                "brand_suspended" if suspended else "brand_restored",
                "brand",
                brand,
                now=clock(),
            )
        found = await uow.brands.get(brand)
        await uow.commit()
    return found


async def remove_manager(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId, person: PersonId
) -> BrandCard:
    """Let a person act for the brand no longer; invitations that they made open nothing any more.

    An owner of the brand cannot remove the last owner (NotAllowed), the staff can.
    """
    demand_team(actor, brand)
    async with new_uow() as uow:
        now = clock()
        team = await uow.brands.team(brand)
        leaving = next((manager for manager in team if manager.person.id == person), None)
        if leaving is None:
            raise NotFound("manager")
        owners = sum(manager.role is BrandRole.OWNER for manager in team)
        staff = actor.may(Permission.MODERATION)
        if leaving.role is BrandRole.OWNER and owners == 1 and not staff:
            raise NotAllowed
        await uow.brands.remove_manager(brand, person)
        await uow.brands.void_invitations(created_by=person, brand=brand, now=now)
        await uow.audit.write(
            actor.id,
            "manager_removed",
            "brand",
            brand,
            now=now,
            facts={"person": person, "role": leaving.role},
        )
        card = BrandCard(
            brand=await uow.brands.get(brand), team=tuple(await uow.brands.team(brand))
        )
        await uow.commit()
    return card


def demand_team(actor: Actor, brand: BrandId) -> None:
    """Raise NotAllowed unless the actor may decide who acts for the brand."""
    if (brand, BrandRole.OWNER) not in actor.brands:
        actor.demand(Permission.MODERATION)


def _demand_fee(fee_bps: int) -> None:
    if not 0 <= fee_bps <= FEE_MAX:
        raise BadInput("fee", str(fee_bps))
