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
    return column.in_(sa.select(_each(list(values)).c.value))


def among_digests(
    connection: AsyncConnection, column: sa.Column[Any], values: Sequence[bytes]
) -> sa.ColumnElement[bool]:
    """The same for digests, which are all of one length."""
    if connection.dialect.name == "postgresql":
        return among(connection, column, values)
    # JSON has no bytes: one value holds all of them, and a list says where each begins.
    size = len(values[0]) if values else 1
    begins = _each(list(range(1, size * len(values) + 1, size))).c.value
    together = sa.literal(b"".join(values), sa.LargeBinary)
    cut = sa.func.substr(together, begins, size, type_=sa.LargeBinary)
    return column.in_(sa.select(cut))


def beside(
    connection: AsyncConnection, columns: Sequence[sa.Column[Any]], rows: Sequence[Sequence[Any]]
) -> tuple[sa.FromClause, list[sa.ColumnElement[Any]]]:
    """Rows of texts, numbers and moments as something to join, with its columns.

    The types are those of the columns that they are to be compared with.
    """
    if connection.dialect.name == "postgresql":
        arrays = [
            sa.literal([row[number] for row in rows], postgresql.ARRAY(column.type))
            for number, column in enumerate(columns)
        ]
        names = [f"given_{number}" for number in range(len(columns))]
        given = sa.func.unnest(*arrays).table_valued(*names).render_derived()
        return given, [given.c[name] for name in names]
    stored = [column.type.dialect_impl(connection.dialect) for column in columns]
    writers = [kind.bind_processor(connection.dialect) for kind in stored]
    given = _each(
        [
            [write(value) if write else value for write, value in zip(writers, row, strict=True)]
            for row in rows
        ]
    )
    return given, [
        sa.type_coerce(given.c.value.op("->>")(sa.literal_column(str(number))), column.type)
        for number, column in enumerate(columns)
    ]


def _each(values: list[Any]) -> sa.TableValuedAlias:
    return sa.func.json_each(json.dumps(values)).table_valued("value")


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
