"""Messages to other people: facts written with the change they tell, worded when they are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from core.ids import PersonId
from core.orders import ALMATY
from core.people import Locale


class NoteKind(StrEnum):
    """What a notification tells; the wording is in `bot/screens/notifications.py`."""

    OFFER_SUBMITTED = "offer_submitted"  # staff: offer, title, brand
    OFFER_APPROVED = "offer_approved"  # managers: offer, title
    OFFER_REJECTED = "offer_rejected"  # managers: offer, title, reason
    OFFER_ENDED = "offer_ended"  # creators and managers: offer, title
    OFFER_ENDING = "offer_ending"  # creators: offer, title, at
    BUDGET_SPENT = "budget_spent"  # creators and managers: offer, title, budget_minor, at, reader
    BUDGET_AGAIN = "budget_again"  # creators: offer, title, at
    TERMS_BETTER = "terms_better"  # creators: offer, title, brand, before, after, at
    TERMS_ANNOUNCED = "terms_announced"  # the same, with `now` for what holds at once
    TERMS_IN_FORCE = "terms_in_force"  # creators and managers: the same
    TERMS_KEPT = "terms_kept"  # creators: the announced change is withdrawn
    CHANGE_SUBMITTED = "change_submitted"  # staff: change, offer, title, brand
    CHANGE_APPROVED = "change_approved"  # managers: offer, title
    CHANGE_DECLINED = "change_declined"  # managers: offer, title, reason
    ENROLLED = "enrolled"  # managers: offer, title, creator
    APPLIED = "applied"  # managers: enrolment, title, creator
    APPLICATION_ACCEPTED = "application_accepted"  # creator: enrolment, title, code
    APPLICATION_DECLINED = "application_declined"  # creator: offer, title, reason, again_at
    CREATOR_LEFT = "creator_left"  # managers: enrolment, title, creator
    ENROLMENT_SUSPENDED = "enrolment_suspended"  # creator: enrolment, title, brand, reason
    ENROLMENT_RESTORED = "enrolment_restored"  # creator: enrolment, title, brand, code
    CODE_REQUESTED = "code_requested"  # managers: request, title, creator, code
    CODE_ACCEPTED = "code_accepted"  # creator: enrolment, title, code, old
    CODE_REFUSED = "code_refused"  # creator: enrolment, title, code, reason
    CODE_NOTICE = "code_notice"  # creator: enrolment, title, brand, code, next, reason, due_at
    CODE_NOTICE_CANCELLED = "code_notice_cancelled"  # creator: enrolment, title, code
    CODE_CHANGED = "code_changed"  # creator: enrolment, title, brand, code, next
    POOL_LOW = "pool_low"  # managers: offer, title, count
    GIFTS_LOW = "gifts_low"  # managers: offer, title, count, waiting
    BUYER_REWARD = "buyer_reward"  # buyer: title, brand, code ("" for none), texts
    HANDLES_LENT = "handles_lent"  # creator: enrolment, title, handles, count, dates
    SLOT_OFFERED = "slot_offered"  # creator: enrolment, title, place, turn_days, answer_by
    SLOT_LAPSED = "slot_lapsed"  # creator: enrolment, title, place
    SLOT_BOOKED = "slot_booked"  # creator: enrolment, title, place, handles, dates
    SLOT_OVER = "slot_over"  # creator: enrolment, title, place, handles
    SLOT_TAKEN = "slot_taken"  # managers: brand, title, place, creator, handles, dates
    HANDLES_BACK = "handles_back"  # creator: enrolment, title, handles, count
    CREATOR_SUSPENDED = "creator_suspended"  # creator: reason
    CREATOR_RESTORED = "creator_restored"  # creator
    CHANNEL_WAITING = "channel_waiting"  # staff: check, creator, url
    CHANNEL_VERIFIED = "channel_verified"  # creator: url, followers, tier, offer (0: none)
    CHANNEL_REFUSED = "channel_refused"  # creator: channel (0: removed), url, reason
    CHANNEL_LOST = "channel_lost"  # creator: channel, url
    CHANNEL_TAKEN = "channel_taken"  # creator: url
    POST_MISSING = "post_missing"  # creator: proof, title, until
    POST_GONE = "post_gone"  # creator: proof, title
    POST_GONE_BRAND = "post_gone_brand"  # managers: proof, title, creator
    PROOF_SENT = "proof_sent"  # managers: proof, title, creator
    PROOF_ACCEPTED = "proof_accepted"  # creator: proof, title
    PROOF_CHANGES = "proof_changes"  # creator: proof, title, reason
    PROOF_REJECTED = "proof_rejected"  # creator: proof, title, reason
    ORDERS_NEWS = "orders_news"  # creator: brand, new, approved, lost, amount_minor
    RELEASED = "released"  # creator: count, amount_minor
    RUN_DONE = "run_done"  # who started it: run, counts, brand
    RUN_FAILED = "run_failed"  # who started it: run, reason, detail
    SOURCE_PAUSED = "source_paused"  # managers and staff: source, brand, brand_id, reason, reader
    SOURCE_RESUMED = "source_resumed"  # the same: source, brand
    FUNDS_LOW = "funds_low"  # managers: brand, name; owners also balance_minor
    FUNDS_ENDING = "funds_ending"  # owners: brand, name, balance, days left and by which days
    TOPPED_UP = "topped_up"  # managers: brand, amount_minor, balance_minor
    PAYOUT_REQUESTED = "payout_requested"  # staff: payout, number, creator, amount_minor
    PAYOUT_APPROVED = "payout_approved"  # creator: number, amount_minor
    PAYOUT_PAID = "payout_paid"  # creator: number, amount_minor, bank, iban_tail
    PAYOUT_FAILED = "payout_failed"  # creator: number, amount_minor, reason
    PAYOUT_REFUSED = "payout_refused"  # creator: number, amount_minor, reason
    SUPPORT_ASKED = "support_asked"  # staff: ticket, topic, name, text
    SUPPORT_ANSWERED = "support_answered"  # who asked: ticket, topic, text, file
    SUPPORT_CLOSED = "support_closed"  # who asked: ticket, topic
    FILE_DUE = "file_due"  # managers: brand, name, source, kind, place, last
    FILE_LATE = "file_late"  # managers: brand, name, place, last, due
    SILENCE_WARNED = "silence_warned"  # managers: brand, name, place, since, last_day, sums
    SILENCE_OVER = "silence_over"  # managers: the same, of what was approved
    APPROVED_BY_TERMS = "approved_by_terms"  # creator: brand, place, since, orders, amount_minor
    MONTH_SUMMARY = "month_summary"  # creator: month, sums, past sums, best offer, days
    REFERRAL_EARNED = "referral_earned"  # creator: count, amount_minor
    BRAND_REQUESTED = "brand_requested"  # staff: request, brand, new
    BRAND_APPROVED = "brand_approved"  # who asked and managers: company, brand, new
    BRAND_DECLINED = "brand_declined"  # who asked: company (0: none), brand, new, reason
    BRAND_SUSPENDED = "brand_suspended"  # managers: company, brand, reason
    BRAND_RESTORED = "brand_restored"  # managers: company, brand
    ROLE_CHANGED = "role_changed"  # manager: company, brand, role ("" when it was taken)
    RIGHTS_CHANGED = "rights_changed"  # staff: permissions (none when they were taken)
    BROADCAST_DONE = "broadcast_done"  # its author: broadcast, sent, blocked, failed
    DISPUTE_ASKED = "dispute_asked"  # managers: dispute, name, creator, kind, orders, until
    DISPUTE_DUE = "dispute_due"  # managers: the same, before the day is over
    DISPUTE_NEWS = "dispute_news"  # creator: dispute, name, kind, state, verdicts, until
    DISPUTE_RULED = "dispute_ruled"  # managers: dispute, creator, kind, how, verdicts
    DISPUTE_CALLED = "dispute_called"  # staff: dispute, name, creator, kind, orders, why
    CLAIM_NEWS = "claim_news"  # buyer: claim, outcome, brand, number, amount_minor, paid_at
    BUNDLE = "bundle"  # anybody: daily, parts of core.notices.part


# Told at any hour: money has moved or somebody waits for it. The rest respects quiet hours.
URGENT = frozenset(
    {
        NoteKind.RELEASED,
        NoteKind.TOPPED_UP,
        NoteKind.PAYOUT_PAID,
        NoteKind.PAYOUT_FAILED,
        NoteKind.PAYOUT_REFUSED,
        NoteKind.RUN_DONE,
        NoteKind.SUPPORT_ANSWERED,
        NoteKind.RUN_FAILED,
        NoteKind.BROADCAST_DONE,
    }
)

# Money of the reader has moved: whoever waits for such a note is served before everybody else.
MONEY = frozenset(
    {
        NoteKind.RELEASED,
        NoteKind.REFERRAL_EARNED,
        NoteKind.TOPPED_UP,
        NoteKind.PAYOUT_APPROVED,
        NoteKind.PAYOUT_PAID,
        NoteKind.PAYOUT_FAILED,
        NoteKind.PAYOUT_REFUSED,
    }
)


NIGHT_FROM: Final = 22  # hours in Almaty between which people are not woken without need
NIGHT_UNTIL: Final = 8


def by_day(now: datetime) -> bool:
    """Whether people in Almaty are awake."""
    return NIGHT_UNTIL <= now.astimezone(ALMATY).hour < NIGHT_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message to one person. `key` is unique: the same fact is told once."""

    person: PersonId
    kind: NoteKind
    key: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notification that is due, with what is needed to send it."""

    id: int
    telegram_id: int
    locale: str
    kind: NoteKind
    facts: dict[str, Any]
    attempts: int
    created_at: datetime


def named(title: Callable[[Locale], str]) -> dict[str, Any]:
    """Facts that name an offer: `titles` lets each reader have it in their own language."""
    titles = {str(locale): title(locale) for locale in Locale}
    return {"title": titles[Locale.RU], "titles": titles}
