"""State and bank identifiers of Kazakhstan: IIN, BIN, IBAN and telephone numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from stdnum import iban as stdnum_iban

from core import banks
from core.errors import BadInput, BankClosed, InvalidIban, InvalidIin, UnderAge

ADULT: Final = 18  # years: nobody younger is paid without a parent's consent
OLDEST: Final = 120  # years: a number that says more is a typing error

_WEIGHTS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_WEIGHTS: Final = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_CENTURY: Final = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}

# Letters of a Cyrillic keyboard that look like Latin ones; the control digits of the IBAN prove
# that the reading was right.
_LATIN: Final = str.maketrans("АВСЕНІКМОРТХУЅЈԚԜ", "ABCEHIKMOPTXYSJQW")

_IBAN: Final = re.compile(r"KZ[0-9]{5}[0-9A-Z]{13}")  # KZ41722C000000000001
_PHONE: Final = re.compile(r"(?:\+?7|8)?(7[0-9]{9})")  # +7 701 123 45 67, 8701..., 701...


@dataclass(frozen=True, slots=True, kw_only=True)
class Iin:
    """An individual's number and the birth date that it tells.

    `foreign`: the seventh digit is 0, as reported for some foreigners; the century is then assumed
    to be the latest possible one, and a person of the staff should look at the document.
    """

    number: str
    birth_date: date
    foreign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Iban:
    """A Kazakhstan account; name and BIC are empty for a bank that the table does not know."""

    number: str
    bank_code: str
    bank_name: str = ""
    bic: str = ""

    @property
    def known(self) -> bool:
        """Whether the bank is in the table; an unknown one is for manual review."""
        return bool(self.bank_name)

    @property
    def tail(self) -> str:
        """The last four characters, to show which account without showing it."""
        return self.number[-4:]


def parse_iin(text: str, today: date) -> Iin:
    """Read the IIN of an adult: `YYMMDD C NNNN K`.

    `today` is the date in Almaty. Raises InvalidIin for anything that is no IIN, UnderAge for a
    holder younger than eighteen.
    """
    number = _twelve_digits(text)
    if number is None or not _control_digit_holds(number):
        raise InvalidIin
    born = _birth_date(number, today)
    if born is None or born > today or _age(born, today) > OLDEST:
        raise InvalidIin
    if _age(born, today) < ADULT:
        raise UnderAge
    return Iin(number=number, birth_date=born, foreign=number[6] == "0")


def parse_bin(text: str) -> str:
    """Read the number under which a business is registered, twelve digits.

    A legal entity has a BIN (`YYMM T A NNNNN K`, T of 4, 5, 6); an individual entrepreneur uses
    the IIN of the owner. Raises BadInput("bin").
    """
    number = _twelve_digits(text)
    if number is None or not _control_digit_holds(number):
        raise BadInput("bin", text.strip()[:40])
    if number[4] in "456":
        proper = 1 <= int(number[2:4]) <= 12 and number[5] in "0123"
    else:
        proper = number[6] == "0" or _date(_CENTURY.get(number[6], -1), number) is not None
    if not proper:
        raise BadInput("bin", number)
    return number


def parse_iban(text: str) -> Iban:
    """Read an IBAN `KZ kk bbb ccccccccccccc`, written in any grouping and on either keyboard.

    Raises InvalidIban for a wrong shape or control digits, BankClosed for a bank that has been
    closed or merged.
    """
    number = "".join(char for char in text if not (char.isspace() or char in "-–—"))
    number = number.upper().translate(_LATIN)
    if not _IBAN.fullmatch(number) or not stdnum_iban.is_valid(number):
        raise InvalidIban
    code = number[4:7]
    if code in banks.CLOSED:
        raise BankClosed(code)
    bank = banks.OPEN.get(code)
    if bank is None:
        return Iban(number=number, bank_code=code)
    return Iban(number=number, bank_code=code, bank_name=bank.name, bic=bank.bic)


def parse_phone(text: str) -> str:
    """Read a telephone number of Kazakhstan as E.164: "8 (701) 123-45-67" -> "+77011234567".

    Raises BadInput("phone"), also for numbers of other countries.
    """
    compact = re.sub(r"[\s().\-–—\u200e\u202a\u202c]", "", text)
    match = _PHONE.fullmatch(compact)
    if match is None:
        raise BadInput("phone", text.strip()[:40])
    return f"+7{match[1]}"


def _twelve_digits(text: str) -> str | None:
    compact = "".join(char for char in text if not (char.isspace() or char in "-–—"))
    return compact if re.fullmatch(r"[0-9]{12}", compact) else None


def _control_digit_holds(number: str) -> bool:
    """A remainder of 10 asks for the second row of weights; 10 again is a number never issued."""
    digits = [int(digit) for digit in number]
    for weights in (_WEIGHTS, _SECOND_WEIGHTS):
        control = sum(w * d for w, d in zip(weights, digits, strict=False)) % 11
        if control < 10:
            return control == digits[11]
    return False


def _birth_date(number: str, today: date) -> date | None:
    if number[6] == "0":
        recent = _date(2000, number)
        return recent if recent is not None and recent <= today else _date(1900, number)
    return _date(_CENTURY.get(number[6], -1), number)


def _date(century: int, number: str) -> date | None:
    try:
        return date(century + int(number[:2]), int(number[2:4]), int(number[4:6]))
    except ValueError:
        return None


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
