"""Orders got ready before anything else is known of them: by a process of its own, batch by batch.

What an order points to (codes, SKUs, clicks) is listed, and what would be stored of it if nobody is
credited: that is what becomes of most orders of a shop. So the batch's transaction has to look at
the others only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from core.orders import NormalisedOrder
from core.sources.base import Batch, Key, Reading, RejectedLine

PHONE: Final = "phone"  # purpose of the digest under which buyers' phones are matched

Positions = Mapping[str, Sequence[int]]  # which orders have a code, an SKU, a click id


class Signs(NamedTuple):
    """What orders carry that may speak for somebody, with the positions of those orders."""

    codes: Positions  # as the merchant wrote them
    skus: Positions
    click_ids: Positions


@dataclass(slots=True)
class Prepared:
    """Orders that were asked for, position by position.

    `rows` are what is stored of new orders that nobody is credited for; their shape is the
    database's own matter. An order itself is had by `order`, which costs something: only where it
    is looked at. `rejected` are lines that turned out to be none.
    """

    ids: Sequence[str]
    rows: Sequence[Any]
    signs: Signs
    order: Callable[[int], NormalisedOrder] = field(repr=False)
    rejected: Sequence[RejectedLine]


Digest = Callable[[str], bytes]  # of a buyer's phone
Shape = Callable[[Reading, datetime, Digest], Prepared]


@dataclass(slots=True)
class Stretch:
    """A batch of a feed as reconciliation takes it; the fields are those of Batch.

    `prepare` gets the orders of the keys at some indexes ready. It computes: call it in a thread.
    """

    keys: Sequence[Key]
    rejected: Sequence[RejectedLine]
    position: int
    total: int | None
    prepare: Callable[[Sequence[int]], Prepared] = field(repr=False)

    @classmethod
    def of(cls, batch: Batch, shape: Shape, seen_at: datetime, digest: Digest) -> Stretch:
        """A batch that is prepared in this process."""
        return cls(
            keys=batch.keys,
            rejected=batch.rejected,
            position=batch.position,
            total=batch.total,
            prepare=lambda wanted: shape(batch.read(wanted), seen_at, digest),
        )


def signs_of(orders: Iterable[NormalisedOrder]) -> Signs:
    """What the orders carry."""
    codes: defaultdict[str, list[int]] = defaultdict(list)
    skus: defaultdict[str, list[int]] = defaultdict(list)
    click_ids: defaultdict[str, list[int]] = defaultdict(list)
    for position, order in enumerate(orders):
        for raw in order.promo_codes:
            codes[raw].append(position)
        for item in order.items:
            if item.sku:
                skus[item.sku].append(position)
        for click_id in order.click_ids:
            click_ids[click_id].append(position)
    return Signs(dict(codes), dict(skus), dict(click_ids))
