"""Order files: a file sent to the chat is looked at, set right, confirmed, and taken in."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, Final, TypedDict, cast

from aiogram import Bot, F, Router
from aiogram.enums import ChatAction
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_import import Import, ImportAction, ImportForm
from bot.filters import manages_a_brand
from bot.i18n import Translator
from bot.large_files import large_file
from bot.run_desk import RunDesk
from bot.screens import brand_import as screens
from bot.screens import runs as run_screens
from bot.screens.base import Screen
from bot.screens.errors import refusal
from bot.settings import Settings
from bot.states import SendOrders, SendProof, WriteOffer
from core.errors import DomainError, FileRefused, NotFound, OutOfDate
from core.ids import BrandId, UploadId
from core.orders import OrderStatus, Place
from core.people import Actor, Brand
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.sources.base import SourceKind
from core.sources.drift import Drift
from core.sources.mapping import COLUMNS_KEPT, FIELDS, Mapping, guess
from core.usecases.brands import own_brands
from core.usecases.imports import (
    MAX_UPLOAD,
    PLACE_OF,
    UploadView,
    look_again,
    start_import,
    upload_orders,
    watch_run,
)

Event = Message | CallbackQuery

FILE: Final = "orders_file"  # the key of the data


class _Waiting(TypedDict):
    """A file whose brand is not said yet."""

    file_id: str
    name: str


class _Draft(TypedDict):
    """A file that is being looked at; "" where something is not said."""

    brand: int
    upload: int
    name: str
    kind: str
    mapping: str
    header: list[str]
    unknown: list[str]
    rows: int
    place: str
    default_status: str
    drift: dict[str, Any] | None  # what has changed since the file before, as far as it is open


async def begin(
    event: Event,
    bot: Bot,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    settings: Settings,
    state: FSMContext,
    callback_data: Import | None = None,
) -> None:
    """Ask for a file; where one waits for its brand, look at it."""
    waiting = await _data(state) if await state.get_state() == SendOrders.brand.state else {}
    brand = await _brand(actor, new_uow, callback_data.brand if callback_data else 0)
    if brand is None:
        brands = await own_brands(new_uow, actor=actor)
        name = waiting.get("name", "")
        if not name:
            await state.set_state(None)
        await reply.show(event, screens.choose_brand(t, brands, file=name))
        return
    if waiting.get("file_id"):
        found = _Waiting(file_id=waiting["file_id"], name=waiting["name"])
        await _look(event, found, brand, bot, actor, t, new_uow, clock, box, settings, state)
        return
    await _ask(event, brand, t, state)


async def sent(
    message: Message,
    bot: Bot,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    settings: Settings,
    state: FSMContext,
) -> None:
    """A file, whether or not it was asked for."""
    document = message.document
    assert document is not None
    asked = (await _data(state)).get("brand", 0) if await _awaited(state) else 0
    brand = await _brand(actor, new_uow, asked)
    file = _Waiting(file_id=document.file_id, name=document.file_name or "orders")
    if brand is None:
        await _put(state, dict(file))
        await state.set_state(SendOrders.brand)
        brands = await own_brands(new_uow, actor=actor)
        await reply.show(message, screens.choose_brand(t, brands, file=file["name"]))
        return
    if (document.file_size or 0) > MAX_UPLOAD:
        await _await_file(brand, state)
        page = await large_file(new_uow, clock, settings, actor=actor, brand=brand, t=t, sent=True)
        await reply.show(message, page)
        return
    await _look(message, file, brand, bot, actor, t, new_uow, clock, box, settings, state)


async def _look(
    event: Event,
    file: _Waiting,
    brand: Brand,
    bot: Bot,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    settings: Settings,
    state: FSMContext,
) -> None:
    """Fetch the file and show what was understood of it, or why nothing was."""
    try:
        async with reply.busy(event, ChatAction.TYPING):
            data = await _fetched(bot, file["file_id"])
            view = await upload_orders(
                new_uow, clock, box, actor=actor, brand=brand.id, name=file["name"], data=data
            )
    except FileRefused as error:
        if error.reason != "too_big":
            await _ask(event, brand, t, state, error)
            return
        await _await_file(brand, state)
        page = await large_file(new_uow, clock, settings, actor=actor, brand=brand, t=t, sent=True)
        await reply.show(event, page)
        return
    await reply.show(event, await preview(view, brand, t, state))


async def preview(view: UploadView, brand: Brand, t: Translator, state: FSMContext) -> Screen:
    """Begin to talk about a file that is there: what was understood of it."""
    kind = view.preview.kind
    place = PLACE_OF.get(kind) or view.place
    await _put(
        state,
        dict(
            _Draft(
                brand=brand.id,
                upload=view.upload,
                name=view.name,
                kind=kind,
                mapping=view.preview.mapping.to_json(),
                header=list(view.preview.header[:COLUMNS_KEPT]),
                unknown=[],
                rows=view.preview.rows,
                place=place or "",
                default_status=view.default_status or "",
                drift=view.preview.drift.to_record() if view.preview.drift else None,
            )
        ),
    )
    await state.set_state(SendOrders.preview)
    return await _preview(await _draft(state), view, brand, t, state)


async def ask_again(
    brand: Brand, t: Translator, state: FSMContext, problem: str | None = None
) -> Screen:
    """Ask for a file; `problem` (plain) says what was wrong with the last one."""
    await _await_file(brand, state)
    return screens.ask_file(t, brand, problem=problem)


async def _await_file(brand: Brand, state: FSMContext) -> None:
    await _put(state, {"brand": int(brand.id)})
    await state.set_state(SendOrders.file)


async def _fetched(bot: Bot, file_id: str) -> bytes:
    """The file's content; raises FileRefused("too_big") beyond what Telegram hands a bot."""
    try:
        file = await bot.get_file(file_id)
        if (file.file_size or 0) > MAX_UPLOAD or file.file_path is None:
            raise FileRefused("too_big")
        content = _Bounded()
        await bot.download_file(file.file_path, content)
    except TelegramBadRequest as error:
        if "too big" in error.message:
            raise FileRefused("too_big") from error
        raise
    return content.getvalue()


class _Bounded(io.BytesIO):
    """Takes no more than Telegram hands a bot, whatever a server says of the size."""

    def write(self, data: Any, /) -> int:
        if self.tell() + len(data) > MAX_UPLOAD:
            raise FileRefused("too_big")
        return super().write(data)


async def pressed(
    query: CallbackQuery,
    callback_data: ImportForm,
    bot: Bot,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    run_desk: RunDesk,
    state: FSMContext,
) -> None:
    """A button of the preview."""
    draft = await _draft(state)
    if draft["upload"] != callback_data.upload:
        raise OutOfDate("import")
    await state.set_state(SendOrders.preview)
    upload, index = UploadId(draft["upload"]), callback_data.index
    match callback_data.action:
        case ImportAction.FIELD:
            screen = screens.choose_column(
                t, upload, draft["header"], _at(FIELDS, callback_data.field), start=max(0, index)
            )
            await reply.show(query, screen)
            return
        case ImportAction.WORDS:
            await reply.show(query, screens.choose_word(t, upload, draft["unknown"]))
            return
        case ImportAction.WORD:
            _at(draft["unknown"], index)
            await reply.show(query, screens.choose_meaning(t, upload, draft["unknown"], index))
            return
        case ImportAction.PLACES:
            await reply.show(query, screens.choose_place(t, upload))
            return
        case ImportAction.START:
            await _start(query, draft, bot, actor, t, new_uow, clock, run_desk, state)
            return
        case _:
            changed = _changed(draft, callback_data)
    await _again(query, changed, draft, callback_data.action, actor, t, new_uow, box, state)


def _changed(draft: _Draft, button: ImportForm) -> _Draft:
    """The draft with what a button says."""
    mapping = Mapping.from_json(draft["mapping"])
    changed = draft.copy()
    match button.action:
        case ImportAction.COLUMN | ImportAction.NO_COLUMN:
            name = _at(FIELDS, button.field)
            there = button.action is ImportAction.COLUMN
            mapping = mapping.with_column(
                name, _at(draft["header"], button.index) if there else None
            )
            if name == "status":
                changed["default_status"] = ""
            if drift := _drift(draft):
                changed["drift"] = drift.answered(name).to_record()
        case ImportAction.ANEW if _drift(draft):
            mapping = replace(guess(draft["header"]), fingerprint=mapping.fingerprint)
            changed |= {"drift": None, "default_status": ""}
            if SourceKind(draft["kind"]) not in PLACE_OF:
                changed["place"] = ""
        case ImportAction.MEANING:
            meaning = _at(tuple(OrderStatus), button.index)
            mapping = mapping.with_status_word(_at(draft["unknown"], button.field), meaning)
        case ImportAction.PLACE if SourceKind(draft["kind"]) not in PLACE_OF:
            changed["place"] = _at(tuple(Place), button.index)
        case ImportAction.STATUS:
            changed["default_status"] = _at(tuple(OrderStatus), button.index)
    changed["mapping"] = mapping.to_json()
    return changed


def _drift(draft: _Draft) -> Drift | None:
    record = draft.get("drift")
    return Drift.from_record(record) if record else None


async def _again(
    event: Event,
    draft: _Draft,
    before: _Draft,
    action: ImportAction,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    box: SecretBox,
    state: FSMContext,
) -> None:
    """Read the file by what is said of it now, or as `before` if that makes no sense."""
    brand = await _brand(actor, new_uow, draft["brand"])
    if brand is None:
        raise OutOfDate("import")
    problem = None
    async with reply.busy(event):
        try:
            try:
                view = await _view(draft, actor, new_uow, box)
            except FileRefused as error:
                problem = refusal(t, error)
                draft = before
                view = await _view(draft, actor, new_uow, box)
        except NotFound:  # it has been taken in meanwhile, by a colleague
            await _ask(event, brand, t, state, OutOfDate("import"))
            return
    if action is ImportAction.FIELDS:
        await _remember(draft, view, state)
        await reply.show(event, screens.choose_field(t, view))
        return
    await reply.show(event, await _preview(draft, view, brand, t, state, problem=problem))


async def _view(
    draft: _Draft, actor: Actor, new_uow: UnitOfWorkFactory, box: SecretBox
) -> UploadView:
    status = draft["default_status"]
    return await look_again(
        new_uow,
        box,
        actor=actor,
        brand=BrandId(draft["brand"]),
        upload=UploadId(draft["upload"]),
        name=draft["name"],
        mapping=Mapping.from_json(draft["mapping"]),
        default_status=OrderStatus(status) if status else None,
    )


async def _preview(
    draft: _Draft,
    view: UploadView,
    brand: Brand,
    t: Translator,
    state: FSMContext,
    *,
    problem: str | None = None,
) -> Screen:
    await _remember(draft, view, state)
    status = draft["default_status"]
    return screens.preview(
        t,
        brand,
        view,
        place=Place(draft["place"]) if draft["place"] else None,
        default_status=OrderStatus(status) if status else None,
        drift=_drift(draft),
        problem=problem,
    )


async def _remember(draft: _Draft, view: UploadView, state: FSMContext) -> None:
    """Keep the texts that the next screen asks about: its buttons only count them."""
    unknown = list(view.preview.unknown_statuses[: screens.WORDS_SHOWN])
    await _put(state, {**draft, "unknown": unknown})


async def typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    box: SecretBox,
    state: FSMContext,
) -> None:
    """Something else than a file: say again what is awaited."""
    data = await _data(state)
    current = await state.get_state()
    if current == SendOrders.preview.state:
        draft = await _draft(state)
        await _again(message, draft, draft, ImportAction.PREVIEW, actor, t, new_uow, box, state)
        return
    brand = await _brand(actor, new_uow, data.get("brand", 0))
    if brand is None or current == SendOrders.brand.state:
        brands = await own_brands(new_uow, actor=actor)
        await reply.show(message, screens.choose_brand(t, brands, file=data.get("name", "")))
        return
    await _ask(message, brand, t, state)


# --- taking it in --------------------------------------------------------------------------------


async def _start(
    query: CallbackQuery,
    draft: _Draft,
    bot: Bot,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    run_desk: RunDesk,
    state: FSMContext,
) -> None:
    """Queue the file and take it in beside everything else; the message shows how far it is."""
    drift = _drift(draft)
    if not draft["place"] or (drift and drift.lost):
        raise OutOfDate("import")
    status = draft["default_status"]
    run = await start_import(
        new_uow,
        clock,
        actor=actor,
        brand=BrandId(draft["brand"]),
        upload=UploadId(draft["upload"]),
        name=draft["name"],
        kind=SourceKind(draft["kind"]),
        place=Place(draft["place"]),
        mapping=Mapping.from_json(draft["mapping"]),
        default_status=OrderStatus(status) if status else None,
        total=draft["rows"],
    )
    await _put(state, {})
    await state.set_state(None)
    screen = run_screens.progress(t, run)
    await reply.answered(query)
    chat, place = query.from_user.id, query.message
    if isinstance(place, Message) and await reply.rewrite(bot, chat, place.message_id, screen):
        message = place.message_id
    else:
        message = (await reply.send_new(query, screen)).message_id
    await watch_run(new_uow, actor=actor, run=run.id, place=(chat, message))
    run_desk.wake()


# --- what is kept between two taps ---------------------------------------------------------------


async def _ask(
    event: Event,
    brand: Brand,
    t: Translator,
    state: FSMContext,
    error: DomainError | None = None,
) -> None:
    problem = refusal(t, error) if error else None
    await reply.show(event, await ask_again(brand, t, state, problem))


async def _brand(actor: Actor, new_uow: UnitOfWorkFactory, wanted: int) -> Brand | None:
    """The brand that is meant, or the actor's only one; None where it must be asked."""
    own = await own_brands(new_uow, actor=actor)
    if not own:
        actor.demand_brand(BrandId(wanted))
    if wanted:
        actor.demand_brand(BrandId(wanted))
        return next(brand for brand in own if brand.id == wanted)
    return own[0] if len(own) == 1 else None


async def _awaited(state: FSMContext) -> bool:
    return await state.get_state() in (SendOrders.file.state, SendOrders.preview.state)


async def _data(state: FSMContext) -> dict[str, Any]:
    found: dict[str, Any] = (await state.get_data()).get(FILE) or {}
    return found


async def _draft(state: FSMContext) -> _Draft:
    """The file that is being looked at; raises OutOfDate where there is none (any more)."""
    data = await _data(state)
    if "upload" not in data:
        raise OutOfDate("import")
    return cast("_Draft", data)


async def _put(state: FSMContext, data: dict[str, Any]) -> None:
    await state.update_data({FILE: data})


def _at(values: Any, index: int) -> Any:
    """The value that a button counts; what is not there has changed meanwhile."""
    if not 0 <= index < len(values):
        raise OutOfDate("import")
    return values[index]


def setup() -> Router:
    """The routes of order files."""
    router = Router(name=__name__)
    router.message.register(begin, Command("import"), manages_a_brand)
    elsewhere = ~StateFilter(SendProof, WriteOffer)  # they await a file of their own
    no_picture = ~F.document.mime_type.startswith("image/")
    router.message.register(sent, StateFilter(SendOrders), F.document)
    router.message.register(sent, F.document, no_picture, elsewhere, manages_a_brand)
    router.message.register(typed, StateFilter(SendOrders), ~F.text.startswith("/"))
    router.callback_query.register(begin, Import.filter())
    router.callback_query.register(pressed, ImportForm.filter())
    return router
