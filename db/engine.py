"""The engine for either database, set so that what is committed stays committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db import sqlite_connection
from db.sqlite_connection import BEGIN, BEGIN_WRITING, PATIENCE, PRAGMAS

READ_ONLY = "ules_read_only"  # execution option of a connection that will not write


def create_engine(url: str) -> AsyncEngine:
    """An engine for `sqlite+aiosqlite:///file.db` or `postgresql+asyncpg://…`.

    ValueError for any other kind of database. The folder of an SQLite file is made. Errors do not
    carry the values of a statement: they end in the log, and the values are people's data.
    """
    parsed = make_url(url)
    if parsed.drivername == "postgresql+asyncpg":
        return create_async_engine(
            parsed, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True
        )
    if parsed.drivername != "sqlite+aiosqlite":
        raise ValueError(f"unsupported database {parsed.drivername}")
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        parsed,
        pool_size=8,
        max_overflow=16,
        hide_parameters=True,
        connect_args={"timeout": PATIENCE, "async_creator_fn": sqlite_connection.connect},
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        # The driver must not open transactions by itself: a deferred one that turns into a writer
        # fails at once and ignores the busy timeout.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        fused: Any = connection.connection.driver_connection
        fused.begin = BEGIN if options.get(READ_ONLY) else BEGIN_WRITING

    return engine
