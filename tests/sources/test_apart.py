"""A large file is read by a process of its own, and yields what it yields here."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import FileRefused, MappingIncomplete
from core.orders import NormalisedOrder
from core.preparation import PHONE, Prepared, Stretch
from core.sources import apart
from core.sources.apart import Task, read_stretches
from core.sources.base import SourceKind
from core.sources.mapping import Mapping
from db.order_rows import OrderRows
from tests.usecases.order_builders import BOX

SEEN = datetime(2026, 11, 21, 7, tzinfo=UTC)
HEADER = "Номер заказа;Дата заказа;Сумма;Статус;Промокод;Телефон"


def _task(data: bytes | Path, *, mapping: Mapping | None = None, start: int = 0) -> Task:
    return Task(
        data=data,
        name="orders.csv",
        kind=SourceKind.TABLE,
        mapping=mapping,
        default_status=None,
        start=start,
        unit_rows=7,
        seen_at=SEEN,
        digest=BOX.digester(PHONE),
        shape=OrderRows("sqlite").prepare,
    )


def _rows(count: int) -> list[str]:
    return [
        f"{number};21.11.2026;{number}00;Доставлен;{'A10' if number % 3 else ''};8701000{number:04}"
        for number in range(1, count + 1)
    ]


def _table(rows: list[str]) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


Wanted = Callable[[Stretch], list[int]]


def _read(task: Task, wanted: Wanted, *, worth_it: int) -> list[tuple[object, ...]]:
    """What a stretch says of itself and of the orders that are asked for."""
    told: list[tuple[object, ...]] = []
    for stretch in read_stretches(task, worth_it=worth_it):
        prepared = stretch.prepare(wanted(stretch))
        told.append(
            (
                stretch.keys,
                list(stretch.rejected),
                stretch.position,
                stretch.total,
                _said(prepared),
                _orders(prepared),
            )
        )
    return told


def _said(prepared: Prepared) -> tuple[object, ...]:
    return prepared.ids, prepared.rows, prepared.signs, list(prepared.rejected)


def _orders(prepared: Prepared) -> list[NormalisedOrder]:
    return [prepared.order(position) for position in range(len(prepared.ids))]


@pytest.mark.parametrize(
    "wanted",
    [
        lambda stretch: list(range(len(stretch.keys))),
        lambda stretch: list(range(len(stretch.keys)))[1::2],
        lambda stretch: [],
        lambda stretch: list(range(len(stretch.keys) if stretch.position % 3 else 1)),
    ],
    ids=["all", "some", "none", "now all, now one"],
)
def test_the_process_yields_what_reading_here_yields(wanted: Wanted) -> None:
    rows = _rows(60)
    rows[10] = "11;21.11.2026;no sum;Доставлен;;"
    rows[25] = ";21.11.2026;100;Доставлен;;"
    task = _task(_table(rows))

    assert _read(task, wanted, worth_it=0) == _read(task, wanted, worth_it=10**9)


def test_a_file_on_the_disk_is_gone_on_with_where_reading_stopped(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(_table(_rows(30)))
    first = next(read_stretches(_task(path), worth_it=0))

    rest = list(read_stretches(_task(path, start=first.position), worth_it=0))

    assert [key.external_id for key in first.keys] == [str(number) for number in range(1, 8)]
    assert [key.external_id for stretch in rest for key in stretch.keys] == [
        str(number) for number in range(8, 31)
    ]


def test_a_refusal_of_the_reader_is_the_programs() -> None:
    with pytest.raises(FileRefused) as refused:
        list(read_stretches(_task(b"%PDF-1.7 no table"), worth_it=0))
    with pytest.raises(FileRefused) as here:
        list(read_stretches(_task(b"%PDF-1.7 no table")))
    assert refused.value.reason == here.value.reason
    incomplete = Mapping(order="Номер заказа", date="Дата заказа")
    with pytest.raises(MappingIncomplete) as lacking:
        list(read_stretches(_task(_table(_rows(1)), mapping=incomplete), worth_it=0))
    assert lacking.value.missing


def test_a_reader_that_is_killed_ends_the_reading_with_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[int] = []
    popen = subprocess.Popen

    def start(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        process = popen(*arguments, **options)  # type: ignore[call-overload]
        started.append(process.pid)
        return process  # type: ignore[no-any-return]

    monkeypatch.setattr(subprocess, "Popen", start)
    stretches = read_stretches(_task(_table(_rows(2_000))), worth_it=0)
    next(stretches)
    os.kill(started[0], signal.SIGKILL)

    with pytest.raises(FileRefused) as refused:
        list(stretches)

    assert refused.value.reason == "too_big"


def test_a_reader_that_needs_too_much_memory_refuses_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    little = "from core.sources import apart; apart.MEMORY = 150 * 2**20; apart.main()"
    monkeypatch.setattr(apart, "STARTED_WITH", (*apart.STARTED_WITH[:2], little))
    wide = HEADER + "\n1;21.11.2026;100;Доставлен;;" + "x" * 40_000_000

    with pytest.raises(FileRefused) as refused:
        list(read_stretches(_task(wide.encode()), worth_it=0))

    assert refused.value.reason == "too_big"


def test_the_last_orders_may_be_asked_about_when_all_is_read() -> None:
    stretches = read_stretches(_task(_table(_rows(2_000))), worth_it=0)
    taken = []
    for stretch in stretches:
        stretch.prepare([])  # all of it is known: nothing more is got ready ahead
        taken.append(stretch)
    last = taken[-1]

    assert len(last.prepare(range(len(last.keys))).ids) == len(last.keys)

    stretches.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_the_reader_ends_when_nobody_wants_more() -> None:
    stretches = read_stretches(_task(_table(_rows(3_000))), worth_it=0)
    next(stretches)
    stretches.close()

    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_many_units_are_asked_about_before_the_first_answer_is_waited_for() -> None:
    stretches = read_stretches(_task(_table(_rows(600))), worth_it=0)
    taken = []
    for stretch in stretches:
        stretch.prepare([])
        taken.append(stretch)

    answers = [stretch.ask([0, 2]) for stretch in taken[-20:]]
    told = [answer().ids for answer in reversed(answers)]

    assert told == [
        [stretch.keys[index].external_id for index in (0, 2)] for stretch in reversed(taken[-20:])
    ]
    stretches.close()
