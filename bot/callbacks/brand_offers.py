"""Buttons of a manager's offers and of the form that makes one."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class BrandOffers(CallbackData, prefix="bof"):
    """A brand's offers, newest first; `brand` 0 takes the only one or asks which."""

    brand: int = 0
    after: int = 0


class OfferAction(StrEnum):
    """What a manager does with an offer; the YES ones follow a confirmation."""

    SHOW = "s"
    PAUSE = "p"
    PAUSE_YES = "py"
    RESUME = "r"
    RESUME_YES = "ry"
    END = "e"
    END_YES = "ey"
    END_LATER = "el"  # after the notice period


class BrandOffer(CallbackData, prefix="boc"):
    """One offer of a brand as its manager sees it; `lang` is the language of the preview."""

    offer: int
    action: OfferAction = OfferAction.SHOW
    lang: str = ""


class How(StrEnum):
    """Why an offer is taken into the form."""

    CORRECT = "f"  # it was rejected
    CHANGE = "c"  # it is published
    COPY = "y"  # a new one like it


class TakeUp(CallbackData, prefix="otu"):
    """Take an offer into the form; `sure` when another draft may be lost for it."""

    offer: int
    how: How
    sure: bool = False


class NewOffer(CallbackData, prefix="nof"):
    """Begin the form, or offer to go on with a kept draft; `brand` 0 asks which brand."""

    brand: int = 0


class FormMove(StrEnum):
    """What is pressed in the form of an offer."""

    RESUME = "r"
    ANEW = "n"
    GO = "g"  # to the step that `value` names
    BACK = "b"
    SKIP = "s"
    CHOOSE = "c"  # `value` answers the step on the screen, or is ticked
    PREVIEW = "v"  # in the language that `value` names
    OVERVIEW = "o"
    SECTION = "f"  # that `value` names
    PUBLISH = "p"
    PUBLISH_YES = "y"
    LEAVE = "l"
    KEEP = "k"
    DELETE = "d"


class OfferForm(CallbackData, prefix="off"):
    """A button of the form; `step` is the step it was shown for, so that an old one is noticed."""

    move: FormMove
    step: str = ""
    value: str = ""
