"""A brand's report in the chat, and as a workbook."""

from __future__ import annotations

import asyncio
import re
from datetime import date

from aiogram import F, Router
from aiogram.enums import ChatAction
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_reports import BrandReport, ReportBy, ReportDates, ReportFile
from bot.filters import manages_a_brand
from bot.i18n import Translator
from bot.reports_file import report_file
from bot.screens import brand_reports as screens
from bot.screens.base import Document
from bot.screens.errors import refusal
from bot.states import OwnDates
from core import typed
from core.errors import BadInput, NotAllowed, OutOfDate
from core.ids import BrandId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.reports import Breakdown
from core.results import day_of
from core.usecases.brands import own_brands
from core.usecases.reports import (
    brand_report,
    covered_days,
    demand_report,
    own_days,
    report_sheets,
)

_BETWEEN = re.compile(r"\s+[-–—]\s*|\s*[–—]\s*|\s+")  # of two dates; a date may hold a hyphen


async def show(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    callback_data: BrandReport | None = None,
) -> None:
    """The report of the only brand, or after a choice."""
    await state.set_state(None)
    wanted = callback_data or BrandReport()
    if not wanted.brand:
        own = await own_brands(new_uow, actor=actor)
        if not own:
            raise NotAllowed
        if len(own) != 1:
            await reply.show(event, screens.choose_brand(t, own))
            return
        wanted = wanted.model_copy(update={"brand": int(own[0].id)})
    since, until = _days(wanted, clock)
    told = await brand_report(
        new_uow,
        actor=actor,
        brand=BrandId(wanted.brand),
        since=since,
        until=until,
        by=None if wanted.by is ReportBy.ALL else Breakdown(wanted.by),
        offset=wanted.page * screens.PAGE,
        limit=screens.PAGE,
    )
    await reply.show(event, screens.report(t, told, wanted))


def _days(wanted: BrandReport | ReportFile, clock: Clock) -> tuple[date, date]:
    if not wanted.until:
        return covered_days(wanted.period, clock)
    try:
        own = own_days(date.fromordinal(wanted.since), date.fromordinal(wanted.until - 1), clock)
    except (ValueError, OverflowError, BadInput):
        raise OutOfDate("report") from None
    assert own.since
    assert own.until
    return own.since, own.until


async def ask_dates(
    query: CallbackQuery,
    callback_data: ReportDates,
    actor: Actor,
    t: Translator,
    state: FSMContext,
) -> None:
    """Ask for own dates."""
    demand_report(actor, BrandId(callback_data.brand))
    await state.set_state(OwnDates.dates)
    await state.set_data({"report_brand": callback_data.brand})
    await reply.show(query, screens.ask_dates(t, callback_data))


async def typed_dates(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The report of the dates that were typed."""
    brand = int((await state.get_data()).get("report_brand", 0))
    try:
        first, last = _two_days(message.text or "", day_of(clock()))
        own = own_days(first, last, clock)
    except BadInput as error:
        await reply.show(
            message,
            screens.ask_dates(t, ReportDates(brand=brand), problem=refusal(t, error)),
        )
        return
    assert own.since
    assert own.until
    wanted = BrandReport(brand=brand, since=own.since.toordinal(), until=own.until.toordinal())
    await show(message, actor, t, new_uow, clock, state, wanted)


def _two_days(text: str, today: date) -> tuple[date, date]:
    """Two dates, or one for a single day; a date without a year is the latest such one."""
    parts = [part for part in _BETWEEN.split(text.strip()) if part]
    if not 1 <= len(parts) <= 2:
        raise BadInput("dates", text[:100])
    days = []
    for part in parts:
        day = typed.day(part, today=today, field="dates")
        short = re.fullmatch(r"\d{1,2}[./\-]\d{1,2}\.?", part)
        days.append(day.replace(year=day.year - 1) if short and day > today else day)
    return days[0], days[-1]


async def workbook(
    query: CallbackQuery,
    callback_data: ReportFile,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """The report as a file to keep."""
    since, until = _days(callback_data, clock)
    brand = BrandId(callback_data.brand)
    demand_report(actor, brand)
    async with reply.busy(query, ChatAction.UPLOAD_DOCUMENT):
        told, sheets = await report_sheets(
            new_uow, actor=actor, brand=brand, since=since, until=until
        )
        data = await asyncio.to_thread(report_file, t, told, sheets)
    name = f"ules-report-{since:%Y-%m-%d}-{told.last:%Y-%m-%d}.xlsx"
    await reply.send_new(query, screens.file(t, Document(name, data), told, callback_data))


def setup() -> Router:
    """Routes of a brand's report."""
    router = Router(name=__name__)
    router.message.register(show, Command("report"), manages_a_brand)
    router.callback_query.register(show, BrandReport.filter())
    router.callback_query.register(ask_dates, ReportDates.filter())
    router.callback_query.register(workbook, ReportFile.filter())
    router.message.register(typed_dates, StateFilter(OwnDates.dates), ~F.text.startswith("/"))
    return router
