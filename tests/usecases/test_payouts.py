"""Creators take out what they have earned: once, to the account they were shown, or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import (
    BelowMinimumPayout,
    DomainError,
    InsufficientBalance,
    NotAllowed,
    NotFound,
    OutOfDate,
    PayoutAlreadyRequested,
    PayoutDetailsMissing,
)
from core.ids import PayoutId
from core.ledger import Account, TransferKind
from core.money import Money, tenge
from core.notifications import NoteKind
from core.payouts import MINIMUM, Payout, PayoutState
from core.people import Actor, Permission
from core.ports import UnitOfWorkFactory
from core.usecases import payouts
from core.usecases.creators import set_iban
from core.usecases.payouts import (
    approve_payout,
    fail_payout,
    my_payouts,
    open_payouts,
    payout_account,
    payout_card,
    preview_payout,
    refuse_payout,
    request_payout,
    settle_payout,
    wallet,
    wallet_statement,
)
from db.models import audit, outbox
from tests.builders import a_creator, a_moderator, a_person, told
from tests.conftest import FrozenClock
from tests.usecases.money_builders import (
    IBAN,
    OTHER_IBAN,
    OTHER_TAIL,
    TAIL,
    a_rich_creator,
    an_accountant,
    at_once,
    earn,
    give_details,
)
from tests.usecases.order_builders import BOX, Shop, a_shop


@pytest.fixture
async def shop(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Shop:
    """A shop whose creator can take 20 000 tenge."""
    made = await a_shop(new_uow, clock)
    await a_rich_creator(new_uow, clock, made)
    return made


@pytest.fixture
async def accountant(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Actor:
    """Staff who pay."""
    return await an_accountant(new_uow, clock)


async def ask(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, creator: Actor, amount: Money | None = None
) -> Payout:
    """A request, of 12 000 tenge unless told."""
    wanted = tenge(12_000) if amount is None else amount
    return await request_payout(new_uow, clock, actor=creator, amount=wanted, iban_tail=TAIL)


def known(payout: Payout) -> PayoutId:
    """The id of a payout that is stored."""
    assert payout.id is not None
    return payout.id


async def money(new_uow: UnitOfWorkFactory, creator: Actor) -> tuple[Money, Money, Money]:
    """What is available, reserved and paid."""
    view = await wallet(new_uow, actor=creator)
    return view.available, view.reserved, view.paid


# --- asking --------------------------------------------------------------------------------------


async def test_a_request_sets_money_aside_and_reaches_whoever_pays(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, accountant: Actor
) -> None:
    moderator = await a_moderator(new_uow, clock())

    payout = await ask(new_uow, clock, shop.creator)

    assert (payout.state, payout.amount) == (PayoutState.REQUESTED, tenge(12_000))
    assert len(payout.number) == payouts.NUMBER_LENGTH
    assert await money(new_uow, shop.creator) == (tenge(8_000), tenge(12_000), tenge(0))
    assert await told(new_uow, accountant) == [NoteKind.PAYOUT_REQUESTED]
    assert await told(new_uow, moderator) == []
    view = await wallet(new_uow, actor=shop.creator)
    assert view.open_payout == payout
    (row,) = await open_payouts(new_uow, actor=accountant, after=None, limit=10)
    assert (row.creator_name, row.bank, row.iban_tail) == ("Айгерім", "Kaspi Bank", TAIL)


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (MINIMUM - Money(1), BelowMinimumPayout),
        (Money(0), BelowMinimumPayout),
        (tenge(-12_000), BelowMinimumPayout),
        (tenge(20_000) + Money(1), InsufficientBalance),
    ],
)
async def test_too_little_and_too_much_are_refused_before_and_at_the_request(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    shop: Shop,
    amount: Money,
    refusal: type[DomainError],
) -> None:
    with pytest.raises(refusal):
        await preview_payout(new_uow, actor=shop.creator, amount=amount)
    with pytest.raises(refusal):
        await ask(new_uow, clock, shop.creator, amount)

    assert await money(new_uow, shop.creator) == (tenge(20_000), tenge(0), tenge(0))


async def test_everything_down_to_the_smallest_sum_can_be_taken(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await a_rich_creator(new_uow, clock, shop, MINIMUM)

    view = await preview_payout(new_uow, actor=shop.creator)
    await ask(new_uow, clock, shop.creator, view.available)

    assert await money(new_uow, shop.creator) == (tenge(0), MINIMUM, tenge(0))


async def test_details_are_asked_for_only_when_there_is_money_to_send(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    with pytest.raises(BelowMinimumPayout):
        await preview_payout(new_uow, actor=shop.creator)
    await earn(new_uow, clock, shop, tenge(20_000))

    with pytest.raises(PayoutDetailsMissing) as refusal:
        await preview_payout(new_uow, actor=shop.creator)
    with pytest.raises(PayoutDetailsMissing):
        await ask(new_uow, clock, shop.creator)

    assert refusal.value.missing == ("legal_status", "iin", "iban")


async def test_one_request_at_a_time(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop
) -> None:
    first = await ask(new_uow, clock, shop.creator, tenge(5_000))

    with pytest.raises(PayoutAlreadyRequested) as refusal:
        await ask(new_uow, clock, shop.creator, tenge(6_000))
    with pytest.raises(PayoutAlreadyRequested):
        await preview_payout(new_uow, actor=shop.creator)

    assert refusal.value.amount == first.amount
    assert await money(new_uow, shop.creator) == (tenge(15_000), tenge(5_000), tenge(0))


async def test_five_taps_at_once_ask_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, accountant: Actor
) -> None:
    taps = [ask(new_uow, clock, shop.creator, tenge(4_000 + 1_000 * n)) for n in range(1, 6)]

    results = await at_once(new_uow, *taps)

    made = [result for result in results if isinstance(result, Payout)]
    refused = [result for result in results if isinstance(result, PayoutAlreadyRequested)]
    assert (len(made), len(refused)) == (1, 4)
    assert {refusal.amount for refusal in refused} == {made[0].amount}
    reserved = (tenge(20_000) - made[0].amount, made[0].amount, tenge(0))
    assert await money(new_uow, shop.creator) == reserved
    assert await told(new_uow, accountant) == [NoteKind.PAYOUT_REQUESTED]


async def test_money_goes_to_the_account_that_was_shown(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, accountant: Actor
) -> None:
    await set_iban(new_uow, clock, actor=shop.creator, text=OTHER_IBAN, box=BOX)
    with pytest.raises(OutOfDate):  # the screen still shows the old account
        await ask(new_uow, clock, shop.creator)

    payout = await request_payout(
        new_uow, clock, actor=shop.creator, amount=tenge(12_000), iban_tail=OTHER_TAIL
    )
    await set_iban(new_uow, clock, actor=shop.creator, text=IBAN, box=BOX)

    account = await payout_account(new_uow, clock, BOX, actor=accountant, payout=known(payout))
    assert account == OTHER_IBAN  # as it was when the money was asked for


async def test_somebody_without_a_profile_has_no_wallet(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    stranger = await a_person(new_uow, clock())

    with pytest.raises(NotFound):
        await wallet(new_uow, actor=stranger)
    with pytest.raises(NotFound):
        await preview_payout(new_uow, actor=stranger)
    with pytest.raises(DomainError):
        await ask(new_uow, clock, stranger)


# --- paying --------------------------------------------------------------------------------------


async def test_approved_and_paid_money_leaves_the_books(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, accountant: Actor
) -> None:
    payout = known(await ask(new_uow, clock, shop.creator))

    approved = await approve_payout(new_uow, clock, actor=accountant, payout=payout)
    paid = await settle_payout(new_uow, clock, actor=accountant, payout=payout)

    assert (approved.state, paid.state) == (PayoutState.APPROVED, PayoutState.PAID)
    assert await money(new_uow, shop.creator) == (tenge(8_000), tenge(0), tenge(12_000))
    async with new_uow(read_only=True) as uow:
        bank = await uow.ledger.balance(Account.BANK, 0)
    assert bank == -tenge(1_000_000 - 12_000)  # what the operator still holds
    news = await told(new_uow, shop.creator)
    assert news[-2:] == [NoteKind.PAYOUT_APPROVED, NoteKind.PAYOUT_PAID]
    assert await open_payouts(new_uow, actor=accountant, after=None, limit=10) == []
    statement = await wallet_statement(new_uow, actor=shop.creator, after=None, limit=10)
    assert [(line.kind, line.amount) for line in statement] == [
        (TransferKind.PAYOUT_REQUESTED, -tenge(12_000)),
        (TransferKind.RELEASE, tenge(20_000)),
    ]


Decide = Callable[..., Awaitable[Payout]]


@pytest.mark.parametrize(
    ("approved", "decide", "state"),
    [
        (False, refuse_payout, PayoutState.REFUSED),
        (True, refuse_payout, PayoutState.REFUSED),
        (True, fail_payout, PayoutState.FAILED),
    ],
)
async def test_money_that_is_not_paid_comes_back_with_the_reason(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    shop: Shop,
    accountant: Actor,
    approved: bool,
    decide: Decide,
    state: PayoutState,
) -> None:
    payout = known(await ask(new_uow, clock, shop.creator))
    if approved:
        await approve_payout(new_uow, clock, actor=accountant, payout=payout)

    decided = await decide(
        new_uow, clock, actor=accountant, payout=payout, reason="The account is closed"
    )

    assert (decided.state, decided.reason) == (state, "The account is closed")
    assert await money(new_uow, shop.creator) == (tenge(20_000), tenge(0), tenge(0))
    (mine,) = await my_payouts(new_uow, actor=shop.creator, after=None, limit=10)
    assert mine == decided
    again = await ask(new_uow, clock, shop.creator)
    assert again.number != decided.number


@pytest.mark.parametrize("decide", [settle_payout, fail_payout])
async def test_what_was_not_approved_is_neither_paid_nor_failed(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, accountant: Actor, decide: Decide
) -> None:
    payout = known(await ask(new_uow, clock, shop.creator))
    more = {"reason": "x"} if decide is fail_payout else {}

    with pytest.raises(OutOfDate):
        await decide(new_uow, clock, actor=accountant, payout=payout, **more)

    assert await money(new_uow, shop.creator) == (tenge(8_000), tenge(12_000), tenge(0))


async def test_a_second_tap_on_a_decision_changes_nothing_and_is_no_mistake(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, accountant: Actor
) -> None:
    payout = known(await ask(new_uow, clock, shop.creator))
    for decide in (approve_payout, approve_payout, settle_payout):
        await decide(new_uow, clock, actor=accountant, payout=payout)

    again = await settle_payout(new_uow, clock, actor=accountant, payout=payout)

    assert again.state is PayoutState.PAID
    assert (await money(new_uow, shop.creator))[2] == tenge(12_000)
    with pytest.raises(OutOfDate):
        await refuse_payout(new_uow, clock, actor=accountant, payout=payout, reason="late")
    assert (await told(new_uow, shop.creator)).count(NoteKind.PAYOUT_PAID) == 1


async def test_of_staff_who_settle_at_once_nobody_pays_twice(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, accountant: Actor
) -> None:
    second = await an_accountant(new_uow, clock, "Second")
    payout = known(await ask(new_uow, clock, shop.creator))
    await approve_payout(new_uow, clock, actor=accountant, payout=payout)

    results = await at_once(
        new_uow,
        *(
            settle_payout(new_uow, clock, actor=staff, payout=payout)
            for staff in (accountant, second, accountant, second)
        ),
    )

    assert [getattr(result, "state", result) for result in results] == [PayoutState.PAID] * 4
    assert await money(new_uow, shop.creator) == (tenge(8_000), tenge(0), tenge(12_000))
    assert (await told(new_uow, shop.creator)).count(NoteKind.PAYOUT_PAID) == 1


async def test_of_two_opposite_decisions_at_once_one_counts(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, accountant: Actor
) -> None:
    second = await an_accountant(new_uow, clock, "Second")
    payout = known(await ask(new_uow, clock, shop.creator))
    await approve_payout(new_uow, clock, actor=accountant, payout=payout)

    results = await at_once(
        new_uow,
        settle_payout(new_uow, clock, actor=accountant, payout=payout),
        fail_payout(new_uow, clock, actor=second, payout=payout, reason="closed"),
    )

    (made,) = [result for result in results if isinstance(result, Payout)]
    assert sum(isinstance(result, OutOfDate) for result in results) == 1
    row = await payout_card(new_uow, actor=accountant, payout=payout)
    assert row.payout.state is made.state
    available, reserved, paid = await money(new_uow, shop.creator)
    assert (available + paid, reserved) == (tenge(20_000), tenge(0))
    assert bool(paid) == (made.state is PayoutState.PAID)


# --- who may -------------------------------------------------------------------------------------


async def test_only_staff_with_the_purse_see_and_decide_payouts(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop
) -> None:
    payout = known(await ask(new_uow, clock, shop.creator))
    moderator = await a_moderator(new_uow, clock())

    for actor in (shop.creator, shop.manager, moderator):
        for attempt in (
            open_payouts(new_uow, actor=actor, after=None, limit=10),
            payout_card(new_uow, actor=actor, payout=payout),
            payout_account(new_uow, clock, BOX, actor=actor, payout=payout),
            approve_payout(new_uow, clock, actor=actor, payout=payout),
            settle_payout(new_uow, clock, actor=actor, payout=payout),
            fail_payout(new_uow, clock, actor=actor, payout=payout, reason="x"),
            refuse_payout(new_uow, clock, actor=actor, payout=payout, reason="x"),
        ):
            with pytest.raises(NotAllowed):
                await attempt

    assert await money(new_uow, shop.creator) == (tenge(8_000), tenge(12_000), tenge(0))


async def test_an_owner_may_do_what_the_purse_may(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop
) -> None:
    owner = replace(await a_person(new_uow, clock()), permissions=frozenset({Permission.OWNER}))
    payout = known(await ask(new_uow, clock, shop.creator))

    approved = await approve_payout(new_uow, clock, actor=owner, payout=payout)

    assert approved.state is PayoutState.APPROVED


async def test_a_creator_sees_nobody_elses_money(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop
) -> None:
    await ask(new_uow, clock, shop.creator)
    other = await a_creator(new_uow, clock(), "Дана")
    await give_details(new_uow, clock, other, OTHER_IBAN)

    assert await my_payouts(new_uow, actor=other, after=None, limit=10) == []
    assert await wallet_statement(new_uow, actor=other, after=None, limit=10) == []
    assert await money(new_uow, other) == (tenge(0), tenge(0), tenge(0))
    with pytest.raises(BelowMinimumPayout):
        await request_payout(new_uow, clock, actor=other, amount=Money(0), iban_tail=OTHER_TAIL)


async def test_a_payout_that_is_not_there_is_not_found(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, accountant: Actor
) -> None:
    for attempt in (
        payout_card(new_uow, actor=accountant, payout=PayoutId(404)),
        payout_account(new_uow, clock, BOX, actor=accountant, payout=PayoutId(404)),
        approve_payout(new_uow, clock, actor=accountant, payout=PayoutId(404)),
    ):
        with pytest.raises(NotFound):
            await attempt


# --- what is kept --------------------------------------------------------------------------------


async def test_who_looked_at_an_account_and_who_decided_is_on_record_without_the_account(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    engine: AsyncEngine,
    shop: Shop,
    accountant: Actor,
) -> None:
    payout = known(await ask(new_uow, clock, shop.creator))
    await payout_account(new_uow, clock, BOX, actor=accountant, payout=payout)
    await approve_payout(new_uow, clock, actor=accountant, payout=payout)
    await settle_payout(new_uow, clock, actor=accountant, payout=payout)

    async with engine.connect() as connection:
        written = (
            await connection.execute(
                sa.select(audit)
                .where(audit.c.object == "payout", audit.c.object_id == payout)
                .order_by(audit.c.id)
            )
        ).all()
        told_facts = (await connection.scalars(sa.select(outbox.c.facts))).all()
    assert [(row.actor_id, row.action) for row in written] == [
        (shop.creator.id, "payout.requested"),
        (accountant.id, "payout.iban_shown"),
        (accountant.id, "payout.approved"),
        (accountant.id, "payout.paid"),
    ]
    assert IBAN not in str([row.facts for row in written]) + str(told_facts)


async def test_long_lists_are_read_page_by_page(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, accountant: Actor
) -> None:
    numbers = []
    for _ in range(5):
        payout = await ask(new_uow, clock, shop.creator)
        await refuse_payout(
            new_uow, clock, actor=accountant, payout=known(payout), reason="try again"
        )
        numbers.append(payout.number)

    first = await my_payouts(new_uow, actor=shop.creator, after=None, limit=3)
    rest = await my_payouts(new_uow, actor=shop.creator, after=first[-1].id, limit=3)
    lines = await wallet_statement(new_uow, actor=shop.creator, after=None, limit=6)
    more = await wallet_statement(new_uow, actor=shop.creator, after=lines[-1].id, limit=20)

    assert [payout.number for payout in (*first, *rest)] == numbers[::-1]
    assert len(lines) + len(more) == 11  # one release, five requests, five returns
    total = Money(sum(line.amount.minor for line in (*lines, *more)))
    assert total == tenge(20_000)
