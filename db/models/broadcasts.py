"""Tables of broadcasts and of what each person got of them."""

import sqlalchemy as sa

from core.broadcasts import BroadcastState, DeliveryState
from core.people import Locale
from db.models.base import metadata
from db.types import Id, Json, UtcDateTime, one_of

broadcasts = sa.Table(
    "broadcasts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("author_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("audience", Json, nullable=False),
    sa.Column("texts", Json, nullable=False),
    sa.Column("falls_back", sa.Boolean, nullable=False),
    sa.Column("marketing", sa.Boolean, nullable=False),
    sa.Column("picture_id", Id, sa.ForeignKey("uploads.id")),
    sa.Column("button", sa.JSON(none_as_null=True)),
    sa.Column("paid", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("scheduled_at", UtcDateTime),
    sa.Column("started_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    # kept beside the deliveries: the progress is looked at every few seconds
    sa.Column("total", sa.Integer, nullable=False, default=0),
    sa.Column("sent", sa.Integer, nullable=False, default=0),
    sa.Column("blocked", sa.Integer, nullable=False, default=0),
    sa.Column("failed", sa.Integer, nullable=False, default=0),
    sa.Column("clicks", sa.Integer, nullable=False, default=0),
    sa.Column("watched_chat", sa.BigInteger),
    sa.Column("watched_message", sa.BigInteger),
    one_of("state", BroadcastState),
    sa.Index("ix_broadcasts_state_id", "state", "id"),
)

broadcast_deliveries = sa.Table(
    "broadcast_deliveries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("broadcast_id", Id, sa.ForeignKey("broadcasts.id"), nullable=False),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("locale", sa.String(2), nullable=False),  # the reader's when it began
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("due_at", UtcDateTime),  # NULL: at once; else a lease or another attempt
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("clicked_at", UtcDateTime),
    one_of("state", DeliveryState),
    one_of("locale", Locale),
    sa.UniqueConstraint("broadcast_id", "person_id"),
    sa.Index(
        "ix_broadcast_deliveries_pending",
        "broadcast_id",
        "id",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
)
