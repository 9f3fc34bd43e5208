"""The simulated market is played to its end, and what is credited is held against its truth."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from scripts.bench.market import play, shown, to_json
from scripts.bench.truth import frauds, measures
from scripts.bench.truth.frauds import Fraud
from scripts.bench.truth.rates import REALISTIC
from scripts.bench.truth.story import Reason, Trace, story
from scripts.bench.truth.world import SHOPS, world

BUYERS = 400
SEED = 5


def test_a_seed_makes_one_story() -> None:
    one, same = (story(world(SEED, 200, REALISTIC), 200) for _ in range(2))
    other = story(world(SEED + 1, 200, REALISTIC), 200)
    assert [order.number for order in one.orders] == [order.number for order in same.orders]
    assert one.acts == same.acts
    assert [order.number for order in one.orders] != [order.number for order in other.orders]


def test_only_what_a_post_caused_leaves_traces_of_somebody() -> None:
    told = story(world(SEED, 3_000, REALISTIC), 3_000)
    caused = [order for order in told.orders if order.cause is not None]
    assert all(order.reason is Reason.POST for order in caused)
    assert not any(order.traces for order in told.orders if order.cause is None)
    assert {trace for order in caused for trace in order.traces} == set(Trace)
    assert not any(Trace.CODE in order.traces for order in caused if order.shop.closed)
    closed = sum(order.shop.closed for order in told.orders) / len(told.orders)
    assert closed == pytest.approx(0.75, abs=0.03)


def test_frauds_are_seeded_among_the_honest_and_counted() -> None:
    on = world(SEED, 20_000, frauds.RATES)
    crooks = frauds.Crooks(on)
    told = story(on, 20_000, crooks.act)
    kinds = Counter(one.fraud for one in crooks.seeded)
    assert set(kinds) == set(Fraud)
    assert min(kinds.values()) >= 4
    assert len({one.creator for one in crooks.seeded}) == len(crooks.seeded)
    reasons = {order.reason for order in told.orders}
    assert reasons == set(Reason)
    caught = {one.creator: ["signal"] for one in crooks.seeded[:-1]}
    honest = next(one.id for one in on.creators if one.id not in {*caught})
    lines = frauds.noticed(crooks.seeded, told, {**caught, honest: ["signal"]})
    assert lines[0].product == pytest.approx(1 - 1 / len(crooks.seeded), abs=0.05)
    assert lines[0].met
    assert not frauds.noticed(crooks.seeded, told, {})[0].met


async def test_a_small_market_is_credited_as_it_was(tmp_path: Path, sqlite_template: Path) -> None:
    file = tmp_path / "market.db"
    shutil.copy(sqlite_template, file)
    told, report = await play(SEED, BUYERS, tmp_path, url=f"sqlite+aiosqlite:///{file}")
    outcome = report.outcome
    assert outcome.unseen == outcome.unknown == 0
    assert len(outcome.verdicts) == len(told.orders) >= BUYERS
    whole = measures.score(outcome.verdicts)
    assert whole.credited >= measures.score(report.code_only).credited > 0
    for shop in SHOPS:  # a code or a reserved article is never lost
        for one in outcome.verdicts:
            if one.order.shop is shop and one.order.traces & {Trace.CODE, Trace.ARTICLE}:
                assert one.right, one
    assert to_json(report)["product"] == whole.to_json()
    assert all(shop.channel in shown(report) for shop in SHOPS)
