"""A buyer's claim: the number of an order or a fiscal receipt that they say is theirs."""

from __future__ import annotations

from enum import StrEnum


class ClaimKind(StrEnum):
    """By what the buyer says it."""

    NUMBER = "number"
    RECEIPT = "receipt"


class ClaimState(StrEnum):
    """waiting for the merchant's data → matched with an order, refused, or expired."""

    WAITING = "waiting"
    MATCHED = "matched"
    REFUSED = "refused"
    EXPIRED = "expired"
