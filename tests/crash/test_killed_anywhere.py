"""The short form of scripts/bench/crash.py: some processes are killed at seeded moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.bench.crash import crash

KILLS = 6


@pytest.mark.timeout(240)
async def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_done_twice(
    database_url: str, tmp_path: Path
) -> None:
    """Whatever is lost, double or different from an undisturbed shop's is an AssertionError."""
    found = await crash(database_url, tmp_path, kills=KILLS, seed=1)

    assert found.kills == found.checks == KILLS
    done = found.acknowledged
    assert min(done[what] for what in ("file", "sweep", "payout", "top up", "clicks")) > 0
