"""Tables of what is to be told, what is being typed, and who did what."""

import sqlalchemy as sa

from db.models.base import metadata
from db.types import Id, Json, UtcDateTime

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),  # of NoteKind, which grows all the time
    sa.Column("key", sa.String(120), nullable=False, unique=True),
    sa.Column("facts", Json, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime),  # NULL: sent or given up
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("held", sa.String(10)),  # what it waits for, see core.notices.Held
    sa.Column("bundle_id", sa.BigInteger),  # the message that told it together with others
    sa.Index(
        "ix_outbox_due",
        "due_at",
        "id",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    ),
    sa.Index(
        "ix_outbox_kind_due_at",  # news of money go first
        "kind",
        "due_at",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    ),
    sa.Index(
        "ix_outbox_person_id_id",  # everything that waits for one person
        "person_id",
        "id",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    ),
    sa.Index(
        "ix_outbox_under_way",
        "person_id",
        "due_at",
        sqlite_where=sa.text("due_at IS NOT NULL AND attempts > 0"),
        postgresql_where=sa.text("due_at IS NOT NULL AND attempts > 0"),
    ),
)

fsm = sa.Table(
    "fsm",
    metadata,
    sa.Column("key", sa.String(100), primary_key=True),
    sa.Column("state", sa.String(100)),
    sa.Column("data", Json, nullable=False, default=dict),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor_id", Id, sa.ForeignKey("people.id")),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("object", sa.String(40), nullable=False),
    sa.Column("object_id", sa.BigInteger, nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Index("ix_audit_object_object_id", "object", "object_id"),
    sa.Index("ix_audit_actor_id_id", "actor_id", "id"),
    sa.Index("ix_audit_action_id", "action", "id"),
    sa.Index("ix_audit_at", "at"),
)
