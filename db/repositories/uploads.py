"""Uploaded files in SQL."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.ids import UploadId
from core.runs import RunState
from db.dialect import insert
from db.models import offers, runs, uploads


class SqlUploads:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, name: str, data: bytes, *, sha256: str, now: datetime) -> UploadId:
        """Keep a file; the same content gives the same id."""
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
        """Name and content; NotFound("upload")."""
        row = (
            await self._connection.execute(
                sa.select(uploads.c.name, uploads.c.data).where(uploads.c.id == upload)
            )
        ).one_or_none()
        if row is None:
            raise NotFound("upload")
        return row.name, row.data

    async def digest(self, upload: UploadId) -> str:
        """SHA-256 of the content (hex); NotFound("upload")."""
        found: str | None = await self._connection.scalar(
            sa.select(uploads.c.sha256).where(uploads.c.id == upload)
        )
        if found is None:
            raise NotFound("upload")
        return found

    async def drop(self, upload: UploadId) -> None:
        """Forget an order file, unless another run still needs it."""
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
        await self._connection.execute(sa.delete(uploads).where(uploads.c.id == upload))
