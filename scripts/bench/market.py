"""Who caused which order, held against the truth of a simulated market.

    python -m scripts.bench.market [--seed N] [--buyers N] [--json FILE]

The market is made up by a seed (scripts/bench/truth): creators post, followers open links, share
phones, buy, claim, and others buy without any of that. What shops report of it comes in as files
and from a local Kaspi, through the same use cases as in production, while the market's clock goes
on. Then each credit is compared with what caused the order. Definitions and rates:
docs/attribution.md.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from db import migrations
from db.engine import create_engine
from scripts.bench import state
from scripts.bench.machine import circumstances, publish
from scripts.bench.truth import measures
from scripts.bench.truth.measures import Report, Score
from scripts.bench.truth.rates import REALISTIC, Rates
from scripts.bench.truth.stage import Stage, build
from scripts.bench.truth.story import Story, story
from scripts.bench.truth.world import world


async def play(
    seed: int, buyers: int, folder: Path, rates: Rates = REALISTIC, url: str = ""
) -> tuple[Story, Report]:
    """Make up a market, play it through the product, and hold the outcome against the truth."""
    told = story(world(seed, buyers, rates), buyers)
    engine = create_engine(url or f"sqlite+aiosqlite:///{folder / 'market.db'}")
    try:
        if not url:
            await migrations.upgrade(engine)
        await build(engine, told.world)
        await Stage(engine, told, folder).play()
        await state.demand_sound(engine)
        return told, measures.report(await measures.product(engine, told), told)
    finally:
        await engine.dispose()


def shown(report: Report) -> str:
    """The report as tables, in Markdown."""
    verdicts = report.outcome.verdicts
    parts = [
        _table(
            ("measure", "product", "promo code only", "last click only", "aim", "met"),
            [
                (
                    line.measure,
                    _number(line.product),
                    *(
                        (_number(value) for value in line.reference.values())
                        if isinstance(line.reference, dict)
                        else ("", "")
                    ),
                    line.aim,
                    {True: "yes", False: "**no**", None: ""}[line.met],
                )
                for line in report.lines
            ],
        ),
        _table(
            ("channel", "orders", "caused", "left a trace", "credited", "right", "precision",
             "recall of traced", "recall", "paid rightly", "paid wrongly", "missed"),
            [
                _row(name, one)
                for name, one in (
                    *measures.by_channel(verdicts),
                    ("**all**", measures.score(verdicts)),
                    ("promo code only", measures.score(report.code_only)),
                    ("last click only", measures.score(report.last_click)),
                )
            ],
        ),
        _table(
            ("channel", "grade", "credited", "right", "precision"),
            [
                (channel, grade, str(one.credited), str(one.right), _share(one.precision))
                for channel, grade, one in measures.by_grade(verdicts)
            ],
        ),
        _table(
            ("wrong: grade", "evidence", "why the order was made", "orders"),
            [(*row[:-1], str(row[-1])) for row in measures.wrong(verdicts)],
        ),
        _table(
            ("lost: channel", "traces", "orders"),
            [(*row[:-1], str(row[-1])) for row in measures.lost(verdicts)],
        ),
    ]  # fmt: skip
    return "\n\n".join(parts)


def _row(name: str, one: Score) -> tuple[str, ...]:
    return (
        name, str(one.orders), str(one.caused), str(one.traced), str(one.credited),
        str(one.right), _share(one.precision), _share(one.recall_of_traced), _share(one.recall),
        _tenge(one.paid_right), _tenge(one.paid_wrong), _tenge(one.missed),
    )  # fmt: skip


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2%}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _tenge(minor: int) -> str:
    return f"{minor // 100:,} ₸".replace(",", " ")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["--" if column == 0 else "--:" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def to_json(report: Report, **more: Any) -> dict[str, Any]:
    """The report as it is published."""
    verdicts = report.outcome.verdicts
    return {
        **more,
        "lines": [line.to_json() for line in report.lines],
        "channels": {channel: one.to_json() for channel, one in measures.by_channel(verdicts)},
        "grades": [
            {"channel": channel, "grade": grade, **one.to_json()}
            for channel, grade, one in measures.by_grade(verdicts)
        ],
        "product": measures.score(verdicts).to_json(),
        "promo_code_only": measures.score(report.code_only).to_json(),
        "last_click_only": measures.score(report.last_click).to_json(),
        "orders_read_wrongly": report.outcome.unknown,
        "orders_not_seen": report.outcome.unseen,
    }


def main() -> None:
    """Play one market and tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--buyers", type=int, default=20_000, help="people who order")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    about = circumstances()
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        _, report = asyncio.run(play(given.seed, given.buyers, Path(folder)))
    seconds = round(time.process_time() - started, 1)
    print(shown(report))
    result = to_json(
        report, seed=given.seed, buyers=given.buyers, processor_seconds=seconds, **about
    )
    if given.json is not None:
        publish(result, given.json)


if __name__ == "__main__":
    main()
