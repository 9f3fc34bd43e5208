"""How often Python looks for objects that only refer to each other."""

from __future__ import annotations

import gc
from typing import Final

OBJECTS: Final = 50_000  # made and kept before it looks; Python's own number is 700
ROUNDS: Final = (20, 100)  # of the young until the older are looked at, and of those until all


def look_seldom() -> None:
    """Leave what the program begins with alone, and look through the rest a hundredth as often.

    An import makes dozens of objects for every order and none that refers to itself: looking at
    them took a quarter of its time.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS, *ROUNDS)
