"""The log: one line per event on stderr, and no secret in it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable

HIDDEN = "***"


class Redacting(logging.Formatter):
    """Replaces secrets wherever they turn up: addresses in tracebacks hold the token."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._secrets = tuple(secret for secret in secrets if secret)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


def configure(level: str, secrets: Iterable[str]) -> None:
    """Send everything from `level` up to stderr; libraries speak up from warnings only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    if level != "DEBUG":
        for library in ("aiogram", "aiohttp", "apscheduler", "alembic", "sqlalchemy"):
            logging.getLogger(library).setLevel(logging.WARNING)
