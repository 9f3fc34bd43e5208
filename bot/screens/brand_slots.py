"""What a manager sees of slots: whose turn it is, who waits, which handles go round."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from html import escape
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.callbacks.brand_creators import BrandCreators, CreatorInOffer
from bot.callbacks.slots import (
    KINDS,
    BoardPart,
    BoardStep,
    BookSlot,
    DropHandle,
    EndTurn,
    SlotBoard,
)
from bot.i18n import N_, Html, Translator
from bot.screens.base import Row, Screen, back, button, grid, home, keyboard, warned
from bot.screens.brand_handles import WHY
from bot.screens.handles import HEADINGS, dates
from bot.screens.words import word
from core.handles import Handle, HandleKind, Refused, Term, kinds_at, shown
from core.slots import Board, Turn, TurnState
from core.usecases.slots import BoardView

SHOWN: Final = 30  # turns, and handles, that are told one by one
CHOICES: Final = {
    BoardPart.SLOTS: (1, 2, 3, 5, 8, 10, 15, 20),
    BoardPart.TURN: (7, 10, 14, 30, 60, 90),
    BoardPart.REST: (0, 3, 7, 14, 30, 60),
    BoardPart.ANSWER: (12, 24, 48, 72),
}
FIELDS: Final = {
    BoardPart.SLOTS: "slots",
    BoardPart.TURN: "turn_days",
    BoardPart.REST: "rest_days",
    BoardPart.ANSWER: "answer_hours",
}
_ASK: Final = {
    BoardPart.SLOTS: N_("How many slots does the place have? Wildberries allows about ten."),
    BoardPart.TURN: N_("How many days does a turn last?"),
    BoardPart.REST: N_(
        "How many days does a handle rest before another creator gets it? Old posts of the first "
        "one go on selling: the longer it rests, the fewer of these orders become somebody else's."
    ),
    BoardPart.ANSWER: N_("In how many hours must an offered slot be answered?"),
    BoardPart.KIND: N_("What goes round in the slots?"),
}
_LABELS: Final = {
    BoardPart.SLOTS: N_("Slots: {n}"),
    BoardPart.TURN: N_("Days of a turn: {n}"),
    BoardPart.REST: N_("Days of rest: {n}"),
    BoardPart.ANSWER: N_("Hours to answer: {n}"),
}


def tag(value: str) -> str:
    """A short stand-in for a handle in a button."""
    return f"{zlib.crc32(value.encode()):08x}"


def board(
    t: Translator,
    view: BoardView,
    *,
    added: Sequence[str] | None = None,
    refused: Sequence[Refused] = (),
) -> Screen:
    """The schedule: who has a slot until when, who is offered one, who waits."""
    number, place = view.brand.id, view.place
    lines: list[str] = [
        t("📆 <b>Slots</b> · {brand} · {place}", brand=view.brand.name, place=word(t, place)),
        "",
    ]
    if view.board is None:
        lines.append(
            t(
                "A marketplace lets a shop run only so many promo campaigns at once. Set up slots: "
                "creators wait in order of asking, each gets a handle for a time, and a free slot "
                "is offered to the next one by itself."
            )
        )
        return Screen(
            "\n".join(lines),
            keyboard(
                button("＋ " + t.plain("Set up slots"), _step(view, BoardPart.SET_UP)),
                [back(t, BrandCreators(brand=number)), home(t)],
            ),
        )
    if added is not None:
        lines += [t.plural("✅ {n} added.", "✅ {n} added.", len(added))]
        lines += [
            f"• <code>{escape(one.text)}</code> – {t(WHY[one.why])}" for one in refused[:SHOWN]
        ]
        lines.append("")
    lines += _schedule(t, view, view.board)
    return Screen(
        "\n".join(lines),
        keyboard(
            [
                button("🏷 " + t.plain("Handles"), _step(view, BoardPart.HANDLES)),
                button("⚙️ " + t.plain("Settings"), _step(view, BoardPart.SETTINGS)),
            ],
            *(
                button(f"✕ {turn.name}", EndTurn(turn=turn.id, brand=number, place=place))
                for turn in view.turns[:SHOWN]
            ),
            [back(t, BrandCreators(brand=number)), home(t)],
        ),
    )


def _schedule(t: Translator, view: BoardView, known: Board) -> list[str]:
    booked = sorted(view.of(TurnState.BOOKED), key=lambda turn: (turn.since, turn.id))
    lines: list[str] = [
        t(
            "{n} slots, turns of {days}, handles rest {rest}.",
            n=known.slots,
            days=t.plural("{n} day", "{n} days", known.turn_days),
            rest=t.plural("{n} day", "{n} days", known.rest_days),
        ),
        _handles_line(t, view, known),
        "",
        t("<b>Have a slot: {n}</b>", n=len(booked)),
    ]
    lines += [_booked(t, turn) for turn in booked[:SHOWN]]
    if offered := view.of(TurnState.OFFERED):
        lines += ["", t("<b>Are offered one</b>")]
        lines += [
            t("{creator}, until {at}", creator=turn.name, at=turn.answer_by)
            for turn in offered
            if turn.answer_by
        ]
    if waiting := view.of(TurnState.WAITING):
        lines += ["", t("<b>Wait, in order of asking: {n}</b>", n=len(waiting))]
        lines += [f"{at}. {escape(turn.name)}" for at, turn in enumerate(waiting[:SHOWN], 1)]
    lines += [
        "",
        t("To give a slot to somebody past the list, open the creator in the offer."),
    ]
    return lines


def _booked(t: Translator, turn: Turn) -> Html:
    when = Html()
    if turn.since and turn.until:
        when = dates(t, Term(since=turn.since, until=turn.until))
    return Html(f"{escape(turn.name)} · <code>{escape(shown(turn.value))}</code> · {when}")


def _handles_line(t: Translator, view: BoardView, known: Board) -> Html:
    free = sum(_standing(view, value)[0] == "free" for value in known.handles)
    if not known.handles:
        return t("⚠️ No handles go round yet: add some, else nobody can get a slot.")
    return t("Handles: {n}, free now: {free}.", n=len(known.handles), free=free)


def _standing(view: BoardView, value: str) -> tuple[str, Handle | None]:
    """Whether a handle is free, taken, or rests after its last holder."""
    assert view.board is not None
    held = [one for one in (view.standing or {}).get(value, ()) if one.since <= view.now]
    last = held[-1] if held else None
    if last is None:
        return "free", None
    if last.holds(view.now):
        return "taken", last
    rested = last.rested(view.board.rest)
    return ("resting", last) if rested and view.now < rested else ("free", last)


def handles(t: Translator, view: BoardView) -> Screen:
    """Which handles go round, and where each of them is."""
    assert view.board is not None
    known = view.board
    lines: list[str] = [
        t("🏷 <b>{kind} that go round</b>", kind=t.plain(HEADINGS[known.kind])),
        "",
    ]
    for value in known.handles[:SHOWN]:
        lines.append(f"<code>{escape(shown(value))}</code> · {_where(t, view, value)}")
    if not known.handles:
        lines.append(t("None yet."))
    drops: list[Row] = [
        button(
            f"✕ {shown(value)}",
            DropHandle(brand=known.brand, place=known.place, tag=tag(value)),
        )
        for value in known.handles[:SHOWN]
    ]
    return Screen(
        "\n".join(lines),
        keyboard(
            button("＋ " + t.plain("Add handles"), _step(view, BoardPart.ADD)),
            *drops,
            [back(t, SlotBoard(brand=known.brand, place=known.place)), home(t)],
        ),
    )


def _where(t: Translator, view: BoardView, value: str) -> Html:
    state, held = _standing(view, value)
    if state == "taken" and held is not None:
        return t("{creator} has it: {dates}", creator=held.holder, dates=dates(t, held))
    if state == "resting" and held is not None and view.board is not None:
        until = held.rested(view.board.rest)
        assert until is not None
        return t("rests until {at}", at=until)
    return t("free")


def ask_handles(t: Translator, view: BoardView, *, trouble: str | None = None) -> Screen:
    """Which handles are to go round."""
    assert view.board is not None
    text = t(
        "<b>{kind}</b>\nSend those that you have made for this in the marketplace's cabinet: one "
        "on each line, or a file (TXT, CSV, XLSX).",
        kind=t.plain(HEADINGS[view.board.kind]),
    )
    return Screen(
        warned(trouble, text), keyboard([back(t, _step(view, BoardPart.HANDLES)), home(t)])
    )


def settings(t: Translator, view: BoardView) -> Screen:
    """The numbers of a board."""
    assert view.board is not None
    known = view.board
    return Screen(
        t(
            "⚙️ <b>Slots</b> · {brand} · {place}\n\nTurns that have begun keep their dates.",
            brand=view.brand.name,
            place=word(t, view.place),
        ),
        keyboard(
            *(
                button(
                    t.plain(label, n=getattr(known, FIELDS[part])),
                    _step(view, part),
                )
                for part, label in _LABELS.items()
            ),
            button(
                t.plain("What goes round: {kind}", kind=t.plain(HEADINGS[known.kind])),
                _step(view, BoardPart.KIND),
            ),
            [back(t, SlotBoard(brand=known.brand, place=known.place)), home(t)],
        ),
    )


def choose(t: Translator, view: BoardView, part: BoardPart) -> Screen:
    """One of the numbers, or the kind."""
    assert view.board is not None
    choices: list[InlineKeyboardButton]
    if part is BoardPart.KIND:
        choices = [
            button(t.plain(HEADINGS[kind]), _step(view, part, KINDS.index(kind)))
            for kind in kinds_at(view.place)
            if kind is not HandleKind.TAG
        ]
        rows: list[Row] = list(choices)
    else:
        choices = [button(str(value), _step(view, part, value)) for value in CHOICES[part]]
        rows = grid(choices, 4)
    return Screen(
        t(_ASK[part]),
        keyboard(*rows, [back(t, _step(view, BoardPart.SETTINGS)), home(t)]),
    )


def confirm_end(t: Translator, view: BoardView, turn: Turn) -> Screen:
    """What ending a turn does, and the question."""
    text = (
        t(
            "<b>End the turn of {creator}?</b>\nOrders placed until now stay theirs. The handle "
            "rests, then the next one in the list gets the slot. The creator is told.",
            creator=turn.name,
        )
        if turn.state is TurnState.BOOKED
        else t(
            "<b>Take {creator} off the list?</b>\nThe creator is told and can join its end again.",
            creator=turn.name,
        )
    )
    number, place = view.brand.id, view.place
    return Screen(
        text,
        keyboard(
            button(t.plain("Yes"), EndTurn(turn=turn.id, brand=number, place=place, sure=True)),
            [back(t, SlotBoard(brand=number, place=place)), home(t)],
        ),
    )


def ask_term(
    t: Translator, name: str, enrolment: int, term: Term, *, trouble: str | None = None
) -> Screen:
    """From when until when a creator gets a slot."""
    text = t(
        "📆 <b>A slot for {creator}</b>\nDates: {dates}\n\nFor other dates send the first day and "
        "the last: 01.12.2026 – 31.12.2026. The creator gets a handle that has rested and is told.",
        creator=name,
        dates=dates(t, term),
    )
    return Screen(
        warned(trouble, text),
        keyboard(
            button("✅ " + t.plain("Give the slot"), BookSlot(enrolment=enrolment, sure=True)),
            [back(t, CreatorInOffer(enrolment=enrolment)), home(t)],
        ),
    )


def _step(view: BoardView, part: BoardPart, value: int | None = None) -> BoardStep:
    return BoardStep(brand=view.brand.id, place=view.place, part=part, value=value)
