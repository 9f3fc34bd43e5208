"""Tables of who invited whom, and of the creators who agreed to be seen in the top list."""

import sqlalchemy as sa

from db.models.base import metadata
from db.types import Id, UtcDateTime

referral_links = sa.Table(
    "referral_links",
    metadata,
    sa.Column(
        "creator_id", Id, sa.ForeignKey("creators.person_id"), primary_key=True, autoincrement=False
    ),
    sa.Column("code", sa.String(12), nullable=False, unique=True),
)

referrals = sa.Table(
    "referrals",
    metadata,
    # One inviter for good: the first whose link was followed.
    sa.Column("invited_id", Id, sa.ForeignKey("people.id"), primary_key=True, autoincrement=False),
    sa.Column("inviter_id", Id, sa.ForeignKey("creators.person_id"), nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("bps", sa.Integer, nullable=False),  # of the platform's fee, as promised then
    sa.Column("until_month", sa.String(7), nullable=False),  # "2027-05", the last that counts
)

referral_rewards = sa.Table(
    "referral_rewards",
    metadata,
    sa.Column("order_id", Id, sa.ForeignKey("orders.id"), primary_key=True, autoincrement=False),
    sa.Column("inviter_id", Id, sa.ForeignKey("creators.person_id"), nullable=False, index=True),
    sa.Column("invited_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("minor", sa.BigInteger, nullable=False),  # what the inviter has of it now
)

top_members = sa.Table(
    "top_members",
    metadata,
    sa.Column(
        "creator_id", Id, sa.ForeignKey("creators.person_id"), primary_key=True, autoincrement=False
    ),
    sa.Column("agreed_at", UtcDateTime, nullable=False),
)

# Counted anew by a sweep: confirmed orders of a month by the category of their offers.
top_places = sa.Table(
    "top_places",
    metadata,
    sa.Column("month", sa.String(7), primary_key=True),
    sa.Column("category", sa.String(20), primary_key=True),
    sa.Column(
        "creator_id", Id, sa.ForeignKey("creators.person_id"), primary_key=True, autoincrement=False
    ),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Index("ix_top_places_rank", "month", "category", "orders", "creator_id"),
)
