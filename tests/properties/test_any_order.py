"""Any order of deliveries, with repeats and splits, of any history of orders ends in one state."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.conftest import Stage
from tests.properties.histories import chronological, histories, shuffles
from tests.properties.state import differences

HISTORIES = 125
SHUFFLES = 4  # of each: five hundred permutations a run


@given(data=st.data())
@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_state_hangs_on_the_order_of_deliveries(stage: Stage, data: st.DataObject) -> None:
    told = data.draw(histories(stage.market))
    in_turn = stage.play(chronological(told), check=True)

    for _ in range(SHUFFLES):
        out_of_turn = stage.play(data.draw(shuffles(told)))

        assert differences(in_turn, out_of_turn) == []
