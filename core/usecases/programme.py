"""Loading a programme that ran elsewhere before: what is missing is added, the rest is left."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
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
    holdings = _Holdings.of(programme)
    async with new_uow(read_only=True) as uow:
        ends = await _ends(uow, holdings)
        problems = [
            *_bad_pictures(programme, pictures),
            *await _taken_channels(uow, programme),
            *await _taken_holdings(uow, holdings, ends),
        ]
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
    async with new_uow(background=True) as uow:  # before others get what has ended
        await step(await _close(uow, ends, clock()), 0)
        await uow.commit()
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
                place[entry.brand, entry.key].append(entry)
                keys[entry.brand][entry.key] = None
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
    new_codes = [
        (entry.value, room.must(entry), entry.since, entry.until)
        for entry in codes
        if _overlapping(entry, held_codes.get(entry.value, ())) is None
    ]
    new_skus = [
        SkuReservation(
            sku=entry.value, enrolment=room.must(entry), since=entry.since, until=entry.until
        )
        for entry in skus
        if _overlapping(entry, held_skus.get(entry.value, ())) is None
    ]
    await uow.programmes.add_codes(brand, new_codes)
    await uow.programmes.add_skus(brand, new_skus)
    part = Loaded(enrolments=len(fresh), codes=len(new_codes), skus=len(new_skus))
    if part != Loaded():
        await uow.audit.write(
            None,
            "codes.load",
            "brand",
            brand,
            now=now,
            facts={"codes": part.codes, "skus": part.skus},
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """Ends that the file gives to what is still held: by brand, value and start."""

    codes: Mapping[tuple[BrandId, str, datetime], tuple[CodeId, datetime]]
    skus: Mapping[tuple[BrandId, str, datetime], datetime]


async def _ends(uow: UnitOfWork, holdings: _Holdings) -> _Ends:
    codes: dict[tuple[BrandId, str, datetime], tuple[CodeId, datetime]] = {}
    skus: dict[tuple[BrandId, str, datetime], datetime] = {}
    async for batch in _stored(uow, holdings):
        for entry in batch.codes:
            code = _overlapping(entry, batch.held_codes.get(entry.value, ()))
            if code and entry.until and _is_open(code, batch.room.enrolment(entry.key)):
                codes[batch.brand, entry.value, code.since] = (code.code, entry.until)
        for entry in batch.skus:
            sku = _overlapping(entry, batch.held_skus.get(entry.value, ()))
            if sku and entry.until and _is_open(sku, batch.room.enrolment(entry.key)):
                skus[batch.brand, entry.value, sku.since] = entry.until
    return _Ends(codes=codes, skus=skus)


def _is_open(held: CodeOwnership | SkuReservation, enrolment: EnrolmentId | None) -> bool:
    return held.until is None and held.enrolment == enrolment


async def _close(uow: UnitOfWork, ends: _Ends, now: datetime) -> Loaded:
    await uow.programmes.close_codes(
        [(code, since, until) for (_, _, since), (code, until) in ends.codes.items()]
    )
    by_brand: defaultdict[BrandId, list[tuple[str, datetime, datetime]]] = defaultdict(list)
    for (brand, sku, since), until in ends.skus.items():
        by_brand[brand].append((sku, since, until))
    for brand, closed in by_brand.items():
        await uow.programmes.close_skus(brand, closed)
    for brand in sorted({brand for brand, _, _ in (*ends.codes, *ends.skus)}):
        values = [value for of, value, _ in (*ends.codes, *ends.skus) if of == brand]
        await uow.audit.write(
            None, "codes.close", "brand", brand, now=now, facts={"closed": len(values)}
        )
    return Loaded(closed=len(ends.codes) + len(ends.skus))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Some of the file's holdings of one brand, beside what is stored of the same values."""

    brand: BrandId
    room: _Room
    codes: Sequence[HoldingEntry]
    skus: Sequence[HoldingEntry]
    held_codes: Mapping[str, Sequence[CodeOwnership]]
    held_skus: Mapping[str, Sequence[SkuReservation]]


async def _stored(uow: UnitOfWork, holdings: _Holdings) -> AsyncIterator[_Batch]:
    brands = await uow.brands.by_bins(list(holdings.keys))
    for number, brand in brands.items():
        for keys in _batches(holdings.keys[number], BATCH):
            codes = [entry for key in keys for entry in holdings.codes.get((number, key), ())]
            skus = [entry for key in keys for entry in holdings.skus.get((number, key), ())]
            yield _Batch(
                brand=brand,
                room=await _Room.open(uow, brand, keys),
                codes=codes,
                skus=skus,
                held_codes=await uow.enrolments.ownerships(
                    brand, sorted({one.value for one in codes})
                ),
                held_skus=await uow.enrolments.reservations(
                    brand, sorted({one.value for one in skus})
                ),
            )


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


async def _taken_channels(uow: UnitOfWork, programme: Programme) -> list[Problem]:
    people = await uow.people.by_telegram_ids([one.telegram_id for one in programme.creators])
    profiles = await uow.creators.many(list(people.values()))
    owners = await uow.programmes.channel_owners(
        [channel.url for one in programme.creators for channel in one.channels]
    )
    return [
        Problem(f"{creator.path}.channels[{index}].url", "belongs to another creator already")
        for creator in programme.creators
        if people.get(creator.telegram_id) not in profiles  # else the profile is their own by now
        for index, channel in enumerate(creator.channels)
        if owners.get(channel.url, creator.telegram_id) != creator.telegram_id
    ]


async def _taken_holdings(uow: UnitOfWork, holdings: _Holdings, ends: _Ends) -> list[Problem]:
    """Codes and SKUs that the file gives to somebody while the database has them with another."""
    problems = []
    taken = "{} is held by somebody else at that time"
    async for batch in _stored(uow, holdings):
        for entry in batch.codes:
            codes = [
                replace(one, until=end[1])
                if (end := ends.codes.get((batch.brand, entry.value, one.since)))
                else one
                for one in batch.held_codes.get(entry.value, ())
            ]
            code = _overlapping(entry, codes)
            if code and code.enrolment != batch.room.enrolment(entry.key):
                problems.append(Problem(f"{entry.path}.code", taken.format(entry.value)))
        for entry in batch.skus:
            skus = [
                replace(one, until=ends.skus.get((batch.brand, entry.value, one.since), one.until))
                for one in batch.held_skus.get(entry.value, ())
            ]
            sku = _overlapping(entry, skus)
            if sku and sku.enrolment != batch.room.enrolment(entry.key):
                problems.append(Problem(f"{entry.path}.sku", taken.format(entry.value)))
    return problems


def _batches(entries: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def _by_brand(offers: Iterable[OfferEntry]) -> dict[str, list[OfferEntry]]:
    found: defaultdict[str, list[OfferEntry]] = defaultdict(list)
    for offer in offers:
        found[offer.brand].append(offer)
    return dict(found)
