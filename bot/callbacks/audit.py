"""Buttons of the audit log."""

from aiogram.filters.callback_data import CallbackData


class AuditList(CallbackData, prefix="aud"):
    """Entries, newest first, below the id `after`; zeros and empty strings do not narrow.

    `on` is the object's kind, shortened as the screens know it; `days` is the period.
    """

    topic: str = ""
    days: int = 0
    by: int = 0
    on: str = ""
    of: int = 0
    after: int = 0


class AuditEntryCard(CallbackData, prefix="aue"):
    """One entry."""

    entry: int


class AuditExport(CallbackData, prefix="aux"):
    """Everything that a search finds, as a file."""

    topic: str = ""
    days: int = 0
    by: int = 0
    on: str = ""
    of: int = 0
    csv: bool = False
