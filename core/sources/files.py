"""An order file that somebody sent: what it is, what its columns mean, and the orders in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import FileRefused, MappingIncomplete
from core.orders import ALMATY, NormalisedOrder, OrderStatus
from core.sources import kaspi_xlsx, shopify_csv, table, traffic
from core.sources.base import Batch, RejectedLine, SourceKind
from core.sources.continued import continued
from core.sources.drift import Drift, adapted
from core.sources.lines import Reader, batches
from core.sources.mapping import Mapping, guess
from core.sources.statuses import Statuses
from core.sources.survey import Columns, Survey, data_rows, survey
from core.sources.tables import open_file
from core.sources.tabular import Header, Shapes, Table
from core.sources.values import plain

SAMPLES: Final = 3
BATCH_ROWS: Final = 2_000
_LOOKED_AT: Final = 500  # rows in which samples are looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePreview:
    """What was found in a file before anything of it is kept.

    `mapping` is the saved one of this header row (`saved`), or one of a header that is nearly this
    one, with what has changed since (`drift`), else the best guess; `missing` names the fields it
    lacks, of order, date, status, amount. `unknown_statuses` are texts of the status
    column that mean nothing to us yet: their orders would stay pending. `rows` counts the rows
    below the header. `encoding` and `delimiter` are "" for a workbook, `sheet` is for a text, and
    `inside` is the name of the file in the archive that was sent.
    """

    name: str
    kind: SourceKind
    header: tuple[str, ...]
    header_line: int
    fingerprint: str
    rows: int
    mapping: Mapping
    saved: bool
    drift: Drift | None
    missing: tuple[str, ...]
    samples: tuple[NormalisedOrder, ...]
    rejected: tuple[RejectedLine, ...]
    unknown_statuses: tuple[str, ...]
    encoding: str
    delimiter: str
    sheet: str
    inside: str


def inspect(
    data: bytes | Path,
    name: str,
    saved: Sequence[Mapping] = (),
    default_status: OrderStatus | None = None,
) -> FilePreview:
    """Recognise a file and show what reading it would give; `default_status` as for `read`.

    Raises FileRefused, with the line where one is to blame.
    """
    return look(data, name, saved, default_status)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """What was found in a file, and of which: whoever reads it next need not survey it again."""

    columns: Columns
    found: Survey
    mark: tuple[int, ...]

    def holds(self, data: bytes | Path, columns: Columns) -> bool:
        """Whether the file is still the same, and its columns mean the same."""
        return self.mark == _mark(data) and self.columns == columns


def _mark(data: bytes | Path) -> tuple[int, ...]:
    if isinstance(data, bytes):
        return (len(data),)
    known = data.stat()
    return known.st_size, known.st_mtime_ns, known.st_ino


def look(
    data: bytes | Path,
    name: str,
    saved: Sequence[Mapping] = (),
    default_status: OrderStatus | None = None,
) -> tuple[FilePreview, Surveyed | None]:
    """Like `inspect`, with the survey; None where the mapping is not complete."""
    mark = _mark(data)
    surveyed = None
    file = open_file(data, Shapes.of(saved))
    opened, header = file.table, file.header
    kept = next((each for each in saved if each.fingerprint == header.fingerprint), None)
    kind = _recognised(header)
    nearly = None if kept or kind is not SourceKind.TABLE else adapted(header.names, saved)
    mapping, drift = nearly or (_mapping(kind, header, kept), None)
    names, shape = header.names, header.fingerprint
    if kind is SourceKind.TRAFFIC:
        opened, header = traffic.numbered(opened, header, None, ALMATY)
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...]
    samples: list[NormalisedOrder] = []
    rejected: list[RejectedLine] = []
    try:
        columns = _columns(kind, header, mapping, default_status)
    except MappingIncomplete as incomplete:
        missing = incomplete.missing
        if "order" in missing:
            rows, unknown = _counted(opened, header), ()
        else:
            found = survey(opened, header, _guessed(header, mapping))
            rows, unknown = found.total, _unknown(kind, found, mapping)
    else:
        opened = _with_continuations(kind, opened, header, columns, mapping)
        found = survey(opened, header, columns)
        if kind is not SourceKind.TRAFFIC:  # whose rows hang on the time at which they are read
            surveyed = Surveyed(columns=columns, found=found, mark=mark)
        rows, unknown = found.total, _unknown(kind, found, mapping)
        reader = _reader(kind, header, found, mapping, ALMATY, default_status)
        for batch in islice(batches(opened, header, columns, found, reader, batch_rows=50), 10):
            orders, refused = batch.read_all()
            samples.extend(orders)
            rejected.extend(refused)
            if len(samples) >= SAMPLES:
                break
    preview = FilePreview(
        name=name,
        kind=kind,
        header=names,
        header_line=header.line,
        fingerprint=shape,
        rows=rows,
        mapping=mapping,
        saved=kept is not None,
        drift=drift,
        missing=missing,
        samples=tuple(samples[:SAMPLES]),
        rejected=tuple(rejected[:SAMPLES]),
        unknown_statuses=unknown,
        encoding=opened.encoding,
        delimiter=opened.delimiter,
        sheet=opened.sheet,
        inside=file.inside,
    )
    return preview, surveyed


def read(
    data: bytes | Path,
    name: str,
    *,
    kind: SourceKind,
    mapping: Mapping | None = None,
    zone: ZoneInfo = ALMATY,
    default_status: OrderStatus | None = None,
    start: int = 0,
    batch_rows: int = BATCH_ROWS,
    surveyed: Surveyed | None = None,
    seen_at: datetime | None = None,
) -> Iterator[Batch]:
    """Yield the keys of a file from its data row `start` on, a Batch.position of an earlier read.

    The work is synchronous: call `next` in a thread. A table without a mapping is read by the best
    guess. `default_status` is that of orders in a file that has no statuses; by `seen_at`, when it
    was sent, days of a report of units are confirmed; `surveyed` is what `look` has found in this
    very file. Nothing is raised
    before the first `next`: FileRefused where the file makes no sense, MappingIncomplete where the
    mapping does not fit it. Lines that are no orders are in the batches.
    """
    file = open_file(data, Shapes.of([mapping] if mapping else []))
    opened, header = file.table, file.header
    fitting = mapping or _mapping(kind, header, None)
    if kind is SourceKind.TRAFFIC:
        opened, header = traffic.numbered(opened, header, seen_at, zone)
    columns = _columns(kind, header, fitting, default_status)
    opened = _with_continuations(kind, opened, header, columns, fitting)
    if surveyed and surveyed.holds(data, columns):
        found = surveyed.found
    else:
        found = survey(opened, header, columns)
    reader = _reader(kind, header, found, fitting, zone, default_status)
    yield from batches(
        opened, header, columns, found, reader, start=start, batch_rows=max(1, batch_rows)
    )


def _recognised(header: Header) -> SourceKind:
    if kaspi_xlsx.recognises(header):
        return SourceKind.KASPI_XLSX
    if shopify_csv.recognises(header):
        return SourceKind.SHOPIFY_CSV
    if traffic.recognises(header):
        return SourceKind.TRAFFIC
    return SourceKind.TABLE


def _mapping(kind: SourceKind, header: Header, saved: Mapping | None) -> Mapping:
    match kind:
        case SourceKind.KASPI_XLSX:
            return kaspi_xlsx.mapping(header, saved)
        case SourceKind.SHOPIFY_CSV:
            return shopify_csv.mapping(header)
        case SourceKind.TRAFFIC:
            return traffic.mapping(header)
        case _:
            return saved or guess(header.names)


def _columns(
    kind: SourceKind, header: Header, mapping: Mapping, default_status: OrderStatus | None
) -> Columns:
    match kind:
        case SourceKind.KASPI_XLSX:
            return kaspi_xlsx.columns(header)
        case SourceKind.SHOPIFY_CSV:
            return shopify_csv.columns(header)
        case SourceKind.TRAFFIC:
            return traffic.columns(header)
        case SourceKind.TABLE:
            return table.columns(header, mapping, default_status)
        case _:
            raise FileRefused("not_a_table", detail=kind.value)


def _reader(
    kind: SourceKind,
    header: Header,
    found: Survey,
    mapping: Mapping,
    zone: ZoneInfo,
    default_status: OrderStatus | None,
) -> Reader:
    match kind:
        case SourceKind.KASPI_XLSX:
            return kaspi_xlsx.reader(header, found, zone=zone, words=mapping)
        case SourceKind.SHOPIFY_CSV:
            return shopify_csv.reader(header, found, zone=zone)
        case SourceKind.TRAFFIC:
            return traffic.reader(header, found, zone=zone)
        case _:
            return table.reader(header, found, mapping, zone=zone, default_status=default_status)


def _with_continuations(
    kind: SourceKind, opened: Table, header: Header, columns: Columns, mapping: Mapping
) -> Table:
    """The exports that have a kind of their own write the number of an order in all its rows."""
    if kind is not SourceKind.TABLE:
        return opened
    return continued(opened, header, columns, header.index(mapping.sku))


def _counted(opened: Table, header: Header) -> int:
    """How many rows there are, while nobody has said which column has the orders' numbers."""
    rows = sum(any(cells) for block in data_rows(opened, header) for cells in block.rows)
    if not rows:
        raise FileRefused("no_orders")
    return rows


def _guessed(header: Header, mapping: Mapping) -> Columns:
    """What a survey can look at while the mapping still lacks columns."""
    return Columns(
        order=header.index(mapping.order) or 0,
        amounts=(),
        dates=(),
        status=header.index(mapping.status),
    )


def _unknown(kind: SourceKind, found: Survey, mapping: Mapping) -> tuple[str, ...]:
    if kind is SourceKind.SHOPIFY_CSV:
        words = (plain(status).lower() for status in found.statuses)
        return tuple(word for word in words if not shopify_csv.known_status(word))
    statuses = Statuses(mapping.status_words)
    verdicts = ((plain(status), statuses.read(status)) for status in found.statuses)
    return tuple(
        dict.fromkeys(status for status, verdict in verdicts if verdict and not verdict.known)
    )
