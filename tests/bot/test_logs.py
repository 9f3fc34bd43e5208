"""The log holds no secret, whatever a library puts into an exception."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot import logs


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    for library in ("aiogram", "aiohttp", "apscheduler", "alembic", "sqlalchemy"):
        logging.getLogger(library).setLevel(logging.NOTSET)


def test_secrets_are_hidden_in_messages_and_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", ["42:token", "the key", ""])

    try:
        raise OSError("https://api.telegram.org/bot42:token/getMe")
    except OSError:
        logging.getLogger("bot").exception("no answer with %s", "the key")

    shown = capsys.readouterr().err
    assert "42:token" not in shown
    assert "the key" not in shown
    assert "bot***/getMe" in shown


def test_libraries_speak_up_from_warnings_only(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO", [])

    logging.getLogger("apscheduler.executors").info("job executed")
    logging.getLogger("apscheduler.executors").warning("job missed")
    logging.getLogger("bot.jobs").info("done")

    shown = capsys.readouterr().err
    assert "job executed" not in shown
    assert "job missed" in shown
    assert "done" in shown
