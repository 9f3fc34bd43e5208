"""Links under broadcasts lead where these say, count people once, and cannot be made up."""

from __future__ import annotations

import pytest

from bot.web.broadcast_links import make_token, read_token
from tests.web.conftest import Site


async def test_a_link_leads_on_and_is_counted(site: Site) -> None:
    token = make_token(site.digest, 12, 34)

    for _ in range(2):
        answer = await site.get(f"/b/{token}")
        assert answer.status == 302
        assert answer.headers["Location"] == "https://t.me/ules"
        assert answer.headers["Cache-Control"] == "no-store"
    await site.flush_openings()

    assert list(site.openings) == [34]


async def test_a_preview_by_a_robot_is_not_counted(site: Site) -> None:
    token = make_token(site.digest, 12, 34)

    answer = await site.get(f"/b/{token}", User_Agent="TelegramBot (like TwitterBot)")
    await site.flush_openings()

    assert answer.status == 302
    assert not site.openings


@pytest.mark.parametrize("token", ["", "x", "AAAA", "%00", "é", "A" * 28, "A" * 4_000])
async def test_what_we_have_not_made_leads_nowhere(site: Site, token: str) -> None:
    answer = await site.get(f"/b/{token}")

    assert answer.status == 404
    assert "Location" not in answer.headers


async def test_a_token_shows_nothing_and_cannot_be_changed(site: Site) -> None:
    one, other = make_token(site.digest, 12, 34), make_token(site.digest, 12, 35)

    assert read_token(site.digest, one) == (12, 34)
    assert sum(a == b for a, b in zip(one, other, strict=True)) < len(one) // 2
    for place in range(len(one)):
        changed = one[:place] + ("A" if one[place] != "A" else "B") + one[place + 1 :]
        assert read_token(site.digest, changed) is None
    unknown = make_token(site.digest, 13, 34)
    assert (await site.get(f"/b/{unknown}")).status == 404
