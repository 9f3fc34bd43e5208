"""Tables of sums that are kept in the transactions of what they sum; amounts are tiyn.

Each is one tree by its key, because imports write here: whose the sums are is known by joining.
A row that nothing is left of is deleted.
"""

import sqlalchemy as sa

from core.commissions import CommissionState
from db.models.base import metadata
from db.types import Id, one_of

# Credited orders by the day (Almaty) on which they were placed and by where their reward stands.
results = sa.Table(
    "results",
    metadata,
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("state", sa.String(20), primary_key=True),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Column("net_minor", sa.BigInteger, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("fee_minor", sa.BigInteger, nullable=False),
    sa.Column("proof_minor", sa.BigInteger, nullable=False),
    sa.Column("unfunded_minor", sa.BigInteger, nullable=False),
    one_of("state", CommissionState),
    sqlite_with_rowid=False,
)

# The same by month: what is asked of all time goes by these, however much somebody has sold.
month_results = sa.Table(
    "month_results",
    metadata,
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), primary_key=True),
    sa.Column("month", sa.Date, primary_key=True),  # its first day
    sa.Column("state", sa.String(20), primary_key=True),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Column("net_minor", sa.BigInteger, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("fee_minor", sa.BigInteger, nullable=False),
    sa.Column("proof_minor", sa.BigInteger, nullable=False),
    sa.Column("unfunded_minor", sa.BigInteger, nullable=False),
    one_of("state", CommissionState),
    sqlite_with_rowid=False,
)

# The same by the evidence that credited them: a promo code, an SKU, or a click on one of the links.
handle_results = sa.Table(
    "handle_results",
    metadata,
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), primary_key=True),
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("handle", sa.String(100), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("state", sa.String(20), primary_key=True),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Column("net_minor", sa.BigInteger, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("fee_minor", sa.BigInteger, nullable=False),
    one_of("state", CommissionState),
    sqlite_with_rowid=False,
)

# Commissions in hold by the day (Almaty) on which their hold ends.
holds = sa.Table(
    "holds",
    metadata,
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("unfunded_minor", sa.BigInteger, nullable=False),
    sa.Column("blocked_minor", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Clicks that count, by link and the day (Almaty).
click_days = sa.Table(
    "click_days",
    metadata,
    sa.Column("link_id", Id, sa.ForeignKey("links.id"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("clicks", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
