"""Letters that look alike, made one, for finding known words in what people typed.

Kazakh is typed with a Latin i where the keyboard has no «і», "Cтатус" begins with a Latin C, a Mac
writes «й» as two characters, and web pages leave characters between letters that nobody sees.
"""

from __future__ import annotations

from typing import Final

from core.naming import fold

# Zero-width spaces and joiners, marks of direction, soft hyphens, byte order marks.
_UNSEEN: Final = dict.fromkeys(
    (0xAD, 0x61C, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065))
)
_ALIKE: Final = str.maketrans("aceopxyikmtbhəɵ", "асеорхуикмтвнао")


def visible(text: str) -> str:
    """The text without characters that have no width."""
    return text if text.isascii() else text.translate(_UNSEEN)


def alike(text: str) -> str:
    """The text in a form that is for comparing only: no case, no look-alikes, single spaces.

    >>> alike("Cтaтус") == alike("СТАТУС"), alike("жеткiзiлдi") == alike("Жеткізілді")
    (True, True)
    """
    return " ".join(fold(visible(text)).translate(_ALIKE).split())
