"""Tables of sources, runs and the orders that they bring."""

import sqlalchemy as sa

from core.commissions import CommissionState
from core.evidence import EvidenceKind, Grade
from core.orders import OrderStatus, Place
from core.runs import RunState, SourceState
from core.sources.base import SourceKind
from db.models.base import metadata
from db.types import Id, Json, UtcDateTime, one_of

uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

# An order file: it names buyers, so its pieces are encrypted under a key of its own. Its row in
# `uploads` has no data.
sealed_uploads = sa.Table(
    "sealed_uploads",
    metadata,
    sa.Column("upload_id", Id, sa.ForeignKey("uploads.id"), primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("person_id", Id, sa.ForeignKey("people.id")),
    sa.Column("key", sa.LargeBinary, nullable=False),  # encrypted; empty when the file is let go
    sa.Column("sha256", sa.String(64), nullable=False, default=""),  # "" until the file is whole
    sa.Column("size", sa.BigInteger, nullable=False, default=0),
    sa.Column("pieces", sa.Integer, nullable=False, default=0),
    sa.Column("touched_at", UtcDateTime, nullable=False),
    sa.Column("dropped", sa.Boolean, nullable=False, default=False),
    sa.Index("ix_sealed_uploads_dropped_touched_at", "dropped", "touched_at"),
    sa.Index("ix_sealed_uploads_person_id", "person_id"),
)

upload_pieces = sa.Table(
    "upload_pieces",
    metadata,
    sa.Column("upload_id", Id, sa.ForeignKey("sealed_uploads.upload_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("place", sa.String(20), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False, default=""),  # of a table's header
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("settings", Json, nullable=False, default=dict),
    sa.Column("secret_cipher", sa.LargeBinary),
    sa.Column("mapping", sa.Text),  # JSON of core.sources.mapping.Mapping
    sa.Column("cursor", Json),
    sa.Column("next_sync_at", UtcDateTime, index=True),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("last_error", sa.Text, nullable=False, default=""),
    sa.Column("created_at", UtcDateTime, nullable=False),
    one_of("kind", SourceKind),
    one_of("place", Place),
    one_of("state", SourceState),
    sa.UniqueConstraint("brand_id", "kind", "place", "fingerprint"),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("source_id", Id, sa.ForeignKey("sources.id"), nullable=False, index=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("position", sa.Integer, nullable=False, default=0),
    sa.Column("total", sa.Integer),
    sa.Column("rows", sa.Integer, nullable=False, default=0),
    sa.Column("new", sa.Integer, nullable=False, default=0),
    sa.Column("changed", sa.Integer, nullable=False, default=0),
    sa.Column("unchanged", sa.Integer, nullable=False, default=0),
    sa.Column("outdated", sa.Integer, nullable=False, default=0),
    sa.Column("rejected", sa.Integer, nullable=False, default=0),
    sa.Column("matched", sa.Integer, nullable=False, default=0),
    sa.Column("unmatched", sa.Integer, nullable=False, default=0),
    sa.Column("near_misses", sa.Integer, nullable=False, default=0),
    sa.Column("upload_id", Id, sa.ForeignKey("uploads.id")),
    sa.Column("file_name", sa.Text, nullable=False, default=""),
    sa.Column("file_sha256", sa.String(64), nullable=False, default=""),
    sa.Column("started_by", Id, sa.ForeignKey("people.id")),
    sa.Column("started_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("lease_until", UtcDateTime),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("path", sa.Text, nullable=False, server_default=""),
    sa.Column("lines", sa.Integer, nullable=False, server_default="0"),  # kept of the rejected
    sa.Column("lines_key", sa.LargeBinary),  # encrypted; gone with the lines
    sa.Column("watched_chat", sa.BigInteger),
    sa.Column("watched_message", sa.BigInteger),
    one_of("state", RunState),
    sa.Index("ix_runs_brand_id_id", "brand_id", "id"),
    sa.Index("ix_runs_state_lease_until", "state", "lease_until"),
    sa.Index(
        "ix_runs_watched_message",
        "watched_message",
        sqlite_where=sa.text("watched_message IS NOT NULL"),
        postgresql_where=sa.text("watched_message IS NOT NULL"),
    ),
    sa.Index(
        "ix_runs_finished_at",
        "finished_at",
        sqlite_where=sa.text("lines > 0"),
        postgresql_where=sa.text("lines > 0"),
    ),
    sa.Index(
        "ix_runs_upload_id",
        "upload_id",
        sqlite_where=sa.text("upload_id IS NOT NULL"),
        postgresql_where=sa.text("upload_id IS NOT NULL"),
    ),
)

rejected_lines = sa.Table(
    "rejected_lines",
    metadata,
    sa.Column("run_id", Id, sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("text", sa.Text, nullable=False, default=""),  # of before it was encrypted
    sa.Column("text_cipher", sa.LargeBinary),
)

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("place", sa.String(20), nullable=False),
    sa.Column("external_id", sa.String(100), nullable=False),
    sa.Column("source_id", Id, sa.ForeignKey("sources.id"), nullable=False),
    sa.Column("run_id", Id, sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("status_raw", sa.Text, nullable=False),
    sa.Column("at_risk", sa.Boolean, nullable=False),
    sa.Column("ordered_at", UtcDateTime, nullable=False),
    sa.Column("approved_at", UtcDateTime),
    sa.Column("gross_minor", sa.BigInteger, nullable=False),
    sa.Column("net_minor", sa.BigInteger, nullable=False),
    sa.Column("refunded_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("promo_codes", Json, nullable=False),
    sa.Column("phone_digest", sa.LargeBinary),
    sa.Column("items", Json, nullable=False),
    sa.Column("click_ids", Json, nullable=False),
    sa.Column("raw_hash", sa.String(64), nullable=False),
    # the place of the standing report in time, see core.orders.Freshness
    sa.Column("fresh_day", sa.Date, nullable=False),
    sa.Column("fresh_rank", sa.Integer, nullable=False),
    sa.Column("fresh_at", UtcDateTime, nullable=False),
    # who is credited, and why
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id")),
    sa.Column("creator_id", Id, sa.ForeignKey("creators.person_id")),
    sa.Column("grade", sa.String(1)),
    sa.Column("evidence_kind", sa.String(10)),
    sa.Column("evidence_value", sa.String(100)),
    sa.Column("losers", Json, nullable=False),
    # of credited orders: the day in Almaty, and core.results.reward_state
    sa.Column("day", sa.Date),
    sa.Column("reward_state", sa.String(20)),
    # Whether it is known to be the buyer's first order at the brand, by the phone's digest.
    sa.Column("first", sa.Boolean, nullable=False, server_default=sa.false()),
    # When the terms approved it because the brand was silent: then `status` says so while the
    # standing report, which is pending, does not contradict (core.reconciliation.by_terms).
    sa.Column("by_terms_at", UtcDateTime),
    # Fields that the standing report lacks, with the place in time of the report that told them.
    sa.Column("borrowed", Json),
    # What people settled against the reports, core.corrections: `status`, `net_minor` and
    # `refunded_minor` are those that count.
    sa.Column("corrected", Json),
    one_of("place", Place),
    one_of("status", OrderStatus),
    one_of("grade", Grade),
    one_of("evidence_kind", EvidenceKind),
    one_of("reward_state", CommissionState),
    sa.UniqueConstraint("brand_id", "place", "external_id"),
    sa.Index("ix_orders_brand_id_ordered_at_id", "brand_id", "ordered_at", "id"),
    sa.Index(
        "ix_orders_waiting",  # pending for the merchant, see core.orders.RANK
        "brand_id",
        "place",
        "ordered_at",
        sqlite_where=sa.text("fresh_rank = 0"),
        postgresql_where=sa.text("fresh_rank = 0"),
    ),
    *(
        sa.Index(
            f"ix_orders_{whose}_reward_state_ordered_at_id",
            whose,
            "reward_state",
            "ordered_at",
            "id",
            sqlite_where=sa.text(f"{whose} IS NOT NULL"),
            postgresql_where=sa.text(f"{whose} IS NOT NULL"),
        )
        for whose in ("creator_id", "enrolment_id")
    ),
    sa.Index(
        "ix_orders_brand_id_phone_digest",
        "brand_id",
        "phone_digest",
        sqlite_where=sa.text("phone_digest IS NOT NULL"),
        postgresql_where=sa.text("phone_digest IS NOT NULL"),
    ),
)

near_misses = sa.Table(
    "near_misses",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("order_id", Id, sa.ForeignKey("orders.id"), nullable=False),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("raw", sa.String(100), nullable=False),
    sa.Column("reason", sa.String(20), nullable=False),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False),
    sa.Column("found_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("order_id", "raw"),
    sa.Index("ix_near_misses_brand_id_id", "brand_id", "id"),
)
