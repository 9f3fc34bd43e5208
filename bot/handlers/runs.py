"""Runs: the list, a card, and the file of the lines that were not taken."""

from __future__ import annotations

import asyncio

from aiogram import Router
from aiogram.enums import ChatAction
from aiogram.types import CallbackQuery

from bot import reply
from bot.callbacks.brand_import import Format, RejectedFile, RejectedLines, RunCard, RunList
from bot.i18n import Translator
from bot.screens import runs as screens
from bot.spreadsheets import csv_file, xlsx
from core.ids import BrandId, RunId, SourceId
from core.people import Actor
from core.ports import SecretBox, UnitOfWorkFactory
from core.usecases.imports import latest_runs, run_card
from core.usecases.rejects import rejected_lines, rejected_page
from core.usecases.syncs import connection_of

PAGE = 8
LINES = 5  # of a page of rejected lines


async def listing(
    query: CallbackQuery,
    callback_data: RunList,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """Runs of a brand, of a source, or of everybody."""
    rows = await latest_runs(
        new_uow,
        actor=actor,
        brand=BrandId(callback_data.brand) if callback_data.brand else None,
        source=SourceId(callback_data.source) if callback_data.source else None,
        after=RunId(callback_data.after) if callback_data.after else None,
        limit=PAGE + 1,
    )
    following = rows[PAGE - 1][0].id if len(rows) > PAGE else None
    connection = None
    if actor.manages(BrandId(callback_data.brand)) and not callback_data.source:
        connection = await connection_of(new_uow, actor=actor, brand=BrandId(callback_data.brand))
    screen = screens.listing(
        t, actor, rows[:PAGE], callback_data, following=following, connection=connection
    )
    await reply.show(query, screen)


async def card(
    query: CallbackQuery,
    callback_data: RunCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """One run."""
    view = await run_card(new_uow, actor=actor, run=RunId(callback_data.run))
    await reply.show(query, screens.card(t, view))


async def rejected(
    query: CallbackQuery,
    callback_data: RejectedFile,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    box: SecretBox,
) -> None:
    """The lines that were not taken, as a file to keep."""
    run = RunId(callback_data.run)
    async with reply.busy(query, ChatAction.UPLOAD_DOCUMENT):
        view = await run_card(new_uow, actor=actor, run=run)
        lines = await rejected_lines(new_uow, box, actor=actor, run=run)
        rows = [
            (str(line.line), screens.reason(t, line.reason), *line.text.split("\t"))
            for line in lines
        ]
        header = screens.rejected_header(t)
        make = xlsx if callback_data.format is Format.XLSX else csv_file
        data = await asyncio.to_thread(make, header, rows)
    name = f"lines-{run}.{callback_data.format}"
    await reply.send_new(query, screens.rejected_file(t, view.run, name, data))


async def look(
    query: CallbackQuery,
    callback_data: RejectedLines,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    box: SecretBox,
) -> None:
    """The lines that were not taken, a page at a time."""
    page = await rejected_page(
        new_uow,
        box,
        actor=actor,
        run=RunId(callback_data.run),
        after=callback_data.after,
        limit=LINES,
    )
    await reply.show(query, screens.rejected_page(t, page, first=not callback_data.after))


def setup() -> Router:
    """The routes of runs."""
    router = Router(name=__name__)
    router.callback_query.register(listing, RunList.filter())
    router.callback_query.register(card, RunCard.filter())
    router.callback_query.register(look, RejectedLines.filter())
    router.callback_query.register(rejected, RejectedFile.filter())
    return router
