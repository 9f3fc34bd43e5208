"""Buttons of a creator's proofs."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class ProofList(CallbackData, prefix="prl"):
    """The creator's proofs, newest first; `after` is the id that the page starts below."""

    after: int = 0


class ProofNew(CallbackData, prefix="prn"):
    """Begin a proof for an enrolment; 0 asks which one."""

    enrolment: int = 0
    after: int = 0


class ProofCard(CallbackData, prefix="prc"):
    """One proof with its state and reason."""

    proof: int


class ProofLook(CallbackData, prefix="prk"):
    """Look at once whether the post is still there."""

    proof: int


class FormAction(StrEnum):
    """What is pressed while a proof is being put together."""

    SEND = "s"
    BACK = "b"
    LINK = "l"
    SCREENSHOT = "p"
    CAPTION = "c"
    LATER = "w"


class ProofForm(CallbackData, prefix="prf"):
    """A button of the half-made proof."""

    action: FormAction


class ProofAgain(CallbackData, prefix="pra"):
    """Correct a proof that was sent back for changes."""

    proof: int
