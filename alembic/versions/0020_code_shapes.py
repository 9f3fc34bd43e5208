"""Shapes by which promo codes are found when they are spelt wrong.

Codes that exist get the shapes that are easily made: their folded form, and it with each sign left
out.
"""

import sqlalchemy as sa

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHORTEST = 5
AT_ONCE = 1_000


def upgrade() -> None:
    shapes = op.create_table(
        "code_shapes",
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("shape", sa.String(40), nullable=False),
        sa.Column("code_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_code_shapes_brand_id_brands")
        ),
        sa.ForeignKeyConstraint(
            ["code_id"], ["promo_codes.id"], name=op.f("fk_code_shapes_code_id_promo_codes")
        ),
        sa.PrimaryKeyConstraint("brand_id", "shape", "code_id", name=op.f("pk_code_shapes")),
        sqlite_with_rowid=False,
    )
    known = op.get_bind().execute(sa.text("SELECT id, brand_id, folded FROM promo_codes")).all()
    for start in range(0, len(known), AT_ONCE):
        rows = [
            {"brand_id": brand, "shape": shape, "code_id": code}
            for code, brand, folded in known[start : start + AT_ONCE]
            for shape in _shapes(folded)
        ]
        if rows:
            op.bulk_insert(shapes, rows)


def downgrade() -> None:
    op.drop_table("code_shapes")


def _shapes(folded: str) -> set[str]:
    shapes = {folded}
    if len(folded) >= SHORTEST:
        shapes |= {folded[:index] + folded[index + 1 :] for index in range(len(folded))}
    return shapes - {""}
