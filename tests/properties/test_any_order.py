"""Any order of deliveries, with repeats and splits, of any history of orders ends in one state."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.conftest import Stage
from tests.properties.histories import (
    RELEASE,
    chronological,
    exports,
    files,
    histories,
    lives,
    shuffles,
    whole,
)
from tests.properties.market import END, Release
from tests.properties.state import differences

HISTORIES = 100
SHUFFLES = 5  # of each: five hundred permutations a run


@pytest.mark.timeout(300)
@given(data=st.data())
@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_state_hangs_on_the_order_of_deliveries(stage: Stage, data: st.DataObject) -> None:
    told = data.draw(histories(stage.market))
    in_turn = stage.play(chronological(told), check=True)

    for _ in range(SHUFFLES):
        out_of_turn = stage.play(data.draw(shuffles(told)))

        assert differences(in_turn, out_of_turn) == []


@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nor_does_it_on_postgresql(postgres_stage: Stage, data: st.DataObject) -> None:
    told = data.draw(histories(postgres_stage.market))
    in_turn = postgres_stage.play(chronological(told), check=True)

    out_of_turn = postgres_stage.play(data.draw(shuffles(told)), check=True)

    assert differences(in_turn, out_of_turn) == []


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nor_where_holds_end_between_them(stage: Stage, data: st.DataObject) -> None:
    before, after = data.draw(lives(stage.market))
    release, end = Release(at=RELEASE), Release(at=END)
    in_turn = stage.play([*chronological(before), release, *chronological(after), end], check=True)

    late = data.draw(st.lists(st.sampled_from(before), max_size=2)) if before else []
    sooner, later = data.draw(shuffles(before)), data.draw(shuffles([*after, *late]))
    out_of_turn = stage.play([*sooner, release, *later, end])

    assert differences(in_turn, out_of_turn) == []


@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_state_hangs_on_the_order_of_files(stage: Stage, data: st.DataObject) -> None:
    made = data.draw(exports(stage.market))

    in_turn = stage.play([whole(seen, rows) for seen, rows in made], check=True)
    out_of_turn = stage.play(data.draw(files(made)))

    assert differences(in_turn, out_of_turn) == []
