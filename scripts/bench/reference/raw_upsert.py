"""The raw limit: rows of orders that lie ready in memory, upserted in one transaction.

A table with the columns of `orders` and the four indexes that no list of orders can do without; or,
in a database that has one, the product's own table with all its indexes and foreign keys. Nothing
is read, attributed or booked; `synchronous=FULL`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from scripts.bench.reference.export import Export
from scripts.bench.reference.sqlite_pipeline import PRAGMAS

AT_ONCE: Final = 50_000  # rows that are made ready at a time, while the clock stands still
TABLE: Final = """
CREATE TABLE orders (
    id INTEGER NOT NULL PRIMARY KEY, brand_id INTEGER NOT NULL, place VARCHAR(20) NOT NULL,
    external_id VARCHAR(100) NOT NULL, source_id INTEGER NOT NULL, run_id INTEGER NOT NULL,
    status VARCHAR(10) NOT NULL, status_raw TEXT NOT NULL, at_risk BOOLEAN NOT NULL,
    ordered_at DATETIME NOT NULL, approved_at DATETIME, gross_minor BIGINT NOT NULL,
    net_minor BIGINT NOT NULL, refunded_minor BIGINT NOT NULL, currency VARCHAR(3) NOT NULL,
    promo_codes JSON NOT NULL, phone_digest BLOB, items JSON NOT NULL, click_ids JSON NOT NULL,
    raw_hash VARCHAR(64) NOT NULL, fresh_day DATE NOT NULL, fresh_rank INTEGER NOT NULL,
    fresh_at DATETIME NOT NULL, enrolment_id INTEGER, creator_id INTEGER, grade VARCHAR(1),
    evidence_kind VARCHAR(10), evidence_value VARCHAR(100), losers JSON NOT NULL, day DATE,
    reward_state VARCHAR(20), first BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX uq_orders ON orders (brand_id, place, external_id);
CREATE INDEX ix_orders_brand ON orders (brand_id, ordered_at, id);
CREATE INDEX ix_orders_phone ON orders (brand_id, phone_digest);
CREATE INDEX ix_orders_creator ON orders (creator_id, reward_state, ordered_at, id);
"""
COLUMNS: Final = (
    *("brand_id", "place", "external_id", "source_id", "run_id", "status", "status_raw", "at_risk"),
    *("ordered_at", "approved_at", "gross_minor", "net_minor", "refunded_minor", "currency"),
    *("promo_codes", "phone_digest", "items", "click_ids", "raw_hash", "fresh_day", "fresh_rank"),
    *("fresh_at", "enrolment_id", "creator_id", "grade", "evidence_kind", "evidence_value"),
    *("losers", "day", "reward_state", "first"),
)
KEY: Final = ("brand_id", "place", "external_id")
UPSERT: Final = (
    f"INSERT INTO orders ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608
    f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in KEY)
)


def upsert(database: Path, file: Path, key: bytes) -> tuple[int, float, float]:
    """How many rows, in how many seconds, and how many of the processor."""
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'orders'").fetchone():
        connection.executescript(TABLE)
    connection.execute("BEGIN IMMEDIATE")
    count, wall, used = 0, 0.0, 0.0
    for rows in ready(file, key):
        started, cpu = time.perf_counter(), time.process_time()
        connection.executemany(UPSERT, rows)
        wall, used = wall + time.perf_counter() - started, used + time.process_time() - cpu
        count += len(rows)
    started, cpu = time.perf_counter(), time.process_time()
    connection.execute("COMMIT")
    connection.close()
    return count, wall + time.perf_counter() - started, used + time.process_time() - cpu


def ready(file: Path, key: bytes) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a file, those of creators (about one in seven) with what is credited."""
    export = Export(file, key, frozenset())
    for staged in export.batches(AT_ONCE):
        rows = []
        for (
            number, external_id, status, word, at_risk, at, day, net, refunded, codes, digest,
            items, clicks, mark, fresh_day, rank, fresh_at,
        ) in staged:  # fmt: skip
            credit = (
                (number % 40 + 1, number % 40 + 101, "A", "code", "AIGERIM10", "[]", day, "in_hold")
                if number % 7 == 0
                else (None, None, None, None, None, "[]", None, None)
            )
            rows.append(
                (
                    1, "own_shop", external_id, 1, 1, status, word, at_risk, at,
                    fresh_at if status == "approved" else None, net, net, refunded, "KZT", codes,
                    digest, items, clicks, mark, fresh_day, rank, fresh_at, *credit, 0,
                )
            )  # fmt: skip
        yield rows
