"""Loading a programme that ran elsewhere before: what is missing is added, the rest is left."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from core import ledger
from core.codes import CodeOwnership
from core.enrolments import EnrolmentState, NewEnrolment
from core.errors import BadInput
from core.evidence import SkuReservation
from core.ids import BrandId, CodeId, EnrolmentId, OfferId, PersonId, TermsId
from core.json_node import Problem
from core.offers import OfferState
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.programme import (
    BrandEntry,
    HoldingEntry,
    Loaded,
    OfferEntry,
    Programme,
    ProgrammeInvalid,
)
from core.usecases.offers import demand_picture

BATCH: Final = 500  # creators, codes or SKUs written in one transaction
OFFERS: Final = 20  # offers written in one transaction: they bring pictures

T = TypeVar("T")
Held = TypeVar("Held", CodeOwnership, SkuReservation)
Key = tuple[str, int]  # an offer's key and a creator's Telegram id, within one brand


async def load_programme(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    programme: Programme,
    pictures: Mapping[str, bytes],
    on_progress: Callable[[int], None] | None = None,
) -> Loaded:
    """Add everything of the programme that is not there yet; loading it again changes nothing.

    `pictures` maps the paths of the file to their contents; `on_progress` is told how many entries
    are done so far. Entries that are there are left as people have made them since, save that a
    code or SKU still held gets the end that the file names. Raises ProgrammeInvalid, before
    anything is written, where the file contradicts what is stored.
    """
    async with new_uow(read_only=True) as uow:
        problems = [*_bad_pictures(programme, pictures), *await _conflicts(uow, programme)]
    if problems:
        raise ProgrammeInvalid(problems)

    done, loaded = 0, Loaded()

    async def step(part: Loaded, entries: int) -> None:
        nonlocal done, loaded
        done += entries
        loaded = loaded.plus(part)
        if on_progress:
            on_progress(done)

    for brand_entries in _batches(programme.brands, BATCH):
        async with new_uow(background=True) as uow:
            part = await _load_brands(uow, brand_entries, clock())
            await uow.commit()
        await step(part, len(brand_entries))
    for creator_entries in _batches(programme.creators, BATCH):
        async with new_uow(background=True) as uow:
            added = await uow.programmes.add_creators(creator_entries, now=clock())
            await uow.commit()
        await step(Loaded(creators=added), len(creator_entries))
    for number, offer_entries in _by_brand(programme.offers).items():
        for some in _batches(offer_entries, OFFERS):
            async with new_uow(background=True) as uow:
                added = await _load_offers(uow, number, some, pictures, clock())
                await uow.commit()
            await step(Loaded(offers=added), len(some))
    holdings = _Holdings.of(programme)
    for number in holdings.keys:
        for keys in _batches(holdings.keys[number], BATCH):
            async with new_uow(background=True) as uow:
                part = await _load_holdings(uow, number, keys, holdings, clock())
                await uow.commit()
            await step(part, sum(len(holdings.of_key(number, key)) for key in keys))
    return loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holdings:
    """Codes and SKUs by brand, offer and creator: together they make one enrolment."""

    keys: Mapping[str, Sequence[Key]]
    codes: Mapping[tuple[str, Key], Sequence[HoldingEntry]]
    skus: Mapping[tuple[str, Key], Sequence[HoldingEntry]]
    ended: Mapping[tuple[str, str], datetime]  # offers that the file says have ended

    @classmethod
    def of(cls, programme: Programme) -> _Holdings:
        ended = {
            (offer.brand, offer.key): offer.draft.ends_at
            for offer in programme.offers
            if offer.state is OfferState.ENDED and offer.draft.ends_at
        }
        codes: defaultdict[tuple[str, Key], list[HoldingEntry]] = defaultdict(list)
        skus: defaultdict[tuple[str, Key], list[HoldingEntry]] = defaultdict(list)
        keys: defaultdict[str, dict[Key, None]] = defaultdict(dict)
        for entries, place in ((programme.codes, codes), (programme.skus, skus)):
            for entry in entries:
                end = ended.get((entry.brand, entry.offer))
                if end and entry.until is None and entry.since < end:
                    entry = replace(entry, until=end)
                key = (entry.offer, entry.creator)
                place[entry.brand, key].append(entry)
                keys[entry.brand][key] = None
        return cls(
            keys={brand: list(found) for brand, found in keys.items()},
            codes=codes,
            skus=skus,
            ended=ended,
        )

    def of_key(self, brand: str, key: Key) -> list[HoldingEntry]:
        """Everything that a creator held for an offer."""
        return [*self.codes.get((brand, key), ()), *self.skus.get((brand, key), ())]


async def _load_brands(uow: UnitOfWork, entries: Sequence[BrandEntry], now: datetime) -> Loaded:
    known = await uow.brands.by_bins([entry.bin for entry in entries])
    transfers = []
    for entry in entries:
        brand = known.get(entry.bin)
        if brand is None:
            added = await uow.brands.add(
                name=entry.name,
                legal_name=entry.legal_name,
                bin=entry.bin,
                fee_bps=entry.fee_bps,
                now=now,
                credit_limit_minor=entry.credit_limit.minor,
                licence=entry.licence,
            )
            brand = added.id
            await uow.audit.write(
                None, "brand.load", "brand", brand, now=now, facts={"fee_bps": entry.fee_bps}
            )
        for manager in entry.managers:
            person = await uow.people.add(
                telegram_id=manager.telegram_id,
                name=manager.name,
                username=None,
                now=now,
                locale=manager.locale,
            )
            if await uow.brands.role(brand, person) is None:
                await uow.brands.set_manager(brand, person, manager.role)
                await uow.audit.write(
                    None, "manager.load", "brand", brand, now=now, facts={"person": person}
                )
        transfers += [
            ledger.top_up(brand, top_up.amount, f"{entry.bin}:{top_up.key}", now)
            for top_up in entry.top_ups
        ]
    return Loaded(brands=len(entries) - len(known), top_ups=await uow.ledger.post(transfers))


async def _load_offers(
    uow: UnitOfWork,
    number: str,
    entries: Sequence[OfferEntry],
    pictures: Mapping[str, bytes],
    now: datetime,
) -> int:
    brand = (await uow.brands.by_bins([number]))[number]
    known = await uow.programmes.offers(brand, [entry.key for entry in entries])
    fresh = [entry for entry in entries if entry.key not in known]
    for entry in fresh:
        picture = None
        if entry.picture:
            data = pictures[entry.picture]
            picture = await uow.uploads.put(
                entry.picture, data, sha256=hashlib.sha256(data).hexdigest(), now=now
            )
        wanted = entry.draft.offer(brand, entry.state)
        wanted = replace(
            wanted,
            picture=picture,
            eligibility=entry.eligibility,
            terms=replace(wanted.terms, credit_policy=entry.credit_policy),
        )
        added = await uow.offers.add(wanted, created_by=None, now=now, external_key=entry.key)
        assert added.id is not None
        await uow.audit.write(
            None, "offer.load", "offer", added.id, now=now, facts={"brand": brand}
        )
    return len(fresh)


async def _load_holdings(
    uow: UnitOfWork, number: str, keys: Sequence[Key], holdings: _Holdings, now: datetime
) -> Loaded:
    brand = (await uow.brands.by_bins([number]))[number]
    room = await _Room.open(uow, brand, keys)
    fresh = [
        _enrolment(room, brand, number, key, holdings, now)
        for key in keys
        if room.enrolment(key) is None
    ]
    await uow.programmes.add_enrolments(fresh)
    if fresh:
        room = await _Room.open(uow, brand, keys)
    codes = [entry for key in keys for entry in holdings.codes.get((number, key), ())]
    skus = [entry for key in keys for entry in holdings.skus.get((number, key), ())]
    held_codes = await uow.enrolments.ownerships(brand, sorted({one.value for one in codes}))
    held_skus = await uow.enrolments.reservations(brand, sorted({one.value for one in skus}))
    new_codes: list[tuple[str, EnrolmentId, datetime, datetime | None]] = []
    new_skus: list[SkuReservation] = []
    code_ends: list[tuple[CodeId, datetime, datetime]] = []
    sku_ends: list[tuple[str, datetime, datetime]] = []
    for entry in sorted(codes, key=lambda one: one.since):
        enrolment = room.must(entry)
        code = _overlapping(entry, held_codes.get(entry.value, ()))
        if code is None:
            new_codes.append((entry.value, enrolment, entry.since, entry.until))
        elif end := _new_end(entry, code):
            code_ends.append((code.code, code.since, end))
            held_codes[entry.value].remove(code)
            held_codes[entry.value].append(replace(code, until=end))
    for entry in sorted(skus, key=lambda one: one.since):
        enrolment = room.must(entry)
        sku = _overlapping(entry, held_skus.get(entry.value, ()))
        if sku is None:
            new_skus.append(
                SkuReservation(
                    sku=entry.value, enrolment=enrolment, since=entry.since, until=entry.until
                )
            )
        elif end := _new_end(entry, sku):
            sku_ends.append((entry.value, sku.since, end))
            held_skus[entry.value].remove(sku)
            held_skus[entry.value].append(replace(sku, until=end))
    await uow.programmes.close_codes(code_ends)
    await uow.programmes.close_skus(brand, sku_ends)
    await uow.programmes.add_codes(brand, new_codes)
    await uow.programmes.add_skus(brand, new_skus)
    part = Loaded(
        enrolments=len(fresh),
        codes=len(new_codes),
        skus=len(new_skus),
        closed=len(code_ends) + len(sku_ends),
    )
    if part != Loaded():
        await uow.audit.write(
            None,
            "codes.load",
            "brand",
            brand,
            now=now,
            facts={"codes": part.codes, "skus": part.skus, "closed": part.closed},
        )
    return part


def _enrolment(
    room: _Room, brand: BrandId, number: str, key: Key, holdings: _Holdings, now: datetime
) -> NewEnrolment:
    """Active while something is still held and the offer goes on, ended otherwise."""
    held = holdings.of_key(number, key)
    ends = [one.until for one in held if one.until is not None]
    over = len(ends) == len(held) and max(ends) <= now
    offer, telegram_id = key
    return NewEnrolment(
        creator=room.people[telegram_id],
        offer=room.offers[offer],
        brand=brand,
        terms=room.terms[room.offers[offer]],
        state=EnrolmentState.ENDED if over else EnrolmentState.ACTIVE,
        accepted_at=min(one.since for one in held),
        ended_at=max(ends) if over else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """Ids of what a batch of holdings of one brand refers to, as far as it is stored."""

    offers: Mapping[str, OfferId]
    terms: Mapping[OfferId, TermsId]
    people: Mapping[int, PersonId]
    enrolments: Mapping[tuple[OfferId, PersonId], EnrolmentId]

    @classmethod
    async def open(cls, uow: UnitOfWork, brand: BrandId, keys: Iterable[Key]) -> _Room:
        keys = list(keys)
        offers = await uow.programmes.offers(brand, sorted({offer for offer, _ in keys}))
        people = await uow.people.by_telegram_ids(sorted({creator for _, creator in keys}))
        found = await uow.offers.many(list(offers.values()))
        return cls(
            offers=offers,
            terms={key: offer.terms.id for key, offer in found.items() if offer.terms.id},
            people=people,
            enrolments=await uow.programmes.enrolments(
                list(offers.values()), list(people.values())
            ),
        )

    def enrolment(self, key: Key) -> EnrolmentId | None:
        """The enrolment of a creator in an offer, if it is stored."""
        offer, person = self.offers.get(key[0]), self.people.get(key[1])
        if offer is None or person is None:
            return None
        return self.enrolments.get((offer, person))

    def must(self, entry: HoldingEntry) -> EnrolmentId:
        """The same, where it has just been made sure of."""
        return self.enrolments[self.offers[entry.offer], self.people[entry.creator]]


def _overlapping(entry: HoldingEntry, held: Iterable[Held]) -> Held | None:
    """What is stored of the same code or SKU for a time that the entry is about, if anything."""
    for one in held:
        begins_before = entry.until is None or one.since < entry.until
        ends_after = one.until is None or entry.since < one.until
        if begins_before and ends_after:
            return one
    return None


def _new_end(entry: HoldingEntry, held: CodeOwnership | SkuReservation) -> datetime | None:
    """The end that the file gives to something that is still held."""
    if held.until is None and entry.until is not None and held.since < entry.until:
        return entry.until
    return None


def _bad_pictures(programme: Programme, pictures: Mapping[str, bytes]) -> Iterator[Problem]:
    for offer in programme.offers:
        if not offer.picture:
            continue
        if offer.picture not in pictures:
            yield Problem(f"{offer.path}.picture", f"no file {offer.picture}")
            continue
        try:
            demand_picture(pictures[offer.picture])
        except BadInput:
            yield Problem(f"{offer.path}.picture", "neither a JPEG nor a PNG of at most 10 MB")


async def _conflicts(uow: UnitOfWork, programme: Programme) -> list[Problem]:
    """Where the file and the database cannot both be right."""
    problems = []
    people = await uow.people.by_telegram_ids([one.telegram_id for one in programme.creators])
    profiles = await uow.creators.many(list(people.values()))
    owners = await uow.programmes.channel_owners(
        [channel.url for one in programme.creators for channel in one.channels]
    )
    for creator in programme.creators:
        if people.get(creator.telegram_id) in profiles:
            continue  # the profile is the creator's own by now
        for index, channel in enumerate(creator.channels):
            if owners.get(channel.url, creator.telegram_id) != creator.telegram_id:
                problems.append(
                    Problem(
                        f"{creator.path}.channels[{index}].url",
                        "belongs to another creator already",
                    )
                )
    brands = await uow.brands.by_bins([one.bin for one in programme.brands])
    holdings = _Holdings.of(programme)
    for number, brand in brands.items():
        for keys in _batches(holdings.keys.get(number, ()), BATCH):
            room = await _Room.open(uow, brand, keys)
            entries = [(key, one) for key in keys for one in holdings.of_key(number, key)]
            values = sorted({one.value for _, one in entries})
            codes = await uow.enrolments.ownerships(brand, values)
            skus = await uow.enrolments.reservations(brand, values)
            for key, entry in entries:
                is_code = entry in holdings.codes.get((number, key), ())
                held = (
                    _overlapping(entry, codes.get(entry.value, ()))
                    if is_code
                    else _overlapping(entry, skus.get(entry.value, ()))
                )
                if held is not None and held.enrolment != room.enrolment(key):
                    problems.append(
                        Problem(
                            f"{entry.path}.{'code' if is_code else 'sku'}",
                            f"{entry.value} is held by somebody else at that time",
                        )
                    )
    return problems


def _batches(entries: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def _by_brand(offers: Iterable[OfferEntry]) -> dict[str, list[OfferEntry]]:
    found: defaultdict[str, list[OfferEntry]] = defaultdict(list)
    for offer in offers:
        found[offer.brand].append(offer)
    return dict(found)
