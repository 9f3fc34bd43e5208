"""Slots step down once per refusal of Telegram and come back slowly, and never exceed the most."""

from __future__ import annotations

from bot.slots import Slots


class Watch:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_wave_of_refusals_counts_once() -> None:
    watch = Watch()
    slots = Slots(30, now=watch, climb_seconds=10)
    begun = watch.now
    watch.now += 0.1
    slots.taken = 30

    for _ in range(8):
        slots.refused(begun, silence=3)
    assert slots.allowed == 22
    assert slots.free == 0
    watch.now += 3
    slots.refused(begun, silence=3)  # an answer that comes late speaks of the old rate
    assert slots.allowed == 22
    slots.refused(watch.now, silence=3)
    assert slots.allowed == 16


def test_they_come_back_one_at_a_time_once_the_silence_is_over() -> None:
    watch = Watch()
    slots = Slots(30, now=watch, climb_seconds=10)
    watch.now += 1
    slots.refused(watch.now, silence=30)

    watch.now += 39
    assert slots.allowed == 22
    watch.now += 2
    assert slots.allowed == 23
    watch.now += 10_000
    assert slots.allowed == 30


def test_one_slot_always_remains() -> None:
    watch = Watch()
    slots = Slots(2, now=watch)
    for _ in range(5):
        watch.now += 1
        slots.refused(watch.now)

    assert slots.allowed == 1
