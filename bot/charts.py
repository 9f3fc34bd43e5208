"""Charts: figures over days and rankings as pictures, in the reader's language."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.i18n import NBSP, Bps, Translator
from bot.lettering import drawable
from bot.screens.base import Photo, cut_plain
from core.money import Money

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH: Final = 1080  # pixels: twice a phone's bubble and more
HEIGHT: Final = 760
ROW: Final = 76  # pixels of one line of a ranking
ROWS_MAX: Final = 12  # lines of a ranking
_DPI: Final = 200
_LOOK: Final = 1  # counts changes of the drawing: pictures that were sent look as they did
_KEPT_MAX: Final = 200  # pictures in memory, some 40 kB each
_TICKS: Final = 4  # about so many lines across
_X_LABELS: Final = 6  # labels along the days
_LEGEND_MAX: Final = 28  # characters of a name under the title
_NAME_MAX: Final = 26  # characters of a name in a ranking
_MILLION: Final = 1_000_000

# An opaque card of its own, so that it reads on a light and on a dark wallpaper.
_GROUND: Final = "#16423c"
_GRID: Final = "#2c6158"
_INK: Final = "#ffffff"
_SOFT: Final = "#c4ded6"
_BARS: Final = ("#facc5c", "#6fc3b2", "#ff8a70")
_LINES: Final = ("#ffffff", "#b9bcf5")
_FONTS: Final = Path(__file__).parent / "fonts"


class Unit(StrEnum):
    """What the numbers of a series count: tiyn, things, or basis points."""

    MONEY = "money"
    COUNT = "count"
    RATE = "rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A row of numbers with its name for the legend; an empty name leaves it out of there."""

    name: str
    values: tuple[int, ...]
    unit: Unit = Unit.MONEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Bars along days or months, one on the other, and lines over them.

    `title` says what is shown, `figure` is its one large number and `note` what stands beside it,
    all worded already. `labels` go along the bottom, as many as values. Bars share the left scale
    and must be of one unit; lines share the right one, likewise. ValueError where they do not.
    """

    title: str
    labels: tuple[str, ...]
    bars: tuple[Series, ...] = ()
    lines: tuple[Series, ...] = ()
    figure: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for shared in (self.bars, self.lines):
            if len({series.unit for series in shared}) > 1:
                raise ValueError("series of one scale have one unit")
        if any(len(series.values) != len(self.labels) for series in (*self.bars, *self.lines)):
            raise ValueError("every label has its value")
        if not self.labels or not (self.bars or self.lines):
            raise ValueError("nothing to draw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Names with a bar each, in the order given; what is beyond twelve is left out."""

    title: str
    names: tuple[str, ...]
    values: tuple[int, ...]
    unit: Unit = Unit.MONEY
    figure: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not self.names or len(self.names) != len(self.values):
            raise ValueError("every name has its value")


Chart = Columns | Ranking

_kept: OrderedDict[str, bytes] = OrderedDict()
_painter: ThreadPoolExecutor | None = None


async def photo(t: Translator, chart: Chart) -> Photo:
    """The chart as a picture for a screen, drawn in a thread of its own, one at a time.

    The same data gives the same bytes under the same key.
    """
    named = f"{_LOOK}\n{t.locale}\n{chart!r}"
    key = f"chart:{hashlib.sha256(named.encode()).hexdigest()[:32]}"
    data = _kept.get(key)
    if data is None:
        loop = asyncio.get_running_loop()
        data = await loop.run_in_executor(_thread(), draw, t, chart)
        _kept[key] = data
        while len(_kept) > _KEPT_MAX:
            _kept.popitem(last=False)
    else:
        _kept.move_to_end(key)
    return Photo(key, data)


def _thread() -> ThreadPoolExecutor:
    """One thread: what draws the text is not made for two."""
    global _painter
    if _painter is None:
        _painter = ThreadPoolExecutor(1, "charts")
    return _painter


def draw(t: Translator, chart: Chart) -> bytes:
    """The chart as PNG, 1080 pixels wide. CPU-bound: people's taps call `photo`."""
    # Imported late: it takes most of a second, which a start of the bot has no use for.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    top = _top(chart)
    height = HEIGHT
    if isinstance(chart, Ranking):
        height = top + ROW * min(len(chart.names), ROWS_MAX) + 24
    figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=_GROUND)
    FigureCanvasAgg(figure)
    _heading(figure, chart)
    if isinstance(chart, Ranking):
        _ranking(t, figure, chart)
    else:
        _columns(t, figure, chart)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", facecolor=_GROUND, metadata={"Software": None})
    return stream.getvalue()


def _heading(figure: Figure, chart: Chart) -> None:
    """What is shown, the large number and the words beside it, from the top down."""
    _, height = figure.get_size_inches() * _DPI
    left = 56 / WIDTH

    def write(y: int, text: str, size: float, colour: str, *, bold: bool = False) -> None:
        if text := _plain(text):
            figure.text(
                left,
                1 - y / height,
                text,
                color=colour,
                va="baseline",
                fontproperties=_face(_fitting(text, size), bold=bold),
            )

    write(66, chart.title, 10.5, _SOFT)
    write(142, chart.figure, 20, _INK, bold=True)
    write(188, chart.note, 9, _SOFT)


def _top(chart: Chart) -> int:
    """Pixels that the heading takes."""
    return 206 if chart.note else 160 if chart.figure else 84


def _columns(t: Translator, figure: Figure, chart: Columns) -> None:
    legend = 64 if any(series.name for series in (*chart.bars, *chart.lines)) else 20
    right = 140 if chart.lines and chart.bars else 60
    box = (
        140 / WIDTH,
        84 / HEIGHT,
        (WIDTH - 140 - right) / WIDTH,
        (HEIGHT - 84 - _top(chart) - legend) / HEIGHT,
    )
    axes = figure.add_axes(box)
    _bare(axes)
    places = range(len(chart.labels))
    if chart.bars:
        _stack(axes, chart.bars)
        sums = [
            (
                sum(value for value in column if value < 0),
                sum(value for value in column if value > 0),
            )
            for column in zip(*(series.values for series in chart.bars), strict=True)
        ]
        _scale(t, axes, [value for pair in sums for value in pair], chart.bars[0].unit, grid=True)
    over = axes
    if chart.lines:
        if chart.bars:
            over = figure.add_axes(box, facecolor="none")
            _bare(over)
            over.yaxis.tick_right()
        for series, colour in zip(chart.lines, _LINES * len(chart.lines), strict=False):
            over.plot(places, series.values, color=colour, linewidth=1.8, solid_capstyle="round")
            over.plot(places[-1:], series.values[-1:], "o", color=colour, markersize=4)
        numbers = [value for series in chart.lines for value in series.values]
        _scale(t, over, numbers, chart.lines[0].unit, grid=not chart.bars)
        over.set_xticks([])
    for drawn in {axes, over}:
        drawn.set_xlim(-0.7, len(chart.labels) - 0.3)
    shown = _spread(len(chart.labels))
    axes.set_xticks(shown, [_plain(chart.labels[place]) for place in shown])
    _lettered(axes, over)
    _legend(figure, chart)


def _stack(axes: Axes, bars: Sequence[Series]) -> None:
    """Bars one on the other: what is above zero upwards, what is below downwards."""
    places = range(len(bars[0].values))
    tops, bottoms = [0] * len(places), [0] * len(places)
    for series, colour in zip(bars, _BARS * len(bars), strict=False):
        starts = [tops[at] if value >= 0 else bottoms[at] for at, value in enumerate(series.values)]
        axes.bar(places, series.values, bottom=starts, width=0.72, color=colour, linewidth=0)
        for at, value in enumerate(series.values):
            if value >= 0:
                tops[at] += value
            else:
                bottoms[at] += value


def _scale(t: Translator, axes: Axes, numbers: Sequence[int], unit: Unit, *, grid: bool) -> None:
    """Round steps from zero to just above the largest number."""
    steps = ticks(min(numbers), max(numbers), whole=unit is Unit.COUNT)
    axes.set_ylim(steps[0], steps[-1])
    axes.set_yticks(steps, [short(t, step, unit) for step in steps])
    if grid:
        axes.grid(visible=True, axis="y", color=_GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        if steps[0] < 0:
            axes.axhline(0, color=_SOFT, linewidth=0.8)


def ticks(low: int, high: int, *, whole: bool = False) -> list[int]:
    """Steps of 1, 2 or 5 times a power of ten that hold zero and all numbers between both.

    `whole` is for things that are counted: they have no step below one, money none below 1 ₸.
    """
    low, high = min(low, 0), max(high, 0)
    least = 1 if whole else 100
    span = max(high - low, least)
    step = least
    while span > step * _TICKS:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    first = -(-low // -step) if low >= 0 else low // step
    last = max(-(-high // step), first + 1)
    return [step * number for number in range(first, last + 1)]


def short(t: Translator, value: int, unit: Unit) -> str:
    """A number as it stands beside a scale: "20 000", "1,5 mln", "10,5 %"."""
    if unit is Unit.RATE:
        return t.value(Bps(value))
    whole = value // 100 if unit is Unit.MONEY else value
    if abs(whole) < _MILLION:
        return t.value(whole)
    tenths = t.value(Bps(round(whole / _MILLION * 100))).rstrip("%").rstrip(NBSP)
    return t.plain("{number} mln", number=tenths)


def worded(t: Translator, value: int, unit: Unit) -> str:
    """A number of the unit in full, with its sign."""
    match unit:
        case Unit.MONEY:
            return t.value(Money(value))
        case Unit.RATE:
            return t.value(Bps(value))
        case Unit.COUNT:
            return t.value(value)


def _spread(count: int) -> list[int]:
    """The places that are labelled: the last one, and back from it by even steps."""
    step = max(1, -(-count // _X_LABELS))
    return list(range(count - 1, -1, -step))[::-1]


def _legend(figure: Figure, chart: Columns) -> None:
    """Names with their colours in a row between heading and bars."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Patch(color=colour, label=_plain(cut_plain(series.name, _LEGEND_MAX)))
        for series, colour in zip(chart.bars, _BARS * len(chart.bars), strict=False)
        if series.name
    ]
    handles += [
        Line2D(
            [], [], color=colour, linewidth=1.8, label=_plain(cut_plain(series.name, _LEGEND_MAX))
        )
        for series, colour in zip(chart.lines, _LINES * len(chart.lines), strict=False)
        if series.name
    ]
    if handles:
        figure.legend(
            handles=handles,
            loc="center left",
            bbox_to_anchor=(46 / WIDTH, 1 - (_top(chart) + 26) / HEIGHT),
            ncols=len(handles),
            frameon=False,
            labelcolor=_SOFT,
            prop=_face(8),
            handlelength=1.1,
            handleheight=0.9,
            columnspacing=1.4,
            borderpad=0,
        )


def _ranking(t: Translator, figure: Figure, chart: Ranking) -> None:
    names, values = chart.names[:ROWS_MAX], chart.values[:ROWS_MAX]
    height = _top(chart) + ROW * len(names) + 24
    axes = figure.add_axes(
        (56 / WIDTH, 24 / height, (WIDTH - 112) / WIDTH, ROW * len(names) / height)
    )
    _bare(axes)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(names), 0)
    axes.set_xticks([])
    axes.set_yticks([])
    most = max(max(values), 1)
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        axes.barh(place + 0.74, 1, height=0.16, color=_GRID, linewidth=0)
        axes.barh(place + 0.74, max(value, 0) / most, height=0.16, color=_BARS[0], linewidth=0)
        face = _face(9)
        text = _plain(cut_plain(name, _NAME_MAX))
        axes.text(0, place + 0.5, text, color=_INK, fontproperties=face, va="baseline")
        axes.text(
            1,
            place + 0.5,
            worded(t, value, chart.unit),
            color=_INK,
            fontproperties=_face(9, bold=True),
            va="baseline",
            ha="right",
        )


def _bare(axes: Axes) -> None:
    axes.set_facecolor("none")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, colors=_SOFT, pad=5)


def _lettered(*drawn: Axes) -> None:
    """The labels of both scales in the shipped font."""
    for axes in drawn:
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            label.set_fontproperties(_face(8))


def _face(size: float, *, bold: bool = False) -> Any:
    from matplotlib.font_manager import FontProperties

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return FontProperties(fname=_FONTS / name, size=size)


def _plain(text: str) -> str:
    """Text without what the font lacks; a dollar sign begins no formula."""
    return drawable(text).replace("$", r"\$")


def _fitting(text: str, size: float) -> float:
    """A smaller size for a text that is longer than the picture is wide."""
    # Letters are some 0.62 of their size wide.
    room = (WIDTH - 112) / (size * _DPI / 72 * 0.62)
    return max(7.0, size * min(1.0, room / max(len(text), 1)))
