"""The operator's desk: brands' requests, words to search by, an audit log that can be searched."""

import re
import unicodedata
from collections.abc import Iterable

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 1_000
LETTERS = str.maketrans("әғқңөұүһіё", "агкноуухие")
WORD = re.compile(r"[^\W_]+(?:_[^\W_]+)*")
NAMES = (
    ("person", "SELECT id, name FROM people"),
    ("person", "SELECT id, username FROM people WHERE username IS NOT NULL"),
    ("creator", "SELECT person_id, display_name FROM creators"),
    ("brand", "SELECT id, name FROM brands"),
    ("brand", "SELECT id, legal_name FROM brands"),
    ("offer", "SELECT offer_id, title FROM offer_texts"),
)


def upgrade() -> None:
    # Kinds of messages grow with every room: the list of them goes, and does not come back below.
    checks = sa.inspect(op.get_bind()).get_check_constraints("outbox")
    if any(check["name"] == "ck_outbox_kind" for check in checks):
        with op.batch_alter_table("outbox") as batch:
            batch.drop_constraint(op.f("ck_outbox_kind"), type_="check")
    op.add_column(
        "brands", sa.Column("suspended_reason", sa.Text(), server_default="", nullable=False)
    )
    op.create_index("ix_audit_actor_id_id", "audit", ["actor_id", "id"])
    op.create_index("ix_audit_action_id", "audit", ["action", "id"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index(
        "ix_creators_reviewed_at_state_person_id",
        "creators",
        ["reviewed_at", "state", "person_id"],
    )
    op.create_index("ix_promo_codes_normal", "promo_codes", ["normal"])
    op.create_index("ix_orders_external_id", "orders", ["external_id"])
    op.create_table(
        "brand_requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=True),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("bin", sa.String(length=12), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'declined', 'replaced')",
            name=op.f("ck_brand_requests_state"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_brand_requests_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_brand_requests_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["people.id"], name=op.f("fk_brand_requests_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_requests")),
    )
    op.create_index("ix_brand_requests_state_id", "brand_requests", ["state", "id"])
    op.create_index("ix_brand_requests_person_id_id", "brand_requests", ["person_id", "id"])
    for name, column, whose in (
        ("uq_brand_requests_waiting", "brand_id", "IS NOT NULL"),
        ("uq_brand_requests_sign_up", "person_id", "IS NULL"),
    ):
        waiting = sa.text(f"state = 'waiting' AND brand_id {whose}")
        op.create_index(
            name,
            "brand_requests",
            [column],
            unique=True,
            sqlite_where=waiting,
            postgresql_where=waiting,
        )
    words = op.create_table(
        "search_words",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column(
            "word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("object_id", ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "word", "object_id", name=op.f("pk_search_words")),
    )
    op.create_index("ix_search_words_kind_object_id", "search_words", ["kind", "object_id"])
    bind = op.get_bind()
    for rows in by_thousands(sorted(known_words(bind))):
        bind.execute(sa.insert(words), rows)


def known_words(bind: sa.Connection) -> set[tuple[str, str, int]]:
    """The words of everything that has a name by now."""
    found = set()
    for kind, query in NAMES:
        for number, name in bind.execute(sa.text(query)):
            folded = unicodedata.normalize("NFKC", name).casefold().translate(LETTERS)
            found.update((word[0][:40], kind, number) for word in WORD.finditer(folded))
    return found


def by_thousands(found: list[tuple[str, str, int]]) -> Iterable[list[dict[str, object]]]:
    """Rows of the table, a statement's worth at a time."""
    for start in range(0, len(found), AT_ONCE):
        yield [
            {"word": word, "kind": kind, "object_id": number}
            for word, kind, number in found[start : start + AT_ONCE]
        ]


def downgrade() -> None:
    # The list of kinds does not come back: rows may hold newer ones by now.
    op.drop_table("search_words")
    op.drop_table("brand_requests")
    op.drop_index("ix_orders_external_id", "orders")
    op.drop_index("ix_promo_codes_normal", "promo_codes")
    op.drop_index("ix_creators_reviewed_at_state_person_id", "creators")
    op.drop_index("ix_audit_at", "audit")
    op.drop_index("ix_audit_action_id", "audit")
    op.drop_index("ix_audit_actor_id_id", "audit")
    op.drop_column("brands", "suspended_reason")
