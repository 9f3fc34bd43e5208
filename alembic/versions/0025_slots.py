"""Slots: how many a brand has at a place, what goes round in them, whose turn it is."""

import sqlalchemy as sa

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
PLACES = "'kaspi', 'wildberries', 'ozon', 'halyk', 'own_shop', 'in_store'"
KINDS = "'sku', 'article', 'code_id', 'tag'"
STATES = "'waiting', 'offered', 'booked', 'over', 'declined', 'lapsed', 'left'"
OPEN = sa.text("state IN ('waiting', 'offered', 'booked')")


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [target], name=op.f(f"fk_{table}_{column}_{target.split('.')[0]}")
    )


def upgrade() -> None:
    op.create_table(
        "slot_boards",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("place", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("turn_days", sa.Integer(), nullable=False),
        sa.Column("rest_days", sa.Integer(), nullable=False),
        sa.Column("answer_hours", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"place IN ({PLACES})", name=op.f("ck_slot_boards_place")),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_slot_boards_kind")),
        _to("slot_boards", "brand_id", "brands.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_boards")),
        sa.UniqueConstraint("brand_id", "place", name=op.f("uq_slot_boards_brand_id_place")),
    )
    op.create_table(
        "slot_handles",
        sa.Column("board_id", ID, nullable=False),
        sa.Column("value", sa.String(100), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        _to("slot_handles", "board_id", "slot_boards.id"),
        sa.PrimaryKeyConstraint("board_id", "value", name=op.f("pk_slot_handles")),
    )
    op.create_table(
        "slot_turns",
        sa.Column("id", ID, nullable=False),
        sa.Column("board_id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answer_by", MOMENT, nullable=True),
        sa.Column("since", MOMENT, nullable=True),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("handle_id", ID, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_slot_turns_state")),
        _to("slot_turns", "board_id", "slot_boards.id"),
        _to("slot_turns", "enrolment_id", "enrolments.id"),
        _to("slot_turns", "handle_id", "sku_reservations.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_turns")),
    )
    op.create_index(
        "uq_slot_turns_open",
        "slot_turns",
        ["enrolment_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_slot_turns_open",
        "slot_turns",
        ["board_id", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_table("slot_turns")
    op.drop_table("slot_handles")
    op.drop_table("slot_boards")
