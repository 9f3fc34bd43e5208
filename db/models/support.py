"""Tables of conversations with the operator's staff."""

import sqlalchemy as sa

from core.support import Attached, Topic
from db.models.base import metadata
from db.types import Id, UtcDateTime, one_of

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("topic", sa.String(10), nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
    sa.Column("waiting_since", UtcDateTime),
    sa.Column("assigned_to", Id, sa.ForeignKey("people.id")),
    sa.Column("closed_at", UtcDateTime),
    one_of("topic", Topic),
    sa.Index("ix_tickets_person_id_last_at_id", "person_id", "last_at", "id"),
    sa.Index("ix_tickets_closed_at_id", "closed_at", "id"),
    sa.Index(
        "ix_tickets_open",
        "last_at",
        "id",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
    sa.Index(
        "ix_tickets_waiting_since_id",
        "waiting_since",
        "id",
        sqlite_where=sa.text("waiting_since IS NOT NULL"),
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    ),
)

ticket_messages = sa.Table(
    "ticket_messages",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("ticket_id", Id, sa.ForeignKey("tickets.id"), nullable=False),
    sa.Column("author_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("key", sa.String(60), nullable=False, unique=True),  # of the message in Telegram
    sa.Column("from_staff", sa.Boolean, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("attached", sa.String(10)),
    sa.Column("file_id", sa.Text, nullable=False, default=""),
    sa.Column("file_name", sa.Text, nullable=False, default=""),
    sa.Column("at", UtcDateTime, nullable=False),
    one_of("attached", Attached),
    sa.Index("ix_ticket_messages_ticket_id_id", "ticket_id", "id"),
    sa.Index("ix_ticket_messages_author_id_at", "author_id", "at"),
)
