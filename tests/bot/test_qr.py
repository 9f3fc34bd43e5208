"""The QR card: its size, what stands on it, and names that try to break it."""

import io
from dataclasses import replace

import pytest
from PIL import Image, ImageChops

from bot.lettering import drawable, fit, font, width, wrap
from bot.qr import HEIGHT, WIDTH, QrCard, qr_card
from core.labels import label_text

CARD = QrCard(
    brand="Ақ Қайың",
    title="Табиғи косметика",
    code="AIGERIM10",
    url="https://ules.example/r/k7m2pq9x",
    label=label_text("ТОО «Ақ Қайың»"),
    discount="−10%",
    code_caption="Промокод",
    hint="QR-кодты сканерлеңіз",
)

Box = tuple[int, int, int, int]


def drawn(card: QrCard) -> Image.Image:
    picture = Image.open(io.BytesIO(qr_card(card)))
    assert picture.format == "PNG"
    return picture.convert("RGB")


def difference(one: QrCard, other: QrCard) -> Box | None:
    """Where two cards differ, None when nowhere."""
    return ImageChops.difference(drawn(one), drawn(other)).getbbox()


def test_a_card_is_a_portrait_picture_that_telegram_takes() -> None:
    data = qr_card(CARD)

    assert Image.open(io.BytesIO(data)).size == (WIDTH, HEIGHT) == (1080, 1350)
    assert len(data) < 200_000


@pytest.mark.parametrize("field", ["brand", "title", "code", "discount", "code_caption", "hint"])
def test_every_text_is_drawn(field: str) -> None:
    assert difference(CARD, replace(CARD, **{field: "Ә"})) is not None


def test_the_label_stands_at_the_top() -> None:
    box = difference(CARD, replace(CARD, label=label_text("ТОО «Береке»")))

    assert box is not None
    assert box[3] < 100


def test_the_code_stands_under_the_qr() -> None:
    qr = difference(CARD, replace(CARD, url="https://ules.example/r/zzzzzzzz"))
    code = difference(CARD, replace(CARD, code="AIGERIM20"))

    assert qr is not None
    assert code is not None
    assert qr[3] < code[1]


def test_the_qr_has_dark_modules_on_white_and_a_quiet_zone() -> None:
    picture = drawn(CARD).convert("L")
    left, top, right, bottom = difference(CARD, replace(CARD, url="https://u.kz/r/2")) or (0,) * 4
    module = (right - left) // 41
    around = picture.crop((left - 3 * module, top, left, bottom))

    assert right - left > 450
    assert min(around.tobytes()) > 240
    assert min(picture.crop((left, top, right, bottom)).tobytes()) < 60


@pytest.mark.parametrize("letter", "ӘҒҚҢӨҰҮҺІәғқңөұүһі₸№«»–−…")
def test_letters_of_kazakh_are_drawn_and_not_as_boxes(letter: str) -> None:
    box = bytes(font(40).getmask("\U0010ffff"))

    assert drawable(letter) == letter
    assert bytes(font(40).getmask(letter)) != box


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("🔥 Ақ Қайың 🔥", "Ақ Қайың"),
        ("Shop👩\u200d👩\u200d👧🇰🇿", "Shop"),
        ("1️⃣ орын", "1 орын"),
        ("Qazaq 漢字 дүкені", "Qazaq дүкені"),
        ("a\x00b\u202ec", "a b c"),
        ("🔥", ""),
        ("И\u0306орт", "Йорт"),  # decomposed, as a Mac types it
    ],
)
def test_what_the_font_lacks_is_left_out(text: str, left: str) -> None:
    assert drawable(text) == left


def test_a_card_of_nothing_but_emoji_is_still_a_card() -> None:
    assert drawn(replace(CARD, brand="🔥🔥", title="🎁", discount="", hint="")).size == (1080, 1350)


@pytest.mark.parametrize("text", ["слово " * 60, "Ұ" * 200, "W" * 500])
def test_endless_names_stay_inside_the_card(text: str) -> None:
    card = replace(CARD, brand=text, title=text, label=text, discount=text, hint=text)
    picture = drawn(card)
    ground = picture.getpixel((4, HEIGHT // 3))

    edge = picture.crop((0, HEIGHT // 3, 8, HEIGHT // 3 + 200))
    assert edge.getcolors() == [(8 * 200, ground)]


def test_the_longest_code_is_never_cut() -> None:
    code = "SUPERLONGCODE2026ABCDEFGHIJKLMNOPQRSTUVW"
    lines, face = fit(code, limit=840, largest=104, smallest=36, lines=2, bold=True)

    assert "".join(lines) == code
    assert all(width(line, face) <= 840 for line in lines)
    assert difference(replace(CARD, code=code), replace(CARD, code=code[:-1] + "X")) is not None


def test_lines_break_at_spaces() -> None:
    face = font(30)

    assert wrap("бір екі үш", face, round(width("бір екі", face)) + 1) == ["бір екі", "үш"]
    assert wrap("", face, 100) == []
    assert wrap("W", face, 1) == ["W"]


def test_brands_have_colours_of_their_own() -> None:
    grounds = {drawn(replace(CARD, brand=f"Бренд {n}")).getpixel((4, 500)) for n in range(12)}

    assert len(grounds) == 3
