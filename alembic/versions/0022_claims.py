"""Claims: until when they wait, when they were looked for and told of; a brand's cash registers."""

import sqlalchemy as sa

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
COLUMNS = ("expires_at", "looked_at", "told_at")
INDEXES = (
    ("ix_claims_receipts", ["brand_id", "looked_at"], "state = 'waiting' AND kind = 'receipt'"),
    ("ix_claims_expires_at", ["expires_at"], "state = 'waiting'"),
    ("ix_claims_untold", ["id"], "told_at IS NULL AND state <> 'waiting'"),
)


# Each question has an index of the rows that it is about; nobody asks for all of a state.
DROPPED = ("ix_claims_state_brand_id_claimed_at", ["state", "brand_id", "claimed_at"])


def upgrade() -> None:
    op.drop_index(DROPPED[0], "claims")
    for column in COLUMNS:
        op.add_column("claims", sa.Column(column, MOMENT, nullable=True))
    for name, columns, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(name, "claims", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "fiscal_registers",
        sa.Column("brand_id", ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("added_by", ID, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "number", name=op.f("pk_fiscal_registers")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_fiscal_registers_brand_id_brands")
        ),
        sa.ForeignKeyConstraint(
            ["added_by"], ["people.id"], name=op.f("fk_fiscal_registers_added_by_people")
        ),
    )


def downgrade() -> None:
    op.drop_table("fiscal_registers")
    for name, _, _ in INDEXES:
        op.drop_index(name, "claims")
    for column in COLUMNS:
        op.drop_column("claims", column)
    op.create_index(DROPPED[0], "claims", DROPPED[1])
