"""How creators come into offers and go, and codes that wait: pools, wishes, notices."""

from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
# One statement on both databases: a check of a column needs no rebuilding of the table.
CHOSEN = (
    ("admission", "open", "'open', 'approval', 'invitation'"),
    ("code_source", "name", "'name', 'pool', 'pool_only'"),
)


def upgrade() -> None:
    for column, default, values in CHOSEN:
        op.execute(
            f"ALTER TABLE offers ADD COLUMN {column} VARCHAR(12) DEFAULT '{default}' NOT NULL "
            f"CONSTRAINT ck_offers_{column} CHECK ({column} IN ({values}))"
        )
    op.add_column("enrolments", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "enrolments", sa.Column("reason", sa.String(20), server_default="", nullable=False)
    )
    op.add_column("enrolments", sa.Column("state_since", MOMENT, nullable=True))
    op.add_column("enrolments", sa.Column("reapply_at", MOMENT, nullable=True))
    op.create_index(
        "ix_enrolments_offer_id_state_id", "enrolments", ["offer_id", "state", "id"]
    )
    op.add_column("links", sa.Column("created_at", MOMENT, nullable=True))
    op.add_column("links", sa.Column("off_at", MOMENT, nullable=True))
    _admissions()
    _codes()


def _admissions() -> None:
    op.create_table(
        "offer_invitations",
        sa.Column("id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        _to("offer_invitations", "offer_id", "offers"),
        _to("offer_invitations", "created_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_invitations")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_offer_invitations_token_digest")),
    )
    op.create_index("ix_offer_invitations_offer_id_id", "offer_invitations", ["offer_id", "id"])
    op.create_table(
        "offer_invitees",
        sa.Column("offer_id", ID, autoincrement=False, nullable=False),
        sa.Column("person_id", ID, autoincrement=False, nullable=False),
        sa.Column("invitation_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _to("offer_invitees", "offer_id", "offers"),
        _to("offer_invitees", "person_id", "people"),
        _to("offer_invitees", "invitation_id", "offer_invitations"),
        sa.PrimaryKeyConstraint("offer_id", "person_id", name=op.f("pk_offer_invitees")),
    )
    op.create_table(
        "enrolment_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("terms_id", ID, nullable=False),
        sa.Column("reason", sa.String(20), server_default="", nullable=False),
        sa.Column("by", ID, nullable=True),
        sa.CheckConstraint(
            "state IN ('applied', 'declined', 'active', 'suspended', 'left', 'ended')",
            name=op.f("ck_enrolment_events_state"),
        ),
        _to("enrolment_events", "enrolment_id", "enrolments"),
        _to("enrolment_events", "terms_id", "terms"),
        _to("enrolment_events", "by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_events")),
    )
    op.create_index(
        "ix_enrolment_events_enrolment_id_id", "enrolment_events", ["enrolment_id", "id"]
    )


def _codes() -> None:
    op.create_table(
        "pool_codes",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("normal", sa.String(40), nullable=False),
        sa.Column("folded", sa.String(40), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("enrolment_id", ID, nullable=True),
        sa.Column("taken_at", MOMENT, nullable=True),
        _to("pool_codes", "brand_id", "brands"),
        _to("pool_codes", "offer_id", "offers"),
        _to("pool_codes", "enrolment_id", "enrolments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_codes")),
        sa.UniqueConstraint("brand_id", "normal", name=op.f("uq_pool_codes_brand_id_normal")),
    )
    op.create_index("ix_pool_codes_brand_id_folded", "pool_codes", ["brand_id", "folded"])
    _partial("ix_pool_codes_free", "pool_codes", ["offer_id", "id"], "taken_at IS NULL")
    op.create_table(
        "code_requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("normal", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(20), server_default="", nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'accepted', 'refused', 'withdrawn')",
            name=op.f("ck_code_requests_state"),
        ),
        _to("code_requests", "enrolment_id", "enrolments"),
        _to("code_requests", "brand_id", "brands"),
        _to("code_requests", "decided_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_requests")),
    )
    op.create_index(op.f("ix_code_requests_enrolment_id"), "code_requests", ["enrolment_id"])
    op.create_index(
        "ix_code_requests_brand_id_state_id", "code_requests", ["brand_id", "state", "id"]
    )
    pending = "state = 'pending'"
    _partial("uq_code_requests_pending", "code_requests", ["enrolment_id"], pending, unique=True)
    op.create_table(
        "code_notices",
        sa.Column("id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("old", sa.String(40), nullable=False),
        sa.Column("new", sa.String(40), server_default="", nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("announced_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("announced_by", ID, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'cancelled')", name=op.f("ck_code_notices_state")
        ),
        _to("code_notices", "enrolment_id", "enrolments"),
        _to("code_notices", "brand_id", "brands"),
        _to("code_notices", "announced_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_notices")),
    )
    op.create_index(op.f("ix_code_notices_enrolment_id"), "code_notices", ["enrolment_id"])
    op.create_index("ix_code_notices_state_due_at", "code_notices", ["state", "due_at"])
    _partial("uq_code_notices_pending", "code_notices", ["enrolment_id"], pending, unique=True)
    _partial(
        "uq_code_notices_new",
        "code_notices",
        ["brand_id", "new"],
        "state = 'pending' AND new <> ''",
        unique=True,
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _partial(name: str, table: str, columns: list[str], where: str, **options: Any) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, sqlite_where=condition, postgresql_where=condition, **options
    )


def downgrade() -> None:
    for table in (
        "code_notices",
        "code_requests",
        "pool_codes",
        "enrolment_events",
        "offer_invitees",
        "offer_invitations",
    ):
        op.drop_table(table)
    op.drop_column("links", "off_at")
    op.drop_column("links", "created_at")
    op.drop_index("ix_enrolments_offer_id_state_id", "enrolments")
    for column in ("reapply_at", "state_since", "reason", "note"):
        op.drop_column("enrolments", column)
    for column, _, _ in CHOSEN:
        op.drop_column("offers", column)
