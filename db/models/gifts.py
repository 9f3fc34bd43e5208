"""Tables of what buyers get: the offer's choice over time, and gift codes."""

import sqlalchemy as sa

from core.gifts import RewardKind
from db.models.base import metadata
from db.types import Id, Json, UtcDateTime, one_of

# What buyers are promised who tell of a purchase from `since` on; the latest row stands.
buyer_rewards = sa.Table(
    "buyer_rewards",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("texts", Json, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("chosen_by", Id, sa.ForeignKey("people.id"), nullable=False),
    one_of("kind", RewardKind),
    sa.Index("ix_buyer_rewards_offer_id_id", "offer_id", "id"),
)

# A code is one claim's for good. A brand uploads a code once, for one of its offers.
gift_codes = sa.Table(
    "gift_codes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("claim_id", Id, sa.ForeignKey("claims.id"), unique=True),
    sa.Column("given_at", UtcDateTime),
    sa.UniqueConstraint("brand_id", "code"),
    sa.Index("ix_gift_codes_offer_id_id", "offer_id", "id"),
    sa.Index(
        "ix_gift_codes_free",
        "offer_id",
        "id",
        sqlite_where=sa.text("claim_id IS NULL"),
        postgresql_where=sa.text("claim_id IS NULL"),
    ),
)
