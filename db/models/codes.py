"""Tables of codes that wait: uploaded by brands, asked for by creators, announced to them."""

import sqlalchemy as sa

from core.code_changes import NoticeState, RequestState
from db.models.base import metadata
from db.types import Id, UtcDateTime, one_of

pool_codes = sa.Table(
    "pool_codes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), nullable=False),
    sa.Column("normal", sa.String(40), nullable=False),
    sa.Column("folded", sa.String(40), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id")),
    sa.Column("taken_at", UtcDateTime),  # given out, or found to be somebody's already
    sa.UniqueConstraint("brand_id", "normal"),
    sa.Index("ix_pool_codes_brand_id_folded", "brand_id", "folded"),
    sa.Index(
        "ix_pool_codes_free",
        "offer_id",
        "id",
        sqlite_where=sa.text("taken_at IS NULL"),
        postgresql_where=sa.text("taken_at IS NULL"),
    ),
)

code_requests = sa.Table(
    "code_requests",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False, index=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("normal", sa.String(40), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("reason", sa.String(20), nullable=False, server_default=""),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decided_by", Id, sa.ForeignKey("people.id")),
    one_of("state", RequestState),
    sa.Index("ix_code_requests_brand_id_state_id", "brand_id", "state", "id"),
    sa.Index(
        "uq_code_requests_pending",
        "enrolment_id",
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
)

code_notices = sa.Table(
    "code_notices",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False, index=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("old", sa.String(40), nullable=False),
    sa.Column("new", sa.String(40), nullable=False, server_default=""),  # empty: a withdrawal
    sa.Column("reason", sa.String(20), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("announced_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("announced_by", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("settled_at", UtcDateTime),
    one_of("state", NoticeState),
    sa.Index("ix_code_notices_state_due_at", "state", "due_at"),
    sa.Index(
        "uq_code_notices_pending",
        "enrolment_id",
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
    sa.Index(
        "uq_code_notices_new",
        "brand_id",
        "new",
        unique=True,
        sqlite_where=sa.text("state = 'pending' AND new <> ''"),
        postgresql_where=sa.text("state = 'pending' AND new <> ''"),
    ),
)
