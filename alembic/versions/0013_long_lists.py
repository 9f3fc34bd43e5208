"""Sums for those who have many orders: results by month, and what each payout is made of."""

import sqlalchemy as sa

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "'pending', 'in_hold', 'available', 'void', 'clawed_back'"
SUMS = ("orders", "net_minor", "amount_minor", "fee_minor", "proof_minor", "unfunded_minor")
EARLIER = (
    "(SELECT MAX(b.requested_at) FROM payouts b "
    "WHERE b.creator_id = payouts.creator_id AND b.id < payouts.id)"
)
RELEASED = (
    "FROM entries e JOIN transfers t ON t.id = e.transfer_id "
    "WHERE e.account = 'creator_available' AND e.owner = payouts.creator_id "
    "AND t.kind = 'release' AND t.at <= payouts.requested_at "
    f"AND ({EARLIER} IS NULL OR t.at > {EARLIER})"
)


def upgrade() -> None:
    op.create_table(
        "month_results",
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("proof_minor", sa.BigInteger(), nullable=False),
        sa.Column("unfunded_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_month_results_state")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_month_results_enrolment_id_enrolments"),
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "month", "state", name=op.f("pk_month_results")),
        sqlite_with_rowid=False,
    )
    postgresql = op.get_bind().dialect.name == "postgresql"
    month = "CAST(DATE_TRUNC('month', day) AS DATE)" if postgresql else "DATE(day, 'start of month')"
    sums = ", ".join(f"SUM({name})" for name in SUMS)
    op.execute(
        f"INSERT INTO month_results (enrolment_id, month, state, {', '.join(SUMS)}) "
        f"SELECT enrolment_id, {month}, state, {sums} FROM results "
        f"GROUP BY enrolment_id, {month}, state"
    )
    for table, kept in (
        ("results", SUMS),
        ("handle_results", SUMS[:4]),
        ("month_results", SUMS),
        ("holds", ("orders", "amount_minor", "unfunded_minor", "blocked_minor")),
    ):  # what nothing is left of
        op.execute(f"DELETE FROM {table} WHERE {' AND '.join(f'{name} = 0' for name in kept)}")
    op.add_column("payouts", sa.Column("orders", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "payouts", sa.Column("released_minor", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute(
        f"UPDATE payouts SET orders = (SELECT COUNT(*) {RELEASED}), "
        f"released_minor = (SELECT COALESCE(SUM(e.minor), 0) {RELEASED})"
    )


def downgrade() -> None:
    op.drop_column("payouts", "released_minor")
    op.drop_column("payouts", "orders")
    op.drop_table("month_results")
