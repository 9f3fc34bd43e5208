"""The main job in each language, and in bad weather: from the invitation to the payout."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.people import Locale
from scripts.application import Application
from scripts.story import cast, play


@pytest.mark.parametrize("locale", Locale)
async def test_the_main_job_is_done_in_the_language(
    locale: Locale, tmp_path: Path, sqlite_template: Path
) -> None:
    told: list[str] = []

    async with Application(tmp_path, people=cast(locale), template=sqlite_template) as app:
        done = await play(app, locale=locale, say=told.append)

    assert done, "\n".join(told[-40:])
