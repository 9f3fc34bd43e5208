"""Rows that carry on the order above them: its number stands in the first row only.

Spreadsheets merge the cells that the items of an order share, and exports leave them blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from core.sources.blocks import Block
from core.sources.survey import Columns
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

    def blocks(self, width: int) -> Iterator[Block]:
        order, above = self.order, self.above + 1
        number: Cell = ""
        for block in self.table.blocks(width):
            below = range(min(above, len(block.rows)), len(block.rows))
            above -= below.start
            column = [row[order] if len(row) > order else "" for row in block.rows[below.start :]]
            if column and "" not in column and not block.broken:  # each row has a number of its own
                number = column[-1]
                yield block
                continue
            for index in below:
                cells = block.rows[index]
                if len(cells) <= order or index in block.broken:
                    continue
                if cells[order] != "":
                    number = cells[order]
                elif number != "" and self._carries_on(block.lines[index], cells):
                    cells[order] = number
                else:
                    number = ""
            yield block

    def _carries_on(self, line: int, cells: list[Cell]) -> bool:
        if line in self.merged_lines:
            return True
        sku = self.sku
        if sku is None or sku >= len(cells) or cells[sku] == "":
            return False
        return all(column < len(cells) and cells[column] == "" for column in self.own)
