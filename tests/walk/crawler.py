"""Walks over everything that a person can reach: every button of every screen, every question.

From the commands of the person's menu on, each screen's buttons are tapped where the screen was
shown: the database goes back to what it was then. Of buttons that differ only by the thing they are
about, `ALIKE` are tapped. Each question that awaits something gets nonsense, then one thing after
another until it goes on.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sqlite3
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, get_args

from aiogram.filters.callback_data import CallbackData

import bot.callbacks
from bot.callbacks.broadcasts import BroadcastButton
from bot.callbacks.orders import OrderFilter
from bot.reply import KEPT
from bot.states import WriteOffer
from core.catalogue import Order
from core.labels import label_text
from core.orders import Place
from core.people import Category, Platform, Tier
from core.periods import Period
from scripts.sandbox import Person
from scripts.sandbox.state import Body, OutputKind
from tests.sandbox.pictures import png
from tests.walk.house import Answer, House

ALIKE = 1  # buttons of one kind that differ only by the thing that they are about
MORE_ALIKE = {BroadcastButton.__prefix__: 3}  # where the screen depends on what the thing has
QUESTIONS = 2  # looks at one question: with different words above it, say
TYPED = (
    "Сәлем, бұл мәтін",
    "12 500",
    "10,5 %",
    "31.12.2026",
    "https://kaspi.kz/shop/p/krem-1/",
    "https://instagram.com/p/C8xYz1AbZZ9",
    "instagram.com/walker_two",
    "180540000002",
    "SALEM25",
    "950321300023",  # an IIN whose control digit is right
    "KZ41722C000000000001",
    f"{label_text('ТОО «Aisulu Cosmetics»')}. Промокод",
)
PICTURE = png(64, 64)
TABLE = """№;Дата;Статус;Сумма;Промокод
Z-1;20.11.2026;Доставлен;25 000;SALEM25
Z-2;қате;Доставлен;1 000;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One thing that a person was shown, and what they had done."""

    did: str
    path: tuple[str, ...]
    text: str
    kind: OutputKind
    labels: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()  # callback data
    handlers: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()  # kinds of formatting, to find what is escaped twice
    keys: bool = False  # whether it brings the keys under the message field, or takes them away


@dataclass(slots=True)
class Walk:
    """What a walk has found."""

    seen: list[Seen] = field(default_factory=list)
    pressed: set[str] = field(default_factory=set)  # callback data that were tapped or offered
    menu: set[str] = field(default_factory=set)  # commands that the person's own menu names
    handlers: set[str] = field(default_factory=set)
    states: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    taps: int = 0


@dataclass(slots=True)
class _Place:
    """A screen, and the database as it was when the screen was shown."""

    snapshot: sqlite3.Connection
    body: Body
    path: tuple[str, ...]
    state: str | None  # what the bot awaits of the person
    step: str


def pattern(data: str) -> str:
    """Callback data without what they are about: things and their kinds, but not what is done."""
    prefix, *fields = data.removeprefix(KEPT).split(":")
    kind = KINDS.get(prefix)
    names = list(kind.model_fields.values()) if kind else []
    kept = [prefix]
    for number, value in enumerate(fields):
        about = names[number].annotation if number < len(names) else None
        digits = value.lstrip("-").isdigit()
        kept.append("#" if digits or ABOUT & {about, *get_args(about)} else value)
    return ":".join(kept)


def _kinds() -> dict[str, type[CallbackData]]:
    for module in pkgutil.iter_modules(bot.callbacks.__path__):
        importlib.import_module(f"bot.callbacks.{module.name}")
    return {
        kind.__prefix__: kind
        for kind in CallbackData.__subclasses__()
        if kind.__module__.startswith("bot.callbacks.")
    }


KINDS: Final = _kinds()  # every kind of button by its prefix
# Kinds of things that many buttons are about: one of each says what the others would.
ABOUT: Final[frozenset[object]] = frozenset(
    {Category, Place, Platform, Tier, Order, OrderFilter, Period}
)


class Crawler:
    """One person's walk; `house` must not be used by anybody else meanwhile.

    Buttons whose callback data begin with one of `without` are left alone.
    """

    def __init__(
        self, house: House, person: Person, *, without: Sequence[str] = (), most: int
    ) -> None:
        self._without = tuple(without)
        self._house = house
        self._person = person
        self._most = most
        self._walk = Walk()
        self._places: deque[_Place] = deque()
        self._tapped: Counter[tuple[str, str, str | None]] = Counter()
        self._exact: set[tuple[str, str | None]] = set()
        self._asked: set[tuple[str, str]] = set()
        self._questions: Counter[str] = Counter()
        self._at: sqlite3.Connection | None = None  # the snapshot that the database equals

    async def walk(self, *roots: str) -> Walk:
        """Begin with these typed commands."""
        start = self._house.snapshot()
        for command in roots:
            self._go_to(start)
            answer = await self._house.send(self._person, command)
            await self._arrive(answer, command, (command,), start)
        self._go_to(start)
        await self._arrive(await self._house.notes(self._person), "notes", ("notes",), start)
        while self._places and self._walk.taps < self._most:
            await self._look_around(self._places.popleft())
        self._go_to(start)
        return self._walk

    async def _look_around(self, place: _Place) -> None:
        for label, data in _buttons(place.body):
            self._walk.pressed.add(data.removeprefix(KEPT))
            if any(data.startswith(prefix) for prefix in self._without):
                continue
            mark = "" if label[:1].isalnum() else label[:1]  # what is ✅ and what is ✖️ differ
            key, exact = (pattern(data), mark, place.state), (data, place.state)
            most = MORE_ALIKE.get(data.removeprefix(KEPT).partition(":")[0], ALIKE)
            if self._tapped[key] >= most or exact in self._exact:
                continue
            self._tapped[key] += 1
            self._exact.add(exact)
            self._go_to(place.snapshot)
            self._walk.taps += 1
            answer = await self._house.tap(self._person, data, place.body)
            await self._arrive(answer, data, (*place.path, data), place.snapshot)
        if place.state is None:
            return
        self._walk.states.add(place.state)
        question = (place.state, place.step)
        if question in self._asked or self._questions[place.state] >= QUESTIONS:
            return
        self._asked.add(question)
        # One state asks every question of an offer's form; others are asked again and again.
        self._questions[place.state] += place.state != WriteOffer.answer.state
        person = self._person
        sent: list[tuple[str, Callable[[], Awaitable[object]]]] = [
            *((repr(text), partial(person.send, text)) for text in TYPED),
            ("a picture", partial(person.send_photo, PICTURE)),
            ("a file", partial(person.send_document, "z.csv", TABLE.encode())),
            ("a contact", person.send_contact),
        ]
        for what, send in sent:
            self._go_to(place.snapshot)
            self._walk.taps += 1
            person.chat.posts.clear()
            await send()
            answer = await self._house.answer()
            await self._arrive(answer, what, (*place.path, what), place.snapshot)
            if not answer.refused and _went_on(place, answer):
                break

    def _go_to(self, snapshot: sqlite3.Connection) -> None:
        if self._at is not snapshot:
            self._house.restore(snapshot)
            self._at = snapshot
        self._before = self._house.changes

    async def _arrive(
        self, answer: Answer, did: str, path: tuple[str, ...], before: sqlite3.Connection
    ) -> None:
        """Note what was shown, and remember the screen as a place to go on from."""
        walk = self._walk
        walk.handlers.update(answer.handlers)
        where = " → ".join(path)
        if answer.broken:
            walk.faults.append(f"broke: {where}")
        if answer.unanswered:
            walk.faults.append(f"a tap was not answered: {where}")
        snapshot = before
        if self._house.changes != self._before:
            snapshot = self._at = self._house.snapshot()
        state, data = self._house.form(self._person)
        shown: Body | None = None
        for output in answer.outputs:
            body = output.body or {}
            markup = body.get("reply_markup", {}).get("inline_keyboard", [])
            if output.kind in (OutputKind.ACTION, OutputKind.DELETION):
                continue
            walk.seen.append(
                Seen(
                    did=did.removeprefix(KEPT),
                    path=path,
                    text=output.text,
                    kind=output.kind,
                    labels=tuple(one["text"] for row in markup for one in row),
                    buttons=tuple(data for _, data in _buttons(body)),
                    handlers=tuple(answer.handlers),
                    keys=_brings_keys(self._person, output.message_id),
                )
            )
            if output.kind in (OutputKind.MESSAGE, OutputKind.EDIT):
                shown = body
                self._places.append(_Place(snapshot, body, path, state, _step(data, output.text)))
        if shown is None and state is not None and (state, did) not in self._asked:
            walk.states.add(state)


def _brings_keys(person: Person, message: int | None) -> bool:
    post = person.chat.posts.get(message or 0)
    return post is not None and post.keyboard is not None


def _went_on(place: _Place, answer: Answer) -> bool:
    """Whether something else is shown than the question again, or what was wrong with the words."""
    shown = [output.text for output in answer.outputs if output.kind is not OutputKind.ACTION]
    before = str(place.body.get("text") or place.body.get("caption"))
    return bool(shown) and not any(text.startswith("⚠️") or before in text for text in shown)


def _buttons(body: Body) -> list[tuple[str, str]]:
    """Labels and callback data."""
    rows = body.get("reply_markup", {}).get("inline_keyboard", [])
    return [
        (one["text"], one["callback_data"]) for row in rows for one in row if "callback_data" in one
    ]


def _step(data: str, text: str) -> str:
    """Which question of a form is on, where one state asks many: what the form says, or shows."""
    filled = json.loads(data or "{}")
    for value in filled.values() if isinstance(filled, dict) else ():
        if isinstance(value, dict) and "step" in value:
            return str(value["step"])
    step = filled.get("step") if isinstance(filled, dict) else None
    return str(step) if step is not None else text[:24]
