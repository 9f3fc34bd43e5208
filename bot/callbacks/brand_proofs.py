"""Buttons of a manager's review of proofs."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


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


class Why(StrEnum):
    """The reasons of `RejectReason` by name, in a letter each: callback data are short."""

    NO_LABEL = "l"
    NOT_ABOUT_OFFER = "o"
    CODE_MISSING = "c"
    FORBIDDEN_PROMOTION = "f"
    NOT_VISIBLE = "v"
    LOW_QUALITY = "q"


class ProofReview(CallbackData, prefix="bpr"):
    """A verdict on a proof; CHANGES and REJECT without a reason ask for one.

    `sent` is when the content on the screen was sent (seconds since 1970): another one that came
    since must not be decided on unseen.
    """

    proof: int
    verdict: Verdict
    sent: int = 0
    why: Why | None = None
