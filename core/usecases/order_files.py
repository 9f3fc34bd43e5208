"""Order files are kept in sealed pieces, taken out again for a reader, and forgotten in time."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from core.errors import FileRefused, NotFound
from core.ids import BrandId, PersonId, UploadId
from core.order_files import ABANDONED, IN_MEMORY, PIECE, UNCONFIRMED, SealedFile, packed, unpacked
from core.ports import Clock, FileCipher, SecretBox, UnitOfWork, UnitOfWorkFactory

AT_ONCE: Final = 8  # pieces that are read or deleted in one transaction

Chunks = AsyncIterator[bytes]
"""The content of a file, in chunks of any size."""

OnPiece = Callable[[UnitOfWork, int], Awaitable[None]]
"""Called in the transaction of each piece with the bytes so far; what it raises ends the file."""

OnWhole = Callable[[UnitOfWork, UploadId], Awaitable[None]]
"""Called in the transaction that completes the file; what it raises ends the file."""


async def keep_file(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    *,
    brand: BrandId,
    person: PersonId | None,
    name: str,
    chunks: Chunks,
    limit: int,
    on_piece: OnPiece | None = None,
    on_whole: OnWhole | None = None,
) -> UploadId:
    """Store a file as it comes, a piece in a transaction; it exists when it is whole.

    What the person sent before and did not confirm is forgotten then; the same content again is the
    same file. Raises FileRefused("too_big")
    beyond `limit` bytes, NotFound("upload") where the file was given up; whatever ends it early, no
    half remains.
    """
    key = box.new_file_key()
    incoming = _Incoming(box.of_file(key))
    async with new_uow(background=True) as uow:
        upload = await uow.uploads.begin(name, brand=brand, person=person, key=key, now=clock())
        await uow.commit()

    async def store(piece: bytes) -> None:
        sealed = await asyncio.to_thread(incoming.sealed, piece)
        async with new_uow(background=True) as uow:
            await uow.uploads.add_piece(upload, incoming.pieces - 1, sealed, now=clock())
            if on_piece:
                await on_piece(uow, incoming.size)
            await uow.commit()

    try:
        gathered = bytearray()
        async for chunk in chunks:
            if incoming.size + len(gathered) + len(chunk) > limit:
                raise FileRefused("too_big")
            gathered += chunk
            while len(gathered) >= PIECE:
                piece = bytes(gathered[:PIECE])
                del gathered[:PIECE]
                await store(piece)
        if gathered:
            await store(bytes(gathered))
        async with new_uow(background=True) as uow:
            known = await uow.uploads.complete(
                upload,
                sha256=incoming.digest.hexdigest(),
                size=incoming.size,
                pieces=incoming.pieces,
                now=clock(),
            )
            if person is not None:
                await uow.uploads.drop_unconfirmed(person, but=known)
            if on_whole:
                await on_whole(uow, known)
            await uow.commit()
    except BaseException:
        await asyncio.shield(_drop(new_uow, upload))
        raise
    return known


class _Incoming:
    """Packs and seals pieces in their order, and knows what they come to."""

    def __init__(self, cipher: FileCipher) -> None:
        self.size = self.pieces = 0
        self.digest = hashlib.sha256()
        self._cipher = cipher

    def sealed(self, piece: bytes) -> bytes:
        """The next piece; takes some milliseconds."""
        self.digest.update(piece)
        sealed = self._cipher.seal(self.pieces, packed(piece))
        self.size += len(piece)
        self.pieces += 1
        return sealed


async def _drop(new_uow: UnitOfWorkFactory, upload: UploadId) -> None:
    async with new_uow() as uow:
        await uow.uploads.drop(upload)
        await uow.commit()


async def of_bytes(data: bytes) -> Chunks:
    """The chunks of a file in memory."""
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


async def of_path(path: Path) -> Chunks:
    """The chunks of a file on the disk."""
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, PIECE):
            yield chunk


@asynccontextmanager
async def opened(
    new_uow: UnitOfWorkFactory, box: SecretBox, upload: UploadId
) -> AsyncIterator[bytes | Path]:
    """The file for `core.sources.files`: in memory, or if it is large on the disk for the block.

    Raises NotFound("upload").
    """
    async with new_uow(read_only=True) as uow:
        file = await uow.uploads.sealed(upload)
        plain = None if file else (await uow.uploads.get(upload))[1]
    if file is None:  # sent before files were sealed
        assert plain is not None
        yield plain
        return
    if file.size <= IN_MEMORY:
        yield b"".join([chunk async for chunk in _contents(new_uow, box, file)])
        return
    with tempfile.NamedTemporaryFile(prefix="orders-") as copy:
        async for chunk in _contents(new_uow, box, file):
            await asyncio.to_thread(copy.write, chunk)
        copy.flush()
        yield Path(copy.name)


async def _contents(
    new_uow: UnitOfWorkFactory, box: SecretBox, file: SealedFile
) -> AsyncIterator[bytes]:
    cipher = box.of_file(file.key)
    for start in range(0, file.pieces, AT_ONCE):
        async with new_uow(read_only=True, background=True) as uow:
            sealed = await uow.uploads.pieces(file.upload, start, AT_ONCE)
        if len(sealed) != min(AT_ONCE, file.pieces - start):
            raise NotFound("upload")  # forgotten while it was read
        for number, piece in enumerate(sealed, start):
            yield await asyncio.to_thread(_opened, cipher, number, piece)


def _opened(cipher: FileCipher, number: int, piece: bytes) -> bytes:
    return unpacked(cipher.open(number, piece))


async def forget_files(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Forget files that nobody confirmed and halves that nobody goes on with; delete in pieces."""
    now = clock()
    async with new_uow(background=True) as uow:
        expired = await uow.uploads.expire(
            unconfirmed_since=now - UNCONFIRMED, abandoned_since=now - ABANDONED
        )
        await uow.commit()
    shredded = True
    while shredded:
        async with new_uow(background=True) as uow:
            shredded = await uow.uploads.shred(AT_ONCE) > 0
            await uow.commit()
    return expired
