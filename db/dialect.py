"""The few statements that SQLite and PostgreSQL share but SQLAlchemy spells per dialect."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

CHUNK = 500  # values in one IN list: far below both databases' limits on parameters

T = TypeVar("T")


def insert(connection: AsyncConnection, table: sa.Table) -> Any:
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def chunks(values: Sequence[T], size: int = CHUNK) -> list[Sequence[T]]:
    """The values in pieces that one statement can take."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def among(
    connection: AsyncConnection, column: sa.Column[Any], values: Iterable[Any]
) -> sa.ColumnElement[bool]:
    """That a text or number column is one of many values, which are one parameter.

    A list of parameters is spelled anew for every length. PostgreSQL, besides, compares a long one
    value by value as soon as the planner, on a table without statistics, takes it for a filter.
    """
    if connection.dialect.name == "postgresql":
        array = sa.literal(list(values), postgresql.ARRAY(column.type))
        return column.in_(sa.select(sa.func.unnest(array)))
    given = sa.func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(sa.select(given.c.value))


@asynccontextmanager
async def planned_anew(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let PostgreSQL plan what it is asked meanwhile for the values and tables as they are now.

    A plan that is kept takes a list of thousands for one of ten, and a table that is being filled
    for the small one that it was. For reading only: whoever writes has each foreign key looked up
    by a plan that is kept, and making that anew for each row takes longer than all the rest.
    """
    await connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
    yield
    await connection.exec_driver_sql("SET LOCAL plan_cache_mode = auto")
