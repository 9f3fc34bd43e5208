"""IIN, BIN, IBAN and telephone numbers: what is taken, what is refused, and as what."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import banks
from core.errors import BadInput, BankClosed, InvalidIban, InvalidIin, UnderAge
from core.identifiers import Iban, parse_bin, parse_iban, parse_iin, parse_phone

TODAY = date(2026, 11, 21)
KASPI = "KZ41722C000000000001"


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("950321300002", date(1995, 3, 21)),  # proved by the first row of weights
        ("950321300307", date(1995, 3, 21)),  # by the second
        ("010515600000", date(2001, 5, 15)),
        ("010515600104", date(2001, 5, 15)),
        (" 950321 300002\n", date(1995, 3, 21)),
        ("950321-300002", date(1995, 3, 21)),
    ],
)
def test_an_iin_tells_the_birth_date(text: str, born: date) -> None:
    iin = parse_iin(text, TODAY)

    assert iin.birth_date == born
    assert len(iin.number) == 12
    assert not iin.foreign


@pytest.mark.parametrize(
    "text",
    [
        "",
        "95032130000",
        "9503213000022",
        "950321300003",  # control digit
        "821214240092",  # both rows of weights give ten: never issued
        "260340000002",  # a BIN
        "95032130000O",  # the letter
        "٩٥٠٣٢١٣٠٠٠٠٢",  # other digits
        "мой ИИН 950321300002",
    ],
)
def test_what_is_no_iin_is_refused(text: str) -> None:
    with pytest.raises(InvalidIin):
        parse_iin(text, TODAY)


@pytest.mark.parametrize("tail", range(10))
def test_a_prefix_that_was_never_issued_has_no_control_digit(tail: int) -> None:
    with pytest.raises(InvalidIin):
        parse_iin(f"95032130037{tail}", TODAY)


def with_control_digit(prefix: str) -> str:
    """A number with eleven given digits that passes; the test's own arithmetic."""
    first = sum((place + 1) * int(digit) for place, digit in enumerate(prefix)) % 11
    weights = [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]
    second = sum(w * int(digit) for w, digit in zip(weights, prefix, strict=True)) % 11
    control = second if first == 10 else first
    assert control < 10, "choose another prefix"
    return f"{prefix}{control}"


def test_one_is_of_age_on_the_eighteenth_birthday_and_not_a_day_before() -> None:
    iin = with_control_digit("08112150000")

    assert parse_iin(iin, date(2026, 11, 21)).birth_date == date(2008, 11, 21)
    with pytest.raises(UnderAge):
        parse_iin(iin, date(2026, 11, 20))


def test_who_was_born_on_the_leap_day_is_of_age_on_the_first_of_march() -> None:
    iin = with_control_digit("08022950000")

    with pytest.raises(UnderAge):
        parse_iin(iin, date(2026, 2, 28))
    assert parse_iin(iin, date(2026, 3, 1)).birth_date == date(2008, 2, 29)


@pytest.mark.parametrize("prefix", ["95023030000", "95130130000", "27010150000", "95032110000"])
def test_impossible_birth_dates_are_refused(prefix: str) -> None:
    with pytest.raises(InvalidIin):  # 30 February, month 13, the future, the nineteenth century
        parse_iin(with_control_digit(prefix), TODAY)


def test_a_foreigners_number_is_taken_and_marked_for_a_look() -> None:
    assert parse_iin(with_control_digit("95032100000"), TODAY).foreign


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_numbers(text: str) -> None:
    for parse in (parse_bin, parse_iban, parse_phone, lambda one: parse_iin(one, TODAY)):
        with suppress(InvalidIin, UnderAge, InvalidIban, BankClosed, BadInput):
            parse(text)


@pytest.mark.parametrize("text", ["260340000002", "260340000302", "2603 4000 0002"])
def test_a_bin_of_a_company_is_taken(text: str) -> None:
    assert parse_bin(text) == text.replace(" ", "")


def test_an_individual_entrepreneur_gives_the_iin_of_the_owner() -> None:
    assert parse_bin("950321300002") == "950321300002"


@pytest.mark.parametrize("text", ["", "260340000003", "26034000034", "261340000002", "мало цифр"])
def test_what_is_no_bin_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        parse_bin(text)

    assert refusal.value.field == "bin"


@pytest.mark.parametrize(
    ("text", "bank", "bic"),
    [
        (KASPI, "Kaspi Bank", "CASPKZKA"),
        ("KZ72722S000000000001", "Kaspi Bank", "CASPKZKA"),
        ("KZ31601A000000000001", "Halyk Bank", "HSBKKZKX"),
        ("KZ218562203100000001", "Bank CenterCredit", "KCJBKZKX"),
        ("KZ8596511F0000000001", "ForteBank", "IRTYKZKA"),
        ("KZ92551A000000000001", "Freedom Bank Kazakhstan", "KSNVKZKA"),
    ],
)
def test_an_iban_names_its_bank(text: str, bank: str, bic: str) -> None:
    iban = parse_iban(text)

    assert (iban.number, iban.bank_name, iban.bic) == (text, bank, bic)
    assert iban.known
    assert iban.tail == text[-4:]


@pytest.mark.parametrize(
    "text",
    [
        "kz41 722c 0000 0000 0001",
        "KZ41\u00a0722C\u00a00000\u00a00000\u00a00001",
        "КZ41722С000000000001",  # К and С of a Cyrillic keyboard
        "  KZ41-722C-0000-0000-0001\n",
    ],
)
def test_an_iban_is_read_however_it_was_typed(text: str) -> None:
    assert parse_iban(text).number == KASPI


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KZ71722C000012345678",  # control digits
        "KZ41722C00000000000",
        "KZ41722C0000000000011",
        "DE89370400440532013000",  # a right one of another country
        "KZ41722С00000000000Ж",
        "4400430212345678",  # a card
    ],
)
def test_what_is_no_iban_of_kazakhstan_is_refused(text: str) -> None:
    with pytest.raises(InvalidIban):
        parse_iban(text)


def iban_of(bank_code: str) -> str:
    """A right IBAN at a bank; the test's own arithmetic."""
    account = f"{bank_code}0000000000001"
    control = 98 - int(f"{account}203500") % 97
    return f"KZ{control:02d}{account}"


@pytest.mark.parametrize("code", sorted(banks.CLOSED))
def test_a_closed_bank_is_refused_by_its_code(code: str) -> None:
    with pytest.raises(BankClosed) as refusal:
        parse_iban(iban_of(code))

    assert refusal.value.bank_code == code


def test_an_unknown_bank_is_let_through_for_a_person_to_look_at() -> None:
    iban = parse_iban(iban_of("123"))

    assert iban == Iban(number=iban.number, bank_code="123")
    assert not iban.known


def test_no_bank_is_both_open_and_closed() -> None:
    assert not set(banks.OPEN) & set(banks.CLOSED)
    assert all(len(code) == 3 and len(bank.bic) == 8 for code, bank in banks.OPEN.items())


@pytest.mark.parametrize(
    "text",
    [
        "+77011234567",
        "87011234567",
        "77011234567",
        "7011234567",
        "8 (701) 123-45-67",
        "+7 701 123 45 67",
        "\u202a+7\u00a0701\u00a0123\u00a045\u00a067\u202c",  # copied from contacts
    ],
)
def test_a_telephone_number_is_written_in_one_way(text: str) -> None:
    assert parse_phone(text) == "+77011234567"


@pytest.mark.parametrize("text", ["", "+79161234567", "123", "+7701123456", "+770112345678", "abc"])
def test_other_telephone_numbers_are_refused(text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        parse_phone(text)

    assert refusal.value.field == "phone"
