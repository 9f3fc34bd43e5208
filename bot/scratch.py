"""A place for temporary files that goes with the process, however that ends.

Order files name buyers, and the system's own place for temporary files may be memory.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = "process-"
_LOCK: Final = "lock"

log: Final = logging.getLogger(__name__)


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Let `tempfile` use a folder of this process in `folder`; what killed ones left is deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as door:
        # One at a time: a folder that has just been made is not locked yet.
        fcntl.flock(door, fcntl.LOCK_EX)
        for left in folder.glob(f"{_PREFIX}*"):
            _delete_unless_used(left)
        own = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        lock = (own / _LOCK).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    tempfile.tempdir = str(own)
    try:
        yield own
    finally:
        if tempfile.tempdir == str(own):
            tempfile.tempdir = None
        shutil.rmtree(own, ignore_errors=True)
        lock.close()


def _delete_unless_used(left: Path) -> None:
    try:
        with (left / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        pass  # killed before it had locked anything
    except OSError:
        return
    log.info("temporary files of a process that was killed are deleted")
    shutil.rmtree(left, ignore_errors=True)
