"""Links to the page that takes large files, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ids import BrandId, PersonId, UploadId, UploadLinkId
from core.people import Locale
from core.upload_links import LinkState, LinkView, UploadLink
from db.models import brand_managers, brands, people, upload_links

_LINK = upload_links.c
_VIEW = (
    sa.select(
        upload_links,
        brands.c.name.label("brand_name"),
        people.c.name.label("person_name"),
        people.c.telegram_id,
        people.c.locale,
        brand_managers.c.role,
    )
    .join_from(upload_links, brands, brands.c.id == _LINK.brand_id)
    .join(people, people.c.id == _LINK.person_id)
    .outerjoin(
        brand_managers,
        sa.and_(
            brand_managers.c.brand_id == _LINK.brand_id,
            brand_managers.c.person_id == _LINK.person_id,
        ),
    )
)


class SqlUploadLinks:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        person: PersonId,
        brand: BrandId,
        digest: bytes,
        *,
        now: datetime,
        expires_at: datetime,
    ) -> None:
        """Keep a new link."""
        await self._connection.execute(
            sa.insert(upload_links).values(
                token_digest=digest,
                person_id=person,
                brand_id=brand,
                state=LinkState.OPEN,
                created_at=now,
                expires_at=expires_at,
            )
        )

    async def revoke(self, person: PersonId) -> None:
        """Let the person's links that took no file yet take none, nor go on with one."""
        await self._connection.execute(
            sa.update(upload_links)
            .where(
                _LINK.person_id == person,
                _LINK.state.in_((LinkState.OPEN, LinkState.RECEIVING)),
            )
            .values(state=LinkState.REVOKED, busy_until=None)
        )

    async def latest(self, person: PersonId) -> LinkView | None:
        """The person's newest link."""
        rows = await self._connection.execute(
            _VIEW.where(_LINK.person_id == person).order_by(_LINK.id.desc()).limit(1)
        )
        row = rows.one_or_none()
        return None if row is None else _view(row)

    async def find(self, digest: bytes) -> LinkView | None:
        """The link of a token."""
        rows = await self._connection.execute(_VIEW.where(_LINK.token_digest == digest))
        row = rows.one_or_none()
        return None if row is None else _view(row)

    async def claim(self, link: UploadLinkId, *, attempt: int, busy_until: datetime) -> bool:
        """Begin that attempt, the one after the last; False where another was quicker."""
        return await self._change(
            link,
            _LINK.state.in_((LinkState.OPEN, LinkState.RECEIVING)),
            _LINK.attempt == attempt - 1,
            state=LinkState.RECEIVING,
            attempt=attempt,
            received=0,
            busy_until=busy_until,
        )

    async def renew(
        self, link: UploadLinkId, *, attempt: int, received: int, busy_until: datetime
    ) -> bool:
        """Go on with the attempt; False where the link was revoked or another attempt began."""
        return await self._change(link, *_of(attempt), received=received, busy_until=busy_until)

    async def release(self, link: UploadLinkId, *, attempt: int) -> None:
        """End the attempt without a file: the link may be used again."""
        await self._change(link, *_of(attempt), state=LinkState.OPEN, received=0, busy_until=None)

    async def receive(
        self, link: UploadLinkId, *, attempt: int, upload: UploadId, name: str, received: int
    ) -> bool:
        """The file of the attempt is there; False as for `renew`."""
        return await self._change(
            link,
            *_of(attempt),
            state=LinkState.RECEIVED,
            busy_until=None,
            upload_id=upload,
            file_name=name,
            received=received,
        )

    async def waiting(self, *, now: datetime, limit: int) -> Sequence[LinkView]:
        """Links whose file is to be shown in the chat and that nobody works on."""
        rows = await self._connection.execute(
            _VIEW.where(_LINK.state == LinkState.RECEIVED, _free(now))
            .order_by(_LINK.id)
            .limit(limit)
        )
        return [_view(row) for row in rows]

    async def take(self, link: UploadLinkId, *, now: datetime, busy_until: datetime) -> bool:
        """Work on a file that waits; False where somebody else does or did."""
        return await self._change(
            link, _LINK.state == LinkState.RECEIVED, _free(now), busy_until=busy_until
        )

    async def put_back(self, link: UploadLinkId) -> None:
        """Let the file wait for the next attempt to show it."""
        await self._change(link, _LINK.state == LinkState.RECEIVED, busy_until=None)

    async def done(self, link: UploadLinkId) -> None:
        """The file is shown, or there is nothing to show."""
        await self._change(link, state=LinkState.SHOWN, busy_until=None)

    async def forget(self, *, before: datetime) -> int:
        """Delete links that expired before then; those whose file waits stay."""
        gone = await self._connection.execute(
            sa.delete(upload_links).where(
                _LINK.expires_at < before, _LINK.state != LinkState.RECEIVED
            )
        )
        return gone.rowcount

    async def _change(
        self, link: UploadLinkId, *which: sa.ColumnElement[bool], **values: Any
    ) -> bool:
        changed = await self._connection.execute(
            sa.update(upload_links).where(_LINK.id == link, *which).values(**values)
        )
        return changed.rowcount == 1


def _of(attempt: int) -> tuple[sa.ColumnElement[bool], ...]:
    return _LINK.state == LinkState.RECEIVING, _LINK.attempt == attempt


def _free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(_LINK.busy_until.is_(None), _LINK.busy_until <= now)


def _view(row: sa.Row[Any]) -> LinkView:
    return LinkView(
        link=UploadLink(
            id=UploadLinkId(row.id),
            person=PersonId(row.person_id),
            brand=BrandId(row.brand_id),
            state=LinkState(row.state),
            expires_at=row.expires_at,
            attempt=row.attempt,
            busy_until=row.busy_until,
            received=row.received,
            upload=None if row.upload_id is None else UploadId(row.upload_id),
            file_name=row.file_name,
        ),
        brand_name=row.brand_name,
        person_name=row.person_name,
        telegram_id=row.telegram_id,
        locale=Locale(row.locale) if row.locale else Locale.KK,
        entitled=row.role is not None,
    )
