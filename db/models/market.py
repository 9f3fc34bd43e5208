"""Tables of the operator's view of the market, and of warnings to brands."""

import sqlalchemy as sa

from db.models.base import metadata
from db.types import Id, UtcDateTime

# Figures of weeks, see core.market; counted anew by a sweep.
market_weeks = sa.Table(
    "market_weeks",
    metadata,
    sa.Column("monday", sa.Date, primary_key=True),
    sa.Column("orders", sa.Integer, nullable=False),
    sa.Column("credited", sa.Integer, nullable=False),
    sa.Column("approved", sa.Integer, nullable=False),
    sa.Column("lost", sa.Integer, nullable=False),
    sa.Column("gmv_minor", sa.BigInteger, nullable=False),
    sa.Column("active", sa.Integer, nullable=False),
    sa.Column("pay_days", sa.Integer),
    sa.Column("counted_at", UtcDateTime, nullable=False),
)

# Brands whose money ends soon, and at how many days left they were warned of it.
fund_warnings = sa.Table(
    "fund_warnings",
    metadata,
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), primary_key=True, autoincrement=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("warned_at", UtcDateTime, nullable=False),
)
