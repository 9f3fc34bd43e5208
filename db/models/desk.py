"""Tables of the operator's desk: what brands ask for, and the words that people are found by."""

import sqlalchemy as sa

from core.brand_requests import RequestState
from db.models.base import metadata
from db.types import Id, UtcDateTime, one_of

brand_requests = sa.Table(
    "brand_requests",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id")),  # NULL: a brand that is to be made
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("legal_name", sa.Text, nullable=False),
    sa.Column("bin", sa.String(12), nullable=False),
    sa.Column("licence", sa.Text, nullable=False, default=""),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("note", sa.Text, nullable=False, default=""),
    sa.Column("requested_at", UtcDateTime, nullable=False),
    sa.Column("decided_by", Id, sa.ForeignKey("people.id")),
    sa.Column("decided_at", UtcDateTime),
    one_of("state", RequestState),
    sa.Index("ix_brand_requests_state_id", "state", "id"),
    sa.Index("ix_brand_requests_person_id_id", "person_id", "id"),
    sa.Index(
        "uq_brand_requests_waiting",
        "brand_id",
        unique=True,
        sqlite_where=sa.text("state = 'waiting' AND brand_id IS NOT NULL"),
        postgresql_where=sa.text("state = 'waiting' AND brand_id IS NOT NULL"),
    ),
    sa.Index(
        "uq_brand_requests_sign_up",
        "person_id",
        unique=True,
        sqlite_where=sa.text("state = 'waiting' AND brand_id IS NULL"),
        postgresql_where=sa.text("state = 'waiting' AND brand_id IS NULL"),
    ),
)

# Folded words of names, as core.naming makes them; found by their beginnings. "C" lets PostgreSQL
# use the key for that whatever the collation of the database is.
search_words = sa.Table(
    "search_words",
    metadata,
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column(
        "word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True
    ),
    sa.Column("object_id", Id, primary_key=True, autoincrement=False),
    sa.Index("ix_search_words_kind_object_id", "kind", "object_id"),
)
