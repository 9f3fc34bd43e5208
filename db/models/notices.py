"""Table of how people want to be told."""

import sqlalchemy as sa

from db.models.base import metadata
from db.types import Id, Json

notice_settings = sa.Table(
    "notice_settings",
    metadata,
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True, autoincrement=False),
    sa.Column("quiet_from", sa.Integer, nullable=False),  # hours of Almaty
    sa.Column("quiet_until", sa.Integer, nullable=False),
    sa.Column("daily_at", sa.Integer, nullable=False),
    sa.Column("modes", Json, nullable=False),  # core.notices.Group -> Mode, but the default ones
)
