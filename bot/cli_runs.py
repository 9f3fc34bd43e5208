"""Commands that look at runs: the list, one of them, and its lines that were not taken."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from bot.cli_data import Json, Tools, brand_and_place, carry_out, tell
from bot.settings import Settings
from bot.spreadsheets import harmless
from core.ids import RunId
from core.runs import Run
from core.sources.base import RejectedLine
from core.usecases.rejects import opened_lines

PAGE = 500


def register_runs(app: typer.Typer, settings_of: Callable[[], Settings]) -> None:
    """Add the commands to the command line."""
    runs = typer.Typer(help="Readings of files and sources.", no_args_is_help=True)
    app.add_typer(runs, name="runs")

    @runs.command("list")
    def listing(
        brand: Annotated[str, typer.Option(help="BIN of the brand; all brands without.")] = "",
        limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 20,
        as_json: Json = False,
    ) -> None:
        """The latest runs, newest first."""

        async def work(given: Tools) -> list[Run]:
            number = (await brand_and_place(given.new_uow, brand))[0] if brand else None
            async with given.new_uow(read_only=True) as uow:
                return [run for run, _ in await uow.runs.latest(number, after=None, limit=limit)]

        for run in carry_out(settings_of(), work):
            tell(record(run), as_json)

    @runs.command()
    def show(
        run: Annotated[int, typer.Argument(help="Number of the run.")], as_json: Json = False
    ) -> None:
        """One run: its file, when it was read, and what it brought."""

        async def work(given: Tools) -> Run:
            async with given.new_uow(read_only=True) as uow:
                return await uow.runs.get(RunId(run))

        tell(record(carry_out(settings_of(), work)), as_json)

    @runs.command()
    def rejected(
        run: Annotated[int, typer.Argument(help="Number of the run.")], as_json: Json = False
    ) -> None:
        """The lines that were not taken, as CSV: number, reason, contents. They may name buyers."""

        async def work(given: Tools) -> None:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            after = 0
            while lines := await opened_lines(
                given.new_uow, given.box, run=RunId(run), after=after, limit=PAGE
            ):
                for line in lines:
                    _print(writer, line, as_json)
                after = lines[-1].line

        carry_out(settings_of(), work)


def _print(writer: Any, line: RejectedLine, as_json: bool) -> None:
    if as_json:
        tell(asdict(line), as_json)
    else:
        writer.writerow([line.line, line.reason, *map(harmless, line.text.split("\t"))])


def record(run: Run) -> dict[str, Any]:
    """A run for a file: times in UTC."""
    return {
        "run": run.id,
        "state": run.state.value,
        "file": run.file_name,
        "position": run.position,
        "total": "" if run.total is None else run.total,
        **asdict(run.counts),
        "started_at": run.started_at.isoformat() if run.started_at else "",
        "finished_at": run.finished_at.isoformat() if run.finished_at else "",
        "error": run.error,
    }
