"""Tables of attempts to prove a channel, of posts that are watched, and of corrected proofs."""

import sqlalchemy as sa

from core.channels import CheckMethod, CheckState
from core.people import Platform
from core.presence import Presence
from core.proofs import ProofState
from db.models.base import metadata
from db.types import Id, UtcDateTime, one_of

channel_checks = sa.Table(
    "channel_checks",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("creator_id", Id, sa.ForeignKey("creators.person_id"), nullable=False),
    sa.Column("platform", sa.String(20), nullable=False),
    sa.Column("url", sa.Text, nullable=False),  # a channel may be removed, its history stays
    sa.Column("method", sa.String(10), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("code", sa.String(20), nullable=False, default=""),
    sa.Column("claimed", sa.Integer, nullable=False),
    sa.Column("counted", sa.Integer),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id")),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("claimed_at", UtcDateTime),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decided_by", Id, sa.ForeignKey("people.id")),
    sa.Column("reason", sa.String(40), nullable=False, default=""),
    one_of("platform", Platform),
    one_of("method", CheckMethod),
    one_of("state", CheckState),
    sa.Index("ix_channel_checks_state_id", "state", "id"),
    sa.Index("ix_channel_checks_creator_id_url_id", "creator_id", "url", "id"),
    sa.Index(  # one attempt at a time
        "uq_channel_checks_standing",
        "creator_id",
        "url",
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'waiting')"),
        postgresql_where=sa.text("state IN ('open', 'waiting')"),
    ),
)

post_watches = sa.Table(
    "post_watches",
    metadata,
    sa.Column("proof_id", Id, sa.ForeignKey("proofs.id"), primary_key=True, autoincrement=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger, nullable=False),
    sa.Column("presence", sa.String(10), nullable=False),
    sa.Column("seen_at", UtcDateTime),
    sa.Column("missing_since", UtcDateTime),
    sa.Column("gone_at", UtcDateTime),
    sa.Column("due_at", UtcDateTime),  # NULL: not watched any more
    one_of("presence", Presence),
    sa.Index(
        "ix_post_watches_due_at",
        "due_at",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    ),
)

superseded_proofs = sa.Table(
    "superseded_proofs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("proof_id", Id, sa.ForeignKey("proofs.id"), nullable=False, index=True),
    sa.Column("state", sa.String(10), nullable=False),  # what had been decided of it
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("link", sa.Text, nullable=False),
    sa.Column("caption", sa.Text, nullable=False),
    sa.Column("screenshot_file_id", sa.Text, nullable=False),
    sa.Column("sent_at", UtcDateTime, nullable=False),
    sa.Column("reviewed_by", Id, sa.ForeignKey("people.id")),
    sa.Column("reviewed_at", UtcDateTime),
    sa.Column("superseded_at", UtcDateTime, nullable=False),
    one_of("state", ProofState),
)
