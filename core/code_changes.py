"""How a code changes hands: a creator asks for another, or the brand announces an end in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.errors import BadInput
from core.ids import BrandId, CodeNoticeId, CodeRequestId, EnrolmentId, PersonId

NOTICE: Final = timedelta(days=14)  # the shortest time from the announcement to the change
NOTICE_MAX: Final = timedelta(days=180)


class RequestState(StrEnum):
    """The life of a creator's request."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the creator, or because the enrolment is over


class RefusalReason(StrEnum):
    """Why a brand refuses a wish."""

    UNSUITABLE = "unsuitable"
    CONFUSING = "confusing"
    NOT_IN_SHOP = "not_in_shop"
    OTHER_RULES = "other_rules"


class NoticeState(StrEnum):
    """The life of an announced change."""

    PENDING = "pending"
    DONE = "done"
    CANCELLED = "cancelled"


class NoticeReason(StrEnum):
    """Why a brand changes or withdraws a code."""

    LEAKED = "leaked"
    SHOP_RULES = "shop_rules"
    NEW_FORMAT = "new_format"
    PROMOTION_OVER = "promotion_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequest:
    """A wish for a code; `name` is what the creator is called, `old` the code that it replaces."""

    id: CodeRequestId
    enrolment: EnrolmentId
    brand: BrandId
    normal: str
    state: RequestState
    reason: str
    asked_at: datetime
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeNotice:
    """An announced end of a code (`old`), with what comes after it (`new`, empty for nothing).

    `announced_at` and `due_at` are UTC; orders before `due_at` belong to `old`'s holder.
    """

    id: CodeNoticeId
    enrolment: EnrolmentId
    brand: BrandId
    old: str
    new: str
    reason: NoticeReason
    state: NoticeState
    announced_at: datetime
    due_at: datetime
    announced_by: PersonId


def demand_notice(due_at: datetime, *, now: datetime) -> datetime:
    """The moment itself, or BadInput("notice") when it is too near or too far."""
    if not now + NOTICE <= due_at <= now + NOTICE_MAX:
        raise BadInput("notice")
    return due_at
