"""The operator's desk: what waits, the search for anybody, and a person as the staff see one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import lookup
from core.audit import AuditEntry, AuditFilter, actions
from core.consents import CONSENT_VERSION
from core.desk import Storage, Waiting
from core.errors import BadInput, NotAllowed
from core.ids import PersonId
from core.ledger import Account, LedgerReport
from core.lookup import FoundCode, FoundOffer, FoundOrder, FoundPayout
from core.money import Money
from core.orders import ALMATY
from core.payouts import Payout
from core.people import Actor, Brand, BrandRole, Permission, Person, Profile
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.ports.orders import OrderRow

FOUND_MAX = 8  # of each sort
LATEST = 5  # orders, payouts and entries on a person's card
LEDGER = (Account.CREATOR_PENDING, Account.CREATOR_AVAILABLE, Account.CREATOR_RESERVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything that a query has found; `more` where there was more than is shown."""

    query: str
    people: tuple[Person, ...] = ()
    brands: tuple[Brand, ...] = ()
    offers: tuple[FoundOffer, ...] = ()
    codes: tuple[FoundCode, ...] = ()
    orders: tuple[FoundOrder, ...] = ()
    payouts: tuple[FoundPayout, ...] = ()
    more: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nothing was found at all."""
        return not (
            self.people or self.brands or self.offers or self.codes or self.orders or self.payouts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """A creator's money as finance sees it."""

    pending: Money
    available: Money
    reserved: Money
    paid: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCard:
    """A person with everything that the reader may see; money is None without that right."""

    person: Person
    since: datetime
    permissions: frozenset[Permission]
    brands: tuple[tuple[Brand, BrandRole], ...]
    profile: Profile | None
    balances: Balances | None
    orders: tuple[OrderRow, ...]
    payouts: tuple[Payout, ...]
    entries: tuple[AuditEntry, ...]


def demand_search(actor: Actor) -> None:
    """Raise NotAllowed unless the actor may look for people: moderation or finance."""
    if not (actor.may(Permission.MODERATION) or actor.may(Permission.FINANCE)):
        raise NotAllowed


async def waiting(new_uow: UnitOfWorkFactory, *, actor: Actor) -> Waiting:
    """What waits for the staff, as far as the actor may decide on it."""
    if not actor.permissions:
        raise NotAllowed
    async with new_uow(read_only=True) as uow:
        counts = await uow.desk.waiting()
        support = await uow.tickets.waiting()
    moderation, finance = actor.may(Permission.MODERATION), actor.may(Permission.FINANCE)
    return Waiting(
        creators=counts.creators if moderation else 0,
        channels=counts.channels if moderation else 0,
        brands=counts.brands if moderation else 0,
        offers=counts.offers if moderation else 0,
        sources=counts.sources if moderation else 0,
        payouts=counts.payouts if finance else 0,
        disputes=counts.disputes if moderation or finance else 0,
        support=support,
    )


async def find_anybody(
    new_uow: UnitOfWorkFactory, clock: Clock, box: SecretBox, *, actor: Actor, text: str
) -> Found:
    """Whatever the text can mean: a person, a brand, an offer, a code, an order, a payout.

    A search by an IIN or an account is recorded, without the number. Raises BadInput("search").
    """
    demand_search(actor)
    now = clock()
    query = lookup.read(text, now.astimezone(ALMATY).date())
    if len(query.text) < 2:
        raise BadInput("search")
    async with new_uow(read_only=not query.personal) as uow:
        found = await _found(uow, box, actor, query)
        if query.personal:
            kinds = [kind for kind in ("iin", "iban") if getattr(query, kind) is not None]
            for person in found.people or (None,):
                await uow.audit.write(
                    actor.id,
                    "person_searched",
                    "person",
                    person.id if person else 0,
                    now=now,
                    facts={"by": kinds},
                )
            await uow.commit()
    return found


async def _found(uow: UnitOfWork, box: SecretBox, actor: Actor, query: lookup.Query) -> Found:
    most = FOUND_MAX + 1
    ids: list[PersonId] = []
    if query.number is not None:
        ids += (await uow.people.by_telegram_ids([query.number])).values()
    if query.personal:
        ids += await uow.lookups.by_digests(
            iin=None if query.iin is None else box.digest("iin", query.iin),
            iban=None if query.iban is None else box.digest("iban", query.iban),
        )
    ids += await uow.lookups.people(query.words, limit=most)
    brand_ids = list((await uow.brands.by_bins([query.bin])).values()) if query.bin else []
    brand_ids += await uow.lookups.brands(query.words, limit=most)
    offers = await uow.lookups.offers(query.words, limit=most)
    orders: Sequence[FoundOrder] = ()
    payouts: Sequence[FoundPayout] = ()
    if query.reference is not None:
        if actor.may(Permission.MODERATION):
            orders = await uow.lookups.orders(query.reference, limit=most)
        if actor.may(Permission.FINANCE):
            payouts = await uow.lookups.payouts(query.reference.upper())
    codes = await uow.lookups.codes(query.code, limit=most) if query.code else ()
    unique = list(dict.fromkeys(ids))
    shown = unique[:FOUND_MAX]
    people = await uow.people.many(shown)
    brands = await uow.brands.many(brand_ids[:FOUND_MAX])
    lists: tuple[Sequence[object], ...] = (
        list(dict.fromkeys(ids)),
        brand_ids,
        offers,
        orders,
        codes,
    )
    return Found(
        query=query.text,
        people=tuple(people[person] for person in shown if person in people),
        brands=tuple(brands[brand] for brand in dict.fromkeys(brand_ids[:FOUND_MAX])),
        offers=tuple(offers[:FOUND_MAX]),
        codes=tuple(codes[:FOUND_MAX]),
        orders=tuple(orders[:FOUND_MAX]),
        payouts=tuple(payouts),
        more=any(len(one) > FOUND_MAX for one in lists),
    )


async def person_card(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, person: PersonId
) -> PersonCard:
    """A person with roles, money, orders and history; looking at somebody is recorded.

    Raises NotFound("person").
    """
    demand_search(actor)
    finance = actor.may(Permission.FINANCE)
    async with new_uow() as uow:
        found = await uow.people.get(person)
        known = await uow.people.known(found.telegram_id, consent=CONSENT_VERSION)
        assert known is not None
        subject = known[1].actor
        brands = await uow.brands.many([brand for brand, _ in subject.brands])
        profile = None
        orders: Sequence[OrderRow] = ()
        payouts: Sequence[Payout] = ()
        balances = None
        if subject.creator is not None:
            profile = await uow.creators.profile(person)
            orders = await uow.orders.of_creator(person, states=(), after=None, limit=LATEST)
            if finance:
                balances = await _balances(uow, person)
                payouts = await uow.payouts.of_creator(person, after=None, limit=LATEST)
        entries = await uow.audit.search(
            AuditFilter(object="person", object_id=person),
            actions=actions(actor, None),
            after=None,
            limit=LATEST,
        )
        since = await uow.lookups.since(person)
        if person != actor.id:
            await uow.audit.write(actor.id, "person_shown", "person", person, now=clock())
        await uow.commit()
    return PersonCard(
        person=found,
        since=since,
        permissions=subject.permissions,
        brands=tuple((brands[brand], role) for brand, role in subject.brands),
        profile=profile,
        balances=balances,
        orders=tuple(orders),
        payouts=tuple(payouts),
        entries=tuple(entries),
    )


async def _balances(uow: UnitOfWork, person: PersonId) -> Balances:
    held = await uow.ledger.balances_of(LEDGER, person)
    return Balances(
        pending=held[Account.CREATOR_PENDING],
        available=held[Account.CREATOR_AVAILABLE],
        reserved=held[Account.CREATOR_RESERVED],
        paid=await uow.ledger.paid_to(person),
    )


async def storage(new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor) -> Storage:
    """Size and backlogs of the database, for owners."""
    actor.demand(Permission.OWNER)
    async with new_uow(read_only=True) as uow:
        return await uow.desk.storage(clock())


async def check_books(new_uow: UnitOfWorkFactory, *, actor: Actor) -> LedgerReport:
    """Recompute every invariant of the ledger, for owners and finance; changes nothing."""
    if not actor.may(Permission.OWNER):
        actor.demand(Permission.FINANCE)
    async with new_uow(read_only=True) as uow:
        return await uow.ledger.check()


def since_days(now: datetime, days: int) -> datetime | None:
    """The beginning of a period of so many days that ends now; None for all time."""
    return now - timedelta(days=days) if days else None
