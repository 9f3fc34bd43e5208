"""Promo codes: made from a creator's name, read from merchants' cells, owned by date."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from core.errors import BadInput
from core.ids import CodeId, EnrolmentId, public_code
from core.money import BPS
from core.records import record

COOLDOWN: Final = timedelta(days=60)  # a withdrawn code rests so long before somebody else gets it
STEM_MAX: Final = 12  # letters: a code is spoken aloud and typed by thumb
CODE_MAX: Final = 40  # characters that a code may have at the merchant
CODE_MIN: Final = 3
REMEMBERED: Final = 20_000  # cells of which the form is kept: a feed repeats its codes
WISH_MAX: Final = 16  # characters of a code that a creator may ask for

# By sound, as Kazakh names are written in passports: Айгерім -> AIGERIM, Жұлдыз -> ZHULDYZ.
_LATIN: Final = str.maketrans(
    {
        "А": "A", "Ә": "A", "Б": "B", "В": "V", "Г": "G", "Ғ": "G", "Д": "D", "Е": "E",
        "Ё": "YO", "Ж": "ZH", "З": "Z", "И": "I", "Й": "I", "К": "K", "Қ": "K", "Л": "L",
        "М": "M", "Н": "N", "Ң": "N", "О": "O", "Ө": "O", "П": "P", "Р": "R", "С": "S",
        "Т": "T", "У": "U", "Ұ": "U", "Ү": "U", "Ф": "F", "Х": "KH", "Һ": "H", "Ц": "TS",
        "Ч": "CH", "Ш": "SH", "Щ": "SH", "Ъ": "", "Ы": "Y", "І": "I", "Ь": "", "Э": "E",
        "Ю": "YU", "Я": "YA",
    }
)  # fmt: skip

# Cyrillic letters that look like Latin ones: a buyer or a merchant types the wrong keyboard.
_LOOKALIKE: Final = str.maketrans("АВЕКМНОРСТХІ", "ABEKMHOPCTXI")


@record(frozen=True, slots=True, kw_only=True)
class CodeOwnership:
    """Who holds a code from when until when (UTC, `until` exclusive, None = still)."""

    code: CodeId
    normal: str
    enrolment: EnrolmentId
    since: datetime
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether the enrolment held the code at that moment."""
        return self.since <= at and (self.until is None or at < self.until)


@lru_cache(maxsize=REMEMBERED)
def normal(raw: str) -> str:
    """The form in which codes are unique per brand: NFKC, upper case, no spaces.

    >>> normal(" aigerim 10 ")
    'AIGERIM10'
    """
    upper = unicodedata.normalize("NFKC", raw).upper()
    tight = "".join(unicodedata.normalize("NFKC", upper).split())
    return unicodedata.normalize("NFC", tight)  # without the space an accent joins its letter


@lru_cache(maxsize=REMEMBERED)
def folded(raw: str) -> str:
    """The normal form with look-alike letters made Latin, only for finding near misses.

    >>> folded("КАSPI-7_")
    'KASPI7'
    """
    return re.sub(r"[^0-9A-Z]", "", normal(raw).translate(_LOOKALIKE))


def by_sound(raw: str) -> str:
    """The normal form with Kazakh and Russian letters written by sound.

    >>> by_sound("Әсел 10")
    'ASEL10'
    """
    return normal(raw).translate(_LATIN)


def stem(name: str) -> str:
    """The letters of a code from a name: the first word, in Latin, without accents.

    >>> stem("Айгерім Сәрсенова")
    'AIGERIM'
    """
    latin = unicodedata.normalize("NFC", name).upper().translate(_LATIN)
    plain = unicodedata.normalize("NFKD", latin)
    words = re.findall(r"[A-Z]+", "".join(c for c in plain if not unicodedata.combining(c)))
    word = max(words[:1] or [""], key=len)
    if len(word) < 2:
        word = "".join(words)
    return word[:STEM_MAX] if len(word) >= 2 else "ULES"  # one letter is no code


def proposals(name: str, discount_bps: int) -> Iterator[str]:
    """Codes to try, nicest first: AIGERIM10, then with a short random suffix, for ever."""
    number = str(discount_bps // 100) if discount_bps >= BPS // 100 else ""
    base = stem(name) + number
    yield base
    while True:
        yield f"{base}{public_code(3).upper()}"


def wished(text: str) -> str:
    """A creator's wish as a code: Cyrillic by sound, only letters and digits of the Latin kind.

    Raises BadInput("code_wish") for anything that cannot be spoken and typed easily.

    >>> wished("Әсел 10")
    'ASEL10'
    """
    latin = by_sound(text)
    plain = "".join(c for c in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(c))
    if not re.fullmatch(rf"(?=.*[A-Z])[A-Z0-9]{{{CODE_MIN},{WISH_MAX}}}", plain):
        raise BadInput("code_wish", text[:100])
    return plain


def ready(text: str) -> str:
    """A code that the brand's shop knows, in its normal form; raises BadInput("code", why).

    `why` is: empty, short, long, signs (only letters, digits, "-" and "_" are typed without doubt).

    >>> ready(" sale-7_kz ")
    'SALE-7_KZ'
    """
    code = normal(text)
    if not code:
        raise BadInput("code", "empty")
    if len(code) < CODE_MIN:
        raise BadInput("code", "short")
    if len(code) > CODE_MAX:
        raise BadInput("code", "long")
    if not all(char.isalnum() or char in "-_" for char in code) or not folded(code):
        raise BadInput("code", "signs")
    return code


def owner_at(ownerships: Iterable[CodeOwnership], at: datetime) -> CodeOwnership | None:
    """The ownership that covers the moment, if any; ownerships of a code never overlap."""
    return next((held for held in ownerships if held.covers(at)), None)
