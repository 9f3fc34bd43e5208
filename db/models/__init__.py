"""Tables. Rows never leave `db`: repositories turn them into the dataclasses of the core."""

from db.models.admissions import enrolment_events, offer_invitations, offer_invitees
from db.models.base import metadata
from db.models.broadcasts import broadcast_deliveries, broadcasts
from db.models.buyers import buyer_phones, claims, fiscal_registers, rulings, touches
from db.models.catalogue import brand_records, offer_records, offer_words, saved_offers
from db.models.channels import channel_checks, post_watches, superseded_proofs
from db.models.codes import code_notices, code_requests, pool_codes
from db.models.deadlines import readings, run_results, silence_results, silences
from db.models.desk import brand_requests, search_words
from db.models.market import fund_warnings, market_weeks
from db.models.messages import audit, fsm, outbox
from db.models.money import balances, commissions, entries, payouts, release_sums, transfers
from db.models.notices import notice_settings
from db.models.offers import (
    clicks,
    code_ownerships,
    code_shapes,
    enrolment_terms,
    enrolments,
    links,
    offer_changes,
    offer_stops,
    offer_texts,
    offers,
    promo_codes,
    proofs,
    sku_reservations,
    terms,
)
from db.models.orders import (
    near_misses,
    orders,
    rejected_lines,
    runs,
    sealed_uploads,
    sources,
    upload_pieces,
    uploads,
)
from db.models.people import (
    brand_managers,
    brands,
    channels,
    consents,
    creators,
    invitations,
    people,
    staff,
)
from db.models.referrals import (
    referral_links,
    referral_rewards,
    referrals,
    top_members,
    top_places,
)
from db.models.reminders import file_rhythms
from db.models.results import click_days, handle_results, holds, month_results, results
from db.models.support import ticket_messages, tickets
from db.models.upload_links import upload_links

__all__ = [
    "audit",
    "balances",
    "brand_managers",
    "brand_records",
    "brand_requests",
    "brands",
    "broadcast_deliveries",
    "broadcasts",
    "buyer_phones",
    "channel_checks",
    "channels",
    "claims",
    "click_days",
    "clicks",
    "code_notices",
    "code_ownerships",
    "code_requests",
    "code_shapes",
    "commissions",
    "consents",
    "creators",
    "enrolment_events",
    "enrolment_terms",
    "enrolments",
    "entries",
    "file_rhythms",
    "fiscal_registers",
    "fsm",
    "fund_warnings",
    "handle_results",
    "holds",
    "invitations",
    "links",
    "market_weeks",
    "metadata",
    "month_results",
    "near_misses",
    "notice_settings",
    "offer_changes",
    "offer_invitations",
    "offer_invitees",
    "offer_records",
    "offer_stops",
    "offer_texts",
    "offer_words",
    "offers",
    "orders",
    "outbox",
    "payouts",
    "people",
    "pool_codes",
    "post_watches",
    "promo_codes",
    "proofs",
    "readings",
    "referral_links",
    "referral_rewards",
    "referrals",
    "rejected_lines",
    "release_sums",
    "results",
    "rulings",
    "run_results",
    "runs",
    "saved_offers",
    "sealed_uploads",
    "search_words",
    "silence_results",
    "silences",
    "sku_reservations",
    "sources",
    "staff",
    "superseded_proofs",
    "terms",
    "ticket_messages",
    "tickets",
    "top_members",
    "top_places",
    "touches",
    "transfers",
    "upload_links",
    "upload_pieces",
    "uploads",
]
