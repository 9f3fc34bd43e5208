"""What every source yields: batches of keys, whose orders are normalised where they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from core.orders import NormalisedOrder


class SourceKind(StrEnum):
    """A merchant system and the way it is read."""

    KASPI_API = "kaspi_api"
    KASPI_XLSX = "kaspi_xlsx"
    SHOPIFY_CSV = "shopify_csv"
    TRAFFIC = "traffic"  # Ozon's report of units by UTM tag and day: it names no orders
    TABLE = "table"  # any CSV or XLSX by a saved column mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedLine:
    """A line of a feed that is no order: its 1-based number, the reason, and its text.

    `reason`: order_missing, date_invalid, amount_invalid, currency_other, currency_lost,
    status_missing, id_damaged, line_broken. `text` is the raw line, cells joined by tabs, at most
    500 characters.
    """

    line: int
    reason: str
    text: str


class Key(NamedTuple):
    """By what an order is found again, and whether its row is the one that is known already.

    `raw_hash` is that of the order's raw rows and of the order made of them. `dated` says that the
    rows tell themselves when the status changed: seen again on a later day they tell nothing new.
    """

    external_id: str
    raw_hash: str
    dated: bool


class Reading(NamedTuple):
    """Orders made of rows, in the order of their keys, and the lines that turned out to be none."""

    orders: list[NormalisedOrder]
    rejected: list[RejectedLine]


Normalise = Callable[[Sequence[int]], Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A stretch of a feed: `position` is where the next batch begins, to resume an interrupted run.

    `keys` has an entry for each order; what is unchanged by its key needs no more, the rest is
    normalised by `read`. A row that is damaged was never kept, so its key is never known, and
    whoever reads what is unknown is told of it in every run. `rejected` are lines without a usable
    number. For a file `position` counts raw data rows already consumed; `total` is the number of
    raw rows where it is known.
    """

    keys: Sequence[Key]
    rejected: Sequence[RejectedLine]
    position: int
    total: int | None = None
    normalise: Normalise = field(repr=False, compare=False)

    @classmethod
    def of(
        cls,
        orders: Sequence[NormalisedOrder],
        rejected: Sequence[RejectedLine] = (),
        *,
        position: int = 0,
        total: int | None = None,
    ) -> Batch:
        """Orders that are normalised already, as an API hands them out."""
        return cls(
            keys=[
                Key(order.external_id, order.raw_hash, order.status_changed_at is not None)
                for order in orders
            ],
            rejected=rejected,
            position=position,
            total=total,
            normalise=lambda wanted: Reading([orders[index] for index in wanted], []),
        )

    def read(self, wanted: Sequence[int]) -> Reading:
        """The orders of the keys at these indexes, and their lines that are no orders.

        Pure and synchronous: call it in a thread where much is wanted.
        """
        return self.normalise(wanted)

    def read_all(self) -> Reading:
        """Every order, and all lines that are none, those of `rejected` too, by their numbers."""
        orders, damaged = self.normalise(range(len(self.keys)))
        return Reading(orders, sorted([*self.rejected, *damaged], key=lambda each: each.line))


Batches = Iterator[Batch]
