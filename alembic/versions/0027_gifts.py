"""Gifts: what an offer promises its buyers, codes to hand out, and which claims were rewarded."""

import sqlalchemy as sa

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
UNREWARDED = sa.text("state = 'matched' AND rewarded_at IS NULL")
FREE = sa.text("claim_id IS NULL")


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [target], name=op.f(f"fk_{table}_{column}_{target.split('.')[0]}")
    )


def upgrade() -> None:
    op.create_table(
        "buyer_rewards",
        sa.Column("id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("chosen_by", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_rewards")),
        _to("buyer_rewards", "offer_id", "offers.id"),
        _to("buyer_rewards", "chosen_by", "people.id"),
        sa.CheckConstraint(
            "kind IN ('nothing', 'thanks', 'gift')", name=op.f("ck_buyer_rewards_kind")
        ),
    )
    op.create_index("ix_buyer_rewards_offer_id_id", "buyer_rewards", ["offer_id", "id"])
    op.create_table(
        "gift_codes",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("claim_id", ID, nullable=True),
        sa.Column("given_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_codes")),
        _to("gift_codes", "brand_id", "brands.id"),
        _to("gift_codes", "offer_id", "offers.id"),
        _to("gift_codes", "claim_id", "claims.id"),
        sa.UniqueConstraint("brand_id", "code", name=op.f("uq_gift_codes_brand_id_code")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_gift_codes_claim_id")),
    )
    op.create_index("ix_gift_codes_offer_id_id", "gift_codes", ["offer_id", "id"])
    op.create_index(
        "ix_gift_codes_free",
        "gift_codes",
        ["offer_id", "id"],
        sqlite_where=FREE,
        postgresql_where=FREE,
    )
    op.add_column("claims", sa.Column("rewarded_at", MOMENT, nullable=True))
    op.create_index(
        "ix_claims_unrewarded",
        "claims",
        ["id"],
        sqlite_where=UNREWARDED,
        postgresql_where=UNREWARDED,
    )


def downgrade() -> None:
    op.drop_index("ix_claims_unrewarded", "claims")
    op.drop_column("claims", "rewarded_at")
    op.drop_table("gift_codes")
    op.drop_table("buyer_rewards")
