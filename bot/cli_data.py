"""Commands that bring data in and out: load, import, sync, orders, ledger check."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from bot.app import KASPI, utc_now
from bot.cli_progress import Meter
from bot.http_client import HttpClient
from bot.i18n import translator
from bot.programme_file import read_programme
from bot.screens.errors import refusal
from bot.secret_box import SecretBox
from bot.settings import Settings
from core.errors import DomainError, NotFound, SourceBusy
from core.ids import BrandId, RunId, UploadId
from core.orders import OrderStatus, Place
from core.people import Locale
from core.ports import UnitOfWorkFactory
from core.ports.orders import OrderRow
from core.programme import Loaded, ProgrammeInvalid
from core.runs import Run, RunState
from core.sources.apart import HeadStart
from core.usecases.books import check_ledger
from core.usecases.imports import (
    FOLLOW_SECONDS,
    beginning,
    execute_run,
    follow_run,
    queue_file,
)
from core.usecases.order_files import keep_file, of_path
from core.usecases.orders import export_orders
from core.usecases.programme import load_programme
from core.usecases.syncs import follow_syncs, sync_all, sync_due_sources
from db import migrations
from db.alive import lives
from db.engine import create_engine
from db.uow import unit_of_work_factory

FAILED = 1  # exit code where the work itself failed
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run as a formula

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a command works with."""

    settings: Settings
    new_uow: UnitOfWorkFactory
    box: SecretBox


def fail(reason: str) -> NoReturn:
    """Say in one line why the work failed, and leave with exit code 1."""
    typer.echo(f"ules: {reason}", err=True)
    raise typer.Exit(FAILED)


@asynccontextmanager
async def tools(settings: Settings) -> AsyncIterator[Tools]:
    """Storage on an up-to-date database, closed at the end."""
    engine = create_engine(settings.database_url)
    try:
        if not await migrations.at_head(engine):
            fail("the database is not up to date: run `ules migrate` first")
        yield Tools(
            settings=settings,
            new_uow=unit_of_work_factory(engine),
            box=SecretBox.from_setting(settings.secret_key.get_secret_value()),
        )
    finally:
        await engine.dispose()


def carry_out(settings: Settings, work: Callable[[Tools], Awaitable[T]]) -> T:
    """Run the work; a refusal is one line, not a traceback."""

    async def inside() -> T:
        async with tools(settings) as given:
            return await work(given)

    try:
        return asyncio.run(inside())
    except DomainError as error:
        fail(translator(Locale.EN).value(refusal(translator(Locale.EN), error)))
    except BrokenPipeError:
        raise  # the reader has seen enough
    except OSError as error:
        fail(f"{error.strerror or error}: {error.filename or 'the database'}")


async def bring(
    given: Tools,
    *,
    alive: Callable[[], bool],
    brand: BrandId,
    path: Path,
    place: Place,
    status: OrderStatus | None,
    progress: Callable[[Run], Awaitable[None]],
) -> Run:
    """Import a file, or let the bot do it that lives on the same SQLite file.

    Two processes would fight for its one writer; in the bot an import lets people go first. Should
    the bot go away meanwhile, the command goes on itself.
    """

    head_start: HeadStart | None = None

    async def queue(upload: UploadId | None = None) -> Run:
        return await queue_file(
            given.new_uow,
            utc_now,
            brand=brand,
            path=path,
            kind=None,
            place=place,
            default_status=status,
            hand_over=alive(),
            upload=upload,
            head_start=head_start,
        )

    async def to_the_end(run: Run) -> Run:
        while run.is_open and not run.failures:
            if alive():
                run = await follow_run(
                    given.new_uow,
                    run=run.id,
                    goes_on=alive,
                    pause=asyncio.sleep,
                    progress=progress,
                )
                continue
            try:
                return await execute_run(
                    given.new_uow,
                    utc_now,
                    given.box,
                    run=run.id,
                    data=path,
                    progress=progress,
                    alone=True,
                    head_start=head_start,
                )
            except SourceBusy:
                if not run.path and not run.upload:
                    raise  # another command is at it
                await asyncio.sleep(FOLLOW_SECONDS)  # the lease of a bot that died
                async with given.new_uow(read_only=True) as uow:
                    run = await uow.runs.get(run.id)
        return run

    async with AsyncExitStack() as closing:
        if not alive():
            head_start = await closing.enter_async_context(beginning(given.new_uow, path))
        run = await queue()
        try:
            run = await to_the_end(run)
            if run.path and run.trouble == ("gone", None):
                # The bot cannot see the file: it is somebody else, or in a container of its own.
                upload = await keep_file(
                    given.new_uow,
                    utc_now,
                    given.box,
                    brand=brand,
                    person=None,
                    name=path.name,
                    chunks=of_path(path),
                    limit=sys.maxsize,
                )
                run = await queue(upload)
                run = await to_the_end(run)
        except asyncio.CancelledError:
            if alive():
                typer.echo(f"ules: the bot goes on with it: ules runs show {run.id}", err=True)
            raise
        return run


async def _show(meter: Meter, run: Run) -> None:
    meter.show(run.file_name or f"run {run.id}", run.position, run.total)


def register(app: typer.Typer, settings_of: Callable[[], Settings]) -> None:
    """Add the commands to the command line."""
    ledger = typer.Typer(help="The books.", no_args_is_help=True)
    app.add_typer(ledger, name="ledger")

    @ledger.command()
    def check(as_json: Json = False) -> None:
        """Recompute every invariant of the ledger; exit code 1 where one does not hold."""
        report = carry_out(settings_of(), lambda given: check_ledger(given.new_uow))
        if as_json:
            typer.echo(json.dumps({"sound": report.sound, **asdict(report)}))
        elif report.sound:
            typer.echo(
                f"The ledger is sound: {report.transfers} transfers, {report.entries} entries, "
                "sum 0, balances equal to entries."
            )
        else:
            typer.echo(f"The ledger is NOT sound: {report}", err=True)
        if not report.sound:
            raise typer.Exit(FAILED)

    @app.command()
    def load(
        file: Annotated[Path, typer.Argument(help="A programme, see docs/programme.md.")],
        as_json: Json = False,
    ) -> None:
        """Bring an existing programme: brands, offers, creators, codes, SKUs. Safe to repeat."""
        settings = settings_of()
        try:
            programme, pictures = read_programme(file)
        except ProgrammeInvalid as error:
            fail(f"{file} cannot be loaded:\n{error}")
        except OSError as error:
            fail(f"{file} cannot be read: {error.strerror}")
        entries = (programme.brands, programme.creators, programme.offers)
        total = sum(map(len, (*entries, programme.codes, programme.skus)))

        async def work(given: Tools) -> Loaded:
            with Meter() as meter:
                return await load_programme(
                    given.new_uow,
                    utc_now,
                    programme=programme,
                    pictures=pictures,
                    on_progress=lambda done: meter.show("Loading", done, total),
                )

        try:
            loaded = carry_out(settings, work)
        except ProgrammeInvalid as error:
            fail(f"{file} contradicts what is stored:\n{error}")
        tell(asdict(loaded), as_json)

    @app.command("import")
    def import_(
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX.")],
        source: Annotated[
            str,
            typer.Option(help="The brand's BIN, with the place where it is not told by the file: "
                              "210440000007/ozon"),
        ],
        status: Annotated[
            OrderStatus | None,
            typer.Option(help="What the orders are where the file has no column for it."),
        ] = None,
        as_json: Json = False,
    ) -> None:  # fmt: skip
        """Reconcile an order file of any size; one that was interrupted goes on where it was.

        Beside a running bot on SQLite the bot takes it in, and the command shows how far it is.
        """

        settings, path = settings_of(), file.resolve()

        async def work(given: Tools) -> Run:
            brand, place = await brand_and_place(given.new_uow, source)
            with Meter() as meter:
                return await bring(
                    given,
                    alive=partial(lives, settings.database_url),
                    brand=brand,
                    path=path,
                    place=place,
                    status=status,
                    progress=partial(_show, meter),
                )

        _report([carry_out(settings, work)], as_json)

    @app.command()
    def sync(
        everything: Annotated[
            bool, typer.Option("--all", help="Also sources that are not due yet.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Read polled sources that are due; a bot that runs on the same SQLite file does it."""

        async def work(given: Tools) -> list[Run]:
            settings = given.settings
            async with given.new_uow(read_only=True) as uow:
                latest = await uow.runs.latest(None, after=None, limit=1)
            begun: set[RunId] = set()
            if everything:
                await sync_all(given.new_uow, utc_now)
            alive = partial(lives, settings.database_url)
            with Meter() as meter:

                async def show(run: Run) -> None:
                    begun.add(run.id)  # also one that an earlier sweep has left
                    await _show(meter, run)

                # A bot on the same SQLite file reads what is due by itself, and people go first.
                await follow_syncs(
                    given.new_uow, utc_now, goes_on=alive, pause=asyncio.sleep, progress=show
                )
                if not alive():
                    async with HttpClient(
                        allowed=(KASPI, *settings.http_allow), local=settings.http_local
                    ) as fetch:
                        await sync_due_sources(
                            given.new_uow, utc_now, given.box, fetch, asyncio.sleep, progress=show
                        )
            async with given.new_uow(read_only=True) as uow:
                last = latest[0][0].id if latest else 0
                runs = await uow.runs.latest(None, after=None, limit=1_000)
                new = [run.id for run, _ in runs if run.id > last]
                return [await uow.runs.get(run) for run in sorted({*begun, *new})]

        _report(carry_out(settings_of(), work), as_json)

    @app.command()
    def orders(
        brand: Annotated[str, typer.Option(help="BIN of the brand; all brands without.")] = "",
        as_json: Json = False,
    ) -> None:
        """What is known of each order: status, amounts, evidence, creator, commission."""

        async def work(given: Tools) -> None:
            number = (await brand_and_place(given.new_uow, brand))[0] if brand else None
            writer = csv.writer(sys.stdout, lineterminator="\n")
            first = True
            async for page in export_orders(given.new_uow, brand=number):
                for row in page:
                    record = order_record(row)
                    if as_json:
                        typer.echo(json.dumps(record, ensure_ascii=False))
                        continue
                    if first:
                        writer.writerow(record)
                        first = False
                    writer.writerow([_cell(value) for value in record.values()])

        carry_out(settings_of(), work)


def order_record(row: OrderRow) -> dict[str, Any]:
    """One order for a file: amounts in whole units with two decimals, times in UTC."""
    return {
        "order": row.external_id,
        "brand": row.brand_name,
        "place": row.place.value,
        "status": row.status.value,
        "status_raw": row.status_raw,
        "ordered_at": row.ordered_at.isoformat(),
        "net": str(row.net.decimal),
        "refunded": str(row.refunded.decimal),
        "currency": row.net.currency,
        "grade": row.grade.value if row.grade else "",
        "evidence": row.evidence_kind.value if row.evidence_kind else "",
        "evidence_value": row.evidence_value,
        "creator": row.creator_name,
        "offer": row.title(Locale.RU),
        "commission": str(row.commission.decimal),
        "fee": str(row.fee.decimal),
        "commission_state": row.commission_state.value if row.commission_state else "",
        "hold_until": row.hold_until.isoformat() if row.hold_until else "",
        "funded": row.funded,
    }


def _cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


async def brand_and_place(new_uow: UnitOfWorkFactory, text: str) -> tuple[BrandId, Place]:
    """What BIN/place means; raises NotFound("brand")."""
    bin_, _, named = text.partition("/")
    try:
        place = Place(named) if named else Place.OWN_SHOP
    except ValueError:
        fail(f"{named} is no place: one of {', '.join(Place)}")
    async with new_uow(read_only=True) as uow:
        brand = (await uow.brands.by_bins([bin_.strip()])).get(bin_.strip())
    if brand is None:
        raise NotFound("brand")
    return brand, place


def _report(runs: list[Run], as_json: bool) -> None:
    """What runs did; exit code 1 where one did not come to a good end."""
    for run in runs:
        record = {"run": run.id, "state": run.state.value, **asdict(run.counts), "error": run.error}
        tell(record, as_json)
    if not runs and not as_json:
        typer.echo("Nothing was due.")
    if any(run.state is not RunState.DONE for run in runs):
        raise typer.Exit(FAILED)


def tell(record: dict[str, Any], as_json: bool) -> None:
    """Print what a command has found, for a program or for a person."""
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False))
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in record.items() if value != ""))
