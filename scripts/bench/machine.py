"""What a measurement must name to be worth anything: the commit and the machine."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any


def circumstances() -> dict[str, Any]:
    """Commit, processor, number of processors, Python, and how busy the machine is."""
    return {
        "commit": _commit(),
        "cpu": _cpu(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),  # of others, before the measurement
    }


def publish(result: dict[str, Any], file: Path | None) -> None:
    """Print the result, and write it as JSON where a file is named."""
    text = json.dumps(result, indent=2, ensure_ascii=False)
    print(text)
    if file is not None:
        file.write_text(text + "\n", "utf-8")


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    told = subprocess.run(  # noqa: S603 - a fixed command
        [git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
