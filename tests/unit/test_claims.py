"""Order numbers as buyers type them, and receipts paired with orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claims import Purchase, WaitingReceipt, order_number, pair_up
from core.errors import BadInput
from core.ids import BrandId, ClaimId, OrderId, PersonId
from core.money import tenge
from core.orders import Place
from core.sources.values import order_id

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "text", "number"),
    [
        (Place.KASPI, "712155089", "712155089"),
        (Place.KASPI, "Заказ №712 155 089", "712155089"),
        (Place.KASPI, "тапсырысым: 712155089.", "712155089"),
        (Place.WILDBERRIES, "4510863467158402110.0.0", "4510863467158402110.0.0"),
        (Place.OZON, "Отправление 24219509-0020-1", "24219509-0020-1"),
        (Place.HALYK, "0008449018-1", "0008449018-1"),
        (Place.OWN_SHOP, "#1001", "1001"),
        (Place.OWN_SHOP, "менің тапсырысым QY-1001!", "QY-1001"),
        (Place.KASPI, "QY-1001", None),
        (Place.KASPI, "12345", None),
        (Place.OZON, "24219509-0020", None),
        (Place.OWN_SHOP, "келді", None),
        (Place.IN_STORE, "", None),
    ],
)
def test_a_number_is_what_the_merchants_rows_have(
    place: Place, text: str, number: str | None
) -> None:
    if number is None:
        with pytest.raises(BadInput) as caught:
            order_number(place, text)
        assert caught.value.field == f"order_{place}"
    else:
        assert order_number(place, text) == number == order_id(number)


@given(st.sampled_from(Place), st.text(max_size=400))
def test_any_text_gives_a_number_or_a_refusal(place: Place, text: str) -> None:
    try:
        number = order_number(place, text)
    except BadInput:
        return
    assert number == order_id(number)
    assert 0 < len(number) <= 64


def a_receipt(claim: int) -> WaitingReceipt:
    return WaitingReceipt(
        id=ClaimId(claim),
        person=PersonId(claim),
        place=Place.KASPI,
        amount=tenge(10_000),
        paid_at=NOON,
    )


def an_order(order: int) -> Purchase:
    return Purchase(
        order=OrderId(order),
        brand=BrandId(1),
        place=Place.KASPI,
        external_id=str(order),
        ordered_at=NOON - timedelta(minutes=5),
        net=tenge(10_000),
    )


@given(st.dictionaries(st.integers(1, 6), st.sets(st.integers(1, 6), max_size=4), max_size=6))
def test_an_order_is_given_to_a_receipt_only_where_nothing_else_can_be(
    fits: dict[int, set[int]],
) -> None:
    waiting = [a_receipt(claim) for claim in fits]
    fitting = {ClaimId(claim): [an_order(one) for one in own] for claim, own in fits.items()}

    answers = {answer.claim: answer.purchase for answer in pair_up(waiting, fitting)}

    assert set(answers) == {claim for claim, own in fits.items() if own}
    given_out = [one.order for one in answers.values() if one is not None]
    assert len(given_out) == len(set(given_out))
    for claim, purchase in answers.items():
        alone = len(fits[claim]) == 1 and sum(fits[claim] <= own for own in fits.values()) == 1
        assert (purchase is not None) == alone
