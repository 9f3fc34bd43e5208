"""A screen as one pure value: text, keyboard and what hangs on it, cut to Telegram's limits."""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from aiogram.filters.callback_data import CallbackData
from aiogram.types import (
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.callbacks.nav import Nav, Target
from bot.i18n import Translator

TEXT_LIMIT: Final = 4096  # UTF-16 units after the entities are parsed
CAPTION_LIMIT: Final = 1024  # the same
ALERT_LIMIT: Final = 200  # characters of an alert
COPY_LIMIT: Final = 256  # characters that a copy button can carry
LABEL_LIMIT: Final = 64  # characters of a button: longer ones are cut by every client

_TOKEN: Final = re.compile(r"<(/?)([a-z-]+)[^<>]*>|&(?:[a-z]+|#[0-9]+|#x[0-9a-fA-F]+);|.", re.S)


@dataclass(frozen=True, slots=True)
class Photo:
    """An image. `key` names its content for good: what was uploaded once is sent by reference."""

    key: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A file to hand over, with the name that it gets on the reader's device."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Screen:
    """What a person is shown. `text` is HTML; `ask` is a reply keyboard, or its removal.

    `picture` draws the photo when the screen is sent, after a tap has been answered.
    """

    text: str
    keyboard: InlineKeyboardMarkup | None = None
    photo: Photo | None = None
    document: Document | None = None
    ask: ReplyKeyboardMarkup | ReplyKeyboardRemove | None = None
    picture: Callable[[], Awaitable[Photo]] | None = field(default=None, compare=False)

    @property
    def html(self) -> str:
        """The text within the limit of what carries it."""
        carried = self.photo or self.document or self.picture
        return cut(self.text, CAPTION_LIMIT if carried else TEXT_LIMIT)

    async def drawn(self) -> Screen:
        """The screen with its photo."""
        if self.picture is None:
            return self
        return replace(self, photo=await self.picture(), picture=None)


Row = InlineKeyboardButton | Sequence[InlineKeyboardButton] | None


def button(
    text: str,
    callback: CallbackData | None = None,
    *,
    url: str | None = None,
    copy: str | None = None,
    inline: str | None = None,
) -> InlineKeyboardButton:
    """A button that presses `callback`, opens `url` or puts `copy` on the clipboard.

    One with `inline` lets a chat be chosen and types the bot's name and these words there. `text`
    is plain. ValueError unless exactly one of the four is given.
    """
    if sum(given is not None for given in (callback, url, copy, inline)) != 1:
        raise ValueError("a button does exactly one thing")
    text = cut_plain(text, LABEL_LIMIT)
    if callback is not None:
        return InlineKeyboardButton(text=text, callback_data=callback.pack())
    if copy is not None:
        return InlineKeyboardButton(text=text, copy_text=CopyTextButton(text=copy[:COPY_LIMIT]))
    if inline is not None:
        return InlineKeyboardButton(text=text, switch_inline_query=inline)
    return InlineKeyboardButton(text=text, url=url)


def keyboard(*rows: Row) -> InlineKeyboardMarkup:
    """Rows of buttons, from single ones or sequences; None and empty rows are left out."""
    lines: list[list[InlineKeyboardButton]] = []
    for row in rows:
        if isinstance(row, InlineKeyboardButton):
            lines.append([row])
        elif row:
            lines.append(list(row))
    return InlineKeyboardMarkup(inline_keyboard=lines)


def grid(buttons: Sequence[InlineKeyboardButton], width: int = 2) -> list[Row]:
    """Buttons in rows of `width`, to be spread into `keyboard(*grid(...))`."""
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def warned(problem: str | None, text: str) -> str:
    """HTML with what was wrong with the last answer (plain text) above it, if something was."""
    return f"⚠️ {html.escape(problem, quote=False)}\n\n{text}" if problem else text


def back(t: Translator, callback: CallbackData) -> InlineKeyboardButton:
    """The way back."""
    return button("‹ " + t.plain("Back"), callback)


def home(t: Translator) -> InlineKeyboardButton:
    """The way home."""
    return button("⌂ " + t.plain("Main menu"), Nav(to=Target.HOME))


def pager(
    t: Translator,
    start: CallbackData | None,
    following: CallbackData | None,
    *,
    previous: CallbackData | None = None,
) -> list[InlineKeyboardButton]:
    """A row to turn pages; empty on the only page.

    Most lists know their next page and their first one only; `previous` is for those that can
    also turn back by one.
    """
    row = []
    if start is not None:
        row.append(button("« " + t.plain("To the start"), start))
    if previous is not None:
        row.append(button("‹ " + t.plain("Previous"), previous))
    if following is not None:
        row.append(button(t.plain("Next") + " ›", following))
    return row


def utf16(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut_plain(text: str, limit: int) -> str:
    """Plain text of at most `limit` UTF-16 units, cut at a word where one is near."""
    if utf16(text) <= limit:
        return text
    kept = ""
    size = 0
    for char in text:
        size += utf16(char)
        if size > limit - 1:
            break
        kept += char
    return _to_a_break(kept).rstrip() + "…"


def _to_a_break(text: str) -> str:
    """Shorten to the last line or word if not much is lost by it."""
    for mark in ("\n", " "):
        at = text.rfind(mark)
        if at > len(text) * 4 // 5:
            return text[:at]
    return text


def cut(text: str, limit: int) -> str:
    """HTML whose visible text has at most `limit` UTF-16 units; tags left open are closed."""
    if utf16(text) <= limit or visible(text) <= limit:
        return text
    pieces: list[str] = []
    open_tags: list[str] = []
    breaks: list[tuple[int, tuple[str, ...], int]] = []  # pieces, tags and size at a good place
    size = 0
    for token in _TOKEN.finditer(text):
        piece = token[0]
        if token[2]:
            if not token[1]:
                open_tags.append(token[2])
            elif open_tags:
                open_tags.pop()
            pieces.append(piece)
            continue
        size += utf16(html.unescape(piece))
        if size > limit - 1:
            break
        if piece in "\n ":
            breaks.append((len(pieces), tuple(open_tags), size))
        pieces.append(piece)
    tags: Sequence[str] = open_tags
    if breaks and breaks[-1][2] > limit * 4 // 5:
        end, tags, _ = breaks[-1]
        pieces = pieces[:end]
    return "".join(pieces).rstrip() + "…" + "".join(f"</{tag}>" for tag in reversed(tags))


def visible(text: str) -> int:
    """How many UTF-16 units of an HTML text a reader sees."""
    return sum(0 if token[2] else utf16(html.unescape(token[0])) for token in _TOKEN.finditer(text))
