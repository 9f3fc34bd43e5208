"""Offers that were there before the catalogue could search are found as if written today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.catalogue import TYPICAL_ORDER
from core.money import Money
from core.pricing import Rule
from core.spelling import sounds
from db import migrations
from db.engine import create_engine

TEXTS = {
    "kk": ("Көкше балы — «Ұялы» жинақ, 2-топтама", "Қоспасыз; әр құты 500 г. Тегін жеткізу!"),
    "ru": ("Мёд из Кокшетау", "Чёрный_чай, халва, Jusan & Wildberries; объём ½ л, ЩЁТКА, подъезд"),
}
RULES = {
    1: {"percent_bps": 1_050, "fixed_minor": 0, "cap_order_minor": 0, "cap_month_minor": 0},
    2: {"percent_bps": 5_000, "fixed_minor": 0, "cap_order_minor": 700_00, "cap_month_minor": 0},
    3: {"percent_bps": 0, "fixed_minor": 1_500_00, "cap_order_minor": 0, "cap_month_minor": 0},
}
LEAST = {1: 0, 2: 0, 3: 50_000_00}  # the smallest order that counts, by offer


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"
    server: Any = request.getfixturevalue("postgres")
    url: str = server.empty()
    return url


async def fill(connection: Any) -> None:
    """A brand with three offers, as they were stored before."""
    execute = connection.execute
    moment = "'2026-11-21 07:00:00'"
    await execute(
        sa.text(
            "INSERT INTO brands (id, name, legal_name, bin, fee_bps, credit_limit_minor, licence,"
            f" suspended, created_at) VALUES (1, 'Qyran Shop', '', '1', 0, 0, '', false, {moment})"
        )
    )
    for offer, rule in RULES.items():
        await execute(
            sa.text(
                "INSERT INTO offers (id, brand_id, state, category, place, url, discount_bps,"
                " click_param, eligibility, review_note, created_at)"
                f" VALUES ({offer}, 1, 'active', 'food', 'kaspi', '', 0, '', '{{}}', '', {moment})"
            )
        )
        for version, kept in ((1, RULES[1]), (2, rule)):  # the later version is the one in force
            await execute(
                sa.text(
                    "INSERT INTO terms (offer_id, version, rule, hold_days, window_days,"
                    " proof_required, min_order_minor, credit_policy, created_at)"
                    f" VALUES ({offer}, {version}, :rule, 1, 1, false, {LEAST[offer]},"
                    f" 'grade_first', {moment})"
                ).bindparams(sa.bindparam("rule", kept, type_=sa.JSON))
            )
        for locale, (title, description) in TEXTS.items():
            await execute(
                sa.text(
                    f"INSERT INTO offer_texts VALUES ({offer}, '{locale}', :title, :description)"
                ).bindparams(title=title, description=description)
            )


async def test_old_offers_get_the_words_and_the_reward_of_new_ones(old_url: str) -> None:
    engine = create_engine(old_url)
    await migrations.upgrade(engine, "0006")
    async with engine.begin() as connection:
        await fill(connection)

    await migrations.upgrade(engine)

    async with engine.connect() as connection:
        words = await connection.execute(
            sa.text("SELECT word FROM offer_words WHERE offer_id = 2 ORDER BY word")
        )
        rewards = await connection.execute(sa.text("SELECT id, reward_minor FROM offers"))
        found, known = [row[0] for row in words], {row[0]: row[1] for row in rewards}
    await engine.dispose()
    said = [part for text in TEXTS.values() for part in text]
    assert found == sorted(sounds("Qyran Shop", *said))
    for offer, rule in RULES.items():
        base = max(TYPICAL_ORDER, Money(LEAST[offer]))
        priced = Rule.from_json(rule).price(
            base, min_order_minor=LEAST[offer], earned_this_month=Money(0)
        )
        assert known[offer] == priced.minor
