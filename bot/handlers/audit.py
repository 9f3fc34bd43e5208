"""The audit log: searched page by page, taken away as a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future

from aiogram import Router
from aiogram.enums import ChatAction
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.audit import AuditEntryCard, AuditExport, AuditList
from bot.filters import is_staff
from bot.i18n import Translator
from bot.screens import audit as screens
from bot.spreadsheets import csv_file, xlsx
from core.audit import AuditEntry, AuditFilter, Topic
from core.errors import NotFound
from core.ids import PersonId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.audit import (
    audit_entry,
    export_audit,
    name_of,
    record_export,
    search_audit,
)
from core.usecases.desk import since_days

PAGE = 6


async def listing(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    callback_data: AuditList | None = None,
) -> None:
    """A page of the log."""
    await state.set_state(None)
    asked = callback_data or AuditList()
    entries, following = await search_audit(
        new_uow,
        actor=actor,
        wanted=_filter(asked, clock),
        after=asked.after or None,
        limit=PAGE,
    )
    by_name = ""
    if asked.by:
        by_name = await name_of(new_uow, actor=actor, person=PersonId(asked.by))
    await reply.show(
        event,
        screens.listing(t, actor, entries, asked, following=following, by_name=by_name),
    )


async def entry(
    query: CallbackQuery,
    callback_data: AuditEntryCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """One entry."""
    shown = await audit_entry(new_uow, actor=actor, entry=callback_data.entry)
    await reply.show(query, screens.entry(t, actor, shown))


async def export(
    query: CallbackQuery,
    callback_data: AuditExport,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Everything that the search finds, as a file; pages are read while a thread writes."""
    wanted = _filter(callback_data, clock)
    await record_export(new_uow, clock, actor=actor, wanted=wanted)
    async with reply.busy(query, ChatAction.UPLOAD_DOCUMENT):
        pages = export_audit(new_uow, actor=actor, wanted=wanted)
        loop = asyncio.get_running_loop()

        async def following() -> list[AuditEntry] | None:
            return await anext(pages, None)

        def rows() -> Iterator[list[str]]:
            while True:
                page: Future[list[AuditEntry] | None] = asyncio.run_coroutine_threadsafe(
                    following(), loop
                )
                if (found := page.result()) is None:
                    return
                yield from (screens.cells(t, one) for one in found)

        write = csv_file if callback_data.csv else xlsx
        data = await asyncio.to_thread(write, screens.columns(t), rows())
        day = clock().date().isoformat()
        name = f"audit-{day}.{'csv' if callback_data.csv else 'xlsx'}"
        await reply.send_new(query, screens.exported(t, name, data))


def _filter(asked: AuditList | AuditExport, clock: Clock) -> AuditFilter:
    if asked.topic and asked.topic not in list(Topic):
        raise NotFound("entry")
    if asked.on and asked.on not in screens.ON:
        raise NotFound("entry")
    return AuditFilter(
        topic=Topic(asked.topic) if asked.topic else None,
        by=PersonId(asked.by) if asked.by else None,
        object=screens.ON[asked.on] if asked.on else "",
        object_id=asked.of,
        since=since_days(clock(), max(0, min(asked.days, 3_660))),
    )


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(listing, Command("audit"), is_staff)
    router.callback_query.register(listing, AuditList.filter())
    router.callback_query.register(entry, AuditEntryCard.filter())
    router.callback_query.register(export, AuditExport.filter())
    return router
