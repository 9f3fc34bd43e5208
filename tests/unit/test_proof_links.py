"""Addresses of posts: one spelling per post, and whose account they show."""

from __future__ import annotations

import pytest

from core.errors import BadInput, ProofRefused
from core.people import Channel, Platform
from core.proofs import account, channel_link, demand_own, post_link


def channel(url: str) -> Channel:
    """A creator's channel at the address."""
    link, platform = channel_link(url)
    return Channel(id=None, platform=platform, url=link, followers=1_000)


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "https://www.instagram.com/p/Cabc123/?igsh=tail",
            "instagram.com/p/Cabc123",
            "https://instagram.com/aigerim/p/Cabc123/",
        ),
        (
            "https://youtu.be/dQw4w9WgXcQ?si=x",
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=10s",
            "https://m.youtube.com/shorts/dQw4w9WgXcQ",
        ),
        ("https://t.me/Aigerim/12?single", "t.me/s/aigerim/12", "http://telegram.me/aigerim/12"),
        ("https://www.tiktok.com/@a/video/7?lang=ru", "tiktok.com/@a/video/7#x"),
    ],
)
def test_one_post_has_one_address(spellings: tuple[str, ...]) -> None:
    assert len({post_link(text) for text in spellings}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "https://example.com/post/1",
        "javascript:alert(1)",
        "https://instagram.com/",
        "https://instagram.com/aigerim",
        "https://t.me/aigerim",
        "https://tiktok.com/@aigerim",
        "https://youtube.com/watch",
        "https://instagram.com.evil.kz/p/1",
        "https://[broken",
        "https://t.me/a/1\nx",
        "https://t.me/a/" + "1" * 600,
    ],
)
def test_what_is_no_post_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        post_link(text)


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://t.me/Aigerim/12", "aigerim"),
        ("https://t.me/c/1234/5", None),
        ("https://instagram.com/stories/aigerim/99", "aigerim"),
        ("https://instagram.com/p/Cabc", None),
        ("https://tiktok.com/@aigerim/video/7", "aigerim"),
        ("https://vm.tiktok.com/ZM123/", None),
        ("https://vk.com/wall-1_2", None),
    ],
)
def test_account_is_known_where_the_address_shows_it(link: str, name: str | None) -> None:
    assert account(link) == name


def test_post_on_a_platform_without_own_channel_is_refused() -> None:
    with pytest.raises(ProofRefused) as refusal:
        demand_own("https://tiktok.com/@a/video/1", [channel("instagram.com/a")], ())

    assert refusal.value.reason == "platform"


def test_post_on_a_platform_that_the_offer_excludes_is_refused() -> None:
    with pytest.raises(ProofRefused) as refusal:
        demand_own("instagram.com/p/1", [channel("instagram.com/a")], [Platform.TIKTOK])

    assert refusal.value.reason == "platform"


def test_somebody_elses_post_is_refused() -> None:
    with pytest.raises(ProofRefused) as refusal:
        demand_own("t.me/stranger/1", [channel("@aigerim")], ())

    assert refusal.value.reason == "channel"


@pytest.mark.parametrize("link", ["t.me/AIGERIM/1", "t.me/c/77/1"])
def test_own_post_passes_and_a_hidden_account_is_left_to_people(link: str) -> None:
    demand_own(link, [channel("@aigerim")], ())
