"""Tables of what both sides see of reconciliation: readings, what each brought, silences."""

import sqlalchemy as sa

from core.deadlines import SilenceState
from core.orders import Place
from db.models.base import metadata
from db.types import Id, UtcDateTime, one_of

# The last reading of a brand's orders at a place, from whatever source, and when the next is due.
readings = sa.Table(
    "readings",
    metadata,
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), primary_key=True, autoincrement=False),
    sa.Column("place", sa.String(20), primary_key=True),
    sa.Column("source_id", Id, sa.ForeignKey("sources.id"), nullable=False),
    sa.Column("run_id", Id, sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),  # of the news that it brought
    sa.Column("due", sa.Date, nullable=False),  # the next one, Almaty
    sa.Column("late_told_for", sa.Date),  # the due date whose passing managers were told of
    one_of("place", Place),
    sa.Index("ix_readings_due", "due"),
    sa.Index("ix_readings_at", "at"),
    sqlite_with_rowid=False,
)

# What a run changed for an enrolment: kept when it ends, since later runs change the same rows.
run_results = sa.Table(
    "run_results",
    metadata,
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), primary_key=True),
    sa.Column("run_id", Id, sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("new", sa.Integer, nullable=False),
    sa.Column("waiting", sa.Integer, nullable=False),
    sa.Column("approved", sa.Integer, nullable=False),
    sa.Column("lost", sa.Integer, nullable=False),
    sa.Column("waiting_minor", sa.BigInteger, nullable=False),
    sa.Column("approved_minor", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# A brand that is silent, for orders whose terms have it approved after so many days.
silences = sa.Table(
    "silences",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("place", sa.String(20), nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),  # the reading that was the last one
    sa.Column("until", sa.Date, nullable=False),  # the last day (Almaty) on which a file counts
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("orders", sa.Integer, nullable=False),  # that wait, then those approved
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("warned_at", UtcDateTime, nullable=False),
    sa.Column("approved_at", UtcDateTime),  # when approving began; the same for all its orders
    sa.Column("ended_at", UtcDateTime),
    one_of("place", Place),
    one_of("state", SilenceState),
    sa.UniqueConstraint("brand_id", "place", "days", "since"),
    sa.Index(
        "ix_silences_until",
        "until",
        sqlite_where=sa.text("state IN ('warned', 'approving')"),
        postgresql_where=sa.text("state IN ('warned', 'approving')"),
    ),
)

# What a silence approved, by enrolment.
silence_results = sa.Table(
    "silence_results",
    metadata,
    sa.Column("silence_id", Id, sa.ForeignKey("silences.id"), primary_key=True),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), primary_key=True),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
