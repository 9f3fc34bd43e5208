"""Order files read in a process of its own, which hands over what is ready for the books.

Reading takes as long as storing. Beside the program it takes no time from it: people are answered
meanwhile, a file that is made to use up memory ends the reader and nothing else, and both
processors of a small machine work. The reader runs ahead of whoever stores by a few units. What is
known word for word needs its key only, so orders are normalised ahead only while most of them are
asked for.
"""

from __future__ import annotations

import gc
import pickle
import resource
import socket
import subprocess
import sys
import traceback
import weakref
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, Protocol, Self

from core.errors import FileRefused, MappingIncomplete
from core.orders import OrderStatus
from core.preparation import Answer, Digest, Prepared, Shape, Stretch, together
from core.sources import files
from core.sources.base import Batch, SourceKind
from core.sources.files import Surveyed
from core.sources.mapping import Mapping

WORTH_IT: Final = 1_000_000  # bytes of a file that takes longer to read than a process to start
UNIT_ROWS: Final = 500
AHEAD: Final = 48  # units that may be read before they are taken
MEMORY: Final = 2 * 2**30  # bytes of addresses: the reader fails beyond, the program never notices
# Not `-m`: what it makes would belong to a module "__main__" that is another one here.
STARTED_WITH: Final = (sys.executable, "-c", "from core.sources.apart import main; main()")
KEPT: Final = 64  # units that one transaction may take, and which may be asked about


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A file and how it is to be read: see `core.sources.files.read`.

    `seen_at`, `digest` and `shape` are what orders are got ready with.
    """

    data: bytes | Path
    name: str
    kind: SourceKind
    mapping: Mapping | None
    default_status: OrderStatus | None
    start: int
    unit_rows: int = UNIT_ROWS
    seen_at: datetime
    digest: Digest
    shape: Shape
    surveyed: Surveyed | None = None

    def batches(self) -> Iterator[Batch]:
        """What is in the file."""
        return files.read(
            self.data,
            self.name,
            kind=self.kind,
            mapping=self.mapping,
            default_status=self.default_status,
            start=self.start,
            batch_rows=self.unit_rows,
            surveyed=self.surveyed,
            seen_at=self.seen_at,
        )

    def prepared(self, batch: Batch, wanted: Sequence[int]) -> Prepared:
        """Orders of a batch, ready."""
        return self.shape(batch.read(wanted), self.seen_at, self.digest)


class Stretches(Protocol):
    """A file unit by unit; the last units may be asked about when all have been taken.

    Each `next`, and each `prepare` of a stretch, waits for the reader: call them in a thread.
    """

    def __iter__(self) -> Iterator[Stretch]: ...

    def __next__(self) -> Stretch: ...

    def close(self) -> None:
        """End the reading, and the reader."""


def read_stretches(
    task: Task, *, worth_it: int = WORTH_IT, head_start: HeadStart | None = None
) -> Stretches:
    """Read a file, in another process if it is large; errors come as `files.read` raises them."""
    if reader := head_start and head_start.reader():
        return _Apart(task, reader)
    return _Apart(task, _Process()) if _size(task.data) >= worth_it else _here(task)


def _size(data: bytes | Path) -> int:
    return len(data) if isinstance(data, bytes) else data.stat().st_size


def _here(task: Task) -> Generator[Stretch, None, None]:
    for batch in task.batches():
        yield Stretch.of(batch, task.shape, task.seen_at, task.digest)


# --- the side of the program ---------------------------------------------------------------------


class HeadStart:
    """A reader that starts while the program still looks at the file, and what it finds there.

    `shape` is that of the task to come: what it needs is imported meanwhile. Close it.
    """

    def __init__(self, data: bytes | Path, shape: Shape, *, worth_it: int = WORTH_IT) -> None:
        self.surveyed: Surveyed | None = None
        self._reader = _Process() if _size(data) >= worth_it else None
        if self._reader:
            self._reader.tell(shape)

    def reader(self) -> _Process | None:
        """The reader, once; none where it would not have been worth it."""
        reader, self._reader = self._reader, None
        return reader

    def close(self) -> None:
        """End a reader that nobody has taken."""
        if reader := self.reader():
            reader.end()


class _Process:
    """A reader and the socket to it, ended also when this is dropped without a word.

    A thread takes what comes from the socket, which holds less than a unit: else the reader would
    wait for whoever stores.
    """

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module by our own interpreter
                [*STARTED_WITH, str(theirs.fileno())], pass_fds=[theirs.fileno()]
            )
        self._connection = Connection(ours.detach())
        self._received: SimpleQueue[bytes | None] = SimpleQueue()
        ear = Thread(target=_hear, args=(self._connection, self._received), daemon=True)
        ear.start()
        self.end = weakref.finalize(self, _end, self._process, ear, self._connection)

    def tell(self, said: Any) -> None:
        """Say something; a reader that is gone is noticed by what it does not say."""
        with suppress(OSError):
            _send(self._connection, said)

    def hear(self) -> Any:
        """What it says next, as soon as it does; FileRefused where it has ended."""
        received = self._received.get()
        if received is None:
            self._received.put(None)
            raise FileRefused("too_big", detail=f"the reader ended with {self._process.wait()}")
        return pickle.loads(received)  # noqa: S301 - from our own process


class _Apart:
    """What has come from the reader: units in their order, and answers to what was asked."""

    def __init__(self, task: Task, reader: _Process) -> None:
        self._reader = reader
        self._arrived: deque[Any] = deque()
        self._answers: dict[int, Prepared] = {}
        self._asked = 0
        self._mostly_wanted = True
        self._number = 0
        self._reader.tell(task)

    def close(self) -> None:
        """End the reader."""
        self._reader.end()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Stretch:
        if self._number:
            self._reader.tell(("more", self._mostly_wanted))
        said = self._arrived.popleft() if self._arrived else self._next()
        if said[0] == "end":
            self._arrived.append(said)
            raise StopIteration
        _, keys, rejected, position, total, ahead = said
        number = self._number
        self._number += 1
        return Stretch(
            keys=keys,
            rejected=rejected,
            position=position,
            total=total,
            ask=partial(self._ask, number, len(keys), ahead),
        )

    def _ask(self, number: int, keys: int, ahead: _Ahead | None, wanted: Sequence[int]) -> Answer:
        self._mostly_wanted = 2 * len(wanted) > keys
        if not wanted:
            return partial(together, [])
        if ahead is not None:
            return partial(ahead.take, wanted)
        self._asked += 1
        self._reader.tell(("prepare", number, list(wanted), self._asked))
        return partial(self._answer, self._asked)

    def _answer(self, asked: int) -> Prepared:
        while asked not in self._answers:
            match self._next():
                case ("prepared", answered, prepared):
                    self._answers[answered] = prepared
                case said:
                    self._arrived.append(said)
        return self._answers.pop(asked)

    def _next(self) -> Any:
        said = self._reader.hear()
        match said:
            case ("refused", facts):
                raise FileRefused(**facts)
            case ("incomplete", facts):
                raise MappingIncomplete(**facts)
            case ("failed", trouble):
                raise RuntimeError(f"the reader of a file failed: {trouble}")
        return said


@dataclass(slots=True)
class _Ahead:
    """All orders of a unit, got ready before it was known which are wanted.

    `indexes` are those of their keys: a line that turns out to be no order has a key as well.
    """

    prepared: Prepared
    indexes: Sequence[int]

    def take(self, wanted: Sequence[int]) -> Prepared:
        """Some of the orders; the lines that are none are told once, when one is asked for."""
        positions = {index: position for position, index in enumerate(self.indexes)}
        orders = [positions[index] for index in wanted if index in positions]
        taken = self.prepared
        if len(orders) < len(self.indexes):
            taken = taken.only(orders)
        if len(orders) == len(wanted):
            return replace(taken, rejected=())
        self.prepared = replace(self.prepared, rejected=())
        return taken


def _hear(connection: Connection, received: SimpleQueue[bytes | None]) -> None:
    with suppress(EOFError, OSError):
        while True:
            received.put(connection.recv_bytes())
    received.put(None)


def _end(process: subprocess.Popen[bytes], ear: Thread, connection: Connection) -> None:
    process.kill()
    process.wait()
    ear.join()
    connection.close()


# --- the side of the reader ----------------------------------------------------------------------


def serve(connection: Connection) -> None:
    """Read the file that is asked for, and say what is in it, until nobody listens."""
    # What comes before the task is there to be imported.
    while not isinstance(task := pickle.loads(connection.recv_bytes()), Task):  # noqa: S301 - ours
        pass
    try:
        _Reader(connection, task).run()
    except FileRefused as error:
        _send(connection, ("refused", asdict(error)))
    except MappingIncomplete as error:
        _send(connection, ("incomplete", asdict(error)))
    except MemoryError:
        _send(connection, ("refused", {"reason": "too_big", "detail": "memory"}))
    except Exception as error:  # the message may tell of buyers; where it was is enough
        where = "".join(traceback.format_tb(error.__traceback__)[-4:])
        _send(connection, ("failed", f"{type(error).__name__}\n{where}"))


class _Reader:
    def __init__(self, connection: Connection, task: Task) -> None:
        self._connection = connection
        self._task = task
        self._units: dict[int, Batch] = {}  # that may be asked about
        self._taken = 0
        self._mostly_wanted = True

    def run(self) -> None:
        for number, batch in enumerate(self._task.batches()):
            while number - self._taken >= AHEAD or self._connection.poll():
                self._listen()
            ahead = self._ahead(batch)
            if ahead is None:
                self._units[number] = batch
            _send(self._connection, ("unit", *_head(batch), ahead))
        _send(self._connection, ("end",))
        while True:  # until nobody is at the other end
            self._listen()

    def _ahead(self, batch: Batch) -> _Ahead | None:
        if not self._mostly_wanted:
            return None
        prepared = self._task.prepared(batch, range(len(batch.keys)))
        ids = iter(enumerate(batch.keys))
        indexes = [
            next(index for index, key in ids if key.external_id == external_id)
            for external_id in prepared.ids
        ]
        return _Ahead(prepared, indexes)

    def _listen(self) -> None:
        match pickle.loads(self._connection.recv_bytes()):  # noqa: S301 - from the program itself
            case ("more", mostly_wanted):
                self._mostly_wanted = mostly_wanted
                # A unit is asked about before the next but one transaction's are taken.
                self._units.pop(self._taken - KEPT, None)
                self._taken += 1
            case ("prepare", number, wanted, asked):
                prepared = self._task.prepared(self._units[number], wanted)
                _send(self._connection, ("prepared", asked, prepared))


def _head(batch: Batch) -> tuple[Any, ...]:
    return list(batch.keys), list(batch.rejected), batch.position, batch.total


def _send(connection: Connection, said: Any) -> None:
    connection.send_bytes(pickle.dumps(said, pickle.HIGHEST_PROTOCOL))


def main() -> None:
    """Read for the program at the other end of the given socket."""
    # What a reader makes has no circles to be looked for.
    gc.disable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with suppress(EOFError, ConnectionError), Connection(int(sys.argv[1])) as connection:
        serve(connection)
