"""Buttons of a manager's review of proofs."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.proofs import RejectReason


class ProofQueue(CallbackData, prefix="bpq"):
    """The next proof that waits, oldest first; `brand` 0 asks which, `after` skips up to an id."""

    brand: int = 0
    after: int = 0


class Verdict(StrEnum):
    """What a manager does with the proof on the screen."""

    SHOW = "s"
    ACCEPT = "a"
    CHANGES = "c"
    REJECT = "r"


class ProofReview(CallbackData, prefix="bpr"):
    """A verdict on a proof; CHANGES and REJECT without a reason ask for one."""

    proof: int
    verdict: Verdict
    reason: RejectReason | None = None
