"""Buttons of brands' requests: sign-up, change of legal data, and the staff's review of both."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class BrandRequests(CallbackData, prefix="brq"):
    """The next request that waits, oldest first; `after` skips up to an id."""

    after: int = 0


class RequestVerdict(StrEnum):
    """What a moderator does with the request on the screen."""

    SHOW = "s"
    APPROVE = "a"
    APPROVE_YES = "ay"
    DECLINE = "d"


class RequestReview(CallbackData, prefix="brr"):
    """A verdict on a request."""

    request: int
    verdict: RequestVerdict = RequestVerdict.SHOW


class SignUpAction(StrEnum):
    """What is pressed while somebody signs a brand up."""

    BEGIN = "b"
    BACK = "k"
    NO_LICENCE = "n"
    SEND = "y"


class SignUp(CallbackData, prefix="bsu"):
    """A button of the sign-up of a brand."""

    action: SignUpAction = SignUpAction.BEGIN


class Company(CallbackData, prefix="cmp"):
    """The profile of a brand for its managers; 0 asks which."""

    brand: int = 0


class LegalField(StrEnum):
    """What can be changed of a brand's legal data."""

    NAME = "n"
    LEGAL_NAME = "l"
    BIN = "b"
    LICENCE = "c"


class ChangeLegal(CallbackData, prefix="cml"):
    """Change one of the legal data; SEND is `sure`, without a licence is `empty`."""

    brand: int
    field: LegalField
    empty: bool = False
    sure: bool = False
