"""Large files by a page: a link is asked for, its page takes one file, the chat goes on with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from core import tokens
from core.errors import FileRefused, NotFound, UploadLinkSpent, UploadUnderWay
from core.ids import BrandId, UploadId, UploadLinkId
from core.people import Actor
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.sources.tabular import open_table
from core.upload_links import KEPT, LOOKING, SILENCE, VALID, LinkView, UploadLink, shown_name
from core.usecases.order_files import Chunks, keep_file

AT_ONCE: Final = 20  # files that a sweep looks at

_HEAD: Final = 2**16  # bytes by which a reader tells what a file is
_PACKED: Final = (b"PK", b"\x1f\x8b")  # workbooks and archives are told by their ends


async def ask_link(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    brand: BrandId,
    anew: bool = False,
) -> tuple[str, datetime]:
    """A token for one file and when it expires; earlier ones of the person are worth nothing then.

    Raises UploadUnderWay where a file is just coming by the last one, unless `anew` gives that up.
    """
    actor.demand_brand(brand)
    token = tokens.new_token()
    async with new_uow() as uow:
        now = clock()
        last = await uow.upload_links.latest(actor.id)
        if last is not None and last.link.busy(now) and not anew:
            raise UploadUnderWay(last.link.received, brand=last.link.brand)
        await uow.upload_links.revoke(actor.id)
        expires_at = now + VALID
        digest = tokens.digest(token)
        await uow.upload_links.add(actor.id, brand, digest, now=now, expires_at=expires_at)
        await uow.commit()
    return token, expires_at


async def find_link(new_uow: UnitOfWorkFactory, token: str) -> LinkView | None:
    """The link of a token, in whatever state; None for what is no token of ours."""
    if not tokens.looks_like_token(token):
        return None
    async with new_uow(read_only=True) as uow:
        return await uow.upload_links.find(tokens.digest(token))


async def receive_file(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    *,
    token: str,
    name: str,
    chunks: Chunks,
    limit: int,
) -> LinkView:
    """Take the link's file as it comes and keep it for the chat; the link is spent then.

    What ends it early leaves the link as it was: the person may send the file again. Raises
    NotFound("upload_link"), UploadLinkSpent, UploadUnderWay, FileRefused (empty, too_big, or what
    `open_table` says of its beginning).
    """
    view = await _claimed(new_uow, clock, token)
    link, attempt = view.link, view.link.attempt + 1

    async def renew(uow: UnitOfWork, received: int) -> None:
        until = clock() + SILENCE
        if not await uow.upload_links.renew(
            link.id, attempt=attempt, received=received, busy_until=until
        ):
            raise UploadLinkSpent

    async def receive(uow: UnitOfWork, upload: UploadId) -> None:
        file = await uow.uploads.sealed(upload)
        entitled = await uow.brands.role(link.brand, link.person) is not None
        if not entitled or not await uow.upload_links.receive(
            link.id,
            attempt=attempt,
            upload=upload,
            name=shown_name(name),
            received=file.size if file else 0,
        ):
            raise UploadLinkSpent

    try:
        await keep_file(
            new_uow,
            clock,
            box,
            brand=link.brand,
            person=link.person,
            name=shown_name(name),
            chunks=_looked_at(chunks),
            limit=limit,
            on_piece=renew,
            on_whole=receive,
        )
    except BaseException:
        await asyncio.shield(_release(new_uow, link, attempt))
        raise
    return view


async def _claimed(new_uow: UnitOfWorkFactory, clock: Clock, token: str) -> LinkView:
    if not tokens.looks_like_token(token):
        raise NotFound("upload_link")
    async with new_uow() as uow:
        now = clock()
        view = await uow.upload_links.find(tokens.digest(token))
        if view is None:
            raise NotFound("upload_link")
        if not view.entitled or not view.link.usable(now):
            raise UploadLinkSpent
        if view.link.busy(now) or not await uow.upload_links.claim(
            view.link.id, attempt=view.link.attempt + 1, busy_until=now + SILENCE
        ):
            raise UploadUnderWay(view.link.received, brand=view.link.brand)
        await uow.commit()
    return view


async def _release(new_uow: UnitOfWorkFactory, link: UploadLink, attempt: int) -> None:
    async with new_uow() as uow:
        await uow.upload_links.release(link.id, attempt=attempt)
        await uow.commit()


async def _looked_at(chunks: Chunks) -> AsyncIterator[bytes]:
    """The chunks; what begins like no table is refused before the rest of it is sent."""
    head, looked = bytearray(), False
    async for chunk in chunks:
        if looked:
            yield chunk
            continue
        head += chunk
        if len(head) >= _HEAD:
            await asyncio.to_thread(_look, bytes(head[:_HEAD]))
            looked = True
            yield bytes(head)
    if not looked:
        await asyncio.to_thread(_look, bytes(head))
        yield bytes(head)


def _look(head: bytes) -> None:
    if not head:
        raise FileRefused("empty")
    if not head.startswith(_PACKED):
        open_table(head)


# --- the chat goes on ----------------------------------------------------------------------------


async def waiting_files(new_uow: UnitOfWorkFactory, clock: Clock) -> Sequence[LinkView]:
    """Links whose file has come and is not shown in the chat yet."""
    async with new_uow(read_only=True) as uow:
        return await uow.upload_links.waiting(now=clock(), limit=AT_ONCE)


async def take_waiting(new_uow: UnitOfWorkFactory, clock: Clock, link: UploadLinkId) -> bool:
    """Take on a file that waits to be shown; False where somebody else has it."""
    async with new_uow() as uow:
        now = clock()
        taken = await uow.upload_links.take(link, now=now, busy_until=now + LOOKING)
        await uow.commit()
    return taken


async def put_back(new_uow: UnitOfWorkFactory, link: UploadLinkId) -> None:
    """Leave the file to the next attempt, because Telegram was away."""
    async with new_uow() as uow:
        await uow.upload_links.put_back(link)
        await uow.commit()


async def mark_shown(new_uow: UnitOfWorkFactory, link: UploadLink, *, forget: bool = False) -> None:
    """The chat has gone on; `forget` lets a file go that cannot be read."""
    async with new_uow() as uow:
        await uow.upload_links.done(link.id)
        if forget and link.upload is not None:
            await uow.uploads.drop(link.upload)
        await uow.commit()


async def forget_links(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Delete links of yesterday."""
    async with new_uow(background=True) as uow:
        gone = await uow.upload_links.forget(before=clock() - KEPT)
        await uow.commit()
    return gone
