"""Lists of offers: the catalogue by order and filter, what a search found, what was saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from typing import Final

from bot.callbacks.offers import (
    Catalogue,
    Filter,
    NarrowCatalogue,
    OfferCard,
    SavedOffers,
    SearchOffers,
    View,
)
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, cut_plain, grid, home, keyboard, pager
from bot.screens.deadlines import late_mark
from bot.screens.offers import MARKS, short_rate
from bot.screens.words import word
from core.catalogue import TYPICAL_ORDER, Facets, Listing, Order, Page, SavedPage
from core.orders import ALMATY, Place
from core.people import Category

ASKED_MAX: Final = 40  # characters of a question that are shown again


def catalogue(
    t: Translator, page: Page, asked: Catalogue, *, words: str = "", suits: bool = False
) -> Screen:
    """The page of open offers that was asked for, with the ways to narrow it.

    `words` are what was searched for; `suits` says that there is a list "for me".
    """
    order = page.order
    narrowed = asked.category is not None or asked.place is not None
    parts: list[str] = [_heading(t, order, words)]
    if page.listings:
        if asked.order is None and suits and order is Order.NEW:
            parts.append(t("Nothing fits your profile now, so here is everything that is new."))
        parts += [_line(t, listing, dated=order is Order.ENDING) for listing in page.listings]
    else:
        parts.append(_nothing(t, page, words=words, narrowed=narrowed))
    here = asked.model_copy(update={"order": order})
    view = View.FOUND if asked.found else View.OPEN
    rows: list[Row] = [
        _to_card(
            t,
            listing,
            OfferCard(
                offer=listing.offer.id or 0,
                category=asked.category,
                place=asked.place,
                start=asked.start,
                order=order,
                view=view,
            ),
        )
        for listing in page.listings
    ]
    previous = page.previous and here.model_copy(update={"start": -page.previous})
    following = page.next and here.model_copy(update={"start": page.next})
    return Screen(
        text="\n\n".join(parts),
        keyboard=keyboard(
            *rows,
            pager(t, None, following or None, previous=previous or None),
            _without_filters(t, asked) if narrowed and not page.listings else None,
            [
                button(f"↕️ {_order(t, order)} ▾", _narrow(here, Filter.ORDER)),
                button(
                    "🔎 " + (t.plain("Another search") if words else t.plain("Search")),
                    SearchOffers(category=asked.category, place=asked.place),
                ),
            ],
            [
                button(
                    f"{word(t, asked.category) if asked.category else t.plain('All categories')} ▾",
                    _narrow(here, Filter.CATEGORY),
                ),
                button(
                    f"{word(t, asked.place) if asked.place else t.plain('All shops')} ▾",
                    _narrow(here, Filter.PLACE),
                ),
            ],
            [
                button("✕ " + t.plain("End the search"), Catalogue())
                if words
                else button("🔖 " + t.plain("Saved"), SavedOffers()),
                home(t),
            ],
        ),
    )


def _heading(t: Translator, order: Order, words: str) -> Html:
    if words:
        shown = cut_plain(words, ASKED_MAX)
        title = t("<b>Search</b> · “{words}” · {order}", words=shown, order=_order(t, order))
    else:
        title = t("<b>Offers</b> · {order}", order=_order(t, order))
    if order is Order.REWARD:
        more = t("By what an order of {amount} would bring.", amount=TYPICAL_ORDER)
        return Html(f"{title}\n{more}")
    return title


def _nothing(t: Translator, page: Page, *, words: str, narrowed: bool) -> str:
    if page.next is not None:
        return t("The offers here are for others. Press “Next” to look further.")
    if words and narrowed:
        return t("Nothing was found with these filters. Try without them, or with fewer words.")
    if words:
        return t(
            "Nothing was found. Try one word, the name of the brand or of the goods, "
            "in Kazakh, Russian or Latin letters: “кокше” also finds «Көкше»."
        )
    if narrowed:
        return t("No offers with this filter now. Try another one.")
    if page.order is Order.FOR_ME:
        return t("Nothing fits your profile now. Look at the newest ones: press “↕️” below.")
    if page.order is Order.ENDING:
        return t("No open offer has an end date.")
    return t("No offers are open now. New ones come every week: look in again.")


def _without_filters(t: Translator, asked: Catalogue) -> Row:
    everything = Catalogue(order=asked.order, found=asked.found)
    return button(t.plain("Without filters"), everything)


def _narrow(here: Catalogue, by: Filter) -> NarrowCatalogue:
    return NarrowCatalogue(
        by=by, category=here.category, place=here.place, order=here.order, found=here.found
    )


def _order(t: Translator, order: Order) -> str:
    match order:
        case Order.FOR_ME:
            return t.plain("For me")
        case Order.REWARD:
            return t.plain("Highest reward")
        case Order.NEW:
            return t.plain("Newest")
        case Order.ENDING:
            return t.plain("Ending soon")


def _to_card(t: Translator, listing: Listing, to: OfferCard) -> Row:
    offer = listing.offer
    return button(f"{MARKS[offer.category]} {offer.text(t.locale).title}", to)


def _line(t: Translator, listing: Listing, *, dated: bool = False) -> Html:
    offer = listing.offer
    facts = [Html(escape(listing.brand, quote=False)), Html(escape(word(t, offer.place)))]
    facts.append(short_rate(t, offer.terms.rule))
    if not listing.open:
        facts.append(t("closed now"))
    elif dated and offer.ends_at is not None:
        last = (offer.ends_at.astimezone(ALMATY) - timedelta(seconds=1)).date()
        facts.append(t("until {last}", last=last))
    if listing.late:
        facts.append(late_mark(t, listing.late))
    title = escape(offer.text(t.locale).title, quote=False)
    return Html(f"{MARKS[offer.category]} <b>{title}</b>\n" + " · ".join(facts))


def narrow(t: Translator, asked: NarrowCatalogue, facets: Facets, *, suits: bool = False) -> Screen:
    """The choice of a filter or of the order.

    A filter says how many offers each choice would show, but for the list "for me", in which that
    depends on the profile as well.
    """
    now = Catalogue(
        category=asked.category, place=asked.place, order=asked.order, found=asked.found
    )
    match asked.by:
        case Filter.ORDER:
            text = t("<b>Order</b>\nWhich offers do you want to see first?")
            rows = _orders(t, now, suits=suits)
        case Filter.CATEGORY:
            text = t("<b>Category</b>\nWhat do you want to tell your followers about?")
            everything = now.model_copy(update={"category": None})
            rows = [button(t.plain("All categories"), everything)]
            rows += grid(
                [
                    button(
                        f"{MARKS[one]} {_counted(t, one, number, now)}",
                        now.model_copy(update={"category": one}),
                    )
                    for one, number in facets.categories.items()
                ]
            )
        case Filter.PLACE:
            text = t("<b>Where it is bought</b>\nWhere do your followers like to buy?")
            rows = [button(t.plain("All shops"), now.model_copy(update={"place": None}))]
            rows += grid(
                [
                    button(_counted(t, one, number, now), now.model_copy(update={"place": one}))
                    for one, number in facets.places.items()
                ]
            )
    return Screen(text, keyboard(*rows, [back(t, now), home(t)]))


def _orders(t: Translator, now: Catalogue, *, suits: bool) -> list[Row]:
    offered = [one for one in Order if suits or one is not Order.FOR_ME]
    return [
        button(
            f"{'✓ ' if one is now.order else ''}{_order(t, one)}",
            now.model_copy(update={"order": one}),
        )
        for one in offered
    ]


def _counted(t: Translator, one: Category | Place, number: int, now: Catalogue) -> str:
    named = word(t, one)
    return named if now.order is Order.FOR_ME else f"{named} · {t.value(number)}"


def ask_words(t: Translator, back_to: Catalogue, *, unclear: bool = False) -> Screen:
    """What is looked for? `unclear` says that the answer had no word in it."""
    lines = [
        t(
            "<b>Search</b>\nWhat are you looking for? Write a word or two: the goods, or the "
            "brand. Example: <code>{example}</code>",
            example="крем қыран",
        )
    ]
    if unclear:
        lines.insert(0, t("There is no word in this that could be looked for."))
    return Screen(
        "\n\n".join(lines), keyboard([button("✕ " + t.plain("Cancel"), back_to), home(t)])
    )


def saved(t: Translator, page: SavedPage, *, after: int) -> Screen:
    """The offers that the person has saved."""
    parts: list[str] = [t("<b>Saved offers</b>")]
    parts += [_line(t, listing) for listing in page.listings]
    if not page.listings:
        parts.append(
            t("Nothing is saved yet. On an offer press “Save”, and it waits for you here.")
        )
    rows: Sequence[Row] = [
        _to_card(t, listing, OfferCard(offer=listing.offer.id or 0, start=after, view=View.SAVED))
        for listing in page.listings
    ]
    return Screen(
        "\n\n".join(parts),
        keyboard(
            *rows,
            pager(
                t,
                SavedOffers() if after else None,
                SavedOffers(after=page.next) if page.next else None,
            ),
            [button("🛍 " + t.plain("All offers"), Catalogue()), home(t)],
        ),
    )
