"""A brand's cash registers: receipts of others are another shop's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import BadInput, NotFound
from core.ids import BrandId
from core.people import Actor, Brand
from core.ports import Clock, UnitOfWorkFactory

TYPED_MAX: Final = 4_000  # characters of a message with numbers
REGISTERS_MAX: Final = 60  # of a brand: each has a button
_NUMBER: Final = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")  # 010101907421


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandRegisters:
    """A brand and the numbers of its cash registers."""

    brand: Brand
    numbers: Sequence[str]


def register_numbers(text: str) -> list[str]:
    """The numbers in what a manager typed; raises BadInput("register") where there is none."""
    found = list(dict.fromkeys(_NUMBER.findall(text[:TYPED_MAX])))
    if not found:
        raise BadInput("register")
    return found


async def brand_registers(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId
) -> BrandRegisters:
    """The registers of a brand for its managers."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        return BrandRegisters(
            brand=await uow.brands.get(brand), numbers=await uow.claims.registers(brand)
        )


async def add_registers(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId, text: str
) -> BrandRegisters:
    """Let receipts of these registers count; from the first one on, those of others do not.

    Known ones are no matter. Raises BadInput: register, or registers where there are too many.
    """
    actor.demand_brand(brand)
    numbers = register_numbers(text)
    async with new_uow() as uow:
        now = clock()
        known = await uow.claims.registers(brand)
        if len({*known, *numbers}) > REGISTERS_MAX:
            raise BadInput("registers")
        added = [
            number
            for number in numbers
            if await uow.claims.add_register(brand, number, by=actor.id, now=now)
        ]
        if added:
            await uow.audit.write(
                actor.id, "register.added", "brand", brand, now=now, facts={"registers": added}
            )
        kept = BrandRegisters(
            brand=await uow.brands.get(brand), numbers=await uow.claims.registers(brand)
        )
        await uow.commit()
    return kept


async def remove_register(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId, number: str
) -> BrandRegisters:
    """Let receipts of a register count no more; what was found by them stays.

    Raises NotFound("register").
    """
    actor.demand_brand(brand)
    async with new_uow() as uow:
        if not await uow.claims.remove_register(brand, number):
            raise NotFound("register")
        await uow.audit.write(
            actor.id,
            "register.removed",
            "brand",
            brand,
            now=clock(),
            facts={"registers": [number]},
        )
        kept = BrandRegisters(
            brand=await uow.brands.get(brand), numbers=await uow.claims.registers(brand)
        )
        await uow.commit()
    return kept
