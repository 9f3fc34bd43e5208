"""Disputes: cases of creators, and what people have corrected in orders."""

import sqlalchemy as sa

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
PLACES = "'kaspi', 'wildberries', 'ozon', 'halyk', 'own_shop', 'in_store'"
STATES = "'open', 'data', 'brand', 'staff', 'answered', 'closed', 'withdrawn'"
VERDICTS = (
    "'waiting', 'yours', 'others', 'lost', 'early', 'paid', 'adjusted', 'declined', "
    "'not_found', 'dropped'"
)
SIDES = "'c', 'b', 's', 'n'"
DEEDS = (
    "'opened', 'sent', 'found', 'asked', 'reminded', 'answered', 'silent', 'appealed', 'ruled', "
    "'closed', 'withdrawn'"
)
GATHERING = sa.text("state = 'open'")


def upgrade() -> None:
    op.add_column("orders", sa.Column("corrected", sa.JSON(), nullable=True))
    op.create_table(
        "disputes",
        sa.Column("id", ID, nullable=False),
        sa.Column("creator_id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("place", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("slug", sa.String(20), nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("appealed_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("claimed_minor", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("looked_at", MOMENT, nullable=True),
        sa.Column("looked_run", ID, nullable=False, server_default="0"),
        sa.CheckConstraint(f"place IN ({PLACES})", name=op.f("ck_disputes_place")),
        sa.CheckConstraint(
            "kind IN ('missing', 'amount', 'declined')", name=op.f("ck_disputes_kind")
        ),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_disputes_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("slug", name=op.f("uq_disputes_slug")),
        *_foreign("disputes", "creator_id", "enrolment_id", "brand_id"),
    )
    for name, columns in (
        ("ix_disputes_creator_id_id", ["creator_id", "id"]),
        ("ix_disputes_brand_id_state_id", ["brand_id", "state", "id"]),
        ("ix_disputes_state_until", ["state", "until"]),
    ):
        op.create_index(name, "disputes", columns)
    op.create_index(
        "uq_disputes_gathering",
        "disputes",
        ["enrolment_id"],
        unique=True,
        sqlite_where=GATHERING,
        postgresql_where=GATHERING,
    )
    op.create_table(
        "disputed_orders",
        sa.Column("id", ID, nullable=False),
        sa.Column("dispute_id", ID, nullable=False),
        sa.Column("creator_id", ID, nullable=False),
        sa.Column("number", sa.String(100), nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("followers", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False, server_default=""),
        sa.Column("decided_by", sa.String(1), nullable=False, server_default="n"),
        sa.Column("net_minor", sa.BigInteger(), nullable=True),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("earlier", sa.String(10), nullable=True),
        sa.CheckConstraint(f"verdict IN ({VERDICTS})", name=op.f("ck_disputed_orders_verdict")),
        sa.CheckConstraint(
            f"decided_by IN ({SIDES})", name=op.f("ck_disputed_orders_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputed_orders")),
        sa.UniqueConstraint(
            "dispute_id", "number", name=op.f("uq_disputed_orders_dispute_id_number")
        ),
        *_foreign("disputed_orders", "dispute_id", "creator_id", "order_id", "run_id"),
    )
    op.create_index(
        "ix_disputed_orders_creator_id_number", "disputed_orders", ["creator_id", "number"]
    )
    op.create_index("ix_disputed_orders_order_id", "disputed_orders", ["order_id"])
    op.create_table(
        "dispute_voices",
        sa.Column("dispute_id", ID, nullable=False),
        sa.Column("voice", sa.LargeBinary(), nullable=False),
        sa.Column("disputed_order_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(
            "dispute_id", "voice", "disputed_order_id", name=op.f("pk_dispute_voices")
        ),
        *_foreign("dispute_voices", "dispute_id", "disputed_order_id"),
    )
    op.create_table(
        "dispute_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("dispute_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("side", sa.String(1), nullable=False),
        sa.Column("deed", sa.String(10), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.CheckConstraint(f"side IN ({SIDES})", name=op.f("ck_dispute_events_side")),
        sa.CheckConstraint(f"deed IN ({DEEDS})", name=op.f("ck_dispute_events_deed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_events")),
        *_foreign("dispute_events", "dispute_id", "person_id"),
    )
    op.create_index("ix_dispute_events_dispute_id_id", "dispute_events", ["dispute_id", "id"])


def downgrade() -> None:
    for table in ("dispute_events", "dispute_voices", "disputed_orders", "disputes"):
        op.drop_table(table)
    op.drop_column("orders", "corrected")


_REFERRED = {
    "creator_id": "creators.person_id",
    "person_id": "people.id",
    "enrolment_id": "enrolments.id",
    "brand_id": "brands.id",
    "order_id": "orders.id",
    "run_id": "runs.id",
    "dispute_id": "disputes.id",
    "disputed_order_id": "disputed_orders.id",
}


def _foreign(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column],
            [_REFERRED[column]],
            name=op.f(f"fk_{table}_{column}_{_REFERRED[column].partition('.')[0]}"),
        )
        for column in columns
    ]
