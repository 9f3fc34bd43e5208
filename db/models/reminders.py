"""Table of how often a file of a source is expected."""

import sqlalchemy as sa

from core.reminders import Rhythm
from db.models.base import metadata
from db.types import Id, one_of

file_rhythms = sa.Table(
    "file_rhythms",
    metadata,
    sa.Column("source_id", Id, sa.ForeignKey("sources.id"), primary_key=True, autoincrement=False),
    sa.Column("rhythm", sa.String(10)),  # NULL: as the last files came
    sa.Column("reminded_for", sa.Date),  # the due date (of Almaty) that managers were told of last
    one_of("rhythm", Rhythm),
)
