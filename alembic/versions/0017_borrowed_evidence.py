"""What an order has from another report than the standing one, and from when that report is."""

import sqlalchemy as sa

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("borrowed", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "borrowed")
