"""Tables of buyers: how they came, the phone they shared, what they say they bought."""

import sqlalchemy as sa

from core.claims import ClaimKind, ClaimState
from core.evidence import Grade
from core.orders import Place
from db.models.base import metadata
from db.types import Id, UtcDateTime, one_of

# Somebody opened a creator's bot link; Telegram's time of the message makes a repeat harmless.
touches = sa.Table(
    "touches",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("link_id", Id, sa.ForeignKey("links.id"), nullable=False),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("person_id", "link_id", "at"),
    sa.Index("ix_touches_brand_id_person_id_at", "brand_id", "person_id", "at"),
    sa.Index("ix_touches_enrolment_id_at", "enrolment_id", "at"),
)

# The phone that a person shared by Telegram's own button, only as its digest, while they consent.
buyer_phones = sa.Table(
    "buyer_phones",
    metadata,
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True, autoincrement=False),
    sa.Column("phone_digest", sa.LargeBinary, nullable=False),
    sa.Column("shared_at", UtcDateTime, nullable=False),
    sa.Index("ix_buyer_phones_phone_digest", "phone_digest"),
)

# Conditions of the partial indexes of claims, to ask by: SQLite takes such an index only where the
# question repeats its words, and not where they are values of parameters.
claim_of_order = sa.text("claims.external_id <> '' AND claims.state IN ('waiting', 'matched')")
claim_stands = sa.text("claims.state IN ('waiting', 'matched')")
claim_waits = sa.text("claims.state = 'waiting'")
receipt_waits = sa.text("claims.state = 'waiting' AND claims.kind = 'receipt'")
claim_untold = sa.text("claims.told_at IS NULL AND claims.state <> 'waiting'")

# An order that a buyer says is theirs. `external_id` is its number as the merchant writes it; of a
# receipt it is empty until the order is found. `receipt_key` is the digest of what makes it unique.
# `looked_at`: when orders were looked for a receipt, empty again after each reading of the brand's
# orders. `told_at`: when the buyer was told how it ended. `rewarded_at`: when they got what the
# offer had promised, or nothing where that was it.
claims = sa.Table(
    "claims",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("place", sa.String(20), nullable=False),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("reason", sa.String(20), nullable=False, server_default=""),
    sa.Column("external_id", sa.String(100), nullable=False, server_default=""),
    sa.Column("order_id", Id, sa.ForeignKey("orders.id")),
    sa.Column("receipt_key", sa.LargeBinary),
    sa.Column("receipt_provider", sa.String(20), nullable=False, server_default=""),
    sa.Column("receipt_register", sa.String(12), nullable=False, server_default=""),
    sa.Column("paid_minor", sa.BigInteger),
    sa.Column("paid_at", UtcDateTime),
    sa.Column("claimed_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("looked_at", UtcDateTime),
    sa.Column("told_at", UtcDateTime),
    sa.Column("rewarded_at", UtcDateTime),
    one_of("place", Place),
    one_of("kind", ClaimKind),
    one_of("state", ClaimState),
    sa.Index(
        "uq_claims_order",
        "brand_id",
        "place",
        "external_id",
        unique=True,
        sqlite_where=sa.text("external_id <> '' AND state IN ('waiting', 'matched')"),
        postgresql_where=sa.text("external_id <> '' AND state IN ('waiting', 'matched')"),
    ),
    sa.Index(
        "uq_claims_receipt",
        "receipt_key",
        unique=True,
        sqlite_where=sa.text("state IN ('waiting', 'matched')"),
        postgresql_where=sa.text("state IN ('waiting', 'matched')"),
    ),
    sa.Index("ix_claims_person_id_id", "person_id", "id"),
    sa.Index("ix_claims_order_id", "order_id"),
    sa.Index(
        "ix_claims_receipts",  # those for which orders are to be looked for
        "brand_id",
        "looked_at",
        sqlite_where=sa.text("state = 'waiting' AND kind = 'receipt'"),
        postgresql_where=sa.text("state = 'waiting' AND kind = 'receipt'"),
    ),
    sa.Index(
        "ix_claims_expires_at",
        "expires_at",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    ),
    sa.Index(
        "ix_claims_untold",
        "id",
        sqlite_where=sa.text("told_at IS NULL AND state <> 'waiting'"),
        postgresql_where=sa.text("told_at IS NULL AND state <> 'waiting'"),
    ),
    sa.Index(
        "ix_claims_unrewarded",
        "id",
        sqlite_where=sa.text("state = 'matched' AND rewarded_at IS NULL"),
        postgresql_where=sa.text("state = 'matched' AND rewarded_at IS NULL"),
    ),
)

# Cash registers of a brand, by the number (РНМ, КТН) that stands on their receipts.
fiscal_registers = sa.Table(
    "fiscal_registers",
    metadata,
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), primary_key=True, autoincrement=False),
    sa.Column("number", sa.String(12), primary_key=True),
    sa.Column("added_by", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

# What a person decided of an order against or beside its evidence; the latest one counts.
rulings = sa.Table(
    "rulings",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("order_id", Id, sa.ForeignKey("orders.id"), nullable=False),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id")),  # NULL: nobody is credited
    sa.Column("grade", sa.String(1)),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("decided_by", Id, sa.ForeignKey("people.id")),
    sa.Column("decided_at", UtcDateTime, nullable=False),
    one_of("grade", Grade),
    sa.Index("ix_rulings_order_id_id", "order_id", "id"),
)
