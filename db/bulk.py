"""Many rows in one go, each database by its quickest way.

PostgreSQL takes new rows by COPY and changes from arrays; SQLite, which is in this process, runs
one prepared statement over the rows. Values are those of Python that a column's type stands for:
aware datetimes, dates, enumerations, bytes, and for JSON whatever can be one. What SQLAlchemy adds
to a row (looking up each value by its name, and the way to its type) costs here more than the
databases take to write it.
"""

# ruff: noqa: S608 - statements are put together from the names in db.models, never from values

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache, partial
from itertools import chain
from json.encoder import c_make_encoder, encode_basestring_ascii  # type: ignore[attr-defined]
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from db.types import UtcDateTime

Row = Sequence[Any]

_POSTGRESQL: Final = postgresql.dialect()  # type: ignore[no-untyped-call]
_MOMENT: Final = len("2026-11-25 07:00:00.000000")
# `json.dumps` makes an encoder for every value, which takes longer than the few letters here.
_ENCODE: Final = c_make_encoder(
    None, None, encode_basestring_ascii, None, ": ", ", ", False, False, True
)


async def add_rows(
    connection: AsyncConnection, table: sa.Table, names: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert rows that are not there yet; IntegrityError where one is."""
    await add_ready(
        connection, table, names, ready_rows(connection.dialect.name, table, names, rows)
    )


async def add_ready(
    connection: AsyncConnection,
    table: sa.Table,
    names: Sequence[str],
    ready: Sequence[Row],
    same: Mapping[str, int | str] = MappingProxyType({}),
) -> None:
    """The same for rows that `ready_rows` has made; `same` are values that all of them have."""
    if not ready:
        return
    if _on_sqlite(connection):
        # What need not be bound to each row costs nothing.
        await _in_tens(
            connection, partial(_insertion, table, tuple(names), tuple(same.items())), ready
        )
        return
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    own = tuple(same.values())
    records = [(*own, *row) for row in ready] if own else ready
    await raw.copy_records_to_table(table.name, records=records, columns=[*same, *names])


async def add_unknown(
    connection: AsyncConnection,
    table: sa.Table,
    key: str,
    names: Sequence[str],
    rows: Sequence[Row],
    *,
    returning: str = "id",
) -> list[tuple[Any, Any]]:
    """Insert those rows whose key is not there yet; their keys and ids, or another column.

    Of two who add the same at once one waits for the other and then adds nothing.
    """
    ready = ready_rows(connection.dialect.name, table, names, rows)
    given: tuple[Any, ...]
    if _on_sqlite(connection):
        values = ", ".join(f"value ->> {number}" for number in range(len(names)))
        source = f"SELECT {values} FROM json_each(?) WHERE true"
        given = (json.dumps(ready),)
    else:
        source, given = f"SELECT * FROM {_arrays(table, tuple(names))}", _columns(ready)
    found = await connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({_listed(names)}) {source}"
        f" ON CONFLICT ({key}) DO NOTHING RETURNING {key}, {returning}",
        given,
    )
    added: Sequence[Any] = found.all()
    return [(row[0], row[1]) for row in added]


async def sum_up(
    connection: AsyncConnection,
    table: sa.Table,
    key: Sequence[str],
    sums: Sequence[str],
    rows: Sequence[Row],
) -> None:
    """Add to the sums of the rows that have these keys, which are made where there are none.

    A row is its key's values and then what is added. The rows come in one order from all writers,
    so that two of them never wait for each other.
    """
    if not rows:
        return
    ready = ready_rows(connection.dialect.name, table, (*key, *sums), rows)
    if _on_sqlite(connection):
        await _in_tens(connection, partial(_adding_up, table, tuple(key), tuple(sums)), ready)
    else:
        into = _summing(table, tuple(key), tuple(sums))
        await connection.exec_driver_sql(into, _columns(ready))


async def change_rows(
    connection: AsyncConnection, table: sa.Table, names: Sequence[str], rows: Sequence[Row]
) -> None:
    """Overwrite columns of rows that are there; each begins with its value of the first name."""
    if not rows:
        return
    ready = ready_rows(connection.dialect.name, table, names, rows)
    statement = _changing(_on_sqlite(connection), table, tuple(names))
    if _on_sqlite(connection):
        # The key is said last in the statement.
        await connection.exec_driver_sql(statement, [(*row[1:], row[0]) for row in ready])
    else:
        await connection.exec_driver_sql(statement, _columns(ready))


async def new_ids(connection: AsyncConnection, table: sa.Table, count: int) -> Sequence[int]:
    """Ids for as many new rows; on SQLite only the writer may ask, and must use them."""
    if not count:
        return []
    if _on_sqlite(connection):
        last = await connection.scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0)))
        assert last is not None
        return range(last + 1, last + 1 + count)
    found = await connection.scalars(
        sa.text(
            "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)"
        ),
        {"table": table.name, "count": count},
    )
    return found.all()


def as_stored(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """A column as the driver gives it: for `moment_stored` and `day_stored`."""
    return sa.type_coerce(column, sa.types.NullType())


def moment_stored(value: str | datetime) -> datetime:
    """A moment as either driver gives it: text in UTC, or aware."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value.astimezone(UTC)


def day_stored(value: str | date) -> date:
    """A day as either driver gives it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


async def _in_tens(
    connection: AsyncConnection, statement: Callable[[int], str], ready: Sequence[Row]
) -> None:
    """Run a statement over rows, so many at a time as it is asked to take (SQLite).

    SQLite makes the lists of a table's CHECK constraints anew for each statement that it executes,
    which takes as long as storing a row of `orders` does.
    """
    done = 0
    for at_once in (50, 10, 1):
        end = len(ready) - (len(ready) - done) % at_once
        if end > done:
            together: Sequence[Row] = ready[done:end]
            if at_once > 1:
                together = [
                    tuple(chain.from_iterable(ready[start : start + at_once]))
                    for start in range(done, end, at_once)
                ]
            await connection.exec_driver_sql(statement(at_once), together)
        done = end


def _columns(ready: Sequence[Row]) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*ready, strict=True)))


def _on_sqlite(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "sqlite"


def ready_rows(
    dialect: str, table: sa.Table, names: Sequence[str], rows: Sequence[Row]
) -> list[Row]:
    """The rows as the dialect's driver takes them, for `add_ready`."""
    on_sqlite = dialect == "sqlite"
    writers = [_writer(table.c[name].type, on_sqlite) for name in names]
    if not rows or not (on_sqlite or any(writers)):
        return list(rows)
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for number, written in enumerate(writers):
        if written is not None:
            columns[number] = [None if each is None else written(each) for each in columns[number]]
        elif on_sqlite:
            columns[number] = _plain(columns[number])
    return list(zip(*columns, strict=True))


def _plain(values: Sequence[Any]) -> Sequence[Any]:
    """The same values of SQLite's own types: its driver takes long about enumerations and truth."""
    kinds = set(map(type, values))
    if bool in kinds:
        return [None if each is None else int(each) for each in values]
    if any(issubclass(kind, str) and kind is not str for kind in kinds):
        return [None if each is None else str(each) for each in values]
    return values


def _writer(kind: sa.types.TypeEngine[Any], on_sqlite: bool) -> Callable[[Any], Any] | None:
    if isinstance(kind, sa.JSON):
        return _json
    if on_sqlite and isinstance(kind, UtcDateTime):
        return _moment
    if on_sqlite and isinstance(kind, sa.Date):
        return date.isoformat
    return None


def _json(value: Any) -> str:
    return "[]" if value == [] else "".join(_ENCODE(value, 0))  # most lists of an order are empty


def _moment(at: datetime) -> str:
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(" ", "microseconds")[:_MOMENT]  # without the offset


@lru_cache(maxsize=100)
def _insertion(
    table: sa.Table, names: tuple[str, ...], same: tuple[tuple[str, int | str], ...], rows: int
) -> str:
    said = [
        str(sa.literal(value).compile(compile_kwargs={"literal_binds": True})) for _, value in same
    ]
    columns = _listed([*(name for name, _ in same), *names])
    values = f"({', '.join([*said, *('?' for _ in names)])})"
    return f"INSERT INTO {table.name} ({columns}) VALUES {', '.join([values] * rows)}"


@cache
def _adding_up(table: sa.Table, key: tuple[str, ...], sums: tuple[str, ...], rows: int) -> str:
    values = f"({', '.join('?' * len(key + sums))})"
    return (
        f"INSERT INTO {table.name} ({_listed(key + sums)}) VALUES {', '.join([values] * rows)}"
        f" {_added(table, key, sums)}"
    )


@cache
def _summing(table: sa.Table, key: tuple[str, ...], sums: tuple[str, ...]) -> str:
    names = key + sums
    return (
        f"INSERT INTO {table.name} ({_listed(names)}) SELECT * FROM {_arrays(table, names)}"
        f" {_added(table, key, sums)}"
    )


def _added(table: sa.Table, key: tuple[str, ...], sums: tuple[str, ...]) -> str:
    added = ", ".join(f'"{name}" = {table.name}."{name}" + excluded."{name}"' for name in sums)
    return f"ON CONFLICT ({_listed(key)}) DO UPDATE SET {added}"


@cache
def _changing(on_sqlite: bool, table: sa.Table, names: tuple[str, ...]) -> str:
    key, *changed = names
    if on_sqlite:
        into = ", ".join(f'"{name}" = ?' for name in changed)
        return f"UPDATE {table.name} SET {into} WHERE {key} = ?"
    into = ", ".join(f'"{name}" = new."{name}"' for name in changed)
    return (
        f"UPDATE {table.name} SET {into} FROM {_arrays(table, names)} AS new ({_listed(names)})"
        f" WHERE {table.name}.{key} = new.{key}"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _arrays(table: sa.Table, names: tuple[str, ...]) -> str:
    kinds = [table.c[name].type.compile(_POSTGRESQL) for name in names]
    arrays = (f"${number}::{kind}[]" for number, kind in enumerate(kinds, 1))
    return f"unnest({', '.join(arrays)})"
