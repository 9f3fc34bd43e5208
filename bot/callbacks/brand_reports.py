"""Buttons of a brand's report."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from core.periods import Period


class ReportBy(StrEnum):
    """What is looked at: everything together, or one of core.reports.Breakdown."""

    ALL = "a"
    DAY = "d"
    OFFER = "o"
    CREATOR = "c"
    CODE = "k"
    PLACEMENT = "p"


class BrandReport(CallbackData, prefix="rpt"):
    """A report of a brand (0 asks which).

    Own dates are ordinals of days, `until` being the day after the last; 0 where the period counts.
    """

    brand: int = 0
    by: ReportBy = ReportBy.ALL
    period: Period = Period.DAYS
    since: int = Field(default=0, ge=0)
    until: int = Field(default=0, ge=0)
    page: int = Field(default=0, ge=0)


class ReportDates(CallbackData, prefix="rpd"):
    """Ask for own dates; another period may be chosen instead."""

    brand: int
    by: ReportBy = ReportBy.ALL


class ReportFile(CallbackData, prefix="rpf"):
    """The report as a workbook."""

    brand: int
    period: Period = Period.DAYS
    since: int = Field(default=0, ge=0)
    until: int = Field(default=0, ge=0)
