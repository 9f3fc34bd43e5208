"""QR pictures are read by a scanner: the card, and the drawing for print at any size."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from bot.qr import QrCard, qr_card
from bot.qr_svg import WIDTH_MM, qr_svg
from core.labels import label_text

CARD = QrCard(
    brand="Ақ Қайың & <Co>",
    title="Табиғи косметика",
    code="AIGERIM10",
    url="https://ules.example/r/k7m2pq9x",
    label=label_text("ТОО «Ақ Қайың»"),
    code_caption="Промокод",
)
SVG = "{http://www.w3.org/2000/svg}"


def printed(svg: bytes, *, pixels: int) -> Image.Image:
    """The drawing without its texts on paper that is so many pixels wide."""
    root = ElementTree.fromstring(svg)
    _, _, wide, tall = map(float, root.attrib["viewBox"].split())
    scale = pixels / wide
    paper = Image.new("L", (pixels, round(tall * scale)), 255)
    path = root.find(f"{SVG}path")
    assert path is not None
    (top,) = re.findall(r"translate\(0 ([\d.]+)\)", path.attrib["transform"])
    draw = ImageDraw.Draw(paper)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path.attrib["d"]):
        left, above = int(x) * scale, (float(top) + int(y)) * scale
        draw.rectangle((left, above, left + int(run) * scale - 1, above + scale - 1), fill=0)
    return paper


def texts(svg: bytes) -> list[str]:
    return [str(one.text) for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_a_scanner_reads_the_card() -> None:
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr_card(CARD))))

    assert found.text == CARD.url


@pytest.mark.parametrize("pixels", [240, 1_200])
def test_a_scanner_reads_the_print(pixels: int) -> None:
    (found,) = zxingcpp.read_barcodes(printed(qr_svg(CARD), pixels=pixels))

    assert found.text == CARD.url


def test_the_print_names_brand_code_and_label_and_escapes_them() -> None:
    svg = qr_svg(CARD)

    root = ElementTree.fromstring(svg)
    assert root.attrib["width"] == f"{WIDTH_MM}mm"
    written = texts(svg)
    assert written[0] == "Ақ Қайың & <Co>"
    assert "AIGERIM10" in written
    assert "Жарнама" in written[3]


def test_without_a_code_the_print_is_the_qr_alone() -> None:
    assert "Промокод" not in texts(qr_svg(replace(CARD, code="")))
