"""The gallery in the documentation and the script that makes its pictures agree."""

from __future__ import annotations

import re
from pathlib import Path

from core.people import Locale
from scripts.scenes import SCENES

DOCS = Path(__file__).parents[2] / "docs"


def test_every_scene_is_in_the_gallery_in_every_language_and_every_picture_is_there() -> None:
    shown = set(re.findall(r"pictures/([\w-]+\.png)", (DOCS / "screens.md").read_text("utf-8")))
    wanted = {
        f"{role}-{locale}-{scene}.png"
        for role, scenes in {**SCENES, "buyer": ("landing",)}.items()
        for locale in Locale
        for scene in scenes
    }
    wanted |= {f"manager-{locale}-upload.png" for locale in Locale}  # a page, no chat
    assert shown == wanted

    readme = (DOCS.parent / "README.md").read_text("utf-8")
    used = shown | set(re.findall(r"docs/pictures/([\w-]+\.png)", readme))
    assert {one.name for one in (DOCS / "pictures").glob("*.png")} == used
