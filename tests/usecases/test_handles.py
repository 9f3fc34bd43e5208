"""Articles, ids and tags that a brand lends by dates prove orders, also those known already."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.commissions import Rule
from core.errors import BadInput, HandleImpossible, NotAllowed, NotFound, OutOfDate
from core.evidence import EvidenceKind, Grade
from core.handles import HandleKind, Term
from core.money import Money, tenge
from core.notifications import NoteKind
from core.orders import OrderItem, OrderStatus, Place
from core.ports import UnitOfWorkFactory
from core.usecases.admissions import leave_offer
from core.usecases.handles import (
    check_handles,
    lent_to,
    look_back,
    own_handles,
    release_handles,
    reserve_handles,
)
from tests.builders import a_brand, reserve_sku, told
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    NOON,
    TEN_PERCENT,
    Shop,
    a_shop,
    a_source,
    an_item,
    an_order,
    books,
    known_orders,
    one_more,
    report,
    transfers,
)

APPROVED = OrderStatus.APPROVED
WILD = replace(TEN_PERCENT, place=Place.WILDBERRIES)
DAY = timedelta(days=1)


async def test_a_list_is_lent_as_far_as_it_is_free_and_every_clash_is_explained(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    _, hers = await one_more(new_uow, clock, shop.brand, "Дана")
    mine = shop.enrolment.id
    until = Term(since=NOON, until=NOON + 10 * DAY)
    await reserve_sku(
        new_uow, clock, actor=shop.manager, enrolment=hers.id, sku="TAKEN", term=until
    )
    await reserve_sku(new_uow, clock, actor=shop.manager, enrolment=mine, sku="OWN")

    done = await reserve_handles(
        new_uow,
        clock,
        actor=shop.manager,
        enrolment=mine,
        kind=HandleKind.SKU,
        texts=["=NEW", " NEW-2 ", "NEW-2", "TAKEN", "OWN", "a\tb", "x" * 101],
    )

    assert list(done.good) == ["=NEW", "NEW-2"]
    whys = [(one.text[:5], one.why, one.by and one.by.holder) for one in done.refused]
    assert whys == [
        ("NEW-2", "repeated", None),
        ("a\tb", "bad", None),
        ("xxxxx", "bad", None),
        ("TAKEN", "taken", "Дана"),
        ("OWN", "own", "Айгерім"),
    ]
    again = await reserve_handles(
        new_uow,
        clock,
        actor=shop.manager,
        enrolment=mine,
        kind=HandleKind.SKU,
        texts=["=NEW", "NEW-2"],
    )
    assert not again.good
    view = await own_handles(new_uow, clock, actor=shop.creator, enrolment=mine)
    assert [one.value for one in view.handles] == ["=NEW", "NEW-2", "OWN"]
    assert (await told(new_uow, shop.creator)).count(NoteKind.HANDLES_LENT) == 2


async def test_a_handle_rests_between_two_creators_and_a_slip_does_not(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    _, hers = await one_more(new_uow, clock, shop.brand, "Дана")
    mine, manager = shop.enrolment.id, shop.manager

    async def wanted(term: Term | None = None) -> str:
        checked = await check_handles(
            new_uow,
            clock,
            actor=manager,
            enrolment=hers.id,
            kind=HandleKind.SKU,
            texts=["MUG"],
            term=term or Term(since=clock()),
        )
        return checked.refused[0].why if checked.refused else ""

    await reserve_sku(new_uow, clock, actor=manager, enrolment=mine, sku="MUG")
    clock.advance(hours=1)
    await release_handles(new_uow, clock, actor=manager, enrolment=mine)
    assert await wanted() == ""
    await reserve_sku(new_uow, clock, actor=manager, enrolment=mine, sku="MUG")
    clock.advance(days=5)
    view = await lent_to(new_uow, clock, actor=manager, enrolment=mine)
    await release_handles(new_uow, clock, actor=manager, enrolment=mine, handle=view.handles[0].id)
    with pytest.raises(OutOfDate):
        await release_handles(
            new_uow, clock, actor=manager, enrolment=mine, handle=view.handles[0].id
        )
    assert await wanted() == "resting"
    assert await wanted(Term(since=clock() - 3 * DAY)) == "taken"
    await reserve_sku(new_uow, clock, actor=manager, enrolment=mine, sku="MUG")  # its last holder
    clock.advance(days=2)
    await leave_offer(new_uow, clock, actor=shop.creator, enrolment=mine)
    clock.advance(days=59)
    assert await wanted() == "resting"
    clock.advance(days=1)
    assert await wanted() == ""


async def test_a_late_order_goes_to_whoever_had_the_article_on_its_day(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    dana, hers = await one_more(new_uow, clock, shop.brand, "Дана")
    first = Term(since=NOON, until=NOON + 5 * DAY)
    then = Term(since=NOON + 66 * DAY)
    for enrolment, term in ((shop.enrolment, first), (hers, then)):
        await reserve_sku(
            new_uow, clock, actor=shop.manager, enrolment=enrolment.id, sku="MUG", term=term
        )
    clock.advance(days=80)

    await report(
        new_uow,
        clock,
        shop,
        *(
            an_order(str(day), APPROVED, at=NOON + day * DAY, items=(an_item("MUG"),))
            for day in (4, 20, 70)
        ),
    )

    rows = await known_orders(new_uow, shop)
    assert [rows[day].creator for day in ("4", "20", "70")] == [
        shop.creator.id,
        None,
        dana.id,
    ]
    assert rows["4"].grade is Grade.B


async def test_what_is_lent_for_days_that_have_passed_moves_known_orders_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    dana, hers = await one_more(new_uow, clock, shop.brand, "Дана")
    source = await a_source(new_uow, clock(), shop.brand.id)
    await report(
        new_uow,
        clock,
        shop,
        an_order("1", APPROVED, items=(an_item("MUG"),)),
        an_order("2", APPROVED, shop.code, items=(an_item("MUG"),)),  # the code is a better sign
        an_order("3", APPROVED, items=(an_item("CUP"), an_item('Қасық "үлкен"'))),
        an_order("4", APPROVED, at=NOON + 9 * DAY, items=(an_item("MUG"),)),
        source=source,
    )
    before = await transfers(new_uow)
    clock.advance(days=10)

    await reserve_handles(
        new_uow,
        clock,
        actor=shop.manager,
        enrolment=hers.id,
        kind=HandleKind.SKU,
        texts=["MUG", 'Қасық "үлкен"'],
        term=Term(since=NOON, until=NOON + 5 * DAY),
    )
    assert await look_back(new_uow, clock) == 3
    assert await look_back(new_uow, clock) == 0

    rows = await known_orders(new_uow, shop)
    assert [rows[number].creator for number in "1234"] == [
        dana.id,
        shop.creator.id,
        dana.id,
        None,
    ]
    assert (await books(new_uow, shop, dana)).pending == tenge(2_000)
    assert await transfers(new_uow) == before + 2


async def test_orders_of_many_equal_times_are_all_looked_at(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.usecases.handles.STRETCH", 3)
    shop = await a_shop(new_uow, clock)
    await report(
        new_uow,
        clock,
        shop,
        *(an_order(str(number), items=(an_item("MUG"),)) for number in range(8)),
    )
    clock.advance(days=1)
    await reserve_sku(
        new_uow,
        clock,
        actor=shop.manager,
        enrolment=shop.enrolment.id,
        sku="MUG",
        term=Term(since=NOON),
    )

    assert await look_back(new_uow, clock) == 8

    rows = await known_orders(new_uow, shop)
    assert {row.creator for row in rows.values()} == {shop.creator.id}


async def test_substitute_articles_and_ids_of_promo_codes_are_of_the_best_grade(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, WILD)
    dana, hers = await one_more(new_uow, clock, shop.brand, "Дана", WILD)
    source = await a_source(new_uow, clock(), shop.brand.id, Place.WILDBERRIES)
    code_id = "8f1d2c3a-0b4e-4f5a-9c6d-7e8f9a0b1c2d"
    early = an_order("0", APPROVED, code_id)
    await report(new_uow, clock, shop, early, source=source)
    clock.advance(hours=3)
    for enrolment, kind, text in (
        (shop.enrolment, HandleKind.ARTICLE, "412345678"),
        (hers, HandleKind.SKU, "MUG"),
        (hers, HandleKind.CODE_ID, code_id),
    ):
        await reserve_sku(
            new_uow,
            clock,
            actor=shop.manager,
            enrolment=enrolment.id,
            sku=text,
            kind=kind,
            term=Term(since=NOON),
        )
    await look_back(new_uow, clock)

    await report(
        new_uow,
        clock,
        shop,
        an_order(
            "1",
            APPROVED,
            items=(an_item("MUG"), OrderItem(sku="412345678", quantity=0, amount=Money(0))),
        ),
        an_order("2", APPROVED, code_id.upper()),
        source=source,
    )

    rows = await known_orders(new_uow, shop)
    found = {number: (row.creator, row.grade, row.evidence_kind) for number, row in rows.items()}
    assert found == {
        "0": (dana.id, Grade.A, EvidenceKind.CODE),
        "1": (shop.creator.id, Grade.A, EvidenceKind.ARTICLE),
        "2": (dana.id, Grade.A, EvidenceKind.CODE),
    }
    assert rows["1"].commission == tenge(1_000)


async def test_two_managers_lend_an_article_at_once_and_one_creator_gets_it(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    takers = [shop.enrolment.id] + [
        (await one_more(new_uow, clock, shop.brand, name))[1].id for name in ("Дана", "Сәуле")
    ]
    term = Term(since=NOON, until=NOON + 5 * DAY)

    results = await asyncio.gather(
        *(
            reserve_handles(
                new_uow,
                clock,
                actor=shop.manager,
                enrolment=taker,
                kind=HandleKind.SKU,
                texts=["MUG"],
                term=term,
            )
            for taker in takers
        )
    )

    assert sorted(len(result.good) for result in results) == [0, 0, 1]


async def test_who_may_not_and_what_makes_no_sense_is_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    by_units = await a_units_shop(new_uow, clock)
    _, stranger = await a_brand(new_uow, clock(), "Other")
    dana, _ = await one_more(new_uow, clock, shop.brand, "Дана")
    mine = shop.enrolment.id

    async def lend(shop: Shop, kind: HandleKind, *texts: str, **more: Term) -> None:
        await reserve_handles(
            new_uow,
            clock,
            actor=shop.manager,
            enrolment=shop.enrolment.id,
            kind=kind,
            texts=texts,
            **more,
        )

    for asked in (lent_to, release_handles):
        with pytest.raises(NotAllowed):
            await asked(new_uow, clock, actor=stranger, enrolment=mine)
    with pytest.raises(NotAllowed):
        await lend(replace(shop, manager=stranger), HandleKind.SKU, "MUG")
    with pytest.raises(NotFound):
        await own_handles(new_uow, clock, actor=dana, enrolment=mine)
    with pytest.raises(OutOfDate):
        await release_handles(new_uow, clock, actor=shop.manager, enrolment=mine)
    for texts in ([], ["  "], ["MUG"] * 501):
        with pytest.raises(BadInput):
            await lend(shop, HandleKind.SKU, *texts)
    for since in (NOON - 400 * DAY, NOON + 400 * DAY):
        with pytest.raises(BadInput):
            await lend(shop, HandleKind.SKU, "MUG", term=Term(since=since))
    with pytest.raises(BadInput):
        Term(since=NOON, until=NOON)
    for where, kind, reason in (
        (shop, HandleKind.ARTICLE, "place"),
        (shop, HandleKind.TAG, "place"),
        (by_units, HandleKind.SKU, "units"),
    ):
        with pytest.raises(HandleImpossible) as refused:
            await lend(where, kind, "MUG")
        assert refused.value.reason == reason
    await leave_offer(new_uow, clock, actor=shop.creator, enrolment=mine)
    with pytest.raises(OutOfDate):
        await lend(shop, HandleKind.SKU, "MUG")


UNITS = replace(TEN_PERCENT, rule=Rule(per_unit_minor=tenge(300).minor), place=Place.OZON)


async def a_units_shop(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Shop:
    """A shop that pays by units of a report."""
    return await a_shop(new_uow, clock, UNITS)
