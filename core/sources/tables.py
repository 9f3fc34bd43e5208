"""The table of orders in what somebody sent: the file itself, or the only one of an archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import FileRefused
from core.sources.mapping import known_fields
from core.sources.packed import GZIP, ZIP, Packed, members, opened
from core.sources.tabular import NO_SHAPES, Header, Shapes, Table, open_table

MAX_FILES: Final = 20  # of an archive that are looked into
NAMES_SHOWN: Final = 5
ENOUGH: Final = 3  # fields of an order in a header: no price list and no read-me has them

_ARCHIVES: Final = (GZIP, b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")
_TAR: Final = slice(257, 262)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A table with its header; `inside` is the file's name in the archive that was sent."""

    table: Table
    header: Header
    inside: str = ""


def open_file(data: bytes | Path, shapes: Shapes = NO_SHAPES) -> Opened:
    """Find the table of a file or of an archive with one.

    Raises FileRefused as `open_table`, and archive_broken, locked, nested_archive, other_archive,
    many_tables (`detail` names them), no_table_inside (`detail` names what there is).
    """
    head = _head(data)
    files = members(data, head)
    if files is None:
        if _is_archive(head):
            raise FileRefused("other_archive")
        table, header = open_table(data, shapes)
        return Opened(table=table, header=header)
    if not files:
        raise FileRefused("empty")
    if len(files) == 1:
        return _inside(files[0], shapes)
    if len(files) > MAX_FILES:
        raise FileRefused("many_tables", detail=_names(files))
    return _only_one(files, shapes)


def _only_one(files: Sequence[Packed], shapes: Shapes) -> Opened:
    """The one table of orders among several files."""
    found: list[tuple[Packed, Opened]] = []
    trouble: FileRefused | None = None
    for file in files:
        try:
            found.append((file, _inside(file, shapes)))
        except FileRefused as error:
            if error.reason == "zip_bomb":
                raise
            if error.reason in ("locked", "nested_archive"):
                trouble = error
    certain = [each for each in found if _is_certain(each[1].header, shapes)]
    chosen = certain or found
    if len(chosen) == 1:
        return chosen[0][1]
    if chosen:
        raise FileRefused("many_tables", detail=_names([file for file, _ in chosen]))
    raise trouble or FileRefused("no_table_inside", detail=_names(files))


def _is_certain(header: Header, shapes: Shapes) -> bool:
    known = max(known_fields(header.names), shapes.known(header.names))
    return header.fingerprint in shapes.fingerprints or known >= ENOUGH


def _inside(file: Packed, shapes: Shapes) -> Opened:
    head = _head(file)
    if _is_archive(head):
        raise FileRefused("nested_archive", detail=file.name)
    try:
        table, header = open_table(file, shapes)
    except FileRefused as error:
        if head.startswith(ZIP) and error.detail == "zip":
            raise FileRefused("nested_archive", detail=file.name) from error
        if error.reason == "not_a_table" and file.name:
            raise FileRefused("no_table_inside", detail=file.name) from error
        raise
    return Opened(table=table, header=header, inside=file.name)


def _head(content: bytes | Path | Packed) -> bytes:
    with opened(content) as source:
        return source.read(512)


def _is_archive(head: bytes) -> bool:
    return head.startswith(_ARCHIVES) or head[_TAR] == b"ustar"


def _names(files: Sequence[Packed]) -> str:
    shown = ", ".join(file.name for file in files[:NAMES_SHOWN])
    return f"{shown} …" if len(files) > NAMES_SHOWN else shown
