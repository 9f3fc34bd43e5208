"""What every source yields: normalised orders in batches, and rejected lines with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.orders import NormalisedOrder


class SourceKind(StrEnum):
    """A merchant system and the way it is read."""

    KASPI_API = "kaspi_api"
    KASPI_XLSX = "kaspi_xlsx"
    SHOPIFY_CSV = "shopify_csv"
    TABLE = "table"  # any CSV or XLSX by a saved column mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedLine:
    """A line of a feed that is no order: its 1-based number, the reason, and its text.

    `reason`: order_missing, date_invalid, amount_invalid, currency_other, status_missing,
    id_damaged, line_broken. `text` is the raw line, cells joined by tabs, at most 500 characters.
    """

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A stretch of a feed: `position` is where the next batch begins, to resume an interrupted run.

    For a file `position` counts raw data rows already consumed; `total` is the number of raw rows
    where it is known. `warnings` are raw status texts that were not understood.
    """

    orders: tuple[NormalisedOrder, ...]
    rejected: tuple[RejectedLine, ...]
    position: int
    total: int | None = None
    warnings: tuple[str, ...] = ()


Batches = Iterator[Batch]
