"""Files inside a .zip or a .gz, read as streams that end where a table could not go on.

Neither the names nor the sizes that an archive tells are believed: names are for people to read,
and what comes out is counted while it comes.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from core.errors import FileRefused

MAX_UNPACKED: Final = 2**30  # bytes of one file inside
MAX_RATIO: Final = 200  # to one, beyond RATIO_FROM; tables have ten or twenty
RATIO_FROM: Final = 2**20  # bytes
MAX_DIRECTORY: Final = 2**20  # bytes of an archive's list of files, each of which becomes an object
NAME_MAX: Final = 80  # characters of a name that are shown

GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK"
_UTF8_NAME: Final = 0x800
_ENCRYPTED: Final = 1
_BUFFER: Final = 2**18
_RUBBISH: Final = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
_OFFICE: Final = ("xl/workbook.xml", "xl/workbook.bin", "[content_types].xml", "content.xml")


@dataclass(frozen=True, slots=True)
class Packed:
    """A file inside an archive; `entry` is None for the only one of a .gz."""

    archive: bytes | Path = field(repr=False)
    name: str = ""
    entry: zipfile.ZipInfo | None = field(default=None, repr=False)

    @property
    def encrypted(self) -> bool:
        """Whether only a password opens it."""
        return self.entry is not None and bool(self.entry.flag_bits & _ENCRYPTED)

    def open(self) -> BinaryIO:
        """The content from its beginning.

        Raises FileRefused, also while it is read: zip_bomb, archive_broken, locked.
        """
        with _unpacking():
            return io.BufferedReader(_Bounded(*self._opened()), _BUFFER)

    def _opened(self) -> tuple[Any, list[Any], int]:
        """The stream, what is to be closed with it, and how many bytes it is unpacked from."""
        source = _source(self.archive)
        size = source.seek(0, io.SEEK_END)
        source.seek(0)
        if self.entry is None:
            return gzip.GzipFile(fileobj=source, mode="rb"), [source], size
        entry = self.entry
        if self.encrypted:
            raise FileRefused("locked")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileRefused("archive_broken", detail=f"method {entry.compress_type}")
        if entry.file_size > max(RATIO_FROM, MAX_RATIO * min(entry.compress_size, size)):
            raise FileRefused("zip_bomb", detail=self.name)
        archive = zipfile.ZipFile(source)
        return archive.open(entry), [archive, source], min(entry.compress_size, size)


class _Bounded(io.RawIOBase):
    """What an unpacker yields, as long as it is no more than a table can be."""

    def __init__(self, stream: Any, behind: Sequence[Any], packed: int) -> None:
        self._stream, self._behind = stream, behind
        self._most = min(MAX_UNPACKED, max(RATIO_FROM, MAX_RATIO * packed))
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _unpacking():
            piece = self._stream.read(len(buffer))
        self._size += len(piece)
        if self._size > self._most:
            raise FileRefused("zip_bomb", detail=f"{self._size} bytes")
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        for each in (self._stream, *self._behind):
            each.close()
        super().close()


@contextmanager
def _unpacking() -> Iterator[None]:
    """Whatever a broken archive fails with becomes a refusal."""
    try:
        yield
    except (zlib.error, EOFError, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise FileRefused("archive_broken", detail=str(error)[:100]) from error
    except (NotImplementedError, ValueError, OverflowError, UnicodeError) as error:
        raise FileRefused("archive_broken", detail=str(error)[:100]) from error


def _source(archive: bytes | Path) -> BinaryIO:
    return io.BytesIO(archive) if isinstance(archive, bytes) else archive.open("rb")


def members(archive: bytes | Path, head: bytes) -> list[Packed] | None:
    """The files of an archive that people put there; None where it is a file of its own kind.

    `head` is its beginning. Raises FileRefused: archive_broken, zip_bomb.
    """
    if head.startswith(GZIP):
        return [Packed(archive)]
    if not head.startswith(ZIP):
        return None
    with _source(archive) as source:
        entries = directory(source)
    if any(entry.filename.lower() in _OFFICE for entry in entries):
        return None
    return [
        Packed(archive, _shown(entry), entry)
        for entry in entries
        if not entry.is_dir() and not _is_rubbish(entry.filename.lower())
    ]


def directory(source: BinaryIO) -> list[zipfile.ZipInfo]:
    """The entries of a zip. Raises FileRefused: archive_broken, zip_bomb if they are too many."""
    if (told := _told_size(source)) > MAX_DIRECTORY:
        raise FileRefused("zip_bomb", detail=f"a directory of {told} bytes")
    with _unpacking():
        try:
            with zipfile.ZipFile(source) as archive:
                entries = archive.infolist()
            if not all(entry.filename for entry in entries):
                raise zipfile.BadZipFile("a file without a name")
            return entries
        except Exception as error:  # zipfile fails in a dozen ways on hostile directories
            raise zipfile.BadZipFile(str(error)) from error


def _told_size(source: BinaryIO) -> int:
    """The largest size of a directory that the end of an archive tells, wherever it tells it."""
    size = source.seek(0, io.SEEK_END)
    source.seek(max(0, size - 2**16 - 200))
    tail = source.read()
    source.seek(0)
    told = 0
    for mark, at, width in ((b"PK\x05\x06", 12, 4), (b"PK\x06\x06", 40, 8)):
        found = tail.find(mark)
        while found >= 0:
            number = int.from_bytes(tail[found + at : found + at + width], "little")
            told = max(told, 0 if number == 2**32 - 1 and width == 4 else number)
            found = tail.find(mark, found + 1)
    return told


def _is_rubbish(name: str) -> bool:
    base = name.rpartition("/")[2]
    return name.startswith(_RUBBISH[0]) or base in _RUBBISH or base.startswith("._")


def _shown(entry: zipfile.ZipInfo) -> str:
    """The name without its folders; Russian Windows writes names in its DOS code page."""
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAME:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("cp866")
    base = name.replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, base))[:NAME_MAX]


def opened(content: bytes | Path | Packed) -> BinaryIO:
    """The bytes of a file from its beginning, wherever it is."""
    return content.open() if isinstance(content, Packed) else _source(content)


def whole(content: bytes | Path | Packed, most: int) -> bytes:
    """All bytes of a file. Raises FileRefused("too_big") beyond `most`."""
    if isinstance(content, bytes):
        return content
    with opened(content) as source:
        data = source.read(most + 1)
    if len(data) > most:
        raise FileRefused("too_big", detail=f"more than {most} bytes")
    return data
