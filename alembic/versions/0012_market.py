"""The market's figures by week, and what brands were warned of."""

import sqlalchemy as sa

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "market_weeks",
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("credited", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("gmv_minor", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("pay_days", sa.Integer(), nullable=True),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("monday", name=op.f("pk_market_weeks")),
    )
    op.create_table(
        "fund_warnings",
        sa.Column("brand_id", ID, autoincrement=False, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("warned_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_fund_warnings_brand_id_brands")
        ),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_fund_warnings")),
    )


def downgrade() -> None:
    op.drop_table("fund_warnings")
    op.drop_table("market_weeks")
