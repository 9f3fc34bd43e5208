"""A manager lends a creator articles, ids of promo codes and tags, and takes them back."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import Any, Final

from aiogram import Bot, F, Router
from aiogram.enums import ChatAction
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_handles import HandleList, LendForm, LendHandles, OwnHandles, TakeBack
from bot.i18n import Translator
from bot.screens import brand_handles as screens
from bot.screens import handles as own_screens
from bot.screens.errors import refusal
from bot.states import Lend
from core import typed
from core.errors import BadInput, FileRefused, HandleImpossible, OutOfDate
from core.handles import AT_ONCE, HandleKind, Term
from core.ids import EnrolmentId, HandleId
from core.orders import ALMATY
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.sources.code_list import SIZE_MAX, column_of
from core.usecases.handles import (
    Reservation,
    check_handles,
    lent_to,
    own_handles,
    release_handles,
    reserve_handles,
)

_LEFT: Final = (Lend.values.state, Lend.preview.state)


async def listing(
    query: CallbackQuery,
    callback_data: HandleList,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """What the creator has; a list that was being made is left."""
    view = await lent_to(
        new_uow, clock, actor=actor, enrolment=EnrolmentId(callback_data.enrolment)
    )
    if await state.get_state() in _LEFT:
        await state.clear()
    await reply.show(query, screens.handle_list(t, view))


async def ask(
    query: CallbackQuery,
    callback_data: LendHandles,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Ask which handles to lend."""
    view = await lent_to(
        new_uow, clock, actor=actor, enrolment=EnrolmentId(callback_data.enrolment)
    )
    kind = callback_data.kind
    if kind not in view.kinds:
        raise HandleImpossible(view.why_not(kind))
    await state.set_state(Lend.values)
    await state.set_data({"enrolment": view.enrolment.id, "kind": kind})
    await reply.show(query, screens.ask(t, view, kind))


async def values(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    bot: Bot,
) -> None:
    """The handles, typed or in a file."""
    form = await state.get_data()
    enrolment, kind = _of(form)
    try:
        texts = await _texts(message, bot)
        checked = await check_handles(
            new_uow,
            clock,
            actor=actor,
            enrolment=enrolment,
            kind=kind,
            texts=texts,
            term=Term(since=clock()),
        )
    except (BadInput, FileRefused) as error:
        view = await lent_to(new_uow, clock, actor=actor, enrolment=enrolment)
        await reply.show(message, screens.ask(t, view, kind, trouble=refusal(t, error)))
        return
    await state.set_state(Lend.preview)
    await state.set_data({"enrolment": enrolment, "kind": kind, "texts": texts})
    await reply.show(message, screens.preview(t, checked))


async def _texts(message: Message, bot: Bot) -> list[str]:
    """Each once, and only so many that the form can keep them."""
    if message.document is None:
        found = re.split(r"[\n;,]", message.text or "")
    else:
        if (message.document.file_size or 0) > SIZE_MAX:
            raise FileRefused("too_big")
        async with reply.busy(message, ChatAction.TYPING):
            content = await bot.download(message.document.file_id)
            data = content.read() if content else b""
            found = await asyncio.to_thread(column_of, data)
    texts = [text.strip()[:200] for text in found if text.strip()]
    if not texts or len(texts) > AT_ONCE:
        raise BadInput("handles")
    return texts


async def dates(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Other dates than from now on."""
    form = await state.get_data()
    trouble: str | None = None
    try:
        term = _term(message.text or "", clock())
        form |= {
            "since": term.since.isoformat(),
            "until": term.until.isoformat() if term.until else "",
        }
        checked = await _checked(new_uow, clock, actor, form)
        await state.set_data(form)
    except BadInput as error:
        trouble = refusal(t, error)
        checked = await _checked(new_uow, clock, actor, await state.get_data())
    await reply.show(message, screens.preview(t, checked, trouble=trouble))


def _term(text: str, now: datetime) -> Term:
    """One day, or the first and the last."""
    days = typed.days(text, today=now.astimezone(ALMATY).date(), field="term")
    return Term(
        since=typed.day_start(days[0]),
        until=typed.day_end(days[1]) if len(days) > 1 else None,
    )


async def _checked(
    new_uow: UnitOfWorkFactory, clock: Clock, actor: Actor, form: dict[str, Any]
) -> Reservation:
    enrolment, kind = _of(form)
    return await check_handles(
        new_uow,
        clock,
        actor=actor,
        enrolment=enrolment,
        kind=kind,
        texts=form["texts"],
        term=_kept(form) or Term(since=clock()),
    )


def _kept(form: dict[str, Any]) -> Term | None:
    """The dates that were typed; None for from now on."""
    if not form.get("since"):
        return None
    until = form.get("until")
    return Term(
        since=datetime.fromisoformat(form["since"]),
        until=datetime.fromisoformat(until) if until else None,
    )


def _of(form: dict[str, Any]) -> tuple[EnrolmentId, HandleKind]:
    if "kind" not in form:
        raise OutOfDate("handles")
    return EnrolmentId(int(form["enrolment"])), HandleKind(form["kind"])


async def lend(
    query: CallbackQuery,
    callback_data: LendForm,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Lend those of the list that are free."""
    form = await state.get_data()
    if await state.get_state() != Lend.preview.state or form.get("enrolment") != (
        callback_data.enrolment
    ):
        raise OutOfDate("handles")
    enrolment, kind = _of(form)
    async with reply.busy(query, ChatAction.TYPING):
        done = await reserve_handles(
            new_uow,
            clock,
            actor=actor,
            enrolment=enrolment,
            kind=kind,
            texts=form["texts"],
            term=_kept(form),
        )
    await state.clear()
    view = await lent_to(new_uow, clock, actor=actor, enrolment=enrolment)
    await reply.show(query, screens.handle_list(t, view, done=done))


async def take_back(
    query: CallbackQuery,
    callback_data: TakeBack,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Ask, then take one back, or all."""
    enrolment = EnrolmentId(callback_data.enrolment)
    wanted = HandleId(callback_data.handle) if callback_data.handle else None
    if callback_data.sure:
        view = await release_handles(
            new_uow, clock, actor=actor, enrolment=enrolment, handle=wanted
        )
        await reply.show(query, screens.handle_list(t, view, gone=True))
        return
    view = await lent_to(new_uow, clock, actor=actor, enrolment=enrolment)
    handle = next((one for one in view.handles if one.id == wanted), None)
    if not view.handles or (wanted is not None and handle is None):
        raise OutOfDate("sku")
    await reply.show(query, screens.confirm(t, view, handle))


async def own(
    query: CallbackQuery,
    callback_data: OwnHandles,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """What the creator themselves has."""
    view = await own_handles(
        new_uow, clock, actor=actor, enrolment=EnrolmentId(callback_data.enrolment)
    )
    await reply.show(query, own_screens.own(t, view))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(listing, HandleList.filter())
    router.callback_query.register(ask, LendHandles.filter())
    router.callback_query.register(lend, LendForm.filter())
    router.callback_query.register(take_back, TakeBack.filter())
    router.callback_query.register(own, OwnHandles.filter())
    typing = (F.chat.type == "private", ~F.text.startswith("/"))
    router.message.register(values, StateFilter(Lend.values), *typing)
    router.message.register(dates, StateFilter(Lend.preview), *typing)
    return router
