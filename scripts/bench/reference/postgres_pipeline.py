"""The reference on PostgreSQL: COPY into temporary tables, then INSERT … SELECT, one transaction.

The same job as `sqlite_pipeline`, within the same limits, on the product's own tables with all
their indexes, keys and triggers, by the server's own settings of durability.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from string import Template
from typing import Any, Final

import asyncpg

from scripts.bench.reference.export import Export, Job
from scripts.bench.reference.sqlite_pipeline import Reconciled

Do = Callable[[str], Awaitable[int]]

STAGED: Final = 50_000  # rows in one COPY

SETTINGS: Final = ("SET TIME ZONE 'UTC'", "SET work_mem = '128MB'", "SET temp_buffers = '128MB'")
STAGE: Final = """
CREATE TEMP TABLE stage (
    row integer, external_id text, status text, status_raw text, at_risk integer,
    ordered_at text, day text, net bigint, refunded bigint, promo_codes text, phone_digest bytea,
    items text, click_ids text, raw_hash text, fresh_day text, fresh_rank integer, fresh_at text
);
CREATE TEMP TABLE stage_codes (row integer, raw text, normal text, folded text);
CREATE TEMP TABLE stage_skus (row integer, sku text);
CREATE TEMP TABLE stage_clicks (row integer, click_id text);
CREATE TEMP TABLE candidates (
    id integer GENERATED ALWAYS AS IDENTITY, row integer, enrolment bigint, grade text,
    owned integer, kind text, value text, at timestamptz
);
-- an order that is or was somebody's, or stands beside one in a month that is priced as a whole
CREATE TEMP TABLE sales (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, row integer, order_id bigint,
    enrolment bigint, creator bigint, terms_id bigint, month text, ordered_at timestamptz,
    external_id text, status text, base bigint, approved_at timestamptz, state text, amount bigint,
    fee bigint, hold_until timestamptz, price text, was text, was_enrolment bigint,
    was_creator bigint, was_amount bigint, was_fee bigint, was_hold timestamptz, version integer
);
CREATE TEMP TABLE counted (
    sign integer, enrolment bigint, day date, state text, kind text, handle text, net bigint,
    amount bigint, fee bigint, proof bigint, release date
);
"""
RUN: Final = """
INSERT INTO runs (
    source_id, brand_id, state, seen_at, position, rows, new, changed, unchanged, outdated,
    rejected, matched, unmatched, near_misses, file_name, file_sha256, started_at, error
)
VALUES ($source, $brand, 'running', '$now', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '$file', '$digest',
    '$now', '')
RETURNING id
"""
ANALYZE: Final = "ANALYZE stage; ANALYZE stage_codes; ANALYZE stage_skus; ANALYZE stage_clicks"

# What is known and neither changed nor older is passed over.
NEWS: Final = """
CREATE TEMP TABLE news AS
SELECT s.row, o.id AS known
FROM stage s LEFT JOIN orders o
    ON o.brand_id = $brand AND o.place = '$place' AND o.external_id = s.external_id
WHERE o.id IS NULL OR o.raw_hash <> s.raw_hash
"""
OLDER: Final = """
SELECT count(*) FROM news n JOIN stage s ON s.row = n.row JOIN orders o ON o.id = n.known
WHERE (s.fresh_day::date, s.fresh_rank, s.refunded, s.fresh_at::timestamptz)
    < (o.fresh_day, o.fresh_rank, o.refunded_minor, o.fresh_at)
"""
RULES: Final = """
CREATE TEMP TABLE rules AS
SELECT t.id AS terms_id, (t.rule ->> 'percent_bps')::bigint AS percent,
    (t.rule ->> 'fixed_minor')::bigint AS fixed,
    (t.rule ->> 'cap_order_minor')::bigint AS cap_order,
    (t.rule ->> 'cap_month_minor')::bigint AS cap_month, t.min_order_minor AS min_order,
    t.hold_days, t.window_days, t.proof_required AS proof,
    (t.rule ->> 'cap_month_minor')::bigint > 0 OR t.rule -> 'ladder' IS NOT NULL AS monthly
FROM terms t JOIN offers f ON f.id = t.offer_id
WHERE f.brand_id = $brand
"""
RUNGS: Final = """
CREATE TEMP TABLE rungs AS
SELECT t.id AS terms_id, (rung ->> 0)::bigint AS orders, (rung ->> 1)::bigint AS worth
FROM terms t JOIN offers f ON f.id = t.offer_id, json_array_elements(t.rule -> 'ladder') rung
WHERE f.brand_id = $brand
"""
BEYOND: Final = """
SELECT count(*) FROM terms t JOIN offers f ON f.id = t.offer_id
WHERE f.brand_id = $brand AND (
    t.first_order OR t.rule -> 'rates' IS NOT NULL OR t.credit_policy <> 'grade_first'
)
"""

# The terms of enrolment e that were in force when s was ordered.
TERMS_THEN: Final = """
    coalesce(
        (SELECT h.terms_id FROM enrolment_terms h
         WHERE h.enrolment_id = e.id AND h.since <= s.ordered_at::timestamptz
         ORDER BY h.since DESC LIMIT 1),
        (SELECT h.terms_id FROM enrolment_terms h WHERE h.enrolment_id = e.id
         ORDER BY h.since LIMIT 1),
        e.terms_id
    )
"""
BY_CODE: Final = """
INSERT INTO candidates (row, enrolment, grade, owned, kind, value, at)
SELECT n.row, w.enrolment_id, 'A', 0, 'code', c.normal, w.since
FROM stage_codes c
    JOIN news n ON n.row = c.row
    JOIN stage s ON s.row = c.row
    JOIN promo_codes p ON p.brand_id = $brand AND p.normal = c.normal
    JOIN code_ownerships w ON w.code_id = p.id AND w.since <= s.ordered_at::timestamptz
        AND (w.until IS NULL OR s.ordered_at::timestamptz < w.until)
"""
BY_SKU: Final = """
INSERT INTO candidates (row, enrolment, grade, owned, kind, value, at)
SELECT n.row, r.enrolment_id, 'B', 1, 'sku', c.sku, r.since
FROM stage_skus c
    JOIN news n ON n.row = c.row
    JOIN stage s ON s.row = c.row
    JOIN sku_reservations r ON r.brand_id = $brand AND r.sku = c.sku
        AND r.since <= s.ordered_at::timestamptz
        AND (r.until IS NULL OR s.ordered_at::timestamptz < r.until)
"""
BY_CLICK: Final = f"""
INSERT INTO candidates (row, enrolment, grade, owned, kind, value, at)
SELECT n.row, e.id, 'B', 2, 'click', c.click_id, k.at
FROM stage_clicks c
    JOIN news n ON n.row = c.row
    JOIN stage s ON s.row = c.row
    JOIN clicks k ON k.click_id = c.click_id
    JOIN enrolments e ON e.id = k.enrolment_id AND e.brand_id = $brand
    JOIN rules t ON t.terms_id = {TERMS_THEN}
WHERE s.ordered_at::timestamptz - k.at BETWEEN interval '0' AND t.window_days * interval '1 day'
"""  # noqa: S608
RANKED: Final = """
CREATE TEMP TABLE ranked AS
SELECT *, row_number() OVER (
    PARTITION BY row ORDER BY grade, owned, at DESC, enrolment, id
) AS place
FROM candidates
"""
BY_ROW: Final = "CREATE INDEX ON ranked (row, place)"  # for the losers
CREDITS: Final = """
CREATE TEMP TABLE credits AS
SELECT w.row, w.enrolment, w.grade, w.kind, w.value, coalesce((
    SELECT json_agg(json_build_array(l.enrolment, l.grade, l.kind) ORDER BY l.place)
    FROM (SELECT * FROM ranked WHERE place > 1) l
    WHERE l.row = w.row AND l.enrolment <> w.enrolment
)::text, '[]') AS losers
FROM ranked w WHERE w.place = 1 AND w.row IN (SELECT row FROM ranked WHERE place = 2)
UNION ALL
SELECT w.row, w.enrolment, w.grade, w.kind, w.value, '[]'
FROM ranked w WHERE w.place = 1 AND w.row NOT IN (SELECT row FROM ranked WHERE place = 2)
"""

# Who is credited now, or was and nobody else is; with the commission as it was.
SALES: Final = f"""
INSERT INTO sales (
    row, order_id, enrolment, creator, terms_id, month, ordered_at, external_id, status, base,
    approved_at, was, was_enrolment, was_creator, was_amount, was_fee, was_hold, version
)
SELECT n.row, n.known, e.id, e.creator_id, {TERMS_THEN}, left(s.day, 7),
    s.ordered_at::timestamptz, s.external_id, s.status, s.net - s.refunded,
    CASE WHEN s.status = 'approved' THEN least(o.approved_at, s.fresh_at::timestamptz)
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
    hold_until = CASE WHEN status = 'approved' THEN least(
        approved_at + r.hold_days * interval '1 day',
        CASE WHEN was = 'in_hold' AND was_enrolment = enrolment THEN was_hold END
    ) END
FROM rules r
WHERE r.terms_id = sales.terms_id AND row IS NOT NULL
"""
# By its rate, or by the rung of the ladder that earlier approved orders of the month have reached;
# then by the caps of the order and of the month: the month's orders together bring
# min(cap, what they would bring), so one brings the difference that it makes.
PRICES: Final = """
WITH standing AS (
    SELECT s.id, s.base, s.enrolment, s.month, s.ordered_at, s.external_id, r.*,
        CASE WHEN r.monthly THEN count(*) FILTER (WHERE s.status = 'approved') OVER (
            PARTITION BY s.enrolment, s.month ORDER BY s.ordered_at, s.external_id COLLATE "C"
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) END AS approved_before
    FROM sales s JOIN rules r ON r.terms_id = s.terms_id
    WHERE s.state IN ('pending', 'in_hold')
), rated AS (
    SELECT t.*, g.orders AS rung, coalesce(g.worth, greatest(t.percent, t.fixed)) AS worth
    FROM standing t LEFT JOIN LATERAL (
        SELECT h.orders, h.worth FROM rungs h
        WHERE t.monthly AND h.terms_id = t.terms_id AND h.orders <= t.approved_before
        ORDER BY h.orders DESC LIMIT 1
    ) g ON true
), parted AS (
    SELECT *, base > 0 AND base >= min_order AS earns, CASE
        WHEN base <= 0 OR base < min_order THEN 0
        WHEN fixed > 0 THEN least(worth, base)
        ELSE (base * worth + 5000) / 10000
    END AS part
    FROM rated
), capped AS (
    SELECT *, CASE WHEN cap_order > 0 THEN least(part, cap_order) ELSE part END AS one
    FROM parted
), summed AS (
    SELECT *, CASE WHEN cap_month > 0 THEN (sum(one) OVER (
        PARTITION BY enrolment, month ORDER BY ordered_at, external_id COLLATE "C"
    ))::bigint END AS so_far
    FROM capped
), final AS (
    SELECT *, CASE
        WHEN cap_month > 0 THEN least(cap_month, so_far) - least(cap_month, so_far - one) ELSE one
    END AS amount
    FROM summed
)
UPDATE sales SET
    amount = f.amount,
    fee = (f.amount * $fee + 5000) / 10000,
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
FUNDS: Final = """
SELECT minor FROM balances WHERE account = 'brand_funds' AND owner = $brand FOR UPDATE
"""
# What is neither news nor priced otherwise than before stays as it is.
UNMOVED: Final = "DELETE FROM sales WHERE row IS NULL AND amount = was_amount AND fee = was_fee"

# What credited orders count for, before (-1) and after (1).
COUNTED: Final = """
INSERT INTO counted
SELECT $sign, o.enrolment_id, o.day, o.reward_state, coalesce(o.evidence_kind, ''),
    coalesce(CASE o.evidence_kind WHEN 'click' THEN (
        SELECT k.link_id::text FROM clicks k WHERE k.click_id = o.evidence_value
    ) ELSE o.evidence_value END, ''),
    o.net_minor - o.refunded_minor, coalesce(m.amount_minor, 0), coalesce(m.fee_minor, 0),
    CASE WHEN t.proof_required AND m.state IN ('pending', 'in_hold') THEN m.amount_minor ELSE 0 END,
    CASE WHEN m.state = 'in_hold' THEN (m.hold_until + interval '5 hours')::date END
FROM sales s
    JOIN orders o ON o.id = s.order_id
    LEFT JOIN commissions m ON m.order_id = o.id
    LEFT JOIN terms t ON t.id = m.terms_id
WHERE o.enrolment_id IS NOT NULL
"""

ORDERS: Final = """
WITH saved AS (
    INSERT INTO orders (
        brand_id, place, external_id, source_id, run_id, status, status_raw, at_risk, ordered_at,
        approved_at, gross_minor, net_minor, refunded_minor, currency, promo_codes, phone_digest,
        items, click_ids, raw_hash, fresh_day, fresh_rank, fresh_at, enrolment_id, creator_id,
        grade, evidence_kind, evidence_value, losers, day, reward_state, first
    )
    SELECT $brand, '$place', s.external_id, $source, $run, s.status, s.status_raw, s.at_risk = 1,
        s.ordered_at::timestamptz,
        coalesce(e.approved_at, CASE WHEN s.status = 'approved' THEN s.fresh_at::timestamptz END),
        s.net, s.net, s.refunded, 'KZT', s.promo_codes::json, s.phone_digest, s.items::json,
        s.click_ids::json, s.raw_hash, s.fresh_day::date, s.fresh_rank, s.fresh_at::timestamptz,
        e.enrolment, e.creator, c.grade, c.kind, c.value, coalesce(c.losers, '[]')::json,
        CASE WHEN e.enrolment IS NOT NULL THEN s.day::date END,
        CASE WHEN e.enrolment IS NOT NULL THEN coalesce(e.state, 'void') END, false
    FROM news n
        JOIN stage s ON s.row = n.row
        LEFT JOIN credits c ON c.row = n.row
        LEFT JOIN sales e ON e.row = n.row
    ORDER BY n.row
    ON CONFLICT (brand_id, place, external_id) DO UPDATE SET
        source_id = excluded.source_id, run_id = excluded.run_id, status = excluded.status,
        status_raw = excluded.status_raw, at_risk = excluded.at_risk,
        ordered_at = excluded.ordered_at,
        approved_at = least(excluded.approved_at, orders.approved_at),
        gross_minor = excluded.gross_minor, net_minor = excluded.net_minor,
        refunded_minor = excluded.refunded_minor, currency = excluded.currency,
        promo_codes = excluded.promo_codes,
        phone_digest = coalesce(excluded.phone_digest, orders.phone_digest),
        items = excluded.items, click_ids = excluded.click_ids, raw_hash = excluded.raw_hash,
        fresh_day = excluded.fresh_day, fresh_rank = excluded.fresh_rank,
        fresh_at = excluded.fresh_at, enrolment_id = excluded.enrolment_id,
        creator_id = excluded.creator_id, grade = coalesce(excluded.grade, orders.grade),
        evidence_kind = coalesce(excluded.evidence_kind, orders.evidence_kind),
        evidence_value = coalesce(excluded.evidence_value, orders.evidence_value),
        losers = excluded.losers, day = excluded.day, reward_state = excluded.reward_state
    RETURNING id, external_id, enrolment_id
)
UPDATE sales SET order_id = saved.id FROM saved
WHERE saved.enrolment_id IS NOT NULL AND sales.order_id IS NULL
    AND saved.external_id = sales.external_id
"""
COMMISSIONS: Final = """
INSERT INTO commissions (
    order_id, enrolment_id, creator_id, brand_id, terms_id, state, amount_minor, fee_minor, month,
    hold_until, funded, version, run_id, price
)
SELECT order_id, enrolment, creator, $brand, terms_id, state, amount, fee, month, hold_until, true,
    version + 1, $run, price::json
FROM sales WHERE state IN ('pending', 'in_hold')
ORDER BY id
ON CONFLICT (order_id) DO UPDATE SET
    enrolment_id = excluded.enrolment_id, creator_id = excluded.creator_id,
    terms_id = excluded.terms_id, state = excluded.state, amount_minor = excluded.amount_minor,
    fee_minor = excluded.fee_minor, month = excluded.month, hold_until = excluded.hold_until,
    funded = excluded.funded, version = excluded.version, run_id = excluded.run_id,
    price = excluded.price
WHERE (excluded.enrolment_id, excluded.terms_id, excluded.state, excluded.amount_minor,
       excluded.fee_minor, excluded.month, excluded.hold_until, excluded.price::jsonb)
    IS DISTINCT FROM (commissions.enrolment_id, commissions.terms_id, commissions.state,
        commissions.amount_minor, commissions.fee_minor, commissions.month,
        commissions.hold_until, commissions.price::jsonb)
"""
VOIDED: Final = """
UPDATE commissions SET state = 'void', amount_minor = 0, fee_minor = 0, hold_until = NULL,
    funded = true, version = version + 1, run_id = $run
WHERE order_id IN (SELECT order_id FROM sales WHERE state = 'void' AND was <> 'void')
"""
# The pieces of each transfer: where money lies now less where it lay.
LEGS: Final = """
CREATE TEMP TABLE legs AS
SELECT id, account, owner, sum(minor)::bigint AS minor FROM (
    SELECT id, 'brand_funds' AS account, $brand AS owner, -(amount + fee) AS minor FROM sales
        WHERE state IS NOT NULL
    UNION ALL SELECT id, 'creator_pending', creator, amount FROM sales WHERE state IS NOT NULL
    UNION ALL SELECT id, 'platform_fee', 0, fee FROM sales WHERE state IS NOT NULL
    UNION ALL SELECT id, 'brand_funds', $brand, was_amount + was_fee FROM sales
        WHERE state IS NOT NULL AND was IS NOT NULL
    UNION ALL SELECT id, 'creator_pending', was_creator, -was_amount FROM sales
        WHERE state IS NOT NULL AND was IS NOT NULL
    UNION ALL SELECT id, 'platform_fee', 0, -was_fee FROM sales
        WHERE state IS NOT NULL AND was IS NOT NULL
) pieces
GROUP BY id, account, owner HAVING sum(minor) <> 0
"""
POSTED: Final = """
WITH posted AS (
    INSERT INTO transfers (key, kind, at)
    SELECT 'order:' || s.order_id || ':' || (s.version + 1),
        CASE WHEN coalesce(s.was_amount + s.was_fee, 0) = 0 THEN 'accrue'
             WHEN s.state = 'void' THEN 'void' ELSE 'adjust' END,
        '$now'
    FROM sales s WHERE s.id IN (SELECT id FROM legs) ORDER BY s.id
    RETURNING id, key
), lines AS (
    INSERT INTO entries (transfer_id, account, owner, minor)
    SELECT p.id, l.account, l.owner, l.minor
    FROM posted p
        JOIN sales s ON p.key = 'order:' || s.order_id || ':' || (s.version + 1)
        JOIN legs l ON l.id = s.id
    ORDER BY p.id, l.account, l.owner
)
SELECT count(*) FROM posted
"""
BALANCES: Final = """
INSERT INTO balances (account, owner, minor)
SELECT account, owner, sum(minor) FROM legs GROUP BY account, owner ORDER BY account, owner
ON CONFLICT (account, owner) DO UPDATE SET minor = balances.minor + excluded.minor
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
WHERE f.brand_id = $brand AND (t.rule ->> 'budget_minor')::bigint <= f.spent_minor
"""

SUMS: Final = {
    "results": """
        INSERT INTO results
        SELECT enrolment, day, state, sum(sign), sum(sign * net), sum(sign * amount),
            sum(sign * fee), sum(sign * proof), 0
        FROM counted GROUP BY enrolment, day, state
        ON CONFLICT (enrolment_id, day, state) DO UPDATE SET
            orders = results.orders + excluded.orders,
            net_minor = results.net_minor + excluded.net_minor,
            amount_minor = results.amount_minor + excluded.amount_minor,
            fee_minor = results.fee_minor + excluded.fee_minor,
            proof_minor = results.proof_minor + excluded.proof_minor
    """,
    "month_results": """
        INSERT INTO month_results
        SELECT enrolment, date_trunc('month', day)::date AS month, state, sum(sign),
            sum(sign * net), sum(sign * amount), sum(sign * fee), sum(sign * proof), 0
        FROM counted GROUP BY enrolment, month, state
        ON CONFLICT (enrolment_id, month, state) DO UPDATE SET
            orders = month_results.orders + excluded.orders,
            net_minor = month_results.net_minor + excluded.net_minor,
            amount_minor = month_results.amount_minor + excluded.amount_minor,
            fee_minor = month_results.fee_minor + excluded.fee_minor,
            proof_minor = month_results.proof_minor + excluded.proof_minor
    """,
    "handle_results": """
        INSERT INTO handle_results
        SELECT enrolment, kind, handle, day, state, sum(sign), sum(sign * net), sum(sign * amount),
            sum(sign * fee)
        FROM counted GROUP BY enrolment, kind, handle, day, state
        ON CONFLICT (enrolment_id, kind, handle, day, state) DO UPDATE SET
            orders = handle_results.orders + excluded.orders,
            net_minor = handle_results.net_minor + excluded.net_minor,
            amount_minor = handle_results.amount_minor + excluded.amount_minor,
            fee_minor = handle_results.fee_minor + excluded.fee_minor
    """,
    "holds": """
        INSERT INTO holds
        SELECT enrolment, release, sum(sign), sum(sign * amount), 0, sum(sign * proof)
        FROM counted WHERE release IS NOT NULL GROUP BY enrolment, release
        ON CONFLICT (enrolment_id, day) DO UPDATE SET
            orders = holds.orders + excluded.orders,
            amount_minor = holds.amount_minor + excluded.amount_minor,
            blocked_minor = holds.blocked_minor + excluded.blocked_minor
    """,
}

NEAR_MISSES: Final = """
WITH strays AS MATERIALIZED (
    SELECT c.raw, c.folded, s.external_id, s.ordered_at::timestamptz AS ordered_at, p.id AS code
    FROM news n
        JOIN stage_codes c ON c.row = n.row
        JOIN stage s ON s.row = n.row
        LEFT JOIN promo_codes p ON p.brand_id = $brand AND p.normal = c.normal
    WHERE NOT EXISTS (SELECT 1 FROM credits k WHERE k.row = n.row)
), nearly AS MATERIALIZED (
    SELECT *, CASE WHEN code IS NOT NULL THEN (
        SELECT w.enrolment_id FROM code_ownerships w WHERE w.code_id = code
        ORDER BY w.since DESC, w.id DESC LIMIT 1
    ) WHEN folded <> '' THEN (
        SELECT w.enrolment_id FROM promo_codes q JOIN code_ownerships w ON w.code_id = q.id
        WHERE q.brand_id = $brand AND q.folded = strays.folded
            AND w.since <= ordered_at AND (w.until IS NULL OR ordered_at < w.until)
        ORDER BY w.since, w.id LIMIT 1
    ) END AS enrolment
    FROM strays
)
INSERT INTO near_misses (order_id, brand_id, raw, reason, enrolment_id, found_at)
SELECT o.id, $brand, f.raw,
    CASE WHEN f.code IS NOT NULL THEN 'not_owner_then' ELSE 'lookalike' END, f.enrolment, '$now'
FROM nearly f JOIN orders o
    ON o.brand_id = $brand AND o.place = '$place' AND o.external_id = f.external_id
WHERE f.enrolment IS NOT NULL
ON CONFLICT DO NOTHING
"""
MESSAGES: Final = """
INSERT INTO outbox (person_id, kind, key, facts, created_at, due_at, attempts, error)
SELECT creator_id, 'orders_news', 'run:$run:news:' || creator_id,
    json_build_object('brand', b.name,
        'waiting', count(*) FILTER (WHERE state = 'pending'),
        'approved', count(*) FILTER (WHERE state IN ('in_hold', 'available')),
        'lost', count(*) FILTER (WHERE state IN ('void', 'clawed_back')),
        'amount_minor', sum(amount_minor)),
    '$now', '$now', 0, ''
FROM commissions c JOIN brands b ON b.id = c.brand_id
WHERE run_id = $run GROUP BY creator_id, b.name ORDER BY creator_id
"""


def reconcile(url: str, job: Job) -> Reconciled:
    """Take the file in."""
    return asyncio.run(_in_a_transaction(url, job))


async def _in_a_transaction(url: str, job: Job) -> Reconciled:
    connection = await asyncpg.connect(url)
    try:
        for setting in SETTINGS:
            await connection.execute(setting)
        async with connection.transaction():
            return await _reconcile(connection, job)
    finally:
        await connection.close()


async def _reconcile(connection: Any, job: Job) -> Reconciled:
    brand = job.brand
    given: dict[str, Any] = {
        "brand": brand, "place": job.place, "source": job.source, "now": f"{job.now}+00",
        "file": job.file.name, "digest": job.sha256, "sign": -1,
    }  # fmt: skip

    async def do(statement: str) -> int:
        told: str = await connection.execute(Template(statement).substitute(given))
        return int(told.rpartition(" ")[2]) if told[-1:].isdecimal() else 0

    async def ask(statement: str) -> int:
        return int(await connection.fetchval(Template(statement).substitute(given)))

    await do(f"SELECT 1 FROM brands WHERE id = {brand} FOR NO KEY UPDATE")  # noqa: S608
    given["fee"] = await ask("SELECT fee_bps FROM brands WHERE id = $brand")
    await connection.execute(STAGE)
    reserved = await connection.fetch("SELECT sku FROM sku_reservations WHERE brand_id = $1", brand)
    export = Export(job.file, job.key, frozenset(row["sku"] for row in reserved))
    for batch in export.batches(STAGED):
        await connection.copy_records_to_table("stage", records=batch)
    await connection.copy_records_to_table("stage_codes", records=export.codes)
    await connection.copy_records_to_table("stage_skus", records=export.skus)
    await connection.copy_records_to_table("stage_clicks", records=export.clicks)
    await connection.execute(ANALYZE)
    given["run"] = run = await ask(RUN)

    news = await do(NEWS)
    credited = transfers = new = matched = misses = 0
    if news:
        credited, transfers, misses = await _book(connection, given, do, ask)
        new = await ask("SELECT count(*) FROM news WHERE known IS NULL")
        matched = await ask("SELECT count(row) FROM sales")
    sealed = job.sealed(run, export)
    await connection.copy_records_to_table(
        "rejected_lines",
        records=sealed,
        columns=["run_id", "line", "reason", "text", "text_cipher"],
    )
    counts = {
        "rows": export.orders + len(export.rejected),
        "new": new,
        "changed": news - new,
        "unchanged": export.orders - news,
        "rejected": len(export.rejected),
        "matched": matched,
        "unmatched": news - matched,
        "near_misses": misses,
        "lines": len(sealed),
        "lines_key": f"'\\x{job.lines_key.hex()}'" if sealed else "NULL",
    }
    values = ", ".join(f"{name} = {value}" for name, value in counts.items())
    await do(
        f"UPDATE runs SET state = 'done', finished_at = '$now', {values} WHERE id = $run"  # noqa: S608
    )
    return Reconciled(export.orders, news, credited, transfers)


async def _book(connection: Any, given: dict[str, Any], do: Do, ask: Do) -> tuple[int, int, int]:
    """Attribute, price and post the news; how many were credited, posted, and nearly fitted."""

    async def refuse(statement: str, what: str) -> None:
        if await ask(statement):
            raise NotImplementedError(what)

    await connection.execute("ANALYZE news")
    await refuse(OLDER, "older news than what is known")
    await refuse(BEYOND, "rates by article, first orders, last touch")
    for statement in (RULES, RUNGS, BY_CODE, BY_SKU, BY_CLICK, RANKED, BY_ROW):
        await do(statement)
    await connection.execute("ANALYZE ranked")
    credited = await do(CREDITS)
    await connection.execute("ANALYZE credits")
    await do(SALES)
    await do(BESIDE)
    await connection.execute("ANALYZE sales")
    await refuse(RELEASED, "released rewards")
    for statement in (STATES, PRICES, LOST, UNMOVED):
        await do(statement)
    if await ask(COST) > await ask(FUNDS):
        raise NotImplementedError("a brand without funds")
    await do(COUNTED)
    await connection.execute("ANALYZE sales")
    await do(ORDERS)
    await connection.execute("ANALYZE sales")
    await do(COMMISSIONS)
    await do(VOIDED)
    given["sign"] = 1
    await do(COUNTED)
    await do(LEGS)
    await connection.execute("ANALYZE legs")
    transfers = await ask(POSTED)
    await do(BALANCES)
    await do(SPENT)
    await refuse(USED_UP, "budgets that are used up")
    for table, statement in SUMS.items():
        await do(statement)
        if await ask("SELECT count(*) FROM (SELECT 1 FROM counted WHERE sign < 0 LIMIT 1) one"):
            await do(f"DELETE FROM {table} WHERE orders = 0")  # noqa: S608
    misses = await do(NEAR_MISSES)
    await do(MESSAGES)
    return credited, transfers, misses
