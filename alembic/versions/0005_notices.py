"""How people want to be told, and the indexes by which their messages are found."""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS = sa.text("due_at IS NOT NULL")
TRIED = sa.text("due_at IS NOT NULL AND attempts > 0")
INDEXES = (
    ("ix_outbox_kind_due_at", ["kind", "due_at"], WAITS),
    ("ix_outbox_person_id_id", ["person_id", "id"], WAITS),
    ("ix_outbox_under_way", ["person_id", "due_at"], TRIED),
)


def upgrade() -> None:
    op.add_column("outbox", sa.Column("held", sa.String(length=10), nullable=True))
    op.add_column("outbox", sa.Column("bundle_id", sa.BigInteger(), nullable=True))
    for name, columns, where in INDEXES:
        op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "notice_settings",
        sa.Column("person_id", ID, autoincrement=False, nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.Column("daily_at", sa.Integer(), nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_notice_settings_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_settings")),
    )


def downgrade() -> None:
    op.drop_table("notice_settings")
    for name, _, _ in INDEXES:
        op.drop_index(name, table_name="outbox")
    op.drop_column("outbox", "bundle_id")
    op.drop_column("outbox", "held")
