"""Buttons of the staff's list of brands, and of the staff itself."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class AdminBrands(CallbackData, prefix="abl"):
    """Brands, oldest first; the page starts after the brand `after`."""

    after: int = 0


class BrandAction(StrEnum):
    """What staff do with a brand; the YES ones follow a confirmation."""

    SHOW = "s"
    FEE = "f"
    CREDIT = "c"
    SUSPEND = "x"
    SUSPEND_YES = "xy"
    RESTORE = "r"
    RESTORE_YES = "ry"


class AdminBrand(CallbackData, prefix="abr"):
    """One brand as the staff see it."""

    brand: int
    action: BrandAction = BrandAction.SHOW


class NewBrandAction(StrEnum):
    """What is pressed while a brand is being made."""

    BEGIN = "b"
    BACK = "k"
    CREATE = "y"


class NewBrand(CallbackData, prefix="abn"):
    """A button of the form that makes a brand."""

    action: NewBrandAction = NewBrandAction.BEGIN


class Staff(CallbackData, prefix="stf"):
    """The operator's staff."""


class StaffInvitation(CallbackData, prefix="sti"):
    """Permissions of a colleague to be; `mask` has a bit for each, `make` makes the link."""

    mask: int = 0
    make: bool = False


class StaffRights(CallbackData, prefix="str"):
    """A colleague's permissions: `mask` (-1: as they are) is on the screen, `save` keeps it."""

    person: int
    mask: int = -1
    save: bool = False


class StaffDismissal(CallbackData, prefix="std"):
    """Take every permission from a colleague, `sure` after a confirmation."""

    person: int
    sure: bool = False
