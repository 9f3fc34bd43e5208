"""Histories of orders as feeds tell them: late, early, in part, dated well, badly or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from core.money import Money, tenge
from core.orders import ALMATY, NormalisedOrder, OrderItem, OrderStatus, Place, freshness
from tests.properties.market import Delivery, File, Market, Report
from tests.sources.spreadsheets import table
from tests.usecases.order_builders import NOON, an_order

PLACED = [  # when the first code was held, when it rested, and in two months since it was held anew
    NOON - timedelta(days=70),
    NOON - timedelta(days=20),
    *(NOON + timedelta(days=day) for day in (1, 2, 11, 12)),
]
ORDERS = 4  # of one history at the most
STATUSES = [OrderStatus.APPROVED, *OrderStatus]
ITEMS = [
    (),
    (OrderItem(sku="MUG", amount=tenge(4_000)),),
    (OrderItem(sku="CUP", amount=tenge(3_000)), OrderItem(sku="MUG", quantity=2)),
]


CORRECTED = [
    (),
    *((name,) for name in ("promo_codes", "click_ids", "phone", "items", "net")),
    ("promo_codes", "phone"),
]


@st.composite
def truths(draw: st.DrawFn, market: Market, number: int) -> NormalisedOrder:
    """Everything there is to know of an order; feeds tell parts of it."""
    codes = ((), (market.code,), (market.other,), (market.code, market.other), ("NOBODYS",))
    lookalike = (market.code.replace("A", "А"),)  # Cyrillic
    currency = draw(st.sampled_from(["KZT"] * 9 + ["USD"]))
    net = Money(draw(st.sampled_from([1_000_000, 300_000])), currency)
    return NormalisedOrder(
        external_id=str(number),
        ordered_at=draw(st.sampled_from(PLACED)) + timedelta(minutes=draw(st.integers(0, 2))),
        status=OrderStatus.PENDING,
        status_raw="",
        gross=net,
        net=net,
        raw_hash="",
        promo_codes=draw(st.sampled_from([*codes, lookalike])),
        phone=draw(st.sampled_from([None, "+77010000001", "+77010000002"])),
        items=tuple(
            replace(item, amount=item.amount and Money(item.amount.minor, currency))
            for item in draw(st.sampled_from(ITEMS))
        ),
        click_ids=draw(st.sampled_from([(), *((click,) for click in market.clicks)])),
    )


@st.composite
def histories(draw: st.DrawFn, market: Market) -> list[Report]:
    """Reports of a few orders; those of one `seen` and place can be one delivery."""
    places = draw(st.sampled_from([[Place.KASPI], [Place.KASPI, Place.OWN_SHOP]]))
    known = [
        (draw(st.sampled_from(places)), draw(truths(market, n)))
        for n in range(1, draw(st.integers(1, ORDERS)) + 1)
    ]
    told: list[Report] = []
    for hour in sorted(draw(st.lists(st.integers(0, 9), min_size=1, max_size=3))):
        # Two readings a day: what is dated by day and what is not can fall together.
        seen = NOON + timedelta(days=13 + hour // 2, hours=hour % 2)
        which = draw(st.lists(st.integers(0, len(known) - 1), min_size=1, max_size=4))
        for index in which:
            place, truth = known[index]
            told.append(Report(seen=seen, place=place, order=draw(reports(market, truth, seen))))
    return steady(told)


@st.composite
def reports(
    draw: st.DrawFn, market: Market, truth: NormalisedOrder, seen: datetime
) -> NormalisedOrder:
    """What one feed says of the order: a status, and the columns that it has, some corrected."""
    other = draw(truths(market, int(truth.external_id)))
    for name in draw(st.sampled_from(CORRECTED)):
        truth = replace(truth, **{name: getattr(other, name)})
    if draw(st.integers(0, 5)) == 0:
        truth = replace(truth, ordered_at=truth.ordered_at + timedelta(days=1))
    has_codes, has_phone, has_items, has_clicks = (draw(st.booleans()) for _ in range(4))
    dated = draw(st.sampled_from(["", "exactly", "by day"]))
    changed = seen - timedelta(days=draw(st.integers(0, 2))) if dated else None
    status = draw(st.sampled_from(STATUSES))
    told = replace(
        truth,
        status=status,
        status_raw=status.value,
        status_changed_at=changed,
        changed_on_day=dated == "by day",
        refunded=Money(draw(st.sampled_from([0, 0, 100_000])), truth.net.currency),
        promo_codes=truth.promo_codes if has_codes else (),
        phone=truth.phone if has_phone else None,
        items=truth.items if has_items else (),
        click_ids=truth.click_ids if has_clicks else (),
    )
    row = repr((replace(told, phone=None), told.phone))
    return replace(told, raw_hash=hashlib.sha256(row.encode()).hexdigest())


def steady(told: Sequence[Report]) -> list[Report]:
    """Without what was read again on one day, where another row of its rank came between."""
    rows: dict[object, dict[str, dict[datetime, list[int]]]] = {}
    for index, report in enumerate(told):
        fresh = freshness(report.order, report.seen)
        group = (
            report.place,
            report.order.external_id,
            fresh.day,
            fresh.rank,
            fresh.refunded_minor,
        )
        ats = rows.setdefault(group, {}).setdefault(fresh.raw_hash, {})
        ats.setdefault(fresh.at, []).append(index)
    left_out = {
        index
        for hashes in rows.values()
        if len(hashes) > 1
        for ats in hashes.values()
        for at in sorted(ats)[:-1]
        for index in ats[at]
    }
    return [report for index, report in enumerate(told) if index not in left_out]


def chronological(told: Sequence[Report]) -> list[Delivery]:
    """The canonical delivery: reading by reading."""
    readings: dict[tuple[datetime, Place], list[Report]] = {}
    for report in sorted(told, key=lambda report: report.seen):
        readings.setdefault((report.seen, report.place), []).append(report)
    return [tuple(reading) for reading in readings.values()]


@st.composite
def shuffles(draw: st.DrawFn, told: Sequence[Report]) -> list[Delivery]:
    """The same reports in any order, some twice, split and put together at random."""
    again = draw(st.lists(st.sampled_from(told), max_size=2)) if told else []
    deliveries: list[list[Report]] = []
    turn: list[Report] = draw(st.permutations([*told, *again]))
    for report in turn:
        fits = [
            held
            for held in deliveries
            if (held[0].seen, held[0].place) == (report.seen, report.place)
        ]
        alone = draw(st.integers(0, 3)) == 0  # mostly together: that is how files come
        if fits and not alone:
            fits[0].append(report)
        else:
            deliveries.append([report])
    return [tuple(held) for held in deliveries]


# --- before and after a release ------------------------------------------------------------------

RELEASE = NOON + timedelta(days=20)


@st.composite
def lives(draw: st.DrawFn, market: Market) -> tuple[list[Report], list[Report]]:
    """What was told of a few orders before some of their holds ended, and afterwards.

    They live as orders do: placed, approved, then perhaps refunded in part, perhaps returned.
    """
    before: list[Report] = []
    after: list[Report] = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        placed = NOON + timedelta(days=2, hours=number)
        approved = draw(st.integers(3, 8))
        turns = [(2, OrderStatus.PENDING, 0), (approved, OrderStatus.APPROVED, 0)]
        if draw(st.booleans()):
            turns.append((draw(st.integers(approved, 24)), OrderStatus.APPROVED, 100_000))
        if draw(st.booleans()):
            turns.append((draw(st.integers(turns[-1][0], 24)), OrderStatus.RETURNED, 0))
        for seen in sorted(draw(st.sets(st.integers(3, 28), min_size=1, max_size=4))):
            day, status, refunded = [turn for turn in turns if turn[0] <= seen][-1]
            changed = NOON + timedelta(days=day, hours=1) if draw(st.booleans()) else None
            order = an_order(
                str(number),
                status,
                market.plain,
                at=placed,
                changed=changed,
                refunded=Money(refunded),
            )
            report = Report(seen=NOON + timedelta(days=seen), place=Place.KASPI, order=order)
            (before if report.seen < RELEASE else after).append(report)
    return before, after


# --- as files ------------------------------------------------------------------------------------

WORDS = {
    OrderStatus.PENDING: "Новый",
    OrderStatus.APPROVED: "Выполнен",
    OrderStatus.REJECTED: "Отменен",
    OrderStatus.RETURNED: "Возврат",
}


HEADER = "Номер заказа;Дата;Сумма;Статус;Дата изменения статуса;Промокод;Телефон"


@st.composite
def exports(draw: st.DrawFn, market: Market) -> list[tuple[datetime, list[str]]]:
    """Exports of one shop: when they were made, and their rows. Systems leave columns empty."""
    known = [draw(truths(market, number)) for number in range(1, draw(st.integers(2, 6)) + 1)]
    made = []
    for day in sorted(draw(st.sets(st.integers(13, 19), min_size=2, max_size=3))):
        has_times, has_codes, has_phones = (draw(st.booleans()) for _ in range(3))
        rows = []
        for order in draw(st.permutations(known)):
            changed = NOON + timedelta(days=day - draw(st.integers(0, 2)))
            cells = [
                order.external_id,
                f"{order.ordered_at.astimezone(ALMATY):%d.%m.%Y %H:%M}",
                str(order.net.minor // 100),
                WORDS[draw(st.sampled_from(STATUSES))],
                f"{changed.astimezone(ALMATY):%d.%m.%Y %H:%M}" if has_times else "",
                " ".join(order.promo_codes) if has_codes else "",
                order.phone or "" if has_phones else "",
            ]
            rows.append(";".join(cells))
        made.append((NOON + timedelta(days=day), rows))
    return made


@st.composite
def files(draw: st.DrawFn, made: Sequence[tuple[datetime, list[str]]]) -> list[File]:
    """The same exports as files: in any order, some twice, some in parts."""
    parts = []
    for seen, rows in [*made, *draw(st.lists(st.sampled_from(made), max_size=1))]:
        cut = draw(st.integers(0, len(rows) - 1))
        parts += [whole(seen, part) for part in (rows[:cut], rows[cut:]) if part]
    shuffled: list[File] = draw(st.permutations(parts))
    return shuffled


def whole(seen: datetime, rows: Sequence[str]) -> File:
    """An export in one file."""
    return File(seen=seen, data=table(HEADER, *rows))
