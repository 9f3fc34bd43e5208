"""Damaged files and bombs: every reader answers or refuses, soon, within its memory."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.bench.fuzz import SAMPLES, cases, feed

SHORT = 150  # files for a reader; scripts.bench.fuzz goes on for as long as one likes


@pytest.mark.parametrize("reader", SAMPLES)
def test_samples_are_read_and_damaged_ones_answered_or_refused(reader: str) -> None:
    assert all(feed(reader, sample)[0] in "123456789" for sample in SAMPLES[reader])

    results = [feed(reader, data) for data in itertools.islice(cases(reader, 4), SHORT)]

    read = sum(result[:1].isdecimal() for result in results)
    assert 0 < read < SHORT  # the damage is neither harmless nor hopeless


def test_bombs_are_answered_soon_within_a_gigabyte(tmp_path: Path) -> None:
    """In a process of their own: what an allocator cannot have ends it."""
    command = [sys.executable, "-m", "scripts.bench.fuzz", "--here", "--reader", "bombs"]

    ended = subprocess.run(
        [*command, "--keep", str(tmp_path), "--seconds", "100"],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert ended.returncode == 0, ended.stdout[-2_000:] + ended.stderr[-2_000:]
    assert "root:" not in ended.stdout
    answers = dict(line.split(": ", 1) for line in ended.stdout.splitlines() if ": " in line)
    for bomb in ("1 GiB of line ends, gz", "1 GiB in a sheet", "one tag of 250 MB"):
        assert "zip_bomb" in answers[bomb]
    assert "3 orders" in answers["a cell of 50 MB"]
