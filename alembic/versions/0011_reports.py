"""Results by the evidence that credited orders, for the reports of brands."""

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "'pending', 'in_hold', 'available', 'void', 'clawed_back'"


def upgrade() -> None:
    op.create_table(
        "handle_results",
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("handle", sa.String(100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_handle_results_state")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_handle_results_enrolment_id_enrolments"),
        ),
        sa.PrimaryKeyConstraint(
            "enrolment_id", "kind", "handle", "day", "state", name=op.f("pk_handle_results")
        ),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO handle_results (enrolment_id, kind, handle, day, state, orders, net_minor, "
        "amount_minor, fee_minor) SELECT enrolment_id, kind, handle, day, reward_state, COUNT(*), "
        "SUM(net), SUM(amount), SUM(fee) FROM ("
        "SELECT o.enrolment_id, COALESCE(o.evidence_kind, '') AS kind, COALESCE("
        "CASE WHEN o.evidence_kind = 'click' THEN CAST(k.link_id AS VARCHAR) "
        "ELSE o.evidence_value END, '') AS handle, o.day, o.reward_state, "
        "CASE WHEN o.currency = 'KZT' THEN o.net_minor - o.refunded_minor ELSE 0 END AS net, "
        "COALESCE(c.amount_minor, 0) AS amount, COALESCE(c.fee_minor, 0) AS fee "
        "FROM orders o LEFT JOIN commissions c ON c.order_id = o.id "
        "LEFT JOIN clicks k ON o.evidence_kind = 'click' AND k.click_id = o.evidence_value "
        "WHERE o.enrolment_id IS NOT NULL) AS credited "
        "GROUP BY enrolment_id, kind, handle, day, reward_state"
    )


def downgrade() -> None:
    op.drop_table("handle_results")
