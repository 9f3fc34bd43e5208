"""The advertising label that every paid post must carry, and the check of a caption for it.

Source: Order No. 59-НҚ of the Minister of Culture and Information of 16 February 2024 (in force
since 2 March 2024): seven Kazakh and seven Russian wordings, in text, and before an advertisement
in a video begins. English words are not on the list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.people import Locale

RULES_VERSION: Final = "59-НҚ/2024-03-02"

KAZAKH: Final = (
    "жарнама",
    "жарнамалық материал",
    "серіктестік материал",
    "демеушілік материал",
    "жарнама құқығында",
    "демеушімен төленген",
    "PR құқығында",
)
RUSSIAN: Final = (
    "реклама",
    "рекламный материал",
    "партнерский материал",
    "спонсорский материал",
    "на правах рекламы",
    "оплачено спонсором",
    "на правах PR",
)
WORDINGS: Final = KAZAKH + RUSSIAN

VISIBLE_CHARS: Final = 125  # characters of a caption that Instagram shows before "more"
HASHTAGS_MAX: Final = 5  # a label among more hashtags than these is not seen
_END: Final = 0.8  # a label that begins after this part of the caption stands at its end

# Letters that are typed on the wrong keyboard layout, after casefold: PEKЛAMA, рeклама.
_CYRILLIC: Final = str.maketrans("aceiopxykmthb", "асеіорхукмтнв")
_PHRASES: Final = tuple(wording.casefold() for wording in WORDINGS)
_VOCABULARY: Final = frozenset(word for phrase in _PHRASES for word in phrase.split())
_LABEL: Final = re.compile(
    r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, _PHRASES), key=len, reverse=True)) + r")(?!\w)"
)
_ENGLISH: Final = re.compile(
    r"(?<!\w)(?:ad|ads|advert|advertising|advertisement|sponsored|promo|paid partnership)(?!\w)"
)
_DENIED: Final = (re.compile(r"(?<!\w)не\s+$"), re.compile(r"^\s+емес(?!\w)"))


class LabelOutcome(StrEnum):
    """PASS may go on, WARN needs a person's look, FAIL is refused."""

    PASS = "pass"  # noqa: S105 - the outcome of a check, not a password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class LabelCheck:
    """The outcome and, unless it is PASS, its reason.

    WARN: label_after_cut, label_at_end, label_among_hashtags. FAIL: empty, label_missing,
    label_not_kk_ru (only English words say that it is an advertisement).
    """

    outcome: LabelOutcome
    reason: str = ""


def label_text(legal_name: str, locale: Locale | None = None) -> str:
    """The line that a creator copies to the beginning of a post, with the sponsor.

    Kazakh and Russian together, or in the language of the post alone; English words are no label.
    """
    match locale:
        case Locale.KK:
            return f"Жарнама. {legal_name}"
        case Locale.RU:
            return f"Реклама. {legal_name}"
        case _:
            return f"Жарнама / Реклама. {legal_name}"


def check_label(caption: str) -> LabelCheck:
    """Look for an allowed wording in the text of a post and judge where it stands."""
    text = _normal(caption)
    if not text:
        return LabelCheck(LabelOutcome.FAIL, "empty")
    found = list(_labels(text))
    if not found:
        reason = "label_not_kk_ru" if _ENGLISH.search(text) else "label_missing"
        return LabelCheck(LabelOutcome.FAIL, reason)

    crowded = text.count("#") > HASHTAGS_MAX
    if crowded and all(text[max(0, start - 1)] == "#" for start in found):
        return LabelCheck(LabelOutcome.WARN, "label_among_hashtags")
    first = found[0]
    if first >= VISIBLE_CHARS:
        return LabelCheck(LabelOutcome.WARN, "label_after_cut")
    if first > 0 and first >= _END * len(text):
        return LabelCheck(LabelOutcome.WARN, "label_at_end")
    return LabelCheck(LabelOutcome.PASS)


def _labels(text: str) -> Iterator[int]:
    """Where labels begin, without those that are denied: "не реклама", "жарнама емес"."""
    denied_before, denied_after = _DENIED
    for match in _LABEL.finditer(text):
        if denied_before.search(text[: match.start()]) or denied_after.match(text[match.end() :]):
            continue
        yield match.start()


def _normal(caption: str) -> str:
    """The caption folded for comparison; `#` stays, because it tells a hashtag from a word."""
    text = unicodedata.normalize("NFKC", caption).casefold().replace("ё", "е").replace("_", " ")
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = re.sub(r"\w+", lambda word: _mended(word[0]), text)
    return " ".join(text.split())


def _mended(word: str) -> str:
    """The word with look-alike letters made Cyrillic, if that makes it a word of a label."""
    candidate = word.translate(_CYRILLIC)
    return candidate if candidate in _VOCABULARY else word
