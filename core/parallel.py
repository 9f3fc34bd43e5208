"""Several things worked on at once, so that one that is slow or fails holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

AT_ONCE: Final = 4
LOOK_AGAIN_SECONDS: Final = 5.0  # for what has become due while something slow is worked on
ASIDE_SECONDS: Final = 30.0  # for what somebody else is at

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Places(Generic[K, T]):
    """So many places to work at. Of one key no two things are worked on at once.

    Whoever works here shares the places, in however many calls of `work`.
    """

    def __init__(self, count: int = AT_ONCE) -> None:
        self._count = count
        self._taken: set[K] = set()
        self._aside: dict[K, float] = {}  # until when, of the loop's clock

    async def work(
        self,
        find: Callable[[], Awaitable[Sequence[tuple[K, T]]]],
        do: Callable[[T], Awaitable[bool | None]],
    ) -> int:
        """Do what `find` finds, each with its key, until there is nothing; returns how much.

        It is asked again whenever a place is free. `do` must not raise. It tells whether the thing
        is done, or None where somebody else is at it: then it is left alone for a while.
        """
        loop = asyncio.get_running_loop()
        own: dict[asyncio.Task[bool | None], K] = {}
        done = 0
        try:
            while True:
                for key, thing in await find() if len(self._taken) < self._count else ():
                    if len(self._taken) >= self._count:
                        break
                    if key in self._taken or self._aside.get(key, 0.0) > loop.time():
                        continue
                    self._taken.add(key)
                    own[loop.create_task(_doing(do, thing))] = key
                if not own:
                    return done
                finished, _ = await asyncio.wait(
                    own, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for task in finished:
                    key = own.pop(task)
                    self._taken.discard(key)
                    self._aside.pop(key, None)
                    outcome = task.result()
                    if outcome is None:
                        self._aside[key] = loop.time() + ASIDE_SECONDS
                    done += bool(outcome)
        finally:
            for task in own:
                task.cancel()
            await asyncio.gather(*own, return_exceptions=True)
            self._taken.difference_update(own.values())


async def _doing(do: Callable[[T], Awaitable[bool | None]], thing: T) -> bool | None:
    return await do(thing)
