"""Order files in sealed pieces, and links to the page that takes large ones."""

import sqlalchemy as sa

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STATES = "'open', 'receiving', 'received', 'shown', 'revoked'"
NEEDED = sa.text("upload_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "sealed_uploads",
        sa.Column("upload_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("person_id", ID),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("touched_at", MOMENT, nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_sealed_uploads_upload_id_uploads")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_sealed_uploads_brand_id_brands")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_sealed_uploads_person_id_people")
        ),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_sealed_uploads")),
    )
    op.create_index(
        "ix_sealed_uploads_dropped_touched_at", "sealed_uploads", ["dropped", "touched_at"]
    )
    op.create_index("ix_sealed_uploads_person_id", "sealed_uploads", ["person_id"])
    op.create_table(
        "upload_pieces",
        sa.Column("upload_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["sealed_uploads.upload_id"],
            name=op.f("fk_upload_pieces_upload_id_sealed_uploads"),
        ),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_upload_pieces")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # What is packed and sealed does not shrink any more.
        op.execute("ALTER TABLE upload_pieces ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_table(
        "upload_links",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("busy_until", MOMENT),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("upload_id", ID),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_upload_links_state")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_upload_links_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_upload_links_brand_id_brands")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_links")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_upload_links_token_digest")),
    )
    op.create_index("ix_upload_links_person_id_id", "upload_links", ["person_id", "id"])
    op.create_index("ix_upload_links_state", "upload_links", ["state"])
    op.create_index("ix_upload_links_expires_at", "upload_links", ["expires_at"])
    op.create_index(
        "ix_runs_upload_id", "runs", ["upload_id"], sqlite_where=NEEDED, postgresql_where=NEEDED
    )


def downgrade() -> None:
    op.drop_index("ix_runs_upload_id", "runs")
    op.drop_table("upload_links")
    op.drop_table("upload_pieces")
    op.execute(
        "UPDATE runs SET upload_id = NULL WHERE upload_id IN (SELECT upload_id FROM sealed_uploads)"
    )
    op.drop_table("sealed_uploads")
