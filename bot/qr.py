"""The QR card: a picture with a creator's code and link, to post or to print."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Final

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_Q

from bot.lettering import drawable, fit, width

WIDTH: Final = 1080
HEIGHT: Final = 1350
_MARGIN: Final = 72
_TEXT: Final = WIDTH - 2 * _MARGIN
_SMOOTH: Final = 3  # shapes are drawn so many times larger and scaled down, for smooth edges

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCard:
    """What stands on a card, every text already in its language.

    `label` is the advertising label (`core.labels.label_text`), `url` what the QR encodes,
    `discount` a few words such as "−10 %" or empty, `code_caption` the word over the code, `hint`
    the line under it.
    """

    brand: str
    title: str
    code: str
    url: str
    label: str
    discount: str = ""
    code_caption: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class _Palette:
    ground: Colour
    shade: Colour  # shapes on the ground
    ink: Colour  # text on the ground
    soft: Colour  # lesser text on the ground
    accent: Colour  # the badge
    on_accent: Colour
    dark: Colour  # QR and code, on white


_PALETTES: Final = (
    _Palette(
        ground=(22, 66, 60),
        shade=(32, 84, 76),
        ink=(255, 255, 255),
        soft=(196, 222, 214),
        accent=(250, 204, 92),
        on_accent=(43, 34, 4),
        dark=(15, 46, 42),
    ),
    _Palette(
        ground=(43, 45, 99),
        shade=(57, 60, 124),
        ink=(255, 255, 255),
        soft=(206, 208, 238),
        accent=(255, 138, 112),
        on_accent=(54, 16, 6),
        dark=(28, 29, 71),
    ),
    _Palette(
        ground=(250, 239, 224),
        shade=(244, 223, 198),
        ink=(61, 32, 21),
        soft=(124, 86, 66),
        accent=(200, 70, 48),
        on_accent=(255, 255, 255),
        dark=(61, 32, 21),
    ),
)


def qr_card(card: QrCard) -> bytes:
    """Draw the card as PNG, 1080 x 1350 pixels.

    The label stands at the top, as the labelling rules ask. Long names shrink, wrap, and are cut at
    last; characters that the font lacks are left out. The QR has error correction Q and its quiet
    zone. CPU-bound, about a tenth of a second: call it in a thread.
    """
    digest = hashlib.sha256(card.brand.encode()).digest()
    colours = _PALETTES[digest[0] % len(_PALETTES)]
    picture = _ground(colours)
    draw = ImageDraw.Draw(picture)

    y = _lines(draw, card.label, 44, colours.soft, largest=32, smallest=24, lines=2)
    y = _lines(draw, card.brand, y + 26, colours.ink, largest=84, smallest=48, lines=2, bold=True)
    y = _lines(draw, card.title, y + 10, colours.soft, largest=42, smallest=32, lines=2)

    panel_top = y + 34
    panel = (_MARGIN, panel_top, WIDTH - _MARGIN, HEIGHT - 116)
    _rounded(picture, panel, radius=56, fill=(255, 255, 255))
    _panel(picture, panel, card, colours)

    hint, face = fit(drawable(card.hint), limit=_TEXT, largest=32, smallest=24)
    for line in hint:
        draw.text((WIDTH / 2, HEIGHT - 58), line, font=face, fill=colours.soft, anchor="mm")
    return _png(picture)


def _panel(
    picture: Image.Image, panel: tuple[int, int, int, int], card: QrCard, colours: _Palette
) -> None:
    """The white part: QR, the word over the code, the code; the discount hangs on its corner."""
    left, top, right, bottom = panel
    draw = ImageDraw.Draw(picture)
    # A code is never cut: at the smallest size forty characters take two lines.
    code, code_face = fit(
        drawable(card.code), limit=right - left - 96, largest=104, smallest=36, lines=2, bold=True
    )
    caption_y = bottom - 196 if card.code else bottom + 6  # without a code the QR has it all
    code_y = bottom - 102

    qr = _qr(card.url, room=caption_y - 26 - (top + 20), colour=colours.dark)
    qr_top = top + 20 + (caption_y - 26 - (top + 20) - qr.height) // 2
    picture.paste(qr, ((WIDTH - qr.width) // 2, qr_top))

    caption, face = fit(
        drawable(card.code_caption), limit=right - left - 96, largest=32, smallest=24
    )
    for line in caption:
        draw.text((WIDTH / 2, caption_y), line, font=face, fill=(110, 110, 118), anchor="mm")
    code_y -= (len(code) - 1) * _line_height(code_face) // 2
    for line in code:
        draw.text((WIDTH / 2, code_y), line, font=code_face, fill=colours.dark, anchor="mm")
        code_y += _line_height(code_face)
    _badge(picture, drawable(card.discount), right=right, middle=top + 30, colours=colours)


def _badge(picture: Image.Image, text: str, *, right: int, middle: int, colours: _Palette) -> None:
    if not text:
        return
    lines, face = fit(text, limit=420, largest=60, smallest=32, bold=True)
    wide = round(width(lines[0], face)) + 76
    box = (right + 24 - wide, middle - 54, right + 24, middle + 54)
    _rounded(picture, box, radius=54, fill=colours.accent)
    ImageDraw.Draw(picture).text(
        (right + 24 - wide / 2, middle), lines[0], font=face, fill=colours.on_accent, anchor="mm"
    )


def _qr(url: str, *, room: int, colour: Colour) -> Image.Image:
    """A QR with a quiet zone of four modules, as large as whole pixels per module allow."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=4)
    code.add_data(url)
    code.make(fit=True)
    matrix = code.get_matrix()
    side = len(matrix)
    small = Image.new("RGB", (side, side), (255, 255, 255))
    small.putdata([colour if dark else (255, 255, 255) for row in matrix for dark in row])
    scale = max(1, room // side)
    return small.resize((side * scale, side * scale), Image.Resampling.NEAREST)


def _lines(
    draw: ImageDraw.ImageDraw,
    text: str,
    y: int,
    fill: Colour,
    *,
    largest: int,
    smallest: int,
    lines: int,
    bold: bool = False,
) -> int:
    """Draw centred lines from `y` down; returns where they end."""
    wrapped, face = fit(
        drawable(text), limit=_TEXT, largest=largest, smallest=smallest, lines=lines, bold=bold
    )
    height = _line_height(face)
    for line in wrapped:
        draw.text((WIDTH / 2, y + height / 2), line, font=face, fill=fill, anchor="mm")
        y += height
    return y


def _line_height(face: ImageFont.FreeTypeFont) -> int:
    return round(face.size * 1.28)


def _ground(colours: _Palette) -> Image.Image:
    """The background with two soft circles."""
    large = Image.new("RGB", (WIDTH, HEIGHT), colours.ground)
    _ellipse(large, (-260, 640, 520, 1420), colours.shade)
    _ellipse(large, (700, -240, 1320, 380), colours.shade)
    return large


def _ellipse(picture: Image.Image, box: tuple[int, int, int, int], fill: Colour) -> None:
    left, top, right, bottom = box
    mask = Image.new("L", ((right - left) * _SMOOTH, (bottom - top) * _SMOOTH), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, mask.width - 1, mask.height - 1), fill=255)
    mask = mask.resize((right - left, bottom - top), Image.Resampling.BOX)
    picture.paste(Image.new("RGB", mask.size, fill), (left, top), mask)


def _rounded(
    picture: Image.Image, box: tuple[int, int, int, int], *, radius: int, fill: Colour
) -> None:
    left, top, right, bottom = box
    mask = Image.new("L", ((right - left) * _SMOOTH, (bottom - top) * _SMOOTH), 0)
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, mask.width - 1, mask.height - 1), radius=radius * _SMOOTH, fill=255
    )
    mask = mask.resize((right - left, bottom - top), Image.Resampling.BOX)
    picture.paste(Image.new("RGB", mask.size, fill), (left, top), mask)


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
