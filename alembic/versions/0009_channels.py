"""Channels that are proved, posts that are watched, proofs that were corrected."""

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("channels", sa.Column("chat_id", sa.BigInteger(), nullable=True))
    op.add_column("channels", sa.Column("checked_at", STAMP, nullable=True))
    op.create_index("uq_channels_chat_id", "channels", ["chat_id"], unique=True)
    op.create_index(
        "ix_channels_checked_at",
        "channels",
        ["checked_at"],
        sqlite_where=sa.text("chat_id IS NOT NULL"),
        postgresql_where=sa.text("chat_id IS NOT NULL"),
    )
    op.create_table(
        "channel_checks",
        sa.Column("id", ID, nullable=False),
        sa.Column("creator_id", ID, nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("offer_id", ID, nullable=True),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("expires_at", STAMP, nullable=True),
        sa.Column("claimed_at", STAMP, nullable=True),
        sa.Column("decided_at", STAMP, nullable=True),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "platform IN ('instagram', 'tiktok', 'youtube', 'telegram', 'threads', 'vk')",
            name=op.f("ck_channel_checks_platform"),
        ),
        sa.CheckConstraint(
            "method IN ('code', 'telegram')", name=op.f("ck_channel_checks_method")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'waiting', 'accepted', 'refused', 'expired', 'withdrawn', 'lost')",
            name=op.f("ck_channel_checks_state"),
        ),
        sa.ForeignKeyConstraint(
            ["creator_id"],
            ["creators.person_id"],
            name=op.f("fk_channel_checks_creator_id_creators"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["people.id"], name=op.f("fk_channel_checks_decided_by_people")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_channel_checks_offer_id_offers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_checks")),
    )
    op.create_index("ix_channel_checks_state_id", "channel_checks", ["state", "id"])
    op.create_index(
        "ix_channel_checks_creator_id_url_id", "channel_checks", ["creator_id", "url", "id"]
    )
    op.create_index(
        "uq_channel_checks_standing",
        "channel_checks",
        ["creator_id", "url"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'waiting')"),
        postgresql_where=sa.text("state IN ('open', 'waiting')"),
    )
    op.create_table(
        "post_watches",
        sa.Column("proof_id", ID, autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("presence", sa.String(length=10), nullable=False),
        sa.Column("seen_at", STAMP, nullable=True),
        sa.Column("missing_since", STAMP, nullable=True),
        sa.Column("gone_at", STAMP, nullable=True),
        sa.Column("due_at", STAMP, nullable=True),
        sa.CheckConstraint(
            "presence IN ('seen', 'missing', 'gone', 'unknown')",
            name=op.f("ck_post_watches_presence"),
        ),
        sa.ForeignKeyConstraint(
            ["proof_id"], ["proofs.id"], name=op.f("fk_post_watches_proof_id_proofs")
        ),
        sa.PrimaryKeyConstraint("proof_id", name=op.f("pk_post_watches")),
    )
    op.create_index(
        "ix_post_watches_due_at",
        "post_watches",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "superseded_proofs",
        sa.Column("id", ID, nullable=False),
        sa.Column("proof_id", ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("screenshot_file_id", sa.Text(), nullable=False),
        sa.Column("sent_at", STAMP, nullable=False),
        sa.Column("reviewed_by", ID, nullable=True),
        sa.Column("reviewed_at", STAMP, nullable=True),
        sa.Column("superseded_at", STAMP, nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'accepted', 'changes', 'rejected')",
            name=op.f("ck_superseded_proofs_state"),
        ),
        sa.ForeignKeyConstraint(
            ["proof_id"], ["proofs.id"], name=op.f("fk_superseded_proofs_proof_id_proofs")
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["people.id"], name=op.f("fk_superseded_proofs_reviewed_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_superseded_proofs")),
    )
    op.create_index("ix_superseded_proofs_proof_id", "superseded_proofs", ["proof_id"])


def downgrade() -> None:
    op.drop_table("superseded_proofs")
    op.drop_table("post_watches")
    op.drop_table("channel_checks")
    op.drop_index("ix_channels_checked_at", table_name="channels")
    op.drop_index("uq_channels_chat_id", table_name="channels")
    op.drop_column("channels", "checked_at")
    op.drop_column("channels", "chat_id")
