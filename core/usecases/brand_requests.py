"""Brands ask, staff decide: a brand's beginning and every change of its legal data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from core import profiles
from core.brand_requests import BrandRequest, LegalData, RequestState
from core.errors import AlreadyUsed, BadInput, NotAllowed, OutOfDate
from core.identifiers import parse_bin
from core.ids import BrandId, PersonId, RequestId
from core.notifications import NoteKind, Notification
from core.people import Actor, Brand, BrandRole, Permission, Person
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.brands import FEE_MAX, brand_name, legal_name

LICENCE_MAX = 120  # characters
NOTE_MAX = 300  # characters of a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCard:
    """A request with who asks, and the brand as it stands (None while it is to be made)."""

    request: BrandRequest
    person: Person
    brand: Brand | None


def legal_data(*, name: str, registered: str, bin: str, licence: str = "") -> LegalData:
    """Checked data; raises BadInput("brand_name", "legal_name", "bin" or "licence")."""
    return LegalData(
        name=brand_name(name),
        legal_name=legal_name(registered),
        bin=parse_bin(bin),
        licence=_licence(licence) if licence else "",
    )


def licence(text: str) -> str:
    """The number and date of a licence; raises BadInput("licence")."""
    line = profiles.plain_line(text)
    if not any(char.isdigit() for char in line) or len(line) > LICENCE_MAX:
        raise BadInput("licence", line[:100])
    return line


_licence = licence  # the name of the argument hides it


async def sign_up(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, data: LegalData
) -> BrandRequest:
    """Ask for a brand that the actor will own; a later request replaces one that waits.

    Raises AlreadyUsed("bin") when a brand with the BIN is there.
    """
    data = _checked(data)
    async with new_uow() as uow:
        if await uow.brands.by_bins([data.bin]):
            raise AlreadyUsed("bin")
        request = await _ask(uow, clock, actor, None, data, data.name)
        await uow.commit()
    return request


async def request_change(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId, data: LegalData
) -> BrandRequest:
    """Ask for other legal data of a brand; until staff agree the present ones stand.

    Only owners of the brand may. Raises AlreadyUsed("bin"), BadInput("same") without a difference.
    """
    demand_owner(actor, brand)
    data = _checked(data)
    async with new_uow() as uow:
        known = await uow.brands.get(brand)
        if data == of_brand(known):
            raise BadInput("same")
        owner = (await uow.brands.by_bins([data.bin])).get(data.bin)
        if owner is not None and owner != brand:
            raise AlreadyUsed("bin")
        request = await _ask(uow, clock, actor, brand, data, known.name)
        await uow.commit()
    return request


def _checked(data: LegalData) -> LegalData:
    return legal_data(
        name=data.name, registered=data.legal_name, bin=data.bin, licence=data.licence
    )


async def _ask(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    brand: BrandId | None,
    data: LegalData,
    name: str,
) -> BrandRequest:
    now = clock()
    request = await uow.brand_requests.add(brand=brand, person=actor.id, data=data, now=now)
    await uow.audit.write(
        actor.id,
        "brand_request",
        "brand" if brand else "person",
        brand or actor.id,
        now=now,
        facts={"request": request, "after": _facts(data)},
    )
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=NoteKind.BRAND_REQUESTED,
                key=f"brand_request:{request}:{person}",
                facts={"request": request, "brand": name, "new": brand is None},
            )
            for person in await uow.people.staff(Permission.MODERATION)
        ],
        now=now,
    )
    return await uow.brand_requests.get(request)


async def own_sign_up(new_uow: UnitOfWorkFactory, *, actor: Actor) -> BrandRequest | None:
    """The actor's last sign-up of a brand, in whatever state."""
    async with new_uow(read_only=True) as uow:
        return await uow.brand_requests.latest_of(actor.id)


async def waiting_change(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId
) -> BrandRequest | None:
    """The change of a brand's legal data that waits, for its managers and the staff."""
    if not actor.may(Permission.MODERATION):
        actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        return await uow.brand_requests.waiting_of(brand=brand, person=None)


async def next_request(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None
) -> tuple[RequestCard | None, int | None]:
    """The oldest request that waits above the id `after`, and the id to page from."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        found = await uow.brand_requests.next(after=after, limit=2)
        if not found:
            return None, None
        card = await _card(uow, found[0])
    return card, found[0].id if len(found) > 1 else None


async def request_card(
    new_uow: UnitOfWorkFactory, *, actor: Actor, request: RequestId
) -> RequestCard:
    """One request for the staff."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        return await _card(uow, await uow.brand_requests.get(request))


async def _card(uow: UnitOfWork, request: BrandRequest) -> RequestCard:
    return RequestCard(
        request=request,
        person=await uow.people.get(request.person),
        brand=None if request.brand is None else await uow.brands.get(request.brand),
    )


async def approve_request(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    request: RequestId,
    fee_bps: int,
) -> Brand:
    """Make the brand and its owner, or change the brand's legal data; whoever asked is told.

    `fee_bps` is for a new brand. Raises OutOfDate("request") where it does not wait any more or
    whoever asked does not own the brand any more, AlreadyUsed("bin"), NotAllowed for one's own
    request.
    """
    actor.demand(Permission.MODERATION)
    if not 0 <= fee_bps <= FEE_MAX:
        raise BadInput("fee")
    async with new_uow() as uow:
        now = clock()
        asked = await uow.brand_requests.get(request)
        if asked.person == actor.id:
            raise NotAllowed  # nobody decides for themselves
        if asked.brand is not None and asked.person not in await uow.brands.owners(asked.brand):
            raise OutOfDate("request")  # whoever asked has no say in the brand any more
        if not await uow.brand_requests.decide(
            request, RequestState.APPROVED, by=actor.id, now=now
        ):
            raise OutOfDate("request")
        data, facts = asked.data, {"request": request, "after": _facts(asked.data)}
        if asked.brand is None:
            brand = await uow.brands.add(
                name=data.name,
                legal_name=data.legal_name,
                bin=data.bin,
                licence=data.licence,
                fee_bps=fee_bps,
                now=now,
            )
            await uow.brands.set_manager(brand.id, asked.person, BrandRole.OWNER)
            facts["fee_bps"] = fee_bps
            action = "brand_created"
        else:
            before = await uow.brands.get(asked.brand)
            await uow.brands.set_legal(asked.brand, data)
            await uow.offers.reindex(asked.brand)
            brand = await uow.brands.get(asked.brand)
            facts["before"] = _facts(of_brand(before))
            action = "brand_legal"
        await uow.audit.write(actor.id, action, "brand", brand.id, now=now, facts=facts)
        people = {asked.person, *await uow.brands.managers(brand.id)}
        await _tell(uow, people, NoteKind.BRAND_APPROVED, asked, brand.id, clock)
        await uow.commit()
    return brand


async def decline_request(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, request: RequestId, note: str
) -> BrandRequest:
    """Send a request back with a reason that whoever asked reads.

    Raises BadInput("reason"), OutOfDate("request") where it does not wait any more.
    """
    actor.demand(Permission.MODERATION)
    note = reason(note)
    async with new_uow() as uow:
        now = clock()
        asked = await uow.brand_requests.get(request)
        if not await uow.brand_requests.decide(
            request, RequestState.DECLINED, by=actor.id, now=now, note=note
        ):
            raise OutOfDate("request")
        declined = replace(asked, state=RequestState.DECLINED, note=note)
        await uow.audit.write(
            actor.id,
            "brand_request_declined",
            "brand" if asked.brand else "person",
            asked.brand or asked.person,
            now=now,
            facts={"request": request, "reason": note},
        )
        await _tell(uow, {asked.person}, NoteKind.BRAND_DECLINED, declined, asked.brand, clock)
        await uow.commit()
    return declined


def reason(text: str) -> str:
    """A reason that somebody is going to read; raises BadInput("reason")."""
    line = profiles.plain_line(text)
    if not 3 <= len(line) <= NOTE_MAX:
        raise BadInput("reason", line[:100])
    return line


def demand_owner(actor: Actor, brand: BrandId) -> None:
    """Raise NotAllowed unless the actor is an owner of the brand."""
    if (brand, BrandRole.OWNER) not in actor.brands:
        raise NotAllowed


def of_brand(brand: Brand) -> LegalData:
    """The legal data of a brand as they stand."""
    return LegalData(
        name=brand.name, legal_name=brand.legal_name, bin=brand.bin, licence=brand.licence
    )


def _facts(data: LegalData) -> dict[str, Any]:
    return {
        "name": data.name,
        "legal_name": data.legal_name,
        "bin": data.bin,
        "licence": data.licence,
    }


async def _tell(
    uow: UnitOfWork,
    people: set[PersonId],
    kind: NoteKind,
    request: BrandRequest,
    brand: BrandId | None,
    clock: Clock,
) -> None:
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=kind,
                key=f"{kind}:{request.id}:{person}",
                facts={
                    "company": brand or 0,
                    "brand": request.data.name,
                    "new": request.brand is None,
                    "reason": request.note,
                },
            )
            for person in sorted(people)
        ],
        now=clock(),
    )
