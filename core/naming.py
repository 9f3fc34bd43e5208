"""Names as a search compares them: without case, accents and the letters that only Kazakh has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

WORD_MAX: Final = 40  # characters of a word that are compared

# People type Kazakh names on a Russian keyboard: "кокше" is meant to find «Көкше».
_LETTERS: Final = str.maketrans("әғқңөұүһіё", "агкноуухие")
_WORD: Final = re.compile(r"[^\W_]+(?:_[^\W_]+)*")  # letters and digits; a username keeps its "_"


def fold(text: str) -> str:
    """The text in the form in which names are compared."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)


def words(*texts: str) -> tuple[str, ...]:
    """The folded words of names, each once, in their order."""
    return tuple(dict.fromkeys(_found(texts)))


def _found(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        for found in _WORD.finditer(fold(text)):
            yield found[0][:WORD_MAX]
