"""Buttons of a creator's codes."""

from aiogram.filters.callback_data import CallbackData


class Enrolments(CallbackData, prefix="enl"):
    """The creator's codes, newest first; the page starts below the enrolment `after`."""

    after: int = 0


class EnrolmentCard(CallbackData, prefix="enc"):
    """One code with its link, terms and what it has brought."""

    enrolment: int


class QrPicture(CallbackData, prefix="enq"):
    """The picture with the code and its QR, as a message to keep."""

    enrolment: int
