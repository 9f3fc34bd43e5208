"""The ground: people, offers, orders, money."""

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def forbid_changes(table: str) -> None:
    """The ledger is corrected by further transfers, never by rewriting one."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
    )


def upgrade() -> None:
    op.create_table(
        "balances",
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account IN ('bank', 'brand_funds', 'creator_pending', 'creator_available', 'creator_reserved', 'platform_fee', 'tax_withheld')",
            name=op.f("ck_balances_account"),
        ),
        sa.PrimaryKeyConstraint("account", "owner", name=op.f("pk_balances")),
    )
    op.create_table(
        "brands",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("bin", sa.String(length=12), nullable=False),
        sa.Column("fee_bps", sa.Integer(), nullable=False),
        sa.Column("credit_limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
        sa.UniqueConstraint("bin", name=op.f("uq_brands_bin")),
    )
    op.create_table(
        "fsm",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=100), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_fsm")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("locale", sa.String(length=2), nullable=True),
        sa.Column("blocked_bot", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("locale IN ('kk', 'ru', 'en')", name=op.f("ck_people_locale")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("telegram_id", name=op.f("uq_people_telegram_id")),
    )
    op.create_table(
        "transfers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('top_up', 'accrue', 'adjust', 'release', 'void', 'clawback', 'payout_requested', 'payout_paid', 'payout_returned')",
            name=op.f("ck_transfers_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("key", name=op.f("uq_transfers_key")),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("sha256", name=op.f("uq_uploads_sha256")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_audit_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_object_object_id", ["object", "object_id"], unique=False)

    op.create_table(
        "brand_managers",
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'member')", name=op.f("ck_brand_managers_role")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_brand_managers_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_brand_managers_person_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "person_id", name=op.f("pk_brand_managers")),
    )
    with op.batch_alter_table("brand_managers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_brand_managers_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("person_id", "version", name=op.f("uq_consents_person_id_version")),
    )
    op.create_table(
        "creators",
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("legal_status", sa.String(length=20), nullable=True),
        sa.Column("iin_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("iin_digest", sa.LargeBinary(), nullable=True),
        sa.Column("iban_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("iban_digest", sa.LargeBinary(), nullable=True),
        sa.Column("iban_tail", sa.String(length=4), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "legal_status IN ('individual_gph', 'self_employed', 'ip_simplified', 'ip_general', 'ip_general_vat')",
            name=op.f("ck_creators_legal_status"),
        ),
        sa.CheckConstraint(
            "state IN ('new', 'active', 'suspended')", name=op.f("ck_creators_state")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_creators_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_creators")),
        sa.UniqueConstraint("iin_digest", name=op.f("uq_creators_iin_digest")),
    )
    with op.batch_alter_table("creators", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_creators_iban_digest"), ["iban_digest"], unique=False)
        batch_op.create_index("ix_creators_state_person_id", ["state", "person_id"], unique=False)

    op.create_table(
        "entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "transfer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account IN ('bank', 'brand_funds', 'creator_pending', 'creator_available', 'creator_reserved', 'platform_fee', 'tax_withheld')",
            name=op.f("ck_entries_account"),
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_entries_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_entries_account_owner_id", ["account", "owner", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_entries_transfer_id"), ["transfer_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("role", sa.String(length=10), nullable=True),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column(
            "created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('owner', 'member')", name=op.f("ck_invitations_role")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_invitations_brand_id")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["people.id"], name=op.f("fk_invitations_created_by")
        ),
        sa.ForeignKeyConstraint(["used_by"], ["people.id"], name=op.f("fk_invitations_used_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitations_token_digest")),
    )
    op.create_table(
        "offers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_key", sa.String(length=100), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("discount_bps", sa.Integer(), nullable=False),
        sa.Column("click_param", sa.String(length=40), nullable=False),
        sa.Column(
            "picture_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("eligibility", sa.JSON(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=False),
        sa.Column(
            "created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "category IN ('beauty', 'fashion', 'food', 'home', 'kids', 'electronics', 'sport', 'books', 'travel', 'services')",
            name=op.f("ck_offers_category"),
        ),
        sa.CheckConstraint(
            "place IN ('kaspi', 'wildberries', 'ozon', 'halyk', 'own_shop', 'in_store')",
            name=op.f("ck_offers_place"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'review', 'active', 'paused', 'ended', 'rejected')",
            name=op.f("ck_offers_state"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_offers_brand_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_offers_created_by")),
        sa.ForeignKeyConstraint(["picture_id"], ["uploads.id"], name=op.f("fk_offers_picture_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint(
            "brand_id", "external_key", name=op.f("uq_offers_brand_id_external_key")
        ),
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_offers_state_category_place_id", ["state", "category", "place", "id"], unique=False
        )
        batch_op.create_index("ix_offers_state_ends_at", ["state", "ends_at"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('offer_submitted', 'offer_approved', 'offer_rejected', 'offer_ended', 'enrolled', 'creator_suspended', 'creator_restored', 'proof_sent', 'proof_accepted', 'proof_changes', 'proof_rejected', 'orders_news', 'released', 'run_done', 'run_failed', 'source_paused', 'funds_low', 'topped_up', 'payout_requested', 'payout_approved', 'payout_paid', 'payout_failed', 'payout_refused')",
            name=op.f("ck_outbox_kind"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_outbox_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_due",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.create_table(
        "promo_codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("normal", sa.String(length=40), nullable=False),
        sa.Column("folded", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_promo_codes_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_codes")),
        sa.UniqueConstraint("brand_id", "normal", name=op.f("uq_promo_codes_brand_id_normal")),
    )
    with op.batch_alter_table("promo_codes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_promo_codes_brand_id_folded", ["brand_id", "folded"], unique=False
        )

    op.create_table(
        "sources",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("secret_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("mapping", sa.Text(), nullable=True),
        sa.Column("cursor", sa.JSON(), nullable=True),
        sa.Column("next_sync_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('kaspi_api', 'kaspi_xlsx', 'shopify_csv', 'table')",
            name=op.f("ck_sources_kind"),
        ),
        sa.CheckConstraint(
            "place IN ('kaspi', 'wildberries', 'ozon', 'halyk', 'own_shop', 'in_store')",
            name=op.f("ck_sources_place"),
        ),
        sa.CheckConstraint("state IN ('active', 'paused')", name=op.f("ck_sources_state")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_sources_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint(
            "brand_id",
            "kind",
            "place",
            "fingerprint",
            name=op.f("uq_sources_brand_id_kind_place_fingerprint"),
        ),
    )
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sources_next_sync_at"), ["next_sync_at"], unique=False)

    op.create_table(
        "staff",
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("permission", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "permission IN ('moderation', 'finance', 'broadcast', 'owner')",
            name=op.f("ck_staff_permission"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_person_id")),
        sa.PrimaryKeyConstraint("person_id", "permission", name=op.f("pk_staff")),
    )
    op.create_table(
        "channels",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "creator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("followers", sa.Integer(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "platform IN ('instagram', 'tiktok', 'youtube', 'telegram', 'threads', 'vk')",
            name=op.f("ck_channels_platform"),
        ),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.person_id"], name=op.f("fk_channels_creator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("url", name=op.f("uq_channels_url")),
    )
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channels_creator_id"), ["creator_id"], unique=False)

    op.create_table(
        "offer_texts",
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.CheckConstraint("locale IN ('kk', 'ru', 'en')", name=op.f("ck_offer_texts_locale")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_texts_offer_id")),
        sa.PrimaryKeyConstraint("offer_id", "locale", name=op.f("pk_offer_texts")),
    )
    op.create_table(
        "payouts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column(
            "creator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("iban_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("iban_tail", sa.String(length=4), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("legal_status", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'paid', 'failed', 'refused')",
            name=op.f("ck_payouts_state"),
        ),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.person_id"], name=op.f("fk_payouts_creator_id")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_payouts_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("number", name=op.f("uq_payouts_number")),
    )
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.create_index("ix_payouts_creator_id_id", ["creator_id", "id"], unique=False)
        batch_op.create_index("ix_payouts_state_id", ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_payouts_open",
            ["creator_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('requested', 'approved')"),
            postgresql_where=sa.text("state IN ('requested', 'approved')"),
        )

    op.create_table(
        "runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("outdated", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("unmatched", sa.Integer(), nullable=False),
        sa.Column("near_misses", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "started_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_runs_state")
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_runs_brand_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_runs_source_id")),
        sa.ForeignKeyConstraint(["started_by"], ["people.id"], name=op.f("fk_runs_started_by")),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_runs_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index("ix_runs_brand_id_id", ["brand_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_runs_source_id"), ["source_id"], unique=False)
        batch_op.create_index("ix_runs_state_lease_until", ["state", "lease_until"], unique=False)

    op.create_table(
        "terms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("proof_required", sa.Boolean(), nullable=False),
        sa.Column("min_order_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_policy", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "credit_policy IN ('grade_first', 'last_touch')", name=op.f("ck_terms_credit_policy")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_terms_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("offer_id", "version", name=op.f("uq_terms_offer_id_version")),
    )
    op.create_table(
        "enrolments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "creator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("terms_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proof_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('applied', 'declined', 'active', 'suspended', 'left', 'ended')",
            name=op.f("ck_enrolments_state"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_enrolments_brand_id")),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.person_id"], name=op.f("fk_enrolments_creator_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_enrolments_offer_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms.id"], name=op.f("fk_enrolments_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint(
            "offer_id", "creator_id", name=op.f("uq_enrolments_offer_id_creator_id")
        ),
    )
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolments_brand_id"), ["brand_id"], unique=False)
        batch_op.create_index("ix_enrolments_creator_id_id", ["creator_id", "id"], unique=False)

    op.create_table(
        "rejected_lines",
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_rejected_lines_run_id")),
        sa.PrimaryKeyConstraint("run_id", "line", name=op.f("pk_rejected_lines")),
    )
    op.create_table(
        "code_ownerships",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["code_id"], ["promo_codes.id"], name=op.f("fk_code_ownerships_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_code_ownerships_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_ownerships")),
        sa.UniqueConstraint("code_id", "since", name=op.f("uq_code_ownerships_code_id_since")),
    )
    with op.batch_alter_table("code_ownerships", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_code_ownerships_enrolment_id"), ["enrolment_id"], unique=False
        )
        batch_op.create_index(
            "uq_code_ownerships_current",
            ["code_id"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.create_table(
        "links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("slug", sa.String(length=20), nullable=False),
        sa.Column("placement", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_links_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint(
            "enrolment_id", "placement", name=op.f("uq_links_enrolment_id_placement")
        ),
        sa.UniqueConstraint("slug", name=op.f("uq_links_slug")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column(
            "source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("status_raw", sa.Text(), nullable=False),
        sa.Column("at_risk", sa.Boolean(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("promo_codes", sa.JSON(), nullable=False),
        sa.Column("phone_digest", sa.LargeBinary(), nullable=True),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("click_ids", sa.JSON(), nullable=False),
        sa.Column("raw_hash", sa.String(length=64), nullable=False),
        sa.Column("fresh_day", sa.Date(), nullable=False),
        sa.Column("fresh_rank", sa.Integer(), nullable=False),
        sa.Column("fresh_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "creator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("evidence_kind", sa.String(length=10), nullable=True),
        sa.Column("evidence_value", sa.String(length=100), nullable=True),
        sa.Column("losers", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "evidence_kind IN ('code', 'sku', 'click')", name=op.f("ck_orders_evidence_kind")
        ),
        sa.CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name=op.f("ck_orders_grade")),
        sa.CheckConstraint(
            "place IN ('kaspi', 'wildberries', 'ozon', 'halyk', 'own_shop', 'in_store')",
            name=op.f("ck_orders_place"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'rejected', 'returned')",
            name=op.f("ck_orders_status"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_orders_brand_id")),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.person_id"], name=op.f("fk_orders_creator_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_orders_enrolment_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_orders_run_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_orders_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint(
            "brand_id", "place", "external_id", name=op.f("uq_orders_brand_id_place_external_id")
        ),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(
            "ix_orders_brand_id_ordered_at_id", ["brand_id", "ordered_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_orders_creator_id_ordered_at_id", ["creator_id", "ordered_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_orders_run_id"), ["run_id"], unique=False)

    op.create_table(
        "proofs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "creator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("platform", sa.String(length=20), nullable=True),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("label", sa.String(length=10), nullable=False),
        sa.Column("screenshot_file_id", sa.Text(), nullable=False),
        sa.Column("screenshot_sha256", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "reviewed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "platform IN ('instagram', 'tiktok', 'youtube', 'telegram', 'threads', 'vk')",
            name=op.f("ck_proofs_platform"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'accepted', 'changes', 'rejected')", name=op.f("ck_proofs_state")
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_proofs_brand_id")),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.person_id"], name=op.f("fk_proofs_creator_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_proofs_enrolment_id")
        ),
        sa.ForeignKeyConstraint(["reviewed_by"], ["people.id"], name=op.f("fk_proofs_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proofs")),
        sa.UniqueConstraint("link", name=op.f("uq_proofs_link")),
        sa.UniqueConstraint("screenshot_sha256", name=op.f("uq_proofs_screenshot_sha256")),
    )
    with op.batch_alter_table("proofs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_proofs_brand_id_state_id", ["brand_id", "state", "id"], unique=False
        )
        batch_op.create_index("ix_proofs_creator_id_id", ["creator_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proofs_enrolment_id"), ["enrolment_id"], unique=False)

    op.create_table(
        "sku_reservations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_sku_reservations_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_sku_reservations_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sku_reservations")),
        sa.UniqueConstraint(
            "brand_id", "sku", "since", name=op.f("uq_sku_reservations_brand_id_sku_since")
        ),
    )
    with op.batch_alter_table("sku_reservations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sku_reservations_enrolment_id"), ["enrolment_id"], unique=False
        )
        batch_op.create_index(
            "uq_sku_reservations_current",
            ["brand_id", "sku"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.create_table(
        "clicks",
        sa.Column("click_id", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visitor", sa.String(length=64), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_clicks_enrolment_id")
        ),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_clicks_link_id")),
        sa.PrimaryKeyConstraint("click_id", name=op.f("pk_clicks")),
    )
    with op.batch_alter_table("clicks", schema=None) as batch_op:
        batch_op.create_index("ix_clicks_enrolment_id_at", ["enrolment_id", "at"], unique=False)

    op.create_table(
        "commissions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "creator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("terms_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("funded", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'in_hold', 'available', 'void', 'clawed_back')",
            name=op.f("ck_commissions_state"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_commissions_brand_id")),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.person_id"], name=op.f("fk_commissions_creator_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_commissions_enrolment_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_commissions_order_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_commissions_run_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms.id"], name=op.f("fk_commissions_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commissions")),
        sa.UniqueConstraint("order_id", name=op.f("uq_commissions_order_id")),
    )
    with op.batch_alter_table("commissions", schema=None) as batch_op:
        batch_op.create_index("ix_commissions_brand_id_state", ["brand_id", "state"], unique=False)
        batch_op.create_index(
            "ix_commissions_unfunded",
            ["state", "funded", "brand_id", "id"],
            unique=False,
            sqlite_where=sa.text("funded = 0"),
            postgresql_where=sa.text("NOT funded"),
        )
        batch_op.create_index(
            "ix_commissions_creator_id_state", ["creator_id", "state", "hold_until"], unique=False
        )
        batch_op.create_index(
            "ix_commissions_enrolment_id_month", ["enrolment_id", "month"], unique=False
        )
        batch_op.create_index(
            "ix_commissions_run_id_creator_id", ["run_id", "creator_id"], unique=False
        )
        batch_op.create_index(
            "ix_commissions_state_hold_until", ["state", "hold_until"], unique=False
        )

    op.create_table(
        "near_misses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("raw", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_near_misses_brand_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_near_misses_enrolment_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_near_misses_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_near_misses")),
        sa.UniqueConstraint("order_id", "raw", name=op.f("uq_near_misses_order_id_raw")),
    )
    with op.batch_alter_table("near_misses", schema=None) as batch_op:
        batch_op.create_index("ix_near_misses_brand_id_id", ["brand_id", "id"], unique=False)

    for table in ("transfers", "entries"):
        forbid_changes(table)


def downgrade() -> None:
    with op.batch_alter_table("near_misses", schema=None) as batch_op:
        batch_op.drop_index("ix_near_misses_brand_id_id")

    op.drop_table("near_misses")
    with op.batch_alter_table("commissions", schema=None) as batch_op:
        batch_op.drop_index("ix_commissions_state_hold_until")
        batch_op.drop_index("ix_commissions_run_id_creator_id")
        batch_op.drop_index("ix_commissions_enrolment_id_month")
        batch_op.drop_index("ix_commissions_creator_id_state")
        batch_op.drop_index(
            "ix_commissions_unfunded",
            sqlite_where=sa.text("funded = 0"),
            postgresql_where=sa.text("NOT funded"),
        )
        batch_op.drop_index("ix_commissions_brand_id_state")

    op.drop_table("commissions")
    with op.batch_alter_table("clicks", schema=None) as batch_op:
        batch_op.drop_index("ix_clicks_enrolment_id_at")

    op.drop_table("clicks")
    with op.batch_alter_table("sku_reservations", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_sku_reservations_current",
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_sku_reservations_enrolment_id"))

    op.drop_table("sku_reservations")
    with op.batch_alter_table("proofs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proofs_enrolment_id"))
        batch_op.drop_index("ix_proofs_creator_id_id")
        batch_op.drop_index("ix_proofs_brand_id_state_id")

    op.drop_table("proofs")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_orders_run_id"))
        batch_op.drop_index("ix_orders_creator_id_ordered_at_id")
        batch_op.drop_index("ix_orders_brand_id_ordered_at_id")

    op.drop_table("orders")
    op.drop_table("links")
    with op.batch_alter_table("code_ownerships", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_code_ownerships_current",
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_code_ownerships_enrolment_id"))

    op.drop_table("code_ownerships")
    op.drop_table("rejected_lines")
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.drop_index("ix_enrolments_creator_id_id")
        batch_op.drop_index(batch_op.f("ix_enrolments_brand_id"))

    op.drop_table("enrolments")
    op.drop_table("terms")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_state_lease_until")
        batch_op.drop_index(batch_op.f("ix_runs_source_id"))
        batch_op.drop_index("ix_runs_brand_id_id")

    op.drop_table("runs")
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payouts_open",
            sqlite_where=sa.text("state IN ('requested', 'approved')"),
            postgresql_where=sa.text("state IN ('requested', 'approved')"),
        )
        batch_op.drop_index("ix_payouts_state_id")
        batch_op.drop_index("ix_payouts_creator_id_id")

    op.drop_table("payouts")
    op.drop_table("offer_texts")
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_channels_creator_id"))

    op.drop_table("channels")
    op.drop_table("staff")
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sources_next_sync_at"))

    op.drop_table("sources")
    with op.batch_alter_table("promo_codes", schema=None) as batch_op:
        batch_op.drop_index("ix_promo_codes_brand_id_folded")

    op.drop_table("promo_codes")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_due",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.drop_table("outbox")
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_index("ix_offers_state_ends_at")
        batch_op.drop_index("ix_offers_state_category_place_id")

    op.drop_table("offers")
    op.drop_table("invitations")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entries_transfer_id"))
        batch_op.drop_index("ix_entries_account_owner_id")

    op.drop_table("entries")
    with op.batch_alter_table("creators", schema=None) as batch_op:
        batch_op.drop_index("ix_creators_state_person_id")
        batch_op.drop_index(batch_op.f("ix_creators_iban_digest"))

    op.drop_table("creators")
    op.drop_table("consents")
    with op.batch_alter_table("brand_managers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_brand_managers_person_id"))

    op.drop_table("brand_managers")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_object_object_id")

    op.drop_table("audit")
    op.drop_table("uploads")
    op.drop_table("transfers")
    op.drop_table("people")
    op.drop_table("fsm")
    op.drop_table("brands")
    op.drop_table("balances")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_append_only")
