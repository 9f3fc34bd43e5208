"""Temporary files go with their process, however that ends."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bot.scratch import scratch

KILLED = """
import os, signal, sys, tempfile
from pathlib import Path
from bot.scratch import scratch
with scratch(Path(sys.argv[1])):
    Path(tempfile.NamedTemporaryFile(delete=False).name).write_text("+77010000000")
    print("up", flush=True)
    if sys.argv[2] == "wait":
        sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def another(folder: Path, how: str) -> subprocess.Popen[bytes]:
    """A process that keeps something in the folder and is killed, at once or when told so."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def kept(folder: Path) -> int:
    return len(list(folder.glob("process-*/tmp*")))


def test_what_a_killed_process_left_goes_and_what_another_uses_stays(tmp_path: Path) -> None:
    with another(tmp_path, "at once") as killed:
        killed.wait()
        assert kept(tmp_path) == 1
    with another(tmp_path, "wait") as alive:
        assert kept(tmp_path) == 1  # it has cleared up after the first
        with scratch(tmp_path) as own:
            assert kept(tmp_path) == 1
            with tempfile.NamedTemporaryFile() as file:
                assert Path(file.name).parent == own
                assert own.stat().st_mode & 0o077 == 0
        assert not own.exists()
        alive.communicate()
    with scratch(tmp_path):
        assert kept(tmp_path) == 0
    assert tempfile.gettempdir() != str(own)


def test_two_in_one_process_end_in_any_order(tmp_path: Path) -> None:
    first, second = scratch(tmp_path), scratch(tmp_path)
    first.__enter__()
    own = second.__enter__()
    first.__exit__(None, None, None)
    assert tempfile.gettempdir() == str(own)
    second.__exit__(None, None, None)

    assert Path(tempfile.gettempdir()).exists()
