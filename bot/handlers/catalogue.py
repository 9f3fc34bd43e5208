"""Looking for offers: the catalogue, its orders and filters, the search, the saved ones."""

from __future__ import annotations

from typing import Final

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.offers import Catalogue, Filter, NarrowCatalogue, SavedOffers, SearchOffers
from bot.i18n import Translator
from bot.screens import catalogue as screens
from bot.states import FindOffers
from core import spelling
from core.catalogue import Cursor, Facets, Filters, Order, Page, suits
from core.ids import OfferId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.catalogue import catalogue, facets, saved_offers

WORDS: Final = "offer_words"  # what the person searched for last
FILTERS: Final = "offer_filters"  # under which filters the search began
WORDS_MAX: Final = 100  # characters of a question that are kept


async def browse(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    callback_data: Catalogue | None = None,
) -> None:
    """A page of the catalogue, or of what the last search found."""
    if await state.get_state() == FindOffers.words.state:
        await state.set_state(None)
    asked = callback_data or Catalogue()
    words = str((await state.get_data()).get(WORDS, "")) if asked.found else ""
    if asked.found and not words:  # the question was forgotten: it is asked again
        asked = asked.model_copy(update={"found": False, "start": 0})
    await _show(event, asked, words, actor, t, new_uow, clock)


async def _show(
    event: Message | CallbackQuery,
    asked: Catalogue,
    words: str,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    page = await _page(asked, words, actor, new_uow, clock)
    if not page.listings and page.next is None and asked.start:
        # its offers have closed since the page was linked
        asked = asked.model_copy(update={"start": 0})
        page = await _page(asked, words, actor, new_uow, clock)
    await reply.show(event, screens.catalogue(t, page, asked, words=words, suits=suits(actor)))


async def _page(
    asked: Catalogue, words: str, actor: Actor, new_uow: UnitOfWorkFactory, clock: Clock
) -> Page:
    cursor = Cursor(
        after=OfferId(asked.start) if asked.start > 0 else None,
        before=OfferId(-asked.start) if asked.start < 0 else None,
    )
    filters = Filters(category=asked.category, place=asked.place, needles=spelling.needles(words))
    return await catalogue(
        new_uow, clock, actor=actor, order=asked.order, filters=filters, cursor=cursor
    )


async def narrow(
    query: CallbackQuery,
    callback_data: NarrowCatalogue,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The choice of a category, a place or an order."""
    counts = Facets()
    if callback_data.by is not Filter.ORDER:
        words = str((await state.get_data()).get(WORDS, "")) if callback_data.found else ""
        filters = Filters(
            category=callback_data.category,
            place=callback_data.place,
            needles=spelling.needles(words),
        )
        counts = await facets(new_uow, clock, filters=filters)
    await reply.show(query, screens.narrow(t, callback_data, counts, suits=suits(actor)))


async def ask(
    query: CallbackQuery, callback_data: SearchOffers, t: Translator, state: FSMContext
) -> None:
    """Begin a search."""
    asked = Catalogue(category=callback_data.category, place=callback_data.place)
    await state.set_state(FindOffers.words)
    await state.update_data({FILTERS: asked.pack()})
    await reply.show(query, screens.ask_words(t, asked))


async def search(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """What was typed is looked for in all offers; what has no word in it is asked for again."""
    packed = str((await state.get_data()).get(FILTERS) or Catalogue().pack())
    asked = Catalogue.unpack(packed)
    words = " ".join((message.text or "").split())[:WORDS_MAX]
    if not spelling.needles(words):
        await reply.show(message, screens.ask_words(t, asked, unclear=True))
        return
    await state.set_state(None)
    await state.update_data({WORDS: words})
    await _show(
        message,
        asked.model_copy(update={"found": True, "order": Order.NEW}),
        words,
        actor,
        t,
        new_uow,
        clock,
    )


async def saved(
    query: CallbackQuery,
    callback_data: SavedOffers,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """The offers that the person has saved."""
    after = callback_data.after
    page = await saved_offers(new_uow, clock, actor=actor, after=after or None)
    if not page.listings and after:  # what was on the page is saved no longer
        after = 0
        page = await saved_offers(new_uow, clock, actor=actor)
    await reply.show(query, screens.saved(t, page, after=after))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(browse, Command("offers"))
    router.callback_query.register(browse, Catalogue.filter())
    router.callback_query.register(narrow, NarrowCatalogue.filter())
    router.callback_query.register(ask, SearchOffers.filter())
    router.callback_query.register(saved, SavedOffers.filter())
    router.message.register(search, FindOffers.words, ~F.text.startswith("/"))
    return router
