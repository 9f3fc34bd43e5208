"""Uploaded files in SQL."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.ids import BrandId, PersonId, UploadId
from core.order_files import SealedFile
from core.runs import RunState
from db.dialect import insert
from db.models import offers, runs, sealed_uploads, upload_pieces, uploads

_SEALED = sealed_uploads.c


class SqlUploads:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, name: str, data: bytes, *, sha256: str, now: datetime) -> UploadId:
        """Keep a picture; the same content gives the same id."""
        await self._connection.execute(
            insert(self._connection, uploads).on_conflict_do_nothing(index_elements=["sha256"]),
            {"name": name, "data": data, "sha256": sha256, "created_at": now},
        )
        found = await self._connection.scalar(
            sa.select(uploads.c.id).where(uploads.c.sha256 == sha256)
        )
        assert found is not None
        return UploadId(found)

    async def get(self, upload: UploadId) -> tuple[str, bytes]:
        """Name and content of what was `put`; NotFound("upload")."""
        row = (
            await self._connection.execute(
                sa.select(uploads.c.name, uploads.c.data).where(uploads.c.id == upload)
            )
        ).one_or_none()
        if row is None:
            raise NotFound("upload")
        return row.name, row.data

    async def begin(
        self,
        name: str,
        *,
        brand: BrandId,
        person: PersonId | None,
        key: bytes,
        now: datetime,
    ) -> UploadId:
        """Begin an order file, which nobody finds before it is whole."""
        # The content of order files is nobody's to compare, across brands least of all.
        unique = secrets.token_hex(32)
        upload = await self._connection.scalar(
            sa.insert(uploads)
            .values(name=name, data=b"", sha256=unique, created_at=now)
            .returning(uploads.c.id)
        )
        await self._connection.execute(
            sa.insert(sealed_uploads).values(
                upload_id=upload, brand_id=brand, person_id=person, key=key, touched_at=now
            )
        )
        return UploadId(upload)

    async def add_piece(
        self, upload: UploadId, number: int, sealed: bytes, *, now: datetime
    ) -> None:
        """Keep the next piece; NotFound("upload") where the file was let go meanwhile."""
        await self._touch(upload, touched_at=now)
        await self._connection.execute(
            sa.insert(upload_pieces), {"upload_id": upload, "number": number, "data": sealed}
        )

    async def complete(
        self, upload: UploadId, *, sha256: str, size: int, pieces: int, now: datetime
    ) -> UploadId:
        """The file is whole; NotFound("upload") where it was let go meanwhile.

        Returns what to call it: another one where the same person sent the same content before.
        """
        await self._touch(upload, sha256=sha256, size=size, pieces=pieces, touched_at=now)
        known, mine = sealed_uploads.alias(), sealed_uploads
        earlier = await self._connection.scalar(
            sa.select(known.c.upload_id)
            .join(mine, mine.c.person_id == known.c.person_id)
            .where(
                mine.c.upload_id == upload,
                known.c.upload_id != upload,
                known.c.brand_id == mine.c.brand_id,
                known.c.sha256 == sha256,
                known.c.dropped.is_(False),
            )
            .limit(1)
        )
        if earlier is not None:
            with suppress(NotFound):  # let go in this moment
                await self._touch(UploadId(earlier), touched_at=now)
                await self._forget(_SEALED.upload_id == upload)
                return UploadId(earlier)
        return upload

    async def _touch(self, upload: UploadId, **values: Any) -> None:
        touched = await self._connection.execute(
            sa.update(sealed_uploads)
            .where(_SEALED.upload_id == upload, _SEALED.dropped.is_(False))
            .values(**values)
        )
        if touched.rowcount != 1:
            raise NotFound("upload")

    async def sealed(self, upload: UploadId) -> SealedFile | None:
        """A whole order file; None where a file was `put`; NotFound("upload")."""
        row = (
            await self._connection.execute(
                sa.select(uploads.c.name, sealed_uploads)
                .join_from(uploads, sealed_uploads, isouter=True)
                .where(uploads.c.id == upload)
            )
        ).one_or_none()
        if row is None or row.dropped or row.sha256 == "":
            raise NotFound("upload")
        if row.upload_id is None:
            return None
        return SealedFile(
            upload=upload,
            name=row.name,
            brand=BrandId(row.brand_id),
            person=None if row.person_id is None else PersonId(row.person_id),
            key=row.key,
            sha256=row.sha256,
            size=row.size,
            pieces=row.pieces,
        )

    async def pieces(self, upload: UploadId, start: int, limit: int) -> Sequence[bytes]:
        """So many sealed pieces from that number on."""
        found = await self._connection.scalars(
            sa.select(upload_pieces.c.data)
            .where(upload_pieces.c.upload_id == upload, upload_pieces.c.number >= start)
            .order_by(upload_pieces.c.number)
            .limit(limit)
        )
        return found.all()

    async def confirm(self, upload: UploadId, *, now: datetime) -> str:
        """SHA-256 (hex) of a file that a run is about to need; NotFound("upload")."""
        file = await self.sealed(upload)
        if file is not None:
            await self._touch(upload, touched_at=now)  # `expire` looks again at what it waited for
            return file.sha256
        found: str | None = await self._connection.scalar(
            sa.select(uploads.c.sha256).where(uploads.c.id == upload)
        )
        assert found is not None
        return found

    async def drop(self, upload: UploadId) -> None:
        """Forget an order file, unless another run still needs it. Its pieces go by `shred`."""
        needed = sa.or_(
            sa.exists().where(
                runs.c.upload_id == upload, runs.c.state.in_((RunState.QUEUED, RunState.RUNNING))
            ),
            sa.exists().where(offers.c.picture_id == upload),
        )
        if await self._connection.scalar(sa.select(needed)):
            return
        await self._connection.execute(
            sa.update(runs).where(runs.c.upload_id == upload).values(upload_id=None)
        )
        if not await self._forget(_SEALED.upload_id == upload):
            sealed = sa.exists().where(_SEALED.upload_id == upload)  # forgotten before
            await self._connection.execute(
                sa.delete(uploads).where(uploads.c.id == upload, ~sealed)
            )

    async def drop_unconfirmed(self, person: PersonId, *, but: UploadId) -> None:
        """Forget the other order files that the person sent and no run needs."""
        await self._forget(
            _SEALED.person_id == person, _SEALED.upload_id != but, _SEALED.sha256 != "", ~_needed()
        )

    async def expire(self, *, unconfirmed_since: datetime, abandoned_since: datetime) -> int:
        """Forget whole files that no run needs, and halves, that were not touched since then."""
        limit = sa.case((_SEALED.sha256 == "", abandoned_since), else_=unconfirmed_since)
        # The first comparison is what the index finds, the second what counts.
        late = (_SEALED.touched_at < abandoned_since, _SEALED.touched_at < limit)
        return await self._forget(*late, ~_needed())

    async def _forget(self, *which: sa.ColumnElement[bool]) -> int:
        """Nobody reads them any more, not even from a copy of the database that is made later."""
        forgotten = await self._connection.execute(
            sa.update(sealed_uploads)
            .where(_SEALED.dropped.is_(False), *which)
            .values(dropped=True, key=b"")
        )
        return forgotten.rowcount

    async def shred(self, limit: int) -> int:
        """Delete up to so many pieces of forgotten files, and their rows; how many it was."""
        upload = await self._connection.scalar(
            sa.select(_SEALED.upload_id).where(_SEALED.dropped.is_(True)).limit(1)
        )
        if upload is None:
            return 0
        numbers = (
            await self._connection.scalars(
                sa.select(upload_pieces.c.number)
                .where(upload_pieces.c.upload_id == upload)
                .order_by(upload_pieces.c.number)
                .limit(limit)
            )
        ).all()
        if numbers:
            await self._connection.execute(
                sa.delete(upload_pieces).where(
                    upload_pieces.c.upload_id == upload, upload_pieces.c.number <= numbers[-1]
                )
            )
        if len(numbers) < limit:
            await self._connection.execute(
                sa.delete(sealed_uploads).where(_SEALED.upload_id == upload)
            )
            await self._connection.execute(sa.delete(uploads).where(uploads.c.id == upload))
            return len(numbers) + 1
        return len(numbers)


def _needed() -> sa.ColumnElement[bool]:
    return sa.exists().where(runs.c.upload_id == _SEALED.upload_id)
