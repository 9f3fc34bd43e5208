"""Order files as they are kept: cut into pieces, packed and sealed, because they name buyers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.ids import BrandId, PersonId, UploadId

PIECE: Final = 2**20  # bytes of a file that are stored in one transaction
IN_MEMORY: Final = 20 * PIECE  # bytes up to which a file is read back without a temporary file
UNCONFIRMED: Final = timedelta(days=1)  # for which a file waits for whoever sent it
ABANDONED: Final = timedelta(minutes=10)  # without a new piece: whoever sent the file has gone away

_STORED, _DEFLATED = b"\0", b"\1"  # the first byte of a packed piece
_FAST: Final = 1  # higher levels take thrice the time for a tenth of the size


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """A whole order file in storage; `key` opens its pieces (`SecretBox.of_file`).

    `person` is None for what came by the command line. `size` is in bytes, as it was sent.
    """

    upload: UploadId
    name: str
    brand: BrandId
    person: PersonId | None
    key: bytes
    sha256: str
    size: int
    pieces: int


def packed(piece: bytes) -> bytes:
    """A piece as small as it becomes at once: tables shrink to a third, archives do not."""
    small = zlib.compress(piece, _FAST)
    return _DEFLATED + small if len(small) < len(piece) else _STORED + piece


def unpacked(data: bytes) -> bytes:
    """The piece again; what is opened here was sealed by ourselves."""
    return zlib.decompress(data[1:]) if data[:1] == _DEFLATED else data[1:]
