"""What people answer to near misses, and spellings that count as a code because they said so."""

import sqlalchemy as sa

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("near_misses") as batch:
        batch.add_column(sa.Column("answer", sa.String(10), nullable=True))
        batch.add_column(sa.Column("answered_by", ID, nullable=True))
        batch.add_column(sa.Column("answered_at", MOMENT, nullable=True))
        batch.create_check_constraint(
            op.f("ck_near_misses_answer"), "answer IN ('order', 'alias', 'no')"
        )
        batch.create_foreign_key(
            op.f("fk_near_misses_answered_by_people"), "people", ["answered_by"], ["id"]
        )
    op.create_table(
        "code_aliases",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("normal", sa.String(100), nullable=False),
        sa.Column("code_id", ID, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("added_by", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_code_aliases_brand_id_brands")
        ),
        sa.ForeignKeyConstraint(
            ["code_id"], ["promo_codes.id"], name=op.f("fk_code_aliases_code_id_promo_codes")
        ),
        sa.ForeignKeyConstraint(
            ["added_by"], ["people.id"], name=op.f("fk_code_aliases_added_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_aliases")),
        sa.UniqueConstraint("brand_id", "normal", name=op.f("uq_code_aliases_brand_id_normal")),
    )


def downgrade() -> None:
    op.drop_table("code_aliases")
    with op.batch_alter_table("near_misses") as batch:
        batch.drop_constraint(op.f("fk_near_misses_answered_by_people"), type_="foreignkey")
        batch.drop_constraint(op.f("ck_near_misses_answer"), type_="check")
        batch.drop_column("answered_at")
        batch.drop_column("answered_by")
        batch.drop_column("answer")
