"""Buttons of the staff's view of sources and runs."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class AdminSources(CallbackData, prefix="asl"):
    """Every source with its state; the page starts after the source `after`.

    `troubled` leaves only those that are paused or fail.
    """

    after: int = 0
    troubled: bool = False


class SourceAction(StrEnum):
    """What is done with a source; the YES ones follow a confirmation."""

    SHOW = "s"
    PAUSE = "p"
    PAUSE_YES = "py"
    RESUME = "r"


class AdminSource(CallbackData, prefix="asc"):
    """One source, for the staff and for the brand's managers."""

    source: int
    action: SourceAction = SourceAction.SHOW


class ConnectKaspi(CallbackData, prefix="asn"):
    """Connect a brand's Kaspi shop; `brand` 0 asks which, the page starts after `after`."""

    brand: int = 0
    after: int = 0
