"""The audit log: a list that is narrowed by buttons, one entry in words, the columns of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

from bot.callbacks.admin_brands import AdminBrand
from bot.callbacks.admin_offers import OfferReview
from bot.callbacks.admin_payouts import PayoutCard
from bot.callbacks.admin_sources import AdminSource
from bot.callbacks.audit import AuditEntryCard, AuditExport, AuditList
from bot.callbacks.desk import DeskMore, PersonLook
from bot.i18n import N_, Bps, Html, Translator
from bot.screens.base import Document, Row, Screen, back, button, grid, home, keyboard, pager
from bot.screens.brand_codes import SOURCES as CODE_SOURCES
from bot.screens.changes import plain_differences
from bot.screens.words import word
from core.audit import AuditEntry, Topic, topics
from core.changes import told
from core.handles import HandleKind
from core.money import Money
from core.offers import CodeSource
from core.people import Actor, BrandRole, LegalStatus, Permission

TOPIC: Final = {
    Topic.MONEY: N_("Money"),
    Topic.TERMS: N_("Offers and terms"),
    Topic.CODES: N_("Codes"),
    Topic.POSTS: N_("Posts"),
    Topic.PEOPLE: N_("Creators"),
    Topic.BRANDS: N_("Brands"),
    Topic.RIGHTS: N_("Roles and rights"),
    Topic.PERSONAL: N_("Personal data"),
    Topic.SOURCES: N_("Sources"),
    Topic.DISPUTES: N_("Disputes"),
    Topic.BROADCASTS: N_("Broadcasts"),
}
ACTION: Final = {
    "brand.top_up": N_("funds topped up"),
    "brand_conditions": N_("fee or credit limit changed"),
    "payout.requested": N_("payout requested"),
    "payout.approved": N_("payout approved"),
    "payout.paid": N_("payout marked as paid"),
    "payout.failed": N_("payout marked as failed"),
    "payout.refused": N_("payout refused"),
    "offer.submit": N_("offer sent for review"),
    "offer.active": N_("offer published"),
    "offer.rejected": N_("offer declined"),
    "offer.paused": N_("offer paused"),
    "offer.ended": N_("offer ended"),
    "offer.load": N_("offer loaded from a file"),
    "offer.budget_spent": N_("budget of an offer spent"),
    "offer.change": N_("change of terms asked for"),
    "offer.change_applied": N_("change of terms applied"),
    "offer.change_withdrawn": N_("change of terms withdrawn"),
    "offer.change_declined": N_("change of terms declined"),
    "offer.invitation": N_("invitation to an offer"),
    "offer.invitation_revoked": N_("invitation to an offer revoked"),
    "enrolment.left": N_("creator left an offer"),
    "enrolment.suspended": N_("creator suspended in an offer"),
    "enrolment.restored": N_("creator restored in an offer"),
    "pool.add": N_("codes added to the pool"),
    "pool.clear": N_("pool of codes cleared"),
    "pool.source": N_("origin of codes changed"),
    "code.changed": N_("promo code changed"),
    "code.notice": N_("change of a promo code announced"),
    "code.notice_cancelled": N_("change of a promo code cancelled"),
    "code.wish_accepted": N_("wished promo code accepted"),
    "code.give": N_("promo code given"),
    "codes.close": N_("promo codes closed"),
    "codes.load": N_("promo codes loaded from a file"),
    "sku.reserve": N_("article reserved"),
    "sku.release": N_("article released"),
    "slots.change": N_("slots set up"),
    "slots.handles": N_("handles of slots changed"),
    "slots.book": N_("slot given"),
    "slots.end": N_("turn of a slot ended"),
    "proof_accepted": N_("post accepted"),
    "proof_changes": N_("correction of a post asked for"),
    "proof_rejected": N_("post not accepted"),
    "post_gone": N_("post was not there any more"),
    "creator_reviewed": N_("creator checked"),
    "creator_suspended": N_("creator suspended"),
    "creator_restored": N_("creator restored"),
    "channel_put": N_("channel added or refreshed"),
    "channel_removed": N_("channel removed"),
    "channel_verified": N_("channel verified"),
    "channel_refused": N_("channel not verified"),
    "channel_taken": N_("channel passed to its holder"),
    "brand_created": N_("brand added"),
    "brand.load": N_("brand loaded from a file"),
    "brand_suspended": N_("brand suspended"),
    "brand_restored": N_("brand restored"),
    "brand_request": N_("brand's data sent for review"),
    "brand_request_declined": N_("brand's data declined"),
    "brand_legal": N_("brand's legal data changed"),
    "register.added": N_("cash registers added"),
    "register.removed": N_("cash register removed"),
    "manager.load": N_("manager loaded from a file"),
    "manager_invited": N_("manager invited"),
    "manager_removed": N_("manager removed"),
    "manager_role": N_("manager's role changed"),
    "manager_left": N_("manager left"),
    "staff_invited": N_("colleague invited"),
    "staff_dismissed": N_("colleague dismissed"),
    "staff_permissions": N_("colleague's rights changed"),
    "invitation_accepted": N_("invitation accepted"),
    "consent_given": N_("consent given"),
    "consent_withdrawn": N_("consent withdrawn"),
    "gifts.add": N_("gift codes uploaded"),
    "gifts.clear": N_("gift codes deleted"),
    "gifts.choose": N_("reward of buyers chosen"),
    "phone_shared": N_("phone shared"),
    "buyer_erased": N_("phone and visits of a buyer erased"),
    "person_forgotten": N_("person forgotten at their own request"),
    "profile_saved": N_("profile changed"),
    "legal_status_set": N_("legal status set"),
    "iin_set": N_("IIN entered"),
    "iban_set": N_("IBAN entered"),
    "payout.iban_shown": N_("IBAN of a payout looked at"),
    "person_shown": N_("person's card looked at"),
    "person_searched": N_("search by IIN or IBAN"),
    "audit_exported": N_("audit log taken as a file"),
    "source.connected": N_("source connected"),
    "source.active": N_("source resumed"),
    "source.paused": N_("source was paused"),
    "dispute.opened": N_("dispute opened"),
    "dispute.sent": N_("dispute sent"),
    "dispute.withdrawn": N_("dispute withdrawn"),
    "dispute.answered": N_("dispute answered by the brand"),
    "dispute.silence": N_("brand was silent in a dispute"),
    "dispute.appealed": N_("creator objected in a dispute"),
    "dispute.ruled": N_("dispute decided by staff"),
    "order.corrected": N_("order corrected"),
    "broadcast.schedule": N_("broadcast scheduled"),
    "broadcast.begin": N_("broadcast begun"),
    "broadcast.pause": N_("broadcast paused"),
    "broadcast.resume": N_("broadcast resumed"),
    "broadcast.cancel": N_("broadcast cancelled"),
    "broadcast.drop": N_("draft of a broadcast deleted"),
    "broadcast.call_back": N_("broadcast called back"),
    "orders.approved_by_terms": N_("orders confirmed by the terms"),
    "near_miss.order": N_("order credited after a review"),
    "near_miss.alias": N_("spelling taken for a code"),
    "near_miss.no": N_("order left without a creator after a review"),
    "offer.ending": N_("last day of an offer announced"),
    "top_consent_given": N_("agreed to be in the top list"),
    "top_consent_withdrawn": N_("left the top list"),
}
OBJECT: Final = {
    "person": N_("person"),
    "creator": N_("creator"),
    "brand": N_("brand"),
    "offer": N_("offer"),
    "enrolment": N_("enrolment"),
    "proof": N_("post"),
    "payout": N_("payout"),
    "source": N_("source"),
    "sku": N_("article"),
    "broadcast": N_("broadcast"),
    "dispute": N_("dispute"),
    "order": N_("order"),
}
FACT: Final = {
    "amount_minor": N_("Sum"),
    "before": N_("Before"),
    "after": N_("After"),
    "bin": N_("BIN"),
    "brand": N_("Brand"),
    "by": N_("By"),
    "fee_bps": N_("Fee"),
    "from": N_("Invited by"),
    "key": N_("Reference"),
    "legal_name": N_("Legal name"),
    "licence": N_("Licence"),
    "limit_minor": N_("Credit limit"),
    "name": N_("Name"),
    "note": N_("Reason"),
    "permissions": N_("Rights"),
    "person": N_("Person"),
    "reason": N_("Reason"),
    "request": N_("Request"),
    "role": N_("Role"),
    "tail": N_("Last characters"),
    "terms": N_("Version of the terms"),
    "topic": N_("Topic"),
    "fields": N_("Fields"),
    "number": N_("Number"),
    "code": N_("Promo code"),
    "offer": N_("Offer"),
    "sent": N_("Sent"),
    "people": N_("People"),
    "version": N_("Version"),
    "locale": N_("Language"),
    "url": N_("Address"),
    "followers": N_("Followers"),
    "at": N_("Moment"),
    "due_at": N_("In force from"),
    "effective_at": N_("In force from"),
    "bank": N_("Bank"),
    "place": N_("Shop or marketplace"),
    "days": N_("Days"),
    "since": N_("Since"),
    "orders": N_("Orders"),
    "old": N_("Old code"),
    "new": N_("New code"),
    "codes": N_("Codes"),
    "skus": N_("Articles"),
    "sku": N_("Article"),
    "kind": N_("Kind"),
    "slots": N_("Slots"),
    "turn_days": N_("Days of a turn"),
    "rest_days": N_("Days of rest"),
    "answer_hours": N_("Hours to answer"),
    "registers": N_("Cash registers"),
    "closed": N_("Closed"),
    "source": N_("Origin of codes"),
    "places": N_("Places"),
    "invitation": N_("Invitation"),
    "link": N_("Link"),
    "check": N_("Check"),
    "object": N_("Object"),
    "spent_minor": N_("Spent"),
    "review": N_("New texts"),
    "visits": N_("Visits"),
    "phone": N_("Phone"),
    "claims": N_("Purchases told of"),
    "reward": N_("Reward of buyers"),
}
CHANGE: Final = frozenset({"before", "now", "later", "better", "worse"})  # of an offer's terms
MOMENTS: Final = frozenset({"at", "due_at", "effective_at"})
# Kinds of objects in callback data.
ON: Final = {
    "p": "person",
    "b": "brand",
    "o": "offer",
    "e": "enrolment",
    "f": "proof",
    "y": "payout",
    "s": "source",
}
SHORT: Final = {kind: short for short, kind in ON.items()} | {"creator": "p"}
PERIODS: Final = ((1, N_("Day")), (7, N_("Week")), (30, N_("Month")), (0, N_("All time")))
FACT_MAX: Final = 200  # characters of one fact on a screen
VALUES: Final = {
    str(value): value for kind in (BrandRole, HandleKind, LegalStatus, Permission) for value in kind
}


def action(t: Translator, name: str) -> str:
    """What was done, without HTML; an action without a word is shown by its code."""
    return t.plain(ACTION[name]) if name in ACTION else name


def line(t: Translator, entry: AuditEntry) -> Html:
    """An entry in one line."""
    return t(
        "· {at} · {who}: {what} ({object} {number})",
        at=entry.at,
        who=_who(t, entry),
        what=action(t, entry.action),
        object=_object(t, entry.object),
        number=str(entry.object_id),
    )


def _who(t: Translator, entry: AuditEntry) -> str:
    return t.plain("the program") if entry.actor is None else entry.actor_name


def _object(t: Translator, kind: str) -> str:
    return t.plain(OBJECT[kind]) if kind in OBJECT else kind


def listing(
    t: Translator,
    actor: Actor,
    entries: Sequence[AuditEntry],
    asked: AuditList,
    *,
    following: int | None,
    by_name: str,
) -> Screen:
    """A page of entries, numbered buttons to each, and what narrows the search."""
    lines: list[str] = [t("<b>Audit log</b>")]
    if asked.by:
        lines.append(t("Done by: {name}", name=by_name))
    if asked.on:
        lines.append(
            t(
                "About: {object} {number}",
                object=_object(t, ON.get(asked.on, asked.on)),
                number=str(asked.of),
            )
        )
    lines += [
        Html(f"{number}. {line(t, entry)[2:]}") for number, entry in enumerate(entries, 1)
    ] or [t("Nothing was written for this search.")]
    narrowed = asked.model_copy(update={"after": 0})
    chosen = [
        button(
            ("• " if str(topic) == asked.topic else "") + t.plain(TOPIC[topic]),
            narrowed.model_copy(update={"topic": "" if str(topic) == asked.topic else str(topic)}),
        )
        for topic in Topic
        if topic in topics(actor)
    ]
    periods = [
        button(
            ("• " if days == asked.days else "") + t.plain(name),
            narrowed.model_copy(update={"days": days}),
        )
        for days, name in PERIODS
    ]
    file = asked.model_dump(exclude={"after"})
    return Screen(
        "\n".join(lines),
        keyboard(
            [
                button(str(number), AuditEntryCard(entry=entry.id))
                for number, entry in enumerate(entries, 1)
            ],
            pager(
                t,
                narrowed if asked.after else None,
                asked.model_copy(update={"after": following}) if following else None,
            ),
            periods,
            *grid(chosen),
            button(t.plain("Everybody and everything"), AuditList())
            if asked.by or asked.on
            else None,
            [
                button("⬇️ XLSX", AuditExport(**file)),
                button("⬇️ CSV", AuditExport(**file, csv=True)),
            ]
            if entries
            else None,
            [back(t, DeskMore()), home(t)],
        ),
    )


def entry(t: Translator, actor: Actor, shown: AuditEntry) -> Screen:
    """One entry with what was before and after, and the ways to whom and what it is about."""
    lines: list[str] = [
        t("<b>{what}</b>", what=_first_up(action(t, shown.action))),
        t("When: {at}", at=shown.at),
        t("Who: {who}", who=_who(t, shown)),
        t(
            "About: {object} {number}",
            object=_object(t, shown.object),
            number=str(shown.object_id),
        ),
    ]
    facts = [f"{escape(name)}: {escape(value)}" for name, value in worded(t, shown.facts)]
    if facts:
        lines += ["", *facts]
    rows: list[Row] = [_way(t, actor, shown)]
    if shown.actor is not None:
        rows.append(button(f"🧾 {shown.actor_name}", AuditList(by=shown.actor)))
    if short := SHORT.get(shown.object):
        rows.append(
            button(
                "🧾 " + t.plain("All about this object"),
                AuditList(on=short, of=shown.object_id),
            )
        )
    return Screen("\n".join(lines), keyboard(*rows, [back(t, AuditList()), home(t)]))


def _way(t: Translator, actor: Actor, shown: AuditEntry) -> Row:
    number = shown.object_id
    moderation, finance = actor.may(Permission.MODERATION), actor.may(Permission.FINANCE)
    match shown.object:
        case "person" | "creator" if number and (moderation or finance):
            return button("👤 " + t.plain("Open"), PersonLook(person=number))
        case "brand":
            return button("🏢 " + t.plain("Open"), AdminBrand(brand=number))
        case "offer" if moderation:
            return button("🏷 " + t.plain("Open"), OfferReview(offer=number))
        case "payout" if finance:
            return button("💸 " + t.plain("Open"), PayoutCard(payout=number))
        case "source" if moderation:
            return button("🔌 " + t.plain("Open"), AdminSource(source=number))
    return None


def worded(t: Translator, facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """The facts of an entry as names and values, without HTML; what is nested is laid out."""
    found: list[tuple[str, str]] = []
    if isinstance(facts.get("before"), Mapping) and "rule" in facts["before"]:
        before, middle, later = told(facts)
        for when, old, new in ((N_("At once"), before, middle), (N_("Later"), middle, later)):
            found += [
                (f"{t.plain(when)} · {name}", said) for name, said in plain_differences(t, old, new)
            ]
        facts = {key: value for key, value in facts.items() if key not in CHANGE}
    for key, value in facts.items():
        name = prefix + (t.plain(FACT[key]) if key in FACT else key)
        if isinstance(value, Mapping):
            found += worded(t, value, f"{name} · ")
        elif value not in (None, "", []):
            found.append((name, _value(t, key, value)[:FACT_MAX]))
    return found


def _value(t: Translator, key: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(t, key, one) for one in value)
    if isinstance(value, bool):
        return t.plain("yes") if value else t.plain("no")
    if isinstance(value, int) and key.endswith("_minor"):
        return t.value(Money(value))
    if isinstance(value, int) and key.endswith("_bps"):
        return t.value(Bps(value))
    if isinstance(value, str) and key == "source" and value in CODE_SOURCES:
        return t.plain(CODE_SOURCES[CodeSource(value)])
    if isinstance(value, str) and key in MOMENTS:
        return t.value(datetime.fromisoformat(value))
    if isinstance(value, str) and key == "topic" and value in list(Topic):
        return t.plain(TOPIC[Topic(value)])
    if isinstance(value, str) and value in VALUES:
        return word(t, VALUES[value])
    return str(value)


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def exported(t: Translator, name: str, data: bytes) -> Screen:
    """What was found as a file to keep."""
    return Screen(t("Audit log"), keyboard(home(t)), document=Document(name, data))


def columns(t: Translator) -> list[str]:
    """The header of a file of entries."""
    return [
        t.plain("No."),
        t.plain("When"),
        t.plain("Who"),
        t.plain("What"),
        t.plain("Object"),
        t.plain("Number of the object"),
        t.plain("Details"),
    ]


def cells(t: Translator, shown: AuditEntry) -> list[str]:
    """An entry as the row of a file."""
    details = "; ".join(f"{name}: {value}" for name, value in worded(t, shown.facts))
    return [
        str(shown.id),
        t.value(shown.at),
        _who(t, shown),
        action(t, shown.action),
        _object(t, shown.object),
        str(shown.object_id),
        details,
    ]
