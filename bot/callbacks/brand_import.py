"""Buttons of the import of order files, and of its runs."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class Import(CallbackData, prefix="imp"):
    """Ask for a file of orders; `brand` 0 takes the only one or asks which."""

    brand: int = 0


class LargeFile(CallbackData, prefix="lrg"):
    """Ask for a link to the page that takes a file of the brand too large for Telegram.

    `anew` gives up an upload that is under way by the last link.
    """

    brand: int
    anew: bool = False


class ImportAction(StrEnum):
    """What is pressed while a file is looked at; `field` and `index` say which."""

    PREVIEW = "v"
    FIELDS = "f"
    FIELD = "c"  # the columns that `field` may be, the page from column `index` on
    COLUMN = "o"  # `field` is column `index`
    NO_COLUMN = "n"  # the file has no column for `field`
    WORDS = "w"
    WORD = "u"  # what status text `index` means
    MEANING = "m"  # status text `field` means status `index`
    PLACES = "p"
    PLACE = "q"
    STATUS = "s"  # the orders of a file without statuses have status `index`
    ANEW = "a"  # the file is not the changed one for which it was taken
    START = "y"


class ImportForm(CallbackData, prefix="imf"):
    """A button of the preview of the file `upload`: one of another file is out of date."""

    upload: int
    action: ImportAction
    field: int = 0
    index: int = 0


class RunCard(CallbackData, prefix="run"):
    """One reading of a file or a source, with its counts and rejected lines."""

    run: int


class Format(StrEnum):
    """How rejected lines are handed over."""

    CSV = "csv"
    XLSX = "xlsx"


class RejectedFile(CallbackData, prefix="rej"):
    """The rejected lines of a run as a file."""

    run: int
    format: Format


class RejectedLines(CallbackData, prefix="rjl"):
    """The rejected lines of a run to look at, the page behind the line `after`."""

    run: int
    after: int = 0


class RunList(CallbackData, prefix="rul"):
    """Runs, newest first: of a brand, of a source, or (both 0) of everybody for the staff."""

    brand: int = 0
    source: int = 0
    after: int = 0
