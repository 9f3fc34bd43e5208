"""Copies of the whole database, taken while it is in use, and put back only when they are sound."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL, make_url

from core.ledger import LedgerReport
from core.usecases.books import check_ledger
from db import migrations
from db.engine import create_engine
from db.uow import unit_of_work_factory

MINUTES_MAX = 60  # for the tools of PostgreSQL


class BackupRefused(Exception):
    """A copy cannot be made or put back; the text is one line for whoever asked."""


def backup(database_url: str, target: Path) -> None:
    """Write a consistent copy of the database to `target`, which must not exist.

    The copy appears under its name only when it is whole. Raises BackupRefused.
    """
    url = make_url(database_url)
    if target.exists():
        raise BackupRefused(f"{target} exists already")
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(target.name + ".part")
    half.unlink(missing_ok=True)
    try:
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(_file(url), half)
            _demand_whole(half)
        else:
            _postgres(url, "pg_dump", "--format=custom", f"--file={half}")
        _sync(half)
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


def restore(database_url: str, source: Path, *, now: datetime) -> Path | None:
    """Put a copy in the place of the database, after proving that it is whole and its ledger sound.

    Runs an event loop of its own. The bot must not be running. Of SQLite the replaced file is kept;
    its new name is returned. Raises BackupRefused, and then nothing has changed.
    """
    if not source.is_file():
        raise BackupRefused(f"{source} is no file")
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _restore_sqlite(_file(url), source, now)
    _restore_postgres(url, source)
    return None


def _restore_sqlite(database: Path, source: Path, now: datetime) -> Path | None:
    database.parent.mkdir(parents=True, exist_ok=True)
    half = database.with_name(database.name + ".part")
    _remove(half)
    try:
        _demand_whole(source)
        _copy_sqlite(source, half)
        _demand_sound(f"sqlite+aiosqlite:///{half}")
        _sync(half)
        kept = None
        if database.exists():
            _demand_unused(database)
            kept = database.with_name(f"{database.name}.before-{now:%Y%m%d-%H%M%S}")
            database.rename(kept)
        half.replace(database)
        return kept
    finally:
        _remove(half)


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise BackupRefused(f"{source} does not exist")
    try:
        with (
            closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True)) as opened,
            closing(sqlite3.connect(target)) as copy,
        ):
            opened.backup(copy)
            # One plain file: a copy in WAL mode would need its companions.
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{source} cannot be read: {error}") from None


def _demand_whole(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as opened:
            answer = opened.execute("PRAGMA integrity_check").fetchone()[0]
            broken = opened.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{file} is no database: {error}") from None
    if answer != "ok" or broken:
        raise BackupRefused(f"{file} is damaged: {answer if answer != 'ok' else 'lost rows'}")


def _demand_unused(database: Path) -> None:
    """Leaving WAL mode needs the database alone; it also brings the log into the file."""
    try:
        with closing(sqlite3.connect(database, timeout=1)) as opened:
            mode = opened.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError:
        mode = "wal"
    except sqlite3.DatabaseError:
        return  # it is damaged: a reason to restore
    if mode != "delete":
        raise BackupRefused(f"{database} is in use: stop the bot first")


def _demand_sound(database_url: str) -> None:
    """Bring the copy to the present schema and prove its ledger."""
    if not asyncio.run(_check(database_url)).sound:
        raise BackupRefused("the ledger of the copy does not add up; it was not put back")


async def _check(database_url: str) -> LedgerReport:
    engine = create_engine(database_url)
    try:
        try:
            await migrations.upgrade(engine)
        except Exception as error:
            raise BackupRefused(f"the copy is no database of Üles: {error}") from error
        return await check_ledger(unit_of_work_factory(engine))
    finally:
        await engine.dispose()


def _restore_postgres(url: URL, source: Path) -> None:
    scratch = url.set(database=f"{url.database}_restore")
    _postgres(url, "psql", "--quiet", "--command", f'DROP DATABASE IF EXISTS "{scratch.database}"')
    _postgres(url, "psql", "--quiet", "--command", f'CREATE DATABASE "{scratch.database}"')
    try:
        _postgres(scratch, "pg_restore", "--no-owner", f"--dbname={scratch.database}", str(source))
        _demand_sound(scratch.render_as_string(hide_password=False))
    finally:
        _postgres(url, "psql", "--quiet", "--command", f'DROP DATABASE "{scratch.database}"')
    _postgres(
        url,
        "pg_restore",
        "--no-owner",
        "--clean",
        "--if-exists",
        "--single-transaction",
        f"--dbname={url.database}",
        str(source),
    )


def _postgres(url: URL, tool: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools on the database of the address."""
    program = shutil.which(tool)
    if program is None:
        raise BackupRefused(f"{tool} is not on the PATH: install the client of PostgreSQL")
    host = url.host or url.query.get("host")
    given: dict[str, str | None] = {
        "PGHOST": host if isinstance(host, str) else None,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,  # not an argument: those are visible to everybody
        "PGDATABASE": url.database,
    }
    environment = os.environ | {key: value for key, value in given.items() if value}
    command: Sequence[str] = [program, *arguments]
    done = subprocess.run(  # noqa: S603 - a fixed program, no shell
        command,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=MINUTES_MAX * 60,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        raise BackupRefused(f"{tool}: {lines[0]}")


def _file(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise BackupRefused("a database in memory has no copies")
    return Path(url.database)


def _sync(file: Path) -> None:
    for path in (file, file.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
