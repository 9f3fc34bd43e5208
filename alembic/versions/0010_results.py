"""Results by day: sums of credited orders, of holds and of clicks, kept beside them."""

import sqlalchemy as sa

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "'pending', 'in_hold', 'available', 'void', 'clawed_back'"
OPEN = "c.state IN ('pending', 'in_hold')"
PROOF, UNFUNDED, BLOCKED = (
    f"SUM(CASE WHEN {OPEN} AND {condition} THEN c.amount_minor ELSE 0 END)"
    for condition in ("t.proof_required", "NOT c.funded", "(t.proof_required OR NOT c.funded)")
)


def upgrade() -> None:
    # One statement on both databases: a check of a column needs no rebuilding of the table.
    op.execute(
        "ALTER TABLE orders ADD COLUMN reward_state VARCHAR(20) "
        f"CONSTRAINT ck_orders_reward_state CHECK (reward_state IN ({STATES}))"
    )
    op.add_column("orders", sa.Column("day", sa.Date(), nullable=True))
    _tables()
    _fill()
    for whose in ("creator_id", "enrolment_id"):
        op.create_index(
            f"ix_orders_{whose}_reward_state_ordered_at_id",
            "orders",
            [whose, "reward_state", "ordered_at", "id"],
            sqlite_where=sa.text(f"{whose} IS NOT NULL"),
            postgresql_where=sa.text(f"{whose} IS NOT NULL"),
        )
    # What they served is read by state, or from the sums.
    op.drop_index("ix_orders_creator_id_ordered_at_id", "orders")
    op.drop_index("ix_commissions_creator_id_state", "commissions")


def _tables() -> None:
    op.create_table(
        "results",
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("proof_minor", sa.BigInteger(), nullable=False),
        sa.Column("unfunded_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_results_state")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_results_enrolment_id_enrolments")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "day", "state", name=op.f("pk_results")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "holds",
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("unfunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("blocked_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_holds_enrolment_id_enrolments")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "day", name=op.f("pk_holds")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "click_days",
        sa.Column("link_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["links.id"], name=op.f("fk_click_days_link_id_links")
        ),
        sa.PrimaryKeyConstraint("link_id", "day", name=op.f("pk_click_days")),
        sqlite_with_rowid=False,
    )


def _fill() -> None:
    """Sum up what is there already."""
    op.execute(
        f"UPDATE orders SET day = {_day('ordered_at')}, reward_state = COALESCE("
        "(SELECT c.state FROM commissions c WHERE c.order_id = orders.id), 'void') "
        "WHERE enrolment_id IS NOT NULL"
    )
    op.execute(
        "INSERT INTO results (enrolment_id, day, state, orders, net_minor, amount_minor, "
        "fee_minor, proof_minor, unfunded_minor) SELECT o.enrolment_id, o.day, o.reward_state, COUNT(*), "
        "SUM(CASE WHEN o.currency = 'KZT' THEN o.net_minor - o.refunded_minor ELSE 0 END), "
        "SUM(COALESCE(c.amount_minor, 0)), SUM(COALESCE(c.fee_minor, 0)), "
        f"{PROOF}, {UNFUNDED} FROM orders o LEFT JOIN commissions c ON c.order_id = o.id "
        "LEFT JOIN terms t ON t.id = c.terms_id "
        "WHERE o.enrolment_id IS NOT NULL GROUP BY o.enrolment_id, o.day, o.reward_state"
    )
    op.execute(
        "INSERT INTO holds (enrolment_id, day, orders, amount_minor, unfunded_minor, "
        "blocked_minor) "
        f"SELECT o.enrolment_id, {_day('c.hold_until')}, COUNT(*), SUM(c.amount_minor), "
        f"{UNFUNDED}, {BLOCKED} FROM orders o JOIN commissions c ON c.order_id = o.id "
        "JOIN terms t ON t.id = c.terms_id "
        "WHERE c.state = 'in_hold' AND c.hold_until IS NOT NULL AND o.enrolment_id IS NOT NULL "
        f"GROUP BY o.enrolment_id, {_day('c.hold_until')}"
    )
    op.execute(
        "INSERT INTO click_days (link_id, day, clicks) "
        f"SELECT link_id, {_day('at')}, COUNT(*) FROM clicks "
        f"WHERE counted GROUP BY link_id, {_day('at')}"
    )


def _day(column: str) -> str:
    """The day in Almaty; SQLite knows no time zones: the clock there was set back in 2024."""
    if op.get_bind().dialect.name == "postgresql":
        return f"CAST({column} AT TIME ZONE 'Asia/Almaty' AS DATE)"
    hours = f"CASE WHEN {column} < '2024-02-29 18:00:00' THEN '+6 hours' ELSE '+5 hours' END"
    return f"DATE({column}, {hours})"


def downgrade() -> None:
    op.create_index(
        "ix_commissions_creator_id_state", "commissions", ["creator_id", "state", "hold_until"]
    )
    op.create_index(
        "ix_orders_creator_id_ordered_at_id", "orders", ["creator_id", "ordered_at", "id"]
    )
    for whose in ("creator_id", "enrolment_id"):
        op.drop_index(f"ix_orders_{whose}_reward_state_ordered_at_id", "orders")
    op.drop_table("click_days")
    op.drop_table("holds")
    op.drop_table("results")
    op.drop_column("orders", "reward_state")
    op.drop_column("orders", "day")
