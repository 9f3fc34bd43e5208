"""A database of the first release, with everything in it, comes up to date on both systems."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.commissions import CommissionState
from core.ids import PayoutId, PersonId
from core.ledger import OPERATOR, Account, Entry, Transfer, TransferKind
from db import migrations
from db.engine import create_engine
from db.uow import unit_of_work_factory

AT = "'2026-11-01 07:00:00.000000ZONE'"  # noon in Almaty
OCTOBER = "'2026-10-05 07:00:00.000000ZONE'"
ALREADY_NOVEMBER = "'2026-10-31 20:00:00.000000ZONE'"  # in Almaty, where months begin earlier
RELEASED, RELEASED_LATER = "'2026-11-16 07:00:00.000000ZONE'", "'2026-11-20 07:00:00.000000ZONE'"
ASKED, ASKED_AGAIN = "'2026-11-17 07:00:00.000000ZONE'", "'2026-11-21 07:00:00.000000ZONE'"
ROWS: dict[str, list[str]] = {
    "people": [f"1, 101, 'Dana', 'kk', false, {AT}", f"2, 102, 'Sara', 'ru', false, {AT}"],
    "creators": [f"1, 'active', '', 'Дана', 'Алматы', '[]', '[]', '', '', {AT}"],
    "brands": [f"1, 'Qyran', 'Qyran LLP', '000000000001', 1500, 0, '', false, {AT}"],
    "brand_managers": ["1, 2, 'owner'"],
    "offers": [f"1, 1, 'active', 'beauty', 'kaspi', 'https://kaspi.kz', 0, '', '{{}}', '', {AT}"],
    "offer_texts": ["1, 'kk', 'Бет күтімі', 'Крем'", "1, 'ru', 'Уход', 'Крем'"],
    "terms": [
        f"1, 1, 1, '{{\"percent_bps\": 1000}}', 14, 30, false, 0, 'grade_first', {AT}",
    ],
    "enrolments": [f"1, 1, 1, 1, 1, 'active', {AT}"],
    "promo_codes": ["1, 1, 'DANA10', 'DANA10'"],
    "code_ownerships": [f"1, 1, 1, {AT}"],
    "links": ["1, 1, 'x7k2m9qp', ''"],
    "clicks": [f"'c1', 1, 1, {AT}, 'v', true"],
    "sources": [f"1, 1, 'table', 'kaspi', '', 'active', '{{}}', 0, '', {AT}"],
    "runs": [f"1, 1, 1, 'done', {AT}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', ''"],
    "orders": [
        f"1, 1, 'kaspi', 'A-1', 1, 1, 'approved', 'ok', false, {AT}, 10000, 10000, 0, 'KZT', "
        f"'[]', '[]', '[]', 'h', '2026-11-01', 0, {AT}, '[]', 1, 1",
        f"2, 1, 'kaspi', 'A-2', 1, 1, 'pending', 'new', false, {AT}, 10000, 10000, 0, 'KZT', "
        f"'[]', '[]', '[]', 'h', '2026-11-01', 0, {AT}, '[]', null, null",
        f"3, 1, 'kaspi', 'A-3', 1, 1, 'approved', 'ok', false, {ALREADY_NOVEMBER}, 20000, 20000, "
        f"0, 'KZT', '[]', '[]', '[]', 'h', '2026-11-02', 2, {AT}, '[]', 1, 1",
        f"4, 1, 'kaspi', 'A-4', 1, 1, 'approved', 'ok', false, {OCTOBER}, 30000, 30000, 0, 'KZT', "
        f"'[]', '[]', '[]', 'h', '2026-11-01', 2, {AT}, '[]', 1, 1",
        f"5, 1, 'kaspi', 'A-5', 1, 1, 'returned', 'back', false, {OCTOBER}, 9000, 9000, 0, 'KZT', "
        f"'[]', '[]', '[]', 'h', '2026-11-01', 3, {AT}, '[]', 1, 1",
    ],
    "commissions": [
        f"1, 1, 1, 1, 1, 1, 'in_hold', 1000, 150, '2026-11', true, 1, {AT}",
        "2, 3, 1, 1, 1, 1, 'available', 2000, 300, '2026-11', true, 2, null",
        "3, 4, 1, 1, 1, 1, 'available', 3000, 450, '2026-10', true, 2, null",
        "4, 5, 1, 1, 1, 1, 'void', 0, 0, '2026-10', true, 1, null",
    ],
    "transfers": [
        f"'top_up:1', 'top_up', {AT}",
        f"'order:1:1', 'accrue', {AT}",
        f"'order:3:1', 'accrue', {AT}",
        f"'order:4:1', 'accrue', {AT}",
        f"'order:4:2', 'release', {RELEASED}",
        f"'payout:1:requested', 'payout_requested', {ASKED}",
        f"'payout:1:paid', 'payout_paid', {ASKED}",
        f"'order:3:2', 'release', {RELEASED_LATER}",
        f"'payout:2:requested', 'payout_requested', {ASKED_AGAIN}",
    ],
    "entries": [
        "1, 'bank', 0, -100000",
        "1, 'brand_funds', 1, 100000",
        "2, 'brand_funds', 1, -1150",
        "2, 'creator_pending', 1, 1000",
        "2, 'platform_fee', 0, 150",
        "3, 'brand_funds', 1, -2300",
        "3, 'creator_pending', 1, 2000",
        "3, 'platform_fee', 0, 300",
        "4, 'brand_funds', 1, -3450",
        "4, 'creator_pending', 1, 3000",
        "4, 'platform_fee', 0, 450",
        "5, 'creator_pending', 1, -3000",
        "5, 'creator_available', 1, 3000",
        "6, 'creator_available', 1, -3000",
        "6, 'creator_reserved', 1, 3000",
        "7, 'creator_reserved', 1, -3000",
        "7, 'bank', 0, 3000",
        "8, 'creator_pending', 1, -2000",
        "8, 'creator_available', 1, 2000",
        "9, 'creator_available', 1, -1000",
        "9, 'creator_reserved', 1, 1000",
    ],
    "balances": [
        "'bank', 0, -97000",
        "'brand_funds', 1, 93100",
        "'creator_available', 1, 1000",
        "'creator_pending', 1, 1000",
        "'creator_reserved', 1, 1000",
        "'platform_fee', 0, 900",
    ],
    "payouts": [
        f"1, 'P1', 1, 3000, 'paid', {ASKED}, '', '', '0001', 'B', 'individual'",
        f"2, 'P2', 1, 1000, 'requested', {ASKED_AGAIN}, '', '', '0001', 'B', 'individual'",
    ],
    "outbox": [f"1, 1, 'released', 'released:1:1', '{{}}', {AT}, 0, ''"],
}
COLUMNS = {
    "people": "id, telegram_id, name, locale, blocked_bot, created_at",
    "creators": "person_id, state, state_reason, display_name, city, languages, categories, "
    "iban_tail, bank, created_at",
    "brands": "id, name, legal_name, bin, fee_bps, credit_limit_minor, licence, suspended, "
    "created_at",
    "brand_managers": "brand_id, person_id, role",
    "offers": "id, brand_id, state, category, place, url, discount_bps, click_param, eligibility, "
    "review_note, created_at",
    "offer_texts": "offer_id, locale, title, description",
    "terms": "id, offer_id, version, rule, hold_days, window_days, proof_required, "
    "min_order_minor, credit_policy, created_at",
    "enrolments": "id, offer_id, creator_id, brand_id, terms_id, state, accepted_at",
    "promo_codes": "id, brand_id, normal, folded",
    "code_ownerships": "id, code_id, enrolment_id, since",
    "links": "id, enrolment_id, slug, placement",
    "clicks": "click_id, link_id, enrolment_id, at, visitor, counted",
    "sources": "id, brand_id, kind, place, fingerprint, state, settings, failures, last_error, "
    "created_at",
    "runs": "id, source_id, brand_id, state, seen_at, position, rows, new, changed, unchanged, "
    "outdated, rejected, matched, unmatched, near_misses, file_name, file_sha256, error",
    "orders": "id, brand_id, place, external_id, source_id, run_id, status, status_raw, at_risk, "
    "ordered_at, gross_minor, net_minor, refunded_minor, currency, promo_codes, items, click_ids, "
    "raw_hash, fresh_day, fresh_rank, fresh_at, losers, enrolment_id, creator_id",
    "commissions": "id, order_id, enrolment_id, creator_id, brand_id, terms_id, state, "
    "amount_minor, fee_minor, month, funded, version, hold_until",
    "transfers": "key, kind, at",
    "entries": "transfer_id, account, owner, minor",
    "balances": "account, owner, minor",
    "payouts": "id, number, creator_id, amount_minor, state, requested_at, reason, iban_cipher, "
    "iban_tail, bank, legal_status",
    "outbox": "id, person_id, kind, key, facts, created_at, attempts, error",
}

EMPTY_ROWS = {
    "results": "INSERT INTO results VALUES (1, '2026-09-30', 'pending', 0, 0, 0, 0, 0, 0)",
    "handle_results": "INSERT INTO handle_results VALUES "
    "(1, 'code', 'DANA10', '2026-09-30', 'pending', 0, 0, 0, 0)",
    "holds": "INSERT INTO holds VALUES (1, '2026-09-30', 0, 0, 0, 0)",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'first.db'}"
    server: Any = request.getfixturevalue("postgres")
    url: str = server.empty()
    return url


async def fill(connection: AsyncConnection) -> None:
    zone = "" if connection.dialect.name == "sqlite" else "+00"
    for table, rows in ROWS.items():
        for row in rows:
            values = row.replace("ZONE", zone)
            await connection.exec_driver_sql(
                f"INSERT INTO {table} ({COLUMNS[table]}) VALUES ({values})"
            )


async def test_the_first_release_comes_up_to_date_with_its_books_right(empty_url: str) -> None:
    engine = create_engine(empty_url)
    await migrations.upgrade(engine, "0001")
    async with engine.begin() as connection:
        await fill(connection)

    await migrations.upgrade(engine, "0012")
    async with engine.begin() as connection:
        for table in ("results", "handle_results", "holds"):  # releases before kept empty rows
            await connection.execute(sa.text(EMPTY_ROWS[table]))
    await migrations.upgrade(engine)

    new_uow = unit_of_work_factory(engine)
    at = datetime(2026, 12, 1, tzinfo=UTC)
    async with new_uow() as uow:
        assert (await uow.ledger.check()).sound
        by_month = await uow.results.by_month(
            PersonId(1), since=date(2026, 1, 1), until=date(2027, 1, 1)
        )
        made_of = [await uow.payouts.get(PayoutId(number)) for number in (1, 2)]
        entries = (
            Entry(Account.CREATOR_AVAILABLE, 1, 10),
            Entry(Account.PLATFORM_FEE, OPERATOR, -10),
        )
        reward = Transfer(key="referral:1:1", kind=TransferKind.REFERRAL, at=at, entries=entries)
        assert await uow.ledger.post([reward]) == 1  # a kind that the first release did not know
    assert {
        month: {
            state: (each.orders, each.net.minor, each.amount.minor) for state, each in own.items()
        }
        for month, own in by_month.items()
    } == {
        date(2026, 10, 1): {
            CommissionState.AVAILABLE: (1, 30_000, 3_000),
            CommissionState.VOID: (1, 9_000, 0),
        },
        date(2026, 11, 1): {
            CommissionState.IN_HOLD: (1, 10_000, 1_000),
            CommissionState.AVAILABLE: (1, 20_000, 2_000),
        },
    }
    # What became available before the first request, and between the two.
    assert [(each.orders, each.released.minor) for each in made_of] == [(1, 3_000), (1, 2_000)]
    for statement in ("UPDATE transfers SET id = id", "DELETE FROM entries"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with engine.begin() as connection:
                await connection.execute(sa.text(statement))
    async with engine.connect() as connection:
        for table in (*EMPTY_ROWS, "month_results"):
            empty = sa.text(f"SELECT count(*) FROM {table} WHERE orders = 0")
            assert await connection.scalar(empty) == 0
    if engine.dialect.name == "sqlite":
        async with engine.connect() as connection:
            whole = await connection.exec_driver_sql("PRAGMA integrity_check")
            assert whole.scalars().all() == ["ok"]
            assert not (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
    await engine.dispose()
