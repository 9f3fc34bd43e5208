"""Charts: the same data gives the same picture, in each language, beside the event loop."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot import charts
from bot.charts import Columns, Ranking, Series, Unit
from bot.i18n import translator
from core.people import Locale

DAYS = tuple(f"{day:02d}.11" for day in range(1, 31))
EARNED = Columns(
    title="Соңғы 30 күндегі табыс: әңғқөұүһі",
    figure="129 750 ₸",
    note="12",
    labels=DAYS,
    bars=(
        Series(name="a", values=tuple(range(0, 300_000, 10_000))),
        Series(name="b", values=(50_000,) * 30),
    ),
    lines=(Series(name="c", values=tuple(range(30)), unit=Unit.COUNT),),
)
BEST = Ranking(title="Ж", names=("Көкше", "$5 😀"), values=(700_00, 0))
NUMBERS = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=5)


async def test_the_same_data_is_the_same_picture_of_its_size() -> None:
    t = translator(Locale.KK)
    first = await charts.photo(t, EARNED)
    charts._kept.clear()
    again = await charts.photo(t, replace(EARNED))

    assert (first.key, first.data) == (again.key, again.data)
    with Image.open(io.BytesIO(first.data)) as picture:
        assert picture.size == (charts.WIDTH, charts.HEIGHT)
    other = await charts.photo(translator(Locale.EN), EARNED)
    assert other.key != first.key
    assert other.data != first.data  # 3,000 and not 3 000


async def test_a_ranking_is_as_high_as_it_has_names() -> None:
    t = translator(Locale.RU)
    two = await charts.photo(t, BEST)
    many = await charts.photo(t, Ranking(title="Ж", names=("a",) * 30, values=(1,) * 30))

    heights = []
    for one in (two, many):
        with Image.open(io.BytesIO(one.data)) as picture:
            heights.append(picture.height)
    assert heights[1] - heights[0] == (charts.ROWS_MAX - 2) * charts.ROW


async def test_people_are_answered_while_charts_are_drawn() -> None:
    t = translator(Locale.RU)
    await charts.photo(t, BEST)  # the library is loaded
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(others())
    await charts.photo(t, replace(EARNED, title="drawn now"))
    task.cancel()

    assert turns > 5


def test_the_bot_starts_without_the_library_of_charts() -> None:
    code = "import sys, bot.app, bot.charts; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout.strip() == "False"


@given(NUMBERS, st.booleans())
def test_a_scale_holds_every_number_and_zero_in_few_even_steps(
    numbers: Sequence[int], whole: bool
) -> None:
    steps = charts.ticks(min(numbers), max(numbers), whole=whole)

    assert steps[0] <= min(0, *numbers)
    assert steps[-1] >= max(0, *numbers)
    assert 0 in steps
    assert 2 <= len(steps) <= 7
    assert len({after - before for before, after in pairwise(steps)}) == 1


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (Locale.KK, ("20\u00a0000", "1,5\u00a0млн", "10,5%")),
        (Locale.RU, ("20\u00a0000", "1,5\u00a0млн", "10,5\u00a0%")),
        (Locale.EN, ("20,000", "1.5 mln", "10.5%")),
    ],
)
def test_numbers_on_a_scale_are_written_as_readers_write_them(
    locale: Locale, words: tuple[str, ...]
) -> None:
    t = translator(locale)
    assert words == (
        charts.short(t, 2_000_000, Unit.MONEY),
        charts.short(t, 1_500_000, Unit.COUNT),
        charts.short(t, 1_050, Unit.RATE),
    )


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="unit"):
        replace(EARNED, bars=(EARNED.bars[0], replace(EARNED.bars[1], unit=Unit.COUNT)))
    with pytest.raises(ValueError, match="value"):
        replace(EARNED, labels=("1",))
