"""Alembic's entry: one chain for SQLite and PostgreSQL, free of application code in migrations."""

from typing import Any

import sqlalchemy as sa
from alembic import context

from db.models import metadata
from db.types import UtcDateTime


def render_item(kind: str, item: Any, _: Any) -> str | bool:
    """Write our own types as the plain ones they are, so that migrations outlive them."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    engine = sa.create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite://")
    with engine.connect() as own:
        run(own)


main()
