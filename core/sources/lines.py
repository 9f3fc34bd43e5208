"""From the rows of a table to batches: keys first, and orders where they are wanted, resumable.

An order may have several rows and they need not be neighbours. The survey has found which numbers
come again; their rows are collected, and the order stands at the last of them. So a batch depends
on the file alone, and a reading that goes on in the middle yields what it would have yielded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

from core.orders import NormalisedOrder
from core.sources.base import Batch, Key, Reading, RejectedLine
from core.sources.blocks import Block
from core.sources.remembered import Remembered
from core.sources.survey import (
    BROKEN,
    CROWDED,
    NO_ORDER,
    REJECTED,
    Columns,
    Survey,
    data_rows,
)
from core.sources.tabular import Header, Table
from core.sources.values import Cell, LineRejected, order_id, phone, stretches_of_ids, text

TEXT_MAX: Final = 500  # characters of a rejected line that are handed back
FAR: Final = 20_000  # rows to the last one of its order, from which a row waits packed

Row = tuple[int, list[Cell]]  # 1-based line, cells
Waiting = tuple[Row, str | None] | tuple[int, bytes]  # with its text to be hashed; or packed

_key: Final = partial(tuple.__new__, Key)  # a third of the time of Key(…)


class Reader(NamedTuple):
    """What makes orders of the rows of one kind of file.

    `order` makes one of its number, its rows, and their hash, or raises LineRejected. `dated` says
    of rows, each an order by itself, whether that order will have `status_changed_at`, and
    `dated_together` of the rows of one order. `phones` are the columns of buyers' phones.
    """

    order: Callable[[str, Sequence[Row], str], NormalisedOrder]
    dated: Callable[[Sequence[list[Cell]]], Sequence[bool]]
    dated_together: Callable[[Sequence[Row]], bool]
    phones: tuple[int, ...] = ()


def batches(
    table: Table,
    header: Header,
    columns: Columns,
    found: Survey,
    reader: Reader,
    *,
    start: int = 0,
    batch_rows: int,
) -> Iterator[Batch]:
    """Yield the keys of the file from data row `start` on, `batch_rows` rows at a time."""
    pages = _Pages(found, columns.order, reader)
    index, until = 0, start + batch_rows
    for block in data_rows(table, header):
        begin, rows = 0, len(block.rows)
        while begin < rows:
            end = min(rows, begin + (start if index < start else until) - index)
            if index < start:
                pages.pass_by(index, _part(block, begin, end))
            else:
                pages.take(index, _part(block, begin, end))
            index += end - begin
            begin = end
            if index == until:
                yield pages.batch(index)
                until += batch_rows
    if index > start and index > until - batch_rows:
        yield pages.batch(index)


def _part(block: Block, begin: int, end: int) -> Block:
    if end - begin == len(block.rows):
        return block
    broken = {index - begin for index in block.broken if begin <= index < end}
    return Block(block.lines[begin:end], block.rows[begin:end], broken)


class _Pages:
    """The batch that grows: its keys, with the rows behind each, and lines without a number.

    `first` is always the data row of the file that a block begins with.
    """

    def __init__(self, found: Survey, column: int, reader: Reader) -> None:
        self._found = found
        self._column = column
        self._reader = reader
        # Rows whose number comes again, by its hash in the survey: two numbers may have the same.
        self._waiting: dict[int, dict[str, list[Waiting]]] = {}
        self._begin()

    def _begin(self) -> None:
        self._keys: list[Key] = []
        self._rows: list[Sequence[Row]] = []
        self._rejected: list[RejectedLine] = []

    def batch(self, position: int) -> Batch:
        """What has come together since the last one."""
        batch = Batch(
            keys=self._keys,
            rejected=sorted(self._rejected, key=lambda refused: refused.line),
            position=position,
            total=self._found.total,
            normalise=partial(_normalised, self._reader.order, self._keys, self._rows),
        )
        self._begin()
        return batch

    def pass_by(self, first: int, block: Block) -> None:
        """Rows of an earlier batch: the last one of an order may be still to come."""
        keys, last = self._found.keys, self._found.last
        if last:
            joined = _joined(block.rows, self._reader.phones)
            rows = zip(block.lines, block.rows, strict=True)
            for index, (row, cells) in enumerate(zip(rows, joined, strict=True), first):
                if keys[index] in last:
                    self._of_several(index, order_id(row[1][self._column]), row, cells)

    def take(self, first: int, block: Block) -> None:
        """Rows of this batch."""
        lines, rows, _ = block
        keys = self._found.keys[first : first + len(rows)]
        cells = [row[self._column] for row in rows]
        numbers: list[str] = []
        for begin, end, plain in stretches_of_ids(cells):
            numbers += plain or [
                "" if keys[index] in NO_ORDER else order_id(cells[index])
                for index in range(begin, end)
            ]
        joined = _joined(rows, self._reader.phones)
        hashes = map(_hash, joined)
        alone = list(map(_key, zip(numbers, hashes, self._reader.dated(rows), strict=True)))
        placed = list(zip(zip(lines, rows, strict=True)))
        last = self._found.last
        begin = 0
        if not (NO_ORDER.isdisjoint(keys) and last.keys().isdisjoint(keys)):
            for index, key in enumerate(keys):
                if key in last or key in NO_ORDER:
                    self._keys += alone[begin:index]
                    self._rows += placed[begin:index]
                    begin = index + 1
                    (row,) = placed[index]
                    if key in NO_ORDER:
                        self._refuse(key, row)
                    else:
                        for several in self._of_several(
                            first + index, numbers[index], row, joined[index]
                        ):
                            self._take_several(*several)
        self._keys += alone[begin:]
        self._rows += placed[begin:]

    def _refuse(self, key: int, row: Row) -> None:
        if key == BROKEN:
            self._rejected.append(_rejected(row, "line_broken"))
        elif key == CROWDED:
            self._rejected.append(_rejected(row, "id_damaged"))
        elif key == REJECTED:
            try:
                order_id(row[1][self._column])
            except LineRejected as refusal:
                self._rejected.append(_rejected(row, refusal.reason))

    def _of_several(
        self, index: int, number: str, row: Row, joined: str
    ) -> Iterable[tuple[str, list[Waiting]]]:
        """Put a row to the others of its order; the orders of which it was the last one."""
        key = self._found.keys[index]
        last = self._found.last[key]
        waiting = _packed(row) if last - index > FAR else None
        self._waiting.setdefault(key, {}).setdefault(number, []).append(waiting or (row, joined))
        return self._waiting.pop(key).items() if last == index else ()

    def _take_several(self, number: str, found: Sequence[Waiting]) -> None:
        rows: list[Row] = []
        texts: set[str] = set()
        for waiting in found:
            row, joined_row = _unpacked(waiting)
            rows.append(row)
            texts.add(
                _joined([row[1]], self._reader.phones)[0] if joined_row is None else joined_row
            )
        # Equal rows count once, and their order does not.
        joined = "\x1e".join(sorted(texts))
        self._keys.append(Key(number, _hash(joined), self._reader.dated_together(rows)))
        self._rows.append(rows)


def _normalised(
    order: Callable[[str, Sequence[Row], str], NormalisedOrder],
    keys: Sequence[Key],
    found: Sequence[Sequence[Row]],
    wanted: Sequence[int],
) -> Reading:
    orders: list[NormalisedOrder] = []
    rejected: list[RejectedLine] = []
    for index in wanted:
        number, raw_hash, _ = keys[index]
        rows = found[index]
        try:
            orders.append(order(number, rows, raw_hash))
        except LineRejected as refusal:
            rejected.extend(_rejected(row, refusal.reason) for row in rows)
    return Reading(orders, rejected)


def _packed(row: Row) -> tuple[int, bytes] | None:
    """A row of texts in a third of the memory; None for one that has something else."""
    line, cells = row
    try:
        text = "\x1f".join(cells)  # type: ignore[arg-type]  # else it is a TypeError
    except TypeError:
        return None
    return (line, text.encode()) if text.count("\x1f") == len(cells) - 1 else None


def _unpacked(waiting: Waiting) -> tuple[Row, str | None]:
    row, packed = waiting
    if isinstance(row, int):
        assert isinstance(packed, bytes)
        return (row, packed.decode().split("\x1f")), None  # type: ignore[return-value]
    assert not isinstance(packed, bytes)
    return row, packed


def _rejected(row: Row, reason: str) -> RejectedLine:
    line, cells = row
    return RejectedLine(
        line=line, reason=reason, text="\t".join(map(text, cells)).rstrip("\t")[:TEXT_MAX]
    )


def _hash(joined: str) -> str:
    """128 bits of BLAKE2b, as hex."""
    return hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()


def _joined(rows: Sequence[list[Cell]], phones: Sequence[int]) -> list[str]:
    """Rows as texts to be hashed.

    Of a phone only its presence counts: beside known cells a hash of ten digits gives them away.
    One that a spreadsheet has spoilt counts as another: the next file may have it whole.
    """
    hidden = [(row, column, row[column]) for column in phones for row in rows if row[column] != ""]
    for row, column, cell in hidden:
        row[column] = "+" if phone(cell) else "?"
    try:
        joined = list(map("\x1f".join, rows))  # type: ignore[arg-type]  # all text in a CSV
    except TypeError:
        texts = Remembered(text)
        joined = [
            "\x1f".join(
                [
                    cell
                    if cell.__class__ is str
                    else str(cell)
                    if cell.__class__ is int
                    else texts[cell]
                    for cell in row
                ]
            )
            for row in rows
        ]
    for row, column, cell in hidden:
        row[column] = cell
    return [row.rstrip("\x1f") for row in joined]
