"""Screens about money, in every language, with the longest and the worst that they can hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.callbacks.admin_payouts import PayoutAction
from bot.callbacks.brand_orders import BrandOrderFilter, BrandOrders, Pick
from bot.callbacks.nav import Nav, Target
from bot.callbacks.orders import OrderFilter, OrderOffers, Orders
from bot.callbacks.wallet import FileKind
from bot.i18n import Translator, translator
from bot.screens import (
    admin_funds,
    admin_payouts,
    brand_funds,
    brand_orders,
    earnings,
    near_misses,
    orders,
    wallet,
)
from bot.screens.base import TEXT_LIMIT, Document, Screen, visible
from core.commissions import CommissionState
from core.evidence import EvidenceKind, Grade
from core.fund_forecasts import Outlook
from core.ids import BrandId, EnrolmentId, OfferId, OrderId, PayoutId, PersonId
from core.ledger import TransferKind
from core.money import Money, tenge
from core.orders import OrderStatus, Place
from core.payouts import MINIMUM, Payout, PayoutState
from core.people import Brand, Creator, CreatorState, LegalStatus, Locale
from core.periods import Period
from core.ports.money import Movement, PayoutRow
from core.ports.near_misses import NearMissRow
from core.ports.orders import OrderRow
from core.ports.results import Held, OfferSum, Sum
from core.reconciliation import OWN_PURCHASE
from core.usecases.earnings import Earnings, Forecast, Week
from core.usecases.funds import Booking, FundsView
from core.usecases.orders import BrandOrderPage
from core.usecases.payouts import WalletView

NASTY = "<b>Ай & </i>" + "Ғ" * 40 + "🌷"
AT = datetime(2026, 11, 21, 14, 5, 6, 123_457, tzinfo=UTC)
MUCH = Money(99_999_999_999_999)
REASON = (NASTY * 10)[:300]
IBAN = "KZ41722C000000000001"

BRAND = Brand(
    id=BrandId(1),
    name=NASTY,
    legal_name=NASTY,
    bin="260340000002",
    fee_bps=1_550,
    credit_limit_minor=MUCH.minor,
)
CREATOR = Creator(
    id=PersonId(2),
    state=CreatorState.ACTIVE,
    display_name=NASTY,
    city="Өскемен",
    legal_status=LegalStatus.IP_GENERAL_VAT,
    has_iin=True,
    iban_tail="0001",
    bank=NASTY,
)
PAYOUT = Payout(
    id=PayoutId(7),
    number="ABCD2345",
    creator=CREATOR.id,
    amount=MUCH,
    state=PayoutState.REQUESTED,
    requested_at=AT,
    reason=REASON,
)
ROW = PayoutRow(
    payout=PAYOUT,
    orders=3,
    released=MUCH,
    creator_name=NASTY,
    legal_status=LegalStatus.IP_GENERAL_VAT,
    bank=NASTY,
    iban_tail="0001",
)
FULL = WalletView(
    held=Held(
        pending=MUCH, in_hold=MUCH, release=AT.date(), without_proof=MUCH, without_funds=MUCH
    ),
    available=-MUCH,
    reserved=MUCH,
    paid=MUCH,
    minimum=MINIMUM,
    open_payout=PAYOUT,
    creator=CREATOR,
)
ZERO = Money(0)
EMPTY = replace(
    FULL,
    held=Held(pending=ZERO, in_hold=ZERO, release=None, without_proof=ZERO, without_funds=ZERO),
    available=ZERO,
    open_payout=None,
    creator=replace(CREATOR, bank="", legal_status=None),
)
STATES = {state: Sum(orders=3, net=MUCH, amount=MUCH) for state in CommissionState}
OFFER_SUM = OfferSum(
    enrolment=EnrolmentId(2**63 - 1),
    offer=OfferId(1),
    titles={Locale.RU: NASTY},
    brand_name=NASTY,
    states=STATES,
)
COMING = Forecast(
    held=FULL.held,
    weeks=[
        Week(monday=AT.date() + timedelta(weeks=week), orders=3, amount=MUCH, waiting=MUCH)
        for week in range(15)
    ],
)
OUTLOOK = Outlook(
    first=date(2026, 11, 7),
    last=date(2026, 11, 20),
    a_day=MUCH,
    left_days=300,
    runs_out=date(2027, 9, 20),
)
FUNDS = FundsView(brand=BRAND, balance=-MUCH, committed=MUCH, unfunded=MUCH, outlook=OUTLOOK)
ORDER = OrderRow(
    id=OrderId(2_147_483_647),
    brand=BRAND.id,
    brand_name=NASTY,
    place=Place.KASPI,
    external_id="9" * 100,
    status=OrderStatus.APPROVED,
    status_raw=NASTY,
    at_risk=False,
    ordered_at=AT,
    net=MUCH,
    refunded=MUCH,
    grade=Grade.A,
    evidence_kind=EvidenceKind.CODE,
    evidence_value=NASTY,
    enrolment=EnrolmentId(1),
    creator=CREATOR.id,
    creator_name=NASTY,
    offer_titles={Locale.RU: NASTY},
    commission=MUCH,
    fee=MUCH,
    commission_state=CommissionState.IN_HOLD,
    hold_days=14,
    hold_until=AT,
    funded=True,
    proof_missing=False,
)


def earned(period: Period) -> Earnings:
    """Results with something on every day."""
    days = {AT.date() + timedelta(days=day): STATES for day in range(30)}
    return Earnings(period=period, states=STATES, steps=days, monthly=False, offers=[OFFER_SUM] * 5)


def order_rows() -> Iterator[OrderRow]:
    """Every reason why an order is paid, waits or is not paid."""
    for state in (None, *CommissionState):
        for status in OrderStatus:
            yield replace(ORDER, commission_state=state, status=status)
        yield replace(ORDER, commission_state=state, commission=ZERO)
        yield replace(ORDER, commission_state=state, at_risk=True)
        yield replace(ORDER, commission_state=state, funded=False)
        yield replace(ORDER, commission_state=state, proof_missing=True)
        yield replace(ORDER, commission_state=state, hold_until=None)
    yield replace(ORDER, creator=None, creator_name="", grade=None, evidence_kind=None)
    for grade, kind in zip(Grade, [*EvidenceKind] * 4, strict=False):
        yield replace(ORDER, grade=grade, evidence_kind=kind)


def screens(t: Translator) -> Iterator[Screen]:
    """Every screen about money, each in its fullest forms."""
    for view in (FULL, EMPTY):
        yield wallet.wallet(t, view)
        yield wallet.too_little(t, view)
        yield wallet.ask_amount(t, view, problem=NASTY)
        yield wallet.confirm(t, view, MUCH)
    yield wallet.details_missing(t, ("legal_status", "iin", "iban"))
    yield wallet.requested(t, PAYOUT)
    moved = [
        Movement(id=number, kind=kind, at=AT, amount=amount)
        for number, kind in enumerate(TransferKind, 1)
        for amount in (MUCH, -MUCH)
    ]
    for items in (moved, []):
        yield wallet.movements(t, items, first=False, following=5)
        yield brand_funds.movements(t, BRAND.id, items, first=False, following=5)
    yield wallet.payouts(t, [PAYOUT] * 10, first=False, following=5)
    yield wallet.payouts(t, [], first=True, following=None)

    for only in OrderFilter:
        wanted = Orders(only=only, period=Period.MONTH, offer=1)
        for rows, offer in (([ORDER] * 8, "Ж" * 200), ([], "")):
            sums = Sum(orders=8, net=MUCH, amount=MUCH)
            yield orders.listing(
                t, rows, wanted=wanted, sums=sums, offer=offer, first=False, more=bool(rows)
            )
    yield orders.listing(t, [], wanted=Orders(), sums=Sum(), offer="", first=True, more=False)
    yield orders.offers(t, [OFFER_SUM] * 8, wanted=OrderOffers(page=1), more=True)
    for period in Period:
        yield earnings.results(t, earned(period))
        yield earnings.results(t, replace(earned(period), states={}, steps={}, offers=[]))
    yield earnings.forecast(t, COMING)
    yield earnings.forecast(t, replace(COMING, weeks=[]))
    for kind in FileKind:
        yield earnings.statement_menu(t, [AT.date()] * 6, kind)
    file = Document("ules.xlsx", b"x")
    yield earnings.statement(t, file, earnings.month_name(t, AT.date()), STATES)
    for state in PayoutState:
        shown = replace(ROW, payout=replace(PAYOUT, state=state, decided_at=AT))
        yield wallet.payout(t, shown)
        yield wallet.receipt(t, shown)
    for row in order_rows():
        for for_brand in (True, False):
            yield orders.card(t, row, for_brand=for_brand)

    for pick, kept in ((Pick.ANY, BrandOrderFilter.NOBODYS), (Pick.OFFER, BrandOrderFilter.LOST)):
        narrowed = BrandOrders(brand=int(BRAND.id), only=kept, pick=pick, id=7)
        full = BrandOrderPage(rows=[ORDER] * 8, count=8, net=MUCH)
        yield brand_orders.listing(t, narrowed, full, first=False, more=True)
        yield brand_orders.listing(t, narrowed, BrandOrderPage(rows=[]), first=True, more=False)
    yield brand_orders.choose_brand(t, [BRAND] * 9)
    misses = [
        NearMissRow(
            id=1,
            brand=BRAND.id,
            order=ORDER.id,
            external_id=ORDER.external_id,
            place=ORDER.place,
            status=ORDER.status,
            enrolment=EnrolmentId(1),
            raw=NASTY,
            reason=reason,
            code="AIGERIM10",
            creator_name=NASTY,
            net=MUCH,
            ordered_at=AT,
        )
        for reason in ("lookalike", "letters", "excel", "one_sign", "not_owner_then", OWN_PURCHASE)
    ]
    for found in (misses, []):
        yield near_misses.queue(t, BRAND.id, found, first=False, following=3)
    for miss in misses:
        for answered in (miss, replace(miss, open=False)):
            yield near_misses.card(t, answered, decides=True)
        yield near_misses.answered(t, miss, 1)
        yield near_misses.answered(t, miss, 0)

    for for_staff in (True, False):
        yield brand_funds.funds(
            t, FUNDS, operator=NASTY, operator_bin=BRAND.bin, for_staff=for_staff
        )
    yield brand_funds.choose_brand(t, [BRAND] * 9)

    yield admin_funds.ask_amount(t, FUNDS, problem=NASTY)
    yield admin_funds.ask_reference(t, FUNDS, MUCH)
    yield admin_funds.confirm(t, FUNDS, MUCH, NASTY, form=9)
    for fresh in (True, False):
        booking = Booking(funds=FUNDS, amount=MUCH, at=AT, fresh=fresh)
        yield admin_funds.booked(t, booking, reference=NASTY)

    yield admin_payouts.queue(t, [ROW] * 8, first=False, following=5)
    yield admin_payouts.queue(t, [], first=True, following=None)
    for state in PayoutState:
        stored = replace(ROW, payout=replace(PAYOUT, state=state))
        yield admin_payouts.card(t, stored)
        yield admin_payouts.card(t, stored, iban=IBAN)
    yield admin_payouts.confirm_approval(t, ROW)
    yield admin_payouts.confirm_paid(t, ROW)
    for action in (PayoutAction.ASK_FAIL, PayoutAction.ASK_REFUSE):
        yield admin_payouts.ask_reason(t, ROW, action)
        yield admin_payouts.confirm_reason(t, ROW, action, REASON, form=9)


@pytest.mark.parametrize("locale", list(Locale))
def test_every_screen_fits_is_escaped_and_leads_home(locale: Locale) -> None:
    home = Nav(to=Target.HOME).pack()

    for screen in screens(translator(locale)):
        assert visible(screen.html) <= TEXT_LIMIT
        assert screen.html == screen.text
        assert "<b>Ай" not in screen.text
        assert "</i>Ғ" not in screen.text
        assert screen.keyboard is not None
        buttons = [button for row in screen.keyboard.inline_keyboard for button in row]
        assert len(buttons) <= 100
        assert home in [button.callback_data for button in buttons]


def test_an_account_is_shown_whole_only_where_it_was_asked_for() -> None:
    t = translator(Locale.EN)

    assert IBAN in admin_payouts.card(t, ROW, iban=IBAN).text
    assert IBAN not in admin_payouts.card(t, ROW).text


def test_a_page_of_orders_begins_exactly_where_the_last_one_ended() -> None:
    key = orders.page_key(ORDER)

    assert orders.page_start(key["at"], key["after"]) == (AT, ORDER.id)
    assert orders.page_start(0, 0) is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (replace(ORDER, commission_state=None, creator=None), "Nobody is credited"),
        (replace(ORDER, commission=ZERO), "It earns nothing"),
        (replace(ORDER, commission_state=CommissionState.VOID, commission=ZERO), "was cancelled"),
        (replace(ORDER, proof_missing=True, funded=False), "Send a proof"),
        (replace(ORDER, funded=False), "until the brand tops up"),
        (ORDER, "Available from 21.11.2026, 19:05"),
        (replace(ORDER, commission_state=CommissionState.AVAILABLE), "in your wallet"),
        (
            replace(ORDER, commission_state=CommissionState.CLAWED_BACK, commission=ZERO),
            "taken back",
        ),
    ],
)
def test_an_order_says_why_it_is_paid_or_not(row: OrderRow, words: str) -> None:
    assert words in orders.why(translator(Locale.EN), row)


def test_nobody_is_offered_a_decision_that_a_payout_no_longer_allows() -> None:
    t = translator(Locale.EN)

    def labels(state: PayoutState) -> set[str]:
        keyboard = admin_payouts.card(t, replace(ROW, payout=replace(PAYOUT, state=state))).keyboard
        assert keyboard is not None
        return {button.text for row in keyboard.inline_keyboard for button in row}

    decisions = {"Approve", "Refuse", "The bank has paid", "It did not go through"}
    assert labels(PayoutState.REQUESTED) & decisions == {"Approve", "Refuse"}
    assert labels(PayoutState.APPROVED) & decisions == decisions - {"Approve"}
    for state in (PayoutState.PAID, PayoutState.FAILED, PayoutState.REFUSED):
        assert not labels(state) & decisions


def test_the_smallest_payout_is_named() -> None:
    shown = wallet.too_little(translator(Locale.EN), replace(EMPTY, available=tenge(12)))

    assert "12\u00a0₸" in shown.text
    assert "5,000\u00a0₸" in shown.text
