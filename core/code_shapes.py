"""Damaged spellings of promo codes, and how to find the code that was meant.

A buyer types the wrong alphabet or one sign too many, a merchant's file goes through Excel. Whoever
looks for the code compares shapes: those of the codes are kept beside them, those of a spelling are
made when it fits no code. What was found is looked at once more, and only suggested to people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from core import codes
from core.records import record

SHORTEST: Final = 5  # signs of a form in which one too many or too few is looked for
SHAPE_MAX: Final = 40  # characters of a shape

# Month names as Excel in English and in Russian abbreviates them: "MAR10" is a date to it.
_MONTHS: Final = {
    "JAN": "янв", "FEB": "фев", "MAR": "мар", "APR": "апр", "MAY": "май", "JUN": "июн",
    "JUL": "июл", "AUG": "авг", "SEP": "сен", "OCT": "окт", "NOV": "ноя", "DEC": "дек",
}  # fmt: skip
_DIGITS_KEPT: Final = 5  # decimals that Excel shows of a long number
_LONG: Final = 12  # digits from which Excel shows a number in scientific notation


class Damage(StrEnum):
    """What has become of a code, the likeliest first."""

    LOOKALIKE = "lookalike"  # letters of another alphabet, or stray signs
    LETTERS = "letters"  # written by sound in Kazakh or Russian letters
    EXCEL = "excel"  # taken for a number or a date
    ONE_SIGN = "one_sign"  # one too many, or one missing


@record(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A code that a spelling may stand for."""

    normal: str
    damage: Damage


def of_code(normal: str) -> set[str]:
    """The shapes under which a code is found.

    >>> sorted(of_code("MAR10"))
    ['10MAP', '10MAR', 'AR10', 'MA10', 'MAP10', 'MAR0', 'MAR1', 'MAR10', 'MR10']
    """
    form = codes.folded(normal)
    found = {form, *without_one(form), *(codes.folded(each) for each in by_excel(normal))}
    return {shape[:SHAPE_MAX] for shape in found if shape}


def of_spelling(raw: str, *, thorough: bool = True) -> set[str]:
    """The shapes to look for.

    Without being `thorough` a spelling with a sign too many is not found, and a feed of thousands
    of unknown codes asks ten times less.
    """
    forms = {codes.folded(raw), codes.folded(codes.by_sound(raw))}
    if thorough:
        forms |= {shape for form in tuple(forms) for shape in without_one(form)}
    return {shape[:SHAPE_MAX] for shape in forms if shape}


def damage(raw: str, normal: str) -> Damage | None:
    """How the spelling may have come of the code; None where it has not.

    >>> [damage(raw, "ASEL10") for raw in ("АSEL10", "Әсел10", "ASEL100", "ASE10")]
    [<Damage.LOOKALIKE: 'lookalike'>, <Damage.LETTERS: 'letters'>, <Damage.ONE_SIGN: 'one_sign'>, \
<Damage.ONE_SIGN: 'one_sign'>]
    >>> damage("ASEL15", "ASEL10")
    """
    form, code = codes.folded(raw), codes.folded(normal)
    if not form or not code:
        return None
    heard = codes.folded(codes.by_sound(raw))
    if form == code:
        return Damage.LOOKALIKE
    if heard == code:
        return Damage.LETTERS
    if form in {codes.folded(each) for each in by_excel(normal)}:
        return Damage.EXCEL
    if any(
        one in without_one(other)
        for own in (form, heard)
        for one, other in ((own, code), (code, own))
    ):
        return Damage.ONE_SIGN
    return None


def by_excel(normal: str) -> Iterator[str]:
    """What Excel may make of a code that looks like a number or a date.

    >>> list(by_excel("00123")), list(by_excel("12E3"))
    (['123'], ['12000', '1.20E+04', '1,20E+04'])
    """
    if normal.isascii() and normal.isdigit():
        if normal != (stripped := normal.lstrip("0")):
            yield stripped
        if len(stripped) >= _LONG:
            yield f"{int(stripped):.{_DIGITS_KEPT}E}"
    elif found := re.fullmatch(r"(\d{1,4})E(\d{1,2})", normal):
        number = int(found[1]) * 10 ** int(found[2])
        yield str(number)
        yield f"{number:.2E}"
        yield f"{number:.2E}".replace(".", ",")
    elif (found := re.fullmatch(r"([A-Z]{3})(\d{1,2})", normal)) and found[1] in _MONTHS:
        for month in (found[1], _MONTHS[found[1]]):
            yield f"{int(found[2])}-{month}"
            yield f"{month}-{int(found[2])}"


def without_one(form: str) -> set[str]:
    """The form with each of its signs left out; nothing of a short one."""
    if len(form) < SHORTEST:
        return set()
    return {form[:index] + form[index + 1 :] for index in range(len(form))}
