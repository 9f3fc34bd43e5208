"""Fewer and smaller indexes on what imports write, and sums of what became available.

Dropped: what no query asks by, and an order's number alone, which staff can look up brand by brand.
Indexes of a state become partial ones, of the rows that are looked for.
"""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

DROPPED = (
    ("orders", "ix_orders_external_id", ["external_id"]),
    ("orders", "ix_orders_run_id", ["run_id"]),
    ("commissions", "ix_commissions_brand_id_state", ["brand_id", "state"]),
    ("commissions", "ix_commissions_state_hold_until", ["state", "hold_until"]),
    ("commissions", "ix_commissions_run_id_creator_id", ["run_id", "creator_id"]),
    ("entries", "ix_entries_transfer_id", ["transfer_id"]),
    ("clicks", "ix_clicks_enrolment_id_at", ["enrolment_id", "at"]),
)
WAITING = sa.text("fresh_rank = 0")
HELD = sa.text("state = 'in_hold'")


def upgrade() -> None:
    for table, name, _ in DROPPED:
        op.drop_index(name, table_name=table)
    op.create_index(
        "ix_orders_waiting",
        "orders",
        ["brand_id", "place", "ordered_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_commissions_held",
        "commissions",
        ["hold_until", "id"],
        sqlite_where=HELD,
        postgresql_where=HELD,
    )
    op.create_index("ix_commissions_run_id", "commissions", ["run_id"])
    op.create_table(
        "release_sums",
        sa.Column("owner", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_release_sums")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO release_sums (owner, orders, minor) "
        "SELECT e.owner, COUNT(*), SUM(e.minor) FROM entries e "
        "JOIN transfers t ON t.id = e.transfer_id "
        "WHERE t.kind = 'release' AND e.account = 'creator_available' GROUP BY e.owner"
    )


def downgrade() -> None:
    op.drop_table("release_sums")
    op.drop_index("ix_commissions_run_id", table_name="commissions")
    op.drop_index("ix_commissions_held", table_name="commissions")
    op.drop_index("ix_orders_waiting", table_name="orders")
    for table, name, columns in DROPPED:
        op.create_index(name, table, columns)
