"""The QR for print: an SVG with the creator's code under it, sharp at any size."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape, quoteattr

import qrcode
from qrcode.constants import ERROR_CORRECT_Q

from bot.lettering import drawable
from bot.qr import QrCard

WIDTH_MM: Final = 60
_EDGE: Final = 4  # modules of white around, as scanners need
_LINE: Final = 34  # characters of the label on one line


def qr_svg(card: QrCard) -> bytes:
    """Draw brand, QR, code and label in black on white; one module is one unit of the drawing.

    The QR is one path, so that no seams appear between its modules. Texts are text: fonts of the
    reader's machine show them, fitted into the width.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=_EDGE)
    code.add_data(card.url)
    code.make(fit=True)
    matrix = code.get_matrix()
    side = len(matrix)
    unit = side / 30  # the height of a line grows with the number of modules
    top = 3.4 * unit
    below = top + side
    lines = [_text(card.brand, side / 2, 2.4 * unit, 1.7 * unit, side, bold=True)]
    bottom = below
    if card.code:
        lines.append(_text(card.code_caption, side / 2, below + 0.6 * unit, unit, side))
        lines.append(_text(card.code, side / 2, below + 3.6 * unit, 2.8 * unit, side, bold=True))
        bottom = below + 3.8 * unit
    for piece in _wrapped(card.label):
        bottom += 1.5 * unit
        lines.append(_text(piece, side / 2, bottom, unit, side))
    height = bottom + 1.4 * unit
    tall = WIDTH_MM * height / side
    title = quoteattr(f"{card.brand} {card.code}".strip())
    drawing = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{tall:.2f}mm" '
        f'viewBox="0 0 {side} {height:.2f}" role="img" aria-label={title}>',
        f'<rect width="{side}" height="{height:.2f}" fill="#fff"/>',
        f'<path transform="translate(0 {top:.2f})" d="{_path(matrix)}" fill="#000" '
        'shape-rendering="crispEdges"/>',
        *lines,
        "</svg>",
    ]
    return "\n".join(drawing).encode()


def _path(matrix: list[list[bool]]) -> str:
    """Dark runs of each row as closed rectangles."""
    strokes = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:
                strokes.append(f"M{x} {y}h{run - x}v1h-{run - x}z")
            x = run + 1
    return "".join(strokes)


def _text(text: str, x: float, y: float, size: float, side: int, *, bold: bool = False) -> str:
    """A centred line; one that would be wider than the drawing is set narrower."""
    shown = drawable(text)
    room = side * 0.92
    wide = len(shown) * size * (0.68 if bold else 0.58)
    fitted = f' textLength="{room:.2f}" lengthAdjust="spacingAndGlyphs"' if wide > room else ""
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.2f}" text-anchor="middle" '
        f'font-family="DejaVu Sans, Arial, Helvetica, sans-serif"{weight}{fitted}>'
        f"{escape(shown)}</text>"
    )


def _wrapped(text: str) -> list[str]:
    """The label in lines short enough to be read."""
    lines = [""]
    for piece in text.split():
        longer = f"{lines[-1]} {piece}".strip()
        if len(longer) > _LINE and lines[-1]:
            lines.append(piece)
        else:
            lines[-1] = longer
    return [line for line in lines if line]
