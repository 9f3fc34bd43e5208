"""What both sides see of reconciliation: the last reading, what it brought, what is to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from core.deadlines import (
    OPEN,
    OwnNews,
    Reading,
    Silence,
    last_day,
)
from core.enrolments import Enrolment, EnrolmentCard
from core.errors import NotFound
from core.ids import BrandId, EnrolmentId
from core.money import Money
from core.orders import Place
from core.people import Actor, Brand, Permission
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.ports.deadlines import WaitingSum
from core.results import day_of
from core.runs import SourceState
from core.usecases.enrolments import cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Orders that wait, and the last day (Almaty) on which a file keeps the terms from approving.

    `until` is None where silence approves nothing.
    """

    orders: int
    amount: Money
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceReading:
    """A place of a brand: what was read last, whether its source is paused, what waits.

    `oldest` is when the first order was placed that waits.
    """

    place: Place
    reading: Reading | None
    paused: bool
    promises: tuple[Promise, ...]
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandReadings:
    """A brand's places, with today in Almaty."""

    brand: Brand
    today: date
    places: tuple[PlaceReading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReading:
    """An offer of a creator: the brand's last reading there, and what was last news of own orders.

    `news_at` is when that news was reported; `approved_on` the day from which the terms approve
    what waits if nothing comes before, None where they do not or nothing waits.
    """

    card: EnrolmentCard
    today: date
    reading: Reading | None
    news: OwnNews | None
    news_at: datetime | None
    approved_on: date | None
    handles: int = 0  # that the brand lends the creator now or is going to
    slots: bool = False  # whether creators take turns there


async def brand_readings(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId
) -> BrandReadings:
    """The state of reconciliation of a brand, for its managers and the staff."""
    if not actor.may(Permission.MODERATION):
        actor.demand_brand(brand)
    today = day_of(clock())
    async with new_uow(read_only=True) as uow:
        found = await uow.brands.get(brand)
        readings = {each.place: each for each in await uow.deadlines.readings(brand)}
        sources = await uow.sources.of_brand(brand)
        sums = await uow.deadlines.waiting_sums(brand)
        places = await uow.deadlines.places(brand)
        silences = _by_key(await uow.deadlines.silences([brand]))
    paused = {each.place for each in sources if each.state is SourceState.PAUSED}
    wanted = {*readings, *places, *(each.place for each in sums)}
    return BrandReadings(
        brand=found,
        today=today,
        places=tuple(
            PlaceReading(
                place=place,
                reading=(reading := readings.get(place)),
                paused=place in paused,
                promises=tuple(
                    Promise(
                        orders=each.orders,
                        amount=each.amount,
                        until=_until(reading, each.days, silences, today),
                    )
                    for each in _of(place, sums)
                ),
                oldest=min((each.oldest for each in _of(place, sums) if each.oldest), default=None),
            )
            for place in Place
            if place in wanted
        ),
    )


def _of(place: Place, sums: Sequence[WaitingSum]) -> list[WaitingSum]:
    return [each for each in sums if each.place is place]


async def own_readings(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    after: int | None = None,
    limit: int = 5,
) -> tuple[Sequence[OwnReading], int | None]:
    """The same offer by offer for a creator, the newest first, and the id to page from."""
    async with new_uow(read_only=True) as uow:
        found = await uow.enrolments.of_creator(actor.id, after=after, limit=limit + 1)
        shown = await _own(uow, found[:limit], day_of(clock()))
    return shown, found[limit - 1].id if len(found) > limit else None


async def own_reading(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> OwnReading:
    """The creator's own enrolment with the terms as they were accepted; NotFound("enrolment")."""
    async with new_uow(read_only=True) as uow:
        known = await uow.enrolments.get(enrolment)
        if known.creator != actor.id:
            raise NotFound("enrolment")
        (shown,) = await _own(uow, [known], day_of(clock()))
        lent = await uow.handles.count(enrolment, at=clock())
        board = await uow.slots.find(known.brand, shown.card.offer.place)
    return replace(shown, handles=lent, slots=board is not None)


async def _own(uow: UnitOfWork, found: Sequence[Enrolment], today: date) -> list[OwnReading]:
    shown = await cards(uow, found)
    wanted = sorted({each.brand for each in found})
    readings = {
        (each.brand, each.place): each
        for brand in wanted
        for each in await uow.deadlines.readings(brand)
    }
    silences = _by_key(await uow.deadlines.silences(wanted))
    last = await uow.deadlines.last_results([each.id for each in found])
    owned: list[OwnReading] = []
    for card in shown:
        reading = readings.get((card.enrolment.brand, card.offer.place))
        news, news_at = last.get(card.enrolment.id, (None, None))
        days = card.offer.terms.auto_approve_days
        until = _until(reading, days, silences, today) if card.stats.pending else None
        owned.append(
            OwnReading(
                card=card,
                today=today,
                reading=reading,
                news=news,
                news_at=news_at,
                approved_on=until and until + timedelta(days=1),
            )
        )
    return owned


def _by_key(silences: Sequence[Silence]) -> dict[tuple[BrandId, Place, int], Silence]:
    return {(each.brand, each.place, each.days): each for each in silences}


def _until(
    reading: Reading | None,
    days: int,
    silences: Mapping[tuple[BrandId, Place, int], Silence],
    today: date,
) -> date | None:
    """The last day on which a file keeps what waits from being approved, None if nothing is."""
    if reading is None or not days:
        return None
    silence = silences.get((reading.brand, reading.place, days))
    if silence is not None:
        return silence.until if silence.state in OPEN else None
    until = last_day(reading.at, days)
    # A warning that is overdue, because we were away ourselves, still comes first.
    return until if until > today else last_day(reading.at, days, warned=today)
