"""Pictures for the demo's offers: drawn, so that nobody's photographs are shipped."""

from __future__ import annotations

import hashlib
import io
import math
import random
import re
from typing import Final

from PIL import Image, ImageDraw

from bot.lettering import font
from core import codes

SIZE: Final = (960, 720)
PALETTES: Final = {
    "food": ("#F6C453", "#B45309", "#FFF7E0"),
    "beauty": ("#F3B6C6", "#9D174D", "#FFF1F4"),
    "sport": ("#7DD3C0", "#0F5257", "#ECFDF8"),
    "travel": ("#93C5FD", "#1E3A8A", "#EFF6FF"),
    "kids": ("#FDBA74", "#9A3412", "#FFF7ED"),
    "home": ("#C4B5FD", "#4C1D95", "#F5F3FF"),
    "books": ("#A7C7A0", "#1F4D2B", "#F2F8F0"),
    "services": ("#9CC5E6", "#12406B", "#EEF6FC"),
}


def handle(name: str) -> str:
    """A Latin account name: "Айгерім Сәрсенова" -> "aigerim_sarsenova"."""
    return "_".join(codes.stem(word).lower() for word in re.split(r"\s+", name.strip()))


def offer_picture(title: str, brand: str, category: str) -> bytes:
    """A PNG of 960 x 720 with an ornament in the category's colours, title and brand."""
    light, dark, paper = PALETTES[category]
    image = Image.new("RGB", SIZE, paper)
    draw = ImageDraw.Draw(image)
    rng = random.Random(hashlib.sha256(title.encode()).digest())
    _ornament(draw, rng, light, dark)
    draw.rectangle((0, 500, SIZE[0], SIZE[1]), fill=dark)
    size = 52
    while draw.textlength(title, font=font(size, bold=True)) > SIZE[0] - 96:
        size -= 2
    draw.text((48, 552), title, font=font(size, bold=True), fill=paper)
    draw.text((48, 632), brand, font=font(32), fill=light)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _ornament(draw: ImageDraw.ImageDraw, rng: random.Random, light: str, dark: str) -> None:
    """A sun of petals over a field of diamonds, turned and counted differently for each title."""
    centre, petals = (480, 250), rng.choice((8, 10, 12))
    for row in range(6):
        for column in range(13):
            x, y = column * 80 + (40 if row % 2 else 0), row * 96
            draw.polygon(
                [(x, y - 30), (x + 30, y), (x, y + 30), (x - 30, y)], outline=light, width=4
            )
    turn = rng.random() * math.pi
    for number in range(petals):
        angle = turn + number * 2 * math.pi / petals
        across, down = centre[0] + 150 * math.cos(angle), centre[1] + 150 * math.sin(angle)
        draw.ellipse(
            (across - 52, down - 52, across + 52, down + 52), fill=light, outline=dark, width=5
        )
    draw.ellipse((350, 120, 610, 380), fill=dark)
    draw.ellipse((390, 160, 570, 340), fill=light)
    draw.regular_polygon(
        (480, 250, 62), rng.choice((4, 6, 8)), rotation=rng.randint(0, 45), fill=dark
    )
