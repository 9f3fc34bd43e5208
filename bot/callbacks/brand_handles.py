"""Buttons of articles, ids and tags that a brand lends a creator."""

from __future__ import annotations

from aiogram.filters.callback_data import CallbackData

from core.handles import HandleKind


class HandleList(CallbackData, prefix="bhl"):
    """What a creator of the brand's offer has."""

    enrolment: int


class LendHandles(CallbackData, prefix="bhn"):
    """Ask which handles of a kind to lend the creator."""

    enrolment: int
    kind: HandleKind


class LendForm(CallbackData, prefix="bhf"):
    """Lend what is free of the list that is looked at: a button of another one is out of date."""

    enrolment: int


class TakeBack(CallbackData, prefix="bhx"):
    """Take a handle back, 0 for all of them, `sure` after a confirmation."""

    enrolment: int
    handle: int
    sure: bool = False


class OwnHandles(CallbackData, prefix="ohl"):
    """A creator's own articles, ids and tags in an offer."""

    enrolment: int
