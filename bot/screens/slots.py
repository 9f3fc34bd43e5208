"""What a creator sees of slots: how many there are, when one is free, and their own place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

from aiogram.types import InlineKeyboardButton

from bot.callbacks.enrolments import EnrolmentCard
from bot.callbacks.slots import OwnSlot, OwnStep, SlotBoard
from bot.i18n import Html, Translator
from bot.screens.base import Screen, back, button, home, keyboard
from bot.screens.handles import HEADINGS, dates, last_day, named
from bot.screens.words import word
from core.handles import Term, shown
from core.notifications import NoteKind
from core.orders import Place
from core.slots import Turn, TurnState
from core.usecases.slots import OwnSlot as Shown

ENDS = 10  # days on which slots become free that are told


def own(t: Translator, view: Shown) -> Screen:
    """The creator's place, and what can be done."""
    board, turn = view.board, view.turn
    lines: list[str] = [
        t("📆 <b>Slots</b> · {brand} · {place}", brand=view.brand.name, place=word(t, board.place)),
        "",
        t(
            "The shop can run only {n} of these at once, so creators take turns of {days} each. In "
            "your turn you have something of your own that stands in the orders: they are yours "
            "even without a promo code.",
            n=board.slots,
            days=t.plural("{n} day", "{n} days", board.turn_days),
        ),
        "",
        _taken(t, view),
        "",
        _place(t, view),
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            *_steps(t, view.enrolment.id, turn),
            [back(t, EnrolmentCard(enrolment=view.enrolment.id)), home(t)],
        ),
    )


def _taken(t: Translator, view: Shown) -> Html:
    """When slots become free; who has them is the brand's to know."""
    if not view.ends:
        return t("Nobody has a slot now.")
    days = ", ".join(t.value(last_day(until)) for until in view.ends[:ENDS])
    more = " …" if len(view.ends) > ENDS else ""
    return t(
        "Taken: {n} of {all}. Last days of these turns: {days}",
        n=len(view.ends),
        all=view.board.slots,
        days=days + more,
    )


def _place(t: Translator, view: Shown) -> Html:
    turn = view.turn
    if turn is None:
        return t("In the list: {n}. You are not in it.", n=view.waiting)
    if turn.state is TurnState.WAITING:
        text = t("You are number {n} of {all} in the list.", n=view.position, all=view.waiting)
        if view.free_on is not None:
            more = t("A slot is free from {day} on.", day=view.free_on)
            return Html(f"{text}\n{more}")
        return Html(f"{text}\n" + t("You are told as soon as it is your turn."))
    if turn.state is TurnState.OFFERED and turn.answer_by is not None:
        return t(
            "🎉 A slot is free for you. Take it until {at}, else the next one is offered it.",
            at=turn.answer_by,
        )
    lines = [t("✅ It is your turn.")]
    if turn.value:
        heading = t(HEADINGS[view.board.kind])
        lines.append(Html(f"{heading}: <code>{escape(shown(turn.value))}</code>"))
    if turn.since and turn.until:
        term = Term(since=turn.since, until=turn.until)
        lines.append(t("Dates: {dates}", dates=dates(t, term)))
    return Html("\n".join(lines))


def _steps(t: Translator, enrolment: int, turn: Turn | None) -> list[list[InlineKeyboardButton]]:
    def to(label: str, step: OwnStep) -> InlineKeyboardButton:
        return button(label, OwnSlot(enrolment=enrolment, step=step))

    if turn is None:
        return [[to("✋ " + t.plain("Join the list"), OwnStep.ASK)]]
    match turn.state:
        case TurnState.OFFERED:
            return [
                [to("✅ " + t.plain("Take the slot"), OwnStep.ACCEPT)],
                [to("✖️ " + t.plain("Decline"), OwnStep.DECLINE)],
            ]
        case TurnState.BOOKED:
            return [[to("↩️ " + t.plain("Give the slot back"), OwnStep.LEAVE)]]
        case _:
            return [[to("✖️ " + t.plain("Leave the queue"), OwnStep.LEAVE)]]


def confirm_leaving(t: Translator, view: Shown) -> Screen:
    """What leaving does, and the question."""
    booked = view.turn is not None and view.turn.state is TurnState.BOOKED
    text = (
        t(
            "<b>Give the slot back?</b>\nThe next one in the list is offered it. Orders placed "
            "until now stay yours; for another turn you join the end of the list."
        )
        if booked
        else t("<b>Leave the list?</b>\nIf you come back, you join its end.")
    )
    number = view.enrolment.id
    return Screen(
        text,
        keyboard(
            button(t.plain("Yes"), OwnSlot(enrolment=number, step=OwnStep.LEAVE_YES)),
            [back(t, OwnSlot(enrolment=number)), home(t)],
        ),
    )


def slot_note(t: Translator, kind: NoteKind, facts: Mapping[str, Any], *, title: str) -> Screen:
    """A slot is offered, taken or over."""
    place = word(t, Place(str(facts["place"])))
    handles = named([str(one) for one in facts["handles"]], len(facts["handles"]))
    term = _term(facts)
    lines: list[str]
    if kind is NoteKind.SLOT_TAKEN:
        lines = [
            t(
                "📆 <b>{creator}</b> has taken a slot: {place}.",
                creator=str(facts["creator"]),
                place=place,
            ),
            handles,
        ]
        if term is not None:
            lines.append(t("Dates: {dates}", dates=dates(t, term)))
        to_board = SlotBoard(brand=int(facts["brand"]), place=Place(str(facts["place"])))
        return Screen(
            "\n".join(line for line in lines if line),
            keyboard(button(t.plain("Open"), to_board)),
        )
    number = int(facts["enrolment"])
    rows = [[button(t.plain("Open"), OwnSlot(enrolment=number))]]
    match kind:
        case NoteKind.SLOT_OFFERED:
            lines = [
                t(
                    "🎉 A slot is free for you: <b>{title}</b>, {place}, for {days}. Take it until "
                    "{at}, else the next one is offered it.",
                    title=title,
                    place=place,
                    days=t.plural("{n} day", "{n} days", int(facts["turn_days"])),
                    at=datetime.fromisoformat(str(facts["answer_by"])),
                )
            ]
            rows = [
                [
                    button(
                        "✅ " + t.plain("Take the slot"),
                        OwnSlot(enrolment=number, step=OwnStep.ACCEPT),
                    ),
                    button(
                        "✖️ " + t.plain("Decline"),
                        OwnSlot(enrolment=number, step=OwnStep.DECLINE),
                    ),
                ],
                *rows,
            ]
        case NoteKind.SLOT_LAPSED:
            lines = [
                t(
                    "The slot in <b>{title}</b> went to the next one: there was no answer in time. "
                    "You can join the list again.",
                    title=title,
                )
            ]
        case NoteKind.SLOT_BOOKED:
            lines = [t("✅ You have a slot: <b>{title}</b>, {place}.", title=title, place=place)]
            lines.append(handles)
            if term is not None:
                lines.append(t("Dates: {dates}", dates=dates(t, term)))
            lines.append(
                t("What is bought through it in these days is yours, even without a promo code.")
            )
        case _:
            lines = [
                t("Your turn in <b>{title}</b>, {place}, is over.", title=title, place=place),
                t("Orders placed before that moment are yours, whenever they are reported."),
            ]
    return Screen("\n".join(line for line in lines if line), keyboard(*rows))


def _term(facts: Mapping[str, Any]) -> Term | None:
    begins, ends = str(facts.get("begins") or ""), str(facts.get("ends") or "")
    if not begins or not ends:
        return None
    return Term(since=datetime.fromisoformat(begins), until=datetime.fromisoformat(ends))
