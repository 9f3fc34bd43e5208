"""Tables of slots: how many a brand has at a place, what goes round in them, whose turn it is."""

import sqlalchemy as sa

from core.handles import HandleKind
from core.orders import Place
from core.slots import TurnState
from db.models.base import metadata
from db.types import Id, UtcDateTime, one_of

_OPEN = sa.text("state IN ('waiting', 'offered', 'booked')")

slot_boards = sa.Table(
    "slot_boards",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("place", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("slots", sa.Integer, nullable=False),
    sa.Column("turn_days", sa.Integer, nullable=False),
    sa.Column("rest_days", sa.Integer, nullable=False),
    sa.Column("answer_hours", sa.Integer, nullable=False),
    one_of("place", Place),
    one_of("kind", HandleKind),
    sa.UniqueConstraint("brand_id", "place"),
)

slot_handles = sa.Table(
    "slot_handles",
    metadata,
    sa.Column("board_id", Id, sa.ForeignKey("slot_boards.id"), primary_key=True),
    sa.Column("value", sa.String(100), primary_key=True),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

slot_turns = sa.Table(
    "slot_turns",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("board_id", Id, sa.ForeignKey("slot_boards.id"), nullable=False),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("answer_by", UtcDateTime),
    sa.Column("since", UtcDateTime),
    sa.Column("until", UtcDateTime),
    sa.Column("handle_id", Id, sa.ForeignKey("sku_reservations.id")),
    sa.Column("settled_at", UtcDateTime),
    one_of("state", TurnState),
    sa.Index(
        "uq_slot_turns_open",
        "enrolment_id",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    sa.Index("ix_slot_turns_open", "board_id", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
)
