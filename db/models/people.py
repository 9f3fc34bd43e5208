"""Tables of people, creators, brands and who may act for whom."""

import sqlalchemy as sa

from core.people import BrandRole, CreatorState, LegalStatus, Locale, Permission, Platform
from db.models.base import metadata
from db.types import Id, Json, UtcDateTime, one_of

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("telegram_id", sa.BigInteger, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("username", sa.Text),
    sa.Column("locale", sa.String(2)),
    sa.Column("blocked_bot", sa.Boolean, nullable=False, default=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("seen_on", sa.Date),  # the last day of Almaty on which they wrote or tapped
    sa.Column(
        "broadcasts_muted", sa.Boolean, nullable=False, default=False, server_default=sa.false()
    ),
    one_of("locale", Locale),
)

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True),
    sa.Column("permission", sa.String(20), primary_key=True),
    one_of("permission", Permission),
)

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("version", sa.String(40), nullable=False),
    sa.Column("locale", sa.String(2), nullable=False),
    sa.Column("text_sha256", sa.String(64), nullable=False),
    sa.Column("given_at", UtcDateTime, nullable=False),
    sa.Column("withdrawn_at", UtcDateTime),
    sa.UniqueConstraint("person_id", "version"),
)

creators = sa.Table(
    "creators",
    metadata,
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("state_reason", sa.Text, nullable=False, default=""),
    sa.Column("reviewed_at", UtcDateTime),  # staff have looked at the profile
    sa.Column("display_name", sa.Text, nullable=False, default=""),
    sa.Column("city", sa.Text, nullable=False, default=""),
    sa.Column("languages", Json, nullable=False, default=list),
    sa.Column("categories", Json, nullable=False, default=list),
    sa.Column("legal_status", sa.String(20)),
    sa.Column("iin_cipher", sa.LargeBinary),
    sa.Column("iin_digest", sa.LargeBinary, unique=True),  # one person, one creator
    sa.Column("iban_cipher", sa.LargeBinary),
    sa.Column("iban_digest", sa.LargeBinary, index=True),
    sa.Column("iban_tail", sa.String(4), nullable=False, default=""),
    sa.Column("bank", sa.Text, nullable=False, default=""),
    sa.Column("created_at", UtcDateTime, nullable=False),
    one_of("state", CreatorState),
    one_of("legal_status", LegalStatus),
    sa.Index("ix_creators_state_person_id", "state", "person_id"),
    sa.Index("ix_creators_reviewed_at_state_person_id", "reviewed_at", "state", "person_id"),
)

channels = sa.Table(
    "channels",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("creator_id", Id, sa.ForeignKey("creators.person_id"), nullable=False, index=True),
    sa.Column("platform", sa.String(20), nullable=False),
    sa.Column("url", sa.Text, nullable=False, unique=True),
    sa.Column("followers", sa.Integer, nullable=False),
    sa.Column("verified_at", UtcDateTime),
    sa.Column("chat_id", sa.BigInteger),  # of a Telegram channel that the bot administers
    sa.Column("checked_at", UtcDateTime),  # its members were counted
    one_of("platform", Platform),
    sa.Index("uq_channels_chat_id", "chat_id", unique=True),  # one channel, one creator
    sa.Index(
        "ix_channels_checked_at",
        "checked_at",
        sqlite_where=sa.text("chat_id IS NOT NULL"),
        postgresql_where=sa.text("chat_id IS NOT NULL"),
    ),
)

brands = sa.Table(
    "brands",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("legal_name", sa.Text, nullable=False),
    sa.Column("bin", sa.String(12), nullable=False, unique=True),
    sa.Column("fee_bps", sa.Integer, nullable=False),
    sa.Column("credit_limit_minor", sa.BigInteger, nullable=False, default=0),
    sa.Column("licence", sa.Text, nullable=False, default=""),
    sa.Column("suspended", sa.Boolean, nullable=False, default=False),
    sa.Column("suspended_reason", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

brand_managers = sa.Table(
    "brand_managers",
    metadata,
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), primary_key=True),
    sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True, index=True),
    sa.Column("role", sa.String(10), nullable=False),
    one_of("role", BrandRole),
)

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("token_digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id")),  # NULL: an invitation to the staff
    sa.Column("role", sa.String(10)),
    sa.Column("permissions", Json, nullable=False, default=list),
    sa.Column("created_by", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("used_by", Id, sa.ForeignKey("people.id")),
    sa.Column("used_at", UtcDateTime),
    one_of("role", BrandRole),
)
