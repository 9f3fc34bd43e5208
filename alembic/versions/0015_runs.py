"""Runs: who holds one, its failures, the message that shows it; rejected lines are encrypted."""

import sqlalchemy as sa

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("path", sa.Text(), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("lines", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE runs SET lines = rejected")
    op.add_column("runs", sa.Column("lines_key", sa.LargeBinary()))
    where = sa.text("lines > 0")
    op.create_index(
        "ix_runs_finished_at", "runs", ["finished_at"], sqlite_where=where, postgresql_where=where
    )
    op.add_column("runs", sa.Column("watched_chat", sa.BigInteger()))
    op.add_column("runs", sa.Column("watched_message", sa.BigInteger()))
    where = sa.text("watched_message IS NOT NULL")
    op.create_index(
        "ix_runs_watched_message",
        "runs",
        ["watched_message"],
        sqlite_where=where,
        postgresql_where=where,
    )
    # From now on a paused source that has a next time is tried then.
    op.execute("UPDATE sources SET next_sync_at = NULL WHERE state = 'paused'")
    op.add_column("rejected_lines", sa.Column("text_cipher", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("rejected_lines", "text_cipher")
    op.drop_index("ix_runs_watched_message", "runs")
    op.drop_index("ix_runs_finished_at", "runs")
    for name in ("watched_message", "watched_chat", "lines_key", "lines", "path", "failures", "epoch"):
        op.drop_column("runs", name)
