"""The command line: `ules run` and what an operator needs beside it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from aiogram.exceptions import TelegramUnauthorizedError

from bot import logs
from bot.app import StartRefused, utc_now
from bot.app import run as run_application
from bot.cli_data import register
from bot.cli_runs import register_runs
from bot.collector import leave_alone_what_stays
from bot.doctor import examine
from bot.garbage import look_seldom
from bot.settings import Settings, refuse, settings_or_exit
from core.people import Locale
from db import backup as copies
from db import migrations
from db.engine import create_engine

FAILED = 1  # exit code where the work itself failed

app = typer.Typer(
    name="ules",
    help="Üles: brands publish offers, creators earn on every sale that can be proved theirs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def run() -> None:
    """Run the bot, the web application and the sweeps until SIGTERM or Ctrl-C."""
    settings = _settings()
    try:
        asyncio.run(run_application(settings, started=lambda _: leave_alone_what_stays()))
    except StartRefused as error:
        refuse(str(error))
    except TelegramUnauthorizedError:
        refuse("Telegram does not accept BOT_TOKEN any more")


@app.command()
def migrate() -> None:
    """Make the database, or bring it up to date."""
    settings = _settings()

    async def upgrade() -> bool:
        engine = create_engine(settings.database_url)
        try:
            if await migrations.at_head(engine):
                return False
            await migrations.upgrade(engine)
            return True
        finally:
            await engine.dispose()

    try:
        changed = asyncio.run(upgrade())
    except OSError as error:
        _fail(f"the database does not answer: {error}")
    typer.echo("The database is up to date." if changed else "The database was up to date.")


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Look whether everything is there that the bot needs."""
    findings = asyncio.run(examine(_settings()))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.what:<10} {finding.told}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(FAILED)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes; it must not exist.")],
) -> None:
    """Copy the whole database to a file, while the bot runs."""
    settings = _settings()
    try:
        copies.backup(settings.database_url, file)
    except copies.BackupRefused as error:
        _fail(str(error))
    typer.echo(f"{file}: {file.stat().st_size // 1024} KB")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A copy made by `ules backup`.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Replace the database by a copy, after proving the copy; the bot must not be running."""
    settings = _settings()
    if not yes:
        typer.confirm("Replace the whole database by this copy?", abort=True)
    try:
        kept = copies.restore(settings.database_url, file, now=utc_now())
    except copies.BackupRefused as error:
        _fail(str(error))
    typer.echo("The copy is in place." + (f" The former database: {kept}" if kept else ""))


@app.command()
def demo(
    story: Annotated[
        bool, typer.Option("--story", help="Play the main job without a browser, then stop.")
    ] = False,
    locale: Annotated[Locale, typer.Option(help="The language of the story.")] = Locale.KK,
    port: Annotated[int, typer.Option(help="Where the chat page is; 0 is any free port.")] = 8081,
) -> None:
    """A local Telegram with a small market in it: no token, no network."""
    # What only the demo needs stays out of the program that runs in earnest.
    from scripts import demo as shown
    from scripts import story as told

    logs.configure("WARNING", ())
    try:
        if not story:
            asyncio.run(shown.demo(ports=shown.Ports(sandbox=port)))
            return
        sound = asyncio.run(told.story(locale=locale, say=typer.echo))
    except StartRefused as error:
        refuse(str(error))
    if not sound:
        raise typer.Exit(FAILED)


def _settings() -> Settings:
    settings = settings_or_exit()
    secrets = [settings.bot_token.get_secret_value()]
    secrets += [key.strip() for key in settings.secret_key.get_secret_value().split(",")]
    if settings.webhook_secret:
        secrets.append(settings.webhook_secret.get_secret_value())
    logs.configure(settings.log_level, secrets)
    return settings


def _fail(reason: str) -> None:
    typer.echo(f"ules: {reason}", err=True)
    raise typer.Exit(FAILED)


register(app, _settings)
register_runs(app, _settings)


def main() -> None:
    """The entry point; a reader that closes the pipe early is no error."""
    look_seldom()
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(FAILED) from None
