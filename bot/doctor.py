"""The doctor: is everything there that the bot needs to run?"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiogram.exceptions import AiogramError

from bot.app import make_bot
from bot.i18n import po_file, translator
from bot.settings import Settings
from core.people import Locale
from core.usecases.books import check_ledger
from db import migrations
from db.engine import create_engine
from db.uow import unit_of_work_factory

DISK_MIN: Final = 500 * 1024 * 1024  # bytes free for the database and its log


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, in words for whoever runs the program."""

    what: str
    ok: bool
    told: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; each finding stands for itself."""
    findings = [Finding("settings", True, "read")]
    checks: tuple[tuple[str, Callable[[Settings], Awaitable[str]]], ...] = (
        ("texts", _texts),
        ("disk", _disk),
        ("database", _database),
        ("ledger", _ledger),
        ("large files", _large_files),
        ("telegram", _telegram),
    )
    for what, check in checks:
        try:
            findings.append(Finding(what, True, await check(settings)))
        except _Ill as illness:
            findings.append(Finding(what, False, str(illness)))
        except Exception as error:  # whatever is out of order is a finding, not a crash
            findings.append(Finding(what, False, f"{type(error).__name__}: {error}"))
    return findings


class _Ill(Exception):
    """What is wrong."""


async def _texts(settings: Settings) -> str:
    missing = [str(locale) for locale in Locale if not po_file(locale).exists()]
    if missing:
        raise _Ill(f"no catalogue for {', '.join(missing)}")
    for locale in Locale:
        translator(locale)
    return ", ".join(Locale)


async def _disk(settings: Settings) -> str:
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"1")
    free = shutil.disk_usage(Path(folder)).free
    if free < DISK_MIN:
        raise _Ill(f"only {free // 2**20} MB are free in {folder.resolve()}")
    return f"{free // 2**20} MB free"


async def _database(settings: Settings) -> str:
    engine = create_engine(settings.database_url)
    try:
        if not await migrations.at_head(engine):
            raise _Ill("not up to date: run `ules migrate`")
        return f"{engine.dialect.name}, up to date"
    finally:
        await engine.dispose()


async def _ledger(settings: Settings) -> str:
    engine = create_engine(settings.database_url)
    try:
        report = await check_ledger(unit_of_work_factory(engine))
    finally:
        await engine.dispose()
    if not report.sound:
        raise _Ill("the books do not add up: see `ules ledger check`")
    return f"sound, {report.transfers} transfers"


async def _large_files(settings: Settings) -> str:
    if not settings.has_upload_page:
        return "up to 20 MB only: the upload page needs PUBLIC_URL by https"
    return f"up to {settings.upload_max_mb} MB by {settings.public_url}/u/"


async def _telegram(settings: Settings) -> str:
    bot = make_bot(settings)
    try:
        me = await bot.get_me(request_timeout=10)
    except AiogramError as error:
        raise _Ill(f"no answer to getMe: {error}") from None
    finally:
        await bot.session.close()
    inline = "" if me.supports_inline_queries else ", inline mode is off: /setinline at @BotFather"
    return f"@{me.username}{inline}"
