"""The audit log as it is searched: topics, who may read which, and one entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from core.ids import PersonId
from core.people import Actor, Permission


class Topic(StrEnum):
    """What an action is about."""

    MONEY = "money"
    TERMS = "terms"
    CODES = "codes"
    POSTS = "posts"
    PEOPLE = "people"
    BRANDS = "brands"
    RIGHTS = "rights"
    PERSONAL = "personal"
    SOURCES = "sources"
    DISPUTES = "disputes"
    BROADCASTS = "broadcasts"


# Every action that is written anywhere; a test finds those that are missing here.
ACTIONS: Final[dict[Topic, tuple[str, ...]]] = {
    Topic.MONEY: (
        "brand.top_up",
        "brand_conditions",
        "payout.requested",
        "payout.approved",
        "payout.paid",
        "payout.failed",
        "payout.refused",
    ),
    Topic.TERMS: (
        "offer.submit",
        "offer.active",
        "offer.rejected",
        "offer.paused",
        "offer.ending",
        "offer.ended",
        "offer.load",
        "offer.budget_spent",
        "offer.invitation",
        "offer.invitation_revoked",
        "offer.change",
        "offer.change_applied",
        "offer.change_withdrawn",
        "offer.change_declined",
    ),
    Topic.CODES: (
        "code.changed",
        "code.notice",
        "code.notice_cancelled",
        "code.wish_accepted",
        "pool.add",
        "pool.clear",
        "pool.source",
        "gifts.add",
        "gifts.clear",
        "gifts.choose",
        "enrolment.left",
        "enrolment.suspended",
        "enrolment.restored",
        "code.give",
        "codes.close",
        "codes.load",
        "sku.reserve",
        "sku.release",
        "slots.book",
        "slots.change",
        "slots.end",
        "slots.handles",
    ),
    Topic.POSTS: ("proof_accepted", "proof_changes", "proof_rejected", "post_gone"),
    Topic.PEOPLE: (
        "creator_reviewed",
        "creator_suspended",
        "creator_restored",
        "channel_put",
        "channel_removed",
        "channel_verified",
        "channel_refused",
        "channel_taken",
    ),
    Topic.BRANDS: (
        "brand_created",
        "brand.load",
        "brand_suspended",
        "brand_restored",
        "brand_request",
        "brand_request_approved",
        "brand_request_declined",
        "brand_legal",
        "register.added",
        "register.removed",
    ),
    Topic.RIGHTS: (
        "manager.load",
        "manager_invited",
        "manager_removed",
        "manager_role",
        "manager_left",
        "staff_invited",
        "staff_dismissed",
        "staff_permissions",
        "invitation_accepted",
    ),
    Topic.PERSONAL: (
        "consent_given",
        "consent_withdrawn",
        "phone_shared",
        "buyer_erased",
        "person_forgotten",
        "profile_saved",
        "legal_status_set",
        "iin_set",
        "iban_set",
        "payout.iban_shown",
        "person_shown",
        "person_searched",
        "audit_exported",
    ),
    Topic.SOURCES: (
        "source.connected",
        "source.active",
        "source.paused",
        "orders.approved_by_terms",
        "near_miss.order",
        "near_miss.alias",
        "near_miss.no",
    ),
    Topic.DISPUTES: (
        "dispute.opened",
        "dispute.sent",
        "dispute.withdrawn",
        "dispute.answered",
        "dispute.silence",
        "dispute.appealed",
        "dispute.ruled",
        "order.corrected",
    ),
    Topic.BROADCASTS: (
        "broadcast.schedule",
        "broadcast.begin",
        "broadcast.pause",
        "broadcast.resume",
        "broadcast.cancel",
        "broadcast.drop",
    ),
}
READERS: Final[dict[Permission, frozenset[Topic]]] = {
    Permission.MODERATION: frozenset(
        {
            Topic.TERMS,
            Topic.CODES,
            Topic.POSTS,
            Topic.PEOPLE,
            Topic.BRANDS,
            Topic.SOURCES,
            Topic.DISPUTES,
        }
    ),
    Permission.FINANCE: frozenset({Topic.MONEY, Topic.BRANDS, Topic.CODES, Topic.DISPUTES}),
    Permission.BROADCAST: frozenset({Topic.BROADCASTS}),
    Permission.OWNER: frozenset(Topic),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What is looked for; what is empty or None does not narrow the search.

    A person is an object as "person" and as "creator": both are found under "person".
    """

    topic: Topic | None = None
    by: PersonId | None = None
    object: str = ""
    object_id: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to what; `actor` is None for what the program does by itself."""

    id: int
    at: datetime
    actor: PersonId | None
    actor_name: str
    action: str
    object: str
    object_id: int
    facts: dict[str, Any]


def topics(actor: Actor) -> frozenset[Topic]:
    """What the actor may read of the log."""
    return frozenset().union(*(READERS[permission] for permission in actor.permissions))


def actions(actor: Actor, topic: Topic | None) -> tuple[str, ...] | None:
    """The actions that the actor may see of a topic or of all; None means whatever there is."""
    allowed = topics(actor)
    if topic is None and allowed == frozenset(Topic):
        return None
    wanted = allowed if topic is None else allowed & {topic}
    return tuple(action for one in Topic if one in wanted for action in ACTIONS[one])
