"""A creator's results, what comes when, and statements to keep."""

from __future__ import annotations

from datetime import date

from aiogram import Router
from aiogram.enums import ChatAction
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.wallet import Results, StatementOf
from bot.i18n import Translator
from bot.screens import earnings as screens
from bot.statements import statement_file
from core.errors import OutOfDate
from core.people import Actor
from core.periods import Span, month, months_back
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.earnings import earnings, statement

MONTHS = 6  # that are offered
FIRST_YEAR = 2020  # before which there is nothing


async def results(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    callback_data: Results | None = None,
) -> None:
    """Results of a period with their chart."""
    period = (callback_data or Results()).period
    earned = await earnings(new_uow, clock, actor=actor, period=period)
    await reply.show(event, screens.results(t, earned))


async def statements(
    query: CallbackQuery,
    callback_data: StatementOf,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Choose a statement, or get it."""
    if not callback_data.make:
        months = months_back(clock(), MONTHS)
        await reply.show(query, screens.statement_menu(t, months, callback_data.kind))
        return
    covered, period, name = _covered(t, callback_data.month, clock)
    async with reply.busy(query, ChatAction.UPLOAD_DOCUMENT):
        told = await statement(new_uow, actor=actor, covered=covered)
        document = await statement_file(t, told, callback_data.kind, name)
    await reply.send_new(query, screens.statement(t, document, period, told.states))


def _covered(t: Translator, number: int, clock: Clock) -> tuple[Span, str, str]:
    """The days of a month (yyyymm) or of all time, in words, and for the name of a file.

    OutOfDate("statement") for what is no month, or none that anybody could have earned in.
    """
    if not number:
        return Span(), t.plain("All time"), "ules-statement"
    try:
        first = date(number // 100, number % 100, 1)
    except (ValueError, OverflowError):
        raise OutOfDate("statement") from None
    if not FIRST_YEAR <= first.year <= clock().year:
        raise OutOfDate("statement")
    return month(first), screens.month_name(t, first), f"ules-statement-{first:%Y-%m}"


def setup() -> Router:
    """Routes of results and statements."""
    router = Router(name=__name__)
    router.message.register(results, Command("stats"))
    router.callback_query.register(results, Results.filter())
    router.callback_query.register(statements, StatementOf.filter())
    return router
