"""Whether the bot runs on an SQLite file: it holds a lock that the system takes from the dead."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url


def _lock_file(database_url: str) -> Path | None:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(f"{url.database}.alive")


@contextmanager
def living(database_url: str) -> Iterator[None]:
    """Say, for as long as the block lasts or the process lives, that the bot is at work here."""
    path = _lock_file(database_url)
    if path is None:
        yield
        return
    with path.open("ab") as file:
        # Shared: several bots may live here. Whoever only looks lets go again at once.
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def lives(database_url: str) -> bool:
    """Whether a bot is at work on this SQLite file.

    False on PostgreSQL, where processes do not get into each other's way.
    """
    path = _lock_file(database_url)
    if path is None or not path.exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
