"""Tables of the ledger, commissions and payouts; amounts are tiyn."""

import sqlalchemy as sa

from core.commissions import CommissionState
from core.ledger import Account, TransferKind
from core.payouts import PayoutState
from db.models.base import metadata
from db.types import Id, Json, UtcDateTime, one_of

transfers = sa.Table(
    "transfers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("key", sa.String(100), nullable=False, unique=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    one_of("kind", TransferKind),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    # Not indexed: nobody asks for the entries of one transfer, and every import would pay for it.
    sa.Column("transfer_id", Id, sa.ForeignKey("transfers.id"), nullable=False),
    sa.Column("account", sa.String(20), nullable=False),
    sa.Column("owner", sa.BigInteger, nullable=False),
    sa.Column("minor", sa.BigInteger, nullable=False),
    one_of("account", Account),
    sa.Index("ix_entries_account_owner_id", "account", "owner", "id"),
)

# Sums of `entries`, kept in the same transaction; `ules ledger check` recomputes them.
balances = sa.Table(
    "balances",
    metadata,
    sa.Column("account", sa.String(20), primary_key=True),
    sa.Column("owner", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("minor", sa.BigInteger, nullable=False),
    one_of("account", Account),
)

# Rewards that have ever become available, kept like balances: a payout is made of what came since.
release_sums = sa.Table(
    "release_sums",
    metadata,
    sa.Column("owner", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Column("minor", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

commissions = sa.Table(
    "commissions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("order_id", Id, sa.ForeignKey("orders.id"), nullable=False, unique=True),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False),
    sa.Column("creator_id", Id, sa.ForeignKey("creators.person_id"), nullable=False),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("terms_id", Id, sa.ForeignKey("terms.id"), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("fee_minor", sa.BigInteger, nullable=False),
    sa.Column("month", sa.String(7), nullable=False),
    sa.Column("hold_until", UtcDateTime),
    sa.Column("funded", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("run_id", Id, sa.ForeignKey("runs.id")),  # the run that changed it last
    sa.Column("price", Json),  # why it is this much, see core.pricing.Price
    one_of("state", CommissionState),
    sa.Index(
        "ix_commissions_held",  # what a release looks for
        "hold_until",
        "id",
        sqlite_where=sa.text("state = 'in_hold'"),
        postgresql_where=sa.text("state = 'in_hold'"),
    ),
    sa.Index("ix_commissions_enrolment_id_month", "enrolment_id", "month"),
    sa.Index(
        "ix_commissions_unfunded",  # few, and asked for every half a minute
        "state",
        "funded",
        "brand_id",
        "id",
        sqlite_where=sa.text("funded = 0"),
        postgresql_where=sa.text("NOT funded"),
    ),
    # Of the run alone: rows of an import go to its end, where a creator's would go anywhere.
    sa.Index("ix_commissions_run_id", "run_id"),
)

payouts = sa.Table(
    "payouts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("number", sa.String(20), nullable=False, unique=True),
    sa.Column("creator_id", Id, sa.ForeignKey("creators.person_id"), nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("requested_at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decided_by", Id, sa.ForeignKey("people.id")),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("iban_cipher", sa.LargeBinary, nullable=False),  # as it was when money was asked for
    sa.Column("iban_tail", sa.String(4), nullable=False),
    sa.Column("bank", sa.Text, nullable=False),
    sa.Column("legal_status", sa.String(20), nullable=False),
    # Rewards that became available since the request before: counted once, a card shows them often.
    sa.Column("orders", sa.Integer, nullable=False, server_default="0"),
    sa.Column("released_minor", sa.BigInteger, nullable=False, server_default="0"),
    one_of("state", PayoutState),
    sa.Index(
        "uq_payouts_open",
        "creator_id",
        unique=True,
        sqlite_where=sa.text("state IN ('requested', 'approved')"),
        postgresql_where=sa.text("state IN ('requested', 'approved')"),
    ),
    sa.Index("ix_payouts_state_id", "state", "id"),
    sa.Index("ix_payouts_creator_id_id", "creator_id", "id"),
)
