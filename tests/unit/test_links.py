"""Where a link may lead: only to the stored https address, with our click id where it belongs."""

from dataclasses import replace
from itertools import islice
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.ids import EnrolmentId, LinkId, OfferId
from core.links import LinkTarget, click_ids, shop_address
from core.offers import OfferText
from core.people import Locale

TARGET = LinkTarget(
    link_id=LinkId(1),
    enrolment_id=EnrolmentId(2),
    offer_id=OfferId(3),
    brand_name="Ақ Қайың",
    legal_name="ТОО «Ақ Қайың»",
    texts={Locale.RU: OfferText(title="Крем", description="Для лица")},
    code="AIGERIM10",
    discount_bps=1_000,
    url="https://shop.kz/cream",
    click_param="sub_id",
    active=True,
)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://shop.kz", "https://shop.kz/?sub_id=ID"),
        ("https://shop.kz/cream", "https://shop.kz/cream?sub_id=ID"),
        ("https://shop.kz/c?a=1&b=%2Fx+y", "https://shop.kz/c?a=1&b=%2Fx+y&sub_id=ID"),
        ("https://shop.kz/c?a=1#reviews", "https://shop.kz/c?a=1&sub_id=ID#reviews"),
        ("https://shop.kz/c?sub_id=old&a=1", "https://shop.kz/c?a=1&sub_id=ID"),
        ("https://shop.kz/c?sub%5Fid=old", "https://shop.kz/c?sub_id=ID"),
        ("https://SHOP.kz/қыс?q=тері", "https://shop.kz/%D2%9B%D1%8B%D1%81?q=%D1%82%D0%B5%D1%80%D1%96&sub_id=ID"),
        ("https://дүкен.қаз/", "https://xn--d1acon18c.xn--80ao21a/?sub_id=ID"),
        ("https://shop.kz/a\\b", "https://shop.kz/a%5Cb?sub_id=ID"),
    ],
)  # fmt: skip
def test_the_click_id_joins_the_query(url: str, address: str) -> None:
    assert shop_address(url, "sub_id").clicked("ID") == address


def test_a_shop_that_takes_no_click_id_gets_none() -> None:
    assert shop_address("https://shop.kz/cream#a", "").clicked("ID") == "https://shop.kz/cream#a"


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.kz/",
        "javascript:alert(1)",
        "data:text/html,x",
        "//shop.kz/",
        "shop.kz",
        "https://shop.kz/\r\nSet-Cookie: a=b",
        "https://shop.kz/%\n/x",
        "https://user:word@shop.kz/",
        "https://shop.kz\\@evil.com/",
        "https://shop.kz\\.evil.com/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://shop.kz:8443/",
        "https://shop..kz/" + "a" * 600,
        "https://-shop.kz/",
        "https://sh%6Fp.kz/",
        "",
    ],
)
def test_nobody_is_led_to_an_address_that_is_not_a_shops(url: str) -> None:
    with pytest.raises(BadInput):
        shop_address(url, "sub_id")


@given(st.text(max_size=60), st.text(alphabet=st.characters(codec="utf-8"), max_size=20))
def test_no_stored_text_can_break_the_header_or_leave_the_host(tail: str, param: str) -> None:
    try:
        address = shop_address(f"https://shop.kz/{tail}", param).clicked("ID")
    except BadInput:
        return

    assert address.isascii()
    assert address.isprintable()
    assert " " not in address
    assert urlsplit(address).netloc == "shop.kz"
    if param:
        assert (param, "ID") in parse_qsl(urlsplit(address).query, keep_blank_values=True)


def test_click_ids_are_short_safe_and_different() -> None:
    ids = set(islice(click_ids(), 1_000))

    assert len(ids) == 1_000
    assert all(len(one) == 16 and one.replace("-", "a").replace("_", "a").isalnum() for one in ids)


def test_a_page_has_a_text_in_whatever_language_there_is() -> None:
    assert TARGET.text(Locale.KK).title == "Крем"
    only_english = {Locale.EN: OfferText(title="Cream", description="")}
    assert replace(TARGET, texts=only_english).text(Locale.KK).title == "Cream"
