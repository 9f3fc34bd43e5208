"""Tables of how creators come into offers and go: invitations, and the history of an enrolment."""

import sqlalchemy as sa

from core.enrolments import EnrolmentState
from db.models.base import metadata
from db.types import Id, UtcDateTime, one_of

offer_invitations = sa.Table(
    "offer_invitations",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), nullable=False),
    sa.Column("token_digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("places", sa.Integer, nullable=False),  # how many people it lets in
    sa.Column("used", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_by", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),  # brought forward when it is revoked
    sa.Index("ix_offer_invitations_offer_id_id", "offer_id", "id"),
)

offer_invitees = sa.Table(
    "offer_invitees",
    metadata,
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), primary_key=True),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True),
    sa.Column("invitation_id", Id, sa.ForeignKey("offer_invitations.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

enrolment_events = sa.Table(
    "enrolment_events",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("terms_id", Id, sa.ForeignKey("terms.id"), nullable=False),
    sa.Column("reason", sa.String(20), nullable=False, server_default=""),
    sa.Column("by", Id, sa.ForeignKey("people.id")),  # NULL: the program, at its time
    one_of("state", EnrolmentState),
    sa.Index("ix_enrolment_events_enrolment_id_id", "enrolment_id", "id"),
)
