"""Support, invitations of creators, the top list, and how often files are expected."""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("closed_at IS NULL")
WAITING = sa.text("waiting_since IS NOT NULL")
OLD_KINDS = "'payout_requested', 'payout_paid', 'payout_returned'"
NEW_KINDS = f"{OLD_KINDS}, 'referral', 'referral_back'"


def upgrade() -> None:
    _kinds_of_transfers(OLD_KINDS, NEW_KINDS)
    _support()
    _referrals()
    op.create_table(
        "file_rhythms",
        _key("source_id"),
        sa.Column("rhythm", sa.String(length=10), nullable=True),
        sa.Column("reminded_for", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "rhythm IN ('daily', 'weekly', 'off')", name=op.f("ck_file_rhythms_rhythm")
        ),
        _to("file_rhythms", "source_id", "sources.id"),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_file_rhythms")),
    )


def _support() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("topic", sa.String(length=10), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("waiting_since", MOMENT, nullable=True),
        sa.Column("assigned_to", ID, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "topic IN ('orders', 'money', 'codes', 'profile', 'brand', 'other')",
            name=op.f("ck_tickets_topic"),
        ),
        _to("tickets", "person_id", "people.id"),
        _to("tickets", "assigned_to", "people.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )
    op.create_index("ix_tickets_person_id_last_at_id", "tickets", ["person_id", "last_at", "id"])
    op.create_index("ix_tickets_closed_at_id", "tickets", ["closed_at", "id"])
    for name, columns, where in (
        ("ix_tickets_open", ["last_at", "id"], OPEN),
        ("ix_tickets_waiting_since_id", ["waiting_since", "id"], WAITING),
    ):
        op.create_index(name, "tickets", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "ticket_messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("from_staff", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attached", sa.String(length=10), nullable=True),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "attached IN ('photo', 'document')", name=op.f("ck_ticket_messages_attached")
        ),
        _to("ticket_messages", "ticket_id", "tickets.id"),
        _to("ticket_messages", "author_id", "people.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_ticket_messages_key")),
    )
    op.create_index("ix_ticket_messages_ticket_id_id", "ticket_messages", ["ticket_id", "id"])
    op.create_index("ix_ticket_messages_author_id_at", "ticket_messages", ["author_id", "at"])


def _referrals() -> None:
    op.create_table(
        "referral_links",
        _key("creator_id"),
        sa.Column("code", sa.String(length=12), nullable=False),
        _to("referral_links", "creator_id", "creators.person_id"),
        sa.PrimaryKeyConstraint("creator_id", name=op.f("pk_referral_links")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_links_code")),
    )
    op.create_table(
        "referrals",
        _key("invited_id"),
        sa.Column("inviter_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("bps", sa.Integer(), nullable=False),
        sa.Column("until_month", sa.String(length=7), nullable=False),
        _to("referrals", "invited_id", "people.id"),
        _to("referrals", "inviter_id", "creators.person_id"),
        sa.PrimaryKeyConstraint("invited_id", name=op.f("pk_referrals")),
    )
    op.create_index(op.f("ix_referrals_inviter_id"), "referrals", ["inviter_id"])
    op.create_table(
        "referral_rewards",
        _key("order_id"),
        sa.Column("inviter_id", ID, nullable=False),
        sa.Column("invited_id", ID, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        _to("referral_rewards", "order_id", "orders.id"),
        _to("referral_rewards", "inviter_id", "creators.person_id"),
        _to("referral_rewards", "invited_id", "people.id"),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_referral_rewards")),
    )
    op.create_index(op.f("ix_referral_rewards_inviter_id"), "referral_rewards", ["inviter_id"])
    op.create_table(
        "top_members",
        _key("creator_id"),
        sa.Column("agreed_at", MOMENT, nullable=False),
        _to("top_members", "creator_id", "creators.person_id"),
        sa.PrimaryKeyConstraint("creator_id", name=op.f("pk_top_members")),
    )
    op.create_table(
        "top_places",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        _key("creator_id"),
        sa.Column("orders", sa.Integer(), nullable=False),
        _to("top_places", "creator_id", "creators.person_id"),
        sa.PrimaryKeyConstraint("month", "category", "creator_id", name=op.f("pk_top_places")),
    )
    op.create_index(
        "ix_top_places_rank", "top_places", ["month", "category", "orders", "creator_id"]
    )


def _key(column: str) -> sa.Column[int]:
    return sa.Column(column, ID, autoincrement=False, nullable=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [other], name=op.f(f"fk_{table}_{column}"))


def _kinds_of_transfers(old: str, new: str) -> None:
    """Replace the list of kinds without rebuilding the ledger, which is never rewritten."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        # The way that SQLite's manual gives for a check that changes nothing of what is stored.
        version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
        bind.exec_driver_sql("PRAGMA writable_schema = ON")
        bind.execute(
            sa.text(
                "UPDATE sqlite_master SET sql = replace(sql, :old, :new) "
                "WHERE type = 'table' AND name = 'transfers'"
            ),
            {"old": f"{old})", "new": f"{new})"},
        )
        bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
        bind.exec_driver_sql("PRAGMA writable_schema = OFF")
        table = bind.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'transfers'")
        if f"{new})" not in table.scalar_one():  # then nothing of this migration may stand
            raise RuntimeError("the list of kinds of transfers was not found as it was written")
        return
    op.drop_constraint(op.f("ck_transfers_kind"), "transfers", type_="check")
    others = "'top_up', 'accrue', 'adjust', 'release', 'void', 'clawback'"
    # A step back looks at no row: some may be of the newer kinds.
    unlooked = "" if len(new) > len(old) else " NOT VALID"
    op.execute(
        f"ALTER TABLE transfers ADD CONSTRAINT ck_transfers_kind "
        f"CHECK (kind IN ({others}, {new})){unlooked}"
    )


def downgrade() -> None:
    for table in (
        "file_rhythms",
        "top_places",
        "top_members",
        "referral_rewards",
        "referrals",
        "referral_links",
        "ticket_messages",
        "tickets",
    ):
        op.drop_table(table)
    _kinds_of_transfers(NEW_KINDS, OLD_KINDS)
