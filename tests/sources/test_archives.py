"""Order files in .zip and .gz: the one table is found, nothing is believed, nothing grows."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from core.errors import FileRefused
from core.sources.base import SourceKind
from core.sources.files import inspect, read
from core.sources.mapping import Mapping, fingerprint
from tests.sources.spreadsheets import kaspi, orders_of, table, workbook, zipped

HEADER: Final = "Номер заказа;Дата;Статус;Сумма"
ROW: Final = "1001;21.03.2025;Выдан;500"
CSV: Final = table(HEADER, ROW)
BOOK: Final = workbook(HEADER.split(";"), ROW.split(";"))


def _russian_names() -> bytes:
    """As the archiver of Russian Windows writes them: DOS letters, and no word of it."""
    data = zipped({"zakazy/zakaz.csv": CSV})
    return data.replace(b"zakaz.csv", "заказ.csv".encode("cp866"))


OPENED: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "gz": (lambda: gzip.compress(CSV), ""),
    "two gz in one": (lambda: gzip.compress(CSV[:30]) + gzip.compress(CSV[30:]), ""),
    "gz of a workbook": (lambda: gzip.compress(BOOK), ""),
    "zip": (lambda: zipped({"orders.csv": CSV}), "orders.csv"),
    "zip of a workbook": (lambda: zipped({"март/orders.xlsx": BOOK}), "orders.xlsx"),
    "zip of Kaspi": (lambda: zipped({"ArchiveOrders.xlsx": kaspi({})}), "ArchiveOrders.xlsx"),
    "cp1251 in a zip": (lambda: zipped({"o": CSV.decode().encode("cp1251")}), "o"),
    "a path that leads out": (lambda: zipped({"../../etc/o.csv": CSV}), "o.csv"),
    "names of Windows": (_russian_names, "заказ.csv"),
    "what a Mac adds": (
        lambda: zipped({"o.csv": CSV, "__MACOSX/._o.csv": b"\0\5", ".DS_Store": b"x"}),
        "o.csv",
    ),
    "a letter beside it": (
        lambda: zipped({"read me.txt": b"Hello, see file", "o.csv": CSV}),
        "o.csv",
    ),
    "prices beside it": (
        lambda: zipped({"prices.csv": table("Товар;Остаток", "Крем;5"), "o.csv": CSV}),
        "o.csv",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OPENED)
def test_the_table_in_an_archive_is_found(name: str, tmp_path: Path) -> None:
    make, inside = OPENED[name]
    data = make()
    path = tmp_path / "sent"
    path.write_bytes(data)

    preview = inspect(data, "sent")

    assert preview.inside == inside
    assert (len(preview.samples), preview.rows) == (1, 1)
    assert inspect(path, "sent").samples == preview.samples
    assert len(orders_of(data, preview.kind)) == 1


def _lying() -> bytes:
    """A zip that says of 50 MB of zeros that they are 1 kB, in both places."""
    data = zipped({"orders.csv": CSV + b"\0" * 50_000_000})
    size = struct.pack("<I", len(CSV) + 50_000_000)
    return data.replace(size, struct.pack("<I", 1_000))


def _locked() -> bytes:
    data = bytearray(zipped({"orders.csv": CSV}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo("orders.csv")
        member.size = len(CSV)
        archive.addfile(member, io.BytesIO(CSV))
    return stream.getvalue()


def _packed_by(method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("orders.csv", CSV)
    return stream.getvalue()


def _directory_of_a_million() -> bytes:
    """Entries that a reader of directories would make 500 MB of objects of."""
    entry = b"PK\x01\x02" + b"\0" * 42
    return entry * 10**6 + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0, 0, 46 * 10**6, 0, 0)


REFUSED: Final[dict[str, tuple[Callable[[], bytes], str, str]]] = {
    "two tables": (
        lambda: zipped({"march.csv": CSV, "april.csv": CSV, "x.txt": b"x"}),
        "many_tables",
        "march.csv, april.csv",
    ),
    "no table": (
        lambda: zipped({"a.jpg": b"\xff\xd8\xff", "b.pdf": b"%PDF"}),
        "no_table_inside",
        "a.jpg, b.pdf",
    ),
    "a hundred files": (
        lambda: zipped({f"{n}.csv": CSV for n in range(100)}),
        "many_tables",
        "0.csv, 1.csv, 2.csv, 3.csv, 4.csv …",
    ),
    "nothing": (lambda: zipped({"folder/": b""}), "empty", ""),
    "zip in zip": (lambda: zipped({"o.zip": zipped({"o.csv": CSV})}), "nested_archive", "o.zip"),
    "gz in zip": (lambda: zipped({"o.gz": gzip.compress(CSV)}), "nested_archive", "o.gz"),
    "zip in gz": (lambda: gzip.compress(zipped({"o.csv": CSV})), "nested_archive", ""),
    "tar in gz": (_tar, "nested_archive", ""),
    "rar": (lambda: b"Rar!\x1a\x07\0" + b"\0" * 99, "other_archive", ""),
    "a password": (_locked, "locked", ""),
    "another method": (lambda: _packed_by(zipfile.ZIP_LZMA), "archive_broken", "method 14"),
    "cut off gz": (lambda: gzip.compress(CSV * 99)[:-20], "archive_broken", ""),
    "broken gz": (lambda: b"\x1f\x8b\x08" + b"\0" * 30, "archive_broken", ""),
    "gz of zeros": (lambda: gzip.compress(CSV + b" " * 2**26), "zip_bomb", ""),
    "zip of zeros": (lambda: zipped({"orders.csv": CSV + bytes(2**26)}), "zip_bomb", ""),
    "a header that lies": (_lying, "archive_broken", ""),
    "a workbook of zeros": (lambda: gzip.compress(BOOK + bytes(2**26)), "zip_bomb", ""),
    "a list of a million": (_directory_of_a_million, "zip_bomb", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_other_archives_are_refused_with_what_is_inside(name: str) -> None:
    make, reason, detail = REFUSED[name]
    data = make()

    started = time.process_time()
    with pytest.raises(FileRefused) as refusal:
        inspect(data, "sent")

    assert refusal.value.reason == reason, refusal.value
    assert refusal.value.detail.startswith(detail)
    assert time.process_time() - started < 3


def test_a_known_header_tells_which_of_two_tables_it_is() -> None:
    strange = table("订单号;日期;状态;金额", "1001;21.03.2025;Выдан;500")
    header = ("订单号", "日期", "状态", "金额")
    saved = Mapping.of(
        dict(zip(("order", "date", "status", "amount"), header, strict=True)), fingerprint(header)
    )
    data = zipped({"prices.csv": table("Товар;Остаток", "Крем;5"), "strange.csv": strange})

    with pytest.raises(FileRefused):
        inspect(data, "sent")

    assert inspect(data, "sent", [saved]).inside == "strange.csv"
    batches = list(read(data, "sent", kind=SourceKind.TABLE, mapping=saved))
    assert [key.external_id for batch in batches for key in batch.keys] == ["1001"]
