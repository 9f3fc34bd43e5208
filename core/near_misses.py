"""The review of evidence that almost fits: what a person can answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Answer(StrEnum):
    """To whom the order of a near miss belongs."""

    ORDER = "order"  # to the creator, this one
    ALIAS = "alias"  # to the creator, and the spelling counts as the code from this order on
    NO = "no"  # to nobody


REVIEWED: Final = "reviewed"  # reason of the ruling that credits an order
NOT_SPELLINGS: Final = ("own_purchase", "not_owner_then")  # reasons to which no alias is an answer
