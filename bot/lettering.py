"""Text on pictures: the shipped fonts, what they can draw, and lines that fit a width."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

_FONTS: Final = Path(__file__).parent / "fonts"
_EMOJI_FROM: Final = 0x1F000  # emoji, flags and other pictures: never drawn, not even as outlines
ELLIPSIS: Final = "…"


@cache
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which has the letters of Kazakh, in pixels."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    # Basic layout needs no system library, so a picture is the same on every machine.
    return ImageFont.truetype(_FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)


def drawable(text: str) -> str:
    """The text without what the font would show as boxes, spaces tidied."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(char if _has_glyph(char) else " " for char in composed)
    return " ".join(kept.split())


@cache
def _has_glyph(char: str) -> bool:
    if char.isspace():
        return True
    if ord(char) >= _EMOJI_FROM or unicodedata.category(char)[0] == "C":
        return False
    if 0xFE00 <= ord(char) <= 0xFE0F or unicodedata.category(char) == "Me":
        return False  # variation selectors and key caps are left over when an emoji goes
    probe = font(32)
    return bytes(probe.getmask(char)) != bytes(probe.getmask("\U0010ffff"))


def width(text: str, face: ImageFont.FreeTypeFont) -> float:
    """Pixels that a line takes."""
    return face.getlength(text)


def wrap(text: str, face: ImageFont.FreeTypeFont, limit: int) -> list[str]:
    """Break into lines of at most `limit` pixels at spaces; a longer word is cut into pieces."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        candidate = f"{line} {word}".strip()
        if width(candidate, face) <= limit:
            line = candidate
            continue
        if line:
            lines.append(line)
        while width(word, face) > limit:
            cut = next(
                n for n in range(len(word), 0, -1) if n == 1 or width(word[:n], face) <= limit
            )
            if cut == len(word):
                break
            lines.append(word[:cut])
            word = word[cut:]
        line = word
    return [*lines, line] if line else lines


def fit(
    text: str, *, limit: int, largest: int, smallest: int, lines: int = 1, bold: bool = False
) -> tuple[list[str], ImageFont.FreeTypeFont]:
    """The largest size at which the text takes at most so many lines, else cut with an ellipsis.

    `limit` in pixels, sizes in pixels. A word is broken only at the smallest size.
    """
    # No letter is narrower than a quarter of its size: what is further right cannot show.
    text = text[: 4 * limit * lines // smallest + lines]
    for size in range(largest, smallest - 1, -2):
        face = font(size, bold=bold)
        words_fit = all(width(word, face) <= limit for word in text.split())
        if words_fit and len(wrapped := wrap(text, face, limit)) <= lines:
            return wrapped, face
    face = font(smallest, bold=bold)
    wrapped = wrap(text, face, limit)
    if len(wrapped) > lines:
        last = wrapped[lines - 1]
        while last and width(last + ELLIPSIS, face) > limit:
            last = last[:-1]
        wrapped = [*wrapped[: lines - 1], last.rstrip() + ELLIPSIS]
    return wrapped, face
