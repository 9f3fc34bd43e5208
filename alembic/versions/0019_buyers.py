"""Buyers: how they came, the phone they shared, what they claim; what people decide of orders.

The lists of evidence kinds and credit policies grow. On SQLite the list of `orders` is changed in
the schema's own text, which SQLite allows for changes that touch no stored row ("Making Other Kinds
Of Table Schema Changes" in its ALTER TABLE page): a million orders need not be copied.
"""

import sqlalchemy as sa

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
PLACES = "'kaspi', 'wildberries', 'ozon', 'halyk', 'own_shop', 'in_store'"
GRADES = "'A', 'B', 'C', 'D'"
LISTS = (
    (
        "orders",
        "evidence_kind",
        "'code', 'sku', 'click'",
        "'code', 'article', 'tag', 'sku', 'click', 'phone', 'claim', 'receipt', 'ruling'",
    ),
    (
        "terms",
        "credit_policy",
        "'grade_first', 'last_touch'",
        "'grade_first', 'grade_first_touch', 'owner_last_touch', 'last_touch', 'first_touch'",
    ),
)
TAKEN = sa.text("external_id <> '' AND state IN ('waiting', 'matched')")
STANDS = sa.text("state IN ('waiting', 'matched')")


def upgrade() -> None:
    for table, column, old, new in LISTS:
        _change_list(table, column, old, new)
    op.create_table(
        "touches",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("link_id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touches")),
        *_foreign("touches", "person_id", "link_id", "enrolment_id", "brand_id"),
        sa.UniqueConstraint(
            "person_id", "link_id", "at", name=op.f("uq_touches_person_id_link_id_at")
        ),
    )
    op.create_index(
        "ix_touches_brand_id_person_id_at", "touches", ["brand_id", "person_id", "at"]
    )
    op.create_index("ix_touches_enrolment_id_at", "touches", ["enrolment_id", "at"])
    op.create_table(
        "buyer_phones",
        sa.Column("person_id", ID, autoincrement=False, nullable=False),
        sa.Column("phone_digest", sa.LargeBinary(), nullable=False),
        sa.Column("shared_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_buyer_phones")),
        *_foreign("buyer_phones", "person_id"),
    )
    op.create_index("ix_buyer_phones_phone_digest", "buyer_phones", ["phone_digest"])
    op.create_table(
        "claims",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("place", sa.String(20), nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False, server_default=""),
        sa.Column("external_id", sa.String(100), nullable=False, server_default=""),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("receipt_key", sa.LargeBinary(), nullable=True),
        sa.Column("receipt_provider", sa.String(20), nullable=False, server_default=""),
        sa.Column("receipt_register", sa.String(12), nullable=False, server_default=""),
        sa.Column("paid_minor", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", MOMENT, nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"place IN ({PLACES})", name=op.f("ck_claims_place")),
        sa.CheckConstraint("kind IN ('number', 'receipt')", name=op.f("ck_claims_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'matched', 'refused', 'expired')", name=op.f("ck_claims_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        *_foreign("claims", "person_id", "brand_id", "enrolment_id", "order_id"),
    )
    for name, columns, unique, where in (
        ("uq_claims_order", ["brand_id", "place", "external_id"], True, TAKEN),
        ("uq_claims_receipt", ["receipt_key"], True, STANDS),
        ("ix_claims_person_id_id", ["person_id", "id"], False, None),
        ("ix_claims_order_id", ["order_id"], False, None),
        (
            "ix_claims_state_brand_id_claimed_at",
            ["state", "brand_id", "claimed_at"],
            False,
            None,
        ),
    ):
        op.create_index(
            name, "claims", columns, unique=unique, sqlite_where=where, postgresql_where=where
        )
    op.create_table(
        "rulings",
        sa.Column("id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("enrolment_id", ID, nullable=True),
        sa.Column("grade", sa.String(1), nullable=True),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.CheckConstraint(f"grade IN ({GRADES})", name=op.f("ck_rulings_grade")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
        *_foreign("rulings", "order_id", "enrolment_id", "decided_by"),
    )
    op.create_index("ix_rulings_order_id_id", "rulings", ["order_id", "id"])


def downgrade() -> None:
    for table in ("rulings", "claims", "buyer_phones", "touches"):
        op.drop_table(table)
    for table, column, old, new in LISTS:
        _change_list(table, column, new, old)


_REFERRED = {
    "person_id": "people",
    "decided_by": "people",
    "link_id": "links",
    "enrolment_id": "enrolments",
    "brand_id": "brands",
    "order_id": "orders",
}


def _foreign(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column],
            [f"{_REFERRED[column]}.id"],
            name=op.f(f"fk_{table}_{column}_{_REFERRED[column]}"),
        )
        for column in columns
    ]


def _change_list(table: str, column: str, old: str, new: str) -> None:
    """Let a column hold other values; no stored row changes."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({new})")
        return
    connection = op.get_bind()
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    op.execute("PRAGMA writable_schema = ON")
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_schema SET sql = replace(sql, :old, :new) "
            "WHERE type = 'table' AND name = :name AND instr(sql, :old) > 0"
        ),
        {
            "old": f"CHECK ({column} IN ({old}))",
            "new": f"CHECK ({column} IN ({new}))",
            "name": table,
        },
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"the list of {table}.{column} is not what it should be")
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")
