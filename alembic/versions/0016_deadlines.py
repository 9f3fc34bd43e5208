"""Deadlines of reconciliation: readings, what each brought to whom, silences and their approvals."""

import sqlalchemy as sa

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
PLACES = "'kaspi', 'wildberries', 'ozon', 'halyk', 'own_shop', 'in_store'"
OPEN = sa.text("state IN ('warned', 'approving')")


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [target], name=op.f(f"fk_{table}_{column}_{target.split('.')[0]}")
    )


def upgrade() -> None:
    op.add_column(
        "terms",
        sa.Column("auto_approve_days", sa.Integer(), nullable=False, server_default="0"),
    )
    op.add_column("orders", sa.Column("by_terms_at", MOMENT, nullable=True))
    _rhythms("'daily', 'weekly', 'monthly', 'off'")
    op.create_table(
        "readings",
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("place", sa.String(20), nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("late_told_for", sa.Date(), nullable=True),
        sa.CheckConstraint(f"place IN ({PLACES})", name=op.f("ck_readings_place")),
        _to("readings", "brand_id", "brands.id"),
        _to("readings", "source_id", "sources.id"),
        _to("readings", "run_id", "runs.id"),
        sa.PrimaryKeyConstraint("brand_id", "place", name=op.f("pk_readings")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_readings_due", "readings", ["due"])
    op.create_index("ix_readings_at", "readings", ["at"])
    op.create_table(
        "run_results",
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("new", "waiting", "approved", "lost")
        ),
        sa.Column("waiting_minor", sa.BigInteger(), nullable=False),
        sa.Column("approved_minor", sa.BigInteger(), nullable=False),
        _to("run_results", "enrolment_id", "enrolments.id"),
        _to("run_results", "run_id", "runs.id"),
        sa.PrimaryKeyConstraint("enrolment_id", "run_id", name=op.f("pk_run_results")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "silences",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("place", sa.String(20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("warned_at", MOMENT, nullable=False),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"place IN ({PLACES})", name=op.f("ck_silences_place")),
        sa.CheckConstraint(
            "state IN ('warned', 'approving', 'approved', 'broken', 'empty')",
            name=op.f("ck_silences_state"),
        ),
        _to("silences", "brand_id", "brands.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
        sa.UniqueConstraint(
            "brand_id", "place", "days", "since", name=op.f("uq_silences_brand_id_place_days_since")
        ),
    )
    op.create_index(
        "ix_silences_until", "silences", ["until"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "silence_results",
        sa.Column("silence_id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        _to("silence_results", "silence_id", "silences.id"),
        _to("silence_results", "enrolment_id", "enrolments.id"),
        sa.PrimaryKeyConstraint("silence_id", "enrolment_id", name=op.f("pk_silence_results")),
        sqlite_with_rowid=False,
    )
    _readings_so_far()


def _rhythms(values: str) -> None:
    with op.batch_alter_table("file_rhythms") as batch:
        batch.drop_constraint(op.f("ck_file_rhythms_rhythm"), type_="check")
        batch.create_check_constraint(op.f("ck_file_rhythms_rhythm"), f"rhythm IN ({values})")


def _readings_so_far() -> None:
    """The last finished run of each place; its next is due as weekly files and daily syncs are."""
    if op.get_bind().dialect.name == "postgresql":
        day = "CAST(r.seen_at AT TIME ZONE 'Asia/Almaty' AS DATE)"
        due = f"{day} + CASE WHEN s.kind = 'kaspi_api' THEN 1 ELSE 7 END"
    else:
        due = "DATE(r.seen_at, CASE WHEN s.kind = 'kaspi_api' THEN '+1 day' ELSE '+7 day' END)"
    op.execute(
        "INSERT INTO readings (brand_id, place, source_id, run_id, at, due) "
        f"SELECT s.brand_id, s.place, s.id, r.id, r.seen_at, {due} "
        "FROM runs r JOIN sources s ON s.id = r.source_id "
        "JOIN (SELECT s.brand_id AS brand_id, s.place AS place, MAX(r.id) AS last FROM runs r "
        "JOIN sources s ON s.id = r.source_id WHERE r.state = 'done' "
        "GROUP BY s.brand_id, s.place) latest ON latest.last = r.id"
    )


def downgrade() -> None:
    op.drop_table("silence_results")
    op.drop_table("silences")
    op.drop_table("run_results")
    op.drop_table("readings")
    op.execute("UPDATE file_rhythms SET rhythm = NULL WHERE rhythm = 'monthly'")
    _rhythms("'daily', 'weekly', 'off'")
    op.drop_column("orders", "by_terms_at")
    op.drop_column("terms", "auto_approve_days")
