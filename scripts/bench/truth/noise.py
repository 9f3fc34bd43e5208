"""How people and spreadsheets write a phone, a code, a number; and how they spoil them."""

from __future__ import annotations

import random
from typing import Final

from scripts.bench.truth.world import Channel, Shop

CYRILLIC: Final = str.maketrans("ABEKMHOPCTX", "АВЕКМНОРСТХ")  # the same shapes
KAZAKH: Final = str.maketrans("AIKNOUY", "ӘІҚҢӨҰҮ")  # a keyboard away
FORMATS: Final = (
    "+7 {0} {1} {2} {3}",
    "+7({0}){1}-{2}-{3}",
    "8 {0} {1} {2} {3}",
    "8{0}{1}{2}{3}",
    "7{0}{1}{2}{3}",
    "{0}{1}{2}{3}",
    "'+7{0}{1}{2}{3}",
    "тел. 8-{0}-{1}-{2}-{3}",
)


def phone(chance: random.Random, e164: str, shop: Shop) -> tuple[str, bool]:
    """A phone as a row has it, and whether it still says which one it is."""
    national = e164[2:]
    if shop.channel is Channel.KASPI_API:
        return national, True
    drawn = chance.random()
    if drawn < 0.005:  # Excel took it for a number and showed it in its own way
        return f"7,{national[:4]}E+10", False
    if drawn < 0.010:
        return national[:-1], False
    if drawn < 0.013:
        return chance.choice(("нет", "-", "+7 *** *** ** " + national[-2:])), False
    parts = national[:3], national[3:6], national[6:8], national[8:]
    return chance.choice(FORMATS).format(*parts), True


def dressed(chance: random.Random, code: str) -> str:
    """A code as somebody writes it who means no other."""
    return chance.choice(
        (code.lower(), code.capitalize(), f" {code} ", f"{code[:-2]} {code[-2:]}",
         f"Купон: {code}", f"{code} (-10%)", code.lower(), code.lower())
    )  # fmt: skip


def mistyped(chance: random.Random, code: str) -> str:
    """A code as somebody writes it by mistake."""
    drawn = chance.random()
    if drawn < 0.40:
        spoilt = code.translate(CYRILLIC)
    elif drawn < 0.50:
        place = chance.randrange(len(code))
        spoilt = code[:place] + code[place].translate(KAZAKH) + code[place + 1 :]
    elif drawn < 0.70:
        place = chance.randrange(1, len(code))
        spoilt = code[:place] + code[place + 1 :]
    elif drawn < 0.85:
        place = chance.randrange(1, len(code))
        spoilt = code[:place] + code[place] + code[place:]
    elif drawn < 0.95:
        spoilt = f"{code[:-2]}-{code[-2:]}"
    else:
        spoilt = f"{code}.0"
    return spoilt if spoilt != code else f"{code}_"


def wrong_digit(chance: random.Random, number: str) -> str:
    """A number with one digit that is another."""
    places = [place for place, sign in enumerate(number) if sign.isdigit()]
    place = chance.choice(places)
    digit = chance.choice([one for one in "0123456789" if one != number[place]])
    return number[:place] + digit + number[place + 1 :]


def told_number(chance: random.Random, number: str) -> str:
    """An order's number as a buyer writes it in a chat."""
    drawn = chance.random()
    if drawn < 0.10:
        return f"№{number}"
    if drawn < 0.18:
        return f"№ {number}"
    if drawn < 0.22 and number.isdigit():
        return f"{number[:3]} {number[3:6]} {number[6:]}".strip()
    if drawn < 0.26:
        return f" {number}\n"
    return number
