"""An imagined market behind the Kaspi fake: an order's whole life follows from seed and number.

Nothing is stored: the state of an order is worked out from the time, so that the market goes on
while nobody looks, jumps when the clock jumps, and is the same after a restart.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from core.money import ZERO, Money

START: Final = datetime(2024, 1, 1, tzinfo=UTC)  # order number 0 of every market
FIRST_CODE: Final = 400_000_000
CODE_STEP: Final = 37  # numbers of one merchant are not consecutive: others sell too

FIRST_NAMES: Final = (
    "Айгерім", "Нұрлан", "Динара", "Ерлан", "Мадина", "Тимур", "Жанар", "Сергей", "Аружан", "Олег",
)  # fmt: skip
LAST_NAMES: Final = (
    "Серікова", "Ахметов", "Омарова", "Ким", "Петрова", "Жұмабаев", "Иванов", "Қасымова",
)  # fmt: skip
CANCEL_REASONS: Final = (
    "BUYER_CANCELLATION_BY_MERCHANT", "BUYER_NOT_REACHABLE", "MERCHANT_OUT_OF_STOCK",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What the merchant sells; one of greater `weight` is bought more often.

    It is on sale from `since` on, so that a later product leaves old orders as they are.
    """

    sku: str
    name: str
    category: str
    price: Money
    weight: int = 1
    since: datetime = START


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From `after` the order's beginning on it is in this state; flags as in the API."""

    after: timedelta
    state: str
    status: str
    assembled: bool = False
    with_courier: bool = False
    back_in_stock: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A position of an order as it was placed."""

    sku: str
    name: str
    category: str
    price: Money
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialCancel:
    """From `at` on only `remaining` pieces of the entry with that number are bought."""

    at: datetime
    entry: int
    remaining: int


@dataclass(slots=True, kw_only=True)
class Order:
    """An order with all that happens to it; `steps` are in order of time, the first at zero."""

    code: str
    created: datetime
    steps: tuple[Step, ...]
    entries: tuple[Entry, ...]
    phone: str
    first_name: str = "Айгерім"
    last_name: str = "Серікова"
    delivery_mode: str = "DELIVERY_PICKUP"
    payment: str = "PREPAID"
    delivery_cost: Money = ZERO
    cancels: list[PartialCancel] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id that the API uses in paths: the number in Base64."""
        return unpadded(self.code)

    def step(self, now: datetime) -> Step | None:
        """The state at a time, None before the order was placed."""
        reached = [step for step in self.steps if self.created + step.after <= now]
        return reached[-1] if reached else None

    def quantities(self, now: datetime) -> tuple[int, ...]:
        """How many pieces of each entry are still bought."""
        counts = [entry.quantity for entry in self.entries]
        for cancel in self.cancels:
            if cancel.at <= now:
                counts[cancel.entry] = cancel.remaining
        return tuple(counts)


def unpadded(text: str) -> str:
    """Base64 without padding, as the API makes its ids."""
    return base64.b64encode(text.encode()).decode().rstrip("=")


class Market:
    """A merchant's endless stream of orders, one in each `interval` since `opened`."""

    def __init__(
        self, *, seed: int, catalogue: Sequence[Product], opened: datetime, interval: timedelta
    ) -> None:
        self._seed = seed
        self._catalogue = list(catalogue)
        self._first = max(-(-(opened - START) // interval), 0)
        self._interval = interval
        self._made: dict[int, Order | None] = {}

    def add(self, product: Product) -> None:
        """Put a product on sale."""
        self._catalogue.append(product)
        self._made.clear()

    def between(self, since: datetime, until: datetime) -> Iterator[Order]:
        """Orders placed within the span, oldest first."""
        first = max((since - START) // self._interval - 1, self._first)
        last = (until - START) // self._interval
        for number in range(first, last + 1):
            order = self._order(number)
            if order and since <= order.created <= until:
                yield order

    def by_code(self, code: str) -> Order | None:
        """The order of that number, however far in the future it may be placed."""
        if not (code.isascii() and code.isdigit()):
            return None
        number, rest = divmod(int(code[:12]) - FIRST_CODE - self._seed % CODE_STEP, CODE_STEP)
        order = self._order(number) if rest == 0 and number >= self._first else None
        return order if order and order.code == code else None

    def _order(self, number: int) -> Order | None:
        if number not in self._made:
            self._made[number] = self._make(number)
        return self._made[number]

    def _make(self, number: int) -> Order | None:
        chance = random.Random(f"{self._seed}:{number}")
        created = START + self._interval * (number + chance.random())
        created -= timedelta(microseconds=created.microsecond % 1000)
        on_sale = [product for product in self._catalogue if product.since <= created]
        if not on_sale:
            return None
        entries = _basket(chance, on_sale)
        mode, steps = _life(chance)
        order = Order(
            code=str(FIRST_CODE + self._seed % CODE_STEP + CODE_STEP * number),
            created=created,
            steps=steps,
            entries=entries,
            phone=f"70{chance.randrange(10)}{chance.randrange(10_000_000):07}",
            first_name=chance.choice(FIRST_NAMES),
            last_name=chance.choice(LAST_NAMES),
            delivery_mode=mode,
            payment=chance.choice(("PREPAID", "PREPAID", "PAY_WITH_CREDIT")),
            delivery_cost=Money(chance.choice((0, 0, 99_500))),
        )
        if order.entries[0].quantity > 1 and chance.random() < 0.5:
            at = order.created + timedelta(hours=chance.uniform(1, 20))
            order.cancels.append(PartialCancel(at=at, entry=0, remaining=1))
        return order


def _basket(chance: random.Random, on_sale: Sequence[Product]) -> tuple[Entry, ...]:
    count = min(chance.choices((1, 2, 3), (80, 15, 5))[0], len(on_sale))
    weights = [product.weight for product in on_sale]
    chosen = {product.sku: product for product in chance.choices(on_sale, weights, k=count)}
    return tuple(
        Entry(
            sku=product.sku,
            name=product.name,
            category=product.category,
            price=product.price,
            quantity=chance.choices((1, 2), (92, 8))[0],
        )
        for product in chosen.values()
    )


def _life(chance: random.Random) -> tuple[str, tuple[Step, ...]]:
    """How it is delivered, and what becomes of it.

    Of a hundred orders about twenty are cancelled, three come back, one cancellation is refused:
    the shares of a real merchant's export.
    """
    queue, mode = chance.choices(
        (
            ("KASPI_DELIVERY", "DELIVERY_REGIONAL_TODOOR"),
            ("KASPI_DELIVERY", "DELIVERY_REGIONAL_PICKUP"),
            ("DELIVERY", "DELIVERY_LOCAL"),
            ("PICKUP", "DELIVERY_PICKUP"),
        ),
        (40, 30, 15, 15),
    )[0]
    by_kaspi = queue == "KASPI_DELIVERY"
    accepted = timedelta(minutes=chance.uniform(10, 240))
    packed = accepted + timedelta(hours=chance.uniform(1, 8))
    sent = packed + timedelta(hours=chance.uniform(1, 20))
    received = sent + timedelta(hours=chance.uniform(6, 72))

    steps = [Step(after=timedelta(0), state="NEW", status="APPROVED_BY_BANK")]
    if chance.random() < 0.1:
        signing = accepted * 0.7
        steps.append(Step(after=signing, state="SIGN_REQUIRED", status="APPROVED_BY_BANK"))
    steps.append(Step(after=accepted, state=queue, status="ACCEPTED_BY_MERCHANT"))
    if by_kaspi:
        going = Step(after=packed, state=queue, status="ACCEPTED_BY_MERCHANT", assembled=True)
        steps.append(going)
        steps.append(
            Step(after=sent, state=queue, status=going.status, assembled=True, with_courier=True)
        )

    fate = chance.random()
    if fate < 0.20:
        reason = chance.choice((*CANCEL_REASONS, "TIMEOUT_BUYER_PICKUP"))
        refused = sent + timedelta(hours=2)
        steps += [
            Step(
                after=refused, state=queue, status="CANCELLING", assembled=by_kaspi, reason=reason
            ),
            Step(
                after=refused + timedelta(hours=chance.uniform(4, 60)),
                state="ARCHIVE",
                status="CANCELLED",
                assembled=by_kaspi,
                back_in_stock=by_kaspi,
                reason=reason,
            ),
        ]
        return mode, tuple(steps)
    if fate < 0.21:
        doubt = sent + timedelta(hours=1)
        steps += [
            Step(after=doubt, state=queue, status="CANCELLING", assembled=by_kaspi),
            Step(
                after=doubt + timedelta(hours=3),
                state=queue,
                status="ACCEPTED_BY_MERCHANT",
                assembled=by_kaspi,
                with_courier=by_kaspi,
            ),
        ]
    received = max(received, steps[-1].after + timedelta(hours=1))
    steps.append(Step(after=received, state="ARCHIVE", status="COMPLETED"))
    if fate > 0.97:
        asked = received + timedelta(days=chance.uniform(1, 12))
        steps += [
            Step(after=asked, state="ARCHIVE", status="KASPI_DELIVERY_RETURN_REQUESTED"),
            Step(after=asked + timedelta(days=1), state="ARCHIVE", status="RETURNED"),
        ]
    return mode, tuple(steps)
