"""Where an import has ended: each table as a number of rows and a digest, to be compared.

Rows are named by what people name them by (an order by its number), never by ids, which two
programs may give out in another order; their JSON is compared by meaning.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.usecases.books import check_ledger
from db.uow import unit_of_work_factory
from scripts.bench import feed

# {json:column} is the column's JSON in one spelling.
TABLES: Final[Mapping[str, str]] = {
    "orders": """
        SELECT brand_id, place, external_id, source_id, run_id, status, status_raw, at_risk,
            ordered_at, approved_at, gross_minor, net_minor, refunded_minor, currency,
            {json:promo_codes}, phone_digest, {json:items}, {json:click_ids}, raw_hash, fresh_day,
            fresh_rank, fresh_at, enrolment_id, creator_id, grade, evidence_kind, evidence_value,
            {json:losers}, day, reward_state, first
        FROM orders
    """,
    "commissions": """
        SELECT o.external_id, c.enrolment_id, c.creator_id, c.brand_id, c.terms_id, c.state,
            c.amount_minor, c.fee_minor, c.month, c.hold_until, c.funded, c.version, c.run_id,
            {json:c.price}
        FROM commissions c JOIN orders o ON o.id = c.order_id
    """,
    "transfers": """
        SELECT replace(t.key, ':' || o.id || ':', ':' || o.external_id || ':'), t.kind, t.at,
            e.account, e.owner, e.minor
        FROM transfers t JOIN entries e ON e.transfer_id = t.id
            JOIN orders o ON t.key LIKE 'order:%' AND o.id = {order:t.key}
    """,
    "balances": "SELECT account, owner, minor FROM balances WHERE minor <> 0",
    "results": "SELECT * FROM results",
    "month_results": "SELECT * FROM month_results",
    "handle_results": "SELECT * FROM handle_results",
    "holds": "SELECT * FROM holds",
    "offers": "SELECT id, state, spent_minor FROM offers",
    "near_misses": """
        SELECT o.external_id, n.brand_id, n.raw, n.reason, n.enrolment_id, n.found_at
        FROM near_misses n JOIN orders o ON o.id = n.order_id
    """,
    "rejected_lines": """
        SELECT l.run_id, l.line, l.reason, l.text_cipher, r.lines_key
        FROM rejected_lines l JOIN runs r ON r.id = l.run_id
    """,
    "runs": """
        SELECT id, source_id, brand_id, state, rows, new, changed, unchanged, outdated, rejected,
            matched, unmatched, file_name, file_sha256, lines
        FROM runs
    """,
    "outbox": "SELECT person_id, kind, key, {json:facts}, due_at FROM outbox",
}
READ_AT_ONCE: Final = 5_000

State = dict[str, tuple[int, str]]


async def state_of(engine: AsyncEngine) -> State:
    """Every table's number of rows and the digest of their set."""
    found: State = {}
    async with engine.connect() as connection:
        for table in TABLES:
            rows = total = 0
            async for row in _rows(connection, table):
                rows += 1
                mark = hashlib.blake2b(repr(row).encode(), digest_size=16).digest()
                total += int.from_bytes(mark, "big")
            found[table] = rows, f"{total % 2**128:032x}"
    return found


async def demand_sound(engine: AsyncEngine) -> None:
    """Raise AssertionError where the ledger's own check finds anything."""
    report = await check_ledger(unit_of_work_factory(engine))
    assert report.sound, report


async def demand_equal(one: AsyncEngine, other: AsyncEngine) -> State:
    """The state that two databases share; AssertionError with some rows where they differ."""
    first, second = await state_of(one), await state_of(other)
    for table in TABLES:
        if first[table] != second[table]:
            raise AssertionError(
                f"{table}: {first[table][0]} and {second[table][0]} rows\n"
                + "\n".join(await _differences(one, other, table))
            )
    return first


async def _differences(one: AsyncEngine, other: AsyncEngine, table: str) -> list[str]:
    found: list[set[tuple[Any, ...]]] = []
    for engine in (one, other):
        async with engine.connect() as connection:
            found.append({row async for row in _rows(connection, table)})
    first, second = found
    lines = [f"< {row}" for row in sorted(first - second, key=repr)[:5]]
    return lines + [f"> {row}" for row in sorted(second - first, key=repr)[:5]]


async def _rows(connection: AsyncConnection, table: str) -> Any:
    text = TABLES[table]
    sqlite = connection.dialect.name == "sqlite"
    while "{json:" in text:
        head, _, rest = text.partition("{json:")
        column, _, tail = rest.partition("}")
        one = f"json({column})" if sqlite else f"CAST(CAST({column} AS jsonb) AS text)"
        text = f"{head}{one}{tail}"
    number = "substr(t.key, 7, instr(substr(t.key, 7), ':') - 1)"
    if not sqlite:
        number = "split_part(t.key, ':', 2)"
    text = text.replace("{order:t.key}", f"CAST({number} AS bigint)")
    stream = await connection.stream(sa.text(text).execution_options(yield_per=READ_AT_ONCE))
    async for row in stream:
        if table == "rejected_lines":  # no cipher is made twice
            yield *row[:3], feed.BOX.of_file(row.lines_key).open(row.line, row.text_cipher)
        else:
            yield tuple(map(_spelt, row))


def _spelt(value: Any) -> Any:
    """A value whose JSON names letters by their numbers, with the letters."""
    if isinstance(value, str) and "\\u" in value and value[0] in "[{":
        return json.dumps(json.loads(value), ensure_ascii=False, separators=(",", ":"))
    return value
