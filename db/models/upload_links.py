"""Table of links to the page that takes large files."""

import sqlalchemy as sa

from core.upload_links import LinkState
from db.models.base import metadata
from db.types import Id, UtcDateTime, one_of

upload_links = sa.Table(
    "upload_links",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("token_digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, default=0),
    sa.Column("busy_until", UtcDateTime),
    sa.Column("received", sa.BigInteger, nullable=False, default=0),  # bytes
    sa.Column("upload_id", Id),  # of a file that may be forgotten meanwhile
    sa.Column("file_name", sa.Text, nullable=False, default=""),
    one_of("state", LinkState),
    sa.Index("ix_upload_links_person_id_id", "person_id", "id"),
    sa.Index("ix_upload_links_state", "state"),
    sa.Index("ix_upload_links_expires_at", "expires_at"),
)
