"""The catalogue: words to search by, orders to sort by, saved offers, figures of finished orders."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 1_000
TYPICAL_ORDER = 20_000_00
BPS = 10_000

KAZAKH = str.maketrans("әғқңөұүһіё", "агкноуухие")
LATIN = str.maketrans(
    dict(zip("абвгдезиіклмнопрстуфхыэqwy", "abvgdeziiklmnoprstufhiekvi", strict=True))
    | {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": ""}
    | {"ю": "iu", "я": "ia", "j": "zh", "x": "ks"}
)

FIGURES = ("finished", "approved_bps", "confirm_days", "pay_days")


def upgrade() -> None:
    op.add_column(
        "offers", sa.Column("reward_minor", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.drop_index("ix_offers_state_category_place_id", "offers")
    op.drop_index("ix_offers_state_ends_at", "offers")
    op.create_index("ix_offers_newest", "offers", ["state", "id", "category", "place"])
    op.create_index(
        "ix_offers_reward", "offers", ["state", "reward_minor", "id", "category", "place"]
    )
    op.create_index("ix_offers_ending", "offers", ["state", "ends_at", "id", "category", "place"])
    words = op.create_table(
        "offer_words",
        sa.Column("offer_id", ID, nullable=False),
        sa.Column(
            "word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_offer_words_offer_id")
        ),
        sa.PrimaryKeyConstraint("offer_id", "word", name=op.f("pk_offer_words")),
    )
    op.create_index("ix_offer_words_word_offer_id", "offer_words", ["word", "offer_id"])
    op.create_table(
        "saved_offers",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_saved_offers_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_saved_offers_offer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_offers")),
        sa.UniqueConstraint("person_id", "offer_id", name=op.f("uq_saved_offers_person_id_offer_id")),
    )
    op.create_index("ix_saved_offers_person_id_id", "saved_offers", ["person_id", "id"])
    op.create_table(
        "brand_records",
        sa.Column("brand_id", ID, autoincrement=False, nullable=False),
        *figures(),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_brand_records_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_brand_records")),
    )
    op.create_index("ix_brand_records_counted_at", "brand_records", ["counted_at"])
    op.create_table(
        "offer_records",
        sa.Column("offer_id", ID, autoincrement=False, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        *figures(),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_records_offer_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_offer_records_brand_id")),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_offer_records")),
    )
    op.create_index("ix_offer_records_brand_id", "offer_records", ["brand_id"])
    bind = op.get_bind()
    for rows in by_thousands(known_words(bind)):
        bind.execute(sa.insert(words), rows)
    price(bind)


def figures() -> list[sa.Column[Any]]:
    """The columns that both kinds of records share."""
    return [sa.Column(name, sa.Integer(), nullable=name != "finished") for name in FIGURES]


def known_words(bind: sa.Connection) -> list[dict[str, object]]:
    """The words by which the offers that are there are found, as rows of the table."""
    texts = "SELECT offer_id, title || ' ' || description FROM offer_texts"
    names = "SELECT offers.id, brands.name FROM offers JOIN brands ON brands.id = offers.brand_id"
    found = {
        (offer, word)
        for query in (texts, names)
        for offer, text in bind.execute(sa.text(query))
        for word in sounds(text)
    }
    return [{"offer_id": offer, "word": word} for offer, word in sorted(found)]


def sounds(text: str) -> Iterator[str]:
    """Words by their sound, as they were made when this migration was written."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(KAZAKH)
    for word in re.findall(r"[^\W_]+", folded):
        parts = unicodedata.normalize("NFKD", word[:40])
        plain = "".join(char for char in parts if not unicodedata.combining(char)).casefold()
        latin = re.sub("k+h", "h", re.sub("c(?!h)", "k", plain.translate(LATIN)))
        if short := re.sub(r"([a-z])\1+", r"\1", latin)[:24]:
            yield short


def price(bind: sa.Connection) -> None:
    """Write into every offer what a typical order brings by its latest terms."""
    terms = sa.table(
        "terms",
        sa.column("offer_id", sa.BigInteger),
        sa.column("version", sa.Integer),
        sa.column("rule", sa.JSON),
        sa.column("min_order_minor", sa.BigInteger),
    )
    offers = sa.table(
        "offers", sa.column("id", sa.BigInteger), sa.column("reward_minor", sa.BigInteger)
    )
    known = bind.execute(sa.select(terms).order_by(terms.c.version))
    rewards = {row.offer_id: reward(row.rule, row.min_order_minor) for row in known}
    change = (
        sa.update(offers)
        .where(offers.c.id == sa.bindparam("offer"))
        .values(reward_minor=sa.bindparam("reward"))
    )
    for rows in by_thousands([{"offer": offer, "reward": one} for offer, one in rewards.items()]):
        bind.execute(change, rows)


def reward(rule: dict[str, int], least: int) -> int:
    """A percentage or a fixed sum of a typical order, within the caps."""
    base = max(TYPICAL_ORDER, least)
    amount = rule.get("fixed_minor") or (base * rule.get("percent_bps", 0) + BPS // 2) // BPS
    caps = [rule.get("cap_order_minor"), rule.get("cap_month_minor"), base]
    return min(amount, *(cap for cap in caps if cap))


def by_thousands(rows: list[dict[str, object]]) -> Iterable[list[dict[str, object]]]:
    """Rows, a statement's worth at a time."""
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def downgrade() -> None:
    for table in ("offer_records", "brand_records", "saved_offers", "offer_words"):
        op.drop_table(table)
    for index in ("ix_offers_newest", "ix_offers_reward", "ix_offers_ending"):
        op.drop_index(index, "offers")
    op.drop_column("offers", "reward_minor")
    op.create_index(
        "ix_offers_state_category_place_id", "offers", ["state", "category", "place", "id"]
    )
    op.create_index("ix_offers_state_ends_at", "offers", ["state", "ends_at"])
