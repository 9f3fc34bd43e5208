"""Cells of merchants' files as values: money, moments, order numbers, promo codes, phones."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.sources.letters import visible

Cell = str | int | float | bool | date | datetime | time | timedelta

MAX_TIYN: Final = 10**14  # a trillion tenge: anything above is a number of something else
MAX_ID: Final = 64  # characters of an order number
MAX_CODES: Final = 20  # in one cell; more is not a list of codes
MAX_CODE: Final = 64  # characters; core.codes decides what can be a code
MAX_CODES_CELL: Final = 500  # characters of a cell; a longer one is a letter
MAX_WORDS_CELL: Final = 2_000
MAX_WORD: Final = 100  # characters of an article or of a click id

_KZT: Final = frozenset({"", "₸", "〒", "тг", "тнг", "тенге", "теңге", "tg", "tenge", "kzt", "398"})
_FOREIGN: Final = frozenset(
    {"₽", "р", "руб", "рублей", "rub", "rur", "$", "us$", "usd", "€", "eur", "евро", "£", "gbp"}
    | {"¥", "cny", "юань", "try", "₺", "uzs", "сум", "kgs", "сом", "byn", "uah", "₴", "aed"}
)
_LOST: Final = frozenset({"?", "\ufffd"})
_MINUS: Final = "-−–"
_SIGNS: Final = re.escape(_MINUS)
# "(1 234,50 ₸)", "-1234.5", "KZT 12,000", "500 тг."
_AMOUNT: Final = re.compile(
    rf"(\(?)([{_SIGNS}+]?)([^\d.,()+{_SIGNS}]*)([{_SIGNS}+]?)(\d[\d.,]*|[.,]\d+)"
    rf"([^\d()+{_SIGNS}]*)([{_SIGNS}]?)\)?"
)
_MARKS: Final = frozenset(",.")
_CENTS: Final = re.compile(r"^\d+([,.])\d\d$", re.MULTILINE)
_CENT: Final = Decimal("0.01")
_EDGES: Final = frozenset(" '")


class LineRejected(Exception):
    """A line is no order; `reason` is one that RejectedLine names. It never leaves a reader."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def text(cell: Cell) -> str:
    """The cell as a person would read it; whole floats without their ".0"."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def plain(cell: Cell) -> str:
    """The text of a cell on one line, without a protecting apostrophe, NBSP and doubled spaces."""
    if (
        isinstance(cell, str)
        and cell.isprintable()  # no NBSP, no line end, no mark of an encoding
        and "  " not in cell
        and cell[:1] not in _EDGES
        and cell[-1:] != " "
    ):
        return cell
    line = " ".join(visible(text(cell)).split())
    return line[1:].lstrip() if line[:1] == "'" else line


def lined_up(cells: Sequence[Cell]) -> str | None:
    """A column as one text with a line a cell; None where that is not what it is."""
    try:
        column = "\n".join(cells)  # type: ignore[arg-type]  # all text in a CSV
    except TypeError:
        return None
    return column if column.count("\n") == len(cells) - 1 else None


# --- money ---------------------------------------------------------------------------------------


class DecimalMarks:
    """A column's own answer to whether "1,234" is a thousand or a bit more than one.

    Every unambiguous amount of the column votes: "12,50" for the comma as a decimal mark,
    "1,234,567" and "1,234.50" against it. Without votes a lone mark before three digits groups
    thousands, because tenge has two decimals at most.
    """

    def __init__(self) -> None:
        self._votes = {",": 0, ".": 0}

    def watch(self, cell: Cell) -> None:
        """Count the vote of one cell."""
        if not isinstance(cell, str) or ("," not in cell and "." not in cell):
            return
        if cell[-3:-2] in _MARKS and cell[:-3].isdecimal() and cell[-2:].isdecimal():
            self._votes[cell[-3]] += 1
            return
        match = _AMOUNT.fullmatch(_squeezed(cell))
        if not match:
            return
        number = match[5].rstrip(".,")
        comma, dot = number.count(","), number.count(".")
        if comma and dot:
            last, other = (",", ".") if number.rfind(",") > number.rfind(".") else (".", ",")
            self._votes[last] += 1
            self._votes[other] -= 1
        elif comma > 1 or dot > 1:
            self._votes["," if comma else "."] -= 1
        elif comma or dot:
            mark = "," if comma else "."
            head, _, tail = number.partition(mark)
            if not _groups(head, [tail]):
                self._votes[mark] += 1

    def watch_all(self, cells: Sequence[Cell]) -> None:
        """Count the votes of many cells."""
        column = lined_up(cells)
        if column is not None:
            marked = column.count(",") + column.count(".")
            plain = _CENTS.findall(column) if marked else []
            if len(plain) == marked:  # each of them is as plain as "1234.50"
                for mark in set(plain):
                    self._votes[mark] += plain.count(mark)
                return
        for cell in cells:
            self.watch(cell)

    @property
    def decided(self) -> str:
        """The marks that are decimal in this column, of "", ",", "." and ",."."""
        return "".join(mark for mark, votes in self._votes.items() if votes > 0)


def _squeezed(cell: str) -> str:
    """NFKC without any white space and apostrophes: "1 234’50" of whatever spaces and quotes."""
    joined = "".join(unicodedata.normalize("NFKC", visible(cell)).split())
    return joined.replace("'", "").replace("’", "")


def _groups(head: str, tails: list[str]) -> bool:
    """Whether "1", ["234", "567"] can be groups of thousands."""
    return 1 <= len(head) <= 3 and head[0] != "0" and all(len(tail) == 3 for tail in tails)


def tiyn(cell: Cell, decimal_marks: str = "") -> int:
    """An amount of tenge in tiyn, exact; may be negative.

    `decimal_marks` is what DecimalMarks decided for the column. Raises LineRejected with
    amount_invalid, currency_other where the cell names another currency, or currency_lost where
    its sign has become a question mark, as that of the tenge does in a Windows code page.
    """
    if isinstance(cell, str):
        if cell.isdecimal() and len(cell) <= 12:
            return int(cell) * 100
        if cell[-3:-2] in _MARKS and (digits := cell[:-3] + cell[-2:]).isdecimal():
            if 4 <= len(cell) <= 15:
                return int(digits)
            if len(cell) > 15:
                raise LineRejected("amount_invalid")
        return _tiyn_of_text(cell, decimal_marks)
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not math.isfinite(cell):
        raise LineRejected("amount_invalid")
    if abs(cell) < 10**10 and cell == (whole := int(cell)):
        return whole * 100
    return _rounded(Decimal(repr(cell)))


def _tiyn_of_text(cell: str, decimal_marks: str) -> int:
    if cell[:2] == '="' and cell[-1:] == '"':  # a number that a spreadsheet should keep as text
        cell = cell[2:-1]
    match = _AMOUNT.fullmatch(_squeezed(cell)) if len(cell) <= 60 else None
    if match is None:
        raise LineRejected("amount_invalid")
    bracket, sign, before, inner_sign, number, after, trailing = match.groups()
    currency = (before + after).casefold().strip(".")
    if currency not in _KZT:
        if currency in _LOST:
            raise LineRejected("currency_lost")
        raise LineRejected("currency_other" if currency in _FOREIGN else "amount_invalid")
    amount = _rounded(Decimal(_dotted(number, decimal_marks)))
    signs = sign + inner_sign + trailing
    if len(signs) > 1:
        raise LineRejected("amount_invalid")
    return -amount if bracket or (signs and signs in _MINUS) else amount


def _dotted(number: str, decimal_marks: str) -> str:
    """Digits with marks as Decimal reads them: "1.234,50" -> "1234.50"."""
    number = number.rstrip(".,")
    comma, dot = number.count(","), number.count(".")
    if comma and dot:
        decimal, group = (",", ".") if number.rfind(",") > number.rfind(".") else (".", ",")
        whole, _, cents = number.partition(decimal)
        head, *tails = whole.split(group)
        if not _groups(head, tails) or not cents.isdecimal():
            raise LineRejected("amount_invalid")
        return f"{head}{''.join(tails)}.{cents}"
    if not comma and not dot:
        return number
    mark = "," if comma else "."
    head, *tails = number.split(mark)
    if comma + dot == 1 and (mark in decimal_marks or not _groups(head, tails)):
        return f"{head or '0'}.{tails[0]}"
    if not _groups(head, tails):
        raise LineRejected("amount_invalid")
    return head + "".join(tails)


def _rounded(amount: Decimal) -> int:
    if abs(amount) * 100 > MAX_TIYN:
        raise LineRejected("amount_invalid")
    return int(amount.quantize(_CENT, ROUND_HALF_UP).scaleb(2))


# What a header tells of its amounts: "Сумма (₽)", "Total, USD", "Сумма в рублях"
_HEADER_WORD: Final = re.compile(r"[^\W\d_]+|[₸〒₽$€£¥₺₴]")
_FOREIGN_IN_HEADER: Final = _FOREIGN - {"сум", "try"} | {"рублях", "долларах", "рубли"}


def is_foreign(header: str) -> bool:
    """Whether the header of a column of amounts names a currency that is not the tenge."""
    words = set(_HEADER_WORD.findall(unicodedata.normalize("NFKC", header).casefold()))
    return bool(words & _FOREIGN_IN_HEADER)


def check_currency(cell: Cell) -> None:
    """Let tenge and an empty cell pass; raise LineRejected("currency_other") for the rest."""
    if cell and plain(cell).casefold().rstrip(".") not in _KZT:
        raise LineRejected("currency_other")


# --- moments -------------------------------------------------------------------------------------

# "12.03.2025 14:05", "2022-01-11 04:32:31 -0500", "2025-03-12T14:05:00.5Z", "3/12/2025, 2:05 PM"
_MOMENT: Final = re.compile(
    r"(?:(\d{4})[-./](\d{1,2})[-./](\d{1,2})|(\d{1,2})[-./](\d{1,2})[-./](\d{4}|\d{2}))(?:\s?г\.?)?"
    r"(?:(?:T|,?\s+|,)(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,9})?)?\s?([AaPp][Mm])?"
    r"\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
# "12 марта 2025 г., 14:05", "5 наурыз 2025"
_DAY_MONTH: Final = re.compile(r"(\d{1,2})[\s-]+([^\W\d_]{3,})\.?,?[\s-]+(\d{4})(.*)")
# "Mar 12, 2025 14:05"
_MONTH_DAY: Final = re.compile(r"([^\W\d_]{3,})\.?\s+(\d{1,2}),?\s+(\d{4})(.*)")
# "2025 жылғы 5 наурыз"
_YEAR_FIRST: Final = re.compile(r"(\d{4})\s*(?:ж\.|жыл\w*)\s*(\d{1,2})\s+([^\W\d_]{3,})(.*)")
# "Ср, 05.03.2025", "Wed, 5 Mar 2025"
_WEEKDAY: Final = re.compile(
    r"(?:пн|вт|ср|чт|пт|сб|вс|дс|сс|бс|жм|жс|mon|tue|wed|thu|fri|sat|sun)\.?,?\s+(?=\S)",
    re.IGNORECASE,
)
_TIME: Final = re.compile(r"[1-9]\d?:|:\d*[1-9]")  # any but 0:00 and 00:00:00
_NUMBER: Final = re.compile(r"\d{5}(?:[.,]\d+)?|\d{8}|\d{10}|\d{13}")

_MONTHS: Final = {
    name: number
    for names in (
        "янв фев мар апр мая июн июл авг сен окт ноя дек",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "қаң ақп нау сәу мам мау шіл там қыр қаз қар жел",
    )
    for number, name in enumerate(names.split(), 1)
} | {"май": 5}

_EXCEL_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a naive day count, placed in a zone later
_LONGEST_MOMENT: Final = 60  # characters
_LAST_SECOND: Final = timedelta(hours=23, minutes=59, seconds=59)
_CACHE: Final = 20_000  # cells remembered: files repeat their days, codes and articles


# A time of day behind ten characters of a day: " 14:05", and ":30" or ":30 +0500"
_CLOCK: Final = re.compile(
    r"\d[\d./-]{8}\d[ T](\d\d):(\d\d)(?::(\d\d))?(?: ?(Z|[+-]\d\d:?\d\d))?", re.ASCII
)


class Moments:
    """Reads the moments of one column: naive ones are of `zone`, "3/4/2025" is 3 April.

    `month_first` reads dates with slashes in the American way; `midnight_is_day` takes 00:00 for a
    day whose time is not known. A DateStyle of the column decides both.

    A column has few days, 1 440 times of day and 60 seconds: whatever was read once is put together
    from its parts from then on, in a tenth of the time.
    """

    def __init__(
        self, zone: ZoneInfo, *, month_first: bool = False, midnight_is_day: bool = True
    ) -> None:
        self._zone = zone
        self._month_first = month_first
        self._midnight_is_day = midnight_is_day
        self._known: dict[Cell, tuple[datetime, bool] | None] = {}
        # The first ten characters: when the day begins in the zone, and when in UTC. The next six:
        # the time of day, but never midnight. The rest: seconds, and whether they are of the zone.
        self._days: dict[str, tuple[datetime, datetime]] = {}
        self._clocks: dict[str, timedelta] = {}
        self._rests: dict[str, tuple[timedelta, bool]] = {}

    def read(self, cell: Cell) -> tuple[datetime, bool] | None:
        """The moment in UTC and whether only its day is known (then it is the day's beginning).

        None for anything that is no date from 2000 to 2100, among it the "0001-01-01" of WB.
        """
        if isinstance(cell, str) and (rest := self._rests.get(cell[16:])):
            day, clock = self._days.get(cell[:10]), self._clocks.get(cell[10:16])
            if day and clock:
                second, local = rest
                return (day[0] if local else day[1]) + clock + second, False
        try:
            return self._known[cell]
        except KeyError:
            return self._remembered(cell)

    def _remembered(self, cell: Cell) -> tuple[datetime, bool] | None:
        if isinstance(cell, str) and len(cell) > _LONGEST_MOMENT:
            return None
        moment = self._parsed(cell)
        if moment and isinstance(cell, str) and (clock := _CLOCK.fullmatch(cell)):
            self._take_apart(cell, *clock.groups())
        if len(self._known) >= _CACHE:
            self._known.clear()
        self._known[cell] = moment
        return moment

    def _take_apart(
        self, cell: str, hour: str, minute: str, second: str | None, offset: str | None
    ) -> None:
        """Remember the parts of a moment whose day has no hour twice and none left out."""
        name = cell[:10]
        if name not in self._days:
            day, evening = self._parsed(name), self._parsed(name + " 23:59:59")
            utc = self._parsed(name + " 00:00Z")
            if not day or not evening or not utc or evening[0] - day[0] != _LAST_SECOND:
                return
            if max(len(self._days), len(self._rests)) >= _CACHE:
                self._days.clear()
                self._rests.clear()
            self._days[name] = day[0], utc[0]
        if (hour, minute) != ("00", "00"):
            self._clocks[cell[10:16]] = timedelta(hours=int(hour), minutes=int(minute))
        seconds = timedelta(seconds=int(second or 0))
        self._rests[cell[16:]] = seconds - _offset(offset or "Z"), offset is None

    def are_moments(self, cells: Sequence[Cell]) -> list[bool]:
        """Whether each cell is one that `read` finds."""
        days, clocks, rests = self._days, self._clocks, self._rests
        try:
            return [
                (cell[:10] in days and cell[10:16] in clocks and cell[16:] in rests)  # type: ignore[index]
                or self.read(cell) is not None
                for cell in cells
            ]
        except TypeError:  # of a workbook
            return [self.read(cell) is not None for cell in cells]

    def ordered(self, cell: Cell) -> datetime:
        """The moment of an order in UTC; where only the day is known, the last second of it.

        A code handed out at noon must own an order of that afternoon, and the day cannot tell it
        from one of the morning. Raises LineRejected("date_invalid").
        """
        moment = self.read(cell)
        if moment is None:
            raise LineRejected("date_invalid")
        at, by_day = moment
        return at + _LAST_SECOND if by_day else at

    def _parsed(self, cell: Cell) -> tuple[datetime, bool] | None:
        try:
            if isinstance(cell, str):
                return self._of_text(cell)
            if isinstance(cell, datetime):
                return self._placed(cell)
            if isinstance(cell, date):
                day = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
                return self._placed(day, day=True)
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                return self._of_number(Decimal(repr(cell)))
        except (ValueError, ArithmeticError):  # OverflowError is one of the latter
            pass
        return None

    def _of_text(self, cell: str) -> tuple[datetime, bool] | None:
        raw = plain(cell) if not cell.isascii() or cell[:1] in " '" or cell[-1:] == " " else cell
        match = _MOMENT.fullmatch(raw)
        if match is None:
            raw = _WEEKDAY.sub("", raw, count=1) if _WEEKDAY.match(raw) else raw
            match = _MOMENT.fullmatch(raw)
        if match is None:
            return self._of_words(raw)
        y, m, d, first, second, year, hour, minute, sec, half, offset = match.groups()
        if y is None:
            d, m = (second, first) if self._month_first and "/" in raw else (first, second)
            y = year if len(year) == 4 else "20" + year
        return self._clock(int(y), int(m), int(d), hour, minute, sec, half, offset)

    def _of_words(self, raw: str) -> tuple[datetime, bool] | None:
        if _NUMBER.fullmatch(raw):
            return self._of_number(Decimal(raw.replace(",", ".")))
        if match := _DAY_MONTH.fullmatch(raw):
            d, name, y, rest = match.groups()
        elif match := _MONTH_DAY.fullmatch(raw):
            name, d, y, rest = match.groups()
        elif match := _YEAR_FIRST.fullmatch(raw):
            y, d, name, rest = match.groups()
        else:
            return None
        month = _MONTHS.get(name.casefold()[:3])
        clock = rest.strip(" ,г.").removeprefix("в ").removeprefix("at ").strip()
        again = _MOMENT.fullmatch(f"{y}-{month}-{d} {clock}".strip())
        if month is None or again is None:
            return None
        return self._clock(int(y), month, int(d), *again.groups()[6:])

    def _clock(
        self,
        year: int,
        month: int,
        day: int,
        hour: str | None,
        minute: str | None,
        second: str | None,
        half: str | None,
        offset: str | None,
    ) -> tuple[datetime, bool] | None:
        if not 2000 <= year <= 2100:
            return None
        if hour is None:
            return self._placed(datetime(year, month, day), day=True)  # noqa: DTZ001
        hours = int(hour)
        if half is not None:
            if not 1 <= hours <= 12:
                return None
            hours = hours % 12 + (12 if half in "PMpm" else 0)
        at = datetime(year, month, day, hours, int(minute or 0), int(second or 0))  # noqa: DTZ001
        if offset is None:
            return self._placed(at)
        return at.replace(tzinfo=UTC) - _offset(offset), False

    def _of_number(self, number: Decimal) -> tuple[datetime, bool] | None:
        if 10**12 <= number < 10**13:
            return self._placed(datetime.fromtimestamp(int(number) // 1000, UTC))
        if 10**9 <= number < 10**10:
            return self._placed(datetime.fromtimestamp(int(number), UTC))
        if 20_000_101 <= number <= 21_001_231:
            y, rest = divmod(int(number), 10_000)
            return self._clock(y, rest // 100, rest % 100, None, None, None, None, None)
        if 36_526 <= number < 73_415:  # Excel's days of 2000 to 2100
            seconds = int((number * 86_400).to_integral_value(ROUND_HALF_UP))
            # A serial without a fraction is a day, whatever else stands in the column.
            day = number == number.to_integral_value()
            return self._placed(_EXCEL_EPOCH + timedelta(seconds=seconds), day=day)
        return None

    def _placed(self, at: datetime, *, day: bool = False) -> tuple[datetime, bool] | None:
        if not 2000 <= at.year <= 2100:
            return None
        if at.tzinfo is not None:
            return at.astimezone(UTC), False
        midnight = not (at.hour or at.minute or at.second)
        by_day = day or (midnight and self._midnight_is_day)
        return at.replace(tzinfo=self._zone, microsecond=0).astimezone(UTC), by_day


def _offset(raw: str) -> timedelta:
    if raw in ("Z", "UTC", "GMT"):
        return timedelta()
    digits = raw[1:].replace(":", "")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    if delta > timedelta(hours=16):
        raise ValueError(raw)
    return -delta if raw[0] == "-" else delta


class DateStyle:
    """How a column writes its dates, which no single cell tells.

    `month_first`: 12/25/2025 occurs, and nothing that only a day could begin with. `timed`: some
    cell has a time of day; in a column without any a midnight is how 1C and Excel write a day.
    """

    def __init__(self) -> None:
        self._first = 0
        self._second = 0
        self.timed = False

    def watch(self, cell: Cell) -> None:
        """Look at one cell."""
        if isinstance(cell, str):
            if not self.timed and ":" in cell:
                self.timed = _TIME.search(cell) is not None
            if "/" not in cell:
                return
            first, _, rest = cell.strip().partition("/")
            second = rest.partition("/")[0]
            if first.isdecimal() and second.isdecimal() and len(first) <= 2 and len(second) <= 2:
                self._first = max(self._first, int(first))
                self._second = max(self._second, int(second))
        elif isinstance(cell, datetime):
            self.timed = self.timed or cell.time() != time()
        elif isinstance(cell, float):
            self.timed = self.timed or not cell.is_integer()

    def watch_all(self, cells: Sequence[Cell]) -> None:
        """Look at many cells; nothing is learnt of a time twice."""
        column = lined_up(cells)
        if column is None or "/" in column or not (self.timed or ":" not in column):
            for cell in set(cells):
                self.watch(cell)

    @property
    def month_first(self) -> bool:
        """The column's verdict."""
        return self._second > 12 and self._first <= 12


# --- order numbers -------------------------------------------------------------------------------

# What Excel leaves of a long number: "6.61808E+12", "9,23001e+11"
_SCIENTIFIC: Final = re.compile(r"\d(?:[.,]\d*)?[eE]\+\d+")
_DECIMAL_ID: Final = re.compile(r"(\d+)[.,]0{1,2}")  # an integer as a spreadsheet shows a sum
# "#N/A", "#ССЫЛКА!", "#####" of a column that was too narrow
_SHEET_ERROR: Final = re.compile(r"#(?:[\w/]+[!?]|n/a|н/д|#+)", re.IGNORECASE)
_BLANK: Final = frozenset(
    {"", "-", "—", "–", "нет", "жоқ", "none", "null", "n/a", "nan", "#n/a", "#н/д"}
)


def order_id(cell: Cell) -> str:
    """An order's number as one canonical text: "№ 712155089.0" -> "712155089".

    Raises LineRejected: order_missing for a blank, id_damaged for what a spreadsheet has spoilt
    (scientific notation, sixteen digits and more as a number, six digits padded with zeros, a date,
    a formula).
    """
    if isinstance(cell, str):
        if cell.isalnum() and len(cell) < 12 and cell.isascii() and cell.casefold() not in _BLANK:
            return cell
        raw = plain(cell)
        if raw[:2] == '="' and raw[-1:] == '"':  # the usual way to keep leading zeros in a CSV
            raw = raw[2:-1]
        if _SHEET_ERROR.fullmatch(raw):
            raise LineRejected("order_missing" if raw.casefold() in _BLANK else "id_damaged")
        raw = raw.lstrip("№#").lstrip()
        if found := _DECIMAL_ID.fullmatch(raw):
            raw = found[1]
        if " " in raw and (joined := raw.replace(" ", "")).isdecimal():
            raw = joined
    elif isinstance(cell, bool | date | time | timedelta):
        raise LineRejected("id_damaged")
    else:
        if not math.isfinite(cell) or abs(cell) >= 1e15:
            raise LineRejected("id_damaged")
        raw = text(cell)
    if raw.casefold() in _BLANK:
        raise LineRejected("order_missing")
    if (
        len(raw) > MAX_ID
        or raw[0] in "=@"
        or "\ufffd" in raw
        or _SCIENTIFIC.fullmatch(raw)
        or (len(raw) >= 12 and raw.isdecimal() and len(raw.rstrip("0")) <= 6)
    ):
        raise LineRejected("id_damaged")
    return raw


_SHORTEST: Final = 8  # cells of a column that are looked at one by one
# Digits of a length that no spreadsheet spoils, or letters with a digit among them.
_PLAIN_NUMBERS: Final = re.compile(r"(?:[0-9]{1,11}+\n)*+")
_PLAIN_IDS: Final = re.compile(
    r"(?:(?![0-9]{12})(?=[A-Za-z_-]*+[0-9])[0-9A-Za-z][0-9A-Za-z_-]{0,63}+\n)*+"
)


def plain_ids(cells: Sequence[Cell]) -> list[str] | None:
    """A column of order numbers if each is one as it stands, and no word; None if it takes a look.

    What it returns is what `order_id` makes of each of them.
    """
    column = lined_up(cells)
    if column is None:
        return _whole_ids(cells)
    if not column.isascii():
        return None
    marked = column[:1] == "#" and column.count("\n#") == column.count("#") - 1 == len(cells) - 1
    if marked:
        column = column.replace("#", "")
    lines = column + "\n"
    if _PLAIN_NUMBERS.fullmatch(lines) or _PLAIN_IDS.fullmatch(lines):
        return column.split("\n")
    return None


def _whole_ids(cells: Sequence[Cell]) -> list[str] | None:
    """Numbers of orders that are numbers to a spreadsheet as well, as `plain_ids` gives them."""
    whole: list[int] = []
    for cell in cells:
        if cell.__class__ is float and cell.is_integer():
            cell = int(cell)
        if cell.__class__ is not int:  # a bool is another class
            return None
        whole.append(cell)
    plain = bool(whole) and min(whole) >= 0 and max(whole) < 10**11
    return list(map(str, whole)) if plain else None


def stretches_of_ids(cells: Sequence[Cell]) -> Iterator[tuple[int, int, list[str] | None]]:
    """A column cut into stretches that `plain_ids` reads and short ones that take a look.

    A blank, a total or a spoilt number costs its own stretch, and not the whole block.
    """
    waiting = [(0, len(cells))]
    while waiting:
        begin, end = waiting.pop()
        numbers = plain_ids(cells[begin:end])
        if numbers is not None or end - begin <= _SHORTEST:
            yield begin, end, numbers
        else:
            middle = (begin + end) // 2
            waiting += (middle, end), (begin, middle)


def looks_truncated(external_id: str) -> bool:
    """Zeros as a spreadsheet leaves them: nothing in one number, damage in most of a column.

    Five at the end, or from the sixteenth digit on: it calculates with fifteen.
    """
    if not external_id.isdecimal():
        return False
    return external_id.endswith("00000") or (
        len(external_id) > 15 and not external_id[15:].strip("0")
    )


# --- codes, phones, numbers ----------------------------------------------------------------------

_CODE_BREAK: Final = re.compile(r"\s*\+\s*|[,;|/\n]|\s&\s|\sи\s|\sжәне\s|\sand\s")
# "Coupon (SAVE50)" of OpenCart, "Промокод: SAVE50"
_CODE_NAMED: Final = re.compile(
    r"(?:coupon|promo ?code|купон|промокод|жеңілдік коды)\s*(?:\(\s*|[:«]\s*|\s)([^\s()»]+)[)»]?",
    re.IGNORECASE,
)
_CODE_NOTE: Final = re.compile(
    r"\s*\([-+−–]?\s?[\d\s.,]+\s?(?:%|₸|тг|тенге|kzt)?\)$", re.IGNORECASE
)
_COUPON_ITEM: Final = re.compile(r"\bcode:\s*([^|;,]+)")  # "code:AIGERIM10|amount:500"


def codes(cell: Cell) -> tuple[str, ...]:
    """The promo codes of one cell as written: "SAVE50 + paul20" -> ("SAVE50", "paul20")."""
    if not cell:
        return ()
    raw = text(cell)
    return _codes(raw) if len(raw) <= MAX_CODES_CELL else ()


def _bare_code(part: str) -> str:
    """A code without what shops write around it: "Coupon (SAVE50)", "A10 (-10%)", "[\"A10\"]"."""
    code = plain(part).strip("[]\"' ")
    if named := _CODE_NAMED.fullmatch(code):
        return named[1]
    return _CODE_NOTE.sub("", code)


@lru_cache(_CACHE)
def _codes(raw: str) -> tuple[str, ...]:
    if raw.isalnum() and raw.casefold() not in _BLANK:
        return (raw,) if len(raw) <= MAX_CODE and raw != "0" else ()
    parts = _COUPON_ITEM.findall(raw) if "code:" in raw else _CODE_BREAK.split(raw)
    found = dict.fromkeys(_bare_code(part) for part in parts)
    return tuple(
        code for code in found if code.casefold() not in _BLANK | {"0"} and len(code) <= MAX_CODE
    )[:MAX_CODES]


_WORD_BREAK: Final = re.compile(r"[,;|\n]")


def words(cell: Cell) -> tuple[str, ...]:
    """The ids of one cell, split at commas, semicolons, bars and line ends."""
    if not cell:
        return ()
    raw = text(cell)
    if len(raw) > MAX_WORDS_CELL:
        return ()
    parts = map(plain, _WORD_BREAK.split(raw)) if _WORD_BREAK.search(raw) else (plain(raw),)
    return tuple(
        dict.fromkeys(
            part for part in parts if len(part) <= MAX_WORD and part.casefold() not in _BLANK
        )
    )


def phone(cell: Cell) -> str | None:
    """A phone as E.164, or None: a bare ten digits and a leading 8 are Kazakhstan's.

    >>> phone("8 (702) 123-45-67")
    '+77021234567'
    """
    if not cell:
        return None
    if isinstance(cell, str):
        tight = cell.replace(" ", "").replace("-", "").replace("(", "").replace(")", "")
        if tight.isascii() and tight[1:].isdecimal():
            first, length = tight[0], len(tight)
            if length == 11 and first in "78":
                return "+7" + tight[1:]
            if length == 12 and tight[:2] == "+7":
                return tight
            if length == 10 and first == "7":
                return "+7" + tight
    for part in re.split(r"[,;/\n]", text(cell)):
        digits = "".join(character for character in part if character in "0123456789")
        international = part.strip(" '\t=\"").startswith(("+", "00"))
        if international and digits.startswith("00"):
            digits = digits[2:]
        if len(digits) == 10 and digits[0] == "7" and not international:
            return "+7" + digits
        if len(digits) == 11 and (digits[0] == "7" or (digits[0] == "8" and not international)):
            return "+7" + digits[1:]
        if international and 10 <= len(digits) <= 15 and digits[0] not in "07":
            return "+" + digits
    return None


def quantity(cell: Cell) -> int:
    """How many pieces; 1 for a blank or for something that is no count up to a million."""
    if isinstance(cell, str) and cell.isdecimal() and len(cell) <= 6:
        return int(cell) or 1
    if isinstance(cell, int) and 1 <= cell <= 1_000_000 and cell is not True:
        return cell
    try:
        count = int(Decimal(plain(cell).replace(",", ".").removesuffix(" шт").removesuffix("шт.")))
    except (ArithmeticError, ValueError):
        return 1
    return count if 1 <= count <= 1_000_000 else 1
