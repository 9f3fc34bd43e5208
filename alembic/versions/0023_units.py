"""Units: a report that counts units by tags is a kind of source of its own.

On SQLite the list of `sources` is changed in the schema's own text, as in 0019: other tables refer
to its rows.
"""

import sqlalchemy as sa

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KINDS = "'kaspi_api', 'kaspi_xlsx', 'shopify_csv', 'table'"
MORE_KINDS = "'kaspi_api', 'kaspi_xlsx', 'shopify_csv', 'traffic', 'table'"


def upgrade() -> None:
    _change_list(KINDS, MORE_KINDS)


def downgrade() -> None:
    _change_list(MORE_KINDS, KINDS)


def _change_list(old: str, new: str) -> None:
    """Let a source be of other kinds; no stored row changes."""
    name = op.f("ck_sources_kind")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(name, "sources", type_="check")
        op.create_check_constraint(name, "sources", f"kind IN ({new})")
        return
    connection = op.get_bind()
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    op.execute("PRAGMA writable_schema = ON")
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_schema SET sql = replace(sql, :old, :new) "
            "WHERE type = 'table' AND name = 'sources' AND instr(sql, :old) > 0"
        ),
        {"old": f"CHECK (kind IN ({old}))", "new": f"CHECK (kind IN ({new}))"},
    )
    if changed.rowcount != 1:
        raise RuntimeError("the list of sources.kind is not what it should be")
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")
