"""Tables by which offers are found, kept for later and judged by how their sales went."""

import sqlalchemy as sa

from db.models.base import metadata
from db.types import Id, UtcDateTime

# Words of an offer's texts and of its brand's name, as core.spelling makes them, found by their
# beginnings. "C" lets PostgreSQL use the index for that whatever the collation of the database is.
offer_words = sa.Table(
    "offer_words",
    metadata,
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), primary_key=True),
    sa.Column(
        "word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True
    ),
    sa.Index("ix_offer_words_word_offer_id", "word", "offer_id"),
)

saved_offers = sa.Table(
    "saved_offers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), nullable=False),
    sa.Column("saved_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("person_id", "offer_id"),
    sa.Index("ix_saved_offers_person_id_id", "person_id", "id"),
)

# Figures of finished orders, see core.track_records; recounted from the orders by a sweep.
brand_records = sa.Table(
    "brand_records",
    metadata,
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), primary_key=True, autoincrement=False),
    sa.Column("finished", sa.Integer, nullable=False),
    sa.Column("approved_bps", sa.Integer),
    sa.Column("confirm_days", sa.Integer),
    sa.Column("pay_days", sa.Integer),
    sa.Column("counted_at", UtcDateTime, nullable=False, index=True),
)

offer_records = sa.Table(
    "offer_records",
    metadata,
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), primary_key=True, autoincrement=False),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False, index=True),
    sa.Column("finished", sa.Integer, nullable=False),
    sa.Column("approved_bps", sa.Integer),
    sa.Column("confirm_days", sa.Integer),
    sa.Column("pay_days", sa.Integer),
)
