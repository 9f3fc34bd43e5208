"""Order files in storage: sealed, whole or not at all, forgotten in time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core import order_files as rules
from core.errors import FileRefused, NotFound
from core.ids import UploadId
from core.order_files import ABANDONED, PIECE, UNCONFIRMED
from core.ports import UnitOfWorkFactory
from core.usecases.order_files import forget_files, keep_file, of_bytes, of_path, opened
from db.models import sealed_uploads, upload_pieces, uploads
from tests.conftest import FrozenClock
from tests.usecases.order_builders import BOX, Shop, a_shop

CONTENT = b"number;date;phone\n" + b"1001;21.11.2026;+77010000000\n" * 90_000 + os.urandom(PIECE)


async def kept(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    shop: Shop,
    chunks: AsyncIterator[bytes],
    *,
    limit: int = 10 * PIECE,
) -> UploadId:
    return await keep_file(
        new_uow,
        clock,
        BOX,
        brand=shop.brand.id,
        person=shop.manager.id,
        name="orders.csv",
        chunks=chunks,
        limit=limit,
    )


async def read(new_uow: UnitOfWorkFactory, upload: UploadId) -> bytes:
    async with opened(new_uow, BOX, upload) as content:
        return content if isinstance(content, bytes) else content.read_bytes()


async def rows(engine: AsyncEngine) -> list[int]:
    """How much there is of uploads, sealed files and pieces."""
    async with engine.connect() as connection:
        return [
            await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in (uploads, sealed_uploads, upload_pieces)
        ]


async def test_a_file_comes_back_as_it_was_and_is_unreadable_in_the_database(
    new_uow: UnitOfWorkFactory,
    engine: AsyncEngine,
    clock: FrozenClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await a_shop(new_uow, clock)
    (tmp_path / "orders").write_bytes(CONTENT)

    upload = await kept(new_uow, clock, shop, of_path(tmp_path / "orders"))

    assert await read(new_uow, upload) == CONTENT
    async with engine.connect() as connection:
        pieces = (await connection.scalars(sa.select(upload_pieces.c.data))).all()
    assert len(pieces) == 4
    assert not any(b"7701" in piece for piece in pieces)
    assert max(map(len, pieces)) <= PIECE + 100

    monkeypatch.setattr("core.usecases.order_files.IN_MEMORY", PIECE)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with opened(new_uow, BOX, upload) as content:
        assert isinstance(content, Path)
        assert content.stat().st_mode & 0o077 == 0
        assert content.read_bytes() == CONTENT
    assert not content.exists()


@pytest.mark.parametrize("piece", [b"", b"a", b"a" * 1000, os.urandom(1000)])
def test_a_packed_piece_is_never_much_larger(piece: bytes) -> None:
    assert rules.unpacked(rules.packed(piece)) == piece
    assert len(rules.packed(piece)) <= len(piece) + 1


async def test_what_breaks_off_leaves_nothing(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    before = await rows(engine)

    async def broken() -> AsyncIterator[bytes]:
        yield CONTENT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await kept(new_uow, clock, shop, broken())
    with pytest.raises(FileRefused, match="too_big"):
        await kept(new_uow, clock, shop, of_bytes(CONTENT), limit=len(CONTENT) - 1)
    assert (await rows(engine))[2] > 0

    await forget_files(new_uow, clock)

    assert await rows(engine) == before


async def test_a_killed_upload_is_swept_once_it_is_silent_for_long(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    async with new_uow() as uow:  # what a killed process has left
        half = await uow.uploads.begin(
            "orders.csv",
            brand=shop.brand.id,
            person=shop.manager.id,
            key=BOX.new_file_key(),
            now=clock(),
        )
        for number in range(20):
            await uow.uploads.add_piece(half, number, b"sealed", now=clock())
        await uow.commit()

    clock.advance(seconds=ABANDONED.total_seconds())
    assert await forget_files(new_uow, clock) == 0
    with pytest.raises(NotFound):
        await read(new_uow, half)
    clock.advance(seconds=1)

    assert await forget_files(new_uow, clock) == 1
    assert await rows(engine) == [0, 0, 0]
    async with new_uow() as uow:
        with pytest.raises(NotFound):  # whoever was taken for dead cannot go on
            await uow.uploads.add_piece(half, 20, b"sealed", now=clock())


async def test_a_file_waits_a_day_for_its_confirmation_and_the_next_one_takes_its_place(
    new_uow: UnitOfWorkFactory, engine: AsyncEngine, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    first = await kept(new_uow, clock, shop, of_bytes(CONTENT))
    assert await kept(new_uow, clock, shop, of_bytes(CONTENT)) == first
    content = CONTENT[::-1]
    second = await kept(new_uow, clock, shop, of_bytes(content))

    with pytest.raises(NotFound):
        await read(new_uow, first)
    clock.advance(seconds=UNCONFIRMED.total_seconds())
    await forget_files(new_uow, clock)
    assert await read(new_uow, second) == content
    assert await rows(engine) == [1, 1, 4]
    clock.advance(seconds=1)
    await forget_files(new_uow, clock)

    assert await rows(engine) == [0, 0, 0]


async def test_people_write_between_two_pieces(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield CONTENT
        begun.set()
        await go_on.wait()

    upload = asyncio.create_task(kept(new_uow, clock, shop, slow()))
    await begun.wait()
    async with asyncio.timeout(5), new_uow() as uow:
        await uow.people.set_blocked(shop.manager.telegram_id, True)
        await uow.commit()
    go_on.set()

    assert await read(new_uow, await upload) == CONTENT
