"""What was credited, held against the truth; the same for two simpler ways of crediting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core import codes
from core.evidence import Grade
from core.ids import EnrolmentId
from core.money import Money
from core.orders import OrderStatus
from core.sources import values
from db.models import commissions, near_misses, orders
from scripts.bench.truth.story import Order, Reason, Story, Trace, Visit
from scripts.bench.truth.world import PERCENT_BPS, SHOPS, WINDOW, Channel

SURE: Final = (Grade.A, Grade.B, Grade.C)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whom an order was credited to, on evidence of which grade, and what it costs (tiyn).

    `held` says that the money waits for somebody who looks into it.
    """

    order: Order
    enrolment: EnrolmentId | None = None
    grade: Grade | None = None
    kind: str = ""
    minor: int = 0
    held: bool = False

    @property
    def right(self) -> bool:
        """Whether whoever caused the order is credited."""
        return self.enrolment is not None and self.enrolment == self.order.cause


def worth(order: Order) -> int:
    """What an order brings whoever is credited, by how it ended (tiyn)."""
    if order.last is not OrderStatus.APPROVED:
        return 0
    return Money(order.minor - order.refunded_minor).share(PERCENT_BPS).minor


@dataclass(slots=True)
class Score:
    """Counts of verdicts, and sums of money (tiyn)."""

    orders: int = 0
    credited: int = 0
    right: int = 0
    caused: int = 0
    traced: int = 0
    traced_right: int = 0
    paid_right: int = 0
    paid_wrong: int = 0
    missed: int = 0
    held_right: int = 0
    held_wrong: int = 0

    @property
    def precision(self) -> float | None:
        """Share of the credited orders whose credit is right."""
        return self.right / self.credited if self.credited else None

    @property
    def recall(self) -> float | None:
        """Share of the caused orders that are credited to who caused them."""
        return self.right / self.caused if self.caused else None

    @property
    def recall_of_traced(self) -> float | None:
        """The same, of those that left a trace."""
        return self.traced_right / self.traced if self.traced else None

    @property
    def wrong_share(self) -> float:
        """Share of the paid money that is paid wrongly."""
        paid = self.paid_right + self.paid_wrong
        return self.paid_wrong / paid if paid else 0.0

    def add(self, verdict: Verdict) -> None:
        """Count one more."""
        order, right = verdict.order, verdict.right
        self.orders += 1
        self.caused += order.cause is not None
        self.traced += bool(order.traces)
        self.traced_right += bool(order.traces) and right
        if order.cause is not None and not right:
            self.missed += worth(order)
        if verdict.enrolment is None:
            return
        self.credited += 1
        self.right += right
        if verdict.held:
            self.held_right += verdict.minor if right else 0
            self.held_wrong += 0 if right else verdict.minor
        else:
            self.paid_right += verdict.minor if right else 0
            self.paid_wrong += 0 if right else verdict.minor

    def to_json(self) -> dict[str, Any]:
        """As it is published; money in tenge."""
        return {
            "orders": self.orders,
            "caused": self.caused,
            "traced": self.traced,
            "credited": self.credited,
            "right": self.right,
            "precision": _rounded(self.precision),
            "recall": _rounded(self.recall),
            "recall_of_traced": _rounded(self.recall_of_traced),
            "paid_right": self.paid_right // 100,
            "paid_wrong": self.paid_wrong // 100,
            "missed": self.missed // 100,
            "held_right": self.held_right // 100,
            "held_wrong": self.held_wrong // 100,
        }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 5)


def score(verdicts: Iterable[Verdict]) -> Score:
    """Verdicts together."""
    total = Score()
    for verdict in verdicts:
        total.add(verdict)
    return total


def by_channel(verdicts: Sequence[Verdict]) -> Iterator[tuple[Channel, Score]]:
    """Channel by channel."""
    for shop in SHOPS:
        yield shop.channel, score(each for each in verdicts if each.order.shop is shop)


def by_grade(verdicts: Sequence[Verdict]) -> Iterator[tuple[Channel, Grade, Score]]:
    """Credited orders by channel and grade; only combinations that occur."""
    for shop in SHOPS:
        for grade in Grade:
            found = [one for one in verdicts if one.order.shop is shop and one.grade is grade]
            if found:
                yield shop.channel, grade, score(found)


# --- who is credited -----------------------------------------------------------------------------


@dataclass(slots=True)
class Outcome:
    """What the product made of the market."""

    verdicts: list[Verdict]
    unknown: int  # stored orders that nobody placed: a number was read wrongly
    unseen: int  # orders that no feed has brought
    offered: int  # mistyped codes of a caused order that are offered for review, rightly
    mistyped: int


async def product(engine: AsyncEngine, story: Story) -> Outcome:
    """Whom the product credits."""
    placed = {(order.shop.brand, order.number): order for order in story.orders}
    found: dict[tuple[int, str], Verdict] = {}
    unknown = 0
    async with engine.connect() as connection:
        rows = await connection.execute(
            sa.select(
                orders.c.brand_id,
                orders.c.external_id,
                orders.c.enrolment_id,
                orders.c.grade,
                orders.c.evidence_kind,
                commissions.c.amount_minor,
            ).select_from(orders.outerjoin(commissions, commissions.c.order_id == orders.c.id))
        )
        for brand, number, enrolment, grade, kind, minor in rows:
            order = placed.get((brand, number))
            if order is None:
                unknown += 1
                continue
            found[brand, number] = Verdict(
                order=order,
                enrolment=enrolment,
                grade=None if enrolment is None or grade is None else Grade(grade),
                kind=kind or "",
                minor=minor or 0,
            )
        queue = await connection.execute(
            sa.select(
                orders.c.brand_id, orders.c.external_id, near_misses.c.enrolment_id
            ).join_from(near_misses, orders, orders.c.id == near_misses.c.order_id)
        )
        offered = {(brand, number): enrolment for brand, number, enrolment in queue}
    mistyped = [order for order in story.orders if order.mistyped]
    return Outcome(
        verdicts=[found.get(key) or Verdict(order) for key, order in placed.items()],
        unknown=unknown,
        unseen=len(placed) - len(found),
        offered=sum(offered.get((one.shop.brand, one.number)) == one.cause for one in mistyped),
        mistyped=len(mistyped),
    )


def code_only(story: Story) -> list[Verdict]:
    """Whoever holds a code of the row on the day of the order: what platforms of codes do."""
    held = {
        (one.shop.brand, code): one
        for one in story.world.enrolments
        for code in (one.code, one.next_code)
        if code
    }

    def credit(order: Order) -> EnrolmentId | None:
        for raw in values.codes(order.code) if order.shop.codes else ():
            owner = held.get((order.shop.brand, codes.normal(raw)))
            if owner and owner.code_at(order.at) == codes.normal(raw):
                return owner.id
        return None

    return _credited(story, credit, Grade.A)


def last_click(story: Story) -> list[Verdict]:
    """Whoever's link brought the click id that came back with the order, within the window."""
    clicks = {act.click_id: act for act in story.acts if isinstance(act, Visit)}

    def credit(order: Order) -> EnrolmentId | None:
        click = clicks.get(order.click_id)
        if click and timedelta(0) <= order.at - click.at <= WINDOW:
            return click.enrolment
        return None

    return _credited(story, credit, Grade.B)


def _credited(
    story: Story, credit: Callable[[Order], EnrolmentId | None], grade: Grade
) -> list[Verdict]:
    verdicts = []
    for order in story.orders:
        enrolment = credit(order)
        verdicts.append(
            Verdict(order, enrolment, grade, "", worth(order))
            if enrolment is not None
            else Verdict(order)
        )
    return verdicts


# --- lines with aims -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measure; it is met where `product` is at least `least` or at most `most`."""

    measure: str
    product: float | None
    reference: Mapping[str, float | None] | float | None = None
    least: float | None = None
    most: float | None = None

    @property
    def aim(self) -> str:
        """In words; empty where nothing is aimed at."""
        if self.least is not None:
            return f"≥ {self.least:g}"
        return "" if self.most is None else f"≤ {self.most:g}"

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None without an aim, False where nothing could be measured."""
        if self.least is None and self.most is None:
            return None
        if self.product is None:
            return False
        if self.least is not None:
            return self.product >= self.least
        assert self.most is not None
        return self.product <= self.most

    def to_json(self) -> dict[str, Any]:
        """As it is published."""
        return {
            "measure": self.measure,
            "reference": self.reference,
            "product": _rounded(self.product),
            "aim": self.aim,
            "met": self.met,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A market held against its truth."""

    outcome: Outcome
    code_only: list[Verdict]
    last_click: list[Verdict]
    lines: list[Line]


def report(outcome: Outcome, story: Story) -> Report:
    """All measures of the issue."""
    verdicts = outcome.verdicts
    by_code, by_click = code_only(story), last_click(story)
    whole, code, click = score(verdicts), score(by_code), score(by_click)

    def baselines(value: Callable[[Score], float | None]) -> dict[str, float | None]:
        return {"promo code only": _rounded(value(code)), "last click only": _rounded(value(click))}

    payable = [one for one in verdicts if not one.held]
    sure = score(one for one in payable if one.grade in SURE)
    lines = [
        Line(
            measure="precision at grades A to C",
            product=sure.precision,
            reference=baselines(lambda one: one.precision),
            least=0.995,
        )
    ]
    apart = score(
        one for one in payable if one.grade in SURE and one.order.reason is not Reason.LEAK
    )
    lines.append(
        Line(measure="– the orders by leaked codes set aside", product=apart.precision),
    )
    for grade in Grade:
        own = score(one for one in payable if one.grade is grade)
        lines.append(
            Line(
                measure=f"precision at grade {grade} ({own.credited} orders)",
                product=own.precision,
                least=0.98 if grade is Grade.D else None,
            )
        )
    lines += [
        Line(
            measure="recall of the caused orders that left a trace",
            product=whole.recall_of_traced,
            reference=baselines(lambda one: one.recall_of_traced),
            least=0.99,
        ),
        Line(
            measure="recall of all caused orders",
            product=whole.recall,
            reference=baselines(lambda one: one.recall),
        ),
        Line(
            measure="rightly credited money, to that by promo codes only",
            product=whole.paid_right / code.paid_right if code.paid_right else None,
            least=2.5,
        ),
        Line(
            measure="share of the paid money that is paid wrongly",
            product=whole.wrong_share,
            reference=baselines(lambda one: one.wrong_share),
            most=0.005,
        ),
        Line(
            measure="mistyped codes that are offered for review, with the right creator",
            product=outcome.offered / outcome.mistyped if outcome.mistyped else None,
        ),
    ]
    return Report(outcome=outcome, code_only=by_code, last_click=by_click, lines=lines)


def wrong(verdicts: Iterable[Verdict]) -> Iterator[tuple[str, str, str, int]]:
    """Wrong credits by grade, kind of evidence and the order's reason, with their number."""
    counted: dict[tuple[str, str, str], int] = {}
    for one in verdicts:
        if one.enrolment is not None and not one.right:
            reason = one.order.reason.value
            if one.order.reason is Reason.POST:
                reason = "another creator's post"
            key = str(one.grade), one.kind, reason
            counted[key] = counted.get(key, 0) + 1
    for key in sorted(counted):
        yield *key, counted[key]


def lost(verdicts: Iterable[Verdict]) -> Iterator[tuple[str, str, int]]:
    """Caused orders with a trace that are not credited rightly: by channel and their traces."""
    counted: dict[tuple[str, str], int] = {}
    for one in verdicts:
        if one.order.traces and not one.right:
            names = "+".join(trace for trace in Trace if trace in one.order.traces)
            key = one.order.shop.channel.value, names
            counted[key] = counted.get(key, 0) + 1
    for key in sorted(counted):
        yield *key, counted[key]
