"""Python's garbage collector, and what it need not look at."""

from __future__ import annotations

import gc


def leave_alone_what_stays() -> None:
    """Take everything that is there now out of the collector's sight; call once all is made.

    Some hundred thousand objects live as long as the program. To walk over them takes a quarter of
    a second, and it would happen again and again while people wait for an answer.
    """
    gc.collect()
    gc.freeze()
