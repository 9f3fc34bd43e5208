"""The collector does not walk over what lives as long as the program."""

from __future__ import annotations

import gc

from bot.collector import leave_alone_what_stays


def test_what_was_made_before_is_not_walked_over_again() -> None:
    stays = [object()]
    try:
        leave_alone_what_stays()
        walked = {id(one) for one in gc.get_objects()}
    finally:
        gc.unfreeze()

    assert id(stays) not in walked
    assert id(stays) in {id(one) for one in gc.get_objects()}
