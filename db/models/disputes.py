"""Tables of disputes: cases, the orders that each is about, who sent numbers to it, its history."""

import sqlalchemy as sa

from core.disputes import Deed, DisputeKind, DisputeState, Side, Verdict
from core.orders import Place
from db.models.base import metadata
from db.types import Id, Json, UtcDateTime, one_of

disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("creator_id", Id, sa.ForeignKey("creators.person_id"), nullable=False),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("place", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("slug", sa.String(20)),  # of the link for followers; NULL where there is none
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime),  # when the state ends by itself
    sa.Column("sent_at", UtcDateTime),
    sa.Column("appealed_at", UtcDateTime),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("reminders", sa.Integer, nullable=False, server_default="0"),
    sa.Column("claimed_minor", sa.BigInteger),  # what the creator says that the order came to
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("looked_at", UtcDateTime),
    # Every run of the brand up to this one was over when the numbers were looked up last.
    sa.Column("looked_run", Id, nullable=False, server_default="0"),
    one_of("place", Place),
    one_of("kind", DisputeKind),
    one_of("state", DisputeState),
    sa.UniqueConstraint("slug"),
    sa.Index("ix_disputes_creator_id_id", "creator_id", "id"),
    sa.Index("ix_disputes_brand_id_state_id", "brand_id", "state", "id"),
    sa.Index("ix_disputes_state_until", "state", "until"),
    sa.Index(
        "uq_disputes_gathering",  # a creator gathers in one case of an offer at a time
        "enrolment_id",
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
)

disputed_orders = sa.Table(
    "disputed_orders",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("dispute_id", Id, sa.ForeignKey("disputes.id"), nullable=False),
    # of the case, to find a number that the creator disputes already
    sa.Column("creator_id", Id, sa.ForeignKey("creators.person_id"), nullable=False),
    sa.Column("number", sa.String(100), nullable=False),
    sa.Column("order_id", Id, sa.ForeignKey("orders.id")),
    sa.Column("typed", sa.Boolean, nullable=False),
    sa.Column("followers", sa.Integer, nullable=False, server_default="0"),
    sa.Column("receipts", sa.Integer, nullable=False, server_default="0"),  # of these followers
    sa.Column("verdict", sa.String(10), nullable=False),
    sa.Column("reason", sa.String(20), nullable=False, server_default=""),
    sa.Column("decided_by", sa.String(1), nullable=False, server_default="n"),
    sa.Column("net_minor", sa.BigInteger),
    sa.Column("run_id", Id, sa.ForeignKey("runs.id")),
    sa.Column("day", sa.Date),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("earlier", sa.String(10)),  # the verdict to which the creator objected
    one_of("verdict", Verdict),
    one_of("decided_by", Side),
    sa.UniqueConstraint("dispute_id", "number"),
    sa.Index("ix_disputed_orders_creator_id_number", "creator_id", "number"),
    sa.Index("ix_disputed_orders_order_id", "order_id"),
)

# That somebody sent a number to a case: a keyed digest of who it was, so that one person counts
# once and nobody can be named. Receipts have a voice of their own: each counts once.
dispute_voices = sa.Table(
    "dispute_voices",
    metadata,
    sa.Column("dispute_id", Id, sa.ForeignKey("disputes.id"), nullable=False),
    sa.Column("voice", sa.LargeBinary, nullable=False),
    sa.Column("disputed_order_id", Id, sa.ForeignKey("disputed_orders.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("dispute_id", "voice", "disputed_order_id"),
)

dispute_events = sa.Table(
    "dispute_events",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("dispute_id", Id, sa.ForeignKey("disputes.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("side", sa.String(1), nullable=False),
    sa.Column("deed", sa.String(10), nullable=False),
    sa.Column("person_id", Id, sa.ForeignKey("people.id")),
    sa.Column("facts", Json, nullable=False),
    one_of("side", Side),
    one_of("deed", Deed),
    sa.Index("ix_dispute_events_dispute_id_id", "dispute_id", "id"),
)
