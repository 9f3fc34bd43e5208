"""The QR of a receipt in whatever people photograph, and pictures made to do harm."""

from __future__ import annotations

import asyncio
import io
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import qrcode
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from bot import receipt_pictures
from bot.receipt_pictures import FILE_MAX, ReceiptReader, read_qr
from core.errors import ReceiptUnread

LINK = (
    "https://receipt.kaspi.kz/web/fiscal?f=010103584359&i=1548428246&s=25000.00"
    "&t=2026-08-27%2020%3A30%3A00.000000%2B05%3A00"
)


def drawn(text: str = LINK, box: int = 6) -> Image.Image:
    buffer = io.BytesIO()
    qrcode.make(text, box_size=box).save(buffer)
    return Image.open(buffer).convert("RGB")


def saved(image: Image.Image, form: str = "JPEG", **how: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **how)
    return buffer.getvalue()


def on_a_table(
    angle: float, side: int = 420, size: tuple[int, int] = (2_000, 1_500)
) -> Image.Image:
    table = Image.new("RGB", size, (176, 158, 140))
    paper = drawn().rotate(angle, expand=True, fillcolor="white").resize((side, side))
    table.paste(paper, (size[0] // 3, size[1] // 3))
    return table


SMALL = saved(drawn(box=3), quality=70)
SMALL_PNG = saved(drawn(box=3), "PNG")


TAKEN: dict[str, Callable[[], bytes]] = {
    "plain": lambda: saved(on_a_table(0)),
    "turned": lambda: saved(on_a_table(17), quality=40),
    "blurred": lambda: saved(on_a_table(90).filter(ImageFilter.GaussianBlur(1.2)), quality=60),
    "large": lambda: saved(on_a_table(200, 520, (4_000, 3_000)), quality=70, progressive=True),
    "webp": lambda: saved(on_a_table(3).convert("L"), "WEBP"),
    "alpha": lambda: saved(drawn().convert("RGBA"), "PNG"),
    "palette": lambda: saved(drawn().convert("P"), "PNG"),
    "two colours": lambda: saved(drawn().convert("1"), "PNG"),
}


@pytest.mark.parametrize("how", TAKEN)
def test_a_receipt_is_read_as_people_photograph_it(how: str) -> None:
    assert read_qr(TAKEN[how]()) == [LINK]


def test_what_is_drawn_in_black_on_nothing_is_read_on_white() -> None:
    ink = drawn().convert("L").point(lambda grey: 255 - grey)
    see_through = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    see_through.putalpha(ink)

    assert read_qr(saved(see_through, "PNG")) == [LINK]


async def test_one_code_is_wanted_and_the_same_one_twice_is_one() -> None:
    reader = ReceiptReader()
    pair = Image.new("RGB", (1_200, 600), "white")
    pair.paste(drawn().resize((500, 500)), (20, 20))
    pair.paste(drawn().resize((500, 500)), (620, 20))
    three = Image.new("RGB", (1_500, 500), "white")
    for number in range(3):
        three.paste(drawn(f"{LINK}&n={number}").resize((460, 460)), (500 * number, 20))

    assert await reader.read(saved(pair)) == LINK
    for picture, reason in (
        (saved(three), "many_qr"),
        (saved(Image.new("RGB", (800, 800), "white")), "no_qr"),
        (b"", "not_picture"),
        (b"%PDF-1.7", "not_picture"),
        (saved(drawn(), "GIF"), "not_picture"),
        (saved(drawn(), "TIFF"), "not_picture"),
    ):
        with pytest.raises(ReceiptUnread) as caught:
            await reader.read(picture)
        assert caught.value.reason == reason
    reader.close()


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is enormous, in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return len(data).to_bytes(4) + checked + zlib.crc32(checked).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    body = zlib.compress(bytes(100_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "picture",
    [
        bomb(6_000, 6_000),
        bomb(12_000, 12_000),
        bomb(60_000, 60_000),
        bomb(2**31 - 1, 2**31 - 1),
        bytes(FILE_MAX + 1),
    ],
    ids=("pixels", "warned", "refused", "endless", "bytes"),
)
def test_a_small_file_of_an_enormous_picture_is_not_unpacked(picture: bytes) -> None:
    began = time.process_time()

    with pytest.raises(ReceiptUnread, match="too_big"):
        read_qr(picture)

    assert time.process_time() - began < 0.5


async def test_who_waits_too_long_is_told_and_the_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(picture: bytes) -> list[str]:
        time.sleep(0.3 if picture == b"slow" else 0)
        return [picture.decode()]

    monkeypatch.setattr(receipt_pictures, "SECONDS", 0.1)
    monkeypatch.setattr(receipt_pictures, "read_qr", slow)
    reader = ReceiptReader()

    first, other = await asyncio.gather(
        reader.read(b"slow"), reader.read(b"quick"), return_exceptions=True
    )

    assert isinstance(first, ReceiptUnread)
    assert other == "quick"
    reader.close()


@settings(deadline=None, max_examples=150)
@given(
    whole=st.sampled_from([SMALL, SMALL_PNG]),
    cuts=st.lists(st.tuples(st.integers(0, 4_000), st.binary(max_size=6)), max_size=4),
    end=st.integers(20, 6_000),
)
def test_a_damaged_picture_is_read_or_refused_and_never_an_error(
    whole: bytes, cuts: list[tuple[int, bytes]], end: int
) -> None:
    damaged = bytearray(whole[:end])
    for place, other in cuts:
        damaged[place : place + len(other)] = other
    try:
        texts = read_qr(bytes(damaged))
    except ReceiptUnread:
        return
    assert all(texts)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_refusal(data: bytes) -> None:
    with pytest.raises(ReceiptUnread):
        read_qr(data)
