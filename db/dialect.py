"""The few statements that SQLite and PostgreSQL share but SQLAlchemy spells per dialect."""

import json
from collections.abc import Iterable, Sequence
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
