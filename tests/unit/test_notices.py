"""When somebody is told: at once, in the morning, in the daily message, or never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.notices import (
    BURST,
    OPTIONAL,
    Group,
    Held,
    Mode,
    NoticeSettings,
    Waiting,
    group_of,
    sort_out,
)
from core.notifications import NoteKind
from core.orders import ALMATY

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)
NIGHT = NOON + timedelta(hours=12)
PLAIN = NoticeSettings()
hours = st.integers(0, 23)
moments = st.integers(0, 400 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
kinds = st.sampled_from([kind for kind in NoteKind if kind is not NoteKind.BUNDLE])
modes = st.dictionaries(
    st.sampled_from(Group), st.sampled_from([Mode.AT_ONCE, Mode.DAILY]), max_size=8
)
held = st.sampled_from([None, *Held])


def note(number: int, kind: NoteKind = NoteKind.ENROLLED, **facts: Any) -> Waiting:
    return Waiting(id=number, kind=kind, facts={"creator": "Дана", **facts})


def test_one_or_two_are_told_as_they_are_and_a_burst_in_one_message() -> None:
    few = [note(1), note(2)]
    many = [note(number) for number in range(1, 41)]

    assert sort_out(few, PLAIN, NOON).ready == (1, 2)
    (bundle,) = sort_out(many, PLAIN, NOON).bundles
    assert bundle.ids == tuple(range(1, 41))
    assert bundle.facts["parts"][0]["n"] == 40


def test_sums_of_a_burst_are_exact_and_its_facts_are_few() -> None:
    news = [
        note(number, NoteKind.ORDERS_NEWS, brand="Alma", waiting=1, amount_minor=46_000)
        for number in range(40)
    ]

    (bundle,) = sort_out(news, PLAIN, NOON).bundles

    (part,) = bundle.facts["parts"]
    assert part["sums"] == {"waiting": 40, "amount_minor": 1_840_000}
    assert len(part["facts"]) == 5


def test_every_receipt_of_money_is_a_message_of_its_own() -> None:
    paid = [note(number, NoteKind.PAYOUT_PAID) for number in range(5)]

    assert sort_out(paid, PLAIN, NOON).ready == (0, 1, 2, 3, 4)


def test_at_night_money_comes_and_the_rest_waits_for_the_morning() -> None:
    done = sort_out([note(1), note(2, NoteKind.RELEASED)], PLAIN, NIGHT)

    assert done.ready == (2,)
    assert done.later == ((1, NOON + timedelta(hours=20), Held.MORNING),)


def test_what_waited_for_the_morning_comes_in_one_message() -> None:
    kinds = (NoteKind.ENROLLED, NoteKind.PROOF_SENT, NoteKind.OFFER_APPROVED)
    waited = [
        Waiting(id=number, kind=kind, facts={}, held=Held.MORNING)
        for number, kind in enumerate(kinds)
    ]

    (bundle,) = sort_out(waited, PLAIN, NOON).bundles

    assert [part["kind"] for part in bundle.facts["parts"]] == [str(kind) for kind in kinds]


def test_a_daily_note_waits_for_its_hour_and_joins_the_others() -> None:
    daily = NoticeSettings(modes={Group.CREATORS: Mode.DAILY})

    waits = sort_out([note(1)], daily, NOON)
    comes = sort_out(
        [Waiting(id=n, kind=NoteKind.ENROLLED, facts={}, held=Held.DAILY) for n in (1, 2)],
        daily,
        waits.later[0][1],
    )

    assert waits.later == ((1, NOON + timedelta(hours=7), Held.DAILY),)  # 19:00 in Almaty
    assert comes.bundles[0].facts["daily"]


def test_what_is_switched_off_is_never_told() -> None:
    muted = NoticeSettings(modes={Group.CREATORS: Mode.NEVER})

    assert sort_out([note(1)], muted, NOON).never == (1,)


@pytest.mark.parametrize("group", sorted(set(Group) - OPTIONAL))
def test_money_and_decisions_cannot_be_switched_off(group: Group) -> None:
    with pytest.raises(BadInput):
        NoticeSettings(modes={group: Mode.NEVER})


def test_a_message_that_was_tried_goes_again_as_it_is() -> None:
    tried = [Waiting(id=n, kind=NoteKind.ENROLLED, facts={}, attempts=1) for n in range(BURST + 1)]

    assert sort_out(tried, PLAIN, NOON).ready == (0, 1, 2, 3)


@given(
    moments,
    st.builds(NoticeSettings, quiet_from=hours, quiet_until=hours, daily_at=hours, modes=modes),
    st.lists(st.tuples(kinds, held, st.integers(0, 1)), max_size=12),
)
def test_every_fact_is_told_once_now_or_later(
    now: datetime, settings: NoticeSettings, due: list[tuple[NoteKind, Held | None, int]]
) -> None:
    notes = [
        Waiting(id=number, kind=kind, facts={}, held=waits, attempts=attempts)
        for number, (kind, waits, attempts) in enumerate(due)
    ]

    done = sort_out(notes, settings, now)

    ids = [*done.ready, *(one for one, _, _ in done.later)]
    ids += [one for bundle in done.bundles for one in bundle.ids]
    assert sorted(ids) == list(range(len(notes)))
    assert not done.never
    for _, at, _ in done.later:
        assert now < at <= now + timedelta(days=2)
        assert at.astimezone(ALMATY).minute == 0
        assert not settings.quiet(at)
    for bundle in done.bundles:
        assert all(group_of(notes[one].kind) is not None for one in bundle.ids)
