"""Every reader of what merchants send, fed with damaged files: an answer or a refusal, and soon.

    python -m scripts.bench.fuzz [--seconds 60] [--seed 1] [--reader NAME] [--keep FOLDER]

Damage is done to bytes, and inside of archives before they are packed again, since a wrong checksum
would end most attempts at the door. Each reader works in a process of its own with so much memory
as MEMORY says, so that what ends a process is seen too. Then come the bombs of scripts.bench.bombs.
What fails is kept in the folder, and the program ends with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import io
import itertools
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from core.errors import DomainError
from core.fetch import FetchRequest, FetchResponse
from core.sources import kaspi_api
from core.sources.code_list import lines_of
from core.sources.files import inspect, read
from core.sources.kaspi_xlsx import HEADERS
from scripts.bench.bombs import BOMBS, parts, table, workbook, zipped

MEMORY: Final = 2**30  # bytes of address space; reading nothing takes a hundredth of it
SLOW: Final = 10.0  # seconds of the processor for one file
NOW: Final = datetime(2026, 11, 21, 7, tzinfo=UTC)
CASES_MAX: Final = 10**9

# What readers stumble over: marks, quotes, signs of other formats, numbers beyond measure.
TOKENS: Final = (
    *(b'"', b"'", b";", b",", b"\t", b"|", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf"),
    *(b"\xff\xfe", b"PK\x03\x04", b"\x1f\x8b", b"<", b">", b"&", b"&#0;", b"_x0000_", b"="),
    *(b"#REF!", b"-", b"(", b"9" * 400, b"1e999", b"6,6E+12", b"\xd2\xaf", b"\xc2\xa0"),
    *("Итого".encode(), b"sep=|\n", b"99999999", b"-1", b"0", b"XFD1048576", b"null", b"{}"),
    *(b"[]", b"1899-12-30", b"\x1f", b"\x85"),
)  # fmt: skip


# --- what is damaged -----------------------------------------------------------------------------


def _kaspi_book() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sheet0")
        sheet.write_row(0, 0, HEADERS)
        for line in (1, 2, 3):
            cells = {0: f"71215508{line // 2}", 1: "21.03.2025", 4: "CREAM", 5: "16990"}
            for column, text in (cells | {8: "25.03.2025", 9: "Выдан", 21: "1"}).items():
                sheet.write_string(line, column, text)
    return stream.getvalue()


def _typed_book() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Заказы")
        day = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        sheet.merge_range("A1:F1", "Отчёт")
        sheet.write_row(1, 0, ("№ заказа", "Дата", "Статус", "Сумма, ₸", "Промокод", "Артикул"))
        for line in range(2, 6):
            sheet.write_number(line, 0, 1_000 + line)
            sheet.write_datetime(line, 1, datetime(2025, 3, line, 12, 30), day)  # noqa: DTZ001
            sheet.write_row(line, 2, ("Выдан", 500.5, "A1 + B2", "S1"))
        sheet.merge_range("A7:A8", "1009")
        sheet.write_formula("D7", "=250*2", value=500)
    return stream.getvalue()


_SHOPIFY: Final = (
    b"Name,Email,Financial Status,Fulfillment Status,Currency,Subtotal,Shipping,Total,"
    b"Discount Code,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
    b"Note Attributes,Phone,Cancelled at,Refunded Amount\n"
    b'#1001,a@b.kz,paid,fulfilled,KZT,18000.00,500.00,18500.00,"A1 + B2",'
    b"2025-03-11 04:30:00 +0500,2,Serum,9000.00,S1,"
    b'"utm_source: tg\nclickid: c-77",\'+77021234567,,0.00\n'
    b"#1001,a@b.kz,,,,,,,,2025-03-11 04:30:00 +0500,1,Cream,500.00,S2,,,,\n"
    b"#1002,c@d.kz,refunded,unfulfilled,USD,10.00,0.00,10.00,,2025-03-12 04:30:00 +0500,1,Soap,"
    b"10.00,,,,2025-03-13 04:30:00 +0500,10.00\n"
)
_OWN: Final = (
    "sep=;\r\nОтчёт за март\r\nТапсырыс нөмірі;Күні;Күйі;Сомасы;Қайтарылды;Жеңілдік коды;Телефон;"
    "Артикул;Саны;Валюта\r\n"
    '№ 1001;"21.03.2025 г., 14:05";Жеткізілді;1 990,50 ₸;;"A1, B2";8 (702) 123-45-67;"S1\nS2";2;KZT'
    "\r\n;;;;;;;S3;1;\r\n1002;45737;Отменён;(5);0;;;;;₽\r\nЖиыны;;;1 995,50;;;;;;\r\n"
)
_PAGE: Final = json.dumps(
    {
        "data": [
            {
                "type": "orders",
                "id": "NDk2MTQ5MDIy",
                "attributes": {
                    "code": "496149022",
                    "totalPrice": 2000.5,
                    "deliveryCost": 500,
                    "creationDate": 1739349620761,
                    "state": "ARCHIVE",
                    "status": "COMPLETED",
                    "customer": {"cellPhone": "7000000001", "firstName": "Асель"},
                },
                "relationships": {"entries": {"data": [{"type": "orderentries", "id": "e1"}]}},
            }
        ],
        "included": [
            {
                "type": "orderentries",
                "id": "e1",
                "attributes": {
                    "quantity": 2,
                    "totalPrice": 1500.5,
                    "category": {"code": "Cups"},
                    "offer": {"code": "MUG"},
                },
            }
        ],
        "meta": {"pageCount": 1, "totalCount": 1},
    },
    ensure_ascii=False,
).encode()

SAMPLES: Final[Mapping[str, tuple[bytes, ...]]] = {
    "text": (
        table(),
        _OWN.encode(),
        _OWN.replace("₸", "тг").encode("kz1048", "replace"),
        _OWN.encode("utf-16"),
    ),
    "xlsx": (workbook(), _typed_book()),
    "kaspi_xlsx": (_kaspi_book(),),
    "shopify_csv": (_SHOPIFY,),
    "gz": (gzip.compress(table()), gzip.compress(_typed_book())),
    "zip": (
        zipped({"orders.csv": table()}),
        zipped({"a/orders.xlsx": workbook(), "note.txt": b"hello"}),
    ),
    "codes": (b"AIGERIM10\nDINA5\n", "Код;Кому\nA1;Дина\n".encode("cp1251"), workbook()),
    "kaspi_api": (_PAGE,),
}


# --- damage --------------------------------------------------------------------------------------


def damaged(chance: random.Random, data: bytes, others: tuple[bytes, ...]) -> bytes:
    """A damaged copy: of the bytes, or of something inside the archive that they are."""
    if chance.random() < 0.7:
        try:
            if data.startswith(b"\x1f\x8b"):
                return gzip.compress(_scratched(chance, gzip.decompress(data), others), 1)
            if data.startswith(b"PK"):
                entries = parts(data)
                name = chance.choice(sorted(entries) or [""])
                entries[name] = _scratched(chance, entries.get(name, b""), others)
                if chance.random() < 0.1:  # in the place of another part
                    entries[chance.choice(sorted(entries))] = entries[name]
                return zipped(entries)
        except (zipfile.BadZipFile, OSError, EOFError):
            pass
    return _scratched(chance, data, others)


def _scratched(chance: random.Random, data: bytes, others: tuple[bytes, ...]) -> bytes:
    scratched = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at, size = chance.randrange(len(scratched) + 1), chance.choice((1, 1, 2, 8, 64, 500))
        match chance.randrange(8):
            case 0:
                scratched[at : at + size] = chance.randbytes(size)
            case 1 if scratched:
                scratched[min(at, len(scratched) - 1)] ^= 1 << chance.randrange(8)
            case 2:
                del scratched[at : at + size]
            case 3:
                scratched[at:at] = chance.choice(TOKENS) * chance.choice((1, 1, 1, 40))
            case 4:
                other = chance.choice(others)
                start = chance.randrange(len(other) + 1)
                scratched[at : at + size] = other[start : start + size]
            case 5:
                scratched[at:at] = scratched[max(0, at - size) : at] * chance.choice((1, 3, 30))
            case 6:
                end = chance.randrange(len(scratched) + 1)
                scratched[at : at + size] = scratched[end : end + size]
            case _ if chance.random() < 0.2:
                del scratched[at:]
    return bytes(scratched)


def cases(reader: str, seed: int) -> Iterator[bytes]:
    """Damaged files for a reader, always the same ones for a seed."""
    everything = tuple(sample for group in SAMPLES.values() for sample in group)
    for number in range(CASES_MAX):
        chance = random.Random(f"{reader}:{seed}:{number}")
        yield damaged(chance, chance.choice(SAMPLES[reader]), everything)


# --- reading -------------------------------------------------------------------------------------


def feed(reader: str, data: bytes) -> str:
    """Have the reader read it to the end; what came of it. Only refusals are let pass."""
    try:
        if reader == "codes":
            return f"{sum(1 for _ in itertools.islice(lines_of(data), 100_000))} lines"
        if reader == "kaspi_api":
            return f"{asyncio.run(_pages(data))} orders"
        preview = inspect(data, "orders")
        batches = read(data, "orders", kind=preview.kind, mapping=preview.mapping)
        return f"{sum(len(batch.read_all().orders) for batch in batches)} orders"
    except DomainError as refusal:
        return repr(refusal)[:200]


async def _pages(body: bytes) -> int:
    async def fetch(request: FetchRequest) -> FetchResponse:
        return FetchResponse(status=200, headers={}, body=body)

    async def pause(seconds: float) -> None:
        pass

    settings = kaspi_api.KaspiSettings(token="t" * 44)
    pages = kaspi_api.read(
        fetch, settings, known=kaspi_api.Known(), cursor=None, now=NOW, pause=pause
    )
    return sum([len(page.orders) async for page in _first(pages, 20)])


async def _first(pages: Any, most: int) -> Any:
    """The first of the pages: one that says it has a thousand more would never end."""
    async for page in pages:
        yield page
        most -= 1
        if not most:
            return


# --- the work ------------------------------------------------------------------------------------


def work(files: Iterator[tuple[str, str, Callable[[], bytes]]], seconds: float, keep: Path) -> int:
    """Feed files (name, reader, maker) with bounded memory; how many failed. Prints a line each."""
    failed = answered = done = 0
    slowest, end = (0.0, ""), time.monotonic() + seconds
    current = keep / "current"
    for name, reader, make in files:
        if time.monotonic() > end:
            break
        data = make()
        current.write_bytes(data)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        started, trouble, result = time.process_time(), "", ""
        try:
            result = feed(reader, data)
        except BaseException:
            trouble = traceback.format_exc()
        taken = time.process_time() - started
        slowest = max(slowest, (taken, name))
        if taken > SLOW:
            trouble = trouble or f"{taken:.1f} s"
        if trouble:
            failed += 1
            shutil.copy(current, keep / f"{reader}-{failed}")
            print(f"FAILED {reader} {name}\n{trouble}", flush=True)
        elif name in BOMBS:
            print(f"{name}: {taken:.1f} s, {result}", flush=True)
        done += 1
        answered += result[:1].isdecimal() and result[:2] != "0 "
    current.unlink(missing_ok=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    spent = f"slowest {slowest[0]:.2f} s, {peak} MiB"
    print(f"{done} files, {answered} had orders, {failed} failed, {spent}", flush=True)
    return failed


def _files(reader: str, seed: int) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    if reader == "bombs":
        yield from ((name, "text", make) for name, make in BOMBS.items())
        return
    for number, data in enumerate(cases(reader, seed)):
        yield f"seed {seed}, case {number}", reader, partial(bytes, data)


def main() -> int:
    """Run each reader in a process of its own."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    options.add_argument("--seconds", type=float, default=60, help="for all readers together")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--reader", choices=(*SAMPLES, "bombs"))
    options.add_argument("--keep", type=Path, help="where failures are put")
    options.add_argument("--here", action="store_true", help="in this process")
    given = options.parse_args()
    keep = given.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    keep.mkdir(parents=True, exist_ok=True)
    if given.here:
        return min(1, work(_files(given.reader, given.seed), given.seconds, keep))
    readers = [given.reader] if given.reader else [*SAMPLES, "bombs"]
    failed = 0
    for reader in readers:
        print(f"{reader}: ", end="", flush=True)
        command = [sys.executable, "-m", "scripts.bench.fuzz", "--here", "--reader", reader]
        command += ["--seed", str(given.seed), "--keep", str(keep)]
        command += ["--seconds", str(600 if reader == "bombs" else given.seconds / len(readers))]
        ended = subprocess.run(command, check=False).returncode  # noqa: S603 - this very program
        if ended not in (0, 1):
            shutil.copy(keep / "current", keep / f"{reader}-ended")
            print(f"FAILED {reader}: the process ended with {ended}")
        failed += ended != 0
    print(f"kept in {keep}" if failed else "nothing failed")
    return min(1, failed)


if __name__ == "__main__":
    sys.exit(main())
