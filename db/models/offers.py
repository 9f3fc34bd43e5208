"""Tables of offers, enrolments and everything that ties a creator to a sale."""

import sqlalchemy as sa

from core.changes import ChangeKind, ChangeState
from core.enrolments import EnrolmentState
from core.handles import HandleKind
from core.offers import Admission, CodeSource, CreditPolicy, OfferState
from core.orders import Place
from core.people import Category, Locale, Platform
from core.proofs import ProofState
from db.models.base import metadata
from db.types import Id, Json, UtcDateTime, one_of

offers = sa.Table(
    "offers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("external_key", sa.String(100)),  # of a loaded programme, to load it again harmlessly
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("category", sa.String(20), nullable=False),
    sa.Column("place", sa.String(20), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("discount_bps", sa.Integer, nullable=False, default=0),
    sa.Column("click_param", sa.String(40), nullable=False, default=""),
    sa.Column("picture_id", Id, sa.ForeignKey("uploads.id")),
    sa.Column("eligibility", Json, nullable=False, default=dict),
    sa.Column("admission", sa.String(12), nullable=False, server_default="open"),
    sa.Column("code_source", sa.String(12), nullable=False, server_default="name"),
    sa.Column("starts_at", UtcDateTime),
    sa.Column("ends_at", UtcDateTime),
    sa.Column("review_note", sa.Text, nullable=False, default=""),
    # what a typical order brings by the current terms: see core.catalogue.example
    sa.Column("reward_minor", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("created_by", Id, sa.ForeignKey("people.id")),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("forbidden", Json, nullable=False, server_default="{}"),  # ways of promotion
    sa.Column("media", Json, nullable=False, server_default="{}"),  # what creators may use
    # Commissions of the offer together, kept by whatever changes one: budgets are held to it.
    sa.Column("spent_minor", sa.BigInteger, nullable=False, server_default="0"),
    one_of("state", OfferState),
    one_of("category", Category),
    one_of("place", Place),
    one_of("admission", Admission),
    one_of("code_source", CodeSource),
    sa.UniqueConstraint("brand_id", "external_key"),
    # One index per order of the catalogue; category and place let a filter pass over rows unread.
    sa.Index("ix_offers_newest", "state", "id", "category", "place"),
    sa.Index("ix_offers_reward", "state", "reward_minor", "id", "category", "place"),
    sa.Index("ix_offers_ending", "state", "ends_at", "id", "category", "place"),
)

offer_texts = sa.Table(
    "offer_texts",
    metadata,
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), primary_key=True),
    sa.Column("locale", sa.String(2), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    one_of("locale", Locale),
)

terms = sa.Table(
    "terms",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("rule", Json, nullable=False),
    sa.Column("hold_days", sa.Integer, nullable=False),
    sa.Column("window_days", sa.Integer, nullable=False),
    sa.Column("proof_required", sa.Boolean, nullable=False),
    sa.Column("min_order_minor", sa.BigInteger, nullable=False, default=0),
    sa.Column("credit_policy", sa.String(20), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("notice_days", sa.Integer, nullable=False, server_default="14"),
    sa.Column("auto_approve_days", sa.Integer, nullable=False, server_default="0"),  # 0: never
    # Whether the rule asks for a buyer's first order: then phones of a brand are compared.
    sa.Column("first_order", sa.Boolean, nullable=False, server_default=sa.false()),
    one_of("credit_policy", CreditPolicy),
    sa.UniqueConstraint("offer_id", "version"),
)

# Terms that came over an enrolment after it was accepted; without a row it has only those of its
# own. An order is priced by the version in force at its date.
enrolment_terms = sa.Table(
    "enrolment_terms",
    metadata,
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), primary_key=True),
    sa.Column("since", UtcDateTime, primary_key=True),
    sa.Column("terms_id", Id, sa.ForeignKey("terms.id"), nullable=False),
)

# What is going to change in a published offer: conditions with a notice, texts with a review.
offer_changes = sa.Table(
    "offer_changes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("content", Json, nullable=False),
    sa.Column("effective_at", UtcDateTime),
    sa.Column("created_by", Id, sa.ForeignKey("people.id")),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    one_of("kind", ChangeKind),
    one_of("state", ChangeState),
    sa.Index(
        "uq_offer_changes_open",
        "offer_id",
        "kind",
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
    sa.Index("ix_offer_changes_state_kind_effective_at", "state", "kind", "effective_at"),
)

# Times in which an offer pays nothing for new orders because its budget was used up.
offer_stops = sa.Table(
    "offer_stops",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), nullable=False, index=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime),
    sa.Index(
        "uq_offer_stops_current",
        "offer_id",
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    ),
)

enrolments = sa.Table(
    "enrolments",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), nullable=False),
    sa.Column("creator_id", Id, sa.ForeignKey("creators.person_id"), nullable=False),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False, index=True),
    sa.Column("terms_id", Id, sa.ForeignKey("terms.id"), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("accepted_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column(
        "proof_accepted_at", UtcDateTime
    ),  # first accepted proof: what a release may wait for
    sa.Column("note", sa.Text, nullable=False, server_default=""),  # of an application
    sa.Column("reason", sa.String(20), nullable=False, server_default=""),  # of the present state
    sa.Column("state_since", UtcDateTime),  # NULL: since accepted_at
    sa.Column("reapply_at", UtcDateTime),  # from when a declined creator may apply again
    one_of("state", EnrolmentState),
    sa.UniqueConstraint("offer_id", "creator_id"),
    sa.Index("ix_enrolments_creator_id_id", "creator_id", "id"),
    sa.Index("ix_enrolments_offer_id_state_id", "offer_id", "state", "id"),
)

promo_codes = sa.Table(
    "promo_codes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("normal", sa.String(40), nullable=False),
    sa.Column("folded", sa.String(40), nullable=False),  # look-alike letters made one
    sa.UniqueConstraint("brand_id", "normal"),
    sa.Index("ix_promo_codes_brand_id_folded", "brand_id", "folded"),
    sa.Index("ix_promo_codes_normal", "normal"),
)

# Spellings that count as an enrolment's code from a date on, because a person said so.
code_aliases = sa.Table(
    "code_aliases",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("normal", sa.String(100), nullable=False),
    sa.Column("code_id", Id, sa.ForeignKey("promo_codes.id"), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("added_by", Id, sa.ForeignKey("people.id"), nullable=False),
    sa.UniqueConstraint("brand_id", "normal"),
)

# Shapes under which a code is found when it is spelt wrong, see core.code_shapes.
code_shapes = sa.Table(
    "code_shapes",
    metadata,
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), primary_key=True),
    sa.Column("shape", sa.String(40), primary_key=True),
    sa.Column("code_id", Id, sa.ForeignKey("promo_codes.id"), primary_key=True),
    sqlite_with_rowid=False,
)

code_ownerships = sa.Table(
    "code_ownerships",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("code_id", Id, sa.ForeignKey("promo_codes.id"), nullable=False),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False, index=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime),
    sa.UniqueConstraint("code_id", "since"),
    sa.Index(
        "uq_code_ownerships_current",
        "code_id",
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    ),
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False),
    sa.Column("slug", sa.String(20), nullable=False, unique=True),
    sa.Column("placement", sa.String(40), nullable=False, default=""),
    sa.Column("created_at", UtcDateTime),
    sa.Column("off_at", UtcDateTime),  # switched off: it leads on, its visits count elsewhere
    sa.UniqueConstraint("enrolment_id", "placement"),
)

sku_reservations = sa.Table(
    "sku_reservations",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("sku", sa.String(100), nullable=False),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False, index=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime),
    sa.Column("kind", sa.String(10), nullable=False, server_default="sku"),
    # Orders of before it was written are looked at from here on; NULL when all of them have been.
    sa.Column("look_from", UtcDateTime),
    sa.Column("look_after", sa.BigInteger, nullable=False, server_default="0"),  # id of an order
    one_of("kind", HandleKind),
    sa.UniqueConstraint("brand_id", "sku", "since"),
    sa.Index(
        "ix_sku_reservations_look",
        "brand_id",
        "look_from",
        sqlite_where=sa.text("look_from IS NOT NULL"),
        postgresql_where=sa.text("look_from IS NOT NULL"),
    ),
    sa.Index(
        "uq_sku_reservations_current",
        "brand_id",
        "sku",
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    ),
)

clicks = sa.Table(
    "clicks",
    metadata,
    sa.Column("click_id", sa.String(32), primary_key=True),
    sa.Column("link_id", Id, sa.ForeignKey("links.id"), nullable=False),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("visitor", sa.String(64), nullable=False),
    sa.Column("counted", sa.Boolean, nullable=False),
)

proofs = sa.Table(
    "proofs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("enrolment_id", Id, sa.ForeignKey("enrolments.id"), nullable=False, index=True),
    sa.Column("creator_id", Id, sa.ForeignKey("creators.person_id"), nullable=False),
    sa.Column("brand_id", Id, sa.ForeignKey("brands.id"), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("link", sa.Text, unique=True),
    sa.Column("platform", sa.String(20)),
    sa.Column("caption", sa.Text, nullable=False, default=""),
    sa.Column("label", sa.String(10), nullable=False),
    sa.Column("screenshot_file_id", sa.Text, nullable=False, default=""),
    sa.Column("screenshot_sha256", sa.String(64), unique=True),
    sa.Column("reason", sa.String(40), nullable=False, default=""),
    sa.Column("sent_at", UtcDateTime, nullable=False),
    sa.Column("reviewed_by", Id, sa.ForeignKey("people.id")),
    sa.Column("reviewed_at", UtcDateTime),
    one_of("state", ProofState),
    one_of("platform", Platform),
    sa.Index("ix_proofs_brand_id_state_id", "brand_id", "state", "id"),
    sa.Index("ix_proofs_creator_id_id", "creator_id", "id"),
)
