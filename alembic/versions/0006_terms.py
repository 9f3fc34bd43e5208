"""Terms that change with notice, budgets, prices with reasons, and what offers ask of creators."""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Plain ADD COLUMN throughout: orders and commissions are too many to be rebuilt.
    op.add_column("offers", sa.Column("forbidden", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("offers", sa.Column("media", sa.JSON(), server_default="{}", nullable=False))
    op.add_column(
        "offers", sa.Column("spent_minor", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.execute(
        "UPDATE offers SET spent_minor = (SELECT COALESCE(SUM(commissions.amount_minor), 0) "
        "FROM commissions JOIN enrolments ON enrolments.id = commissions.enrolment_id "
        "WHERE enrolments.offer_id = offers.id)"
    )
    op.add_column(
        "terms", sa.Column("notice_days", sa.Integer(), server_default="14", nullable=False)
    )
    op.add_column(
        "terms", sa.Column("first_order", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "orders", sa.Column("first", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "ix_orders_brand_id_phone_digest",
        "orders",
        ["brand_id", "phone_digest"],
        sqlite_where=sa.text("phone_digest IS NOT NULL"),
        postgresql_where=sa.text("phone_digest IS NOT NULL"),
    )
    op.add_column("commissions", sa.Column("price", sa.JSON(), nullable=True))
    op.create_table(
        "enrolment_terms",
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terms_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_enrolment_terms_enrolment_id_enrolments"),
        ),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["terms.id"], name=op.f("fk_enrolment_terms_terms_id_terms")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "since", name=op.f("pk_enrolment_terms")),
    )
    op.create_table(
        "offer_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('terms', 'content')", name=op.f("ck_offer_changes_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'applied', 'withdrawn', 'declined')",
            name=op.f("ck_offer_changes_state"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["people.id"], name=op.f("fk_offer_changes_created_by_people")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_offer_changes_offer_id_offers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_changes")),
    )
    op.create_index(
        "uq_offer_changes_open",
        "offer_changes",
        ["offer_id", "kind"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_offer_changes_state_kind_effective_at",
        "offer_changes",
        ["state", "kind", "effective_at"],
    )
    op.create_table(
        "offer_stops",
        sa.Column("id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_offer_stops_offer_id_offers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_stops")),
    )
    op.create_index(op.f("ix_offer_stops_offer_id"), "offer_stops", ["offer_id"])
    op.create_index(
        "uq_offer_stops_current",
        "offer_stops",
        ["offer_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("offer_stops")
    op.drop_table("offer_changes")
    op.drop_table("enrolment_terms")
    op.drop_column("commissions", "price")
    op.drop_index("ix_orders_brand_id_phone_digest", table_name="orders")
    op.drop_column("orders", "first")
    op.drop_column("terms", "first_order")
    op.drop_column("terms", "notice_days")
    op.drop_column("offers", "spent_minor")
    op.drop_column("offers", "media")
    op.drop_column("offers", "forbidden")
