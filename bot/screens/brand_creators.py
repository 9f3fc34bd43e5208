"""What a manager sees of the creators of an offer."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from bot.callbacks.brand_admission import (
    Applications,
    FindCreator,
    InviteToOffer,
    RestoreInOffer,
    SuspendInOffer,
)
from bot.callbacks.brand_codes import ChangeCode, NoticeStep, Pool, Wishes
from bot.callbacks.brand_creators import BrandCreators, OfferCreators
from bot.callbacks.brand_creators import CreatorInOffer as ToCreator
from bot.callbacks.brand_handles import HandleList
from bot.callbacks.brand_offers import BrandOffer
from bot.callbacks.slots import BookSlot, SlotBoard
from bot.i18n import Html, Translator
from bot.screens.base import Row, Screen, back, button, home, keyboard, pager
from bot.screens.creator_card import creator_lines
from bot.screens.words import word
from core.admissions import SuspendReason
from core.code_changes import CodeNotice
from core.enrolments import (
    CreatorInOffer,
    CreatorOfBrand,
    EnrolmentEvent,
    EnrolmentState,
    EnrolmentStats,
)
from core.offers import Offer
from core.people import Brand
from core.slots import PLACES as SLOT_PLACES
from core.usecases.admissions import Membership, Queues

HISTORY: Final = 6  # steps of an enrolment that are shown


def choose_brand(t: Translator, brands: Sequence[Brand]) -> Screen:
    """Whose creators?"""
    return Screen(
        t("Which brand's creators?"),
        keyboard(*(button(brand.name, BrandCreators(brand=brand.id)) for brand in brands), home(t)),
    )


def everybody(
    t: Translator,
    brand: Brand,
    found: Sequence[CreatorOfBrand],
    *,
    first: bool,
    following: int | None,
    waiting: Queues,
) -> Screen:
    """Who promotes the brand, each with the offer, and what creators wait for."""
    text: str = t("<b>Creators of {brand}</b>", brand=brand.name)
    if not found:
        text += "\n" + t("Nobody has taken an offer of the brand yet.")
    applied = sum(waiting.applications.values())
    return Screen(
        text,
        keyboard(
            button("📨 " + t.plain("Applications · {n}", n=applied), Applications(brand=brand.id))
            if applied
            else None,
            button(
                "✏️ " + t.plain("Wishes for codes · {n}", n=waiting.wishes), Wishes(brand=brand.id)
            )
            if waiting.wishes
            else None,
            *(
                button(
                    ("" if one.state is EnrolmentState.ACTIVE else "· ")
                    + f"{one.name} · {_title(t, one)}",
                    ToCreator(enrolment=one.enrolment),
                )
                for one in found
            ),
            pager(
                t,
                None if first else BrandCreators(brand=brand.id),
                BrandCreators(brand=brand.id, after=following) if following else None,
            ),
            home(t),
        ),
    )


def _title(t: Translator, one: CreatorOfBrand) -> str:
    return one.titles.get(t.locale) or next(iter(one.titles.values()), "")


def listing(
    t: Translator,
    offer: Offer,
    creators: Sequence[CreatorInOffer],
    *,
    first: bool,
    next_after: int | None,
    waiting: int = 0,
) -> Screen:
    """Who took the offer, with code and results; `waiting` applications are to be decided on."""
    number = offer.id or 0
    title = escape(offer.text(t.locale).title)
    text: str = t("<b>Creators of the offer</b>") + f"\n{title}"
    if creators:
        text += "".join(f"\n\n{_line(t, one)}" for one in creators)
    else:
        text += "\n\n" + t("Nobody has taken the offer yet. Share its link with creators you know.")
    rows: list[Row] = [
        button(f"{one.name} · {one.enrolment.code}", ToCreator(enrolment=one.enrolment.id))
        for one in creators
    ]
    return Screen(
        text=text,
        keyboard=keyboard(
            button(
                "📨 " + t.plain("Applications · {n}", n=waiting),
                Applications(brand=offer.brand, offer=number),
            )
            if waiting
            else None,
            [
                button("🔎 " + t.plain("Search"), FindCreator(offer=number)),
                button("💌 " + t.plain("Invite"), InviteToOffer(offer=number)),
            ],
            button("🎟 " + t.plain("Pool of codes"), Pool(offer=number)),
            button("📆 " + t.plain("Slots"), SlotBoard(brand=offer.brand, place=offer.place))
            if offer.place in SLOT_PLACES
            else None,
            *rows,
            pager(
                t,
                None if first else OfferCreators(offer=number),
                None if next_after is None else OfferCreators(offer=number, after=next_after),
            ),
            [back(t, BrandOffer(offer=number)), home(t)],
        ),
    )


def _line(t: Translator, one: CreatorInOffer) -> Html:
    line = f"<b>{escape(one.name)}</b> · <code>{escape(one.enrolment.code)}</code>"
    if one.enrolment.state is not EnrolmentState.ACTIVE:
        line += f" · {escape(word(t, one.enrolment.state))}"
    return Html(f"{line}\n{_results(t, one.stats)}")


def _results(t: Translator, stats: EnrolmentStats) -> Html:
    clicks = t.plural("{n} click", "{n} clicks", stats.clicks)
    orders = t.plural("{n} order", "{n} orders", stats.orders)
    reward = t("reward {amount}", amount=stats.earned)
    return Html(f"{clicks} · {orders} · {reward}")


def card(t: Translator, shown: Membership) -> Screen:
    """One creator of the offer: results here, who they are, and what can be done."""
    offer, one = shown.offer, shown.one
    number, active = one.enrolment.id, one.enrolment.state is EnrolmentState.ACTIVE
    lines: list[str] = [
        *creator_lines(t, shown.card),
        "",
        f"<b>{escape(offer.text(t.locale).title)}</b>",
        _code(t, one),
        t("In the offer since {date}", date=one.enrolment.accepted_at),
        _results(t, one.stats),
    ]
    if one.stats.lost:
        lines.append(
            t.plural(
                "{n} order was cancelled or returned.",
                "{n} orders were cancelled or returned.",
                one.stats.lost,
            )
        )
    if not active:
        lines.append(t("Status: {state}", state=word(t, one.enrolment.state)))
        if one.enrolment.reason in list(SuspendReason):
            why = word(t, SuspendReason(one.enrolment.reason))
            lines.append(t("Reason: {reason}", reason=why))
    if one.notice is not None:
        lines += ["", _announced(t, one.notice)]
    if len(shown.steps) > 1:
        lines += ["", *_history(t, shown.steps)]
    return Screen(
        text="\n".join(lines),
        keyboard=keyboard(
            button("🏷 " + t.plain("Articles, ids and tags"), HandleList(enrolment=number))
            if active
            else None,
            button("📆 " + t.plain("Give a slot"), BookSlot(enrolment=number))
            if active and shown.slots
            else None,
            _change(t, one) if active else None,
            button("⛔️ " + t.plain("Suspend"), SuspendInOffer(enrolment=number))
            if active
            else None,
            button("✅ " + t.plain("Restore"), RestoreInOffer(enrolment=number))
            if one.enrolment.state is EnrolmentState.SUSPENDED
            else None,
            [back(t, OfferCreators(offer=one.enrolment.offer)), home(t)],
        ),
    )


def _code(t: Translator, one: CreatorInOffer) -> Html:
    if one.enrolment.holds_code:
        return t("Code: <code>{code}</code>", code=one.enrolment.code)
    return t("No code now; the last one: <code>{code}</code>", code=one.enrolment.code)


def _announced(t: Translator, notice: CodeNotice) -> Html:
    if notice.new:
        return t(
            "📅 Announced on {at}: on {due} the code {code} becomes {new}.",
            at=notice.announced_at,
            due=notice.due_at,
            code=notice.old,
            new=notice.new,
        )
    return t(
        "📅 Announced on {at}: on {due} the code {code} is withdrawn.",
        at=notice.announced_at,
        due=notice.due_at,
        code=notice.old,
    )


def _change(t: Translator, one: CreatorInOffer) -> Row:
    number = one.enrolment.id
    if one.notice is not None:
        step, label = NoticeStep.CANCEL, t.plain("Take the announcement back")
        return button("📅 " + label, ChangeCode(enrolment=number, step=step))
    if one.enrolment.holds_code:
        label = t.plain("Change or withdraw the code")
        return button("🔁 " + label, ChangeCode(enrolment=number))
    return None


def _history(t: Translator, steps: Sequence[EnrolmentEvent]) -> list[Html]:
    return [t("{at}: {state}", at=step.at, state=word(t, step.state)) for step in steps[-HISTORY:]]


def ask_words(t: Translator, offer: Offer) -> Screen:
    """Whom to look for."""
    return Screen(
        t(
            "<b>Search</b> · {title}\nSend the beginning of a name or of a promo code, for "
            "example: Aigerim or AIG",
            title=offer.text(t.locale).title,
        ),
        keyboard([back(t, OfferCreators(offer=offer.id or 0)), home(t)]),
    )


def found(
    t: Translator, offer: Offer, creators: Sequence[CreatorInOffer], *, words: str, more: bool
) -> Screen:
    """Who was found; another search may be typed at once."""
    number = offer.id or 0
    text: str = t("<b>Search</b>: {words}", words=words)
    text += "".join(f"\n\n{_line(t, one)}" for one in creators)
    if not creators:
        text += "\n\n" + t("Nobody here has such a name or code. Send another one.")
    if more:
        text += "\n\n" + t("There are more: send more letters.")
    return Screen(
        text,
        keyboard(
            *(
                button(f"{one.name} · {one.enrolment.code}", ToCreator(enrolment=one.enrolment.id))
                for one in creators
            ),
            [back(t, OfferCreators(offer=number)), home(t)],
        ),
    )
