"""Handles: what is lent to a creator has a kind, and orders of before are looked at again."""

import sqlalchemy as sa

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LOOK = sa.text("look_from IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("sku_reservations") as table:
        table.add_column(
            sa.Column("kind", sa.String(10), nullable=False, server_default="sku")
        )
        table.add_column(sa.Column("look_from", MOMENT, nullable=True))
        table.add_column(
            sa.Column("look_after", sa.BigInteger(), nullable=False, server_default="0")
        )
        table.create_check_constraint(
            op.f("ck_sku_reservations_kind"), "kind IN ('sku', 'article', 'code_id', 'tag')"
        )
    op.create_index(
        "ix_sku_reservations_look",
        "sku_reservations",
        ["brand_id", "look_from"],
        sqlite_where=LOOK,
        postgresql_where=LOOK,
    )


def downgrade() -> None:
    op.drop_index("ix_sku_reservations_look", "sku_reservations")
    with op.batch_alter_table("sku_reservations") as table:
        table.drop_constraint(op.f("ck_sku_reservations_kind"), type_="check")
        table.drop_column("look_after")
        table.drop_column("look_from")
        table.drop_column("kind")
