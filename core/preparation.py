"""Orders got ready before anything else is known of them: by a process of its own, batch by batch.

What an order points to (codes, SKUs, clicks) is listed, and what would be stored of it if nobody is
credited: that is what becomes of most orders of a shop. So the batch's transaction has to look at
the others only.
"""

from __future__ import annotations

import pickle
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any, Final, NamedTuple

from core.money import Money
from core.orders import NormalisedOrder, OrderItem, OrderStatus
from core.sources.base import Batch, Key, Reading, RejectedLine

PHONE: Final = "phone"  # purpose of the digest under which buyers' phones are matched

Positions = dict[str, list[int]]  # which orders have a code, an SKU, a click id
PhonePositions = dict[bytes, list[int]]  # which orders have a phone, by its digest
Packed = bytes


class Signs(NamedTuple):
    """What orders carry that may speak for somebody, with the positions of those orders."""

    codes: Positions  # as the merchant wrote them
    skus: Positions
    click_ids: Positions
    phones: PhonePositions


@dataclass(slots=True)
class Prepared:
    """Orders that were asked for, position by position.

    `rows` are what is stored of new orders that nobody is credited for; their shape is the
    database's own matter. `packed` are the orders themselves, see `order`. `rejected` are lines
    that turned out to be none.
    """

    ids: Sequence[str]
    rows: Sequence[Any]
    signs: Signs
    packed: Sequence[Packed] = field(repr=False)
    rejected: Sequence[RejectedLine]

    def order(self, position: int) -> NormalisedOrder:
        """One of the orders; only where it is looked at, because it has to be made."""
        return unpack(self.packed[position])

    def only(self, positions: Sequence[int]) -> Prepared:
        """Some of the orders, with all rejected lines."""
        place = {position: number for number, position in enumerate(positions)}
        signs: Any = (
            {
                sign: [place[one] for one in having if one in place]
                for sign, having in kind.items()
                if not place.keys().isdisjoint(having)
            }
            for kind in self.signs
        )
        return Prepared(
            ids=[self.ids[position] for position in positions],
            rows=[self.rows[position] for position in positions],
            signs=Signs(*signs),
            packed=[self.packed[position] for position in positions],
            rejected=self.rejected,
        )


Digest = Callable[[str], bytes]  # of a buyer's phone
Shape = Callable[[Reading, datetime, Digest], Prepared]
Answer = Callable[[], Prepared]


@dataclass(slots=True)
class Stretch:
    """A batch of a feed as reconciliation takes it; the fields are those of Batch.

    `ask` has the orders of the keys at some indexes, sorted, got ready, and returns what waits for
    them, to be called once. Both compute: call them in a thread. To be asked for none tells a
    reader that it need not normalise ahead.
    """

    keys: Sequence[Key]
    rejected: Sequence[RejectedLine]
    position: int
    total: int | None
    ask: Callable[[Sequence[int]], Answer] = field(repr=False)

    def prepare(self, wanted: Sequence[int]) -> Prepared:
        """Ask, and wait."""
        return self.ask(wanted)()

    @classmethod
    def of(cls, batch: Batch, shape: Shape, seen_at: datetime, digest: Digest) -> Stretch:
        """A batch that is prepared in this process."""
        return cls(
            keys=batch.keys,
            rejected=batch.rejected,
            position=batch.position,
            total=batch.total,
            ask=lambda wanted: lambda: shape(batch.read(wanted), seen_at, digest),
        )


def joined(stretches: Sequence[Stretch]) -> Stretch:
    """Neighbours as one, for one transaction."""
    if len(stretches) == 1:
        return stretches[0]
    ends = list(accumulate(len(stretch.keys) for stretch in stretches))

    def ask(wanted: Sequence[int]) -> Answer:
        # All are asked before the first is waited for.
        answers = []
        for stretch, end in zip(stretches, ends, strict=True):
            start = end - len(stretch.keys)
            own = wanted[bisect_left(wanted, start) : bisect_left(wanted, end)]
            answers.append(stretch.ask([index - start for index in own]))
        return lambda: together([answer() for answer in answers])

    return Stretch(
        keys=[key for stretch in stretches for key in stretch.keys],
        rejected=[line for stretch in stretches for line in stretch.rejected],
        position=stretches[-1].position,
        total=stretches[-1].total,
        ask=ask,
    )


def together(parts: Sequence[Prepared]) -> Prepared:
    """Prepared orders one after the other."""
    signs = Signs({}, {}, {}, {})
    start = 0
    for part in parts:
        kinds: Any = zip(signs, part.signs, strict=True)
        for kind, more in kinds:
            for sign, positions in more.items():
                kind.setdefault(sign, []).extend(start + position for position in positions)
        start += len(part.ids)
    return Prepared(
        ids=[one for part in parts for one in part.ids],
        rows=[row for part in parts for row in part.rows],
        signs=signs,
        packed=[order for part in parts for order in part.packed],
        rejected=[line for part in parts for line in part.rejected],
    )


def pack(order: NormalisedOrder) -> Packed:
    """An order as bytes, which another process can be given and most of which nobody opens."""
    return pickle.dumps(_plain(order), pickle.HIGHEST_PROTOCOL)


def _plain(order: NormalisedOrder) -> tuple[Any, ...]:
    return (
        order.external_id,
        order.ordered_at,
        order.status._value_,
        order.status_raw,
        order.net.currency,
        order.gross.minor,
        order.net.minor,
        order.raw_hash,
        order.refunded.minor,
        order.at_risk,
        order.status_known,
        order.status_changed_at,
        order.changed_on_day,
        order.promo_codes,
        order.phone,
        [
            (
                item.sku,
                item.quantity,
                None if item.amount is None else item.amount.minor,
                item.category,
            )
            for item in order.items
        ],
        order.click_ids,
        order.utm,
    )


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor


def unpack(packed: Packed) -> NormalisedOrder:
    """The order again."""
    (
        external_id, ordered_at, status, status_raw, currency, gross, net, raw_hash,
        refunded, at_risk, status_known, changed_at, changed_on_day, promo_codes, phone,
        items, click_ids, utm,
    ) = pickle.loads(packed)  # fmt: skip  # noqa: S301 - our own, see `pack`
    return NormalisedOrder(
        external_id=external_id,
        ordered_at=ordered_at,
        status=OrderStatus(status),
        status_raw=status_raw,
        gross=Money(gross, currency),
        net=Money(net, currency),
        raw_hash=raw_hash,
        refunded=Money(refunded, currency),
        at_risk=at_risk,
        status_known=status_known,
        status_changed_at=changed_at,
        changed_on_day=changed_on_day,
        promo_codes=promo_codes,
        phone=phone,
        items=tuple(
            OrderItem(
                sku=sku,
                quantity=quantity,
                amount=None if amount is None else Money(amount, currency),
                category=category,
            )
            for sku, quantity, amount, category in items
        ),
        click_ids=click_ids,
        utm=utm,
    )


def signs_of(orders: Iterable[NormalisedOrder], digests: Iterable[bytes | None]) -> Signs:
    """What the orders carry; `digests` are those of their phones."""
    codes: defaultdict[str, list[int]] = defaultdict(list)
    skus: defaultdict[str, list[int]] = defaultdict(list)
    click_ids: defaultdict[str, list[int]] = defaultdict(list)
    phones: defaultdict[bytes, list[int]] = defaultdict(list)
    for position, (order, digest) in enumerate(zip(orders, digests, strict=True)):
        if digest is not None:
            phones[digest].append(position)
        for raw in order.promo_codes:
            codes[raw].append(position)
        for item in order.items:
            if item.sku:
                skus[item.sku].append(position)
        for click_id in order.click_ids:
            click_ids[click_id].append(position)
    return Signs(dict(codes), dict(skus), dict(click_ids), dict(phones))
