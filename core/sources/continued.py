"""Rows that carry on the order above them: its number stands in the first row only.

Spreadsheets merge the cells that the items of an order share, and exports leave them blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from core.sources.lines import Columns
from core.sources.tabular import Header, Table
from core.sources.values import Cell


def continued(table: Table, header: Header, columns: Columns, sku: int | None) -> Table:
    """The table with the number of the order above in rows that carry it on.

    Such a row is merged with it in that column, or has an article but neither number, date nor
    status: totals have no article. `sku` is the column of articles.
    """
    merged = table.merged(columns.order)
    if sku is None and not merged:
        return table
    own = columns.dates[:1] if columns.status is None else (*columns.dates[:1], columns.status)
    return _Continued(
        table=table, above=header.above, order=columns.order, own=own, sku=sku, merged_lines=merged
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Continued:
    table: Table
    above: int
    order: int
    own: tuple[int, ...]
    sku: int | None
    merged_lines: Set[int] = field(repr=False)

    @property
    def encoding(self) -> str:
        return self.table.encoding

    @property
    def delimiter(self) -> str:
        return self.table.delimiter

    @property
    def sheet(self) -> str:
        return self.table.sheet

    @property
    def formulas(self) -> bool:
        return self.table.formulas

    def merged(self, column: int) -> Set[int]:
        return self.table.merged(column)

    def rows(self, width: int = 0) -> Iterator[tuple[int, list[Cell], bool]]:
        order, merged, above = self.order, self.merged_lines, self.above
        number: Cell = ""
        for index, row in enumerate(self.table.rows(width)):
            line, cells, whole = row
            if index > above and whole and len(cells) > order:
                if cells[order] != "":
                    number = cells[order]
                elif number != "" and (line in merged or self._carries_on(cells)):
                    cells[order] = number
                else:
                    number = ""
            yield row

    def _carries_on(self, cells: list[Cell]) -> bool:
        sku = self.sku
        if sku is None or sku >= len(cells) or cells[sku] == "":
            return False
        return all(column < len(cells) and cells[column] == "" for column in self.own)
