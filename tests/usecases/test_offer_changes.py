"""Change of a published offer: better at once, worse after notice, never for what was ordered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.admissions import SuspendReason
from core.changes import Field
from core.errors import BadInput, ChangePending, NotAllowed, OutOfDate
from core.ids import OfferId
from core.money import tenge
from core.notifications import NoteKind
from core.offer_forms import OfferForm, Step
from core.offers import Admission, OfferState
from core.orders import ALMATY, OrderStatus
from core.people import Locale
from core.ports import UnitOfWorkFactory
from core.usecases.admissions import (
    accept_application,
    apply_to_offer,
    leave_offer,
    suspend_enrolment,
    withdraw_application,
)
from core.usecases.changes import (
    apply_due_changes,
    propose_change,
    review_change,
    standing_changes,
    withdraw_change,
)
from core.usecases.drafts import Purpose, load_form, publish_change, save_form, take_up
from core.usecases.enrolments import enrolment_card, take_offer
from core.usecases.offers import (
    end_due_offers,
    end_offer,
    offer_card,
    resume_offer,
    wind_down_offer,
)
from tests.builders import a_creator, a_moderator, told
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    NOON,
    TEN_PERCENT,
    Shop,
    a_shop,
    an_order,
    known_orders,
    one_more,
    report,
)

APPROVED = OrderStatus.APPROVED


async def edited(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, **answers: Any
) -> OfferForm:
    """The shop's offer in its manager's form, some answers typed anew, kept."""
    form = await take_up(
        new_uow, clock, actor=shop.manager, offer=shop.enrolment.offer, how=Purpose.CHANGE
    )
    today = clock().astimezone(ALMATY).date()
    for name, text in answers.items():
        form = form.at(Step(name)).answer(Step(name), text, today=today)
    await save_form(new_uow, clock, actor=shop.manager, form=form)
    return form


async def worth(new_uow: UnitOfWorkFactory, shop: Shop) -> dict[str, int]:
    """What each order brings, in tenge."""
    rows = await known_orders(new_uow, shop)
    return {number: row.commission.minor // 100 for number, row in rows.items()}


async def test_a_better_rate_is_everybodys_at_once_and_earlier_orders_keep_theirs(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    clock.advance(days=1)
    await edited(new_uow, clock, shop, commission="15 %")

    await publish_change(new_uow, clock, actor=shop.manager)

    card = await enrolment_card(new_uow, actor=shop.creator, enrolment=shop.enrolment.id)
    assert card.offer.terms.rule.percent_bps == 1_500
    assert NoteKind.TERMS_BETTER in await told(new_uow, shop.creator)
    before, after = NOON + timedelta(hours=2), clock() + timedelta(hours=1)
    clock.advance(days=1)
    await report(
        new_uow,
        clock,
        shop,
        an_order("1", APPROVED, shop.code, at=before),
        an_order("2", APPROVED, shop.code, at=after),
    )
    assert await worth(new_uow, shop) == {"1": 1_000, "2": 1_500}
    versions = {n: row.terms_version for n, row in (await known_orders(new_uow, shop)).items()}
    assert versions == {"1": 1, "2": 2}


async def test_a_worse_rate_comes_after_the_notice_and_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await edited(new_uow, clock, shop, commission="5 %")
    proposal = await publish_change(new_uow, clock, actor=shop.manager)
    coming = proposal.plan.effective_at
    assert coming is not None
    assert coming - clock() >= timedelta(days=14)
    assert NoteKind.TERMS_ANNOUNCED in await told(new_uow, shop.creator)
    seen = await offer_card(new_uow, clock, actor=shop.creator, offer=shop.enrolment.offer)
    assert seen.offer.terms.rule.percent_bps == 1_000
    assert [change.fields for change in seen.changes] == [(Field.REWARD,)]

    clock.advance(days=10)
    assert await apply_due_changes(new_uow, clock) == 0
    last_hour = coming - timedelta(hours=1)
    clock.advance(days=10)
    sweeps = await asyncio.gather(*(apply_due_changes(new_uow, clock) for _ in range(3)))

    assert sum(sweeps) == 1
    assert await apply_due_changes(new_uow, clock) == 0
    assert (await told(new_uow, shop.creator)).count(NoteKind.TERMS_IN_FORCE) == 1
    assert (await told(new_uow, shop.manager)).count(NoteKind.TERMS_IN_FORCE) == 1
    await report(
        new_uow,
        clock,
        shop,
        an_order("1", APPROVED, shop.code, at=last_hour),
        an_order("2", APPROVED, shop.code, at=coming),
    )
    assert await worth(new_uow, shop) == {"1": 1_000, "2": 500}


async def test_a_creator_who_comes_during_the_notice_has_the_old_terms_until_then(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await edited(new_uow, clock, shop, commission="5 %")
    await publish_change(new_uow, clock, actor=shop.manager)
    clock.advance(days=3)
    newcomer, enrolment = await one_more(new_uow, clock, shop.brand, "Дана")
    async with new_uow() as uow:  # into the same offer
        offer = await uow.offers.get(shop.enrolment.offer)
        assert offer.terms.id is not None
        joined = await uow.enrolments.add(
            offer=shop.enrolment.offer,
            creator=newcomer.id,
            brand=shop.brand.id,
            terms=offer.terms.id,
            state=enrolment.state,
            now=clock(),
        )
        await uow.commit()
    clock.advance(days=20)

    await apply_due_changes(new_uow, clock)

    async with new_uow(read_only=True) as uow:
        facts = (await uow.orders.enrolment_facts([joined]))[joined]
    rates = [facts.terms_at(NOON + timedelta(days=day)).rule.percent_bps for day in (0, 5, 20)]
    assert rates == [1_000, 1_000, 500]


async def test_a_mixed_change_brings_the_good_at_once_and_the_bad_later(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await edited(new_uow, clock, shop, commission="15 %", discount="5 %")

    await publish_change(new_uow, clock, actor=shop.manager)

    async with new_uow(read_only=True) as uow:
        now = await uow.offers.get(shop.enrolment.offer)
    assert (now.terms.rule.percent_bps, now.discount_bps) == (1_500, 1_000)
    clock.advance(days=20)
    await apply_due_changes(new_uow, clock)
    async with new_uow(read_only=True) as uow:
        then = await uow.offers.get(shop.enrolment.offer)
    assert (then.terms.rule.percent_bps, then.discount_bps) == (1_500, 500)
    assert then.terms.id == now.terms.id  # a discount makes no version of terms


async def test_an_announced_change_can_be_withdrawn_until_its_day(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await edited(new_uow, clock, shop, commission="5 %")
    await publish_change(new_uow, clock, actor=shop.manager)
    _, (change,) = await standing_changes(new_uow, actor=shop.manager, offer=shop.enrolment.offer)
    stranger = replace(shop.manager, brands=())
    with pytest.raises(NotAllowed):
        await withdraw_change(new_uow, clock, actor=stranger, change=change.id)
    with pytest.raises(NotAllowed):
        await standing_changes(new_uow, actor=stranger, offer=shop.enrolment.offer)

    await withdraw_change(new_uow, clock, actor=shop.manager, change=change.id)

    with pytest.raises(OutOfDate):
        await withdraw_change(new_uow, clock, actor=shop.manager, change=change.id)
    assert NoteKind.TERMS_KEPT in await told(new_uow, shop.creator)
    clock.advance(days=30)
    assert await apply_due_changes(new_uow, clock) == 0
    async with new_uow(read_only=True) as uow:
        assert (await uow.offers.get(shop.enrolment.offer)).terms.rule.percent_bps == 1_000


async def test_while_one_change_is_announced_no_other_is_taken(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await edited(new_uow, clock, shop, commission="5 %")
    await publish_change(new_uow, clock, actor=shop.manager)
    await edited(new_uow, clock, shop, commission="20 %")

    with pytest.raises(ChangePending):
        await publish_change(new_uow, clock, actor=shop.manager)

    assert await load_form(new_uow, actor=shop.manager) is not None


async def test_five_taps_change_an_offer_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await edited(new_uow, clock, shop, commission="15 %", hold_days="30")

    taps = [publish_change(new_uow, clock, actor=shop.manager) for _ in range(5)]
    outcomes = await asyncio.gather(*taps, return_exceptions=True)

    assert sum(isinstance(outcome, OutOfDate) for outcome in outcomes) == 4
    async with new_uow(read_only=True) as uow:
        offer = await uow.offers.get(shop.enrolment.offer)
        (change,) = (await uow.changes.standing([shop.enrolment.offer]))[shop.enrolment.offer]
    assert offer.terms.version == 2
    assert change.fields == (Field.HOLD,)
    assert (await told(new_uow, shop.creator)).count(NoteKind.TERMS_ANNOUNCED) == 1


async def test_nobody_elses_offer_and_no_ended_one_is_changed(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, other = await a_shop(new_uow, clock), await a_shop(new_uow, clock)
    form = await edited(new_uow, clock, shop, commission="15 %")
    offer = shop.enrolment.offer
    with pytest.raises(NotAllowed):
        await take_up(new_uow, clock, actor=other.manager, offer=offer, how=Purpose.CHANGE)
    foreign = replace(form, offer=OfferId(other.enrolment.offer))
    with pytest.raises(NotAllowed):
        await propose_change(new_uow, clock, actor=shop.manager, form=foreign)

    await end_offer(new_uow, clock, actor=shop.manager, offer=offer)

    with pytest.raises(OutOfDate):
        await publish_change(new_uow, clock, actor=shop.manager)


async def test_an_offer_that_ended_during_the_notice_is_left_alone(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await edited(new_uow, clock, shop, commission="5 %")
    await publish_change(new_uow, clock, actor=shop.manager)
    await end_offer(new_uow, clock, actor=shop.manager, offer=shop.enrolment.offer)
    clock.advance(days=20)

    assert await apply_due_changes(new_uow, clock) == 0
    assert await apply_due_changes(new_uow, clock) == 0

    assert NoteKind.TERMS_IN_FORCE not in await told(new_uow, shop.creator)


async def test_new_texts_wait_for_a_moderator_and_the_offer_goes_on(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    moderator = await a_moderator(new_uow, clock())
    await edited(new_uow, clock, shop, title_ru="Новый крем", commission="15 %")
    await publish_change(new_uow, clock, actor=shop.manager)
    offer = shop.enrolment.offer
    _, (change,) = await standing_changes(new_uow, actor=shop.manager, offer=offer)
    assert NoteKind.CHANGE_SUBMITTED in await told(new_uow, moderator)
    async with new_uow(read_only=True) as uow:
        waiting = await uow.offers.get(offer)
    assert (waiting.state, waiting.text(Locale.RU).title) == (OfferState.ACTIVE, "Уход за лицом")
    assert waiting.terms.rule.percent_bps == 1_500
    with pytest.raises(NotAllowed):
        await review_change(new_uow, clock, actor=shop.manager, change=change.id, approve=True)
    with pytest.raises(BadInput):
        await review_change(new_uow, clock, actor=moderator, change=change.id, approve=False)

    await review_change(new_uow, clock, actor=moderator, change=change.id, approve=True)

    with pytest.raises(OutOfDate):
        await review_change(new_uow, clock, actor=moderator, change=change.id, approve=True)
    async with new_uow(read_only=True) as uow:
        changed = await uow.offers.get(offer)
    assert changed.text(Locale.RU).title == "Новый крем"
    assert changed.terms == waiting.terms
    assert NoteKind.CHANGE_APPROVED in await told(new_uow, shop.manager)


async def test_a_larger_budget_lets_orders_earn_again(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await edited(new_uow, clock, shop, budget="1 500")
    await publish_change(new_uow, clock, actor=shop.manager)
    clock.advance(days=20)
    await apply_due_changes(new_uow, clock)  # a budget is a worse condition than none
    times = [clock() - timedelta(minutes=2), clock() - timedelta(minutes=1)]
    orders = [an_order(str(n), APPROVED, shop.code, at=at) for n, at in enumerate(times, start=1)]
    await report(new_uow, clock, shop, *orders)
    clock.advance(hours=1)
    between = clock()
    clock.advance(hours=1)

    await edited(new_uow, clock, shop, budget="100 000")
    await publish_change(new_uow, clock, actor=shop.manager)

    assert (await told(new_uow, shop.creator)).count(NoteKind.BUDGET_AGAIN) == 1
    after = clock() + timedelta(minutes=1)
    await report(
        new_uow,
        clock,
        shop,
        an_order("3", APPROVED, shop.code, at=between),
        an_order("4", APPROVED, shop.code, at=after),
    )
    assert await worth(new_uow, shop) == {"1": 1_000, "2": 1_000, "3": 0, "4": 1_000}


async def test_a_budget_that_is_spent_already_lets_nothing_earn_again(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rule = replace(TEN_PERCENT.rule, budget_minor=tenge(1_500).minor)
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, rule=rule))
    offer = shop.enrolment.offer
    clock.advance(days=1)
    before = clock() - timedelta(hours=2)
    await report(
        new_uow, clock, shop, *[an_order(n, APPROVED, shop.code, at=before) for n in ("1", "2")]
    )
    clock.advance(minutes=1)

    await edited(new_uow, clock, shop, budget="1 800")  # 2 000 is spent
    await publish_change(new_uow, clock, actor=shop.manager)

    assert NoteKind.BUDGET_AGAIN not in await told(new_uow, shop.creator)
    at = clock() + timedelta(minutes=1)
    await report(new_uow, clock, shop, an_order("3", APPROVED, shop.code, at=at))
    assert (await worth(new_uow, shop))["3"] == 0

    await edited(new_uow, clock, shop, budget="100 000")
    await publish_change(new_uow, clock, actor=shop.manager)
    await resume_offer(new_uow, clock, actor=shop.manager, offer=offer)
    await edited(new_uow, clock, shop, budget="1 900")  # worse, and less than is spent by then
    await publish_change(new_uow, clock, actor=shop.manager)
    clock.advance(days=20)
    assert await apply_due_changes(new_uow, clock) == 1
    at = clock() + timedelta(minutes=1)
    await report(new_uow, clock, shop, an_order("4", APPROVED, shop.code, at=at))
    assert (await worth(new_uow, shop))["4"] == 0
    async with new_uow(read_only=True) as uow:
        assert (await uow.offers.get(offer)).state is OfferState.PAUSED


async def test_an_end_of_tomorrow_takes_no_day_of_the_notice(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    tomorrow = (clock().astimezone(ALMATY) + timedelta(days=1)).strftime("%d.%m.%Y")
    await edited(new_uow, clock, shop, ends=tomorrow)
    proposal = await publish_change(new_uow, clock, actor=shop.manager)
    coming = proposal.plan.effective_at
    assert coming is not None

    clock.advance(days=20)
    assert await apply_due_changes(new_uow, clock) == 1
    assert await end_due_offers(new_uow, clock) == 1

    last_hour = coming - timedelta(hours=1)
    await report(
        new_uow,
        clock,
        shop,
        an_order("1", APPROVED, shop.code, at=last_hour),
        an_order("2", APPROVED, shop.code, at=coming),
    )
    assert await worth(new_uow, shop) == {"1": 1_000, "2": 0}


async def test_who_applies_or_is_suspended_is_told_of_worse_terms_too(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await suspend_enrolment(
        new_uow,
        clock,
        actor=shop.manager,
        enrolment=shop.enrolment.id,
        reason=SuspendReason.NO_LABEL,
    )

    await edited(new_uow, clock, shop, commission="5 %")
    proposal = await publish_change(new_uow, clock, actor=shop.manager)

    assert proposal.creators == 1
    assert NoteKind.TERMS_ANNOUNCED in await told(new_uow, shop.creator)


async def test_an_offer_ends_with_notice_and_its_codes_earn_until_then(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    offer = shop.enrolment.offer
    with pytest.raises(NotAllowed):
        await wind_down_offer(new_uow, clock, actor=shop.creator, offer=offer)

    await edited(new_uow, clock, shop, commission="5 %")
    await publish_change(new_uow, clock, actor=shop.manager)
    ending = await wind_down_offer(new_uow, clock, actor=shop.manager, offer=offer)
    clock.advance(minutes=1)
    again = await wind_down_offer(new_uow, clock, actor=shop.manager, offer=offer)

    assert ending.ends_at is not None
    assert (again.state, again.ends_at) == (OfferState.PAUSED, ending.ends_at)
    assert (await told(new_uow, shop.creator)).count(NoteKind.OFFER_ENDING) == 1
    clock.advance(days=20)
    await apply_due_changes(new_uow, clock)  # does not bring back an offer that ends
    assert await end_due_offers(new_uow, clock) == 1
    in_time, late = ending.ends_at - timedelta(hours=1), ending.ends_at + timedelta(hours=1)
    await report(
        new_uow,
        clock,
        shop,
        an_order("1", APPROVED, shop.code, at=in_time),
        an_order("2", APPROVED, shop.code, at=late),
    )
    assert await worth(new_uow, shop) == {"1": 1_000, "2": 0}


async def test_who_comes_back_between_the_day_and_the_sweep_has_the_new_terms(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    offer, enrolment = shop.enrolment.offer, shop.enrolment.id
    clock.advance(days=1)
    await edited(new_uow, clock, shop, commission="15 %")
    await publish_change(new_uow, clock, actor=shop.manager)
    await leave_offer(new_uow, clock, actor=shop.creator, enrolment=enrolment)
    clock.advance(minutes=1)
    await edited(new_uow, clock, shop, hold_days="7")
    await publish_change(new_uow, clock, actor=shop.manager)  # better terms, of which they are not
    await edited(new_uow, clock, shop, commission="12 %")
    proposal = await publish_change(new_uow, clock, actor=shop.manager)
    assert proposal.plan.effective_at
    clock.now = proposal.plan.effective_at + timedelta(minutes=5)  # nothing has swept yet

    back = await take_offer(new_uow, clock, actor=shop.creator, offer=offer)
    clock.advance(minutes=1)
    assert await apply_due_changes(new_uow, clock) == 1

    at = clock() + timedelta(hours=1)
    await report(new_uow, clock, shop, an_order("1", APPROVED, back.enrolment.code, at=at))
    card = await enrolment_card(new_uow, actor=shop.creator, enrolment=enrolment)
    assert card.offer.terms.rule.percent_bps == 1_200
    assert await worth(new_uow, shop) == {"1": 1_200}


async def test_who_applies_again_has_the_terms_of_that_day(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    offer = shop.enrolment.offer
    await edited(new_uow, clock, shop, admission=Admission.APPROVAL)
    await publish_change(new_uow, clock, actor=shop.manager)
    applicant = await a_creator(new_uow, clock(), "Дана")
    applied = await apply_to_offer(new_uow, clock, actor=applicant, offer=offer)
    clock.advance(days=1)
    await edited(new_uow, clock, shop, commission="15 %")  # theirs, too: they wait
    await publish_change(new_uow, clock, actor=shop.manager)
    await withdraw_application(new_uow, clock, actor=applicant, enrolment=applied.enrolment.id)
    clock.advance(days=1)
    await edited(new_uow, clock, shop, commission="20 %")
    await publish_change(new_uow, clock, actor=shop.manager)
    clock.advance(days=1)

    await apply_to_offer(new_uow, clock, actor=applicant, offer=offer)
    accepted = await accept_application(
        new_uow, clock, actor=shop.manager, enrolment=applied.enrolment.id
    )

    at = clock() + timedelta(hours=1)
    await report(new_uow, clock, shop, an_order("1", APPROVED, accepted.enrolment.code, at=at))
    assert await worth(new_uow, shop) == {"1": 2_000}
