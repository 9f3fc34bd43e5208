"""The export of `scripts.bench.feed`, parsed into rows for a staging table.

It knows this one file: the columns by their place, oldest order first, amounts with a decimal
comma, local times of a zone that does not change (UTC+5), an order's second row below its first.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

RANK: Final = {"pending": 0, "rejected": 1, "approved": 2, "returned": 3}
WORDS: Final = {
    "Новый": ("pending", 0),
    "В обработке": ("pending", 0),
    "Доставляется": ("pending", 0),
    "Ожидает отмены": ("pending", 1),
    "Выполнен": ("approved", 0),
    "Доставлен": ("approved", 0),
    "Отменен": ("rejected", 0),
    "Возвращен": ("returned", 0),
}
UNKNOWN: Final = ("pending", 0)
BREAK: Final = re.compile(r"\s*[,;+]\s*")
STRAY: Final = re.compile("[^0-9A-Z]")
LOOKALIKE: Final = str.maketrans("АВЕКМНОРСТХІ", "ABEKMHOPCTXI")
NOT_A_DIGIT: Final = re.compile(r"\D")
TENGE: Final = "KZT"
REJECTED_MAX: Final = 10_000  # lines that are kept of one file

# external id, status, its text, at risk, ordered at (UTC), day (Almaty), amount, refunded, codes,
# phone, items, click ids, hash, day, rank and time of the report
Staged = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """What a program is to take in: a file, for a source of a brand, at one moment.

    `now` is written as the database writes moments of UTC; phones are digested under `key`. What
    was rejected is kept as `seal` encrypts it by the number of its line, with `lines_key` beside.
    """

    file: Path
    brand: int
    place: str
    source: int
    now: str
    key: bytes
    seal: Callable[[int, bytes], bytes]
    lines_key: bytes

    def sealed(self, run: int, export: Export) -> list[tuple[int, int, str, str, bytes]]:
        """Rows of `rejected_lines`."""
        kept = export.rejected[:REJECTED_MAX]
        return [
            (run, line, reason, "", self.seal(line, text.encode())) for line, reason, text in kept
        ]

    @property
    def sha256(self) -> str:
        """The file's."""
        with self.file.open("rb") as data:
            return hashlib.file_digest(data, "sha256").hexdigest()


@dataclass(slots=True)
class Export:
    """A file as batches of rows, with what must be asked of the database by itself."""

    path: Path
    key: bytes  # of the phones' digests
    reserved: frozenset[str]  # articles that may be somebody's
    codes: list[tuple[int, str, str, str]] = field(default_factory=list)  # row, raw, normal, folded
    skus: list[tuple[int, str]] = field(default_factory=list)  # row, article
    clicks: list[tuple[int, str]] = field(default_factory=list)  # row, click id
    rejected: list[tuple[int, str, str]] = field(default_factory=list)  # line, reason, text
    orders: int = 0

    def batches(self, size: int) -> Iterator[list[Staged]]:
        """Rows for the staging table, numbered from 1 in the first place."""
        staged: list[Staged] = []
        number = 0
        known_days: dict[str, str] = {}
        known_codes: dict[str, tuple[str, list[tuple[str, str, str]]]] = {"": ("[]", [])}
        key, reserved, codes = self.key, self.reserved, self.codes
        skus, clicks = self.skus, self.clicks
        blake2b, digest = hashlib.blake2b, hmac.digest
        before, before_news = "", ("", -1)
        lines: set[str] = set()
        with self.path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, delimiter=";")
            next(reader)
            for cells in reader:
                (
                    order, at, word, changed, _, sku, quantity, amount, refund, code, phone, click,
                    currency, _,
                ) = cells  # fmt: skip
                if order == "Итого" or not order:
                    if not order:
                        self._reject(reader.line_num, "order_missing", cells)
                    continue
                status, at_risk = WORDS.get(word, UNKNOWN)
                try:
                    ordered_at, day = self._moment(at, known_days)
                except ValueError:
                    self._reject(reader.line_num, "date_invalid", cells)
                    continue
                if currency != TENGE:
                    self._reject(reader.line_num, "currency_other", cells)
                    continue
                try:
                    net = int(amount.replace(",", ""))
                    refunded = min(net, int(refund.replace(",", ""))) if refund else 0
                except ValueError:
                    self._reject(reader.line_num, "amount_invalid", cells)
                    continue
                fresh_at, fresh_day = self._moment(changed, known_days)
                rank = RANK[status]
                cents: int | str = net
                if phone:
                    cells[10] = "+"
                joined = "\x1f".join(cells)
                if order == before:  # the order once more, in another state
                    lines.add(joined)
                    joined = "\x1e".join(sorted(lines))
                    if (fresh_at, rank) < before_news:
                        staged[-1] = self._not_alone(staged[-1], joined)
                        continue
                    number -= 1
                    staged.pop()
                    for found in (codes, skus, clicks):
                        while found and found[-1][0] == number + 1:
                            found.pop()
                    cents = "null"
                else:
                    lines = {joined}
                before, before_news = order, (fresh_at, rank)
                number += 1
                mark = None
                if phone:
                    digits = NOT_A_DIGIT.sub("", phone)[-10:]
                    mark = digest(key, f"+7{digits}".encode(), "sha256")
                known = known_codes.get(code)
                if known is None:
                    known = known_codes[code] = _codes(code)
                for each in known[1]:
                    codes.append((number, *each))
                if sku in reserved:
                    skus.append((number, sku))
                if click:
                    clicks.append((number, click))
                staged.append(
                    (
                        number, order, status, word, at_risk, ordered_at, day, net, refunded,
                        known[0], mark,
                        f'[{{"sku": "{sku}", "quantity": {quantity}, "amount": {cents}, '
                        '"category": ""}]',
                        f'["{click}"]' if click else "[]",
                        blake2b(joined.encode(), digest_size=16).hexdigest(),
                        fresh_day, rank, fresh_at,
                    )
                )  # fmt: skip
                if len(staged) > size:
                    last = staged.pop()
                    yield staged
                    staged = [last]  # its second row may follow
        self.orders = number
        if staged:
            yield staged

    def _moment(self, cell: str, days: dict[str, str]) -> tuple[str, str]:
        """The moment in UTC and the day in Almaty, of "21.11.2026 12:00:05"."""
        day = days.get(cell[:10])
        if day is None:
            day = days[cell[:10]] = datetime.strptime(cell[:10], "%d.%m.%Y").strftime("%Y-%m-%d")  # noqa: DTZ007
        hour = int(cell[11:13]) - 5
        if hour >= 0:
            return f"{day} {hour:02}{cell[13:]}.000000", day
        evening = datetime.fromisoformat(day) - timedelta(days=1)
        return f"{evening:%Y-%m-%d} {hour + 24}{cell[13:]}.000000", day

    def _not_alone(self, row: Staged, joined: str) -> Staged:
        """A row whose order has an older one as well."""
        items = re.sub(r'"amount": \d+', '"amount": null', row[11])
        mark = hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()
        return (*row[:11], items, row[12], mark, *row[14:])

    def _reject(self, line: int, reason: str, cells: list[str]) -> None:
        self.rejected.append((line, reason, "\t".join(cells).rstrip("\t")[:500]))


def _codes(cell: str) -> tuple[str, list[tuple[str, str, str]]]:
    """The codes of a cell as JSON, and each as written, in its normal and in its folded form."""
    raws = list(dict.fromkeys(BREAK.split(cell)))
    found = []
    for raw in raws:
        normal = "".join(unicodedata.normalize("NFKC", raw.upper()).split())
        found.append((raw, normal, STRAY.sub("", normal.translate(LOOKALIKE))))
    return json.dumps(raws), found
