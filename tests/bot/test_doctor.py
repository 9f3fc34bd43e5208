"""The doctor names what is missing, each thing on its own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.doctor import examine
from bot.settings import Settings
from scripts.sandbox import Sandbox


async def look(settings: Settings) -> dict[str, tuple[bool, str]]:
    return {one.what: (one.ok, one.told) for one in await examine(settings)}


async def test_a_healthy_installation(settings: Settings) -> None:
    found = await look(settings)

    assert all(ok for ok, _ in found.values()), found
    assert found["telegram"][1].startswith("@")
    assert found["database"][1] == "sqlite, up to date"


async def test_a_database_without_tables(settings: Settings, tmp_path: Path) -> None:
    empty = f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"

    found = await look(settings.model_copy(update={"database_url": empty}))

    assert found["database"] == (False, "not up to date: run `ules migrate`")
    assert not found["ledger"][0]
    assert found["telegram"][0]


async def test_books_that_do_not_add_up(settings: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ules.db")) as database:
        database.execute(
            "INSERT INTO transfers (key, kind, at) VALUES ('lost', 'top_up', '2026-11-21 07:00:00')"
        )
        database.commit()

    found = await look(settings)

    assert found["ledger"] == (False, "the books do not add up: see `ules ledger check`")


@pytest.mark.parametrize("fault", ["away", "error"])
async def test_a_telegram_that_does_not_answer(
    settings: Settings, sandbox: Sandbox, fault: str
) -> None:
    sandbox.fail(fault, "getMe", times=1)

    found = await look(settings)

    assert not found["telegram"][0]
    assert settings.bot_token.get_secret_value() not in found["telegram"][1]
    assert found["database"][0]
