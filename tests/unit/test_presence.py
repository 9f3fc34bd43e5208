"""What follows from looks at a post: a warning first, and nobody is blamed for what is unseen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import ProofId
from core.people import Channel, Platform
from core.presence import GRACE, WATCHED, Look, PostWatch, Presence, after, telegram_post, watch

NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
NEW = watch(ProofId(1), -1001, 12, NOW)

looks = st.lists(
    st.tuples(st.sampled_from(Look), st.timedeltas(timedelta(minutes=1), timedelta(days=3))),
    max_size=30,
)


def test_a_missing_post_is_warned_of_and_gone_only_after_the_grace() -> None:
    missing = after(NEW, Look.ABSENT, NOW, NOW + timedelta(hours=12))
    assert missing.presence is Presence.MISSING
    assert missing.missing_since is not None
    assert missing.due_at == missing.missing_since + GRACE

    early = after(missing, Look.ABSENT, NOW, missing.missing_since + GRACE - timedelta(hours=1))
    gone = after(missing, Look.ABSENT, NOW, missing.missing_since + GRACE)

    assert early.presence is Presence.MISSING
    assert (gone.presence, gone.due_at) == (Presence.GONE, None)


def test_a_post_that_is_back_begins_anew() -> None:
    missing = after(NEW, Look.ABSENT, NOW, NOW)

    back = after(missing, Look.THERE, NOW, NOW + timedelta(hours=3))

    assert (back.presence, back.missing_since) == (Presence.SEEN, None)


@given(looks)
def test_a_post_is_never_gone_without_two_absences_a_grace_apart(
    steps: list[tuple[Look, timedelta]],
) -> None:
    known: PostWatch = NEW
    at = NOW
    absent: list[datetime] = []
    for look, later in steps:
        at += later
        known = after(known, look, NOW, at)
        if look is Look.ABSENT:
            absent.append(at)
        elif look is not Look.UNCLEAR:
            absent = []
        if known.presence is Presence.GONE:
            assert absent[-1] - absent[0] >= GRACE
            break


@given(st.sampled_from([Look.THERE, Look.CLOSED, Look.UNCLEAR]))
def test_looking_ends_when_the_holds_are_long_over(look: Look) -> None:
    assert after(NEW, look, NOW, NOW + WATCHED).due_at is None


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://t.me/aigerim/12", (-1001, 12)),
        ("https://t.me/c/555/7", (-100555, 7)),
        ("https://t.me/aigerim", None),
        ("https://t.me/aigerim/99999999999999999999", None),  # no number that a database keeps
        ("https://t.me/aigerim/١٢", None),
        ("https://t.me/aigerim2/12", None),
        ("https://t.me/claimed/12", None),
        ("https://instagram.com/p/12", None),
        ("", None),
    ],
)
def test_only_posts_of_administered_channels_are_watched(
    link: str, found: tuple[int, int] | None
) -> None:
    own = tuple(
        Channel(id=None, platform=Platform.TELEGRAM, url=url, followers=1, chat_id=chat)
        for url, chat in (
            ("https://t.me/aigerim", -1001),
            ("https://t.me/c/555", -100555),
            ("https://t.me/claimed", None),
        )
    )

    assert telegram_post(link, own) == found
