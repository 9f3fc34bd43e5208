"""Uploaded files in SQL."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.ids import UploadId
from db.dialect import insert
from db.models import uploads


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
