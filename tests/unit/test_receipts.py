"""Fiscal receipts are read from their address alone, and only the operators' addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ReceiptUnread
from core.money import Money
from core.orders import ALMATY
from core.receipts import HOSTS, Provider, address, parse, says_return

KTC = "http://consumer.oofd.kz/?i=1319093233&f=620200165500&s=33804.0&t=20220321T160231"


@pytest.mark.parametrize(
    ("link", "provider", "register", "sign", "tiyn", "at"),
    [
        (
            KTC,
            Provider.KAZAKHTELECOM,
            "620200165500",
            "1319093233",
            33_804_00,
            datetime(2022, 3, 21, 10, 2, 31, tzinfo=UTC),  # Almaty was at +06:00 then
        ),
        (
            "https://ofd1.kz/t/?i=362397639340&f=010101907421&s=1820.55&t=20240723T180527",
            Provider.TRANSTELECOM,
            "010101907421",
            "362397639340",
            1_820_55,
            datetime(2024, 7, 23, 13, 5, 27, tzinfo=UTC),  # and at +05:00 since March 2024
        ),
        (
            "http://consumer.kofd.kz?i=717148297551&f=010101869173&s=10000.00&t=20240229T235959",
            Provider.KOFD,
            "010101869173",
            "717148297551",
            10_000_00,
            datetime(2024, 2, 29, 17, 59, 59, tzinfo=UTC),
        ),
        (
            "https://4ek.kz/?o=jusan&s=5&t=20260101T000000&f=010101869173&i=717148",
            Provider.KOFD,
            "010101869173",
            "717148",
            5_00,
            datetime(2025, 12, 31, 19, 0, tzinfo=UTC),
        ),
        (
            "receipt.kaspi.kz/web/fiscal?f=010103584359&i=1548428246&s=25000.00"
            "&t=2026-08-27%2020%3A30%3A00.000000%2B05%3A00",
            Provider.KASPI,
            "010103584359",
            "1548428246",
            25_000_00,
            datetime(2026, 8, 27, 15, 30, tzinfo=UTC),
        ),
        (  # not escaped: the plus has become a space, the space stands in the text
            "Чегім: https://receipt.kaspi.kz/web/fiscal?f=010103584359&i=1548428246&s=25000"
            "&t=2026-08-27 20:30:00.000000+05:00 рахмет",
            Provider.KASPI,
            "010103584359",
            "1548428246",
            25_000_00,
            datetime(2026, 8, 27, 15, 30, tzinfo=UTC),
        ),
    ],
)
def test_receipts_of_every_operator_are_read(
    link: str, provider: Provider, register: str, sign: str, tiyn: int, at: datetime
) -> None:
    found = parse(link)

    assert (found.provider, found.register, found.sign) == (provider, register, sign)
    assert (found.amount, found.at) == (Money(tiyn), at)


FIELDS = "i=1319093233&f=620200165500&s=33804.0&t=20260321T160231"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("712155089", "not_receipt"),
        ("", "not_receipt"),
        (f"https://consumer.oofd.kz.evil.kz/?{FIELDS}", "unknown_host"),
        (f"https://evil.kz/?next=https://consumer.oofd.kz/&{FIELDS}", "unknown_host"),
        (f"https://consumer.oofd.kz@evil.kz/?{FIELDS}", "unknown_host"),
        (f"https://evil.kz\\@consumer.oofd.kz/?{FIELDS}", "unknown_host"),
        (f"https://consumer.oofd.kz:8443/?{FIELDS}", "unknown_host"),
        (f"https://сonsumer.oofd.kz/?{FIELDS}", "unknown_host"),  # a Cyrillic letter
        (f"http://127.0.0.1/?{FIELDS}", "unknown_host"),
        (f"http://[::1/?{FIELDS}", "unknown_host"),
        (f"https://4ek.kz/?o=other&{FIELDS}", "unknown_host"),
        ("https://receipt.kaspi.kz/web?extTranId=QR1&sale_date=2026-08-27", "not_fiscal"),
        (
            "https://esb.kgd.gov.kz/taxpay-check-core/get-check-report?check_id=1&ip_reg_id=2",
            "not_fiscal",
        ),
        ("https://consumer.oofd.kz/ticket/0d1f7c5e", "incomplete"),
        (f"https://consumer.oofd.kz/?{FIELDS}&i=1319093234", "incomplete"),  # two in one
        (f"https://consumer.oofd.kz/?{FIELDS.replace('33804.0', '33804.005')}", "incomplete"),
        (f"https://consumer.oofd.kz/?{FIELDS.replace('33804.0', '1e9')}", "incomplete"),
        (f"https://consumer.oofd.kz/?{FIELDS.replace('0321T', '1332T')}", "incomplete"),
        (f"https://consumer.oofd.kz/?{FIELDS.replace('6202', '٦٢٠٢')}", "incomplete"),
        (f"https://consumer.oofd.kz/?{FIELDS.replace('33804.0', '0.00')}", "amount"),
        (f"https://consumer.oofd.kz/?{FIELDS.replace('33804.0', '-33804.0')}", "returned"),
    ],
)
def test_what_is_no_receipt_is_told_apart(text: str, reason: str) -> None:
    with pytest.raises(ReceiptUnread) as caught:
        parse(text)

    assert caught.value.reason == reason


def test_one_receipt_has_one_key_however_it_is_written() -> None:
    same = [
        KTC,
        "https://consumer.oofd.kz/?t=20220321T160231&s=33804.00&f=620200165500&i=1319093233",
        "CONSUMER.OOFD.KZ./?I=1319093233&F=620200165500&S=33804&T=20220321T160231&utm=x",
        KTC.replace("consumer.oofd.kz", "consumer.wofd.kz"),
        KTC.replace("20220321T160231", quote("2022-03-21T10:02:31+00:00")),
    ]
    other = [KTC.replace("33804.0", "33804.1"), KTC.replace("1319093233", "1319093234")]

    assert len({parse(link).key for link in same}) == 1
    assert len({parse(link).key for link in (KTC, *other)}) == 3


def test_a_return_is_seen_by_its_words() -> None:
    assert says_return("ҚАЙТАРУ ЧЕГІ")
    assert says_return("Чек возврата прихода")
    assert not says_return("Сатып алу чегі")


@given(
    host=st.sampled_from(sorted(HOSTS)),
    register=st.from_regex(r"[0-9]{12}", fullmatch=True),
    sign=st.from_regex(r"[0-9]{6,13}", fullmatch=True),
    tiyn=st.integers(1, 10**13),
    seconds=st.integers(0, 2_000_000_000),  # since the hour of Almaty was last changed
    order=st.permutations("fist"),
    scheme=st.sampled_from(["http://", "https://", "HTTPS://", ""]),
)
def test_what_an_operator_writes_is_what_is_read(
    host: str, register: str, sign: str, tiyn: int, seconds: int, order: list[str], scheme: str
) -> None:
    at = datetime(2024, 3, 2, tzinfo=ALMATY) + timedelta(seconds=seconds)
    values = {
        "f": register,
        "i": sign,
        "s": f"{tiyn // 100}.{tiyn % 100:02}",
        "t": f"{at:%Y%m%dT%H%M%S}",
    }
    path = "/web/fiscal" if host == "receipt.kaspi.kz" else "/"

    found = parse(f"{scheme}{host}{path}?{urlencode({name: values[name] for name in order})}")

    assert (found.register, found.sign, found.amount) == (register, sign, Money(tiyn))
    assert found.at == at


@given(
    st.one_of(
        st.text(max_size=300),
        st.builds(
            "https://{}/{}?{}".format,
            st.sampled_from([*HOSTS, "evil.kz"]),
            st.text(max_size=20),
            st.lists(
                st.builds(
                    "{}={}".format,
                    st.sampled_from(["f", "i", "s", "t", "o", "F"]),
                    st.one_of(st.text(max_size=30), st.sampled_from(FIELDS.split("&"))),
                ),
                max_size=8,
            ).map("&".join),
        ),
    )
)
def test_anything_else_is_a_refusal_and_never_an_error(text: str) -> None:
    try:
        found = parse(text)
    except ReceiptUnread:
        return
    assert found.amount > Money(0)
    assert address(text) is not None
