"""Codes from a pool, creators' wishes, and changes that brands announce."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.code_changes import NOTICE, NoticeReason, RefusalReason, RequestState
from core.codes import COOLDOWN
from core.enrolments import EnrolmentState
from core.errors import (
    AlreadyUsed,
    BadInput,
    ChangeAnnounced,
    CodeRequested,
    FileRefused,
    NotAllowed,
    NotFound,
    OutOfDate,
    PoolEmpty,
)
from core.ids import EnrolmentId, OfferId
from core.notifications import NoteKind
from core.offers import CodeSource
from core.orders import OrderStatus
from core.people import Actor, Brand, CreatorState
from core.ports import UnitOfWorkFactory
from core.usecases.admissions import leave_offer
from core.usecases.codes import (
    accept_wish,
    add_pool_codes,
    announce_change,
    ask_for_code,
    cancel_change,
    change_due_codes,
    choose_code_source,
    clear_pool,
    pool_of,
    refuse_wish,
    wishes,
    withdraw_wish,
)
from core.usecases.enrolments import enrolment_card, take_offer
from core.usecases.offers import end_offer
from tests.builders import a_brand, a_creator, an_offer, told, unhurried
from tests.conftest import FrozenClock
from tests.usecases.order_builders import a_shop, an_order, report

FILE = "Промокод\nALMA-1\nalma-2\n\nALMA-1\nAB\nтым ұзын код емес!\n1.23E+15\n".encode()


async def market(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> tuple[Brand, Actor, Actor, OfferId]:
    brand, manager = await a_brand(new_uow, clock())
    creator = await a_creator(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    return brand, manager, creator, offer.id


async def enrolled(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> tuple[Brand, Actor, Actor, EnrolmentId]:
    brand, manager, creator, offer = await market(new_uow, clock)
    card = await take_offer(new_uow, clock, actor=creator, offer=offer)
    return brand, manager, creator, card.enrolment.id


async def holder(
    new_uow: UnitOfWorkFactory, brand: Brand, code: str
) -> list[tuple[EnrolmentId, bool]]:
    async with new_uow(read_only=True) as uow:
        held = await uow.enrolments.ownerships(brand.id, [code])
    return [(one.enrolment, one.until is None) for one in held.get(code, [])]


async def test_a_file_fills_the_pool_once_and_says_what_was_wrong_line_by_line(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    _, manager, _, offer = await market(new_uow, clock)

    first = await add_pool_codes(new_uow, clock, actor=manager, offer=offer, data=FILE)
    again = await add_pool_codes(new_uow, clock, actor=manager, offer=offer, data=FILE)

    assert first.added == 2
    assert [(one.line, one.why) for one in first.problems] == [
        (5, "repeated"),
        (6, "short"),
        (7, "signs"),
        (8, "damaged"),
    ]
    assert again.added == 0
    assert [(one.line, one.why) for one in again.problems][:2] == [(2, "pooled"), (3, "pooled")]
    assert again.count == first.count
    assert (await pool_of(new_uow, actor=manager, offer=offer)).offer.code_source is CodeSource.POOL
    with pytest.raises(FileRefused):
        await add_pool_codes(new_uow, clock, actor=manager, offer=offer, data=b" \n")


async def test_no_code_of_the_pool_is_given_twice_and_managers_hear_of_its_end(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    _, manager, _, offer = await market(new_uow, clock)
    lines = "\n".join(f"POOL-{number}" for number in range(4)).encode()
    await add_pool_codes(new_uow, clock, actor=manager, offer=offer, data=lines)
    await choose_code_source(
        new_uow, clock, actor=manager, offer=offer, source=CodeSource.POOL_ONLY
    )
    creators = [await a_creator(new_uow, clock(), f"Blogger {n}") for n in range(6)]

    results = await asyncio.gather(
        *(take_offer(new_uow, clock, actor=one, offer=offer) for one in creators),
        return_exceptions=True,
    )

    given = [one.enrolment.code for one in results if not isinstance(one, BaseException)]
    assert sorted(given) == ["POOL-0", "POOL-1", "POOL-2", "POOL-3"]
    assert sum(isinstance(one, PoolEmpty) for one in results) == 2
    warnings = [kind for kind in await told(new_uow, manager) if kind is NoteKind.POOL_LOW]
    assert len(warnings) == 2  # three left, none left


async def test_a_pool_that_is_only_first_falls_back_to_the_name_and_is_cleared(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    _, manager, creator, offer = await market(new_uow, clock)
    other = await a_creator(new_uow, clock(), "Дана")
    await add_pool_codes(new_uow, clock, actor=manager, offer=offer, data=b"AIGERIM10\nALMA-2")
    pooled = await take_offer(new_uow, clock, actor=other, offer=offer)
    view = await clear_pool(new_uow, clock, actor=manager, offer=offer)

    named = await take_offer(new_uow, clock, actor=creator, offer=offer)

    assert pooled.enrolment.code == "AIGERIM10"
    assert (view.count.free, view.count.given) == (0, 1)
    assert named.enrolment.code.startswith("AIGERIM10")
    assert named.enrolment.code != "AIGERIM10"


async def test_an_accepted_wish_changes_the_code_by_date(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager, creator, number = await enrolled(new_uow, clock)
    wish = await ask_for_code(new_uow, clock, actor=creator, enrolment=number, text="Әсел 20")
    with pytest.raises(CodeRequested):
        await ask_for_code(new_uow, clock, actor=creator, enrolment=number, text="OTHER")
    began = clock()
    clock.advance(days=1)

    await accept_wish(new_uow, clock, actor=manager, request=wish.id)

    card = await enrolment_card(new_uow, actor=creator, enrolment=number)
    assert card.enrolment.code == "ASEL20"
    async with new_uow(read_only=True) as uow:
        old = (await uow.enrolments.ownerships(brand.id, ["AIGERIM10"]))["AIGERIM10"]
    assert [(one.since, one.until) for one in old] == [(began, clock())]
    with pytest.raises(OutOfDate):
        await accept_wish(new_uow, clock, actor=manager, request=wish.id)
    assert await told(new_uow, creator) == [NoteKind.CODE_ACCEPTED]
    # The old code rests: another creator of the same name does not get it.
    other = await a_creator(new_uow, clock())
    taken = await take_offer(new_uow, clock, actor=other, offer=card.enrolment.offer)
    assert taken.enrolment.code != "AIGERIM10"


async def test_a_wish_may_be_no_code_of_others_and_look_like_none(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager, creator, number = await enrolled(new_uow, clock)
    async with new_uow(read_only=True) as uow:
        offer = (await uow.enrolments.get(number)).offer
    other = await a_creator(new_uow, clock(), "Қоса")
    await take_offer(new_uow, clock, actor=other, offer=offer)
    await add_pool_codes(new_uow, clock, actor=manager, offer=offer, data=b"K-OSA1\nVIP")

    for text, field in (
        ("KOSA10", "code"),
        ("vip", "code"),
        ("KOSA1", "code_lookalike"),
        ("AIGERIM10", "code"),
    ):
        with pytest.raises(AlreadyUsed) as refused:
            await ask_for_code(new_uow, clock, actor=creator, enrolment=number, text=text)
        assert refused.value.field == field
    with pytest.raises(BadInput):
        await ask_for_code(new_uow, clock, actor=creator, enrolment=number, text="no-dash")
    with pytest.raises(NotFound):
        await ask_for_code(new_uow, clock, actor=other, enrolment=number, text="FREE1")
    assert brand


async def test_a_wish_is_refused_with_a_reason_or_taken_back(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager, creator, number = await enrolled(new_uow, clock)
    _, rival = await a_brand(new_uow, clock(), "Tulpar")
    wish = await ask_for_code(new_uow, clock, actor=creator, enrolment=number, text="ASEL")
    with pytest.raises(NotAllowed):
        await accept_wish(new_uow, clock, actor=rival, request=wish.id)

    view = await refuse_wish(
        new_uow, clock, actor=manager, request=wish.id, reason=RefusalReason.UNSUITABLE
    )
    await ask_for_code(new_uow, clock, actor=creator, enrolment=number, text="ASEL7")
    await withdraw_wish(new_uow, clock, actor=creator, enrolment=number)

    assert (view.wish.state, view.wish.reason) == (RequestState.REFUSED, "unsuitable")
    assert await wishes(new_uow, actor=manager, brand=brand.id) is None
    card = await enrolment_card(new_uow, actor=creator, enrolment=number)
    assert (card.enrolment.code, card.wish) == ("AIGERIM10", None)


async def test_an_announced_change_comes_on_its_day_and_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager, creator, number = await enrolled(new_uow, clock)
    began, due = clock(), clock() + NOTICE
    with pytest.raises(BadInput):  # never sooner, never backwards
        await announce_change(
            new_uow,
            clock,
            actor=manager,
            enrolment=number,
            new="SALE-7",
            reason=NoticeReason.LEAKED,
            due_at=due - timedelta(seconds=1),
        )
    await announce_change(
        new_uow,
        clock,
        actor=manager,
        enrolment=number,
        new="sale-7",
        reason=NoticeReason.LEAKED,
        due_at=due,
    )
    with pytest.raises(ChangeAnnounced):
        await ask_for_code(new_uow, clock, actor=creator, enrolment=number, text="ASEL")
    assert await change_due_codes(new_uow, clock) == 0
    card = await enrolment_card(new_uow, actor=creator, enrolment=number)
    assert card.notice
    assert (card.notice.announced_at, card.notice.due_at) == (began, due)
    assert card.enrolment.code == "AIGERIM10"

    clock.advance(days=20)  # the program was down on the day
    swept = await asyncio.gather(*(change_due_codes(new_uow, clock) for _ in "123"))

    assert sum(swept) == 1
    card = await enrolment_card(new_uow, actor=creator, enrolment=number)
    assert (card.enrolment.code, card.notice) == ("SALE-7", None)
    async with new_uow(read_only=True) as uow:
        held = await uow.enrolments.ownerships(brand.id, ["AIGERIM10", "SALE-7"])
    assert [(one.since, one.until) for one in held["AIGERIM10"]] == [(began, due)]
    assert [(one.since, one.until) for one in held["SALE-7"]] == [(due, None)]
    assert await told(new_uow, creator) == [NoteKind.CODE_NOTICE, NoteKind.CODE_CHANGED]


async def test_an_announced_code_is_kept_for_its_creator_and_a_cancelled_one_is_free(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager, creator, number = await enrolled(new_uow, clock)
    async with new_uow(read_only=True) as uow:
        offer = (await uow.enrolments.get(number)).offer
    await announce_change(
        new_uow,
        clock,
        actor=manager,
        enrolment=number,
        new="DANA10",
        reason=NoticeReason.NEW_FORMAT,
        due_at=clock() + NOTICE,
    )
    first = await a_creator(new_uow, clock(), "Дана")
    taken = await take_offer(new_uow, clock, actor=first, offer=offer)
    assert taken.enrolment.code != "DANA10"

    await cancel_change(new_uow, clock, actor=manager, enrolment=number)

    with pytest.raises(OutOfDate):
        await cancel_change(new_uow, clock, actor=manager, enrolment=number)
    second = await a_creator(new_uow, clock(), "Дана")
    taken = await take_offer(new_uow, clock, actor=second, offer=offer)
    assert taken.enrolment.code == "DANA10"
    clock.advance(days=15)
    assert await change_due_codes(new_uow, clock) == 0
    assert await holder(new_uow, brand, "AIGERIM10") == [(number, True)]
    assert await told(new_uow, creator) == [NoteKind.CODE_NOTICE, NoteKind.CODE_NOTICE_CANCELLED]


async def test_a_withdrawn_code_rests_and_who_left_is_not_changed(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager, creator, number = await enrolled(new_uow, clock)
    other = await a_creator(new_uow, clock(), "Дана")
    async with new_uow(read_only=True) as uow:
        offer = (await uow.enrolments.get(number)).offer
    gone = await take_offer(new_uow, clock, actor=other, offer=offer)
    for one in (number, gone.enrolment.id):
        await announce_change(
            new_uow,
            clock,
            actor=manager,
            enrolment=one,
            new="",
            reason=NoticeReason.PROMOTION_OVER,
            due_at=clock() + NOTICE,
        )
    await leave_offer(new_uow, clock, actor=other, enrolment=gone.enrolment.id)

    clock.advance(days=14)
    assert await change_due_codes(new_uow, clock) == 1

    card = await enrolment_card(new_uow, actor=creator, enrolment=number)
    assert card.enrolment.state is EnrolmentState.ACTIVE
    assert not card.enrolment.holds_code
    heir = await a_creator(new_uow, clock())
    assert (await take_offer(new_uow, clock, actor=heir, offer=offer)).enrolment.code != "AIGERIM10"
    clock.now += COOLDOWN
    late = await a_creator(new_uow, clock())
    assert (await take_offer(new_uow, clock, actor=late, offer=offer)).enrolment.code == "AIGERIM10"
    assert NoteKind.CODE_CHANGED not in await told(new_uow, other)
    assert brand


async def test_a_late_order_belongs_to_whoever_held_the_code_on_its_day(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    wish = await ask_for_code(
        new_uow, clock, actor=shop.creator, enrolment=shop.enrolment.id, text="ASEL"
    )
    clock.advance(days=1)
    await accept_wish(new_uow, clock, actor=shop.manager, request=wish.id)
    clock.advance(days=1)
    before, between = clock() - timedelta(days=1, hours=1), clock() - timedelta(hours=1)
    await leave_offer(new_uow, clock, actor=shop.creator, enrolment=shop.enrolment.id)
    clock.advance(days=5)  # the shop reports late

    counts = await report(
        new_uow,
        clock,
        shop,
        an_order("1", OrderStatus.PENDING, "AIGERIM10", at=before),
        an_order("2", OrderStatus.PENDING, "AIGERIM10", at=between),
        an_order("3", OrderStatus.PENDING, "ASEL", at=between),
        an_order("4", OrderStatus.PENDING, "ASEL", at=clock() - timedelta(days=1)),
    )

    assert (counts.matched, counts.unmatched, counts.near_misses) == (2, 2, 2)
    card = await enrolment_card(new_uow, actor=shop.creator, enrolment=shop.enrolment.id)
    assert (card.enrolment.state, card.stats.orders) == (EnrolmentState.LEFT, 2)


@pytest.mark.parametrize("how", ["left", "ended"])
async def test_a_wish_accepted_while_the_enrolment_ends_leaves_nobody_with_a_code(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, how: str
) -> None:
    brand, manager, creator, number = await enrolled(new_uow, clock)
    wish = await ask_for_code(new_uow, clock, actor=creator, enrolment=number, text="ASEL7")
    clock.advance(days=1)

    async def ends() -> None:
        await asyncio.sleep(0.1)
        if how == "left":
            await leave_offer(new_uow, clock, actor=creator, enrolment=number)
        else:
            async with new_uow(read_only=True) as uow:
                offer = (await uow.enrolments.get(number)).offer
            await end_offer(new_uow, clock, actor=manager, offer=offer)

    await asyncio.gather(
        accept_wish(unhurried(new_uow), clock, actor=manager, request=wish.id), ends()
    )

    assert await holder(new_uow, brand, "ASEL7") == [(number, False)]
    assert await holder(new_uow, brand, "AIGERIM10") == [(number, False)]


async def test_an_announced_change_that_cannot_be_made_keeps_no_other_from_its_day(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager, creator, number = await enrolled(new_uow, clock)
    async with new_uow(read_only=True) as uow:
        offer = (await uow.enrolments.get(number)).offer
    second = await a_creator(new_uow, clock(), "Дана")
    other = (await take_offer(new_uow, clock, actor=second, offer=offer)).enrolment.id
    for enrolment, code in ((number, "GONE-1"), (other, "SALE-7")):
        await announce_change(
            new_uow,
            clock,
            actor=manager,
            enrolment=enrolment,
            new=code,
            reason=NoticeReason.LEAKED,
            due_at=clock() + NOTICE,
        )
    async with new_uow() as uow:  # a loaded programme brings the code with another holder
        await uow.programmes.add_codes(brand.id, [("GONE-1", other, clock(), None)])
        await uow.commit()
    await choose_code_source(
        new_uow, clock, actor=manager, offer=offer, source=CodeSource.POOL_ONLY
    )
    clock.advance(days=20)

    assert await change_due_codes(new_uow, clock) == 2
    assert await change_due_codes(new_uow, clock) == 0

    assert not (await enrolment_card(new_uow, actor=creator, enrolment=number)).enrolment.holds_code
    assert (other, True) in await holder(new_uow, brand, "SALE-7")


async def test_a_file_with_more_lines_than_can_be_told_is_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    _, manager, _, offer = await market(new_uow, clock)
    for data in ("".join(f"C{n}\n" for n in range(100, 20_200)), "A\n" * 20_100):
        with pytest.raises(FileRefused) as refused:
            await add_pool_codes(new_uow, clock, actor=manager, offer=offer, data=data.encode())
        assert refused.value.reason == "too_many_codes"


async def test_who_is_suspended_by_the_staff_asks_for_no_code(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    _, _, creator, number = await enrolled(new_uow, clock)
    suspended = replace(creator, creator=CreatorState.SUSPENDED)
    with pytest.raises(NotAllowed):
        await ask_for_code(new_uow, clock, actor=suspended, enrolment=number, text="ASEL7")
