"""The reference on SQLite: a file of orders to the ledger in one transaction, by sets.

CSV, parsed and its phones digested, into a staging table; what is new or newer is attributed,
priced, upserted and posted by a few statements each, and the same sums are kept as the product
keeps. It works on the product's own tables with all their indexes, keys and triggers, and with
`synchronous=FULL`.

It does what the market of `scripts.bench.feed` needs and no more; what it would get wrong it
refuses: rates by article, a rate for first orders, credit by the last touch, rewards that have been
released, budgets that are used up, brands without funds, and files whose rows are older news than
what is known. There are no invited creators, so nobody is rewarded for them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts.bench.reference.export import Export, Job

STAGED: Final = 20_000  # rows in one executemany
PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-262144",
)

STAGE: Final = """
CREATE TEMP TABLE stage (
    row INTEGER PRIMARY KEY, external_id TEXT, status TEXT, status_raw TEXT, at_risk INTEGER,
    ordered_at TEXT, day TEXT, net INTEGER, refunded INTEGER, promo_codes TEXT, phone_digest BLOB,
    items TEXT, click_ids TEXT, raw_hash TEXT, fresh_day TEXT, fresh_rank INTEGER, fresh_at TEXT
);
CREATE TEMP TABLE stage_codes (row INTEGER, raw TEXT, normal TEXT, folded TEXT);
CREATE TEMP TABLE stage_skus (row INTEGER, sku TEXT);
CREATE TEMP TABLE stage_clicks (row INTEGER, click_id TEXT);
CREATE TEMP TABLE news (row INTEGER PRIMARY KEY, known INTEGER);
CREATE TEMP TABLE rules (
    terms_id INTEGER PRIMARY KEY, percent INTEGER, fixed INTEGER, cap_order INTEGER,
    cap_month INTEGER, min_order INTEGER, hold_days INTEGER, window_days INTEGER, proof INTEGER,
    monthly INTEGER
);
CREATE TEMP TABLE rungs (
    terms_id INTEGER, orders INTEGER, worth INTEGER, PRIMARY KEY (terms_id, orders)
);
CREATE TEMP TABLE candidates (
    row INTEGER, enrolment INTEGER, grade TEXT, owned INTEGER, kind TEXT, value TEXT, at TEXT
);
CREATE TEMP TABLE credits (
    row INTEGER PRIMARY KEY, enrolment INTEGER, grade TEXT, kind TEXT, value TEXT, losers TEXT
);
-- an order that is or was somebody's, or stands beside one in a month that is priced as a whole
CREATE TEMP TABLE sales (
    id INTEGER PRIMARY KEY, row INTEGER, order_id INTEGER, enrolment INTEGER, creator INTEGER,
    terms_id INTEGER, month TEXT, ordered_at TEXT, external_id TEXT, status TEXT, base INTEGER,
    approved_at TEXT, state TEXT, amount INTEGER, fee INTEGER, hold_until TEXT, price TEXT,
    was TEXT, was_enrolment INTEGER, was_creator INTEGER, was_amount INTEGER, was_fee INTEGER,
    was_hold TEXT, version INTEGER
);
CREATE TEMP TABLE counted (
    sign INTEGER, enrolment INTEGER, day TEXT, state TEXT, kind TEXT, handle TEXT, net INTEGER,
    amount INTEGER, fee INTEGER, proof INTEGER, release TEXT
);
"""

# What is known and neither changed nor older is passed over.
NEWS: Final = """
INSERT INTO news
SELECT s.row, o.id
FROM stage s LEFT JOIN orders o
    ON o.brand_id = :brand AND o.place = :place AND o.external_id = s.external_id
WHERE o.id IS NULL OR o.raw_hash <> s.raw_hash
"""
OLDER: Final = """
SELECT count(*) FROM news n JOIN stage s ON s.row = n.row JOIN orders o ON o.id = n.known
WHERE (s.fresh_day, s.fresh_rank, s.refunded, s.fresh_at)
    < (o.fresh_day, o.fresh_rank, o.refunded_minor, o.fresh_at)
"""

RULES: Final = """
INSERT INTO rules
SELECT t.id, t.rule ->> 'percent_bps', t.rule ->> 'fixed_minor', t.rule ->> 'cap_order_minor',
    t.rule ->> 'cap_month_minor', t.min_order_minor, t.hold_days, t.window_days, t.proof_required,
    t.rule ->> 'cap_month_minor' > 0 OR t.rule ->> 'ladder' IS NOT NULL
FROM terms t JOIN offers f ON f.id = t.offer_id
WHERE f.brand_id = :brand
"""
RUNGS: Final = """
INSERT INTO rungs
SELECT t.id, rung.value ->> 0, rung.value ->> 1
FROM terms t JOIN offers f ON f.id = t.offer_id, json_each(t.rule -> 'ladder') rung
WHERE f.brand_id = :brand
"""
BEYOND: Final = """
SELECT count(*) FROM terms t JOIN offers f ON f.id = t.offer_id
WHERE f.brand_id = :brand AND (
    t.first_order OR t.rule ->> 'rates' IS NOT NULL OR t.credit_policy <> 'grade_first'
)
"""

# The terms of enrolment e that were in force when s was ordered.
TERMS_THEN: Final = """
    coalesce(
        (SELECT h.terms_id FROM enrolment_terms h
         WHERE h.enrolment_id = e.id AND h.since <= s.ordered_at ORDER BY h.since DESC LIMIT 1),
        (SELECT h.terms_id FROM enrolment_terms h WHERE h.enrolment_id = e.id
         ORDER BY h.since LIMIT 1),
        e.terms_id
    )
"""
BY_CODE: Final = """
INSERT INTO candidates
SELECT n.row, w.enrolment_id, 'A', 0, 'code', c.normal, w.since
FROM stage_codes c
    JOIN news n ON n.row = c.row
    JOIN stage s ON s.row = c.row
    JOIN promo_codes p ON p.brand_id = :brand AND p.normal = c.normal
    JOIN code_ownerships w ON w.code_id = p.id
        AND w.since <= s.ordered_at AND (w.until IS NULL OR s.ordered_at < w.until)
"""
BY_SKU: Final = """
INSERT INTO candidates
SELECT n.row, r.enrolment_id, 'B', 1, 'sku', c.sku, r.since
FROM stage_skus c
    JOIN news n ON n.row = c.row
    JOIN stage s ON s.row = c.row
    JOIN sku_reservations r ON r.brand_id = :brand AND r.sku = c.sku
        AND r.since <= s.ordered_at AND (r.until IS NULL OR s.ordered_at < r.until)
"""
BY_CLICK: Final = f"""
INSERT INTO candidates
SELECT n.row, e.id, 'B', 2, 'click', c.click_id, k.at
FROM stage_clicks c
    JOIN news n ON n.row = c.row
    JOIN stage s ON s.row = c.row
    JOIN clicks k ON k.click_id = c.click_id
    JOIN enrolments e ON e.id = k.enrolment_id AND e.brand_id = :brand
    JOIN rules t ON t.terms_id = {TERMS_THEN}
WHERE k.at <= s.ordered_at
    AND unixepoch(s.ordered_at) - unixepoch(k.at) <= t.window_days * 86400
"""  # noqa: S608
RANKED: Final = """
CREATE TEMP TABLE ranked AS
SELECT *, row_number() OVER (
    PARTITION BY row ORDER BY grade, owned, at DESC, enrolment, rowid
) AS place
FROM candidates
"""
BY_ROW: Final = "CREATE INDEX temp.ranked_by_row ON ranked (row, place)"  # for the losers
WINNERS: Final = """
INSERT INTO credits SELECT row, enrolment, grade, kind, value, '[]' FROM ranked WHERE place = 1
"""
LOSERS: Final = """
UPDATE credits SET losers = (
    SELECT json_group_array(json_array(l.enrolment, l.grade, l.kind)) FROM (
        SELECT * FROM ranked r WHERE r.row = credits.row AND r.enrolment <> credits.enrolment
        ORDER BY r.place
    ) l
)
WHERE row IN (SELECT row FROM ranked WHERE place = 2)
"""

# Who is credited now, or was and nobody else is; with the commission as it was.
SALES: Final = f"""
INSERT INTO sales (
    row, order_id, enrolment, creator, terms_id, month, ordered_at, external_id, status, base,
    approved_at, was, was_enrolment, was_creator, was_amount, was_fee, was_hold, version
)
SELECT n.row, n.known, e.id, e.creator_id, {TERMS_THEN}, substr(s.day, 1, 7), s.ordered_at,
    s.external_id, s.status, s.net - s.refunded,
    CASE WHEN s.status = 'approved' THEN min(coalesce(o.approved_at, s.fresh_at), s.fresh_at)
         ELSE o.approved_at END,
    m.state, m.enrolment_id, m.creator_id, m.amount_minor, m.fee_minor, m.hold_until,
    coalesce(m.version, 0)
FROM news n
    JOIN stage s ON s.row = n.row
    LEFT JOIN orders o ON o.id = n.known
    LEFT JOIN credits c ON c.row = n.row
    JOIN enrolments e ON e.id = coalesce(c.enrolment, o.enrolment_id)
    LEFT JOIN commissions m ON m.order_id = n.known
ORDER BY n.row
"""  # noqa: S608
# The other orders of the months that these change.
BESIDE: Final = """
INSERT INTO sales (
    order_id, enrolment, creator, terms_id, month, ordered_at, external_id, status, base,
    approved_at, state, hold_until, was, was_enrolment, was_creator, was_amount, was_fee, was_hold,
    version
)
SELECT o.id, m.enrolment_id, m.creator_id, m.terms_id, m.month, o.ordered_at, o.external_id,
    o.status, o.net_minor - o.refunded_minor, o.approved_at, m.state, m.hold_until,
    m.state, m.enrolment_id, m.creator_id, m.amount_minor, m.fee_minor, m.hold_until, m.version
FROM (
    SELECT s.enrolment, s.month FROM sales s JOIN rules r ON r.terms_id = s.terms_id
    WHERE r.monthly
    UNION
    SELECT s.was_enrolment, s.month FROM sales s
        JOIN enrolments e ON e.id = s.was_enrolment JOIN rules r ON r.terms_id = e.terms_id
    WHERE r.monthly
) touched
    JOIN commissions m ON m.enrolment_id = touched.enrolment AND m.month = touched.month
    JOIN orders o ON o.id = m.order_id
WHERE m.state <> 'void' AND NOT EXISTS (SELECT 1 FROM news n WHERE n.known = o.id)
"""
RELEASED: Final = "SELECT count(*) FROM sales WHERE was IN ('available', 'clawed_back')"

STATES: Final = """
UPDATE sales SET
    state = CASE
        WHEN status IN ('rejected', 'returned') THEN CASE WHEN was IS NOT NULL THEN 'void' END
        WHEN status = 'approved' THEN 'in_hold'
        ELSE 'pending'
    END,
    hold_until = CASE WHEN status = 'approved' THEN min(
        strftime('%Y-%m-%d %H:%M:%S.000000', approved_at, (
            SELECT '+' || r.hold_days || ' days' FROM rules r WHERE r.terms_id = sales.terms_id
        )),
        CASE WHEN was = 'in_hold' AND was_enrolment = enrolment AND was_hold IS NOT NULL
             THEN was_hold ELSE '9999' END
    ) END
WHERE row IS NOT NULL
"""
# By its rate, or by the rung of the ladder that earlier approved orders of the month have reached;
# then by the caps of the order and of the month: the month's orders together bring
# min(cap, what they would bring), so one brings the difference that it makes.
PRICES: Final = """
WITH standing AS (
    SELECT s.id, s.base, s.enrolment, s.month, s.ordered_at, s.external_id, r.*,
        CASE WHEN r.monthly THEN count(*) FILTER (WHERE s.status = 'approved') OVER (
            PARTITION BY s.enrolment, s.month ORDER BY s.ordered_at, s.external_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) END AS approved_before
    FROM sales s JOIN rules r ON r.terms_id = s.terms_id
    WHERE s.state IN ('pending', 'in_hold')
), rated AS (
    SELECT t.*, g.orders AS rung, coalesce(g.worth, max(t.percent, t.fixed)) AS worth
    FROM standing t LEFT JOIN rungs g ON t.monthly AND g.terms_id = t.terms_id AND g.orders = (
        SELECT max(h.orders) FROM rungs h
        WHERE h.terms_id = t.terms_id AND h.orders <= t.approved_before
    )
), parted AS (
    SELECT *, base > 0 AND base >= min_order AS earns, CASE
        WHEN base <= 0 OR base < min_order THEN 0
        WHEN fixed > 0 THEN min(worth, base)
        ELSE (base * worth + 5000) / 10000
    END AS part
    FROM rated
), capped AS (
    SELECT *, CASE WHEN cap_order > 0 THEN min(part, cap_order) ELSE part END AS one
    FROM parted
), summed AS (
    SELECT *, CASE WHEN cap_month > 0 THEN sum(one) OVER (
        PARTITION BY enrolment, month ORDER BY ordered_at, external_id
    ) END AS so_far
    FROM capped
), final AS (
    SELECT *, CASE
        WHEN cap_month > 0 THEN min(cap_month, so_far) - min(cap_month, so_far - one) ELSE one
    END AS amount
    FROM summed
)
UPDATE sales SET
    amount = f.amount,
    fee = (f.amount * :fee + 5000) / 10000,
    price = CASE WHEN f.earns THEN
        '{"parts": [{"why": "' || CASE WHEN f.rung IS NULL THEN 'base' ELSE 'ladder' END
        || '", "base": ' || f.base || ', "amount": ' || f.part
        || ', "percent_bps": ' || CASE WHEN f.fixed > 0 THEN 0 ELSE f.worth END
        || ', "fixed_minor": ' || CASE WHEN f.fixed > 0 THEN f.worth ELSE 0 END
        || ', "name": "", "orders": ' || coalesce(f.rung, 0) || '}], "limit": '
        || CASE WHEN f.amount < f.one THEN '"cap_month"'
                WHEN f.one < f.part THEN '"cap_order"' ELSE 'null' END || '}'
    ELSE '{"parts": [], "limit": ' || CASE WHEN f.base > 0 THEN '"min_order"' ELSE 'null' END || '}'
    END
FROM final f
WHERE f.id = sales.id
"""
LOST: Final = "UPDATE sales SET amount = 0, fee = 0 WHERE state = 'void'"
COST: Final = """
SELECT coalesce(sum(amount + fee - coalesce(was_amount + was_fee, 0)), 0)
FROM sales WHERE state IS NOT NULL
"""
FUNDS: Final = "SELECT minor FROM balances WHERE account = 'brand_funds' AND owner = :brand"
# What is neither news nor priced otherwise than before stays as it is.
UNMOVED: Final = """
DELETE FROM sales WHERE row IS NULL AND amount = was_amount AND fee = was_fee
"""

# What credited orders count for, before (-1) and after (1).
COUNTED: Final = """
INSERT INTO counted
SELECT :sign, o.enrolment_id, o.day, o.reward_state, coalesce(o.evidence_kind, ''),
    coalesce(CASE o.evidence_kind WHEN 'click' THEN (
        SELECT k.link_id FROM clicks k WHERE k.click_id = o.evidence_value
    ) ELSE o.evidence_value END, ''),
    o.net_minor - o.refunded_minor, coalesce(m.amount_minor, 0), coalesce(m.fee_minor, 0),
    CASE WHEN t.proof_required AND m.state IN ('pending', 'in_hold') THEN m.amount_minor ELSE 0 END,
    CASE WHEN m.state = 'in_hold' THEN date(m.hold_until, '+5 hours') END
FROM sales s
    JOIN orders o ON o.id = s.order_id
    LEFT JOIN commissions m ON m.order_id = o.id
    LEFT JOIN terms t ON t.id = m.terms_id
WHERE o.enrolment_id IS NOT NULL
"""

ORDERS: Final = """
INSERT INTO orders (
    brand_id, place, external_id, source_id, run_id, status, status_raw, at_risk, ordered_at,
    approved_at, gross_minor, net_minor, refunded_minor, currency, promo_codes, phone_digest, items,
    click_ids, raw_hash, fresh_day, fresh_rank, fresh_at, enrolment_id, creator_id, grade,
    evidence_kind, evidence_value, losers, day, reward_state, first
)
SELECT :brand, :place, s.external_id, :source, :run, s.status, s.status_raw, s.at_risk,
    s.ordered_at,
    coalesce(e.approved_at, CASE WHEN s.status = 'approved' THEN s.fresh_at END),
    s.net, s.net, s.refunded, 'KZT', s.promo_codes, s.phone_digest, s.items, s.click_ids,
    s.raw_hash, s.fresh_day, s.fresh_rank, s.fresh_at, e.enrolment, e.creator, c.grade, c.kind,
    c.value, coalesce(c.losers, '[]'), CASE WHEN e.enrolment IS NOT NULL THEN s.day END,
    CASE WHEN e.enrolment IS NOT NULL THEN coalesce(e.state, 'void') END, 0
FROM news n
    JOIN stage s ON s.row = n.row
    LEFT JOIN credits c ON c.row = n.row
    LEFT JOIN sales e ON e.row = n.row
WHERE true ORDER BY n.row
ON CONFLICT (brand_id, place, external_id) DO UPDATE SET
    source_id = excluded.source_id, run_id = excluded.run_id, status = excluded.status,
    status_raw = excluded.status_raw, at_risk = excluded.at_risk, ordered_at = excluded.ordered_at,
    approved_at = coalesce(min(excluded.approved_at, orders.approved_at), excluded.approved_at,
        orders.approved_at),
    gross_minor = excluded.gross_minor, net_minor = excluded.net_minor,
    refunded_minor = excluded.refunded_minor, currency = excluded.currency,
    promo_codes = excluded.promo_codes,
    phone_digest = coalesce(excluded.phone_digest, orders.phone_digest), items = excluded.items,
    click_ids = excluded.click_ids, raw_hash = excluded.raw_hash, fresh_day = excluded.fresh_day,
    fresh_rank = excluded.fresh_rank, fresh_at = excluded.fresh_at,
    enrolment_id = excluded.enrolment_id, creator_id = excluded.creator_id,
    grade = coalesce(excluded.grade, orders.grade),
    evidence_kind = coalesce(excluded.evidence_kind, orders.evidence_kind),
    evidence_value = coalesce(excluded.evidence_value, orders.evidence_value),
    losers = excluded.losers, day = excluded.day, reward_state = excluded.reward_state
"""
FOUND: Final = """
UPDATE sales SET order_id = (
    SELECT o.id FROM orders o
    WHERE o.brand_id = :brand AND o.place = :place AND o.external_id = sales.external_id
)
WHERE order_id IS NULL
"""
COMMISSIONS: Final = """
INSERT INTO commissions (
    order_id, enrolment_id, creator_id, brand_id, terms_id, state, amount_minor, fee_minor, month,
    hold_until, funded, version, run_id, price
)
SELECT order_id, enrolment, creator, :brand, terms_id, state, amount, fee, month, hold_until, 1,
    version + 1, :run, price
FROM sales WHERE state IN ('pending', 'in_hold')
ORDER BY id
ON CONFLICT (order_id) DO UPDATE SET
    enrolment_id = excluded.enrolment_id, creator_id = excluded.creator_id,
    terms_id = excluded.terms_id, state = excluded.state, amount_minor = excluded.amount_minor,
    fee_minor = excluded.fee_minor, month = excluded.month, hold_until = excluded.hold_until,
    funded = excluded.funded, version = excluded.version, run_id = excluded.run_id,
    price = excluded.price
WHERE (excluded.enrolment_id, excluded.terms_id, excluded.state, excluded.amount_minor,
       excluded.fee_minor, excluded.month, coalesce(excluded.hold_until, ''), excluded.price)
    <> (commissions.enrolment_id, commissions.terms_id, commissions.state,
        commissions.amount_minor, commissions.fee_minor, commissions.month,
        coalesce(commissions.hold_until, ''), commissions.price)
"""
VOIDED: Final = """
UPDATE commissions SET state = 'void', amount_minor = 0, fee_minor = 0, hold_until = NULL,
    funded = 1, version = version + 1, run_id = :run
WHERE order_id IN (SELECT order_id FROM sales WHERE state = 'void' AND was <> 'void')
"""
# The pieces of each transfer: where money lies now less where it lay.
LEGS: Final = """
CREATE TEMP TABLE legs AS
SELECT id, account, owner, sum(minor) AS minor FROM (
    SELECT id, 'brand_funds' AS account, :brand AS owner, -(amount + fee) AS minor FROM sales
        WHERE state IS NOT NULL
    UNION ALL SELECT id, 'creator_pending', creator, amount FROM sales WHERE state IS NOT NULL
    UNION ALL SELECT id, 'platform_fee', 0, fee FROM sales WHERE state IS NOT NULL
    UNION ALL SELECT id, 'brand_funds', :brand, was_amount + was_fee FROM sales
        WHERE state IS NOT NULL AND was IS NOT NULL
    UNION ALL SELECT id, 'creator_pending', was_creator, -was_amount FROM sales
        WHERE state IS NOT NULL AND was IS NOT NULL
    UNION ALL SELECT id, 'platform_fee', 0, -was_fee FROM sales
        WHERE state IS NOT NULL AND was IS NOT NULL
)
GROUP BY id, account, owner HAVING sum(minor) <> 0
ORDER BY id, account, owner
"""
TRANSFERS: Final = """
INSERT INTO transfers (id, key, kind, at)
SELECT :last + s.id, 'order:' || s.order_id || ':' || (s.version + 1),
    CASE WHEN coalesce(s.was_amount + s.was_fee, 0) = 0 THEN 'accrue'
         WHEN s.state = 'void' THEN 'void' ELSE 'adjust' END,
    :now
FROM sales s WHERE s.id IN (SELECT id FROM legs) ORDER BY s.id
"""
ENTRIES: Final = """
INSERT INTO entries (transfer_id, account, owner, minor)
SELECT :last + id, account, owner, minor FROM legs WHERE true ORDER BY id, account, owner
"""
BALANCES: Final = """
INSERT INTO balances (account, owner, minor)
SELECT account, owner, sum(minor) FROM legs WHERE true GROUP BY account, owner
ON CONFLICT (account, owner) DO UPDATE SET minor = minor + excluded.minor
"""
SPENT: Final = """
UPDATE offers SET spent_minor = spent_minor + grown.minor
FROM (
    SELECT e.offer_id, sum(moved.minor) AS minor FROM (
        SELECT enrolment, amount AS minor FROM sales WHERE state IS NOT NULL
        UNION ALL SELECT was_enrolment, -was_amount FROM sales WHERE was IS NOT NULL
    ) moved JOIN enrolments e ON e.id = moved.enrolment
    GROUP BY e.offer_id
) grown
WHERE grown.offer_id = offers.id
"""
USED_UP: Final = """
SELECT count(*) FROM offers f JOIN terms t ON t.offer_id = f.id
WHERE f.brand_id = :brand AND t.rule ->> 'budget_minor' <= f.spent_minor
"""

SUMS: Final = {
    "results": """
        INSERT INTO results
        SELECT enrolment, day, state, sum(sign), sum(sign * net), sum(sign * amount),
            sum(sign * fee), sum(sign * proof), 0
        FROM counted WHERE true GROUP BY enrolment, day, state
        ON CONFLICT (enrolment_id, day, state) DO UPDATE SET
            orders = orders + excluded.orders, net_minor = net_minor + excluded.net_minor,
            amount_minor = amount_minor + excluded.amount_minor,
            fee_minor = fee_minor + excluded.fee_minor,
            proof_minor = proof_minor + excluded.proof_minor
    """,
    "month_results": """
        INSERT INTO month_results
        SELECT enrolment, substr(day, 1, 8) || '01' AS month, state, sum(sign), sum(sign * net),
            sum(sign * amount), sum(sign * fee), sum(sign * proof), 0
        FROM counted WHERE true GROUP BY enrolment, month, state
        ON CONFLICT (enrolment_id, month, state) DO UPDATE SET
            orders = orders + excluded.orders, net_minor = net_minor + excluded.net_minor,
            amount_minor = amount_minor + excluded.amount_minor,
            fee_minor = fee_minor + excluded.fee_minor,
            proof_minor = proof_minor + excluded.proof_minor
    """,
    "handle_results": """
        INSERT INTO handle_results
        SELECT enrolment, kind, handle, day, state, sum(sign), sum(sign * net), sum(sign * amount),
            sum(sign * fee)
        FROM counted WHERE true GROUP BY enrolment, kind, handle, day, state
        ON CONFLICT (enrolment_id, kind, handle, day, state) DO UPDATE SET
            orders = orders + excluded.orders, net_minor = net_minor + excluded.net_minor,
            amount_minor = amount_minor + excluded.amount_minor,
            fee_minor = fee_minor + excluded.fee_minor
    """,
    "holds": """
        INSERT INTO holds
        SELECT enrolment, release, sum(sign), sum(sign * amount), 0, sum(sign * proof)
        FROM counted WHERE release IS NOT NULL GROUP BY enrolment, release
        ON CONFLICT (enrolment_id, day) DO UPDATE SET
            orders = orders + excluded.orders, amount_minor = amount_minor + excluded.amount_minor,
            blocked_minor = blocked_minor + excluded.blocked_minor
    """,
}

NEAR_MISSES: Final = """
INSERT INTO near_misses (order_id, brand_id, raw, reason, enrolment_id, found_at)
SELECT o.id, :brand, c.raw,
    CASE WHEN p.id IS NOT NULL THEN 'not_owner_then' ELSE 'lookalike' END,
    coalesce(
        (SELECT w.enrolment_id FROM code_ownerships w WHERE w.code_id = p.id
         ORDER BY w.since DESC, w.id DESC LIMIT 1),
        (SELECT w.enrolment_id FROM promo_codes q JOIN code_ownerships w ON w.code_id = q.id
         WHERE q.brand_id = :brand AND q.folded = c.folded AND c.folded <> ''
            AND w.since <= s.ordered_at AND (w.until IS NULL OR s.ordered_at < w.until)
         ORDER BY w.since, w.id LIMIT 1)
    ) AS enrolment,
    :now
FROM stage_codes c
    JOIN news n ON n.row = c.row
    JOIN stage s ON s.row = c.row
    LEFT JOIN promo_codes p ON p.brand_id = :brand AND p.normal = c.normal
    JOIN orders o
        ON o.brand_id = :brand AND o.place = :place AND o.external_id = s.external_id
WHERE NOT EXISTS (SELECT 1 FROM credits k WHERE k.row = c.row) AND enrolment IS NOT NULL
ON CONFLICT DO NOTHING
"""
MESSAGES: Final = """
INSERT INTO outbox (person_id, kind, key, facts, created_at, due_at, attempts, error)
SELECT creator_id, 'orders_news', 'run:' || :run || ':news:' || creator_id,
    json_object('brand', :name,
        'waiting', count(*) FILTER (WHERE state = 'pending'),
        'approved', count(*) FILTER (WHERE state IN ('in_hold', 'available')),
        'lost', count(*) FILTER (WHERE state IN ('void', 'clawed_back')),
        'amount_minor', sum(amount_minor)),
    :now, :now, 0, ''
FROM commissions WHERE run_id = :run GROUP BY creator_id ORDER BY creator_id
"""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a file came to."""

    orders: int
    news: int
    credited: int
    transfers: int


def reconcile(database: Path, job: Job) -> Reconciled:
    """Take the file in."""
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(STAGE)
    connection.execute("BEGIN IMMEDIATE")
    done = _reconcile(connection, job)
    connection.execute("COMMIT")
    connection.close()
    return done


def _reconcile(connection: sqlite3.Connection, job: Job) -> Reconciled:
    brand = job.brand
    name, fee = connection.execute(
        "SELECT name, fee_bps FROM brands WHERE id = ?", (brand,)
    ).fetchone()
    reserved = connection.execute("SELECT sku FROM sku_reservations WHERE brand_id = ?", (brand,))
    export = Export(job.file, job.key, frozenset(sku for (sku,) in reserved))
    for batch in export.batches(STAGED):
        connection.executemany(f"INSERT INTO stage VALUES ({_marks(17)})", batch)  # noqa: S608
    for table, rows in (
        ("stage_codes", export.codes),
        ("stage_skus", export.skus),
        ("stage_clicks", export.clicks),
    ):
        if rows:
            marks = _marks(len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608

    (run,) = connection.execute(
        "INSERT INTO runs (source_id, brand_id, state, seen_at, position, rows, new, changed, "
        "unchanged, outdated, rejected, matched, unmatched, near_misses, file_name, file_sha256, "
        "started_at, error) VALUES (?, ?, 'running', ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?, ?, ?, '') "
        "RETURNING id",
        (job.source, brand, job.now, job.file.name, job.sha256, job.now),
    ).fetchone()
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM transfers").fetchone()
    given = {
        "brand": brand, "place": job.place, "source": job.source, "run": run, "now": job.now,
        "fee": fee, "name": name, "last": last, "sign": -1,
    }  # fmt: skip

    def do(statement: str) -> int:
        return connection.execute(statement, given).rowcount

    news = do(NEWS)
    credited = transfers = new = matched = misses = 0
    if news:
        credited, transfers, misses = _book(connection, given, do)
        (new,) = connection.execute("SELECT count(*) FROM news WHERE known IS NULL").fetchone()
        (matched,) = connection.execute("SELECT count(row) FROM sales").fetchone()
    sealed = job.sealed(run, export)
    connection.executemany(
        "INSERT INTO rejected_lines (run_id, line, reason, text, text_cipher) "
        "VALUES (?, ?, ?, ?, ?)",
        sealed,
    )
    counts: dict[str, Any] = {
        "rows": export.orders + len(export.rejected),
        "new": new,
        "changed": news - new,
        "unchanged": export.orders - news,
        "rejected": len(export.rejected),
        "matched": matched,
        "unmatched": news - matched,
        "near_misses": misses,
        "lines": len(sealed),
        "lines_key": job.lines_key if sealed else None,
    }
    connection.execute(
        f"UPDATE runs SET state = 'done', finished_at = :now, "  # noqa: S608
        f"{', '.join(f'{name} = :{name}' for name in counts)} WHERE id = :run",
        {**counts, "now": job.now, "run": run},
    )
    return Reconciled(export.orders, news, credited, transfers)


def _book(
    connection: sqlite3.Connection, given: dict[str, Any], do: Callable[[str], int]
) -> tuple[int, int, int]:
    """Attribute, price and post the news; how many were credited, posted, and nearly fitted."""

    def refuse(statement: str, what: str) -> None:
        if connection.execute(statement, given).fetchone()[0]:
            raise NotImplementedError(what)

    refuse(OLDER, "older news than what is known")
    refuse(BEYOND, "rates by article, first orders, last touch")
    do(RULES)
    do(RUNGS)
    do(BY_CODE)
    do(BY_SKU)
    do(BY_CLICK)
    do(RANKED)
    do(BY_ROW)
    credited = do(WINNERS)
    do(LOSERS)
    do(SALES)
    do(BESIDE)
    refuse(RELEASED, "released rewards")
    do(STATES)
    do(PRICES)
    do(LOST)
    do(UNMOVED)
    (cost,) = connection.execute(COST).fetchone()
    (funds,) = connection.execute(FUNDS, given).fetchone()
    if cost > funds:
        raise NotImplementedError("a brand without funds")
    do(COUNTED)
    do(ORDERS)
    do(FOUND)
    do(COMMISSIONS)
    do(VOIDED)
    given["sign"] = 1
    do(COUNTED)
    do(LEGS)
    transfers = do(TRANSFERS)
    do(ENTRIES)
    do(BALANCES)
    do(SPENT)
    refuse(USED_UP, "budgets that are used up")
    for table, statement in SUMS.items():
        do(statement)
        if any_known(connection):
            do(f"DELETE FROM {table} WHERE orders = 0")  # noqa: S608
    misses = do(NEAR_MISSES)
    do(MESSAGES)
    return credited, transfers, misses


def any_known(connection: sqlite3.Connection) -> bool:
    """Whether anything that counted before has changed."""
    return bool(
        connection.execute("SELECT EXISTS (SELECT 1 FROM counted WHERE sign < 0)").fetchone()[0]
    )


def _marks(count: int) -> str:
    return ", ".join("?" * count)
